"""``harken-train wavelets``: choose a wavelet and its depth by looking at a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def wavelets(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="WAV, FLAC, .npy, .csv or .mat.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="PNG, SVG or PDF; without it FILE-wavelets.png, here."),
    ] = None,
    wavelet: Annotated[str, typer.Option(help="A discrete wavelet of PyWavelets.")] = "db2",
    levels: Annotated[int, typer.Option(help="How often the signal is halved.")] = 6,
    mode: Annotated[str, typer.Option(help="What stands beyond the ends.")] = "symmetric",
    compare: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="Wavelets side by side, in place of one in full."),
    ] = None,
    miss: Annotated[
        float, typer.Option(help="What the proposal's approximation may miss, as a share.")
    ] = 0.1,
    rate: Annotated[int | None, typer.Option(help="Hz, for files that do not tell.")] = None,
    channel: Annotated[int, typer.Option(help="Counted from 0.")] = 0,
    column: Annotated[
        str, typer.Option(help="Of a .csv file; of a .mat file the variable (X*_DE_time).")
    ] = "",
    first: Annotated[float | None, typer.Option(help="Seconds: look from here on.")] = None,
    last: Annotated[float | None, typer.Option(help="Seconds: look up to here.")] = None,
) -> None:
    """Take a recording apart by wavelets: a picture, a table, and a proposal for the recipe.

    \b
      harken-train wavelets pump.wav
      harken-train wavelets pump.wav --first 2 --last 2.5 --wavelet sym4 --levels 4
      harken-train wavelets pump.wav --compare db2,haar,sym4 -o compared.svg
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_train.sample_file import Wanted  # torch takes a second; --help needs none
    from harken_train.wavelet_workshop import drawing, workshop
    from harken_train.wavelet_workshop.excerpt import read_excerpt

    path = out or Path(f"{file.stem}-wavelets.png")
    drawing.check_picture(path)
    names = [name.strip() for name in (compare or wavelet).split(",")]
    asked = workshop.Asked(wavelets=tuple(names), levels=levels, mode=mode, miss=miss)
    wanted = Wanted(rate=rate, channel=channel, variable=column, rate_from="give --rate")
    excerpt = read_excerpt(file, wanted, first, last)
    made = workshop.compare(excerpt, asked) if compare else workshop.show(excerpt, asked)
    drawing.write_picture(made.figure, path)
    typer.echo(made.text)
    typer.echo(f"\n{path}")

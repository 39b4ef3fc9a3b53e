"""``harken-train simulate``: recordings of simulated bearings, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken.errors import UsageError


def simulate(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A new or empty folder.", show_default=False)
    ],
    bearings: Annotated[int, typer.Option(help="Machines of each state.")] = 8,
    recordings: Annotated[int, typer.Option(help="Recordings of each machine.")] = 1,
    seconds: Annotated[float, typer.Option(help="Of each recording.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Another seed, other machines.")] = 0,
    full_scale: Annotated[float, typer.Option(help="What full scale of the WAV is, in g.")] = 20.0,
) -> None:
    """Write bearings in four states as WAV files with a table and a recipe: data to try things on.

    \b
      harken-train simulate clips --bearings 8
      harken-train data describe clips/recipe.toml
      harken-train fit clips/recipe.toml
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_train.readers.simulated import Simulated  # scipy takes a second; --help needs none
    from harken_train.simulated_clips import write_clips

    for option, value in (("--bearings", bearings), ("--recordings", recordings)):
        if value < 1:
            raise UsageError(f"{option}: need at least 1, got {value}")
    if not seconds > 0.0:
        raise UsageError(f"--seconds: need more than 0, got {seconds:g}")
    if seed < 0:
        raise UsageError(f"--seed: need at least 0, got {seed}")
    if not full_scale > 0.0:
        raise UsageError(f"--full-scale: need more than 0 g, got {full_scale:g}")
    simulated = Simulated(bearings=bearings, recordings_each=recordings, seconds=seconds, seed=seed)
    written = write_clips(out, simulated, full_scale)
    typer.echo(f"{len(written) - 2} recordings of {seconds:g} s, table.csv, recipe.toml in {out}")
    typer.echo(f"next: harken-train fit {out / 'recipe.toml'}")

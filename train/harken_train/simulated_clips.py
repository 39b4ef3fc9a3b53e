"""Simulated recordings as files, as if they were somebody's own: WAV, a table, a recipe."""

from __future__ import annotations

import csv
import io
import wave
from pathlib import Path

import numpy as np

from harken import atomic
from harken.errors import CreateError, UsageError
from harken.stream import Samples
from harken_train.readers.simulated import Simulated
from harken_train.recordings import Recording

FULL_SCALE = 20.0  # g; the loudest machine stays below it
RECIPE = """\
name = "my_bearings"
normal = ["normal"] # classes that raise no alarm
data = {{ kind = "table", path = "." }}
signal = {{ rate = {rate}, window = 2048, hop = 2048, unit = "g", scale = {scale} }}
split = {{ kind = "group" }}
frontend = {{ kind = "log_spectrogram", n_fft = 64, hop_length = 16 }}
network = {{ kind = "edge", channels = [32, 48, 64, 64], kernel = 7, columns = 192 }}
"""


def write_clips(
    folder: Path,
    simulated: Simulated,
    full_scale: float = FULL_SCALE,
) -> list[Path]:
    """Write every recording as WAV, ``table.csv`` and ``recipe.toml`` into a new or empty folder.

    What does not fit below ``full_scale`` g is `UsageError`. Whatever ends it early, Ctrl-C or a
    full disk, leaves nothing behind.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CreateError(f"{folder}: exists already and is not an empty folder; give another")
    new, recordings = not folder.exists(), simulated.recordings()
    written: list[Path] = []
    try:
        for recording in recordings:
            written.append(folder / f"{recording.name}.wav")
            write_wav(written[-1], recording.read(), recording.rate, full_scale)
        written.append(folder / "table.csv")
        atomic.write_text(written[-1], _table(recordings))
        written.append(folder / "recipe.toml")
        recipe = RECIPE.format(rate=simulated.rate, scale=float(full_scale))
        atomic.write_text(written[-1], recipe)
    except BaseException:
        _remove(folder, written, new=new)
        raise
    return written


def _remove(folder: Path, written: list[Path], *, new: bool) -> None:
    """Leave the folder as it was found: what is not whole would be refused the next time."""
    for path in written:
        path.unlink(missing_ok=True)
    if new and folder.exists():
        folder.rmdir()


def write_wav(path: Path, samples: Samples, rate: int, full_scale: float) -> None:
    """Write (channels, frames) as 16-bit WAV whose full scale is ``full_scale``."""
    largest = float(np.abs(samples).max(initial=0.0))
    if not largest < full_scale:
        raise UsageError(
            f"{path.name}: reaches {largest:.3g} g, full scale is {full_scale:g} g; "
            f"give a larger --full-scale"
        )
    fractions = samples.astype(np.float64) / full_scale
    whole = np.clip(np.round(fractions * 32_768.0), -32_768, 32_767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.T.tobytes())
    atomic.write_bytes(path, out.getvalue())


def _table(recordings: list[Recording]) -> str:
    """The table of data.kind = "table"; attributes are what a user might have noted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "label", "group", "rpm"])
    for recording in recordings:
        writer.writerow(
            [
                f"{recording.name}.wav",
                recording.label,
                recording.group,
                recording.attributes["rpm"],
            ]
        )
    return out.getvalue()

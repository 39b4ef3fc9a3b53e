"""The window that a frame is multiplied by, by scipy's name of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.signal

from harken.errors import SettingsError


def taper_of(name: str, length: int, frame: int) -> npt.NDArray[np.float64]:
    """(frame,): the periodic window, in the middle of zeros when it is shorter, as in librosa."""
    try:
        taper = scipy.signal.get_window(name, length, fftbins=True)
    except ValueError:
        raise SettingsError(
            f"window: scipy knows no window {name!r}; try hann, hamming or blackman"
        ) from None
    before = (frame - length) // 2
    return np.pad(taper.astype(np.float64), (before, frame - length - before))

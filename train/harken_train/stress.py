"""Inputs on which a front-end's arithmetic is likeliest to go wrong.

They hold a front-end to its reference in the tests, and an exported file to PyTorch at export.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harken.stream import Samples

SEED = 7  # any fixed number: the same inputs everywhere


def stress_inputs(window: int, rate: int, channels: int = 1) -> dict[str, Samples]:
    """Give the inputs by name, each (channels, window); all are finite, most at full scale 1.

    Further channels hold the same input, later by 31 samples and half as strong each.
    """
    one = _one_channel(window, rate)
    return {
        name: np.stack([np.roll(x, 31 * c) * 0.5**c for c in range(channels)]).astype(np.float32)
        for name, x in one.items()
    }


def _one_channel(window: int, rate: int) -> dict[str, npt.NDArray[np.float64]]:
    rng = np.random.default_rng(SEED)
    seconds = np.arange(window) / rate
    noise = rng.standard_normal(window)
    tone = np.sin(2 * np.pi * (rate / 7.3) * seconds)
    inputs = {
        "silence": np.zeros(window),
        "constant": np.full(window, 0.7),
        "large constant": np.full(window, 1e6 + 0.0625) + 1e-1 * noise,
        "full-scale square": np.where(np.arange(window) // 32 % 2 == 0, 1.0, -1.0),
        "alternating samples": np.where(np.arange(window) % 2 == 0, 1.0, -1.0),
        "white noise": 0.1 * noise,
        "noise at 1e-7": 1e-7 * noise,
        "noise at 1e6": 1e6 * noise,
        "noise scaled as int16": np.round(3000 * noise),
        "noise in one half": np.where(np.arange(window) < window // 2, 0.3 * noise, 0.0),
        "chirp through all bands": np.sin(
            2 * np.pi * (rate / 4) * seconds**2 / (window / rate)
        ),  # from 0 to half the rate
        "tone 120 dB over noise": tone + 1e-6 * noise,
        "tone alone": tone,
        "tone at a bin": np.sin(2 * np.pi * np.arange(window) / 8),
        "clipped": np.clip(3.0 * tone + 0.3 * noise, -1.0, 1.0),
        "denormals": 1e-40 * noise,
        "ramp": np.linspace(-1.0, 1.0, window),
        "bursts": np.exp(-40.0 * (8 * seconds % 1.0)) * noise,
    }
    for name, at in {"first": 0, "middle": window // 2, "last": window - 1}.items():
        inputs[f"impulse at the {name} sample"] = np.eye(1, window, at)[0]
    return inputs

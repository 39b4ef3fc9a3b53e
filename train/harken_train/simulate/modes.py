"""Modes of the structure: what a strike and rolling noise make it ring with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from harken.errors import SettingsError
from harken_train.simulate.strikes import Strikes


@dataclass(frozen=True)
class Mode:
    """One mode: frequency in hertz, damping as a fraction of critical, gain relative to others.

    Gains are of equal energy: a mode of gain 1 answers one strike with energy 1. A negative gain
    is a mode that moves the sensor the other way first.
    """

    frequency: float
    damping: float
    gain: float

    def __post_init__(self) -> None:
        if self.frequency <= 0.0 or not 0.0 < self.damping < 1.0:
            raise SettingsError(
                f"a mode needs a frequency above 0 and a damping between 0 and 1, "
                f"got {self.frequency} and {self.damping}"
            )

    def pole(self, rate: int) -> complex:
        """By what the mode's complex state is multiplied from one sample to the next."""
        turn = -self.damping + 1j * np.sqrt(1.0 - self.damping**2)
        return complex(np.exp(2.0 * np.pi * self.frequency / rate * turn))

    def strength(self, rate: int) -> float:
        """What makes the response to one strike of energy ``gain ** 2``."""
        return self.gain * float(np.sqrt(2.0 * (1.0 - abs(self.pole(rate)) ** 2)))


def rung(modes: Sequence[Mode], strikes: Strikes, count: int, rate: int) -> npt.NDArray[np.float64]:
    """Ring the modes by strikes at fractional sample positions; gives ``count`` samples."""
    after = np.ceil(strikes.at).astype(np.int64)  # the first sample that hears the strike
    heard = after < count
    after, ahead = after[heard], (after - strikes.at)[heard]
    strength = strikes.strength[heard]
    total = np.zeros(count)
    for mode in modes:
        pole = mode.pole(rate)
        entry = np.zeros(count, np.complex128)
        np.add.at(entry, after, strength * np.exp(ahead * np.log(pole)))
        total += mode.strength(rate) * lfilter([1.0], [1.0, -pole], entry).imag
    return total


def rumbled(
    modes: Sequence[Mode], noise: npt.NDArray[np.float64], rate: int
) -> npt.NDArray[np.float64]:
    """Drive the modes by a continuous force, sample by sample."""
    total = np.zeros(len(noise))
    for mode in modes:
        total += mode.strength(rate) * lfilter([1.0], [1.0, -mode.pole(rate)], noise).imag
    return total

"""The wave at a rate of its own: band-limited, levelled and upright, however the sensor gave it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import scipy.signal
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly
from harken_train.spectral.number import number
from harken_train.spectral.polarity import Upright
from harken_train.spectral.polyphase import Polyphase, shape_of_matrix
from harken_train.spectral.swing import Swing

Taps = npt.NDArray[np.float64]
STEEP = 0.45  # of the lower rate: where a filter that is there for the rate alone cuts
MOST = 2**20  # numbers of a filter's matrix: 8 MiB in the file


@frontends.register("filtered")
@dataclass(frozen=True, kw_only=True)
class Filtered:
    """(batch, channels, samples) -> (batch, channels, ceil(samples * to / rate)), of any length.

    The steps, in this order, each channel alone; the first and the last value stand on beyond the
    ends of what is filtered:

    - to ``to`` hertz, without what is above ``high``: ``scipy.signal.upfirdn`` with the taps of
      ``scipy.signal.firwin`` (Hamming), ``high_seconds`` long.
    - ``low``: less what a filter of ``low_seconds`` keeps below it, so that nothing is left of a
      constant.
    - ``level = "range"``: divided by the median, over whole seconds, of the largest less the least
      value. What swings by less than a millionth of the largest sample counts as flat.
    - ``clip``: values further from 0 are brought there.
    - ``polarity = "upright"``: negated if the sum of the cubes is below 0.
    """

    unit: ClassVar[str] = "linear"
    any_length: ClassVar[bool] = True
    any_rate: ClassVar[bool] = True  # the features of one signal are alike from every sensor

    to: int = 100  # hertz
    low: Literal["none"] | float = 0.5  # hertz
    high: Literal["none"] | float = 40.0  # hertz
    low_seconds: float = 3.0
    high_seconds: float = 0.3
    level: Literal["range", "none"] = "range"
    clip: Literal["none"] | float = 3.0
    polarity: Literal["upright", "as_is"] = "upright"

    def __post_init__(self) -> None:
        if self.to < 1:
            raise SettingsError(f"to: need at least 1 Hz, got {self.to}")
        low = 0.0 if self.low == "none" else self.low
        high = math.inf if self.high == "none" else self.high
        if not 0.0 <= low < high or self.low == 0.0:
            raise SettingsError(f"need 0 < low < high, got {self.low} and {self.high}")
        if max(low, 0.0 if self.high == "none" else high) >= self.to / 2:
            raise SettingsError(
                f"low and high: need less than half of to = {self.to} Hz, "
                f"got {self.low} and {self.high}"
            )
        least = 2.0 / self.to  # a filter of three values
        if not (least <= self.low_seconds < math.inf and least <= self.high_seconds < math.inf):
            raise SettingsError(
                f"low_seconds and high_seconds: need at least two values at {self.to} Hz, "
                f"{least:g}, got {self.low_seconds} and {self.high_seconds}"
            )
        if self.clip != "none" and not 0.0 < self.clip < math.inf:
            raise SettingsError(f'clip: need "none" or more than 0, got {self.clip}')

    def ratio(self, rate: int) -> tuple[int, int]:
        """Columns by samples at ``rate`` hertz, in lowest terms: up and down."""
        common = math.gcd(self.to, rate)
        return self.to // common, rate // common

    def columns(self, rate: int, samples: int) -> int:
        """How many columns ``samples`` at ``rate`` hertz make."""
        up, down = self.ratio(rate)
        return -(-samples * up // down)

    def high_taps(self, rate: int) -> Taps | None:
        """The filter of the change of rate, at ``rate`` times up; ``None``: there is nothing to do.

        Each of its phases adds up to 1, so that a constant stays what it is.
        """
        up, down = self.ratio(rate)
        if self.high == "none" and rate == self.to:
            return None
        edge = STEEP * min(rate, self.to) if self.high == "none" else self.high
        if edge >= rate / 2:
            raise SettingsError(f"high: need less than half the rate of {rate} Hz, got {edge}")
        if self.high_seconds * rate < 2.0:
            raise SettingsError(
                f"high_seconds: need at least two samples at {rate} Hz, {2.0 / rate:g}, "
                f"got {self.high_seconds}"
            )
        count = _tap_count(self.high_seconds, rate * up)
        if math.prod(shape_of_matrix(count, up=up, down=down)) > MOST:
            raise SettingsError(
                f"to: from {rate} to {self.to} Hz takes a filter of {count} taps; choose a "
                f"shorter high_seconds, or rates whose ratio is of small numbers"
            )
        taps = _low_pass(count, edge, rate * up)
        for phase in range(up):
            taps[phase::up] /= taps[phase::up].sum()
        return taps

    def low_taps(self) -> Taps | None:
        """The filter that takes off what is below ``low``, at ``to`` hertz."""
        if self.low == "none":
            return None
        taps = -_low_pass(_tap_count(self.low_seconds, self.to), self.low, self.to)
        taps[len(taps) // 2] += 1.0
        return taps

    def build(self, *, rate: int, window: int) -> nn.Module:
        if self.level == "range" and self.columns(rate, window) < self.to:
            raise SettingsError(f'level: "range" needs a second, {rate} samples, got {window}')
        return FilteredLayer(self, rate)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        columns = self.columns(rate, window)
        return (evenly("seconds", 0.0, (columns - 1) / self.to, columns),)


def _tap_count(seconds: float, rate: int) -> int:
    """An odd number."""
    return 2 * round(seconds * rate / 2) + 1


def _low_pass(count: int, edge: float, rate: int) -> Taps:
    """Taps that add up to 1."""
    taps: Taps = scipy.signal.firwin(count, edge, fs=rate)
    return taps


class FilteredLayer(nn.Module):
    """The front-end's arithmetic, in float64 up to the last step.

    In float32 a baseline a thousand times larger would leave nothing of what stands on it.
    """

    limit: Tensor

    def __init__(self, settings: Filtered, rate: int) -> None:
        super().__init__()
        up, down = settings.ratio(rate)
        high, low = settings.high_taps(rate), settings.low_taps()
        self.high = nn.Identity() if high is None else Polyphase(high, up=up, down=down)
        self.low = nn.Identity() if low is None else Polyphase(low)
        self._from_first = low is not None  # the constant part matters nowhere then
        self.level = Swing(settings.to) if settings.level == "range" else None
        self._clips = settings.clip != "none"
        self.register_buffer(
            "limit", number(math.inf if settings.clip == "none" else settings.clip)
        )
        self.polarity = Upright() if settings.polarity == "upright" else nn.Identity()

    def forward(self, samples: Tensor) -> Tensor:
        samples = samples.double()
        signal = samples
        if self._from_first:
            signal = signal - signal[:, :, :1]  # what is flat is exactly 0 from here on
        signal = self.low(self.high(signal))
        if self.level is not None:
            signal = self.level(signal, samples)
        if self._clips:
            signal = torch.maximum(torch.minimum(signal, self.limit), -self.limit)
        turned: Tensor = self.polarity(signal)
        return turned.float()

"""Another sample rate, with anti-aliasing: the one way for training and for ``--resample``.

A polyphase filter for a rational factor (Crochiere & Rabiner, "Multirate Digital Signal
Processing", 1983). The low-pass is a sinc of 64 zero crossings a side under a Kaiser window
(Kaiser 1974: beta = 0.1102 (A - 8.7) for A dB, width (A - 8) / (2.285 pi length)): flat up to 0.9
of the lower rate's Nyquist frequency, and 99 dB down from that frequency on.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from harken.clip import HIGHEST_RATE
from harken.errors import DataError
from harken.stream import Samples

MOST_PHASES = 10_000  # numerator and denominator of a factor; its filter has 128 times as many taps
_ZEROS = 64  # zero crossings of the sinc on each side
_STOPBAND = 100.0  # dB, by design; 99.4 measured
_VALUES_AT_ONCE = 1 << 20  # float64, 8 MB


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """Give samples ``(channels, n)`` at ``to`` hertz: ``ceil(n to / rate)`` of them, float32.

    The first sample stays at time zero (no delay). Beyond either end its value stands on, as at a
    sensor on an offset: zeros there would be a step, which rings. Sums are taken in float64. Where
    the signal stands still for as long as the filter it does so exactly, as `harken.quality` looks
    for, so that a constant is itself. NaN and Inf spread over as many samples. Rates without a
    common divisor large enough (12000 to 12001 Hz) are `DataError`.
    """
    up, down = factor(rate, to)
    if up == down:
        return samples.astype(np.float32, copy=False)
    taps = low_pass(up, down) * up
    count = -(-samples.shape[1] * up // down)
    result = np.empty((samples.shape[0], count), np.float32)
    for channel, signal in zip(result, samples, strict=True):
        _one_channel(channel, signal, taps, up, down)
    return result


def factor(rate: int, to: int) -> tuple[int, int]:
    """Give ``to / rate`` as the smallest whole numbers (up, down); `DataError` for absurd ones."""
    for one in (rate, to):
        if not 1 <= one <= HIGHEST_RATE:
            raise DataError(f"a rate of {one} Hz cannot be resampled; need 1 to {HIGHEST_RATE} Hz")
    divisor = math.gcd(rate, to)
    up, down = to // divisor, rate // divisor
    if max(up, down) > MOST_PHASES:
        raise DataError(
            f"{rate} Hz to {to} Hz is the factor {up}/{down}, harken resamples by up to "
            f"{MOST_PHASES}/{MOST_PHASES}; choose a rate that shares a larger divisor"
        )
    return up, down


def low_pass(up: int, down: int) -> npt.NDArray[np.float64]:
    """Give the filter at ``up`` times the old rate: odd, symmetric, its sum 1."""
    widest = max(up, down)
    half = _ZEROS * widest
    width = (_STOPBAND - 8) / (2.285 * math.pi * 2 * _ZEROS)  # of the lower Nyquist frequency
    cutoff = (1 - width / 2) / widest
    time = np.arange(-half, half + 1, dtype=np.float64)
    taps = np.sinc(cutoff * time) * np.kaiser(2 * half + 1, 0.1102 * (_STOPBAND - 8.7))
    filtered: npt.NDArray[np.float64] = taps / taps.sum()
    return filtered


def _one_channel(
    result: npt.NDArray[np.float32],
    signal: npt.NDArray[np.float32],
    taps: npt.NDArray[np.float64],
    up: int,
    down: int,
) -> None:
    """Fill ``result``; output ``m`` is the sum over k of ``taps[half + m down - k up] signal[k]``.

    Outputs ``up`` apart use the same taps (a phase) on windows of the input ``down`` apart, so
    each phase is a product of windows and taps, some rows at a time.
    """
    half = len(taps) // 2
    length = -(-len(taps) // up)  # inputs that one output can depend on
    before = half // up + 1
    phases = min(up, len(result))
    ends = np.repeat(signal[:1], before), np.repeat(signal[-1:], length + down)
    padded = np.concatenate([ends[0], signal, ends[1]], dtype=np.float64)
    stands_until = _ends_of_runs(padded)
    rows = max(1, _VALUES_AT_ONCE // length)
    for phase in range(phases):
        last = (half + phase * down) // up  # the latest input that this phase's first output uses
        own = taps[half + phase * down - last * up :: up]  # for inputs last, last - 1, ...
        first = last - len(own) + 1 + before
        windows = np.lib.stride_tricks.sliding_window_view(padded[first:], len(own))[::down]
        wanted = len(range(phase, len(result), up))
        for row in range(0, wanted, rows):
            stop = min(row + rows, wanted)
            with np.errstate(invalid="ignore"):  # Inf times a tap of zero
                product = np.ascontiguousarray(windows[row:stop]) @ own[::-1]
            starts = first + down * np.arange(row, stop)
            still = stands_until[starts] >= starts + len(own)
            outputs = result[phase + row * up : phase + (stop - 1) * up + 1 : up]
            outputs[:] = np.where(still, padded[starts], product)


def _ends_of_runs(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """For each sample the first one after it that has another value."""
    ends = np.flatnonzero(np.append(signal[1:] != signal[:-1], True)) + 1
    return np.repeat(ends, np.diff(ends, prepend=0))

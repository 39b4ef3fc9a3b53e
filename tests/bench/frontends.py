"""What front-ends cost on a device: time, bytes and error.

    python -m tests.bench.frontends

Prints one table: every way of the log-spectrogram's transform against librosa and scikit-image. One
thread, each time the best tenth of
many, the ways in turn, so that other work of the machine falls on all alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from tests.reference import log_spectrogram as reference

from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.spectral.fourier import factors
from harken_train.stress import stress_inputs

RATE, WINDOW = 12000, 2048
ROUNDS, BURST = 40, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.parse_args()
    torch.set_num_threads(1)
    transforms()


def transforms() -> None:
    """The source's shape in every way, then the two ways over many frame lengths."""
    table = ["window", "n_fft", "size", "way", "precision", "us", "us/32", "kB", "error, dB"]
    print(row(table), row(["---"] * len(table)), sep="\n")
    for size in (None, (128, 128)):
        settings = LogSpectrogram(size=size)
        exact = both_ways(settings)
        compare([*exact, *both_ways(replace(settings, precision="float32"))], WINDOW)
    for n in (64, 100, 128, 192, 512, 1024):
        compare(both_ways(LogSpectrogram(n_fft=n, hop_length=n // 4)), max(WINDOW, 8 * n))


def both_ways(settings: LogSpectrogram) -> list[LogSpectrogram]:
    return [replace(settings, transform="factorised"), replace(settings, transform="dense")]


def compare(ways: Sequence[LogSpectrogram], window: int) -> None:
    """Print a row for each way and one for librosa, timed in turn."""
    inputs = np.stack(list(stress_inputs(window, RATE).values()))
    wanted = np.stack([reference.reference(ways[0], samples, RATE) for samples in inputs])
    files = [
        to_onnx(way.build(rate=RATE, window=window).eval(), torch.zeros(1, 1, window), ["features"])
        for way in ways
    ]
    answers = [answers_of(open_session(content), ("features",)) for content in files]
    one, many = inputs[5:6], np.repeat(inputs[5:6], 32, axis=0)
    calls: dict[str, Callable[[], object]] = {"librosa": lambda: as_the_source(ways[0], one[0, 0])}
    for i, answer in enumerate(answers):
        calls[f"one {i}"] = lambda answer=answer: answer(one)  # type: ignore[misc]  # bound now
        calls[f"many {i}"] = lambda answer=answer: answer(many)  # type: ignore[misc]  # bound now
    took = timed(calls)
    shape = [window, ways[0].n_fft, ways[0].size or "-"]
    for i, way in enumerate(ways):
        error = np.abs(answers[i](inputs)["features"] - wanted).max()
        name = way.transform + (f" {factors(way.n_fft)}" if way.transform == "factorised" else "")
        one_us, many_us = took[f"one {i}"] * 1e6, took[f"many {i}"] * 1e6 / 32
        figures = [f"{one_us:.0f}", f"{many_us:.0f}", f"{len(files[i]) / 1e3:.0f}", f"{error:.1e}"]
        print(row([*shape, name, way.precision, *figures]))
    source = np.stack([as_the_source(ways[0], samples[0]) for samples in inputs])[:, None]
    error = np.abs(source - wanted).max()
    us = f"{took['librosa'] * 1e6:.0f}"
    print(row([*shape, "librosa", "float32", us, us, "-", f"{error:.1e}"]), flush=True)


def as_the_source(settings: LogSpectrogram, samples: Any) -> Any:
    """One item as a Dataset of the source makes it: librosa on float32, then scikit-image."""
    return reference.of_channel(settings, samples)


def timed(calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds a call when little else is in the way: the best tenth, the calls in turn."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            call()  # what the others left in the caches is gone
            began = time.perf_counter()
            for _ in range(BURST):
                call()
            took[name].append((time.perf_counter() - began) / BURST)
    return {name: float(np.quantile(times, 0.1)) for name, times in took.items()}


def row(values: Sequence[object]) -> str:
    return "| " + " | ".join(str(value) for value in values) + " |"


if __name__ == "__main__":
    main()

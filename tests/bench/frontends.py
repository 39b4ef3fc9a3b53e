"""What front-ends cost on a device: time, bytes and error.

    python -m tests.bench.frontends [KIND ...] [--transforms]

Prints one table over every registered kind, in the shapes that ``bench()`` of its reference in
``tests/reference`` names (``references()[0]`` when there is none), beside the library it is held to
(``library()``, or else ``reference()``). With ``--transforms`` every way of the log-spectrogram's
transform instead. One thread and the time that it computed, each the best tenth of many, the ways
in turn, so that other work of the machine falls on all alike.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from tests.reference import log_spectrogram as reference

from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.frontends import frontends
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.spectral.fourier import factors
from harken_train.stress import stress_inputs

RATE, WINDOW = 12000, 2048
ROUNDS, BURST = 40, 4
PATIENCE = 3.0  # seconds for the slow ones, of which FEWEST rounds are enough
FEWEST = 8
MANY = 32  # segments of the larger batch


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="only these")
    parser.add_argument("--transforms", action="store_true", help="the ways of log_spectrogram")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    if chosen.transforms:
        transforms()
    else:
        every_kind(chosen.kinds or frontends.kinds())


def every_kind(kinds: Sequence[str]) -> None:
    """A row for each shape of each kind."""
    table = ["front-end", "settings", "window", "features", "us", f"us/{MANY}"]
    table += ["library, us", "ratio", "kB", "error"]
    print(row(table), row(["---"] * len(table)), sep="\n")
    for kind in kinds:
        module = importlib.import_module(f"tests.reference.{kind}")
        cases = [(*module.references()[0], "as tested")]
        for settings, window, rate, title in getattr(module, "bench", lambda c=cases: c)():
            cost(module, kind, settings, window, rate, title)


def cost(module: Any, kind: str, settings: Any, window: int, rate: int, title: str) -> None:
    """Print one row: our file in onnxruntime beside the library."""
    bands = getattr(settings, "bands", 1)  # of a spectrogram that comes as one
    channels = bands if isinstance(bands, int) else 1
    layer = settings.build(rate=rate, window=window).eval()
    content = to_onnx(layer, torch.zeros(1, channels, window), ["features"])
    answer = answers_of(open_session(content), ("features",))
    inputs = stress_inputs(window, rate, channels)
    one = inputs["white noise"][None]
    many = np.repeat(one, MANY, axis=0)
    library = getattr(module, "library", module.reference)
    took = timed(
        {
            "one": lambda: answer(one),
            "many": lambda: answer(many),
            "library": lambda: library(settings, one[0], rate),
        }
    )
    errors, unit = [], "dB" if settings.unit == "dB" else "of largest"
    for samples in inputs.values():
        got = answer(samples[None])["features"][0]
        wanted = module.reference(settings, samples, rate)
        # Of what is smaller float32 itself cannot give back a millionth.
        largest = 1.0 if settings.unit == "dB" else max(float(np.abs(wanted).max()), 1.4e-39)
        errors.append(float(np.abs(got - wanted).max()) / largest)
    ours, theirs = took["one"] * 1e6, took["library"] * 1e6
    figures = [f"{ours:.0f}", f"{took['many'] * 1e6 / MANY:.0f}", f"{theirs:.0f}"]
    figures += [f"{ours / theirs:.2f}", f"{len(content) / 1e3:.0f}", f"{max(errors):.0e} {unit}"]
    shape = " x ".join(map(str, got.shape))
    print(row([f"`{kind}`", title, window, shape, *figures]), flush=True)


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
    """Seconds of this thread a call: the best tenth, the calls in turn."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    started = time.thread_time()
    for done in range(ROUNDS):
        if done >= FEWEST and time.thread_time() - started > PATIENCE:
            break
        for name, call in calls.items():
            call()  # what the others left in the caches is gone
            began = time.thread_time()
            for _ in range(BURST):
                call()
            took[name].append((time.thread_time() - began) / BURST)
    return {name: float(np.quantile(times, 0.1)) for name, times in took.items()}


def row(values: Sequence[object]) -> str:
    return "| " + " | ".join(str(value) for value in values) + " |"


if __name__ == "__main__":
    main()

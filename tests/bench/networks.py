"""What every network costs on a device, behind the front-end it is made for.

    python -m tests.bench.networks [KIND ...]

Prints one table. One thread, each time the quickest of many calls, which other work of the machine
disturbs least. A network takes the same time whatever its weights are, so none is trained.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from tests.bench.frontends import row

from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.classifier import Classifier, Stages
from harken_train.frontends import FrontEnd
from harken_train.frontends.filtered import Filtered
from harken_train.frontends.image import Image
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.frontends.raw import Raw
from harken_train.frontends.wavelet import Wavelet
from harken_train.networks import networks

CLASSES = 4
CALLS = 300
Signal = tuple[int, int, int]  # channels, window and rate
FILE = (128, 251, 12_000)  # bands and columns of the source's spectrogram files
WAVE = (1, 2048, 12_000)
LONG = (1, 9000, 12_000)
RECORD = (1, 9000, 300)  # 30 s of an ECG
PAIRS: list[tuple[FrontEnd, Signal, str]] = [
    (LogSpectrogram(), WAVE, "edge"),
    (Raw(), WAVE, "edge"),
    (Raw(), WAVE, "cnn1d"),
    (Raw(), WAVE, "resnet1d"),
    (Raw(), LONG, "resnet1d"),
    (Filtered(), RECORD, "se_resnet"),
    (Raw(), WAVE, "mixture"),
    (Wavelet(), LONG, "wavelet_cnn"),
    (LogSpectrogram(size=(128, 128)), WAVE, "cnn2d"),
    (Image(), FILE, "spectrogram_cnn"),
    (Image(), FILE, "spectrogram_lstm"),
    (Image(), FILE, "cnn_lstm"),
]


def main() -> None:
    torch.set_num_threads(1)
    table = ["network", "features", "weights", "us", "us of the front-end", "kB"]
    print(row(table), row(["---"] * len(table)), sep="\n")
    wanted = sys.argv[1:] or networks.kinds()
    for settings, signal, kind in PAIRS:
        if kind in wanted:
            measure(settings, signal, kind)


def measure(settings: FrontEnd, signal: Signal, kind: str) -> None:
    """Print one row. What takes any length is exported so, from half of the window to twice it."""
    channels, window, rate = signal
    example = torch.zeros(1, channels, window)
    noise = np.random.default_rng(0).standard_normal((1, channels, window)).astype(np.float32)
    frontend = settings.build(rate=rate, window=window).eval()
    any_length = getattr(networks.get(kind), "any_length", False)
    lengths = (window // 2, 2 * window) if any_length else None
    with torch.no_grad():
        shape = tuple(frontend(example).shape[1:])
    torch.manual_seed(0)
    model = Classifier(frontend, networks.get(kind)().build(shape, CLASSES)).eval()
    content = to_onnx(model, example, Stages._fields, lengths=lengths)
    whole = answers_of(open_session(content), ("scores",))
    before = to_onnx(frontend, example, ["features"], lengths=lengths)
    part = answers_of(open_session(before), ("features",))
    weights = sum(weights.numel() for weights in model.network.parameters())
    times = [
        f"{seconds * 1e6:.0f}"
        for seconds in (quickest(lambda: whole(noise)), quickest(lambda: part(noise)))
    ]
    features = " x ".join(map(str, shape))
    print(row([kind, features, f"{weights:,}", *times, f"{len(content) / 1e3:.0f}"]), flush=True)


def quickest(call: Callable[[], object]) -> float:
    """Seconds of the quickest call, after ten that only warm up."""
    took = []
    for _ in range(CALLS + 10):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return min(took[10:])


if __name__ == "__main__":
    main()

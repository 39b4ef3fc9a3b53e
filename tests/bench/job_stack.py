"""The same job in librosa, scikit-image and torch, as a script written with them would do it.

Spectrogram by librosa, resized by scikit-image where the model's own front-end is resized,
standardised, and the network in torch (its weights do not matter for time).
"""

from __future__ import annotations

import itertools
import json
import sys

import librosa
import numpy as np
import skimage.transform
import torch
from tests.bench.one_process import report

from harken.settings import load
from harken.stream import Samples
from harken_train.networks import networks

job = json.loads(sys.argv[1])
frontend, settings, window = job["frontend"], dict(job["network"]), job["window"]
torch.set_num_threads(1)
torch.manual_seed(0)


def features(samples: Samples) -> Samples:
    """(samples,) -> (bands, columns) in decibels, or resized."""
    transform = librosa.stft(samples, n_fft=frontend["n_fft"], hop_length=frontend["hop_length"])
    decibels = librosa.amplitude_to_db(np.abs(transform), ref=np.max, top_db=frontend["top_db"])
    if "size" in frontend:
        size = frontend["size"]
        decibels = skimage.transform.resize(decibels, size, mode="reflect", anti_aliasing=True)
    return np.asarray(decibels, np.float32)


rng = np.random.default_rng(0)
windows = itertools.cycle(rng.normal(0.0, 0.1, (8, window)).astype(np.float32))
kind = networks.get(settings.pop("kind"))
network = load(kind, settings).build((1, *features(next(windows)).shape), job["classes"]).eval()


def decide() -> int:
    """One window's class."""
    heard = torch.from_numpy(features(next(windows)))[None, None]
    with torch.inference_mode():
        _, logits = network((heard + 40.0) / 20.0)
        return int(torch.softmax(logits, dim=-1).argmax())


report(decide)

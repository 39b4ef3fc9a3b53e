"""How long one decision takes, several files side by side in one run on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from harken.stream import Samples
from harken_export.session import answers_of, open_session

WARM_UP = 10  # calls that are not counted
LEAST_ROUNDS, MOST_ROUNDS = 40, 400


def interleaved(
    files: Mapping[str, bytes], window: Samples, seconds: float = 1.5
) -> dict[str, float]:
    """Median seconds a decision of each file, for one ``(1, channels, window)`` input.

    Seconds of this thread, in which onnxruntime computes: what a decision takes on a machine that
    has the time for it. On a busy one the clock ran up to 14 times as long, and told slow files
    and fast ones apart no more. One call of each in turn, so that what others do to the caches
    falls on all of them alike; about ``seconds`` in all.
    """
    answers = {
        name: answers_of(open_session(content), ("scores",)) for name, content in files.items()
    }
    began = time.perf_counter()
    for _ in range(WARM_UP):
        for answer in answers.values():
            answer(window)
    round_takes = (time.perf_counter() - began) / WARM_UP
    rounds = int(np.clip(seconds / round_takes, LEAST_ROUNDS, MOST_ROUNDS))
    taken: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(rounds):
        for name, answer in answers.items():
            start = time.thread_time()
            answer(window)
            taken[name].append(time.thread_time() - start)
    return {name: float(np.median(times)) for name, times in taken.items()}

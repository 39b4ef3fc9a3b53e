"""What a recurrence misses that takes the rows of a spectrogram for time.

    python -m tests.bench.rows_or_columns

Two tones in noise, one after the other, begin anywhere in the clip; which comes first is the class.
256 clips to train, 512 others to test, two seeds each. Half a minute.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from harken_train.classifier import decided
from harken_train.loss import mean_loss
from harken_train.networks.spectrogram_lstm import SpectrogramLstm

BANDS, COLUMNS, LENGTH, APART = 16, 48, 8, 10
LOW, HIGH = 3, 11  # the tones' bands
EPOCHS, BATCH = 60, 32


def clips(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images (count, 1, bands, columns), and which of the tones is first."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    images = 0.5 * torch.randn(count, 1, BANDS, COLUMNS, generator=rng)
    for image, label in zip(images, labels, strict=True):
        at = int(torch.randint(COLUMNS - APART - LENGTH, (1,), generator=rng))
        first, second = (LOW, HIGH) if label == 0 else (HIGH, LOW)
        image[0, first, at : at + LENGTH] += 2.0
        image[0, second, at + APART : at + APART + LENGTH] += 2.0
    return images, labels


def accuracies(time: Literal["rows", "columns"], seed: int) -> tuple[float, float]:
    """Shares of the training clips and of the test clips that are told rightly."""
    (images, labels), test = clips(256, 0), clips(512, 1)
    torch.manual_seed(seed)
    settings = SpectrogramLstm(time=time, hidden=32, layers=1)
    network = settings.build((1, BANDS, COLUMNS), 1)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(len(images)), BATCH):
            loss = mean_loss(network(images[batch])[1], labels[batch], torch.ones(2))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
    network.eval()
    with torch.no_grad():
        train, held_out = (
            float((decided(network(each)[1]) == which).double().mean())
            for each, which in ((images, labels), test)
        )
    return train, held_out


def main() -> None:
    torch.set_num_threads(1)
    print("| time | seed | training clips | other clips |\n|---|---|---|---|")
    for time in ("rows", "columns"):
        for seed in (0, 1):
            train, test = accuracies(time, seed)
            print(f"| {time} | {seed} | {train:.1%} | {test:.1%} |", flush=True)


if __name__ == "__main__":
    main()

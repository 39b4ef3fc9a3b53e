"""What a person sees while a model is trained: a bar on a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import sys

from tqdm import tqdm

from harken_train.checkpoint import Row


class Lines:
    """One line an epoch, on stderr: for log files and pipes."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        """Nothing: an epoch is the unit here."""

    def epoch(self, row: Row, *, kept: bool) -> None:
        self.say(_line(row, self._epochs, kept=kept))

    def close(self) -> None:
        """Nothing is open."""


class Bar(Lines):
    """The same lines above one bar, which runs through the steps of the current epoch."""

    def __init__(self, epochs: int) -> None:
        super().__init__(epochs)
        self._bar = tqdm(
            file=sys.stderr, leave=False, dynamic_ncols=True, unit="step", disable=True
        )

    def say(self, text: str) -> None:
        tqdm.write(text, file=sys.stderr)

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        if done == 1 or self._bar.disable:
            self._bar.close()
            self._bar = tqdm(
                total=steps,
                desc=f"epoch {epoch}/{self._epochs}",
                file=sys.stderr,
                leave=False,
                dynamic_ncols=True,
                unit="step",
            )
        self._bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
        self._bar.update(done - self._bar.n)

    def epoch(self, row: Row, *, kept: bool) -> None:
        self._bar.close()
        super().epoch(row, kept=kept)

    def close(self) -> None:
        self._bar.close()


class Silent(Lines):
    """Nothing at all."""

    def say(self, text: str) -> None:
        """Nothing."""


def watch(epochs: int, *, quiet: bool) -> Lines:
    """What fits this terminal, or the lack of one."""
    if quiet:
        return Silent(epochs)
    return Bar(epochs) if sys.stderr.isatty() else Lines(epochs)


def _line(row: Row, epochs: int, *, kept: bool) -> str:
    return (
        f"epoch {row['epoch']:.0f}/{epochs}  train loss {row['train_loss']:.4f}  "
        f"validation loss {row['validation_loss']:.4f}  "
        f"accuracy {100 * row['validation_accuracy']:.1f} %  "
        f"{row['seconds']:.1f} s{'  kept' if kept else ''}"
    )

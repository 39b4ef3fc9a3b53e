"""The training loop: epochs of what `Feed` gives, each kept whole before the next begins."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from harken.errors import DataError
from harken_train.augmenter import material_of, steps_of
from harken_train.averaging import Averaged
from harken_train.balance import class_counts, class_weights, draw_weights, uneven_in_words
from harken_train.batch import Batch
from harken_train.build import build_classifier
from harken_train.calibration_file import CALIBRATION
from harken_train.checkpoint import BEST, LAST, Checkpoint, Row, read_checkpoint, write_checkpoint
from harken_train.classifier import decided, logit_count
from harken_train.data import Prepared
from harken_train.features import compute_features, features_of_whole
from harken_train.feed import Feed
from harken_train.fit_head import check_head, fit_head, head_is_missing
from harken_train.log_files import Logs
from harken_train.loss import loss_divisor, mean_loss
from harken_train.mixup import mixed
from harken_train.processes import ALONE, Processes
from harken_train.ragged import Ragged, in_rectangles
from harken_train.recipe import Recipe
from harken_train.run import Run
from harken_train.schedule import is_kept, is_over, kept_epoch, learning_rate
from harken_train.seeding import START, repeatable, seed_epoch
from harken_train.whole_feed import WholeFeed


class Watcher(Protocol):
    """Who is told how the training goes."""

    def say(self, text: str) -> None:
        """Take one line worth reading."""

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        """Take the mean loss of the epoch after ``done`` of its ``steps``."""

    def epoch(self, row: Row, *, kept: bool) -> None:
        """Take the log row of a whole epoch, and whether it is now the one that is kept."""


def check_trainable(recipe: Recipe, prepared: Prepared) -> None:
    """Raise, before there is a run, what its training would refuse before the first epoch."""
    parts, classes = prepared.audit.parts, prepared.classes
    _refuse_no_validation(prepared.audit.totals["validation"].segments)
    classifier = build_classifier(recipe, len(classes))
    counts = torch.tensor([parts["train"][label].segments for label in classes])
    check_head(recipe, classifier, classes, counts)
    if recipe.augmentations:
        steps_of(recipe, material_of(recipe, prepared.recordings, prepared.split.train, classes))


def _refuse_no_validation(segments: int) -> None:
    if not segments:
        raise DataError(
            "split: no segment is for validation, and every epoch is judged by it; "
            "set split.validation to a share above 0"
        )


def fit(run: Run, device: torch.device, watcher: Watcher, processes: Processes = ALONE) -> None:
    """Train the run from its last whole epoch, or from the start, to its end.

    Killed at any moment and called again, it ends with the same weights to the bit. `DataError`
    when the loss is no longer a number; what was kept before stays. Of several ``processes`` each
    calls it; the first one writes, and fits the head.
    """
    if run.recipe.training.threads:
        torch.set_num_threads(run.recipe.training.threads)
    repeatable(device)
    loop = Loop(run, device, watcher, processes)
    if is_over(run.recipe.training, loop.losses) and not head_is_missing(run):
        watcher.say("the training was at its end already, nothing was left to do")
    logs = Logs(run.path, loop.rows) if processes.first else None
    while not is_over(run.recipe.training, loop.losses):
        row = loop.train_epoch()
        loop.keep()
        if logs is not None:
            logs.add(loop.rows)
        watcher.epoch(row, kept=is_kept(run.recipe.training, loop.losses))
    if processes.first and head_is_missing(run):
        fit_head(run, watcher.say)
    loop.note(finished=True)


class Loop:
    """One training in memory; ``rows`` is its log, and all it remembers beside the weights."""

    def __init__(
        self, run: Run, device: torch.device, watcher: Watcher, processes: Processes = ALONE
    ) -> None:
        self._run, self._device, self._watcher = run, device, watcher
        self._processes = processes
        self._training = run.recipe.training
        self.rows: list[Row] = []
        train, validation = run.segments("train"), run.segments("validation")
        _refuse_no_validation(len(validation))
        counts = class_counts(train)
        balance = self._training.balance
        uneven = uneven_in_words(counts, run.classes, self._training.class_weights, balance)
        if uneven:
            watcher.say(uneven)
        self._weights = class_weights(counts, self._training.class_weights).to(device)
        seed_epoch(run.recipe.seed, START)
        self._classifier = build_classifier(run.recipe, len(run.classes))
        check_head(run.recipe, self._classifier, run.classes, counts)
        frontend = self._classifier.frontend  # it stays on the CPU: not every device has float64
        self._feed = (
            Feed(run, frontend, train)
            if train.whole is None
            else WholeFeed(run.recipe.training.crops, frontend, train.whole)
        )
        for note in self._feed.notes():
            watcher.say(note)
        self._validation: Tensor | Ragged = (
            compute_features(frontend, validation.samples, run.path)
            if validation.whole is None
            else features_of_whole(frontend, validation.whole)
        )
        self._train_labels = torch.from_numpy(train.labels)
        self._drawn = draw_weights(counts, self._train_labels, balance)
        self._validation_labels = torch.from_numpy(validation.labels)
        self._classifier.mean.fill_(self._feed.mean)
        self._classifier.deviation.fill_(self._feed.deviation)
        self._to_device()
        memory = self._training.average
        self._averaged = Averaged(self._classifier, memory) if memory else None
        self._optimizer = torch.optim.AdamW(
            self._classifier.network.parameters(),
            weight_decay=self._training.weight_decay,
            fused=True,  # one pass over all weights: many small tensors cost most otherwise
        )
        if (run.path / LAST).exists():
            self._restore(read_checkpoint(run.path / LAST, run.facts.recipe))
        processes.agree_on(self._classifier.network)

    @property
    def losses(self) -> list[float]:
        """The validation loss of every epoch so far."""
        return [row["validation_loss"] for row in self.rows]

    def train_epoch(self) -> Row:
        """Train one epoch, validate, and add its row to the log."""
        began, epoch = time.monotonic(), len(self.rows) + 1
        seed_epoch(self._run.recipe.seed, epoch)
        self._classifier.network.train()
        batches = self._feed.batches(self._training.batch_size, self._drawn)
        if not self._processes.first:
            seed_epoch(self._run.recipe.seed, epoch, self._processes.rank)
        losses, right, rate = 0.0, 0, 0.0
        for step, batch in enumerate(batches):
            position = epoch - 1 + (step + 0.5) / len(batches)
            rate = learning_rate(self._training, position, self.losses)
            loss, hits = self._train_step(batch, epoch, rate)
            if self._averaged is not None:
                self._averaged.add(self._classifier, (epoch - 1) * len(batches) + step + 1)
            self._check(loss, epoch, f"step {step + 1}", rate)
            losses, right = losses + loss * len(batch), right + hits
            self._watcher.step(epoch, step + 1, len(batches), loss)
        self._processes.average_buffers(self._classifier.network)
        if self._averaged is not None:
            self._processes.average_buffers(self._averaged.module.network)
        validation_loss, validation_accuracy = self._validate()
        self._check(validation_loss, epoch, "validation", rate)
        row = {
            "epoch": epoch,
            "train_loss": losses / len(self._feed),
            "train_accuracy": right / len(self._feed),
            "validation_loss": validation_loss,
            "validation_accuracy": validation_accuracy,
            "learning_rate": rate,
            "seconds": time.monotonic() - began,
        }
        self.rows = [*self.rows, row]
        return row

    def keep(self) -> None:
        """Write the checkpoints, the kept first: a crash between them repeats this epoch."""
        if not self._processes.first:
            self.note(finished=False)
            return
        checkpoint = Checkpoint(
            recipe=self._run.facts.recipe,
            rows=self.rows,
            classifier=self._classifier.state_dict(),
            optimizer=self._optimizer.state_dict(),
            average=self._averaged.module.state_dict() if self._averaged is not None else {},
        )
        if kept_epoch(self._training, self.losses) == len(self.rows):
            write_checkpoint(self._run.path / BEST, checkpoint)
            (self._run.path / CALIBRATION).unlink(missing_ok=True)  # it was of other weights
        write_checkpoint(self._run.path / LAST, checkpoint)
        self.note(finished=False)

    def note(self, *, finished: bool) -> None:
        """Write into run.json how far the training is."""
        kept = kept_epoch(self._training, self.losses)
        self._run.note(
            write=self._processes.first,
            finished=finished,
            epochs=len(self.rows),
            best_epoch=kept,
            best_loss=self.losses[kept - 1],
            seconds=round(sum(row["seconds"] for row in self.rows), 3),
            device=self._device.type,
        )

    def _train_step(self, batch: Batch, epoch: int, rate: float) -> tuple[float, int]:
        """One step of the optimizer: the batch's mean loss, and how many it had right.

        This process works on its share of the batch; the sums are over all of them.
        """
        share = batch.rows(self._processes.share(torch.arange(len(batch))))
        labels, weights = self._train_labels[batch.numbers].to(self._device), self._weights
        divisor = loss_divisor(labels, weights, logit_count(len(weights)))
        sums = torch.zeros(2, device=self._device)  # losses, segments decided rightly
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad()
        if len(share):
            own = self._train_labels[share.numbers].to(self._device)
            features = self._feed.features(share, epoch).to(self._device)
            blend = mixed(features, own, self._training.mixup)
            with self._rounded():
                _, logits = self._classifier.from_features(blend.features)
            logits = logits.float()
            loss = blend.loss(logits, weights, self._training.label_smoothing)
            (loss / divisor).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            sums = torch.stack([loss.detach(), (decided(logits) == own).sum().to(loss.dtype)])
        self._processes.add_up_gradients(self._classifier.network, sums)
        if self._training.clip:
            torch.nn.utils.clip_grad_norm_(
                self._classifier.network.parameters(), self._training.clip
            )
        self._optimizer.step()
        return float(sums[0] / divisor), int(sums[1])

    @torch.no_grad()
    def _validate(self) -> tuple[float, float]:
        """Loss, every class weighing as in training, and accuracy on the validation segments."""
        classifier = self._classifier
        if self._averaged is not None:
            classifier = self._averaged.module
        classifier.network.eval()
        logits = torch.zeros(len(self._validation), logit_count(len(self._weights)))
        for numbers, features in self._validation_batches():
            logits[numbers] = classifier.from_features(features.to(self._device))[1].cpu()
        self._processes.add_up([logits])
        labels = self._validation_labels
        loss = mean_loss(logits.double(), labels, self._weights.cpu().double())
        return float(loss), float((decided(logits) == labels).double().mean())

    def _validation_batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Numbers and features of this process's share of the validation segments."""
        size = self._training.batch_size
        if isinstance(self._validation, Ragged):
            for place, (numbers, alike) in enumerate(in_rectangles(self._validation, size)):
                if place % self._processes.count == self._processes.rank:
                    yield torch.from_numpy(numbers), torch.from_numpy(alike)
            return
        share = self._processes.share(torch.arange(len(self._validation)))
        for batch in torch.split(share, size) if len(share) else ():
            yield batch, self._validation[batch]

    def _rounded(self) -> contextlib.AbstractContextManager[Any]:
        """Inside, the network's products are rounded as the recipe says."""
        if self._training.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def _check(self, loss: float, epoch: int, where: str, rate: float) -> None:
        if not math.isfinite(loss):
            raise DataError(
                f"epoch {epoch}, {where}: the loss is {loss}; try a lower "
                f"training.learning_rate (it was {rate:.3g} here), or look for broken "
                f"recordings: harken-train data describe"
            )

    def _to_device(self) -> None:
        self._classifier.network.to(self._device)
        self._classifier.mean = self._classifier.mean.to(self._device)
        self._classifier.deviation = self._classifier.deviation.to(self._device)

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._classifier.load_learned(checkpoint.classifier)
        self._optimizer.load_state_dict(dict(checkpoint.optimizer))
        if self._averaged is not None:
            self._averaged.module.load_learned(checkpoint.average)
        self.rows = checkpoint.rows
        self._watcher.say(f"going on after epoch {len(self.rows)}")

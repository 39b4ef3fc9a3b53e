"""One training in several processes, as ``torchrun`` starts them: each takes its share of a batch.

All draw the same order, sum their gradients, and so take the same steps. The first process writes
and speaks. Of an error that strikes several, one line is printed, by whoever has it first.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.distributed.rendezvous import rendezvous

from harken.errors import HarkenError, InputOutputError, UsageError

# One process may read recordings, or write a checkpoint to a slow disk, while others wait for it.
PATIENCE = timedelta(hours=12)
INTERRUPTED = 130


class LostError(InputOutputError):
    """Another process of this training is gone."""


@dataclass(frozen=True)
class Processes:
    """Which process it is, ``rank`` of ``count``; without ``torchrun`` it is alone."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and speaks."""
        return self.rank == 0

    def share(self, rows: Tensor) -> Tensor:
        """The part of ``rows`` that is this process's: two at the least, or none.

        Batch norm needs two to tell how they vary.
        """
        parts = min(self.count, max(1, len(rows) // 2))
        return torch.tensor_split(rows, parts)[self.rank] if self.rank < parts else rows[:0]

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put the sum over all processes into each of the tensors, which must be of one type."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        sums = flat.cpu() if flat.device.type == "mps" else flat  # no backend sums there
        with _told_when_lost():
            distributed.all_reduce(sums)
        for tensor, total in zip(
            tensors, torch.split(sums, [tensor.numel() for tensor in tensors]), strict=True
        ):
            tensor.copy_(total.view_as(tensor))

    def add_up_gradients(self, network: nn.Module, sums: Tensor) -> None:
        """Sum the gradients of all processes, and ``sums`` with them: one message a step."""
        if self.count == 1:
            return
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        for weight in weights:
            if weight.grad is None:  # no row was this process's
                weight.grad = torch.zeros_like(weight)
        self.add_up([*(weight.grad for weight in weights if weight.grad is not None), sums])

    @torch.no_grad()
    def average_buffers(self, network: nn.Module) -> None:
        """Give all processes the mean of what each measured by itself, as batch norm does."""
        for buffer in network.buffers() if self.count > 1 else ():
            if buffer.is_floating_point():
                self.add_up([buffer])
                buffer /= self.count

    @torch.no_grad()
    def agree_on(self, module: nn.Module) -> None:
        """Give all processes the first one's weights and buffers: another CPU may round others."""
        for tensor in module.state_dict().values() if self.count > 1 else ():
            if not self.first:
                tensor.zero_()
            self.add_up([tensor])

    def agreed(self, text: str) -> str:
        """The first process's ``text``, in all of them."""
        if self.count == 1:
            return text
        said = [text]
        with _told_when_lost():
            distributed.broadcast_object_list(said, src=0, device=torch.device("cpu"))
        return said[0]


ALONE = Processes()


@contextlib.contextmanager
def started(device: torch.device) -> Iterator[Processes]:
    """Join the processes that ``torchrun`` started, if it did, and leave them at the end.

    On ``cuda`` each process of a host takes a GPU of its own. An error of several processes is
    raised in one of them; the others leave by its status without a word.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:  # torchrun says it, as its way is
        yield ALONE
        return
    _take_gpu(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    store, rank, count = next(iter(rendezvous("env://")))
    distributed.init_process_group(
        backend,
        store=store,
        rank=rank,
        world_size=count,
        timeout=PATIENCE,
    )
    signal.signal(signal.SIGTERM, _end)
    try:
        with _one_voice(store):
            yield Processes(rank, count)
    finally:
        distributed.destroy_process_group()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # signal's signature
    """``torchrun`` ends this process, since another one ended: it may be the one that tells."""
    raise LostError("another process of this training is gone")


def _take_gpu(device: torch.device) -> None:
    if device.type != "cuda":
        return
    number, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if number >= there:
        raise UsageError(
            f"torchrun: more processes on this host than GPUs; give --nproc-per-node {there}, "
            f"or --device cpu to fit"
        )
    torch.cuda.set_device(number)


@contextlib.contextmanager
def _one_voice(store: Any) -> Iterator[None]:
    """Let one process raise what ends it; the others leave quietly by the same status."""
    try:
        yield
    except KeyboardInterrupt:
        if not _is_first_to_tell(store):
            raise SystemExit(INTERRUPTED) from None
        raise
    except HarkenError as error:
        if not _is_first_to_tell(store):
            raise SystemExit(error.exit_code) from None
        raise


def _is_first_to_tell(store: Any) -> bool:
    """Whether nobody has told of the end yet. Whoever does is not stopped before it has."""
    try:
        first = int(store.add("harken/told", 1)) == 1
    except RuntimeError:  # torchrun itself is gone, and with it the store
        first = True
    if first:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun sends it when one has ended
    return first


@contextlib.contextmanager
def _told_when_lost() -> Iterator[None]:
    try:
        yield
    except RuntimeError:  # of torch.distributed, for whatever happened at the other end
        raise LostError("another process of this training is gone") from None

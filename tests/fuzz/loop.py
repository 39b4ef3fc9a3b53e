"""Case after case into one parser; what may come out is a result or one `HarkenError`."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol, cast

from tests.fuzz.mutate import mutated

from harken.errors import HarkenError

SLOWEST = 1.0  # seconds of processor a case, the promise
LARGEST = 64 * 2**20  # bytes by which peak memory may grow over a whole run, the promise
LONGEST_MESSAGE = 2003  # characters, what HarkenError cuts to


class Target(Protocol):
    """One parser: a file of ``tests/fuzz/targets``."""

    TOKENS: tuple[bytes, ...]

    def make(self, rng: Random) -> bytes:
        """Give a file of the format, right or wrong in a way that only its grammar can be."""
        ...

    def parse(self, content: bytes) -> None:
        """Read it, and assert what must hold of every result."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How many cases were read, how many refused, and the slowest of them in seconds."""

    read: int
    refused: int
    slowest: float


class BrokenPromiseError(AssertionError):
    """A case that came to another end than it may; ``content`` is the file."""

    def __init__(self, content: bytes, what: str) -> None:
        super().__init__(what)
        self.content = content


def target(name: str) -> Target:
    """Give the target of that name."""
    return cast("Target", importlib.import_module(f"tests.fuzz.targets.{name}"))


def targets() -> list[str]:
    """Names of all targets."""
    folder = Path(__file__).parent / "targets"
    return sorted(path.stem for path in folder.glob("*.py"))


def cases(name: str, seed: int) -> Iterable[bytes]:
    """Give files without end; the same seed gives the same files."""
    own, rng = target(name), Random(seed)  # noqa: S311  # cases, not secrets
    while True:
        yield mutated(own.make(rng), own.TOKENS, rng)


def fuzz(name: str, seed: int, *, most: int, seconds: float = 1e9) -> Outcome:
    """Try ``most`` cases or for ``seconds``; the first bad one is a `BrokenPromiseError`."""
    own = target(name)
    read = refused = 0
    slowest, peak, until = 0.0, _peak_memory(), time.monotonic() + seconds
    for content in cases(name, seed):
        if read + refused >= most or time.monotonic() > until:
            return Outcome(read, refused, slowest)
        began = time.process_time()
        if was_read(own, content):
            read += 1
        else:
            refused += 1
        took = time.process_time() - began
        slowest = max(slowest, took)
        if took > SLOWEST:
            raise BrokenPromiseError(content, f"took {took:.1f} s")
        if (read + refused) % 1000 == 0 and _peak_memory() - peak > LARGEST:
            raise BrokenPromiseError(content, "peak memory grew beyond its bound by one of 1000")
    raise AssertionError("cases never end")


def was_read(own: Target, content: bytes) -> bool:
    """Whether one case was read rather than refused; `BrokenPromiseError` for any other end."""
    try:
        own.parse(content)
    except HarkenError as error:
        message = str(error)
        if not message.isprintable() or len(message) > LONGEST_MESSAGE:
            raise BrokenPromiseError(content, f"a message not fit to print: {message!r}") from None
        return False
    except Exception as error:
        raise BrokenPromiseError(content, f"{type(error).__name__}: {error}") from error
    return True


def _peak_memory() -> int:
    """Peak resident memory of this process, bytes (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0

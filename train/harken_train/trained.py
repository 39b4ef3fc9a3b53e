"""A recipe trained into a folder, once, however often it is asked for."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from harken.errors import CreateError
from harken_train.data import Prepared
from harken_train.fit import Watcher, check_trainable, fit
from harken_train.recipe import Recipe
from harken_train.recipe_file import differences
from harken_train.run import Run


def trained(
    folder: Path, recipe: Recipe, prepared: Prepared, device: torch.device, watcher: Watcher
) -> Run:
    """Give the run in ``folder``, trained to its end.

    One that is there is gone on with after its last whole epoch, or opened when it has ended; one
    that another process is training here is waited for. `CreateError` when it is of another recipe.
    """
    with _alone(folder, watcher.say):
        if (folder / "run.json").is_file():
            run = Run.open(folder)
            differing = differences(run.recipe, recipe)
            if differing:
                raise CreateError(
                    f"{folder}: was trained with another recipe, it differs in "
                    f"{', '.join(differing[:4])}; give another --name"
                )
            run.take(prepared)
        else:
            check_trainable(recipe, prepared)
            run = Run.create(folder, recipe, prepared)
        if not run.facts.finished:
            with run.locked():
                fit(run, device, watcher)
    return run


@contextlib.contextmanager
def _alone(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Keep other processes that want ``folder`` trained waiting; the lock goes with the process."""
    path = folder.parent / f".{folder.name}.lock"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(path, lambda: say(f"{folder}: another process is training it; waiting"))
    except OSError as error:
        raise CreateError(f"{folder}: cannot be created, {error.strerror}") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


def _locked(path: Path, waiting: Callable[[], None]) -> int:
    """Lock the file at ``path``, anew when whoever held it has removed it meanwhile."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), path.stat()):
                    return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)

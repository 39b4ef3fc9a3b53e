"""A recipe trained into a folder, once, however often it is asked for."""

from __future__ import annotations

from pathlib import Path

import torch

from harken.errors import CreateError
from harken_train.data import Prepared
from harken_train.fit import Watcher, fit
from harken_train.recipe import Recipe
from harken_train.recipe_file import differences
from harken_train.run import Run


def trained(
    folder: Path, recipe: Recipe, prepared: Prepared, device: torch.device, watcher: Watcher
) -> Run:
    """Give the run in ``folder``, trained to its end.

    One that is there is gone on with after its last whole epoch, or opened when it has ended.
    `CreateError` when it is of another recipe, or when another process is training it.
    """
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
        run = Run.create(folder, recipe, prepared)
    if not run.facts.finished:
        with run.locked():
            fit(run, device, watcher)
    return run

"""``harken-train`` and ``harken-export`` where their extra may be missing: one sentence, 69."""

from __future__ import annotations

import importlib
import sys

from harken.cli.main import INTERRUPTED
from harken.errors import MissingExtraError


def train() -> int:
    """Run ``harken-train``."""
    return _run("harken-train", "harken_train.cli.main")


def export() -> int:
    """Run ``harken-export``."""
    return _run("harken-export", "harken_export.cli")


def _run(command: str, module: str) -> int:
    """Import by name, since nothing here may import what stands above; then hand over."""
    try:
        main = importlib.import_module(module).main
    except MissingExtraError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # torch takes seconds to import
        print(f"{command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    status: int | None = main()
    return status or 0

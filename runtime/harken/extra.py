"""What is said when a package of an extra is not installed."""

from __future__ import annotations

import importlib.util

from harken.errors import MissingExtraError


def require(extra: str, *packages: str) -> None:
    """Raise `MissingExtraError`, one sentence, unless all ``packages`` are installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"needs {', '.join(missing)}, which the extra {extra!r} brings: "
            f"pip install 'harken[{extra}]'"
        )

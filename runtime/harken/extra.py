"""What is said when a package of an extra is not installed."""

from __future__ import annotations

import importlib.util

from harken.errors import MissingExtraError


def require(extra: str, *packages: str) -> None:
    """Raise `MissingExtraError`, one sentence, unless all ``packages`` are installed.

    An extra that is one package is told by that: it is had wherever harken came from.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing == [extra]:
        raise MissingExtraError(f"needs the package {extra}: pip install {extra}")
    if missing:
        raise MissingExtraError(
            f"needs {', '.join(missing)}, which the extra {extra!r} brings: "
            f"pip install 'harken[{extra}]'"
        )

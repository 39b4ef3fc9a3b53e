"""The group of a recording, read from the name of its file."""

from __future__ import annotations

import re

from harken.errors import DataError, SettingsError


def group_pattern(pattern: str) -> re.Pattern[str]:
    """Check a pattern: a regular expression with brackets around what names the group."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SettingsError(
            f"group_pattern: not a regular expression, {error}; got {pattern!r}"
        ) from None
    if pattern and not compiled.groups:
        raise SettingsError(
            f"group_pattern: need brackets around what names the group, got {pattern!r}"
        )
    return compiled


def group_from(pattern: str, name: str) -> str:
    """Give what the brackets match in ``name``, joined by blanks; the name itself without any."""
    if not pattern:
        return name
    match = group_pattern(pattern).search(name)
    if match is None:
        raise DataError(f"{name}: its name does not fit group_pattern {pattern!r}")
    return " ".join(part for part in match.groups() if part)

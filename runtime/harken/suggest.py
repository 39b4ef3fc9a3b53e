"""The words an error adds when a name is nearly right."""

from __future__ import annotations

from collections.abc import Iterable


def suggestion(word: str, known: Iterable[str]) -> str:
    """Give ``", did you mean 'x'?"``, or nothing when no known word is near."""
    import difflib  # not at import: most processes never err

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else ""

"""Sources and sinks as one word on the command line: ``kind:rest?key=value&key=value``.

``-`` is standard input or output; a word without a kind before a colon is a file. Letters before
a colon that name no kind are a slip of the pen, never a file: alarms would vanish into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from harken.errors import SettingsError
from harken.registry import Registry
from harken.settings import with_overrides
from harken.suggest import suggestion


class Worded(Protocol):
    """Settings that name the field which the rest of their word fills; empty: none."""

    WORD: str


Kind = TypeVar("Kind")


def table_of(
    word: str, registry: Registry[Any], *, dash: Mapping[str, Any], file: str
) -> dict[str, Any]:
    """Give the table of settings that a word stands for.

    ``dash`` is the table of ``-``, ``file`` the kind of a bare path, which is taken as it is:
    ``?`` has no meaning in it.
    """
    if word == "-":
        return dict(dash)
    kind, colon, rest = word.partition(":")
    if not colon or not (kind.isascii() and kind.isalpha()):
        return {"kind": file, _field(registry, file): word}
    if kind not in registry.kinds():
        kinds = registry.kinds()
        raise SettingsError(
            f"{word}: no {registry.family} {kind!r}{suggestion(kind, kinds)}; there are: "
            f"{', '.join(kinds)}; a file of that name is ./{word}"
        )
    value, question, options = rest.partition("?")
    table: dict[str, Any] = {"kind": kind}
    field = _field(registry, kind)
    if value and not field:
        raise SettingsError(f"{word!r}: {kind} takes nothing after its colon but ?key=value")
    if value:
        table[field] = value
    return with_overrides(table, options.split("&") if question else [])


def _field(registry: Registry[Any], kind: str) -> str:
    field: str = registry.get(kind).WORD
    return field

"""The one strict way from a TOML or JSON table to frozen dataclasses, and back.

A table is one dataclass, a key one field; a default stands in the class and nowhere else. A field
annotated ``Annotated[FrontEnd, frontends]`` is a table whose ``kind`` names an entry of that
registry. Unknown or missing keys and wrong types are `SettingsError`, named by dotted path.
"""

from __future__ import annotations

import copy
import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from harken.errors import MissingInputError, SettingsError
from harken.registry import Registry
from harken.suggest import suggestion

Settings = TypeVar("Settings")
LARGEST_NUMBER = 2**1023  # a whole number beyond is no float


def read_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file as nested tables."""
    import tomllib  # not at import: whoever runs a model reads no TOML

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read, {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML, {error}") from None


def with_overrides(table: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Give a copy of ``table`` with each ``a.b=value`` set; the value is TOML, or else a string."""
    result: dict[str, Any] = copy.deepcopy(dict(table))
    for override in overrides:
        path, equals, text = override.partition("=")
        names = path.strip().split(".")
        if not equals or not all(names):
            raise SettingsError(f"{override!r}: an override reads section.key=value")
        inner = result
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"{path.strip()}: {name!r} is a value, not a table")
        inner[names[-1]] = _value_of(text.strip())
    return result


def _value_of(text: str) -> object:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def load(cls: type[Settings], table: Mapping[str, Any], where: str = "") -> Settings:
    """Make one ``cls`` from ``table``; ``where`` is the dotted path used in errors."""
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where or cls.__name__}: need a table, got {table!r}")
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]  # cls is a dataclass by contract
    for key in table:
        if key not in fields:
            raise SettingsError(
                f"{_dotted(where, key)}: unknown key{suggestion(key, fields)}"
                f"{'' if not fields else '; known: ' + ', '.join(fields)}"
            )
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _convert(hints[name], table[name], _dotted(where, name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise SettingsError(f"{_dotted(where, name)}: missing")
    try:
        return cls(**values)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}" if where else str(error)) from None


def dump(settings: object) -> dict[str, Any]:
    """Give the table that `load` reads back to an equal object: plain values, ``None`` left out."""
    hints = typing.get_type_hints(type(settings), include_extras=True)
    return {
        field.name: _plain(getattr(settings, field.name), hints[field.name])
        for field in dataclasses.fields(settings)  # type: ignore[arg-type]  # a dataclass by contract
        if getattr(settings, field.name) is not None
    }


def _plain(value: object, hint: Any) -> Any:
    """Give ``value`` as TOML and JSON know it; ``hint`` tells which values have a kind."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        registry = _registry_of(hint)
        return {"kind": registry.kind_of(value), **dump(value)} if registry else dump(value)
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, Any) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        options = [option for option in typing.get_args(hint) if option is not Ellipsis]
        item_hint = options[0] if typing.get_origin(hint) is tuple and options else Any
        return [_plain(item, item_hint) for item in value]
    return value


def _dotted(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _registry_of(hint: Any) -> Registry[Any] | None:
    if typing.get_origin(hint) is typing.Annotated:
        return next((extra for extra in hint.__metadata__ if isinstance(extra, Registry)), None)
    for option in typing.get_args(hint) if _is_union(hint) else ():
        registry = _registry_of(option)
        if registry is not None:
            return registry
    return None


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (Union, types.UnionType)


def _convert(hint: Any, value: Any, where: str) -> Any:  # one branch a form of hint
    registry = _registry_of(hint)
    if registry is not None and value is not None:
        return _load_kind(registry, value, where)
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if _is_union(hint):
        return _convert_union(options, value, where)
    if origin is Literal:
        if value not in options:
            near = suggestion(value, map(str, options)) if isinstance(value, str) else ""
            raise SettingsError(f"{where}: need one of {_listed(options)}, got {value!r}{near}")
        return value
    if origin is tuple:
        return _convert_tuple(options, value, where)
    if origin in (dict, Mapping) or origin is typing.get_origin(Mapping[str, str]):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{where}: need a table, got {value!r}")
        return {key: _convert(options[1], item, _dotted(where, key)) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return load(typing.cast("type[Any]", hint), value, where)
    return _convert_plain(hint, value, where)


def _load_kind(registry: Registry[Any], table: Any, where: str) -> Any:
    if not isinstance(table, Mapping) or not isinstance(table.get("kind"), str):
        raise SettingsError(
            f"{where}: need a table with kind = one of {', '.join(registry.kinds())}"
        )
    try:
        cls = registry.get(table["kind"])
    except SettingsError as error:
        raise SettingsError(f"{where}.kind: {error}") from None
    return load(cls, {key: value for key, value in table.items() if key != "kind"}, where)


def _convert_union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in options:
        return None
    rest = [option for option in options if option is not type(None)]
    for option in rest[:-1]:
        try:
            return _convert(option, value, where)
        except SettingsError:
            continue  # the next option of the union may fit; the last one's error is told
    return _convert(rest[-1], value, where)


def _convert_tuple(options: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise SettingsError(f"{where}: need a list, got {value!r}")
    if len(options) == 2 and options[1] is Ellipsis:
        hints = [options[0]] * len(value)
    elif len(options) != len(value):
        raise SettingsError(f"{where}: need {len(options)} values, got {len(value)}")
    else:
        hints = list(options)
    return tuple(
        _convert(hint, item, f"{where}[{i}]")
        for i, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _convert_plain(hint: Any, value: Any, where: str) -> Any:
    if hint is Path and isinstance(value, (str, Path)):
        return Path(value)
    if hint is float and type(value) is int and abs(value) < LARGEST_NUMBER:
        return float(value)
    if hint in (bool, int, float, str) and type(value) is hint:
        return value
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
    raise SettingsError(
        f"{where}: need {words.get(hint, getattr(hint, '__name__', hint))}, got {value!r}"
    )


def _listed(options: Iterable[object]) -> str:
    return ", ".join(repr(option) for option in options)

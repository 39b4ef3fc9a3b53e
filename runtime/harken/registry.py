"""How kinds are found: one folder is one family, one file in it is one kind, named by the file.

``sources = Registry[Source]("source", "harken.sources")`` makes the family; the class in
``harken/sources/tcp.py`` joins it by ``@sources.register("tcp")``. A kind's file is imported
when it is asked for, so listing a family costs nothing and needs no extra.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Generic, TypeVar

from harken.errors import SettingsError
from harken.suggest import suggestion

Kind = TypeVar("Kind")
Registered = TypeVar("Registered", bound=type)


class Registry(Generic[Kind]):
    """The kinds of one family. ``family`` is its name in errors, ``package`` its folder."""

    def __init__(self, family: str, package: str) -> None:
        self.family = family
        self.package = package
        self._classes: dict[str, type[Kind]] = {}

    def register(self, kind: str) -> Callable[[Registered], Registered]:
        """Class decorator. ``kind`` is the name of the file that the class stands in."""

        def join(settings: Registered) -> Registered:
            if settings.__module__ != f"{self.package}.{kind}":
                raise AssertionError(
                    f"{self.family} {kind!r} belongs into {self.package}.{kind}, "
                    f"not {settings.__module__}"
                )
            self._classes[kind] = settings
            return settings

        return join

    def kinds(self) -> list[str]:
        """Names of all kinds, sorted, found by their files; nothing is imported but the folder."""
        import pkgutil  # not at import: whoever runs a model lists no kinds

        folder = importlib.import_module(self.package)
        return sorted(
            module.name
            for module in pkgutil.iter_modules(folder.__path__)
            if not module.name.startswith("_")
        )

    def get(self, kind: str) -> type[Kind]:
        """Give the settings class of a kind; `SettingsError` names the kinds there are."""
        kinds = self.kinds()
        if kind not in kinds:
            raise SettingsError(
                f"no {self.family} {kind!r}{suggestion(kind, kinds)}; there are: {', '.join(kinds)}"
            )
        importlib.import_module(f"{self.package}.{kind}")
        return self._classes[kind]

    def kind_of(self, settings: object) -> str:
        """Give the name under which the class of ``settings`` is registered."""
        return type(settings).__module__.rpartition(".")[2]

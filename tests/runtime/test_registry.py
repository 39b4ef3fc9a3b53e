from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

from harken.errors import SettingsError
from harken.registry import Registry
from harken.settings import dump, load

SQUARE = """
from dataclasses import dataclass
import shapes_of_a_test
@shapes_of_a_test.shapes.register("square")
@dataclass(frozen=True, kw_only=True)
class Square:
    side: float = 1.0
"""
FAMILY = """
from harken.registry import Registry
shapes = Registry("shape", "shapes_of_a_test")
"""


@pytest.fixture
def shapes(tmp_path: Path) -> Iterator[Registry[Any]]:
    """A family in a folder of its own: one good kind, one whose import would fail, one hidden."""
    folder = tmp_path / "shapes_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text(FAMILY)
    (folder / "square.py").write_text(SQUARE)
    (folder / "circle.py").write_text("raise RuntimeError('imported too early')\n")
    (folder / "_hidden.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield importlib.import_module("shapes_of_a_test").shapes
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("shapes_of_a_test")]:
        del sys.modules[name]


def test_kinds_are_files_and_listing_them_imports_none(shapes: Registry[Any]) -> None:
    assert shapes.kinds() == ["circle", "square"]
    assert "shapes_of_a_test.square" not in sys.modules


def test_a_kind_is_found_by_name_and_tells_its_name(shapes: Registry[Any]) -> None:
    square = shapes.get("square")
    assert shapes.kind_of(square()) == "square"


@pytest.mark.parametrize("wrong", ["squar", "_hidden", "", "../square"])
def test_an_unknown_kind_names_those_there_are(shapes: Registry[Any], wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"no shape '.*there are: circle, square"):
        shapes.get(wrong)


def test_a_kind_that_is_nearly_right_is_suggested(shapes: Registry[Any]) -> None:
    with pytest.raises(SettingsError, match="did you mean 'square'"):
        shapes.get("sqare")


def test_a_class_in_another_file_than_its_name_is_our_bug(shapes: Registry[Any]) -> None:
    with pytest.raises(AssertionError, match=r"belongs into shapes_of_a_test\.square"):

        @shapes.register("square")
        class Elsewhere:
            pass


def test_a_table_with_a_kind_is_loaded_and_dumped(shapes: Registry[Any]) -> None:
    drawing = _drawing(shapes)
    got = load(drawing, {"shape": {"kind": "square", "side": 2}}, "drawing")
    assert dump(got) == {"shape": {"kind": "square", "side": 2.0}}
    assert load(drawing, dump(got)) == got


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"side": 2}, "drawing.shape: need a table with kind = one of circle, square"),
        ("square", "drawing.shape: need a table with kind = one of circle, square"),
        ({"kind": "cube"}, "drawing.shape.kind: no shape 'cube'"),
        ({"kind": "square", "sid": 2}, "drawing.shape.sid: unknown key, did you mean 'side'?"),
    ],
)
def test_a_wrong_kind_says_where(shapes: Registry[Any], table: Any, told: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(_drawing(shapes), {"shape": table}, "drawing")
    assert told in str(refusal.value)


def _drawing(shapes: Registry[Any]) -> type[Any]:
    class Drawing:
        pass

    Drawing.__annotations__ = {"shape": Annotated[Any, shapes]}
    return dataclass(frozen=True)(Drawing)

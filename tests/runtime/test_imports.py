"""What the runtime imports: the standard library, numpy, onnxruntime, itself."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).resolve().parents[2] / "runtime" / "harken"
FILES = sorted(RUNTIME.rglob("*.py"))
NAMES = [str(file.relative_to(RUNTIME)) for file in FILES]
ALLOWED = {*sys.stdlib_module_names, "numpy", "onnxruntime", "harken"}
BEYOND = {  # named to importlib, where they are installed
    "cli/picture.py": {"matplotlib"},
    "wfdb_record.py": {"wfdb"},
}
IMPORTERS = {"import_module", "__import__", "find_spec"}


def _imported(file: Path) -> set[str]:
    """Top packages of a file's import statements, wherever in the file they stand."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(str(node.module))
    return {name.partition(".")[0] for name in found}


def _imported_by_name(file: Path) -> set[str]:
    """Top packages that are imported by a call with their name."""
    return {
        str(node.args[0].value).partition(".")[0]
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) in IMPORTERS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_runtime_imports_nothing_that_a_device_lacks(name: str) -> None:
    file = RUNTIME / name
    assert _imported(file) <= ALLOWED
    assert _imported_by_name(file) <= ALLOWED | BEYOND.get(name, set())


def test_one_file_alone_imports_onnxruntime() -> None:
    everywhere = {
        name: _imported(RUNTIME / name) | _imported_by_name(RUNTIME / name) for name in NAMES
    }
    assert [name for name in NAMES if "onnxruntime" in everywhere[name]] == ["model.py"]

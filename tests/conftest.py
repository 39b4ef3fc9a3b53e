"""What all tests share: the real recordings, when they lie beside the checkout."""

from __future__ import annotations

import logging
import os
import signal
import tarfile
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"

# Started in the background a shell lets us ignore Ctrl-C, and every command that a test starts and
# then interrupts would inherit that. So it is for what a module's fixtures start, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is slow, not wrong; and the same examples each time, so a failure can be repeated.
settings.register_profile("harken", deadline=None, derandomize=True)
settings.load_profile("harken")


@pytest.fixture(autouse=True)
def _ctrl_c() -> None:
    """Give each test Python's own answer to Ctrl-C: a daemon run in this process leaves its own."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests go together, and which are skipped.

    A file's tests stay in one process, which then makes a fixture once; so do those of one kind
    where a file holds the tests of all. Those of the docs, long and without fixtures, are dealt
    out. Without the recordings their tests are skipped with a line; in CI that is a failure.
    """
    for item in items:
        if "end_to_end" not in item.path.parts:
            item.add_marker(pytest.mark.xdist_group(f"{item.path.name}{_kind_of(item)}"))
    if SHARED.is_dir() or os.environ.get("CI"):
        return
    absent = pytest.mark.skip(reason="the real recordings (../shared/data) are not here")
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(absent)


def _kind_of(item: pytest.Item) -> str:
    """The kind that a test over a registry is of: the first word of its case or pair."""
    callspec = getattr(item, "callspec", None)  # of parametrised tests alone
    found = callspec and callspec.params.get("case", callspec.params.get("pair"))
    return f" {found[0]}" if isinstance(found, tuple) and isinstance(found[0], str) else ""


def pytest_runtest_setup() -> None:
    """Undo what a command run inside an earlier test did to the loggers, ``-q`` say."""
    for package in ("harken", "harken_train", "harken_export"):
        logging.getLogger(package).setLevel(logging.NOTSET)


def _unpacked(archive: str) -> Path:
    """A folder (ignored by git) with the archive's files, unpacked once for all processes."""
    assert SHARED.is_dir(), "the real recordings must lie in ../shared/data when CI is set"
    target = ROOT / "data" / archive
    if not target.exists():
        beside = target.with_name(f".{archive}.{os.getpid()}.tmp")
        with tarfile.open(SHARED / f"{archive}.tar.xz") as tar:
            tar.extractall(beside, filter="data")
        try:
            beside.rename(target)
        except OSError:  # another test process was quicker; what it unpacked is the same
            assert target.exists()
    return target


@pytest.fixture(scope="session")
def cwru() -> Path:
    """The folder that holds CWRU's original files and files.csv."""
    return next(_unpacked("cwru").rglob("files.csv")).parent


@pytest.fixture(scope="session")
def cinc2017() -> Path:
    """The folder that holds the records of the ECG challenge and REFERENCE.csv."""
    return next(_unpacked("cinc2017").rglob("REFERENCE.csv")).parent


@pytest.fixture(scope="session")
def machine_sound() -> Path:
    """The folder with the fan's clips and meta.csv."""
    return SHARED / "machine_sound"


@pytest.fixture(scope="session")
def esc50() -> Path:
    """The folder with the machine-like clips of ESC-50 and meta.csv."""
    return SHARED / "esc50_machines"

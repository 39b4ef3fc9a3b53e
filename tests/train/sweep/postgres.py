"""A PostgreSQL server of its own, for one test, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin")), Path("/usr/local/pgsql/bin"))


def programs() -> Path | None:
    """Where the server's programs lie, if there are any."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    return next((place for place in (*places, *PROGRAMS) if (place / "initdb").exists()), None)


@contextlib.contextmanager
def database() -> Iterator[str]:
    """Yield the URL of an empty database; it listens on a socket in its own folder only."""
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL server is installed")
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to be run by root
        user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    if user:
        shutil.chown(folder, "nobody")

    def call(*words: str | Path) -> None:
        subprocess.run(words, check=True, capture_output=True, cwd=folder, **user)

    data = folder / "data"
    try:
        call(place / "initdb", "-D", data, "-U", "harken", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        call(place / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql+psycopg://harken@/postgres?host={folder}"
        finally:
            call(place / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)

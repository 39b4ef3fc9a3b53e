"""Every command in README.md and docs/ does what it says: it runs, and leaves with 0.

A page's ```sh blocks run in order in one scratch folder that sees the repository's `models`,
`docs` and unpacked `data`; `make` runs in the repository. A block under `<!-- not run: reason -->`
is passed over, and the reason must be one of `EXCUSES`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (not run: [^>]*?) -->\n)?```sh\n(.*?)```", re.DOTALL)
EXCUSES = (
    "it downloads",
    "it installs on a device",
    "this is the test command itself",
    "the folder is yours",
    "it takes hours",
    "it listens until it is stopped",
)


@dataclass(frozen=True)
class Block:
    """One block of a page: its commands, and why it is passed over, if it is."""

    commands: str
    excuse: str | None


def blocks_of(page: Path) -> list[Block]:
    return [Block(code, excuse or None) for excuse, code in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_that_is_not_run_has_one_of_the_known_reasons(page: Path) -> None:
    excuses = [block.excuse.removeprefix("not run: ") for block in blocks_of(page) if block.excuse]
    assert [excuse for excuse in excuses if not excuse.startswith(EXCUSES)] == []


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(not block.excuse for block in blocks_of(page))],
    ids=lambda page: page.name,
)
def test_every_command_of_the_page_runs(
    page: Path, tmp_path: Path, cwru: Path, cinc2017: Path
) -> None:
    for name in ("models", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cwru").symlink_to(cwru)
    (tmp_path / "data" / "cinc2017").symlink_to(cinc2017)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block in blocks_of(page):
        if block.excuse:
            continue
        where = ROOT if block.commands.lstrip().startswith("make ") else tmp_path
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.commands],
            cwd=where,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{block.commands}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"

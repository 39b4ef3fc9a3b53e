"""Public recordings fetched from where they are published: told first, verified, resumable."""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests

from harken.errors import CreateError, DataError, HarkenError, InputOutputError, UsageError
from harken.suggest import suggestion
from harken_train.csv_table import read_table
from harken_train.resuming_download import Gone, ResumingDownload

_log = logging.getLogger(__name__)

TRIES = 5
_PIECE = 1 << 20  # bytes read at once while hashing

_NO_ADDRESS = (
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)

Sleep = Callable[[float], None]
Progress = Callable[[int], object]


@dataclass(frozen=True, kw_only=True)
class PublicFile:
    """One file of a public set: what it is called, where it lies, and what it must hold."""

    name: str
    url: str
    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be fetched into ``folder``; ``present`` is there already, and right."""

    folder: Path
    missing: tuple[PublicFile, ...]
    present: tuple[PublicFile, ...]

    @property
    def bytes(self) -> int:
        """How much is to be fetched, of files already begun all of it."""
        return sum(file.bytes for file in self.missing)


def public_sets() -> dict[str, Path]:
    """The sets that can be fetched, and the table of each: name, URL, sha256 and size a file."""
    tables = sorted(Path(__file__).parent.glob("fetch_*.csv"))
    return {table.stem.removeprefix("fetch_"): table for table in tables}


def plan(name: str, folder: Path, base_url: str | None = None) -> Plan:
    """Say what of a set is missing in ``folder``.

    ``base_url`` is a mirror: a folder that holds the files under the same names. A file of any
    name in the folder counts when its content is right, so nothing is fetched twice.
    """
    sets = public_sets()
    if name not in sets:
        raise UsageError(
            f"no public set {name!r}{suggestion(name, sets)}; there are: {', '.join(sets)}"
        )
    rows = read_table(sets[name], need=("file", "url", "sha256", "bytes"))
    files = [
        PublicFile(
            name=row["file"],
            url=f"{base_url.rstrip('/')}/{row['file']}" if base_url else row["url"],
            sha256=row["sha256"],
            bytes=row.whole("bytes"),
        )
        for row in rows
    ]
    sizes = {file.bytes for file in files}
    there = {sha256_of(path) for path in _files(folder) if path.stat().st_size in sizes}
    return Plan(
        folder=folder,
        missing=tuple(file for file in files if file.sha256 not in there),
        present=tuple(file for file in files if file.sha256 in there),
    )


def fetch(wanted: Plan, progress: Progress | None = None, sleep: Sleep = time.sleep) -> None:
    """Fetch what is missing; each file gets its name when its content is right, not before.

    A connection that breaks is tried again, `TRIES` times in all, and goes on where it stopped; so
    does the next call. ``progress`` is told of every piece's bytes. Raises `DataError` for a
    content that is not what was published, `InputOutputError` when the network or the disk fails.
    """
    pooch.get_logger().setLevel(logging.WARNING)  # it would tell every file's absolute path
    try:
        wanted.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CreateError(f"{wanted.folder}: cannot be created, {error.strerror}") from None
    free = shutil.disk_usage(wanted.folder).free
    if free < wanted.bytes:
        raise InputOutputError(
            f"{wanted.folder}: needs {megabytes(wanted.bytes)}, {megabytes(free)} are free; "
            "make room, or choose another folder with --to"
        )
    for file in wanted.missing:
        _fetch_one(file, wanted.folder, progress or _unseen, sleep)


def _unseen(count: int) -> None:
    """Take the place of a progress bar where nobody looks."""


def _fetch_one(file: PublicFile, folder: Path, progress: Progress, sleep: Sleep) -> None:
    problem: HarkenError | None = None
    for attempt in range(TRIES):
        if problem is not None:
            seconds = 2.0 ** (attempt - 1)
            _log.warning("again in seconds=%g try=%d problem=%s", seconds, attempt + 1, problem)
            sleep(seconds)
        download = ResumingDownload(folder / f".{file.name}.part", file.bytes, progress)
        try:
            pooch.retrieve(
                file.url, f"sha256:{file.sha256}", file.name, folder, downloader=download
            )
        except Gone as error:
            raise DataError(f"{file.url}: {error}; see --base-url for another place") from None
        except _NO_ADDRESS:
            raise UsageError(
                f"{file.url}: not a web address; give --base-url as http(s)://..."
            ) from None
        except requests.RequestException as error:
            problem = InputOutputError(
                f"{file.url}: {_reason(error)}; what has arrived is kept, fetch again to go on"
            )
        except ValueError:  # pooch's, for another hash than the published one
            problem = DataError(
                f"{file.url}: the content is not what was published (sha256 differs); "
                "nothing was kept; try another place with --base-url"
            )
            if not download.resumed:
                break  # the whole of it arrived at once, so the same would arrive again
        except OSError as error:
            raise InputOutputError(
                f"{folder / file.name}: cannot be written, {error.strerror or error}"
            ) from None
        else:
            return
    raise problem or AssertionError("a try ended without a result")


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "the connection broke, or cannot be made"
    return str(error)


def _files(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return []
    return (path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != ".")


def sha256_of(path: Path) -> str:
    """Hash a file, piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def megabytes(count: int) -> str:
    """Give a size for people."""
    return f"{count / 1e6:.1f} MB"

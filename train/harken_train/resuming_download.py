"""A downloader for pooch that goes on where a broken connection stopped (HTTP Range)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import requests

TIMEOUT = (10.0, 30.0)  # seconds, to connect and between two pieces
_PIECE = 1 << 16  # bytes
_FINAL = {400, 401, 403, 404, 405, 410, 451}  # answers that will be the same again


class Gone(Exception):  # noqa: N818 - it names what happened; `fetch` makes the error of it
    """The server answers, and will not give the file that was published."""


class ResumingDownload:
    """Writes into ``part`` and gives it to pooch when all ``size`` bytes are there.

    The part stays when the connection breaks, for the next try. ``resumed`` tells afterwards that
    some of it came from an earlier one. ``progress`` is told how many bytes have come, those of
    the part first; fewer than 0 when it had to be thrown away.
    """

    def __init__(self, part: Path, size: int, progress: Callable[[int], object]) -> None:
        self._part, self._size, self._progress = part, size, progress
        self.resumed = False

    def __call__(self, url: str, output_file: str, pooch: object) -> None:  # noqa: ARG002 - pooch's
        """Download ``url`` into ``output_file``; the signature is pooch's."""
        held = self._part.stat().st_size if self._part.exists() else 0
        if held >= self._size:  # too long, or whole but never verified
            self._forget()
            held = 0
        headers = {"Accept-Encoding": "identity"}  # the bytes as published, so that Range fits
        if held:
            headers["Range"] = f"bytes={held}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self._forget()
                raise requests.ConnectionError("the server cannot go on from there")
            if response.status_code in _FINAL:
                raise Gone(f"the server answers {response.status_code} {response.reason}")
            response.raise_for_status()
            if held and not self._goes_on(response, held):
                self._forget()
                held = 0
            self.resumed = held > 0
            self._receive(response, held)
        shutil.move(self._part, output_file)

    @staticmethod
    def _goes_on(response: requests.Response, held: int) -> bool:
        """Whether the answer starts where the part ends; a server may send all of it instead."""
        said = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        partial = response.status_code == requests.codes.partial_content
        return partial and said is not None and int(said.group(1)) == held

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)

    def _receive(self, response: requests.Response, held: int) -> None:
        count = held
        self._progress(held)
        try:
            with self._part.open("ab" if held else "wb") as part:
                for piece in response.iter_content(_PIECE):
                    count += len(piece)
                    if count > self._size:
                        break
                    part.write(piece)
                    self._progress(len(piece))
        finally:
            if count != self._size:
                self._progress(-min(count, self._size))
        if count != self._size:  # a connection that breaks is an error of requests before this
            self._forget()
            amount = f"{count}" if count < self._size else f"more than {self._size}"
            raise Gone(f"gives {amount} bytes where {self._size} were published")

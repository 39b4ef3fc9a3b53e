"""How much a command tells of its work on stderr."""

from __future__ import annotations

import logging
import sys

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
PACKAGES = ("harken", "harken_train", "harken_export")


class _Stderr(logging.Handler):
    """A line a record, on what is stderr at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


_HANDLER = _Stderr()
_HANDLER.setFormatter(logging.Formatter("%(levelname)s %(message)s"))


def set_up(verbose: int, *, quiet: bool) -> None:
    """Show warnings; with ``-v`` also what is done, with ``-vv`` everything, with ``-q`` errors."""
    for package in PACKAGES:
        logger = logging.getLogger(package)
        logger.setLevel(logging.ERROR if quiet else LEVELS[min(verbose, len(LEVELS) - 1)])
        logger.addHandler(_HANDLER)  # a second time changes nothing

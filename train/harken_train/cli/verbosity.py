"""How much a command tells of its work on stderr."""

from __future__ import annotations

import logging


def set_up(verbose: int, *, quiet: bool) -> None:
    """Show warnings; with ``-v`` also what is done, with ``-vv`` everything, with ``-q`` errors."""
    level = (
        logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", force=True)
    logging.getLogger("harken").setLevel(level)
    logging.getLogger("harken_train").setLevel(level)

"""How a command ends: its exit status, and one line for a user's mistake."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from harken.errors import HarkenError, UsageError

INTERRUPTED = 130  # 128 + SIGINT, as shells count it
_TYPER_USAGE = 2  # what typer leaves with for a usage error


def run(app: typer.Typer, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run ``app`` and give its exit status; ``program`` starts the line of an error.

    A `HarkenError` is one line and its own status, a usage error 64, Ctrl-C 130. Anything else is
    a bug and shows its traceback.
    """
    try:
        app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name=program)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
        if status == INTERRUPTED:
            print(f"{program}: interrupted", file=sys.stderr)
        return UsageError.exit_code if status == _TYPER_USAGE else status
    except HarkenError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    return 0

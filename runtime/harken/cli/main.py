"""``harken``: finds the command, runs it, and leaves by sysexits.

A command is a file of this folder with ``add_arguments(parser)`` and ``run(arguments) -> int``.
It is imported when it is asked for, and itself imports numpy and the rest when it runs: so
``harken --help`` takes no longer than Python needs to start.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import harken
from harken.errors import HarkenError, InputOutputError, UsageError

COMMANDS = {
    "classify": "say what is heard in files of samples",
    "inspect": "show what a model file says of itself",
    "selftest": "prove that a model answers on this machine as it did at export",
    "bench": "measure time and memory of a model on this machine",
    "status": "ask a running harkend how it is",
}
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Parser(argparse.ArgumentParser):
    """argparse, leaving by EX_USAGE instead of 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(UsageError.exit_code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; give the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parser(words).parse_args(words)
        command = importlib.import_module(f"harken.cli.{arguments.command}")
        status: int = command.run(arguments)
        sys.stdout.flush()
    except HarkenError as error:
        print(f"harken: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("harken: interrupted", file=sys.stderr)
        return INTERRUPTED
    except ImportError as error:
        if not _from_interrupt(error):
            raise
        print("harken: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read has seen enough
        _write_no_more()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        print("harken: the output cannot be written, the disk is full", file=sys.stderr)
        return InputOutputError.exit_code
    return status


def _from_interrupt(error: BaseException | None) -> bool:
    """Whether a compiled module's import, which tells of any failure so, failed by Ctrl-C."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _write_no_more() -> None:
    """Python flushes stdout once more when it ends: let that go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(words: Sequence[str]) -> Parser:
    """Every command with its line of help; the arguments only of the one that is called."""
    parser = Parser(prog="harken", description="Run exported models on recordings.")
    parser.add_argument("--version", action="version", version=f"harken {harken.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        if words and words[0] == name:
            importlib.import_module(f"harken.cli.{name}").add_arguments(command)
    return parser

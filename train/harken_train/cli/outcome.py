"""How a command ends: its exit status, and one line for whatever is not our bug."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

import typer

from harken.errors import HarkenError, InputOutputError, UsageError
from harken.suggest import suggestion

INTERRUPTED = 130  # 128 + SIGINT, as shells count it
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# click's ClickException, which typer brings along under a name that changes with its versions
_Mistake: Any = typer.BadParameter.__mro__[2]


def run(app: typer.Typer, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run ``app`` and give its exit status; ``program`` starts the line of an error.

    A `HarkenError` is one line and its own status, a usage error 64, a full disk 74, Ctrl-C 130.
    Anything else is a bug and shows its traceback.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with _interrupts() as seen:
        try:
            return _run(app, program, words)
        except KeyboardInterrupt:
            return _interrupted(program)
        except Exception:
            if not seen:
                raise
            return _interrupted(program)  # an import that was cut short, say


def leave(status: int) -> NoReturn:
    """End this process by ``status``.

    Under ``torchrun`` Python's own tidying is left out: threads of torch.distributed may still
    want the interpreter then, and end in an abort what had gone well.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _run(app: typer.Typer, program: str, words: list[str]) -> int:
    try:
        status = app(args=words, prog_name=program, standalone_mode=False)
        sys.stdout.flush()
    except HarkenError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except _Mistake as error:
        print(_in_one_line(error, program), file=sys.stderr)
        return UsageError.exit_code
    except typer.Abort:
        print(f"{program}: aborted", file=sys.stderr)
        return 1
    except OSError as error:
        return _unwritten(error, program)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # whoever read has seen enough
            _write_no_more()
            return 0
        if isinstance(end.code, int):
            return end.code
        raise
    if status == INTERRUPTED:  # typer makes that of Ctrl-C
        return _interrupted(program)
    return status if isinstance(status, int) else 0


def _in_one_line(error: Any, program: str) -> str:
    """Say what was wrong with the words; without any at all, give the help."""
    context = getattr(error, "ctx", None)
    message = str(error.format_message()).strip()
    if context is None:
        return f"{program}: {message}"
    if message == context.get_help().strip():
        return message
    name = getattr(error, "option_name", None)
    if name is not None and hasattr(error, "possibilities"):
        known = [option for parameter in context.command.params for option in parameter.opts]
        message = f"no such option {name}{suggestion(name, known).strip('?')}"
    message = " ".join(message.split()).rstrip(".?").replace(". Did you mean", ", did you mean")
    path = context.command_path
    return f"{path}: {message[0].lower()}{message[1:]}; see {path} --help"


def _unwritten(error: OSError, program: str) -> int:
    """A disk without room is told in one line; any other error of the system is a bug."""
    if isinstance(error, BrokenPipeError):
        _write_no_more()
        return 0
    if error.errno not in NO_ROOM:
        raise error
    _write_no_more()
    what = error.filename or "the output"
    print(f"{program}: {what} cannot be written, {error.strerror}", file=sys.stderr)
    return InputOutputError.exit_code


def _write_no_more() -> None:
    """Python flushes stdout once more when it ends: let that go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _interrupted(program: str) -> int:
    print(f"{program}: interrupted", file=sys.stderr)
    return INTERRUPTED


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Give a list that is not empty once Ctrl-C was pressed.

    Compiled modules turn the `KeyboardInterrupt` that strikes their import into another error.
    """
    seen: list[int] = []

    def strike(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # signal's signature
        seen.append(number)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored in the background, or another's
        yield seen
        return
    signal.signal(signal.SIGINT, strike)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)

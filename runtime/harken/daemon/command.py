"""Read the command line, open what it names, run the service, leave by sysexits."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import harken
from harken.errors import DataError, HarkenError, UsageError

if TYPE_CHECKING:
    from harken.daemon.settings import DaemonSettings
    from harken.daemon.spool import Spool
    from harken.daemon.storage import MemoryStorage

EXAMPLES = """\
sources: -                        WAV on standard input (raw: stdin:?dtype=s16le)
         clip.wav                 a file, as quick as it can be decided (as recorded: --realtime)
         tcp:127.0.0.1:7700       listen for raw samples (?dtype=f32le, ?dtype=wav)
         unix:/run/harken/in.sock the same at a path
sinks:   -                        JSON lines on standard output (the default)
         alarms.jsonl             the same in a file (alarms alone: lines:a.jsonl?decisions=false)
         unix:/run/app.sock       the same to a program that listens there

examples:
  harkend models/bearing.onnx models/samples/inner_race.wav
  arecord -f S16_LE -r 12000 -t wav | harkend models/bearing.onnx 'stdin:?live=true'
  harkend models/bearing.onnx tcp:127.0.0.1:7700 --state /var/lib/harken \\
          --sink lines:/var/log/harken/alarms.jsonl --socket /run/harken/harkend.sock

signals: TERM and INT end in order, a second one at once; HUP reads the model again.
"""


class Parser(argparse.ArgumentParser):
    """argparse, leaving by EX_USAGE instead of 2."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        sys.exit(UsageError.exit_code)


def run(argv: Sequence[str] | None = None) -> int:
    """Run until the source ends or a signal says so; give the exit status."""
    arguments = _parser().parse_args(argv)
    if arguments.config is None and None in (arguments.model, arguments.source):
        _parser().error("need a MODEL and a SOURCE, or --config")
    level = logging.DEBUG if arguments.verbose else logging.INFO
    if arguments.quiet:
        level = logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="harkend: %(message)s")
    try:
        _serve(arguments)
    except HarkenError as error:
        sys.stderr.write(f"harkend: {error}\n")
        return error.exit_code
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="harkend",
        description="Run a model on a stream, day and night: samples in, JSON lines out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", nargs="?", help="file made by harken-export")
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="where samples come from")
    parser.add_argument(
        "--sink", action="append", metavar="SINK", help="where lines go; repeatable"
    )
    parser.add_argument("--state", metavar="DIR", help="keep alarms there until they are delivered")
    parser.add_argument("--socket", metavar="PATH", help="answer `harken status` there")
    parser.add_argument(
        "--device", metavar="NAME", help="first part of alarm ids (the host's name)"
    )
    parser.add_argument(
        "--realtime", action="store_true", help="a file as slowly as it was recorded"
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="all settings, as TOML")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one setting, ring=5.0"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="log warnings only")
    parser.add_argument("-v", "--verbose", action="store_true", help="log more")
    parser.add_argument("--version", action="version", version=f"harkend {harken.__version__}")
    return parser


def _settings(arguments: argparse.Namespace) -> DaemonSettings:
    from harken.daemon.settings import read_settings

    words = {
        name: getattr(arguments, name)
        for name in ("model", "source", "state", "socket", "device")
        if getattr(arguments, name) is not None
    }
    if arguments.sink:
        words["sinks"] = arguments.sink
    overrides = [*arguments.set, *(["source.realtime=true"] if arguments.realtime else [])]
    return read_settings(arguments.config, words, overrides)


def _serve(arguments: argparse.Namespace) -> None:
    """Open everything in the order in which a mistake is cheapest, and run."""
    from harken.daemon.calls import SignalCalls
    from harken.daemon.clock import SystemClock
    from harken.daemon.control import Control
    from harken.daemon.keeper import Keeper
    from harken.daemon.notify import Notifier
    from harken.daemon.outbox import Outbox
    from harken.daemon.ring import Ring
    from harken.daemon.service import Limits, Service
    from harken.model import Model
    from harken.transport.stop import Stop
    from harken.transport.wanted import Wanted

    def load() -> Model:
        """Read the model that the settings name now: a reload reads them again."""
        named = _settings(arguments)
        return Model(named.model, probe=True, abstain=named.abstain)

    settings = _settings(arguments)
    calls, clock = SignalCalls(), SystemClock()
    model = load()
    heard, hop = model.contract.input, model.contract.hop
    if heard.is_spectrogram:
        raise DataError(
            f"{settings.model}: takes spectrograms, which no source gives; name the front-end that "
            f"made them ([made_by] in the recipe) and export it again"
        )
    capacity = max(round(settings.ring * heard.rate), hop)
    # Half a second at the most: a longer piece, of a file in real time, would be silence before it.
    piece = max(1, min(max(hop, 256), capacity // 4, heard.rate // 2))
    storage, spare = _storages(settings)
    keeper = Keeper(storage, spare)
    outboxes = [
        Outbox(
            sink.name,
            sink.open(),
            keeper,
            now=clock.monotonic,
            decisions=sink.decisions,
            limit=settings.queue,
        )
        for sink in settings.sinks
    ]
    service = Service(
        model=model,
        source=settings.source.open(Wanted(input=heard, piece=piece)),
        ring=Ring(capacity=capacity, hop=hop, live=settings.source.live),
        outboxes=outboxes,
        keeper=keeper,
        clock=clock,
        calls=calls,
        notifier=Notifier(os.environ),
        limits=Limits(no_input=settings.no_input, drain=settings.drain),
        load=load,
    )
    logging.getLogger(__name__).info(
        "ready model=%s sha256=%s rate=%d", settings.model, model.sha256, heard.rate
    )
    if settings.socket is None:
        service.run()
        return
    stop = Stop()
    control = Control(settings.socket, service.health, stop)
    control.start()
    try:
        service.run()
    finally:
        stop.set()
        control.close()


def _storages(settings: DaemonSettings) -> tuple[Spool | MemoryStorage, MemoryStorage]:
    """Give where alarms are kept, and where they are when that fails."""
    from harken.daemon.spool import Spool
    from harken.daemon.storage import MemoryStorage

    boots = [secrets.token_hex(6) for _ in range(2)]  # no clock: it may be wrong, or stand still
    spare = MemoryStorage(settings.device, boots[0])
    if settings.state is None:
        return MemoryStorage(settings.device, boots[1]), spare
    spool = Spool(settings.state, settings.device)
    if spool.recovered:
        logging.getLogger(__name__).info("recovered spool rows=%d", spool.recovered)
    return spool, spare

"""``harken status``: how a running harkend is, asked over its socket."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from harken.errors import InputOutputError

DEFAULT_SOCKET = Path("/run/harken/harkend.sock")  # as docs/harkend.service has it
FAULT = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--socket",
        metavar="PATH",
        type=Path,
        default=DEFAULT_SOCKET,
        help=f"what harkend was given as --socket (default {DEFAULT_SOCKET})",
    )
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the health object; 0 when it is ok or degraded, 1 when it is a fault."""
    from harken.daemon.control import ask

    health = _health(ask(arguments.socket), arguments.socket)
    if arguments.json:
        print(json.dumps(health))
    else:
        for line in _lines(health):
            print(line)
    return FAULT if health["state"] == "fault" else 0


def _health(answer: bytes, path: Path) -> dict[str, Any]:
    try:
        health: Any = json.loads(answer)
    except ValueError:
        health = None
    if not isinstance(health, dict) or health.get("type") != "health":
        raise InputOutputError(
            f"{path}: the answer is no state of a harkend; ask again, and see that it is harkend's"
        )
    return health


def _lines(health: dict[str, Any]) -> list[str]:
    decided = f"{health['decisions_per_second']:.2f} a second of signal"
    because = f" ({', '.join(health['reasons'])})" if health["reasons"] else ""
    rows = [
        ("state", f"{health['state']}{because} since {health['since']}"),
        ("model", f"{health['model']} sha256 {health['sha256'][:12]}"),
        ("uptime", f"{health['uptime']:.0f} s"),
        (
            "signal",
            f"{health['signal_seconds']:.1f} s heard, {health['dropped_hops']} hops dropped",
        ),
        ("decisions", f"{health['decisions']}, {decided}, {health['invalid']} invalid"),
        ("alarms", f"{health['alarms']}, {health['alarms_dropped']} dropped"),
    ]
    if health.get("records"):
        rows.append(("records", f"{health['records']} decided whole"))
    rows += [("sink", _sink(sink)) for sink in health["sinks"]]
    return [f"{name:<10} {text}" for name, text in rows]


def _sink(sink: dict[str, Any]) -> str:
    return (
        f"{sink['name']} {sink['state']}, {sink['delivered']} delivered, "
        f"{sink['queued']} waiting, {sink['dropped']} dropped"
    )

from __future__ import annotations

import socket
from pathlib import Path

from harken.daemon.notify import Notifier


def test_systemd_is_told_what_happens(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "10000000"})
        notifier.ready()
        notifier.status("ok")
        notifier.reloading(1.5)
        notifier.alive()
        notifier.stopping()
        got = [receiver.recv(1000).decode() for _ in range(5)]
    assert got == [
        "READY=1",
        "STATUS=ok",
        "RELOADING=1\nMONOTONIC_USEC=1500000",
        "WATCHDOG=1",
        "STOPPING=1",
    ]
    assert notifier.watchdog == 10.0


def test_without_systemd_nothing_is_told_and_nothing_fails() -> None:
    notifier = Notifier({})
    notifier.ready()
    assert notifier.watchdog is None


def test_systemd_that_is_away_is_not_missed(tmp_path: Path) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "none"), "WATCHDOG_USEC": "10000000"})
    notifier.ready()
    assert notifier.watchdog == 10.0

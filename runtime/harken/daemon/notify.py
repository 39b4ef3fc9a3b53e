"""Word to systemd (sd_notify(3)) over the socket it names; without one, nothing happens."""

from __future__ import annotations

import socket
from collections.abc import Mapping


class Notifier:
    """Sends datagrams to ``NOTIFY_SOCKET``. A message that cannot be sent is not missed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        period = environment.get("WATCHDOG_USEC", "")
        self.watchdog = int(period) / 1e6 if period.isdecimal() else None  # seconds

    def ready(self) -> None:
        self._send("READY=1")

    def reloading(self, monotonic: float) -> None:
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(monotonic * 1e6)}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(0.2)
            try:
                sender.sendto(message.encode(), self._address)
            except OSError:
                return  # systemd is restarting; the next message tells it again

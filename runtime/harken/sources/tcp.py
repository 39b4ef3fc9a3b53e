"""Raw samples over TCP: harkend listens, one sender at a time, the next when it has left."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import ClassVar

from harken.errors import CreateError, SettingsError
from harken.sources import Source, sources
from harken.transport.listener import Listener
from harken.transport.pieces import check_dtype, pieces_of
from harken.transport.wanted import Wanted


@sources.register("tcp")
@dataclass(frozen=True, kw_only=True)
class Tcp:
    """Where to listen, for what.

    TCP proves nothing of who sends: beyond this machine ``allow`` must name the networks that
    may, such as ``["192.168.7.0/24"]``.
    """

    WORD: ClassVar[str] = "address"
    address: str = "127.0.0.1:7700"  # numbers, no names; port 0 takes any that is free
    dtype: str = "s16le"
    live: bool = True
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_dtype(self.dtype)
        host, _ = self._parts()
        networks = self._networks()
        if not host.is_loopback and not networks:
            raise SettingsError(
                f"{self.address} can be reached from other machines; say which may send, "
                f'allow = ["192.168.7.0/24"], or listen at 127.0.0.1'
            )

    def open(self, wanted: Wanted) -> Source:
        host, port = self._parts()
        family = socket.AF_INET if host.version == 4 else socket.AF_INET6
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((str(host), port))
            listening.listen(1)
        except OSError as error:
            listening.close()
            raise CreateError(
                f"tcp:{self.address}: cannot listen there, {error.strerror or error}"
            ) from None
        bound = listening.getsockname()
        name = f"tcp:{bound[0]}:{bound[1]}"
        networks = self._networks()

        def admits(peer: object) -> bool:
            host = peer[0] if isinstance(peer, tuple) else ""  # (host, port), as accept() gives it
            address = ipaddress.ip_address(host)
            return address.is_loopback or any(address in network for network in networks)

        return Listener(listening, name, pieces_of(self.dtype, wanted, name), admits=admits)

    def _parts(self) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
        host, colon, port = self.address.rpartition(":")
        try:
            if not colon or not 0 <= int(port) <= 65535:
                raise ValueError
            return ipaddress.ip_address(host.strip("[]")), int(port)
        except ValueError:
            raise SettingsError(
                f"address: need HOST:PORT in numbers such as 127.0.0.1:7700, got {self.address!r}"
            ) from None

    def _networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        try:
            return [ipaddress.ip_network(text) for text in self.allow]
        except ValueError as error:
            raise SettingsError(f"allow: {error}") from None

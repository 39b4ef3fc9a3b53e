"""One client at a time on a listening socket; after it, the next."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable, Iterator

from harken.stream import Samples
from harken.transport.byte_stream import StoppableBytes
from harken.transport.stop import Stop

logger = logging.getLogger(__name__)


class Listener:
    """A source of clients: ``pieces`` turns a client's bytes into samples.

    ``admits`` is asked with the peer's address; who is not admitted is hung up on.
    """

    listens = True

    def __init__(
        self,
        listening: socket.socket,
        name: str,
        pieces: Callable[[StoppableBytes], Iterable[Samples]],
        *,
        admits: Callable[[object], bool] = lambda _: True,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._listening, self._name, self._pieces = listening, name, pieces
        self._admits, self._on_close = admits, on_close

    def inputs(self, stop: Stop) -> Iterator[Iterable[Samples]]:
        while stop.readable(self._listening.fileno()):
            try:
                client, peer = self._listening.accept()
            except OSError:
                continue  # the client was gone again before it was let in
            with client:
                if not self._admits(peer):
                    logger.warning("client_refused source=%s peer=%s", self._name, peer)
                    continue
                logger.info("client_connected source=%s", self._name)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                yield self._pieces(StoppableBytes(client.fileno(), client.recv, stop))
                logger.info("client_ended source=%s", self._name)

    def close(self) -> None:
        self._listening.close()
        self._on_close()

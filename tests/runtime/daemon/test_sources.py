"""However the same samples come in, they are the same to the bit."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from tests.runtime.wav_bytes import plain

from harken.contract import SamplesInput
from harken.sources.file import File
from harken.sources.tcp import Tcp
from harken.stream import Samples, to_float
from harken.testing import DEADLINE
from harken.transport.byte_stream import StoppableBytes
from harken.transport.listener import Listener
from harken.transport.pieces import pieces_of
from harken.transport.stop import Stop
from harken.transport.wanted import Wanted

EVERY_VALUE = np.arange(-32768, 32768, dtype="<i2")[None]


def _joined(pieces: Iterable[Samples]) -> Samples:
    return np.concatenate(list(pieces), axis=1)


def _by_tcp(wanted: Wanted, content: bytes) -> Samples:
    source, stop = Tcp(address="127.0.0.1:0").open(wanted), Stop()
    assert isinstance(source, Listener)
    with socket.create_connection(source._listening.getsockname(), DEADLINE) as sender:

        def send() -> None:
            sender.sendall(content)
            sender.shutdown(socket.SHUT_WR)

        sending = threading.Thread(target=send)
        sending.start()
        inputs = cast("Generator[Iterable[Samples]]", source.inputs(stop))
        heard = _joined(next(inputs))
        inputs.close()
        sending.join(DEADLINE)
    source.close()
    stop.close()
    return heard


@pytest.mark.parametrize("scale", [1.0, 9.81, 20.0, 0.1, 1 / 3, 1e-7, 12345.678])
def test_a_file_a_pipe_and_a_socket_give_the_same_bits_at_any_scale(
    tmp_path: Path, scale: float
) -> None:
    wanted = Wanted(input=SamplesInput(rate=8000, window=256, scale=scale), piece=1000)
    file = tmp_path / "every.wav"
    file.write_bytes(plain(EVERY_VALUE))
    stop = Stop()
    by_file = _joined(next(File(path=file).open(wanted).inputs(stop)))
    descriptor = os.open(file, os.O_RDONLY)
    stream = StoppableBytes.of_descriptor(descriptor, stop)
    by_pipe = _joined(pieces_of("wav", wanted, "stdin")(stream))
    os.close(descriptor)
    stop.close()
    expected = to_float(EVERY_VALUE, scale)
    np.testing.assert_array_equal(by_file, expected)
    np.testing.assert_array_equal(by_pipe, expected)
    np.testing.assert_array_equal(_by_tcp(wanted, EVERY_VALUE.tobytes()), expected)

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
from tests.runtime.wav_bytes import plain, write_wav

from harken.contract import ModelInput
from harken.daemon.settings import read_settings
from harken.errors import DataError, MissingInputError
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
    wanted = Wanted(input=ModelInput(rate=8000, window=256, scale=scale), piece=1000)
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


LISTENING = Wanted(input=ModelInput(rate=8000, window=256), piece=1000)


def test_a_file_that_does_not_say_its_rate_needs_it_said(tmp_path: Path) -> None:
    path = tmp_path / "clip.npy"
    np.save(path, np.zeros(300, np.float32))
    with pytest.raises(DataError, match=r"does not say its rate; say it: file:.*npy\?rate=8000"):
        File(path=path).open(LISTENING)
    with pytest.raises(DataError, match="has 4000 Hz, the model listens at 8000 Hz") as told:
        File(path=path, rate=4000).open(LISTENING)
    assert "record at" not in str(told.value), "it exists already"
    assert "--rate 4000)" in str(told.value)
    assert str(told.value).endswith("harken classify --resample")
    assert _joined(next(File(path=path, rate=8000).open(LISTENING).inputs(Stop()))).shape[1] == 300


@pytest.mark.parametrize("content", [b"\x93NUMPY\1\0v\0{'descr'", b"0.1\n0.2\n", b"R"])
def test_a_stream_that_is_no_wav_is_told_what_it_may_be(content: bytes) -> None:
    for name, word in (("stdin", "stdin:"), ("tcp:127.0.0.1:7700", "tcp:127.0.0.1:7700")):
        ends, feed = os.pipe()
        os.write(feed, content)
        os.close(feed)
        told = (
            f"{name}: byte 0: this is not WAV; a stream is WAV, or raw .*[(]{word}[?]dtype=s16le[)]"
        )
        with pytest.raises(DataError, match=f"^{told}; name any other file as the source"):
            _joined(pieces_of("wav", LISTENING, name)(StoppableBytes.of_descriptor(ends, Stop())))
        os.close(ends)


def test_one_channel_of_several_can_be_heard(tmp_path: Path) -> None:
    path = tmp_path / "two.wav"
    write_wav(str(path), np.full(300, 0.5, np.float32), channels=2)
    with pytest.raises(DataError, match=r"give one of them: file:.*two.wav\?channel=0"):
        File(path=path).open(LISTENING)
    heard = _joined(next(File(path=path, channel=1).open(LISTENING).inputs(Stop())))
    assert heard.shape == (1, 300)


def test_one_column_of_a_table_can_be_heard(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,x\n" + "".join(f"{k},{k % 7}\n" for k in range(300)), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"has 2 columns \(time, x\); say which by .*file:NAME\?column=x"
    ):
        File(path=path, rate=8000).open(LISTENING)
    for word in (f"file:{path}?rate=8000&column=x", f"file:{path}?rate=8000&column=1"):
        source = read_settings(None, {"model": "m.onnx", "source": word}).source
        heard = _joined(next(source.open(LISTENING).inputs(Stop())))
        assert heard[0, :9].tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1]


def test_options_behind_a_bare_path_are_told_where_they_belong(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("1\n2\n", encoding="utf-8")
    for name, told in (("log.csv?rate=8000", "'file:"), ("none.csv?rate=8000", "no such file$")):
        source = read_settings(None, {"model": "m.onnx", "source": str(tmp_path / name)}).source
        with pytest.raises(MissingInputError, match=told):
            source.open(LISTENING)


def test_what_is_odd_about_a_recording_is_logged_by_file_and_by_pipe(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(plain(EVERY_VALUE[:, :300])[:-400])
    File(path=path).open(LISTENING)
    by_file = [record.getMessage().removeprefix(f"{path}: ") for record in caplog.records]
    assert by_file[0].startswith("cut short: the header says 600 bytes")
    assert by_file[1] == "100 samples are fewer than one window of 256; no decision"
    caplog.clear()
    stop, descriptor = Stop(), os.open(path, os.O_RDONLY)
    _joined(pieces_of("wav", LISTENING, "stdin")(StoppableBytes.of_descriptor(descriptor, stop)))
    os.close(descriptor)
    by_pipe = [record.getMessage().removeprefix("stdin: ") for record in caplog.records]
    assert by_pipe[1:] == by_file[1:]
    assert by_pipe[0].startswith("cut short: 200 frames")
    caplog.clear()
    ends, feed = os.pipe()
    os.write(feed, bytes(200))
    os.close(feed)
    _joined(pieces_of("s16le", LISTENING, "stdin")(StoppableBytes.of_descriptor(ends, stop)))
    os.close(ends)
    assert caplog.messages == [f"stdin: {by_file[1]}"]

"""How the real harkend begins: standard input, mistakes, an interrupt, from the outside."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from tests.runtime import tiny_model
from tests.runtime.daemon.process import Daemon
from tests.runtime.wav_bytes import form, riff


def test_a_wav_on_standard_input_is_decided(model: Path) -> None:
    wav = io.BytesIO()
    with wave.open(wav, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", "NONE"))
        writer.writeframes((tiny_model.tone(0.5, 0.6) * 32767).astype("<i2").tobytes())
    with Daemon(model, "-", stdin=subprocess.PIPE) as daemon:
        assert daemon.process.stdin is not None
        daemon.process.stdin.write(wav.getvalue())
        daemon.process.stdin.close()
        assert daemon.ended() == 0
        assert {line["label"] for line in daemon.of_type("decision")} == {"fault"}


def test_each_mistake_has_its_exit_status_and_one_line(tmp_path: Path, model: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    lying = tmp_path / "lying.onnx"
    lying.write_bytes(tiny_model.build(honest=False))
    config = tmp_path / "harkend.toml"
    config.write_text('sorce = "-"\n')
    clip = tmp_path / "short.csv"
    clip.write_text("not,numbers\nat,all\n")
    occupied = tmp_path / "occupied"
    occupied.write_text("a file")
    cases: dict[int, list[list[str | Path]]] = {
        64: [["--frobnicate"], [str(model)]],
        65: [[text, "-"], [model, clip]],
        66: [[tmp_path / "none.onnx", "-"], [model, tmp_path / "none.wav"]],
        73: [[model, f"unix:{occupied}"], [model, clip, "--state", occupied]],
        77: [[lying, "-"]],
        78: [["--config", config], [model, "-", "--set", "ring=-1"], [model, "tcp:0.0.0.0:7700"]],
    }
    daemons = [(want, words, Daemon(*words)) for want, some in cases.items() for words in some]
    for want, words, daemon in daemons:
        with daemon:
            assert daemon.ended() == want, (words, daemon.log)
            assert len([line for line in daemon.log if "ready" not in line]) == 1, daemon.log
            assert daemon.log[-1].startswith(("harkend: ", "main.py: "))


@pytest.mark.parametrize("word", ["-", "stdin:?live=true"])
def test_it_ends_in_order_before_the_first_byte_of_standard_input(model: Path, word: str) -> None:
    with Daemon(model, word, stdin=subprocess.PIPE) as daemon:
        daemon.wait_for_log("ready")
        daemon.signal(signal.SIGINT)
        assert daemon.ended() == 0, daemon.log
        assert [line["type"] for line in daemon.lines] == ["end"]


def test_an_empty_standard_input_is_called_empty(model: Path) -> None:
    with Daemon(model, "-") as daemon:
        assert daemon.ended() == 65
        assert "stdin: byte 0: it is empty" in daemon.log[-1]


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\xff\xff\xff\xff"])
def test_a_wav_that_ends_with_its_head_is_no_run_that_went_well(model: Path, size: bytes) -> None:
    with Daemon(model, "-", stdin=subprocess.PIPE) as daemon:
        assert daemon.process.stdin is not None
        daemon.process.stdin.write(riff(form()) + b"data" + size)
        daemon.process.stdin.close()
        assert daemon.ended() == 65
        assert "stdin: byte 44: a WAV that holds no samples; nothing was" in daemon.log[-1]
        assert daemon.lines == []


@pytest.mark.parametrize("after", ["argparse", "numpy", "onnxruntime"])
def test_an_interrupt_while_it_imports_is_one_line(model: Path, after: str) -> None:
    script = f"""
import builtins, os, signal, sys
from harken.daemon.main import main
real = builtins.__import__
def interrupted(name, *rest):
    if name == {after!r}:
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *rest)
builtins.__import__ = interrupted
sys.exit(main({[str(model), "-"]!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "harkend: interrupted\n"
    assert done.returncode == 130

"""The real harkend, from the outside."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.runtime import tiny_model
from tests.runtime.daemon.process import HARKEN, Daemon, wait_until
from tests.runtime.wav_bytes import write_wav

from harken.stream import Samples

WINDOW, HOP = 256, 128


def _decisions(samples: int) -> int:
    return (samples - WINDOW) // HOP + 1


def _s16(samples: Samples) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


def _connect(path: Path) -> socket.socket:
    """Send to a unix source as soon as it listens."""
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def connected() -> bool:
        try:
            sender.connect(str(path))
        except OSError:
            return False
        return True

    wait_until(connected, f"a listener at {path}")
    return sender


@pytest.fixture
def clip(tmp_path: Path, signal_with_fault: Samples) -> Path:
    path = tmp_path / "clip.wav"
    write_wav(str(path), signal_with_fault)
    return path


def test_a_model_and_a_file_are_all_it_needs(
    model: Path, clip: Path, signal_with_fault: Samples
) -> None:
    with Daemon(model, clip) as daemon:
        assert daemon.ended() == 0
        assert len(daemon.of_type("decision")) == _decisions(len(signal_with_fault))
        assert [line["state"] for line in daemon.of_type("alarm")] == ["raised", "cleared"]
        assert daemon.lines[-1]["type"] == "end"
        assert daemon.lines[-1]["samples"] == len(signal_with_fault)
        assert daemon.lines[-1]["time"] >= daemon.of_type("decision")[-1]["time"]


def test_sigterm_prints_every_finished_window_and_ends_with_0(tmp_path: Path, model: Path) -> None:
    heard = tmp_path / "in.sock"
    with Daemon(model, f"unix:{heard}") as daemon, _connect(heard) as sender:
        sender.sendall(_s16(tiny_model.tone(1.0, 0.05)))
        daemon.wait_for("decision", 1)
        daemon.wait_for("decision", _decisions(8000))
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
        last = daemon.lines[-1]
        assert (last["type"], last["samples"], last["decisions"]) == ("end", 8000, 61)


def test_sigint_ends_in_order_too(tmp_path: Path, model: Path) -> None:
    with Daemon(model, f"unix:{tmp_path / 'in.sock'}") as daemon:
        daemon.wait_for_log("ready")
        daemon.signal(signal.SIGINT)
        assert daemon.ended() == 0
        assert daemon.lines[-1]["type"] == "end"


def test_a_second_signal_ends_at_once(tmp_path: Path, model: Path) -> None:
    heard = tmp_path / "in.sock"
    with (
        Daemon(model, f"unix:{heard}?live=false", "--set", "drain=60.0", read=False) as daemon,
        _connect(heard) as sender,
    ):
        _fill(sender)  # standard output is not read: there is more to say than it takes
        daemon.signal(signal.SIGTERM)
        daemon.wait_for_log("sink_blocked")
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 128 + signal.SIGTERM


def _fill(sender: socket.socket) -> None:
    """Send until the other side has taken nothing for a while."""
    sender.settimeout(1.0)
    content = _s16(tiny_model.tone(1.0, 0.05))
    for _ in range(1000):
        try:
            sender.sendall(content)
        except TimeoutError:
            return
    raise AssertionError("harkend took more than it can hold")


def test_after_kill_9_committed_alarms_are_delivered_with_the_same_ids_and_none_is_reused(
    tmp_path: Path, model: Path, signal_with_fault: Samples
) -> None:
    heard, state, receiver = tmp_path / "in.sock", tmp_path / "state", tmp_path / "out.sock"
    words = (model, f"unix:{heard}?live=false", "--state", state, "--device", "pump")
    told: dict[str, dict[str, Any]] = {}
    for run in range(1, 4):  # the receiver at out.sock is away: its alarms can only be committed
        with (
            Daemon(*words, "--sink", "-", "--sink", f"unix:{receiver}") as daemon,
            _connect(heard) as sender,
        ):
            sender.sendall(_s16(signal_with_fault))
            daemon.wait(
                lambda run=run, daemon=daemon: len(told | _by_id(daemon)) >= 2 * run,  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                "two more alarms",
            )
            daemon.signal(signal.SIGKILL)
            assert daemon.ended() == -signal.SIGKILL
            for name, line in _by_id(daemon).items():
                assert told.setdefault(name, line) == line, "the same id is the same alarm"
    assert len(told) == 6, "no id is used twice"

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(receiver))
        listening.listen(1)
        listening.settimeout(30.0)
        with Daemon(*words, "--sink", f"unix:{receiver}?decisions=false") as daemon:
            caller, _ = listening.accept()
            with caller, caller.makefile("rb") as lines:
                caller.settimeout(30.0)
                got = [json.loads(next(lines)) for _ in range(6)]
            daemon.wait_for_log("recovered spool rows=6")
    assert {line["id"]: line for line in got} == told


def _by_id(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for line in daemon.of_type("alarm")}


def test_sighup_takes_a_good_model_between_two_windows(tmp_path: Path, model: Path) -> None:
    heard = tmp_path / "in.sock"
    quiet = _s16(tiny_model.tone(1.0, 0.05))
    with Daemon(model, f"unix:{heard}") as daemon, _connect(heard) as sender:
        sender.sendall(quiet)
        daemon.wait_for("decision", 61)
        model.write_bytes(tiny_model.build(classes=("calm", "worn", "fault"), name="second"))
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("reload")
        sender.sendall(quiet)
        decisions = daemon.wait_for("decision", _decisions(16000))
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
    assert [line["first"] for line in decisions] == [HOP * i for i in range(_decisions(16000))]
    assert {line["label"] for line in decisions[:61]} == {"normal"}
    assert {line["label"] for line in decisions[61:]} == {"calm"}


@pytest.mark.parametrize("bad", ["text", "lying", "absent", "other window"])
def test_sighup_with_a_bad_model_keeps_the_old_one(tmp_path: Path, model: Path, bad: str) -> None:
    heard = tmp_path / "in.sock"
    quiet = _s16(tiny_model.tone(1.0, 0.05))
    with Daemon(model, f"unix:{heard}") as daemon, _connect(heard) as sender:
        sender.sendall(quiet)
        daemon.wait_for("decision", 61)
        content = {
            "text": b"this is no model",
            "lying": tiny_model.build(honest=False),
            "other window": tiny_model.build(window=512),
        }
        model.unlink()
        if bad in content:
            model.write_bytes(content[bad])
        daemon.signal(signal.SIGHUP)
        (refused,) = daemon.wait_for("reload_refused")
        health = daemon.wait_for("health")[-1]
        sender.sendall(quiet)
        decisions = daemon.wait_for("decision", _decisions(16000))
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
    words = {
        "text": "not",
        "lying": "fails its probe",
        "absent": "there is no such model file",
        "other window": "another input or hop",
    }
    assert words[bad] in refused["reason"]
    assert "reload_refused" in health["reasons"]
    assert {line["label"] for line in decisions} == {"normal"}


def test_a_reader_of_stdout_who_stops_holds_up_no_other_sink(tmp_path: Path, model: Path) -> None:
    heard, log = tmp_path / "in.sock", tmp_path / "lines.jsonl"
    words = ("--sink", "-", "--sink", log, "--set", "ring=100.0", "--set", "drain=0.5")
    with (
        Daemon(model, f"unix:{heard}", *words, read=False) as daemon,
        _connect(heard) as sender,
    ):
        total = 0
        for _ in range(20):  # 1235 lines: more than a pipe and a queue of 1000 can hold
            sender.sendall(_s16(tiny_model.tone(1.0, 0.05)))
            total += 8000
            wait_until(
                lambda wanted=total: _count(log) >= _decisions(wanted),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                "all lines in the file",
            )
        daemon.wait_for_log("sink_blocked:lines:-")
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0, "a stuck reader does not keep it from ending"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["first"] for line in lines if line["type"] == "decision"] == [
        HOP * i for i in range(_decisions(total))
    ]


def _count(path: Path) -> int:
    return path.read_bytes().count(b'"type":"decision"') if path.exists() else 0


def test_when_nobody_reads_stdout_any_more_it_ends_cleanly(tmp_path: Path, model: Path) -> None:
    heard = tmp_path / "in.sock"
    with (
        Daemon(model, f"unix:{heard}", read=False) as daemon,
        _connect(heard) as sender,
    ):
        assert daemon.process.stdout is not None
        daemon.process.stdout.close()
        sender.sendall(_s16(tiny_model.tone(1.0, 0.05)))
        assert daemon.ended() == 0
        assert not any("Traceback" in line for line in daemon.log)


def test_a_tcp_client_that_comes_back_is_heard_after_a_gap(model: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = tiny_model.tone(0.1, 0.05)
    with Daemon(model, f"tcp:127.0.0.1:{port}?dtype=f32le") as daemon:
        daemon.wait_for_log("ready")
        for visit in (1, 2):
            with socket.create_connection(("127.0.0.1", port)) as sender:
                sender.sendall(quiet.tobytes())
            daemon.wait_for("decision", visit * _decisions(800) + (visit - 1))
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
    decisions = daemon.of_type("decision")
    assert [line["reason"] for line in decisions if not line["valid"]] == ["gap"]
    gap = next(line for line in decisions if not line["valid"])
    assert gap["last"] > 800, "positions went on while nobody was there"
    assert decisions[-1]["time"] > decisions[0]["time"]


def test_a_source_that_is_too_quick_costs_whole_hops_exactly_counted(
    tmp_path: Path, model: Path
) -> None:
    heard = tmp_path / "in.sock"
    with (
        Daemon(model, f"unix:{heard}", "--set", "ring=0.05") as daemon,
        _connect(heard) as sender,
    ):
        sender.sendall(_s16(tiny_model.tone(60.0, 0.05)))
        sender.close()
        daemon.wait_for_log("client_ended")
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
    (end,) = daemon.of_type("end")
    assert end["samples"] + HOP * end["dropped_hops"] == 480_000
    gaps = [line for line in daemon.of_type("decision") if line["reason"] == "gap"]
    assert bool(gaps) == bool(end["dropped_hops"])


def test_status_answers_and_silence_is_a_fault(tmp_path: Path, model: Path) -> None:
    control, heard = tmp_path / "c.sock", tmp_path / "in.sock"
    words = ("--socket", control, "--set", "no_input=1.5")
    with Daemon(model, f"unix:{heard}", *words) as daemon:
        (health,) = daemon.wait_for("health")
        assert (health["state"], health["reason"]) == ("fault", "no_input")
        assert oct(control.stat().st_mode & 0o777) == "0o660"
        told = subprocess.run(
            [HARKEN, "status", "--socket", control],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1, "a fault"
        assert "fault (no_input)" in told.stdout
        with _connect(heard) as sender:
            sender.sendall(_s16(tiny_model.tone(0.5, 0.05)))
            assert daemon.wait_for("health", 2)[1]["state"] == "ok"
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
    assert not control.exists()
    assert not heard.exists()

"""A device has numpy, onnxruntime and harken's wheel: made here anew, and used."""

from __future__ import annotations

import email
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.daemon.process import DEADLINE, Daemon, wait_until
from tests.runtime.wav_bytes import chunk, form, riff

ROOT = Path(__file__).resolve().parents[2]
BARE = {"PATH": os.defpath}  # no word of the environment leads to other packages
NEVER_ON_A_DEVICE = ("torch", "onnx", "librosa", "scipy", "skimage", "typer", "matplotlib", "tqdm")
LIBRARY_USE = """
import importlib.util, json, sys
import numpy as np
import harken

model = harken.Model(sys.argv[1], probe=True)
samples = np.load(sys.argv[2])
whole = model.classify(samples, rate=8000)
stream, heard = model.stream(), []
for first in range(0, len(samples), 100):
    heard += stream.push(samples[first : first + 100])
contract = model.contract
alarms = harken.AlarmLogic(
    contract.alarm, classes=contract.classes, normal=contract.normal, rate=contract.input.rate
)
raised = [alarm for decision in heard for alarm in alarms.push(decision)]
installed = [name for name in sys.argv[3].split() if importlib.util.find_spec(name)]
print(json.dumps({
    "same": whole == heard,
    "labels": sorted({decision.label for decision in heard}),
    "alarms": [alarm.state for alarm in raised],
    "installed": installed,
}))
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Device:
    """The commands of a fresh environment, and the folder where they are typed."""

    commands: Path
    folder: Path
    wheel: Path

    def run(
        self, words: Sequence[str], given: bytes = b"", status: int = 0
    ) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [str(self.commands / words[0]), *words[1:]],
            check=False,
            cwd=self.folder,
            input=given,
            capture_output=True,
            env=BARE,
        )
        assert done.returncode == status, done.stderr.decode()
        return done


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Device:
    folder = tmp_path_factory.mktemp("device")
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    environment = {**os.environ, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    build = [sys.executable, *pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, env=environment)
    [wheel] = folder.glob("harken-*.whl")
    venv.create(folder / "harken", with_pip=True)
    commands = folder / "harken" / "bin"
    subprocess.run(
        [str(commands / "python"), *pip, "install", str(wheel)], check=True, env=environment
    )
    (folder / "tiny.onnx").write_bytes(tiny_model.build())
    loud = tiny_model.tone(1.0, 0.5)
    np.save(folder / "loud.npy", loud)
    integers = (loud * 32767).astype("<i2").tobytes()
    (folder / "loud.wav").write_bytes(riff(form(), chunk(b"data", integers)))
    (folder / "loud.bin").write_bytes(integers)
    np.savetxt(folder / "loud.csv", loud, header="loud", comments="")
    fast = (tiny_model.tone(1.0, 0.5, rate=16000) * 32767).astype("<i2").tobytes()
    (folder / "fast.wav").write_bytes(riff(form(rate=16000), chunk(b"data", fast)))
    return Device(commands, folder, wheel)


def test_the_wheel_asks_for_two_packages_and_no_more(device: Device) -> None:
    with zipfile.ZipFile(device.wheel) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(wheel.read(name))
    asked = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(asked) == ["numpy>=1.26", "onnxruntime>=1.20"]


def test_the_library_works_where_nothing_else_is_installed(device: Device) -> None:
    words = ["python", "-W", "error", "-c", LIBRARY_USE]
    done = device.run([*words, "tiny.onnx", "loud.npy", " ".join(NEVER_ON_A_DEVICE)])
    assert json.loads(done.stdout) == {
        "same": True,
        "labels": ["fault"],
        "alarms": ["raised"],
        "installed": [],
    }


def test_classify_reads_files_of_every_kind(device: Device) -> None:
    words = ["harken", "classify", "tiny.onnx", "--json", "--rate", "8000"]
    told = device.run([*words, "loud.wav", "loud.npy", "loud.csv"]).stdout
    told += device.run([*words, "--dtype", "s16le", "loud.bin"]).stdout
    found = [json.loads(line) for line in told.splitlines()]
    assert [(line["answer"], line["windows"]) for line in found] == [("fault", 61)] * 4


def test_classify_resamples_there(device: Device) -> None:
    words = ["harken", "classify", "tiny.onnx", "fast.wav", "--json", "--resample"]
    told = json.loads(device.run(words).stdout)
    assert (told["answer"], told["seconds"]) == ("fault", 1.0)
    assert told["notes"] == ["resampled from 16000 Hz to 8000 Hz"]


def test_a_picture_names_what_to_install(device: Device) -> None:
    words = ["harken", "classify", "tiny.onnx", "loud.wav", "--plot", "loud.png"]
    told = b"harken: --plot needs matplotlib: pip install matplotlib\n"
    assert device.run(words, status=69).stderr == told


def test_inspect_selftest_and_bench_work(device: Device) -> None:
    assert b"62.5 decisions a second" in device.run(["harken", "inspect", "tiny.onnx"]).stdout
    assert b"pass" in device.run(["harken", "selftest", "tiny.onnx"]).stdout
    words = ["harken", "bench", "tiny.onnx", "--decisions", "50", "--starts", "1", "--json"]
    assert json.loads(device.run(words).stdout)["real_time_factor"] < 1


def test_the_daemon_decides_on_its_standard_input(device: Device) -> None:
    given = (device.folder / "loud.wav").read_bytes()
    lines = device.run(["harkend", "tiny.onnx", "-"], given).stdout.splitlines()
    assert any(json.loads(line).get("label") == "fault" for line in lines)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _receive(receiver: Path, lines: list[dict[str, Any]]) -> threading.Thread:
    """Listen at a path and take down what the one sender there says, until it leaves."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(receiver))
    listening.listen(1)

    def hear() -> None:
        with listening:
            caller, _ = listening.accept()
            with caller, caller.makefile("rb") as sent:
                lines.extend(json.loads(line) for line in sent)

    hearing = threading.Thread(target=hear, daemon=True)
    hearing.start()
    return hearing


def _connect(port: int) -> socket.socket:
    sender = socket.socket()
    wait_until(lambda: sender.connect_ex(("127.0.0.1", port)) == 0, f"a listener at {port}")
    return sender


def test_the_daemon_listens_tells_answers_and_reloads(device: Device) -> None:
    model, file, control = (device.folder / name for name in ("watch.onnx", "a.jsonl", "c.sock"))
    receiver, received = device.folder / "out.sock", list[dict[str, Any]]()
    model.write_bytes(tiny_model.build())
    hearing, port = _receive(receiver, received), _free_port()
    words: list[str | Path] = [
        model,
        f"tcp:127.0.0.1:{port}",
        "--socket",
        control,
        "--state",
        device.folder / "s",
    ]
    sinks: list[str | Path] = [
        "--sink",
        "-",
        "--sink",
        file,
        "--sink",
        f"unix:{receiver}?decisions=false",
    ]
    harkend = device.commands / "harkend"
    with Daemon(*words, *sinks, command=harkend, env=BARE) as daemon, _connect(port) as sender:
        sender.sendall((device.folder / "loud.bin").read_bytes())
        daemon.wait_for("alarm")
        daemon.wait_for("decision", 61)
        asked = ["harken", "status", "--socket", str(control), "--json"]
        health = json.loads(device.run(asked).stdout)
        model.write_bytes(tiny_model.build(classes=("calm", "worn"), name="second"))
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("reload")
        daemon.wait_for("alarm", 2)
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0
        alarms = daemon.of_type("alarm")
    hearing.join(DEADLINE)
    assert (health["type"], health["decisions"], health["state"]) == ("health", 61, "ok")
    assert [alarm["reason"] for alarm in alarms] == ["votes", "reloaded"]
    written = [json.loads(line) for line in file.read_text().splitlines()]
    for lines in (written, received):
        assert [line for line in lines if line["type"] == "alarm"] == alarms


@pytest.mark.parametrize("command", ["harken-train", "harken-export"])
def test_the_toolchain_says_in_one_line_which_extra_it_wants(device: Device, command: str) -> None:
    [line] = device.run([command, "--help"], status=69).stderr.decode().splitlines()
    assert f"pip install 'harken[{command.removeprefix('harken-')}]'" in line


@pytest.mark.parametrize("model", sorted(ROOT.glob("models/*.onnx")), ids=lambda path: path.name)
def test_a_shipped_model_answers_there_as_it_did_at_export(device: Device, model: Path) -> None:
    printed = device.run(["harken", "selftest", str(model)]).stdout.decode().splitlines()
    assert [line.split()[-1] for line in printed[1:]] == ["pass"] * 3

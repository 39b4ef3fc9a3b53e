"""A run exported for a sensor of another rate: the same network, fed alike."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

import harken.contract
from harken.contract import to_json
from harken.errors import SettingsError
from harken.model import Model
from harken.stream import Samples
from harken_export.again import prove_again
from harken_export.at_rate import RunAtRate, at_rate
from harken_export.cli import PROGRAM, app
from harken_export.export import Exported, Request, export
from harken_train.cli import outcome
from harken_train.recordings import Recording
from harken_train.run import Run

SENSOR = 250  # hertz; the run was trained at 300
# Of what the network is fed, 3 at the most; measured 0.003. The last value that stands on beyond an
# end is one sample's, and another rate has another: 0.06 there, over half of the longest filter.
NEAR = 0.02
END = 150  # columns
ALIKE = 0.005  # of a score; measured 0.0004
SCHEMA = json.loads(Path(harken.contract.__file__).with_name("contract.schema.json").read_text())


def quietly(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def trained_run(whole: Path) -> Run:
    return Run.open(whole)


@pytest.fixture(scope="module")
def run(trained_run: Run) -> Run:
    return at_rate(trained_run, SENSOR)


@pytest.fixture(scope="module")
def exported(whole: Path) -> Exported:
    return export(Request(run=whole, rate=SENSOR), quietly)


def test_its_own_rate_is_the_run_itself(trained_run: Run) -> None:
    assert at_rate(trained_run, 300) is trained_run
    assert at_rate(trained_run, None) is trained_run


def test_lengths_are_of_the_same_seconds(run: Run) -> None:
    signal = run.recipe.signal
    assert (signal.rate, signal.window, signal.hop) == (250, 2500, 1250)
    assert signal.lengths == (2250, 5000)


def test_each_part_holds_the_same_recordings(run: Run, trained_run: Run) -> None:
    for part in ("train", "validation", "test"):
        own, before = run.segments(part), trained_run.segments(part)
        assert own.recording.tolist() == before.recording.tolist()
        wanted = [-(-recording.shape[1] * 5 // 6) for recording in before.held]
        assert [recording.shape[1] for recording in own.held] == wanted


def test_the_network_is_fed_alike_whatever_the_sensor(run: Run, trained_run: Run) -> None:
    ours, theirs = run.classifier(), trained_run.classifier()
    assert all(
        torch.equal(a, b)
        for a, b in zip(ours.network.parameters(), theirs.network.parameters(), strict=True)
    )
    pairs = zip(run.segments("test").held, trained_run.segments("test").held, strict=True)
    for now, before in pairs:
        with torch.no_grad():
            a, b = (
                classifier(torch.from_numpy(samples[None].copy()))
                for classifier, samples in ((ours, now), (theirs, before))
            )
        columns = min(a.features.shape[-1], b.features.shape[-1])
        assert max(a.features.shape[-1], b.features.shape[-1]) <= columns + 1  # rounded up twice
        inside = slice(END, columns - END)
        apart = a.features[..., inside] - b.features[..., inside]
        assert float(apart.abs().max()) <= NEAR
        assert float((a.scores - b.scores).abs().max()) <= ALIKE


def test_a_recording_that_does_not_end_at_zero_is_not_bent_towards_it(trained_run: Run) -> None:
    def constant() -> Samples:
        return np.full((1, 3001), 0.75, np.float32)

    still = Recording(name="a", label="N", group="a", rate=300, frames=3001, read=constant)
    before = replace(trained_run.prepared, recordings=[still])
    run = RunAtRate(trained_run, SENSOR)
    run.trained = Run(trained_run.path, trained_run.recipe, trained_run.facts)
    run.trained.__dict__["prepared"] = before
    [resampled] = run.recordings
    samples = resampled.read()
    assert samples.shape == (1, resampled.frames) == (1, 2501)
    assert (samples == 0.75).all()


def test_the_file_takes_the_rate_of_the_sensor_and_says_what_it_was_trained_at(
    exported: Exported, whole: Path
) -> None:
    assert exported.file == whole / "ecg_simulated-250hz.onnx"
    contract = Model(exported.file, probe=True).contract
    assert (contract.input.rate, contract.input.shortest, contract.hop) == (250, 2250, 1250)
    assert contract.data["rate"] == 300
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(contract)))
    card = exported.file.with_suffix(".md").read_text()
    assert (
        "Made for a sensor of 250 Hz. It was trained at 300 Hz: recordings were resampled" in card
    )
    assert json.loads((whole / "export-250hz.json").read_text())["file"] == exported.file.name


def test_it_is_proved_again_at_its_own_rate(exported: Exported, whole: Path) -> None:
    assert prove_again(exported.file, whole).as_dict() == exported.parity.as_dict()


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (64, "a sensor of 64 Hz: frontend: high: need less than half the rate of 64 Hz, got 40"),
        (300_007, "a sensor of 300007 Hz: .*divisor"),
    ],
)
def test_a_rate_that_the_front_end_cannot_take_is_one_line(
    rate: int, words: str, trained_run: Run
) -> None:
    with pytest.raises(SettingsError, match=f"^{words}"):
        at_rate(trained_run, rate)


def test_a_front_end_made_for_one_rate_is_refused(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["export", str(trained), "-o", str(tmp_path / "x.onnx"), "--rate", "8000"]
    assert outcome.run(app, PROGRAM, given) == 78
    assert capsys.readouterr().err == (
        "harken-export: a sensor of 8000 Hz: the front-end log_spectrogram is made for 12000 Hz "
        "alone; export without a rate, or train with the front-end filtered\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_command_takes_a_rate(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "slow.onnx"
    assert outcome.run(app, PROGRAM, ["export", str(whole), "-o", str(file), "--rate", "100"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^accuracy +\d+\.\d% of 16 held-out recordings", told, re.MULTILINE)
    assert Model(file).contract.input.rate == 100

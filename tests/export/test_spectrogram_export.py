"""A network trained on spectrogram files: exported as it is, and behind what made the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from harken import Model
from harken.cli.main import main
from harken.errors import ModelError, SettingsError
from harken_export.again import prove_again
from harken_export.export import Exported, Request, export
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.readers.simulated import Simulated
from harken_train.recipe_file import resolved
from harken_train.run import Run

RATE, WINDOW = 12_000, 240
MADE_BY = LogSpectrogram(n_fft=30, hop_length=15)  # 16 bands x 17 columns
SCORES = 1e-4  # what front-end and network differ by in float32, in PyTorch and in one graph


def recipe_table(folder: Path) -> dict[str, object]:
    return {
        "name": "pictures",
        "data": {"kind": "folder", "path": str(folder), "rate": 800, "group_pattern": r"(\w+)_\d+"},
        "signal": {
            "input": "spectrogram", "rate": 800, "window": 17, "hop": 17, "channels": 16,
            "unit": "dB",
        },
        "split": {"kind": "group"},
        "frontend": {"kind": "raw", "standardise": "none"},
        "network": {"kind": "edge", "channels": [8, 8]},
        "training": {"epochs": 2},
    }  # fmt: skip


def made_by(n_fft: int = 30) -> dict[str, object]:
    return {
        "signal": {"rate": RATE, "window": WINDOW, "hop": WINDOW, "unit": "g", "scale": 20.0},
        "frontend": {"kind": "log_spectrogram", "n_fft": n_fft, "hop_length": 15},
    }


def waves() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    recordings = Simulated(bearings=8, seconds=0.1).recordings()
    return {
        f"{one.label}/{one.group.replace(' ', '')}_{k}": one.read()[:, k * WINDOW :][:, :WINDOW]
        for one in recordings
        for k in range(4)
    }


@pytest.fixture(scope="module")
def set_of_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    frontend = MADE_BY.build(rate=RATE, window=WINDOW)
    for name, wave in waves().items():
        file = folder / f"{name}.npy"
        file.parent.mkdir(exist_ok=True)
        with torch.no_grad():
            np.save(file, frontend(torch.from_numpy(wave[None].copy()))[0, 0].numpy())
    return folder


def trained(folder: Path, set_of_files: Path, **more: object) -> Run:
    return run_of(recipe_table(set_of_files) | more, folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, set_of_files: Path) -> Exported:
    run = trained(tmp_path_factory.mktemp("runs") / "plain", set_of_files)
    return export(Request(run=run.path), lambda _: None)


@pytest.fixture(scope="module", params=["fp32", "int8"])
def fronted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, set_of_files: Path
) -> tuple[Run, Exported]:
    run = trained(tmp_path_factory.mktemp("runs") / "fronted", set_of_files, made_by=made_by())
    wanted = Request(run=run.path, precision=request.param, accept_loss=True)
    return run, export(wanted, lambda _: None)


def test_the_contract_says_that_the_input_is_a_spectrogram(plain: Exported) -> None:
    wanted = plain.contract.input
    assert (wanted.name, wanted.channels, wanted.window) == ("spectrogram", 16, 17)
    card = plain.file.with_suffix(".md").read_text()
    assert "Takes spectrograms of 16 bands in dB" in card
    assert f"harken classify {plain.file.name} one.npy" in card


def test_classify_takes_a_file_of_the_set(
    plain: Exported, set_of_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = min(set_of_files.rglob("*.npy"))
    assert main(["classify", str(plain.file), str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_with_the_front_end_that_made_the_files_a_device_feeds_samples(
    fronted: tuple[Run, Exported],
) -> None:
    contract = fronted[1].contract
    assert (contract.input.name, contract.input.window, contract.hop) == ("samples", WINDOW, WINDOW)
    assert (contract.input.unit, contract.input.scale) == ("g", 20.0)
    assert contract.made_by["frontend"]["n_fft"] == 30
    assert contract.parity["in_front"]["stress"] == 21
    assert (
        "`log_spectrogram` that made them is in front"
        in fronted[1].file.with_suffix(".md").read_text()
    )


def test_samples_are_decided_as_the_spectrograms_made_of_them(
    fronted: tuple[Run, Exported],
) -> None:
    run, exported = fronted
    samples = np.stack(list(waves().values())[::5])
    with torch.no_grad():
        images = MADE_BY.build(rate=RATE, window=WINDOW)(torch.from_numpy(samples))[:, 0]
        wanted = run.classifier()(images).scores.numpy()
    (scores,) = Model(exported.file).run(samples)
    if exported.chosen.precision == "fp32":
        assert np.abs(scores - wanted).max() <= SCORES
    else:
        assert (scores.argmax(1) == wanted.argmax(1)).mean() >= 0.8


def test_the_file_is_proved_again_by_samples(fronted: tuple[Run, Exported]) -> None:
    run, exported = fronted
    report = prove_again(exported.file, run.path)
    assert (report.segments, report.stress) == (0, 21)


def test_the_same_run_gives_the_same_bytes(fronted: tuple[Run, Exported], tmp_path: Path) -> None:
    run, exported = fronted
    wanted = Request(
        run=run.path, output=tmp_path / exported.file.name,
        precision=exported.chosen.precision, accept_loss=True,
    )  # fmt: skip
    assert export(wanted, lambda _: None).file.read_bytes() == exported.file.read_bytes()


def test_a_front_end_that_makes_another_size_is_refused(tmp_path: Path, set_of_files: Path) -> None:
    run = trained(tmp_path / "run", set_of_files, made_by=made_by(n_fft=40))
    with pytest.raises(SettingsError, match="made_by: gives 1 x 21 x 17 for a window, the set's"):
        export(Request(run=run.path), lambda _: None)
    assert not list(run.path.glob("*.onnx"))


def told_set(folder: Path, shift: float = 0.0) -> Path:
    """The set with a table that tells of each file which recording it is of, and from where."""
    frontend = MADE_BY.build(rate=RATE, window=WINDOW)
    lines = ["file,label,group,source,first_second"]
    for one in Simulated(bearings=8, seconds=0.1).recordings():
        for k in range(4):
            wave = one.read()[:, k * WINDOW :][None, :, :WINDOW].copy()
            with torch.no_grad():
                np.save(folder / f"{one.name}_{k}.npy", frontend(torch.from_numpy(wave))[0, 0])
            place = k * WINDOW / RATE + shift
            lines.append(f"{one.name}_{k}.npy,{one.label},{one.group},{one.name},{place}")
    (folder / "dataset.csv").write_text("\n".join(lines) + "\n")
    return folder


def told_table(folder: Path) -> dict[str, object]:
    data = {"kind": "simulated", "bearings": 8, "seconds": 0.1}
    spectrograms = {"kind": "spectrograms", "path": str(folder), "rate": 800}
    return recipe_table(folder) | {"data": spectrograms, "made_by": made_by() | {"data": data}}


def run_of(table: dict[str, object], folder: Path) -> Run:
    recipe = resolved(table, where="test")
    run = Run.create(folder, recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent(1))
    return run


def test_where_the_recordings_are_named_held_out_files_are_made_of_them_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "set").mkdir()
    run = run_of(told_table(told_set(tmp_path / "set")), tmp_path / "run")
    contract = export(Request(run=run.path), lambda _: None).contract
    assert contract.parity["in_front"]["segments"] == 24
    assert contract.parity["in_front"]["agreement"] == 1.0
    assert set(contract.made_by) == {"signal", "frontend"}  # no path of this machine


def test_a_front_end_that_did_not_make_the_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    run = run_of(told_table(told_set(tmp_path / "set", shift=0.002)), tmp_path / "run")
    with pytest.raises(ModelError, match=r"made_by: does not make .*npy of .*: it differs by"):
        export(Request(run=run.path), lambda _: None)
    assert not list(run.path.glob("*.onnx"))


def test_made_by_is_only_for_spectrograms() -> None:
    with pytest.raises(SettingsError, match="made_by: is for spectrogram files"):
        resolved(
            {**recipe_table(Path()), "signal": {"rate": RATE}, "made_by": made_by()}, where="x"
        )


def test_spectrograms_are_made_of_windows_of_one_size() -> None:
    signal = {"rate": RATE, "window": WINDOW, "shortest": WINDOW, "longest": 2 * WINDOW}
    with pytest.raises(SettingsError, match=r"made_by: signal\.longest: .* of one size"):
        resolved({**recipe_table(Path()), "made_by": made_by() | {"signal": signal}}, where="x")

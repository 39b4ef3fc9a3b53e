"""A model that takes spectrograms in place of samples: library, ``harken classify``, harkend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.printed import objects, said

from harken import Model
from harken.cli.main import main
from harken.daemon.command import run as harkend
from harken.errors import DataError
from harken.spectrogram_file import read_spectrogram
from harken.stream import Samples

BANDS, COLUMNS = 40, 16  # more bands than a recording has channels


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("picture.onnx").write_bytes(
        tiny_model.build(window=COLUMNS, hop=COLUMNS, channels=BANDS, rate=10, takes="spectrogram")
    )
    return Path("picture.onnx")


def spectrogram(level: float, columns: int = COLUMNS) -> Samples:
    image = np.full((BANDS, columns), level, np.float32)
    image[3] *= 0.5  # all other bands stand still, as bands without sound do
    return image


def test_one_spectrogram_is_one_decision(model: Path) -> None:
    (decision,) = Model(model, probe=True).classify(spectrogram(0.5))
    assert (decision.valid, decision.label, decision.last) == (True, "fault", COLUMNS)


def test_integers_are_values_and_not_fractions_of_full_scale(model: Path) -> None:
    (decision,) = Model(model).classify(np.round(4 * spectrogram(1.0)).astype(np.int16))
    assert decision.label == "fault"


def test_a_longer_spectrogram_is_decided_window_by_window(model: Path) -> None:
    both = np.concatenate([spectrogram(0.5), spectrogram(0.01, COLUMNS + 3)], axis=1)
    decisions = Model(model).classify(both)
    assert [(d.first, d.label) for d in decisions] == [(0, "fault"), (COLUMNS, "normal")]


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "nan"), (-np.inf, "inf")])
def test_a_spectrogram_that_is_no_picture_has_no_answer(
    model: Path, value: float, reason: str
) -> None:
    broken = spectrogram(0.5)
    broken[7, 7] = value
    (decision,) = Model(model).classify(broken)
    assert (decision.valid, decision.reason) == (False, reason)


def test_a_spectrogram_of_one_value_is_flat(model: Path) -> None:
    (decision,) = Model(model).classify(np.zeros((BANDS, COLUMNS)))
    assert (decision.valid, decision.reason) == (False, "flat")


@pytest.mark.parametrize("shape", [(BANDS + 1, COLUMNS), (BANDS,), (1, BANDS, COLUMNS, 1)])
def test_another_shape_is_refused_with_the_one_that_is_wanted(
    model: Path, shape: tuple[int, ...]
) -> None:
    with pytest.raises(DataError, match=rf"takes spectrogram of shape \({BANDS}, n\)"):
        Model(model).classify(np.zeros(shape))


def test_too_few_columns_are_refused(model: Path) -> None:
    with pytest.raises(DataError, match=f"{COLUMNS - 1} columns are too few"):
        Model(model).classify(spectrogram(0.5, COLUMNS - 1))


@pytest.mark.parametrize("order", ["C", "F"])
def test_classify_takes_a_single_npy(
    model: Path, capsys: pytest.CaptureFixture[str], order: str
) -> None:
    np.save("loud.npy", np.array(spectrogram(0.5), np.float64, order=order))  # type: ignore[call-overload]  # numpy's own names
    assert main(["classify", str(model), "loud.npy", "--json"]) == 0
    (loud,) = objects(capsys)
    assert (loud["answer"], loud["windows"], loud["seconds"]) == ("fault", 1, COLUMNS / 10)


def test_windows_of_a_spectrogram_are_told_in_columns(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("long.npy", spectrogram(0.5, 2 * COLUMNS))
    assert main(["classify", str(model), "long.npy", "--windows"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[:4] == ["0", "to", "16", "columns"]


def test_classify_draws_a_spectrogram(model: Path) -> None:
    np.save("loud.npy", spectrogram(0.5))
    assert main(["classify", str(model), "loud.npy", "--plot", "loud.png"]) == 0
    assert Path("loud.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (
            ["turned.npy"],
            65,
            "is 16 x 40, picture.onnx takes spectrograms of 40 bands x 16 columns",
        ),
        (["wave.npy"], 65, "has shape (40,); save (bands, columns)"),
        (["deep.npy"], 65, "has 3 dimensions; save (bands, columns)"),
        (["text.npy"], 65, "not a .npy file; the model takes spectrograms"),
        (["absent.npy"], 66, "there is no such file"),
        (["turned.npy", "--rate", "10"], 64, "--rate: is for samples"),
    ],
)
def test_classify_says_what_is_wrong_with_a_file(
    model: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    words: str,
) -> None:
    np.save("turned.npy", spectrogram(0.5).T)
    np.save("wave.npy", np.zeros(BANDS))
    np.save("deep.npy", np.zeros((2, BANDS, COLUMNS)))
    Path("text.npy").write_text("a,b\n1,2\n")
    assert main(["classify", str(model), *arguments]) == status
    assert words in said(capsys)


def test_a_model_of_samples_still_refuses_so_many_channels(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", spectrogram(0.5, 48))
    (tmp_path / "tiny.onnx").write_bytes(tiny_model.build())
    assert main(["classify", str(tmp_path / "tiny.onnx"), str(tmp_path / "image.npy")]) == 65


def test_a_file_keeps_its_values(tmp_path: Path) -> None:
    values = np.arange(BANDS * COLUMNS, dtype=np.int16).reshape(BANDS, COLUMNS)
    np.save(tmp_path / "a.npy", values)
    assert np.array_equal(read_spectrogram(tmp_path / "a.npy").samples, values)


def test_bench_and_inspect_know_columns(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(model)]) == 0
    assert "spectrogram: 40 x 16 (bands x columns, 10 a second)" in capsys.readouterr().out
    assert main(["bench", str(model), "--decisions", "5", "--starts", "1"]) == 0


def test_the_daemon_says_that_no_source_gives_spectrograms(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harkend([str(model), "stdin:"]) == 65
    assert "takes spectrograms, which no source gives" in capsys.readouterr().err

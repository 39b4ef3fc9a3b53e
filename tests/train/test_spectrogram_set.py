"""A set of spectrogram files made from recordings, and the recipe that comes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.train.tiny_recipe import TINY

from harken.errors import CreateError, DataError, SettingsError
from harken_train.build import build_frontend
from harken_train.cli import outcome
from harken_train.cli.data import app
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.evaluate import evaluate
from harken_train.fit import fit
from harken_train.readers.simulated import Simulated
from harken_train.recipe import Recipe
from harken_train.recipe_file import load_recipe
from harken_train.report.page import render
from harken_train.run import Run
from harken_train.simulated_clips import write_clips
from harken_train.spectrogram_set import WHITE, write_set
from harken_train.splits.group import Group

WINDOWS = 11  # of each recording: 3000 samples, 256 of them each
HALF_A_STEP = 80.0 / WHITE / 2 + 1e-5  # of 16 bits, and float32's last place


def source(*overrides: str) -> Recipe:
    return load_recipe("bearing_simulated", [*TINY, *overrides])


def features(recipe: Recipe) -> np.ndarray[Any, Any]:
    """What the front-end makes of the first recording's windows."""
    samples = recipe.data.recordings()[0].read()[:, : WINDOWS * 256]
    windows = samples.reshape(1, WINDOWS, 256).transpose(1, 0, 2)
    with torch.no_grad():
        found: np.ndarray[Any, Any] = build_frontend(recipe)(torch.tensor(windows)).numpy()
    return found[:, 0]


def test_a_file_is_what_the_front_end_makes_of_one_window(tmp_path: Path) -> None:
    written = write_set(source(), tmp_path / "set")
    assert (written.files, written.bands, written.columns, written.notes) == (264, 17, 17, ())
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"))
    slices = made.data.recordings()
    groups = [one.group for one in slices[: WINDOWS + 1]]
    assert groups == [groups[0]] * WINDOWS + [groups[-1]]
    assert groups[0] != groups[-1]
    np.testing.assert_array_equal([one.read() for one in slices[:WINDOWS]], features(source()))
    first = slices[1].attributes
    assert first["source"] == slices[0].attributes["source"]
    assert first["first_second"] == pytest.approx(256 / 12_000, rel=1e-11)  # the very sample
    assert "rpm" in first


def test_the_recipe_finds_the_recordings_from_where_it_lies(tmp_path: Path) -> None:
    write_clips(tmp_path / "clips", Simulated(bearings=3, seconds=0.1))
    recipe = load_recipe(str(tmp_path / "clips" / "recipe.toml"), ["signal.window=512"])
    write_set(recipe, tmp_path / "set")
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"))
    assert made.made_by is not None
    assert made.made_by.data is not None
    originals = {one.name for one in made.made_by.data.recordings()}
    assert {one.attributes["source"] for one in made.data.recordings()} == originals


def test_the_recipe_trains_on_the_set_as_the_other_does_on_recordings(tmp_path: Path) -> None:
    wanted = source()
    write_set(wanted, tmp_path / "set")
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"))
    assert (made.network, made.training, made.normal) == (
        wanted.network,
        wanted.training,
        wanted.normal,
    )
    assert made.made_by is not None
    assert (made.made_by.signal, made.made_by.frontend) == (wanted.signal, wanted.frontend)
    found, original = prepare(made), prepare(wanted)
    assert found.audit.stamp == "honest: groups apart"
    for part, share in original.audit.totals.items():
        assert found.audit.totals[part].segments == share.segments
        assert found.audit.totals[part].groups == share.groups


def test_the_report_of_a_set_draws_spectrograms_and_judges_their_cues(tmp_path: Path) -> None:
    write_set(source(), tmp_path / "set")
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"), ["training.epochs=1"])
    run = Run.create(tmp_path / "run", made, prepare(made))
    fit(run, torch.device("cpu"), Silent(1))
    found = evaluate(run)
    assert [cue.name for cue in found.silent_cues] == ["length", "level", "band_limit", "step"]
    assert found.worst
    page = render(run, found)
    assert page.count("spectrogram of a window") == len(found.worst)
    assert "One decision from a spectrogram of 17 bands and 17 columns." in page
    assert "wave and spectrogram" not in page


def test_pictures_hold_decibels_in_steps_of_sixteen_bits(tmp_path: Path) -> None:
    write_set(source(), tmp_path / "set", "png")
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"))
    read = [one.read() for one in made.data.recordings()[:WINDOWS]]
    np.testing.assert_allclose(read, features(source()), atol=HALF_A_STEP)


def test_a_picture_that_cannot_hold_the_values_says_so_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"reaches from -4.* to 0, a picture holds -40 to 0; give"):
        write_set(source(), tmp_path / "set", "png", (-40.0, 0.0))
    assert list(tmp_path.iterdir()) == []


def test_windows_without_any_signal_are_left_out_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    noise = np.random.default_rng(0).normal(size=1024)
    for label in "ab":
        np.save(folder / f"{label}.npy", np.concatenate([noise * ord(label), np.zeros(512)]))
    (folder / "table.csv").write_text("file,label,rate\na.npy,a,12000\nb.npy,b,12000\n")
    recipe = source(f'data={{kind="table", path="{folder}"}}')
    written = write_set(recipe, tmp_path / "set")
    assert (written.files, written.notes) == (8, ("windows: 4 without any signal were left out",))


def test_a_split_that_cuts_recordings_in_time_becomes_one_by_groups(tmp_path: Path) -> None:
    written = write_set(source('split={kind="time"}'), tmp_path / "set")
    assert written.notes == (
        "split: recordings that are cut already are not cut in time; set to groups",
    )
    assert load_recipe(str(tmp_path / "set" / "recipe.toml")).split == Group()


def test_what_is_no_spectrogram_is_refused(tmp_path: Path) -> None:
    words = "gives features of 1 x 256; a spectrogram file is of one channel"
    with pytest.raises(SettingsError, match=words):
        write_set(
            load_recipe(
                "bearing_simulated",
                [*(one for one in TINY if "frontend" not in one), 'frontend={kind="raw"}'],
            ),
            tmp_path / "set",
        )
    write_set(source(), tmp_path / "set")
    with pytest.raises(CreateError, match="set: exists already; give another"):
        write_set(source(), tmp_path / "set")
    made = load_recipe(str(tmp_path / "set" / "recipe.toml"))
    with pytest.raises(SettingsError, match='spectrograms are made from "samples"'):
        write_set(made, tmp_path / "again")


def test_the_command_says_what_it_wrote_and_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [word for one in TINY for word in ("--set", one)]
    out = str(tmp_path / "set")
    words = ["make-spectrograms", "bearing_simulated", "--out", out, "--png", *settings]
    assert outcome.run(app, "harken-train data", words) == 0
    told = capsys.readouterr().out
    assert "264 spectrograms of 17 x 17, dataset.csv, recipe.toml in" in told
    assert f"next: harken-train fit {out}/recipe.toml" in told
    assert len(list((tmp_path / "set").glob("*.png"))) == 264
    wrong = [*words[:3], str(tmp_path / "b"), "--range", "-80", "0"]
    assert outcome.run(app, "harken-train data", wrong) == 64
    assert "--range: is for --png" in capsys.readouterr().err

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from harken.errors import DataError, UsageError
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.frontends.wavelet import Wavelet
from harken_train.sample_file import Wanted
from harken_train.wavelet_workshop.decomposition import decompose, deepest, errors_of
from harken_train.wavelet_workshop.drawing import write_picture
from harken_train.wavelet_workshop.excerpt import Excerpt, read_excerpt
from harken_train.wavelet_workshop.words import proposal
from harken_train.wavelet_workshop.workshop import Asked, compare, show

RATE = 1000
ROUNDING = 1e-12  # of full scale; float64 keeps 1e-16, times the additions of 8 levels


def slow_and_fast(seconds: float = 1.0, offset: float = 5.0) -> Excerpt:
    """A wave of 4 Hz, one of 300 Hz a tenth as strong, and an offset."""
    t = np.arange(round(seconds * RATE)) / RATE
    samples = offset + np.sin(2 * np.pi * 4 * t) + 0.1 * np.sin(2 * np.pi * 300 * t)
    return Excerpt("waves.wav", samples, RATE, 0.0)


def wav(path: Path, excerpt: Excerpt) -> Path:
    soundfile.write(path, np.stack([excerpt.samples / 8, -excerpt.samples / 8]).T, RATE)
    return path


def run(*words: object) -> int:
    return outcome.run(app, PROGRAM, ["wavelets", *map(str, words)])


@pytest.mark.parametrize("wavelet", ["db2", "haar", "bior3.5"])
@pytest.mark.parametrize("mode", ["symmetric", "periodization", "smooth"])
def test_all_levels_together_are_the_signal(wavelet: str, mode: str) -> None:
    excerpt = slow_and_fast(0.777)
    found = decompose(excerpt, Wavelet(wavelet=wavelet, mode=mode, level=5))  # type: ignore[arg-type]  # from the list
    assert [level.name for level in found.levels] == ["A5", "D5", "D4", "D3", "D2", "D1"]
    together = sum(level.alone for level in found.levels)
    about_mean = excerpt.samples - excerpt.samples.mean()
    np.testing.assert_allclose(together, about_mean, atol=ROUNDING)
    np.testing.assert_allclose(found.levels[-1].so_far, about_mean, atol=ROUNDING)
    assert sum(level.share for level in found.levels) == pytest.approx(1.0)


def test_energy_lies_in_the_levels_whose_band_holds_the_waves() -> None:
    levels = {one.name: one for one in decompose(slow_and_fast(8.0), Wavelet(level=6)).levels}
    assert (levels["A6"].low, levels["A6"].high) == (0.0, RATE / 128)
    assert (levels["D1"].low, levels["D1"].high) == (250.0, 500.0)
    assert levels["A6"].share > 0.9
    details = {name: one.share for name, one in levels.items() if name in ("D1", "D2", "D3")}
    assert max(details, key=lambda name: details[name]) == "D1"


def test_the_error_at_a_depth_is_what_the_coarser_levels_miss() -> None:
    excerpt = slow_and_fast()
    errors = errors_of(excerpt, Wavelet(level=6))
    levels = decompose(excerpt, Wavelet(level=6)).levels
    np.testing.assert_allclose(errors[::-1], [level.error for level in levels[:-1]], rtol=1e-9)
    assert (np.diff(errors) > 0.0).all()
    louder = Excerpt("louder", 1000.0 * excerpt.samples - 7.0, RATE, 0.0)
    np.testing.assert_allclose(errors_of(louder, Wavelet(level=6)), errors, rtol=1e-9)


def test_the_deepest_approximation_within_the_limit_is_proposed() -> None:
    errors = {"db2": np.array([0.01, 0.05, 0.2]), "haar": np.array([0.02, 0.3, 0.5])}
    said = proposal(errors, 1000, "symmetric", 0.1)
    assert said.startswith("proposal: db2, 2 levels, the only one within the limit so deep: 252 ")
    assert 'wavelet = "db2"\nlevel = 2' in said
    said = proposal(errors | {"sym4": np.array([0.01, 0.049, 0.2])}, 1000, "zero", 0.1)
    assert said.startswith("proposal: db2, 2 levels, as good as any here and shorter: ")
    assert said.endswith('level = 2\nmode = "zero"')


def test_nothing_is_proposed_where_the_details_are_the_signal() -> None:
    noise = np.random.default_rng(0).standard_normal(1000)
    text = show(Excerpt("noise", noise, RATE, 0.0), Asked()).text
    assert "proposal: no approximation misses less than 10.0 %; with one level of db2" in text
    assert 'take levels = "all"' in text


def test_the_picture_shows_every_level_three_times_and_the_errors_on_a_log_axis() -> None:
    made = show(slow_and_fast(), Asked(levels=4))
    axes = made.figure.axes
    assert len(axes) == 1 + 3 * 5 + 2
    assert axes[-1].get_yscale() == "log"
    names = [one.get_ylabel().splitlines()[0] for one in axes[1:-2] if one.get_ylabel()]
    assert names == ["A4", "D4", "D3", "D2", "D1"]
    assert [one.get_xlabel() for one in axes[-5:-2]] == ["seconds"] * 3
    lines = made.text.splitlines()
    assert lines[0] == "waves.wav: db2, 4 levels, 1000 samples at 1000 Hz, 1 s"
    assert lines[2].split()[:5] == ["A4", "0", "-", "31.2", "65"]
    assert lines[6].split()[-2:] == ["0", "%"]


def test_several_wavelets_stand_in_one_plot_and_one_table() -> None:
    made = compare(slow_and_fast(), Asked(wavelets=("db2", "haar", "sym4"), levels=3))
    errors, *approximations = made.figure.axes
    assert [line.get_label() for line in errors.lines[:3]] == ["db2", "haar", "sym4"]
    assert [axes.get_title(loc="left").split(":")[0] for axes in approximations] == [
        *("db2", "haar", "sym4")
    ]
    rows = [line.split()[:2] for line in made.text.splitlines()[2:5]]
    assert rows == [["db2", "4"], ["haar", "2"], ["sym4", "8"]]


def test_a_depth_at_which_all_see_an_end_is_told_of() -> None:
    made = show(slow_and_fast(0.2), Asked(wavelets=("db8",), levels=6))
    deep = deepest(200, "db8")
    assert f"note: with db8 every coefficient below level {deep} sees an end" in made.text


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf"])
def test_the_same_file_gives_the_same_picture(tmp_path: Path, name: str) -> None:
    for folder in ("one", "two"):
        write_picture(show(slow_and_fast(), Asked(levels=2)).figure, tmp_path / folder / name)
    first = (tmp_path / "one" / name).read_bytes()
    assert len(first) > 5_000
    assert first == (tmp_path / "two" / name).read_bytes()


def test_the_command_writes_a_picture_and_prints_table_and_proposal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = wav(tmp_path / "two $ channels.wav", slow_and_fast(2.0, offset=0.0))
    out = tmp_path / "picture.png"
    words = ["--levels", 3, "--channel", 1, "--first", 0.5, "--last", 1.5, "-o", out]
    assert run(file, *words) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "two $ channels.wav: db2, 3 levels, 1000 samples at 1000 Hz, 1 s"
    assert told[-1] == str(out)
    assert 'kind = "wavelet"' in told
    assert out.read_bytes().startswith(b"\x89PNG")
    assert run(file, "--compare", "db2, haar", "-o", tmp_path / "both.svg") == 0
    assert "error of the approximation alone" in capsys.readouterr().out


def test_the_excerpt_is_the_channel_and_the_stretch_that_were_asked_for(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(200.0).reshape(2, 100))
    wanted = Wanted(rate=10, channel=1)
    excerpt = read_excerpt(tmp_path / "a.npy", wanted, 2.0, 4.0)
    assert (excerpt.first, excerpt.rate) == (2.0, 10)
    np.testing.assert_array_equal(excerpt.samples, np.arange(120.0, 140.0))
    with pytest.raises(UsageError, match="0 <= first < last <= 10 seconds"):
        read_excerpt(tmp_path / "a.npy", wanted, 4.0, 11.0)
    np.save(tmp_path / "flat.npy", np.ones(100))
    with pytest.raises(DataError, match="one value all along; there is nothing to take apart"):
        read_excerpt(tmp_path / "flat.npy", Wanted(rate=10))
    np.save(tmp_path / "odd.npy", np.array([0.0, 1.0, np.nan]))
    with pytest.raises(DataError, match="NaN or infinite; leave them out with --first and --last"):
        read_excerpt(tmp_path / "odd.npy", Wanted(rate=10))


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nowhere.wav"], 66, "nowhere.wav: there is no such file"),
        (["a.npy"], 65, "files of this kind do not tell their rate; give --rate"),
        (["a.npy", "--rate", "9", "-o", "a.gif"], 64, "need a name that ends in .png, .svg, .pdf"),
        (["a.npy", "--rate", "9", "--wavelet", "db99"], 78, "no discrete wavelet 'db99'"),
        (["a.npy", "--rate", "9", "--levels", "0"], 78, "level: need at least 1, got 0"),
        (["a.npy", "--rate", "9", "--levels", "7"], 64, "100 samples are halved 6 times at most"),
        (["a.npy", "--rate", "9", "--mode", "mirror"], 64, "--mode: need one of zero, constant"),
        (["a.npy", "--rate", "9", "--compare", "db2,db2"], 64, "--compare: need each once"),
        (["a.npy", "--rate", "9", "--miss", "10"], 64, "--miss: need a share between 0 and 1"),
        (["a.npy", "--rate", "9", "--channel", "3"], 65, "there is no channel 3"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_picture(
    words: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.random.default_rng(0).standard_normal(100))
    assert run(*words) == status
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]

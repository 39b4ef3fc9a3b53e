"""From what recordings are like to the settings to begin with, each with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from harken.errors import DataError
from harken.resample import factor
from harken.unit import UNTOLD
from harken_train.first_recipe.groups import Guess, guess
from harken_train.first_recipe.look import Sight, conversion
from harken_train.first_recipe.setting import Setting
from harken_train.first_recipe.whole import (
    SLOW,
    Lengths,
    features_of_whole,
    lengths_of,
    signal_of_whole,
    training_on_whole,
)

NORMAL = ("normal", "good", "ok", "healthy", "fine", "baseline", "background", "no_fault", "intact")
SOUND = 8000  # hertz: from there on, sound
SOUND_FRAME = 0.04  # seconds of a column: shorter ones cannot tell low bands apart
COLUMNS = 128  # of a spectrogram: what the small network takes whole
FEW_GROUPS = 4  # of a class: with fewer, one test part says little
LEVELS_APART = 20.0  # dB from the softest to the loudest recording, or 6 between classes' medians
CLASSES_APART = 6.0


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A recipe's tables in order, and what its user should know before trusting it."""

    top: tuple[Setting, ...]
    tables: dict[str, tuple[Setting, ...]]
    warnings: tuple[str, ...]
    guess: Guess | None


def propose(sight: Sight, name: str, path: str) -> Proposal:
    """Settings for recordings that were looked at; ``path`` is theirs as the recipe will say it."""
    labels = [recording.label for recording in sight.recordings]
    told = "column_group" in sight.data or any(
        recording.group != recording.origin for recording in sight.recordings
    )
    guessed = None
    if not told:
        guessed = guess([recording.origin for recording in sight.recordings], labels)
    groups = _groups(sight, guessed)
    rate = _rate(sight)
    lengths = lengths_of(sight, rate)
    window = _window(sight, rate) if lengths is None else lengths.window
    normal = [label for label in sight.labels if label.casefold().replace(" ", "_") in NORMAL]
    return Proposal(
        top=(
            Setting(key="name", value=name),
            Setting(key="description", value=f"First recipe for {name}, by harken-train init."),
            Setting(
                key="normal",
                value=normal,
                why="classes that raise no alarm; every other class does",
            ),
        ),
        tables={
            "data": _data(sight, path, guessed),
            "signal": _signal(sight, rate, window, lengths),
            "split": _split(sight, groups),
            **(_features(rate, window) if lengths is None else features_of_whole(rate)),
            "training": _training(sight, rate, window)
            if lengths is None
            else training_on_whole(sight, lengths),
        },
        warnings=tuple(
            _warnings(
                sight,
                groups,
                told=told or guessed is not None,
                normal=normal,
                whole=lengths is not None,
            )
        ),
        guess=guessed,
    )


def _groups(sight: Sight, guessed: Guess | None) -> dict[str, set[str]]:
    """The groups of each label."""
    if guessed is not None:
        return guessed.groups
    return {
        label: {one.group for one in sight.recordings if one.label == label}
        for label in sight.labels
    }


def _rate(sight: Sight) -> int:
    """The lowest rate: what is brought up from there holds nothing new."""
    rates = sorted({recording.rate for recording in sight.recordings})
    for rate in rates:
        try:
            for other in rates:
                factor(other, rate)
        except DataError:
            continue
        return rate
    return Counter(recording.rate for recording in sight.recordings).most_common(1)[0][0]


def _window(sight: Sight, rate: int) -> int:
    """A power of two: about a second, and a quarter of what nearly all recordings last."""
    seconds = float(np.quantile([one.seconds() for one in sight.recordings], 0.1))
    longest = 1.0 if rate >= SLOW else 10.0
    return _power_of_two(max(rate * min(longest, seconds / 4.0), 64.0))


def _power_of_two(number: float) -> int:
    return 1 << int(np.log2(number))


def _data(sight: Sight, path: str, guessed: Guess | None) -> tuple[Setting, ...]:
    reasons = {"kind": sight.form, "rate": "the files do not tell it"}
    lines = [
        Setting(key=key, value=value, why=reasons.get(key, "")) for key, value in sight.data.items()
    ]
    lines.insert(1, Setting(key="path", value=path, why="counted from this file"))
    if guessed is not None:
        name, group = guessed.example
        why = f"{guessed.words}: {name} -> {group}; is that one machine, one patient, one source?"
        lines.append(Setting(key="group_pattern", value=guessed.pattern, why=why))
    if sight.left_out:
        each = tuple(sight.left_out.values())
        lines.append(Setting(key="leave_out", value=list(sight.left_out), each=each))
    if _channels(sight) > 1:
        lines.append(
            Setting(key="channel", value=0, why=f"the first of {_channels(sight)}; another: 1")
        )
    return tuple(lines)


def _channels(sight: Sight) -> int:
    return max(recording.channels for recording in sight.recordings)


def _signal(sight: Sight, rate: int, window: int, lengths: Lengths | None) -> tuple[Setting, ...]:
    rates = Counter(recording.rate for recording in sight.recordings)
    others = (
        f"; recordings at {_listed(set(rates) - {rate})} are resampled" if len(rates) > 1 else ""
    )
    relative = all(recording.relative for recording in sight.recordings)
    units = {recording.unit for recording in sight.recordings if not recording.relative}
    told = next(iter(units)) if len(units) == 1 else ""
    unit = "full scale" if relative else told or UNTOLD
    windows = (
        Setting(key="window", value=window, why=f"{window / rate:.2g} s: one decision"),
        Setting(key="hop", value=window, why="from one decision to the next"),
        Setting(key="train_hop", value=window // 2, why="overlapping windows in training only"),
    )
    return (
        Setting(key="rate", value=rate, why=f"Hz, as the device must feed{others}"),
        *(windows if lengths is None else signal_of_whole(lengths, rate)),
        Setting(key="unit", value=unit, why="say yours, and in scale how many of it full scale is"),
        Setting(key="scale", value=1.0),
    )


def _listed(numbers: set[int]) -> str:
    return ", ".join(f"{number} Hz" for number in sorted(numbers))


def _split(sight: Sight, groups: dict[str, set[str]]) -> tuple[Setting, ...]:
    single = [label for label in sight.labels if len(groups[label]) == 1]
    lines = [
        Setting(
            key="kind", value="group", why="whole groups are held out, never heard in training"
        ),
        Setting(key="test", value=0.25),
        Setting(key="validation", value=0.2, why="of the rest; chooses the epoch that is kept"),
    ]
    if single:
        why = "one group only: its recordings are cut in time, which proves less"
        lines.append(Setting(key="by_time", value=single, why=why))
    return tuple(lines)


def _features(rate: int, window: int) -> dict[str, tuple[Setting, ...]]:
    """Front-end and network, by what the rate says the signal is."""
    if rate < SLOW:
        return {
            "frontend": (
                Setting(key="kind", value="raw", why=f"slow, {rate} Hz: its shape tells"),
            ),
            "network": (Setting(key="kind", value="resnet1d", why="looks at shapes in the wave"),),
        }
    hop = max(4, _power_of_two(window / COLUMNS))
    least = SOUND_FRAME * rate if rate >= SOUND else 64.0
    n_fft = min(max(4 * hop, _power_of_two(least)), 2048, window // 2)
    network = (
        Setting(key="kind", value="edge", why="small and quick; try resnet1d or cnn2d by --model"),
        Setting(key="columns", value=COLUMNS + 64, why="every column stays"),
    )
    frames = (
        Setting(key="n_fft", value=n_fft, why=f"{1000 * n_fft / rate:.3g} ms a column"),
        Setting(key="hop_length", value=hop, why=f"{window // hop + 1} columns a window"),
    )
    if rate < SOUND:
        kind = Setting(key="kind", value="log_spectrogram", why=f"{rate} Hz: machine vibration")
        return {"frontend": (kind, *frames), "network": network}
    bands = min(64, n_fft // 8)
    kind = Setting(
        key="kind", value="log_mel", why=f"{rate} Hz: sound, in bands as an ear has them"
    )
    mels = Setting(key="n_mels", value=bands)
    return {"frontend": (kind, *frames, mels), "network": network}


def _training(sight: Sight, rate: int, window: int) -> tuple[Setting, ...]:
    windows = sum(int(one.seconds() * rate) // (window // 2) for one in sight.recordings)
    epochs = 30 if windows >= 500 else 60
    why = f"about {windows} windows in all; patience ends it when nothing gets better"
    return (
        Setting(key="epochs", value=epochs, why=why),
        Setting(key="patience", value=epochs // 3),
    )


def _warnings(
    sight: Sight, groups: dict[str, set[str]], *, told: bool, normal: list[str], whole: bool
) -> list[str]:
    """What would spoil a training, or the trust in its figures."""
    found = []
    if len(sight.labels) == 1:
        found.append(
            f"all recordings are of one class, {sight.labels[0]!r}; a training needs two at least"
        )
    elif not normal:
        found.append(
            f"no class is called {', '.join(NORMAL[:4])} or the like: every class raises an alarm "
            "until normal names those that do not"
        )
    few = [label for label in sight.labels if len(groups[label]) < FEW_GROUPS]
    if not told:
        found.append(
            "each file counts as a group of its own: if several are of one machine, figures will "
            "be too good; set data.group_pattern, or give a table with a column group"
        )
    elif few:
        counts = ", ".join(f"{label} {len(groups[label])}" for label in few)
        found.append(
            f"few groups ({counts}): what one test part says is luck; record more machines, and "
            "take harken-train cross-validate"
        )
    found += _uneven(sight, whole=whole)
    if sight.others:
        found.append(conversion(sight.others))
    what = "left out by data.leave_out" if sight.left_out else "stops a training, take its line out"
    found += [f"{what}: {reason}" for reason in sight.unread[:5]]
    if len(sight.unread) > 5:
        found.append(f"{what}: {len(sight.unread) - 5} more")
    return found


def _uneven(sight: Sight, *, whole: bool) -> list[str]:
    """Lengths and levels that differ, overall or between classes."""
    found = []
    seconds = sorted(one.seconds() for one in sight.recordings)
    if seconds[-1] > 2.0 * seconds[0] and not whole:
        found.append(
            f"lengths differ, {seconds[0]:.2f} to {seconds[-1]:.2f} s: long ones weigh more, and "
            "what is shorter than a window is never used"
        )
    levels = [value for values in sight.levels.values() for value in values]
    medians = [float(np.median(values)) for values in sight.levels.values()]
    if max(medians) - min(medians) > CLASSES_APART:
        found.append(
            f"classes differ in level by {max(medians) - min(medians):.0f} dB: is it the machine, "
            "or the recorder's gain? harken-train data describe tells how far it gives them away"
        )
    elif max(levels) - min(levels) > LEVELS_APART:
        found.append(
            f"levels differ by {max(levels) - min(levels):.0f} dB between recordings; record with "
            "fixed gain"
        )
    return found

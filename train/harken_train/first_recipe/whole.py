"""Whether recordings are better decided whole, and the settings to begin with if they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harken_train.first_recipe.look import Sight
from harken_train.first_recipe.setting import Setting

SLOWEST, SLOW = 25, 1000  # hertz: an ECG, a pulse, a step; not a temperature, and no sound
LEAST, MOST = 2.0, 120.0  # seconds that a recording may last
DIFFER = 1.1  # the longest by the shortest: what lasts alike is a window as it is
FEATURES = 100  # hertz that the front-end keeps of it


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """In samples at the recipe's rate."""

    shortest: int
    longest: int
    window: int
    crops: tuple[int, ...]


def lengths_of(sight: Sight, rate: int) -> Lengths | None:
    """The range of slow recordings of different lengths, or ``None``: they are cut into windows."""
    seconds = np.array(sorted(recording.seconds() for recording in sight.recordings))
    low, high = float(seconds[0]), float(seconds[-1])
    if not (SLOWEST <= rate < SLOW and low >= LEAST and high <= MOST and high > DIFFER * low):
        return None
    shortest, longest = int(low * rate), int(np.ceil(high * rate))
    # Most recordings are longer than the longest crop, so that training does not show their length.
    crop = max(shortest, int(np.quantile(seconds, 0.25) * rate))
    crops = sorted({max(shortest, crop * part // 4) for part in (2, 3, 4)})
    window = min(longest, max(shortest, int(np.median(seconds) * rate)))
    return Lengths(shortest=shortest, longest=longest, window=window, crops=tuple(crops))


def signal_of_whole(lengths: Lengths, rate: int) -> tuple[Setting, ...]:
    """What is decided, in place of windows."""
    window, shortest, longest = lengths.window, lengths.shortest, lengths.longest
    why = "lengths differ, so each recording is decided whole"
    return (
        Setting(key="window", value=window, why="one decision on a stream that does not end"),
        Setting(key="hop", value=max(1, window // 3), why="from one of these to the next"),
        Setting(key="shortest", value=shortest, why=f"{shortest / rate:.2g} s; {why}"),
        Setting(key="longest", value=longest, why=f"{longest / rate:.2g} s"),
    )


def features_of_whole(rate: int) -> dict[str, tuple[Setting, ...]]:
    """Front-end and network that take any length."""
    to = min(rate, FEATURES)
    return {
        "frontend": (
            Setting(key="kind", value="filtered", why="neither gain nor polarity matters"),
            Setting(key="to", value=to, why="Hz; the network sees the wave at this rate"),
            Setting(key="low", value=0.5, why="Hz; below it a baseline wanders"),
            Setting(key="high", value=round(0.4 * to, 1), why="Hz; set it below the mains"),
        ),
        "network": (Setting(key="kind", value="se_resnet", why="takes recordings of any length"),),
    }


def training_on_whole(sight: Sight, lengths: Lengths) -> tuple[Setting, ...]:
    """Crops, and what a recurrent network wants."""
    why = (
        "samples that a batch is cut to; most recordings are longer, so none tells its class by it"
    )
    return (
        Setting(key="epochs", value=30 if len(sight.recordings) >= 500 else 60),
        Setting(key="learning_rate", value=0.003),
        Setting(key="crops", value=list(lengths.crops), why=why),
        Setting(key="clip", value=5.0, why="keeps a wild recording from undoing what was learned"),
    )

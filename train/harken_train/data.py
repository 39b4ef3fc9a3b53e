"""Recordings as a training needs them: read, at the recipe's rate, split, audited."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harken import unit
from harken.errors import DataError, SettingsError
from harken.resample import resample
from harken.stream import Samples, scaled
from harken_train.audit import Audit, audit, content_digest
from harken_train.mapped import Shelf
from harken_train.recipe import Recipe, Signal
from harken_train.recordings import Recording, Split, classes_of, unknown_classes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All that a training needs of the data, at the recipe's rate.

    What is not read anew from files of its own is kept: in memory, or what is too much for that in
    a mapped file.
    ``digest`` is the sha256 over content, label, group, rate and unit of every one in order:
    the same digest, the same data, wherever the files lie.
    """

    recordings: list[Recording]
    split: Split
    classes: tuple[str, ...]
    digest: str
    audit: Audit


def prepare(recipe: Recipe) -> Prepared:
    """Read the recipe's recordings, bring them to its rate, split them and audit the split.

    A rate that is not the recipe's is resampled with anti-aliasing and a notice. Missing data is
    `MissingInputError`; broken data, or data that cannot be trained on, `DataError`; a split that
    puts more on both sides than the recipe declares, or a normal class that is none,
    `SettingsError`.
    """
    signal = recipe.signal
    raw = recipe.data.recordings()
    _refuse_untrainable(raw, signal, recipe.named_classes)
    contents = hashlib.sha256()
    recordings = []
    shelf = Shelf("recordings", Path(tempfile.gettempdir()))
    for recording in raw:
        samples = _finite(recording, recording.read(), signal)
        contents.update(_fingerprint(recording, samples))
        recordings.append(at_rate(recording, samples, signal, shelf.keep))
    _tell_of_rates(raw, signal.rate)
    return divide(recordings, contents.hexdigest(), recipe)


def divide(recordings: list[Recording], contents: str, recipe: Recipe) -> Prepared:
    """Split recordings that are at the recipe's rate, and audit the split.

    ``contents`` is their digest. Of several splits of the same recordings one reading will do.
    """
    signal = recipe.signal
    split = recipe.split.split(recordings, signal.window, np.random.default_rng(recipe.seed))
    report = audit(
        recordings,
        split,
        signal.window,
        hop=signal.hop,
        train_hop=signal.train_hop or signal.hop,
        lengths=signal.lengths,
    )
    return Prepared(
        recordings=recordings,
        split=split,
        classes=classes_of(recordings),
        digest=contents,
        audit=report,
    )


def _held(samples: Samples) -> Samples:
    held = np.ascontiguousarray(samples, np.float32)
    held.setflags(write=False)
    return held


def at_rate(
    recording: Recording,
    samples: Samples,
    signal: Signal,
    keep: Callable[[Samples], Samples] = _held,
) -> Recording:
    """Give the recording with ``samples``, its own, at the rate and in the unit of ``signal``.

    ``keep`` takes them. A mapped recording that is as ``signal`` wants it is left as it is.
    """
    factor = signal.scale if recording.relative else unit.times(recording.unit, signal.unit) or 1.0
    ready = recording.rate == signal.rate and not recording.relative and factor == 1.0
    if recording.mapped and ready:
        return recording
    samples = scaled(samples, factor)
    if recording.rate != signal.rate:
        samples = resample(samples, recording.rate, signal.rate)
    held = keep(samples)
    return replace(
        recording,
        rate=signal.rate,
        frames=held.shape[1],
        relative=False,
        unit=signal.unit,
        mapped=False,
        read=lambda: held,
    )


def _refuse_untrainable(
    recordings: Sequence[Recording], signal: Signal, named: Mapping[str, Sequence[str]]
) -> None:
    classes = classes_of(recordings)
    if not recordings:
        raise DataError("data: no recording is left; look at the options that keep some of them")
    if len(classes) == 1:
        raise DataError(
            f"data: all {len(recordings)} recordings are of one class, {classes[0]!r}; "
            "a classifier needs at least two labels"
        )
    for sentence in unknown_classes(named, classes):
        raise SettingsError(sentence)
    for recording in recordings:
        for sentence in (*unfit(recording, signal), *foreign(recording, signal)):
            raise DataError(sentence)


def unfit(recording: Recording, signal: Signal) -> tuple[str, ...]:
    """Sentences on what of a recording's shape is not as ``signal`` has it and cannot be made so.

    Samples at another rate are resampled; of a spectrogram's columns that would make no sense.
    """
    name, channels, rate = recording.name, recording.channels, recording.rate
    if signal.input == "samples":
        words = (
            f"{name}: has {channels} channels, but signal.channels is {signal.channels}; "
            "choose a channel in the data table or set signal.channels"
        )
        return () if channels == signal.channels else (words,)
    found = []
    if channels != signal.channels:
        found.append(
            f"{name}: has {channels} bands, but signal.channels is {signal.channels}; "
            "set signal.channels to the bands of the files"
        )
    if rate != signal.rate:
        found.append(
            f"{name}: has {rate} columns a second, but signal.rate is {signal.rate}; "
            "set both data.rate and signal.rate to what they are, or to 1"
        )
    return tuple(found)


def foreign(recording: Recording, signal: Signal) -> tuple[str, ...]:
    """A sentence on a recording whose unit cannot be turned into that of ``signal``."""
    if recording.relative or unit.times(recording.unit, signal.unit) is not None:
        return ()
    wanted = json.dumps(recording.unit, ensure_ascii=False)
    sentence = (
        f"{recording.name}: is in {recording.unit}, which cannot be turned into {signal.unit}; "
        f"set signal.unit = {wanted}, or convert the file"
    )
    return (sentence,)


def _finite(recording: Recording, samples: Samples, signal: Signal) -> Samples:
    if np.isfinite(samples).all():
        return samples
    first = int(np.argmin(np.isfinite(samples).all(axis=0)))
    what, instead = (
        ("column", "make that file anew")
        if signal.input == "spectrogram"
        else (
            "sample",
            "cut that stretch out (first and last in a data table do), or leave the recording out",
        )
    )
    raise DataError(
        f"{recording.name}: {what} {first} is not a number; {instead}, "
        "'harken-train data describe' lists all of them"
    )


def _fingerprint(recording: Recording, samples: Samples) -> bytes:
    """Give the digest of one recording: what it is called and its samples as they were read."""
    told = "" if recording.relative else recording.unit
    facts = json.dumps([recording.label, recording.group, recording.rate, *filter(None, [told])])
    return hashlib.sha256(facts.encode() + content_digest(samples)).digest()


def _tell_of_rates(recordings: Sequence[Recording], rate: int) -> None:
    rates = Counter(recording.rate for recording in recordings if recording.rate != rate)
    for other, count in sorted(rates.items()):
        _log.warning(
            "resampled recordings=%d from_hz=%d to_hz=%d labels=%s",
            count,
            other,
            rate,
            ",".join(sorted({item.label for item in recordings if item.rate == other})),
        )

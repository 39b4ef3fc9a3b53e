"""The audit of a split: who went where, and that nothing stands on both sides undeclared."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from harken.errors import DataError, SettingsError
from harken.stream import Samples, window_starts
from harken_train.recordings import Recording, Span, Split, classes_of
from harken_train.segments import pieces_of

_FEW = 4  # names listed in an error before "and n more"


@dataclass(frozen=True, kw_only=True)
class Share:
    """How much of one class, or of all, stands in one part."""

    recordings: int
    groups: int
    seconds: float
    segments: int


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Who went where. ``parts`` holds a `Share` a class and part, ``spans`` every stretch.

    ``both_sides`` are the groups in training and test, ``chosen_on`` those in validation and test,
    on which the kept epoch is chosen. ``each_its_own`` says that no recording told its group, so
    that each counts as one, and two of one machine may stand on both sides unseen. ``whole`` says
    that segments are recordings, not windows of them. ``stamp`` is what stands beside every figure
    of a model trained on this split.
    """

    parts: Mapping[str, Mapping[str, Share]]
    totals: Mapping[str, Share]
    spans: Mapping[str, tuple[tuple[str, int, int], ...]]
    both_sides: tuple[str, ...]
    chosen_on: tuple[str, ...]
    shares: tuple[str, ...]
    leaky: bool
    each_its_own: bool = False
    whole: bool = False

    @property
    def stamp(self) -> str:
        """The words for the split: leaky, what test shares with the rest, or groups apart."""
        if self.leaky:
            return "leaky: windows of the same recordings on both sides"
        if self.both_sides or self.chosen_on:
            return "shares: " + "; ".join(self.shares)
        each = " (each file its own group)" if self.each_its_own else ""
        return "; ".join([f"honest: groups apart{each}", *self.shares])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for split.json."""
        return {"stamp": self.stamp, **asdict(self)}

    def text(self) -> str:
        """A table for the terminal: a row a class, recordings, groups, seconds and segments."""
        parts = list(self.parts)
        classes = list(next(iter(self.parts.values())))
        width = max(5, *map(len, classes))
        lines = [" " * width + "".join(f"  {part:>27}" for part in parts)]
        cell = "{:>4} {:>4} {:>9} {:>7}"
        head = cell.format("rec", "grp", "seconds", "decided" if self.whole else "windows")
        lines.append(f"{'class':<{width}}" + f"  {head:>27}" * len(parts))
        for label in [*classes, "all"]:
            row = f"{label:<{width}}"
            for part in parts:
                share = self.totals[part] if label == "all" else self.parts[part][label]
                values = (share.recordings, share.groups, f"{share.seconds:.1f}", share.segments)
                row += f"  {cell.format(*values):>27}"
            lines.append(row)
        return "\n".join([*lines, f"split: {self.stamp}"])


def audit(
    recordings: Sequence[Recording],
    split: Split,
    window: int,
    *,
    hop: int | None = None,
    train_hop: int | None = None,
    lengths: tuple[int, int] | None = None,
) -> Audit:
    """Say who went where, and refuse what must not be.

    Refused: samples in two parts, in one recording or in exact copies of it (`DataError`); a group
    in two parts that the split does not declare for them (`SettingsError`), unless it is leaky;
    a class without a segment in training or test (`DataError`). Hops count the segments only;
    with ``lengths``, from shortest to longest, recordings are segments whole.
    """
    _refuse_shared_samples(recordings, split)
    groups = {
        part: {recordings[span.recording].group for span in spans}
        for part, spans in split.parts().items()
    }
    _refuse_undeclared_groups(groups, split)
    hops = {"train": train_hop or hop or window}
    classes = classes_of(recordings)
    parts, totals = {}, {}
    for part, spans in split.parts().items():
        step = hops.get(part, hop or window)
        count = partial(_segments, window=window, hop=step, lengths=lengths)
        parts[part] = {
            label: _share(
                recordings,
                [span for span in spans if recordings[span.recording].label == label],
                count,
            )
            for label in classes
        }
        totals[part] = _share(recordings, spans, count)
    needed = (
        (f"whole window of {window} samples", "signal.window")
        if lengths is None
        else (f"recording of at least {lengths[0]} samples", "signal.shortest")
    )
    cut = {one.label for one in recordings if one.group in split.validation_groups}
    _refuse_missing_classes(parts, split, cut, *needed)
    return Audit(
        parts=parts,
        totals=totals,
        spans={
            part: tuple((recordings[s.recording].name, s.first, s.last) for s in spans)
            for part, spans in split.parts().items()
        },
        both_sides=tuple(sorted(groups["train"] & groups["test"])),
        chosen_on=tuple(sorted(groups["validation"] & groups["test"])),
        shares=split.shares,
        leaky=split.leaky,
        each_its_own=all(recording.group == recording.name for recording in recordings),
        whole=lengths is not None,
    )


def _segments(samples: int, *, window: int, hop: int, lengths: tuple[int, int] | None) -> int:
    if lengths is not None:
        return len(pieces_of(samples, window=window, hop=hop, lengths=lengths))
    return len(window_starts(samples, window, hop))


def _share(
    recordings: Sequence[Recording], spans: Sequence[Span], count: Callable[[int], int]
) -> Share:
    seconds = sum((span.last - span.first) / recordings[span.recording].rate for span in spans)
    return Share(
        recordings=len({span.recording for span in spans}),
        groups=len({recordings[span.recording].group for span in spans}),
        seconds=round(seconds, 3),
        segments=sum(count(span.last - span.first) for span in spans),
    )


class _Stretch(NamedTuple):
    """A span of one part, in the order in which overlaps are looked for."""

    first: int
    last: int
    recording: int
    part: str


def _refuse_shared_samples(recordings: Sequence[Recording], split: Split) -> None:
    """Refuse overlaps between the parts; exact copies of a recording count as that recording."""
    contents = [content_digest(recording.read()) for recording in recordings]
    stretches: dict[bytes, list[_Stretch]] = defaultdict(list)
    for part, spans in split.parts().items():
        for span in spans:
            stretch = _Stretch(span.first, span.last, span.recording, part)
            stretches[contents[span.recording]].append(stretch)
    for same in stretches.values():
        same.sort()
        reach = same[0]
        for stretch in same[1:]:
            if stretch.first < reach.last and stretch.part != reach.part:
                _refuse_overlap(recordings, reach, stretch)
            reach = max(reach, stretch, key=lambda one: one.last)


def _refuse_overlap(recordings: Sequence[Recording], one: _Stretch, other: _Stretch) -> None:
    first, second = recordings[one.recording].name, recordings[other.recording].name
    if one.recording != other.recording:
        raise DataError(
            f"{second}: in {other.part}, is an exact copy of {first} in {one.part}; "
            "remove one of the two files, or give both the same group"
        )
    raise DataError(
        f"{first}: samples {other.first} to {min(one.last, other.last)} are in {one.part} and in "
        f"{other.part}; a split never shares samples"
    )


def content_digest(samples: Samples) -> bytes:
    """Give the sha256 over shape and samples: equal for exact copies, whatever they are called."""
    digest = hashlib.sha256(repr(samples.shape).encode())
    digest.update(np.ascontiguousarray(samples).data)  # no copy of a mapped one
    return digest.digest()


def _refuse_undeclared_groups(groups: Mapping[str, set[str]], split: Split) -> None:
    for one, other in (("train", "test"), ("validation", "test"), ("train", "validation")):
        declared = {*split.shared_groups, *(split.validation_groups if other != "test" else ())}
        undeclared = sorted((groups[one] & groups[other]) - declared)
        if undeclared and not split.leaky:
            raise SettingsError(
                f"split: the groups {listed(undeclared)} are in {one} and in {other}; split by "
                "group, or declare on purpose what both sides have in common: "
                'shares = "bearing"'
            )
    if (split.shared_groups or split.validation_groups) and not split.shares:
        raise SettingsError("split: groups are shared, but shares does not say in words what")


def _refuse_missing_classes(
    parts: Mapping[str, Mapping[str, Share]],
    split: Split,
    cut: Collection[str],
    needed: str,
    setting: str,
) -> None:
    """``needed`` is the least that a decision is made from, and ``setting`` what says so.

    ``cut`` are the classes whose training recordings were cut in time for validation.
    """
    for part in ("train", "test"):
        for label, share in parts[part].items():
            if not share.recordings:
                raise DataError(
                    f"split: class {label!r} has no recording in {part}; it needs another group "
                    "there, or list it in split.by_time to cut its recordings in time"
                )
            if not share.segments:
                instead = f"record longer, or set a shorter {setting}"
                if part == "train" and label in cut:
                    instead = (
                        "its recordings were cut in time for validation, since it has too few "
                        f"groups to give one away: record more of them, or {instead}"
                    )
                raise DataError(f"split: class {label!r} has no {needed} in {part}; {instead}")
    if split.validation and not any(share.segments for share in parts["validation"].values()):
        raise DataError(
            f"split: no {needed} is in validation; "
            f"set a larger split.validation, or a shorter {setting}"
        )


def listed(names: Sequence[str]) -> str:
    """Give a few names for a sentence, and how many more there are."""
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")

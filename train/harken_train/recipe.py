"""A recipe: all settings of one training, as frozen dataclasses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from harken.alarm import AlarmSettings
from harken.contract import check_words
from harken.errors import SettingsError
from harken_train.augmentations import Augmentation, augmentations
from harken_train.frontends import FrontEnd, frontends
from harken_train.heads import Head, heads
from harken_train.heads.linear import Linear
from harken_train.networks import Network, networks
from harken_train.readers import Reader, readers
from harken_train.splits import Splitter, splits

MOST_THREADS = 1024  # torch takes any number, and makes that many


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What the device will feed: ``window`` and ``hop`` are in samples at ``rate`` hertz.

    They are in samples, not seconds, because the networks' shapes are.
    ``scale`` is how many ``unit`` full scale is (for integer samples and sound files).
    With ``input = "spectrogram"`` the recordings are spectrograms: channels are its bands, samples
    its columns, and ``rate`` is columns a second, rounded, for the times in reports.

    With ``shortest`` and ``longest`` recordings of any length from the one to the other are trained
    on and decided whole; ``window`` is then what a decision on an endless stream is made from.
    """

    input: Literal["samples", "spectrogram"] = "samples"
    rate: int
    window: int = 2048
    hop: int = 2048  # on the device, and between test segments
    train_hop: int | None = None  # between training segments; None: ``hop``
    channels: int = 1
    unit: str = "full scale"
    scale: float = 1.0
    shortest: int | None = None
    longest: int | None = None

    def __post_init__(self) -> None:
        if (self.shortest is None) != (self.longest is None):
            raise SettingsError("shortest and longest: give both, or neither")
        if self.lengths is not None and not 1 <= self.lengths[0] <= self.window <= self.lengths[1]:
            raise SettingsError(
                f"need 1 <= shortest <= window <= longest, got {self.shortest}, {self.window} and "
                f"{self.longest}"
            )
        if min(self.rate, self.window, self.hop, self.channels) < 1 or (self.train_hop or 1) < 1:
            raise SettingsError("rate, window, hop and channels: need at least 1")
        check_number("scale", self.scale, above=0.0)

    @property
    def lengths(self) -> tuple[int, int] | None:
        """The shortest and the longest recording that is decided whole; ``None``: windows are."""
        if self.shortest is None or self.longest is None:
            return None
        return self.shortest, self.longest


@dataclass(frozen=True, kw_only=True)
class Training:
    """The loop's settings."""

    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    schedule: Literal["cosine", "constant", "plateau"] = "cosine"
    warmup_epochs: int = 1
    patience: int = 0  # epochs without a better validation loss before stopping; 0: never
    label_smoothing: float = 0.0
    class_weights: Literal["balanced", "none"] = "balanced"
    # torch's; 0: one a core. A small network gains little from a second one, and loses a lot on a
    # busy machine (edge, 2 cores under load: 0.9 s an epoch with one, 5 to 47 s with two).
    threads: int = 1
    # Segments are drawn by the size of their class to the power -balance: 1 is every class as often
    # as the others. 0: no draw, every segment once an epoch.
    balance: float = 0.0
    crops: tuple[int, ...] = ()  # of whole recordings: samples that those of a batch are cut to
    mixup: float = 0.0  # batches are trained on as blends of their rows: Beta(mixup, mixup); 0: no
    average: float = 0.0  # weights are a running mean over steps with this memory (EMA), say 0.998
    clip: float = 0.0  # largest norm of a step's gradient; 0: none
    precision: Literal["float32", "bfloat16"] = "float32"  # of the network, in training alone
    keep: Literal["best", "last"] = "best"  # best: the epoch of the lowest validation loss

    def __post_init__(self) -> None:
        check_number("epochs", self.epochs, least=1)
        check_number("batch_size", self.batch_size, least=1)
        check_number("warmup_epochs", self.warmup_epochs, least=0)
        check_number("patience", self.patience, least=0)
        if not 0 <= self.threads <= MOST_THREADS:
            raise SettingsError(f"threads: need from 0 to {MOST_THREADS}, got {self.threads}")
        check_number("learning_rate", self.learning_rate, above=0.0)
        check_number("weight_decay", self.weight_decay, least=0.0)
        check_number("label_smoothing", self.label_smoothing, least=0.0, below=1.0)
        check_number("balance", self.balance, least=0.0)
        check_number("average", self.average, least=0.0, below=1.0)
        check_number("clip", self.clip, least=0.0)
        check_number("mixup", self.mixup, least=0.0)
        if any(crop < 1 for crop in self.crops):
            raise SettingsError(f"crops: need at least 1 sample each, got {list(self.crops)}")


@dataclass(frozen=True, kw_only=True)
class ExportSettings:
    """When int8 is worth shipping: faster, and no worse than this on the held-out segments.

    Below 0 it has to be better by that much; -1 is never.
    """

    largest_accuracy_loss: float = 0.002
    largest_auc_loss: float = 0.005
    licence: str = ""  # of the model; only whoever owns the recordings can give one
    credit: str = ""  # whose data it was trained on
    limits: str = ""  # what the model must not be used for, in the card

    def __post_init__(self) -> None:
        check_number("largest_accuracy_loss", self.largest_accuracy_loss, least=-1.0)
        check_number("largest_auc_loss", self.largest_auc_loss, least=-1.0)


@dataclass(frozen=True, kw_only=True)
class MadeBy:
    """How the spectrograms of a set were made: samples as in ``signal``, through ``frontend``.

    With it an exported file has that front-end in front, and a device feeds samples. ``data`` are
    the recordings, by which an export sees that the front-end does make those files.
    """

    signal: Signal
    frontend: Annotated[FrontEnd, frontends]
    data: Annotated[Reader, readers] | None = None

    def __post_init__(self) -> None:
        if self.signal.input != "samples":
            raise SettingsError('signal.input: spectrograms are made from "samples"')
        if self.signal.lengths is not None:
            raise SettingsError(
                "signal.longest: spectrograms are of one size, leave shortest and longest out"
            )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All settings of one training; kept whole in run, checkpoint and contract."""

    name: str
    task: Literal["classify"] = "classify"
    description: str = ""
    seed: int = 0
    normal: tuple[str, ...] = ()  # the classes that raise no alarm
    scored: tuple[str, ...] = ()  # the classes whose mean F1 is the score; none: all of them
    words: Mapping[str, str] = field(default_factory=dict)  # what people call a class
    data: Annotated[Reader, readers]
    signal: Signal
    split: Annotated[Splitter, splits]
    frontend: Annotated[FrontEnd, frontends]
    network: Annotated[Network, networks]
    head: Annotated[Head, heads] = field(default_factory=Linear)
    made_by: MadeBy | None = None
    augmentations: tuple[Annotated[Augmentation, augmentations], ...] = ()
    training: Training = field(default_factory=Training)
    export: ExportSettings = field(default_factory=ExportSettings)
    alarm: AlarmSettings = field(default_factory=AlarmSettings)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise SettingsError(f"seed: need at least 0, got {self.seed}")
        if len(set(self.scored)) < len(self.scored):
            raise SettingsError(f"scored: need each class once, got {list(self.scored)}")
        check_words(self.words)
        given = getattr(self.data, "gives", self.signal.input)
        if given != self.signal.input:
            raise SettingsError(f'signal.input: the data are {given}s; set it to "{given}"')
        takes = getattr(self.frontend, "takes", ("samples",))
        if self.signal.input not in takes:
            raise SettingsError(
                f"frontend.kind: {frontends.kind_of(self.frontend)} takes {' or '.join(takes)}, "
                f'signal.input is "{self.signal.input}"; spectrograms want the front-end image'
            )
        if self.made_by is not None and self.signal.input != "spectrogram":
            raise SettingsError('made_by: is for spectrogram files, signal.input = "spectrogram"')
        self._check_lengths()

    @property
    def named_classes(self) -> dict[str, tuple[str, ...]]:
        """The settings that list classes: each must be one of the recordings' labels."""
        return {"normal": self.normal, "scored": self.scored, "words": tuple(self.words)}

    def _check_lengths(self) -> None:
        """Whole recordings want parts that take any length, and crops to train on."""
        if self.signal.lengths is None:
            if self.training.crops:
                raise SettingsError(
                    "training.crops: are for whole recordings; set signal.shortest and "
                    "signal.longest, or leave crops out"
                )
            return
        for name, part, kinds in (
            ("frontend", self.frontend, frontends),
            ("network", self.network, networks),
        ):
            if not getattr(part, "any_length", False):
                raise SettingsError(
                    f"{name}.kind: {kinds.kind_of(part)} takes one length only; leave out "
                    f"signal.shortest and signal.longest, or choose another {name}"
                )
        shortest, longest = self.signal.lengths
        if not self.training.crops or not shortest <= min(self.training.crops):
            raise SettingsError(
                f"training.crops: need at least one length of {shortest} samples or more "
                "(signal.shortest), which recordings are cut to in training"
            )
        if max(self.training.crops) > longest:
            raise SettingsError(f"training.crops: need at most signal.longest, {longest} samples")
        if self.signal.input != "samples" or self.augmentations or self.head.fitted:
            raise SettingsError(
                "signal.longest: whole recordings are of samples, and take neither augmentations "
                "nor a head that is fitted; crops are what varies them"
            )


def check_number(
    name: str,
    value: float,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
) -> None:
    """Refuse NaN, infinity, and what is not inside the limits that are given."""
    limits = [
        (f"more than {above:g}" if above is not None else "", above is None or value > above),
        (f"at least {least:g}" if least is not None else "", least is None or value >= least),
        (f"less than {below:g}" if below is not None else "", below is None or value < below),
    ]
    if not math.isfinite(value) or not all(met for _, met in limits):
        words = " and ".join(words for words, _ in limits if words)
        raise SettingsError(f"{name}: need {words}, got {value}")

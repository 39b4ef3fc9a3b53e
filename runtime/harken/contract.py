"""What an ONNX file says about itself: versioned JSON under the metadata key ``harken``.

Its schema is ``contract.schema.json`` beside this file. Everything a device needs stands here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harken.alarm_settings import AlarmSettings
from harken.errors import ModelError, SettingsError
from harken.probe import Probe
from harken.settings import dump, load

KEY = "harken"
VERSION = 1
VARIES = -1


@dataclass(frozen=True, kw_only=True)
class ModelInput:
    """The graph input ``name``: (batch, ``channels``, ``window``) float32 at ``rate`` hertz.

    ``unit`` is what the numbers are in; ``scale`` is how many units full scale is, which turns
    integer samples and sound files into them. A *spectrogram* has bands for channels and columns
    for samples, ``rate`` of them a second, and nothing scales it.

    With ``shortest`` and ``longest`` the graph takes any length from the one to the other, both
    inside: a recording is decided whole, and ``window`` is what a stream's decisions are made from.

    ``levels`` are the lowest and the highest `harken.level` of what it was trained on, in stretches
    of a second, or of a window that is shorter.
    """

    name: Literal["samples", "spectrogram"] = "samples"
    rate: int
    channels: int = 1
    window: int
    scale: float = 1.0
    unit: str = "full scale"
    shortest: int | None = None
    longest: int | None = None
    levels: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if min(self.rate, self.channels, self.window) < 1 or not 0.0 < self.scale < 1e30:
            raise SettingsError("rate, channels, window and scale must be positive")
        if not 1 <= self.least <= self.window <= self.most or (
            (self.shortest is None) != (self.longest is None)
        ):
            raise SettingsError(
                "shortest and longest: need both or neither, and 1 <= shortest <= window <= longest"
            )
        if self.levels is not None and not (
            0.0 <= self.levels[0] <= self.levels[1] < math.inf and self.levels[1] > 0.0
        ):
            raise SettingsError(f"levels: need [lowest, highest], got {list(self.levels)}")

    @property
    def least(self) -> int:
        """The fewest samples the graph takes."""
        return self.window if self.shortest is None else self.shortest

    @property
    def most(self) -> int:
        """The most samples the graph takes."""
        return self.window if self.longest is None else self.longest

    @property
    def any_length(self) -> bool:
        """Whether recordings are decided whole: the graph takes a range of lengths."""
        return self.longest is not None

    @property
    def is_spectrogram(self) -> bool:
        """Whether it takes spectrograms, which no sensor gives."""
        return self.name == "spectrogram"


@dataclass(frozen=True, kw_only=True)
class Output:
    """One graph output; ``shape`` is without the batch. A size of `VARIES` goes with the length."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """All that a file says of itself; ``digest`` is its seal (`harken.seal`).

    ``abstain`` has the share of held-out recordings that went unanswered, written as a number, and
    the score below which a decision then was ``unsure``.
    """

    version: int = VERSION
    task: Literal["classify"] = "classify"
    name: str
    input: ModelInput
    hop: int
    outputs: tuple[Output, ...]
    classes: tuple[str, ...]
    normal: tuple[str, ...] = ()  # classes that raise no alarm
    words: Mapping[str, str] = field(default_factory=dict)  # what people call a class
    abstain: Mapping[str, float] = field(default_factory=dict)
    alarm: AlarmSettings = field(default_factory=AlarmSettings)
    frontend: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, Any] = field(default_factory=dict)  # its settings, and its size if fitted
    made_by: Mapping[str, Any] = field(default_factory=dict)  # what stands before the front-end
    recipe: str = ""  # sha256 of the recipe
    data: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)
    quantization: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    credit: str = ""  # whose recordings it was trained on
    limits: str = ""  # what it must not be used for
    probe: Probe = field(default_factory=Probe)
    digest: str = ""

    def __post_init__(self) -> None:
        if self.hop < 1:
            raise SettingsError(f"hop: need at least 1 sample, got {self.hop}")
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise SettingsError("classes: need at least two, each once")
        if not set(self.normal) <= set(self.classes):
            raise SettingsError("normal: names a class that is not in classes")
        if any(not name.isprintable() or len(name) > 100 for name in (self.name, *self.classes)):
            raise SettingsError("name and classes: need printable words of at most 100 characters")
        self._check_words()
        self._check_abstain()
        sizes = {output.name: math.prod(output.shape) for output in self.outputs}
        for expected in self.probe.expected:
            if any(len(row) != sizes.get(expected.output) for row in expected.rows):
                raise SettingsError(f"probe: its rows do not fit the output {expected.output!r}")

    def called(self, label: str) -> str:
        """What people call a class."""
        return self.words.get(label, label)

    def _check_words(self) -> None:
        if not set(self.words) <= set(self.classes):
            raise SettingsError("words: names a class that is not in classes")
        check_words(self.words)

    def _check_abstain(self) -> None:
        try:
            rates = {float(rate): below for rate, below in self.abstain.items()}
        except ValueError:
            raise SettingsError("abstain: its keys must be numbers, as in '0.05'") from None
        thresholds = [rates[rate] for rate in sorted(rates)]
        if (
            len(rates) != len(self.abstain)
            or not all(0.0 < rate < 1.0 for rate in rates)
            or not all(0.0 <= below <= 1.0 for below in thresholds)
            or thresholds != sorted(thresholds)
        ):
            raise SettingsError(
                "abstain: need rates between 0 and 1, each once, and scores from 0 to 1 that do "
                "not fall as the rate rises"
            )


def check_words(words: Mapping[str, str]) -> None:
    """Raise `SettingsError` unless what people call the classes can be shown in a line."""
    if any(not word.isprintable() or not 0 < len(word) <= 100 for word in words.values()):
        raise SettingsError("words: need printable words of at most 100 characters")


def to_json(contract: Contract) -> str:
    """Give the text that stands in the file: sorted keys, no white space, so equal bytes."""
    return json.dumps(dump(contract), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, where: str) -> Contract:
    """Read a contract; ``where`` names the file in the `ModelError` of a broken or newer one."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where}: its contract is not JSON, {error}") from None
    version = table.get("version") if isinstance(table, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise ModelError(
            f"{where}: its contract is version {version}, this harken reads up to {VERSION}; "
            f"update harken on this device or export the model again with this version"
        )
    try:
        return load(Contract, table, "contract")
    except SettingsError as error:
        raise ModelError(f"{where}: its contract is broken, {error}") from None

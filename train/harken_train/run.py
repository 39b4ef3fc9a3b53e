"""A run: the folder that a training leaves, and what can be had from it.

    recipe.toml   the complete recipe        log.csv       a row an epoch
    run.json      digests, classes, state    tensorboard/  the same, as curves
    split.json    who went where             best.pt       the epoch that is kept
    head.pt       a head that is fitted      last.pt       the last whole epoch, to resume from
                  when the last epoch is done  calibration.json  how sure its scores may be

Every file is written beside its name and renamed, so a run can be opened while it is trained.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harken import atomic
from harken.errors import CreateError, DataError, MissingInputError, SettingsError
from harken.settings import dump, load, read_toml
from harken_train.build import build_classifier
from harken_train.calibration_file import Calibrated, read_calibration
from harken_train.checkpoint import BEST, HEAD, read_checkpoint, read_head
from harken_train.classifier import Classifier
from harken_train.data import Prepared, prepare
from harken_train.heads import FittedHead
from harken_train.recipe import Recipe
from harken_train.recipe_file import digest, resolved, to_toml
from harken_train.recordings import Recording, Split
from harken_train.segments import Segments, cut, cut_whole
from harken_train.whole_folder import whole_folder

RUNS = Path("runs")
NEWEST = "newest"
LIBRARIES = ("harken", "torch", "numpy", "scipy", "scikit-image")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What ``run.json`` says. ``best_epoch`` is the kept one, from 1; 0: none yet."""

    version: int = 1
    recipe: str  # sha256 of the recipe
    data: str  # sha256 of the recordings
    classes: tuple[str, ...]
    split: str  # the stamp every figure of this run carries
    finished: bool = False
    epochs: int = 0  # trained so far
    best_epoch: int = 0
    best_loss: float | None = None
    seconds: float = 0.0  # spent in epochs, over all resumptions
    device: str = ""
    head: Mapping[str, int] = field(default_factory=dict)  # the size of one that was fitted
    versions: Mapping[str, str] = field(default_factory=dict)


class Run:
    """An opened run; recordings and weights are read when they are asked for."""

    def __init__(self, path: Path, recipe: Recipe, facts: Facts) -> None:
        self.path = path
        self.recipe = recipe
        self.facts = facts

    @classmethod
    def create(cls, folder: Path, recipe: Recipe, prepared: Prepared) -> Run:
        """Make the run's folder with all that is known before the first epoch.

        `CreateError` if ``folder`` exists already.
        """
        cls.refuse_existing(folder)
        facts = Facts(
            recipe=digest(recipe),
            data=prepared.digest,
            classes=prepared.classes,
            split=prepared.audit.stamp,
            versions={"python": platform.python_version(), **{n: version(n) for n in LIBRARIES}},
        )
        with whole_folder(folder) as beside:
            atomic.write_text(beside / "recipe.toml", to_toml(recipe))
            atomic.write_text(beside / "split.json", _as_json(prepared.audit.as_dict()))
            atomic.write_text(beside / "run.json", _as_json(dump(facts)))
        run = cls(folder, recipe, facts)
        run.take(prepared)
        return run

    @staticmethod
    def refuse_existing(folder: Path) -> None:
        """Raise `CreateError` if there is something where a new run would lie."""
        if folder.exists():
            raise CreateError(
                f"{folder}: exists already; give another --name, or go on with it: "
                f"harken-train fit --resume {folder}"
            )

    @classmethod
    def open(cls, path: Path | str) -> Run:
        """Open a run's folder; ``newest`` or ``FOLDER/newest`` is the newest trained one there."""
        path = Path(path)
        if path.name == NEWEST and not path.exists():
            path = newest_run(RUNS if path.parent == Path() else path.parent)
        if not (path / "run.json").is_file():
            raise MissingInputError(f"{path}: is not a run, it holds no run.json")
        recipe = resolved(read_toml(path / "recipe.toml"), where=str(path / "recipe.toml"))
        try:
            facts = load(Facts, json.loads((path / "run.json").read_text(encoding="utf-8")))
        except (ValueError, SettingsError) as error:
            raise DataError(f"{path / 'run.json'}: is broken, {error}") from None
        if digest(recipe) != facts.recipe:
            raise DataError(
                f"{path / 'recipe.toml'}: is not the recipe this run was trained with; "
                f"put it back, or train again with it"
            )
        return cls(path, recipe, facts)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the order of logits and scores."""
        return self.facts.classes

    @cached_property
    def prepared(self) -> Prepared:
        """The recordings, read again; `DataError` when they, or who went where, have changed."""
        return self._checked(prepare(self.recipe))

    def take(self, prepared: Prepared) -> None:
        """Use recordings that were read before; refused as those that `prepared` reads."""
        self.__dict__["prepared"] = self._checked(prepared)

    def _checked(self, prepared: Prepared) -> Prepared:
        if prepared.digest != self.facts.data:
            raise DataError(
                f"{self.path}: the recordings have changed since this run was trained; "
                f"put the old ones back, or train again"
            )
        self._refuse_another_split(prepared)
        return prepared

    def _refuse_another_split(self, prepared: Prepared) -> None:
        """Raise `DataError` unless every stretch lies where ``split.json`` says it was trained on.

        The digest does not hold names and attributes, by which recordings are told to their parts.
        """
        path = self.path / "split.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))["spans"]
        except OSError as error:
            raise MissingInputError(f"{path}: cannot be read, {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{path}: is broken; train again") from None
        now = {part: [list(span) for span in spans] for part, spans in prepared.audit.spans.items()}
        if kept != now:
            raise DataError(
                f"{path}: is not the split that the recordings give now: "
                f"{_first_moved(kept, now)}; "
                f"put their names and attributes back as they were, or train again"
            )

    @property
    def recordings(self) -> list[Recording]:
        """All recordings, at the recipe's rate."""
        return list(self.prepared.recordings)

    @property
    def split(self) -> Split:
        """Who went where."""
        return self.prepared.split

    def segments(self, part: str) -> Segments:
        """Cut the segments of ``"train"``, ``"validation"`` or ``"test"``.

        Training segments are ``train_hop`` apart, the others ``hop`` as on the device; or each
        recording is one, whole.
        """
        signal, spans = self.recipe.signal, self.split.parts()[part]
        hop = signal.train_hop if part == "train" and signal.train_hop else signal.hop
        shape = {"window": signal.window, "hop": hop}
        if signal.lengths is not None:
            return cut_whole(self.recordings, spans, self.classes, **shape, lengths=signal.lengths)
        return cut(self.recordings, spans, self.classes, **shape, folder=self.path)

    @property
    def calibration(self) -> Calibrated | None:
        """What `calibrate` found for the kept epoch; ``None``: nobody asked it."""
        return read_calibration(self.path, self.facts.best_epoch)

    def classifier(self, *, calibrated: bool = True) -> Classifier:
        """The classifier of the kept epoch, in evaluation mode, on the CPU; at its temperature."""
        classifier, epoch = self.best_network()
        if calibrated and (found := self.calibration) is not None:
            classifier.temperature = found.temperature
        if self.recipe.head.fitted:
            classifier.head = self._head(epoch)
        return classifier.eval()

    def best_network(self) -> tuple[Classifier, int]:
        """The same without a fitted head, and the epoch it is of."""
        checkpoint = read_checkpoint(self.path / BEST, self.facts.recipe)
        weights = checkpoint.average or checkpoint.classifier
        classifier = build_classifier(self.recipe, len(self.classes))
        try:
            classifier.load_learned(weights)
        except RuntimeError:  # torch's word for weights of another shape or name
            raise DataError(
                f"{self.path / BEST}: its weights do not fit the recipe's network as this harken "
                f"builds it; it was trained by another version, train it again"
            ) from None
        return classifier.eval(), len(checkpoint.rows)

    def _head(self, epoch: int) -> FittedHead | None:
        path = self.path / HEAD
        kept = read_head(path, self.facts.recipe)
        if kept.epoch != epoch:
            raise DataError(
                f"{path}: was fitted on epoch {kept.epoch}, and {epoch} is kept; fit it again: "
                f"harken-train fit --resume {self.path}"
            )
        try:
            return self.recipe.head.load(kept.head)
        except KeyError as missing:
            raise DataError(
                f"{path}: has no {missing}; it was fitted by another version, remove it and go on "
                f"with: harken-train fit --resume {self.path}"
            ) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second training out of this folder; the lock goes with the process.

        What a killed one left half-written is removed.
        """
        folder = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CreateError(
                    f"{self.path}: is being trained by another process; wait for it, or stop it"
                ) from None
            for half in self.path.glob(".*.tmp"):
                half.unlink()
            yield
        finally:
            os.close(folder)

    def note(self, *, write: bool = True, **changes: Any) -> None:
        """Change these facts, and write ``run.json`` anew."""
        self.facts = dataclasses.replace(self.facts, **changes)
        if write:
            atomic.write_text(self.path / "run.json", _as_json(dump(self.facts)))


def newest_run(folder: Path = RUNS) -> Path:
    """The run in ``folder`` whose kept epoch was written last."""
    trained = [
        best.parent for best in folder.glob("*/best.pt") if (best.parent / "run.json").exists()
    ]
    if not trained:
        raise MissingInputError(
            f"{folder}: holds no trained run; make one: harken-train fit bearing_simulated"
        )
    return max(trained, key=lambda run: ((run / "best.pt").stat().st_mtime_ns, run.name))


def numbered(folder: Path, stem: str) -> Path:
    """``folder/stem-n`` with the first number above all that are there."""
    taken = [
        int(found[1])
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (found := re.fullmatch(rf"{re.escape(stem)}-(\d+)", path.name))
    ]
    return folder / f"{stem}-{max(taken, default=0) + 1}"


def _first_moved(kept: Any, now: Mapping[str, list[list[Any]]]) -> str:
    """Give the first stretch that is not where it was, in words."""
    for part, spans in now.items():
        then = kept.get(part, []) if isinstance(kept, dict) else []
        for name, first, last in spans:
            if not isinstance(then, list) or [name, first, last] not in then:
                return f"{name} from {first} to {last} was not in {part}"
    return "a stretch is missing"


def _as_json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"

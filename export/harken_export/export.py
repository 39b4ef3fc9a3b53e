"""A run -> one proved ONNX file, its card, and what was measured on the way."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from harken.atomic import written_beside
from harken.contract import Contract
from harken.errors import CreateError, UsageError
from harken.model import Model
from harken.probe import probe_inputs
from harken.seal import sealed
from harken_export.at_rate import RunAtRate, at_rate
from harken_export.card import card_of
from harken_export.choose import Chosen, Wanted, against, choose
from harken_export.compose import Composed, compose
from harken_export.contract import contract_of, input_of, quantization_of, unfinished
from harken_export.figures import figures_of
from harken_export.front import put_in_front
from harken_export.inputs import Inputs, inputs_of
from harken_export.parity import ParityReport, Precision, fitted_head, prove
from harken_export.probe import probe_of
from harken_export.record import NAME, Record, to_json
from harken_export.search import scores_of
from harken_export.session import answers_of, open_session
from harken_export.timing import interleaved
from harken_train import part_scores
from harken_train.frontends import frontends
from harken_train.run import Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to export: ``output`` None is NAME.onnx in the run's folder, NAME the recipe's.

    ``beside`` are other runs whose figures stand in the contract beside the own ones (the same
    recipe on random windows, say). ``rate`` is that of the sensor, in hertz, where it is not the
    one that was trained at.
    """

    run: Path
    output: Path | None = None
    precision: Wanted = "fp32"
    force: bool = False
    accept_loss: bool = False
    beside: tuple[Path, ...] = ()
    rate: int | None = None


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written. ``seconds`` are a decision's, of each precision that was measured."""

    file: Path
    size: int
    contract: Contract
    chosen: Chosen
    parity: ParityReport
    seconds: dict[str, float]


def export(
    request: Request,
    tell: Callable[[str], None],
    compose_run: Callable[[Run], Composed] = compose,
) -> Exported:
    """Compose, prove, quantize where it pays, prove again, write. ``tell`` hears of each stage.

    Nothing is written unless all of it holds: `ParityError`, `NotWorthItError`, `CreateError` when
    the output exists. The file is opened by `harken.Model`, probe and all, before it is named.
    """
    run = at_rate(Run.open(request.run), request.rate)
    sensor = f"-{run.recipe.signal.rate}hz" if isinstance(run, RunAtRate) else ""
    file = request.output or run.path / f"{_file_name(run.recipe.name)}{sensor}.onnx"
    kept = run.path / f"{NAME}{sensor}.json"
    card = file.with_suffix(".md")
    _refuse_output(file, card, force=request.force)
    tell(f"compose    {run.path}; split: {run.facts.split}")
    if unfinished(run):
        _log.warning("%s harken-train fit --resume %s goes on", unfinished(run), run.path)
    composed, inputs, before = compose_run(run), inputs_of(run), Record.read(kept)
    stress = len(inputs.names) - inputs.segments
    tell(f"parity     {inputs.segments} held-out segments, {stress} stress inputs, every stage")
    proofs = {"fp32": _proof(run, composed, composed.content, inputs, "fp32")}
    chosen = choose(
        run,
        composed.content,
        request.precision,
        accept_loss=request.accept_loss,
        known=before.measured,
        tell=tell,
    )
    if chosen.found is not None:
        tell(f"           int8: {against(chosen.found)}")
        proofs["int8"] = _proof(run, composed, chosen.found.content, inputs, "int8")
    shipped = _shipped(run, composed, chosen, tell)
    tell("contract   figures of the file itself, probe")
    contract = _contract(run, composed, chosen, shipped, proofs[chosen.precision], request.beside)
    content = sealed(shipped.content, contract, contract.name)
    seconds = _seconds(chosen, shipped, contract)
    record = to_json(file, content, chosen, proofs, seconds, before)
    # Left from the inside out: a disk that is full has said so before the first gets its name, and
    # the model, which nobody may find without its card, is named last.
    with (
        _kept_beside(file, content) as unnamed,
        _kept_beside(card, card_of(contract, file.name, len(content)).encode()),
        _kept_beside(kept, record.encode()),
    ):
        tell("open       as a device does, probe and all")
        opened = Model(unnamed, probe=True)
    return Exported(
        file=file,
        size=len(content),
        contract=opened.contract,
        chosen=chosen,
        parity=proofs[chosen.precision],
        seconds=seconds,
    )


@dataclass(frozen=True, kw_only=True)
class _Shipped:
    """The graph in the file, and what answers as it does in PyTorch."""

    content: bytes
    classifier: nn.Module
    front: ParityReport | None = None  # of the front-end that stands in front, if one does


def _shipped(run: Run, composed: Composed, chosen: Chosen, tell: Callable[[str], None]) -> _Shipped:
    """The chosen graph; behind the front-end that made its spectrograms, if the recipe names it."""
    made_by = run.recipe.made_by
    if made_by is None:
        return _Shipped(content=chosen.content, classifier=composed.classifier)
    tell(f"front      {frontends.kind_of(made_by.frontend)}, which made the spectrograms")
    fronted = put_in_front(run, made_by, chosen.content, composed.classifier, chosen.precision)
    return _Shipped(content=fronted.content, classifier=fronted.classifier, front=fronted.parity)


def _proof(
    run: Run, composed: Composed, content: bytes, inputs: Inputs, precision: Precision
) -> ParityReport:
    return prove(
        composed.classifier,
        answers_of(open_session(content)),
        inputs,
        unit=run.recipe.frontend.unit,
        precision=precision,
    )


def _contract(
    run: Run,
    composed: Composed,
    chosen: Chosen,
    shipped: _Shipped,
    parity: ParityReport,
    beside: tuple[Path, ...],
) -> Contract:
    test = run.segments("test")
    figures = figures_of(run, test, scores_of(chosen.content, test.held))
    if beside:
        figures["beside"] = [_figures_of_run(Run.open(path)) for path in beside]
    classifier = shipped.classifier if chosen.precision == "fp32" else None
    return contract_of(
        run,
        composed.shapes,
        figures=figures,
        parity=parity,
        front=shipped.front,
        quantization=quantization_of(chosen.precision, chosen.found, chosen.reason),
        probe=probe_of(
            shipped.content, input_of(run.recipe), classifier, fitted_head(shipped.classifier)
        ),
    )


def _figures_of_run(run: Run) -> dict[str, Any]:
    """The figures of another run, by PyTorch on its own test segments: it is not exported."""
    test = run.segments("test")
    return figures_of(run, test, part_scores.scores_of(run.classifier(), test))


def _seconds(chosen: Chosen, shipped: _Shipped, contract: Contract) -> dict[str, float]:
    if chosen.found is not None and shipped.front is None:
        return {"fp32": chosen.found.measured.fp32, "int8": chosen.found.measured.int8}
    wanted = contract.input
    window = probe_inputs(1, wanted.channels, wanted.window, wanted.scale)
    return interleaved({chosen.precision: shipped.content}, window, seconds=0.3)


@contextlib.contextmanager
def _kept_beside(path: Path, content: bytes) -> Iterator[Path]:
    """Write and sync ``content`` beside ``path``, yield where; leaving gives it the name."""
    with written_beside(path) as beside:
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        yield beside


def _refuse_output(file: Path, card: Path, *, force: bool) -> None:
    if file.suffix != ".onnx":
        raise UsageError(f"{file}: give the output a name that ends in .onnx")
    for path in (file, card):
        if path.is_dir():
            raise CreateError(f"{path}: is a folder; give another -o")
        if path.exists() and not force:
            raise CreateError(f"{path}: exists already; give another -o, or --force")


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name) or "model"

"""An existing file held to its run once more, by the runtime that a device has."""

from __future__ import annotations

from pathlib import Path

from harken.errors import DataError
from harken.model import Model
from harken.stream import Samples
from harken_export.at_rate import at_rate
from harken_export.contract import RATE
from harken_export.front import fronted, inputs_in_front
from harken_export.inputs import inputs_of
from harken_export.parity import ParityReport, prove
from harken_export.session import OUTPUTS, Answers
from harken_train.run import Run


def prove_again(file: Path, run_path: Path) -> ParityReport:
    """Open ``file`` with its probe and hold it to the run's classifier.

    `DataError` when it was exported from another recipe or other recordings.
    """
    model, run = Model(file, probe=True), Run.open(run_path)
    contract = model.contract
    if RATE in contract.data:
        run = at_rate(run, contract.input.rate)
    if (contract.recipe, contract.data.get("digest")) != (run.facts.recipe, run.facts.data):
        raise DataError(
            f"{file}: was exported from another run than {run.path}, its recipe or its recordings "
            f"differ; give the run it came from"
        )

    def answer(samples: Samples) -> Answers:
        return dict(zip(OUTPUTS, model.run(samples, OUTPUTS), strict=True))

    made_by, classifier = run.recipe.made_by, run.classifier()
    if made_by is None:
        return prove(
            classifier,
            answer,
            inputs_of(run),
            unit=run.recipe.frontend.unit,
            precision=contract.quantization["precision"],
        )
    whole = fronted(run.recipe, made_by, classifier)
    return prove(
        whole,
        answer,
        inputs_in_front(run, made_by, whole.front),
        unit=run.recipe.frontend.unit,
        precision=contract.quantization["precision"],
    )

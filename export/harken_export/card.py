"""The card: the facts of the contract, for people, beside the file as ``NAME.md``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harken.contract import Contract, ModelInput
from harken_export.card_figures import figures_of
from harken_export.choose import NO_LAYER
from harken_export.contract import RATE

NO_LICENCE = "No licence was given in the recipe (export.licence)"
ORDER = ("train", "validation", "test", "features", "embedding", "logits", "scores")
JUDGED = " Whether to ship int8 was judged on the same held-out segments as the figures above."


def card_of(contract: Contract, file: str, size: int) -> str:
    """Write the card of ``file`` (its name), ``size`` bytes, from the contract alone."""
    parts = (_head(contract, file, size), figures_of(contract), _data(contract), _proof(contract))
    return "\n".join([*(line for part in parts for line in part), *_use(contract, file)]) + "\n"


def _head(contract: Contract, file: str, size: int) -> list[str]:
    signal = contract.input
    normal = ", ".join(contract.normal) or "none named"
    return [
        f"# {contract.name}",
        "",
        (
            f"`{file}`, {size / 1000:.0f} kB, {contract.quantization['precision']}. "
            f"Tells {len(contract.classes)} classes apart: "
            f"{', '.join(_in_words(contract, label) for label in contract.classes)} "
            f"(normal: {normal})."
        ),
        "",
        _takes(signal),
        *_trained_at(contract),
        _decides(signal, contract.hop),
        (
            f"- Alarm: {contract.alarm.votes} votes of the last {contract.alarm.of} windows, on at "
            f"{contract.alarm.on:g}, off below {contract.alarm.off:g}."
        ),
        (
            f"- Front-end `{contract.frontend['kind']}`, network `{contract.network['kind']}`, "
            f"{_head_kind(contract.head)}; all are in the file."
        ),
        *_made_by(contract),
        "",
    ]


def _head_kind(head: Mapping[str, Any]) -> str:
    vectors = head.get("support_vectors")
    size = f" of {vectors} support vectors" if vectors is not None else ""
    return f"head `{head.get('kind', 'linear')}`{size}"


def _takes(signal: ModelInput) -> str:
    if signal.is_spectrogram:
        return f"- Takes spectrograms of {signal.channels} bands in {signal.unit}, not samples."
    takes = (
        f"- Takes {signal.channels} channel{'s' if signal.channels > 1 else ''} at "
        f"{signal.rate} Hz in {signal.unit}"
    )
    if (signal.scale, signal.unit) == (1.0, "full scale"):
        return f"{takes}: fractions of it, integers and sound files as they are."
    return f"{takes}; integers and sound files: full scale is {signal.scale:g} {signal.unit}."


def _trained_at(contract: Contract) -> list[str]:
    rate = contract.data.get(RATE)
    if rate is None:
        return []
    return [
        (
            f"- Made for a sensor of {contract.input.rate} Hz. It was trained at {rate} Hz: "
            "recordings were resampled to prove it, and for its figures."
        )
    ]


def _decides(signal: ModelInput, hop: int) -> str:
    every = f"every {hop} {_counted(signal)} ({hop / signal.rate:.3g} s)"
    window = f"{signal.window} {_counted(signal)} ({signal.window / signal.rate:.3g} s)"
    if not signal.any_length:
        return f"- Decides on {window}, {every}."
    shortest, longest = (f"{n / signal.rate:.3g}" for n in (signal.least, signal.most))
    return (
        f"- Decides on recordings of {shortest} to {longest} s whole; where no end is in sight, on "
        f"{window}, {every}."
    )


def _in_words(contract: Contract, label: str) -> str:
    words = contract.words.get(label)
    return f"{label} ({words})" if words else label


def _example(signal: ModelInput) -> str:
    return "one.npy" if signal.is_spectrogram else "RECORD" if signal.any_length else "clip.wav"


def _counted(signal: ModelInput) -> str:
    return "columns" if signal.is_spectrogram else "samples"


def _made_by(contract: Contract) -> list[str]:
    if not contract.made_by:
        return []
    kind = contract.made_by["frontend"]["kind"]
    return [f"- Trained on spectrogram files; `{kind}` that made them is in front."]


def _data(contract: Contract) -> list[str]:
    data = contract.data
    rows = [
        f"| {part} | {share['recordings']} | {share['groups']} | {share['seconds']:.0f} "
        f"| {share['segments']} |"
        for part, share in _ordered(data["parts"])
    ]
    return [
        "## What it was trained on",
        "",
        (
            f"{_sentence(contract.credit or 'No credit was given in the recipe')} "
            f"{_sentence(f'Licence: {contract.licence}' if contract.licence else NO_LICENCE)}"
        ),
        "",
        "| part | recordings | groups | seconds | segments |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"Split: {data['stamp']}.",
        f"Recordings sha256 `{data['digest']}`, recipe sha256 `{contract.recipe}`.",
        "",
    ]


def _ordered(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """As they follow each other; a contract that was read from its file has lost the order."""
    known = [name for name in ORDER if name in table]
    return [(name, table[name]) for name in [*known, *sorted(set(table) - set(known))]]


def _proof(contract: Contract) -> list[str]:
    parity = contract.parity
    lines = [
        "## How it was proved",
        "",
        (
            f"PyTorch against onnxruntime on {parity['segments']} held-out segments and "
            f"{parity['stress']} stress inputs, in batches of "
            f"{' and '.join(map(str, parity['batches']))}; the same decision on "
            f"{100 * parity['agreement']:.2f} % of the segments."
        ),
        "",
        "| stage | largest difference | allowed |",
        "|---|---|---|",
        *(
            f"| {name} | {stage['difference']:g} | {stage.get('allowed', 'measured only')} |"
            for name, stage in _ordered(parity["stages"])
        ),
        "",
    ]
    return [*lines, _quantization(contract.quantization), ""]


def _quantization(facts: Mapping[str, Any]) -> str:
    if facts["precision"] == "fp32":
        reason = facts.get("reason")
        fault = ", ".join(facts.get("layers_at_fault", ()))
        return (
            f"All in float; int8 was measured and not shipped, because it is: {reason}"
            f"{f' (layers at fault: {fault})' if fault else ''}."
            f"{'' if reason == NO_LAYER else JUDGED}"
            if reason
            else "All in float."
        )
    against = facts["against_fp32"]
    out = ", ".join(facts["left_out"]) or "none"
    return (
        f"The network is int8 ({facts['scheme']}, {facts['calibration']}, weights of "
        f"{facts['weight_bits']} bits), front-end and head are float; layers left in float: {out}. "
        f"Against fp32 on {against['segments']} held-out segments: accuracy "
        f"{against['accuracy'][0]:.4f} to {against['accuracy'][1]:.4f}, the same decision on "
        f"{100 * against['agreement']:.2f} %, McNemar p = {against['p_value']:.2g}"
        f"{_score(against)}.{JUDGED}"
        + (
            f" Shipped on request although it is: {facts['accepted']}."
            if "accepted" in facts
            else ""
        )
    )


def _score(against: Mapping[str, Any]) -> str:
    if "scored_f1" not in against:
        return ""
    fp32, int8 = against["scored_f1"]
    return f"; mean F1 of the scored classes {fp32:.4f} to {int8:.4f}"


def _use(contract: Contract, file: str) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in sorted(contract.versions.items()))
    return [
        "## How to run it",
        "",
        "```",
        f"harken selftest {file}        # does this machine answer as the export did?",
        f"harken classify {file} {_example(contract.input)}",
        "```",
        "",
        f"Made with {versions}.",
    ]


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."

"""``export.json`` in the run's folder: what was true of its last export here, times included.

An export for a sensor of another rate has one of its own, ``export-250hz.json``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harken.errors import SettingsError
from harken.settings import dump, load
from harken_export.choose import Chosen
from harken_export.contract import against_fp32
from harken_export.parity import ParityReport
from harken_export.search import Measured

NAME = "export"
VERSION = 1  # keys are added, never changed, within one version


@dataclass(frozen=True)
class Record:
    """The record of an export before this one; empty when there was none, or a broken one."""

    table: dict[str, Any]

    @classmethod
    def read(cls, file: Path) -> Record:
        """Read the record in a run's folder."""
        try:
            table = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls({})
        return cls(table if isinstance(table, dict) else {})

    @property
    def measured(self) -> Measured | None:
        """What an int8 search measured, unless another version wrote it."""
        try:
            return load(Measured, self.table["measured"])
        except (KeyError, SettingsError):
            return None


def to_json(
    file: Path,
    content: bytes,
    chosen: Chosen,
    proofs: dict[str, ParityReport],
    seconds: dict[str, float],
    before: Record,
) -> str:
    """Write the record of this export; what an earlier search measured is kept."""
    found = chosen.found
    measured = found.measured if found else before.measured
    table = {
        "version": VERSION,
        "file": file.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "precision": chosen.precision,
        "reason": chosen.reason,
        "parity": {precision: proof.as_dict() for precision, proof in proofs.items()},
        "int8_against_fp32": against_fp32(found.comparison) if found else None,
        "seconds_a_decision": seconds,
        "measured": dump(measured) if measured else None,
    }
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"

"""harken on the device: models that take raw samples and give decisions.

>>> model = harken.Model("bearing.onnx")
>>> model.classify(samples)          # one recording
>>> stream = model.stream()          # or piece by piece: stream.push(piece)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harken.alarm import Alarm as Alarm
    from harken.alarm import AlarmLogic as AlarmLogic
    from harken.alarm import AlarmSettings as AlarmSettings
    from harken.contract import Contract as Contract
    from harken.decider import Stream as Stream
    from harken.decision import Decision as Decision
    from harken.errors import HarkenError as HarkenError
    from harken.model import Model as Model

_HOME = {
    "Alarm": "harken.alarm",
    "AlarmLogic": "harken.alarm",
    "AlarmSettings": "harken.alarm",
    "Contract": "harken.contract",
    "Decision": "harken.decision",
    "HarkenError": "harken.errors",
    "Model": "harken.model",
    "Stream": "harken.decider",
}
__all__ = [
    "Alarm",
    "AlarmLogic",
    "AlarmSettings",
    "Contract",
    "Decision",
    "HarkenError",
    "Model",
    "Stream",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``harken --help`` needs no numpy."""
    if name not in _HOME:
        raise AttributeError(f"module 'harken' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)

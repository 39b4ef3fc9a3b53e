"""Recordings -> a run: readers, splits, front-ends, networks, training, evaluation."""

from __future__ import annotations

from harken.extra import require

require("train", "torch", "scipy", "skimage", "typer")

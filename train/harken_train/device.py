"""Where the network is trained."""

from __future__ import annotations

import torch

from harken.errors import UsageError

DEVICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is the first of cuda, mps and cpu that is there."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, present in there.items() if present))
    if name not in there:
        raise UsageError(f"--device: need one of {', '.join(DEVICES)}, got {name!r}")
    if not there[name]:
        raise UsageError(f"--device {name}: torch finds none here; leave it out, or give cpu")
    return torch.device(name)

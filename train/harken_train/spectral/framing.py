"""Frames cut from a signal by slices of its hop blocks, which is a third of the cost of a gather.

The signal is reshaped into blocks of ``hop`` samples; frame t is blocks t, t + 1, ... side by
side, so all frames are a few shifted slices of the blocks, put together along the last axis.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def frame_count(samples: int, *, frame: int, hop: int, centred: bool) -> int:
    """How many frames `cut_frames` gives of ``samples`` samples; 0 when they are too few."""
    padded = samples + (2 * (frame // 2) if centred else 0)
    return max(0, 1 + (padded - frame) // hop)


def cut_frames(signal: Tensor, *, frame: int, hop: int, centred: bool) -> Tensor:
    """(batch, channels, samples) -> (batch, channels, frames, ``frame``), any hop and length.

    ``centred`` as in librosa: frame t is centred on sample t * hop, zeros stand beyond both ends.
    Otherwise frame t starts at sample t * hop and samples that fill no frame are left out.
    """
    channels, samples = signal.shape[1], signal.shape[2]
    frames = frame_count(samples, frame=frame, hop=hop, centred=centred)
    first = -(frame // 2) if centred else 0
    pieces = -(-frame // hop)  # blocks that a frame touches
    wanted = (frames - 1 + pieces) * hop
    signal = nn.functional.pad(signal, (-first, first + wanted - samples))  # crops when negative
    blocks = signal.reshape(-1, channels, frames - 1 + pieces, hop)
    last = frame - (pieces - 1) * hop  # what a frame needs of its last block
    return torch.cat(
        [blocks[:, :, i : i + frames, : (hop if i < pieces - 1 else last)] for i in range(pieces)],
        dim=-1,
    )

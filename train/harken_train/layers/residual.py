"""What residual networks along time have in common: their first convolution, their settings."""

from __future__ import annotations

from harken.errors import SettingsError

STEM = 15  # samples or columns that the first convolution sees


def check_blocks(
    channels: tuple[int, ...], strides: tuple[int, ...], *, first: int, kernel: int
) -> None:
    """Refuse blocks that cannot be built: each wants channels, a stride, and an odd kernel."""
    if not channels or min(channels) < 1:
        raise SettingsError("channels: need at least one, each at least 1")
    if len(strides) != len(channels) or min(*strides, first) < 1:
        raise SettingsError(
            f"strides: need {len(channels)} numbers of at least 1, one for each of channels, "
            f"got {list(strides)}, and first of at least 1, got {first}"
        )
    if kernel < 1 or kernel % 2 == 0:
        raise SettingsError(f"kernel: need an odd number of at least 1, got {kernel}")

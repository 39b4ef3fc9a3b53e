"""The share of values that training leaves out."""

from __future__ import annotations

from harken.errors import SettingsError


def check_dropout(share: float) -> None:
    """Refuse to leave out less than nothing, or everything."""
    if not 0.0 <= share < 1.0:
        raise SettingsError(f"dropout: need 0 to below 1, got {share}")

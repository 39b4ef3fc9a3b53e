"""Ours: experts on the wave, its spectrum and its wavelet coefficients, and a gate between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pywt
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.ladder import ladder
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage
from harken_train.spectral.dwt import Dwt
from harken_train.spectral.fourier import factors, power_spectrum

KERNEL, COLUMNS = 5, 128


@networks.register("mixture")
@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Three small networks that hear the same wave, weighed for each window; 147,000 weights.

    Takes (channels, samples), meant for the front-end ``raw``. The time expert hears the wave, the
    frequency expert log(1 + |FFT| / sqrt(samples)), the wavelet expert all coefficients of
    ``levels`` levels of ``wavelet``, coarse to fine. Both transforms are fixed and in float64, and
    both keep where something lies; the time expert averages over it. Each expert gives ``size``
    values; the embedding is their mean with the weights of the gate, which reads all three.
    """

    channels: tuple[int, ...] = (16, 32, 32)
    size: int = 64
    wavelet: str = "db2"  # PyWavelets' name of a discrete one
    levels: int = 6
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1:
            raise SettingsError("channels: need at least one, each at least 1")
        if self.size < 1 or self.levels < 1:
            raise SettingsError(
                f"size and levels: need at least 1, got {self.size} and {self.levels}"
            )
        if self.wavelet not in pywt.wavelist(kind="discrete"):
            raise SettingsError(
                f"wavelet: PyWavelets knows no discrete wavelet {self.wavelet!r}; "
                "try db2, haar or sym4"
            )
        if not 0.0 <= self.dropout < 1.0:
            raise SettingsError(f"dropout: need 0 to below 1, got {self.dropout}")

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        least = max(1, pywt.Wavelet(self.wavelet).dec_len - 1) * 2**self.levels
        if len(feature_shape) != 2 or feature_shape[1] < least:
            raise SettingsError(
                f"mixture with {self.levels} levels of {self.wavelet} takes features of "
                f"(channels, samples), at least {least} samples, got {feature_shape}; choose the "
                "front-end raw, a longer window, or fewer network.levels"
            )
        return MixtureLayers(self, feature_shape, logits)


class MixtureLayers(nn.Module):
    """(batch, channels, samples) -> (batch, size), (batch, logits)."""

    def __init__(self, settings: Mixture, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        samples = shape[1]
        self.experts = nn.ModuleList(
            [
                _expert(settings, nn.Identity(), shape, keeps_place=False),
                _expert(settings, _Spectrum(samples), shape, keeps_place=True),
                _expert(settings, _Wavelets(settings, samples), shape, keeps_place=True),
            ]
        )
        self.gate = nn.Linear(settings.size * len(self.experts), len(self.experts))
        self.output = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(settings.size, logits))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        said = [expert(features) for expert in self.experts]  # each (batch, size)
        weights = torch.softmax(self.gate(torch.cat(said, dim=-1)), dim=-1)  # (batch, experts)
        embedding = (torch.stack(said, dim=1) * weights[:, :, None]).sum(1)
        return embedding, self.output(embedding)


def _expert(
    settings: Mixture, transform: nn.Module, shape: tuple[int, ...], *, keeps_place: bool
) -> nn.Module:
    """(batch, *``shape``) -> (batch, size)."""
    with torch.no_grad():
        length = transform(torch.zeros(1, *shape)).shape[-1]
    found = ladder(shape[0], length, settings.channels, kernel=KERNEL, columns=COLUMNS)
    pool = nn.Flatten() if keeps_place else GlobalAverage((found.time,))
    values = settings.channels[-1] * (found.time if keeps_place else 1)
    return nn.Sequential(
        transform, *found.layers, pool, nn.Linear(values, settings.size), nn.ReLU()
    )


class _Spectrum(nn.Module):
    """(batch, channels, samples) -> (batch, channels, bins), log(1 + |FFT| / sqrt(samples)).

    Zeros behind the wave bring it to a length that has factors: a network does not mind where the
    bins lie, and a length without them would need a matrix of its square.
    """

    scale: Tensor

    def __init__(self, samples: int) -> None:
        super().__init__()
        length = min(range(samples, samples + samples // 16 + 2), key=lambda n: sum(factors(n)))
        self._padding = length - samples
        self.power = power_spectrum(np.ones(length), torch.float64, factorised=None)
        self.register_buffer("scale", torch.tensor([1.0 / samples], dtype=torch.float64))

    def forward(self, wave: Tensor) -> Tensor:
        padded = nn.functional.pad(wave.double(), (0, self._padding))
        power: Tensor = self.power(padded[:, :, None])[..., 0]  # (batch, channels, bins)
        return ((power * self.scale).sqrt().float() + 1.0).log()


class _Wavelets(nn.Module):
    """(batch, channels, samples) -> (batch, channels, coefficients), coarse to fine."""

    def __init__(self, settings: Mixture, samples: int) -> None:
        super().__init__()
        self.dwt = Dwt(samples, settings.wavelet, "symmetric", settings.levels, details=True)

    def forward(self, wave: Tensor) -> Tensor:
        approximation, details = self.dwt(wave)
        return torch.cat(approximation + details, dim=-1)

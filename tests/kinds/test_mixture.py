"""The mixture's experts hear what they are said to hear, and the gate weighs them."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.networks.mixture import Mixture

CLASSES = 4
# Of the largest value: sums in float64, of which the result is float32.
FLOAT32 = 1e-6


def built(settings: Mixture, samples: int) -> nn.Module:
    torch.manual_seed(0)
    return settings.build((1, samples), CLASSES).eval()


def wave(samples: int) -> Tensor:
    return torch.randn(3, 1, samples, generator=torch.Generator().manual_seed(1))


def part(network: nn.Module, path: str) -> nn.Module:
    return network.get_submodule(path)


@pytest.mark.parametrize("samples", [256, 2048, 2049, 2039, 9000])
def test_the_frequency_expert_hears_the_spectrum(samples: int) -> None:
    given = part(built(Mixture(), samples), "experts.1.0")(wave(samples)).numpy()
    longer = (given.shape[-1] - 1) * 2  # zeros behind the wave: 2039 is prime
    assert longer - samples in range(-1, samples // 16 + 2)
    lengths = [n for n in (longer, longer + 1) if n >= samples]
    wanted = [
        np.log1p(np.abs(np.fft.rfft(wave(samples).double().numpy(), n)) / np.sqrt(samples))
        for n in lengths
    ]
    errors = [np.abs(given - one).max() / np.abs(one).max() for one in wanted]
    assert min(errors) <= FLOAT32


@pytest.mark.parametrize(("wavelet", "levels"), [("db2", 6), ("haar", 4), ("sym4", 5)])
@pytest.mark.parametrize("samples", [512, 2047])
def test_the_wavelet_expert_hears_all_levels(wavelet: str, levels: int, samples: int) -> None:
    network = built(Mixture(wavelet=wavelet, levels=levels), samples)
    given = part(network, "experts.2.0")(wave(samples)).numpy()
    parts = pywt.wavedec(wave(samples).double().numpy(), wavelet, level=levels)
    wanted = np.concatenate(parts, axis=-1)
    assert np.abs(given - wanted).max() <= FLOAT32 * np.abs(wanted).max()


def test_the_embedding_is_what_the_experts_say_weighed_by_the_gate() -> None:
    network = built(Mixture(), 256)
    experts, gate = part(network, "experts"), part(network, "gate")
    assert isinstance(experts, nn.ModuleList)
    assert isinstance(gate, nn.Linear)
    with torch.no_grad():
        for chosen in range(3):
            gate.weight.zero_()
            gate.bias.fill_(-100.0)  # softmax: all or nothing
            gate.bias[chosen] = 100.0
            assert torch.equal(network(wave(256))[0], experts[chosen](wave(256)))


def test_the_transforms_are_fixed_and_of_full_precision() -> None:
    network = built(Mixture(), 256)
    assert all(weights.dtype == torch.float32 for weights in network.parameters())
    transforms = [part(network, f"experts.{k}.0") for k in (1, 2)]
    assert not [weights for each in transforms for weights in each.parameters()]
    kept = [value for each in transforms for value in each.buffers() if value.is_floating_point()]
    assert len(kept) > 2
    assert all(value.dtype == torch.float64 for value in kept)


def test_a_wave_too_short_for_the_levels_is_refused() -> None:
    assert built(Mixture(), 192)(wave(192))[1].shape == (3, CLASSES)
    with pytest.raises(SettingsError, match=r"mixture with 6 levels of db2 .* at least 192 samp"):
        built(Mixture(), 191)

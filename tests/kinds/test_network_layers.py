"""The sources' networks, layer for layer, and what the settings of ours change."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.networks import Network
from harken_train.networks.cnn1d import Cnn1d
from harken_train.networks.cnn2d import Cnn2d
from harken_train.networks.cnn_lstm import CnnLstm
from harken_train.networks.resnet1d import Resnet1d
from harken_train.networks.spectrogram_cnn import SpectrogramCnn
from harken_train.networks.spectrogram_lstm import SpectrogramLstm
from harken_train.networks.wavelet_cnn import WaveletCnn

CLASSES = 4
Layer = tuple[str, tuple[int, ...]]


def layers(network: nn.Module, shape: tuple[int, ...]) -> list[Layer]:
    """Each layer as torch writes it, with the shape that it gives, batch left out."""
    seen: list[Layer] = []
    for module in network.modules():
        if not list(module.children()):
            module.register_forward_hook(
                lambda layer, _, given: seen.append((str(layer), shape_of(given)))
            )
    network.eval()(torch.zeros(1, *shape))
    return seen


def shape_of(given: Tensor | tuple[Tensor, object]) -> tuple[int, ...]:
    """What a layer gives, without the batch; a recurrence gives its state as well."""
    tensor = given if isinstance(given, Tensor) else given[0]
    return tuple(tensor.shape[1:])


HEAD: list[Layer] = [
    ("Linear(in_features=256, out_features=128, bias=True)", (128,)),
    ("ReLU()", (128,)),
    ("Dropout(p=0.5, inplace=False)", (128,)),
    ("Linear(in_features=128, out_features=4, bias=True)", (4,)),
]
POOL_2D = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
POOL_1D = "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
NORM = "(eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"


def convolved_2d(narrow: int, wide: int, size: int) -> list[Layer]:
    """A block of `cnn2d` without its pool."""
    shape = (wide, size, size)
    return [
        (f"Conv2d({narrow}, {wide}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))", shape),
        (f"BatchNorm2d({wide}, {NORM[1:]}", shape),
        ("ReLU()", shape),
    ]


def test_cnn2d_is_layer_for_layer_the_source() -> None:
    assert layers(Cnn2d().build((1, 128, 128), CLASSES), (1, 128, 128)) == [
        *convolved_2d(1, 32, 128),
        (POOL_2D, (32, 64, 64)),
        *convolved_2d(32, 64, 64),
        (POOL_2D, (64, 32, 32)),
        *convolved_2d(64, 128, 32),
        (POOL_2D, (128, 16, 16)),
        *convolved_2d(128, 256, 16),
        ("AvgPool2d(kernel_size=(16, 16), stride=(16, 16), padding=0)", (256, 1, 1)),
        *HEAD,
    ]


def convolved_1d(convolution: str, wide: int, length: int) -> list[Layer]:
    """A block of `cnn1d` without its pool."""
    return [
        (f"Conv1d({convolution})", (wide, length)),
        (f"BatchNorm1d({wide}, {NORM[1:]}", (wide, length)),
        ("ReLU()", (wide, length)),
    ]


def test_cnn1d_is_layer_for_layer_the_source() -> None:
    first = "1, 64, kernel_size=(64,), stride=(8,), padding=(32,)"
    second = "64, 128, kernel_size=(32,), stride=(4,), padding=(16,)"
    third = "128, 256, kernel_size=(16,), stride=(2,), padding=(8,)"
    assert layers(Cnn1d().build((1, 2048), CLASSES), (1, 2048)) == [
        *convolved_1d(first, 64, 257),
        (POOL_1D, (64, 128)),
        *convolved_1d(second, 128, 33),
        (POOL_1D, (128, 16)),
        *convolved_1d(third, 256, 9),
        ("AvgPool1d(kernel_size=(9,), stride=(9,), padding=(0,))", (256, 1)),
        *HEAD,
    ]


def test_cnn1d_unpadded_needs_2552_samples() -> None:
    unpadded = Cnn1d(padding="none")
    with pytest.raises(SettingsError, match=r"cannot take 2551 samples.*take a longer window"):
        unpadded.build((1, 2551), CLASSES)
    assert unpadded.build((1, 2552), CLASSES).eval()(torch.zeros(1, 1, 2552))[1].shape == (1, 4)


def convolved_plain(narrow: int, wide: int, bands: int, columns: int) -> list[Layer]:
    """A block of `spectrogram_cnn`."""
    shape = (wide, bands, columns)
    return [
        (f"Conv2d({narrow}, {wide}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))", shape),
        ("ReLU()", shape),
        (POOL_2D, (wide, bands // 2, columns // 2)),
    ]


def test_spectrogram_cnn_is_layer_for_layer_the_source() -> None:
    assert layers(SpectrogramCnn().build((1, 128, 251), 1), (1, 128, 251)) == [
        *convolved_plain(1, 16, 128, 251),
        *convolved_plain(16, 32, 64, 125),
        *convolved_plain(32, 64, 32, 62),
        ("Flatten(start_dim=1, end_dim=-1)", (31744,)),
        ("Linear(in_features=31744, out_features=128, bias=True)", (128,)),
        ("ReLU()", (128,)),
        ("Dropout(p=0.5, inplace=False)", (128,)),
        ("Linear(in_features=128, out_features=1, bias=True)", (1,)),
    ]


def test_spectrogram_lstm_is_layer_for_layer_the_source() -> None:
    assert layers(SpectrogramLstm().build((1, 128, 251), 1), (1, 128, 251)) == [
        ("LSTM(251, 128, num_layers=2, batch_first=True)", (128, 128)),
        ("Dropout(p=0.3, inplace=False)", (128,)),
        ("Linear(in_features=128, out_features=1, bias=True)", (1,)),
    ]


def test_wavelet_cnn_is_layer_for_layer_the_source() -> None:
    assert layers(WaveletCnn(features=50).build((1, 143), 4), (1, 143)) == [
        ("Conv1d(1, 16, kernel_size=(3,), stride=(1,), padding=(1,))", (16, 143)),
        ("ReLU()", (16, 143)),
        (POOL_1D, (16, 71)),
        ("Conv1d(16, 32, kernel_size=(3,), stride=(1,), padding=(1,))", (32, 71)),
        ("ReLU()", (32, 71)),
        (POOL_1D, (32, 35)),
        ("Flatten(start_dim=1, end_dim=-1)", (1120,)),
        ("Linear(in_features=1120, out_features=50, bias=True)", (50,)),
        ("ReLU()", (50,)),
        ("Linear(in_features=50, out_features=4, bias=True)", (4,)),
    ]


def test_wavelet_cnn_begins_as_he_has_it() -> None:
    torch.manual_seed(0)
    for name, weights in WaveletCnn().build((1, 143), 4).named_parameters():
        if name.endswith("bias"):
            assert not bool(weights.any())
        else:  # deviation sqrt(2 / inputs); of n draws it errs by a share of about 1 / sqrt(2 n)
            wanted = (2.0 / weights[0].numel()) ** 0.5
            allowed = 4.0 / (2.0 * weights.numel()) ** 0.5
            assert abs(float(weights.detach().std()) / wanted - 1.0) <= allowed, name


def test_cnn_lstm_follows_what_the_convolutions_find_through_time() -> None:
    found = layers(CnnLstm().build((1, 128, 251), 1), (1, 128, 251))
    assert [name.partition("(")[0] for name, _ in found] == [
        *["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"] * 3,
        *["LSTM", "Dropout", "Linear"],
    ]
    assert found[-4][1] == (64, 16, 31)
    assert found[-3] == ("LSTM(1024, 128, batch_first=True)", (31, 128))


@pytest.mark.parametrize(("time", "steps"), [("rows", (40, 128)), ("columns", (17, 128))])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_recurrence_goes_along_the_axis_that_is_called_time(
    time: Literal["rows", "columns"], steps: tuple[int, int], cell: Literal["lstm", "gru"]
) -> None:
    settings = SpectrogramLstm(time=time, cell=cell)
    name, shape = layers(settings.build((3, 40, 17), CLASSES), (3, 40, 17))[0]
    assert name.startswith(f"{cell.upper()}({3 * 40 * 17 // steps[0]}, 128, num_layers=2")
    assert shape == steps


def test_a_recurrence_both_ways_has_read_all_in_both_directions() -> None:
    torch.manual_seed(0)
    network = SpectrogramLstm(bidirectional=True, layers=1).build((1, 9, 5), CLASSES).eval()
    image = torch.randn(1, 1, 9, 5, generator=torch.Generator().manual_seed(1))
    for row in (0, 8):
        other = image.clone()
        other[:, :, row] += 1.0
        with torch.no_grad():
            changed = (network(other)[0] - network(image)[0])[0].abs()
        assert float(changed[:128].max()) > 0.0  # forwards
        assert float(changed[128:].max()) > 0.0  # backwards


def weights_of(settings: Network, shape: tuple[int, ...]) -> int:
    return sum(weights.numel() for weights in settings.build(shape, CLASSES).parameters())


def test_average_pooling_leaves_a_hundredth_of_the_weights() -> None:
    assert weights_of(SpectrogramCnn(), (1, 128, 251)) == 4_087_172
    assert weights_of(SpectrogramCnn(pooling="average"), (1, 128, 251)) == 32_132


@pytest.mark.parametrize("pooling", ["adaptive", "attention"])
def test_with_such_pooling_the_weights_do_not_grow_with_the_length(
    pooling: Literal["adaptive", "attention"],
) -> None:
    settings = WaveletCnn(pooling=pooling)
    assert weights_of(settings, (1, 143)) == weights_of(settings, (1, 4500))


@pytest.mark.parametrize("length", [8, 9, 15, 35, 143])
def test_adaptive_pooling_looks_at_all_of_the_length(length: int) -> None:
    settings = WaveletCnn(pooling="adaptive", pools=0, steps=8)
    network = settings.build((1, length), CLASSES)
    seen = torch.ones(1, 32, length, requires_grad=True)
    assert isinstance(network.pool, nn.Module)
    pooled: Tensor = network.pool(seen)
    assert pooled.shape == (1, 32 * 8)
    (gradient,) = torch.autograd.grad(pooled.sum(), seen)
    assert bool((gradient > 0.0).all())


def test_kernels_side_by_side_share_the_channels() -> None:
    found = layers(WaveletCnn(kernels=(3, 7, 15)).build((1, 143), CLASSES), (1, 143))
    sides = [shape for name, shape in found if name.startswith("Conv1d")]
    assert sides == [*[(6, 143), (5, 143), (5, 143)], *[(11, 71), (11, 71), (10, 71)]]


def test_resnet1d_has_fewer_than_400_000_weights_and_shortens_as_planned() -> None:
    assert weights_of(Resnet1d(squeeze=True), (1, 9000)) < 400_000
    settings = Resnet1d(channels=(16, 16, 32), strides=(1, 4, 3), first=5)
    found = layers(settings.build((2, 9000), CLASSES), (2, 9000))
    lengths = [shape[1] for name, shape in found if name.startswith("Conv1d")]
    assert lengths == [1800, *[1800] * 2, *[450] * 3, *[150] * 3]  # the last of three a shortcut


@pytest.mark.parametrize("squeeze", [False, True])
def test_squeezing_weighs_each_channel_by_all_of_time(squeeze: bool) -> None:
    torch.manual_seed(0)
    settings = Resnet1d(channels=(16,), strides=(1,), first=1, squeeze=squeeze)
    blocks = settings.build((1, 500), CLASSES).eval().blocks
    assert isinstance(blocks, nn.Module)
    wave = torch.randn(1, 1, 500, generator=torch.Generator().manual_seed(1))
    struck = wave.clone()
    struck[0, 0, 450:] += 1.0  # further away from the first 300 than the kernels reach
    with torch.no_grad():
        first, second = (blocks(each)[0, :, :300] for each in (wave, struck))
    assert torch.equal(first, second) is not squeeze

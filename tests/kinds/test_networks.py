"""Every network that is registered: shapes, gradients, batches, refusals; ours layer for layer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken.settings import dump, load
from harken_train.networks import networks
from harken_train.networks.cnn1d import Cnn1d
from harken_train.networks.cnn2d import Cnn2d

CLASSES = 4
SHAPES = [(1, 128, 128), (1, 129, 33), (3, 40, 17), (1, 2048), (2, 1920), (1, 7), (143,), (1, 1, 1)]
ROUNDING = 1e-5  # of logits near 1; a product of more rows may add in another order
DOCS = Path(__file__).resolve().parents[2] / "docs" / "networks.md"


def takes(kind: str, shape: tuple[int, ...]) -> bool:
    """Whether a network, with its defaults, can be built for features of this shape."""
    try:
        networks.get(kind)().build(shape, CLASSES)
    except SettingsError:
        return False
    return True


PAIRS = [(kind, shape) for kind in networks.kinds() for shape in SHAPES]
TAKEN = [pair for pair in PAIRS if takes(*pair)]
REFUSED = [pair for pair in PAIRS if pair not in TAKEN]

every_network = pytest.mark.parametrize("kind", networks.kinds())
every_pair = pytest.mark.parametrize(("kind", "shape"), TAKEN, ids=str)


def built(kind: str, shape: tuple[int, ...]) -> nn.Module:
    torch.manual_seed(0)
    return networks.get(kind)().build(shape, CLASSES)


def features(shape: tuple[int, ...], batch: int) -> Tensor:
    return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(1))


@every_network
def test_a_network_takes_at_least_one_of_the_shapes(kind: str) -> None:
    assert kind in {taken for taken, _ in TAKEN}


@pytest.mark.parametrize(("kind", "shape"), REFUSED, ids=str)
def test_a_network_says_which_shape_it_cannot_take(kind: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(
        SettingsError, match=rf"{kind}.* {shape[-1]} |{kind}.*{re.escape(str(shape))}"
    ):
        built(kind, shape)


@every_pair
def test_a_network_gives_an_embedding_and_logits(kind: str, shape: tuple[int, ...]) -> None:
    embedding, logits = built(kind, shape).eval()(features(shape, 3))
    assert logits.shape == (3, CLASSES)
    assert embedding.ndim == 2
    assert embedding.shape[0] == 3
    assert bool(logits.isfinite().all())


@every_pair
def test_the_loss_reaches_every_weight(kind: str, shape: tuple[int, ...]) -> None:
    network = built(kind, shape).train()
    _, logits = network(features(shape, 8))
    loss = nn.functional.cross_entropy(logits, torch.arange(8) % CLASSES)
    named = dict(network.named_parameters())
    gradients = torch.autograd.grad(loss, list(named.values()))  # an unused weight is an error
    for name, gradient in zip(named, gradients, strict=True):
        assert bool(gradient.isfinite().all()), name
    assert bool(gradients[0].any())


@every_pair
def test_an_answer_does_not_depend_on_the_rest_of_the_batch(
    kind: str, shape: tuple[int, ...]
) -> None:
    network = built(kind, shape).eval()
    batch = features(shape, 5)
    with torch.no_grad():
        together = network(batch)
        alone = [network(batch[i : i + 1]) for i in range(5)]
    for k, stage in enumerate(together):
        assert float((stage - torch.cat([answer[k] for answer in alone])).abs().max()) <= ROUNDING


@every_network
def test_settings_survive_being_written_into_a_recipe(kind: str) -> None:
    settings = networks.get(kind)()
    assert load(type(settings), dump(settings)) == settings


@every_network
def test_the_docs_say_how_many_weights_a_network_has(kind: str) -> None:
    rows = re.findall(rf"^\| `{kind}` \| ([\dx ]+) \| ([\d,]+) \|", DOCS.read_text(), re.MULTILINE)
    assert rows, f"docs/networks.md has no row | `{kind}` | features | weights | ... |"
    for shape, weights in rows:
        network = networks.get(kind)().build(tuple(map(int, shape.split(" x "))), CLASSES)
        assert sum(p.numel() for p in network.parameters()) == int(weights.replace(",", ""))


def layers(network: nn.Module, shape: tuple[int, ...]) -> list[tuple[str, tuple[int, ...]]]:
    """Each layer as torch writes it, with the shape that it gives, batch left out."""
    seen: list[tuple[str, tuple[int, ...]]] = []
    for module in network.modules():
        if not list(module.children()):
            module.register_forward_hook(
                lambda layer, _, given: seen.append((str(layer), tuple(given.shape[1:])))
            )
    network.eval()(torch.zeros(1, *shape))
    return seen


HEAD: list[tuple[str, tuple[int, ...]]] = [
    ("Linear(in_features=256, out_features=128, bias=True)", (128,)),
    ("ReLU()", (128,)),
    ("Dropout(p=0.5, inplace=False)", (128,)),
    ("Linear(in_features=128, out_features=4, bias=True)", (4,)),
]
POOL_2D = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
POOL_1D = "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
NORM = "(eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"


def convolved_2d(narrow: int, wide: int, size: int) -> list[tuple[str, tuple[int, ...]]]:
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


def convolved_1d(convolution: str, wide: int, length: int) -> list[tuple[str, tuple[int, ...]]]:
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


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("cnn2d", {"dropout": 1.0}, "dropout: need 0 to below 1, got 1.0"),
        ("cnn1d", {"padding": "full"}, "padding: need one of 'half', 'none', got 'full'"),
        ("edge", {"kernel": 4}, "kernel: need an odd number of at least 1, got 4"),
        ("edge", {"channels": []}, "channels and columns: need at least one, each at least 1"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(
    kind: str, table: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(networks.get(kind), table)

"""Every network that is registered: shapes, gradients, batches, refusals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken.settings import dump, load
from harken_train.networks import networks

CLASSES = 4
SHAPES = [
    *[(1, 128, 128), (1, 129, 33), (3, 40, 17), (1, 1, 1)],
    *[(1, 2048), (2, 1920), (1, 143), (1, 7), (1, 3), (143,)],
]
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


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("cnn2d", {"dropout": 1.0}, "dropout: need 0 to below 1, got 1.0"),
        ("cnn1d", {"padding": "full"}, "padding: need one of 'half', 'none', got 'full'"),
        ("edge", {"kernel": 4}, "kernel: need an odd number of at least 1, got 4"),
        ("edge", {"channels": []}, "channels and columns: need at least one, each at least 1"),
        ("spectrogram_cnn", {"pooling": "max"}, "pooling: need one of 'flatten', 'average', got"),
        ("spectrogram_cnn", {"dropout": -0.1}, "dropout: need 0 to below 1, got -0.1"),
        ("spectrogram_lstm", {"time": "up"}, "time: need one of 'rows', 'columns', got 'up'"),
        ("spectrogram_lstm", {"cell": "rnn"}, "cell: need one of 'lstm', 'gru', got 'rnn'"),
        ("spectrogram_lstm", {"layers": 0}, "hidden and layers: need at least 1, got 128 and 0"),
        ("cnn_lstm", {"channels": []}, "channels: need at least one, each at least 1"),
        ("cnn_lstm", {"dropout": 1.5}, "dropout: need 0 to below 1, got 1.5"),
        ("wavelet_cnn", {"kernels": [3, 4]}, "kernels: need odd numbers, got [3, 4]"),
        ("wavelet_cnn", {"kernels": [3] * 17}, "kernels: need at most 16, got 17"),
        ("wavelet_cnn", {"pools": 3}, "pools: need 0 to 2, got 3"),
        ("wavelet_cnn", {"features": 0}, "features and steps: need at least 1, got 0 and 8"),
        ("resnet1d", {"strides": [2, 2]}, "strides: need 5 numbers of at least 1, one for each"),
        ("resnet1d", {"channels": []}, "channels: need at least one, each at least 1"),
        ("mixture", {"wavelet": "morl"}, "PyWavelets knows no discrete wavelet 'morl'; try db2"),
        ("mixture", {"levels": 0}, "size and levels: need at least 1, got 64 and 0"),
        ("mixture", {"channels": []}, "channels: need at least one, each at least 1"),
        ("resnet1d", {"kernel": 2}, "kernel: need an odd number of at least 1, got 2"),
        ("se_resnet", {"strides": [2, 2]}, "strides: need 7 numbers of at least 1, one for each"),
        ("se_resnet", {"channels": []}, "channels: need at least one, each at least 1"),
        ("se_resnet", {"kernel": 6}, "kernel: need an odd number of at least 1, got 6"),
        ("se_resnet", {"heads": 0}, "recurrent and heads: need at least 0 and 1, got 64 and 0"),
        ("se_resnet", {"drop_path": 1.0}, "drop_path: need 0 to below 1, got 1.0"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(
    kind: str, table: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(networks.get(kind), table)

"""The network for whole recordings: what its blocks, its recurrence and its attention do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.attention import Attention
from harken_train.networks.se_resnet import SeResnet
from harken_train.recipe_file import load_recipe

CLASSES = 4
COLUMNS = 3000  # 30 s at 100 Hz
ROUNDING = 1e-5  # of values near 1, of sums in another order


def built(settings: SeResnet, columns: int = COLUMNS) -> nn.Module:
    """The only member, or what holds them all."""
    torch.manual_seed(0)
    network = settings.build((1, columns), CLASSES)
    return network if settings.members > 1 else network.get_submodule("members.0")


def part(network: nn.Module, path: str) -> nn.Module:
    return network.get_submodule(path)


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_the_recipe_for_ecg_has_fewer_than_400_000_weights() -> None:
    recipe = load_recipe("ecg", [])
    network = recipe.network.build((1, COLUMNS), CLASSES)
    assert 300_000 < sum(weights.numel() for weights in network.parameters()) < 400_000


def test_it_shortens_as_planned() -> None:
    network = built(SeResnet())
    seen: list[tuple[int, int]] = []
    for path in ("stem", *[f"blocks.{number}" for number in range(2, 9)]):
        part(network, path).register_forward_hook(
            lambda _layer, _taken, given: seen.append((given.shape[1], given.shape[3]))
        )
    network.eval()(noise(1, 1, COLUMNS))
    assert seen == [
        *[(24, 1500), (24, 1500), (32, 750), (48, 375)],
        *[(48, 375), (64, 188), (64, 188), (96, 94)],
    ]


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        (SeResnet(), 2 * 64 * 5),
        (SeResnet(recurrent=0), 96 * 5),
        (SeResnet(recurrent=16, heads=1), 2 * 16 * 2),
    ],
    ids=["default", "no recurrence", "one head"],
)
def test_the_embedding_is_what_goes_into_the_last_layer(settings: SeResnet, size: int) -> None:
    network = built(settings).eval()
    with torch.no_grad():
        embedding, logits = network(noise(2, 1, 500))
        assert embedding.shape == (2, size)
        assert torch.equal(part(network, "output")(embedding), logits)


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (SeResnet(recurrent=0), set()),
        (SeResnet(), {nn.LSTM}),
        (SeResnet(cell="gru"), {nn.GRU}),
    ],
    ids=["none", "lstm", "gru"],
)
def test_the_recurrence_is_of_the_kind_that_was_asked_for(
    settings: SeResnet, kinds: set[type[nn.Module]]
) -> None:
    assert {type(module) for module in built(settings).modules()} & {nn.LSTM, nn.GRU} == kinds


MEMBERS = SeResnet(channels=(8, 8), strides=(1, 2), recurrent=4, members=3)


@torch.no_grad()
def test_the_mean_of_all_members_answers_and_all_their_embeddings_stand_side_by_side() -> None:
    network, samples = built(MEMBERS).eval(), noise(4, 1, 300)
    each = [part(network, f"members.{number}")(samples) for number in range(3)]
    embedding, logits = network(samples)
    assert torch.equal(embedding, torch.cat([own for own, _ in each], dim=1))
    mean = sum(own.double() for _, own in each) / 3
    assert float((logits - mean).abs().max()) <= ROUNDING
    assert float((each[0][1] - each[1][1]).abs().max()) > 100 * ROUNDING


@torch.no_grad()
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_in_training_each_row_is_given_to_one_member_in_turn(rows: int) -> None:
    network, samples = built(replace(MEMBERS, dropout=0.0)).eval(), noise(rows, 1, 300)
    each = [part(network, f"members.{number}")(samples) for number in range(3)]
    network.training = True  # of this alone: batch norm in training looks at its own rows
    embedding, logits = network(samples)
    for row in range(rows):
        own, decided = each[row % 3][0][row], each[row % 3][1][row]
        assert float((logits[row] - decided).abs().max()) <= ROUNDING
        others = embedding[row].unflatten(0, (3, -1))
        assert float((others[row % 3] - own).abs().max()) <= ROUNDING
        assert not others[[place for place in range(3) if place != row % 3]].any()


def test_a_row_trains_its_own_member_alone() -> None:
    network = built(MEMBERS)
    network(noise(6, 1, 300))[1][4].sum().backward()
    for number in range(3):
        weights = part(network, f"members.{number}").parameters()
        moved = any(weight.grad is not None and bool(weight.grad.any()) for weight in weights)
        assert moved == (number == 4 % 3)


def test_no_members_are_refused() -> None:
    with pytest.raises(SettingsError, match="members: need at least 1, got 0"):
        SeResnet(members=0)


def test_a_shortcut_gives_means_of_what_falls_together_and_the_odd_one_alone() -> None:
    shortcut = part(built(SeResnet(channels=(8, 8), strides=(1, 2))), "blocks.3.shortcut")
    assert shortcut(torch.tensor([[[[1.0, 3.0, 5.0]]]])).flatten().tolist() == [2.0, 5.0]
    assert shortcut(torch.tensor([[[[1.0, 3.0, 5.0, 9.0]]]])).flatten().tolist() == [2.0, 7.0]


@torch.no_grad()
def test_training_leaves_whole_blocks_out_and_evaluation_none() -> None:
    block = part(built(SeResnet(channels=(8,), strides=(1,), drop_path=0.5)), "blocks.2")
    for norm in block.modules():
        norm.train(False)  # else a row's answer depends on the batch
    maps = noise(64, 8, 1, 40)
    whole, alone = block(maps), torch.relu(maps)
    doubled = torch.relu(2.0 * part(block, "squeezed")(part(block, "convolved")(maps)) + maps)
    block.training = True  # of the block, not of its parts
    drawn = block(maps)
    left = [bool(torch.equal(drawn[row], alone[row])) for row in range(64)]
    assert 16 <= sum(left) <= 48  # of 64 throws of a fair coin
    for row in range(64):
        if not left[row]:
            assert float((drawn[row] - doubled[row]).abs().max()) <= ROUNDING
    assert not torch.equal(whole[0], alone[0])


def test_blocks_further_on_are_left_out_more_often() -> None:
    network = built(SeResnet(drop_path=0.7))
    shares = [vars(part(network, f"blocks.{number}"))["_dropped"] for number in range(2, 9)]
    assert shares == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])


@torch.no_grad()
def test_attention_gives_means_whose_weights_are_together_1() -> None:
    attention, steps = Attention(6, 3), noise(2, 50, 6)
    constant = torch.full_like(steps, 0.25)
    assert float((attention(constant) - 0.25).abs().max()) <= ROUNDING
    assert attention(steps).shape == (2, 3 * 6)
    shuffled = steps[:, torch.randperm(50, generator=torch.Generator().manual_seed(2))]
    assert float((attention(shuffled) - attention(steps)).abs().max()) <= ROUNDING


@torch.no_grad()
def test_each_head_of_attention_may_look_elsewhere() -> None:
    torch.manual_seed(0)
    heads = Attention(6, 2)(noise(1, 50, 6)).unflatten(1, (2, 6))
    assert float((heads[:, 0] - heads[:, 1]).abs().max()) > 100 * ROUNDING


@pytest.mark.parametrize("recurrent", [0, 64])
def test_the_whole_of_a_long_recording_is_heard(recurrent: int) -> None:
    network = built(SeResnet(recurrent=recurrent)).eval()
    samples = noise(1, 1, 6001)
    with torch.no_grad():
        given = network(samples)[1]
        for place in (0, 3000, 6000):
            other = samples.clone()
            other[0, 0, place] += 100.0
            assert float((network(other)[1] - given).abs().max()) > 100 * ROUNDING

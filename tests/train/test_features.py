from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harken.errors import DataError, InputOutputError
from harken_train.features import compute_features, mean_and_deviation


class Doubled(nn.Module):
    def forward(self, samples: Tensor) -> Tensor:
        return 2.0 * samples


class Inverse(nn.Module):
    def forward(self, samples: Tensor) -> Tensor:
        return 1.0 / samples


def samples(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(0).normal(size=(n, 1, 16)).astype(np.float32)


def test_features_in_a_file_equal_features_in_memory_and_leave_no_file(tmp_path: Path) -> None:
    signal = samples(600)
    in_memory = compute_features(Doubled(), signal, tmp_path)
    in_a_file = compute_features(Doubled(), signal, tmp_path, largest=1000)
    assert torch.equal(in_memory, torch.from_numpy(2.0 * signal))
    assert torch.equal(in_memory, in_a_file)
    assert list(tmp_path.iterdir()) == []


def test_features_that_are_no_numbers_name_the_segment(tmp_path: Path) -> None:
    signal = samples(400)
    signal[300, 0, 3] = 0.0
    with pytest.raises(DataError, match=r"^segment 300: the front-end gives values that are not"):
        compute_features(Inverse(), signal, tmp_path)


def test_features_that_fit_on_no_disk_are_told_before_they_are_computed(tmp_path: Path) -> None:
    huge = np.broadcast_to(np.zeros(1, np.float32), (2**40, 1, 2**20))
    with pytest.raises(InputOutputError, match="MB of features do not fit there"):
        compute_features(Doubled(), huge, tmp_path)


def test_mean_and_deviation_are_those_of_all_values() -> None:
    features = torch.from_numpy(samples(700)) * 3.0 - 50.0
    mean, deviation = mean_and_deviation(features)
    assert mean == pytest.approx(float(features.double().mean()))
    assert deviation == pytest.approx(float(features.double().std(correction=0)))
    assert mean_and_deviation(torch.full((3, 2), 4.0)) == (4.0, 1.0)

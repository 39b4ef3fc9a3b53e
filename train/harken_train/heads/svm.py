"""A support vector machine on the embedding, fitted by scikit-learn, answering in torch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harken.errors import DataError, SettingsError
from harken_train.heads import FittedHead, heads

Numbers = npt.NDArray[np.float64]
# An embedding is float32 sums: what varies by less than this share of its largest value is their
# rounding, and standardising would blow it up to the size of everything else.
ROUNDING = 1e-6
# Of the winner's lead: over the step of float32 near 1, which the scores of equals would share.
LEAST_LEAD = 1e-6


@heads.register("svm")
@dataclass(frozen=True, kw_only=True)
class Svm:
    """scikit-learn's ``SVC(decision_function_shape="ovr", break_ties=True)``.

    Before it, as chosen, `StandardScaler` and `PCA` to ``pca`` values. ``gamma`` is of the RBF
    kernel: a number, or ``"scale"``, one over the number of values times their variance.
    """

    kernel: Literal["rbf", "linear"] = "rbf"
    c: float = 1.0
    gamma: Literal["scale"] | float = "scale"
    standardise: bool = True
    pca: int | None = None
    class_weights: Literal["balanced", "none"] = "balanced"
    fitted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0.0 < self.c < float("inf"):
            raise SettingsError(f"c: need more than 0, got {self.c}")
        if self.gamma != "scale" and not 0.0 < float(self.gamma) < float("inf"):
            raise SettingsError(f'gamma: need "scale" or more than 0, got {self.gamma}')
        if self.pca is not None and self.pca < 1:
            raise SettingsError(f"pca: need at least 1, or leave it out, got {self.pca}")

    def check(self, embedding: int, counts: Tensor) -> None:
        """Refuse a class that is missing, and more components than there is to take them from."""
        missing = [str(k) for k, count in enumerate(counts.tolist()) if not count]
        if missing:
            raise DataError(
                f"head: class {', '.join(missing)} of {len(counts)} (from 0) has no training "
                f"segment, and the head tells only classes that it has seen; change the split"
            )
        most = min(embedding, int(counts.sum()))
        if self.pca is not None and self.pca > most:
            raise SettingsError(
                f"head.pca: need at most {most}, got {self.pca}; the embedding has {embedding} "
                f"values, and there are {int(counts.sum())} training segments"
            )

    def fit(self, embeddings: Tensor, labels: Tensor, classes: int) -> FittedHead | None:
        """Fit in float64; `DataError` when a class is missing or all embeddings are equal."""
        from sklearn.svm import SVC  # half a second, and only whoever fits one needs it

        self.check(embeddings.shape[1], torch.bincount(labels, minlength=classes))
        values = embeddings.double().numpy()
        spread = _spread(values)
        shift, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
        if self.standardise:
            shift, scale = values.mean(axis=0), np.where(spread > 0.0, spread, 1.0)
        seen = (values - shift) / scale
        components = None
        if self.pca is not None:
            components, middle = _components(seen, self.pca)
            shift, seen = shift + scale * middle, (seen - middle) @ components
        svc = SVC(
            kernel=self.kernel,
            C=self.c,
            gamma=self.gamma,
            class_weight=None if self.class_weights == "none" else "balanced",
            decision_function_shape="ovr",
            break_ties=True,
        ).fit(seen, labels.numpy())
        centre = np.zeros(seen.shape[1])
        if components is None:  # around their middle, large values near each other keep apart
            centre = seen.mean(axis=0)
            shift = shift + scale * centre
        state = {"mean": shift, "scale": scale}
        if components is not None:
            state["components"] = components
        state |= _pairs(classes) if classes > 2 else {}
        state |= self._machine(svc, centre)
        return self.load({name: torch.from_numpy(value.copy()) for name, value in state.items()})

    def load(self, state: Mapping[str, Tensor]) -> FittedHead | None:
        return LinearMachine(state) if self.kernel == "linear" else RbfMachine(state)

    def _machine(self, svc: Any, centre: Numbers) -> dict[str, Numbers]:
        """What decides between each two classes, of values around ``centre``."""
        coefficients, intercepts = _by_pair(svc), svc.intercept_
        count = np.array([len(svc.support_vectors_)])
        if self.kernel == "linear":  # the sum over all support vectors is one row of weights
            weights = svc.support_vectors_.T @ coefficients
            return {
                "support_count": count,
                "weights": weights,
                "intercepts": intercepts + centre @ weights,
            }
        support = svc.support_vectors_ - centre
        return {
            "support_count": count,
            "support_vectors": support.T,
            "squares": np.square(support).sum(axis=1),
            "gamma": np.array([svc._gamma]),  # noqa: SLF001  # the number behind "scale"
            "coefficients": coefficients,
            "intercepts": intercepts,
        }


class Machine(FittedHead):
    """(batch, embedding) -> (batch, logits), in float64 up to the last step.

    Two classes give one logit, the decision value of the second. Of more, each two are decided
    by themselves, and a class has the votes that it wins, and what breaks ties: the sum of its
    decision values, squeezed into less than a third of a vote. A logit is how much that is less
    than the winner's, whose own is 0. All others are at least `LEAST_LEAD` below, so that logits
    and scores in float32 still tell what float64 decided, however many classes and votes.
    """

    mean: Tensor
    scale: Tensor
    components: Tensor
    intercepts: Tensor
    support_count: Tensor
    ballots: Tensor
    votes: Tensor
    zero: Tensor
    one: Tensor
    three: Tensor
    lead: Tensor

    def __init__(self, state: Mapping[str, Tensor], names: tuple[str, ...]) -> None:
        super().__init__()
        self.reduces = "components" in state
        self.counts_votes = "ballots" in state
        wanted = ["mean", "scale", "intercepts", "support_count", *names]
        wanted += ["components"] if self.reduces else []
        wanted += ["ballots", "votes"] if self.counts_votes else []
        for name in wanted:
            self.register_buffer(name, state[name])
        numbers = {"zero": 0.0, "one": 1.0, "three": 3.0, "lead": LEAST_LEAD}
        for name, value in numbers.items():
            self.register_buffer(name, torch.tensor([value], dtype=torch.float64), persistent=False)

    def facts(self) -> dict[str, int]:
        return {"support_vectors": int(self.support_count)}

    def forward(self, embedding: Tensor) -> Tensor:
        values = (embedding.double() - self.mean) / self.scale
        if self.reduces:
            values = values @ self.components  # (batch, pca)
        decisions = self.decisions(values)  # (batch, pairs of classes)
        if not self.counts_votes:
            return decisions.float()
        lost = (decisions < self.zero).double()
        confidence = -(decisions @ self.ballots)  # (batch, classes)
        squeezed = confidence / (self.three * (confidence.abs() + self.one))
        won = lost @ self.ballots + self.votes + squeezed
        behind = won - won.amax(dim=-1, keepdim=True)  # 0 of the winner
        others = (behind < self.zero).double()
        return torch.minimum(behind, -(others * self.lead)).float()

    def decisions(self, values: Tensor) -> Tensor:
        """Decision values of each two classes; of two the second's, of more the first's."""
        raise NotImplementedError


class LinearMachine(Machine):
    """One row of weights for each two classes; the support vectors are summed up in it."""

    weights: Tensor

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__(state, ("weights",))

    def decisions(self, values: Tensor) -> Tensor:
        return values @ self.weights + self.intercepts


class RbfMachine(Machine):
    """Every support vector is in it, and is compared with every embedding."""

    support_vectors: Tensor
    squares: Tensor
    gamma: Tensor
    coefficients: Tensor

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__(state, ("support_vectors", "squares", "gamma", "coefficients"))

    def decisions(self, values: Tensor) -> Tensor:
        product = values @ self.support_vectors  # (batch, support vectors)
        own = (values * values).sum(dim=-1, keepdim=True)
        distance = torch.maximum(own + self.squares - (product + product), self.zero)
        return torch.exp(-self.gamma * distance) @ self.coefficients + self.intercepts


def _spread(values: Numbers) -> Numbers:
    """Deviation of each value of the embedding, 0 where it is only rounding."""
    deviation = values.std(axis=0)
    spread: Numbers = np.where(deviation > ROUNDING * np.abs(values).max(axis=0), deviation, 0.0)
    if not spread.any():
        raise DataError(
            "head: all training segments have the same embedding, nothing tells them apart; look "
            "at log.csv whether the network learned anything, and try another network or "
            "training.learning_rate"
        )
    return spread


def _components(seen: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """The first principal components (values, count), and the middle that they start from."""
    from sklearn.decomposition import PCA

    pca = PCA(count, svd_solver="full").fit(seen)
    return np.asarray(pca.components_.T), np.asarray(pca.mean_)


def _by_pair(svc: Any) -> Numbers:
    """Coefficients (support vectors, pairs): each support vector stands in the pairs of its class.

    scikit-learn keeps them as libsvm does: row k of a support vector of class c is against class
    k, or k + 1 from c on.
    """
    dual: Numbers = svc.dual_coef_
    if len(svc.n_support_) == 2:
        return dual.T
    owner = np.repeat(np.arange(len(svc.n_support_)), svc.n_support_)
    pairs = list(itertools.combinations(range(len(svc.n_support_)), 2))
    found = np.zeros((dual.shape[1], len(pairs)))
    for k, (first, second) in enumerate(pairs):
        found[owner == first, k] = dual[second - 1, owner == first]
        found[owner == second, k] = dual[first, owner == second]
    return found


def _pairs(classes: int) -> dict[str, Numbers]:
    """How pairs vote: a lost one takes its vote from the first of its classes to the second."""
    ballots = np.zeros((classes * (classes - 1) // 2, classes))
    for k, (first, second) in enumerate(itertools.combinations(range(classes), 2)):
        ballots[k, first], ballots[k, second] = -1.0, 1.0
    return {"ballots": ballots, "votes": np.arange(classes - 1.0, -1.0, -1.0)}

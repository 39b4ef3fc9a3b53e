"""scikit-learn in float64: what the head `svm` must decide."""

from __future__ import annotations

from typing import Any

from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from harken_train.heads.svm import Svm


def reference(settings: Svm) -> Any:
    """What scikit-learn calls the same."""
    steps: list[Any] = [StandardScaler()] if settings.standardise else []
    steps += [PCA(settings.pca, svd_solver="full")] if settings.pca else []
    return make_pipeline(
        *steps,
        SVC(
            kernel=settings.kernel,
            C=settings.c,
            gamma=settings.gamma,
            class_weight=None if settings.class_weights == "none" else "balanced",
            decision_function_shape="ovr",
            break_ties=True,
        ),
    )

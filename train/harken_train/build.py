"""The module that a recipe describes."""

from __future__ import annotations

import torch
from torch import nn

from harken.errors import SettingsError
from harken_train.classifier import Classifier, logit_count
from harken_train.recipe import Recipe


def build_frontend(recipe: Recipe) -> nn.Module:
    """The recipe's front-end for its rate and window, in evaluation mode: it learns nothing.

    Where whole recordings are taken it is built for the shortest: what fits that fits all.
    """
    signal = recipe.signal
    window = signal.window if signal.shortest is None else signal.shortest
    try:
        frontend = recipe.frontend.build(rate=signal.rate, window=window)
    except SettingsError as error:
        raise SettingsError(f"frontend: {error}") from None
    return frontend.eval()


def build_classifier(recipe: Recipe, classes: int) -> Classifier:
    """The untrained classifier; its weights come from torch's generator as it stands."""
    frontend = build_frontend(recipe)
    with torch.no_grad():
        silence = torch.zeros(1, recipe.signal.channels, recipe.signal.window)
        shape = tuple(frontend(silence).shape[1:])
    try:
        network = recipe.network.build(shape, logit_count(classes))
    except SettingsError as error:
        raise SettingsError(f"network: {error}") from None
    return Classifier(frontend, network)

"""scikit-image and numpy in float64: what `image` must equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.transform import resize

from harken.stream import Samples
from harken_train.frontends.image import Image

Case = tuple[Image, int, int]  # settings, window (columns), rate


def references() -> list[Case]:
    """Every option; those with a size are of two bands, as the tests' inputs are.

    Decibels are clipped to what decibels can be before they are resized: a float32 of a million
    is no nearer to anything than 0.03.
    """
    return [
        (Image(bands=2), 251, 100),
        (Image(bands=2, clip=(-80.0, 0.0), level="maximum"), 251, 100),
        (Image(bands=2, clip=(-100.0, 40.0), size=(128, 128)), 251, 100),
        (Image(bands=2, level="maximum", clip=(-80.0, 0.0), size=(1, 64)), 1001, 100),
        (Image(bands=2, values="linear", size=(17, 300)), 256, 100),
        (Image(bands=2, values="linear", level="maximum"), 251, 100),
        (Image(bands=2, values="linear", level="maximum", clip=(0.0, 0.5), size=(2, 9)), 64, 1),
        (Image(bands=2, standardise="image"), 251, 100),
        (Image(bands=2, standardise="band"), 250, 100),
        (Image(bands=2, clip=(-100.0, 40.0), size=(16, 16), standardise="image"), 1000, 100),
        (Image(bands=2, values="linear", standardise="band", level="maximum"), 33, 100),
    ]


def small() -> Case:
    """One band made into an image, for tests that feed one channel."""
    return Image(bands=1, values="linear", size=(16, 32)), 512, 12000


def reference(settings: Image, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(bands, columns) -> (1, bands, columns) or (1, *size)."""
    image = samples.astype(np.float64)
    if settings.level == "maximum":
        if settings.values == "dB":
            image = image - image.max()
        elif image.any():
            image = image / np.abs(image).max()
    if settings.clip is not None:
        image = image.clip(*settings.clip)
    if settings.standardise != "none":
        axis = None if settings.standardise == "image" else 1
        # Exact differences first: of values that are all equal nothing but zeros must be left.
        image = image - (image[:1, :1] if axis is None else image[:, :1])
        mean, deviation = (f(image, axis=axis, keepdims=True) for f in (np.mean, np.std))
        image = np.divide(
            *(image - mean, deviation), out=np.zeros_like(image), where=deviation > 0.0
        )
    if settings.size is not None:
        image = resize(image, settings.size, mode="reflect", anti_aliasing=True)
    return image[None]


def bench() -> list[tuple[Image, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (Image(), 251, 100, "128 bands"),
        (Image(clip=(-100.0, 40.0), size=(128, 128)), 251, 100, "clipped, 128 x 128"),
    ]

"""The pieces spectral front-ends are put together from: frames, transforms, decibels, sizes."""

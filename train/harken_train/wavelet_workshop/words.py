"""The tables and the proposal that are printed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pywt

from harken_train.spectral.dwt_matrix import length_after
from harken_train.wavelet_workshop.decomposition import Decomposition
from harken_train.wavelet_workshop.excerpt import Excerpt, Floats

ALIKE = 1.05  # errors nearer than this choose nothing: the shorter filter does


def level_table(found: Decomposition) -> str:
    """A row a level: its band, its share of the energy, and the error of all down to it."""
    rows: list[tuple[str, ...]] = [("level", "Hz", "coefficients", "energy", "error so far")]
    rows += [
        (
            level.name,
            f"{hertz(level.low)} - {hertz(level.high)}",
            str(len(level.coefficients)),
            percent(level.share),
            percent(level.error),
        )
        for level in found.levels
    ]
    return _aligned(rows)


def error_table(errors: Mapping[str, Floats], excerpt: Excerpt) -> str:
    """A row a wavelet: what its approximation alone misses at each number of levels."""
    most = max(map(len, errors.values()))
    rows: list[tuple[str, ...]] = [("wavelet", "taps", *(f"{depth + 1}" for depth in range(most)))]
    for wavelet, missed in errors.items():
        shown = [percent(float(error)) for error in missed]
        taps = str(pywt.Wavelet(wavelet).dec_len)
        rows.append((wavelet, taps, *shown, *[""] * (most - len(shown))))
    title = f"{excerpt.name}: error of the approximation alone, by number of levels"
    return f"{title}\n{_aligned(rows)}"


def proposal(errors: Mapping[str, Floats], samples: int, mode: str, miss: float) -> str:
    """The deepest approximation that misses at most ``miss``, by the wavelet that misses least.

    Of wavelets that do nearly as well the one of the shortest filter is proposed.
    """
    depths = {name: _deepest(missed, miss) for name, missed in errors.items()}
    depth = max(depths.values())
    if depth == 0:
        least, name = min((float(missed[0]), name) for name, missed in errors.items())
        return (
            f"proposal: no approximation misses less than {percent(miss)}; with one level of "
            f"{name} it is {percent(least)} already. What moves here lies in the details: take "
            'levels = "all", or another front-end'
        )
    at_depth = {name: float(errors[name][depth - 1]) for name in errors if depths[name] == depth}
    best = min(at_depth.values())
    alike = [name for name, error in at_depth.items() if error <= best * ALIKE]
    chosen = min(alike, key=lambda name: (pywt.Wavelet(name).dec_len, at_depth[name]))
    count = length_after(samples, pywt.Wavelet(chosen).dec_len, mode, depth)
    why = ""
    if len(errors) > 1:
        others = len(at_depth) - 1
        why = (
            ", of those that go so deep the one that misses least"
            if others and at_depth[chosen] == best
            else ", as good as any here and shorter"
            if others
            else ", the only one within the limit so deep"
        )
    return (
        f"proposal: {chosen}, {depth} {'level' if depth == 1 else 'levels'}{why}: {count} "
        f"coefficients stand for {samples} samples and miss {percent(at_depth[chosen])} of what "
        f"moves in them (limit {percent(miss)}). Whether what is missed would tell the classes "
        "apart, only a training can say\n\n"
        f'[frontend]\nkind = "wavelet"\nwavelet = "{chosen}"\nlevel = {depth}'
        + ("" if mode == "symmetric" else f'\nmode = "{mode}"')
    )


def percent(share: float) -> str:
    """A share in percent, with two digits that tell."""
    if share < 1e-9:
        return "0 %"
    hundred = 100.0 * share
    return f"{hundred:.1f} %" if hundred >= 10.0 else f"{hundred:.2g} %"


def hertz(value: float) -> str:
    """A frequency with three digits that tell, or more."""
    return f"{value:.0f}" if value >= 1000.0 or value == 0.0 else f"{value:.3g}"


def _deepest(missed: Floats, limit: float) -> int:
    """How many levels may be taken away before more than ``limit`` is missed."""
    over = np.flatnonzero(missed > limit)
    return int(over[0]) if len(over) else len(missed)


def _aligned(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]
    return "\n".join(lines)

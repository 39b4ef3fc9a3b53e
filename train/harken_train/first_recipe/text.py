"""A proposal as a commented TOML file, and in words for the terminal."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from typing import Any

import numpy as np

from harken_train.build import build_classifier
from harken_train.first_recipe.look import Sight
from harken_train.first_recipe.propose import Proposal
from harken_train.first_recipe.setting import Setting
from harken_train.recipe_file import resolved

_WIDTH = 100


def recipe_text(sight: Sight, proposal: Proposal, where: str) -> str:
    """The recipe's file; it is loaded and its network built before it is given."""
    lines = [
        f"# What harken-train init saw: {len(sight.recordings)} recordings, {sight.form}.",
        f"# Every line is a proposal. Look at the data first: harken-train data describe {where}",
        *(f"# Mind: {_one_line(warning)}" for warning in proposal.warnings),
        "",
        *map(_line, proposal.top),
    ]
    for name, settings in proposal.tables.items():
        lines += ["", f"[{name}]", *map(_line, settings)]
    text = "\n".join(lines) + "\n"
    recipe = resolved(tomllib.loads(text), where=where)
    build_classifier(recipe, max(2, len(sight.labels)))
    return text


def _line(setting: Setting) -> str:
    """A key with its reason behind it, or above it where that would be too long."""
    if setting.each:
        items = [
            f"    # {_one_line(why)}\n    {_value(item)},"
            for item, why in zip(setting.value, setting.each, strict=True)
        ]
        return "\n".join([f"{setting.key} = [", *items, "]"])
    line = f"{setting.key} = {_value(setting.value)}"
    if len(f"{line} # {setting.why}") > _WIDTH:
        return f"# {setting.why}\n{line}"
    return f"{line} # {setting.why}" if setting.why else line


def _one_line(text: str) -> str:
    """What a library says of a file may have several; a comment has one."""
    return " ".join(text.split())


def _value(value: Any) -> str:
    """TOML; a pattern stands in single quotes, where a backslash is one."""
    if isinstance(value, str) and "\\" in value and "'" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def seen(sight: Sight, proposal: Proposal) -> str:
    """What was seen, for the terminal."""
    seconds = [one.seconds() for one in sight.recordings]
    rates = Counter(one.rate for one in sight.recordings)
    channels = sorted({one.channels for one in sight.recordings})
    lines = [
        f"{len(sight.recordings)} recordings, {sum(seconds):.0f} s in all; {sight.form}",
        "labels    " + ", ".join(f"{label} {sight.count(label)}" for label in sight.labels),
        (
            f"lengths   {min(seconds):.2f} to {max(seconds):.2f} s, half of them up to "
            f"{float(np.median(seconds)):.2f} s"
        ),
        "rates     " + ", ".join(f"{rate} Hz ({count})" for rate, count in sorted(rates.items())),
        f"channels  {', '.join(map(str, channels))}",
        f"groups    {_groups(sight, proposal)}",
    ]
    return "\n".join([*lines, *(f"mind: {warning}" for warning in proposal.warnings)])


def _groups(sight: Sight, proposal: Proposal) -> str:
    if proposal.guess is not None:
        name, group = proposal.guess.example
        count = len(set().union(*proposal.guess.groups.values()))
        return f"{count} by {proposal.guess.words}: {name} -> {group}"
    groups = {one.group for one in sight.recordings}
    if "column_group" in sight.data or any(one.group != one.origin for one in sight.recordings):
        return f"{len(groups)}, told by the table"
    return "none told by the names: each file counts as one"

"""Which recordings are of one thing, as far as their names tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harken.errors import DataError
from harken_train.group_name import group_from

# From the surest to the least sure; each is tried in turn on the path below the folder.
PATTERNS = (
    (r"^[^/]+/([^/]+)/", "the folder inside the label's folder"),
    (r"(?:^|/)([A-Za-z]+[-_ ]?\d+)(?=[-_. ])[^/]*$", "the word and number that a name begins with"),
    (r"(?:^|/)([^/_\-. ]+)[_\-. ][^/]*$", "what stands before the first sign between words"),
    (r"([A-Za-z]+\d+)[^/]*$", "the word and number in a name"),
    (r"(?:^|/)([^/]+)[-_ ]\d+\.[^./]+$", "the name without the number at its end"),
)


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A pattern for ``data.group_pattern``, in words, and an example of what it does."""

    pattern: str
    words: str
    example: tuple[str, str]
    groups: dict[str, set[str]]  # by label


def guess(names: Sequence[str], labels: Sequence[str]) -> Guess | None:
    """The first pattern that fits all names and gives every label two groups, of several files.

    ``None`` when no pattern does: then nothing is known of groups.
    """
    for pattern, words in PATTERNS:
        try:
            found = [group_from(pattern, name) for name in names]
        except DataError:  # it does not fit all of them
            continue
        groups: dict[str, set[str]] = defaultdict(set)
        for label, group in zip(labels, found, strict=True):
            groups[label].add(group)
        several = len(set(found)) < len(names)
        if several and min(map(len, groups.values())) >= 2:
            example = (names[0], found[0])
            return Guess(pattern=pattern, words=words, example=example, groups=dict(groups))
    return None

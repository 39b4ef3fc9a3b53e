"""What the number of a CWRU file says: fault, size, load, rate.

Source: the tables "Normal Baseline Data", "12k Drive End Bearing Fault Data" and "48k Drive End
Bearing Fault Data" of the Bearing Data Center, Case Western Reserve University,
https://engineering.case.edu/bearingdatacenter/download-data-file. Loads are 0 to 3 hp in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:^|_)(\d+)\.mat$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one file. ``size_mil`` is the fault's diameter in 0.001 inch.

    ``clock`` is where an outer race's fault stands: 6 is in the load zone, 3 beside, 12 opposite.
    """

    label: str
    load: int
    rate: int
    size_mil: int | None = None
    clock: int | None = None


# rate, label, size, clock: the numbers of loads 0, 1, 2, 3
_SETS: dict[tuple[int, str, int | None, int | None], tuple[int, int, int, int]] = {
    (48_000, "normal", None, None): (97, 98, 99, 100),
    (12_000, "inner_race", 7, None): (105, 106, 107, 108),
    (12_000, "inner_race", 14, None): (169, 170, 171, 172),
    (12_000, "inner_race", 21, None): (209, 210, 211, 212),
    (12_000, "inner_race", 28, None): (3001, 3002, 3003, 3004),
    (12_000, "ball", 7, None): (118, 119, 120, 121),
    (12_000, "ball", 14, None): (185, 186, 187, 188),
    (12_000, "ball", 21, None): (222, 223, 224, 225),
    (12_000, "ball", 28, None): (3005, 3006, 3007, 3008),
    (12_000, "outer_race", 7, 6): (130, 131, 132, 133),
    (12_000, "outer_race", 7, 3): (144, 145, 146, 147),
    (12_000, "outer_race", 7, 12): (156, 158, 159, 160),
    (12_000, "outer_race", 14, 6): (197, 198, 199, 200),
    (12_000, "outer_race", 21, 6): (234, 235, 236, 237),
    (12_000, "outer_race", 21, 3): (246, 247, 248, 249),
    (12_000, "outer_race", 21, 12): (258, 259, 260, 261),
    (48_000, "inner_race", 7, None): (109, 110, 111, 112),
    (48_000, "inner_race", 14, None): (174, 175, 176, 177),
    (48_000, "inner_race", 21, None): (213, 214, 215, 217),
    (48_000, "ball", 7, None): (122, 123, 124, 125),
    (48_000, "ball", 14, None): (189, 190, 191, 192),
    (48_000, "ball", 21, None): (226, 227, 228, 229),
    (48_000, "outer_race", 7, 6): (135, 136, 137, 138),
    (48_000, "outer_race", 7, 3): (148, 149, 150, 151),
    (48_000, "outer_race", 7, 12): (161, 162, 163, 164),
    (48_000, "outer_race", 14, 6): (201, 202, 203, 204),
    (48_000, "outer_race", 21, 6): (238, 239, 240, 241),
    (48_000, "outer_race", 21, 3): (250, 251, 252, 253),
    (48_000, "outer_race", 21, 12): (262, 263, 264, 265),
}

FACTS: dict[int, Facts] = {
    number: Facts(label=label, load=load, rate=rate, size_mil=size, clock=clock)
    for (rate, label, size, clock), numbers in _SETS.items()
    for load, number in enumerate(numbers)
}


def number_of(name: str) -> int | None:
    """Give the number in a file's name (105.mat, 12k_Drive_End_B007_0_118.mat), if it has one."""
    match = _NUMBER.search(name)
    return int(match.group(1)) if match else None

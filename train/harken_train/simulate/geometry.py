"""How often a fault is rolled over, from the dimensions of the bearing.

Kinematics without slip, outer race at rest (Randall & Antoni 2011, equations 1-4): with n balls,
ball and pitch diameters d and D, contact angle a and r = d / D cos a, in multiples of the shaft:

    cage        (1 - r) / 2
    outer race  n (1 - r) / 2         every ball passes a fixed point
    inner race  n (1 + r) / 2         every ball passes a point that turns with the shaft
    ball        (1 - r^2) D / d       the ball's fault meets both races in one turn of the ball
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harken.errors import SettingsError


@dataclass(frozen=True)
class Orders:
    """Rates in multiples of the shaft's; ``ball`` is twice the ball's spin (both races are hit)."""

    outer_race: float
    inner_race: float
    ball: float
    cage: float


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """A ball bearing; the defaults are an SKF 6205: 9 balls of 7.94 mm on a pitch of 39.04 mm.

    ``contact_angle`` is in degrees: zero for a deep groove bearing that carries no axial load.
    """

    balls: int = 9
    ratio: float = 7.94 / 39.04  # ball diameter / pitch diameter
    contact_angle: float = 0.0

    def __post_init__(self) -> None:
        if self.balls < 2 or not 0.0 < self.ratio < 1.0 or not 0.0 <= self.contact_angle < 90.0:
            raise SettingsError(
                f"need 2 balls or more, 0 < ratio < 1 and a contact angle from 0 up to 90 degrees, "
                f"got {self.balls}, {self.ratio} and {self.contact_angle}"
            )

    def orders(self) -> Orders:
        """Give the four rates; the 6205's are 3.5848, 5.4152, 4.7135 and 0.3983."""
        r = self.ratio * math.cos(math.radians(self.contact_angle))
        return Orders(
            outer_race=self.balls * (1.0 - r) / 2.0,
            inner_race=self.balls * (1.0 + r) / 2.0,
            ball=(1.0 - r * r) / self.ratio,
            cage=(1.0 - r) / 2.0,
        )

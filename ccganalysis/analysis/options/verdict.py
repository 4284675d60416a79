"""The answer for an area, as values: which plan is first, how firmly, and what it would mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import acceptability
from ..candidates import AreaPlans
from .named import Option
from .priced import SHAPES

FIRST, TURNS, NO_FIT, NOTHING_TO_CHOOSE, NOTHING_FITS = VERDICTS = (
    "first",
    "turns",
    "no_fit",
    "nothing_to_choose",
    "nothing_fits",
)
"""What a verdict can be: one plan is first in more than half of all weightings, under every shape of saving; none is, and the
answer turns on weights; none is, and no merger improves fit; the area has one plan only; or no plan keeps to the reader's
floor and ceiling."""

FIT = ("people_in_whole_authorities", "people_in_whole_strategic")
"""What a merger that improves fit has more of, where it is measured: residents in whole upper-tier and strategic authorities."""


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an area in a sentence or two, as values.

    kind            one of `VERDICTS`
    plan, option    the plan first in most weightings under the first shape of saving, and its name, if it has one
    leaders         by shape of saving the plan that is first in most weightings; of equal plans one that has a name
    first_share     by shape the share of weightings in which `plan` is first
    turns           by shape the least weight on one criterion above which it is first no more (`acceptability.turn`)
    released_gbp    by shape £ a year that it would release: low, central, high
    """

    kind: str
    plan: int
    option: Option | None
    leaders: dict[str, int]
    first_share: dict[str, float]
    turns: dict[str, acceptability.Turn | None]
    released_gbp: dict[str, tuple[float, float, float]]
    bodies_before: int
    bodies_left: int
    disruption_people: int
    people_in_whole_gained: int
    coterminous_share_before: float
    coterminous_share: float

    @property
    def released_range_gbp(self) -> tuple[float, float]:
        """The least and the most that it would release a year, over all shapes."""
        return min(low for low, _, _ in self.released_gbp.values()), max(
            high for *_, high in self.released_gbp.values()
        )

    @property
    def agreed(self) -> bool:
        """Whether every shape has the same plan first most often."""
        return len(set(self.leaders.values())) == 1


def verdict(
    area: AreaPlans,
    choices: Sequence[Option],
    weighings: Mapping[str, acceptability.Weighing],
    shapes: Mapping[str, tuple[str, str, str]] = SHAPES,
    allowed: NDArray[np.bool_] | None = None,
) -> Verdict:
    """Which plan of an area is first, how firmly, and what it would mean, from `options` and `weighed`.

    A plan that is first under one shape of saving only is not called first. `allowed` says which plans were weighed, all
    unless given; none at all is a verdict too.
    """
    shape = next(iter(weighings))
    leaders = {name: _named(choices, weighing) for name, weighing in weighings.items()}
    plan = leaders[shape]

    def at(column: str) -> float:
        return float(area.plans[column].iloc[plan])

    shares = {name: weighing.share(plan) for name, weighing in weighings.items()}
    whole = area.plans["people_in_whole_authorities"]
    allowed = np.ones(len(whole), dtype=bool) if allowed is None else allowed
    if not allowed.any():
        kind = NOTHING_FITS
    elif len(area.plans) == 1:
        kind = NOTHING_TO_CHOOSE
    elif min(shares.values()) > 1 / 2 + acceptability.SAME:
        kind = FIRST
    else:
        kind = TURNS if any(_gains(area.plans[name], allowed) for name in FIT if name in area.plans) else NO_FIT
    return Verdict(
        kind,
        plan,
        next((option for option in choices if option.plan == plan), None),
        leaders,
        shares,
        {name: acceptability.turn(weighing, plan) for name, weighing in weighings.items()},
        {name: (at(low), at(central), at(high)) for name, (low, central, high) in shapes.items()},
        len(area.codes),
        int(at("body_count")),
        int(at("disruption_people")),
        int(whole.iloc[plan] - whole.iloc[0]),
        float(area.plans["coterminous_share"].iloc[0]),
        at("coterminous_share"),
    )


def _gains(values: pd.Series, allowed: NDArray[np.bool_]) -> bool:
    """Whether some plan that may be chosen has more than no change, which is the first."""
    return bool(values[allowed].max() > values.iloc[0])


def _named(choices: Sequence[Option], weighing: acceptability.Weighing) -> int:
    """The plan first most often; of plans equal to it the first that is an option."""
    leader = weighing.leader
    return next((o.plan for o in choices if weighing.outcome[o.plan] == weighing.outcome[leader]), leader)

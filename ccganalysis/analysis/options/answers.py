"""The answer for one area, and for all of them: options, weighings and verdict together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import acceptability, routes
from ..candidates import AreaPlans, Setting, fits, merged_names
from .appraisal import appraisal, weighed
from .named import CARRIED_OUT, Option, options
from .priced import SHAPES, priced
from .verdict import Verdict, verdict


@dataclass(frozen=True)
class Answer:
    """What is said of an area on every page: its plans with their money (`priced`), the named options, every plan weighed
    under each shape of saving, and the verdict. `setting` is that of the footprint; floor and ceiling are in registered
    people, 0 for none: plans beyond them are weighed by no verdict.
    """

    area: AreaPlans
    setting: Setting
    choices: list[Option]
    weighings: dict[str, acceptability.Weighing]
    verdict: Verdict
    floor_people: int = 0
    ceiling_people: int = 0

    @property
    def table(self) -> pd.DataFrame:
        """The options beside each other (`appraisal`)."""
        return appraisal(self.area, self.setting, self.choices, self.weighings)

    @property
    def leading(self) -> list[list[str]]:
        """The codes of the bodies of each merged or single body of the leading plan."""
        return self.area.members(self.verdict.plan)

    @property
    def carried_out(self) -> Option | None:
        """The option that came about, where it is one."""
        return next((one for one in self.choices if CARRIED_OUT in one.names), None)


def answer(
    area: AreaPlans,
    setting: Setting,
    found: routes.Evidence,
    outcome: pd.Series | None = None,
    own: Sequence[Sequence[str]] = (),
    floor_people: int = 0,
    ceiling_people: int = 0,
) -> Answer:
    """The answer for one area. `setting` and `found` are of its footprint, `outcome` what came about, `own` the reader's mergers.

    Where no plan keeps every body between floor and ceiling, the verdict says so and all plans are weighed beside it.
    """
    area = priced(area, found)
    allowed = fits(area, floor_people, ceiling_people).to_numpy()
    choices = options(area, setting, outcome, own)
    weighings = weighed(area, among=np.flatnonzero(allowed) if allowed.any() else None)
    judged = verdict(area, choices, weighings, SHAPES, allowed)
    return Answer(area, setting, choices, weighings, judged, floor_people, ceiling_people)


def every_answer(
    all_areas: Mapping[str, AreaPlans], setting: Setting, found: routes.Evidence, outcome: pd.Series | None = None
) -> dict[str, Answer]:
    """`answer` of every area (`candidates.every_area`), by code."""
    return {code: answer(area, setting, found, outcome) for code, area in all_areas.items()}


def side_by_side(answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Every area's verdict as values, one row each.

    `area_code`, `area_name`, `verdict` (one of `VERDICTS`), `merged` (what the leading plan merges), `body_count` and
    `bodies_left`, `released_low_gbp` and `released_high_gbp` over both shapes, `disruption_people`, `coterminous_share` now
    and `coterminous_share_best` under the leading plan, `residents`, those of them in whole authorities now
    (`people_in_whole_authorities`) and those that it would add (`people_in_whole_gained`), and `first_share`, the least of the
    shares of weightings in which it is first.
    """
    rows = []
    for code, one in answers.items():
        judged, plans = one.verdict, one.area.plans
        rows.append(
            {
                "area_code": code,
                "area_name": one.area.area_name,
                "verdict": judged.kind,
                "merged": merged_names(one.area, judged.plan),
                "body_count": judged.bodies_before,
                "bodies_left": judged.bodies_left,
                "released_low_gbp": judged.released_range_gbp[0],
                "released_high_gbp": judged.released_range_gbp[1],
                "disruption_people": judged.disruption_people,
                "coterminous_share": judged.coterminous_share_before,
                "coterminous_share_best": judged.coterminous_share,
                "residents": int(one.area.sets.loc[one.area.sets["body_count"] == 1, "residents"].sum()),
                "people_in_whole_authorities": int(plans["people_in_whole_authorities"].iloc[0]),
                "people_in_whole_gained": judged.people_in_whole_gained,
                "first_share": min(judged.first_share.values()),
            }
        )
    return pd.DataFrame(rows)

"""The options of an area beside each other, against leaving everything as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...data.measures import OBJECTIVES
from .. import acceptability
from ..candidates import AreaPlans, Setting, merged_names
from .named import Option
from .priced import SHAPES


def weighed(
    area: AreaPlans,
    criteria: Sequence[str] = acceptability.CRITERIA,
    shapes: Mapping[str, tuple[str, str, str]] = SHAPES,
    among: Sequence[int] | NDArray[np.intp] | None = None,
) -> dict[str, acceptability.Weighing]:
    """The plans of an area weighed (`acceptability.weigh`), all or some, by shape of saving, at its central case."""
    return {name: acceptability.weigh(area, criteria, central, among) for name, (_, central, _) in shapes.items()}


def appraisal(
    area: AreaPlans,
    setting: Setting,
    choices: Sequence[Option],
    weighings: Mapping[str, acceptability.Weighing],
) -> pd.DataFrame:
    """The options of an area beside each other, one row each, all against leaving everything as it is.

    `option` (the first of its names), `names` (all, by spaces), `term` (one of `TERMS`, or nothing), `hindsight` (yes
    or no) and `plan`; `merged`, what merges, and `sharing_officer`, who of them is under one officer (names, or "none"); every
    column of `area.plans`, whatever has been added to them; `removed_sharing`, bodies removed whose officer another
    member has too, and `removed_separate`, the others; `whole_authorities`, upper-tier authorities wholly inside one
    body; `people_in_whole_gained`, residents of such authorities beyond those of no change; by shape of saving
    `first_share_...`, the share of all weightings in which no plan of the area is ahead; and `dominated_by`, the
    options at least as good on every criterion, under every shape, and better on one (their first names, by spaces), and by
    shape `dominated_by_...`, those under that shape.
    """
    sets, plan_set = area.sets, area.plan_set
    rows = [option.plan for option in choices]
    officers = setting.bodies.set_index("body_code")["officer"]
    sharing = (sets["body_count"] - sets["officer_count"]).to_numpy()
    frame = pd.DataFrame(
        {
            "option": [option.names[0] for option in choices],
            "names": [" ".join(option.names) for option in choices],
            "term": [option.term or "" for option in choices],
            "hindsight": ["yes" if option.hindsight else "no" for option in choices],
            "plan": rows,
            "merged": [merged_names(area, plan) for plan in rows],
            "sharing_officer": [_sharing(area, plan, officers) for plan in rows],
            **area.plans.loc[rows].to_dict("list"),
            "removed_sharing": plan_set.sum(sharing)[rows],
            "removed_separate": plan_set.sum(sets["bodies_removed"].to_numpy() - sharing)[rows],
            "whole_authorities": plan_set.sum(sets["authorities_contained"].to_numpy())[rows],
        }
    )
    whole = area.plans["people_in_whole_authorities"]
    frame["people_in_whole_gained"] = frame["people_in_whole_authorities"] - whole.iloc[0]
    for name, weighing in weighings.items():
        frame[f"first_share_{name}"] = [weighing.share(plan) for plan in rows]
    names = frame["option"].tolist()
    frame["dominated_by"] = _dominated_by(names, rows, weighings)
    for name, weighing in weighings.items():
        frame[f"dominated_by_{name}"] = _dominated_by(names, rows, {name: weighing})
    return frame


def _sharing(area: AreaPlans, plan: int, officers: pd.Series) -> str:
    """The members of merged bodies under one officer, by name: "Ash + Beech; Cedar + Date"."""
    names = dict(zip(area.sets["body_codes"], area.sets["bodies"], strict=True))
    found: list[list[str]] = []
    for group in area.members(plan):
        together: dict[str, list[str]] = {}
        for code, name in zip(group, names[" ".join(group)].split("; "), strict=True):
            together.setdefault(officers[code], []).append(name)
        found += together.values()
    return "; ".join(" + ".join(those) for those in found if len(those) > 1) or "none"


def _dominated_by(
    names: Sequence[str], rows: Sequence[int], weighings: Mapping[str, acceptability.Weighing]
) -> list[str]:
    """By option, those that beat it whatever the weights and the shape of saving (names by spaces)."""
    values = np.column_stack([weighing.scaled[rows] for weighing in weighings.values()])
    better = values[:, None, :] - values[None, :, :]
    beats = np.asarray((better >= -acceptability.SAME).all(axis=2) & (better > acceptability.SAME).any(axis=2))
    return [" ".join(name for name, ahead in zip(names, column, strict=True) if ahead) for column in beats.T.tolist()]


def with_and_without(
    area: AreaPlans,
    choices: Sequence[Option],
    further: Sequence[str] = acceptability.FURTHER,
    released: str = OBJECTIVES["released"].column,
) -> pd.DataFrame:
    """How often each option is first with the criteria by default, and with each further one added by itself.

    One row per set of criteria and option: `added` (the further criterion, or nothing), `option`, `first_share` and
    `leads` (yes or no: no plan of the area is first more often). `released` as in `acceptability.weigh`. Criteria that the
    area's era does not ask for are left out.
    """
    rows = []
    for added in ("", *(name for name in further if OBJECTIVES[name].column in area.plans)):
        weighing = acceptability.weigh(area, (*acceptability.CRITERIA, *filter(None, [added])), released)
        first = weighing.outcome[weighing.leader]
        for one in choices:
            leads = "yes" if weighing.outcome[one.plan] == first else "no"
            rows.append((added, one.names[0], weighing.share(one.plan), leads))
    return pd.DataFrame(rows, columns=["added", "option", "first_share", "leads"])

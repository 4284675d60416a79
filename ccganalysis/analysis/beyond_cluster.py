"""What merging would release beyond sharing: bodies under one officer, a cluster, set beside the one body they could be.

A cluster is not a merger: its bodies stay, and have had some of what merging would release already. What is left follows
from the routes of evidence with that taken off. Nobody has measured how much sharing has had, so every answer is a range.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .. import wording
from ..data import organisations
from ..data.eras import Leadership
from ..data.tables import Day, Tables
from ..errors import InputError
from . import leadership, levers, routes, scale, staff
from .alignment import names

NOT_MERGED, MERGED = "not merged", ("merged", "merged with others")
"""What became of a group by a later footprint (`followed` of `leadership.groups`)."""


def question(facts: pd.DataFrame, evidence: Leadership) -> pd.Series:
    """The row of `policy_facts` that the era's evidence names; raises `InputError` where there is not one."""
    rows = facts[facts["fact"] == evidence.question]
    if len(rows) != 1:
        raise InputError(f"policy_facts.csv must have one row {evidence.question!r}; it has {len(rows)}.")
    return rows.iloc[0]


def open_groups(bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Which bodies could merge with one that they share an officer with: neighbours inside one area, still apart.

    `bodies` have `body_code`, `body_name`, `area_code`, `area_name`, `officer`, `registered_population` and `baseline_gbp`; `pairs` are
    neighbours. The rows of those that could, each with its `place`, the name of its group; none where nobody can.
    """
    within = bodies["area_code"] + " " + bodies["officer"]
    parts = levers.connected_parts(bodies.assign(area_code=within), pairs)
    joined = bodies.groupby([within, parts])["body_code"].transform("size") > 1
    found = bodies[joined].copy()
    several = bodies["officer"].map(bodies["officer"].value_counts())
    found["place"] = ""
    for _, mine in found.groupby([within[joined], parts[joined]]):
        found.loc[mine.index, "place"] = _name(mine, whole=len(mine) == several[mine.index[0]])
    return found.sort_values(["area_name", "place", "body_name"], ignore_index=True)


def _name(mine: pd.DataFrame, whole: bool) -> str:
    """A group goes by the name it is recorded under, if that is one and not a code, else by its first bodies'."""
    recorded = str(mine["officer"].iloc[0])
    if whole and recorded != recorded.upper():
        return recorded
    first, *others = sorted(map(wording.short_name, mine["body_name"]))
    return f"{first} with {others[0] if len(others) == 1 else f'{len(others)} more'}"


def merged(tables: Tables, evidence: Leadership, as_at: Day, areas: Sequence[str]) -> pd.DataFrame:
    """The groups that had become one body by a footprint: `place`, `bodies`, `body_count`, `registered_population`, `area_name`,
    `followed`; those that lie in some of the areas named.
    """
    recorded = organisations.footprint(tables["bodies"], evidence.date)
    officers = leadership.by_body(tables["shared_leadership"], recorded)
    columns = ["place", "bodies", "body_count", "registered_population", "area_name", "followed"]
    if pd.Timestamp(as_at) <= evidence.date or officers["group_code"].isna().all():
        return pd.DataFrame(columns=columns)
    found = leadership.groups(officers, tables["successors"], evidence.date, as_at)
    found = found.assign(
        place=found["group_code"].where(found["group_code"].str.upper() != found["group_code"], found["group_name"]),
        area_name=found["area_names"],
    )
    here = found["area_names"].str.split("; ").map(lambda mine: bool(set(mine) & set(areas)))
    kept = found[(found["body_count"] > 1) & found["followed"].isin(MERGED) & here]
    return kept[columns].sort_values(["area_name", "place"], ignore_index=True)


def break_even(groups: pd.DataFrame, table: pd.DataFrame, target: float, by: str = "place") -> pd.DataFrame:
    """What each body removed would have to release for merging alone to reach the target where an officer is shared already.

    `groups` as `open_groups`, `table` the levers; `by` a column of `groups` to add up by. One row per place: `place`, `bodies`,
    `group_count`, `body_count`, `registered_population`, `baseline_gbp`, `asked_gbp` (the target of the baseline) and
    `break_even_saving_gbp`: target x baseline / ((k - g)(1 - h)), k bodies under g officers of whom each keeps one, and h what
    sharing is assumed to have had, at its central value.
    """
    grouped = groups.groupby(by)
    found = grouped[["registered_population", "baseline_gbp"]].sum()
    found.insert(0, "body_count", grouped.size())
    found.insert(0, "group_count", grouped["place"].nunique())
    found.insert(0, "bodies", grouped["body_name"].agg(names))
    harvested = levers.case(table, "central")["share_already_harvested"]
    needed = levers.break_even_saving(
        found["baseline_gbp"], found["body_count"], found["group_count"], target, harvested, found["group_count"]
    )
    found = found.assign(asked_gbp=target * found["baseline_gbp"], break_even_saving_gbp=needed)
    return found.rename_axis("place").reset_index()


def apart(found: routes.Evidence, tables: Tables) -> routes.Evidence:
    """The same evidence as if nobody shared: every body has its own officer, in the line of staff and size too."""
    own = found.bodies.assign(officer=found.bodies["body_code"])
    if found.staff_date is None or found.elasticity is None:
        return dataclasses.replace(found, bodies=own)
    each = staff.measured(tables, found.staff_date)
    return dataclasses.replace(found, bodies=own, pooled=each, elasticity=scale.elasticity(each))


def by_route(
    found: routes.Evidence, separate: routes.Evidence, groups: pd.DataFrame, by: str = "place"
) -> pd.DataFrame:
    """What merging the groups would release beyond sharing, by every route side by side: the columns of `routes.compared`.

    `separate` as `apart`. Prices are less what sharing is assumed to have had. By scale it is nothing if a group is
    staffed as one body already (low), all that bodies apart would release if it is not (high), and less the same
    assumption in the middle. What was measured is the change around the day of a merger, taken as it is.
    """
    lists = groups.groupby("place", sort=False).agg(codes=("body_code", list), by=(by, "first"))
    members, where = found.members(lists["codes"]), lists["by"].tolist()
    beyond, whole = (routes.compared(one, members, where) for one in (found, separate))
    left = 1 - levers.case(found.levers, "central")["share_already_harvested"]
    of_scale = beyond["route"] == routes.SCALE
    for low, central, high in (
        tuple(f"released_{case}_gbp" for case in levers.CASES),
        tuple(f"share_{case}" for case in levers.CASES),
        ("posts_fewer_low", "posts_fewer", "posts_fewer_high"),
    ):
        beyond.loc[of_scale, low] = np.minimum(whole.loc[of_scale, low], 0)
        beyond.loc[of_scale, central] = whole.loc[of_scale, central] * left
        beyond.loc[of_scale, high] = np.maximum(whole.loc[of_scale, high], 0)
    beyond.loc[of_scale, "evidence_count"] = whole.loc[of_scale, "evidence_count"]
    return beyond

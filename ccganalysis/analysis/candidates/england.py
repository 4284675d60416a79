"""All areas of a footprint together, and England without regard to their borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ... import wording
from ...data.measures import OBJECTIVES
from .. import plans
from ..coterminosity import fit
from .area import AreaPlans, area_plans
from .scoring import Setting, score


def every_area(setting: Setting, pairs: Sequence[tuple[str, str]], limit: int = 2_000_000) -> dict[str, AreaPlans]:
    """`area_plans` of every area of the footprint, by code in the order of names."""
    codes = setting.bodies.drop_duplicates("area_code").sort_values("area_name")["area_code"]
    return {code: area_plans(setting, pairs, code, limit) for code in codes}


def counts(all_areas: dict[str, AreaPlans]) -> pd.DataFrame:
    """Bodies, connected sets and plans of each area, with those that have only one plan explained in `note`."""
    rows = []
    for area in all_areas.values():
        pieces = int(area.plans["body_count"].min())
        note = (
            "one body already"
            if len(area.codes) == 1
            else f"not all neighbours: stays in {wording.count(pieces, 'part')}"
            if pieces > 1
            else ""
        )
        rows.append((area.area_code, area.area_name, len(area.codes), len(area.sets), len(area.plans), note))
    columns = ["area_code", "area_name", "body_count", "connected_sets", "plan_count", "note"]
    return pd.DataFrame(rows, columns=columns)


def islands(bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Bodies with no neighbour inside their own area though it has others: they stay alone in every plan."""
    area = bodies.set_index("body_code")["area_code"]
    linked = {code for pair in pairs if area.get(pair[0]) == area.get(pair[1]) for code in pair}
    several = bodies.groupby("area_code")["body_code"].transform("size") > 1
    return bodies[several & ~bodies["body_code"].isin(linked)]


def national_frontier(all_areas: dict[str, AreaPlans], objective: str) -> tuple[pd.DataFrame, plans.CombinedFrontier]:
    """The best England can do for each total number of bodies, from all kept to all merged that neighbours can: exact.

    Within areas the best plan for each number is read off the enumeration; totals combine by max-plus convolution.
    Columns `body_count`, `value`, and the objective's own column.
    """
    column, more = OBJECTIVES[objective].column, OBJECTIVES[objective].more_is_better
    parts: list[dict[Any, float]] = []
    for area in all_areas.values():
        best = area.plans.groupby("body_count")[column]
        parts.append((best.max() if more else best.min()).to_dict())
    combined = plans.combine_frontiers(parts, maximise=more)
    rows = sorted(combined.values.items(), reverse=True)
    return pd.DataFrame(rows, columns=["body_count", column]), combined


def sets_across(setting: Setting, pairs: Sequence[tuple[str, str]], max_size: int) -> np.ndarray:
    """Every connected set of up to `max_size` bodies of England, whatever the area borders: boolean (sets x bodies)."""
    codes = setting.bodies["body_code"].tolist()
    found = plans.connected_sets_of_indices(plans.neighbour_lists(codes, pairs), max_size)
    members = np.zeros((len(found), len(codes)), dtype=bool)
    for row, group in enumerate(found):
        members[row, list(group)] = True
    return members


def across_borders(
    setting: Setting,
    pairs: Sequence[tuple[str, str]],
    number_of_bodies: int,
    max_size: int = 5,
    time_limit_s: float = 60,
) -> tuple[plans.Partition, pd.DataFrame]:
    """England in `number_of_bodies` bodies of up to `max_size` members, whatever the area borders, most coterminous.

    Set partitioning over every connected set of so many bodies; returns the solver's partition with its proof and
    the scored merged bodies. The optimum is proven, the plan that reaches it is one of several: of April 2018 in 106
    bodies the one found has 18 bodies across a border, another has seven. To prove the fewest takes longer than the
    optimum itself (and over a minute for 60 bodies), so none is claimed.
    """
    members = sets_across(setting, pairs, max_size)
    found = [np.flatnonzero(row).tolist() for row in members]
    value = fit(members, setting.authority_residents, setting.authority_total).people_in_whole
    partition = plans.best_partition(len(setting.bodies), found, value, number_of_bodies, time_limit_s=time_limit_s)
    return partition, score(setting, members[list(partition.sets)])


def all_sets(all_areas: dict[str, AreaPlans]) -> pd.DataFrame:
    """The connected sets of every area in one frame, single bodies included."""
    return pd.concat([area.sets for area in all_areas.values()], ignore_index=True)


def with_total(counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` with England first and then the areas with most plans."""
    numbers = ["body_count", "connected_sets", "plan_count"]
    england = pd.DataFrame([{"area_name": "England", **counts[numbers].sum(), "note": ""}])
    parts = counts.drop(columns="area_code").sort_values("plan_count", ascending=False, kind="stable")
    return pd.concat([england, parts], ignore_index=True)


def crossing(merged: pd.DataFrame) -> pd.DataFrame:
    """The merged bodies of a national plan that cross an area border, most people first."""
    columns = [
        "bodies",
        "body_count",
        "registered_population",
        "authorities_contained",
        "authorities_split",
        "coterminous_share",
    ]
    chosen = merged[merged["alignment_state"] == "crosses"]
    return chosen.sort_values("registered_population", ascending=False)[columns].reset_index(drop=True)


def by_area(
    all_areas: dict[str, AreaPlans], places: pd.DataFrame, chances: pd.DataFrame, definition: str
) -> pd.DataFrame:
    """One line per area for the national page; `places` from `levers.places`, `chances` from `levers.probabilities`."""
    chance = chances[chances["reduction_definition"] == definition].set_index("area_code")["probability"]
    place = places.set_index("area_code")
    rows = [
        {
            "area_name": area.area_name,
            "body_count": len(area.codes),
            "plan_count": len(area.plans),
            "registered_population": place.loc[code, "registered_population"],
            "gap_gbp": place.loc[code, "gap_gbp"],
            "released_central_gbp": area.plans["released_central_gbp"].max(),
            "probability": chance[code],
            "coterminous_share": area.plans["coterminous_share"].iloc[0],
            "coterminous_share_best": area.plans["coterminous_share"].max(),
        }
        for code, area in all_areas.items()
    ]
    return pd.DataFrame(rows)

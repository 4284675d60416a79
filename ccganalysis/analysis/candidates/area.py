"""Every connected set and every plan of one area: scores and the exact frontier."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.measures import OBJECTIVES
from ...errors import InputError
from .. import borders, plans
from .. import levers as lever
from ..coterminosity import shares
from .scoring import Setting, score


@dataclass(frozen=True)
class AreaPlans:
    """Every connected set and every plan of one area, scored: `sets` (see `score`) and `plans` (see `plan_scores`,
    and `borders.of_plans` where the era asks for more).
    """

    area_code: str
    area_name: str
    codes: tuple[str, ...]
    plan_set: plans.PlanSet
    sets: pd.DataFrame
    plans: pd.DataFrame

    def members(self, plan: int) -> list[list[str]]:
        """The codes of the bodies of each merged or single body of a plan."""
        return [[self.codes[place] for place in group] for group in self.plan_set.groups(plan)]

    def find(self, groups: Sequence[Sequence[str]]) -> int | None:
        """The plan that has just these groups of codes; None where one of them is not connected."""
        try:
            return self.plan_set.find([[self.codes.index(code) for code in group] for group in groups])
        except InputError:
            return None


def area_plans(setting: Setting, pairs: Sequence[tuple[str, str]], area: str, limit: int = 2_000_000) -> AreaPlans:
    """Enumerate and score one area. `setting` covers the footprint, `pairs` its neighbours (`organisations.neighbours`).

    Raises `InputError` for an unknown area and where there are more than `limit` plans.
    """
    organisations.within_area(setting.bodies, area)
    places = np.flatnonzero((setting.bodies["area_code"] == area).to_numpy())
    own = setting.only(places)
    codes = own.bodies["body_code"].tolist()
    masks = plans.neighbour_masks(codes, _between(pairs, codes))
    plan_set = plans.plans(masks, limit)
    sets = score(own, plans.membership(plan_set.sets, len(codes)))
    scored = plan_scores(plan_set, sets, setting.saving_target)
    if own.borders is not None:
        more = borders.of_plans(own.borders, own.authority_residents, plan_set.sum, sets)
        scored = pd.concat([scored, more], axis=1)
    return AreaPlans(
        area,
        own.bodies["area_name"].iloc[0],
        tuple(codes),
        plan_set,
        sets,
        scored,
    )


def _between(pairs: Sequence[tuple[str, str]], codes: Sequence[str]) -> list[tuple[str, str]]:
    known = set(codes)
    return [(first, second) for first, second in pairs if first in known and second in known]


def plan_scores(plan_set: plans.PlanSet, sets: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """One row per plan: bodies, £ released a year, coterminosity, disruption, sizes, size balance.

    `coterminous_share` is the share of the area's residents, those of all its bodies, who live in an upper-tier authority
    wholly inside one body; `size_balance` is the smallest body's people over the largest's; `mergers_passing` counts
    merged bodies that would release the target share of their own running cost at the central saving.
    """
    single = sets[sets["body_count"] == 1]
    whole = plan_set.sum(sets["people_in_whole_authorities"].to_numpy())
    # To the penny, so that plans that release the same are equal whatever the order of their sums.
    released = {case: plan_set.sum(sets[f"released_{case}_gbp"].to_numpy()).round(2) for case in lever.CASES}
    people = sets["registered_population"].to_numpy()
    passing = (sets["released_share"] >= saving_target) & (sets["bodies_removed"] > 0)
    smallest, largest = plan_set.min(people), plan_set.max(people)
    return pd.DataFrame(
        {
            "body_count": plan_set.number_of_sets,
            "bodies_removed": plan_set.n_bodies - plan_set.number_of_sets,
            **{f"released_{case}_gbp": values for case, values in released.items()},
            "released_share": released["central"] / single["baseline_gbp"].sum(),
            "people_in_whole_authorities": whole,
            "coterminous_share": shares(whole, single["residents"].sum()),
            "disruption_people": plan_set.sum(sets["disruption_people"].to_numpy()),
            "smallest_body_people": smallest,
            "largest_body_people": largest,
            "size_balance": smallest / largest,
            "mergers_passing": plan_set.sum(passing.to_numpy()),
        }
    )


def outcomes(area: AreaPlans, names: Sequence[str]) -> pd.Series:
    """The outcome that each plan reaches, by number: plans equal on all the objectives named reach the same."""
    return area.plans.groupby([OBJECTIVES[name].column for name in names]).ngroup()


def frontier(area: AreaPlans, names: Sequence[str]) -> pd.DataFrame:
    """The outcomes that no plan beats on all the objectives named: rows of `area.plans` with `plan` and `plan_count`.

    Plans equal on every objective are one outcome. It is shown once, as the first of them (`plan`, its number), with
    `plan_count`, how many of all plans reach it.
    """
    columns = [OBJECTIVES[name].column for name in names]
    best = plans.pareto_frontier(
        area.plans[columns].to_numpy("float64"), [OBJECTIVES[name].more_is_better for name in names]
    )
    outcome = outcomes(area, names)
    chosen = area.plans.assign(plan_count=outcome.map(outcome.value_counts()))[best & ~outcome.duplicated()]
    return (
        chosen.rename_axis("plan")
        .reset_index()
        .sort_values(columns[0], ascending=not OBJECTIVES[names[0]].more_is_better, ignore_index=True)
    )


def fits(area: AreaPlans, floor_people: int, ceiling_people: int) -> pd.Series:
    """Which plans keep every body between the floor and the ceiling, in registered people (0: no bound)."""
    within = area.plans["smallest_body_people"] >= floor_people
    return within & (area.plans["largest_body_people"] <= ceiling_people) if ceiling_people else within


def real_plan(area: AreaPlans, outcome: pd.Series) -> int | None:
    """The plan that was carried out inside an area, from `what_happened`; None where it was not a connected one."""
    mine = outcome.reindex(list(area.codes))
    return area.find([list(group.index) for _, group in mine.groupby(mine, sort=True)])


def plan_table(area: AreaPlans, front: pd.DataFrame, names: Sequence[str], named: Sequence[int]) -> pd.DataFrame:
    """Some plans first, then the other outcomes on the `frontier` by the objectives named: what each is and scores.

    `plan` and `on_frontier` (yes or no); `plan_count` says how many plans equal the one shown on these objectives; what is
    `merged` and the sizes of bodies are those of the one shown.
    """
    outcome = outcomes(area, names)
    unbeaten = outcome[front["plan"]]
    others = unbeaten.index[~unbeaten.isin(outcome[list(named)])]
    order = [*dict.fromkeys(named), *others]
    columns = [
        "body_count",
        "released_central_gbp",
        "released_share",
        "coterminous_share",
        "disruption_people",
        "smallest_body_people",
        "largest_body_people",
    ]
    frame = area.plans.loc[order, columns].reset_index(drop=True)
    frame.insert(0, "plan", order)
    frame.insert(1, "merged", [merged_names(area, plan) for plan in order])
    frame.insert(2, "plan_count", outcome[order].map(outcome.value_counts()).to_numpy())
    frame.insert(3, "on_frontier", outcome[order].isin(unbeaten).map({True: "yes", False: "no"}).to_numpy())
    return frame


def merged_names(area: AreaPlans, plan: int) -> str:
    """What a plan merges, by name: "Ash + Beech; Cedar + Date", or "none"."""
    start, end = area.plan_set.offsets[plan : plan + 2]
    chosen = area.sets["bodies"].iloc[area.plan_set.set_index[start:end]]
    return "; ".join(names.replace("; ", " + ") for names in chosen if "; " in names) or "none"


def largest_merged(area: AreaPlans, plan: int) -> pd.Series | None:
    """The merged body of a plan with most people: one row of `area.sets`. None where the plan merges nothing."""
    start, end = area.plan_set.offsets[plan : plan + 2]
    chosen = area.sets.iloc[area.plan_set.set_index[start:end]]
    merged = chosen[chosen["body_count"] > 1]
    return merged.iloc[merged["registered_population"].argmax()] if len(merged) else None


def plans_in_full(area: AreaPlans) -> pd.DataFrame:
    """Every plan of the area with all its measures, and `merged`, what it merges, in codes: "01F+02D, 01J+01X".

    Pounds are rounded to the pound, shares to a millionth and other measures to hundredths: 45,379 rows are a file.
    """
    codes = area.sets["body_codes"].str.replace(" ", "+")
    several = (area.sets["body_count"] > 1).to_numpy()
    chosen = several[area.plan_set.set_index]
    told = codes.to_numpy()[area.plan_set.set_index[chosen]].tolist()
    starts = np.concatenate([[0], np.cumsum(chosen)])[area.plan_set.offsets].tolist()
    merged = [", ".join(told[start:end]) or "none" for start, end in itertools.pairwise(starts)]
    frame = area.plans.reset_index(drop=True)
    broken = [str(name) for name in frame.select_dtypes("float64")]
    frame = frame.round({name: 0 if name.endswith("_gbp") else 6 if name.endswith("share") else 2 for name in broken})
    whole = [name for name in broken if name.endswith("_gbp") and frame[name].notna().all()]
    frame = frame.astype(dict.fromkeys(whole, "int64"))
    frame.insert(0, "plan", np.arange(len(frame)))
    frame.insert(1, "merged", merged)
    return frame

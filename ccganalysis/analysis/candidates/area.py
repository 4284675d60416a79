"""Every connected set and every plan of one area: scores, the exact frontier, the best, and the plans of reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.measures import OBJECTIVES
from ...errors import InputError, unknown
from .. import levers as lever
from .. import plans
from ..coterminosity import shares
from .scoring import Setting, score


@dataclass(frozen=True)
class AreaPlans:
    """Every connected set and every plan of one area, scored: `sets` (see `score`) and `plans` (see `plan_scores`)."""

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
    return AreaPlans(
        area,
        own.bodies["area_name"].iloc[0],
        tuple(codes),
        plan_set,
        sets,
        plan_scores(plan_set, sets, setting.saving_target),
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


def best_plan(area: AreaPlans, objective: str, floor_people: int = 0, ceiling_people: int = 0) -> int:
    """The best plan for one objective with no body below the floor or above the ceiling (0: none).

    Ties go to the plan that moves the fewest people, then to the one with most bodies. Raises `InputError` where no
    plan fits, saying what would.
    """
    if objective not in OBJECTIVES:
        raise InputError(unknown("objective", objective, OBJECTIVES))
    frame, allowed = area.plans, fits(area, floor_people, ceiling_people)
    if not allowed.any():
        widest = int(frame["smallest_body_people"].max())
        narrowest = int(frame["largest_body_people"].min())
        raise InputError(
            f"No plan of {area.area_name} keeps every body between {floor_people:,} and "
            f"{f'{ceiling_people:,}' if ceiling_people else 'any number of'} people: the smallest body can have at most "
            f"{widest:,}, and the largest at least {narrowest:,}. Lower the floor or raise the ceiling."
        )
    one = OBJECTIVES[objective]
    ordered = frame[allowed].assign(worst_first=-frame[one.column] if one.more_is_better else frame[one.column])
    return int(ordered.sort_values(["worst_first", "disruption_people", "bodies_removed"], kind="stable").index[0])


def as_good(area: AreaPlans, plan: int, objective: str, floor_people: int = 0, ceiling_people: int = 0) -> int:
    """How many plans within the floor and ceiling equal a plan on one objective, itself counted."""
    column = area.plans[OBJECTIVES[objective].column]
    return int((fits(area, floor_people, ceiling_people) & (column == column[plan])).sum())


def smallest_change(area: AreaPlans, threshold: float, measure: str = "released_share") -> int | None:
    """The plan that moves the fewest people of those whose every merger passes the test; None if there is none.

    A merger passes where `measure` (the share of its members' running cost released at the central saving, or another
    column of `score`) is at least `threshold`. Ties go to the plan with most bodies.
    """
    sets = area.sets
    fails = ((sets["bodies_removed"] > 0) & (sets[measure] < threshold)).to_numpy()
    good = (area.plan_set.sum(fails) == 0) & (area.plans["bodies_removed"] > 0).to_numpy()
    if not good.any():
        return None
    return int(area.plans[good].sort_values(["disruption_people", "bodies_removed"], kind="stable").index[0])


NO_CHANGE, ONE_BODY, BEST, SMALLEST = "No change", "One body", "Best by objective", "Smallest change that passes"
REAL = "Carried out by {hindsight}"
"""The labels of the plans that every report names; `REAL` is the one that came about (`eras.Hindsight`)."""


def reference_plans(area: AreaPlans) -> dict[str, int]:
    """The plans every chart refers to: no change, and one body per area where the bodies are connected."""
    reference = {NO_CHANGE: 0}
    fewest = int(area.plans["body_count"].argmin())
    if area.plans.loc[fewest, "body_count"] == 1:
        reference[ONE_BODY] = fewest
    return reference


def real_plan(area: AreaPlans, outcome: pd.Series) -> int | None:
    """The plan that was carried out inside an area, from `what_happened`; None where it was not a connected one."""
    mine = outcome.reindex(list(area.codes))
    return area.find([list(group.index) for _, group in mine.groupby(mine, sort=True)])


def marked_plans(
    area: AreaPlans,
    outcome: pd.Series | None,
    objective: str,
    floor_people: int,
    ceiling_people: int,
    saving_target: float,
) -> dict[str, int]:
    """The plans that every report names, by label: no change, one body, the best by the objective, the smallest change
    that passes the 20% test, and the one carried out where `outcome` tells. Those that do not exist are left out.
    """
    marks = reference_plans(area)
    chosen: dict[str, int | None] = {SMALLEST: smallest_change(area, saving_target)}
    if outcome is not None:
        chosen[REAL] = real_plan(area, outcome)
    if fits(area, floor_people, ceiling_people).any():
        chosen[BEST] = best_plan(area, objective, floor_people, ceiling_people)
    return marks | {label: plan for label, plan in chosen.items() if plan is not None}


def together(labels: Sequence[str]) -> str:
    """The labels of one plan as one: "One body, carried out by April 2021"."""
    first, *others = labels
    return ", ".join([first, *(label[:1].lower() + label[1:] for label in others)])


def plan_table(area: AreaPlans, front: pd.DataFrame, names: Sequence[str], marks: dict[str, int]) -> pd.DataFrame:
    """Marked plans first, then the other outcomes on the `frontier` by the objectives named: what each is and scores.

    `plan_count` says how many plans equal the one shown on these objectives; what is merged and the sizes of bodies are
    those of the one shown.
    """
    outcome = outcomes(area, names)
    unbeaten = outcome[front["plan"]]
    labels: dict[int, list[str]] = {}
    for label, plan in marks.items():
        labels.setdefault(plan, []).append(label)
    marked = outcome[list(labels)]
    for plan in marked.index[marked.isin(unbeaten)]:
        labels[plan].append("on the frontier")
    labels |= {plan: ["On the frontier"] for plan in unbeaten.index[~unbeaten.isin(marked)]}
    columns = [
        "body_count",
        "released_central_gbp",
        "released_share",
        "coterminous_share",
        "disruption_people",
        "smallest_body_people",
        "largest_body_people",
    ]
    order = list(labels)
    frame = area.plans.loc[order, columns].reset_index(drop=True)
    frame.insert(0, "plan_label", [together(labels[plan]) for plan in order])
    frame.insert(1, "merged", [merged_names(area, plan) for plan in order])
    frame.insert(2, "plan_count", outcome[order].map(outcome.value_counts()).to_numpy())
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

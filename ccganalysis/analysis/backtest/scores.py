"""The sets and plans of a decision, scored as on the day before: more is better, whatever the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import measures, organisations
from ...data.eras import Era
from ...data.tables import Day, Tables
from ...wording import listed
from .. import candidates, place, plans, running_costs
from .. import levers as lever
from .known import bodies_known, known_before

IN_SAMPLE, HELD_OUT = "in sample", "held out"

LARGEST_ACROSS = 5
"""Mergers across an area border are scored against the national connected sets of up to this many bodies."""

SAME = 9
"""Significant digits in which scores must agree to tie: sums in another order must not break ties."""


@dataclass(frozen=True)
class Scope:
    """Merged bodies to choose from, scored: those of one area, or of England.

    `setting` covers the bodies of the scope; `members` is boolean (sets x bodies), two members or more each; `scores`
    has a row per set and a column per criterion or baseline, more being better.
    """

    setting: candidates.Setting
    members: np.ndarray
    scores: pd.DataFrame

    def place(self, row: np.ndarray) -> int | None:
        """Which of the sets has just these members."""
        found = np.flatnonzero((self.members == row).all(axis=1))
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Decision:
    """One decision date with all that was known: the footprint before, and every area's sets and plans, scored.

    `sample` says whether anything may be chosen on it.
    """

    date: pd.Timestamp
    sample: str
    setting: candidates.Setting
    neighbours: tuple[tuple[str, str], ...]
    areas: dict[str, candidates.AreaPlans]
    scopes: dict[str, Scope]
    plan_scores: dict[str, pd.DataFrame]
    compared: tuple[str, ...]


BASELINES = {name: measures.BASELINES[name][0] for name in measures.BASELINES}
"""The naive rules beside which the criteria are shown, with their names for readers."""

CRITERIA = tuple(name for name in measures.RANKINGS if name not in BASELINES)

SCORERS = (*CRITERIA, *BASELINES)

LABELS = {name: measures.RANKINGS[name].words for name in measures.RANKINGS} | BASELINES
"""Every ranking in words."""


def decide(tables: Tables, date: Day, allowance_model: str, era: Era, water_links: str = "none") -> Decision:
    """Rank everything as on the day before a decision. Raises `InputError` for a date without a footprint before it."""
    day = pd.Timestamp(date)
    before = day - pd.DateOffset(years=1)
    known = known_before(tables, day, era)
    bodies, compared = bodies_known(known, before)
    people = known["registered_population"].rename(columns={"date": "as_at"})[
        ["as_at", "body_code", "registered_population"]
    ]
    with_people = known["footprints"].merge(people, on=["as_at", "body_code"])
    baseline = running_costs.allowances({**known, "bodies": with_people}, before, allowance_model, era)
    officers = lever.officer_groups(known["shared_leadership"], known["successors"], bodies, era.leadership)
    # Neither the target nor the draws enter any ranking; the fewest draws keep the probabilities cheap.
    setting = candidates.setting(
        organisations.beside(bodies, baseline, "allowance"),
        officers,
        known["authorities"],
        known["levers"],
        saving_target=era.money.target,
        draws=2,
        seed=0,
        differences=compared,
    )
    pairs = organisations.neighbours(known["links"], before, water_links, known["water_links"])
    sample = IN_SAMPLE if day in era.chosen_on else HELD_OUT
    return scored(day, sample, setting, pairs, compared)


def scored(
    day: pd.Timestamp,
    sample: str,
    setting: candidates.Setting,
    pairs: Sequence[tuple[str, str]],
    compared: Sequence[str],
) -> Decision:
    """A decision on the bodies of a setting: every set and plan of every area, scored."""
    every = candidates.every_area(setting, pairs)
    scopes, plan_scores = {}, {}
    for code, area in every.items():
        own = setting.only(np.flatnonzero((setting.bodies["area_code"] == code).to_numpy()))
        scopes[code], plan_scores[code] = _score_area(own, area)
    return Decision(day, sample, setting, tuple(pairs), every, scopes, plan_scores, tuple(compared))


def _score_area(own: candidates.Setting, area: candidates.AreaPlans) -> tuple[Scope, pd.DataFrame]:
    members = plans.membership(area.plan_set.sets, len(area.codes))
    several = (area.sets["body_count"] > 1).to_numpy()
    occurs = np.bincount(area.plan_set.set_index, minlength=len(members)) / len(area.plans)
    scores = score_sets(own, members[several], area.sets[several], occurs[several])
    return Scope(own, members[several], scores), score_plans(own, members, area)


def relations(setting: candidates.Setting) -> dict[str, np.ndarray]:
    """Which bodies belong together by a naive rule, as symmetric 0 and 1 matrices (bodies x bodies).

    `nearest_neighbour`: one is the other's nearest by centroid; `same_officer`: one accountable officer;
    `same_authority`: most small areas of both are in the same upper-tier authority.
    """
    number = len(setting.bodies)
    apart = setting.distance_km + np.diag(np.full(number, np.inf))
    nearest = np.zeros((number, number))
    if number > 1:
        nearest[np.arange(number), apart.argmin(axis=1)] = 1
    found = {
        "nearest_neighbour": np.maximum(nearest, nearest.T),
        "same_officer": place.same_officer(setting).astype("float64"),
        "same_authority": place.same_authority(setting).astype("float64"),
    }
    for matrix in found.values():
        np.fill_diagonal(matrix, 0)
    return found


def _within(members: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The sum of a symmetric matrix over all ordered pairs of each set's members."""
    weights = members.astype("float64")
    found: np.ndarray = ((weights @ matrix) * weights).sum(axis=1)
    return found


def score_sets(
    setting: candidates.Setting, members: np.ndarray, sets: pd.DataFrame, occurs: np.ndarray
) -> pd.DataFrame:
    """Every criterion and baseline of every merged body, more being better: one column each of `SCORERS`.

    `sets` is `candidates.score` of `members`; `occurs` the share of all plans in which each set is a body (what a
    random contiguous plan would form). Relations score by the share of pairs of members that they join, one body per
    area by the number of bodies, smallest first by fewest people per member; no change scores all alike.
    """
    count = sets["body_count"].to_numpy("float64")
    related = relations(setting)
    sets = candidates.per_body(sets)
    columns = {name: _criterion(sets, name) for name in CRITERIA}
    columns |= {
        "no_change": np.zeros(len(sets)),
        "one_per_area": count,
        "random_plan": occurs,
        "smallest_first": _criterion(sets, "smallest_first"),
        **{name: _within(members, matrix) / (count * (count - 1)) for name, matrix in related.items()},
    }
    return rounded(pd.DataFrame(columns)[list(SCORERS)])


def _criterion(sets: pd.DataFrame, name: str) -> np.ndarray:
    one = measures.RANKINGS[name]
    values = sets[one.column].to_numpy("float64")
    return values if one.more_is_better else -values


def score_plans(setting: candidates.Setting, members: np.ndarray, area: candidates.AreaPlans) -> pd.DataFrame:
    """Every criterion and baseline of every plan of an area, more being better: one column each of `SCORERS`.

    Pounds and people are summed over the plan's bodies; difference, distance and officers per body are means over the
    bodies there were before, one left alone counting as itself. Relations score by agreement: pairs together that they
    join and pairs apart that they do not. Smallest first is by the people of the plan's smallest body.
    """
    sets, plan_set = candidates.per_body(area.sets), area.plan_set
    count = sets["body_count"].to_numpy("float64")

    def mean(column: np.ndarray) -> np.ndarray:
        return plan_set.sum(count * column) / len(area.codes)

    columns: dict[str, np.ndarray] = {
        "released_share": area.plans["released_share"].to_numpy("float64"),
        "released": area.plans["released_central_gbp"].to_numpy("float64"),
        "coterminosity": area.plans["people_in_whole_authorities"].to_numpy("float64"),
        "least_disruption": -area.plans["disruption_people"].to_numpy("float64"),
        "no_change": (area.plans["bodies_removed"] == 0).to_numpy("float64"),
        "one_per_area": area.plans["bodies_removed"].to_numpy("float64"),
        "random_plan": np.zeros(len(area.plans)),
        "smallest_first": area.plans["smallest_body_people"].to_numpy("float64"),
    }
    columns |= {name: mean(_criterion(sets, name)) for name in CRITERIA if name not in columns}
    for name, matrix in relations(setting).items():
        columns[name] = plan_set.sum(_within(members, matrix - (1 - matrix)) + count)  # the diagonal is no pair
    return rounded(pd.DataFrame(columns)[list(SCORERS)])


def rounded(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores to `SAME` significant digits, so that what is equal but for rounding ties."""
    values = scores.to_numpy("float64")
    with np.errstate(divide="ignore"):
        size = np.where(values == 0, 0, np.floor(np.log10(np.abs(values))))
    scale = 10.0 ** (SAME - 1 - size)
    return pd.DataFrame(np.round(values * scale) / scale, columns=scores.columns)


def national_scope(decision: Decision, with_members: Sequence[Sequence[str]]) -> Scope:
    """Every connected set of two to five bodies in England, whatever the area, for mergers that cross a border.

    `with_members` are the mergers to be scored there: the largest sets allowed grow with them.
    """
    codes = decision.setting.bodies["body_code"].tolist()
    largest = max([LARGEST_ACROSS, *map(len, with_members)])
    near = plans.neighbour_lists(codes, decision.neighbours)
    found = [group for group in plans.connected_sets_of_indices(near, largest) if len(group) > 1]
    members = np.zeros((len(found), len(codes)), dtype=bool)
    for row, group in enumerate(found):
        members[row, list(group)] = True
    sets = candidates.score(decision.setting, members)
    # Random plans of England cannot be listed, so that baseline ties all sets here.
    return Scope(decision.setting, members, score_sets(decision.setting, members, sets, np.zeros(len(sets))))


MEASURES = {
    "density_per_km2": "density",
    "list_size": "list size",
    "aged_65_plus_share": "age",
    "imd_average_score": "deprivation",
}


def compared_on(decisions: Sequence[Decision]) -> pd.DataFrame:
    """What could be compared and whether shared officers were known before each decision: a table to show."""
    rows = []
    for decision in decisions:
        bodies = decision.setting.bodies
        rows.append(
            {
                "effective_date": decision.date,
                "sample": decision.sample,
                "as_at": bodies["as_at"].iloc[0],
                "body_count": len(bodies),
                "estimated_lists": int(bodies["list_estimated"].sum()),
                "connected_sets": sum(len(area.sets) for area in decision.areas.values()),
                "plan_count": sum(len(area.plans) for area in decision.areas.values()),
                "compared_on": listed([MEASURES[name] for name in decision.compared]),
                "officers_known": "yes" if bodies["officer"].nunique() < len(bodies) else "no",
            }
        )
    return pd.DataFrame(rows)

"""How often what happened is among the first few, and among the named options: the headline of the back-test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from .. import candidates, options
from .pairwise import interval, resampled
from .results import Results
from .scores import HELD_OUT, IN_SAMPLE, SCORERS, Decision

FIRST = 5
"""How many candidates of an area are looked at."""

SIZES = ((2, FIRST), (FIRST + 1, 20), (21, 100), (101, None))
"""Bands of how many mergers there were to choose from in an area, from and to (None: no end). In the first any rule is right."""


def first_places(results: Results, which: str = "merged") -> pd.DataFrame:
    """Where bodies formed inside one area (or with `which` = "attempted" those planned) stand among all that it could form.

    One row each, of those that had a rival: `effective_date`, `sample`, `formed`, `area_code`, `area_name`, `candidate_count`
    (mergers possible in the area), and by each of `SCORERS` the place, from 1. Equal scores are in the order of fewer people
    moved, then of code, as candidates are. A place is missing where what was formed is not connected.
    """
    frame: pd.DataFrame = getattr(results, which)
    return places_of(frame, {decision.date: decision for decision in results.decisions})


def places_of(frame: pd.DataFrame, decisions: Mapping[pd.Timestamp, Decision]) -> pd.DataFrame:
    """`first_places` of merged bodies placed by `merged_percentiles`; decisions by date."""
    rows = []
    inside = frame[(frame["area_count"] == 1) & (frame["rivals"] > 0)]
    for one in inside.to_dict("records"):
        decision = decisions[one["effective_date"]]
        scope = decision.scopes[one["area_code"]]
        codes = set(one["body_codes"].split())
        place = scope.place(scope.setting.bodies["body_code"].isin(codes).to_numpy())
        kept = {name: one[name] for name in ("effective_date", "sample", "formed", "area_code", "area_name")}
        rows.append({**kept, "candidate_count": len(scope.members), **_places(decision, one["area_code"], place)})
    first = ["effective_date", "sample", "formed", "area_code", "area_name", "candidate_count"]
    return pd.DataFrame(rows, columns=[*first, *SCORERS])


def _places(decision: Decision, area_code: str, place: int | None) -> dict[str, float]:
    """The place of one of an area's candidates (by number) by each of `SCORERS`."""
    if place is None:
        return dict.fromkeys(SCORERS, np.nan)
    scores, sets = decision.scopes[area_code].scores, decision.areas[area_code].sets
    tied = sets[sets["body_count"] > 1].reset_index(drop=True)
    before = pd.Series(range(len(tied)), index=tied.sort_values(["disruption_people", "body_codes"]).index)
    ahead = scores > scores.iloc[place]
    level = (scores == scores.iloc[place]).mul(before < before[place], axis=0)
    places = 1 + ahead.sum() + level.sum()
    return {name: float(places[name]) for name in SCORERS}


def hit_rates(places: pd.DataFrame, by: str, resamples: int, seed: int) -> pd.DataFrame:
    """How often what was formed is among the first five, by each ranking, and how much more or less often than by `by`.

    `places` as `first_places`. One row per ranking and sample: `ranked_by`, `sample`, `formed_count`, `hit_count`, `hit_share` with
    `_low` and `_high`, and `advantage` over `by` with `_low` and `_high`: 95% intervals from bootstrap resamples of areas, the
    same for all, so that one that leaves out nought tells the two apart. Most often first.
    """
    rows = []
    for sample in (IN_SAMPLE, HELD_OUT):
        mine = places[places["sample"] == sample]
        hit = (mine[list(SCORERS)] <= FIRST).astype("float64")
        for name in SCORERS:
            mean, low, high = mean_by_area(mine["area_code"], hit[name], resamples, seed)
            apart = mean_by_area(mine["area_code"], hit[name] - hit[by], resamples, seed)
            rows.append((name, sample, len(mine), int(hit[name].sum()), mean, low, high, *apart))
    columns = ["ranked_by", "sample", "formed_count", "hit_count", "hit_share", "hit_share_low", "hit_share_high"]
    frame = pd.DataFrame(rows, columns=[*columns, "advantage", "advantage_low", "advantage_high"])
    return frame.sort_values(["sample", "hit_share"], ascending=[True, False], kind="stable", ignore_index=True)


def hit_rates_by_size(places: pd.DataFrame, by: str) -> pd.DataFrame:
    """The same held out, by how many mergers there were to choose from: `choice_size`, `formed_count`, `hit_count`, `hit_share`,
    and `chance_share`, what drawing five of the area's candidates would give on average.
    """
    mine = places[places["sample"] == HELD_OUT]
    rows = []
    for least, most in SIZES:
        of_size = mine[mine["candidate_count"].between(least, most or np.inf)]
        if len(of_size):
            hit = of_size[by] <= FIRST
            chance = (FIRST / of_size["candidate_count"]).clip(upper=1).mean()
            rows.append((least, most, len(of_size), int(hit.sum()), float(hit.mean()), float(chance)))
    columns = ["least_count", "most_count", "formed_count", "hit_count", "hit_share", "chance_share"]
    return pd.DataFrame(rows, columns=columns)


def options_held(results: Results, successors: pd.DataFrame) -> pd.DataFrame:
    """Whether what came about in each area was one of its named options, from what was known the day before.

    One row for each decision and area with a choice: `effective_date`, `sample`, `area_code`, `area_name`, `option_count`,
    `plan_count`, `changed` (yes, no, or "no plan" where what came about is none of the area's) and `held` (yes, no; nothing
    where it is no plan).
    """
    rows = []
    for decision in results.decisions:
        happened = candidates.what_happened(decision.setting.bodies, successors, decision.date)
        for code, area in decision.areas.items():
            if len(area.plans) == 1:
                continue
            plans = {option.plan for option in options.options(area, decision.setting)}
            real = candidates.real_plan(area, happened)
            changed = "no plan" if real is None else "yes" if real else "no"
            held = "" if real is None else "yes" if real in plans else "no"
            facts = (decision.date, decision.sample, code, area.area_name)
            rows.append((*facts, len(plans), len(area.plans), changed, held))
    columns = ["effective_date", "sample", "area_code", "area_name", "option_count", "plan_count", "changed", "held"]
    return pd.DataFrame(rows, columns=columns)


MANY_PLANS = 10
"""An area with more plans than these has a choice worth the name."""

OPTION_GROUPS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all": lambda frame: frame["held"] != "",
    "changed": lambda frame: frame["changed"] == "yes",
    "changed_many": lambda frame: (frame["changed"] == "yes") & (frame["plan_count"] > MANY_PLANS),
}
"""Of which areas it is asked how often the options held what came about: all, those that changed, those of them with
more than `MANY_PLANS` plans."""


def option_rates(held: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """How often the named options held what came about: one row per sample and group of areas (`OPTION_GROUPS`).

    `sample`, `group`, `area_count`, `held_count`, `held_share` with `_low` and `_high` (95%, bootstrap by area), `option_count` and
    `plan_count`, means over those areas.
    """
    rows = []
    for sample, (group, chosen) in itertools.product((IN_SAMPLE, HELD_OUT), OPTION_GROUPS.items()):
        mine = held[held["sample"] == sample]
        mine = mine[chosen(mine)]
        yes = (mine["held"] == "yes").astype("float64")
        share = mean_by_area(mine["area_code"], yes, resamples, seed)
        means = mine[["option_count", "plan_count"]].mean()
        rows.append((sample, group, len(mine), int(yes.sum()), *share, means["option_count"], means["plan_count"]))
    columns = ["sample", "group", "area_count", "held_count", "held_share", "held_share_low", "held_share_high"]
    return pd.DataFrame(rows, columns=[*columns, "option_count", "plan_count"])


def mean_by_area(areas: pd.Series, values: pd.Series, resamples: int, seed: int) -> tuple[float, float, float]:
    """The mean, and its 95% interval over resamples of whole areas."""
    if values.empty:
        return (np.nan,) * 3
    names, group = np.unique(areas.to_numpy(dtype=str), return_inverse=True)
    drawn = resampled(len(names), resamples, seed)
    total = np.bincount(group, weights=values.to_numpy(), minlength=len(names))
    size = np.bincount(group, minlength=len(names)).astype("float64")
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = interval((drawn @ total) / (drawn @ size))
    return float(values.mean()), low, high

"""All of it: every decision scored, summed up, and the ranking that the earlier ones support."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.eras import Era
from ...data.tables import Tables
from ...errors import InputError
from .. import candidates
from .pairwise import interval, pair_table, pairs, resampled, roc_areas
from .percentiles import attempts, merged_percentiles, plan_percentiles
from .scores import CRITERIA, HELD_OUT, IN_SAMPLE, LABELS, SCORERS, Decision, decide


@dataclass(frozen=True)
class Results:
    """The whole back-test; see the functions of the same names."""

    decisions: tuple[Decision, ...]
    merged: pd.DataFrame
    carried_out: pd.DataFrame
    attempted: pd.DataFrame
    pairs: pd.DataFrame
    summary: pd.DataFrame

    def dates(self, sample: str) -> list[pd.Timestamp]:
        """The dates of the decisions in sample, or held out."""
        return [decision.date for decision in self.decisions if decision.sample == sample]

    @property
    def first_held_out(self) -> Decision:
        """The first decision held out."""
        return next(decision for decision in self.decisions if decision.sample == HELD_OUT)


def run(
    tables: Tables,
    era: Era,
    allowance_model: str,
    water_links: str,
    resamples: int,
    seed: int,
    decisions: Sequence[Decision] | None = None,
) -> Results:
    """Every decision of an era scored against what happened. `decisions` are made (`decide`) unless given.

    Raises `InputError` for an era that declares no back-test.
    """
    if era.backtest is None:
        raise InputError(f"eras.toml declares no back-test for [{era.name}].")
    if decisions is None:
        decisions = [
            decide(tables, date, allowance_model, era, water_links) for date in (*era.chosen_on, *era.reported_on)
        ]
    merged, carried_out, attempted, pair_frames = [], [], [], []
    for decision in decisions:
        merged.append(merged_percentiles(decision, candidates.formed(tables["mergers"], decision.date)))
        carried_out.append(plan_percentiles(decision, tables["successors"]))
        attempted.append(attempts(decision, tables["merger_attempts"]))
        pair_frames.append(pairs(decision, tables["successors"]))
    formed, real, tried, two = (
        pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)  # an empty one has no types
        for frames in (merged, carried_out, attempted, pair_frames)
    )
    return Results(tuple(decisions), formed, real, tried, two, summary(formed, real, resamples, seed))


def summary(merged: pd.DataFrame, carried_out: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Mean percentiles of the bodies formed and of the plans carried out, by scorer and sample, with 95% intervals.

    `merged` as `merged_percentiles` of all dates, `carried_out` as `plan_percentiles`. Bodies that had no rival (the
    only connected set of their area) say nothing and are left out. Bootstrap by area. One row per scorer and sample:
    `ranked_by`, `role`, `sample`, `formed_count`, `set_percentile` (and `_low`, `_high`), `plan_count`,
    `plan_percentile` (all areas with a choice) and `changed_plan_percentile` (those that changed).
    """
    rows = []
    for sample in (IN_SAMPLE, HELD_OUT):
        formed = merged[(merged["sample"] == sample) & (merged["rivals"] > 0)]
        real = carried_out[(carried_out["sample"] == sample) & (carried_out["changed"] != "no plan")]
        for name in SCORERS:
            mean, low, high = _mean_apart(formed["area_code"], formed[name], resamples, seed)
            rows.append(
                {
                    "ranked_by": name,
                    "role": "criterion" if name in CRITERIA else "baseline",
                    "sample": sample,
                    "formed_count": len(formed),
                    "set_percentile": mean,
                    "set_percentile_low": low,
                    "set_percentile_high": high,
                    "plan_count": len(real),
                    "plan_percentile": real[name].mean(),
                    "changed_plan_percentile": real.loc[real["changed"] == "yes", name].mean(),
                }
            )
    return pd.DataFrame(rows)


def chosen(table: pd.DataFrame) -> str:
    """The ranking that the protocol supports: highest mean percentile of the bodies formed in sample.

    Criteria and baselines compete alike, and nothing later is looked at. Ties go to the first of `SCORERS`.
    """
    seen = table[table["sample"] == IN_SAMPLE].set_index("ranked_by")["set_percentile"]
    return max(SCORERS, key=lambda name: seen[name])


OF_BODIES, OF_PLANS, OF_PAIRS = "bodies formed", "plans carried out", "pairs of neighbours"


def advantages(results: Results, by: str, resamples: int, seed: int) -> pd.DataFrame:
    """Is any other ranking really better than `by`, held out? Each one's measure less that of `by`, paired.

    Measures are the mean percentile of the bodies formed and of the plans carried out, and the ROC area of pairs of
    neighbours. The 95% interval comes from the same bootstrap resamples of areas for both: one that leaves out nought
    tells the two apart. One row per ranking and measure, largest advantage first: `ranked_by`, `role`, `measured_on`,
    `advantage`, `advantage_low`, `advantage_high`.
    """
    formed, real, two = (
        frame[frame["sample"] == HELD_OUT] for frame in (results.merged, results.carried_out, results.pairs)
    )
    tables = {OF_BODIES: formed[formed["rivals"] > 0], OF_PLANS: real[real["changed"] != "no plan"]}
    own_roc, own_rocs = roc_areas(two, by, resamples, seed)
    rows = []
    for name in SCORERS:
        if name == by:
            continue
        found = {
            measure: _mean_apart(frame["area_code"], frame[name] - frame[by], resamples, seed)
            for measure, frame in tables.items()
        }
        roc, rocs = roc_areas(two, name, resamples, seed)
        found[OF_PAIRS] = (roc - own_roc, *interval(rocs - own_rocs))
        role = "criterion" if name in CRITERIA else "baseline"
        rows += [(name, role, measure, *values) for measure, values in found.items()]
    columns = ["ranked_by", "role", "measured_on", "advantage", "advantage_low", "advantage_high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(["measured_on", "advantage"], ascending=[True, False], kind="stable", ignore_index=True)


def _mean_apart(area: pd.Series, values: pd.Series, resamples: int, seed: int) -> tuple[float, float, float]:
    """The mean of some values with its 95% interval, bootstrap by area."""
    names, group = np.unique(area.to_numpy(dtype=str), return_inverse=True)
    drawn = resampled(len(names), resamples, seed)[:, group]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (drawn @ values.to_numpy("float64")) / drawn.sum(axis=1)
    return float(values.mean()), *interval(means)


TOP = 0.75
"""A merger ranked above this share of its rivals counts as a hit on the map."""

HIT, MISS = "Merged, ranked in the top quarter", "Merged, ranked lower"

ONLY = "Merged, the only way there was"

PLANNED, STAYED = "Planned, not completed", "Not merged"


def hits(results: Results, by: str, successors: pd.DataFrame) -> pd.Series:
    """What became of each body of the footprint before the held-out decisions, by `body_code`.

    Later decisions overwrite earlier ones, completed mergers plans that were not.
    """
    held = [decision for decision in results.decisions if decision.sample == HELD_OUT]
    start = held[0].setting.bodies["as_at"].iloc[0]
    found = pd.Series(STAYED, index=pd.Index(held[0].setting.bodies["body_code"], name="body_code"))
    for rows, category in ((results.attempted, _planned), (results.merged, _ranked(by))):
        for decision in held:
            now = organisations.main_successor(successors, start, decision.setting.bodies["as_at"].iloc[0])
            for row in rows[rows["effective_date"] == decision.date].to_dict("records"):
                found[now.index[now.isin(row["body_codes"].split())]] = category(row)
    return found


def _planned(_: Mapping[Any, Any]) -> str:
    return PLANNED


def _ranked(by: str) -> Callable[[Mapping[Any, Any]], str]:
    def category(row: Mapping[Any, Any]) -> str:
        return ONLY if row["rivals"] == 0 else HIT if row[by] >= TOP else MISS

    return category


FORMED_LOW, PLANNED_HIGH = "formed", "planned"
"""The two ways to miss: formed though ranked low; planned, ranked high, and not completed."""

ACROSS, LATER, SAME_DAY, ATTEMPT, FIRST_BY = "across", "later", "same_day", "attempt", "first_by"
"""What may be on record of a merger that the ranking could not know or does not look at (`misses`)."""


def misses(results: Results, by: str, tables: Tables) -> pd.DataFrame:
    """The held-out mergers ranked below the middle, and the plans ranked above it that were not completed: worst first.

    `effective_date`, `merger`, `happened` (`FORMED_LOW` or `PLANNED_HIGH`), `percentile` and `not_seen`, a list of what
    is on record: `ACROSS` with the number of areas joined, `LATER` (members came under one officer after the evidence
    ends) with when, `SAME_DAY` with the bodies formed in the area that day, `ATTEMPT` with what was reported, `FIRST_BY`
    with the rankings not chosen that have it among the first tenth.
    """
    formed, tried = (frame[frame["sample"] == HELD_OUT] for frame in (results.merged, results.attempted))
    rows = []
    for row in formed[formed[by] < 0.5].to_dict("records"):
        on_record = _not_seen(row, results, by, tables)
        rows.append((row["effective_date"], row["formed"], FORMED_LOW, row[by], 0.5 - row[by], on_record))
    for row in tried[tried[by] > 0.5].to_dict("records"):
        on_record = [(ATTEMPT, (row["event"], row["outcome"]))]
        rows.append((row["effective_date"], row["formed"], PLANNED_HIGH, row[by], row[by] - 0.5, on_record))
    frame = pd.DataFrame(rows, columns=["effective_date", "merger", "happened", "percentile", "off", "not_seen"])
    return frame.sort_values("off", ascending=False, kind="stable").drop(columns="off").reset_index(drop=True)


def _not_seen(row: Mapping[Any, Any], results: Results, by: str, tables: Tables) -> list[tuple[str, Any]]:
    members = set(row["body_codes"].split())
    found: list[tuple[str, Any]] = []
    if row["area_count"] > 1:
        found.append((ACROSS, row["area_count"]))
    shared = tables["shared_leadership"]
    for _, group in shared[~shared["sharing"].isin(["sourced", "probable"])].groupby("group_code"):
        if members <= set(group["body_code"]):
            found.append((LATER, group["shared_from"].iloc[0]))
    merged = results.merged
    same_day = (merged["effective_date"] == row["effective_date"]) & (merged["area_code"] == row["area_code"])
    if same_day.sum() > 1:
        found.append((SAME_DAY, int(same_day.sum())))
    attempt: Any
    for attempt in tables["merger_attempts"].itertuples():
        if members == set(attempt.body_codes.split()):
            found.append((ATTEMPT, (attempt.event, attempt.outcome)))
    others = [name for name in ("coterminosity", "shared_officer") if name != by and row[name] >= 0.9]
    return [*found, (FIRST_BY, others)] if others else found


def percentiles_table(frame: pd.DataFrame, first: Sequence[str], scorers: Sequence[str] = SCORERS) -> pd.DataFrame:
    """Some columns of a table of percentiles, then the percentiles under names of their own."""
    return frame[[*first, *scorers]].rename(columns={name: f"{name}_percentile" for name in scorers})


def scores_table(pair_frame: pd.DataFrame) -> pd.DataFrame:
    """Every pair with its scores under names of their own."""
    frame = pair_frame.rename(columns={name: f"{name}_score" for name in SCORERS})
    return frame.assign(together=frame["together"].map({True: "yes", False: "no"}))


def comparison(results: Results) -> pd.DataFrame:
    """All rankings side by side: percentiles of bodies and plans, in sample and held out, best held out first."""
    seen, held = (
        results.summary[results.summary["sample"] == sample].set_index("ranked_by") for sample in (IN_SAMPLE, HELD_OUT)
    )
    table = held[
        [
            "role",
            "set_percentile",
            "set_percentile_low",
            "set_percentile_high",
            "plan_percentile",
            "changed_plan_percentile",
        ]
    ].copy()
    table.insert(1, "set_percentile_in_sample", seen["set_percentile"])
    table.insert(5, "plan_percentile_in_sample", seen["plan_percentile"])
    table = table.sort_values("set_percentile", ascending=False, kind="stable").reset_index()
    return table.assign(ranked_by=table["ranked_by"].map(LABELS))


def pairs_comparison(results: Results, resamples: int, seed: int) -> pd.DataFrame:
    """`pair_table` of the held-out pairs with the ROC area in sample beside it, best held out first."""
    seen, held = (
        pair_table(results.pairs[results.pairs["sample"] == sample], SCORERS, resamples, seed)
        for sample in (IN_SAMPLE, HELD_OUT)
    )
    held.insert(1, "roc_area_in_sample", seen["roc_area"])
    return held.sort_values("roc_area", ascending=False, kind="stable", ignore_index=True)

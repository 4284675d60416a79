"""Where what was formed, carried out or attempted stands among all that was possible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...wording import short_name
from .. import candidates
from .scores import SCORERS, Decision, national_scope, score_sets


def percentile(value: float, others: np.ndarray) -> float:
    """The share of the others that a score beats, ties counting half; not a number where there are no others."""
    if len(others) == 0:
        return float("nan")
    return float(((others < value).sum() + 0.5 * (others == value).sum()) / len(others))


def placed(scores: pd.DataFrame, place: int) -> dict[str, float]:
    """The percentile of one row among all other rows, by each column."""
    own, others = scores.iloc[place], scores.drop(index=scores.index[place])
    return {name: percentile(own[name], others[name].to_numpy()) for name in scores.columns}


def merged_percentiles(
    decision: Decision, groups: Mapping[str, Sequence[str]], same_size: bool = False
) -> pd.DataFrame:
    """Where merged bodies (name to members' codes) stand among all connected sets of two bodies or more.

    Within an area the others are the sets of that area; across a border all national ones of up to five bodies. A group
    that is not connected is compared with all of them. One row each: `effective_date`, `formed`, `body_codes`,
    `members`, `area_code`, `area_name`, `area_count` (more than one: a border crossed), `body_count`, `connected`,
    `rivals`, `sample` and a percentile by each of `SCORERS`.
    """
    bodies = decision.setting.bodies.set_index("body_code")
    crossing = [list(group) for group in groups.values() if bodies.loc[list(group), "area_code"].nunique() > 1]
    national = national_scope(decision, crossing) if crossing else None
    rows = []
    for name, group in groups.items():
        own = bodies.loc[list(group)]
        largest = own.sort_values("registered_population").iloc[-1]
        crosses = own["area_code"].nunique() > 1
        scope = national if crosses and national is not None else decision.scopes[largest["area_code"]]
        row = scope.setting.bodies["body_code"].isin(group).to_numpy()
        place = scope.place(row)
        if place is None:
            sets = candidates.score(scope.setting, row[None, :])
            alone = score_sets(scope.setting, row[None, :], sets, np.zeros(1))
            scores = pd.concat([scope.scores, alone], ignore_index=True)
            place = len(scores) - 1
        else:
            scores = scope.scores
        if same_size:
            alike = np.flatnonzero(np.append(scope.members.sum(axis=1), row.sum())[: len(scores)] == row.sum())
            scores, place = scores.iloc[alike], int(np.searchsorted(alike, place))
        rows.append(
            {
                "effective_date": decision.date,
                "formed": short_name(name),
                "body_codes": " ".join(group),
                "members": "; ".join(short_name(member) for member in own["body_name"]),
                "area_code": largest["area_code"],
                "area_name": largest["area_name"],
                "body_count": len(group),
                "area_count": own["area_code"].nunique(),
                "connected": "yes" if scope.place(row) is not None else "no",
                "rivals": len(scores) - 1,
                "sample": decision.sample,
                **placed(scores, place),
            }
        )
    columns = [
        "effective_date",
        "formed",
        "body_codes",
        "members",
        "area_code",
        "area_name",
        "body_count",
        "area_count",
    ]
    return pd.DataFrame(rows, columns=[*columns, "connected", "rivals", "sample", *SCORERS])


def plan_percentiles(decision: Decision, successors: pd.DataFrame) -> pd.DataFrame:
    """Where the plan carried out in each area stands among all its plans, for areas with more than one plan.

    `successors` tells what happened. Columns `effective_date`, `area_code`, `area_name`, `rivals`, `changed`, `sample`
    and a percentile by each of `SCORERS`; missing where what happened is no plan of the area (a border crossed).
    """
    outcome = candidates.what_happened(decision.setting.bodies, successors, decision.date)
    rows = []
    for code, area in decision.areas.items():
        if len(area.plans) == 1:
            continue
        plan = candidates.real_plan(area, outcome)
        scores = decision.plan_scores[code]
        found = dict.fromkeys(scores.columns, float("nan")) if plan is None else placed(scores, plan)
        changed = "no plan" if plan is None else "yes" if plan else "no"
        rows.append(
            {
                "effective_date": decision.date,
                "area_code": code,
                "area_name": area.area_name,
                "rivals": len(scores) - 1,
                "changed": changed,
                "sample": decision.sample,
                **found,
            }
        )
    return pd.DataFrame(rows)


def attempts(decision: Decision, merger_attempts: pd.DataFrame) -> pd.DataFrame:
    """The mergers planned for a date that were refused, voted down or paused, placed as `merged_percentiles` does.

    Adds `event` and `outcome` as reported.
    """
    mine = merger_attempts[merger_attempts.apply(planned_for, axis=1) == decision.date].reset_index(drop=True)
    if mine.empty:
        return merged_percentiles(decision, {}).assign(event="", outcome="")
    groups = dict(zip(mine["areas"], mine["body_codes"].str.split(), strict=True))
    found = merged_percentiles(decision, groups)
    return found.assign(event=mine["event"], outcome=mine["outcome"])


def planned_for(attempt: pd.Series) -> pd.Timestamp:
    """The 1 April an attempt aimed at: the one its event names, else the first after the year or month it was made."""
    named = re.search(r"April (\d{4})", attempt["event"])
    if named:
        return pd.Timestamp(f"{named[1]}-04-01")
    made = attempt["attempted"].split("/")[-1]
    day = pd.Timestamp(made) if "-" in made else pd.Timestamp(f"{made}-12-31")
    return pd.Timestamp(f"{day.year + (day.month > 3)}-04-01")

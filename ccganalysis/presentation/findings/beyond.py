"""What a merger would release beyond sharing an officer: a range, with what it rests on beside it."""

from __future__ import annotations

import pandas as pd

from ...analysis import levers
from ...analysis import routes as analysis
from ...wording import count, date, gbp, gbp_range, per_cent
from .routes import _less, _open
from .words import bodies, the


def beyond_question(fact: pd.Series) -> str:
    """What was asked, and what a minister said of it: `fact` is a row of `policy_facts`."""
    said = str(fact["fact"]).removeprefix("minister: ")
    return (
        "## {Group} or merger?\n\nIn a {group} {bodies} share {an_officer} and stay; a merger makes one body of them. A minister said on "
        f"{date(fact['period'])} that it was {said}. What evidence there is can bound it."
    )


def beyond_nothing(place: str, merged: pd.DataFrame, as_at: str) -> str:
    """That there is no group to merge, and which have merged."""
    if merged.empty:
        return f"No {{bodies}} of {the(place)} that are neighbours share {{an_officer}}, so the question does not arise there."
    return f"In {the(place)} no {{group}} is left to merge. {beyond_merged(merged, as_at)}"


def beyond_merged(merged: pd.DataFrame, as_at: str) -> str:
    """Which groups had become one body; nothing where none had."""
    if merged.empty:
        return ""
    named = "; ".join(merged["place"])
    return f"By {date(as_at)} {count(len(merged), '{group}', '{groups}')} had become one body{'' if len(merged) == 1 else ' each'}: {named}."


def beyond_answer(place: str, needed: pd.Series, rows: pd.DataFrame, found: analysis.Evidence) -> str:
    """The answer for one place: `needed` its row of `beyond_cluster.break_even`, `rows` its four of `beyond_cluster.by_route`."""
    by_route = rows.set_index("route")
    low, high = _quoted(by_route)
    groups, number = int(needed["group_count"]), int(needed["body_count"])
    told = (
        f"In {the(place)} {count(groups, '{group}', '{groups}')} of {bodies(number)} {'has' if groups == 1 else 'have'} not merged. "
        f"**Merged, {'it' if groups == 1 else 'they'} would release {gbp_range(low, high)} a year beyond what sharing has released, if the "
        "prices quoted for a merger alone hold** and sharing has had as much of them as is assumed. That is "
        f"{_share_of(low, high, needed['asked_gbp'])} of the {gbp(needed['asked_gbp'])} asked for. To release all of that, each body removed would have to "
        f"release {gbp(needed['break_even_saving_gbp'])} a year; the highest price quoted is {gbp(_dearest(found))}."
    )
    if found.elasticity is not None and found.staff_date is not None:
        told += f" By scale it would take {_by_scale(by_route.loc[analysis.SCALE])}."
    if found.effect is not None and found.staff_date is not None:
        told += (
            f" As measured it would take {_less(by_route.loc[analysis.MEASURED])}, if staff changed as around the day on which "
            f"{bodies(found.effect.merged)} were formed in {date(found.effect.merger_date).split(' ', 1)[1]}{_open(found.effect.released)}."
        )
    return told


def beyond_rests_on(found: analysis.Evidence) -> str:
    """What the range rests on."""
    low, high = levers.evidence_range(found.levers, "share_already_harvested")
    told = (
        f"**It rests on** {count(found.quoted, 'price')} that plans put on mergers alone, none audited, of other bodies and years; on an assumption "
        f"that sharing has had {per_cent(low)} to {per_cent(high)} of them"
    )
    if found.elasticity is not None:
        told += "; on how staff go with size, an association between bodies on one day"
    if found.effect is not None:
        told += "; and on what all staff did at one date of mergers"
    return (
        f"{told}. None of it is the effect of a merger that has yet to be. The cut reaches every body anyway, merged or not, and what is released here is "
        "of running costs: the cap is another measure and has no part in it."
    )


def beyond_cost(row: pd.Series | None) -> str:
    """What it would cost once, and when it is repaid: `row` of `routes.repaid`; nothing where that is not held."""
    if row is None:
        return ""
    once = gbp_range(row["one_off_low_gbp"], row["one_off_high_gbp"])
    return (
        f"At the central price quoted, closing the posts would cost {once} once, if it costs what closing posts has cost. "
        f"That is repaid {_years(row)}."
    )


def beyond_headline(rows: pd.DataFrame) -> str:
    """The chart of one place in a line."""
    place = str(rows["place"].iloc[0])
    low, high = _quoted(rows.set_index("route"))
    return (
        f"Merging the {{groups}} of {the(place)} would release {gbp_range(low, high)} a year beyond sharing, if prices quoted hold; by scale "
        "and as measured it can hardly be bounded"
    )


def beyond_table(needed: pd.DataFrame, rows: pd.DataFrame, repaid: pd.DataFrame, merged: pd.DataFrame) -> pd.DataFrame:
    """Every group: what it would release beyond sharing by each route, what that costs once, and those that have merged.

    `needed`, `rows` by `place` as `beyond_cluster.break_even` and `by_route`; `repaid` as `routes.repaid`; `merged` as `beyond_cluster.merged`.
    """
    once = repaid.set_index("place")
    lines = []
    for row in needed.itertuples():
        by_route = rows[rows["place"] == row.place].set_index("route")
        low, high = _quoted(by_route)
        cost = once.loc[row.place] if row.place in once.index else None
        lines.append(
            {
                "place": row.place,
                "body_count": row.body_count,
                "registered_population": row.registered_population,
                "followed": "not merged",
                "break_even": gbp(row.break_even_saving_gbp),
                "released_quoted": gbp_range(low, high),
                "released_by_scale": _up_to(by_route.loc[analysis.SCALE]),
                "released_as_measured": _either_way(by_route.loc[analysis.MEASURED]),
                "cost_once": "" if cost is None else gbp_range(cost["one_off_low_gbp"], cost["one_off_high_gbp"]),
                "repaid_after": "" if cost is None else _years(cost),
            }
        )
    for row in merged.itertuples():
        named = {"place": row.place, "body_count": row.body_count, "registered_population": row.registered_population}
        lines.append({**named, "followed": row.followed})
    return pd.DataFrame(lines, columns=list(lines[0])).fillna("")


def _quoted(by_route: pd.DataFrame) -> tuple[float, float]:
    """The lowest and the highest by prices quoted, in both shapes."""
    quoted = by_route.loc[[analysis.FIXED, analysis.PROPORTIONAL]]
    return float(quoted["released_low_gbp"].min()), float(quoted["released_high_gbp"].max())


def _dearest(found: analysis.Evidence) -> float:
    return levers.evidence_range(found.levers, "saving_per_body_removed_gbp")[1]


def _share_of(low: float, high: float, asked: float) -> str:
    return " to ".join(dict.fromkeys(per_cent(end / asked, 1) for end in (low, high)))


def _by_scale(row: pd.Series) -> str:
    if row["released_high_gbp"] < 500:
        return "nothing less"
    staffed = "if its bodies are staffed apart and one body needed the staff that bodies of its size had"
    if row["released_low_gbp"] <= -500:
        return f"{_less(row)}, {staffed}"
    return f"nothing less, if a {{group}} is staffed as one body already, and up to {gbp(row['released_high_gbp'])} a year less, {staffed}"


def _up_to(row: pd.Series) -> str:
    if pd.isna(row["released_high_gbp"]):
        return ""
    return f"nothing to {gbp(row['released_high_gbp'])}" if row["released_high_gbp"] >= 500 else "nothing"


def _either_way(row: pd.Series) -> str:
    return "" if pd.isna(row["released_high_gbp"]) else _less(row).replace(" a year", "")


def _years(row: pd.Series) -> str:
    ends = dict.fromkeys(f"{row[f'payback_{end}_years']:.1f}" for end in ("low", "high"))
    return f"after {' to '.join(ends)} years"

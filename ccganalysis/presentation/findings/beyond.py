"""What a merger would release beyond sharing an officer: a range, with what it rests on beside it."""

from __future__ import annotations

import pandas as pd

from ...analysis import beyond_cluster, levers
from ...analysis import routes as analysis
from ...wording import count, date, gbp, gbp_range, per_cent
from .routes import _less, _open
from .words import bodies, the


def beyond_question(fact: pd.Series) -> str:
    """What was asked, and what a minister said of it: `fact` is a row of `policy_facts`."""
    said = str(fact["fact"]).removeprefix("minister: ")
    return (
        "## {Group} or merger?\n\nIn a {group} {bodies} share {an_officer} and stay; a merger makes one body of them. A minister said on "
        f"{date(fact['period'])} that it was {said}; the source is {fact['source']}. What evidence there is can bound it."
    )


def beyond_nothing(place: str, merged: pd.DataFrame, by: pd.Timestamp) -> str:
    """That there is no group to merge, and which have merged."""
    if merged.empty:
        return f"No {{bodies}} of {the(place)} that are neighbours share {{an_officer}}, so the question does not arise there."
    return f"In {the(place)} no {{group}} is left to merge. {beyond_merged(merged, by)}"


def beyond_merged(merged: pd.DataFrame, by: pd.Timestamp) -> str:
    """Which groups had become one body; nothing where none had."""
    if merged.empty:
        return ""
    named = "; ".join(merged["place"])
    return f"By {date(by)} {count(len(merged), '{group}', '{groups}')} had become one body{'' if len(merged) == 1 else ' each'}: {named}."


def beyond_answer(place: str, as_at: str, needed: pd.Series, rows: pd.DataFrame, found: analysis.Evidence) -> str:
    """The answer for one place on one footprint: `needed` its row of `beyond_cluster.break_even`, `rows` its four of `beyond_cluster.by_route`."""
    by_route = rows.set_index("route")
    low, high = _quoted(by_route)
    groups, number = int(needed["group_count"]), int(needed["body_count"])
    told = (
        f"On the map of {date(as_at)} {the(place)} has {count(groups, '{group}', '{groups}')}, of {count(number, '{body}', '{bodies}')}. "
        f"**Merged, {'it' if groups == 1 else 'they'} would release {gbp_range(low, high)} a year beyond what sharing has released, if the "
        "prices quoted for a merger alone hold** and sharing has had as much of them as is assumed. That is "
        f"{_share_of(low, high, needed['asked_gbp'])} of what is asked of {'it' if groups == 1 else 'them'}. To release all of that, each body removed would have to "
        f"release {gbp(needed['break_even_saving_gbp'])} a year; the highest price quoted is {gbp(_dearest(found))}."
    )
    if found.elasticity is not None and found.staff_date is not None:
        told += f" By scale it would take {_by_scale(by_route.loc[analysis.SCALE])}."
    if found.effect is not None and found.staff_date is not None:
        told += (
            f" As measured it would take {_less(by_route.loc[analysis.MEASURED])}, if staff changed as in the bodies formed on "
            f"{date(found.effect.merger_date)}{_open(found.effect.released)}."
        )
    return told


def beyond_rests_on(found: analysis.Evidence) -> str:
    """What the range rests on."""
    low, high = levers.evidence_range(found.levers, "share_already_harvested")
    told = (
        f"**It rests on** {count(found.quoted, 'price')} that plans put on mergers alone, none audited, of other bodies and years. That sharing has had "
        f"{per_cent(low)} to {per_cent(high)} of what a merger releases is an assumption."
    )
    if found.elasticity is not None:
        told += " How staff go with size is an association between bodies on one day."
    if found.effect is not None:
        told += f" What was measured is what all staff of {bodies(found.effect.merged)} did in one year."
    return (
        f"{told} None of it is the effect of a merger that has yet to be. The cut reaches every body anyway, merged or not. Prices are of "
        "running costs; staff are of all money."
    )


def beyond_cost(row: pd.Series | None) -> str:
    """What it would cost once, and when it is repaid: `row` of `routes.repaid`; nothing where that is not held."""
    if row is None:
        return ""
    return (
        f"At the central price quoted, closing the posts would cost {_once(row)} once, if it costs what closing posts has cost. "
        f"That is repaid {_years(row)}."
    )


def beyond_headline(rows: pd.DataFrame) -> str:
    """The chart of one place in a line."""
    place, by_route = str(rows["place"].iloc[0]), rows.set_index("route")
    low, high = _quoted(by_route)
    told = f"Merging the {{groups}} of {the(place)} would release {gbp_range(low, high)} a year beyond sharing, if prices quoted hold"
    measured = by_route.loc[analysis.MEASURED]
    if measured["released_low_gbp"] <= 0 <= measured["released_high_gbp"]:
        told += "; what mergers did to staff cannot be told from nothing"
    return told


def beyond_table(needed: pd.DataFrame, rows: pd.DataFrame, repaid: pd.DataFrame, merged: pd.DataFrame) -> pd.DataFrame:
    """Every group: what it would release beyond sharing by each route, what that costs once, and those that have merged.

    `needed`, `rows` by `place` as `beyond_cluster.break_even` and `by_route`; `repaid` as `routes.repaid`; `merged` as `beyond_cluster.merged`.
    """
    once, followed = repaid.set_index("place"), merged.set_index("place")["followed"]
    lines = []
    for row in needed.itertuples():
        by_route = rows[rows["place"] == row.place].set_index("route")
        low, high = _quoted(by_route)
        cost = once.loc[row.place] if row.place in once.index else None
        lines.append(
            {
                "place": row.place,
                "body_count": row.body_count,
                "followed": followed.get(row.place, beyond_cluster.NOT_MERGED),
                "break_even": gbp(row.break_even_saving_gbp),
                "released_quoted": gbp_range(low, high),
                "released_by_scale": _either_way(by_route.loc[analysis.SCALE]),
                "released_as_measured": _either_way(by_route.loc[analysis.MEASURED]),
                "cost_once": "" if cost is None else f"{_once(cost)}, repaid {_years(cost)}",
            }
        )
    for row in merged[~merged["place"].isin(needed["place"])].itertuples():
        lines.append({"place": row.place, "body_count": row.body_count, "followed": row.followed})
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
    own = "if a {group} is staffed as one body already"
    apart = "if its bodies are staffed apart and one body needed the staff that bodies of its size had"
    if row["released_low_gbp"] <= -500:
        return f"nothing less, {own}, and {_less(row)}, {apart}"
    return f"nothing less, {own}, and up to {gbp(row['released_high_gbp'])} a year less, {apart}"


def _either_way(row: pd.Series) -> str:
    """A cell of the table: nothing to £2 million less, between £1 million more and £2 million less; empty where not held."""
    if pd.isna(row["released_high_gbp"]):
        return ""
    return _less(row).replace(" a year", "").replace("£0 to", "nothing to")


def _once(row: pd.Series) -> str:
    return gbp_range(row["one_off_low_gbp"], row["one_off_high_gbp"])


def _years(row: pd.Series) -> str:
    ends = dict.fromkeys(f"{row[f'payback_{end}_years']:.1f}" for end in ("low", "high"))
    return f"after {' to '.join(ends)} years"

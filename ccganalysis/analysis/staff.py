"""Staff that bodies really employed, in full-time equivalents (FTE): tidy, pooled, and with what is not comparable marked.

A body's staff may be employed by another, a team may be hosted for others, and a support unit may join a body overnight.
So absent and host bodies are found by one rule, breaks are declared in `staff_breaks.csv`, and nothing is left out
unseen: `staff_state` says which body is what.
"""

from __future__ import annotations

import pandas as pd

from .. import wording
from ..data.columns import ALL_STAFF, STAFF_GROUPS
from ..data.tables import Day, Tables
from ..errors import InputError, unknown

COUNTED = {
    "all staff": (ALL_STAFF,),
    "managers": ("Managers", "Senior managers"),
    "central functions": ("Central functions",),
    "other staff": tuple(set(STAFF_GROUPS) - {ALL_STAFF, "Managers", "Senior managers", "Central functions"}),
}
"""The staff that can be counted, and the published groups that make them up."""

FEWEST_FTE = 15.0
"""A body with fewer staff than this has them employed elsewhere: the smallest CCG's list would want about 25."""

HOST_TIMES_MEDIAN = 2.0
"""A body with at least this many times the median FTE per head hosts a team for others."""

OWN, HOST, ELSEWHERE, BROKEN = "its own", "host of others", "employed elsewhere", "break declared"
STATES = (OWN, HOST, ELSEWHERE, BROKEN)
"""`staff_state`: whose staff a body's figure is; BROKEN where `staff_breaks` says it is not comparable from a date on."""

PER = 100_000
_PLACE = ["residents", "area_km2", "aged_65_plus_share", "imd_average_score"]
_BODY = ["body_code", "body_name", "area_code", "area_name", "registered_population", *_PLACE]


def measured(tables: Tables, date: Day, counted: str = "all staff") -> pd.DataFrame:
    """The staff of every body in force on a date for which there are staff figures.

    `counted` is a name of `COUNTED`. One row per body: `date`, `body_code`, `body_name`, `area_code`, `area_name`,
    `registered_population`, `residents`, `area_km2`, `aged_65_plus_share`, `imd_average_score`, `body_count` (1),
    `all_staff_fte`, `staff_fte` of those counted, `staff_per_100000` registered people, `staff_state` (of all staff). FTE
    are missing where the publication has no row, or withheld a small group. Raises `InputError` listing the dates held.
    """
    day, staff = pd.Timestamp(date), tables["staff"]
    if counted not in COUNTED:
        raise InputError(unknown("staff counted", counted, COUNTED))
    rows = staff[staff["date"] == day]
    if rows.empty:
        held = [f"{one:%Y-%m-%d}" for one in sorted(staff["date"].unique())]
        raise InputError(unknown("date of staff", f"{day:%Y-%m-%d}", held))
    bodies = _in_force(tables, day, set(rows["body_code"]))
    frame = bodies.assign(
        date=day,
        body_count=1,
        all_staff_fte=bodies["body_code"].map(_fte(rows, "all staff")),
        staff_fte=bodies["body_code"].map(_fte(rows, counted)),
    )
    return _rated(frame, bodies["body_code"].isin(broken(tables["staff_breaks"], pd.Timestamp.min, day)))


def pooled(frame: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """The same for bodies taken together, such as those under one officer: one of them may employ the staff of all.

    `frame` as `measured`, `groups` the group of each `body_code` (a body not in it is on its own). The columns are the same:
    a group of one keeps its body's code and name, another has the group's code and is named after its largest body.
    """
    group = frame["body_code"].map(groups).fillna(frame["body_code"])
    known = frame["staff_fte"].notna() | (frame["all_staff_fte"].fillna(0) < FEWEST_FTE)
    weighted = frame.assign(
        _older=frame["aged_65_plus_share"] * frame["residents"],
        _deprived=frame["imd_average_score"] * frame["residents"],
        _known=known,
        _broken=frame["staff_state"] == BROKEN,
        _group=group,
    ).sort_values("registered_population", ascending=False)
    by = weighted.groupby("_group", sort=True)
    first = by[["date", "body_name", "area_code", "area_name"]].first()
    size = by["body_count"].sum()
    total = by[["registered_population", "residents", "area_km2", "_older", "_deprived"]].sum()
    staff = by[["all_staff_fte", "staff_fte"]].sum(min_count=1)
    single = weighted.drop_duplicates("_group").set_index("_group")["body_code"]
    names = first["body_name"].where(
        size == 1, first["body_name"].map(wording.short_name) + " with " + (size - 1).astype(str) + " more"
    )
    whole = pd.DataFrame(
        {
            "body_code": single.reindex(size.index).where(size == 1, size.index.to_series()),
            "body_name": names,
            **first[["date", "area_code", "area_name"]],
            **total[["registered_population", "residents", "area_km2"]],
            "aged_65_plus_share": total["_older"] / total["residents"],
            "imd_average_score": total["_deprived"] / total["residents"],
            "body_count": size,
            "all_staff_fte": staff["all_staff_fte"],
            "staff_fte": staff["staff_fte"].where(by["_known"].all()),
        }
    ).reset_index(drop=True)
    return _rated(whole, by["_broken"].any().reset_index(drop=True))


def broken(breaks: pd.DataFrame, after: Day, until: Day) -> set[str]:
    """Bodies whose staff on one date and on another cannot be compared: `staff_breaks` has a break later than the first,
    and not later than the second.
    """
    first, last = pd.Timestamp(after), pd.Timestamp(until)
    return set(breaks.loc[(breaks["date"] > first) & (breaks["date"] <= last), "body_code"])


def jumps(staff: pd.DataFrame, breaks: pd.DataFrame, least: float = 0.10) -> pd.DataFrame:
    """Months in which a body's staff rose or fell by at least a share of what they had been: is each a declared break?

    `staff` and `breaks` are the tables `staff` and `staff_breaks`. One row per jump, the largest first: `date`, `body_code`,
    `staff_fte_before`, `staff_fte`, `staff_change_share`, `declared` (yes or no).
    """
    whole = staff[staff["staff_group"] == ALL_STAFF].sort_values(["body_code", "date"], ignore_index=True)
    before = whole.groupby("body_code")[["date", "staff_fte"]].shift()
    change = whole["staff_fte"] / before["staff_fte"] - 1
    month = (whole["date"] - before["date"]) <= pd.Timedelta(days=31)
    found = whole.assign(staff_fte_before=before["staff_fte"], staff_change_share=change)[
        month & (change.abs() >= least)
    ]
    declared = pd.MultiIndex.from_frame(found[["date", "body_code"]]).isin(
        pd.MultiIndex.from_frame(breaks[["date", "body_code"]])
    )
    found = found.assign(declared=pd.Series(declared, index=found.index).map({True: "yes", False: "no"}))
    columns = ["date", "body_code", "staff_fte_before", "staff_fte", "staff_change_share", "declared"]
    return found.sort_values("staff_change_share", key=abs, ascending=False, ignore_index=True)[columns]


def _fte(rows: pd.DataFrame, counted: str) -> pd.Series:
    """FTE by `body_code` of the staff counted: missing where one of their groups was withheld, or no group is given."""
    parts = rows[rows["staff_group"] != ALL_STAFF]
    if counted == "all staff":
        return rows[rows["staff_group"] == ALL_STAFF].set_index("body_code")["staff_fte"]
    given = pd.Index(parts["body_code"].unique(), name="body_code")
    if counted == "other staff":
        # What is left of the total, so that small groups withheld count with the rest.
        rest = [_fte(rows, name).reindex(given) for name in ("all staff", "managers", "central functions")]
        return (rest[0] - rest[1] - rest[2]).round(6)  # nobody is nobody, not what decimals leave over
    wanted = parts[parts["staff_group"].isin(COUNTED[counted])]
    # A group without a row, where others have one, has nobody in it.
    return (
        wanted.groupby("body_code")["staff_fte"]
        .agg(lambda fte: fte.sum(skipna=False))
        .reindex(given)
        .where(given.isin(wanted["body_code"]), 0.0)
    )


def _rated(frame: pd.DataFrame, declared: pd.Series) -> pd.DataFrame:
    """With FTE per head, and whose staff the figure is."""
    rate = frame["all_staff_fte"] / frame["registered_population"]
    enough = frame["all_staff_fte"] >= FEWEST_FTE
    state = pd.Series(OWN, index=frame.index)
    state = state.mask(rate >= HOST_TIMES_MEDIAN * rate[enough].median(), HOST).mask(declared, BROKEN)
    return frame.assign(
        staff_per_100000=frame["staff_fte"] * PER / frame["registered_population"],
        staff_state=state.where(enough, ELSEWHERE),
    )[["date", *_BODY, "body_count", "all_staff_fte", "staff_fte", "staff_per_100000", "staff_state"]]


def _in_force(tables: Tables, day: pd.Timestamp, codes: set[str]) -> pd.DataFrame:
    """The bodies in force on a day, with their people and place: those of the last footprint held."""
    bodies = tables["bodies"]
    frame = bodies[bodies["as_at"] == bodies.loc[bodies["as_at"] <= day, "as_at"].max()]
    if strange := sorted(codes - set(frame["body_code"])):
        raise InputError(
            f"staff.csv has bodies that are in no footprint held for {day:%d %B %Y}: {wording.listed(strange)}."
        )
    found: pd.DataFrame = frame[_BODY].sort_values("body_code", ignore_index=True)
    return found

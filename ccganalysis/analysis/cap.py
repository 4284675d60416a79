"""A cap on what bodies spend on running costs and programme pay: what it pays for, beside the staff there are.

It is a measure of its own (`eras.Cap`). It counts programme pay, which no running cost allowance does, so the two are never
joined or compared; and as no base by body was published, the people are those of the allowances of the same year. Posts
are at the published costs of a post, from the cheapest to the dearest (`unit_costs.price_per_fte`), as if all of it went on
posts.
"""

from __future__ import annotations

import pandas as pd

from ..data import organisations
from ..data.eras import Cap
from ..data.tables import Day, Tables
from ..errors import InputError, unknown
from . import staff, unit_costs
from .running_costs import EVERYONE

BODY, GROUP, AREA = "body", "group", "area"
BY = (BODY, GROUP, AREA, EVERYONE)
"""What the cap is told by: each body, bodies under one officer, areas, and England."""


def rate_gbp(national: pd.DataFrame, cap: Cap) -> float:
    """The cap in pounds a head, from the table `national_running_costs`."""
    rows = national.loc[national["measure"] == cap.measure, "value"]
    if len(rows) != 1:
        raise InputError(f"national_running_costs.csv must have one row {cap.measure!r}; it has {len(rows)}.")
    return float(rows.iloc[0])


def counted_on(tables: Tables, cap: Cap) -> pd.Timestamp:
    """The footprint whose bodies the cap was set for and staff were counted on."""
    held = tables["bodies"]["as_at"]
    day: pd.Timestamp = held[held <= pd.Timestamp(cap.before)].max()
    return day


def by_body(tables: Tables, as_at: Day, cap: Cap) -> pd.DataFrame:
    """The cap and the staff of every body of a footprint: what was counted on its predecessors, carried by residents.

    `tables` are those of the bodies that the cap is on. `body_code`, `allowance_population`, `cost_cap_gbp`, `staff_fte_before` and
    `staff_fte` on the two dates, `comparable` (no break in its staff was declared between them).
    """
    dates, start = [pd.Timestamp(cap.before), pd.Timestamp(cap.by)], counted_on(tables, cap)
    people = tables["icb_allowance"].set_index("icb_code")[cap.people].astype("float64")
    first, last = (staff.measured(tables, date).set_index("body_code")["staff_fte"] for date in dates)
    held = pd.DataFrame(
        {
            "allowance_population": people,
            "cost_cap_gbp": people * rate_gbp(tables["national_running_costs"], cap),
            "staff_fte_before": first.reindex(people.index),
            "staff_fte": last.reindex(people.index),
        }
    ).rename_axis("body_code")
    moves = organisations.followed(tables["successors"], start, as_at)
    broken = moves["body_code"].isin(staff.broken(tables["staff_breaks"], dates[0], dates[1]))
    amounts = ["allowance_population", "cost_cap_gbp", "staff_fte_before", "staff_fte"]
    carried = organisations.to_footprint(held.reset_index(), tables["successors"], start, as_at, amounts)
    return carried.assign(comparable=~broken.groupby(moves["successor_code"]).any()).reset_index()


def against_staff(tables: Tables, bodies: pd.DataFrame, groups: pd.Series, cap: Cap, by: str = BODY) -> pd.DataFrame:
    """What the cap pays for beside the staff there are, most posts too many first; `by` is one of `BY`.

    `bodies` are of one footprint, all or some of it; `groups` says who is under one officer, by `body_code`
    (`levers.officer_groups`). One row per place: `place`, `body_count`, `allowance_population`, `cost_cap_gbp`, `staff_fte_before`,
    `staff_fte`, `staff_change_share` (missing where a break was declared between the dates), `posts_paid`, `posts_paid_low` and
    `posts_paid_high` (at the dearest and the cheapest post), `posts_over`, `posts_over_low` and `posts_over_high` (staff on the later
    date less those), and `posts_over_share` of staff (central). Negative where the cap pays for more than there are.
    Raises `InputError` for another `by`.
    """
    if by not in BY:
        raise InputError(unknown("what the cap is told by", by, BY))
    named = bodies[["body_code", "body_name", "area_name"]]
    frame = organisations.beside(named, by_body(tables, bodies["as_at"].iloc[0], cap), "cap")
    group = frame["body_code"].map(groups).fillna(frame["body_code"])
    alone = group.groupby(group).transform("size") == 1
    places = {
        BODY: frame["body_name"],
        GROUP: frame["body_name"].where(alone, group),
        AREA: frame["area_name"],
        EVERYONE: pd.Series(EVERYONE, index=frame.index),
    }
    grouped = frame.groupby(places[by].rename("place"))
    table = grouped[["allowance_population", "cost_cap_gbp", "staff_fte_before", "staff_fte"]].sum(min_count=1)
    table.insert(0, "body_count", grouped.size())
    change = table["staff_fte"] / table["staff_fte_before"] - 1
    table["staff_change_share"] = change.where(grouped["comparable"].all())
    cheap, middle, dear = unit_costs.price_per_fte(tables)
    # Where posts are dear the cap pays for few of them, and the most are too many.
    for end, paid_at, over_at in (("", middle, middle), ("_low", dear, cheap), ("_high", cheap, dear)):
        table[f"posts_paid{end}"] = table["cost_cap_gbp"] / paid_at
        table[f"posts_over{end}"] = table["staff_fte"] - table["cost_cap_gbp"] / over_at
    table["posts_over_share"] = table["posts_over"] / table["staff_fte"]
    return table.sort_values("posts_over", ascending=False).reset_index()

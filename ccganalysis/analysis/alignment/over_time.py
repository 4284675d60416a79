"""How did alignment change from year to year, and what did each merger do to it?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ... import wording
from ...data import organisations
from ...data.tables import Day
from .states import bodies_state, people_by_area, people_by_icb, state


def by_year(bodies: pd.DataFrame, after: pd.DataFrame | None = None) -> pd.DataFrame:
    """How many areas had one body, how many mergers were still needed, and how many people lived in an aligned body?

    `bodies` holds the footprints of an era; `after`, if given, the ICBs that took over (`icbs`): bodies that equal
    their area by law. One row per date: `as_at`, `body_count`, `area_count`, `area_aligned`,
    `mergers_needed`, `bodies_to_remove`, `registered_population`, `people_aligned`, `share_of_people_aligned`.
    """
    rows = []
    for as_at, footprint in bodies.groupby("as_at"):
        per_area = state(footprint)
        aligned = per_area[per_area["aligned"] == "yes"]
        rows.append(
            {
                "as_at": as_at,
                "body_count": len(footprint),
                "area_count": len(per_area),
                "area_aligned": len(aligned),
                "mergers_needed": int(per_area["mergers_needed"].sum()),
                "bodies_to_remove": int(per_area["bodies_to_remove"].sum()),
                "registered_population": int(footprint["registered_population"].sum()),
                "people_aligned": int(aligned["registered_population"].sum()),
            }
        )
    if after is not None:
        everyone, count = int(after["registered_population"].sum()), after["icb_code"].nunique()
        rows.append(
            {
                "as_at": after["date"].iloc[0],
                "body_count": count,
                "area_count": count,
                "area_aligned": count,
                "mergers_needed": 0,
                "bodies_to_remove": 0,
                "registered_population": everyone,
                "people_aligned": everyone,
            }
        )
    frame = pd.DataFrame(rows)
    return frame.assign(share_of_people_aligned=frame["people_aligned"] / frame["registered_population"])


def passage(merged: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table `mergers` by which the bodies of the last footprint passed to those of another era.

    `bodies` holds the footprints of an era. Empty where they are in force still, or nothing is held of what followed.
    """
    last = bodies["as_at"].max()
    codes = bodies.loc[bodies["as_at"] == last, "body_code"]
    later = merged[(merged["effective_date"] > last) & merged["predecessor_code"].isin(codes)]
    passed: pd.DataFrame = later[later["effective_date"] == later["effective_date"].min()].reset_index(drop=True)
    return passed


def icbs(registered: pd.DataFrame, passed: pd.DataFrame) -> pd.DataFrame | None:
    """The ICBs that took over from the bodies of an era, on the first date that `icb_registered_population` holds.

    `passed` as `passage`; None where nothing took over. Columns `date`, `icb_code`, `registered_population`.
    """
    own = registered[registered["icb_code"].isin(passed["successor_code"])]
    return own[own["date"] == own["date"].min()] if len(own) else None


def by_region(bodies: pd.DataFrame) -> pd.DataFrame:
    """How many areas of each region have one body?

    `bodies` is one footprint. Columns `region_name`, `area_count`, `area_aligned`.
    """
    per_area = bodies.groupby(["region_name", "area_code"]).size().eq(1)
    return per_area.groupby("region_name").agg(area_count="size", area_aligned="sum").reset_index()


def mergers(merged: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """What did each merger do to alignment?

    `merged` is the table `mergers` (a row per predecessor), `bodies` all footprints. One row per merger:
    `effective_date`, `successor_code`, `successor_name`, `predecessor_count`, `bodies` (the predecessors' names; parts of others are counted),
    `registered_population` of the successor on that day, `area_code`, `area_name` (the successor's), `area_count_before`
    and `area_names_before` (where its predecessors were on the footprint before; on the first footprint, where the
    successor is), `bodies_left` in its area afterwards, and `effect`:

    - `crossed`: the predecessors came from more than one area;
    - `completed`: they came from one, which now has one body;
    - `advanced`: they came from one, which still has several.
    """
    rows = []
    area = bodies.set_index(["as_at", "body_code"])[["area_code", "area_name"]]
    dates = sorted(bodies["as_at"].unique())
    in_reach = organisations.only_mergers(merged[merged["effective_date"].isin(dates)])
    for (day, code), members in in_reach.groupby(["effective_date", "successor_code"]):
        successor = bodies[(bodies["as_at"] == day) & (bodies["body_code"] == code)].iloc[0]
        earlier = [date for date in dates if date < day]
        keys = [(earlier[-1], member) for member in members["predecessor_code"]] if earlier else [(day, code)]
        before = area.loc[keys].drop_duplicates("area_code").sort_values("area_name")
        left = int(((bodies["as_at"] == day) & (bodies["area_code"] == successor.area_code)).sum())
        rows.append(
            {
                "effective_date": day,
                "successor_code": code,
                "successor_name": successor.body_name,
                "predecessor_count": len(members),
                "bodies": names(members["predecessor_name"]) + _parts(members),
                "registered_population": int(successor.registered_population),
                "area_code": successor.area_code,
                "area_name": successor.area_name,
                "area_count_before": len(before),
                "area_names_before": "; ".join(before["area_name"]),
                "bodies_left": left,
                "effect": "crossed" if len(before) > 1 else "completed" if left == 1 else "advanced",
            }
        )
    columns = ["effective_date", "successor_code", "successor_name", "predecessor_count", "bodies"]
    columns += ["registered_population", "area_code", "area_name", "area_count_before", "area_names_before"]
    frame = pd.DataFrame(rows, columns=[*columns, "bodies_left", "effect"])
    return frame.sort_values(["effective_date", "successor_name"], ignore_index=True)


def _parts(members: pd.DataFrame) -> str:
    """What else went into a body: parts of others, most of whose people went elsewhere."""
    others = int(members["predecessor_count"].iloc[0]) - len(members)
    return f"; {wording.count(others, 'part of another', 'parts of others')}" if others > 0 else ""


def on_other_maps(
    bodies: pd.DataFrame,
    successors: pd.DataFrame,
    merged: pd.DataFrame,
    boundary_changes: pd.DataFrame,
    as_at: Day,
) -> dict[pd.Timestamp, pd.DataFrame]:
    """Which bodies of a date cross the area map of the date before and, for the last footprint, that of what followed?

    Arguments are the tables `bodies`, `successors`, `mergers` and `boundary_changes`, all dates. The frames of
    `bodies_state` by the map's date; none where no other map is held.
    """
    date = pd.Timestamp(as_at)
    footprint = bodies[bodies["as_at"] == date].reset_index(drop=True)
    earlier = [day for day in sorted(bodies["as_at"].unique()) if day < date]
    maps = {}
    if earlier:
        people = people_by_area(bodies, successors, date, earlier[-1])
        maps[earlier[-1]] = bodies_state(footprint, people)
    passed = passage(merged, bodies)
    if date == bodies["as_at"].max() and len(passed):
        people = people_by_icb(footprint, passed, boundary_changes)
        maps[passed["effective_date"].iloc[0]] = bodies_state(footprint, people)
    return maps


def lineage(merged: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """Which body of the next date took over from each body, up to the ICBs where they followed?

    One row per footprint date and body, then one per ICB: `as_at`, `body_code`, `body_name`, `area_code`, `area_name`,
    `state`, `successor_code` (the body that holds it, or most of it, on the next date; blank on the last).
    """
    parts = []
    dates = sorted(bodies["as_at"].unique())
    passed = passage(merged, bodies)
    for date, after in zip(dates, [*dates[1:], passed["effective_date"].min()], strict=True):
        step = merged[merged["effective_date"] == after].set_index("predecessor_code")["successor_code"]
        part = bodies_state(bodies[bodies["as_at"] == date].reset_index(drop=True)).assign(as_at=date)
        heirs = part["body_code"].map(step.to_dict()).fillna(part["body_code"]) if pd.notna(after) else None
        parts.append(part.assign(successor_code=heirs))
    icbs_then = passed.drop_duplicates("successor_code").rename(
        columns={"effective_date": "as_at", "successor_code": "body_code", "successor_name": "body_name"}
    )[["as_at", "body_code", "body_name"]]
    icbs_then = icbs_then.assign(area_code=icbs_then["body_code"], area_name=icbs_then["body_name"], state="equals")
    columns = ["as_at", "body_code", "body_name", "area_code", "area_name", "state", "successor_code"]
    return pd.concat([*parts, icbs_then], ignore_index=True)[columns]


def ics_waves(status: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """When did each footprint become an area, and how many bodies had it by April 2021?

    `status` is the table `ics_status`; `bodies` the footprint of April 2018. One row per STP, in order of announcement:
    `announced`, `area_code`, `area_name`, `ics_in_november_2018` (yes, part, no), `coverage`, `body_count_2018`,
    `body_count_2021`, `registered_population`.
    """
    people = bodies.groupby("area_code")["registered_population"].sum()
    frame = status.rename(columns={"ics_name_2019": "area_name"})
    frame = frame.assign(registered_population=frame["area_code"].map(people))
    columns = ["area_name", "area_code", "announced", "ics_in_november_2018", "coverage"]
    columns += ["body_count_2018", "body_count_2021", "registered_population"]
    return frame[columns].sort_values(["announced", "area_name"], ignore_index=True)


def named_ics(named: pd.DataFrame, flags: pd.DataFrame, status: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """The areas of November 2018 beside the STPs they were all or part of.

    `named` is the table `ics_named_november_2018`, `flags` is `body_ics_november_2018`, `status` is `ics_status`,
    `bodies` the footprint of April 2018. One row per named area: `area_name`, `stp_name`, `area_code` (of the STP),
    `coverage`, `wave`, `announced` (the whole STP), `body_count` and `registered_population` (bodies in the named area),
    `stp_body_count`.
    """
    inside = flags[flags["in_ics_november_2018"] == "yes"]
    people = bodies.set_index("body_code")["registered_population"]
    stp = status.set_index("area_code")
    rows = []
    row: Any
    for row in named.itertuples():
        members = list(inside.loc[inside["area_code"] == row.area_code, "body_code"])
        if row.coverage.startswith("part"):
            members = [code for code in members if code in row.coverage.split()]
        rows.append((len(members), int(people.loc[members].sum())))
    frame = named.assign(
        body_count=[row[0] for row in rows],
        registered_population=[row[1] for row in rows],
        stp_name=named["area_code"].map(stp["ics_name_2019"]),
        announced=named["area_code"].map(stp["announced"]),
        stp_body_count=named["area_code"].map(bodies.groupby("area_code").size()),
    )
    columns = ["area_name", "stp_name", "area_code", "coverage", "wave", "announced", "body_count", "stp_body_count"]
    return frame.sort_values("order", ignore_index=True)[[*columns, "registered_population"]]


def names(names: pd.Series) -> str:
    """Short names, sorted; semicolons between them, because many have commas of their own."""
    return "; ".join(sorted(map(wording.short_name, names)))


def mergers_table(effects: pd.DataFrame) -> pd.DataFrame:
    """`mergers` without codes and the areas before."""
    columns = ["successor_name", "effective_date", "predecessor_count", "bodies", "registered_population", "effect"]
    return effects[columns]

"""How does a body stand to the areas, and how far is each area from having one body?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ... import wording
from ...data import organisations
from ...data.tables import Day
from ...errors import DataError, Fault, row_number

STATES = ("equals", "within", "crosses")

# Shares come from counts of people and are exact; only floating-point noise is forgiven.
_NOISE = 1e-6


def bodies_state(bodies: pd.DataFrame, people: pd.DataFrame | None = None) -> pd.DataFrame:
    """Is each body equal to an area, within one, or does it cross a border?

    `bodies` is one footprint (columns `body_code`, `body_name`, `area_code`, `area_name`, `registered_population`);
    `people` says how many of each body's people are in each area (see `people_by_area`), and is left out for the map of
    the footprint's own date. One row per body, in the order given: `body_code`, `body_name`, `area_code` and `area_name`
    (where most of its people are), `registered_population`, `state`, `share_of_body_in_area`, `share_of_area_in_body`.
    Raises `DataError` naming the rows for a body in no area or in two, and where `people` do not add up to the bodies'.
    """
    people = _people(bodies, people)
    by_area = people.groupby("area_code")["registered_population"].transform("sum")
    by_body = people.groupby("body_code")["registered_population"].transform("sum")
    pieces = people.assign(
        share_of_body_in_area=people["registered_population"] / by_body,
        share_of_area_in_body=people["registered_population"] / by_area,
    ).sort_values(["body_code", "share_of_body_in_area", "area_code"], ascending=[True, False, True])
    main = pieces.drop_duplicates("body_code").drop(columns="registered_population")
    whole = main["share_of_body_in_area"] >= 1 - _NOISE
    alone = main["share_of_area_in_body"] >= 1 - _NOISE
    main = main.assign(state=np.select([~whole, alone], ["crosses", "equals"], "within"))
    frame = bodies[["body_code", "body_name", "registered_population"]].merge(main, on="body_code", how="left")
    columns = ["body_code", "body_name", "area_code", "area_name", "registered_population", "state"]
    return frame[[*columns, "share_of_body_in_area", "share_of_area_in_body"]]


def state(bodies: pd.DataFrame, people: pd.DataFrame | None = None) -> pd.DataFrame:
    """How far is each area from having one body?

    Takes what `bodies_state` takes. One row per area, by name: `area_code`, `area_name`, `registered_population`,
    `body_count`, `largest_body_code`, `largest_body_name`, `largest_body_share` (of the area's people), `aligned` (yes
    where one body equals the area), `bodies_crossing`, `mergers_needed` (1 where there are several bodies: one merger
    can join them all) and `bodies_to_remove` (bodies less one: what that merger removes). A body that crosses counts in
    every area where it has people, and mergers alone do not align it. Raises as `bodies_state` does.
    """
    one_by_one = bodies_state(bodies, people).set_index("body_code")
    pieces = _people(bodies, people)
    pieces = pieces[pieces["registered_population"] > 0].assign(
        body_name=lambda frame: frame["body_code"].map(one_by_one["body_name"]),
        crosses=lambda frame: frame["body_code"].map(one_by_one["state"]).eq("crosses"),
    )
    pieces = pieces.sort_values(["registered_population", "body_code"], ascending=[False, True])
    frame = pieces.groupby(["area_code", "area_name"], as_index=False).agg(
        registered_population=("registered_population", "sum"),
        body_count=("body_code", "size"),
        largest_body_code=("body_code", "first"),
        largest_body_name=("body_name", "first"),
        largest_body_share=("registered_population", "max"),
        bodies_crossing=("crosses", "sum"),
    )
    frame["largest_body_share"] /= frame["registered_population"]
    alone = (frame["body_count"] == 1) & (frame["bodies_crossing"] == 0)
    frame["aligned"] = np.where(alone, "yes", "no")
    frame["mergers_needed"] = (frame["body_count"] > 1).astype(int)
    frame["bodies_to_remove"] = frame["body_count"] - 1
    columns = [
        "area_code",
        "area_name",
        "registered_population",
        "body_count",
        "largest_body_code",
        "largest_body_name",
    ]
    columns += ["largest_body_share", "aligned", "bodies_crossing", "mergers_needed", "bodies_to_remove"]
    return frame[columns].sort_values("area_name", ignore_index=True)


def people_by_area(bodies: pd.DataFrame, successors: pd.DataFrame, as_at: Day, map_as_at: Day) -> pd.DataFrame:
    """Where are the people of one date's bodies on the area map of another date?

    `bodies` holds all footprints, `successors` is the table of that name. Columns `body_code` (of `as_at`), `area_code`,
    `area_name` (of `map_as_at`), `registered_population`. Bodies that were merged in between are followed through the
    register; where one was split, by the share of its residents (derived). People are those of the earlier of the two
    dates, scaled to each body's own total.
    """
    early, late = sorted([pd.Timestamp(as_at), pd.Timestamp(map_as_at)])
    before, after = (bodies[bodies["as_at"] == date].set_index("body_code") for date in (early, late))
    path = organisations.followed(successors, early, late)
    _check_whole(path)
    weight = path["share_of_people_to_successor"] * path["body_code"].map(before["registered_population"])
    forwards = pd.Timestamp(as_at) == early
    own, other = ("body_code", "successor_code") if forwards else ("successor_code", "body_code")
    bodies_then, map_then = (before, after) if forwards else (after, before)
    frame = pd.DataFrame({"body_code": path[own], "weight": weight}).join(
        map_then[["area_code", "area_name"]],
        on=path[other],  # type: ignore[arg-type]  # the stubs know names only
    )
    frame = frame.groupby(["body_code", "area_code", "area_name"], as_index=False)[["weight"]].sum()
    share = frame["weight"] / frame.groupby("body_code")["weight"].transform("sum")
    frame["registered_population"] = share * frame["body_code"].map(bodies_then["registered_population"])
    return frame.drop(columns="weight")


def _check_whole(rows: pd.DataFrame) -> None:
    """Raise `DataError` naming the rows of `successors` where a body's people do not all go somewhere."""
    totals = rows.groupby(["body_code", "as_at"])["share_of_people_to_successor"].transform("sum")
    wrong = rows[(totals - 1).abs() > _NOISE].groupby(["body_code", "as_at"])["share_of_people_to_successor"]
    each: Iterable[tuple[Any, pd.Series]] = wrong
    faults = [
        Fault(
            "successors.csv",
            f"the shares of {code} on {wording.date(as_at)} sum to {shares.sum():.4f}, not 1"
            f" (rows {', '.join(str(row_number(number)) for number in shares.index)})",
            column="share_of_people_to_successor",
        )
        for (code, as_at), shares in each
    ]
    if faults:
        raise DataError(faults)


def people_by_icb(bodies: pd.DataFrame, passage: pd.DataFrame, boundary_changes: pd.DataFrame) -> pd.DataFrame:
    """Where are the people of the last footprint's bodies among the integrated care boards that followed?

    `bodies` is the last footprint, `passage` as the function of that name. Columns as `people_by_area`, the ICB standing
    as `area_code` and `area_name`. Bodies that were divided are split by residents of the small areas moved.
    """
    names = passage.drop_duplicates("successor_code").set_index("successor_code")["successor_name"]
    stayed = passage[["predecessor_code", "successor_code", "share_of_people_to_successor"]]
    stayed = stayed.set_axis(["body_code", "area_code", "share"], axis=1)
    moves = boundary_changes[boundary_changes["effective_date"] == passage["effective_date"].iloc[0]]
    moved = moves[["from_code", "to_code"]].set_axis(["body_code", "area_code"], axis=1)
    moved = moved.assign(share=1 - moved["body_code"].map(stayed.set_index("body_code")["share"]))
    frame: pd.DataFrame = pd.concat([stayed, moved], ignore_index=True)
    totals = bodies.set_index("body_code")["registered_population"]
    frame["registered_population"] = frame["share"] * frame["body_code"].map(totals)
    frame["area_name"] = frame["area_code"].map(names)
    return frame[["body_code", "area_code", "area_name", "registered_population"]]


def _people(bodies: pd.DataFrame, people: pd.DataFrame | None) -> pd.DataFrame:
    """People by body and area, checked: the bodies' own areas unless told otherwise."""
    columns = ["body_code", "area_code", "area_name", "registered_population"]
    source = bodies if people is None else people
    faults = _repeats(bodies, ["body_code"], "is in the footprint more than once: a body is in one area")
    row: Any
    for number, row in enumerate(source.itertuples(index=False), start=1):
        if pd.isna(row.area_code) or not str(row.area_code).strip():
            faults.append(
                Fault("bodies", f"{row.body_code} is in no area", number, "area_code", "", "Give its area code.")
            )
        if not row.registered_population > 0:
            found = str(row.registered_population)
            faults.append(Fault("bodies", f"{row.body_code} has no people", number, "registered_population", found))
    called = source.drop_duplicates(["area_code", "area_name"]).groupby("area_code")["area_name"]
    faults += [
        Fault("bodies", f"{code} has several names: {'; '.join(spellings)}", column="area_name")
        for code, spellings in called
        if len(spellings) > 1
    ]
    if people is not None:
        faults += _repeats(people, ["body_code", "area_code"], "is listed twice for the same area")
        totals = people.groupby("body_code")["registered_population"].sum()
        for number, row in enumerate(bodies.itertuples(index=False), start=1):
            found, expected = totals.get(row.body_code, 0.0), row.registered_population
            if abs(found - expected) > max(1.0, _NOISE * expected):
                rule = f"the people of {row.body_code} by area sum to {found:,.0f}, not {expected:,.0f}"
                faults.append(Fault("people by area", rule, number, "registered_population"))
    if faults:
        raise DataError(faults)
    return source[columns].reset_index(drop=True)


def _repeats(frame: pd.DataFrame, key: list[str], rule: str) -> list[Fault]:
    """A fault for each row that repeats a key; rows count from 1."""
    repeated = frame.duplicated(key, keep=False).to_numpy()
    rows: dict[tuple[Any, ...], list[int]] = {}
    for number in np.flatnonzero(repeated):
        rows.setdefault(tuple(frame.iloc[number][key]), []).append(int(number) + 1)
    return [Fault("bodies", f"{name[0]} (rows {', '.join(map(str, at))}) {rule}") for name, at in rows.items()]


def most_bodies_first(per_area: pd.DataFrame) -> pd.DataFrame:
    """`state` in the order of how much is left to do."""
    columns = ["area_name", "area_code", "registered_population", "body_count"]
    columns += ["largest_body_name", "largest_body_share", "bodies_to_remove"]
    return per_area.sort_values(["body_count", "registered_population"], ascending=False)[columns]

"""Do bodies fit the integrated care systems (ICSs) and the local authorities?

**State of a body.** A body is judged by where its people are on a *map*, the ICS footprints of one date:

- `equals`: all its people are in one ICS, and all that ICS's people are in it;
- `within`: all its people are in one ICS, which has other bodies too;
- `crosses`: its people are in more than one ICS, be it by a single small area (the share is shown beside it).

The map is that of the body's own date unless another is asked for. A footprint puts each body into exactly one ICS, so
on its own map a body equals or is within; it crosses on the map of another date (North Yorkshire CCG of 2020 on the map
of 2019), and that is what `mergers` and `people_by_ics` look at. A body is *aligned* when it equals an ICS. People are
those registered with GP practices; with local authorities they are residents, because only those are counted by place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .. import wording
from ..data import organisations
from ..data.tables import Day
from ..errors import DataError, Fault, InputError, row_number
from .coterminosity import fit

STATES = ("equals", "within", "crosses")

# Shares come from counts of people and are exact; only floating-point noise is forgiven.
_NOISE = 1e-6


# --- the state of alignment -------------------------------------------------------------------------------------------


def bodies_state(bodies: pd.DataFrame, people: pd.DataFrame | None = None) -> pd.DataFrame:
    """Is each body equal to an ICS, within one, or does it cross a border?

    `bodies` is one footprint (columns `body_code`, `body_name`, `ics_code`, `ics_name`, `registered_population`);
    `people` says how many of each body's people are in each ICS (see `people_by_ics`), and is left out for the map of
    the footprint's own date. One row per body, in the order given: `body_code`, `body_name`, `ics_code` and `ics_name`
    (where most of its people are), `registered_population`, `state`, `share_of_body_in_ics`, `share_of_ics_in_body`.
    Raises `DataError` naming the rows for a body in no ICS or in two, and where `people` do not add up to the bodies'.
    """
    people = _people(bodies, people)
    by_ics = people.groupby("ics_code")["registered_population"].transform("sum")
    by_body = people.groupby("body_code")["registered_population"].transform("sum")
    pieces = people.assign(
        share_of_body_in_ics=people["registered_population"] / by_body,
        share_of_ics_in_body=people["registered_population"] / by_ics,
    ).sort_values(["body_code", "share_of_body_in_ics", "ics_code"], ascending=[True, False, True])
    main = pieces.drop_duplicates("body_code").drop(columns="registered_population")
    whole = main["share_of_body_in_ics"] >= 1 - _NOISE
    alone = main["share_of_ics_in_body"] >= 1 - _NOISE
    main = main.assign(state=np.select([~whole, alone], ["crosses", "equals"], "within"))
    frame = bodies[["body_code", "body_name", "registered_population"]].merge(main, on="body_code", how="left")
    columns = ["body_code", "body_name", "ics_code", "ics_name", "registered_population", "state"]
    return frame[[*columns, "share_of_body_in_ics", "share_of_ics_in_body"]]


def state(bodies: pd.DataFrame, people: pd.DataFrame | None = None) -> pd.DataFrame:
    """How far is each ICS from having one body?

    Takes what `bodies_state` takes. One row per ICS, by name: `ics_code`, `ics_name`, `registered_population`,
    `body_count`, `largest_body_code`, `largest_body_name`, `largest_body_share` (of the ICS's people), `aligned` (yes
    where one body equals the ICS), `bodies_crossing`, `mergers_needed` (1 where there are several bodies: one merger
    can join them all) and `bodies_to_remove` (bodies less one: what that merger removes). A body that crosses counts in
    every ICS where it has people, and mergers alone do not align it. Raises as `bodies_state` does.
    """
    one_by_one = bodies_state(bodies, people).set_index("body_code")
    pieces = _people(bodies, people)
    pieces = pieces[pieces["registered_population"] > 0].assign(
        body_name=lambda frame: frame["body_code"].map(one_by_one["body_name"]),
        crosses=lambda frame: frame["body_code"].map(one_by_one["state"]).eq("crosses"),
    )
    pieces = pieces.sort_values(["registered_population", "body_code"], ascending=[False, True])
    frame = pieces.groupby(["ics_code", "ics_name"], as_index=False).agg(
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
    columns = ["ics_code", "ics_name", "registered_population", "body_count", "largest_body_code", "largest_body_name"]
    columns += ["largest_body_share", "aligned", "bodies_crossing", "mergers_needed", "bodies_to_remove"]
    return frame[columns].sort_values("ics_name", ignore_index=True)


def people_by_ics(bodies: pd.DataFrame, successors: pd.DataFrame, as_at: Day, map_as_at: Day) -> pd.DataFrame:
    """Where are the people of one date's bodies on the ICS map of another date?

    `bodies` holds all footprints, `successors` is the table of that name. Columns `body_code` (of `as_at`), `ics_code`,
    `ics_name` (of `map_as_at`), `registered_population`. Bodies that were merged in between are followed through the
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
        map_then[["ics_code", "ics_name"]],
        on=path[other],  # type: ignore[arg-type]  # the stubs know names only
    )
    frame = frame.groupby(["body_code", "ics_code", "ics_name"], as_index=False)[["weight"]].sum()
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


def people_by_icb(bodies: pd.DataFrame, mergers: pd.DataFrame, boundary_changes: pd.DataFrame) -> pd.DataFrame:
    """Where are the people of the last footprint's bodies among the integrated care boards of July 2022?

    `bodies` is the footprint of April 2021. Columns as `people_by_ics`, the ICB standing as `ics_code` and `ics_name`.
    The three bodies that were divided are split by residents of the small areas moved.
    """
    passage = mergers[mergers["event"] == "CCG to ICB"]
    names = passage.drop_duplicates("successor_code").set_index("successor_code")["successor_name"]
    stayed = passage[["predecessor_code", "successor_code", "share_of_people_to_successor"]]
    stayed = stayed.set_axis(["body_code", "ics_code", "share"], axis=1)
    moves = boundary_changes[boundary_changes["effective_date"] == passage["effective_date"].iloc[0]]
    moved = moves[["from_code", "to_code"]].set_axis(["body_code", "ics_code"], axis=1)
    moved = moved.assign(share=1 - moved["body_code"].map(stayed.set_index("body_code")["share"]))
    frame: pd.DataFrame = pd.concat([stayed, moved], ignore_index=True)
    totals = bodies.set_index("body_code")["registered_population"]
    frame["registered_population"] = frame["share"] * frame["body_code"].map(totals)
    frame["ics_name"] = frame["ics_code"].map(names)
    return frame[["body_code", "ics_code", "ics_name", "registered_population"]]


def _people(bodies: pd.DataFrame, people: pd.DataFrame | None) -> pd.DataFrame:
    """People by body and ICS, checked: the bodies' own ICSs unless told otherwise."""
    columns = ["body_code", "ics_code", "ics_name", "registered_population"]
    source = bodies if people is None else people
    faults = _repeats(bodies, ["body_code"], "is in the footprint more than once: a body is in one ICS")
    row: Any
    for number, row in enumerate(source.itertuples(index=False), start=1):
        if pd.isna(row.ics_code) or not str(row.ics_code).strip():
            faults.append(
                Fault("bodies", f"{row.body_code} is in no ICS", number, "ics_code", "", "Give its ICS code.")
            )
        if not row.registered_population > 0:
            found = str(row.registered_population)
            faults.append(Fault("bodies", f"{row.body_code} has no people", number, "registered_population", found))
    called = source.drop_duplicates(["ics_code", "ics_name"]).groupby("ics_code")["ics_name"]
    faults += [
        Fault("bodies", f"{code} has several names: {'; '.join(spellings)}", column="ics_name")
        for code, spellings in called
        if len(spellings) > 1
    ]
    if people is not None:
        faults += _repeats(people, ["body_code", "ics_code"], "is listed twice for the same ICS")
        totals = people.groupby("body_code")["registered_population"].sum()
        for number, row in enumerate(bodies.itertuples(index=False), start=1):
            found, expected = totals.get(row.body_code, 0.0), row.registered_population
            if abs(found - expected) > max(1.0, _NOISE * expected):
                rule = f"the people of {row.body_code} by ICS sum to {found:,.0f}, not {expected:,.0f}"
                faults.append(Fault("people by ICS", rule, number, "registered_population"))
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


# --- over time --------------------------------------------------------------------------------------------------------


def by_year(bodies: pd.DataFrame, icbs: pd.DataFrame | None = None) -> pd.DataFrame:
    """How many ICSs had one body, how many mergers were still needed, and how many people lived in an aligned body?

    `bodies` holds all footprints; `icbs`, if given, the ICBs of one date (`date`, `icb_code`, `registered_population`):
    bodies that equal their ICS by law. One row per date: `as_at`, `body_count`, `ics_count`, `ics_aligned`,
    `mergers_needed`, `bodies_to_remove`, `registered_population`, `people_aligned`, `share_of_people_aligned`.
    """
    rows = []
    for as_at, footprint in bodies.groupby("as_at"):
        per_ics = state(footprint)
        aligned = per_ics[per_ics["aligned"] == "yes"]
        rows.append(
            {
                "as_at": as_at,
                "body_count": len(footprint),
                "ics_count": len(per_ics),
                "ics_aligned": len(aligned),
                "mergers_needed": int(per_ics["mergers_needed"].sum()),
                "bodies_to_remove": int(per_ics["bodies_to_remove"].sum()),
                "registered_population": int(footprint["registered_population"].sum()),
                "people_aligned": int(aligned["registered_population"].sum()),
            }
        )
    if icbs is not None:
        everyone, count = int(icbs["registered_population"].sum()), icbs["icb_code"].nunique()
        rows.append(
            {
                "as_at": icbs["date"].iloc[0],
                "body_count": count,
                "ics_count": count,
                "ics_aligned": count,
                "mergers_needed": 0,
                "bodies_to_remove": 0,
                "registered_population": everyone,
                "people_aligned": everyone,
            }
        )
    frame = pd.DataFrame(rows)
    return frame.assign(share_of_people_aligned=frame["people_aligned"] / frame["registered_population"])


def icbs(registered: pd.DataFrame) -> pd.DataFrame:
    """The ICBs on the day they began (rows of the table `icb_registered_population` of the first date it holds)."""
    first: pd.DataFrame = registered[registered["date"] == registered["date"].min()]
    return first


def by_region(bodies: pd.DataFrame) -> pd.DataFrame:
    """How many ICSs of each region have one body?

    `bodies` is one footprint. Columns `region_name`, `ics_count`, `ics_aligned`.
    """
    per_ics = bodies.groupby(["region_name", "ics_code"]).size().eq(1)
    return per_ics.groupby("region_name").agg(ics_count="size", ics_aligned="sum").reset_index()


def mergers(merged: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """What did each merger do to alignment?

    `merged` is the table `mergers` (a row per predecessor), `bodies` all footprints. One row per merger:
    `effective_date`, `successor_code`, `successor_name`, `predecessor_count`, `bodies` (the predecessors' names),
    `registered_population` of the successor on that day, `ics_code`, `ics_name` (the successor's), `ics_count_before`
    and `ics_names_before` (where its predecessors were on the footprint before; on the first footprint, where the
    successor is), `bodies_left` in its ICS afterwards, and `effect`:

    - `crossed`: the predecessors came from more than one ICS;
    - `completed`: they came from one, which now has one body;
    - `advanced`: they came from one, which still has several.
    """
    rows = []
    ics = bodies.set_index(["as_at", "body_code"])[["ics_code", "ics_name"]]
    dates = sorted(bodies["as_at"].unique())
    in_reach = merged[(merged["event"] == "CCG merger") & merged["effective_date"].isin(dates)]
    for (day, code), members in in_reach.groupby(["effective_date", "successor_code"]):
        successor = bodies[(bodies["as_at"] == day) & (bodies["body_code"] == code)].iloc[0]
        earlier = [date for date in dates if date < day]
        keys = [(earlier[-1], member) for member in members["predecessor_code"]] if earlier else [(day, code)]
        before = ics.loc[keys].drop_duplicates("ics_code").sort_values("ics_name")
        left = int(((bodies["as_at"] == day) & (bodies["ics_code"] == successor.ics_code)).sum())
        rows.append(
            {
                "effective_date": day,
                "successor_code": code,
                "successor_name": successor.body_name,
                "predecessor_count": len(members),
                "bodies": names(members["predecessor_name"]),
                "registered_population": int(successor.registered_population),
                "ics_code": successor.ics_code,
                "ics_name": successor.ics_name,
                "ics_count_before": len(before),
                "ics_names_before": "; ".join(before["ics_name"]),
                "bodies_left": left,
                "effect": "crossed" if len(before) > 1 else "completed" if left == 1 else "advanced",
            }
        )
    return pd.DataFrame(rows).sort_values(["effective_date", "successor_name"], ignore_index=True)


def on_other_maps(
    bodies: pd.DataFrame,
    successors: pd.DataFrame,
    merged: pd.DataFrame,
    boundary_changes: pd.DataFrame,
    as_at: Day,
) -> dict[str, pd.DataFrame]:
    """Which bodies of a date cross the ICS map of the date before and, for the last footprint, that of the ICBs?

    Arguments are the tables `bodies`, `successors`, `mergers` and `boundary_changes`, all dates. The frames of
    `bodies_state` by the map's name in words; none where no earlier map is held.
    """
    date = pd.Timestamp(as_at)
    footprint = bodies[bodies["as_at"] == date].reset_index(drop=True)
    earlier = [day for day in sorted(bodies["as_at"].unique()) if day < date]
    maps = {}
    if earlier:
        people = people_by_ics(bodies, successors, date, earlier[-1])
        maps[f"the ICS map of {wording.date(earlier[-1])}"] = bodies_state(footprint, people)
    if date == bodies["as_at"].max():
        maps["the ICB map of July 2022"] = bodies_state(footprint, people_by_icb(footprint, merged, boundary_changes))
    return maps


def lineage(merged: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """Which body of the next date took over from each body, up to the ICBs of July 2022?

    One row per footprint date and body, then one per ICB: `as_at`, `body_code`, `body_name`, `ics_code`, `ics_name`,
    `state`, `successor_code` (the body that holds it, or most of it, on the next date; blank for ICBs).
    """
    parts = []
    dates = sorted(bodies["as_at"].unique())
    passage = merged[merged["event"] == "CCG to ICB"]
    for number, date in enumerate(dates):
        after = dates[number + 1] if number + 1 < len(dates) else passage["effective_date"].iloc[0]
        step = merged[merged["effective_date"] == after].set_index("predecessor_code")["successor_code"]
        part = bodies_state(bodies[bodies["as_at"] == date].reset_index(drop=True)).assign(as_at=date)
        parts.append(part.assign(successor_code=part["body_code"].map(step).fillna(part["body_code"])))
    icbs_then = passage.drop_duplicates("successor_code").rename(
        columns={"effective_date": "as_at", "successor_code": "body_code", "successor_name": "body_name"}
    )[["as_at", "body_code", "body_name"]]
    icbs_then = icbs_then.assign(ics_code=icbs_then["body_code"], ics_name=icbs_then["body_name"], state="equals")
    columns = ["as_at", "body_code", "body_name", "ics_code", "ics_name", "state", "successor_code"]
    return pd.concat([*parts, icbs_then], ignore_index=True)[columns]


def ics_waves(status: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """When did each footprint become an ICS, and how many bodies had it by April 2021?

    `status` is the table `ics_status`; `bodies` the footprint of April 2018. One row per STP, in order of announcement:
    `announced`, `ics_code`, `ics_name`, `ics_in_november_2018` (yes, part, no), `coverage`, `body_count_2018`,
    `body_count_2021`, `registered_population`.
    """
    people = bodies.groupby("ics_code")["registered_population"].sum()
    frame = status.rename(columns={"ics_name_2019": "ics_name"})
    frame = frame.assign(registered_population=frame["ics_code"].map(people))
    columns = ["ics_name", "ics_code", "announced", "ics_in_november_2018", "coverage"]
    columns += ["body_count_2018", "body_count_2021", "registered_population"]
    return frame[columns].sort_values(["announced", "ics_name"], ignore_index=True)


def named_ics(named: pd.DataFrame, flags: pd.DataFrame, status: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """The ICSs of November 2018 beside the STPs they were all or part of.

    `named` is the table `ics_named_november_2018`, `flags` is `body_ics_november_2018`, `status` is `ics_status`,
    `bodies` the footprint of April 2018. One row per named ICS: `ics_name`, `stp_name`, `ics_code` (of the STP),
    `coverage`, `wave`, `announced` (the whole STP), `body_count` and `registered_population` (bodies in the named ICS),
    `stp_body_count`.
    """
    inside = flags[flags["in_ics_november_2018"] == "yes"]
    people = bodies.set_index("body_code")["registered_population"]
    stp = status.set_index("ics_code")
    rows = []
    row: Any
    for row in named.itertuples():
        members = list(inside.loc[inside["ics_code"] == row.ics_code, "body_code"])
        if row.coverage.startswith("part"):
            members = [code for code in members if code in row.coverage.split()]
        rows.append((len(members), int(people.loc[members].sum())))
    frame = named.assign(
        body_count=[row[0] for row in rows],
        registered_population=[row[1] for row in rows],
        stp_name=named["ics_code"].map(stp["ics_name_2019"]),
        announced=named["ics_code"].map(stp["announced"]),
        stp_body_count=named["ics_code"].map(bodies.groupby("ics_code").size()),
    )
    columns = ["ics_name", "stp_name", "ics_code", "coverage", "wave", "announced", "body_count", "stp_body_count"]
    return frame.sort_values("order", ignore_index=True)[[*columns, "registered_population"]]


def names(names: pd.Series) -> str:
    """Short names, sorted; semicolons between them, because many have commas of their own."""
    return "; ".join(sorted(map(wording.short_name, names)))


# --- local authorities ------------------------------------------------------------------------------------------------

_TIERS = {"upper_tier": "upper_tier_code", "lower_tier": "authority_code"}


def coterminosity(authorities: pd.DataFrame, membership: Mapping[str, str] | pd.Series) -> pd.DataFrame:
    """How well do the borders of units (bodies, merged bodies, ICSs) agree with those of local authorities?

    `authorities` is one footprint's rows of the table of that name (`body_code`, `authority_code`, `upper_tier_code`,
    `residents`); `membership` gives the unit of each body: itself, its ICS or a merged body. One row per unit, indexed
    by unit: `residents`, and for each tier (`upper_tier_`, `lower_tier_`) `..._count` (authorities it reaches),
    `..._whole` (wholly inside it), `..._split` (partly outside it) and `share_in_whole_..._authorities`: the share of
    the unit's residents who live in authorities wholly inside it. One moved street makes an authority
    split, so there is a measure without that cliff: `share_of_..._authority_together`, the share of the residents of
    their own authority whom the unit's residents have with them in the unit, on average. Bodies that `membership`
    leaves out are outside every unit: an authority they share with a unit is split. Raises `InputError` for a body in
    `membership` that `authorities` does not have.
    """
    unit = pd.Series(membership)
    _check_known(unit.index, authorities)
    units = np.unique(unit.to_numpy())
    members = units[:, None] == unit.to_numpy()
    columns: dict[str, np.ndarray] = {}
    for tier, code in _TIERS.items():
        everybody = authorities.pivot_table(index="body_code", columns=code, values="residents", aggfunc="sum")
        everybody = everybody.fillna(0)
        found = fit(members, everybody.loc[unit.index].to_numpy(), everybody.sum().to_numpy())
        columns |= {
            "residents": found.residents,
            f"{tier}_count": found.whole + found.split,
            f"{tier}_whole": found.whole,
            f"{tier}_split": found.split,
            f"share_in_whole_{tier}_authorities": found.share_in_whole,
            f"share_of_{tier}_authority_together": found.share_together,
        }
    name = unit.index.name if unit.name is None else unit.name
    return pd.DataFrame(columns, index=pd.Index(units, name=name))


def authority_shares(authorities: pd.DataFrame, bodies: pd.DataFrame, tier: str = "upper_tier") -> pd.DataFrame:
    """How are the residents of some bodies (of one ICS, say) divided between authorities, and the other way round?

    `authorities` is one footprint's rows; `bodies` those wanted (`body_code`, `body_name`); `tier` as in
    `split_authorities`. One row per body and authority: `body_code`, `body_name`, `authority_code`, `authority_name`,
    `residents`, `share_of_body_residents`, `share_of_authority_residents` (of all residents of the authority). Raises
    `InputError` for a body that `authorities` does not have.
    """
    code, name = _TIERS[tier], "upper_tier_name" if tier == "upper_tier" else "authority_name"
    _check_known(bodies["body_code"], authorities)
    parts = authorities.groupby(["body_code", code, name], as_index=False)[["residents"]].sum()
    parts["share_of_body_residents"] = parts["residents"] / parts.groupby("body_code")["residents"].transform("sum")
    parts["share_of_authority_residents"] = parts["residents"] / parts.groupby(code)["residents"].transform("sum")
    parts = bodies[["body_code", "body_name"]].merge(parts[parts["residents"] > 0], on="body_code")
    parts = parts.rename(columns={code: "authority_code", name: "authority_name"})
    columns = ["body_code", "body_name", "authority_code", "authority_name", "residents"]
    return parts[[*columns, "share_of_body_residents", "share_of_authority_residents"]]


def merger_coterminosity(merged: pd.DataFrame, authorities: pd.DataFrame) -> pd.DataFrame:
    """What did each merger do to coterminosity with upper-tier authorities?

    `merged` is the table `mergers`, `authorities` all footprints. One row per merger: `successor_name`,
    `successor_code`, `effective_date`, `share_whole_before` and `together_before` (the members' mean, weighted by
    residents, on the footprint before; blank where none is held), `share_whole_after`, `together_after`,
    `share_whole_change`, `upper_tier_split_after`. Residents of mid-2019 throughout, so only borders change.
    """
    dates = sorted(authorities["as_at"].unique())
    each = {}
    for date in dates:
        then = authorities[authorities["as_at"] == date]
        each[date] = coterminosity(then, pd.Series({code: code for code in then["body_code"].unique()}))
    measures = ["share_in_whole_upper_tier_authorities", "share_of_upper_tier_authority_together"]
    rows = []
    in_reach = merged[(merged["event"] == "CCG merger") & merged["effective_date"].isin(dates)]
    for (day, code), members in in_reach.groupby(["effective_date", "successor_code"]):
        earlier = [date for date in dates if date < day]
        after = each[day].loc[str(code)]
        before = pd.Series(np.nan, index=measures)
        if earlier:
            own = each[earlier[-1]].loc[members["predecessor_code"]]
            before = own[measures].mul(own["residents"], axis=0).sum() / own["residents"].sum()
        rows.append(
            {
                "successor_name": members["successor_name"].iloc[0],
                "successor_code": code,
                "effective_date": day,
                "share_whole_before": before[measures[0]],
                "share_whole_after": after[measures[0]],
                "share_whole_change": after[measures[0]] - before[measures[0]],
                "together_before": before[measures[1]],
                "together_after": after[measures[1]],
                "upper_tier_split_after": int(each[day]["upper_tier_split"][str(code)]),
            }
        )
    return pd.DataFrame(rows).sort_values(["effective_date", "successor_name"], ignore_index=True)


def _check_known(codes: Iterable[str], authorities: pd.DataFrame) -> None:
    missing = sorted(set(codes) - set(authorities["body_code"]))
    if missing:
        raise InputError(
            f"No residents by local authority for: {wording.listed(missing)}. Check the codes and the date."
        )


def split_authorities(
    authorities: pd.DataFrame, membership: Mapping[str, str] | pd.Series, tier: str = "upper_tier"
) -> pd.DataFrame:
    """Which authorities are divided between units, and how many of their residents are outside the main one?

    Arguments as `coterminosity`; `tier` is `upper_tier` or `lower_tier`. One row per authority in more than one unit:
    `authority_code`, `authority_name`, `unit_count`, `units` (largest first), `residents`, `residents_outside`,
    `share_outside` (of the authority's residents, outside the unit that has most). Most residents outside first.
    """
    code = _TIERS[tier]
    name = "upper_tier_name" if tier == "upper_tier" else "authority_name"
    parts = authorities.assign(unit=authorities["body_code"].map(pd.Series(membership)))
    parts = parts.groupby([code, name, "unit"])["residents"].sum().reset_index()
    parts = parts[parts["residents"] > 0].sort_values("residents", ascending=False)
    frame = parts.groupby([code, name], as_index=False).agg(
        unit_count=("unit", "size"), units=("unit", list), residents=("residents", "sum"), largest=("residents", "max")
    )
    frame["units"] = frame["units"].str.join("; ")
    frame["residents_outside"] = frame["residents"] - frame["largest"]
    frame["share_outside"] = frame["residents_outside"] / frame["residents"]
    frame = frame[frame["unit_count"] > 1].drop(columns="largest")
    frame = frame.rename(columns={code: "authority_code", name: "authority_name"})
    return frame.sort_values("residents_outside", ascending=False, ignore_index=True)


def most_authorities(authorities: pd.DataFrame, bodies: pd.DataFrame) -> str:
    """The code of the ICS whose bodies reach most upper-tier authorities, one counted once for each body it is in."""
    reached = authorities.drop_duplicates(["body_code", "upper_tier_code"])["body_code"]
    return str(reached.map(bodies.set_index("body_code")["ics_code"]).value_counts().idxmax())


# --- tables for readers -----------------------------------------------------------------------------------------------


def most_bodies_first(per_ics: pd.DataFrame) -> pd.DataFrame:
    """`state` in the order of how much is left to do."""
    columns = ["ics_name", "ics_code", "registered_population", "body_count"]
    columns += ["largest_body_name", "largest_body_share", "bodies_to_remove"]
    return per_ics.sort_values(["body_count", "registered_population"], ascending=False)[columns]


def mergers_table(effects: pd.DataFrame) -> pd.DataFrame:
    """`mergers` without codes and the ICSs before."""
    columns = ["successor_name", "effective_date", "predecessor_count", "bodies", "registered_population", "effect"]
    return effects[columns]


def fit_of_bodies(authorities: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """`coterminosity` of each body of a footprint, with its name."""
    codes = bodies.set_index("body_code")
    return coterminosity(authorities, codes.index.to_series()).join(codes["body_name"]).reset_index()


def fit_of_ics(authorities: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """`coterminosity` of each ICS of a footprint, with its name."""
    found = coterminosity(authorities, bodies.set_index("body_code")["ics_code"])
    return found.join(bodies.drop_duplicates("ics_code").set_index("ics_code")["ics_name"]).reset_index()


def least_fitting_first(per_ics: pd.DataFrame) -> pd.DataFrame:
    """`fit_of_ics` for a table, the share of an authority's residents held together in ascending order."""
    columns = ["ics_name", "residents", "upper_tier_whole", "upper_tier_split"]
    columns += ["share_in_whole_upper_tier_authorities", "share_of_upper_tier_authority_together", "lower_tier_split"]
    return per_ics.sort_values("share_of_upper_tier_authority_together")[columns]

"""Bodies under one officer: mergers in fact, if not in law.

A body shares when a source says so, or probably. Without evidence it is unknown, never "no" (see `by_body`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from .. import wording
from ..data import organisations
from ..data.tables import Day
from ..errors import InputError, row_number
from .alignment import bodies_state, names


def by_body(shared: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """Did each body share an officer, and with whom?

    `shared` is the table `shared_leadership`; `bodies` the footprint it is recorded on (`eras.Leadership`). One row per body: `body_code`,
    `body_name`, `area_code`, `area_name`, `registered_population`, `sharing`, `group_code`. The firmest record counts:
    `sourced`, then `probable`, then `no` (a source says its group was formed later); without any record, or with one
    that leaves it open, `unknown`. Only sourced and probable groups have a `group_code`. Raises `InputError` for a body
    in two groups or not in the footprint.
    """
    foreign = sorted(set(shared["body_code"]) - set(bodies["body_code"]))
    if foreign:
        raise InputError(f"shared_leadership.csv has bodies that are not in the footprint: {', '.join(foreign)}.")
    positive = shared[shared["sharing"].isin(["sourced", "probable"])]
    twice = positive[positive.duplicated("body_code", keep=False)]
    if len(twice):
        rows = "; ".join(
            f"row {row_number(index)}: {row.body_code} in {row.group_code}" for index, row in twice.iterrows()
        )
        raise InputError(f"shared_leadership.csv puts a body under two officers ({rows}).")
    firmness = {"sourced": 0, "probable": 1, "no": 2, "unknown": 3}
    firmest = shared.sort_values("sharing", key=lambda column: column.map(firmness), kind="stable")
    firmest = firmest.drop_duplicates("body_code").set_index("body_code")
    columns = ["body_code", "body_name", "area_code", "area_name", "registered_population"]
    return bodies[columns].assign(
        sharing=bodies["body_code"].map(firmest["sharing"]).fillna("unknown"),
        group_code=bodies["body_code"].map(positive.set_index("body_code")["group_code"]),
    )


def bounds(officers: pd.DataFrame) -> pd.DataFrame:
    """What share of bodies shared an officer: at least, most likely, and at most? (`officers` as `by_body`)

    `sharing_basis`: `sourced only`, `sourced and probable`, and `all but those a source rules out`, which takes every
    unknown as sharing. With `sharing_count`, `body_count`, `share` and `registered_population`.
    """
    bases = {
        "sourced only": ["sourced"],
        "sourced and probable": ["sourced", "probable"],
        "all but those a source rules out": ["sourced", "probable", "unknown"],
    }
    rows = []
    for basis, counted in bases.items():
        chosen = officers[officers["sharing"].isin(counted)]
        rows.append(
            (basis, len(chosen), len(officers), len(chosen) / len(officers), chosen["registered_population"].sum())
        )
    return pd.DataFrame(
        rows, columns=["sharing_basis", "sharing_count", "body_count", "share", "registered_population"]
    )


def groups(officers: pd.DataFrame, successors: pd.DataFrame, from_date: Day, as_at: Day) -> pd.DataFrame:
    """Each group under one officer taken as a merged body: its people, its fit with the areas, and what followed.

    `officers` as `by_body`, of `from_date`; `successors` the table of that name; `as_at` a later footprint. One row per group,
    most people first: `group_code`, `group_name`, `sharing`, `bodies` (names), `body_count`, `registered_population`,
    `area_names`, `state` on the area map of the footprint (as `alignment.bodies_state`), `successor_count` (bodies that
    hold them on `as_at`) and `followed`: `merged` (into one body of just the group), `merged with others`,
    `partly merged`, `not merged`.
    """
    members = officers.dropna(subset="group_code")
    unit = officers["group_code"].fillna(officers["body_code"])
    by_area = officers.assign(body_code=unit).groupby(["body_code", "area_code", "area_name"], as_index=False)
    people = by_area[["registered_population"]].sum()
    units = people.groupby("body_code", as_index=False)[["registered_population"]].sum()
    states = bodies_state(units.assign(body_name=units["body_code"]), people).set_index("body_code")["state"]
    main = organisations.main_successor(successors, from_date, as_at)
    rows = []
    for code, group in members.groupby("group_code"):
        heirs = main.loc[group["body_code"]]
        origin = set(main.index[main.isin(heirs)])
        if heirs.nunique() == 1:
            followed = "merged" if origin == set(group["body_code"]) else "merged with others"
        else:
            followed = "partly merged" if heirs.nunique() < len(group) else "not merged"
        rows.append(
            {
                "group_code": code,
                "group_name": _group_name(group, states[code]),
                "sharing": "probable" if (group["sharing"] == "probable").any() else "sourced",
                "bodies": names(group["body_name"]),
                "body_count": len(group),
                "registered_population": int(group["registered_population"].sum()),
                "area_names": "; ".join(sorted(set(group["area_name"]))),
                "state": states[code],
                "successor_count": heirs.nunique(),
                "followed": followed,
            }
        )
    return pd.DataFrame(rows).sort_values("registered_population", ascending=False, ignore_index=True)


# What the trade press told of the accountable officers in November 2018 (HSJ on the letter of 23 November).
PRESS_LARGEST_BODIES, PRESS_LARGEST_PEOPLE, PRESS_SMALLEST_PEOPLE = 8, 2_000_000, 250_000


def checks(
    officers: pd.DataFrame, grouped: pd.DataFrame, national: pd.DataFrame, levers: pd.DataFrame
) -> dict[str, Any]:
    """Does the table of shared officers agree with what was published and reported?

    `officers` and `grouped` as `by_body` and `groups`; `national` is the table `shared_leadership_national`, `levers`
    is `lever_evidence`. By name, reported and found: the share of bodies that share an officer (`share_published`;
    `share`, `share_low`, `share_high`), the largest group (`largest_`; reported in `PRESS_LARGEST_`), bodies under
    `PRESS_SMALLEST_PEOPLE` not known to share (`alone_`), and what 13 officers had (`thirteen_reported_`, `thirteen_`).
    """
    low, best, high = bounds(officers)["share"]
    widest = national[(national["body_count"] == len(officers)) & national["sharing_count"].notna()].iloc[-1]
    press = levers[levers["measure"].str.contains("13 officers")].iloc[0]
    top, largest = grouped.head(13), grouped.iloc[0]
    alone = officers[officers["group_code"].isna() & (officers["registered_population"] < PRESS_SMALLEST_PEOPLE)]
    return {
        "share_published": national.loc[national["share"].notna(), "share"].iloc[-1],
        "share": best,
        "share_low": low,
        "share_high": high,
        "largest_name": largest["group_name"],
        "largest_people": largest["registered_population"],
        "largest_body_count": largest["body_count"],
        "alone_count": len(alone),
        "alone_least_people": alone["registered_population"].min(),
        "thirteen_reported_share": press["value"] / 100,
        "thirteen_reported_body_count": widest["sharing_count"],
        "thirteen_share": top["registered_population"].sum() / officers["registered_population"].sum(),
        "thirteen_body_count": top["body_count"].sum(),
    }


def _group_name(group: pd.DataFrame, group_state: str) -> str:
    """A group that equals an area goes by the area's name, another by its first bodies'."""
    if group_state == "equals":
        return str(group["area_name"].iloc[0])
    first, *others = sorted(map(wording.short_name, group["body_name"]))
    return f"{first} with {others[0] if len(others) == 1 else f'{len(others)} more'}"

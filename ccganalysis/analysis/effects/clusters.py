"""ICBs that share a leadership team since 2025 beside those that do not: staff by month.

A cluster is not a merger: its ICBs stay, and each is still counted. So the staff of a cluster are summed and compared
with single ICBs as a merged body would be, and every draw is of groups of neighbouring ICBs inside a region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.columns import ALL_STAFF
from ...data.tables import Day, Tables
from ...errors import InputError
from . import permutation, power

FOOTPRINT = pd.Timestamp("2024-04-01")
"""The ICBs that clustered."""

BASE = pd.Timestamp("2025-03-31")
"""The last month before the cap of May 2025, on which all others are measured."""

GROUPED, ALONE, BROKEN, MIXED = "grouped", "alone", "break in its staff", "joins parts of others"
"""What an ICB is here: under one team with others, alone, left out for a break in its series (`staff_breaks`), or left out
because it is to merge with parts of other ICBs only, so that its group is not a set of whole ones."""


@dataclass(frozen=True)
class Clusters:
    """`units`: a row per ICB: `body_code`, `body_name`, `area_code` (its region), `cluster_name`, `cluster_kind`, `role`.
    `series`: staff by month and role, as `by_month`. `estimates`: every month against the base, as `estimates`.
    `power`: of the last month, as `power.power`; `smallest_visible` from it, a share.
    """

    units: pd.DataFrame
    series: pd.DataFrame
    estimates: pd.DataFrame
    power: pd.DataFrame
    smallest_visible: float

    def at(self, date: Day) -> pd.Series:
        """The row of `estimates` of one month."""
        return self.estimates[self.estimates["date"] == pd.Timestamp(date)].iloc[0]


def run(tables: Tables, adjacent: pd.DataFrame, permutations: int, seed: int) -> Clusters:
    """Staff of the clusters of 2025 against the ICBs alone, in every month held; `adjacent` is the table `adjacency`.

    Raises `InputError` without staff of an ICB in a month.
    """
    icbs, fte, dates = _held(tables)
    kept = icbs["role"].isin((GROUPED, ALONE)).to_numpy()
    drawn, mine = _assignments(adjacent, icbs[kept].reset_index(drop=True), permutations, seed), fte[:, kept].T
    by_power = power.power(drawn, mine[:, dates.index(BASE)], mine[:, -1], seed)
    series, every = by_month(icbs, fte, dates), estimates(drawn, mine, dates)
    return Clusters(icbs, series, every, by_power, power.smallest_visible(by_power))


def units(tables: Tables) -> pd.DataFrame:
    """The ICBs with their roles (see `Clusters`), sorted by code."""
    clusters = tables["clusters"].sort_values("body_code", ignore_index=True)
    regions = tables["icb_allowance"].set_index("icb_code")["region_code"]
    missing = sorted(set(clusters["body_code"]) ^ set(regions.index))
    if missing:
        raise InputError(
            f"clusters.csv and icb_allowance.csv must have the same ICBs; only one has {', '.join(missing)}."
        )
    shared = clusters.groupby("cluster_name")["body_code"].transform("size") > 1
    merging_alone = ~shared & (clusters["cluster_kind"] == "merger in April 2026")
    broken = clusters["body_code"].isin(tables["staff_breaks"]["body_code"])
    return clusters[["body_code", "body_name", "cluster_name", "cluster_kind"]].assign(
        area_code=clusters["body_code"].map(regions),
        role=np.select([broken, merging_alone, shared], [BROKEN, MIXED, GROUPED], ALONE),
    )


def _held(tables: Tables) -> tuple[pd.DataFrame, np.ndarray, list[pd.Timestamp]]:
    """The ICBs and their staff: array (months x ICBs)."""
    found = units(tables)
    staff = tables["staff"]
    staff = staff[(staff["staff_group"] == ALL_STAFF) & staff["body_code"].isin(found["body_code"])]
    wide = staff.pivot(index="date", columns="body_code", values="staff_fte").reindex(columns=found["body_code"])
    if BASE not in wide.index or wide.isna().any(axis=None):
        gaps = zip(*np.nonzero(wide.isna().to_numpy()), strict=True)
        lost = [f"{wide.columns[column]} on {wide.index[row]:%d %B %Y}" for row, column in gaps]
        where = lost[:5] or [f"any ICB on {BASE:%d %B %Y}"]
        raise InputError(f"staff.csv has no staff of {', '.join(where)}: every ICB is needed in every month.")
    return found, wide.to_numpy("float64"), list(wide.index)


def by_month(icbs: pd.DataFrame, fte: np.ndarray, dates: list[pd.Timestamp]) -> pd.DataFrame:
    """Staff of the ICBs of each role summed: `date`, `role` (grouped, alone), `body_count`, `staff_fte`, `staff_index` (base = 100)."""
    base = dates.index(BASE)
    rows = []
    for role in (GROUPED, ALONE):
        mine = (icbs["role"] == role).to_numpy()
        total = fte[:, mine].sum(axis=1)
        frame = pd.DataFrame({"date": dates, "role": role, "body_count": int(mine.sum()), "staff_fte": total})
        rows.append(frame.assign(staff_index=100 * total / total[base]))
    return pd.concat(rows, ignore_index=True)


def _assignments(adjacent: pd.DataFrame, icbs: pd.DataFrame, permutations: int, seed: int) -> permutation.Assignments:
    """Draws of groups of neighbouring ICBs inside a region, of the sizes of the real groups."""
    grouped = icbs.loc[icbs["role"] == GROUPED, "cluster_name"].unique()
    groups = np.array([(icbs["cluster_name"] == name).to_numpy() for name in grouped])
    pairs = organisations.on_date(adjacent, FOOTPRINT)
    everybody = np.ones(len(icbs), dtype=bool)
    return permutation.draw(
        groups,
        groups.sum(axis=1),
        single=everybody,
        drawable=everybody,
        near=permutation.inside_areas(icbs, zip(pairs["body_code_a"], pairs["body_code_b"], strict=True)),
        comparable=lambda sets: np.ones(len(sets), dtype=bool),
        permutations=permutations,
        seed=seed,
    )


def estimates(drawn: permutation.Assignments, fte: np.ndarray, dates: list[pd.Timestamp]) -> pd.DataFrame:
    """Every month against the base: change of log staff, mean over the groups less mean over the ICBs alone.

    `fte`: staff (ICBs x months). `date`, `change_share`, `change_share_low`, `change_share_high` (95%, by `permutation.interval`),
    `p_value`, `group_count`, `control_count`, `draw_count`; months before the base are placebos.
    """
    months = [place for place, date in enumerate(dates) if date != BASE]
    statistics = drawn.changes(fte[:, [dates.index(BASE)]], fte[:, months])
    low, high = permutation.interval(statistics, drawn.share_treated)
    return pd.DataFrame(
        {
            "date": [dates[place] for place in months],
            "change_share": np.expm1(statistics[0]),
            "change_share_low": np.expm1(low),
            "change_share_high": np.expm1(high),
            "p_value": permutation.p_values(statistics),
            "group_count": drawn.draws.shape[1],
            "control_count": int((~drawn.real).sum()),
            "draw_count": len(drawn.draws),
        }
    )

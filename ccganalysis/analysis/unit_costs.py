"""What a post costs a year, and what it costs once to close one: every published figure, and the range they span."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..data.columns import ALL_STAFF
from ..data.tables import Tables
from ..errors import InputError, unknown
from .regression import Range

STAFF_DATE = pd.Timestamp("2025-03-31")
"""Staff are taken at the end of 2024/25, which is the day before 2025/26 and before the one declared break."""

ALL_PAY = ("staff cost including support units per head", "running and programme pay per head")
"""The measures of `cost_observations` that are of all staff of a body; others are of part of them."""

PER_HEAD, SAVED = "cost per head over measured staff", "saving reported per post"
"""How a yearly cost was made (`basis` of `cost_per_fte`)."""


def cost_per_fte(tables: Tables) -> pd.DataFrame:
    """What does a full-time equivalent cost a year? One row per published figure.

    `bodies`, `financial_year`, `basis`, `registered_population`, `staff_fte`, `cost_gbp_per_fte`, `kind`, `source`. A cost per
    head times the people of the ICB's allowance over its staff on 31 March 2025 (`PER_HEAD`, derived: those including support
    units buy staff that the FTE leave out, so they are upper bounds); or what a closed post was said to save (`SAVED`).
    """
    observed, staff = tables["cost_observations"], tables["staff"]
    on_day = staff[(staff["date"] == STAFF_DATE) & (staff["staff_group"] == ALL_STAFF)]
    fte = on_day.set_index("body_code")["staff_fte"]
    allowances = tables["icb_allowance"].set_index("icb_code")
    rows: list[dict[str, Any]] = []
    for one in observed[observed["measure"].isin(ALL_PAY)].itertuples():
        column = f"population_{str(one.financial_year).replace('/', '_')}"
        if column not in allowances or one.body_codes not in fte.index:
            raise InputError(
                f"cost_observations.csv: no people or staff are held for {one.bodies} in {one.financial_year}, so its cost per "
                "head gives no cost per post."
            )
        people, posts = int(allowances.loc[one.body_codes, column]), float(fte[one.body_codes])
        rows.append(
            _row(one, PER_HEAD, one.value * people / posts, "derived")
            | {"registered_population": people, "staff_fte": posts}
        )
    rows += [
        _row(one, SAVED, one.value, one.kind) for one in observed[observed["unit"] == "£ a year per post"].itertuples()
    ]
    for one in tables["reorganisation_costs"].dropna(subset=["posts", "annual_saving_gbp_low"]).itertuples():
        if pd.isna(one.redundancy_gbp_per_post):
            value = (one.annual_saving_gbp_low + one.annual_saving_gbp_high) / 2 / one.posts
            rows.append(_row(one, SAVED, value, "derived"))
    columns = [
        "bodies",
        "financial_year",
        "basis",
        "registered_population",
        "staff_fte",
        "cost_gbp_per_fte",
        "kind",
        "source",
    ]
    return pd.DataFrame(rows).rename(columns={"value_gbp": "cost_gbp_per_fte"})[columns]


def one_off_per_post(tables: Tables) -> pd.DataFrame:
    """What does it cost once to close a post? One row per published figure, in pounds of its day.

    `bodies`, `financial_year`, `basis`, `one_off_gbp_per_post_low`, `one_off_gbp_per_post_high`, `kind`, `source`: reported a post,
    or a total over the posts it was for (derived).
    """
    rows: list[dict[str, Any]] = []
    observed, reforms = tables["cost_observations"], tables["reorganisation_costs"]
    for one in observed[observed["unit"] == "£ per post"].itertuples():
        rows.append(_row(one, "reported per post", one.value, one.kind) | {"high": one.value})
    for one in reforms.dropna(subset="posts").itertuples():
        if pd.notna(one.redundancy_gbp_per_post):
            value = one.redundancy_gbp_per_post
            rows.append(_row(one, "reported per post", value, one.kind) | {"high": value})
        else:
            low, high = one.one_off_cost_gbp_low / one.posts, one.one_off_cost_gbp_high / one.posts
            rows.append(_row(one, "total over posts", low, "derived") | {"high": high})
    ends = {"value_gbp": "one_off_gbp_per_post_low", "high": "one_off_gbp_per_post_high"}
    return pd.DataFrame(rows).rename(columns=ends)[
        ["bodies", "financial_year", "basis", *ends.values(), "kind", "source"]
    ]


def price_per_fte(tables: Tables, basis: str = PER_HEAD) -> Range:
    """The yearly cost of a post in pounds, on one `basis` of `cost_per_fte`: the lowest, the median and the highest figure."""
    costs = cost_per_fte(tables)
    if basis not in set(costs["basis"]):
        raise InputError(unknown("basis of the cost of a post", basis, sorted(set(costs["basis"]))))
    values = costs.loc[costs["basis"] == basis, "cost_gbp_per_fte"]
    return Range(float(values.min()), float(values.median()), float(values.max()))


def price_of_closing(tables: Tables) -> Range:
    """The one-off cost of closing a post in pounds: the lowest and highest figure, and the median of the middles of all."""
    costs = one_off_per_post(tables)
    low, high = costs["one_off_gbp_per_post_low"], costs["one_off_gbp_per_post_high"]
    return Range(float(low.min()), float(((low + high) / 2).median()), float(high.max()))


def _row(one: Any, basis: str, value: float, kind: str) -> dict[str, Any]:
    return {
        "bodies": getattr(one, "bodies", None) or one.reorganisation,
        "financial_year": getattr(one, "financial_year", None),
        "basis": basis,
        "value_gbp": float(value),
        "kind": kind,
        "source": one.source,
    }

"""What a post costs a year, and what it costs once to close one: every published figure, and the range they span."""

from __future__ import annotations

import pandas as pd

from ..data.columns import ALL_STAFF
from ..data.tables import Tables
from ..errors import InputError, row_number, unknown
from .regression import Range

STAFF_DATE = pd.Timestamp("2025-03-31")
"""Staff are taken at the end of 2024/25, which is the day before 2025/26 and before the one declared break."""

ALL_PAY = ("staff cost including support units per head", "running and programme pay per head")
"""The measures of `cost_observations` that are of all staff of a body; others are of part of them."""

PER_HEAD, SAVED = "cost per head over measured staff", "saving reported per post"
"""How a yearly cost was made (`basis` of `cost_per_fte`)."""


def cost_per_fte(tables: Tables) -> pd.DataFrame:
    """What does a full-time equivalent cost a year? One row per published figure.

    `bodies`, `financial_year`, `basis`, `allowance_population`, `staff_fte`, `cost_gbp_per_fte`, `kind`, `source`. A cost per
    head times the people of the ICB's allowance over its staff on 31 March 2025 (`PER_HEAD`, derived: those including support
    units buy staff that the FTE leave out, so they are upper bounds); or what a closed post was said to save (`SAVED`).
    Raises `InputError` naming a body without people or staff.
    """
    observed, staff = tables["cost_observations"], tables["staff"]
    on_day = staff[(staff["date"] == STAFF_DATE) & (staff["staff_group"] == ALL_STAFF)]
    pay = (
        observed[observed["measure"].isin(ALL_PAY)]
        .join(_people(tables["icb_allowance"]), on=["body_codes", "financial_year"])
        .join(on_day.set_index("body_code")["staff_fte"], on="body_codes")
    )
    lost = pay[pay[["allowance_population", "staff_fte"]].isna().any(axis=1)]
    if len(lost):
        named = "; ".join(f"row {row_number(index)}, {name}" for index, name in lost["bodies"].items())
        raise InputError(
            f"cost_observations.csv has a cost per head of bodies whose people in that year, or staff on {STAFF_DATE:%d %B %Y}, "
            f"are not held ({named})."
        )
    per_head = pay.assign(
        basis=PER_HEAD, kind="derived", cost_gbp_per_fte=pay["value"] * pay["allowance_population"] / pay["staff_fte"]
    )
    reported = observed[observed["unit"] == "£ a year per post"].rename(columns={"value": "cost_gbp_per_fte"})
    reforms = _with_posts(tables["reorganisation_costs"])
    saved = reforms[["annual_saving_gbp_low", "annual_saving_gbp_high"]].mean(axis=1) / reforms["posts"]
    whole = reforms.assign(kind="derived", cost_gbp_per_fte=saved)
    columns = [
        "bodies",
        "financial_year",
        "basis",
        "allowance_population",
        "staff_fte",
        "cost_gbp_per_fte",
        "kind",
        "source",
    ]
    frames = [per_head, reported.assign(basis=SAVED), whole.assign(basis=SAVED)]
    return pd.concat(frames, ignore_index=True)[columns]


def one_off_per_post(tables: Tables) -> pd.DataFrame:
    """What does it cost once to close a post? One row per published figure, in pounds of its day.

    `bodies`, `financial_year`, `basis`, `one_off_gbp_per_post_low`, `one_off_gbp_per_post_high`, `kind`, `source`: reported a post,
    or a total over the posts it was for (derived).
    """
    low, high = "one_off_gbp_per_post_low", "one_off_gbp_per_post_high"
    observed, reforms = tables["cost_observations"], tables["reorganisation_costs"]
    papers = observed[observed["unit"] == "£ per post"].rename(columns={"value": low})
    average = reforms.dropna(subset="redundancy_gbp_per_post").rename(
        columns={"reorganisation": "bodies", "redundancy_gbp_per_post": low}
    )
    reported = pd.concat([papers, average]).assign(basis="reported per post")
    totals = _with_posts(reforms)
    derived = totals.assign(
        basis="total over posts",
        kind="derived",
        **{
            low: totals["one_off_cost_gbp_low"] / totals["posts"],
            high: totals["one_off_cost_gbp_high"] / totals["posts"],
        },
    )
    columns = ["bodies", "financial_year", "basis", low, high, "kind", "source"]
    return pd.concat([reported.assign(**{high: reported[low]}), derived], ignore_index=True)[columns]


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


def _people(allowances: pd.DataFrame) -> pd.Series:
    """The people that each ICB's allowance was set on, by `body_codes` and `financial_year`."""
    years = allowances.set_index("icb_code").filter(regex=r"^population_\d{4}_\d{2}$")
    years.columns = years.columns.str.removeprefix("population_").str.replace("_", "/")
    people: pd.Series = pd.Series(years.stack()).rename_axis(["body_codes", "financial_year"])
    return people.rename("allowance_population")


def _with_posts(reforms: pd.DataFrame) -> pd.DataFrame:
    """The reorganisations whose totals are of a known number of posts, and of nothing else."""
    known = reforms[reforms["posts"].notna() & reforms["redundancy_gbp_per_post"].isna()]
    return known.rename(columns={"reorganisation": "bodies"}).astype({"posts": "float64"})

"""What two sources say of the same thing: the same, or as near as is stated here; and figures far from those beside them.

What breaks a rule of `contradictions` is refused. What `outliers` finds may be right, so it is shown and not refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..errors import Fault, row_number
from .tables import Tables

SCORE_ROUNDING = 0.002
"""Scores of deprivation are printed to three decimals; a merged body's is the mean of its members', by people."""
LIST_TOLERANCE = 0.15
"""Share by which a list may differ from NHS Payments' average of its year, after the country's difference is taken off.

Payments leave out practices that closed or joined others in the year; in small bodies that is up to an eighth.
"""
LIST_FACTOR, ALLOWANCE_FACTOR, RATE_FACTOR, DEFLATOR_CHANGE, ICB_CHANGE = 2.5, 1.8, 1.8, 0.25, 0.01
"""What makes a figure one to look at: times the date before (one body took 2.3 times its people when Cumbria was divided),
times the year before, times the country's rate a head, a change of the price index, a change unlike the country's."""


def contradictions(tables: Tables) -> Iterable[Fault]:
    """Every figure that another table contradicts, by file and row."""
    yield from _residents_by_authority(tables)
    yield from _residents_of_successors(tables)
    yield from _scores_of_successors(tables)
    yield from _lists_of_icbs(tables)
    yield from _lists_and_payments(tables)


def _residents_by_authority(tables: Tables) -> Iterable[Fault]:
    """Residents are the sum of those in each authority, to the person, in the year in which those were counted.

    That year is the one whose total for England is nearest: small areas are of mid-2019 on maps of CCGs, of mid-2020 on later ones.
    """
    residents = tables["resident_population"]
    parts = tables["local_authority_overlap"].groupby(["as_at", "body_code"])["residents"].sum().rename("parts")
    total = parts.groupby("as_at").sum()
    apart = (residents.groupby(["as_at", "mid_year"])["residents"].sum() - total).abs().dropna()
    counted = (
        apart.reset_index(name="apart").sort_values("apart").drop_duplicates("as_at").set_index("as_at")["mid_year"]
    )
    same_year = residents["mid_year"] == residents["as_at"].map(counted)
    both = residents[same_year].join(parts, on=["as_at", "body_code"])
    row: Any
    for row in both[both["parts"].notna() & (both["parts"] != both["residents"])].itertuples():
        yield Fault(
            "resident_population.csv",
            f"local_authority_overlap.csv has {row.parts:,.0f} residents of {row.body_code} on {row.as_at:%d %B %Y}",
            row_number(row.Index),
            "residents",
            f"{row.residents:,}",
            f"Both count mid-{row.mid_year}: correct the one that was changed.",
        )


def _whole_successors(tables: Tables) -> pd.DataFrame:
    """`from_date`, `body_code`, `as_at`, `successor_code` of successors that took whole bodies only."""
    successors = tables["successors"]
    key = ["from_date", "as_at", "successor_code"]
    whole = successors.assign(whole=successors["kind"] == "published").groupby(key)["whole"].transform("all")
    return successors[whole & (successors["from_date"] < successors["as_at"])]


def _residents_of_successors(tables: Tables) -> Iterable[Fault]:
    """A merged body has the residents of its members, in every year counted on both footprints, to the person."""
    residents = tables["resident_population"][["as_at", "mid_year", "body_code", "residents"]]
    before = residents.rename(columns={"as_at": "from_date", "residents": "before"})
    carried = _whole_successors(tables).merge(before, on=["from_date", "body_code"])
    sums = carried.groupby(["from_date", "as_at", "mid_year", "successor_code"], as_index=False)["before"].sum()
    now = residents.rename_axis("row").reset_index().rename(columns={"body_code": "successor_code"})
    both = sums.merge(now, on=["as_at", "mid_year", "successor_code"])
    row: Any
    for row in both[both["before"] != both["residents"]].drop_duplicates("row").itertuples():
        yield Fault(
            "resident_population.csv",
            f"on {row.from_date:%d %B %Y} the same people of mid-{row.mid_year} were {row.before:,}",
            row_number(row.row),
            "residents",
            f"{row.residents:,}",
            f"{row.successor_code} has whole bodies for members: one of the two figures was changed.",
        )


def _scores_of_successors(tables: Tables) -> Iterable[Fault]:
    """A body's score of deprivation is the mean of its members' by people: every footprint counts the same small areas."""
    scores = tables["deprivation"][["as_at", "body_code", "imd_residents", "imd_average_score"]]
    before = scores.rename(columns={"as_at": "from_date"})
    carried = _whole_successors(tables).merge(before, on=["from_date", "body_code"])
    carried["weighted"] = carried["imd_average_score"] * carried["imd_residents"]
    sums = carried.groupby(["from_date", "as_at", "successor_code"])[["weighted", "imd_residents"]].sum()
    mean = (sums["weighted"] / sums["imd_residents"]).rename("mean").reset_index()
    now = scores.rename_axis("row").reset_index().rename(columns={"body_code": "successor_code"})
    both = mean.merge(now, on=["as_at", "successor_code"])
    wrong = both[(both["mean"] - both["imd_average_score"]).abs() > SCORE_ROUNDING]
    row: Any
    for row in wrong.drop_duplicates("row").itertuples():
        yield Fault(
            "deprivation.csv",
            f"on {row.from_date:%d %B %Y} the same small areas of {row.successor_code} had a mean score of {row.mean:.3f}",
            row_number(row.row),
            "imd_average_score",
            f"{row.imd_average_score:.10g}",
            "The indices are of 2019 on every footprint: one of the two scores was changed.",
        )


def _lists_of_icbs(tables: Tables) -> Iterable[Fault]:
    """An ICB's list is the sum of its sub-ICB locations' on the same date."""
    places = tables["sub_icb_locations"][["body_code", "icb_code"]]
    parts = tables["registered_population"].merge(places, on="body_code")
    sums = parts.groupby(["date", "icb_code"])["registered_population"].sum().rename("parts")
    icbs = tables["icb_registered_population"].join(sums, on=["date", "icb_code"])
    row: Any
    for row in icbs[icbs["parts"].notna() & (icbs["parts"] != icbs["registered_population"])].itertuples():
        yield Fault(
            "icb_registered_population.csv",
            f"the sub-ICB locations of {row.icb_code} have {row.parts:,.0f} people on {row.date:%d %B %Y}",
            row_number(row.Index),
            "registered_population",
            f"{row.registered_population:,}",
            "registered_population.csv has them by sub-ICB location: correct the one that was changed.",
        )


def _lists_and_payments(tables: Tables) -> Iterable[Fault]:
    """A list of 1 April is near NHS Payments' average of the year that begins then, body by body."""
    lists, payments = tables["registered_population"], tables["gp_payments"]
    dated = payments.assign(date=pd.to_datetime(payments["financial_year"].str[:4] + "-04-01"))
    paid = dated.set_index(["date", "body_code"])["registered_population"].rename("paid")
    both = lists.join(paid, on=["date", "body_code"])
    ratio = both["registered_population"] / both["paid"]
    ratio /= ratio.groupby(both["date"]).transform("median")
    row: Any
    for row in both.assign(ratio=ratio)[(ratio - 1).abs() > LIST_TOLERANCE].itertuples():
        yield Fault(
            "registered_population.csv",
            f"{row.body_code} has {row.ratio - 1:+.0%} against NHS Payments of the year ({row.paid:,.0f}), beside other bodies",
            row_number(row.Index),
            "registered_population",
            f"{row.registered_population:,}",
            f"At most {LIST_TOLERANCE:.0%} are put down to practices that closed: compare with gp_payments.csv.",
        )


def outliers(tables: Tables) -> dict[str, list[str]]:
    """Figures to look at, by kind: each with its file, its row and how far it is from those beside it."""
    lists = ("registered_population", "registered_population.csv"), ("gp_payments", "gp_payments.csv")
    far: list[str] = []
    for name, file in lists:
        order = "date" if name == "registered_population" else "financial_year"
        far += _jumps(tables[name], file, "body_code", order, "registered_population", LIST_FACTOR)
    far += _jumps(
        tables["icb_registered_population"],
        "icb_registered_population.csv",
        "icb_code",
        "date",
        "registered_population",
        LIST_FACTOR,
    )
    official, index = tables["allowance_official"], tables["gdp_deflator"]
    allowances = _jumps(
        official, "allowance_official.csv", "body_code", "financial_year", "allowance_gbp", ALLOWANCE_FACTOR
    )
    return {
        f"Lists more than {LIST_FACTOR:g} times the one before, or less than one in that": far,
        f"Allowances more than {ALLOWANCE_FACTOR:g} times the year before or the country's rate a head": allowances
        + _rates(official, tables)
        + _icb_changes(tables["icb_allowance"]),
        f"Price indices more than {DEFLATOR_CHANGE:.0%} from the year before": _jumps(
            index.assign(of="country"),
            "gdp_deflator.csv",
            "of",
            "financial_year",
            "gdp_deflator_index",
            1 + DEFLATOR_CHANGE,
        ),
    }


def _jumps(frame: pd.DataFrame, file: str, of: str, order: str, column: str, factor: float) -> list[str]:
    """Rows whose figure is more than `factor` times the one before of the same body, or less than its reciprocal."""
    ordered = frame.sort_values([of, order])
    ratio = ordered[column] / ordered.groupby(of)[column].shift()
    far = ordered.assign(ratio=ratio)[(ratio > factor) | (ratio < 1 / factor)]
    return [
        f"{file} row {row_number(index)}: {'' if of == 'of' else row[of] + ', '}{_plain(row[order])}, {row['ratio']:.2g} times"
        for index, row in far.iterrows()
    ]


def _plain(moment: Any) -> str:
    return f"{moment:%Y-%m-%d}" if isinstance(moment, pd.Timestamp) else str(moment)


def _rates(official: pd.DataFrame, tables: Tables) -> list[str]:
    """Allowances whose rate per registered person is far from that of their year."""
    icbs = tables["icb_registered_population"].rename(columns={"icb_code": "body_code"})
    lists = pd.concat([tables["registered_population"], icbs])
    people = official["body_code"].map(lists.groupby("body_code")["registered_population"].median())
    rate = official["allowance_gbp"] / people
    ratio = rate / rate.groupby(official["financial_year"]).transform("median")
    far = official.assign(rate=rate)[(ratio > RATE_FACTOR) | (ratio < 1 / RATE_FACTOR)]
    return [
        f"allowance_official.csv row {row_number(index)}: {row['body_code']}, {row['financial_year']}, £{row['rate']:,.2f} a head"
        for index, row in far.iterrows()
    ]


def _icb_changes(icbs: pd.DataFrame) -> list[str]:
    """ICBs' allowances all fell by the same share from year to year: one that did not has a figure wrong."""
    columns = [name for name in map(str, icbs) if name.startswith("allowance_") and name.endswith("_gbp")]
    changes = icbs[columns].pct_change(axis="columns").iloc[:, 1:] + 1
    far = (changes / changes.median() - 1).abs() > ICB_CHANGE
    return [
        f"icb_allowance.csv row {row_number(index)}: {icbs.loc[index, 'icb_code']}, {column}, not by the country's share"
        for column in far
        for index in far.index[far[column]]
    ]

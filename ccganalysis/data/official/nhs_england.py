"""NHS England: running cost allowances of CCGs and ICBs, from workbooks and CSVs of any year.

How a sheet is laid out is found by `running_cost_layout`, its rows are read by `running_cost_rows`; what the first
publication has besides is in `allowance_2013_14`. Here they become one table, held against what the project knows.
"""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import pandas as pd

from ... import wording
from ...errors import InputError
from . import allowance_2013_14, cells
from .opening import Sheet
from .reading import Faults, Known, Reading, by_25_per_cent
from .running_cost_layout import ICB_NAME, columns_read, money_columns, recognise
from .running_cost_rows import read_sheet

PUBLISHER = "NHS England"
ADDRESS = "https://www.england.nhs.uk/allocations/"

HELD_OF_ICBS = {
    "2023/24": "allowance_2023_24_gbp",
    "2024/25": "allowance_2024_25_gbp",
    "2025/26": "allowance_2025_26_gbp",
}
FIRST_EDITION_OF_ICBS = {"2025/26": "allowance_2025_26_first_gbp"}
"""The columns of `icb_allowance` by year: as held, and as they were published ahead."""

LEAST_ALIKE = 5
"""Bodies: so many figures that are those of another year are no chance."""

__all__ = ["ADDRESS", "PUBLISHER", "read", "recognise"]


def read(path: Path, known: Known, sheets: list[Sheet]) -> Reading:
    """Allowances by body and year in pounds, from every sheet about running costs.

    Tables: `allowance_official`; for the first publication, of 2013/14, `allowance_2013_14`. Raises `DataError` with
    every fault, `InputError` where no column can be told to be an allowance.
    """
    names = known.names()
    layouts = recognise(sheets, names)
    faults = Faults(path.name)
    first_publication = any(map(allowance_2013_14.recognise, layouts))
    frames, checks, notes = [], [], []
    for layout in layouts:
        chosen = money_columns(layout, faults, allowance_2013_14.YEAR if first_publication else None)
        if chosen:
            frame, said, noted = read_sheet(layout, chosen, names, known, faults)
            frames.append(frame)
            taken, left = columns_read(layout, chosen)
            checks += [taken, *said]
            notes += [*noted, *left]
    faults.stop()
    if not any(len(frame) for frame in frames):
        shown = "; ".join(heading for layout in layouts for heading in layout.headings if heading)[:400]
        raise InputError(
            f"{path.name}: it speaks of running costs, but no column's heading names one financial year "
            f"and an amount of money. Headings found: {shown}."
        )
    frame = pd.concat(frames, ignore_index=True)
    frame = _once(frame, faults)
    faults.stop()
    frame, earlier = _without_earlier_editions(frame, known, path.name)
    notes += earlier
    years = sorted(set(frame["financial_year"]))
    publication = _publication(frame, names, first_publication)
    totals = frame.groupby("financial_year")["allowance_gbp"].sum()
    units = sorted(set(frame["unit"]))
    frame = frame.assign(kind="published", source=f"{PUBLISHER}, {publication} ({path.name})")
    last = years[-1]
    reading = Reading(
        allowance_2013_14.PUBLISHER if first_publication else PUBLISHER,
        publication,
        datetime.date(int(years[0][:4]), 4, 1),
        frame["body_code"].nunique(),
        ", ".join(f"{year} {_money(totals[year], frame)}" for year in years),
        " and ".join(cells.unit_name(unit) for unit in units),
        allowance_2013_14.ADDRESS if first_publication else ADDRESS,
        checks=checks,
        warnings=notes,
    )
    if first_publication:
        rows = allowance_2013_14.table(layouts[0], frame, known, faults)
        faults.stop()
        reading.tables[allowance_2013_14.NAME] = rows
        reading.warnings += allowance_2013_14.unlike_held(rows, known)
    else:
        columns = ["body_code", "financial_year", "allowance_gbp", "kind", "source"]
        reading.tables["allowance_official"] = frame[columns]
        reading.warnings += _ended(frame, known)
        reading.asks |= _other_edition(frame, known)
    reading.warnings += _missing(frame, known) + _against_published(frame, known)
    for before, now in itertools.pairwise(years):
        reading.warnings += by_25_per_cent(
            _by_body(frame, before), _by_body(frame, now), f"the allowance of {now}", before
        )
    reading.warnings += _against_held(frame, known, first_publication)
    if last > years[0] and len(set(frame.groupby("financial_year").size())) > 1:
        counts = ", ".join(f"{year} {count}" for year, count in frame.groupby("financial_year").size().items())
        reading.warnings.append(f"not every body has an allowance in every year: {counts}")
    return reading


def _money(total: float, frame: pd.DataFrame) -> str:
    if frame["unit"].iloc[0] == 1_000:
        return f"£{total / 1_000:,.0f} thousand"
    return f"£{total / 1e6:,.1f} million" if frame["unit"].iloc[0] == 1_000_000 else f"£{total:,.0f}"


def _by_body(frame: pd.DataFrame, year: str) -> pd.Series:
    return frame[frame["financial_year"] == year].set_index("body_code")["allowance_gbp"]


def _once(frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """Each body and year once, where several sheets give it; that they differ is a fault."""
    for (code, year), rows in frame.groupby(["body_code", "financial_year"]):
        if rows["allowance_gbp"].nunique() > 1:
            amounts = " and ".join(f"£{amount:,.0f}" for amount in rows["allowance_gbp"])
            faults.add(
                f"two sheets give {code} different allowances for {year}: {amounts}",
                remedy="Delete or hide the sheet that does not count.",
            )
    return frame.drop_duplicates(["body_code", "financial_year"], ignore_index=True)


def _publication(frame: pd.DataFrame, names: dict[str, str], first: bool) -> str:
    years = sorted(set(frame["financial_year"]))
    span = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
    if first:
        return allowance_2013_14.PUBLICATION
    icbs = all(ICB_NAME.search(names[code]) for code in frame["body_code"])
    return f"{'ICB' if icbs else 'CCG'} running cost allowances {span}"


def _missing(frame: pd.DataFrame, known: Known) -> list[str]:
    """Bodies without a row, against those of the date that has the file's, of several the one in force in its first year."""
    found, first = set(frame["body_code"]), pd.Timestamp(f"{min(frame['financial_year'])[:4]}-04-01")
    days = sorted(known.table("body_register")["open_date"].dropna().unique())
    sets = {wording.date(day): known.commissioners(day) for day in days}
    current = wording.date(max((day for day in days if day <= first), default=days[0]))
    date = min(sets, key=lambda name: (len(found - sets[name]), name != current, len(sets[name] - found)))
    missing = sorted(sets[date] - found)
    if not missing:
        return []
    shown = ", ".join(missing[:12]) + (" ..." if len(missing) > 12 else "")
    return [f"{len(missing)} of the {len(sets[date])} bodies of {date} have no row: {shown}"]


def _against_published(frame: pd.DataFrame, known: Known) -> list[str]:
    """The years whose sum is not the national total that was published, to rounding."""
    held = known.table("national_running_costs")
    totals = held[held["measure"].str.match("(CCG|ICB) running cost allowance total") & held["kind"].eq("published")]
    totals = totals[totals["unit"] == "GBP million"]
    said = []
    for year, amounts in frame.groupby("financial_year")["allowance_gbp"]:
        published = totals.loc[totals["financial_year"] == year, "value"] * 1e6
        if len(published) and (published - amounts.sum()).abs().min() > 0.001 * amounts.sum():
            shown = " and ".join(f"£{total / 1e6:,.1f} million" for total in published)
            said.append(
                f"{year}: the {len(amounts)} bodies add up to £{amounts.sum() / 1e6:,.1f} million, and {shown} was published "
                "for all"
            )
    return said


def _ended(frame: pd.DataFrame, known: Known) -> list[str]:
    """Allowances of bodies for years after they had ended: published ahead of a merger, to be summed by successor."""
    ends = known.table("body_register").set_index("body_code")["close_date"].dropna()
    starts = pd.to_datetime(frame["financial_year"].str[:4] + "-04-01")
    after = frame["body_code"].map(ends) < starts
    if not after.any():
        return []
    codes = sorted(set(frame.loc[after, "body_code"]))
    return [
        f"{wording.count(len(codes), 'body', 'bodies')} had ended before a year of the file: "
        f"{', '.join(codes[:12])}{' ...' if len(codes) > 12 else ''}; those figures belong to the successors"
    ]


def _against_held(frame: pd.DataFrame, known: Known, first: bool) -> list[str]:
    """What the project already holds for the same bodies and years, where it differs."""
    held = known.table("allowance_2013_14" if first else "allowance_official")
    if not first:
        held = pd.concat([held[["body_code", "financial_year", "allowance_gbp"]], _of_icbs(known, HELD_OF_ICBS)])
        held = held.drop_duplicates(["body_code", "financial_year"])
    different = _different(frame, held)
    if different.empty:
        return []
    rows = [
        f"{row.body_code} {row.financial_year} £{row.allowance_gbp_held:,.0f} to £{row.allowance_gbp:,.0f}"
        for row in different.itertuples()
    ]
    return [
        f"{wording.count(len(rows), 'figure')} differ from those held: {'; '.join(rows[:10])}"
        + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
    ]


def _of_icbs(known: Known, columns: dict[str, str]) -> pd.DataFrame:
    """The allowances of `icb_allowance` by body and year, of the columns given by year."""
    icbs = known.table("icb_allowance")
    return pd.concat(
        icbs[["icb_code", column]].set_axis(["body_code", "allowance_gbp"], axis=1).assign(financial_year=year)
        for year, column in columns.items()
    )


def _different(frame: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The rows of a file that are not those held of the same body and year, to the rounding of the file's."""
    both = frame.merge(held, on=["body_code", "financial_year"], suffixes=("", "_held"))
    room = both["unit"] * both["precision"] / 2 + 0.5
    apart: pd.DataFrame = both[(both["allowance_gbp"] - both["allowance_gbp_held"]).abs() > room]
    return apart


def _without_earlier_editions(frame: pd.DataFrame, known: Known, file: str) -> tuple[pd.DataFrame, list[str]]:
    """The file without the years of which a later edition is held, and what is said of them.

    Allocations for two or three years are published ahead and then again: what the first edition gave for 2025/26 is in
    `icb_allowance` beside the final figures, and must not take their place.
    """
    first = _of_icbs(known, FIRST_EDITION_OF_ICBS)
    said = []
    for year, amounts in first.groupby("financial_year"):
        of_year = frame["financial_year"] == year
        if not of_year.any() or len(_different(frame[of_year], amounts)):
            continue
        now = _of_icbs(known, {str(year): HELD_OF_ICBS[str(year)]})["allowance_gbp"].sum()
        was = frame.loc[of_year, "allowance_gbp"].sum()
        said.append(
            f"{year}: {_money(was, frame)} are the first edition's, and a later one is held (£{now:,.0f} in all): left out"
        )
        frame = frame[~of_year].reset_index(drop=True)
    if frame.empty:
        raise InputError(f"{file}: {'; '.join(said)}. Nothing was added.")
    return frame, said


def _other_edition(frame: pd.DataFrame, known: Known) -> dict[str, str]:
    """What to ask where the file's figures are not those held of ICBs for the year, or are those held of another."""
    different = _different(frame, _of_icbs(known, HELD_OF_ICBS))
    years = [
        f"{year} {wording.count(len(rows), 'body', 'bodies')}, £{rows['allowance_gbp_held'].sum():,.0f} to "
        f"£{rows['allowance_gbp'].sum():,.0f}"
        for year, rows in different.groupby("financial_year")
    ]
    told = []
    if years:
        told.append(
            f"icb_allowance.csv holds other figures ({'; '.join(years)}), so this is another edition or another body's figure"
        )
    told += _of_another_year(frame, known)
    return {"--replace": "; ".join(told)} if told else {}


def _of_another_year(frame: pd.DataFrame, known: Known) -> list[str]:
    """The years of a file whose figures are to the last digit those held of another year, and not those held of their own."""
    columns = ["body_code", "financial_year", "allowance_gbp"]
    tables = [known.table(name)[columns] for name in ("allowance_2013_14", "allowance_official")]
    held = pd.concat([*tables, _of_icbs(known, HELD_OF_ICBS), _of_icbs(known, FIRST_EDITION_OF_ICBS)])
    said = []
    for year, rows in frame.groupby("financial_year"):
        if (own := held[held["financial_year"] == year]).size and not len(_different(rows, own)):
            continue
        for other, amounts in held[held["financial_year"] != year].groupby("financial_year"):
            alike = rows["body_code"].isin(amounts["body_code"])
            of_other = amounts.assign(financial_year=year)
            if alike.sum() >= LEAST_ALIKE and alike.mean() > 0.5 and not len(_different(rows, of_other)):
                said.append(f"the figures of {year} are those held of {other}, so the heading may be of another year")
    return said

"""NHS England: running cost allowances of CCGs and ICBs, from workbooks and CSVs of any year.

No layout is assumed. The column of codes is the one that holds codes the project knows; the heading is what stands
above the first of them; the money columns are those whose heading names one financial year and whose heading, sheet
or title speaks of running costs. The unit must be printed. Every row with an amount must be a body, a region or a
total, and printed totals must agree.
"""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ... import wording
from ...errors import InputError, nearest
from . import cells
from .opening import Cell, Sheet, column_letter
from .reading import Faults, Known, Reading, by_25_per_cent

PUBLISHER = "NHS England"
ADDRESS = "https://www.england.nhs.uk/allocations/"
FIRST_ADDRESS = "https://www.england.nhs.uk/wp-content/uploads/2012/11/final-ccg-rca.xls"

_RUNNING_COST = re.compile(r"running[\W_]*costs?|\brca\b|\badmin(istration)?\b.*(allowance|limit)", re.IGNORECASE)
_NOT_MONEY = re.compile(
    r"per\s+(head|capita|person)|/\s*head|%|per\s*cent|growth|change|population|registered|weighted|distance|index"
    r"|\brank\b|\bshare\b|practices|closing|opening|baseline|adjustment|transfer|target|of which",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\b(england|total|national|all (ccgs|icbs|bodies)|grand)\b", re.IGNORECASE)
_REGION_CODE = re.compile(r"Y\d\d\Z")
_AREA_CODE = re.compile(r"(Y\d\d|[EJ]\d{8}|Q[A-Z0-9]{2})\Z")
_AREA = re.compile(r"\b(commissioning region|local office|sub-?total|stp|ics|footprint)\b", re.IGNORECASE)
_BODY_NAME = re.compile(r"\bnhs\b.+\b(ccg|icb)\Z|\b(clinical commissioning group|integrated care board)\Z")
_LABEL = re.compile(r"\b(name|code|region|system|board|cluster|(icb|ccg|stp|r)(\d\d)?)\b", re.IGNORECASE)
"""Headings of text columns: figures below one mean that the headings have slipped."""
LEAST_GBP, MOST_GBP = 200_000, 120_000_000
"""A body's allowance in pounds: the smallest ever was Corby's 1.66 million, the largest an ICB's of 59 million."""


@dataclass(frozen=True)
class Amounts:
    """One money column of a sheet: where, which year, in which unit (pounds)."""

    place: int
    heading: str
    financial_year: str
    unit: int


@dataclass(frozen=True)
class Layout:
    """How a sheet is laid out: the column of codes and which of them are bodies, its first row, all headings."""

    sheet: Sheet
    codes: int
    bodies: frozenset[str]
    first: int
    headings: list[str]
    context: str

    def column(self, place: int) -> str:
        heading = self.headings[place] if place < len(self.headings) else ""
        return f"{column_letter(place)} ({heading[:60]})" if heading else column_letter(place)


def recognise(sheets: list[Sheet], names: dict[str, str]) -> list[Layout]:
    """The sheets that hold running costs by body; empty if none does."""
    found = []
    for sheet in sheets:
        layout = _layout(sheet, names)
        if layout and _RUNNING_COST.search(" ".join([sheet.name, layout.context, *layout.headings])):
            found.append(layout)
    return found


def _layout(sheet: Sheet, names: dict[str, str]) -> Layout | None:
    best: int | None = None
    best_rows: list[int] = []
    width = max((len(row) for row in sheet.rows), default=0)
    for place in range(min(width, 12)):
        rows = [number for number, row in enumerate(sheet.rows) if place < len(row) and cells.code(row[place]) in names]
        if len(rows) > len(best_rows):
            best, best_rows = place, rows
    if best is None or len(best_rows) < 3:
        return None
    found = [cells.code(sheet.rows[row][best]) for row in best_rows]
    # STPs have the codes of the ICBs they became: among CCGs, their rows are subtotals.
    icbs = {code for code in found if _AREA_CODE.match(code)}
    bodies = icbs if len(icbs) > len(found) / 2 else set(found) - icbs
    first = best_rows[0]
    while first and _has_amounts(sheet.rows[first - 1]):
        first -= 1  # the total of the first STP or of England, printed above the bodies
    return Layout(sheet, best, frozenset(bodies), first, *_headings(sheet, first, width))


def _has_amounts(row: list[Cell]) -> bool:
    """Whether a row above the bodies holds amounts, and not headings: years and column numbers are none."""
    figures = [_figure(cell) for cell in row]
    return sum(figure is not None and abs(figure) >= 100 and not 2010 <= figure <= 2035 for figure in figures) >= 2


def _headings(sheet: Sheet, first: int, width: int) -> tuple[list[str], str]:
    """The heading of each column, from all heading rows above the first body, and what stands above them.

    Merged cells count for every column they span. An upper heading row that is not merged but has gaps, as text
    centred over several columns leaves them, is read across to the next text.
    """
    above = [list(row) + [None] * (width - len(row)) for row in sheet.rows[:first]]
    merged_rows = set()
    for (top, left), (bottom, right) in sheet.merged:
        for row in range(top, min(bottom, first - 1) + 1):
            for column in range(left, min(right, width - 1) + 1):
                above[row][column] = above[top][left]
                merged_rows.add(row)
    band: list[int] = []
    for row in range(first - 1, -1, -1):
        texts = {str(cell) for cell in above[row] if cell is not None}
        if len(texts) >= 2:
            band.insert(0, row)
        elif band or len(texts) == 1 or first - row > 3:
            if len(texts) == 1 and not band:
                continue  # a lone label between the heading and the first body, such as a region's name
            break
        if len(band) == 4:
            break
    for row in band[:-1]:
        if row not in merged_rows:
            last = None
            for column in range(width):
                last = above[row][column] or last
                above[row][column] = last if any(above[lower][column] for lower in band if lower > row) else None
    headings = [
        " ".join(dict.fromkeys(str(above[row][column]) for row in band if above[row][column] is not None))
        for column in range(width)
    ]
    title = above[: band[0]] if band else above
    context = " ".join(dict.fromkeys(str(cell) for row in title for cell in row if cell is not None))
    return [" ".join(heading.split()) for heading in headings], " ".join(context.split())


def _amounts(layout: Layout, faults: Faults, year: str | None) -> list[Amounts]:
    """The money columns: one financial year each. Two columns for one year, or none, is a fault."""
    about_all = bool(_RUNNING_COST.search(f"{layout.sheet.name} {layout.context}"))
    row = layout.first
    chosen: list[Amounts] = []
    for place, heading in enumerate(layout.headings):
        if place == layout.codes or not heading or not (about_all or _RUNNING_COST.search(heading)):
            continue
        years = cells.financial_years(heading)
        if not years and _RUNNING_COST.search(heading):
            years = cells.financial_years(f"{layout.context} {layout.sheet.name}")[:2] or ([year] if year else [])
        if _NOT_MONEY.search(heading):
            continue
        if not years and _RUNNING_COST.search(heading) and cells.unit(heading):
            faults.add(
                "the heading speaks of running costs in money and names no year",
                row,
                layout.column(place),
                remedy="Write the financial year into the heading, and see that no heading has slipped.",
            )
        if len(years) != 1:
            continue
        unit = cells.unit(heading) or cells.unit(layout.context) or cells.unit(layout.sheet.name)
        if unit is None:
            faults.add(
                "the heading does not say whether the amounts are £, £ thousand or £ million",
                row,
                layout.column(place),
                remedy="Add the unit to it, such as '£k', and add the file again.",
            )
            continue
        chosen.append(Amounts(place, heading, years[0], unit))
    for amounts in chosen:
        twins = [other for other in chosen if other.financial_year == amounts.financial_year and other != amounts]
        if twins and amounts.place < twins[0].place:
            places = " and ".join(layout.column(twin.place) for twin in (amounts, *twins))
            faults.add(
                f"columns {places} are both running costs of {amounts.financial_year}",
                row,
                remedy="Which one counts cannot be known: delete the other.",
            )
    for place in _others_with_figures(layout, chosen) if chosen else []:
        heading = layout.headings[place]
        says_what = cells.unit(heading) or cells.financial_years(heading) or _NOT_MONEY.search(heading)
        if not says_what and (_LABEL.search(heading) or (not heading and place > layout.codes)):
            faults.add(
                f"holds figures under the heading {heading!r}",
                row,
                layout.column(place),
                remedy="The headings may have slipped sideways: compare with the publisher's file.",
            )
    return chosen


def _others_with_figures(layout: Layout, chosen: list[Amounts]) -> list[int]:
    """The columns with figures in most rows that are not among the money columns chosen."""
    taken = {amounts.place for amounts in chosen} | {layout.codes}
    rows = layout.sheet.rows[layout.first :]
    return [
        place
        for place in range(len(layout.headings))
        if place not in taken and sum(_figure(_at(row, place)) is not None for row in rows) > len(rows) / 2
    ]


def read(path: Path, known: Known, sheets: list[Sheet]) -> Reading:
    """Allowances by body and year in pounds, from every sheet about running costs.

    Tables: `allowance_official`; for the first publication, of 2013/14, `allowance_2013_14`. Raises `DataError` with
    every fault, `InputError` where no column can be told to be an allowance.
    """
    names = known.names()
    layouts = recognise(sheets, names)
    faults = Faults(path.name)
    first_publication = any(_is_first_publication(layout) for layout in layouts)
    frames, checks, notes = [], [], []
    for layout in layouts:
        chosen = _amounts(layout, faults, "2013/14" if first_publication else None)
        if chosen:
            frame, said, noted = _read_sheet(layout, chosen, names, known, faults)
            frames.append(frame)
            checks += [_columns_read(layout, chosen), *said]
            notes += noted
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
    years = sorted(set(frame["financial_year"]))
    publication = _publication(frame, first_publication)
    totals = frame.groupby("financial_year")["allowance_gbp"].sum()
    units = sorted(set(frame["unit"]))
    frame = frame.assign(kind="published", source=f"{PUBLISHER}, {publication} ({path.name})")
    last = years[-1]
    reading = Reading(
        PUBLISHER if not first_publication else "NHS Commissioning Board",
        publication,
        datetime.date(int(years[0][:4]), 4, 1),
        frame["body_code"].nunique(),
        ", ".join(f"{year} {_money(totals[year], frame)}" for year in years),
        " and ".join(cells.unit_name(unit) for unit in units),
        FIRST_ADDRESS if first_publication else ADDRESS,
        checks=checks,
        warnings=notes,
    )
    if first_publication:
        reading.tables["allowance_2013_14"] = _first_table(layouts[0], frame, faults)
        faults.stop()
    else:
        columns = ["body_code", "financial_year", "allowance_gbp", "kind", "source"]
        reading.tables["allowance_official"] = frame[columns]
        reading.warnings += _ended(frame, known) + _missing(frame, known)
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


def _read_sheet(
    layout: Layout, chosen: list[Amounts], names: dict[str, str], known: Known, faults: Faults
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The bodies' rows of one sheet, and its printed totals compared with them."""
    areas = {
        *known.table("body_register")["region_name"].str.lower(),
        *known.table("footprints")["ics_name"].str.lower(),
    }
    rows: list[tuple[Any, ...]] = []
    printed: list[tuple[Any, ...]] = []
    seen: dict[str, int] = {}
    none: list[str] = []
    for number, row in enumerate(layout.sheet.rows[layout.first :], start=layout.first):
        values = {amounts: _value(layout, row, number, amounts, faults) for amounts in chosen}
        blank = all(_at(row, amounts.place) is None for amounts in chosen)
        code = cells.code(_at(row, layout.codes))
        label = " ".join(
            str(cell)
            for place, cell in enumerate(row)
            if cell is not None and place not in {amounts.place for amounts in chosen}
        )
        if code in layout.bodies:
            if code in seen:
                faults.add(
                    f"repeats row {seen[code] + 1}: each body has one row",
                    number + 1,
                    layout.column(layout.codes),
                    code,
                )
                continue
            seen[code] = number
            for amounts, (value, precision) in values.items():
                if value is None:
                    none.append(f"{code} {amounts.financial_year}")
                    continue
                gbp = round(value * amounts.unit, 2)
                if not LEAST_GBP <= gbp <= MOST_GBP:
                    faults.add(
                        f"{wording.gbp(gbp)} is no plausible running cost allowance",
                        number + 1,
                        layout.column(amounts.place),
                        _at(row, amounts.place),
                        f"The unit was read as {cells.unit_name(amounts.unit)}: check the figure and the heading.",
                    )
                rows.append(
                    (code, amounts.financial_year, gbp, amounts.unit, precision, _region(layout, row), number + 1)
                )
        elif blank or all(value is None for value, _ in values.values()):
            if _looks_like_code(code) and not _is_total(layout, row, label, areas):
                faults.add(
                    "no body has this code",
                    number + 1,
                    layout.column(layout.codes),
                    code,
                    f"The nearest is {nearest(code, names)!r}.",
                )
            continue  # a footnote, a blank line or a heading within the table
        elif _is_total(layout, row, label, areas):
            printed.append((number + 1, label, values))
        else:
            faults.add(
                "has amounts, but is neither a body known here nor a total",
                number + 1,
                layout.column(layout.codes),
                code or label,
                f"The nearest code is {nearest(code, names)!r}." if code else "",
            )
    columns = ["body_code", "financial_year", "allowance_gbp", "unit", "precision", "region", "row"]
    frame = pd.DataFrame(rows, columns=columns)
    notes = (
        [f"{wording.count(len(none), 'figure')} not given: {', '.join(none[:8])}" + (" ..." if len(none) > 8 else "")]
        if none
        else []
    )
    return frame, _check_totals(frame, printed, chosen, layout, faults), notes


def _at(row: list[Cell], place: int) -> Cell:
    return row[place] if place < len(row) else None


def _value(
    layout: Layout, row: list[Cell], number: int, amounts: Amounts, faults: Faults
) -> tuple[float | None, float]:
    """An amount in its column's unit, and the smallest step it is printed in."""
    cell = _at(row, amounts.place)
    if reason := layout.sheet.unreadable.get((number, amounts.place)):
        faults.add(
            reason,
            number + 1,
            layout.column(amounts.place),
            remedy="Open the workbook in Excel, copy the column, paste it as values and save.",
        )
        return None, 1.0
    try:
        return cells.number(cell), 10.0 ** -cells.decimals(cell)
    except cells.NotANumber as error:
        if cells.code(_at(row, layout.codes)):
            faults.add(str(error), number + 1, layout.column(amounts.place), cell)
        return None, 1.0


def _region(layout: Layout, row: list[Cell]) -> str:
    """The region code beside a body, where the sheet has one: its subtotals can then be checked."""
    return next(
        (
            cells.code(cell)
            for place, cell in enumerate(row[:6])
            if place != layout.codes and isinstance(cell, str) and _REGION_CODE.match(cells.code(cell))
        ),
        "",
    )


def _looks_like_code(code: str) -> bool:
    return bool(re.fullmatch(r"\d\d[A-Z]|Q[A-Z0-9]{2}|[A-Z]\d[A-Z]\d[A-Z]|\d\d[A-Z]\d\d|[A-Z0-9]{3}", code)) and any(
        character.isdigit() for character in code
    )


def _is_total(layout: Layout, row: list[Cell], label: str, areas: set[str]) -> bool:
    """Total rows say so, name a region or STP, have such an area's code where codes stand, or have no label at all.

    A row that names a body is not a total, whatever else stands in it: its code has gone missing.
    """
    code = cells.code(_at(row, layout.codes))
    texts = {str(cell).strip().lower() for cell in row if isinstance(cell, str)}
    if any(_BODY_NAME.search(text) for text in texts):
        return False
    return bool(not label or _TOTAL.search(label) or _AREA_CODE.match(code) or texts & areas or _AREA.search(label))


def _check_totals(
    frame: pd.DataFrame, printed: list[tuple[Any, ...]], chosen: list[Amounts], layout: Layout, faults: Faults
) -> list[str]:
    """Printed totals equal the sum of the bodies' rows within rounding; regions' totals likewise."""
    checks, compared = [], set()
    for row, label, values in printed:
        region = next((code for code in map(str.upper, label.split()) if _REGION_CODE.match(code)), "")
        national = not label or (_TOTAL.search(label) and not region)
        if not national and not (region and (frame["region"] == region).any()):
            checks.append(f"row {row} ({label[:50]}) is a subtotal, left out")
            continue
        for amounts, (value, precision) in values.items():
            part = frame[frame["financial_year"] == amounts.financial_year]
            part = part if national else part[part["region"] == region]
            if value is None or part.empty:
                continue
            total, figure = value * amounts.unit, part["allowance_gbp"].sum()
            # Each printed figure may be off by half its last digit.
            room = amounts.unit * (part["precision"].sum() + precision) / 2 + 0.01
            name = label[:50] or "the row without a label"
            compared |= {amounts.financial_year} if national else set()
            if abs(figure - total) > room:
                faults.add(
                    f"the printed total of {name} for {amounts.financial_year} is {_exact(total, amounts.unit)}, "
                    f"and the {len(part)} bodies add up to {_exact(figure, amounts.unit)}",
                    row,
                    layout.column(amounts.place),
                    remedy="A row is missing, repeated or altered: compare with the publisher's file.",
                )
            else:
                checks.append(
                    f"{amounts.financial_year}: {len(part)} bodies add up to {_exact(figure, amounts.unit)}; "
                    f"printed in row {row}: {_exact(total, amounts.unit)}"
                )
    for year in sorted({amounts.financial_year for amounts in chosen} - compared):
        checks.append(f"{year}: no national total is printed, so the sum could not be compared")
    return checks


def _columns_read(layout: Layout, chosen: list[Amounts]) -> str:
    """Which columns of figures were taken and which were left alone, so that neither is silent."""
    taken, left = {amounts.place for amounts in chosen}, _others_with_figures(layout, chosen)
    where = f"sheet {layout.sheet.name!r}: " if layout.sheet.name else ""
    said = f"{where}amounts in column {', '.join(layout.column(place) for place in sorted(taken))}"
    return said + (f"; left alone: {', '.join(layout.column(place) for place in left)}" if left else "")


def _figure(cell: Cell) -> float | None:
    try:
        return cells.number(cell)
    except cells.NotANumber:
        return None


def _exact(gbp: float, unit: int) -> str:
    """An amount in the unit it was printed in, to the last digit: £1,108,760 thousand."""
    name = {1: "", 1_000: " thousand", 1_000_000: " million"}[unit]
    return f"£{gbp / unit:,.{2 if unit == 1_000_000 else 0}f}{name}"


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


def _publication(frame: pd.DataFrame, first: bool) -> str:
    years = sorted(set(frame["financial_year"]))
    span = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
    if first:
        return "CCG running costs allowances 2013/14"
    icbs = frame["body_code"].str.match(r"Q[A-Z0-9]{2}\Z").all()
    return f"{'ICB' if icbs else 'CCG'} running cost allowances {span}"


def _is_first_publication(layout: Layout) -> bool:
    """The allowances of 2013/14 name no year; no other publication has PCT clusters."""
    text = " ".join(layout.headings).lower()
    return "pct cluster" in text and "adjusted" in text and "running cost" in text


def _first_table(layout: Layout, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """`allowance_2013_14` from the first publication, with its populations, regions and PCT clusters."""
    wanted = {
        "body_name": r"ccg name",
        "registered_population": r"registered population(?!.*adjusted)",
        "adjusted_population": r"adjusted",
        "commissioning_region": r"region",
        "pct_cluster": r"pct cluster",
    }
    places = {}
    for name, pattern in wanted.items():
        fits = [place for place, heading in enumerate(layout.headings) if re.search(pattern, heading, re.IGNORECASE)]
        if len(fits) != 1:
            faults.add(f"{len(fits)} columns could be the {name.replace('_', ' ')}, and one is needed", layout.first)
        else:
            places[name] = fits[0]
    faults.stop()
    rows = []
    body: Any
    for body in frame.itertuples():
        row = layout.sheet.rows[body.row - 1]
        filled: dict[str, Any] = {name: _at(row, place) for name, place in places.items()}
        for name in ("registered_population", "adjusted_population"):
            try:
                value = cells.number(filled[name])
            except cells.NotANumber as error:
                faults.add(str(error), body.row, layout.column(places[name]), filled[name])
                value = None
            if value is None or value != int(value):
                faults.add("must be a whole number of people", body.row, layout.column(places[name]), filled[name])
                value = 0
            filled[name] = int(value)
        people = filled["adjusted_population"] or 1
        rows.append(
            {
                "body_code": body.body_code,
                "financial_year": "2013/14",
                "allowance_gbp": body.allowance_gbp,
                "allowance_gbp_per_head": round(body.allowance_gbp / people, 2),
                "kind": "published",
                **filled,
            }
        )
    return pd.DataFrame(rows)


def _missing(frame: pd.DataFrame, known: Known) -> list[str]:
    """Bodies without a row, against the set of bodies of one date that the file comes nearest to."""
    found = set(frame["body_code"])
    sets = {f"1 April {year}": known.in_force(datetime.date(year, 4, 1)) for year in range(2013, 2022)}
    sets["July 2022"] = set(known.table("sub_icb_locations")["icb_code"])
    date = min(sets, key=lambda name: len(sets[name] ^ found))
    missing = sorted(sets[date] - found)
    if not missing:
        return []
    shown = ", ".join(missing[:12]) + (" ..." if len(missing) > 12 else "")
    return [f"{len(missing)} of the {len(sets[date])} bodies of {date} have no row: {shown}"]


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
        icbs = known.table("icb_allowance")
        published = {"2023/24": "allowance_2023_24_gbp", "2024/25": "allowance_2024_25_gbp"}
        parts = [
            icbs[["icb_code", column]].set_axis(["body_code", "allowance_gbp"], axis=1).assign(financial_year=year)
            for year, column in published.items()
        ]
        held = pd.concat([held[["body_code", "financial_year", "allowance_gbp"]], *parts])
        held = held.drop_duplicates(["body_code", "financial_year"])
    both = frame.merge(held, on=["body_code", "financial_year"], suffixes=("", "_held"))
    different = both[(both["allowance_gbp"] - both["allowance_gbp_held"]).abs() > 0.5]
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

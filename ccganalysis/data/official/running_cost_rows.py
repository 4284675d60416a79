"""The rows of a sheet of running costs: every one with an amount is a body, a region or a total, and totals agree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from ... import wording
from . import cells
from .opening import Cell
from .reading import Faults, Known
from .running_cost_layout import AREA_CODE, Amounts, Layout, at, column_of_names

_TOTAL = re.compile(r"\b(england|total|national|all (ccgs|icbs|bodies)|grand)\b", re.IGNORECASE)
_REGION_CODE = re.compile(r"Y\d\d\Z")
_AREA = re.compile(r"\b(commissioning region|local office|sub-?total|stp|area|footprint)\b", re.IGNORECASE)
_BODY_NAME = re.compile(r"\bnhs\b.+\b(ccg|icb)\Z|\b(clinical commissioning group|integrated care board)\Z")

LEAST_GBP, MOST_GBP = 200_000, 120_000_000
"""A body's allowance in pounds: the smallest ever was Corby's 1.66 million, the largest an ICB's of 59 million."""

Value = tuple[float | None, float]
"""An amount in its column's unit, and the smallest step it is printed in."""


@dataclass(frozen=True)
class Line:
    """A row of a sheet: its number as a user counts, the code and the words that stand in it, and its amounts."""

    number: int
    cells: list[Cell]
    code: str
    label: str
    values: dict[Amounts, Value]


@dataclass
class Lines:
    """The rows of a sheet that count: those of bodies, by code, and printed totals."""

    bodies: dict[str, Line] = field(default_factory=dict)
    totals: list[Line] = field(default_factory=list)


def read_sheet(
    layout: Layout, chosen: list[Amounts], names: dict[str, str], known: Known, faults: Faults
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The bodies' amounts of one sheet, what agrees with its printed totals, and what to look at: figures not given, totals apart.

    One row per body and year: `body_code`, `financial_year`, `allowance_gbp`, `unit` and `precision` (as printed),
    `region` and `row`.
    """
    lines = _lines(layout, chosen, names, known, faults)
    rows, missing = [], []
    named = column_of_names(layout, known.every_name)
    for line in lines.bodies.values():
        name = "" if named is None else str(at(line.cells, named) or "")
        if wrong := known.every_name.contradict(line.code, name):
            faults.add(wrong, line.number, layout.column(named or 0), name)
        region = _region(layout, line.cells)
        for amounts, (value, precision) in line.values.items():
            if value is None:
                missing.append(f"{line.code} {amounts.financial_year}")
                continue
            if known.terms[line.code][0] > (end := cells.year_end(amounts.financial_year)):
                rule = f"has an allowance of {amounts.financial_year}, and {line.code} came into force after {end:%d %B %Y}"
                faults.add(rule, line.number, layout.column(amounts.place), at(line.cells, amounts.place))
            gbp = round(value * amounts.unit, 2)
            rows.append((line.code, amounts.financial_year, gbp, amounts.unit, precision, region, line.number))
    columns = ["body_code", "financial_year", "allowance_gbp", "unit", "precision", "region", "row"]
    frame = pd.DataFrame(rows, columns=columns)
    checks, apart = _check_totals(frame, lines.totals, chosen, layout, faults)
    return frame, checks, _not_given(missing) + apart


def _lines(layout: Layout, chosen: list[Amounts], names: dict[str, str], known: Known, faults: Faults) -> Lines:
    """The rows of bodies and of totals; a row with amounts that is neither, or with an unknown code, is a fault."""
    areas = {
        *known.table("body_register")["region_name"].str.lower(),
        *known.table("footprints")["area_name"].str.lower(),
    }
    found = Lines()
    for number, row in enumerate(layout.sheet.rows[layout.first :], start=layout.first):
        line = _line(layout, chosen, row, number, faults)
        if line.code in layout.bodies:
            if line.code in found.bodies:
                rule = f"repeats row {found.bodies[line.code].number}: each body has one row"
                faults.add(rule, line.number, layout.column(layout.codes), line.code)
            else:
                found.bodies[line.code] = line
                _check_plausible(layout, line, faults)
        elif all(value is None for value, _ in line.values.values()):
            # No amounts: a footnote, a blank line or a heading within the table, if it is not a body misspelt.
            if _looks_like_code(line.code) and not _is_total(line, areas):
                faults.add("no body has this code", line.number, layout.column(layout.codes), line.code, valid=names)
        elif _is_total(line, areas):
            found.totals.append(line)
        else:
            faults.add(
                "has amounts, but is neither a body known here nor a total",
                line.number,
                layout.column(layout.codes),
                line.code or line.label,
                valid=names if line.code else (),
            )
    return found


def _line(layout: Layout, chosen: list[Amounts], row: list[Cell], number: int, faults: Faults) -> Line:
    """One row, its amounts read; `number` counts from nought."""
    money = {amounts.place for amounts in chosen}
    label = " ".join(str(cell) for place, cell in enumerate(row) if cell is not None and place not in money)
    values = {amounts: _value(layout, row, number, amounts, faults) for amounts in chosen}
    return Line(number + 1, row, cells.code(at(row, layout.codes)), label, values)


def _check_plausible(layout: Layout, line: Line, faults: Faults) -> None:
    for amounts, (value, _) in line.values.items():
        if value is not None and not LEAST_GBP <= (gbp := round(value * amounts.unit, 2)) <= MOST_GBP:
            faults.add(
                f"{wording.gbp(gbp)} is no plausible running cost allowance",
                line.number,
                layout.column(amounts.place),
                at(line.cells, amounts.place),
                f"The unit was read as {cells.unit_name(amounts.unit)}: check the figure and the heading.",
            )


def _not_given(missing: list[str]) -> list[str]:
    """A note of the figures that bodies lack, if there are any."""
    if not missing:
        return []
    more = " ..." if len(missing) > 8 else ""
    return [f"{wording.count(len(missing), 'figure')} not given: {', '.join(missing[:8])}{more}"]


def _value(layout: Layout, row: list[Cell], number: int, amounts: Amounts, faults: Faults) -> Value:
    """An amount in its column's unit, and the smallest step it is printed in."""
    cell = at(row, amounts.place)
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
        if cells.code(at(row, layout.codes)):
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


def _is_total(line: Line, areas: set[str]) -> bool:
    """Total rows say so, name a region or STP, have such an area's code where codes stand, or have no label at all.

    A row that names a body is not a total, whatever else stands in it: its code has gone missing.
    """
    texts = {str(cell).strip().lower() for cell in line.cells if isinstance(cell, str)}
    if any(_BODY_NAME.search(text) for text in texts):
        return False
    return bool(
        not line.label
        or _TOTAL.search(line.label)
        or AREA_CODE.match(line.code)
        or texts & areas
        or _AREA.search(line.label)
    )


def _check_totals(
    frame: pd.DataFrame, printed: list[Line], chosen: list[Amounts], layout: Layout, faults: Faults
) -> tuple[list[str], list[str]]:
    """Printed totals equal the sum of the bodies' rows within rounding; regions' totals likewise.

    The totals that agree, and those that do with the help of rounding only: a figure altered by a little would show there.
    """
    checks, apart, compared = [], [], set()
    for line in printed:
        label = line.label
        region = next((code for code in map(str.upper, label.split()) if _REGION_CODE.match(code)), "")
        national = not label or (_TOTAL.search(label) and not region)
        if not national and not (region and (frame["region"] == region).any()):
            checks.append(f"row {line.number} ({label[:50]}) is a subtotal, left out")
            continue
        for amounts, (value, precision) in line.values.items():
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
                    line.number,
                    layout.column(amounts.place),
                    remedy="A row is missing, repeated or altered: compare with the publisher's file.",
                )
            else:
                sums = _exact(figure, amounts.unit), _exact(total, amounts.unit)
                said = f"{amounts.financial_year}: {len(part)} bodies add up to {sums[0]}; printed in row {line.number}: {sums[1]}"
                if sums[0] == sums[1]:
                    checks.append(said)
                else:
                    apart.append(f"{said}, which rounding explains if no figure was altered")
    for year in sorted({amounts.financial_year for amounts in chosen} - compared):
        checks.append(f"{year}: no national total is printed, so the sum could not be compared")
    return checks, apart


def _exact(gbp: float, unit: int) -> str:
    """An amount in the unit it was printed in, to the last digit: £1,108,760 thousand."""
    name = {1: "", 1_000: " thousand", 1_000_000: " million"}[unit]
    return f"£{gbp / unit:,.{2 if unit == 1_000_000 else 0}f}{name}"

"""Tables in the project's own layout: what no publisher gives in one file, such as running cost outturns."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd

from ... import wording
from ...errors import InputError, row_number
from .. import checks
from ..datapackage import latest, typed
from ..schemas import OPTIONAL, validate
from .cells import NOT_SCIENTIFIC, SCIENTIFIC
from .opening import csv_rows, ends_cleanly
from .reading import Faults, Known, Reading


def recognise(heading: list[str]) -> str | None:
    """The optional table whose columns these are, in any order."""
    names = {name.strip() for name in heading}
    return next((name for name, table in OPTIONAL.items() if names == set(table.columns)), None)


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:  # noqa: ARG001  (called as all are)
    """A CSV with exactly the columns of a table of `schemas.OPTIONAL`; raises `DataError` with every fault."""
    rows = [row for _, row in csv_rows(path)]
    name = recognise(rows[0])
    if name is None:
        raise InputError(f"{path.name}: not a table in the project's own layout.")
    rows = [[cell.strip() for cell in row] for row in rows]
    faults = Faults(path.name)
    money = [place for place, heading in enumerate(rows[0]) if heading.endswith("_gbp")]
    for number, row in enumerate(rows, start=1):
        for place in money:
            if place < len(row) and SCIENTIFIC.match(row[place]):
                faults.add(NOT_SCIENTIFIC, number, rows[0][place], row[place])
    faults.stop()
    frame = typed(rows, OPTIONAL[name], path.name)
    faults += validate(frame, OPTIONAL[name], path.name)
    names = known.names()
    column = "body_code" if "body_code" in frame else "body_codes"
    for index, codes in frame[column].dropna().items():
        for code in codes.split():
            if code not in names:
                faults.add("no body has this code", row_number(index), column, code, valid=names)
    if "financial_year" in frame:
        faults += checks.in_force_in_their_year(frame, known.terms, name, path.name)
        lists = {name: known.table(name) for name in ("registered_population", "icb_registered_population")}
        faults += checks.in_pounds(frame, lists, path.name)
    faults.stop()
    if frame.empty:
        raise InputError(f"{path.name}: there are no rows under the heading.")
    warnings = _without_a_row(frame, known) if "financial_year" in frame else []
    if not ends_cleanly(path):
        warnings.append("the last line has no line end, as if the file had been cut short")
    return Reading(
        "supplied by the user",
        OPTIONAL[name].title,
        latest(frame),
        frame[column].str.split().explode().nunique(),
        _total(frame),
        "£" if "financial_year" in frame else "",
        "",
        {name: frame},
        kind=", ".join(sorted(set(frame["kind"]))) if "kind" in frame else "reported",
        warnings=warnings,
    )


def _without_a_row(frame: pd.DataFrame, known: Known) -> list[str]:
    """The bodies in force at the start of each year that have no row: of another kind than the file's, none is meant."""
    said = []
    for year, codes in frame.groupby("financial_year")["body_code"]:
        expected = known.commissioners(datetime.date(int(str(year)[:4]), 4, 1))
        if missing := sorted(expected - set(codes)):
            said.append(
                f"{year}: {len(missing)} of the {len(expected)} bodies have no row: {wording.listed(missing, 12)}"
            )
    return said


def _total(frame: pd.DataFrame) -> str:
    if "financial_year" not in frame:
        return wording.count(len(frame), "row")
    amount = next(column for column in frame.columns if column.endswith("_gbp"))
    years = frame.groupby("financial_year")[amount].sum()
    return ", ".join(f"{year} £{total:,.0f}" for year, total in years.items())

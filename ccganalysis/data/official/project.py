"""Tables in the project's own layout: what no publisher gives in one file, such as running cost outturns."""

from __future__ import annotations

import datetime
from pathlib import Path

from ...errors import InputError, nearest, row_number
from ..datapackage import read_table
from ..schemas import OPTIONAL, validate
from .reading import Faults, Known, Reading


def recognise(heading: list[str]) -> str | None:
    """The optional table whose columns these are, in any order."""
    names = {name.strip() for name in heading}
    return next((name for name, table in OPTIONAL.items() if names == set(table.columns)), None)


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:  # noqa: ARG001  (called as all are)
    """A CSV with exactly the columns of `outturn` or `allowance_official`; raises `DataError` with every fault."""
    with path.open(encoding="utf-8-sig") as file:
        name = recognise(file.readline().strip().replace('"', "").split(","))
    if name is None:
        raise InputError(f"{path.name}: not a table in the project's own layout.")
    frame = read_table(path, OPTIONAL[name])
    faults = Faults(path.name)
    faults += validate(frame, OPTIONAL[name], path.name)
    names = known.names()
    for index, code in frame["body_code"].items():
        if code not in names:
            faults.add(
                "no body has this code",
                row_number(index),
                "body_code",
                code,
                f"The nearest is {nearest(code, names)!r}.",
            )
    faults.stop()
    if frame.empty:
        raise InputError(f"{path.name}: there are no rows under the heading.")
    amount = next(column for column in frame.columns if column.endswith("_gbp"))
    latest = max(frame["financial_year"])
    years = ", ".join(f"{year} £{total:,.0f}" for year, total in frame.groupby("financial_year")[amount].sum().items())
    kinds = sorted(set(frame["kind"]))
    return Reading(
        "supplied by the user",
        OPTIONAL[name].title,
        datetime.date(int(latest[:4]) + 1, 3, 31),
        frame["body_code"].nunique(),
        years,
        "£",
        "",
        {name: frame},
        kind=", ".join(kinds),
    )

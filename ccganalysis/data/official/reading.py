"""What a reader makes of a file: the project's tidy tables, and what to tell the user about them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ...errors import DataError, Fault
from ..datapackage import read_descriptor, read_table, verify
from ..schemas import OPTIONAL, RAW

MOST_FAULTS = 1_000


@dataclass
class Reading:
    """One official file, read: publisher, publication, date, and the rows for each of the project's tables.

    `tables` maps a table of `schemas.RAW` or `OPTIONAL` to its new rows, all columns filled, of which `scope` says
    what they replace: every existing row that agrees with one of them in these columns (the table's key if not given).
    `files` are whole files by name, for boundaries. `checks` are totals that agree, `warnings` what the user should
    look at.
    """

    publisher: str
    publication: str
    date: datetime.date
    bodies: int
    total: str
    unit: str
    address: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    source_id: str = ""
    kind: str = "published"
    checks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Known:
    """The project's own tables, read once and only those asked for: what codes exist, on which dates."""

    def __init__(self, raw: Path):
        self.raw = raw
        self._tables: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """A table of `data/raw/`, typed; an optional one that is not there has no rows."""
        if name not in self._tables:
            path = self.raw / f"{name}.csv"
            if name in OPTIONAL and not path.is_file():
                from ..datapackage import empty

                self._tables[name] = empty(OPTIONAL[name])
            else:
                self._tables[name] = read_table(path, {**RAW, **OPTIONAL}[name])
        return self._tables[name]

    def check_untouched(self) -> None:
        """Raise `DataError` where a file of `data/raw/` was edited and not accepted: nothing is built on it."""
        if faults := verify(self.raw, read_descriptor(self.raw)):
            raise DataError(faults)

    def names(self) -> dict[str, str]:
        """The name of every body and ICB by its code."""
        icbs = self.table("sub_icb_locations").drop_duplicates("icb_code")
        register = self.table("body_register")
        return dict(zip(icbs["icb_code"], icbs["icb_name"], strict=True)) | dict(
            zip(register["body_code"], register["body_name"], strict=True)
        )

    def in_force(self, day: datetime.date) -> set[str]:
        """The codes of the bodies in force on a date: CCGs, from July 2022 sub-ICB locations."""
        if day >= datetime.date(2022, 7, 1):
            return set(self.table("sub_icb_locations")["body_code"])
        register, when = self.table("body_register"), pd.Timestamp(day)
        open_then = (register["open_date"] <= when) & ~(register["close_date"] < when)
        return set(register.loc[open_then, "body_code"])


class Faults(list[Fault]):
    """Faults of one file, gathered while it is read and raised together."""

    def __init__(self, file: str):
        super().__init__()
        self.file = file

    def add(self, rule: str, row: int = 0, column: str = "", value: object = "", remedy: str = "") -> None:
        if len(self) < MOST_FAULTS:
            shown = "" if value is None else str(value)
            self.append(Fault(self.file, rule, row, column, shown[:80], remedy))

    def stop(self) -> None:
        """Raise `DataError` with all of them, if there are any."""
        if self:
            raise DataError(self)


def by_25_per_cent(before: pd.Series, now: pd.Series, what: str, when: str) -> list[str]:
    """A warning naming the bodies whose figure changed by more than a quarter between two series by body."""
    both = pd.concat([before.rename("before"), now.rename("now")], axis=1).dropna()
    both = both[both["before"] > 0]
    changed = both[(both["now"] / both["before"] - 1).abs() > 0.25]
    if changed.empty:
        return []
    rows = [f"{code} {row.before:,.0f} to {row.now:,.0f}" for code, row in changed.iterrows()]
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    return [f"{what} changed by more than 25% against {when}: {'; '.join(rows[:10])}{more}"]

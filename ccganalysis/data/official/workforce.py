"""NHS England: "NHS HCHS Workforce Statistics, Trusts and core organisations", the CSV of staff groups by organisation.

The file is `Core 1. Staff group - England, NHSE region, ICS and org`: England, regions, systems and organisations in one
long table, of Septembers since 2009 and of every month of late.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from ... import wording
from ...errors import InputError
from ..columns import ALL_STAFF, STAFF_GROUPS
from . import absence, cells
from .long_table import LongTable, names_of
from .opening import ends_cleanly
from .reading import Known, Reading

PUBLISHER = "NHS England"
PUBLICATION = "NHS HCHS Workforce Statistics, trusts and core organisations"
ADDRESS = "https://digital.nhs.uk/data-and-information/publications/statistical/nhs-workforce-statistics"
KIND = "NHSE-WORKFORCE"

COLUMNS = ("DATA_MONTH", "DATA_LEVEL", "ORG_CODE", "ORG_NAME", "MAIN_STAFF_GROUP", "STAFF_GROUP_1", "FTE")
ROUNDED_FTE = 0.005
_PART_OF_DOCTORS = re.compile(r"hchs doctors - (?!all grades)")


def recognise(heading: list[str]) -> bool:
    """Whether a row is the heading of the file."""
    return set(COLUMNS) <= set(names_of(heading))


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:  # noqa: ARG001  (called as all are)
    """Staff of commissioners by month and staff group: `staff`, and `support_unit_staff` for the units it holds.

    Rows of England, regions and systems are totals and are passed over; so are main groups and grades of doctors. The
    groups of a month are taken where they add up to everybody. A date that is held from another publication stays as it
    is. Raises `DataError` with every fault of a row that would be taken.
    """
    table = LongTable(path, recognise, r"\d")
    found = _Found(table, known)
    found.read()
    absence.must_hold_commissioners(table, found.rows, found.others)
    return _reading(path, found, known)


class _Found:
    """The rows taken while a file goes by, as (date, code, group, FTE), with the faults of single rows."""

    def __init__(self, table: LongTable, known: Known):
        self.table, self.known, self.faults, self.terms = table, known, table.faults, known.terms
        units = known.table("support_unit_staff")
        self.units = dict(zip(units["unit_code"], units["unit_name"], strict=True))
        self.rows: list[tuple[datetime.date, str, str, float | None]] = []
        self.of_units: list[tuple[datetime.date, str, str, float | None]] = []
        self.outside: list[str] = []
        self.others: Counter[str] = Counter()
        self._seen: dict[tuple[datetime.date, str, str], int] = {}

    def read(self) -> None:
        """Sort every row of an organisation into what is taken, left out and said, or counted."""
        for number, (month, level, org, name, main, group, fte) in self.table.rows(list(COLUMNS)):
            if level.casefold() != "organisation":
                continue
            code = cells.code(org)
            if code in self.terms or code in self.units:
                self._take(number, code, name, month, _group(main, group), fte)
            elif absence.COMMISSIONER.search(name) and self._date(number, month) >= self._begins:
                valid = sorted(self.terms)
                self.faults.add("no body has this code", number, self.table.column("ORG_CODE"), code, valid=valid)
            else:
                self.others[code] += 1

    @property
    def _begins(self) -> datetime.date:
        return min(begins for begins, _ in self.terms.values()).date()

    def _date(self, number: int, text: str) -> datetime.date:
        try:
            return cells.month(text)
        except ValueError as error:
            self.faults.add(str(error), number, self.table.column("DATA_MONTH"))
            return datetime.date.min

    def row_of(self, date: datetime.date, code: str, group: str = ALL_STAFF) -> int:
        """The row of a body's staff group in a month; 0 where it has none."""
        return self._seen.get((date, code, group), 0)

    def _take(self, number: int, code: str, name: str, month: str, group: str, text: str) -> None:
        if group == "":
            return
        if group not in STAFF_GROUPS:
            column = self.table.column("STAFF_GROUP_1")
            self.faults.add("no staff group has this name", number, column, group, valid=STAFF_GROUPS)
            return
        if wrong := self.known.every_name.contradict(code, name):
            self.faults.add(wrong, number, self.table.column("ORG_NAME"), name)
        date = self._date(number, month)
        try:
            fte = cells.number(text)
        except cells.NotANumber as error:
            self.faults.add(str(error), number, self.table.column("FTE"), text)
            return
        if fte is not None and fte < 0:
            self.faults.add("must not be negative", number, self.table.column("FTE"), text)
        if (first := self._seen.setdefault((date, code, group), number)) != number:
            same = f"repeats row {first}: same organisation, month and staff group"
            self.faults.add(same, number, self.table.column("ORG_CODE"), code, "Keep one of the two.")
            return
        row = (date, code, group, None if fte is None else round(fte, 2))
        begins, ends = self.terms.get(code, (pd.Timestamp.min, pd.NaT))
        if code in self.units:
            self.of_units.append(row)
        elif begins <= pd.Timestamp(date) and not pd.Timestamp(date) > ends:
            self.rows.append(row)
        elif group == ALL_STAFF:
            self.outside.append(f"row {number} ({code}, {date:%B %Y}, {fte or 0:,.1f} FTE)")


def _group(main: str, group: str) -> str:
    """The staff group of the codebook that a row is of; blank for a main group or a grade of doctors, its name if unknown."""
    name = " ".join(group.split()).casefold()
    everybody = ALL_STAFF.casefold()
    if name == everybody:
        return ALL_STAFF if " ".join(main.split()).casefold() == everybody else ""
    if _PART_OF_DOCTORS.match(name):
        return ""
    return absence.GROUPS.get(name.removesuffix(" - all grades"), group)


def _reading(path: Path, found: _Found, known: Known) -> Reading:
    columns = ["date", "body_code", "staff_group", "staff_fte"]
    rows, left_out = _groups_that_add_up(pd.DataFrame(found.rows, columns=columns), found)
    if rows.empty:
        raise InputError(f"{path.name}: no row of a commissioner is of all its staff. {absence.WITHOUT_TOTALS}")
    of_units = pd.DataFrame(found.of_units, columns=["date", "unit_code", "staff_group", "staff_fte"])
    of_units = of_units[of_units["staff_group"] == ALL_STAFF].drop(columns="staff_group")
    of_units.insert(2, "unit_name", of_units["unit_code"].map(found.units))
    everybody = rows[rows["staff_group"] == ALL_STAFF]
    months = sorted(set(rows["date"]))
    source_id = f"{KIND}-{months[-1]:%Y-%m}"
    tables, said = {}, []
    for name, frame in (("staff", rows), ("support_unit_staff", of_units.dropna(subset="staff_fte"))):
        if len(frame):
            dated = frame.assign(date=pd.to_datetime(frame["date"]), staff_fte=frame["staff_fte"].astype("float64"))
            tables[name], compared = absence.beside_held(dated, name, known, KIND, source_id)
            said += compared
    everybody = everybody.assign(date=pd.to_datetime(everybody["date"]))
    last = everybody[everybody["date"] == everybody["date"].max()]
    span = f"{months[-1]:%B %Y}" if len(months) == 1 else f"{months[0]:%B %Y} to {months[-1]:%B %Y}"
    organisations = wording.count(len(found.others), "other organisation")
    notes = [f"{organisations} ({found.others.total():,} rows) are no commissioners and were left out"]
    if found.outside:
        shown = wording.listed(found.outside, 10)
        notes.append(
            f"{wording.count(len(found.outside), 'row')} of bodies that were not in force in the month, left out: {shown}"
        )
    blank = [(found.row_of(date, code, group), code) for date, code, group, fte in found.rows if fte is None]
    notes += absence.held_as_blank(blank)
    if not ends_cleanly(path):
        notes.append("the last line has no line end, as if the download had been cut short")
    return Reading(
        PUBLISHER,
        f"{PUBLICATION}, {span}",
        months[-1],
        rows["body_code"].nunique(),
        f"{last['staff_fte'].sum():,.0f} full-time equivalents on {len(last)} bodies in {months[-1]:%B %Y}",
        "full-time equivalents",
        ADDRESS,
        tables,
        source_id=source_id,
        checks=[f"{wording.count(len(months), 'month')}, each body and staff group once in each"],
        warnings=[
            *notes,
            *left_out,
            *absence.missing(everybody, found.terms),
            *absence.units_missing(of_units, everybody["date"].max(), known),
            *said,
            *absence.changed(everybody, known),
        ],
    )


def _groups_that_add_up(rows: pd.DataFrame, found: _Found) -> tuple[pd.DataFrame, list[str]]:
    """The rows without the staff groups of months in which they are not the parts of everybody, and which months those are.

    Where most bodies' groups are the parts, one whose groups are not has a figure that is wrong: `DataError` by row.
    """
    whole = rows["staff_group"] == ALL_STAFF
    total = rows[whole].set_index(["date", "body_code"])["staff_fte"]
    parts = rows[~whole].groupby(["date", "body_code"])["staff_fte"].agg(["sum", "size", "count"])
    if parts.empty:
        return rows, []
    parts["total"] = total.reindex(parts.index)
    room = ROUNDED_FTE * (parts["size"] + 1) + 1e-9
    over = parts["sum"] - parts["total"]
    # What is blank may hide some.
    parts["wrong"] = ~(over <= room) | (over < -room) & (parts["size"] == parts["count"])
    mostly = parts.groupby("date")["wrong"].transform("mean") > 0.5
    place: Any
    for place, body in parts[parts["wrong"] & ~mostly].iterrows():
        in_all = "no row of all staff" if pd.isna(body["total"]) else f"{body['total']:,.2f} FTE in all"
        found.faults.add(
            f"{place[1]} has {in_all} in {place[0]:%B %Y}, and its staff groups add up to {body['sum']:,.2f}",
            found.row_of(*place),
            found.table.column("FTE"),
            remedy="Those of most bodies do: a row is missing, or a figure was changed.",
        )
    found.faults.stop()
    months = sorted({date for date, _ in parts.index[parts["wrong"]]})
    if not months:
        return rows, []
    shown = wording.listed([f"{month:%B %Y}" for month in months], 6)
    kept = rows[whole | ~rows["date"].isin(months)].reset_index(drop=True)
    return kept, [f"staff groups do not add up to all staff in {shown}: only all staff are taken there"]

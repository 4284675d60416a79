"""NHS England: "NHS Sickness Absence Rates", by organisation and month: how many staff every commissioner had.

Three layouts have been published and all are read alike: one file of April 2009 to March 2022 (`ESR_ABSENCE_CSV_NHSE`), one
a month since then, and the monthly benchmarking files by staff group. Full-time equivalents are the days available over
the days in the month.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ... import wording
from ...errors import InputError
from ..columns import ALL_STAFF, STAFF_GROUPS, WITHHELD_DAYS
from ..schemas import RAW
from . import cells
from .long_table import LongTable, names_of
from .opening import ends_cleanly
from .reading import Known, Reading, by_25_per_cent

PUBLISHER = "NHS England"
PUBLICATION = "NHS Sickness Absence Rates"
ADDRESS = "https://digital.nhs.uk/data-and-information/publications/statistical/nhs-sickness-absence-rates"

MONTH = ("DATE", "TM_END_DATE", "MONTH_END", "TM_YEAR_MONTH", "YEAR_MONTH", "MONTH")
CODE = ("ORG_CODE", "ORGANISATION_CODE")
NAME = ("ORG_NAME", "ORGANISATION_NAME")
TYPE = ("ORG_TYPE", "CLUSTER_GROUP", "ORGANISATION_TYPE")
GROUP = ("STAFF_GROUP",)
LOST = ("FTE_DAYS_LOST", "FTE_DAYS_SICK")
AVAILABLE = ("FTE_DAYS_AVAILABLE",)
RATE = ("SICKNESS_ABSENCE_RATE_PERCENT", "SICKNESS_ABSENCE_RATE", "SA_RATE")

GROUPS = {name.casefold(): name for name in STAFF_GROUPS} | dict.fromkeys(
    ("unknown", "other staff or those with unknown classification"), "Unknown classification"
)
"""The staff group of the codebook by what publications have called it, in lower case."""

COMMISSIONER = re.compile(r"clinical commissioning group|integrated care board|\b(CCG|ICB)\b", re.IGNORECASE)
_SUPPORT_UNIT = re.compile(r"commissioning support unit|\bCSU\b", re.IGNORECASE)


WITHOUT_TOTALS = "Staff groups alone may not be all of them: the headings may have slipped, or rows are missing."

Terms = dict[str, tuple[pd.Timestamp, pd.Timestamp]]


class Row(NamedTuple):
    """One commissioner's or support unit's row: `days` available are None where the publisher prints no figure."""

    number: int
    date: datetime.date
    code: str
    group: str
    days: float | None

    @property
    def fte(self) -> float | None:
        """Full-time equivalents to two decimals, as they are held."""
        return None if self.days is None else round(self.days / self.date.day, 2)


def recognise(heading: list[str]) -> bool:
    """Whether a row is the heading of a file of this publication: a month, an organisation, days lost and available."""
    names = set(names_of(heading))
    return all(names & set(choices) for choices in (MONTH, CODE, LOST, AVAILABLE))


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:  # noqa: ARG001  (called as all are)
    """Staff of commissioners by month and staff group from any file of the publication.

    Tables: `staff` and, for the units it holds already, `support_unit_staff`. Other organisations are passed over and
    counted. A body outside its term is left out and named: whose staff they were cannot be told. A date that is held from
    another publication stays as it is. Raises `DataError` with every fault of a row that would be taken.
    """
    table = LongTable(path, recognise, r"\d")
    if reasons := [name for name in table.names if "REASON" in name]:
        raise InputError(
            f"{path.name}: it has the column {reasons[0]}: days lost by reason of absence, each row with a part of an "
            "organisation's days. Add the file of rates by organisation, or the benchmarking file."
        )
    found = _Found(table, known)
    found.read()
    must_hold_commissioners(table, found.bodies, found.others)
    found.check_groups()
    table.faults.stop()
    return _reading(path, found, known)


def must_hold_commissioners(table: LongTable, taken: Sequence[object], others: Collection[str]) -> None:
    """Once every row is read: raise `DataError` with what is wrong, and `InputError` where none was taken."""
    table.faults.stop()
    if not taken:
        raise InputError(
            f"{table.path.name}: none of its {wording.count(len(others), 'organisation')} is a commissioner in force."
        )


class _Found:
    """The rows taken while a file goes by, with the faults of single rows; the rest is counted."""

    def __init__(self, table: LongTable, known: Known):
        self.table, self.faults = table, table.faults
        self.terms, self.names = known.terms, known.every_name
        self.begins = min(begins for begins, _ in self.terms.values()).date()
        units = known.table("support_unit_staff")
        self.units = dict(zip(units["unit_code"], units["unit_name"], strict=True))
        self.bodies: list[Row] = []
        self.of_units: list[Row] = []
        self.outside: list[Row] = []
        self.units_not_held: dict[str, str] = {}
        self.others: Counter[str] = Counter()
        self.rates = 0
        self.unlike_rate: list[tuple[int, str]] = []
        self._months: dict[str, datetime.date] = {}
        self._seen: dict[tuple[str, datetime.date, str], int] = {}

    def read(self) -> None:
        """Sort every row of the file into what is taken, left out and said, or counted."""
        choices = (CODE, NAME, TYPE, MONTH, GROUP, LOST, AVAILABLE, RATE)
        columns = [self.table.first(names) for names in choices]
        for number, (org, name, kind, month, group, lost, available, rate) in self.table.rows(columns):
            code = cells.code(org)
            if code in self.terms or code in self.units:
                row = self._row(number, code, month, group, lost, available, rate)
                if row is None:
                    continue
                if code not in self.units and not self._in_force(row):
                    self.outside.append(row)
                    continue
                (self.of_units if code in self.units else self.bodies).append(row)
                if wrong := self.names.contradict(code, name):
                    self.faults.add(wrong, number, self._column(NAME), name)
            elif _SUPPORT_UNIT.search(f"{kind} {name}"):
                self.units_not_held[code] = name
            elif COMMISSIONER.search(f"{kind} {name}") and self._not_before_commissioners(number, month):
                self.faults.add("no body has this code", number, self._column(CODE), code, valid=sorted(self.terms))
            else:
                self.others[code] += 1
        self._compare_rates()

    def check_groups(self) -> None:
        """Staff groups must add up to everybody, but for what the groups without a figure can hide."""
        whole = {(row.date, row.code): row for row in self.bodies if row.group == ALL_STAFF}
        summed: defaultdict[tuple[datetime.date, str], float] = defaultdict(float)
        blank: Counter[tuple[datetime.date, str]] = Counter()
        for row in self.bodies:
            if row.group != ALL_STAFF:
                summed[row.date, row.code] += 0 if row.days is None else row.days
                blank[row.date, row.code] += row.days is None
        for place, days in summed.items():
            total = whole.get(place)
            if total is None or total.days is None:
                continue
            if not -0.5 <= total.days - days <= blank[place] * WITHHELD_DAYS + 0.5:
                self.faults.add(
                    f"{total.code} has {total.days:,.1f} days available in all, its staff groups add up to {days:,.1f} "
                    f"({blank[place]} without a figure, each of at most {WITHHELD_DAYS})",
                    total.number,
                    self._column(AVAILABLE),
                )

    def _row(self, number: int, code: str, month: str, group: str, lost: str, available: str, rate: str) -> Row | None:
        """A row that is wanted, or None with its faults noted."""
        before = len(self.faults)
        date = self._month(number, month)
        named = GROUPS.get(" ".join(group.split()).casefold()) if group else ALL_STAFF
        if named is None:
            self.faults.add("no staff group has this name", number, self._column(GROUP), group, valid=STAFF_GROUPS)
        gone, days = self._days(number, LOST, lost), self._days(number, AVAILABLE, available)
        if date is None or named is None or len(self.faults) > before:
            return None
        if gone is not None and days is None:
            self.faults.add("has days lost and no days available", number, self._column(AVAILABLE))
            return None
        if gone is not None and days is not None and gone > days + 0.01:
            self.faults.add(f"is more than the {days:,.2f} days available", number, self._column(LOST), lost)
            return None
        first = self._seen.setdefault((code, date, named), number)
        if first != number:
            same = f"repeats row {first}: same organisation, month and staff group"
            self.faults.add(same, number, self._column(CODE), code, "Keep one of the two.")
            return None
        if gone is not None and days:
            self._rate(number, rate, 100 * gone / days)
        return Row(number, date, code, named, days)

    def _days(self, number: int, column: tuple[str, ...], text: str) -> float | None:
        try:
            days = cells.number(text)
        except cells.NotANumber as error:
            self.faults.add(str(error), number, self._column(column), text)
            return None
        if days is not None and days < 0:
            self.faults.add("must not be negative", number, self._column(column), text)
        return days

    def _rate(self, number: int, text: str, computed: float) -> None:
        text = text.removesuffix("%")
        try:
            printed = cells.number(text)
        except cells.NotANumber:
            printed = None
        if printed is None:
            return
        self.rates += 1
        if abs(printed - computed) > 0.5 * 10 ** -cells.decimals(text) + 0.001:
            self.unlike_rate.append((number, text))

    def _compare_rates(self) -> None:
        """A printed rate that is not days lost over days available is a fault where most of the file's are."""
        if len(self.unlike_rate) * 2 < self.rates:
            for number, text in self.unlike_rate:
                self.faults.add(
                    "is not the days lost in 100 days available",
                    number,
                    self._column(RATE),
                    text,
                    "One of the three is wrong.",
                )

    def _month(self, number: int, text: str) -> datetime.date | None:
        if text not in self._months:
            try:
                self._months[text] = cells.month(text)
            except ValueError as error:
                self.faults.add(str(error), number, self._column(MONTH))
                return None
        return self._months[text]

    def _not_before_commissioners(self, number: int, text: str) -> bool:
        """Primary care trusts may stand in a file's earlier months under the type of those that came after."""
        date = self._month(number, text)
        return date is not None and date >= self.begins

    def _in_force(self, row: Row) -> bool:
        begins, ends = self.terms[row.code]
        return bool(begins <= pd.Timestamp(row.date) and not pd.Timestamp(row.date) > ends)

    def _column(self, choices: tuple[str, ...]) -> str:
        name = self.table.first(choices)
        return self.table.column(name) if name else ""


def _reading(path: Path, found: _Found, known: Known) -> Reading:
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime([row.date for row in found.bodies]),
            "body_code": [row.code for row in found.bodies],
            "staff_group": [row.group for row in found.bodies],
            "staff_fte": pd.Series([row.fte for row in found.bodies], dtype="float64"),
        }
    )
    units = [row for row in found.of_units if row.group == ALL_STAFF and row.fte is not None]
    of_units = pd.DataFrame(
        {
            "date": pd.to_datetime([row.date for row in units]),
            "unit_code": [row.code for row in units],
            "unit_name": [found.units[row.code] for row in units],
            "staff_fte": pd.Series([row.fte for row in units], dtype="float64"),
        }
    )
    months = sorted(set(rows["date"]))
    # The two kinds of file are made apart and differ by half a per cent: a month is held from one of them.
    kind = "NHSE-ABSENCE" if found.table.first(GROUP) else "NHSE-RATES"
    tables, said = {}, []
    for name, frame in (("staff", rows), ("support_unit_staff", of_units)):
        if len(frame):
            tables[name], compared = beside_held(frame, name, known, kind, f"{kind}-{months[-1]:%Y-%m}")
            said += compared
    everybody = rows[rows["staff_group"] == ALL_STAFF]
    if everybody.empty:
        raise InputError(f"{path.name}: no row of a commissioner is of all its staff. {WITHOUT_TOTALS}")
    last = everybody[everybody["date"] == months[-1]]
    span = f"{months[-1]:%B %Y}" if len(months) == 1 else f"{months[0]:%B %Y} to {months[-1]:%B %Y}"
    return Reading(
        PUBLISHER,
        f"{PUBLICATION}, {span}" + (" (benchmarking, by staff group)" if found.table.first(GROUP) else ""),
        months[-1].date(),
        rows["body_code"].nunique(),
        f"{last['staff_fte'].sum():,.0f} full-time equivalents on {len(last)} bodies in {months[-1]:%B %Y}",
        "full-time equivalents: FTE days available over the days in the month",
        ADDRESS,
        tables,
        source_id=f"{kind}-{months[-1]:%Y-%m}",
        checks=_checks(found, rows),
        warnings=[
            *_left_out(found, path),
            *missing(everybody, found.terms),
            *units_missing(of_units, everybody["date"].max(), known),
            *said,
            *changed(everybody, known),
        ],
    )


def beside_held(
    rows: pd.DataFrame, name: str, known: Known, kind: str, source_id: str
) -> tuple[pd.DataFrame, list[str]]:
    """The rows to write, and what differs from those held.

    A date that is held from another kind of file stays whole, since figures of two kinds do not add up; a figure that is
    held already keeps the source it is held from.
    """
    held, key = known.table(name), list(RAW[name].key)
    both = rows.merge(held[[*key, "staff_fte", "source_id"]], "left", key, suffixes=("", "_held"))
    alike = (both["staff_fte"] - both["staff_fte_held"]).abs().lt(0.005)
    alike |= both["source_id"].notna() & both["staff_fte"].isna() & both["staff_fte_held"].isna()
    elsewhere = held[~held["source_id"].str.startswith(kind)]
    stays = both["date"].isin(elsewhere["date"])
    said = []
    for date in sorted(set(both.loc[stays, "date"])):
        there = both[both["date"] == date]
        if "staff_group" in there:
            there = there[there["staff_group"] == ALL_STAFF]
        pairs = there.dropna(subset=["staff_fte", "staff_fte_held"])
        before, now = pairs["staff_fte_held"].sum(), pairs["staff_fte"].sum()
        sources = ", ".join(sorted(set(elsewhere.loc[elsewhere["date"] == date, "source_id"])))
        change = f" ({now / before - 1:+.1%})" if before else ""
        said.append(
            f"{name}.csv holds {wording.date(date)} from another publication ({sources}), and it stays: {before:,.0f} "
            f"there, {now:,.0f} here{change} on the {len(pairs)} that are in both"
        )
    different = both[~stays & ~alike & both["source_id"].notna()]
    if len(different):
        figures = [
            f"{row[key[1]]} {row['date']:%B %Y} {row.get('staff_group', '')} {row['staff_fte_held']:,.2f} to "
            f"{row['staff_fte']:,.2f}"
            for _, row in different.iterrows()
        ]
        said.append(
            f"{wording.count(len(figures), 'figure')} changed against {name}.csv as held: {wording.listed(figures, 10)}"
        )
    both["source_id"] = both["source_id"].where(alike, source_id)
    return both.loc[~stays, [*rows.columns, "source_id"]].sort_values(key, ignore_index=True), said


def _checks(found: _Found, rows: pd.DataFrame) -> list[str]:
    checks = [f"{wording.count(rows['date'].nunique(), 'month')}, each body and staff group once in each"]
    if (rows["staff_group"] != ALL_STAFF).any():
        checks.append(
            f"the staff groups of each body add up to all of its staff, but for groups of at most {WITHHELD_DAYS} days, which are "
            "not printed"
        )
    if found.rates and not found.unlike_rate:
        checks.append(f"{found.rates:,} printed rates are the days lost in 100 days available")
    return checks


def _left_out(found: _Found, path: Path) -> list[str]:
    """What the file has and the tables have not: other organisations, bodies outside their term, what is not printed."""
    said = []
    if found.others:
        organisations = wording.count(len(found.others), "other organisation")
        said.append(f"{organisations} ({found.others.total():,} rows) are no commissioners and were left out")
    if found.units_not_held:
        names = wording.listed([f"{code} {name}".strip() for code, name in sorted(found.units_not_held.items())])
        said.append(f"support units that support_unit_staff.csv does not hold were left out: {names}")
    if found.outside:
        rows = [f"row {row.number} ({row.code}, {row.date:%B %Y}, {row.fte or 0:,.1f} FTE)" for row in found.outside]
        said.append(
            f"{wording.count(len(rows), 'row')} of bodies that were not in force in the month, left out; their predecessors or "
            f"successors may have too few staff there: {wording.listed(rows, 10)}"
        )
    said += held_as_blank([(row.number, row.code) for row in found.bodies if row.days is None])
    if found.unlike_rate:
        said.append("the printed rates were not compared: most are not the days lost in 100 days available")
    if not ends_cleanly(path):
        said.append("the last line has no line end, as if the download had been cut short")
    return said


def held_as_blank(rows: list[tuple[int, str]]) -> list[str]:
    """A note of the rows, by number and code, that have no figure."""
    shown = wording.listed([f"row {number} ({code})" for number, code in rows], 10)
    return (
        [f"{wording.count(len(rows), 'row')} without a figure, held as blank and not as nought: {shown}"]
        if rows
        else []
    )


def missing(everybody: pd.DataFrame, terms: Terms) -> list[str]:
    """Bodies in force without a row: their staff are another's, or the file was cut short."""
    last = everybody["date"].max()
    absent: dict[pd.Timestamp, list[str]] = {}
    for date in sorted(set(everybody["date"])):
        in_force = {code for code, (begins, ends) in terms.items() if begins <= date and not date > ends}
        if missing := sorted(in_force - set(everybody.loc[everybody["date"] == date, "body_code"])):
            absent[date] = missing
    if not absent:
        return []
    said = f"bodies in force without staff in the file, in {wording.count(len(absent), 'month')}"
    shown = max(absent)
    of_last = "" if shown == last else ", the last such month"
    return [f"{said}; in {shown:%B %Y}{of_last} {len(absent[shown])}: {wording.listed(absent[shown], 12)}"]


def units_missing(of_units: pd.DataFrame, last: pd.Timestamp, known: Known) -> list[str]:
    """Support units without a row in a file's last month, of those in its other months or held within a year of it."""
    held = known.table("support_unit_staff")
    near = held.loc[(held["date"] - last).abs() <= pd.Timedelta(days=366), "unit_code"]
    in_last = of_units.loc[pd.to_datetime(of_units["date"]) == last, "unit_code"]
    absent = sorted((set(near) | set(of_units["unit_code"])) - set(in_last))
    return [f"support units without a row in {last:%B %Y}: {wording.listed(absent)}"] if absent else []


def changed(everybody: pd.DataFrame, known: Known) -> list[str]:
    """Bodies whose staff changed by more than a quarter since the last month held before the file's first."""
    held, first = known.table("staff"), everybody["date"].min()
    earlier = held[(held["staff_group"] == ALL_STAFF) & (held["date"] < first)]
    earlier = earlier[earlier["date"] >= first - pd.Timedelta(days=366)]
    if earlier.empty:
        return []
    last = earlier["date"].max()
    before, now = (
        frame[frame["date"] == day].set_index("body_code")["staff_fte"]
        for frame, day in ((earlier, last), (everybody, first))
    )
    return by_25_per_cent(before, now, "staff", f"{last:%B %Y}, as held")

"""NHS Digital: "Patients Registered at a GP Practice", monthly, as `-all`, `-map`, `-quin-age`, and wide before 2017.

All four are read row by row, so their length does not matter. Columns are found by name, in any order.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd

from ... import wording
from ...errors import InputError
from . import cells
from .long_table import LongTable, names_of
from .opening import ends_cleanly
from .reading import Faults, Known, Reading, by_25_per_cent

PUBLISHER = "NHS Digital"
PUBLICATION = "Patients Registered at a GP Practice"
ADDRESS = "https://digital.nhs.uk/data-and-information/publications/statistical/patients-registered-at-a-gp-practice"

BODY = ("SUB_ICB_LOCATION_CODE", "SUB_ICB_LOC_CODE", "CCG_CODE")
GSS = ("ONS_SUB_ICB_LOCATION_CODE", "ONS_SUB_ICB_LOC_CODE", "ONS_CCG_CODE", "CCG_ONS_CODE")
NAME = ("SUB_ICB_LOCATION_NAME", "SUB_ICB_LOC_NAME", "CCG_NAME")
ICB = ("ICB_CODE",)
ICB_START = datetime.date(2022, 7, 1)
UNALLOCATED = {"", "-", "U", "UNK", "UNALLOCATED", "UNKNOWN", "Z99"}
"""How the mapping has marked practices that belong to no body."""
HUBS = re.compile(r"13[A-Z]|14[A-KM-X]|15[GHJK]")
"""Codes of NHS England's commissioning hubs: ODS gave them these three series, in which few bodies had one.

Practices that a hub commissions, such as those for the armed forces or for asylum seekers, belong to no body.
"""
LARGEST_PRACTICE = 300_000
"""Patients: the largest practices, of online consultations and of many surgeries in one, have some 130,000."""
ICB_TYPES = ("ICB", "INTEGRATED CARE BOARD")
BODY_TYPES = ("CCG", "SUB_ICB_LOCATION", "SUB ICB LOCATION", "SUB-ICB LOCATION", "SICBL", "SUB_ICB")


def recognise(heading: list[str]) -> str | None:
    """Which of the publication's files has this heading row: all, map, quin-age, wide, or None."""
    names = set(names_of(heading))
    has_body = bool(names & set(BODY))
    if {"EXTRACT_DATE", "ORG_TYPE", "ORG_CODE", "NUMBER_OF_PATIENTS"} <= names and names & {"AGE_GROUP_5", "AGE"}:
        return "quin-age"
    if {"EXTRACT_DATE", "CODE", "NUMBER_OF_PATIENTS"} <= names and has_body:
        return "all"
    if {"EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME"} <= names and has_body:
        return "map"
    if "TOTAL_ALL" in names and "CCG_CODE" in names:
        return "wide"
    return None


class _Bodies:
    """People and practices summed by body while a file goes by, with the faults of single rows."""

    def __init__(self, table: LongTable, faults: Faults, known: Known):
        self.table, self.faults, self.known = table, faults, known
        self.of_hubs: dict[str, list[int]] = {}
        self.people: Counter[str] = Counter()
        self.practices: Counter[str] = Counter()
        self.gss: dict[str, str] = {}
        self.icb_of: dict[str, tuple[str, int]] = {}
        """The ICB that stands beside a location, and the first row with it."""
        self.icb_people: Counter[str] = Counter()
        """People by ICB, where the file has rows of ICBs."""
        self.icb_rows: dict[str, int] = {}
        self.dates: dict[str, int] = {}
        self.first_row: dict[str, int] = {}
        self.outside = [0, 0]
        self.outside_rows: list[int] = []
        self._practices_seen: set[str] = set()

    def date(self, text: str, row: int) -> None:
        self.dates.setdefault(text, row)

    def practice(self, code: str, row: int, column: str) -> bool:
        if code in self._practices_seen:
            self.faults.add(
                "repeats a practice of an earlier row",
                row,
                self.table.column(column),
                code,
                "Each practice is counted once: delete one of the two.",
            )
            return False
        self._practices_seen.add(code)
        return True

    def patients(self, text: str, row: int, column: str) -> int | None:
        try:
            value = cells.number(text)
        except cells.NotANumber as error:
            self.faults.add(str(error), row, self.table.column(column), text)
            return None
        if value is None or value < 0 or value != int(value):
            self.faults.add("must be a whole number of patients", row, self.table.column(column), text)
            return None
        return int(value)

    def of_practice(self, text: str, row: int, column: str) -> int | None:
        """The patients of one practice, which has no more than any ever had."""
        people = self.patients(text, row, column)
        if people is not None and people > LARGEST_PRACTICE:
            self.faults.add("is more than any practice has", row, self.table.column(column), text)
        return people

    def body(self, code: str, gss: str, row: int, people: int, name: str = "", icb: str = "") -> None:
        hub = HUBS.fullmatch(code) and code not in self.known.terms
        if hub or code in UNALLOCATED:
            set_aside = self.of_hubs.setdefault(code, [0, 0]) if hub else self.outside
            self.outside_rows += [] if hub else [row]
            set_aside[0] += 1
            set_aside[1] += people
            return
        if wrong := self.known.every_name.contradict(code, name):
            self.faults.add(wrong, row, self.table.column(self.table.first(NAME) or ""), name)
        self.first_row.setdefault(code, row)
        if icb and self.icb_of.setdefault(code, (icb, row))[0] != icb:
            self.faults.add(f"{code} was in the ICB {self.icb_of[code][0]} in an earlier row", row, value=icb)
        if gss and self.gss.setdefault(code, gss) != gss:
            self.faults.add(f"the body {code} had the GSS code {self.gss[code]} in an earlier row", row, value=gss)
        self.people[code] += people
        self.practices[code] += 1

    @property
    def set_aside(self) -> int:
        """The people of practices that belong to no body."""
        return self.outside[1] + sum(people for _, people in self.of_hubs.values())

    def only_date(self) -> datetime.date:
        days = {}
        for text, row in self.dates.items():
            try:
                day = cells.date(text)
            except ValueError as error:
                self.faults.add(str(error), row, self.table.column("EXTRACT_DATE"))
                continue
            days[day] = row
            if day.day != 1 or day > datetime.date.today():
                rule = "is to come" if day.day == 1 else "is no first of a month, when lists are taken"
                remedy = "Day and month, or a digit, may have changed over."
                self.faults.add(rule, row, self.table.column("EXTRACT_DATE"), text, remedy)
        if len(days) > 1:
            self.faults.add(f"the file holds {len(days)} extract dates, and a snapshot has one", max(days.values()))
        if not days:
            self.faults.stop()
            raise InputError(f"{self.table.path.name}: there are no rows under the heading.")
        return next(iter(days))


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:
    """Registered patients and practices by body from any file of the publication.

    Tables: `registered_population` and `practices` (`-map` gives practices only), from July 2022 also
    `icb_registered_population`. Raises `DataError` with every fault of the file.
    """
    table = LongTable(path, recognise, "GP_PRAC")
    faults = table.faults
    layout = recognise(table.names)
    bodies = _Bodies(table, faults, known)
    checks: list[str] = []
    if layout == "all":
        _read_all(table, bodies, faults)
    elif layout == "map":
        _read_map(table, bodies)
    elif layout == "quin-age":
        checks = _read_ages(table, bodies, faults)
    else:
        _read_wide(table, bodies)
        if date is None:
            raise InputError(f"{path.name}: this layout (before 2017) carries no date. Give it: --date 2016-04-01.")
    day = date if layout == "wide" and date else bodies.only_date()
    if _icbs_have_changed(known, day):
        _check_icbs(bodies, known, day, faults)
        faults.stop()
        if not bodies.icb_people:
            raise InputError(
                f"{path.name}: since {day:%B %Y} or before, ICBs are not those of 2022, and this file has people by sub-ICB "
                "location, whose ICBs of today are not held. Add gp-reg-pat-prac-quin-age of the same month, which has "
                "ICBs' own rows. Nothing was added."
            )
        return _reading_of_icbs(day, bodies, known, checks)
    _check_bodies(bodies, known, day, faults)
    if bodies.icb_people:
        _check_icbs(bodies, known, day, faults)
    faults.stop()
    return _reading(path, layout, day, bodies, known, checks)


def _read_all(table: LongTable, bodies: _Bodies, faults: Faults) -> None:
    body, gss = table.first(BODY), table.first(GSS)
    wanted = [
        "EXTRACT_DATE",
        body,
        gss,
        "CODE",
        "NUMBER_OF_PATIENTS",
        table.first(["SEX"]),
        table.first(["AGE"]),
        table.first(["TYPE"]),
        table.first(NAME),
        table.first(ICB),
    ]
    for number, (day, code, gss_code, practice, count, sex, age, kind, name, icb) in table.rows(wanted):
        if (sex or "ALL").upper() != "ALL" or (age or "ALL").upper() != "ALL":
            faults.add("holds one sex or age, where this file has totals of practices", number)
            continue
        if kind.upper() not in ("", "GP"):
            faults.add("is not a GP practice", number, table.column("TYPE"), kind)
            continue
        bodies.date(day, number)
        people = bodies.of_practice(count, number, "NUMBER_OF_PATIENTS")
        if bodies.practice(practice, number, "CODE") and people is not None:
            bodies.body(cells.code(code), gss_code, number, people, name, cells.code(icb))


def _read_map(table: LongTable, bodies: _Bodies) -> None:
    wanted = ["EXTRACT_DATE", table.first(BODY), table.first(GSS), table.first(NAME), "PRACTICE_CODE", table.first(ICB)]
    for number, (day, code, gss_code, name, practice, icb) in table.rows(wanted):
        bodies.date(day, number)
        if bodies.practice(practice, number, "PRACTICE_CODE"):
            bodies.body(cells.code(code), gss_code, number, 0, name, cells.code(icb))


def _read_wide(table: LongTable, bodies: _Bodies) -> None:
    practice_column = table.first(["PRACTICE_CODE", "GP_PRACTICE_CODE"])
    wanted = ["CCG_CODE", table.first(GSS), table.first(NAME), practice_column, "TOTAL_ALL"]
    for number, (code, gss_code, name, practice, count) in table.rows(wanted):
        people = (bodies.of_practice if practice_column else bodies.patients)(count, number, "TOTAL_ALL")
        fresh = bodies.practice(
            practice if practice_column else cells.code(code), number, practice_column or "CCG_CODE"
        )
        if fresh and people is not None:
            bodies.body(cells.code(code), gss_code, number, people, name)
    if not practice_column:
        bodies.practices.clear()


def _read_ages(table: LongTable, bodies: _Bodies, faults: Faults) -> list[str]:
    """Bodies' and ICBs' own rows are taken; their ages and the practices' rows must add up to the same total."""
    age_column = table.first(["AGE_GROUP_5", "AGE"])
    by_age: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    seen: dict[tuple[str, str, str], int] = {}
    practices = 0
    by_type: defaultdict[str, int] = defaultdict(int)
    wanted = [
        "EXTRACT_DATE",
        "ORG_TYPE",
        "ORG_CODE",
        table.first(["ONS_CODE"]),
        "SEX",
        age_column,
        "NUMBER_OF_PATIENTS",
    ]
    for number, (day, org_type, org, gss_code, sex, age, count) in table.rows(wanted):
        bodies.date(day, number)
        kind = org_type.upper()
        total = sex.upper() == "ALL" and age.upper() == "ALL"
        if not total and kind not in BODY_TYPES + ICB_TYPES:
            continue
        people = bodies.patients(count, number, "NUMBER_OF_PATIENTS")
        if people is None:
            continue
        if total:
            by_type[kind] += people
            practices += kind == "GP"
        if kind not in BODY_TYPES + ICB_TYPES:
            continue
        code = cells.code(org)
        if seen.setdefault((code, sex, age), number) != number:
            faults.add(f"repeats row {seen[code, sex, age]}: same body, sex and age", number, value=code)
        elif total:
            totals[code] += people
            if kind in ICB_TYPES:
                bodies.icb_people[code] += people
                bodies.icb_rows[code] = number
            else:
                bodies.body(code, gss_code, number, people)
        elif age.upper() != "ALL":
            by_age[code] += people
    for code in sorted(set(totals) | set(by_age)):
        if by_age[code] and by_age[code] != totals[code]:
            faults.add(
                f"the ages of {code} add up to {by_age[code]:,}, its own total is {totals[code]:,}",
                bodies.first_row.get(code) or bodies.icb_rows.get(code, 0),
            )
    everyone = sum((bodies.people or bodies.icb_people).values())
    if bodies.people and bodies.icb_people and (of_icbs := sum(bodies.icb_people.values())) != everyone:
        faults.add(f"the ICBs add up to {of_icbs:,}, the bodies to {everyone:,}")
    if "GP" in by_type and by_type["GP"] != everyone + bodies.set_aside:
        faults.add(f"the practices add up to {by_type['GP']:,}, the bodies to {everyone:,}")
    bodies.practices = Counter()
    checks = ["the five-year ages of each body add up to its total"] if by_age else []
    return checks + ([f"{practices:,} practices add up to the bodies' {everyone:,}"] if practices else [])


def _icbs_have_changed(known: Known, day: datetime.date) -> bool:
    """Whether an ICB that `sub_icb_locations` names is no longer in force, so that it does not tell the ICBs of the day."""
    return day >= ICB_START and not set(known.table("sub_icb_locations")["icb_code"]) <= known.commissioners(day)


def _check_icbs(bodies: _Bodies, known: Known, day: datetime.date, faults: Faults) -> None:
    """Rows of ICBs are those of the ICBs in force on the day, all of them."""
    expected, column = known.commissioners(day), bodies.table.column(bodies.table.first(["ORG_CODE"]) or "EXTRACT_DATE")
    for code in sorted(set(bodies.icb_rows) - expected):
        rule = f"no ICB with this code was in force on {day:%d %B %Y}"
        faults.add(rule, bodies.icb_rows[code], column, code, valid=sorted(expected))
    if bodies.icb_rows and (missing := sorted(expected - set(bodies.icb_rows))):
        faults.add(
            f"{len(missing)} of the {len(expected)} ICBs in force on {day:%d %B %Y} are missing: {', '.join(missing[:12])}",
            remedy="The file may have been cut short: download it again.",
        )


def _check_bodies(bodies: _Bodies, known: Known, day: datetime.date, faults: Faults) -> None:
    expected = known.in_force(day)
    found = set(bodies.first_row)
    for code in sorted(found - expected):
        faults.add(
            f"no body with this code was in force on {day:%d %B %Y}",
            bodies.first_row[code],
            bodies.table.column(bodies.table.first(BODY) or "ORG_CODE"),
            code,
            valid=sorted(expected),
        )
    for code, gss in bodies.gss.items():
        if (owners := known.gss_owners.get(gss)) and code not in owners:
            column = bodies.table.column(bodies.table.first(GSS) or "ONS_CODE")
            other = " or ".join(sorted(owners))
            faults.add(f"is the GSS code of {other}, and beside it stands {code}", bodies.first_row[code], column, gss)
    places = known.table("sub_icb_locations").set_index("body_code")["icb_code"]
    for code, (icb, row) in bodies.icb_of.items():
        if code in places and places[code] != icb:
            column = bodies.table.column(ICB[0])
            faults.add(f"{code} is in the ICB {places[code]} by sub_icb_locations.csv", row, column, icb)
    missing = sorted(expected - found)
    if missing:
        shown = ", ".join(missing[:12]) + (f" and {len(missing) - 12} more" if len(missing) > 12 else "")
        faults.add(
            f"{len(missing)} of the {len(expected)} bodies in force on {day:%d %B %Y} are missing: {shown}",
            remedy="The file may have been cut short: download it again.",
        )


def _reading_of_icbs(day: datetime.date, bodies: _Bodies, known: Known, checks: list[str]) -> Reading:
    """What is taken once ICBs are not those of 2022: people by ICB, from rows of their own."""
    register = known.table("body_register").set_index("body_code")["body_name"]
    before = known.table("icb_registered_population")
    of_2024 = dict(zip(before["icb_code"], before["icb_gss_code_2024"], strict=True))
    codes, stamp = sorted(bodies.icb_people), pd.Timestamp(day)
    table = pd.DataFrame(
        {
            "icb_code": codes,
            "icb_gss_code_2024": [of_2024.get(code) for code in codes],
            "icb_name": [register[code] for code in codes],
            "date": stamp,
            "registered_population": [bodies.icb_people[code] for code in codes],
            "sub_icb_count": pd.Series([None] * len(codes), dtype="Int64"),
            "source_id": f"NHSD-{day:%Y-%m}",
        }
    )
    held = before.rename(columns={"icb_code": "body_code"})
    locations = wording.count(len(bodies.first_row), "sub-ICB location")
    return Reading(
        PUBLISHER,
        f"{PUBLICATION}, {day.day} {day:%B %Y}",
        day,
        len(codes),
        f"{sum(bodies.icb_people.values()):,} registered people",
        "people",
        ADDRESS,
        {"icb_registered_population": table},
        {"icb_registered_population": ("date",)},
        source_id=f"NHSD-{day:%Y-%m}",
        checks=checks,
        warnings=[
            f"{locations} left out: their people are counted with their ICBs",
            *_compare(pd.Series(bodies.icb_people), held, stamp),
        ],
    )


def _reading(
    path: Path, layout: str | None, day: datetime.date, bodies: _Bodies, known: Known, checks: list[str]
) -> Reading:
    stamp = pd.Timestamp(day)
    source_id = f"NHSD-{day:%Y-%m}" + ("-map" if layout == "map" else "")
    basis = "published snapshot (practice level, summed)" if layout in ("all", "wide") else "published snapshot"
    codes, names = sorted(bodies.first_row), known.names()
    tables: dict[str, pd.DataFrame] = {}
    registered = known.table("registered_population")
    held = registered[registered["date"] == stamp].set_index("body_code")
    if layout != "map":
        gss = registered.dropna(subset="body_gss_code").drop_duplicates("body_code", keep="last")
        gss_codes = dict(zip(gss["body_code"], gss["body_gss_code"], strict=True)) | bodies.gss
        tables["registered_population"] = pd.DataFrame(
            {
                "body_code": codes,
                "body_gss_code": [gss_codes.get(code) for code in codes],
                "body_name": [held["body_name"].get(code, names[code]) for code in codes],
                "date": stamp,
                "boundary": _boundary(day, held),
                "registered_population": [bodies.people[code] for code in codes],
                "basis": basis,
                "source_id": source_id,
            }
        )
        if day >= ICB_START:
            tables["icb_registered_population"] = _by_icb(tables["registered_population"], known)
    if bodies.practices:
        tables["practices"] = pd.DataFrame(
            {
                "body_code": codes,
                "date": stamp,
                "practices": [bodies.practices[code] for code in codes],
                "basis": "practices in published snapshot",
                "source_id": source_id,
            }
        )
    people = sum(bodies.people.values())
    count = sum(bodies.practices.values())
    reading = Reading(
        PUBLISHER,
        f"{PUBLICATION}, {day.day} {day:%B %Y}" + (" (mapping)" if layout == "map" else ""),
        day,
        len(codes),
        f"{people:,} registered people" if layout != "map" else f"{count:,} practices",
        "people" if layout != "map" else "practices",
        ADDRESS,
        tables,
        {name: ("date",) for name in tables},
        source_id=source_id,
        checks=checks,
    )
    if count and layout != "map":
        reading.checks.append(f"{count:,} practices, each counted once")
    if bodies.outside[0]:
        without = wording.count(bodies.outside[0], "practice")
        rows = wording.listed([str(row) for row in bodies.outside_rows], 10)
        of_whom = f" with {bodies.outside[1]:,} patients" if layout != "map" else ""
        reading.warnings.append(f"{without}{of_whom}, of no body: in none of the figures (row {rows})")
    for code, (practices, patients) in sorted(bodies.of_hubs.items()):
        reading.warnings.append(
            f"{code} is a commissioning hub of NHS England, no body: its {wording.count(practices, 'row')} with "
            f"{patients:,} patients are not in any of the figures"
        )
    if not ends_cleanly(path):
        reading.warnings.append("the last line has no line end, as if the download had been cut short")
    if layout != "map":
        reading.warnings += _compare(pd.Series(bodies.people), registered, stamp)
    if bodies.practices:
        counted = known.table("practices")
        held_now = counted[counted["date"] == stamp].set_index("body_code")["practices"]
        reading.warnings += _unlike_held(pd.Series(bodies.practices), held_now, "practices", stamp)
    return reading


def _boundary(day: datetime.date, held: pd.DataFrame) -> str:
    if len(held):
        return str(held["boundary"].iloc[0])
    if day >= ICB_START:
        return "sub-ICB locations (106), practice mapping near this date"
    return f"April {day.year if day.month >= 4 else day.year - 1}"


def _by_icb(registered: pd.DataFrame, known: Known) -> pd.DataFrame:
    places = known.table("sub_icb_locations")
    frame = registered.merge(places[["body_code", "icb_code", "icb_gss_code_2024", "icb_name"]], on="body_code")
    groups = frame.groupby(["icb_code", "icb_gss_code_2024", "icb_name", "date", "source_id"], as_index=False)
    return groups.agg(registered_population=("registered_population", "sum"), sub_icb_count=("body_code", "size"))


def _compare(people: pd.Series, registered: pd.DataFrame, stamp: pd.Timestamp) -> list[str]:
    """Every change against the figures held for the same date, else the large ones against the nearest date within a year."""
    gap = (registered["date"] - stamp).abs()
    near = gap[gap <= pd.Timedelta(days=366)]
    if near.empty:
        return []
    other = registered.loc[near.index[int(near.argmin())], "date"]
    before = registered[registered["date"] == other].set_index("body_code")["registered_population"]
    if other == stamp:
        return _unlike_held(people, before, "registered people", stamp)
    when = f"the list of {other:%d %B %Y} held so far"
    warnings = by_25_per_cent(before, people, "registered people", when)
    change = people.sum() / before.sum() - 1
    if abs(change) > 0.03:
        warnings.append(f"the national total is {people.sum():,}, {change:+.1%} against {when}")
    return warnings


def _unlike_held(now: pd.Series, held: pd.Series, what: str, stamp: pd.Timestamp) -> list[str]:
    """The bodies whose figure is another than the one held for the same date."""
    both = pd.concat([held.rename("held"), now.rename("now")], axis=1).dropna()
    changed = both[both["held"] != both["now"]]
    if changed.empty:
        return []
    bodies = wording.count(len(changed), "body", "bodies")
    figures = [f"{code} {row.held:,.0f} to {row.now:,.0f}" for code, row in changed.iterrows()]
    total = f"{both['held'].sum():,.0f} to {both['now'].sum():,.0f} in all"
    return [f"{what} of {bodies} differ from those held of {stamp:%d %B %Y} ({total}): {wording.listed(figures, 10)}"]

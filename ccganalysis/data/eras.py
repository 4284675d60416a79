"""Eras of NHS commissioning: what differs between them is declared in `data/raw/eras.toml`, and nowhere else.

An era is a run of footprints whose bodies are of one kind, such as clinical commissioning groups: its dates, words,
codes, money, evidence and published totals. Every module asks the era of a date; none asks which era it is.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..errors import DataError, Fault, InputError, unknown
from .tables import Day

FILE = "eras.toml"


class Declared(BaseModel):
    """Part of the declaration: no unknown names, no change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a pattern of codes: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Counts = dict[datetime.date, int]
Year = Annotated[str, Field(pattern=r"^\d{4}/\d{2}$")]


class Words(Declared):
    """What a reader sees: the body, the area inside which bodies may merge, who leads a body, what it was asked to keep to, when
    residents by small area were counted, which costs may rise, what no measure here tells, and by which local authority
    bodies belong together.
    """

    body: str
    bodies: str
    area: str
    areas: str
    an_area: str
    areas_in_full: str
    area_here: str
    officer: str
    an_officer: str
    officers: str
    limit: str
    residents_of: str
    costs_rising: str
    not_measured: str
    authority: str = "authority"


PLAIN = Words(
    body="body",
    bodies="bodies",
    area="area",
    areas="areas",
    an_area="an area",
    areas_in_full="areas",
    area_here="an area is where bodies may merge",
    officer="officer",
    an_officer="an officer",
    officers="officers",
    limit="limit",
    residents_of="several years",
    costs_rising="pay or prices",
    not_measured="what was decided and why",
)
"""The words where a sentence is about every era."""


class Codes(Declared):
    """The shapes of codes, as regular expressions that a whole code must match."""

    body: Pattern
    area: Pattern


class Money(Declared):
    """The baseline year, the bodies its allowances were set on, and the cut asked for: of how much, by when, and in which
    month it was asked.

    `models` are the ways to model an allowance that was not published; none where all are published. `readings` are those
    of the cut (`running_costs.cuts`).
    """

    baseline_year: Year
    baseline_footprint: datetime.date
    target_year: Year
    target: float = Field(gt=0, lt=1)
    asked: str
    models: tuple[str, ...]
    readings: tuple[str, ...] = Field(min_length=1)

    @property
    def baseline_date(self) -> pd.Timestamp:
        """`baseline_footprint` as the date of a table."""
        return pd.Timestamp(self.baseline_footprint)


class Cap(Declared):
    """A cap on more than running costs: in which month it was set, the row of `national_running_costs` that has it in £ a head,
    and the column of `icb_allowance` with the people of its year. Staff are held against it on the day `by`, and before
    that on `before`; `since` is the first day from which no break in anybody's staff was declared.
    """

    asked: str
    measure: str
    people: str
    before: datetime.date
    since: datetime.date
    by: datetime.date


class Leadership(Declared):
    """Evidence of bodies under one officer: the footprint it is recorded on, from when it was known, what such bodies are
    called together, and the row of `policy_facts` that says what was asked of them, if anything was: merge, or share?
    """

    footprint: datetime.date
    known_from: datetime.date
    group: str = "group"
    question: str | None = None

    @property
    def date(self) -> pd.Timestamp:
        """`footprint` as the date of a table."""
        return pd.Timestamp(self.footprint)


class Hindsight(Declared):
    """The footprint that came about, beside which plans are shown."""

    footprint: datetime.date

    @property
    def date(self) -> pd.Timestamp:
        """`footprint` as the date of a table."""
        return pd.Timestamp(self.footprint)


class Borders(Declared):
    """What is asked of bodies' borders and size, beyond upper-tier authorities that are whole.

    `authority` is the kind by which bodies belong together in the options; `patients_footprint` the one whose bodies the
    tables of acute trusts and patients are about; people are those registered.
    """

    authority: Literal["upper_tier", "strategic"]
    patients_footprint: datetime.date
    floor_people: int = Field(gt=0)
    guideline_people: int = Field(gt=0)


class Counted(Declared):
    """Footprints whose registered people, or practices, were counted on another day than usual: that day, by footprint.

    The figures are carried from the bodies of that day; where a body was divided, by its residents.
    """

    lists: dict[datetime.date, datetime.date] = {}
    practices: dict[datetime.date, datetime.date] = {}


class Backtest(Declared):
    """The last decision on which anything may be chosen; at least one footprint comes before it, and one after."""

    last_choice: datetime.date


class Published(Declared):
    """Totals that the tables must give, printed or counted by their sources, and the least and most land of a footprint.

    By footprint: bodies, areas, registered people, residents, pairs of neighbours by land, upper-tier and strategic
    authorities in more than one body. By other dates: bodies that went into mergers, staff (FTE); allowances by year.
    """

    bodies: Counts = {}
    areas: Counts = {}
    registered_people: Counts = {}
    residents: Counts = {}
    rook_pairs: Counts = {}
    upper_tier_split: Counts = {}
    strategic_split: Counts = {}
    merged: Counts = {}
    staff_fte: Counts = {}
    allowances_gbp: dict[Year, int] = {}
    land_km2: tuple[float, float] | None = None


class Era(Declared):
    """One era; `cap`, `leadership`, `hindsight` and `backtest` are None where there is no such evidence, `borders` where nothing
    more is asked of them.

    `number_of_bodies`: how many a plan across areas is made for, where that is not as many as the last footprint has;
    `largest_across`: how many bodies may go into one there.
    """

    name: str
    begins: datetime.date
    footprints: tuple[datetime.date, ...] = Field(min_length=1)
    default_footprint: datetime.date
    default_area: str
    number_of_bodies: int | None = Field(default=None, ge=1)
    largest_across: int = Field(default=5, ge=2)
    words: Words
    codes: Codes
    money: Money
    cap: Cap | None = None
    counted: Counted = Counted()
    borders: Borders | None = None
    leadership: Leadership | None = None
    hindsight: Hindsight | None = None
    backtest: Backtest | None = None
    published: Published = Published()

    @property
    def first_date(self) -> pd.Timestamp:
        """The day the first bodies came into force."""
        return pd.Timestamp(self.begins)

    @property
    def dates(self) -> tuple[pd.Timestamp, ...]:
        """The footprints as dates of tables, the first first."""
        return tuple(pd.Timestamp(day) for day in sorted(self.footprints))

    @property
    def chosen_on(self) -> tuple[pd.Timestamp, ...]:
        """The decisions on which the back-test may choose: footprints with one before them, up to the last choice."""
        last = pd.Timestamp(self.backtest.last_choice) if self.backtest else None
        return tuple(date for date in self.dates[1:] if last is not None and date <= last)

    @property
    def reported_on(self) -> tuple[pd.Timestamp, ...]:
        """The decisions held out: those after the last choice."""
        return tuple(date for date in self.dates[1:] if self.backtest and date not in self.chosen_on)

    @property
    def can_be_looked_back_on(self) -> bool:
        """Whether what was known, what it cost and what came about are all held (`trust.counts` has the numbers)."""
        return all((self.leadership, self.hindsight, self.backtest, self.money.models))

    @property
    def spoken(self) -> dict[str, str]:
        """The era's words by the names that stand for them in sentences (`wording.spoken`)."""
        known = f"{self.leadership.known_from:%B %Y}" if self.leadership else "a month that is not known"
        group = self.leadership.group if self.leadership else "group"
        later = f"{self.hindsight.footprint:%B %Y}" if self.hindsight else "a month to come"
        return {
            **self.words.model_dump(),
            "baseline_year": self.money.baseline_year,
            "target_year": self.money.target_year,
            "asked": self.money.asked,
            "officers_known": known,
            "group": group,
            "groups": f"{group}s",
            "hindsight": later,
        }


def read(path: Path) -> tuple[Era, ...]:
    """Every era declared in a file, in its order; raises `DataError` naming the era and what is wrong."""
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: it declares the eras.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError([Fault(FILE, f"not readable as TOML: {error}")]) from None
    found, faults = [], []
    for name, told in declared.items():
        try:
            found.append(Era(name=name, **told))
        except (ValidationError, TypeError) as error:
            faults += _faults(name, error)
    faults += _inconsistent(found)
    if not (found or faults):
        faults.append(Fault(FILE, "no era is declared"))
    if faults:
        raise DataError(faults)
    return tuple(found)


def _faults(name: str, error: ValidationError | TypeError) -> list[Fault]:
    if isinstance(error, TypeError):
        return [Fault(FILE, f"[{name}] is not a table")]
    return [
        Fault(FILE, f"[{name}] {'.'.join(map(str, fault['loc']))}: {fault['msg']}", value=str(fault["input"])[:60])
        for fault in error.errors()
    ]


def _inconsistent(eras: list[Era]) -> list[Fault]:
    """A date is a footprint of one era, and every date that an era names is one of its footprints."""
    faults: list[Fault] = []
    seen: dict[datetime.date, str] = {}
    for era in eras:
        named = {
            "default_footprint": era.default_footprint,
            "money.baseline_footprint": era.money.baseline_footprint,
            "borders.patients_footprint": era.borders and era.borders.patients_footprint,
            "leadership.footprint": era.leadership and era.leadership.footprint,
            "hindsight.footprint": era.hindsight and era.hindsight.footprint,
            "backtest.last_choice": era.backtest and era.backtest.last_choice,
        }
        for name, day in named.items():
            if day and day not in era.footprints:
                faults.append(Fault(FILE, f"[{era.name}] {name} is none of the era's footprints", value=str(day)))
        for day in {*era.counted.lists, *era.counted.practices} - set(era.footprints):
            faults.append(Fault(FILE, f"[{era.name}] counted is of none of the era's footprints", value=str(day)))
        if era.backtest and not (era.chosen_on and era.reported_on):
            rule = f"[{era.name}] backtest.last_choice leaves no decision to choose on, or none to report"
            faults.append(Fault(FILE, rule, value=str(era.backtest.last_choice)))
        if era.begins > min(era.footprints):
            faults.append(Fault(FILE, f"[{era.name}] begins after its first footprint", value=str(era.begins)))
        for day in era.footprints:
            if day in seen:
                faults.append(Fault(FILE, f"{day} is a footprint of both [{seen[day]}] and [{era.name}]"))
            seen[day] = era.name
    return faults


def era_of(eras: tuple[Era, ...], as_at: Day) -> Era:
    """The era of a footprint's date; raises `InputError` listing the dates of all."""
    day = pd.Timestamp(as_at).date()
    for era in eras:
        if day in era.footprints:
            return era
    held = [f"{date:%Y-%m-%d}" for era in eras for date in sorted(era.footprints)]
    raise InputError(unknown("footprint date (as_at)", f"{day:%Y-%m-%d}", held))


def live(eras: tuple[Era, ...]) -> Era:
    """The era whose question is open: the one that began last."""
    return max(eras, key=lambda era: era.begins)


def era_named(eras: tuple[Era, ...], name: str) -> Era:
    """The era of a name; raises `InputError` listing all names."""
    for era in eras:
        if era.name == name:
            return era
    raise InputError(unknown("era", name, [era.name for era in eras]))


def not_looked_back_on(eras: tuple[Era, ...], era: Era) -> Era | None:
    """The first later era that says who came under one officer and what came about and has no back-test of its own: what is
    chosen on the one before can be tried on it. None where there is none.
    """
    later = [one for one in eras if one.begins > era.begins and one.leadership and one.hindsight and not one.backtest]
    return min(later, key=lambda one: one.begins, default=None)

"""Who is compared around a merger: bodies carried onto the footprint it made, with what each employed year by year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.columns import ALL_STAFF
from ...data.tables import Day, Tables
from ...errors import InputError, unknown
from .. import staff

YEARS_BEFORE = 4
FIRST = pd.Timestamp("2014-04-01")
"""How far back bodies are followed, and no further than this: 2013/14 was the year in which they were set up."""

BASE, AFTER = -1, 0
"""The year before the merger, that all others are compared with, and the year after it."""

MERGED, NEVER, LATER, LEFT_OUT = "merged", "never merged", "merged later", "left out"
"""What a unit is in the comparison."""


@dataclass(frozen=True)
class Outcome:
    """Something counted in every body: `table` and `column` hold it; below `fewest` in a year another body employs them."""

    name: str
    words: str
    table: str
    column: str
    fewest: float


OUTCOMES: dict[str, Outcome] = {
    "staff": Outcome("staff", "staff", "staff", "staff_fte", staff.FEWEST_FTE),
    "managers": Outcome("managers", "managers", "managers", "managers_fte", 5.0),
}

LARGEST_CHANGE = 2.0
"""A body whose count more than doubles or halves from one year to the next is taken to have changed who employs its
staff: no body hires or loses so many in so short a time. The same rule for merged bodies, others and placebo groups."""


def outcome(name: str) -> Outcome:
    """One of `OUTCOMES`; raises `InputError` with the nearest valid name."""
    if name not in OUTCOMES:
        raise InputError(unknown("outcome", name, OUTCOMES))
    return OUTCOMES[name]


def observations(tables: Tables, name: str) -> pd.DataFrame:
    """What every body employed on each date held: `date`, `body_code`, `fte`; raises `InputError` for a body twice."""
    counted = outcome(name)
    table = tables[counted.table]
    if "staff_group" in table:
        table = table[table["staff_group"] == ALL_STAFF]
    twice = table[table.duplicated(["date", "body_code"], keep=False)]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(f"{counted.table}.csv has {first['body_code']} on {first['date']:%d %B %Y} more than once.")
    return table.rename(columns={counted.column: "fte"})[["date", "body_code", "fte"]].reset_index(drop=True)


def window(observed: pd.DataFrame, mergers: pd.DataFrame, merger_date: Day) -> pd.DataFrame:
    """The dates on which bodies can be compared around a merger: `date`, `year` (whole years from it, -1 the year before).

    It begins `YEARS_BEFORE` years before the merger, or on `FIRST`, and ends with the next day on which bodies change, from which the
    units of the comparison are no longer there.
    """
    day = pd.Timestamp(merger_date)
    changed = mergers.loc[mergers["effective_date"] > day, "effective_date"]
    end = changed.min() if len(changed) else pd.Timestamp.max
    held = sorted(observed["date"].unique())
    start = max(FIRST, day - pd.DateOffset(years=YEARS_BEFORE))
    dates = [date for date in held if start <= date < end]
    years = [date.year - day.year - ((date.month, date.day) < (day.month, day.day)) for date in dates]
    return pd.DataFrame({"date": pd.to_datetime(dates), "year": pd.Series(years, dtype="int64")})


def analysable(tables: Tables, name: str) -> pd.DataFrame:
    """Which merger dates can be analysed with the observations held? Rows added to the table make more of them so.

    One row per date on which bodies merged: `effective_date`, `predecessor_count`, `successor_count`, `last_before`,
    `first_after` (dates, missing where none is held within a year of the merger) and `analysable`: yes where both are
    held and the footprint that the mergers made is, else no.
    """
    observed, mergers = observations(tables, name), tables["mergers"]
    footprints = set(tables["bodies"]["as_at"])
    rows = []
    for day, group in organisations.only_mergers(mergers).groupby("effective_date"):
        dates = window(observed, mergers, pd.Timestamp(str(day)))
        before, after = (dates.loc[dates["year"] == year, "date"] for year in (BASE, AFTER))
        rows.append(
            {
                "effective_date": day,
                "predecessor_count": group["predecessor_code"].nunique(),
                "successor_count": group["successor_code"].nunique(),
                "last_before": before.max() if len(before) else pd.NaT,
                "first_after": after.min() if len(after) else pd.NaT,
                "analysable": "yes" if len(before) and len(after) and day in footprints else "no",
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Panel:
    """What is compared around the mergers of one date.

    `units`: a row per body of the footprint that the mergers made, sorted by code: `body_code`, `body_name`, `area_code`,
    `body_count` (of which it was made: 1 where it did not merge), `history` (`MERGED`, `NEVER` or `LATER`; blank where it was
    divided or merged before), `reason` where it is left out, `role` (its history, or `LEFT_OUT`). A body with a history
    that is left out for its employer may still be part of a placebo group, as its like was of real ones.
    `fte`, `people`: arrays (years x units), mean full-time equivalents of a year's dates, registered people.
    `years`: relative to the merger, ascending; `labels`: their dates in words.
    """

    outcome: Outcome
    merger_date: pd.Timestamp
    units: pd.DataFrame
    years: tuple[int, ...]
    labels: tuple[str, ...]
    fte: np.ndarray
    people: np.ndarray
    largest_change: float = LARGEST_CHANGE

    def at(self, year: int) -> np.ndarray:
        """Full-time equivalents of every unit in a year."""
        return np.asarray(self.fte[self.years.index(year)])

    def people_at(self, year: int) -> np.ndarray:
        """Registered people of every unit in a year."""
        return np.asarray(self.people[self.years.index(year)])

    def comparable(self, sets: np.ndarray) -> np.ndarray:
        """Which sets of units (boolean, sets x units) can be compared, their staff summed, by the rules on employers."""
        return np.asarray(self._fault(sets) == "")

    def _fault(self, sets: np.ndarray) -> np.ndarray:
        sums = self.fte @ sets.T.astype("float64")
        with np.errstate(divide="ignore", invalid="ignore"):
            jumps = np.abs(np.diff(np.log(sums), axis=0)).max(axis=0)
        few = sums.min(axis=0) < self.outcome.fewest
        return np.where(
            few, "employed elsewhere", np.where(jumps > np.log(self.largest_change) + 1e-9, "employer changed", "")
        )


def panel(tables: Tables, name: str, merger_date: Day) -> Panel:
    """The comparison around the mergers of one date, for one of `OUTCOMES`.

    Every count is carried onto the footprint that the mergers made: predecessors summed, a body without a row counting
    nothing. Left out: bodies that were divided or received part of another since the first date (`to_footprint` would
    share their staff by residents, and staff do not move so), bodies made by an earlier merger within the window, and
    those of which another body employs the staff or began or ceased to (`Outcome.fewest`, `LARGEST_CHANGE`).
    Raises `InputError` where there is no observation within a year before and after, or a body was not in force.
    """
    day = pd.Timestamp(merger_date)
    observed, mergers = observations(tables, name), tables["mergers"]
    known = analysable(tables, name).set_index("effective_date")
    if day not in known.index:
        raise InputError(unknown("merger date", f"{day:%Y-%m-%d}", [f"{date:%Y-%m-%d}" for date in known.index]))
    if known.loc[day, "analysable"] == "no":
        raise InputError(
            f"The mergers of {day:%d %B %Y} cannot be analysed: {outcome(name).table}.csv has no {outcome(name).words} of the "
            "bodies within a year before and a year after. Add the rows of those dates."
        )
    dates = window(observed, mergers, day)
    bodies = organisations.footprint(tables["bodies"], day).sort_values("body_code", ignore_index=True)
    fte, people, divided = _carried(tables, observed, dates, day, bodies["body_code"])
    years = tuple(sorted(dates["year"].unique().tolist()))
    by_year = dates.groupby("year").indices
    labels = tuple(_label(dates.loc[dates["year"] == year, "date"]) for year in years)
    made = Panel(
        outcome(name),
        day,
        _units(bodies, mergers, day, dates["date"].min(), divided),
        years,
        labels,
        np.array([fte[by_year[year]].mean(axis=0) for year in years]),
        np.array([people[by_year[year]].mean(axis=0) for year in years]),
    )
    return limited(made, LARGEST_CHANGE)


def _label(dates: pd.Series) -> str:
    first, last = dates.min(), dates.max()
    return f"{last.day} {last:%B %Y}" if first == last else f"{first:%B %Y} to {last:%B %Y}"


def _carried(
    tables: Tables, observed: pd.DataFrame, dates: pd.DataFrame, day: pd.Timestamp, codes: pd.Series
) -> tuple[np.ndarray, np.ndarray, set[str]]:
    """Staff and people of every unit on each date, and the units that a division of a body since then touches."""
    successors, registered = tables["successors"], tables["registered_population"]
    fte, people = [], []
    divided: set[str] = set()
    for date in dates["date"]:
        counted = observed[observed["date"] == date]
        fte.append(_onto(successors, counted, date, day, "fte").reindex(codes).fillna(0.0).to_numpy())
        lists = registered[registered["date"] == registered.loc[registered["date"] <= date, "date"].max()]
        carried = _onto(successors, lists, date, day, "registered_population")
        people.append(carried.reindex(codes).to_numpy("float64"))
        links = successors[(successors["from_date"] == _start(successors, date, day)) & (successors["as_at"] == day)]
        split = links[links["share_of_people_to_successor"] < 1]
        divided |= set(split["successor_code"])
    return np.array(fte), np.array(people), divided


def _start(successors: pd.DataFrame, date: pd.Timestamp, day: pd.Timestamp) -> pd.Timestamp:
    """The last day before a date from which bodies are followed to the footprint of `day`."""
    starts = successors.loc[successors["as_at"] == day, "from_date"]
    start: pd.Timestamp = starts[starts <= date].max()
    return start


def _onto(
    successors: pd.DataFrame, values: pd.DataFrame, date: pd.Timestamp, day: pd.Timestamp, column: str
) -> pd.Series:
    """Amounts of the bodies of a date on the footprint of `day`, by `body_code`.

    Bodies are followed from a few days only: one formed since the last of them is followed from the next.
    """
    starts = successors.loc[successors["as_at"] == day, "from_date"]
    start = _start(successors, date, day)
    old = values["body_code"].isin(organisations.followed(successors, start, day)["body_code"])
    parts = [organisations.to_footprint(values[old], successors, start, day, [column])]
    if not old.all():
        following = starts[starts > date]
        if following.empty:
            lost = ", ".join(sorted(values.loc[~old, "body_code"]))
            raise InputError(f"Not in force on {date:%d %B %Y}: {lost}. Check the codes and the date of those rows.")
        parts.append(organisations.to_footprint(values[~old], successors, following.min(), day, [column]))
    carried: pd.Series = pd.concat(parts)[column].groupby(level=0).sum()
    return carried


def _units(
    bodies: pd.DataFrame, mergers: pd.DataFrame, day: pd.Timestamp, first: pd.Timestamp, divided: set[str]
) -> pd.DataFrame:
    """The units with their roles before the staff themselves are looked at."""
    own = organisations.only_mergers(mergers)
    count = own[own["effective_date"] == day].groupby("successor_code")["predecessor_code"].nunique()
    earlier = set(own.loc[(own["effective_date"] >= first) & (own["effective_date"] < day), "successor_code"])
    later = set(own.loc[own["effective_date"] > day, "predecessor_code"])
    code = bodies["body_code"]
    history = np.select([code.isin(count.index), code.isin(later)], [MERGED, LATER], NEVER)
    reason = np.select([code.isin(divided), code.isin(earlier)], ["divided", "merged before"], "")
    return bodies[["body_code", "body_name", "area_code"]].assign(
        body_count=code.map(count).fillna(1).astype("int64"),
        history=np.where(reason == "", history, ""),
        reason=reason,
    )


def limited(made: Panel, largest_change: float) -> Panel:
    """The panel without the units of which another body employs the staff, or began or ceased to by a given limit."""
    made = replace(made, largest_change=largest_change)
    history = made.units["history"]
    own = np.where(history == "", made.units["reason"], made._fault(np.eye(len(history), dtype=bool)))
    return replace(made, units=made.units.assign(reason=own, role=history.where(own == "", LEFT_OUT)))


def left_out(made: Panel) -> pd.DataFrame:
    """The bodies left out and why, with what they employed in the year before and the year after.

    `body_code`, `body_name`, `reason`, `fte_before`, `fte_after`.
    """
    units = made.units.assign(fte_before=made.at(BASE), fte_after=made.at(AFTER))
    chosen = units[units["role"] == LEFT_OUT].sort_values(["reason", "body_name"], ignore_index=True)
    return chosen[["body_code", "body_name", "reason", "fte_before", "fte_after"]]

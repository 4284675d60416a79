"""What a reader makes of a file: the project's tidy tables, and what to tell the user about them."""

from __future__ import annotations

import datetime
import difflib
import re
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from ...errors import DataError, Fault, InputError, nearest
from .. import eras, organisations
from ..datapackage import read_descriptor, read_table, verify
from ..schemas import OPTIONAL, RAW

MOST_FAULTS = 1_000


@dataclass
class Reading:
    """One official file, read: publisher, publication, date, and the rows for each of the project's tables.

    `tables` maps a table of `schemas.RAW` or `OPTIONAL` to its new rows, all columns filled, of which `scope` says
    what they replace: every existing row that agrees with one of them in these columns (the table's key if not given).
    `files` are whole files by name, for boundaries. `checks` are totals that agree, `warnings` what the user should
    look at, `asks` what only the user can know, by the option of `add` that says yes.
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
    asks: dict[str, str] = field(default_factory=dict)


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

    @cached_property
    def every_name(self) -> Names:
        """Every name that a body, an ICB or a support unit has had, to compare a file's with."""
        columns = {
            "body_register": ("body_code", "body_name"),
            "footprints": ("body_code", "body_name"),
            "registered_population": ("body_code", "body_name"),
            "sub_icb_locations": ("body_code", "sub_icb_name", "body_name_2021"),
            "allowance_2013_14": ("body_code", "body_name"),
        }
        return Names(
            [pair for name, of in columns.items() for pair in self._pairs(name, *of)]
            + self._pairs("sub_icb_locations", "icb_code", "icb_name", "icb_name_2024")
            + self._pairs("icb_allowance", "icb_code", "icb_name")
            + self._pairs("support_unit_staff", "unit_code", "unit_name")
        )

    @cached_property
    def gss_owners(self) -> dict[str, set[str]]:
        """The bodies that had a GSS code, by it."""
        owners: defaultdict[str, set[str]] = defaultdict(set)
        places = ("sub_icb_gss_code_2022", "sub_icb_gss_code_2024", "body_gss_code_2021")
        held = [self._pairs(name, "body_code", "body_gss_code") for name in ("footprints", "registered_population")]
        for code, gss in (
            pair for pairs in [*held, self._pairs("sub_icb_locations", "body_code", *places)] for pair in pairs
        ):
            owners[str(gss)].add(code)
        return owners

    @cached_property
    def every_area_name(self) -> Names:
        """Every name that an area of a footprint has had, by its GSS code and by its own."""
        return Names(
            [pair for code in ("area_gss_code", "area_code") for pair in self._pairs("footprints", code, "area_name")]
        )

    def _pairs(self, name: str, code: str, *names: str) -> list[tuple[str, str]]:
        frame = self.table(name)
        return [pair for of in names for pair in set(zip(frame[code], frame[of], strict=True))]

    @cached_property
    def body_codes(self) -> str:
        """The pattern of bodies' codes, of any era."""
        return "|".join(f"(?:{era.codes.body})" for era in eras.read(self.raw / eras.FILE))

    @cached_property
    def terms(self) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
        """First and last day of every commissioner by code, no last day (NaT) for one in force."""
        return organisations.terms(self.table("body_register"))

    def in_force(self, day: datetime.date) -> set[str]:
        """The codes of the bodies whose patients are listed on a date: CCGs, from July 2022 sub-ICB locations."""
        if day >= datetime.date(2022, 7, 1):
            return set(self.table("sub_icb_locations")["body_code"])
        return self.commissioners(day)

    def commissioners(self, day: datetime.date) -> set[str]:
        """The codes of the commissioners in force on a date: CCGs, from July 2022 ICBs."""
        register, when = self.table("body_register"), pd.Timestamp(day)
        open_then = (register["open_date"] <= when) & ~(register["close_date"] < when)
        return set(register.loc[open_then, "body_code"])

    def heirs(self, code: str, day: datetime.date) -> set[str]:
        """The commissioners in force on a date that a body's people may then be with: itself, or what took over from it."""
        when, heirs = pd.Timestamp(day), {code}
        for table, before, after in (
            ("mergers", "predecessor_code", "successor_code"),
            ("boundary_changes", "from_code", "to_code"),
        ):
            changes = self.table(table)
            heirs |= set(changes.loc[(changes[before] == code) & (changes["effective_date"] <= when), after])
        return heirs & self.commissioners(day)


class Faults(list[Fault]):
    """Faults of one file, gathered while it is read and raised together."""

    def __init__(self, file: str):
        super().__init__()
        self.file = file

    def add(
        self,
        rule: str,
        row: int = 0,
        column: str = "",
        value: object = "",
        remedy: str = "",
        valid: Iterable[str] = (),
    ) -> None:
        """Note a fault; `valid` are the values of which the nearest is suggested, where the fault will be shown."""
        if len(self) >= MOST_FAULTS:
            return
        shown = "" if value is None else str(value)
        if not remedy and shown and len(self) < DataError.shown and (hint := nearest(shown, valid)):
            remedy = f"The nearest is {hint!r}."
        self.append(Fault(self.file, rule, row, column, shown[:80], remedy))

    def stop(self) -> None:
        """Raise `DataError` with all of them, if there are any."""
        if self:
            raise DataError(self)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn whatever a reader or a library did not foresee into a refusal that names the file and the row.

    What is foreseen, `InputError`, goes on as it is; so do errors of the disk.
    """
    try:
        yield
    except (InputError, OSError):
        raise
    except Exception as error:
        # Every reader calls the number of a file's row `number`.
        frames = (frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__))
        rows = [found for found in (names.get("number") for names in frames) if isinstance(found, int)]
        where = f", row {rows[-1]} or below" if rows else ""
        what = (str(error).splitlines() or [""])[0][:120]
        raise InputError(
            f"{path.name}{where}: something stands there that was not foreseen ({type(error).__name__}: {what}). Nothing "
            "was added. Compare the file with what docs/official-files.md says of its kind."
        ) from error


_WORDS_OF_KIND = re.compile(
    r"\b(nhs|ccg|icb|stp|ics|sub icb location|clinical commissioning group|integrated care (board|system|partnership)"
    r"|sustainability and transformation (partnership|plan)|health and (social )?care partnership)\b"
)


def loosely(name: str) -> str:
    """A name without what is spelt in many ways: case, punctuation, NHS, CCG, ICB and the like."""
    words = re.sub(r"[^a-z0-9]+", " ", name.casefold().replace("'", "").replace("’", "").replace("&", " and "))
    return " ".join(_WORDS_OF_KIND.sub(" ", words).split())


class Names:
    """The names of bodies or areas by code, as held, to hold against the names that stand beside codes in a file."""

    def __init__(self, held: Iterable[tuple[str, str]]):
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        self._whose: defaultdict[str, set[str]] = defaultdict(set)
        self._compared: dict[tuple[str, str], str] = {}
        for code, name in held:
            self._of[code].add(loosely(name))
            self._whose[loosely(name)].add(code)

    def has(self, name: str) -> bool:
        """Whether anything held has this name, loosely."""
        return loosely(name) in self._whose

    def contradict(self, code: str, name: str) -> str:
        """What is wrong with a code's name, blank where nothing is: it is another's name, or a code.

        Spellings differ from file to file, so a name that is merely not held is no fault.
        """
        if (code, name) not in self._compared:
            self._compared[code, name] = self._contradiction(code, name)
        return self._compared[code, name]

    def _contradiction(self, code: str, name: str) -> str:
        if not (found := loosely(name)):
            return ""
        if re.fullmatch(r"(?=.*\d)[a-z0-9]{3,6}|[ej]\d{8}|q[a-z0-9]{2}", found):
            return "a code stands where the name belongs: the headings or the columns may have slipped"
        if not (own := self._of.get(code)) or found in own:
            return ""
        # South East London is like South West London, so the nearest of all names counts, its own among them.
        close = [found] if found in self._whose else difflib.get_close_matches(found, self._whose, 1, 0.9)
        if not close or close[0] in own:
            return ""
        return f"is the name of {' or '.join(sorted(self._whose[close[0]])[:3])}, and beside it stands {code}"


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

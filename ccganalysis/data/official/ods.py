"""Organisation Data Service: `eccg.csv`, the register of commissioners; 27 columns and no heading row."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ... import wording
from ...errors import InputError, nearest
from . import cells
from .opening import csv_rows
from .reading import Faults, Known, Reading

PUBLISHER = "NHS Digital, Organisation Data Service"
PUBLICATION = "Clinical commissioning groups (eccg)"
ADDRESS = "https://files.digital.nhs.uk/assets/ods/current/eccg.zip"

WIDTH = 27
CODE, NAME, REGION, OPEN, CLOSE, SUBTYPE = 0, 1, 2, 10, 11, 13
"""Places of the fields, by the Organisation Data Service's standard layout of 27 columns."""
FIELDS = {
    CODE: "A (organisation code)",
    NAME: "B (name)",
    REGION: "C (national grouping)",
    OPEN: "K (open date)",
    CLOSE: "L (close date)",
    SUBTYPE: "N (organisation sub-type code)",
}
COMMISSIONERS = {"", "C", "RO319"}
HUBS = {"H", "RO218"}
_SUBTYPES = re.compile(r"(C|H|RO\d+(\|RO\d+)*)?\Z")
"""Sub-types: C and H (hub) at first, blank for closed CCGs; later role codes, of which RO319 is a sub-ICB location."""


def recognise(row: list[str]) -> bool:
    """Whether a row is one of the ODS layout: 27 cells, a code, a national grouping and an opening date."""
    return len(row) == WIDTH and row[REGION].startswith("Y") and row[OPEN].isdigit() and len(row[OPEN]) == 8


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:
    """The register of bodies: closing dates the project has not got yet, and bodies it does not know.

    The file has no date of its own; unless one is given it is taken as of its latest opening, or the day after its latest closing,
    of whatever kind of row. Commissioning hubs and reporting entities are not bodies. Where a date differs from the project's, the project's stays and it is said: ODS
    may open a code before the body took office. Raises `DataError` with every fault.
    """
    faults = Faults(path.name)
    official: dict[str, tuple[str, str, datetime.date | None, datetime.date | None, int]] = {}
    hubs, others, days = 0, Counter[str](), []
    for number, row in csv_rows(path):
        if not any(row):
            continue
        if len(row) != WIDTH:
            faults.add(f"has {len(row)} cells, and this layout has {WIDTH}", number)
            continue
        code = cells.code(row[CODE])
        opened, closed = (_date(row[place], place, number, faults) for place in (OPEN, CLOSE))
        # On the day after the last closing, what closed is no longer in force.
        days += [opened] if opened else []
        days += [closed + datetime.timedelta(days=1)] if closed else []
        if not opened:
            faults.add("must not be blank", number, FIELDS[OPEN])
        if not _SUBTYPES.match(row[SUBTYPE]):
            faults.add(
                "must be C (commissioner), H (hub) or role codes such as RO319", number, FIELDS[SUBTYPE], row[SUBTYPE]
            )
        elif not COMMISSIONERS & (roles := set(row[SUBTYPE].split("|"))):
            hubs += bool(HUBS & roles)
            others[row[SUBTYPE]] += not HUBS & roles
        elif wrong := known.every_name.contradict(code, row[NAME]):
            faults.add(wrong, number, FIELDS[NAME], row[NAME])
        elif code in official:
            faults.add("repeats an earlier row's code", number, FIELDS[CODE], code)
        else:
            official[code] = (row[NAME], row[REGION], opened, closed, number)
    faults.stop()
    if not official:
        raise InputError(f"{path.name}: there are no commissioners in it.")
    if date and date < max(days):
        raise InputError(
            f"{path.name}: something opens or closes on {max(days):%d %B %Y}, after --date {date:%d %B %Y}."
        )
    day = date or max(days)
    register = known.table("body_register")
    changes, warnings = _changes(official, register, faults)
    added = changes[~changes["body_code"].isin(register["body_code"])]
    in_force = sum(
        opened is not None and opened <= day and not (closed and closed < day)
        for _, _, opened, closed, _ in official.values()
    )
    expected = {code for code in known.in_force(day) if code in set(register["body_code"])}
    for code in sorted(expected - set(official)):
        faults.add(
            f"the body {code} was in force on {day:%d %B %Y} and is missing",
            remedy="The file may have been cut short: download it again.",
        )
    faults.stop()
    return Reading(
        PUBLISHER,
        PUBLICATION,
        day,
        len(official),
        f"{in_force:,} in force on {day.day} {day:%B %Y}",
        "bodies",
        ADDRESS,
        {"body_register": changes},
        checks=[
            f"{len(official):,} commissioners; {hubs} commissioning hubs left out",
            f"{len(official) - len(changes):,} agree with body_register.csv or are named below",
        ],
        warnings=warnings
        + [
            f"{wording.count(count, 'row')} of another kind ({role}) are no commissioners and were left out"
            for role, count in sorted(others.items())
            if count
        ]
        + _closed_and_missing(official, register, day)
        + [
            f"added: {row.body_code} ({row.body_name}), open from {row.open_date:%d %B %Y}"
            for row in added.itertuples()
        ],
        asks=_strange(added, register, known),
    )


def _closed_and_missing(official: Collection[str], register: pd.DataFrame, day: datetime.date) -> list[str]:
    """Bodies that had closed by then, and are not in the file: one of them may have its code misspelt."""
    known_then = register.loc[register["open_date"] <= pd.Timestamp(day), "body_code"]
    missing = sorted(set(known_then) - set(official))
    return [f"closed by then and not in the file: {wording.listed(missing, 12)}"] if missing else []


def _strange(added: pd.DataFrame, register: pd.DataFrame, known: Known) -> dict[str, str]:
    """What to ask of bodies added: whether a code of no known pattern, or one open before the register's last, is right.

    The register has every body up to the last that it saw opened: an older one that it lacks has its code misspelt.
    """
    last = register["open_date"].max()
    strange = [
        code
        for code, opened in zip(added["body_code"].astype(str), added["open_date"], strict=True)
        if opened <= last or not re.fullmatch(known.body_codes, code)
    ]
    if not strange:
        return {}
    hints = ", ".join(f"{code} (the nearest is {nearest(code, register['body_code'])})" for code in strange[:10])
    return {
        "--accept-new": f"{wording.count(len(strange), 'code')} that no body is known to have had, or of another shape than "
        f"bodies' codes: {hints}"
    }


def _date(text: str, place: int, row: int, faults: Faults) -> datetime.date | None:
    if not text:
        return None
    try:
        return cells.date(text)
    except ValueError as error:
        faults.add(str(error), row, FIELDS[place])
        return None


def _changes(
    official: Mapping[str, tuple[str, str, Any, Any, int]], register: pd.DataFrame, faults: Faults
) -> tuple[pd.DataFrame, list[str]]:
    """Register rows to write: closing dates filled in, bodies added; and what differs without being taken."""
    held = register.set_index("body_code", drop=False)
    regions = register.drop_duplicates("region_code").set_index("region_code")
    rows, warnings = [], []
    for code, (name, region, opened, closed, number) in official.items():
        opened, closed = pd.Timestamp(opened), pd.Timestamp(closed) if closed else pd.NaT
        if code not in held.index:
            if region not in regions.index:
                faults.add(
                    f"{code} ({name}) is not in body_register.csv, and its grouping {region} is not one of the "
                    "seven regions",
                    number,
                    column=FIELDS[REGION],
                    value=region,
                    remedy="Use a file of April 2019 or later.",
                )
                continue
            new = dict.fromkeys(register.columns) | {
                "body_code": code,
                "body_name": name,
                "open_date": opened,
                "close_date": closed,
                "region_code": region,
                "region_gss_code": regions["region_gss_code"][region],
                "region_name": regions["region_name"][region],
                "region_basis": "ODS eccg",
            }
            rows.append(new)
            continue
        row = held.loc[code]
        if row["open_date"] != opened:
            warnings.append(
                f"{code} ({row['body_name']}): ODS opened the code on {opened:%d %B %Y}, the register says "
                f"{row['open_date']:%d %B %Y}; kept"
            )
        if pd.isna(row["close_date"]) and not pd.isna(closed):
            rows.append(row.to_dict() | {"close_date": closed})
        elif not pd.isna(closed) and row["close_date"] != closed:
            warnings.append(
                f"{code} ({row['body_name']}): ODS closed it on {closed:%d %B %Y}, the register says "
                f"{row['close_date']:%d %B %Y}; kept"
            )
    return pd.DataFrame(rows, columns=register.columns), warnings

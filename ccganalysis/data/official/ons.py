"""ONS Open Geography lookups of any year: CCG to STP, LSOA to CCG or ICB to local authority, sub-ICB location to ICB.

Columns are found by name: a kind of area, two digits of the year, and CD (GSS code), CDH (ODS code) or NM (name).
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ... import wording
from ...errors import InputError
from . import cells
from .opening import column_letter, csv_rows, ends_cleanly
from .reading import Faults, Known, Reading

PUBLISHER = "Office for National Statistics"
ADDRESS = "https://geoportal.statistics.gov.uk/"

_NAME = re.compile(r"(CCG|STP|ICB|SICBL|LOC|LSOA|LAD|LTLA)(\d\d)(CD|CDH|NM)\Z")
_KINDS = {"LTLA": "LAD", "LOC": "SICBL"}
"""Kinds of area by other names: sub-ICB locations were LOC in the lookups of July 2022."""
_GSS = re.compile(r"[EJ]\d{8}\Z")
_A_GSS = re.compile(r"[EJ]\d{8}")


def columns_of(heading: list[str]) -> dict[tuple[str, str], int]:
    """The place of each column by (kind of area, CD/CDH/NM); other columns (FID, ObjectId, regions) are left alone."""
    found: dict[tuple[str, str], int] = {}
    for place, name in enumerate(heading):
        if match := _NAME.match(name.strip().upper()):
            found.setdefault((_KINDS.get(match[1], match[1]), match[3]), place)
    return found


def year_of(heading: list[str], area: str, file: str) -> int:
    """The year in the names of an area's columns; `InputError` where there is more than one."""
    named = [match for name in heading if (match := _NAME.match(name.strip().upper()))]
    years = {int(match[2]) for match in named if _KINDS.get(match[1], match[1]) == area}
    if len(years) != 1:
        raise InputError(
            f"{file}: the columns of {area} carry {len(years)} different years: which date it is for cannot be known."
        )
    return 2000 + years.pop()


def recognise(heading: list[str]) -> str | None:
    """Which lookup has this heading row: lsoa, sub-icb, stp, or None."""
    found = columns_of(heading)
    if ("LSOA", "CD") in found and ("LAD", "CD") in found and {("CCG", "CD"), ("ICB", "CD")} & set(found):
        return "lsoa"
    if ("SICBL", "CD") in found and ("ICB", "CD") in found and ("LSOA", "CD") not in found:
        return "sub-icb"
    if ("CCG", "CD") in found and ("STP", "CD") in found and ("LSOA", "CD") not in found:
        return "stp"
    return None


class _Lookup:
    """A lookup's rows by (area, kind of column), checked for width and GSS codes."""

    def __init__(self, path: Path, faults: Faults):
        self.path, self.faults = path, faults
        self._rows = csv_rows(path)
        for _, row in self._rows:
            if layout := recognise(row):
                self.heading, self.layout, self.places = row, layout, columns_of(row)
                break
        counted = Counter(name.strip().upper() for name in self.heading if name.strip())
        for name in (name for name, times in counted.items() if times > 1):
            faults.add(f"the heading has {name} twice: which one counts cannot be known")
        faults.stop()

    def rows(self) -> Iterator[tuple[int, dict[tuple[str, str], str]]]:
        codes = [place for (_, kind), place in self.places.items() if kind == "CD"]
        for number, row in self._rows:
            filled = [cell for cell in row if cell.strip()]
            if not filled or (len(filled) == 1 and len(row) != len(self.heading) and not _A_GSS.search(filled[0])):
                continue  # a footnote: a row of data has a GSS code, even where it is parted by other marks
            if len(row) != len(self.heading):
                self.faults.add(f"has {len(row)} cells where the heading has {len(self.heading)}", number)
                continue
            for place in codes:
                if not _GSS.match(row[place].strip()):
                    self.faults.add("must be a GSS code such as E38000001", number, self.column(place), row[place])
            yield number, {key: row[place].strip() for key, place in self.places.items()}

    def column(self, place: int) -> str:
        return f"{column_letter(place)} ({self.heading[place].strip()})"


def read(path: Path, known: Known, date: datetime.date | None = None) -> Reading:
    """An ONS lookup as rows of `footprints`, `local_authority_overlap` or `sub_icb_locations`.

    What the lookup does not hold (residents, regions) stays as it is, so only dates the project has can be replaced.
    Raises `DataError` with every fault.
    """
    faults = Faults(path.name)
    lookup = _Lookup(path, faults)
    area = "SICBL" if lookup.layout == "sub-icb" else "CCG" if ("CCG", "CD") in lookup.places else "ICB"
    year = year_of(lookup.heading, area, path.name)
    day = date or (datetime.date(year, 7, 1) if (area, year) == ("SICBL", 2022) else datetime.date(year, 4, 1))
    if day.year != year:
        raise InputError(
            f"{path.name}: the columns of {area} are of {year}, and --date says {day:%d %B %Y}. Leave it out."
        )
    reader = {"stp": _read_stp, "lsoa": _read_lsoa, "sub-icb": _read_sub_icb}[lookup.layout]
    reading = reader(lookup, known, day, faults)
    if not ends_cleanly(path):
        reading.warnings.append("the last line has no line end, as if the download had been cut short")
    return reading


def _held(known: Known, name: str, day: datetime.date, file: str) -> pd.DataFrame:
    frame = known.table(name)
    held = frame[frame["as_at"] == pd.Timestamp(day)]
    if held.empty:
        dates = ", ".join(f"{found:%d %B %Y}" for found in sorted(frame["as_at"].unique()))
        raise InputError(
            f"{file}: a lookup of {day.day} {day:%B %Y}. The project has footprints of {dates}; for another date it "
            "would also need residents, practices and boundaries. Nothing was added."
        )
    return held


def _check_codes(found: dict[str, int], held: pd.DataFrame, column: str, day: datetime.date, faults: Faults) -> None:
    """The bodies of the file are those in force on its date: no other, none missing."""
    expected = set(held["body_gss_code"])
    for code in sorted(set(found) - expected):
        faults.add(
            f"no body with this code was in force on {day:%d %B %Y}",
            found[code],
            column,
            code,
            valid=sorted(expected),
        )
    if missing := sorted(expected - set(found)):
        shown = ", ".join(missing[:12]) + (f" and {len(missing) - 12} more" if len(missing) > 12 else "")
        faults.add(
            f"{len(missing)} of the {len(expected)} bodies in force on {day:%d %B %Y} are missing: {shown}",
            remedy="The file may have been cut short: download it again.",
        )


def _read_stp(lookup: _Lookup, known: Known, day: datetime.date, faults: Faults) -> Reading:
    held = _held(known, "footprints", day, lookup.path.name).set_index("body_gss_code", drop=False)
    body_column = lookup.column(lookup.places["CCG", "CD"])
    found: dict[str, int] = {}
    names: dict[str, str] = {}
    rows, differences = [], []
    for number, row in lookup.rows():
        gss, stp, stp_name = row["CCG", "CD"], row["STP", "CD"], row.get(("STP", "NM"), "")
        if gss in found:
            faults.add(f"repeats row {found[gss]}: a body is in one STP", number, body_column, gss)
            continue
        found[gss] = number
        if stp_name and names.setdefault(stp, stp_name) != stp_name:
            faults.add(f"{stp} is called {names[stp]!r} in an earlier row", number, value=stp_name)
        if gss not in held.index:
            continue
        before = held.loc[gss]
        for wrong, key in (
            (known.every_name.contradict(str(before["body_code"]), row.get(("CCG", "NM"), "")), ("CCG", "NM")),
            (known.every_area_name.contradict(stp, stp_name), ("STP", "NM")),
        ):
            if wrong:
                faults.add(wrong, number, lookup.column(lookup.places[key]), row[key])
        now = before.to_dict() | {"area_gss_code": stp}
        for column, key in {
            "body_code": ("CCG", "CDH"),
            "body_name": ("CCG", "NM"),
            "area_code": ("STP", "CDH"),
            "area_name": ("STP", "NM"),
        }.items():
            now[column] = row.get(key) or now[column]
        if now["body_code"] != before["body_code"]:
            faults.add(f"{gss} is the body {before['body_code']} in footprints.csv", number, value=now["body_code"])
        if ("STP", "CDH") not in row and stp != before["area_gss_code"]:
            same = held[held["area_gss_code"] == stp]
            if same.empty:
                faults.add(f"{stp} was not an STP on {day:%d %B %Y}", number, value=stp_name)
            else:
                now["area_code"] = same["area_code"].iloc[0]
        differences += [
            f"{before['body_code']} ({before['body_name']}): {column} is {now[column]!r}, was {before[column]!r}"
            for column in held.columns
            if now[column] != before[column]
        ]
        rows.append(now)
    _check_codes(found, held, body_column, day, faults)
    faults.stop()
    frame = pd.DataFrame(rows, columns=held.columns)
    return Reading(
        PUBLISHER,
        f"Clinical commissioning groups to STPs, April {day.year}, lookup in England",
        day,
        len(frame),
        f"{frame['area_gss_code'].nunique()} STPs",
        "bodies",
        ADDRESS,
        {"footprints": frame},
        checks=[
            f"each of the {len(frame)} bodies is in one STP",
            f"{len(frame)} bodies in force on {day.day} {day:%B %Y}, none missing",
        ],
        warnings=differences,
    )


_IN_FULL = {"CCG": "clinical commissioning groups", "ICB": "integrated care boards"}
SMALL_AREAS_OF = 2011
"""The census whose small areas are counted, on every footprint."""


def _read_lsoa(lookup: _Lookup, known: Known, day: datetime.date, faults: Faults) -> Reading:
    if (census := year_of(lookup.heading, "LSOA", lookup.path.name)) != SMALL_AREAS_OF:
        raise InputError(
            f"{lookup.path.name}: its small areas are those of {census}, and the project counts those of {SMALL_AREAS_OF} on "
            "every footprint, so the two cannot be compared. Nothing was added."
        )
    area = "CCG" if ("CCG", "CD") in lookup.places else "ICB"
    overlap = _held(known, "local_authority_overlap", day, lookup.path.name)
    footprints = _held(known, "footprints", day, lookup.path.name)
    codes = dict(zip(footprints["body_gss_code"], footprints["body_code"], strict=True))
    body_column = lookup.column(lookup.places[area, "CD"])
    lsoas: set[str] = set()
    found: dict[str, int] = {}
    pairs: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for number, row in lookup.rows():
        lsoa, gss, authority = row["LSOA", "CD"], row[area, "CD"], row["LAD", "CD"]
        if lsoa in lsoas:
            faults.add(
                "repeats an earlier row: a small area is in one body",
                number,
                lookup.column(lookup.places["LSOA", "CD"]),
                lsoa,
            )
            continue
        lsoas.add(lsoa)
        found.setdefault(gss, number)
        first.setdefault((gss, authority), number)
        pairs[gss, authority] += 1
        if wrong := known.every_name.contradict(codes.get(gss, ""), row.get((area, "NM"), "")):
            faults.add(wrong, number, lookup.column(lookup.places[area, "NM"]), row[area, "NM"])
    _check_codes(found, footprints, body_column, day, faults)
    faults.stop()
    counts = pd.Series(pairs, name="count").rename_axis(["body_gss_code", "authority_code"]).reset_index()
    # A pair without residents here cannot get any from a lookup.
    joined = overlap.merge(counts, on=["body_gss_code", "authority_code"], how="outer", indicator=True)
    for _, pair in joined[joined["_merge"] != "both"].iterrows():
        body, authority = pair["body_gss_code"], pair["authority_code"]
        where = "the file" if pair["_merge"] == "left_only" else "local_authority_overlap.csv"
        faults.add(
            f"{body} and {authority} share small areas, but not in {where}",
            first.get((body, authority), 0),
            remedy="The residents of each pair are needed too; correct the code or the date.",
        )
    faults.stop()
    if len(lsoas) != (held := int(overlap["lsoa_count"].sum())):
        faults.add(
            f"has {len(lsoas):,} small areas, and England has {held:,}",
            remedy="Rows are missing or of another country: download the file again.",
        )
    faults.stop()
    of_body = joined.groupby("body_gss_code")["count"].transform("sum")
    of_authority = joined.groupby("authority_code")["count"].transform("sum")
    changed = [
        f"{codes[pair['body_gss_code']]} and {pair['authority_code']} {pair['lsoa_count']:,} to {pair['count']:,.0f}"
        for _, pair in joined[joined["count"] != joined["lsoa_count"]].iterrows()
    ]
    rows = joined.assign(
        lsoa_count=joined["count"],
        share_of_body_lsoas=(joined["count"] / of_body).round(6),
        share_of_authority_lsoas=(joined["count"] / of_authority).round(6),
    )[list(overlap.columns)]
    totals = counts.groupby("body_gss_code")["count"].sum()
    bodies = footprints.assign(lsoa_count=footprints["body_gss_code"].map(totals))
    return Reading(
        PUBLISHER,
        f"LSOAs to {_IN_FULL[area]} to local authorities, April {day.year}, lookup in England",
        day,
        len(found),
        f"{len(lsoas):,} small areas (LSOAs)",
        "LSOAs",
        ADDRESS,
        {"local_authority_overlap": rows, "footprints": bodies},
        scope={"local_authority_overlap": ("as_at",), "footprints": ("as_at",)},
        checks=[f"each of the {len(lsoas):,} small areas is in one body and one authority"],
        warnings=[
            f"{wording.count(len(changed), 'pair')} of body and authority with another number of small areas than before: "
            f"{wording.listed(changed, 10)}"
        ]
        if changed
        else [],
    )


def _read_sub_icb(lookup: _Lookup, known: Known, day: datetime.date, faults: Faults) -> Reading:
    """The lookups of July 2022 and April 2024 are stored; one of another year is only compared.

    After ICBs have changed, a location is with the ICB that took over from its own, or with one of those; where an ICB
    was divided, locations may have gone and others come.
    """
    held = known.table("sub_icb_locations").set_index("body_code", drop=False)
    year = {2022: 2022, 2024: 2024}.get(day.year)
    codes = {"sub_icb": f"sub_icb_gss_code_{year}", "icb": f"icb_gss_code_{year}"} if year else {}
    name_column = {2022: "icb_name", 2024: "icb_name_2024"}.get(day.year, "")
    by_gss = {
        gss: code
        for column in ("sub_icb_gss_code_2022", "sub_icb_gss_code_2024", "body_gss_code_2021")
        for gss, code in zip(held[column], held["body_code"], strict=True)
    }
    heirs = {icb: known.heirs(icb, day) for icb in set(held["icb_code"])}
    divided = {icb for icb in heirs if len(heirs[icb]) > 1}
    found: dict[str, int] = {}
    icbs: set[str] = set()
    rows, differences, new = [], [], []
    for number, row in lookup.rows():
        code = cells.code(row.get(("SICBL", "CDH"))) or by_gss.get(row["SICBL", "CD"], row["SICBL", "CD"])
        if code in found:
            faults.add(f"repeats row {found[code]}: a sub-ICB location is in one ICB", number, value=code)
            continue
        found[code] = number
        icb = _icb(row, known)
        if code not in held.index:
            if icb and any(icb in heirs[one] for one in divided):
                new.append(code)
                icbs.add(icb)
            else:
                faults.add("no sub-ICB location has this code", number, value=code, valid=sorted(held.index))
            continue
        before = held.loc[code]
        own = heirs[str(before["icb_code"])]
        icb = icb or min(own)
        name = row.get(("SICBL", "NM"), "")
        for kind, wrong in (
            ("SICBL", _contradict(name, code, known)),
            ("ICB", known.every_name.contradict(icb, row.get(("ICB", "NM"), ""))),
        ):
            if wrong:
                faults.add(wrong, number, lookup.column(lookup.places[kind, "NM"]), row[kind, "NM"])
        icbs.add(icb)
        if icb not in own:
            where = " or ".join(sorted(own))
            faults.add(f"{code} was in the ICB {where} on {day:%d %B %Y}, by sub_icb_locations.csv", number, value=icb)
        elif (owners := known.gss_owners.get(row["ICB", "CD"])) and icb not in owners:
            faults.add(f"is the GSS code of {' or '.join(sorted(owners))}, and beside it stands {icb}", number)
        now = before.to_dict()
        if codes:
            now |= {codes["sub_icb"]: row["SICBL", "CD"], codes["icb"]: row["ICB", "CD"]}
            now[name_column] = row.get(("ICB", "NM")) or now[name_column]
        differences += [
            f"{code}: {column} is {now[column]!r}, was {before[column]!r}"
            for column in held.columns
            if now[column] != before[column]
        ]
        rows.append(now)
    gone = [code for code in sorted(set(held.index) - set(found)) if held.loc[code, "icb_code"] in divided]
    if missing := sorted(set(held.index) - set(found) - set(gone)):
        faults.add(
            f"{len(missing)} of the {len(held)} sub-ICB locations are missing: {', '.join(missing[:12])}",
            remedy="The file may have been cut short: download it again.",
        )
    if missing := sorted(known.commissioners(day) - icbs):
        faults.add(f"ICBs in force on {day:%d %B %Y} without a sub-ICB location: {', '.join(missing[:12])}")
    faults.stop()
    if gone or new:
        differences.append(
            f"of ICBs that were divided, {', '.join(gone) or 'no location'} went and {', '.join(new) or 'none'} came"
        )
    frame = pd.DataFrame(rows, columns=held.columns)
    checks = [f"each of the {len(found)} sub-ICB locations is in one ICB"]
    return Reading(
        PUBLISHER,
        f"Sub-ICB locations to integrated care boards, {day:%B %Y}, lookup in England",
        day,
        len(found),
        f"{len(icbs)} ICBs",
        "sub-ICB locations",
        ADDRESS,
        {"sub_icb_locations": frame},
        checks=checks if codes else [*checks, "compared only: July 2022 and April 2024 are the dates that are stored"],
        warnings=differences,
    )


def _icb(row: dict[tuple[str, str], str], known: Known) -> str:
    """The ICB of a lookup's row, by its ODS code or else its GSS code; blank for one not known."""
    owners = known.gss_owners.get(row["ICB", "CD"], set())
    return cells.code(row.get(("ICB", "CDH"))) or (min(owners) if owners else "")


def _contradict(name: str, code: str, known: Known) -> str:
    """What is wrong with a location's name, which is its ICB's and its own code: `NHS Essex ICB - 06T`."""
    _, mark, own = name.rpartition(" - ")
    if mark and cells.code(own) in known.in_force(datetime.date(2022, 7, 1)):
        return "" if cells.code(own) == code else f"is the name of {cells.code(own)}, and beside it stands {code}"
    return known.every_name.contradict(code, name)

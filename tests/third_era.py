"""A made-up era, added to the project's data by rows alone: five boards in two counties, on three dates.

A square of four boards in the county ZZA, and one beside it that is all of the county ZZB:

    T01 T02 | T05        T01 and T02 merge in 2032 into T06, T03 and T04 in 2033 into T07.
    T03 T04 |
"""

import csv
import hashlib
import json
import shutil
from pathlib import Path

from ccganalysis.data import datapackage
from ccganalysis.data.schemas import OPTIONAL, RAW

DATES = ("2031-04-01", "2032-04-01", "2033-04-01")
SIDE_M = 20_000
PLACES = {"T01": (0, 1), "T02": (1, 1), "T03": (0, 0), "T04": (1, 0), "T05": (2, 1)}
PARTS = {code: (code,) for code in PLACES} | {"T06": ("T01", "T02"), "T07": ("T03", "T04")}
"""The squares of each body."""
IN_FORCE = {DATES[0]: PLACES, DATES[1]: ("T03", "T04", "T05", "T06"), DATES[2]: ("T05", "T06", "T07")}
PEOPLE = {"T01": 100_000, "T02": 200_000, "T03": 150_000, "T04": 250_000, "T05": 300_000}
AGES = [name for name in RAW["resident_population"].columns if name.startswith("residents_age_")]

DECLARED = """
[boards]
begins = 2030-04-01
footprints = [2031-04-01, 2032-04-01, 2033-04-01]
default_footprint = 2031-04-01
default_area = "ZZA"

[boards.words]
body = "board"
bodies = "boards"
area = "county"
areas = "counties"
an_area = "a county"
areas_in_full = "counties"
area_here = "a county here is where boards may merge"
officer = "chair"
an_officer = "a chair"
officers = "chairs"
limit = "limit"
residents_of = "2031"
costs_rising = "pay"
not_measured = "what chairs want"

[boards.codes]
body = "T[0-9]{2}"
area = "ZZ[A-Z]"

[boards.money]
baseline_year = "2031/32"
baseline_footprint = 2031-04-01
target_year = "2033/34"
target = 0.30
asked = "May 2031"
models = []
readings = ["cash"]

[boards.hindsight]
footprint = 2033-04-01

[boards.backtest]
last_choice = 2032-04-01

[boards.published]
bodies = { 2031-04-01 = 5, 2032-04-01 = 4, 2033-04-01 = 3 }
merged = { 2032-04-01 = 2, 2033-04-01 = 2 }
"""


def people(code: str) -> int:
    return sum(PEOPLE[part] for part in PARTS[code])


def score(code: str) -> float:
    """11 to 15 by board; of a merged one the mean by people."""
    return round(sum(PEOPLE[part] * (10 + int(part[1:])) for part in PARTS[code]) / people(code), 3)


def area(code: str) -> str:
    return "ZZB" if code == "T05" else "ZZA"


def name(code: str) -> str:
    return f"{code} Health Board"


def gss(code: str) -> str:
    return f"E990000{code[1:]}"


def add(home: Path) -> None:
    """Copy the project's raw data into `home` and add the era to it: a declaration, rows, and three files of borders."""
    raw = home / "data" / "raw"
    shutil.copytree(datapackage.project_root() / "data" / "raw", raw)
    with (raw / "eras.toml").open("a", encoding="utf-8") as file:
        file.write(DECLARED)
    for table, added in rows().items():
        _append(raw / f"{table}.csv", table, added)
    for day in DATES:
        (raw / f"boundaries_{day[:4]}.geojson").write_text(json.dumps(boundaries(day)), encoding="utf-8")
    descriptor = datapackage.read_descriptor(raw)
    for day in DATES:
        path = raw / f"boundaries_{day[:4]}.geojson"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        alike = next(one for one in descriptor["resources"] if one["path"] == "boundaries_2021.geojson")
        own = {"name": path.stem, "path": path.name, "title": "Squares", "hash": f"sha256:{digest}"}
        descriptor["resources"].append(alike | own)
    datapackage.write_descriptor(raw, descriptor)
    datapackage.accept(raw, ["eras.toml", *(f"{table}.csv" for table in rows())])


def _append(path: Path, table: str, added: list[dict[str, object]]) -> None:
    columns = ({**RAW, **OPTIONAL})[table].columns
    old = path.read_text(encoding="utf-8") if path.is_file() else ",".join(columns) + "\n"
    heading = next(csv.reader([old.partition("\n")[0]]))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(old)
        writer = csv.DictWriter(file, heading, lineterminator="\n", restval="")
        writer.writerows(added)


def rows() -> dict[str, list[dict[str, object]]]:
    """The rows of the era, by table: those that every notebook needs, and no other."""
    each = [(day, code) for day in DATES for code in IN_FORCE[day]]
    opened = {code: "2030-04-01" for code in PLACES} | {"T06": DATES[1], "T07": DATES[2]}
    closed = {"T01": "2032-03-31", "T02": "2032-03-31", "T03": "2033-03-31", "T04": "2033-03-31"}
    merged = [(DATES[1], "T06"), (DATES[2], "T07")]
    lists = [*each, *(("2030-04-01", code) for code in PLACES)]
    region = {"region_code": "Y99", "region_name": "North"}
    here = {"area_gss_code": "E99000099", **region}
    return {
        "body_register": [
            {"body_code": code, "body_name": name(code), "open_date": day, "close_date": closed.get(code, "")}
            | {**region, "region_gss_code": "E40000099", "region_basis": "made up"}
            for code, day in opened.items()
        ],
        "footprints": [
            {"as_at": day, "body_code": code, "body_gss_code": gss(code), "body_name": name(code), "lsoa_count": 10}
            | {"area_code": area(code), "area_name": f"County {area(code)}", **here}
            for day, code in each
        ],
        "mergers": [
            {"effective_date": day, "event": "board merger", "predecessor_code": part, "predecessor_name": name(part)}
            | {"predecessor_gss_code": gss(part), "successor_code": code, "successor_name": name(code)}
            | {"successor_gss_code": gss(code), "predecessor_count": 2}
            for day, code in merged
            for part in PARTS[code]
        ],
        "registered_population": [
            {"body_code": code, "body_gss_code": gss(code), "body_name": name(code), "date": day, "boundary": day}
            | {"registered_population": people(code), "basis": "made up", "source_id": "BSA"}
            for day, code in lists
        ],
        "resident_population": [
            {
                "as_at": day,
                "body_code": code,
                "body_gss_code": gss(code),
                "body_name": name(code),
                "source_id": "LSOA-MYE",
            }
            | {"mid_year": year, "residents": people(code)}
            | {age: people(code) // 10 + 100 * n * (int(code[1:]) - 3) for n, age in enumerate(AGES)}
            for day, code in each
            for year in (int(day[:4]) - 2, int(day[:4]))
        ],
        "practices": [
            {"body_code": code, "date": f"{year}-03-31", "practices": people(code) // 10_000, "basis": "made up"}
            | {"source_id": "PAY"}
            for year, codes in ((2031, PLACES), *((int(day[:4]) + 1, IN_FORCE[day]) for day in DATES))
            for code in codes
        ],
        "deprivation": [
            {"as_at": day, "body_code": code, "body_gss_code": gss(code), "body_name": name(code), "lsoa_count": 10}
            | {"imd_residents": people(code), "imd_average_score": score(code), "imd_average_rank": 1_000}
            | {"share_of_lsoas_most_deprived_tenth": 0.1, "share_of_residents_most_deprived_fifth": 0.2}
            for day, code in each
        ],
        "centroids": [_place(day, code) for day, code in each],
        "adjacency": [
            {"as_at": day, "body_code_a": one, "body_code_b": other, "shared_border_km": 20}
            | {"share_of_a_perimeter": 0.25, "share_of_b_perimeter": 0.25}
            for day in DATES
            for one in IN_FORCE[day]
            for other in IN_FORCE[day]
            if one < other and _touch(one, other)
        ],
        "local_authority_overlap": [
            # T01 and T02 are a borough together, T03 and T04 one each, and T05 a city of its own.
            {"as_at": day, "body_code": code, "body_gss_code": gss(code), "body_name": name(code), "lsoa_count": 10}
            | {"authority_code": authority, "authority_name": authority, "share_of_body_lsoas": 1 / len(parts)}
            | {"share_of_authority_lsoas": share, "residents": sum(PEOPLE[part] for part in parts[authority])}
            | {"share_of_body_residents": sum(PEOPLE[part] for part in parts[authority]) / people(code)}
            | {"share_of_authority_residents": share}
            for day, code in each
            for parts in [_authorities(code)]
            for authority in parts
            for share in [len(parts[authority]) / (2 if authority == "E09000091" else 1)]
        ],
        "upper_tier_authorities": [
            {"authority_code": code, "upper_tier_code": code, "upper_tier_name": f"Borough {code[-1]}"}
            | {"authority_name": code, "basis": "made up"}
            for code in ("E09000091", "E09000093", "E09000094", "E09000095")
        ],
        "allowance_official": [
            {"body_code": code, "financial_year": "2031/32", "allowance_gbp": 20 * people(code), "kind": "published"}
            | {"source": "made up"}
            for code in PLACES
        ],
    }


def _authorities(code: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in PARTS[code]:
        found.setdefault("E09000091" if part in ("T01", "T02") else f"E0900009{part[-1]}", []).append(part)
    return found


def _touch(one: str, other: str) -> bool:
    apart = [(PLACES[a], PLACES[b]) for a in PARTS[one] for b in PARTS[other]]
    return any(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in apart)


def _corner(part: str) -> tuple[int, int]:
    return 400_000 + SIDE_M * PLACES[part][0], 300_000 + SIDE_M * PLACES[part][1]


def _place(day: str, code: str) -> dict[str, object]:
    corners = [_corner(part) for part in PARTS[code]]
    east, north = (sum(c[n] for c in corners) / len(corners) + SIDE_M / 2 for n in (0, 1))
    square = {"easting": east, "northing": north, "inside_easting": east, "inside_northing": north}
    return (
        {"as_at": day, "body_code": code, "body_gss_code": gss(code), "body_name": name(code), **square}
        | {"centroid_easting": east + int(code[1:]), "centroid_northing": north, "longitude": -1.5, "latitude": 52.5}
        | {"area_km2": 400 * len(corners), "perimeter_km": 80, "shared_border_km": 40, "neighbour_count": 2}
        | {"lsoa_count": 10, "residents": people(code)}
    )


def boundaries(day: str) -> dict[str, object]:
    """The outlines of a date as the project keeps them: squares, or two of them in a row."""
    features = []
    for code in IN_FORCE[day]:
        corners = [_corner(part) for part in PARTS[code]]
        west, south = min(c[0] for c in corners), min(c[1] for c in corners)
        east, north = (max(c[n] for c in corners) + SIDE_M for n in (0, 1))
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        told = {"body_code": code, "body_gss_code": gss(code), "body_name": name(code)}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    return {"type": "FeatureCollection", "name": f"boundaries_{day[:4]}", "crs": crs, "features": features}

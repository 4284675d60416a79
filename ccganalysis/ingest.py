"""From `data/raw/` to `data/processed/`: read, check each table and the tables against each other, join, write.

Nothing in `data/processed/` is replaced unless every raw file is the one described, every cell fits its column and
every rule between tables holds.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from . import organisations, wording
from .datapackage import (
    DESCRIPTOR,
    empty,
    project_root,
    read_descriptor,
    read_table,
    read_trusted,
    sha256,
    to_csv,
    verify,
    write_descriptor,
    write_text,
)
from .errors import DataError, Fault, InputError, nearest, unknown
from .schemas import OPTIONAL, PROCESSED, RAW, TABLES, validate

PEOPLE_IN_A_FULL_BODY = 1.0


def load(name: str) -> pd.DataFrame:
    """One table of `data/processed/`, made first if it is missing or older than `data/raw/`.

    Names and columns are those of `schemas.TABLES`. Raises `InputError` for an unknown table and `DataError` where a
    raw file was edited and not accepted, or breaks a rule.
    """
    if name not in TABLES:
        raise InputError(unknown("table", name, TABLES))
    return read_trusted(_up_to_date(project_root()) / f"{name}.csv", TABLES[name])


class Tables(dict):
    """The processed tables by name, each read when first asked for; the raw files are verified once, at the start."""

    def __init__(self) -> None:
        super().__init__()
        self._processed = _up_to_date(project_root())

    def __missing__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise InputError(unknown("table", name, TABLES))
        self[name] = read_trusted(self._processed / f"{name}.csv", TABLES[name])
        return self[name]


def boundaries_path(as_at: pd.Timestamp) -> Path:
    """The GeoJSON file (British National Grid) of the bodies in force on a date."""
    path = project_root() / "data" / "raw" / f"boundaries_{as_at.year}.geojson"
    if not path.is_file():
        held = sorted(found.stem[-4:] for found in path.parent.glob("boundaries_*.geojson"))
        raise InputError(f"There are no boundaries for {as_at:%d %B %Y}; there are for 1 April {', '.join(held)}.")
    return path


def _up_to_date(root: Path) -> Path:
    processed = root / "data" / "processed"
    if faults := verify(root / "data" / "raw"):
        raise DataError(faults)
    if not (processed / DESCRIPTOR).is_file() or read_descriptor(processed).get("made_from") != _made_from(root):
        run(root)
    return processed


def _made_from(root: Path) -> str:
    """A fingerprint of what `data/processed/` depends on: the raw files and the code that reads them."""
    digest = hashlib.sha256((root / "data" / "raw" / DESCRIPTOR).read_bytes())
    for module in ("columns", "schemas", "datapackage", "organisations", "ingest"):
        digest.update((Path(__file__).parent / f"{module}.py").read_bytes())
    return digest.hexdigest()


def run(root: Path | None = None) -> pd.DataFrame:
    """Make `data/processed/` from `data/raw/`; returns the table of checks.

    Raises `DataError` with every fault found, before anything in `data/processed/` is touched.
    """
    root = root or project_root()
    raw, processed = root / "data" / "raw", root / "data" / "processed"
    tables = read_raw(raw)
    tables |= join(tables)
    if faults := cross_check(tables):
        raise DataError(faults)
    tables["quality"] = quality(tables)
    failed = tables["quality"].query("passed == 'no'")
    if len(failed):
        raise DataError(
            [
                Fault(row.source, f"{row.check}: expected {row.expected}, found {row.found}")
                for row in failed.itertuples()
            ]
        )
    resources = []
    for name, frame in tables.items():
        write_text(processed / f"{name}.csv", to_csv(frame))
        resources.append(
            {
                "name": name.replace("_", "-"),
                "path": f"{name}.csv",
                "title": TABLES[name].title,
                "hash": f"sha256:{sha256(processed / f'{name}.csv')}",
                "schema": {"fields": TABLES[name].fields(), "primaryKey": list(TABLES[name].key)},
            }
        )
    # The description goes last: a run cut short leaves an old one, so the next load makes everything anew.
    write_descriptor(processed, {"name": "ccganalysis-processed", "made_from": _made_from(root), "resources": resources})
    return tables["quality"]


def read_raw(raw: Path) -> dict[str, pd.DataFrame]:
    """Every table of `data/raw/`, typed and checked; raises `DataError` with all faults of all files at once.

    Optional tables that nobody has added are empty.
    """
    faults = verify(raw)
    described = {resource["path"] for resource in read_descriptor(raw)["resources"]}
    tables = {}
    for name, table in {**RAW, **OPTIONAL}.items():
        if name in OPTIONAL and f"{name}.csv" not in described:
            tables[name] = empty(table)
            continue
        try:
            tables[name] = read_table(raw / f"{name}.csv", table)
            faults += validate(tables[name], table, f"{name}.csv")
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    return tables


def join(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables made by joining raw ones: `bodies`, `successors`, `links`, `authorities`."""
    return {
        "bodies": bodies(tables),
        "successors": organisations.successors(
            tables["body_register"],
            tables["mergers"],
            tables["boundary_changes"],
            tables["local_authority_overlap"],
            tables["footprints"],
        ),
        "links": links(tables["adjacency"], tables["water_pairs"]),
        "authorities": authorities(tables["local_authority_overlap"], tables["upper_tier_authorities"]),
    }


def bodies(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per footprint date and body: ICS, region, people, practices, deprivation and place.

    Residents and ages are of the mid-year nearest to the date that has age bands (mid-2017, 2019 or 2020); practices
    are those with patients at the end of the financial year that begins on the date, from NHS Payments.
    """
    key = ["as_at", "body_code"]
    frame = tables["footprints"].drop(columns="lsoa_count")

    registered = tables["registered_population"].rename(columns={"date": "as_at"})
    registered["registered_population_kind"] = registered["basis"].where(
        registered["basis"].str.contains("estimate"), "published"
    ).where(lambda basis: basis == "published", "modelled")
    frame = frame.merge(registered[[*key, "registered_population", "registered_population_kind"]], on=key, how="left")

    ages = tables["resident_population"].dropna(subset="residents_age_0_4")
    midyear = pd.to_datetime(ages["mid_year"].astype(str) + "-06-30")
    nearest = (midyear - ages["as_at"]).abs().groupby([ages["as_at"], ages["body_code"]]).idxmin()
    ages = ages.loc[nearest]
    older = ages[["residents_age_65_74", "residents_age_75_84", "residents_age_85_plus"]].sum(axis=1)
    ages = ages.assign(aged_65_plus_share=(older / ages["residents"]).astype("float64"))
    frame = frame.merge(ages[[*key, "residents", "mid_year", "aged_65_plus_share"]], on=key, how="left")

    practices = tables["practices"].query("source_id == 'PAY'")
    practices = practices.assign(as_at=practices["date"] - pd.DateOffset(years=1) + pd.DateOffset(days=1))
    frame = frame.merge(practices[[*key, "practices"]], on=key, how="left")
    frame = frame.merge(tables["deprivation"][[*key, "imd_average_score"]], on=key, how="left")
    place = ["area_km2", "easting", "northing", "centroid_easting", "centroid_northing"]
    frame = frame.merge(tables["centroids"].query("body_type == 'CCG'")[[*key, *place]], on=key, how="left")
    frame["list_size"] = frame["registered_population"] / frame["practices"]
    frame["density_per_km2"] = frame["residents"] / frame["area_km2"]
    return frame[list(PROCESSED["bodies"].columns)].sort_values(key, ignore_index=True)


def links(adjacency: pd.DataFrame, water_pairs: pd.DataFrame) -> pd.DataFrame:
    """Every pair of neighbouring bodies once: `rook` where they share a land border, `water` where only water parts them."""
    key = ["as_at", "body_code_a", "body_code_b"]
    rook = adjacency.query("body_type == 'CCG'").assign(link="rook", min_gap_km=float("nan"), note=None)
    water = water_pairs.merge(rook[key], on=key, how="left", indicator=True).query("_merge == 'left_only'")
    both = pd.concat([rook, water.assign(link="water")])[list(PROCESSED["links"].columns)]
    return both.astype({"note": "str"}).sort_values(key, ignore_index=True)


def authorities(overlap: pd.DataFrame, upper_tier: pd.DataFrame) -> pd.DataFrame:
    """Mid-2019 residents of each body by lower-tier authority, with the upper tier each belongs to."""
    frame = overlap.drop(columns="authority_name").merge(upper_tier, on="authority_code", how="left")
    return frame[list(PROCESSED["authorities"].columns)].sort_values(
        ["as_at", "body_code", "authority_code"], ignore_index=True
    )


def cross_check(tables: dict[str, pd.DataFrame]) -> list[Fault]:
    """Rules between tables, with the file, row and column that break them: codes known on their date, no body
    without people or place, shares that sum to 1."""
    faults: list[Fault] = []
    footprints = tables["footprints"]
    known = set(zip(footprints["as_at"], footprints["body_code"], strict=True))
    dates = set(footprints["as_at"])
    for name, columns in {
        "local_authority_overlap": ["body_code"],
        "resident_population": ["body_code"],
        "deprivation": ["body_code"],
        "water_pairs": ["body_code_a", "body_code_b"],
        "adjacency": ["body_code_a", "body_code_b"],
    }.items():
        frame = tables[name]
        for column in columns:
            for index, as_at, code in zip(frame.index, frame["as_at"], frame[column], strict=True):
                if as_at in dates and (as_at, code) not in known:
                    rule = f"no body with this code was in force on {as_at:%d %B %Y}"
                    faults.append(Fault(f"{name}.csv", rule, index + 2, column, code,
                                        "Correct the code or the date; footprints.csv lists the bodies."))
    registered_codes = set(tables["body_register"]["body_code"])
    unregistered = footprints[~footprints["body_code"].isin(registered_codes)]
    faults += [Fault("footprints.csv", "body_register.csv has no such body", index + 2, "body_code", code)
               for index, code in unregistered["body_code"].items()]
    for name, columns in {"water_links": ["body_code_a", "body_code_b"]}.items():
        for column in columns:
            strange = tables[name][~tables[name][column].isin(registered_codes)]
            faults += [Fault(f"{name}.csv", "no body ever had this code", index + 2, column, code,
                             f"The nearest is {nearest(code, registered_codes)}.")
                       for index, code in strange[column].items()]
    levers = tables["levers"]
    disordered = levers[(levers["low"] > levers["central"]) | (levers["central"] > levers["high"])]
    faults += [Fault("levers.csv", "low, central and high must not fall", row.Index + 2, "central",
                     f"{row.low:g}, {row.central:g}, {row.high:g}", "Put the three values in rising order.")
               for row in disordered.itertuples()]
    joined = tables["bodies"]
    for column in joined.columns[joined.isna().any()]:
        for row in joined[joined[column].isna()].itertuples():
            rule = f"no {column} for {row.body_code} ({row.body_name}) on {row.as_at:%d %B %Y}"
            faults.append(Fault(ORIGIN.get(column, "footprints.csv"), rule))
    overlap = tables["local_authority_overlap"]
    shares = overlap.groupby(["as_at", "body_code"])["share_of_body_residents"].sum()
    for (as_at, code), total in shares[(shares - PEOPLE_IN_A_FULL_BODY).abs() > 0.001].items():
        rows = overlap.index[(overlap["as_at"] == as_at) & (overlap["body_code"] == code)] + 2
        faults.append(
            Fault("local_authority_overlap.csv", f"the shares of {code} on {as_at:%d %B %Y} sum to {total:.4f}, not 1"
                  f" (rows {', '.join(map(str, rows))})", column="share_of_body_residents")
        )
    return faults


ORIGIN = {
    "registered_population": "registered_population.csv",
    "residents": "resident_population.csv",
    "practices": "practices.csv",
    "imd_average_score": "deprivation.csv",
    "area_km2": "centroids.csv",
}

PUBLISHED_BODY_COUNTS = {2017: 207, 2018: 195, 2019: 191, 2020: 135, 2021: 106}
PUBLISHED_MERGED = {2015: 3, 2017: 3, 2018: 18, 2019: 6, 2020: 74, 2021: 38}
PUBLISHED_ALLOWANCE_2013_14_GBP = 1_345_200_000
REGISTERED_APRIL_2018 = 59_037_140


def quality(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The checks of published totals and of consistency, one row each: expected, found, passed, source."""
    rows: list[tuple[str, str, str, bool, str]] = []

    def check(name: str, expected: object, found: object, source: str, passed: bool | None = None) -> None:
        shown = [f"{value:,}" if isinstance(value, int) else str(value) for value in (expected, found)]
        rows.append((name, *shown, expected == found if passed is None else passed, source))

    everyone = tables["bodies"]
    for year, count in PUBLISHED_BODY_COUNTS.items():
        check(f"Bodies in force on 1 April {year}", count, int((everyone["as_at"].dt.year == year).sum()),
              "footprints.csv")
    for year, count in PUBLISHED_MERGED.items():
        merged = tables["mergers"].query("event == 'CCG merger' and effective_date.dt.year == @year")
        check(f"Bodies that went into mergers on 1 April {year}", count, len(merged), "mergers.csv")
    in_2018 = everyone[everyone["as_at"].dt.year == 2018]
    check("ICS footprints in April 2018", 42, in_2018["ics_code"].nunique(), "footprints.csv")
    people = int(in_2018["registered_population"].sum())
    lists = tables["registered_population"]
    lists = lists[lists["date"] == "2018-04-01"]
    # An official file added for that date counts practices a little differently from the monthly extract held.
    room = 0.005 * REGISTERED_APRIL_2018 if lists["source_id"].str.startswith("NHSD-").all() else 0
    check("Registered people, April 2018", REGISTERED_APRIL_2018, people, "registered_population.csv",
          abs(people - REGISTERED_APRIL_2018) <= room)
    allowance = tables["allowance_2013_14"]
    total = float(allowance["allowance_gbp"].sum())
    check("Allowances of 2013/14, sum of 211 bodies", "£1,345.2 million", f"£{total / 1e6:,.1f} million",
          "allowance_2013_14.csv", abs(total - PUBLISHED_ALLOWANCE_2013_14_GBP) < 50_000)
    # The publisher rounds to £10,000, so each allowance is within £5,000 of £25.00 a head.
    at_rate = (allowance["allowance_gbp"] - 25 * allowance["adjusted_population"]).abs() <= 5_000.5
    check("Bodies at £25.00 per ONS-adjusted head in 2013/14, to rounding", len(allowance), int(at_rate.sum()),
          "allowance_2013_14.csv")
    independent = tables["gp_payments"].query("financial_year == '2018/19'").set_index("body_code")
    ratio = independent["registered_population"] / in_2018.set_index("body_code")["registered_population"]
    far = int(((ratio - 1).abs() > 0.05).sum())
    check("Bodies whose list is within 5% of NHS Payments 2018/19", "at least 190 of 195", f"{len(ratio) - far} of 195",
          "gp_payments.csv", far <= 5)
    shares = tables["successors"].groupby(["from_date", "body_code", "as_at"])["share_of_people_to_successor"].sum()
    check("Bodies whose successors' shares do not sum to 1", 0, int(((shares - 1).abs() > 1e-9).sum()),
          "body_register.csv")
    for year in PUBLISHED_BODY_COUNTS:
        area = everyone.loc[everyone["as_at"].dt.year == year, "area_km2"].sum()
        check(f"Area of England on the footprint of {year}, km²", "129,800 to 131,100", f"{area:,.0f}",
              "centroids.csv", 129_800 <= area <= 131_100)
    frame = pd.DataFrame(rows, columns=["check", "expected", "found", "passed", "source"])
    return frame.assign(passed=frame["passed"].map({True: "yes", False: "no"}))


def quality_finding(checks: pd.DataFrame, bodies: pd.DataFrame, as_at: str) -> str:
    """What ingest found, in one paragraph: checks passed, and the people and estimates of one footprint."""
    passed = int((checks["passed"] == "yes").sum())
    estimated = int((bodies["registered_population_kind"] != "published").sum())
    return (
        f"{passed} of {len(checks)} checks pass. On {wording.date(as_at)} there were {len(bodies)} bodies in "
        f"{bodies['ics_code'].nunique()} ICS footprints with {bodies['registered_population'].sum():,} registered "
        f"people; the lists of {wording.count(estimated, 'body', 'bodies')} are estimates, the others are published."
    )

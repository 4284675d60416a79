"""From `data/raw/` to `data/processed/`: read, check each table and the tables against each other, join, write.

Nothing in `data/processed/` is replaced unless every raw file is the one described, every cell fits its column and
every rule between tables holds.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..errors import DataError, Fault, InputError, unknown
from . import checks, datapackage, eras, organisations, staging
from .datapackage import (
    DESCRIPTOR,
    empty,
    noted,
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
from .schemas import OPTIONAL, PROCESSED, RAW, TABLES, validate
from .tables import Day


def load(name: str) -> pd.DataFrame:
    """One table of `data/processed/`, made first if it is missing or older than `data/raw/`.

    Names and columns are those of `schemas.TABLES`. Raises `InputError` for an unknown table and `DataError` where a
    raw file was edited and not accepted, or breaks a rule.
    """
    if name not in TABLES:
        raise InputError(unknown("table", name, TABLES))
    return read_trusted(noted(up_to_date(project_root()) / f"{name}.csv"), TABLES[name])


class Tables(dict[str, pd.DataFrame]):
    """The processed tables by name, each read when first asked for; the raw files are verified once, at the start.

    Of a table by footprint (`as_at`) or by `era` they hold the rows of one era.
    """

    def __init__(self, era: eras.Era) -> None:
        super().__init__()
        self._processed = up_to_date(project_root())
        self._dates, self._name = era.dates, era.name

    def __missing__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise InputError(unknown("table", name, TABLES))
        table = read_trusted(noted(self._processed / f"{name}.csv"), TABLES[name])
        if "as_at" in table:
            table = table[table["as_at"].isin(self._dates)].reset_index(drop=True)
        if "era" in table:
            table = table[table["era"] == self._name].reset_index(drop=True)
        self[name] = table
        return table


def all_eras() -> tuple[eras.Era, ...]:
    """The eras declared in `data/raw/eras.toml`, in its order."""
    return eras.read(noted(project_root() / "data" / "raw" / eras.FILE))


def era(as_at: Day) -> eras.Era:
    """The era of a footprint; raises `InputError` listing the dates held."""
    return eras.era_of(all_eras(), as_at)


def era_on(day: Day) -> eras.Era:
    """The era whose bodies were in force on a day: that of the last footprint before it; raises `InputError` before the first."""
    held = [date for one in all_eras() for date in one.dates]
    before = [date for date in held if date <= pd.Timestamp(day)]
    return era(max(before, default=pd.Timestamp(day)))


def boundary_dates() -> list[pd.Timestamp]:
    """The 1 Aprils of which boundaries are held, the first first."""
    found = (project_root() / "data" / "raw").glob("boundaries_*.geojson")
    return sorted(pd.Timestamp(f"{path.stem.removeprefix('boundaries_')}-04-01") for path in found)


def boundaries_path(as_at: pd.Timestamp) -> Path:
    """The GeoJSON file (British National Grid) of the bodies in force on a date."""
    path = project_root() / "data" / "raw" / f"boundaries_{as_at.year}.geojson"
    if not path.is_file():
        held = [str(day.year) for day in boundary_dates()]
        raise InputError(f"There are no boundaries for {as_at:%d %B %Y}; there are for 1 April {', '.join(held)}.")
    return noted(path)


def hexes(era: eras.Era) -> tuple[pd.Timestamp, dict[str, dict[str, int]]] | None:
    """A layout of equal hexagons, one for each body of a footprint of an era (`q`, `r` by code), and that footprint's date.

    The last that is held by the era's default footprint, or the first after it; None where there is none for the era.
    """
    folder = project_root() / "data" / "raw"
    held = {date: path for date in era.dates if (path := folder / f"hexes_{date.year}.hexjson").is_file()}
    if not held:
        return None
    default = pd.Timestamp(era.default_footprint)
    date = max((date for date in held if date <= default), default=min(held))
    layout: dict[str, dict[str, int]] = json.loads(noted(held[date]).read_text(encoding="utf-8"))["hexes"]
    return date, layout


def up_to_date(root: Path) -> Path:
    """The folder `data/processed/` of a project, made first where it is not whole, or not what `data/raw/` and the code
    that reads it give.
    """
    processed = root / "data" / "processed"
    staging.clear_dead(root / "data")
    if faults := verify(root / "data" / "raw"):
        raise DataError(faults)
    if not _as_made(processed, _made_from(root)):
        run(root)
    return processed


def _as_made(processed: Path, made_from: str) -> bool:
    """Whether every derived file is there as it was written, from just this."""
    try:
        described = read_descriptor(processed)
    except InputError:
        return False
    return described.get("made_from") == made_from and not verify(processed, described)


def _made_from(root: Path) -> str:
    """A fingerprint of what `data/processed/` depends on: the raw files and the code that reads them."""
    digest = hashlib.sha256((root / "data" / "raw" / DESCRIPTOR).read_bytes())
    for module in (
        "measures",
        "columns",
        "schemas",
        "datapackage",
        "eras",
        "organisations",
        "compared",
        "checks",
        "ingest",
    ):
        digest.update((Path(__file__).parent / f"{module}.py").read_bytes())
    return digest.hexdigest()


def run(root: Path | None = None) -> pd.DataFrame:
    """Make `data/processed/` from `data/raw/`; returns the table of checks.

    Raises `DataError` with every fault found, before anything in `data/processed/` is touched.
    """
    root = root or project_root()
    raw, processed = root / "data" / "raw", root / "data" / "processed"
    tables = checked(raw)
    if failed := failures(tables["quality"]):
        raise DataError(failed)
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
    write_descriptor(
        processed, {"name": "ccganalysis-processed", "made_from": _made_from(root), "resources": resources}
    )
    return tables["quality"]


def checked(raw: Path) -> dict[str, pd.DataFrame]:
    """Every table of `data/processed/`, made from a folder of raw files, `quality` among them; nothing is written.

    Raises `DataError` with every cell, and then every rule between tables, that does not hold; what `quality` finds
    is the caller's to judge.
    """
    tables, declared = read_raw(raw), eras.read(noted(raw / eras.FILE))
    if faults := checks.of_their_era(tables, declared):
        raise DataError(faults)
    tables |= join(tables, declared)
    if faults := checks.cross_check(tables):
        raise DataError(faults)
    return {**tables, "quality": checks.quality(tables, declared)}


def accept(raw: Path, names: Sequence[str]) -> list[str]:
    """Record the checksums of raw files edited on purpose, once the whole is checked with them; returns what to say.

    Raises `InputError` with all that would fail, and then nothing is recorded. Figures to look at are said and accepted.
    """
    edited = [fault.file for fault in verify(raw) if (raw / fault.file).is_file()]
    with staging.beside(raw, staging.ACCEPTING) as stage:
        for path in raw.iterdir():
            if path.is_file():
                link(path, stage / path.name)
        try:
            datapackage.accept(stage, names)
            # Edits that are accepted one after the other are judged together, as they stand.
            datapackage.accept(stage, edited)
            quality = checked(stage)["quality"]
            if faults := failures(quality):
                raise DataError(faults)
        except DataError as error:
            raise InputError(f"Nothing was accepted, for with it `ccganalysis check` would fail:\n{error}") from None
    look = quality[quality["passed"] == checks.LOOK]
    return [*datapackage.accept(raw, names), *(f"look at: {row.check}: {row.found}" for row in look.itertuples())]


def link(source: Path, target: Path) -> None:
    """A file under another name, without copying it where the system lets us."""
    try:
        target.symlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)


def failures(quality: pd.DataFrame) -> list[Fault]:
    """What did not pass of the table `quality`, as faults."""
    failed = quality[quality["passed"] == "no"]
    return [
        Fault(str(row.source), f"{row.check}: expected {row.expected}, found {row.found}")
        for row in failed.itertuples()
    ]


def read_raw(raw: Path) -> dict[str, pd.DataFrame]:
    """Every table of `data/raw/`, typed and checked; raises `DataError` with all faults of all files at once.

    Optional tables that nobody has added are empty.
    """
    faults = verify(raw)
    described = {resource["path"] for resource in read_descriptor(raw)["resources"]}
    for path in described:
        noted(raw / path)
        if Path(path).suffix in (".geojson", ".hexjson"):
            faults += _readable(raw / path)
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


def _readable(path: Path) -> list[Fault]:
    """Outlines and layouts of hexagons are whole JSON with something of each body in it."""
    if not path.is_file():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["hexes"] if path.suffix == ".hexjson" else content["features"]
        outlines = [] if path.suffix == ".hexjson" else found
        if found and all(one["properties"]["body_code"] and one["geometry"]["coordinates"] for one in outlines):
            return []
    except (ValueError, KeyError, TypeError):
        pass
    return [
        Fault(path.name, "cannot be read: damaged or cut short", remedy="Restore it (git checkout) or add it again.")
    ]


def join(tables: dict[str, pd.DataFrame], declared: tuple[eras.Era, ...]) -> dict[str, pd.DataFrame]:
    """The tables made by joining raw ones: `bodies`, `successors`, `links`, `authorities`, `allowance_official`."""
    changes = (tables[name] for name in ("body_register", "mergers", "boundary_changes", "local_authority_overlap"))
    register, mergers, moves, overlap = changes
    by_era = [
        organisations.successors(
            register[register["body_code"].str.fullmatch(era.codes.body)],
            mergers,
            moves,
            overlap,
            era.begins,
            era.dates,
        )
        for era in declared
    ]
    successors = pd.concat(by_era, ignore_index=True)
    return {
        "bodies": bodies(tables, successors, declared),
        "successors": successors,
        "links": links(tables["adjacency"], tables["water_pairs"], tables["footprints"]),
        "authorities": authorities(tables["local_authority_overlap"], tables["upper_tier_authorities"]),
        "allowance_official": allowances(tables["allowance_official"], tables["icb_allowance"]),
    }


def bodies(tables: dict[str, pd.DataFrame], successors: pd.DataFrame, declared: tuple[eras.Era, ...]) -> pd.DataFrame:
    """One row per footprint date and body: area, region, people, practices, deprivation and place.

    Residents and ages are of the mid-year nearest to the date that has age bands (mid-2017, 2019 or 2020); practices
    are those with patients at the end of the financial year that begins on the date, from NHS Payments. People and practices
    that an era counted on another day (`eras.Counted`) are carried to the footprint: modelled where a body was divided.
    """
    key = ["as_at", "body_code"]
    frame = tables["footprints"].drop(columns="lsoa_count")

    of_icbs = tables["icb_registered_population"].rename(columns={"icb_code": "body_code"})
    registered = pd.concat([tables["registered_population"], of_icbs], ignore_index=True)
    estimate = registered["basis"].str.contains("estimate").fillna(False).astype(bool)
    registered["registered_population_kind"] = estimate.map({True: "modelled", False: "published"})
    registered = registered.assign(as_at=registered["date"]).rename(columns={"date": "registered_on"})
    for era in declared:
        for date, day in era.counted.lists.items():
            carried = _carried(registered, "registered_population", successors, era, day, date)
            kinds = carried.pop("divided").map({True: "modelled", False: "published"})
            kept = registered[registered["as_at"] != pd.Timestamp(date)]
            registered = pd.concat(
                [kept, carried.assign(registered_population_kind=kinds, registered_on=pd.Timestamp(day))],
                ignore_index=True,
            )
    lists = ["registered_population", "registered_on", "registered_population_kind"]
    frame = frame.merge(registered[[*key, *lists]], on=key, how="left")

    ages = tables["resident_population"].dropna(subset="residents_age_0_4")
    midyear = pd.to_datetime(ages["mid_year"].astype(str) + "-06-30")
    nearest = (midyear - ages["as_at"]).abs().groupby([ages["as_at"], ages["body_code"]]).idxmin()
    ages = ages.loc[nearest]
    older = ages[["residents_age_65_74", "residents_age_75_84", "residents_age_85_plus"]].sum(axis=1)
    ages = ages.assign(aged_65_plus_share=(older / ages["residents"]).astype("float64"))
    frame = frame.merge(ages[[*key, "residents", "mid_year", "aged_65_plus_share"]], on=key, how="left")

    practices = tables["practices"].query("source_id == 'PAY'")
    practices = practices.assign(as_at=practices["date"] - pd.DateOffset(years=1) + pd.DateOffset(days=1))
    for era in declared:
        for date, day in era.counted.practices.items():
            counted = tables["practices"].query("source_id == 'PAY'").rename(columns={"date": "as_at"})
            carried = _carried(counted, "practices", successors, era, day, date)
            practices = pd.concat([practices[practices["as_at"] != pd.Timestamp(date)], carried], ignore_index=True)
    frame = frame.merge(practices[[*key, "practices"]], on=key, how="left")
    frame = frame.merge(tables["deprivation"][[*key, "imd_average_score"]], on=key, how="left")
    place = ["area_km2", "easting", "northing", "centroid_easting", "centroid_northing"]
    frame = frame.merge(tables["centroids"][[*key, *place]], on=key, how="left")
    frame["list_size"] = frame["registered_population"] / frame["practices"]
    frame["density_per_km2"] = frame["residents"] / frame["area_km2"]
    return frame[list(PROCESSED["bodies"].columns)].sort_values(key, ignore_index=True)


def _carried(
    counted: pd.DataFrame, amount: str, successors: pd.DataFrame, era: eras.Era, day: Day, as_at: Day
) -> pd.DataFrame:
    """What was counted on a day, on the bodies of a footprint: `as_at`, `body_code`, the amount, `divided` (a part of a body is in it)."""
    start = max(date for date in (era.first_date, *era.dates) if date <= pd.Timestamp(day))
    moves = organisations.followed(successors, start, as_at)
    held = counted[(counted["as_at"] == pd.Timestamp(day)) & counted["body_code"].isin(moves["body_code"])]
    amounts = organisations.to_footprint(held, successors, start, as_at, [amount])[amount]
    divided = moves["share_of_people_to_successor"].lt(1).groupby(moves["successor_code"]).any()
    frame = organisations.whole(amounts).rename_axis("body_code").reset_index()
    return frame.assign(as_at=pd.Timestamp(as_at), divided=frame["body_code"].map(divided))


def allowances(official: pd.DataFrame, of_icbs: pd.DataFrame) -> pd.DataFrame:
    """The published allowances: those in `allowance_official`, and those of ICBs for bodies and years that it has not."""
    columns = {year: f"allowance_{year.replace('/', '_')}_gbp" for year in ("2023/24", "2024/25", "2025/26")}
    parts = [
        of_icbs[["icb_code", column]].set_axis(["body_code", "allowance_gbp"], axis=1).assign(financial_year=year)
        for year, column in columns.items()
    ]
    held = pd.concat(parts).assign(kind="published", source="NHS England, ICB allocations (icb_allowance.csv)")
    both = pd.concat([official, held[list(official.columns)]], ignore_index=True)
    return both.drop_duplicates(["body_code", "financial_year"], ignore_index=True)


def links(adjacency: pd.DataFrame, water_pairs: pd.DataFrame, footprints: pd.DataFrame) -> pd.DataFrame:
    """Every pair of neighbours of a footprint once: `rook` where they share a land border, `water` where water parts them."""
    key = ["as_at", "body_code_a", "body_code_b"]
    held = adjacency[adjacency["as_at"].isin(footprints["as_at"])]
    rook = held.assign(link="rook", min_gap_km=float("nan"), note=None)
    water = water_pairs.merge(rook[key], on=key, how="left", indicator=True).query("_merge == 'left_only'")
    water = water[water["as_at"].isin(footprints["as_at"])]
    both = pd.concat([rook, water.assign(link="water")])[list(PROCESSED["links"].columns)]
    return both.astype({"note": "str"}).sort_values(key, ignore_index=True)


def authorities(overlap: pd.DataFrame, upper_tier: pd.DataFrame) -> pd.DataFrame:
    """Mid-2019 residents of each body by lower-tier authority, with the upper tier each belongs to."""
    frame = overlap.drop(columns="authority_name").merge(upper_tier, on="authority_code", how="left")
    return frame[list(PROCESSED["authorities"].columns)].sort_values(
        ["as_at", "body_code", "authority_code"], ignore_index=True
    )

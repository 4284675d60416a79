"""Data files and their description: verified by checksum, read with declared types, written aside and renamed.

`data/raw/datapackage.json` is a Frictionless Data Package (https://datapackage.org): for every file its publisher,
title, licence, date, source, checksum, and the fields of its table. Nothing here changes a raw file.
"""

from __future__ import annotations

import csv
import datetime
import functools
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ..errors import DataError, Fault, InputError, row_number, unknown
from .columns import COLUMNS
from .schemas import OPTIONAL, TABLES, Table, validate

DESCRIPTOR = "datapackage.json"


def project_root() -> Path:
    """The folder that holds `data/` and `notebooks/`, whatever the working directory.

    Set `CCGANALYSIS_HOME` to use another copy of the data; otherwise the nearest folder upwards from the working
    directory with a `data/raw/datapackage.json`, then the folder the package was installed from.
    """
    if home := os.environ.get("CCGANALYSIS_HOME"):
        return Path(home)
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "data" / "raw" / DESCRIPTOR).is_file():
            return folder
    raise InputError(
        "No data/raw/datapackage.json in this folder or above it. Run from the project's folder, "
        "or set CCGANALYSIS_HOME to it."
    )


def noted(path: Path) -> Path:
    """A data file that is about to be read, its path noted for whoever asks what a report was made from.

    A run names, in `CCGANALYSIS_READS`, a file to which the path within `data/` is added.
    """
    if notes := os.environ.get("CCGANALYSIS_READS"):
        with open(notes, "a", encoding="utf-8") as file:
            file.write(f"{path.parent.name}/{path.name}\n")
    return path


Result = TypeVar("Result")

SETTLED_SECONDS = 2
"""A file changed less long ago is read again: it may change once more within the same tick of the system's clock."""


def once(read: Callable[..., Result], path: Path, *how: Any) -> Result:
    """What `read(path, *how)` gives, read again only where the file is another than the last time this process looked."""
    looked = path.stat()
    if time.time_ns() - looked.st_mtime_ns < SETTLED_SECONDS * 1_000_000_000:
        return read(path, *how)
    result: Result = _once(read, path, (looked.st_ino, looked.st_size, looked.st_mtime_ns), *how)
    return result


@functools.lru_cache(maxsize=512)
def _once(read: Callable[..., Result], path: Path, looked: object, *how: Any) -> Result:  # noqa: ARG001  (part of the key)
    return read(path, *how)


def sha256(path: Path) -> str:
    """The checksum of a file's bytes, as hexadecimal text."""
    return once(_sha256, path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: aside first, then renamed over the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read_descriptor(folder: Path) -> dict[str, Any]:
    """The data package's description of a folder; the error says where it was looked for."""
    path = folder / DESCRIPTOR
    try:
        descriptor: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: it describes the data files beside it.") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from None
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list) or not all(
        isinstance(one, dict) and isinstance(one.get("path"), str) and "hash" in one for one in resources
    ):
        raise InputError(
            f"{path} does not list the data files beside it, each with its path and hash. Restore it: git checkout {path}"
        )
    return descriptor


def write_descriptor(folder: Path, descriptor: dict[str, Any]) -> None:
    """Write the data package's description of a folder."""
    write_text(folder / DESCRIPTOR, json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n")


def verify(folder: Path, descriptor: dict[str, Any] | None = None) -> list[Fault]:
    """Files that are missing, or whose bytes are not the ones described: an edit nobody has accepted yet."""
    resources = (descriptor or read_descriptor(folder))["resources"]
    described = {resource["path"] for resource in resources}
    faults = [
        Fault(
            name, "the file is not described in datapackage.json", remedy=f"To use it, run: ccganalysis accept {name}"
        )
        for name in (f"{table}.csv" for table in OPTIONAL)
        if name not in described and (folder / name).is_file()
    ]
    for resource in resources:
        path = folder / resource["path"]
        if path.parent != folder or ".." in path.parts[-1:]:
            faults.append(
                Fault(
                    DESCRIPTOR,
                    "a data file is named by a path that leads out of its folder",
                    0,
                    "path",
                    resource["path"],
                    "Name files of this folder only.",
                )
            )
        elif not path.is_file():
            faults.append(Fault(resource["path"], "the file is missing", remedy="Restore it (git checkout) or add it."))
        elif f"sha256:{sha256(path)}" != resource["hash"]:
            faults.append(
                Fault(
                    resource["path"],
                    "the file is not the one described in datapackage.json: it was edited or replaced",
                    remedy=f"If that is intended, run: ccganalysis accept {resource['path']}",
                )
            )
    return faults


def accept(folder: Path, names: Iterable[str]) -> list[str]:
    """Record the present checksum, size and columns of edited raw files; returns what was changed, one line a file.

    A table of `schemas.OPTIONAL` that somebody put there by hand is described as supplied by the user.
    """
    descriptor = read_descriptor(folder)
    resources = {resource["path"]: resource for resource in descriptor["resources"]}
    lines = []
    for name in (Path(name).name for name in names):
        stem = Path(name).stem
        if name not in resources and (name != f"{stem}.csv" or stem not in OPTIONAL):
            raise InputError(unknown("data file", name, [*resources, *(f"{one}.csv" for one in OPTIONAL)]))
        if not (folder / name).is_file():
            raise InputError(f"{folder / name} is missing, so there is nothing to accept.")
        if name not in resources:
            frame = read_table(folder / name, OPTIONAL[stem])
            if faults := validate(frame, OPTIONAL[stem], name):
                raise DataError(faults)
            date = latest(frame)
            resources[name] = new_resource(stem, "supplied by the user", date, published=False) | {"hash": ""}
            descriptor["resources"].append(resources[name])
        now = f"sha256:{sha256(folder / name)}"
        described = dict(resources[name])
        if table := TABLES.get(stem):
            resources[name]["schema"] = table.schema()
        if described == resources[name] and described["hash"] == now:
            lines.append(f"{name}: as described already, nothing to accept")
            continue
        resources[name].update(hash=now, bytes=(folder / name).stat().st_size)
        lines.append(f"{name}: accepted, {now[:19]}...")
    write_descriptor(folder, descriptor)
    return lines


LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}


def new_resource(name: str, publisher: str, date: datetime.date, published: bool) -> dict[str, Any]:
    """The description of a table that is new in `data/raw/`, without its sources' and its own checksum."""
    table = TABLES[name]
    return {
        "name": name.replace("_", "-"),
        "path": f"{name}.csv",
        "title": table.title,
        "publisher": publisher,
        "date": f"{date:%Y-%m-%d}",
        "licenses": [LICENCE] if published else [],
        "sources": [],
        "trust": "as published" if published else "as supplied",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "schema": table.schema(),
    }


def latest(frame: pd.DataFrame) -> datetime.date:
    """The last day that a table of `schemas.OPTIONAL` is about: its latest date, or the end of its latest financial year."""
    if frame.empty:
        raise InputError("There are no rows under the heading.")
    if "date" in frame:
        day: datetime.date = frame["date"].max().date()
        return day
    return datetime.date(int(max(frame["financial_year"])[:4]) + 1, 3, 31)


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """Read a CSV into the types its table declares; raises `DataError` with every cell that does not fit.

    Text stays text (codes such as `15E` and `00L` are never numbers); blank cells are missing values; whole numbers
    become Int64 where blanks are allowed and int64 elsewhere; dates become datetime64.
    """
    return typed(_read_rows(path), table, path.name)


def typed(rows: list[list[str]], table: Table, file: str) -> pd.DataFrame:
    """The rows of a CSV, the heading first, as `read_table` gives them; `file` is what faults name."""
    frame = _as_text(rows, file)
    missing = [column for column in table.columns if column not in frame.columns]
    extra = [column for column in frame.columns if column not in table.columns]
    faults: list[Fault] = []
    if missing or extra:
        faults = [Fault(file, "the column is missing", 1, column) for column in missing]
        faults += [
            Fault(file, f"the column is not one of this table's: {', '.join(table.columns)}", 1, column)
            for column in extra
        ]
        raise DataError(faults)
    columns = {column: _typed(frame[column], column, column in table.blank, file, faults) for column in table.columns}
    if faults:
        raise DataError(faults)
    return pd.DataFrame(columns)


def read_trusted(path: Path, table: Table) -> pd.DataFrame:
    """Read a CSV that the project wrote itself, with the same types as `read_table` and without its checks.

    Each caller has a table of their own: what is changed in it (pandas copies on write) is changed in no other.
    """
    return once(_read_trusted, path, table).copy(deep=False)


def _read_trusted(path: Path, table: Table) -> pd.DataFrame:
    kinds = {name: COLUMNS[name].type for name in table.columns}
    dtypes = {"string": "str", "number": "float64", "integer": "int64"}
    types = {name: dtypes[kind] for name, kind in kinds.items() if kind in dtypes}
    types |= {name: "Int64" for name, kind in kinds.items() if kind == "integer" and name in table.blank}
    dates = [name for name, kind in kinds.items() if kind == "date"]
    frame = pd.read_csv(path, dtype=types, parse_dates=dates, na_values=[""], keep_default_na=False)
    return frame.astype({name: "datetime64[ns]" for name in dates})


def _read_rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return list(csv.reader(handle, strict=True))
    except FileNotFoundError:
        raise InputError(f"{path} is missing.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError([Fault(path.name, f"not a readable CSV in UTF-8: {error}")]) from None


def _as_text(rows: list[list[str]], file: str) -> pd.DataFrame:
    if not rows:
        raise DataError([Fault(file, "the file is empty")])
    if twice := [name for name, times in Counter(rows[0]).items() if times > 1]:
        raise DataError([Fault(file, "the heading has this column twice", 1, name) for name in twice])
    width = len(rows[0])
    ragged = [
        Fault(file, f"has {len(row)} cells where the heading has {width}", number)
        for number, row in enumerate(rows, start=1)
        if row and len(row) != width
    ]
    if ragged:
        raise DataError(ragged)
    return pd.DataFrame([row for row in rows[1:] if row], columns=rows[0], dtype=object)


def _typed(texts: pd.Series, name: str, may_be_blank: bool, file: str, faults: list[Fault]) -> pd.Series:
    kind = COLUMNS[name].type
    filled = texts.where(texts != "", None)
    values: pd.Series
    if kind == "string":
        return filled.astype("str")
    if kind == "date":
        values = pd.to_datetime(filled, format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]")
        expected = "must be a date such as 2018-04-01"
    else:
        values = pd.to_numeric(filled.astype(object), errors="coerce").astype("float64")
        expected = "must be a number without thousands separators or units"
    wrong = ~np.isfinite(values) & filled.notna() if kind != "date" else values.isna() & filled.notna()
    if kind == "integer":
        fractional = values.notna() & ((values % 1 != 0) | (np.abs(values.to_numpy("float64")) > 2**53))
        wrong, expected = wrong | fractional, "must be a whole number without separators or units"
        values = values.mask(wrong).astype("Int64")
        if not may_be_blank and not values.isna().any():
            values = values.astype("int64")
    faults += [Fault(file, expected, row_number(index), name, str(texts[index])) for index in texts.index[wrong]]
    return values


def empty(table: Table) -> pd.DataFrame:
    """A table with no rows, its columns typed as `read_table` types them."""
    types = {"string": "str", "number": "float64", "integer": "int64", "date": "datetime64[ns]"}
    return pd.DataFrame({name: pd.Series(dtype=types[COLUMNS[name].type]) for name in table.columns})


def to_csv(frame: pd.DataFrame) -> str:
    """A tidy table as CSV text, the same bytes on every machine: ISO dates, at most ten significant digits."""
    dates = {name: frame[name].dt.strftime("%Y-%m-%d") for name in frame.select_dtypes("datetime").columns}
    return frame.assign(**dates).to_csv(index=False, float_format="%.10g", lineterminator="\n")

"""Into `data/raw/`, whole or not at all: rows merged by key, the project checked as it would be, then put in place.

Rows that do not change keep their text byte for byte. What is added is described in `datapackage.json` with the
original's name, address and checksum.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DataError, InputError
from .. import ingest, staging
from ..datapackage import DESCRIPTOR, empty, new_resource, read_descriptor, sha256, to_csv, write_descriptor, write_text
from ..schemas import OPTIONAL, RAW, Table
from .reading import Reading


def add(reading: Reading, original: Path, raw: Path) -> list[str]:
    """Put what was read into `data/raw/`; returns one line for each file changed.

    The changed files and the description are first written beside the untouched ones in a folder of their own, and the
    whole is checked as `ccganalysis check` would. Only then are they moved into place, the description last. Raises
    `DataError` with every rule the result would break; `data/raw/` is then as it was.
    """
    lines: list[str] = []
    with staging.beside(raw, staging.ADDING) as stage:
        descriptor = read_descriptor(raw)
        changed = _write_changes(reading, original, raw, stage, descriptor, lines)
        write_descriptor(stage, descriptor)
        for path in raw.iterdir():
            if path.is_file() and not (stage / path.name).exists():
                ingest.link(path, stage / path.name)
        _check(stage, reading)
        _put_in_place([*changed, DESCRIPTOR], stage, raw)
    return lines


def plan(reading: Reading, original: Path, raw: Path) -> list[str]:
    """What `add` would change, one line a file; checks as it does and writes nothing that stays."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "raw"
        copy.mkdir()
        for path in raw.iterdir():
            if path.is_file():
                ingest.link(path, copy / path.name)
        return add(reading, original, copy)


def _write_changes(
    reading: Reading, original: Path, raw: Path, stage: Path, descriptor: dict[str, Any], lines: list[str]
) -> list[str]:
    resources = {resource["path"]: resource for resource in descriptor["resources"]}
    source = {
        "title": f"{reading.publisher}, {reading.publication} (file {original.name})",
        "path": reading.address or original.name,
        "hash": f"sha256:{sha256(original)}",
    }
    changed = []
    for name, rows in reading.tables.items():
        file, table = f"{name}.csv", {**RAW, **OPTIONAL}[name]
        before = (raw / file).read_text(encoding="utf-8-sig") if file in resources else to_csv(empty(table))
        text, counts = merge(before, rows, table, reading.scope.get(name, table.key))
        write_text(stage / file, text)
        if file not in resources:
            resources[file] = new_resource(name, reading.publisher, reading.date, published=bool(reading.address))
            descriptor["resources"].append(resources[file])
        _describe(resources[file], stage / file, source)
        changed.append(file)
        lines.append(f"{file}: {counts}")
    for file, text in reading.files.items():
        write_text(stage / file, text)
        if file not in resources:
            raise InputError(f"{original.name}: the project has no {file} to replace.")
        _describe(resources[file], stage / file, source)
        changed.append(file)
        lines.append(f"{file}: replaced")
    if reading.source_id:
        entry = {
            "name": reading.source_id,
            "title": f"{reading.publisher}, {reading.publication}",
            "path": reading.address,
            "hash": source["hash"],
        }
        descriptor["sources"] = [held for held in descriptor["sources"] if held["name"] != entry["name"]] + [entry]
    return changed


@dataclass(frozen=True)
class Counts:
    """How many rows of a table are new, changed, as before, and gone."""

    fresh: int
    altered: int
    same: int
    gone: int

    def __str__(self) -> str:
        counts = f"{self.fresh:,} rows new, {self.altered:,} changed, {self.same:,} as before"
        return counts + (f", {self.gone:,} removed" if self.gone else "")


def merge(before: str, rows: pd.DataFrame, table: Table, scope: tuple[str, ...]) -> tuple[str, Counts]:
    """CSV text with `rows` in place of those that agree with them in the `scope` columns, ordered by key."""
    old = list(csv.reader(io.StringIO(before)))
    heading = old[0]
    frame = rows[list(table.columns)]
    new = list(csv.reader(io.StringIO(to_csv(frame))))[1:]
    order = [list(table.columns).index(name) for name in heading]
    new = [[row[place] for place in order] for row in new]
    of_key, of_scope = ([heading.index(name) for name in names] for names in (table.key, scope))

    def part(row: list[str], places: list[int]) -> tuple[str, ...]:
        return tuple(row[place] for place in places)

    held = {part(row, of_key): row for row in old[1:]}
    replaced = {part(row, of_scope) for row in new}
    kept = {key: row for key, row in held.items() if part(row, of_scope) not in replaced}
    same, altered, fresh = 0, 0, 0
    for row in new:
        key = part(row, of_key)
        if key not in held:
            fresh += 1
        elif _alike(held[key], row):
            same += 1
            row = held[key]
        else:
            altered += 1
        kept[key] = row
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heading, *(kept[key] for key in sorted(kept))])
    return text.getvalue(), Counts(fresh, altered, same, len(held) + fresh - len(kept))


def _alike(old: list[str], new: list[str]) -> bool:
    """Whether two rows say the same, whatever the spelling of their numbers (1.0 and 1)."""
    return all(a == b or _as_number(a) == _as_number(b) is not None for a, b in zip(old, new, strict=True))


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _describe(resource: dict[str, Any], path: Path, source: dict[str, str]) -> None:
    sources = [held for held in resource["sources"] if held.get("title") != source["title"]]
    resource.update(sources=[*sources, source], hash=f"sha256:{sha256(path)}", bytes=path.stat().st_size)


def _check(stage: Path, reading: Reading) -> None:
    """Every rule of every table and between tables, on the folder as it would be."""
    remedy = f"With {reading.publication} the project would no longer agree with what is published."
    faults = [replace(fault, remedy=remedy) for fault in ingest.failures(ingest.checked(stage)["quality"])]
    if faults:
        raise DataError(faults)


def _put_in_place(names: list[str], stage: Path, raw: Path) -> None:
    """Move the new files over the old; if one cannot be moved, those moved before are put back."""
    kept = {}
    try:
        for name in names:
            target = raw / name
            if target.exists():
                kept[name] = stage / f"{name}.before"
                shutil.copyfile(target, kept[name])
            os.replace(stage / name, target)
    except BaseException:
        for name, copy in kept.items():
            os.replace(copy, raw / name)
        raise

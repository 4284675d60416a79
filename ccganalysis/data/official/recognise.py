"""Which official file is this? Told from the content alone; the name of the file does not matter."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from ...errors import InputError
from ..datapackage import to_csv
from ..schemas import OPTIONAL, RAW
from . import absence, cells, nhs_digital, nhs_england, ods, ons, opening, project, workforce
from .reading import Known, Reading, refusing
from .store import merge

FORMATS = (
    "ODS eccg.csv; ONS lookups of CCGs, sub-ICB locations and LSOAs; NHS Digital gp-reg-pat-prac-all, -map and "
    "-quin-age; NHS England sickness absence rates and workforce statistics (Core 1, CSV) by organisation, running cost allowance and allocation workbooks; ONS "
    "boundaries (GeoJSON, GeoPackage, shapefile); outturn.csv, allowance_official.csv and criteria_evidence.csv in the "
    "project's own columns"
)

STAFF_HEADING = "Nurses & health visitors"
"""What every workbook of staff by organisation has among its headings."""

BY_FIRST_ROW = (ods, project)
BY_HEADING = (nhs_digital, absence, workforce, ons)
"""The readers of CSVs: known by the first row, or by a heading anywhere in the first fifty. Each is a module with
`recognise` (is this its row?) and `read` (the file as a `Reading`)."""


def read(path: Path, known: Known, date: str | None = None) -> Reading:
    """One official file as the project's tidy tables. `date` is for the formats that carry none.

    Raises `InputError` for a file that is not one of `FORMATS`, `DataError` with all faults of one that is, and no
    other exception, whatever stands in the file.
    """
    with refusing(path):
        reading = _read(path, known, date)
    if date:
        reading.asks |= _replaced(reading, known)
    if date and reading.date != (day := cells.given_date(date, path.name)):
        raise InputError(
            f"{path.name}: the file is of {reading.date:%d %B %Y}, and --date says {day:%d %B %Y}. Leave --date out, or "
            "take the file of that date."
        )
    return reading


def _replaced(reading: Reading, known: Known) -> dict[str, str]:
    """What to ask where a date that the user gave, and no file bears out, would replace rows that are held."""
    said = []
    for name, rows in reading.tables.items():
        table = {**RAW, **OPTIONAL}[name]
        scope = reading.scope.get(name, table.key)
        if {"date", "as_at"} & set(scope):
            counts = merge(to_csv(known.table(name)), rows, table, scope)[1]
            if counts.altered or counts.gone:
                said.append(f"{name}.csv: {counts.altered:,} rows changed and {counts.gone:,} removed")
    day = f"{reading.date:%d %B %Y}"
    return (
        {"--replace": f"the date {day} was given by hand, and rows held of it would go: {'; '.join(said)}"}
        if said
        else {}
    )


def _read(path: Path, known: Known, date: str | None) -> Reading:
    day = cells.given_date(date, path.name)
    kind = opening.kind_of(path)
    if kind in ("geojson", "gpkg", "shp"):
        from . import boundaries

        return boundaries.read(path, known, kind, day)
    if kind in ("xlsx", "xls"):
        sheets = opening.workbook(path)
        if nhs_england.recognise(sheets, known.names()):
            return nhs_england.read(path, known, sheets)
        if any(cell == STAFF_HEADING for sheet in sheets for row in sheet.rows[:12] for cell in row):
            raise InputError(
                f"{path.name}: staff by organisation as a workbook is not read, since its columns change from year to year. "
                "Add the same month's CSV instead: 'Core 1. Staff group - England, NHSE region, ICS and org'."
            )
        names = ", ".join(repr(sheet.name) for sheet in sheets[:12])
        raise InputError(f"{path.name}: no sheet has running costs by body (sheets: {names}). {_formats()}")
    if kind == "zip":
        return _read_archive(path, known, date)
    return _read_csv(path, known, day)


def _read_csv(path: Path, known: Known, day: datetime.date | None) -> Reading:
    for number, row in opening.csv_rows(path):
        for reader in (*BY_FIRST_ROW, *BY_HEADING) if number == 1 else BY_HEADING:
            if reader.recognise(row):
                reading: Reading = reader.read(path, known, day)
                return reading
        if number >= 50:
            break
    if path.stat().st_size < 20_000_000:
        sheets = [opening.csv_sheet(path)]
        if nhs_england.recognise(sheets, known.names()):
            return nhs_england.read(path, known, sheets)
    raise InputError(f"{path.name}: not recognised. {_formats()}")


def _read_archive(path: Path, known: Known, date: str | None) -> Reading:
    """The one data file of an archive (as ODS, NHS Digital and ONS pack them), unpacked to a folder of its own."""
    parts = [part for part in opening.archive_parts(path) if not part.is_dir()]
    shapes = [part for part in parts if part.filename.lower().endswith(".shp")]
    data = [part for part in parts if part.filename.lower().endswith((".csv", ".xlsx", ".xls", ".geojson", ".gpkg"))]
    if len(shapes) + len(data) != 1:
        names = ", ".join(part.filename for part in [*shapes, *data][:10]) or "none"
        raise InputError(
            f"{path.name}: an archive must hold one data file; this one holds {names}. Unpack it and add "
            "the file you want."
        )
    with tempfile.TemporaryDirectory() as folder:
        wanted = data
        if shapes:
            stem = shapes[0].filename[:-4].lower()
            wanted = [part for part in parts if part.filename.lower().rsplit(".", 1)[0] == stem]
        for part in wanted:
            opening.extract(path, part, Path(folder))
        return _read(Path(folder) / Path((shapes or data)[0].filename).name, known, date)


def _formats() -> str:
    return f"Read here: {FORMATS}. See docs/official-files.md."

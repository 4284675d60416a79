"""Opening files of unknown origin: told apart by content, bounded in memory, refused in one clear sentence.

Text is read row by row, so a file of any length needs a few megabytes. A workbook is weighed before it is opened:
its parts are decompressed into nothing, counting bytes and cells.
"""

from __future__ import annotations

import csv
import re
import statistics
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError

LONGEST_LINE = 100_000
"""Characters: the widest official file has lines of about 5,000."""
WIDEST = 2_000
"""Columns: the widest official file (single years of age by sex) has about 200."""
LARGEST_UNPACKED = 300_000_000
"""Bytes of a workbook's or an archive's parts together; the largest official workbook unpacks to about 20 million."""
LARGEST_TEXT = 4_000_000_000
LARGEST_GRID = 2_000_000
"""Cells of one sheet, from its first to its last used row and column."""
EXCEL_COLUMNS = 16_384

Cell = str | float | None


@dataclass
class Sheet:
    """A rectangular sheet of a workbook, or a whole small CSV: `rows[0][0]` is cell A1.

    `merged` are ranges ((row, column), (row, column)); `unreadable` says for single cells why their value cannot be
    taken: a formula never calculated, or one that looks into another workbook.
    """

    name: str
    rows: list[list[Cell]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    unreadable: dict[tuple[int, int], str] = field(default_factory=dict)


def column_letter(index: int) -> str:
    """The spreadsheet's name of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def kind_of(path: Path) -> str:
    """What a file is by its first bytes: csv, xlsx, xls, zip, geojson or gpkg (a shapefile is `shp`).

    Raises `InputError` for what is none of these, with what it seems to be.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file.")
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be opened ({error.strerror}).") from None
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InputError(f"{path.name}: the file is empty. Download it again.")
    if re.match(rb"<(!doctype\s+html|html|head|body|\?xml[^>]*>\s*<(!doctype\s+)?html)", start, re.IGNORECASE):
        raise InputError(
            f"{path.name}: this is a web page, not data: the address led to a page, or the page was saved instead of "
            "the file. Follow the publisher's download link again."
        )
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _kind_of_compound(path)
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "shp"
    if start.startswith(b"%PDF"):
        raise InputError(f"{path.name}: this is a PDF. The publisher's spreadsheet or CSV is needed.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path.name}: the text is UTF-16, not UTF-8. Save it as 'CSV UTF-8' and add it again.")
    if b"\x00" in head:
        raise InputError(f"{path.name}: the file holds NUL bytes, so it is not text, nor a format known here.")
    if start.startswith(b"{"):
        return "geojson"
    if start.startswith(b"<"):
        raise InputError(
            f"{path.name}: this is XML, not one of the formats read here: CSV, xlsx, xls, GeoJSON, "
            "GeoPackage, shapefile."
        )
    return "csv"


def _kind_of_archive(path: Path) -> str:
    parts = {part.filename for part in archive_parts(path)}
    if "xl/workbook.xml" in parts:
        return "xlsx"
    if "xl/workbook.bin" in parts or "content.xml" in parts:
        raise InputError(f"{path.name}: this kind of workbook (xlsb, ods) is not read. Save it as .xlsx.")
    return "zip"


def _kind_of_compound(path: Path) -> str:
    content = path.read_bytes() if path.stat().st_size < LARGEST_UNPACKED else b""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError(
            f"{path.name}: the workbook is encrypted with a password. Open it in Excel, remove the password "
            "(File, Info, Protect Workbook) and save it."
        )
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "xls"
    raise InputError(f"{path.name}: this is an old Office file, but not a workbook.")


def archive_parts(path: Path) -> list[zipfile.ZipInfo]:
    """The parts of a zip file, once they are known to be harmless: sizes, names, no encryption."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InputError(f"{path.name}: the file is damaged or was cut short. Download it again.") from None
    if len(parts) > 5_000:
        raise InputError(f"{path.name}: an archive of {len(parts):,} parts is not an official file.")
    for part in parts:
        if not part.filename:
            raise InputError(f"{path.name}: the file is damaged: a part of it has no name. Download it again.")
        if part.flag_bits & 1:
            raise InputError(f"{path.name}: the archive is encrypted with a password. Save it without one.")
        if ".." in Path(part.filename).parts or part.filename.startswith(("/", "\\")) or ":" in part.filename:
            raise InputError(f"{path.name}: the archive holds a path that leads out of it, {part.filename!r}; refused.")
    return parts


def unpacked(path: Path, part: zipfile.ZipInfo, most: int = LARGEST_UNPACKED) -> Iterator[bytes]:
    """The bytes of one part of a zip file, in blocks; stops with an error after `most`, whatever the header claims."""
    total = 0
    with path.open("rb") as file:
        file.seek(max(part.header_offset, 0))
        header = file.read(30)
        if part.header_offset < 0 or len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise InputError(f"{path.name}: the file is damaged or was cut short. Download it again.")
        file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        left = part.compress_size
        inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
        if inflate is None and part.compress_type != zipfile.ZIP_STORED:
            raise InputError(f"{path.name}: compressed in a way not read here. Save it again.")
        pending = b""
        while left or pending:
            if not pending:
                pending = file.read(min(left, 1 << 16))
                left -= len(pending)
                if not pending:
                    raise InputError(f"{path.name}: the file is damaged or was cut short. Download it again.")
            if inflate is None:
                block, pending = pending, b""
            else:
                try:
                    block = inflate.decompress(pending, 1 << 20)
                except zlib.error:
                    raise InputError(f"{path.name}: the file is damaged. Download it again.") from None
                pending = inflate.unconsumed_tail
            total += len(block)
            if total > most:
                raise InputError(
                    f"{path.name}: with its part {part.filename} it unpacks to more than any official file does. "
                    "Refused."
                )
            yield block


def extract(path: Path, part: zipfile.ZipInfo, folder: Path, most: int = LARGEST_TEXT) -> Path:
    """One part of an archive as a file of `folder`, under its own name without folders."""
    target = folder / Path(part.filename).name
    with target.open("wb") as file:
        for block in unpacked(path, part, most):
            file.write(block)
    return target


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV in UTF-8 with the number each has in a spreadsheet, one at a time.

    Cells are parted by commas, semicolons or tabs, whichever part its first lines into most.

    Raises `InputError` naming the row for bytes that are not UTF-8, NUL bytes, lines or rows too long to be real, and
    quotation marks that do not close.
    """
    if path.stat().st_size > LARGEST_TEXT:
        raise InputError(f"{path.name}: larger than {LARGEST_TEXT // 1_000_000_000} GB; no official file is.")
    reader = csv.reader(_lines(path), strict=True, delimiter=_separator(path))
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if len(row) > WIDEST:
                raise InputError(
                    f"{path.name}, row {number}: {len(row):,} columns; the most an official file has is about 200."
                )
            yield number, row
    except csv.Error as error:
        raise InputError(
            f"{path.name}, row {number + 1}: not a readable CSV ({error}); a quotation mark may be missing."
        ) from None


def _separator(path: Path) -> str:
    """The separator that most often stands in the lines at the start of a file, outside quotation marks."""
    with path.open("rb") as file:
        start = file.read(65_536).decode("utf-8", "replace")
    lines = [re.sub(r'"[^"]*"', "", line) for line in start.splitlines()[:50] if line.strip()]
    return max(",;\t", key=lambda mark: statistics.median([line.count(mark) for line in lines] or [0]))


_SPELLINGS = {
    **dict.fromkeys(map(chr, (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)), " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2212", "-"),
    **dict.fromkeys("\u2044\u2215", "/"),
}
"""Spaces, hyphens and slashes that look like those of a keyboard."""


def plain(text: str) -> str:
    """A text as it looks: without characters that cannot be seen (soft hyphens, zero-width spaces, direction marks)."""
    if text.isascii():
        return text
    return "".join(_SPELLINGS.get(one, one) for one in text if unicodedata.category(one) != "Cf")


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise InputError(
                    f"{path.name}, line {number}: longer than {LONGEST_LINE:,} characters, or with more "
                    f"columns than any official file. Refused."
                )
            if b"\x00" in line:
                raise InputError(f"{path.name}, line {number}: holds NUL bytes: damaged. Download it again.")
            try:
                yield plain(line.decode("utf-8"))
            except UnicodeDecodeError as error:
                byte = line[error.start]
                raise InputError(
                    f"{path.name}, line {number}: byte 0x{byte:02X} is not UTF-8 (in Windows-1252 it would be "
                    f"{bytes([byte]).decode('cp1252', 'replace')!r}). Save the file as 'CSV UTF-8' and add it again."
                ) from None


def ends_cleanly(path: Path) -> bool:
    """Whether the last line has its line end; a download that was cut short often has not."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"


def csv_sheet(path: Path, most_rows: int = 50_000) -> Sheet:
    """A small CSV as one sheet."""
    rows: list[list[Cell]] = []
    for number, row in csv_rows(path):
        if number > most_rows:
            raise InputError(f"{path.name}: more than {most_rows:,} rows, and not one of the long formats known here.")
        rows.append([cell.strip() or None for cell in row])
    return Sheet("", rows)


def workbook(path: Path) -> list[Sheet]:
    """The visible sheets of an xlsx or xls workbook: text stripped, numbers as floats, blanks as None."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    unreadable = _weigh(path) if zipfile.is_zipfile(path) else {}
    sheets = []
    try:
        book = CalamineWorkbook.from_path(str(path))
        for index, about in enumerate(book.sheets_metadata):
            if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_index(index)
            rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            sheets.append(Sheet(about.name, rows, list(sheet.merged_cell_ranges or []), unreadable.get(about.name, {})))
    except CalamineError as error:
        if "password" in str(error).lower():
            raise InputError(f"{path.name}: the workbook is protected with a password. Save it without one.") from None
        raise InputError(
            f"{path.name}: the workbook cannot be read ({_first_line(error)}). Download it again, or open "
            "it in Excel and save it as .xlsx."
        ) from None
    except BaseException as error:
        # The reader is written in Rust; its panics arrive as an exception outside `Exception`.
        if type(error).__name__ != "PanicException" and not isinstance(error, ValueError | OSError):
            raise
        raise InputError(f"{path.name}: the workbook is damaged. Download it again.") from None
    if not sheets:
        raise InputError(f"{path.name}: the workbook has no visible sheet.")
    return sheets


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).upper()
    if isinstance(value, int | float):
        return float(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return plain(str(value)).strip() or None


# Cells with content only: a stray format in row 1,048,576 does no harm. Any namespace prefix, either quotation mark.
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Za-z]+)(\d+)["'][^>]*?(?<!/)>""")
_NAMELESS_CELL = re.compile(rb"""<(?:\w+:)?c(?:\s+(?!r=)[\w:]+=(?:"[^"]*"|'[^']*'))*\s*>""")
_FORMULA_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Za-z]+)(\d+)["'][^>]*?(?<!/)>\s*<(?:\w+:)?f[ />].{0,8000}?</(?:\w+:)?c>""",
    re.DOTALL,
)
_VALUE = re.compile(rb"<(?:\w+:)?v>[^<]+</")
_EXTERNAL = re.compile(rb"<(?:\w+:)?f[^>]*>[^<]*\[\d+\][^<]*</")


def _weigh(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Unpack every part of an xlsx into nothing; refuse what is too large, and return the cells of each sheet whose
    value is a formula never calculated or one that looks into another workbook.
    """
    parts = archive_parts(path)
    room = LARGEST_UNPACKED
    names = _sheet_parts(path, parts)
    found: dict[str, dict[tuple[int, int], str]] = {}
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        tail, last_row, last_column, used = b"", 0, 0, 0
        unreadable: dict[tuple[int, int], str] = {}
        for block in unpacked(path, part, room):
            used += len(block)
            if not is_sheet:
                continue
            # A window of 10,000 bytes is carried over so that no cell is cut in two between blocks.
            window = tail + block
            for match in _CELL.finditer(window):
                last_column = max(last_column, _column_number(match[1]))
                last_row = max(last_row, int(match[2]))
            if _NAMELESS_CELL.search(window):
                raise InputError(
                    f"{path.name}: the workbook's cells are not numbered as Excel numbers them. Open it "
                    "in Excel and save it as .xlsx."
                )
            for match in _FORMULA_CELL.finditer(window):
                cell = (int(match[2]) - 1, _column_number(match[1]) - 1)
                if _EXTERNAL.search(match[0]):
                    unreadable[cell] = "takes its value from another workbook"
                elif not _VALUE.search(match[0]) and b"<is>" not in match[0]:
                    unreadable[cell] = "is a formula that was never calculated"
            tail = window[-10_000:]
        room -= used
        if last_column > EXCEL_COLUMNS or last_row * last_column > LARGEST_GRID:
            raise InputError(
                f"{path.name}: a sheet reaches row {last_row:,} and column {last_column:,}; no official workbook "
                "does. Delete the stray cells, or download it again."
            )
        if unreadable and part.filename in names:
            found[names[part.filename]] = unreadable
    return found


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:8]:
        number = number * 26 + (letter & 0xDF) - 64
    return number


def _sheet_parts(path: Path, parts: list[zipfile.ZipInfo]) -> dict[str, str]:
    """The sheet's name of each worksheet part, by way of the workbook's relations."""
    texts = {}
    for part in parts:
        if part.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            texts[part.filename] = b"".join(unpacked(path, part, 5_000_000)).decode("utf-8", "replace")
    targets = {}
    for relation in re.findall(r"<Relationship\s[^>]*>", texts.get("xl/_rels/workbook.xml.rels", "")):
        name, target = re.search(r'\bId="([^"]*)"', relation), re.search(r'\bTarget="([^"]*)"', relation)
        if name and target:
            targets[name[1]] = "xl/" + target[1].removeprefix("/xl/").removeprefix("./")
    names = {}
    for sheet in re.findall(r"<sheet\s[^>]*>", texts.get("xl/workbook.xml", "")):
        name, relation = re.search(r'\bname="([^"]*)"', sheet), re.search(r'\br:id="([^"]*)"', sheet)
        if name and relation and relation[1] in targets:
            names[targets[relation[1]]] = _unescape(name[1])
    return names


def _unescape(text: str) -> str:
    from xml.sax.saxutils import unescape

    return unescape(text, {"&quot;": '"', "&apos;": "'"})

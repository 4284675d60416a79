"""Hostile and broken files: each ends in one clear sentence, and never in a traceback or a full memory."""

from __future__ import annotations

import importlib
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import official_layouts as layouts
import pytest

from ccganalysis.data.official import opening, recognise
from ccganalysis.data.official.reading import Known
from ccganalysis.errors import InputError


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(layouts.RAW)


def refusal(path: Path, known: Known) -> str:
    with pytest.raises(InputError) as refused:
        recognise.read(path, known)
    return str(refused.value)


def written(tmp_path: Path, content: bytes, name: str = "download.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n ", "the file is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "this is a web page, not data"),
        (b"\xef\xbb\xbf\n<html lang='en'>", "this is a web page, not data"),
        (b'<?xml version="1.0"?><html xmlns="x">', "this is a web page, not data"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"PK\x03\x04 and no more", "damaged or was cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file, but not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted with a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "cannot be read"),
        ("CCG_CODE,EXTRACT_DATE".encode("utf-16"), "the text is UTF-16"),
        (b"a,b\r\n1,\x00\r\n", "NUL bytes"),
        (b"a,b\r\n" + b"1,2\r\n" * 2_000 + b"\x00", "line 2002: holds NUL bytes"),
        ("a,b\r\n£,2\r\n".encode("latin-1"), "line 2: byte 0xA3 is not UTF-8 (in Windows-1252 it would be '£')"),
        (b"x," * 10_000_000, "more columns than any official file"),
        (b",".join([b"a"] * 3_000) + b"\r\n", "3,000 columns"),
        (b'a,b\r\n1,"2\r\n' + b"3,4\r\n" * 40_000, "quotation mark may be missing"),
        (b"hello\r\nworld\r\n", "not recognised"),
        (b'{"type": "FeatureCollection", "features": [', "boundaries cannot be read"),
        (b'{"type": "FeatureCollection", "features": []}', "there are no outlines"),
        (b'{"type": "FeatureCollection" "features"', "boundaries cannot be read"),
        (b"SQLite format 3\x00" + bytes(200), "boundaries cannot be read"),
        (b"<x/>", "this is XML"),
    ],
)
@pytest.mark.parametrize("name", ["download.csv", "download.xlsx"])
def test_one_clear_sentence(tmp_path, known, content, said, name):
    message = refusal(written(tmp_path, content, name), known)
    assert said in message
    assert "\n" not in message and message.startswith(name)


def test_a_missing_file_and_a_folder(tmp_path, known):
    assert "there is no such file" in refusal(tmp_path / "none.csv", known)
    assert "is not a file" in refusal(tmp_path, known)


# --- what nobody foresaw ---

LAYOUTS = {
    "nhs_digital": layouts.gp_all,
    "ods": layouts.eccg,
    "ons": layouts.ccg_to_stp,
    "absence": lambda: layouts.absence({"2020-APR": 30}),
    "nhs_england": layouts.icb_allowances,
    "project": lambda: [
        ["body_code", "financial_year", "outturn_gbp", "kind", "source"],
        ["15F", "2018/19", "17000000", "reported", "x"],
    ],
}


@pytest.mark.parametrize("reader", LAYOUTS)
def test_what_a_reader_did_not_foresee_is_a_refusal_with_the_file_and_the_row(tmp_path, known, monkeypatch, reader):
    """The fifth row that any reader looks at breaks in a library: the user reads of it, and of no library."""
    looked_at = []

    def broken(value):
        looked_at.append(value)
        if len(looked_at) == 5 or reader == "project":
            raise AttributeError("_merge")
        return real(value)

    module = importlib.import_module(f"ccganalysis.data.official.{reader}")
    name = {"ons": "_GSS", "project": "checks", "nhs_england": "read_sheet"}.get(reader, "cells")
    if reader == "ons":
        monkeypatch.setattr(module, name, type("Pattern", (), {"match": staticmethod(broken)}))
        real = bool
    elif reader in ("project", "nhs_england"):
        monkeypatch.setattr(module, name, None)
    else:
        real = module.cells.code
        monkeypatch.setattr(module, "cells", type("Cells", (), {**vars(module.cells), "code": staticmethod(broken)}))
    message = refusal(written(tmp_path, layouts.as_csv(LAYOUTS[reader]())), known)
    assert message.startswith("download.csv") and "was not foreseen" in message and "\n" not in message
    if reader not in ("project", "nhs_england"):
        assert re.match(r"download\.csv, row [4567] or below: ", message)


def test_a_heading_twice_and_a_dash_of_windows_are_refusals(tmp_path, known):
    heading, row = b"body_code,financial_year,outturn_gbp,kind,source", b"15F,2018/19,17000000,reported,a report"
    said = refusal(written(tmp_path, b"\r\n".join([heading + b",source", row + b",x"])), known)
    assert "row 1, column source: the heading has this column twice" in said
    said = refusal(written(tmp_path, b"\r\n".join([heading, row.replace(b"a ", b"a \x96 ")])), known)
    assert "line 2: byte 0x96 is not UTF-8" in said


@pytest.mark.parametrize("amount", ["1e300", "1e400", "nan", "inf", "-1", "9" * 400])
def test_an_amount_beyond_all_bounds_in_the_projects_own_layout(tmp_path, known, amount):
    rows = [
        ["body_code", "financial_year", "outturn_gbp", "kind", "source"],
        ["15F", "2018/19", amount, "reported", "x"],
    ]
    assert "row 2, column outturn_gbp" in refusal(written(tmp_path, layouts.as_csv(rows)), known)


def test_a_small_area_in_another_authority_is_named_by_its_row(tmp_path, known):
    rows = layouts.lsoa_to_ccg()
    rows[500][6] = "E06000999"
    assert "row 501: E38" in refusal(written(tmp_path, layouts.as_csv(rows)), known)


# --- workbooks ---


def workbook(tmp_path: Path, sheet: str, extra: dict[str, bytes] | None = None) -> Path:
    """A minimal xlsx whose one sheet has this XML inside `sheetData`."""
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
        'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" '
        'sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/'
        '2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
        f'spreadsheetml/2006/main"><sheetData>{sheet}</sheetData></worksheet>',
    }
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**parts, **(extra or {})}.items():
            archive.writestr(name, text)
    return path


def test_the_minimal_workbook_is_a_workbook(tmp_path):
    sheet = opening.workbook(workbook(tmp_path, '<row r="1"><c r="A1"><v>5</v></c></row>'))[0]
    assert (sheet.name, sheet.rows) == ("A", [[5.0]])


def test_a_zip_bomb_is_stopped_while_it_unpacks(tmp_path, known):
    path = workbook(tmp_path, "", {"xl/media/bomb.bin": bytes(400_000_000)})
    assert path.stat().st_size < 1_000_000
    assert "it unpacks to more than any official file does" in refusal(path, known)


def test_a_zip_bomb_that_lies_about_its_size_is_stopped_too(tmp_path, known):
    path = workbook(tmp_path, "", {"xl/media/bomb.bin": bytes(400_000_000)})
    content = path.read_bytes().replace((400_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    assert "it unpacks to more than any official file does" in refusal(path, known)


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>',
    ],
)
def test_a_sheet_with_one_cell_at_the_far_end_does_not_fill_the_memory(tmp_path, known, cell):
    assert "no official workbook does" in refusal(
        workbook(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row>' + cell), known
    )


def test_a_stray_format_at_the_far_end_does_no_harm(tmp_path):
    path = workbook(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>')
    assert opening.workbook(path)[0].rows[0][0] == 1.0


def test_cells_without_a_place_are_refused(tmp_path, known):
    assert "not numbered as Excel numbers them" in refusal(workbook(tmp_path, "<row><c><v>1</v></c></row>"), known)


def test_a_workbook_without_running_costs_says_what_it_has(tmp_path, known):
    path = layouts.xlsx(tmp_path / "a.xlsx", {"Core allocations": [["x", 1]], "Notes": [["y"]]})
    assert "no sheet has running costs by body (sheets: 'Core allocations', 'Notes')" in refusal(path, known)


def test_a_workbook_cut_short(tmp_path, known):
    path = layouts.xlsx(tmp_path / "a.xlsx", {"ICB running cost allowance": layouts.icb_allowances()})
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged or was cut short" in refusal(path, known)


# --- archives ---


def archive(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_an_archive_of_one_file_is_that_file(tmp_path, known):
    path = archive(tmp_path, {"eccg.csv": layouts.as_csv(layouts.eccg()), "eccg.pdf": b"%PDF"})
    assert recognise.read(path, known).publication.startswith("Clinical commissioning groups")


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv"])
def test_an_archive_never_writes_outside_its_folder(tmp_path, known, name):
    path = archive(tmp_path, {name: b"a,b\r\n"})
    assert "leads out of it" in refusal(path, known)
    assert [found.name for found in tmp_path.iterdir()] == ["download.zip"]


def test_an_archive_with_a_nameless_part(tmp_path, known):
    path = archive(tmp_path, {"x.csv": b"a,b\r\n"})
    path.write_bytes(path.read_bytes().replace(b"x.csv", b"\0.csv"))
    assert "a part of it has no name" in refusal(path, known)


def test_an_archive_of_several_files_or_none(tmp_path, known):
    assert "must hold one data file" in refusal(archive(tmp_path, {"a.csv": b"1", "b.csv": b"2"}), known)
    assert "must hold one data file" in refusal(archive(tmp_path, {"a.txt": b"1"}), known)


# --- long files ---


# VmHWM and not ru_maxrss: that one starts from the size of the process that started this one.
LONG = """
import sys
from pathlib import Path
import official_layouts as layouts
from ccganalysis.data.official import recognise
from ccganalysis.data.official.reading import Known
reading = recognise.read(Path(sys.argv[1]), Known(layouts.RAW))
total = reading.tables["registered_population"]["registered_population"].sum()
peak_kb = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(reading.bodies, total, int(peak_kb) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak memory of a process is read from /proc")
def test_a_long_csv_is_read_in_little_memory(tmp_path):
    """60 MB here, with ages of practices that only have to be passed over; 2 GB was measured once, see the docs."""
    rows = layouts.gp_ages()
    path = tmp_path / "long.csv"
    path.write_bytes(layouts.as_csv(rows))
    line = b"GP_PRAC_PAT_LIST,01APR2018,GP,P00000,,AB1 2CD,MALE,10_14,17\r\n"
    with path.open("ab") as file:
        for _ in range(100):
            file.write(line * 10_000)
    done = subprocess.run(
        [sys.executable, "-c", LONG, str(path)], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    bodies, total, peak_mb = map(int, done.stdout.split())
    assert (bodies, total) == (195, 195 * 2_001 + 194 * 195)
    assert peak_mb < 300


@pytest.mark.parametrize("columns", [layouts.ABSENCE_ARCHIVE, layouts.ABSENCE_GROUPS_ARCHIVE])
def test_an_absence_file_cut_short_says_so(tmp_path, known, columns):
    written = "2020-APR" if columns is layouts.ABSENCE_ARCHIVE else "30/04/2020"
    content = layouts.as_csv(layouts.absence({written: 30}, columns))
    (tmp_path / "download.csv").write_bytes(content[: len(content) // 2 - 3])
    try:
        reading = recognise.read(tmp_path / "download.csv", known)
    except InputError as refused:
        assert "cells where the heading has" in str(refused) or "staff groups add up" in str(refused)
    else:
        assert any("as if the download had been cut short" in said for said in reading.warnings)
        assert any("in force without staff in the file" in said for said in reading.warnings)


def test_ten_million_columns_in_little_memory(tmp_path, known):
    path = written(tmp_path, b"a," * 10_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(path, known)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000

"""Mutated layouts end in the right table or a clear refusal: never in a traceback, never in other totals unsaid.

The oracle is independent of the readers: for allowances the totals the layout was built from, for lists of practices
a plain count of the mutated file.
"""

from __future__ import annotations

import copy
import csv
import warnings
from pathlib import Path

import official_layouts as layouts
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccganalysis.data.official import recognise
from ccganalysis.data.official.reading import Known, Reading
from ccganalysis.errors import InputError

KNOWN = Known(layouts.RAW)
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD = [
    "",
    "-",
    "*",
    "..",
    "0",
    "-5",
    "1,234",
    "12,34",
    "1e400",
    "NaN",
    "=A1+B1",
    "#REF!",
    "QOP",
    "15E",
    "England",
    "Y60",
    "2018/19",
    "£m",
    "\u00a3k",
    "٣",
    "²",
    "0x10",
    "1_000",
    " ",
    "x" * 300,
    '"',
    "\u2028",
]


def outcome(path: Path) -> Reading | None:
    """What was read, or None for a refusal with something to say; any other exception fails the test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return recognise.read(path, KNOWN)
    except InputError as refusal:
        assert len(str(refusal)) > 20
        return None


# --- cells of allowances ---

ICB, CCG = layouts.icb_allowances(), layouts.ccg_allowances()
FIRST = (2_000 * 207 + 206 * 207 // 2) * 1_000
TOTALS = {
    "icb": {"2023/24": 1_108_760_000, "2024/25": 908_760_000, "2025/26": 828_299_000},
    "ccg": {"2017/18": FIRST, "2018/19": FIRST + 2_070_000},
}
ROUNDING = {"icb": 21_510, "ccg": 104_010}
"""Half a thousand pounds for each body and for the total: what printed totals may differ by."""


@st.composite
def altered(draw, rows: list[list]) -> list[list]:
    """The rows with one to three things done to them that people and programs do to spreadsheets."""
    rows = copy.deepcopy(rows)
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(rows) - 1))
        column = draw(st.integers(0, len(rows[0]) - 1))
        match draw(
            st.sampled_from(
                [
                    "drop row",
                    "repeat row",
                    "blank row",
                    "odd cell",
                    "digit",
                    "drop column",
                    "blank column",
                    "swap columns",
                    "swap rows",
                    "scale",
                    "commas",
                    "shift",
                ]
            )
        ):
            case "drop row" if len(rows) > 1:
                del rows[row]
            case "repeat row":
                rows.insert(draw(st.integers(0, len(rows))), list(rows[row]))
            case "blank row":
                rows.insert(row, [""] * len(rows[0]))
            case "odd cell":
                rows[row][column] = draw(st.sampled_from(ODD))
            case "digit":
                rows[row][column] = f"{rows[row][column] or ''}{draw(st.integers(0, 9))}"
            case "drop column" if len(rows[0]) > 1:
                for line in rows:
                    del line[column]
            case "blank column":
                for line in rows:
                    line.insert(column, "")
            case "swap columns":
                other = draw(st.integers(0, len(rows[0]) - 1))
                for line in rows:
                    line[column], line[other] = line[other], line[column]
            case "swap rows":
                other = draw(st.integers(0, len(rows) - 1))
                rows[row], rows[other] = rows[other], rows[row]
            case "scale" if isinstance(rows[row][column], int | float):
                rows[row][column] *= draw(st.sampled_from([10, 1_000, 0.001, -1]))
            case "commas":
                rows[row] = [f"{cell:,}" if isinstance(cell, int) else cell for cell in rows[row]]
            case "shift":
                rows[row] = ["", *rows[row][:-1]]
    return rows


def accounted_for(reading: Reading, layout: str) -> None:
    """Each year's total is the one the layout was built from, to the rounding of its printed total, or it is said that
    no total was printed for it; and the total is shown."""
    frame = reading.tables["allowance_official"]
    assert not frame.duplicated(["body_code", "financial_year"]).any()
    bodies = 42 if layout == "icb" else 207
    for year, total in frame.groupby("financial_year")["allowance_gbp"].sum().items():
        assert f"{year} £" in reading.total
        if any(check.startswith(f"{year}: no national total is printed") for check in reading.checks):
            missing = bodies - frame.loc[frame["financial_year"] == year, "body_code"].nunique()
            assert missing == 0 or any("have no row" in said or "not given" in said for said in reading.warnings)
        else:
            assert total == pytest.approx(TOTALS[layout][year], abs=ROUNDING[layout] + 1)


@pytest.mark.parametrize("layout", ["icb", "ccg"])
@QUICK
@given(data=st.data())
def test_altered_allowances(tmp_path, layout, data):
    rows = data.draw(altered(ICB if layout == "icb" else CCG))
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    reading = outcome(path)
    if reading and "allowance_official" in reading.tables:
        accounted_for(reading, layout)


@QUICK
@given(
    order=st.permutations(range(7)),
    blanks=st.lists(st.integers(0, 46), max_size=4),
    commas=st.booleans(),
    bom=st.booleans(),
    quoted=st.booleans(),
    note=st.text("abc é,;", max_size=30),
)
def test_what_does_not_matter_changes_nothing(tmp_path, order, blanks, commas, bom, quoted, note):
    rows = [[row[place] for place in order] for row in ICB]
    if commas:
        rows = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    for place in sorted((place for place in blanks if place > 4), reverse=True):
        rows.insert(place, [""] * 7)
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv([*rows, [], [f"Note: {note}"]], quote_all=quoted, bom=bom))
    reading = recognise.read(path, KNOWN)
    totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
    assert totals.to_dict() == TOTALS["icb"] and len(reading.tables["allowance_official"]) == 126


# --- lists of practices ---

GP = layouts.gp_all()


@QUICK
@given(data=st.data())
def test_altered_lists_of_practices(tmp_path, data):
    content = layouts.as_csv(data.draw(altered(GP)))
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    reading = outcome(path)
    if reading is None or "registered_population" not in reading.tables:
        return
    lines = list(csv.reader(content.decode().splitlines(keepends=True)))
    heading = next(line for line in lines if "NUMBER_OF_PATIENTS" in line)
    place = heading.index("NUMBER_OF_PATIENTS")
    below = [line for line in lines[lines.index(heading) + 1 :] if len(line) == len(heading)]
    everyone = sum(int(float(line[place].replace(",", ""))) for line in below if line[place].strip())
    outside = sum(
        int(warning.split(" with ")[1].split(" ")[0].replace(",", ""))
        for warning in reading.warnings
        if "belong to no body" in warning
    )
    assert reading.tables["registered_population"]["registered_population"].sum() + outside == everyone


# --- staff, from sickness absence ---

ABSENCE = layouts.absence({"28/02/2026": 28}, layouts.ABSENCE_GROUPS)


@QUICK
@given(data=st.data())
def test_altered_absence(tmp_path, data):
    """What is taken is what the file has for commissioners: each figure, found again by plain reading, and no other."""
    content = layouts.as_csv(data.draw(altered(ABSENCE)))
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    reading = outcome(path)
    if reading is None or "staff" not in reading.tables:
        return
    lines = list(csv.reader(content.decode().splitlines(keepends=True)))
    heading = next(line for line in lines if "FTE_DAYS_AVAILABLE" in line)
    code, days = heading.index("ORG_CODE"), heading.index("FTE_DAYS_AVAILABLE")
    printed = {
        (line[code].strip(), round(float(line[days].replace(",", "")) / 28, 2))
        for line in lines[lines.index(heading) + 1 :]
        if len(line) == len(heading) and line[days].strip() not in ("", "-", "*", "..")
    }
    staff = reading.tables["staff"]
    assert not staff.duplicated(["date", "body_code", "staff_group"]).any()
    if set(staff["date"].dt.day) == {28}:
        with_figure = staff.dropna(subset="staff_fte")
        assert set(zip(with_figure["body_code"], with_figure["staff_fte"], strict=True)) <= printed
    missing = {icb["icb_code"] for icb in layouts.icbs()} - set(staff["body_code"])
    assert not missing or any("in force without staff" in said for said in reading.warnings)


# --- bytes ---

SEEDS = {
    "all.csv": layouts.as_csv(GP),
    "ages.csv": layouts.as_csv(layouts.gp_ages()),
    "eccg.csv": layouts.as_csv(layouts.eccg()),
    "stp.csv": layouts.as_csv(layouts.ccg_to_stp()),
    "first.csv": layouts.as_csv(layouts.allowances_2013_14()),
    "absence.csv": layouts.as_csv(ABSENCE),
    "sub_icb.csv": layouts.as_csv(layouts.sub_icb_to_icb()),
}
TOKENS = [
    b"",
    b",",
    b'"',
    b"\r\n",
    b"\x00",
    b"\xff",
    b"\xa3",
    b"9" * 400,
    b"=A1",
    b"NaN",
    "²".encode(),
    b"\xe2\x80\xa8",
]


@pytest.mark.parametrize("name", [*SEEDS, "icb.xlsx"])
@settings(QUICK, max_examples=40)
@given(data=st.data())
def test_altered_bytes(tmp_path, name, data):
    if name == "icb.xlsx":
        sheet = tmp_path / "seed.xlsx"
        if not sheet.exists():
            layouts.xlsx(sheet, {"ICB running cost allowance": ICB})
        content = bytearray(sheet.read_bytes())
    else:
        content = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 3, 50, 100_000]))
        content[place : place + length] = data.draw(st.sampled_from(TOKENS))
    path = tmp_path / f"a.{name.split('.')[1]}"
    path.write_bytes(bytes(content))
    reading = outcome(path)
    if reading and name == "icb.xlsx":
        accounted_for(reading, "icb")

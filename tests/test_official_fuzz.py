"""Mutated layouts end in the right table or a clear refusal: never in a traceback, never in other totals unsaid.

The oracle is independent of the readers: for allowances the totals the layout was built from, for lists of practices
a plain count of the mutated file.
"""

from __future__ import annotations

import copy
import csv
import datetime
import io
import re
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

ICB, CCG, GP = layouts.icb_allowances("2026/27"), layouts.ccg_allowances(), layouts.gp_all()
FIRST = (2_000 * 207 + 206 * 207 // 2) * 1_000
TOTALS = {
    "icb": {"2023/24": 1_108_760_000, "2024/25": 908_760_000, "2026/27": 828_299_000},
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


# --- what people and publishers do to whole files ---

FIRST_LIST = layouts.allowances_2013_14()
STPS = layouts.ccg_to_stp()
BY_NAME = {
    # Where the heading, the codes and the names are, the names' table, and the table with its column of amounts.
    "icb": (ICB, 2, 2, 3, "allowance_official", 42),
    "first": (FIRST_LIST, 0, 0, 1, "allowance_2013_14", 211),
}
INVISIBLE = ["\u00ad", "\u200b", "\u200e", "\u2060", "\ufeff", "\u00a0"]


def amounts_by_name(rows: list[list], heading: int, name: int) -> dict[tuple[str, str], float]:
    """What a sheet says of each name and year, by plain reading."""
    found = {}
    for row in rows[heading + 1 :]:
        if len(row) > 4 and row[name]:
            for place, text in enumerate(rows[heading]):
                if year := re.search(r"20\d\d/\d\d", str(text)):
                    found[row[name], year[0]] = float(row[place]) * 1_000
                elif "£m" in str(text):
                    found[row[name], "2013/14"] = float(row[place]) * 1e6
    return found


def said_of_names(reading: Reading, table: str, names: dict[str, str]) -> dict[tuple[str, str], float]:
    frame = reading.tables[table]
    keys = zip(frame["body_code"].map(names), frame["financial_year"], strict=True)
    return dict(zip(keys, frame["allowance_gbp"], strict=True))


@pytest.mark.parametrize("layout", BY_NAME)
@QUICK
@given(data=st.data())
def test_codes_changed_over_are_never_taken_in_silence(tmp_path, layout, data):
    """Two to four codes go to each other's rows: every amount stays with the name that it stands beside."""
    rows, heading, code, name, table, _ = BY_NAME[layout]
    rows = copy.deepcopy(rows)
    names = {row[code]: row[name] for row in rows[heading + 1 :] if len(row) > 4 and row[name]}
    truth = amounts_by_name(rows, heading, name)
    bodies = [place for place, row in enumerate(rows) if place > heading and len(row) > 4 and row[name]]
    chosen = data.draw(st.lists(st.sampled_from(bodies), min_size=2, max_size=4, unique=True))
    codes = [rows[place][code] for place in chosen]
    for place, other in zip(chosen, codes[1:] + codes[:1], strict=True):
        rows[place][code] = other
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    reading = outcome(path)
    assert reading is None or said_of_names(reading, table, names) == pytest.approx(truth)


@QUICK
@given(data=st.data())
def test_stps_and_bodies_changed_over_in_a_lookup(tmp_path, data):
    rows = copy.deepcopy(STPS)
    column = data.draw(st.sampled_from([0, 1, 3]))
    one, other = data.draw(st.lists(st.integers(1, len(rows) - 1), min_size=2, max_size=2, unique=True))
    if rows[one][column] == rows[other][column]:
        return
    rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    assert outcome(path) is None


@pytest.mark.parametrize("layout", BY_NAME)
@QUICK
@given(data=st.data())
def test_headings_that_slip_move_no_amount(tmp_path, layout, data):
    rows, heading, code, name, table, _ = BY_NAME[layout]
    rows = copy.deepcopy(rows)
    names = {row[code]: row[name] for row in rows[heading + 1 :] if len(row) > 4 and row[name]}
    truth = amounts_by_name(rows, heading, name)
    by = data.draw(st.integers(1, len(rows[heading]) - 1))
    rows[heading] = rows[heading][by:] + rows[heading][:by]
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    reading = outcome(path)
    if reading:
        assert said_of_names(reading, table, names).items() <= truth.items()


@QUICK
@given(places=st.lists(st.sampled_from([4, 5, 6]), unique=True, min_size=1), first=st.integers(2013, 2034))
def test_an_amount_is_never_of_a_year_before_its_body(tmp_path, places, first):
    rows = copy.deepcopy(ICB)
    for step, place in enumerate(places):
        rows[2][place] = f"{first + step}/{(first + step) % 100 + 1:02d} £k"
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    reading = outcome(path)
    if reading:
        assert min(reading.tables["allowance_official"]["financial_year"]) >= "2022/23"


@QUICK
@given(data=st.data())
def test_what_cannot_be_seen_changes_nothing_or_is_refused(tmp_path, data):
    rows = copy.deepcopy(ICB)
    for _ in range(data.draw(st.integers(1, 4))):
        row, column = data.draw(st.integers(2, 45)), data.draw(st.integers(0, 6))
        text = str(rows[row][column])
        place = data.draw(st.integers(0, len(text)))
        rows[row][column] = text[:place] + data.draw(st.sampled_from(INVISIBLE)) + text[place:]
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    if reading := outcome(path):
        totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
        assert totals.to_dict() == TOTALS["icb"]


@pytest.mark.parametrize("layout", BY_NAME)
@QUICK
@given(data=st.data())
def test_a_list_that_was_cut_says_how_many_are_missing(tmp_path, layout, data):
    rows, heading, _, _, table, bodies = BY_NAME[layout]
    kept = data.draw(st.integers(heading + 5, heading + bodies))
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows[:kept]))
    if reading := outcome(path):
        there = reading.tables[table]["body_code"].nunique()
        missing = f"{bodies - there} of the {bodies} bodies of "
        assert there == bodies or any(said.startswith(missing) for said in reading.warnings)
        assert there == bodies or any("was published for all" in said for said in reading.warnings)


@QUICK
@given(
    note=st.sampled_from(
        ["v1.2", "Version 3, revised for {}", "Updated to reflect {} and all that was decided since then"]
    ),
    year=st.integers(2013, 2030),
    row=st.sampled_from([0, 1]),
    column=st.integers(1, 6),
)
def test_a_note_on_the_edition_is_no_heading(tmp_path, note, year, row, column):
    rows = copy.deepcopy(ICB)
    rows[0][6] = ""
    rows[row][column] = note.format(f"{year}/{year % 100 + 1:02d}")
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    reading = outcome(path)
    assert reading is not None
    totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
    assert totals.to_dict() == TOTALS["icb"]


@settings(QUICK, max_examples=25)
@given(day=st.dates(datetime.date(2013, 4, 1), datetime.date(2026, 1, 1)))
def test_a_date_given_by_hand_is_borne_out_by_the_file_or_asked_for(tmp_path, day):
    path = tmp_path / "a.csv"
    for rows, own in ((ICB, "2023-04-01"), (STPS, "2018-04-01")):
        path.write_bytes(layouts.as_csv(rows))
        try:
            reading = recognise.read(path, KNOWN, day.isoformat())
        except InputError as refusal:
            assert "--date" in str(refusal) or "footprints of" in str(refusal)
        else:
            assert day.isoformat() == own and reading.date == day


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-8-sig", "cp850", "mac-roman"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_another_encoding_or_separator_is_read_right_or_refused(tmp_path, encoding, mark):
    for name, rows in (("icb", ICB), ("first", FIRST_LIST), ("stp", STPS), ("gp", GP)):
        text = io.StringIO()
        csv.writer(text, delimiter=mark).writerows(rows)
        path = tmp_path / "a.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        reading = outcome(path)
        assert reading is not None or mark == "|" or encoding not in ("utf-8-sig",)
        if reading and name == "icb":
            accounted_for(reading, "icb")
        if reading and name == "gp":
            everyone = sum(row[9] for row in GP[1:])
            assert reading.tables["registered_population"]["registered_population"].sum() == everyone


# --- lists of practices ---


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
        if "of no body" in warning
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
        if len(line) == len(heading) and line[days].strip() not in ("", "-", "*", "..", "FTE_DAYS_AVAILABLE")
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

"""What a file's own cells, or the figures held, contradict is refused or said with its place: found by 10,000 mutations.

Each case is worked by hand on a layout of `official_layouts`; what nothing contradicts is in `docs/official-files.md`.
"""

from __future__ import annotations

from pathlib import Path

import official_layouts as layouts
import pytest

from ccganalysis.data.official import recognise
from ccganalysis.data.official.reading import Known, Reading
from ccganalysis.errors import InputError


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(layouts.RAW)


def read(tmp_path: Path, rows: list[list], known: Known, date: str | None = None) -> Reading:
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows))
    return recognise.read(path, known, date)


def refusal(tmp_path: Path, rows: list[list], known: Known, date: str | None = None) -> str:
    with pytest.raises(InputError) as refused:
        read(tmp_path, rows, known, date)
    return str(refused.value)


def said(reading: Reading, start: str) -> str:
    """The one warning that begins so."""
    (found,) = [warning for warning in reading.warnings if warning.startswith(start)]
    return found


# --- staff ---


@pytest.mark.parametrize(
    ("rows", "code", "name"),
    [
        (layouts.absence({"2026-FEB": 28}, layouts.ABSENCE_MONTH), 5, 6),
        (layouts.absence({"2019-APR": 30}), 3, 4),
        (layouts.absence({"28/02/2026": 28}, layouts.ABSENCE_GROUPS), 5, 6),
    ],
)
def test_codes_changed_over_beside_their_names(tmp_path, known, rows, code, name):
    rows = [list(row) for row in rows]
    one, other = rows[1][code], rows[-20][code]
    for row in rows[1:]:
        row[code] = {one: other, other: one}.get(row[code], row[code])
    message = refusal(tmp_path, rows, known)
    assert f"row 2, column {'G' if name == 6 else 'E'} (" in message
    assert f"is the name of {one}, and beside it stands {other}" in message


def test_a_support_units_code_beside_a_bodys_name(tmp_path, known):
    rows = layouts.absence({"2026-FEB": 28}, layouts.ABSENCE_MONTH)
    rows[-1][5], rows[1][5] = rows[1][5], rows[-1][5]
    assert "is the name of QE1, and beside it stands 0DE" in refusal(tmp_path, rows, known)


def test_support_units_without_a_row_are_said(tmp_path, known):
    rows = layouts.absence({"2026-FEB": 28}, layouts.ABSENCE_MONTH)
    held = {row["unit_code"] for row in layouts.table("support_unit_staff")}
    assert "0DE" in held
    assert "0DE" not in said(read(tmp_path, rows, known), "support units without a row in February 2026")
    assert "0DE" in said(read(tmp_path, rows[:-1], known), "support units without a row in February 2026")
    both = layouts.absence({"2019-APR": 30, "2019-MAY": 31})
    assert said(read(tmp_path, both[:-1], known), "support units").endswith("in May 2019: 0DE")


def test_a_month_to_come_is_refused(tmp_path, known):
    rows = layouts.absence({"2019-APR": 30})
    rows[4][0] = "2039-APR"
    assert "row 5, column A (DATE): '2039-APR' is a month to come" in refusal(tmp_path, rows, known)


def test_a_row_parted_by_other_marks_than_the_rest_is_no_footnote(tmp_path, known):
    rows = layouts.absence({"2019-APR": 30})
    for row in rows[1:]:
        row[0] = "APR 2019"
    rows[9] = [";".join(str(cell) for cell in rows[9])]
    assert "row 10: has 1 cells where the heading has 9" in refusal(tmp_path, rows, known)


# --- lookups ---


def test_a_small_area_that_is_missing_is_noticed(tmp_path, known):
    rows = layouts.lsoa_to_ccg()
    assert "has 32,843 small areas, and England has 32,844" in refusal(tmp_path, rows[:-1], known)
    parted = [*rows[:99], [";".join(str(cell) for cell in rows[99])], *rows[100:]]
    assert "row 100: has 1 cells where the heading has 8" in refusal(tmp_path, parted, known)


def test_pairs_with_another_number_of_small_areas_are_named(tmp_path, known):
    rows = layouts.lsoa_to_ccg()
    pairs = [
        pair
        for pair in layouts.table("local_authority_overlap")
        if (pair["as_at"], pair["body_code"]) == ("2018-04-01", "04R")
    ]
    one, other = sorted(pairs, key=lambda pair: -int(pair["lsoa_count"]))[:2]
    moved = next(row for row in rows if (row[4], row[6]) == ("04R", one["authority_code"]))
    moved[6] = other["authority_code"]
    warning = said(read(tmp_path, rows, known), "two pairs of body and authority with another number of small areas")
    for pair, change in ((one, -1), (other, 1)):
        count = int(pair["lsoa_count"])
        assert f"04R and {pair['authority_code']} {count} to {count + change}" in warning


# --- lists of patients ---


@pytest.mark.parametrize(
    ("day", "wrong"),
    [("04/01/2018", "is no first of a month"), ("2021-01-31", "is no first of a month"), ("01JAN2039", "is to come")],
)
def test_lists_are_taken_on_the_first_of_a_month_that_has_begun(tmp_path, known, day, wrong):
    """Of 01/04/2018, read the American way round, comes the fourth of January."""
    assert f"column B (EXTRACT_DATE): {wrong}" in refusal(tmp_path, layouts.gp_all("2018-04-01", day), known)


def test_no_practice_has_more_people_than_any(tmp_path, known):
    rows = layouts.gp_all()
    rows[7][9] *= 1_000
    assert "row 8, column J (NUMBER_OF_PATIENTS): is more than any practice has" in refusal(tmp_path, rows, known)


def as_held(day: str) -> list[list]:
    """A list of the people and the practices that are held of each body: all but one practice have one patient."""
    practices = {row["body_code"]: int(row["practices"]) for row in layouts.table("practices") if row["date"] == day}
    rows = [list(layouts.GP_ALL)]
    for row in layouts.table("registered_population"):
        if row["date"] == day:
            code, count, people = row["body_code"], practices[row["body_code"]], int(row["registered_population"])
            first = people // count
            for part in range(count):
                patients = people - first * (count - 1) if part == 0 else first
                rows.append(
                    ["X", "01JAN2021", "GP", code, "", f"{code}{part:03d}", "", "ALL", "ALL", patients],
                )
    return rows


def test_every_figure_unlike_the_one_held_of_the_same_date_is_said(tmp_path, known):
    rows = as_held("2021-01-01")
    assert not read(tmp_path, rows, known).warnings
    one, other = rows[1], rows[-1]
    one[9] -= 900
    other[9] += 900
    held = {
        row["body_code"]: int(row["registered_population"])
        for row in layouts.table("registered_population")
        if row["date"] == "2021-01-01"
    }
    warning = said(
        read(tmp_path, rows, known), "registered people of two bodies differ from those held of 01 January 2021"
    )
    assert f"{one[3]} {held[one[3]]:,} to {held[one[3]] - 900:,}" in warning
    assert f"{other[3]} {held[other[3]]:,} to {held[other[3]] + 900:,}" in warning
    other[3] = one[3]
    assert said(read(tmp_path, rows, known), "practices of two bodies differ")


def test_practices_of_no_body_are_named_by_row(tmp_path, known):
    rows = layouts.gp_all()
    rows[11][3] = ""
    warning = said(read(tmp_path, rows, known), f"one practice with {rows[11][9]:,} patients, of no body")
    assert warning.endswith("(row 12)")


# --- allowances ---


def test_what_stands_beside_the_allowances_of_2013_14_is_compared_too(tmp_path, known):
    rows = layouts.allowances_2013_14()
    assert not read(tmp_path, rows, known).warnings
    one, other = rows[1], rows[2]
    people = one[2], other[2]
    one[2], other[2] = people[::-1]
    one[4] = "Nowhere"
    reading = read(tmp_path, rows, known)
    people_said = said(reading, "registered population of 2 differs from what is held")
    for row, (before, after) in ((one, people), (other, people[::-1])):
        assert f"{row[0]} {before} to {after}".replace(",", "") in people_said
    assert f"{one[0]} " in said(reading, "commissioning region of 1 differs")
    for wrong in ("-120,000", "0", 10**18):
        one[2] = wrong
        assert "must be a whole number of people" in refusal(tmp_path, rows, known)


def test_a_name_spelt_otherwise_stays_as_it_is_held(tmp_path, known):
    rows = layouts.allowances_2013_14()
    held = {row[0]: row[1] for row in rows[1:]}
    for row in rows[1:]:
        row[1] = row[1].upper().replace("NHS ", "").replace(" AND ", " & ")
    table = read(tmp_path, rows, known).tables["allowance_2013_14"]
    assert dict(zip(table["body_code"], table["body_name"], strict=True)) == held


def test_a_total_that_only_rounding_explains_is_to_be_looked_at(tmp_path, known):
    rows = layouts.icb_allowances("2026/27")
    assert not any("rounding" in warning for warning in read(tmp_path, rows, known).warnings)
    rows[7][6] += 3
    warning = said(read(tmp_path, rows, known), "2026/27: 42 bodies add up to £828,302 thousand")
    assert "printed in row 47: £828,299 thousand, which rounding explains if no figure was altered" in warning


def test_codes_under_a_heading_of_amounts_and_one_heading_twice(tmp_path, known):
    rows = layouts.ccg_allowances("£m", england=False)
    for row in rows[4:-1]:
        row[0], row[4] = row[4], row[0]
    assert "has the bodies' codes under the heading '2018/19 Running cost allowance £m'" in refusal(
        tmp_path, rows, known
    )
    rows = layouts.ccg_allowances("£m", england=False)
    rows[3][4] = rows[3][5]
    assert "column F (2018/19 £ per head): has the heading of column E" in refusal(tmp_path, rows, known)


def test_figures_that_are_held_of_another_year_are_asked_for(tmp_path, known):
    """The column of 2023/24 headed 2022/23, of which nothing is held; all figures are those of the year after."""
    rows = layouts.icb_allowances("2026/27")
    assert not read(tmp_path, rows, known).asks
    rows[2][4] = "2022/23 £k"
    asked = read(tmp_path, rows, known).asks["--replace"]
    assert "the figures of 2022/23 are those held of 2023/24, so the heading may be of another year" in asked


@pytest.mark.parametrize("written", ["2.48E+04", "2e4", "1.5e+03"])
def test_scientific_notation_leaves_digits_out(tmp_path, known, written):
    for rows, column in (
        (layouts.icb_allowances(), 6),
        (layouts.gp_all(), 9),
        ([["body_code", "financial_year", "outturn_gbp", "kind", "source"], *[OUTTURN] * 9], 2),
    ):
        rows = [list(row) for row in rows]
        rows[7][column] = written
        message = refusal(tmp_path, rows, known)
        assert "row 8" in message and "is in scientific notation, which leaves digits out" in message


# --- the project's own tables ---

OUTTURN = ["15E", "2018/19", "25000000", "published", "annual report"]


def test_a_table_of_the_users_says_which_bodies_have_no_row(tmp_path, known):
    rows = [["body_code", "financial_year", "outturn_gbp", "kind", "source"], OUTTURN]
    assert said(read(tmp_path, rows, known), "2018/19: 194 of the 195 bodies have no row: 00C")
    path = tmp_path / "a.csv"
    path.write_bytes(layouts.as_csv(rows).rstrip())
    assert said(recognise.read(path, known), "the last line has no line end")


def test_headings_of_the_users_table_changed_over(tmp_path, known):
    rows = [["financial_year", "body_code", "outturn_gbp", "kind", "source"], OUTTURN, ["07L", *OUTTURN[1:]]]
    message = refusal(tmp_path, rows, known)
    assert "not foreseen" not in message and "financial_year" in message

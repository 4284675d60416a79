"""Each publisher's layout, with the variants the years have brought, becomes the right table or a clear refusal."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import official_layouts as layouts
import pandas as pd
import pytest

from ccganalysis.data.official import cells, reading, recognise
from ccganalysis.data.official.reading import Known, Reading
from ccganalysis.errors import DataError, InputError


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(layouts.RAW)


def read(tmp_path: Path, content: bytes, known: Known, date: str | None = None, name: str = "download.csv") -> Reading:
    path = tmp_path / name
    path.write_bytes(content)
    return recognise.read(path, known, date)


def refusal(tmp_path: Path, content: bytes, known: Known) -> str:
    with pytest.raises(InputError) as refused:
        read(tmp_path, content, known)
    return str(refused.value)


# --- NHS Digital ---


@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("stamp", ["01JAN2021", "2021-01-01", "01-Jan-21", "01/01/2021"])
def test_gp_all_by_body(tmp_path, known, stamp, bom):
    reading = read(tmp_path, layouts.as_csv(layouts.gp_all(stamp=stamp), bom=bom), known)
    assert (reading.bodies, reading.date) == (135, datetime.date(2021, 1, 1))
    # 135 bodies with 1,000 + n and 1,001 + n patients, n from 0 to 134.
    assert reading.tables["registered_population"]["registered_population"].sum() == 135 * 2_001 + 2 * 134 * 135 // 2
    assert set(reading.tables["practices"]["practices"]) == {2}
    assert set(reading.tables["registered_population"]["boundary"]) == {"April 2020"}


def test_gp_all_in_any_order_of_columns(tmp_path, known):
    expected = read(tmp_path, layouts.as_csv(layouts.gp_all()), known)
    other = read(tmp_path, layouts.as_csv(layouts.gp_all(columns=layouts.GP_ALL[::-1])), known)
    for name, frame in expected.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])


def test_gp_all_of_sub_icb_locations_also_gives_icbs(tmp_path, known):
    columns = [name.replace("CCG", "SUB_ICB_LOCATION") for name in layouts.GP_ALL]
    rows = [columns]
    for number, place in enumerate(layouts.table("sub_icb_locations")):
        rows.append(
            [
                "GP_PRAC_PAT_LIST",
                "01APR2024",
                "GP",
                place["body_code"],
                place["sub_icb_gss_code_2024"],
                f"A{number:05d}",
                "",
                "ALL",
                "ALL",
                100,
            ]
        )
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.bodies == 106
    icbs = reading.tables["icb_registered_population"]
    assert len(icbs) == 42 and icbs["registered_population"].sum() == 10_600
    assert (icbs["registered_population"] == 100 * icbs["sub_icb_count"]).all()


def test_gp_map_counts_practices(tmp_path, known):
    reading = read(tmp_path, layouts.as_csv(layouts.gp_map()), known)
    assert list(reading.tables) == ["practices"] and reading.tables["practices"]["practices"].sum() == 3 * 135


def test_gp_ages_takes_the_bodies_own_rows_and_checks_them(tmp_path, known):
    rows = layouts.gp_ages()
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.bodies == 195
    assert reading.tables["registered_population"]["registered_population"].sum() == 195 * 2_001 + 194 * 195
    assert any("add up" in check for check in reading.checks)
    rows[-1][-1] += 1
    assert "add up to" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_gp_wide_needs_a_date(tmp_path, known):
    content = layouts.as_csv(layouts.gp_wide())
    assert "--date" in refusal(tmp_path, content, known)
    assert read(tmp_path, content, known, "2016-04-01").bodies == 209


def test_practices_without_a_body_are_said_not_lost(tmp_path, known):
    rows = layouts.gp_all()
    rows.append(["GP_PRAC_PAT_LIST", "01JAN2021", "GP", "-", "", "Z99999", "", "ALL", "ALL", 50])
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert any("one practice with 50 patients, of no body" in warning for warning in reading.warnings)


def test_all_faults_of_a_file_are_listed_with_excel_rows_and_columns(tmp_path, known):
    rows = layouts.gp_all()
    rows[5][9] = "1,O13"
    rows[7][3] = "15Z"
    rows[9] = rows[8]
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert "row 6, column J (NUMBER_OF_PATIENTS)" in message and "'1,O13'" in message
    assert "row 8, column D (CCG_CODE)" in message and "The nearest is '15" in message
    assert "row 10, column F (CODE): repeats a practice" in message


def test_a_file_cut_short_is_refused_by_the_bodies_it_lacks(tmp_path, known):
    content = layouts.as_csv(layouts.gp_all())
    message = refusal(tmp_path, content[: len(content) // 2], known)
    assert "of the 135 bodies in force on 01 January 2021 are missing" in message


# --- staff, from sickness absence ---

# 135 CCGs of April 2020 with 10 to 144 FTE; 42 ICBs with 10 to 51.
CCG_STAFF, ICB_STAFF = 135 * 10 + 134 * 135 // 2, 42 * 10 + 41 * 42 // 2


def staff_of(reading: Reading, group: str = "All staff groups") -> pd.DataFrame:
    frame = reading.tables["staff"]
    return frame[frame["staff_group"] == group]


@pytest.mark.parametrize(
    ("columns", "months", "staff"),
    [
        (layouts.ABSENCE_ARCHIVE, {"2020-APR": 30, "2020-MAY": 31}, CCG_STAFF),
        (layouts.ABSENCE_MONTH, {"31/01/2026": 31}, ICB_STAFF),
        (layouts.ABSENCE_GROUPS, {"28/02/2026": 28}, ICB_STAFF),
        (layouts.ABSENCE_GROUPS_ARCHIVE, {"30/04/2020": 30}, CCG_STAFF),
    ],
)
def test_staff_are_days_available_over_days_in_the_month(tmp_path, known, columns, months, staff):
    reading = read(tmp_path, layouts.as_csv(layouts.absence(months, columns)), known)
    for _, frame in staff_of(reading).groupby("date"):
        assert frame["staff_fte"].sum() == staff
    assert staff_of(reading)["date"].nunique() == len(months)
    assert (reading.tables["staff"]["date"] == reading.tables["staff"]["date"] + pd.offsets.MonthEnd(0)).all()
    units = reading.tables["support_unit_staff"]
    assert set(units["staff_fte"]) == {100} and set(units["unit_code"]) == {"0DE"}
    assert set(units["unit_name"]) == {"NHS Arden and Greater East Midlands Commissioning Support Unit"}
    assert any(said.startswith("one other organisation (") for said in reading.warnings)


def test_staff_groups_have_the_codebooks_names_and_blanks_stay_blank(tmp_path, known):
    rows = layouts.absence({"28/02/2026": 28}, layouts.ABSENCE_GROUPS)
    rows[4][9] = "Other staff or those with unknown classification"
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert len(reading.tables["staff"]) == 42 * 4
    assert set(reading.tables["staff"]["source_id"]) == {"NHSE-ABSENCE-2026-02"}
    assert staff_of(reading, "Managers")["staff_fte"].sum() == ICB_STAFF / 2
    assert len(staff_of(reading, "Unknown classification")) == 1
    assert staff_of(reading, "HCHS doctors")["staff_fte"].isna().sum() == 41
    assert any("42 rows without a figure, held as blank" in said for said in reading.warnings)


@pytest.mark.parametrize(
    "written",
    ["2020-APR", "APR 2020", "Apr-20", "April 2020", "2020-04", "202004", "2020-04-30", "01/04/2020", "30APR2020"],
)
def test_a_month_in_any_spelling(tmp_path, known, written):
    rows = layouts.absence({"2020-APR": 30})
    for row in rows[1:]:
        row[0] = written
    assert read(tmp_path, layouts.as_csv(rows), known).date == datetime.date(2020, 4, 30)


@pytest.mark.parametrize("written", ["2020-04-15", "04/30/2020", "Q1 2020", "1999-01", ""])
def test_what_is_no_month_is_named(tmp_path, known, written):
    rows = layouts.absence({"2020-APR": 30})
    rows[3][0] = written
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert message.startswith("download.csv, row 4, column A (DATE): ") and "is not a month such as" in message


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (7, "-310", "row 4, column H (FTE_DAYS_AVAILABLE): must not be negative"),
        (6, "-1", "row 4, column G (FTE_DAYS_SICK): must not be negative"),
        (6, "400", "row 4, column G (FTE_DAYS_SICK): is more than the 360.00 days available"),
        (7, "", "row 4, column H (FTE_DAYS_AVAILABLE): has days lost and no days available"),
        (7, "3,6O0", "row 4, column H (FTE_DAYS_AVAILABLE): must be a number"),
        (8, "5.0", "row 4, column I (SA_RATE): is not the days lost in 100 days available"),
        (3, "99Z", "row 4, column D (ORG_CODE): no body has this code (found '99Z'). The nearest is '99"),
    ],
)
def test_a_fault_of_a_commissioners_row_is_named(tmp_path, known, column, value, said):
    rows = layouts.absence({"2020-APR": 30})
    rows[3][column] = value
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert said in message and "\n" not in message


def test_an_organisation_twice_in_a_month_is_named(tmp_path, known):
    rows = layouts.absence({"2020-APR": 30, "2020-MAY": 31})
    rows.append(rows[3])
    assert "repeats row 4: same organisation, month and staff group" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_staff_groups_must_add_up_but_for_what_is_not_printed(tmp_path, known):
    rows = layouts.absence({"28/02/2026": 28}, layouts.ABSENCE_GROUPS)
    # The first ICB's central functions lose 40 of 140 days: its doctors, without a figure, could be as many as 330.
    rows[3][10:13] = [3, 100, "3.0"]
    assert read(tmp_path, layouts.as_csv(rows), known).bodies == 42
    rows[3][10:13] = [6, 200, "3.0"]
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert "row 2, column L (FTE_DAYS_AVAILABLE)" in message
    assert "has 280.0 days available in all, its staff groups add up to 340.0 (1 without a figure" in message
    rows[1][9] = "Everyone"
    assert "no staff group has this name (found 'Everyone')" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_bodies_outside_their_term_are_left_out_and_named(tmp_path, known):
    rows = layouts.absence({"2020-MAR": 31, "2020-APR": 30})
    before, after = in_force("2020-03-31"), in_force("2020-04-30")
    closed, opened = sorted(before - after)[0], sorted(after - before)[0]
    rows.append(["2020-APR", "", "", closed, "", "", 3, 300, "1.0"])
    rows.append(["2020-MAR", "", "", opened, "", "", 3, 310, "0.97"])
    reading = read(tmp_path, layouts.as_csv(rows), known)
    taken = set(zip(reading.tables["staff"]["body_code"], reading.tables["staff"]["date"].dt.month, strict=True))
    assert (closed, 4) not in taken and (opened, 3) not in taken and (closed, 3) in taken
    said = next(said for said in reading.warnings if said.startswith("two rows of bodies that were not in force"))
    assert f"row {len(rows) - 1} ({closed}, April 2020, 10.0 FTE)" in said


def in_force(day: str) -> set[str]:
    return {body["body_code"] for body in layouts.in_force(day)}


def test_bodies_without_staff_and_units_not_held_are_said(tmp_path, known):
    rows = [row for row in layouts.absence({"2020-APR": 30}) if row[3] != "15F"]
    rows.append(["2020-APR", "", "", "0ZZ", "A New CSU", "Commissioning Support Unit", 3, 300, "1.0"])
    warnings = read(tmp_path, layouts.as_csv(rows), known).warnings
    assert any("without staff in the file, in one month; in April 2020 1: 15F" in said for said in warnings)
    assert any("does not hold were left out: 0ZZ A New CSU" in said for said in warnings)


def test_primary_care_trusts_of_earlier_months_are_other_organisations(tmp_path, known):
    rows = layouts.absence({"2020-APR": 30})
    rows.append(["2009-APR", "", "", "5QQ", "Devon PCT", "Clinical Commissioning Group", 3, 300, "1.0"])
    assert any(
        said.startswith("two other organisations") for said in read(tmp_path, layouts.as_csv(rows), known).warnings
    )


def test_a_date_held_from_another_publication_stays_and_is_compared(tmp_path, known):
    reading = read(tmp_path, layouts.as_csv(layouts.absence({"2018-JUN": 30, "2018-MAY": 31})), known)
    assert set(reading.tables["staff"]["date"].dt.month) == {5}
    said = next(said for said in reading.warnings if "30 June 2018" in said)
    # 17,704 FTE on 185 CCGs are published for that day, all of them among the 195 in force.
    assert (
        "from another publication (NHSD-AH2324), and it stays: 17,704 there" in said and "185 that are in both" in said
    )


def test_days_by_reason_of_absence_are_refused(tmp_path, known):
    rows = [[*row, "S10 Anxiety" if place else "REASON"] for place, row in enumerate(layouts.absence({"2020-APR": 30}))]
    assert "it has the column REASON: days lost by reason" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_file_without_a_commissioner_is_refused(tmp_path, known):
    rows = [row for place, row in enumerate(layouts.absence({"2020-APR": 30})) if place == 0 or row[3] == "RGT"]
    assert "none of its one organisation is a commissioner in force" in refusal(tmp_path, layouts.as_csv(rows), known)


# --- ODS and ONS ---


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        ("2018-04-02", "195 in force on 1 April 2018"),
        ("2025-12-01", "106 in force on 1 April 2021"),
    ],
)
def test_eccg_of_2018_and_after_the_last_merger(tmp_path, known, day, in_force):
    rows = layouts.eccg(day)
    reading = read(tmp_path, layouts.as_csv(rows, quote_all=True), known)
    assert reading.bodies == len(rows) - 1 and in_force in reading.total
    assert any("1 commissioning hubs left out" in check for check in reading.checks)
    assert reading.tables["body_register"].empty


def test_eccg_without_a_body_is_refused(tmp_path, known):
    rows = [row for row in layouts.eccg() if row[0] != "15F"]
    assert "15F was in force" in refusal(tmp_path, layouts.as_csv(rows), known)


@pytest.mark.parametrize("fid", ["first", "last", "none"])
@pytest.mark.parametrize(
    ("year", "bodies", "stps"), [(2017, 207, 44), (2018, 195, 42), (2019, 191, 42), (2020, 135, 42), (2021, 106, 42)]
)
def test_ccg_to_stp_of_any_year(tmp_path, known, year, bodies, stps, fid):
    rows = layouts.ccg_to_stp(year, fid, stp_cdh=year >= 2020, upper=year != 2019)
    reading = read(tmp_path, layouts.as_csv(rows, bom=year == 2019), known)
    assert (reading.bodies, reading.total, reading.warnings) == (bodies, f"{stps} STPs", [])


def test_a_body_in_two_stps_is_refused(tmp_path, known):
    rows = layouts.ccg_to_stp()
    rows.append(rows[3][:3] + rows[100][3:5] + [999])
    assert "repeats row 4: a body is in one STP" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_lookup_of_a_date_without_footprint_says_which_there_are(tmp_path, known):
    rows = layouts.ccg_to_stp(2018)
    rows[0] = [name.replace("18", "16") for name in rows[0]]
    assert "The project has footprints of 01 April 2017" in refusal(tmp_path, layouts.as_csv(rows), known)


@pytest.mark.parametrize("year", [2018, 2021])
def test_lsoa_to_ccg_to_authority(tmp_path, known, year):
    reading = read(tmp_path, layouts.as_csv(layouts.lsoa_to_ccg(year)), known)
    assert reading.total == "32,844 small areas (LSOAs)" and reading.warnings == []
    held = known.table("local_authority_overlap")
    held = held[held["as_at"] == f"{year}-04-01"]
    assert reading.tables["local_authority_overlap"]["share_of_body_lsoas"].sort_values().to_numpy() == pytest.approx(
        held["share_of_body_lsoas"].sort_values().to_numpy(), abs=2e-4
    )


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_sub_icb_to_icb(tmp_path, known, year):
    reading = read(tmp_path, layouts.as_csv(layouts.sub_icb_to_icb(year)), known)
    assert (reading.bodies, reading.total) == (106, "42 ICBs")


# --- NHS England ---


def test_the_first_allowances_reconcile_with_the_published_total(tmp_path, known):
    reading = read(tmp_path, layouts.as_csv(layouts.allowances_2013_14()), known)
    frame = reading.tables["allowance_2013_14"]
    assert len(frame) == 211 and frame["allowance_gbp"].sum() == pytest.approx(1_345_200_000, abs=1)
    assert frame["registered_population"].sum() > frame["adjusted_population"].sum() == 53_807_894


def test_icb_workbook_reconciles_with_its_printed_totals(tmp_path, known):
    path = layouts.xlsx(
        tmp_path / "a.xlsx", {"ICB Core Allocations": [["x"]], "ICB running cost allowance": layouts.icb_allowances()}
    )
    reading = recognise.read(path, known)
    totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
    assert totals.to_dict() == {"2023/24": 1_108_760_000, "2024/25": 908_760_000}
    assert len([check for check in reading.checks if "printed in row 47" in check]) == 3


@pytest.mark.parametrize("unit", ["£000", "£k", "£m", "£"])
@pytest.mark.parametrize("merged", [True, False])
def test_ccg_workbook_with_a_heading_of_two_rows(tmp_path, known, unit, merged):
    rows = layouts.ccg_allowances(unit)
    merges = {"Running costs": ["A1:F1", "C3:D3", "E3:F3"]} if merged else None
    reading = recognise.read(layouts.xlsx(tmp_path / "a.xlsx", {"Running costs": rows}, merges), known)
    totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
    first = (2_000 * 207 + 206 * 207 // 2) * 1_000
    assert totals.to_dict() == pytest.approx({"2017/18": first, "2018/19": first + 2_070_000})
    assert reading.bodies == 207 and set(reading.tables["allowance_official"]["kind"]) == {"published"}


def test_units_are_never_guessed(tmp_path, known):
    rows = layouts.ccg_allowances()
    rows[3] = [cell and cell.replace("£000", "") for cell in rows[3]]
    assert "does not say whether the amounts are £" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_wrong_unit_shows_in_the_amounts(tmp_path, known):
    rows = layouts.ccg_allowances()
    rows[3] = [cell and cell.replace("£000", "£m") for cell in rows[3]]
    assert "is no plausible running cost allowance" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_two_columns_for_one_year_are_refused(tmp_path, known):
    rows = layouts.ccg_allowances()
    rows[2][4] = "2017/18"
    assert "both running costs of 2017/18" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_sum_that_is_not_the_printed_total_is_refused(tmp_path, known):
    rows = layouts.icb_allowances()
    rows[10][4] += 1_000
    assert "the printed total" in refusal(tmp_path, layouts.as_csv(rows), known)
    assert "add up to £1,109,760 thousand" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_row_that_is_no_body_and_no_total_is_refused(tmp_path, known):
    rows = layouts.ccg_allowances(england=False)
    rows[20][0] = "O2N"
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert "row 21, column A" in message and "The nearest is '02N'" in message


def test_regions_with_their_own_rows_are_checked_and_not_bodies(tmp_path, known):
    rows = layouts.icb_allowances()[:-1]
    for region in ("Y56", "Y60"):
        part = [row for row in rows[4:] if row[0] == region]
        rows.append(["", "", region, part[0][1], *(sum(row[place] for row in part) for place in (4, 5, 6))])
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.bodies == 42
    assert sum("printed in row" in check for check in reading.checks) == 6
    rows[-1][4] += 500
    assert "the printed total of Y60" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_stps_with_their_own_rows_among_ccgs_are_subtotals(tmp_path, known):
    rows = layouts.ccg_allowances()
    stps = {body["area_code"]: body["area_name"] for body in layouts.footprint("2017-04-01")}
    for number, (code, name) in enumerate(stps.items()):
        code = code if number % 2 else ["E54000007", "", None][number % 3]
        rows.insert(4 + 4 * number, [code, name, 9_000, 22.1, 9_000, 22.1])
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.bodies == 207
    assert sum("is a subtotal, left out" in check for check in reading.checks) == len(stps)


def test_a_national_total_above_the_bodies_is_compared_too(tmp_path, known):
    rows = layouts.ccg_allowances()
    rows.insert(4, rows.pop(-2))
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.bodies == 207 and sum("printed in row 5" in check for check in reading.checks) == 2
    rows[4][2] += 1_000
    assert "row 5, column C" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_body_without_its_code_is_not_a_subtotal(tmp_path, known):
    rows = layouts.icb_allowances()[:-1]
    rows[10][2] = ""
    assert "row 11, column C (ICB23): has amounts, but is neither" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_a_baseline_of_the_year_before_is_left_alone(tmp_path, known):
    rows = [
        [*row, *(["2015/16 baseline £000"] if number == 3 else [1_900] if 3 < number < 212 else [None])]
        for number, row in enumerate(layouts.ccg_allowances())
    ]
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert set(reading.tables["allowance_official"]["financial_year"]) == {"2017/18", "2018/19"}
    assert any("left alone" in said and "2015/16 baseline" in said for said in reading.warnings)


def test_none_is_not_nought(tmp_path, known):
    rows = layouts.ccg_allowances(england=False)
    rows[10][4] = "-"
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert len(reading.tables["allowance_official"]) == 2 * 207 - 1
    assert any("not given" in warning for warning in reading.warnings)


def test_a_change_of_more_than_a_quarter_is_a_warning_with_the_rows(tmp_path, known):
    rows = layouts.ccg_allowances(england=False)
    rows[4][4] = 3_000
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert any(
        "more than 25%" in warning and f"{rows[4][0]} 2,000,000 to 3,000,000" in warning for warning in reading.warnings
    )


def test_formulas_never_calculated_and_values_of_other_workbooks_are_refused(tmp_path, known):
    rows = layouts.icb_allowances()
    rows[6][4] = "=27000+873"
    rows[7][5] = "='[1]Other'!B2"
    path = layouts.xlsx(tmp_path / "a.xlsx", {"ICB running cost allowance": rows})
    with pytest.raises(DataError) as refused:
        recognise.read(path, known)
    assert "row 7, column E (2023/24 £k): is a formula that was never calculated" in str(refused.value)
    assert "row 8, column F (2024/25 £k): takes its value from another workbook" in str(refused.value)


# --- names, years, editions ---


@pytest.mark.parametrize(
    ("layout", "code", "name"),
    [
        (layouts.icb_allowances, 2, 3),
        (layouts.allowances_2013_14, 0, 1),
        (layouts.ccg_to_stp, 0, 2),
        (layouts.sub_icb_to_icb, 0, 2),
        (layouts.lsoa_to_ccg, 3, 5),
        (layouts.eccg, 0, 1),
        (layouts.gp_map, 6, 7),
    ],
)
def test_two_codes_changed_over_are_told_by_the_names_beside_them(tmp_path, known, layout, code, name):
    rows = layout()
    if layout is layouts.ccg_to_stp:
        rows = [[*row[:1], "", *row[2:]] if place else [row[0], "X", *row[2:]] for place, row in enumerate(rows)]
    if layout is layouts.lsoa_to_ccg:
        rows = [[*row[:4], "", *row[5:]] if place else [*row[:4], "X", *row[5:]] for place, row in enumerate(rows)]
    if layout is layouts.sub_icb_to_icb:
        rows = [[row[0], "", *row[2:]] if place else [row[0], "X", *row[2:]] for place, row in enumerate(rows)]
    codes = list(dict.fromkeys(row[code] for row in rows[7:]))[:2]
    if layout is layouts.lsoa_to_ccg:
        # All small areas of both, so that pairs of body and authority tell nothing if the two share their authority.
        codes = sorted({row[code] for row in rows if row[name] in ("NHS Wandsworth CCG", "NHS Merton CCG")})
    changed_over = dict(zip(codes, codes[::-1], strict=True))
    for row in rows:
        row[code] = changed_over.get(row[code], row[code])
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert "is the name of " in message and ", and beside it stands " in message


def test_a_practices_code_and_gss_code_contradict_each_other(tmp_path, known):
    gss = {body["body_code"]: body["body_gss_code"] for body in layouts.footprint("2020-04-01")}
    rows = layouts.gp_all()
    for row in rows[1:]:
        row[4] = gss[row[3]]
    assert read(tmp_path, layouts.as_csv(rows), known).bodies == 135
    first, second = rows[1][3], rows[-1][3]
    for row in rows[1:]:
        row[3] = {first: second, second: first}.get(row[3], row[3])
    assert f"is the GSS code of {first}, and beside it stands {second}" in refusal(
        tmp_path, layouts.as_csv(rows), known
    )


def test_names_that_are_much_alike_are_told_apart(known):
    assert "is the name of 72Q or QKK" in known.every_name.contradict("QWE", "NHS South East London ICB")
    assert "is the name of " in known.every_name.contradict("QWE", "South East Londn ICB")
    assert known.every_name.contradict("QWE", "NHS South West Londn ICB") == ""


@pytest.mark.parametrize(
    "name",
    ["NHS HUMBER & NORTH YORKSHIRE", "Humber and North Yorkshire ICB.", "Humber and N. Yorks", "NHS Anywhere ICB", ""],
)
def test_a_name_is_compared_loosely(tmp_path, known, name):
    rows = layouts.icb_allowances()
    row = next(row for row in rows if row[2] == "QOQ")
    row[3] = name
    assert read(tmp_path, layouts.as_csv(rows), known).bodies == 42


def test_headings_that_slipped_make_a_code_a_name(tmp_path, known):
    rows = [[row[1], row[0], *row[2:]] if place else row for place, row in enumerate(layouts.allowances_2013_14())]
    assert "a code stands where the name belongs" in refusal(tmp_path, layouts.as_csv(rows), known)


def test_an_allowance_of_a_year_before_its_body_is_refused(tmp_path, known):
    rows = layouts.icb_allowances()
    rows[2][4] = "2013/14 £k"
    message = refusal(tmp_path, layouts.as_csv(rows), known)
    assert "row 5, column E (2013/14 £k): has an allowance of 2013/14, and Q" in message
    assert "came into force after 31 March 2014" in message


@pytest.mark.parametrize(
    ("code", "year", "said"),
    [
        ("15F", "2030/31", "15F had ended before that year"),
        ("72Q", "2018/19", "72Q came into force after that year"),
        ("QOP", "2039/40", "QOP cannot have spent in a year to come"),
    ],
)
def test_an_outturn_is_of_a_year_in_which_its_body_was_in_force(tmp_path, known, code, year, said):
    rows = [["body_code", "financial_year", "outturn_gbp", "kind", "source"], [code, year, 17e6, "reported", "x"]]
    assert f"row 2, column financial_year: {said}" in refusal(tmp_path, layouts.as_csv(rows), known)


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize(
    "note",
    [
        "v1.2 Revised to reflect additional impact of final 2023/24 pay award",
        "Changes since the last edition are all of the 2023/24 pay award",
        "Version of 2024/25",
    ],
)
@pytest.mark.parametrize("first", [2024, 2026])
def test_a_note_above_a_column_is_no_part_of_its_heading(tmp_path, known, note, row, first):
    rows = layouts.icb_allowances()
    years = [f"{year}/{year % 100 + 1}" for year in range(first, first + 3)]
    rows[2][4:] = [f"{year} £k" for year in years]
    rows[row][6], rows[1 - row][6] = note, ""
    reading = read(tmp_path, layouts.as_csv(rows[:1] + rows[2:] if row == 0 else rows), known)
    totals = reading.tables["allowance_official"].groupby("financial_year")["allowance_gbp"].sum()
    assert totals.to_dict() == dict(zip(years, (1_108_760_000, 908_760_000, 828_299_000), strict=True))


def test_two_years_in_one_heading_are_left_alone_and_that_is_said(tmp_path, known):
    rows = layouts.ccg_allowances(england=False)
    rows[3][2] = "Running cost allowance £000 at 2016/17 prices"
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert set(reading.tables["allowance_official"]["financial_year"]) == {"2018/19"}
    assert any("left alone: figures in column C" in said for said in reading.warnings)


@pytest.mark.parametrize("mark", ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u200e"])
def test_what_cannot_be_seen_in_a_heading_or_a_code_changes_nothing(tmp_path, known, mark):
    rows = layouts.icb_allowances()
    rows[2][5] = f"2024/{mark}25 £{mark}k"
    rows[8][2] = f"{rows[8][2]}{mark}"
    assert "2024/25 £908,760 thousand" in read(tmp_path, layouts.as_csv(rows), known).total
    rows = layouts.gp_all()
    rows[0][9] = f"NUMBER_OF_{mark}PATIENTS"
    assert read(tmp_path, layouts.as_csv(rows), known).bodies == 135


def test_a_cut_list_says_what_is_missing_and_what_was_published(tmp_path, known):
    warnings = read(tmp_path, layouts.as_csv(layouts.allowances_2013_14()[:99]), known).warnings
    assert any("113 of the 211 bodies of 1 April 2013 have no row" in said for said in warnings)
    assert any("the 98 bodies add up to £" in said and "£1,345.2 million was published" in said for said in warnings)
    assert read(tmp_path, layouts.as_csv(layouts.allowances_2013_14()), known).warnings == []


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("layout", [layouts.gp_all, layouts.icb_allowances, layouts.ccg_to_stp, layouts.eccg])
def test_semicolons_and_tabs_part_cells_too(tmp_path, known, layout, mark):
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows(layout())
    one, other = (
        read(tmp_path, content, known) for content in (layouts.as_csv(layout()), text.getvalue().encode("utf-8"))
    )
    assert (one.bodies, one.total, one.warnings) == (other.bodies, other.total, other.warnings)
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])


def test_practices_of_a_hub_are_named_and_set_aside(tmp_path, known):
    rows = [*layouts.gp_wide("2014-10-01"), ["P99999", "AB1 2CD", "13A", "E38000999", 48, 24, 0]]
    reading = read(tmp_path, layouts.as_csv(rows), known, "2014-10-01")
    assert reading.bodies == 211
    people = reading.tables["registered_population"]["registered_population"].sum()
    assert people == sum(row[4] for row in rows[1:]) - 48
    assert "13A is a commissioning hub of NHS England, no body: its one row with 48 patients are not" in " ".join(
        reading.warnings
    )


def test_the_heading_of_sub_icb_locations_in_short(tmp_path, known):
    columns = [name.replace("CCG", "SUB_ICB_LOC") for name in layouts.GP_ALL]
    rows = [columns]
    for number, place in enumerate(layouts.table("sub_icb_locations")):
        gss = place["sub_icb_gss_code_2024"]
        rows.append(["X", "01APR2024", "GP", place["body_code"], gss, f"A{number:05d}", "", "ALL", "ALL", 100])
    assert read(tmp_path, layouts.as_csv(rows), known).bodies == 106


def test_the_nearest_code_is_looked_for_only_where_it_will_be_shown(tmp_path, known, monkeypatch):
    looked_for = []
    monkeypatch.setattr(reading, "nearest", lambda value, valid: looked_for.append(value) or "QOP")
    rows = layouts.icb_allowances()[:-1]
    rows += [["", "", f"Z{place // 26:03d}{chr(65 + place % 26)}", "", 3_000, 3_000, 3_000] for place in range(5_000)]
    assert "The nearest is 'QOP'" in refusal(tmp_path, layouts.as_csv(rows), known)
    assert len(looked_for) == DataError.shown


# --- the register ---


def test_reporting_entities_are_no_bodies(tmp_path, known):
    rows = layouts.eccg("2024-07-01")
    for number in range(37):
        entity = [""] * 27
        entity[:4] = [f"A{number // 10}B{number % 10}C", f"SOMEWHERE PLACE {number}", "Y63", "QHM"]
        entity[10], entity[13] = "20230401", "RO327"
        rows.append(entity)
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.tables["body_register"].empty and not reading.asks
    assert any("37 rows of another kind (RO327) are no commissioners" in said for said in reading.warnings)


@pytest.mark.parametrize(("code", "opened"), [("99Y", "20130401"), ("ZZTOP9", "20240401")])
def test_a_body_of_a_strange_code_is_asked_for_and_every_body_added_is_named(tmp_path, known, code, opened):
    rows = layouts.eccg("2025-12-01")
    rows.append([code, "NHS SOMEWHERE NEW", "Y63", "QHM", *[""] * 6, opened, "", "", "RO319", *[""] * 13])
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert f"{code} (the nearest is" in reading.asks["--accept-new"]
    assert any(said.startswith(f"added: {code} (NHS SOMEWHERE NEW)") for said in reading.warnings)
    rows[-1][0], rows[-1][10] = "A9Z9Z", "20270401"
    assert not read(tmp_path, layouts.as_csv(rows), known).asks


def test_what_is_in_force_is_of_the_day_after_the_last_closing(tmp_path, known):
    """In February 2016 four bodies had merged into others since 2013: 211 less 3 and 1, and two that came after."""
    rows = [row for row in layouts.eccg("2016-02-01") if row[13] == "C"]
    for row in rows:
        if row[0] == "13T":
            row[10] = "20141126"  # ODS opened the code before the body took office
    assert "209 in force on 1 April 2015" in read(tmp_path, layouts.as_csv(rows), known).total


# --- the project's own layout ---


def test_outturn_in_the_projects_own_columns(tmp_path, known):
    rows = [
        ["body_code", "financial_year", "outturn_gbp", "kind", "source"],
        ["15F", "2018/19", "17000000", "reported", "annual report"],
    ]
    reading = read(tmp_path, layouts.as_csv(rows), known)
    assert reading.tables["outturn"]["outturn_gbp"].tolist() == [17_000_000]
    rows[1][0] = "15Z"
    assert "no body has this code" in refusal(tmp_path, layouts.as_csv(rows), known)


@pytest.mark.parametrize(
    "rows",
    [
        layouts.gp_all(),
        layouts.gp_map(),
        layouts.gp_ages(),
        layouts.ccg_to_stp(),
        layouts.lsoa_to_ccg(),
        layouts.sub_icb_to_icb(),
        layouts.allowances_2013_14(),
        layouts.eccg()[-1:],
        [["body_code", "financial_year", "outturn_gbp", "kind", "source"]],
    ],
    ids=["all", "map", "ages", "stp", "lsoa", "sub-icb", "2013/14", "only a hub", "outturn"],
)
def test_a_heading_without_rows_is_refused(tmp_path, known, rows):
    assert refusal(tmp_path, layouts.as_csv(rows[:1]), known)


# --- cells ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,108,760", 1_108_760),
        ("3.75", 3.75),
        ("(12)", -12),
        ("£4.1", 4.1),
        ("-", None),
        ("*", None),
        ("", None),
        (None, None),
        (5.0, 5),
    ],
)
def test_numbers_as_printed(text, value):
    assert cells.number(text) == value


@pytest.mark.parametrize("text", ["1.234,5", "=A1", "#REF!", "12,34", "1 2", "abc", "1e999", "NaN", "inf"])
def test_what_is_not_a_number_is_never_one(text):
    with pytest.raises(cells.NotANumber):
        cells.number(text)


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("2023/24 £k", 1_000),
        ("Allowance (£000)", 1_000),
        ("£'000", 1_000),
        ("£000s", 1_000),
        ("£ thousand", 1_000),
        ("Running Cost Allowance £m", 1_000_000),
        ("£ million", 1_000_000),
        ("£M", 1_000_000),
        ("Allowance (£)", 1),
        ("Running Cost Allowance Â£m", 1_000_000),
        ("Allowance", None),
        ("£k and £m", None),
        ("£ per head", None),
    ],
)
def test_units_of_headings(heading, unit):
    assert cells.unit(heading) == unit


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2018/19", ["2018/19"]),
        ("2018-19 £k", ["2018/19"]),
        ("2018/2019", ["2018/19"]),
        ("FY19", ["2018/19"]),
        ("18/19", ["2018/19"]),
        ("2016/17 to 2020/21", ["2016/17", "2020/21"]),
        ("1 April 2018", []),
        ("2018/20", []),
    ],
)
def test_financial_years_of_headings(text, years):
    assert cells.financial_years(text) == years

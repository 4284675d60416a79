"""Official files of the era of ICBs: where each goes, what the era then uses of it, and what is refused."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas
import official_layouts as layouts
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from ccganalysis import cli
from ccganalysis.analysis import running_costs
from ccganalysis.data import ingest, staging
from ccganalysis.data.official import recognise
from ccganalysis.data.official.reading import Known, Reading
from ccganalysis.errors import InputError

AS_AT = "2026-04-01"


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(layouts.RAW)


def file(tmp_path: Path, rows: list[list], name: str = "download.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(layouts.as_csv(rows))
    return path


def read(tmp_path: Path, rows: list[list], known: Known) -> Reading:
    return recognise.read(file(tmp_path, rows), known)


def refusal(tmp_path: Path, rows: list[list], known: Known) -> str:
    with pytest.raises(InputError) as refused:
        read(tmp_path, rows, known)
    return str(refused.value)


def add(path: Path, *options: str) -> str:
    done = CliRunner().invoke(cli.app, ["add", str(path), *options])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def tables() -> ingest.Tables:
    return ingest.Tables(ingest.era(AS_AT))


def baseline() -> pd.Series:
    """The allowances that the era's pages start from, by body of April 2026."""
    frame = running_costs.allowances(tables(), AS_AT, "", ingest.era(AS_AT))
    return frame.set_index("body_code")["baseline_gbp"]


# --- allowances ---


def test_an_earlier_edition_does_not_replace_the_later_one(home):
    before = baseline()
    told = add(file(home.parent, layouts.icb_allowances()))
    assert "2025/26: £828,299 thousand are the first edition's, and a later one is held (£873,991," in told
    assert baseline().to_dict() == before.to_dict() and round(before.sum(), -4) == 873_990_000


def test_a_file_of_an_earlier_edition_only_is_refused(tmp_path, known):
    rows = [row[:4] + row[6:] for row in layouts.icb_allowances()]
    assert "are the first edition's" in refusal(tmp_path, rows, known)


def final_edition() -> list[list]:
    """The workbook with 2025/26 as it was given in the end, in £ thousand, and one ICB with 100 more."""
    rows, final = layouts.icb_allowances(), {row["icb_code"]: row for row in layouts.icbs()}
    for row in rows[4:-1]:
        row[6] = round(float(final[row[2]]["allowance_2025_26_gbp"]) / 1_000)
    rows[4][6] += 100
    rows[-1][6] = sum(row[6] for row in rows[4:-1])
    return rows


def test_another_edition_is_asked_for_and_then_used(home):
    rows, before = final_edition(), baseline()
    path = file(home.parent, rows)
    done = CliRunner().invoke(cli.app, ["add", str(path)])
    assert isinstance(done.exception, InputError)
    assert "icb_allowance.csv holds other figures (2025/26 one body, £" in str(done.exception)
    assert "add --replace. Nothing was added" in str(done.exception)
    add(path, "--replace")
    assert baseline().sum() - before.sum() == pytest.approx(100_000, abs=42 * 500)


def test_figures_that_agree_to_their_rounding_are_asked_nothing(tmp_path, known):
    rows = final_edition()
    rows[4][6], rows[-1][6] = rows[4][6] - 100, rows[-1][6] - 100
    reading = read(tmp_path, rows, known)
    assert not reading.asks and not any("differ from those held" in said for said in reading.warnings)


def test_the_bodies_of_2026_have_an_edition(home):
    told = add(file(home.parent, layouts.icb_allowances_2026()))
    assert "ICB running cost allowances 2026/27 to 2027/28" in told and "have no row" not in told
    frame = tables()["allowance_official"]
    frame = frame[frame["financial_year"] == "2026/27"]
    assert len(frame) == 36 and frame["allowance_gbp"].sum() == (36 * 20_000 + 35 * 36 // 2) * 1_000


def test_bodies_of_2026_have_no_allowance_of_a_year_before(tmp_path, known):
    message = refusal(tmp_path, layouts.icb_allowances_2026(2024), known)
    assert "has an allowance of 2024/25, and D7T5G came into force after 31 March 2025" in message


def test_an_icb_missing_is_said_and_breaks_the_printed_total(tmp_path, known):
    rows = [row for row in layouts.icb_allowances_2026() if row[2] != "Z9B2Z"]
    assert "the printed total of England for 2026/27" in refusal(tmp_path, rows, known)
    said = read(tmp_path, rows[:-1], known).warnings
    assert any("1 of the 36 bodies of 1 April 2026 have no row: Z9B2Z" in one for one in said)


def test_merged_cells_another_sheet_and_totals_of_regions(tmp_path, known):
    rows = layouts.icb_allowances_2026()
    wide = [list(row) for row in rows]
    wide[1:1] = [["", "", "", "", "Running cost allowance", ""]]
    of_region = sum(row[4] for row in rows[2:] if row[0] == "Y56"), sum(row[5] for row in rows[2:] if row[0] == "Y56")
    wide.insert(-1, ["Y56", "London", "", "", *of_region])
    core = [["ICB26", "Core allocation £k 2026/27"], ["QYG", 5_000_000], ["QOP", 5_000_000], ["QWO", 4_000_000]]
    sheets = {"ICB Core Allocations 2026-27": core, "ICB running cost allowance": wide}
    path = layouts.xlsx(tmp_path / "a.xlsx", sheets, {"ICB running cost allowance": ["A1:F1", "E2:F2"]})
    assert recognise.read(path, known).bodies == 36
    only_core = layouts.xlsx(tmp_path / "b.xlsx", {"ICB Core Allocations 2026-27": core})
    with pytest.raises(InputError, match="no sheet has running costs by body"):
        recognise.read(only_core, known)


# --- lookups ---


def test_the_lookup_of_april_2026_goes_with_the_icbs_that_took_over(tmp_path, known):
    reading = read(tmp_path, layouts.sub_icb_to_icb_2026(), known)
    assert reading.total == "36 ICBs" and "compared only" in " ".join(reading.checks)
    assert reading.warnings == ["of ICBs that were divided, D4U1Y went and A1A1A, B2B2B, C3C3C came"]


def test_the_icbs_of_2022_in_a_lookup_of_2026_are_refused(tmp_path, known):
    rows = layouts.sub_icb_to_icb(2024)
    rows[0] = [name.replace("24", "26") for name in rows[0]]
    message = refusal(tmp_path, rows, known)
    assert "06H was in the ICB S1Y5D on 01 April 2026" in message and "(found 'QUE')" in message


def test_an_icb_or_a_location_missing_from_a_lookup(tmp_path, known):
    rows = layouts.sub_icb_to_icb_2026()
    message = refusal(tmp_path, [row for row in rows if row[4] != "QYG"], known)
    assert "ICBs in force on 01 April 2026 without a sub-ICB location: QYG" in message
    assert "9 of the 106 sub-ICB locations are missing" in message
    rows[5][3], rows[60][3] = rows[60][3], rows[5][3]
    assert "is the GSS code of " in refusal(tmp_path, rows, known)
    rows[8][1:3] = ["9ZZ", "NHS ICB - 9ZZ"]
    assert "no sub-ICB location has this code" in refusal(tmp_path, rows, known)


def test_the_headings_of_july_2022(tmp_path, known):
    rows = layouts.sub_icb_to_icb(2022)
    rows[0] = [name.replace("SICBL", "LOC") for name in rows[0]]
    reading = read(tmp_path, rows, known)
    assert (reading.bodies, reading.date, reading.warnings) == (106, datetime.date(2022, 7, 1), [])


@pytest.mark.parametrize(("year", "icbs"), [(2024, 42), (2026, 36)])
def test_small_areas_of_icbs(tmp_path, known, year, icbs):
    reading = read(tmp_path, layouts.lsoa_to_icb(year), known)
    assert (reading.bodies, reading.total, reading.warnings) == (icbs, "32,844 small areas (LSOAs)", [])


def test_small_areas_of_another_census_are_refused(tmp_path, known):
    rows = layouts.lsoa_to_icb(2026, census=2021)[:50]
    assert "its small areas are those of 2021, and the project counts those of 2011" in refusal(tmp_path, rows, known)


# --- lists ---


def of_april_2025() -> tuple[dict[str, int], dict[str, int]]:
    """Lists of 1 April 2025 as held, the first location with 50 more."""
    held = [row for row in layouts.table("registered_population") if row["date"] == "2025-04-01"]
    locations = {row["body_code"]: int(row["registered_population"]) for row in held}
    locations[min(locations)] += 50
    icbs: dict[str, int] = {}
    for place in layouts.table("sub_icb_locations"):
        icbs[place["icb_code"]] = icbs.get(place["icb_code"], 0) + locations[place["body_code"]]
    return icbs, locations


def test_a_list_of_april_2025_is_what_the_bodies_of_2026_have(home):
    icbs, locations = of_april_2025()
    told = add(file(home.parent, layouts.gp_ages_of_icbs("01APR2025", icbs, locations)))
    assert "icb_registered_population.csv: 0 rows new, 1 changed" in told.replace("42 changed", "1 changed")
    bodies = tables()["bodies"]
    people = bodies[bodies["as_at"] == AS_AT].set_index("body_code")["registered_population"]
    assert people.sum() == 63_768_543 + 50 and people["QHM"] == icbs["QHM"]


def test_icbs_that_are_not_the_sum_of_their_locations_are_refused(tmp_path, known):
    icbs, locations = of_april_2025()
    icbs["QYG"] += 1
    rows = layouts.gp_ages_of_icbs("01APR2025", icbs, locations)
    assert "the ICBs add up to 63,768,594, the bodies to 63,768,593" in refusal(tmp_path, rows, known)


def test_a_list_after_icbs_changed_is_taken_from_their_own_rows(home):
    icbs = {body["body_code"]: 1_700_000 + place for place, body in enumerate(layouts.footprint(AS_AT))}
    path = file(home.parent, layouts.gp_ages_of_icbs("01MAY2026", icbs, {"00L": sum(icbs.values())}))
    told = add(path)
    assert "icb_registered_population.csv: 36 rows new" in told and "registered_population.csv: 106" not in told
    frame = ingest.load("icb_registered_population")
    new = frame[frame["date"] == "2026-05-01"]
    assert new.set_index("icb_code")["registered_population"].to_dict() == icbs
    assert new["icb_gss_code_2024"].isna().sum() == 6 and new["sub_icb_count"].isna().all()


def test_the_icbs_of_2022_in_a_list_of_2026_are_refused(tmp_path, known):
    icbs, locations = of_april_2025()
    message = refusal(tmp_path, layouts.gp_ages_of_icbs("01APR2026", icbs, locations), known)
    assert "no ICB with this code was in force on 01 April 2026 (found 'QH8')" in message
    assert "6 of the 36 ICBs in force on 01 April 2026 are missing: D7T5G, S0E4D" in message


def all_of_april_2026() -> list[list]:
    """gp-reg-pat-prac-all with locations of before ICBs changed."""
    rows: list[list] = [[name.replace("CCG", "SUB_ICB_LOCATION") for name in layouts.GP_ALL]]
    for number, place in enumerate(layouts.table("sub_icb_locations")):
        code, gss = place["body_code"], place["sub_icb_gss_code_2024"]
        rows.append(["X", "01APR2026", "GP", code, gss, f"A{number:05d}", "", "ALL", "ALL", 100])
    return rows


def test_people_by_location_alone_do_not_tell_the_icbs_of_2026(tmp_path, known):
    assert "Add gp-reg-pat-prac-quin-age of the same month" in refusal(tmp_path, all_of_april_2026(), known)


def test_the_icb_beside_a_practice_is_its_locations(tmp_path, known):
    rows: list[list] = [
        ["PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME", "SUB_ICB_LOCATION_CODE", "ICB_CODE"]
    ]
    for number, place in enumerate(layouts.table("sub_icb_locations")):
        rows.append(
            ["GP_PRAC_MAP", "01APR2024", f"A{number:05d}", "THE SURGERY", place["body_code"], place["icb_code"]]
        )
    assert read(tmp_path, rows, known).bodies == 106
    rows[3][5] = "QYG"
    assert f"{rows[3][4]} is in the ICB QHM by sub_icb_locations.csv" in refusal(tmp_path, rows, known)


# --- boundaries ---


@pytest.mark.parametrize(("year", "bodies", "pairs"), [(2024, 42, 100), (2026, 36, 83)])
def test_outlines_of_icbs_of_another_detail(home, year, bodies, pairs):
    mark, frame = year % 100, geopandas.read_file(layouts.RAW / f"boundaries_{year}.geojson")
    frame = frame.rename(columns={"body_gss_code": f"ICB{mark}CD", "body_name": f"ICB{mark}NM"}).drop(
        columns="body_code"
    )
    frame["geometry"] = shapely.coverage_simplify(frame.geometry.values, 300)
    path = home.parent / "a.geojson"
    frame.to_crs("EPSG:4326").to_file(path)
    told = add(path)
    assert f"adjacency.csv: 0 rows new, {pairs} changed" in told
    outlines = json.loads(ingest.boundaries_path(pd.Timestamp(f"{year}-04-01")).read_text(encoding="utf-8"))
    assert len(outlines["features"]) == bodies
    links = tables()["links"]
    assert ((links["as_at"] == f"{year}-04-01") & (links["link"] == "rook")).sum() == pairs


def test_outlines_of_2022_under_the_codes_of_2026(tmp_path, known):
    frame = geopandas.read_file(layouts.RAW / "boundaries_2024.geojson").rename(columns={"body_gss_code": "ICB26CD"})
    path = tmp_path / "a.geojson"
    frame[["ICB26CD", "geometry"]].to_file(path)
    with pytest.raises(InputError, match="no body with this code was in force on the date"):
        recognise.read(path, known)


# --- staff, from workforce statistics ---

ICB_STAFF = 36 * 20 + 35 * 36 // 2


def test_staff_of_workforce_statistics(home):
    told = add(file(home.parent, layouts.workforce()))
    assert "1,350 full-time equivalents on 36 bodies in May 2026" in told
    assert "staff.csv: 144 rows new" in told and "support_unit_staff.csv: 1 rows new" in told
    frame = tables()["staff"]
    frame = frame[frame["date"] == "2026-05-31"]
    totals = frame.groupby("staff_group")["staff_fte"].sum().to_dict()
    office = (ICB_STAFF - 72) / 2
    assert totals == {
        "All staff groups": ICB_STAFF,
        "HCHS doctors": 72,
        "Central functions": office,
        "Managers": office,
    }
    assert set(frame["source_id"]) == {"NHSE-WORKFORCE-2026-05"}


def test_a_month_held_from_absence_stays(home):
    before = (home / "data" / "raw" / "staff.csv").read_bytes()
    told = add(file(home.parent, layouts.workforce("2025-12-31", "2024-04-01")))
    assert "staff.csv holds 31 December 2025 from another publication (NHSE-ABSENCE), and it stays" in told
    assert (home / "data" / "raw" / "staff.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (10, "-1", "row 9, column K (FTE): must not be negative"),
        (10, "2O", "row 9, column K (FTE): must be a number"),
        (0, "2026-05-15", "row 9, column A (DATA_MONTH): '2026-05-15' is not a month"),
        (6, "QZZ", "row 9, column G (ORG_CODE): no body has this code"),
        (9, "Everyone", "row 9, column J (STAFF_GROUP_1): no staff group has this name (found 'Everyone')"),
        (
            7,
            "NHS Essex Integrated Care Board",
            "row 9, column H (ORG_NAME): is the name of D7T5G, and beside it stands",
        ),
    ],
)
def test_faults_of_workforce_statistics(tmp_path, known, column, value, said):
    rows = layouts.workforce()
    own = next(place for place, row in enumerate(rows) if row[6] == "QE1")
    rows[8:8] = rows[own : own + 7]
    del rows[own + 7 : own + 14]
    rows[8][column] = value
    assert said in refusal(tmp_path, rows, known)


def test_staff_groups_that_are_no_parts_are_left_out(tmp_path, known):
    """As in months in which the groups of most bodies are not their parts."""
    rows = layouts.workforce()
    for row in rows[1:]:
        row[10] = "999" if row[9] == "Managers" else row[10]
    reading = read(tmp_path, rows, known)
    assert set(reading.tables["staff"]["staff_group"]) == {"All staff groups"}
    assert any("staff groups do not add up to all staff in May 2026" in said for said in reading.warnings)


def test_one_body_whose_staff_groups_are_no_parts_has_a_wrong_figure(tmp_path, known):
    """The second body has 21 full-time equivalents: 2 doctors, 9.5 in central functions and 9.5 managers."""
    rows = layouts.workforce()
    whole, part = (
        next(row for row in rows if row[6] == "QE1" and row[9] == group) for group in (rows[1][9], "Managers")
    )
    assert (whole[10], part[10]) == ("21.00000", "9.50000")
    for changed, value, said in ((whole, "2100", "has 2,100.00 FTE in all"), (part, "19.5", "add up to 31.00")):
        before, changed[10] = changed[10], value
        message = refusal(tmp_path, rows, known)
        assert f"row {rows.index(whole) + 1}, column K (FTE): QE1 has" in message and said in message
        changed[10] = before
    rows.remove(whole)
    assert "QE1 has no row of all staff in May 2026" in refusal(tmp_path, rows, known)


def test_staff_groups_alone_are_refused(tmp_path, known):
    rows = [row for row in layouts.workforce() if row[8] != "All staff groups"]
    assert "no row of a commissioner is of all its staff" in refusal(tmp_path, rows, known)


def test_icbs_that_had_ended_or_have_no_row_are_named(tmp_path, known):
    warnings = " ".join(read(tmp_path, layouts.workforce("2026-05-31", "2024-04-01"), known).warnings)
    assert "12 rows of bodies that were not in force in the month" in warnings and "(QH8, May 2026" in warnings
    assert "in May 2026 6: D7T5G, S0E4D, S1Y5D, S9B9J, T6Y0W and Z9B2Z" in warnings


def test_the_workbook_of_workforce_statistics_names_the_csv(tmp_path, known):
    rows = [
        ["NHS Workforce Statistics", "", ""],
        ["Organisation code", "Total", "Nurses & health visitors"],
        ["QYG", 9, 1],
    ]
    path = layouts.xlsx(tmp_path / "a.xlsx", {"3. NHSE, Org & SG - FTE": rows})
    with pytest.raises(InputError, match=r"Core 1\. Staff group"):
        recognise.read(path, known)


# --- what killed commands leave ---


def test_folders_of_killed_commands_are_cleared_and_no_others(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    script = (
        "import os, sys; from pathlib import Path; from ccganalysis.data import staging\n"
        "with staging.beside(Path(sys.argv[1]), staging.ADDING):\n"
        "    print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(raw)]
    start = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": os.environ}
    dead, living = subprocess.Popen(command, **start), None
    dead.stdout.readline()
    dead.kill()
    dead.wait()
    assert len(list(raw.parent.glob(".adding-*"))) == 1
    try:
        living = subprocess.Popen(command, **start)
        living.stdout.readline()
        assert len(list(raw.parent.glob(".adding-*"))) == 1  # the dead one's is gone, its own is there
        with staging.beside(raw, staging.ACCEPTING) as stage:
            assert stage.is_dir() and len(list(raw.parent.glob(".adding-*"))) == 1
    finally:
        if living:
            living.communicate(b"")
    assert [path.name for path in raw.parent.iterdir()] == ["raw"]


def test_a_folder_without_a_lock_is_cleared_once_it_is_old(tmp_path):
    fresh, old = tmp_path / ".adding-a", tmp_path / ".accepting-b"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    staging.clear_dead(tmp_path)
    assert fresh.is_dir() and not old.exists()

"""From a download to `data/raw/` with one command, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas
import official_layouts as layouts
import pytest
from ccg import ERA
from typer.testing import CliRunner

from ccganalysis import cli
from ccganalysis.data import checks, datapackage, ingest
from ccganalysis.data.official import boundaries, commands, recognise, store
from ccganalysis.data.official.reading import Known
from ccganalysis.errors import DataError, InputError


def state(raw: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in raw.iterdir()}


def run(*arguments: str):
    return CliRunner().invoke(cli.app, list(arguments))


def download(home: Path, name: str, content: bytes) -> str:
    path = home.parent / name
    path.write_bytes(content)
    return str(path)


def icb_workbook(home: Path, rows: list[list] | None = None) -> str:
    path = home.parent / "allocations.xlsx"
    return str(layouts.xlsx(path, {"ICB running cost allowance": rows or layouts.icb_allowances()}))


def test_the_allowances_of_a_workbook_become_a_table(home):
    done = run("add", icb_workbook(home))
    assert done.exit_code == 0, done.output
    for said in ("NHS England", "42", "£1,108,760 thousand", "£908,760 thousand", "84 rows new"):
        assert said in done.output
    frame = ingest.load("allowance_official")
    totals = frame.groupby("financial_year")["allowance_gbp"].sum()
    # The workbook's 2025/26 is the first edition's, 5% below what was given in the end: that stays.
    assert totals.round(-4).to_dict() == {"2023/24": 1_108_760_000, "2024/25": 908_760_000, "2025/26": 873_990_000}
    resource = next(
        found
        for found in datapackage.read_descriptor(home / "data" / "raw")["resources"]
        if found["path"] == "allowance_official.csv"
    )
    original = (home.parent / "allocations.xlsx").read_bytes()
    assert resource["sources"][0]["hash"] == f"sha256:{hashlib.sha256(original).hexdigest()}"
    assert resource["publisher"] == "NHS England" and resource["licenses"][0]["name"] == "OGL-UK-3.0"
    assert run("check").exit_code == 0


def test_adding_twice_changes_nothing_more(home):
    workbook = icb_workbook(home)
    run("add", workbook)
    before = state(home / "data" / "raw")
    assert "0 rows new, 0 changed, 84 as before" in run("add", workbook).output
    assert state(home / "data" / "raw") == before


def test_dry_run_only_tells(home):
    before = state(home / "data" / "raw")
    done = run("add", "--dry-run", icb_workbook(home))
    assert done.exit_code == 0 and "would change" in done.output
    assert state(home / "data" / "raw") == before


def test_a_new_date_adds_rows_and_leaves_the_others_byte_for_byte(home):
    raw = home / "data" / "raw"
    before = (raw / "registered_population.csv").read_text(encoding="utf-8").splitlines()
    rows = layouts.gp_all("2020-10-01", "01OCT2020")
    done = run("add", download(home, "gp-reg-pat-prac-all.csv", layouts.as_csv(rows)))
    assert done.exit_code == 0, done.output
    after = (raw / "registered_population.csv").read_text(encoding="utf-8").splitlines()
    assert len(after) == len(before) + 135 and set(before) <= set(after)
    assert after[1:] == sorted(after[1:], key=lambda line: line.split(",20")[1][:8])
    package = json.loads((raw / "datapackage.json").read_text(encoding="utf-8"))
    assert "NHSD-2020-10" in [source["name"] for source in package["sources"]]
    frame = ingest.load("registered_population")
    assert set(frame.loc[frame["date"] == "2020-10-01", "boundary"]) == {"April 2020"}


def held_of_absence(home: Path) -> list[list]:
    """The benchmarking file from which December 2025 is held, as far as its figures can be had back."""
    rows = [layouts.ABSENCE_GROUPS]
    for row in layouts.table("staff"):
        if row["date"] == "2025-12-31":
            days = float(row["staff_fte"]) * 31 if row["staff_fte"] else ""
            cells = {"DATE": "31/12/2025", "ORG_CODE": row["body_code"], "STAFF_GROUP": row["staff_group"]}
            cells |= {"FTE_DAYS_LOST": 0 if days else "", "FTE_DAYS_AVAILABLE": days}
            rows.append([cells.get(name, "") for name in layouts.ABSENCE_GROUPS])
    return rows


def test_one_download_adds_staff_around_the_mergers_and_twice_changes_nothing(home):
    months = {f"{year}-{month}": days for year in (2020, 2021) for month, days in (("MAR", 31), ("APR", 30))}
    file = download(home, "ESR_ABSENCE_CSV_NHSE.csv", layouts.as_csv(layouts.absence(months)))
    done = run("add", file)
    assert done.exit_code == 0, done.output
    # 191 CCGs in March 2020, 135 from April 2020, 106 in April 2021, and none of them held before.
    assert "staff.csv: 567 rows new, 0 changed, 0 as before" in done.output
    frame = ingest.load("staff")
    assert frame[frame["date"] == "2020-03-31"]["staff_fte"].sum() == 191 * 10 + 190 * 191 // 2
    assert set(frame.loc[frame["date"].dt.year == 2020, "source_id"]) == {"NHSE-RATES-2021-04"}
    before = state(home / "data" / "raw")
    assert "staff.csv: 0 rows new, 0 changed, 567 as before" in run("add", file).output
    assert state(home / "data" / "raw") == before
    assert "Staff of bodies" not in run("sources").output


def test_a_month_that_is_held_stays_byte_for_byte_and_a_new_figure_is_said(home):
    rows = held_of_absence(home)
    done = run("add", "--dry-run", download(home, "december.csv", layouts.as_csv(rows)))
    assert f"0 rows new, 0 changed, {len(rows) - 1} as before" in done.output, done.output
    assert "as held" not in done.output
    rows[1][11] += 31
    done = run("add", "--dry-run", download(home, "december.csv", layouts.as_csv(rows)))
    assert f"0 rows new, 1 changed, {len(rows) - 2} as before" in done.output, done.output
    assert "one figure changed against staff.csv as held: " in done.output


def test_a_small_body_whose_total_is_withheld_is_no_fault(home):
    """In February a group without a figure may hold 330 / 28 = 11.8 full-time equivalents, a body as well."""
    rows = layouts.absence({"28/02/2026": 28}, layouts.ABSENCE_GROUPS)
    rows[1][10:13] = rows[2][10:13] = rows[3][10:13] = ["", "", ""]
    rows[5][10:13] = [0, rows[5][11] + 329, "0.0"]
    done = run("add", download(home, "a.csv", layouts.as_csv(rows)))
    assert done.exit_code == 0, done.exception
    frame = ingest.load("staff")
    assert frame[frame["date"] == "2026-02-28"]["body_code"].nunique() == 42


def test_a_file_of_another_kind_leaves_a_month_that_is_held(home):
    before = (home / "data" / "raw" / "staff.csv").read_bytes()
    done = run(
        "add", download(home, "a.csv", layouts.as_csv(layouts.absence({"30/04/2024": 30}, layouts.ABSENCE_MONTH)))
    )
    assert done.exit_code == 0, done.output
    assert "staff.csv holds 30 April 2024 from another publication (NHSE-ABSENCE), and it stays" in done.output
    assert (home / "data" / "raw" / "staff.csv").read_bytes() == before


def april_2018():
    bodies = ingest.load("bodies")
    return bodies[bodies["as_at"] == "2018-04-01"]


def test_an_official_list_replaces_estimates(home):
    held = april_2018()
    assert (held["registered_population_kind"] != "published").sum() == 12
    people = dict(zip(held["body_code"], held["registered_population"], strict=True))
    rows = [layouts.GP_AGES] + [
        ["X", "01APR2018", "CCG", code, "", "", "ALL", "ALL", count] for code, count in people.items()
    ]
    done = run("add", download(home, "ages.csv", layouts.as_csv(rows)))
    assert done.exit_code == 0, done.output
    frame = april_2018()
    assert set(frame["registered_population_kind"]) == {"published"}


def test_a_date_given_by_hand_that_would_replace_held_rows_is_asked_for(home):
    raw = home / "data" / "raw"
    before = state(raw)
    file = download(home, "wide.csv", layouts.as_csv(layouts.gp_wide("2016-01-01")))
    done = run("add", file, "--date", "2016-01-01")
    assert isinstance(done.exception, InputError), done.output
    assert "rows held of it would go: registered_population.csv: 209 rows changed" in str(done.exception)
    assert "add --replace. Nothing was added" in str(done.exception) and state(raw) == before
    done = run("add", file, "--date", "2016-01-01", "--replace")
    assert "registered_population.csv: 0 rows new, 209 changed" in done.output
    # On another date nothing is held, so there is nothing to ask.
    assert not recognise.read(Path(file), Known(raw), "2016-03-01").asks


@pytest.mark.parametrize("date", ["2021-04-01", "2020-01-01"])
def test_a_date_that_the_file_contradicts_is_refused(home, date):
    for name, rows in (("all", layouts.gp_all()), ("stp", layouts.ccg_to_stp()), ("icb", layouts.icb_allowances())):
        done = run("add", download(home, f"{name}.csv", layouts.as_csv(rows)), "--date", date)
        assert isinstance(done.exception, InputError) and "--date" in str(done.exception)


def test_a_body_of_a_strange_code_is_added_only_when_said(home):
    rows = layouts.eccg("2025-12-01")
    rows.append(["99Y", "NHS SOMEWHERE NEW", "Y63", "QHM", *[""] * 6, "20130401", "", "", "RO319", *[""] * 13])
    file = download(home, "eccg.csv", layouts.as_csv(rows))
    assert "99Y (the nearest is" in str(run("add", file).exception)
    assert "1 rows new" in run("add", "--accept-new", file).output


def test_a_table_accepted_with_a_byte_order_mark_can_be_added_to(home):
    raw = home / "data" / "raw"
    path = raw / "registered_population.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    datapackage.accept(raw, [path.name])
    done = run("add", download(home, "all.csv", layouts.as_csv(layouts.gp_all("2020-10-01", "01OCT2020"))))
    assert done.exit_code == 0 and "135 rows new" in done.output


@pytest.mark.parametrize("spoil", ["figure", "code", "heading"])
def test_a_refused_file_leaves_data_raw_as_it_was(home, spoil):
    rows = layouts.icb_allowances()
    if spoil == "figure":
        rows[10][4] = 99
    elif spoil == "code":
        rows[10][2] = "QQQ"
    else:
        rows[2][4] = rows[2][5]
    before = state(home / "data" / "raw")
    done = run("add", icb_workbook(home, rows))
    assert isinstance(done.exception, InputError) and str(done.exception)
    assert state(home / "data" / "raw") == before
    assert [path.name for path in (home / "data").iterdir()] == ["raw"]


def test_a_file_that_would_break_the_project_is_refused_with_what_would_break(home):
    """Registered lists of April 2018, each near what is held, and together far from the published national total."""
    held = [row for row in layouts.table("registered_population") if row["date"] == "2018-04-01"]
    rows = layouts.gp_all("2018-04-01", "01APR2018")[:1] + [
        [
            "X",
            "01APR2018",
            "GP",
            row["body_code"],
            "",
            f"P{place}{part}",
            "",
            "ALL",
            "ALL",
            int(row["registered_population"]) * 102 // 1000,
        ]
        for place, row in enumerate(held)
        for part in "ABCDEFGHIJ"
    ]
    before = state(home / "data" / "raw")
    done = run("add", download(home, "all.csv", layouts.as_csv(rows)))
    assert "expected 59,037,140" in str(done.exception)
    assert state(home / "data" / "raw") == before


def test_the_published_total_of_april_2018_is_exact_unless_an_official_list_is_added():
    tables = ingest.read_raw(layouts.RAW)
    tables |= ingest.join(tables, (ERA,))

    def passed(source_id: str) -> str:
        altered = tables["registered_population"].copy()
        altered.loc[altered["date"] == "2018-04-01", "source_id"] = source_id
        bodies = tables["bodies"].copy()
        bodies.loc[bodies["as_at"] == "2018-04-01", "registered_population"] += 1
        quality = checks.quality(tables | {"registered_population": altered, "bodies": bodies}, (ERA,))
        return quality.set_index("check")["passed"]["Registered people, 1 April 2018"]

    assert passed("OP-191") == "no" and passed("NHSD-2018-04") == "yes"


def test_a_failure_while_moving_into_place_puts_everything_back(home, monkeypatch):
    raw = home / "data" / "raw"
    reading = recognise.read(Path(icb_workbook(home)), Known(raw))
    before = state(raw)
    real = store.os.replace

    def full(source, target):
        if Path(target).name == "datapackage.json" and "before" not in Path(source).name:
            raise OSError("No space left on device")
        return real(source, target)

    monkeypatch.setattr(store.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        store.add(reading, home.parent / "allocations.xlsx", raw)
    monkeypatch.undo()
    after = state(raw)
    assert {name: after[name] for name in before} == before and not ingest.verify(raw)


def test_nothing_is_built_on_an_edited_file(home):
    with (home / "data" / "raw" / "footprints.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    done = run("add", icb_workbook(home))
    assert isinstance(done.exception, InputError) and "ccganalysis accept footprints.csv" in str(done.exception)


def test_several_files_each_for_itself(home):
    good, bad = icb_workbook(home), download(home, "bad.csv", b"")
    done = run("add", bad, good, str(home / "none.csv"))
    assert "84 rows new" in done.output
    assert str(done.exception).count("\n") == 1 and "bad.csv: the file is empty" in str(done.exception)


def test_input_errors_are_exit_code_2_and_one_message(home, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ccganalysis", "add", download(home, "bad.csv", b"<html>")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("ccganalysis: bad.csv: this is a web page")


def test_outturn_supplied_by_the_user(home):
    rows = [
        ["body_code", "financial_year", "outturn_gbp", "kind", "source"],
        ["15F", "2018/19", "17000000", "reported", "x"],
    ]
    assert run("add", download(home, "outturn.csv", layouts.as_csv(rows))).exit_code == 0
    assert ingest.load("outturn")["outturn_gbp"].tolist() == [17_000_000]


def test_sources_lists_files_and_what_would_replace_models(home):
    done = run("sources")
    assert done.exit_code == 0
    for said in (
        "allowance_2013_14.csv",
        "OGL-UK-3.0",
        "published; 102 rows modelled",
        "2016/17, 2017/18 and 2018/19",
        "12 bodies estimated",
        "ccganalysis fetch registered-2018-04",
    ):
        assert said in done.output


def test_a_year_with_official_allowances_is_no_longer_to_be_replaced(home):
    people = {
        row["body_code"]: int(row["registered_population"])
        for row in layouts.table("registered_population")
        if row["date"] == "2017-04-01"
    }
    rows = layouts.ccg_allowances(england=False)
    for row in rows[4:-1]:
        row[2] = row[4] = max(people[row[0]] // 45, 300)
    path = layouts.xlsx(home.parent / "ccg.xlsx", {"Running costs": rows})
    assert run("add", str(path)).exit_code == 0
    found = [what for what, _, _ in commands.replaceable(home / "data" / "raw")]
    assert "Running cost allowance by CCG, 2016/17: modelled" in found


# --- boundaries ---


def outlines(as_at: int = 2021) -> geopandas.GeoDataFrame:
    frame = geopandas.read_file(layouts.RAW / f"boundaries_{as_at}.geojson")
    names = {"body_gss_code": f"CCG{as_at % 100}CD", "body_name": f"CCG{as_at % 100}NM"}
    return frame.rename(columns=names).drop(columns="body_code")


@pytest.mark.parametrize("crs", [4326, 27700])
@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_boundaries_in_every_format(home, suffix, crs):
    path = home.parent / f"a.{suffix}"
    outlines().to_crs(crs).to_file(path)
    reading = recognise.read(path, Known(layouts.RAW))
    assert reading.bodies == 106 and reading.warnings == []
    store.add(reading, path, home / "data" / "raw")
    assert len(geopandas.read_file(home / "data" / "raw" / "boundaries_2021.geojson")) == 106


@pytest.mark.parametrize("year", [2017, 2018, 2019, 2020, 2021])
def test_neighbours_from_outlines_are_the_published_ones(year):
    import pandas as pd

    frame = geopandas.read_file(layouts.RAW / f"boundaries_{year}.geojson")
    pairs = boundaries.neighbours(frame, pd.Timestamp(f"{year}-04-01"))
    held = {
        (row["body_code_a"], row["body_code_b"])
        for row in layouts.table("adjacency")
        if row["as_at"] == f"{year}-04-01"
    }
    assert set(zip(pairs["body_code_a"], pairs["body_code_b"], strict=True)) == held


def test_two_squares_share_one_side_and_a_corner_is_no_border():
    import pandas as pd
    from shapely import box

    squares = geopandas.GeoDataFrame(
        {"body_code": ["A", "B", "C"]},
        geometry=[box(0, 0, 1_000, 1_000), box(1_000, 0, 3_000, 1_000), box(3_000, 1_000, 4_000, 2_000)],
        crs=boundaries.GRID,
    )
    pairs = boundaries.neighbours(squares, pd.Timestamp("2021-04-01"))
    assert pairs[
        ["body_code_a", "body_code_b", "shared_border_km", "share_of_a_perimeter", "share_of_b_perimeter"]
    ].values.tolist() == [["A", "B", 1.0, 0.25, 0.1667]]


def test_outlines_elsewhere_or_of_the_wrong_body_are_refused(home):
    frame = outlines()
    frame.assign(geometry=frame.translate(yoff=800)).to_file(home.parent / "near.gpkg")
    assert recognise.read(home.parent / "near.gpkg", Known(layouts.RAW)).bodies == 106
    frame.assign(geometry=frame.translate(yoff=70_000)).to_file(home.parent / "far.gpkg")
    with pytest.raises(DataError, match=r"has its centre 70\.0 km from the one held"):
        recognise.read(home.parent / "far.gpkg", Known(layouts.RAW))
    one, other = frame.index[[3, 90]]
    for column, said in (("CCG21CD", "is the name of .*, and beside it stands"), ("geometry", "km from the one held")):
        swapped = frame.copy()
        swapped.loc[[one, other], column] = frame.loc[[other, one], column].to_numpy()
        swapped.to_file(home.parent / f"{column}.gpkg")
        with pytest.raises(DataError, match=said):
            recognise.read(home.parent / f"{column}.gpkg", Known(layouts.RAW))


def test_boundaries_without_a_body_or_of_another_place(home):
    frame = outlines()
    frame.iloc[1:].to_file(home.parent / "a.gpkg")
    with pytest.raises(DataError, match="1 of the 106 bodies have no outline"):
        recognise.read(home.parent / "a.gpkg", Known(layouts.RAW))
    frame.assign(geometry=frame.scale(0.5, 0.5, origin=(0, 0))).to_file(home.parent / "b.gpkg")
    with pytest.raises(InputError, match="England has 130,400"):
        recognise.read(home.parent / "b.gpkg", Known(layouts.RAW))

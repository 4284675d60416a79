"""The site over a run: the map, the table and its order, comparison, downloads, earlier runs; and the workbooks."""

from __future__ import annotations

import csv
import itertools
import json
import math
import posixpath
import re
import shutil
import subprocess

import openpyxl
import pytest
from bs4 import BeautifulSoup
from report_samples import HOSTILE_NAMES, MANIFEST, analysis, code, hostile, notebook, words

from ccganalysis import report
from ccganalysis.data import datapackage, ingest, organisations
from ccganalysis.data.columns import KINDS
from ccganalysis.errors import InputError
from ccganalysis.notebooks import nbformat
from ccganalysis.parameters import AreaReport
from ccganalysis.presentation import display
from ccganalysis.presentation.bundles import ARTEFACT
from ccganalysis.report import sources
from ccganalysis.report.page import file_size, moment
from ccganalysis.report.prose import Prose
from ccganalysis.report.site import SHOWN, plain, searched_for
from ccganalysis.report.workbook import IN_FILE_ONLY, MOST_ROWS, Sheet, write_workbook

ICSS = ("QGH", "QOP", "QHM")
ROOT = datapackage.project_root()


@pytest.fixture(scope="module")
def run(whole_run):
    return whole_run


def read(folder):
    return BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def index(run):
    return read(run)


def only_ingest(folder, executed, **entry):
    """A run of one notebook, in `folder`."""
    (folder / "notebooks").mkdir(parents=True)
    if executed is not None:
        (folder / "notebooks/01_ingest.ipynb").write_text(json.dumps(executed), encoding="utf-8")
    report.build_site(folder, MANIFEST | {"reports": [{"page": "01_ingest", "name": "Ingest", **entry}]})
    return read(folder)


# --- the first page ---


def test_it_has_one_h1_and_headings_in_order(index):
    assert len(index.find_all("h1")) == 1 and index.html["lang"] == "en-GB"
    levels = [int(heading.name[1]) for heading in index.find_all(["h1", "h2", "h3", "h4"])]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_it_opens_with_the_finding_of_the_national_report(index, executed_page):
    (told,) = [
        output.data[ARTEFACT]
        for cell in executed_page("05_national_report").cells
        for output in cell.get("outputs", [])
        if output.get("data", {}).get(ARTEFACT, {}).get("role") == "finding"
    ]
    assert index.find(class_="finding").text == told["text"].replace("**", "")
    assert [dd.text for dd in index.select(".strip dd")] == [one["value"] for one in told["strip"]] and told["strip"]
    assert (
        index.find("a", string=lambda words: words and words.startswith("Read the national report"))["href"]
        == "05_national_report.html"
    )


def test_the_area_report_has_the_figures_that_the_table_shows(executed_page):
    last = executed_page("area/QGH").cells[-1].outputs[-1].data[ARTEFACT]["results"]
    assert set(SHOWN) <= {result["name"] for result in last}


def test_the_verdict_on_the_first_page_is_that_of_the_page_and_of_the_workbook(index, run):
    """One sentence, wherever it stands; 04, 05 and every other area and footprint are in test_answers."""
    with (run / "tables/area/QGH/key_results.csv").open(encoding="utf-8", newline="") as file:
        result = {row["name"]: row["value"] for row in csv.DictReader(file)}
    row = next(row for row in index.select("#area-table tbody tr") if row.select_one('a[href="area/QGH.html"]'))
    assert row.select("td")[SHOWN.index("verdict")].get_text() == result["verdict"]
    page = BeautifulSoup((run / "area/QGH.html").read_text(encoding="utf-8"), "html.parser")
    assert page.select_one(".finding").get_text() == result["verdict"]
    sheet = openpyxl.load_workbook(run / "workbooks/area/QGH.xlsx")["Key results"]
    told = {line[0].value: line[2].value for line in sheet.iter_rows(min_row=5)}
    assert told["verdict"] == result["verdict"] and told["merged"] == result["merged"]


def test_few_words_stand_before_the_first_picture(index, run):
    """150 on the first page, 90 on an area's (all areas and footprints: test_answers), by what is on the page."""
    page = BeautifulSoup((run / "area/QGH.html").read_text(encoding="utf-8"), "html.parser")
    for main, picture, most in ((index.main, "svg", 150), (page.main, "img", 90)):
        told = " ".join(
            text
            for text in main.find(picture).find_all_previous(string=True)
            if main in text.parents and "code" not in text.parent.name and not text.find_parent("pre")
        )
        assert 0 < len(told.split()) <= most


def test_map_and_table_show_every_area_and_link_those_with_a_report(index):
    assert len(index.select(".map [aria-label] path")) == len(index.select("#area-table tbody tr")) == 42
    links = {f"area/{code}.html" for code in ICSS}
    assert {link["href"] for link in index.select(".map a[aria-label]")} == links
    assert {link["href"] for link in index.select("#area-table a")} == links


def test_london_is_enlarged_beside_its_place(index):
    """Five ICSs of April 2018; their links are in the enlarged part only, so that nobody meets them twice."""
    assert len(index.select(".map svg > [aria-hidden] > path")) == 5
    assert index.select_one(".map .inset").text == "London, enlarged"


def test_the_map_says_each_name_verdict_and_count_in_words(index):
    """Areas with a report have its verdict and the bodies that its leading plan leaves, the others the bodies they have."""
    labels = [shape["aria-label"] for shape in index.select(".map svg [aria-label]")]
    assert "Herefordshire and Worcestershire: it turns on an assumption, 1 body" in labels
    assert (
        "Dorset: no report in this run, 1 body" in labels
        and "Sussex and East Surrey: no report in this run, 8 bodies" in labels
    )
    shown = index.select(".legend li")
    assert [one.text for one in shown][-1] == "No report in this run" and len(shown) == 2


def test_the_table_has_the_published_bodies(index):
    place = SHOWN.index("body_count")
    cells = [row.find_all("td")[place] for row in index.select("#area-table tbody tr")]
    assert sum(int(cell["data-value"]) for cell in cells) == sum(int(cell.text) for cell in cells) == 195


def test_the_search_looks_through_names_and_codes_of_bodies(index):
    row = next(row for row in index.select("#area-table tbody tr") if "Greater Manchester" in row.text)
    for word in ("qop", "greater manchester", "nhs salford ccg", "01g"):
        assert set(word.split()) <= set(row["data-search"].split())


@pytest.mark.parametrize(
    ("as_at", "typed", "area"),
    [
        ("2026-04-01", "Middlesbrough", "North East and Yorkshire"), ("2026-04-01", "Plymouth", "South West"),
        ("2026-04-01", "Reading", "South East"), ("2026-04-01", "St. Helens", "North West"),
        ("2026-04-01", "st helens", "North West"), ("2018-04-01", "Plymouth", "Devon"),
        ("2018-04-01", "reading", "Buckinghamshire, Oxfordshire and Berkshire West"),
        ("2018-04-01", "St. Helens", "Cheshire and Merseyside"), ("2018-04-01", "St Helens", "Cheshire and Merseyside"),
        ("2018-04-01", "Kings Lynn", "Norfolk and Waveney"), ("2018-04-01", "Surrey", "Surrey Heartlands"),
    ],
)  # fmt: skip
def test_a_place_is_found_by_any_council_of_its_bodies(as_at, typed, area):
    """As index.js looks: every word typed begins a word of what is searched."""
    era = ingest.era(as_at)
    bodies = organisations.footprint(ingest.load("bodies"), as_at)
    found = searched_for(bodies, ingest.Tables(era)["authorities"])
    names = bodies.drop_duplicates("area_code").set_index("area_code")["area_name"]
    wanted = plain(typed).split()
    hits = {names[code] for code, text in found.items() if all(f" {word}" in f" {text}" for word in wanted)}
    assert any(area in hit for hit in hits), hits


def test_the_comparison_has_every_figure_of_every_area(index):
    data = json.loads(index.find(id="comparison-data").text)
    assert len(data["rows"]) == 42
    assert all(len(row["cells"]) == len(data["columns"]) for row in data["rows"].values())
    figures = dict(zip((c["heading"] for c in data["columns"]), data["rows"]["QOP"]["cells"], strict=True))
    assert (
        figures["Bodies"] == "10" and figures["Plans"] == "1,024" and figures["Chance that the limit is met"] == "31.0%"
    )


# --- what every page leads to ---

DOCUMENTS = ("trust", "method", "assumptions", "glossary", "sources")


@pytest.fixture(scope="module")
def pages(run):
    """Every page of the run by its path, looked into."""
    found = {path.relative_to(run).as_posix(): path.read_text(encoding="utf-8") for path in run.rglob("*.html")}
    return {name: BeautifulSoup(text, "html.parser") for name, text in found.items()}


def test_every_internal_link_of_the_site_leads_to_a_file_and_a_place_in_it(run, pages):
    ids = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            file, _, place = link["href"].partition("#")
            if file.startswith(("https:", "http:")) or file == "manifest.json":
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), file)) if file else name
            assert (run / target).is_file(), (name, link["href"])
            assert not place or place in ids[target], (name, link["href"])


def test_every_page_leads_to_trust_method_assumptions_glossary_and_sources(pages):
    assert {f"{name}.html" for name in DOCUMENTS} < set(pages)
    for name, page in pages.items():
        up = "../" * name.count("/")
        assert [link["href"] for link in page.select(".masthead nav a")] == [f"{up}{one}.html" for one in DOCUMENTS]
        here = [link["href"] for link in page.select(".masthead [aria-current]")]
        assert here == ([name] if name.removesuffix(".html") in (*DOCUMENTS, "index") else [])


def test_documents_look_like_reports_and_fetch_nothing(pages):
    report_page = pages["02_running_costs.html"]
    policy = report_page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    for name in DOCUMENTS:
        page = pages[f"{name}.html"]
        assert page.find("meta", attrs={"http-equiv": "Content-Security-Policy"}) == policy
        assert page.style == report_page.style and len(page.find_all("h1")) == 1
        assert not page.find_all(["script", "img", "link", "iframe"])
        assert not {"{{", "}}", "{#", "nan", "**"} & set(page.find(class_="body").text.split())
        assert all(cell.get("scope") for cell in page.find_all("th"))


def test_sixteen_questions_are_answered(pages):
    body = pages["trust.html"].find(class_="body")
    questions = body.find_all("h2")
    assert len(questions) == 16 and all(question.text.endswith("?") for question in questions)
    for question in questions:
        assert len(question.find_next_sibling("p").text.split()) > 12, question.text
    assert [link["href"] for link in pages["trust.html"].select(".contents a")] == [
        f"#{one['id']}" for one in questions
    ]


def test_the_page_on_trust_leads_to_the_report_that_says_more(pages):
    assert pages["trust.html"].select_one('.body a[href="06_backtest.html"]')


def test_a_document_names_no_report_that_the_run_does_not_have(tmp_path):
    only_ingest(tmp_path / "run", None)
    trust = BeautifulSoup((tmp_path / "run/trust.html").read_text(encoding="utf-8"), "html.parser")
    assert "06_backtest" in trust.text and not trust.select_one('.body a[href="06_backtest.html"]')


def test_the_sources_have_every_raw_file_with_its_facts(pages):
    described = datapackage.read_descriptor(ROOT / "data" / "raw")["resources"]
    page = pages["sources.html"]
    for one in described:
        heading = page.find(id=one["path"].partition(".")[0])
        told = heading.find_next_sibling("dl").text
        assert heading.text == one["title"]
        assert all(fact in told for fact in (one["path"], one["publisher"], one["trust"])), one["path"]
        kind = heading.find_next_sibling("dl").find("dt", string="Kind").find_next_sibling("dd").text
        assert kind and set(kind.split(", ")) <= set(KINDS), one["path"]
    checksums = page.select_one("details.checksums")
    assert all(one["hash"].removeprefix("sha256:") in checksums.text for one in described)
    assert ".checksums { display: none; }" in page.style.text.partition("@media print")[2]


@pytest.mark.parametrize("stem", sources.SHOWN)
def test_a_small_file_is_shown_row_by_row_as_it_is(pages, stem):
    with (ROOT / "data" / "raw" / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    for number, cells in enumerate(rows, start=2):
        line = pages["sources.html"].find(id=f"{stem}-{number}")
        assert [cell.text for cell in line.find_all("td")] == cells
        assert line.th.text == str(number)


def test_notes_lead_to_the_files_they_name_and_levers_to_their_rows(pages):
    page = pages["02_running_costs.html"]
    assert page.select_one('#levers .note a[href="sources.html#levers"]').text == "data/raw/levers.csv"
    rows = page.select("#levers tbody tr")
    links = [line.find_all("td")[0].a["href"] for line in rows]
    assert links == [f"sources.html#levers-{number}" for number in range(2, len(rows) + 2)]
    with (ROOT / "data" / "raw" / "levers.csv").open(encoding="utf-8", newline="") as file:
        quantities = [line["quantity"] for line in csv.DictReader(file)]
    for quantity, link in zip(quantities, links, strict=True):
        assert quantity in pages["sources.html"].find(id=link.partition("#")[2]).text
    assert pages["area/QGH.html"].select_one('#scorecard tbody a[href^="../sources.html#criteria-"]')


def test_a_file_is_linked_where_it_is_named_once_and_only_if_it_is_held():
    given = "See data/raw/levers.csv, `criteria.csv` & outturn.csv. [*levers.csv*](x)"
    assert Prose("../").to_html(given) == (
        '<p>See <a href="../sources.html#levers">data/raw/levers.csv</a>, '
        '<code><a href="../sources.html#criteria">criteria.csv</a></code> &amp; outturn.csv. '
        '<a href="x"><em>levers.csv</em></a></p>\n'
    )


def test_a_row_of_the_users_own_making_leads_nowhere():
    table = "lever,quantity\na,saving_per_body_removed_gbp\nb,own\nc,saving_per_body_removed_gbp\n"
    assert sources.row_links(table, 2, "../") == {(0, 1): "../sources.html#levers-2"}, "and row three is not shown"


def test_a_row_that_is_not_there_is_an_error_that_says_so():
    with pytest.raises(InputError, match="No row of levers.csv"):
        sources.row("levers", quantity="no such")
    with pytest.raises(InputError, match="the files shown row by row are levers"):
        sources.row("practices", body_code="00C")


def test_no_raw_file_names_a_person():
    titled = re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Prof|Professor|Lord|Baroness)\.? [A-Z][a-z]+")
    for path in (ROOT / "data" / "raw").glob("*.csv"):
        assert not titled.search(path.read_text(encoding="utf-8")), path.name


def test_earlier_runs_are_listed_but_not_this_one_latest_or_one_being_made(run, tmp_path):
    for name, status in (
        ("2026-11-20T090000Z", "complete"),
        ("2026-11-21T090000Z", "failed"),
        (".x.partial", "running"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
        started = f"{name[:10]}T09:00:00+00:00"
        (tmp_path / name / "manifest.json").write_text(json.dumps({"started": started, "status": status}))
    (tmp_path / "latest").symlink_to("2026-11-20T090000Z")
    page = only_ingest(tmp_path / "2026-11-22T150405Z", None)
    shown = page.find(id="earlier").find_next("ul").find_all("li")
    assert [item.a["href"] for item in shown] == [
        "../2026-11-21T090000Z/index.html",
        "../2026-11-20T090000Z/index.html",
    ]
    assert "failed" in shown[0].text and "failed" not in shown[1].text
    assert shown[1].a.text == "20 November 2026 at 09:00:00 UTC"


def test_a_result_that_is_not_a_number_is_not_available(tmp_path):
    nothing = display.Result("gap_gbp", "Gap", float("nan"), "modelled")
    given = notebook(words("# T"), code("display.key_results", lambda: display.key_results([nothing])))
    (tmp_path / "notebooks/area").mkdir(parents=True)
    (tmp_path / "notebooks/area/QOP.ipynb").write_text(nbformat.writes(given), encoding="utf-8")
    report.build_site(tmp_path, MANIFEST | {"reports": [{"page": "area/QOP"}]})
    data = json.loads(read(tmp_path).find(id="comparison-data").text)
    place = [column["heading"] for column in data["columns"]].index("Gap")
    assert {row["cells"][place] for row in data["rows"].values()} == {"[x]"}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("gap_gbp", 242_123_456.7, "£242.1 million"), ("gap_gbp", 0, "£0"), ("gap_gbp", -25.0, "-£25.00"),
        ("coterminous_share", 0.58, "58.0%"), ("probability_met", 0.0, "0.0%"), ("body_count", 195, "195"),
        ("plan_count", 77_083, "77,083"), ("years", 1234.5, "1,234.50"), ("largest_body", "Leeds", "Leeds"),
        ("anything", None, "[x]"), ("anything_gbp", float("nan"), "[x]"),
    ],
)  # fmt: skip
def test_values_of_key_results_in_words(name, value, shown):
    assert display.value_text(name, value) == shown


def test_a_notebook_that_left_nothing_behind_is_named(tmp_path):
    page = only_ingest(tmp_path / "run", None, status="failed")
    assert "Ingest" in page.find(class_="findings").text and "not complete" in page.find(class_="findings").text


def test_two_figures_of_one_name_spoil_their_report_not_the_site(tmp_path):
    given = analysis("England", hostile())
    page = only_ingest(tmp_path / "run", {**given, "cells": [*given.cells, *given.cells]}, status="failed")
    assert "not complete" in page.find(class_="findings").text


def test_an_earlier_run_that_was_meddled_with_is_left_out(tmp_path):
    (tmp_path / "old").mkdir()
    for name in ("index.html", "manifest.json"):
        (tmp_path / "old" / name).write_text("{")
    assert not only_ingest(tmp_path / "run", None).find(id="earlier")


def test_hostile_names_are_text_on_the_first_page(tmp_path):
    page = only_ingest(tmp_path / "run", analysis("Names", hostile()))
    assert len(page.find_all("script")) == 2, "the comparison's data and our own script"
    assert not page.find_all("b")


def test_data_in_the_page_cannot_end_its_script(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run / "notebooks", folder / "notebooks")
    path = folder / "notebooks/area/QOP.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("NHS Manchester CCG", "</script><script>alert(1)</script>")
    )
    report.build_site(
        folder, MANIFEST | {"reports": [{"page": "area/QOP", "name": "X", "parameters": {"as_at": "2018-04-01"}}]}
    )
    page = read(folder)
    assert len(page.find_all("script")) == 2
    assert (
        "</script><script>alert(1)</script>" in json.loads(page.find(id="comparison-data").text)["rows"]["QOP"]["cells"]
    )


@pytest.mark.parametrize(
    ("count", "shown"), [(840, "840 bytes"), (12_345, "12 kB"), (999_499, "999 kB"), (1_440_000, "1.4 MB")]
)
def test_file_sizes(count, shown):
    assert file_size(count) == shown


def test_moments():
    assert moment("2026-11-22T15:04:05+00:00") == "22 November 2026 at 15:04:05 UTC"
    assert moment("2026-11-22") == "22 November 2026"
    assert moment("yesterday evening") == "yesterday evening"


# --- workbooks ---


@pytest.fixture(scope="module")
def national(run):
    return openpyxl.load_workbook(run / "workbooks/national.xlsx")


def test_a_workbook_has_cover_contents_and_a_sheet_for_each_table(national, run):
    assert national.sheetnames[:4] == ["Cover", "Contents", "ICSs", "01 Checks"]
    assert "05 Key results" in national.sheetnames and national.sheetnames[-1] == "Codes"
    rows = [[cell.value for cell in row] for row in national["Contents"].iter_rows(min_row=4)]
    assert [row[0] for row in rows if IN_FILE_ONLY not in row[0]] == national.sheetnames[2:]
    files = [row[3] for row in rows if row[3] != "in this workbook only"]
    assert len(files) == len(rows) - 2 and all((run / file).is_file() for file in files), "all but ICSs and codes"
    assert all(row[4] for row in rows)
    assert {path.stem for path in (run / "workbooks/area").glob("*.xlsx")} == set(ICSS)


def test_the_cover_says_what_the_kinds_mean_and_when_it_was_made(national):
    text = " ".join(str(cell.value) for row in national["Cover"].iter_rows() for cell in row if cell.value)
    for told in (
        "Not an NHS publication",
        "22 November 2026 at 15:04",
        "Kind: modelled",
        "[x] not available",
        "Open Government",
    ):
        assert told in text


def test_sheets_are_accessible(national):
    """The guidance's checklist: tables marked up, nothing merged, filtered, frozen or blank, text wrapped."""
    for sheet in national.worksheets[1:]:
        assert not sheet.merged_cells.ranges and sheet.freeze_panes is None
        assert len(sheet.tables) == 1
        (table,) = sheet.tables.values()
        assert table.ref.startswith("A3:" if sheet.title == "Contents" else "A4:") and table.autoFilter is None
        if sheet.title != "Contents":
            assert sheet["A2"].value.startswith("Source: ") and sheet["A3"].value.startswith("Kind of figure: ")
        texts = [cell for row in sheet[table.ref] for cell in row if cell.data_type == "s"]
        assert all(cell.alignment.wrap_text for cell in texts)
        assert all(cell.value not in (None, "") for row in sheet[table.ref] for cell in row)
        headings = [cell.value for cell in sheet[table.ref][0]]
        assert not [words for words in headings if "_" in words or re.match("[a-z]{2}", words)], sheet.title
        assert "_" not in sheet.title
        widths = {n: one.width for one in sheet.column_dimensions.values() for n in range(one.min, one.max + 1)}
        assert all(max(map(len, cell.value.split())) <= widths[cell.column] for cell in sheet[table.ref][0])
        for cell in texts:  # as many lines as its text takes, or LibreOffice lays it over what stands below
            height = sheet.row_dimensions[cell.row].height or 15
            assert height >= min(15 * math.ceil(len(cell.value) / widths[cell.column]), 405), cell


def test_a_sheet_has_every_row_and_does_not_say_otherwise(run):
    for path in (run / "workbooks").rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets[2:]:
            told = " ".join(sheet[place].value for place in ("A1", "A2", "A3"))
            assert "the download has them all" not in told and " columns." not in told


def test_whole_numbers_are_whole_shares_are_percentages_and_nothing_is_rounded_away(run):
    """What a reader sees: no 36.00, no share as 0.58, no price reduction of 0.22 as 0."""
    for path in (run / "workbooks").rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets[2:]:
            for column in sheet.iter_cols(min_row=5):
                cells = [cell for cell in column if cell.data_type == "n"]
                heading = sheet.cell(4, column[0].column).value
                place = path.name, sheet.title, heading
                assert all(cell.number_format != "General" for cell in cells), place
                if "(%)" in heading:
                    assert all(cell.number_format == "0.0%" for cell in cells), place
                elif all(float(cell.value).is_integer() for cell in cells):
                    assert not [cell for cell in cells if ".0" in cell.number_format.replace("0.0%", "")], place
    sheet = openpyxl.load_workbook(run / "workbooks/national.xlsx")["02 Levers"]
    place = [cell.value for cell in sheet[4]].index("Low") + 1
    rows = {row[1].value: row[place - 1] for row in sheet.iter_rows(min_row=5)}
    formats = {cell.number_format for cell in rows.values() if 0 < cell.value < 1}
    assert formats and formats <= {"0.0%", "#,##0.00##"}


def test_codes_have_names_in_the_workbook(run, tables):
    names = tables["bodies"].set_index("body_code")["body_name"].groupby(level=0).agg(set)
    for path in (run / "workbooks").rglob("*.xlsx"):
        workbook = openpyxl.load_workbook(path)
        told = {row[0].value: row[1].value for row in workbook["Codes"].iter_rows(min_row=5)}
        assert all(told[code] in names[code] for code in told if code in names.index)
        for sheet in workbook.worksheets[2:-1]:
            for row in sheet.iter_rows(min_row=5):
                for cell in row:
                    if isinstance(cell.value, str) and re.fullmatch(r"\d\d[A-Z]([ +,]+\d\d[A-Z])*", cell.value):
                        codes = set(re.findall(r"\d\d[A-Z]", cell.value)) & set(names.index)
                        assert codes <= set(told), (path.name, sheet.title, codes - set(told))


SPREADSHEETS = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(SPREADSHEETS is None, reason="LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
def test_libreoffice_opens_a_workbook_and_shows_what_is_in_it(run, tmp_path):
    """Its sheet of key results as CSV, cells as they are shown."""
    number = openpyxl.load_workbook(run / "workbooks/area/QGH.xlsx").sheetnames.index("Key results") + 1
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    shown = f"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,{number}"
    command = [SPREADSHEETS, profile, "--headless", "--convert-to", shown, "--outdir", str(tmp_path)]
    subprocess.run([*command, str(run / "workbooks/area/QGH.xlsx")], check=True, timeout=120, capture_output=True)
    (written,) = tmp_path.glob("*.csv")
    lines = list(csv.reader(written.read_text(encoding="utf-8").splitlines()))
    told = {line[0]: line[2] for line in lines if len(line) > 2}
    assert told["body_count"] == "4" and told["coterminous_share"].endswith("%")
    assert told["baseline_gbp"].startswith("£") and told["area_name"] == "Herefordshire and Worcestershire"


def test_numbers_are_numbers_with_formats_and_codes_are_text(run):
    sheet = openpyxl.load_workbook(run / "workbooks/area/QHM.xlsx")["Bodies"]
    heading = {cell.value: number for number, cell in enumerate(sheet[4])}
    rows = {row[heading["Body code"]].value: row for row in sheet.iter_rows(min_row=5)}
    assert len(rows) == 12 and "00C" in rows
    people = rows["00C"][heading["Registered population (people)"]]
    assert people.data_type == "n" and people.number_format == "#,##0"
    share = rows["00C"][heading["Residents aged 65 and over (%)"]]
    assert share.number_format == "0.0%" and 0 < share.value < 1


def test_no_cell_of_a_workbook_is_a_formula_or_a_link_from_data(tmp_path):
    only_ingest(tmp_path / "run", analysis("Names", hostile()))
    workbook = openpyxl.load_workbook(tmp_path / "run/workbooks/national.xlsx")
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and not str(cell.value).startswith(("=", "+", "@"))
                assert not (cell.hyperlink and cell.hyperlink.target)
    names = {cell.value for cell in workbook["01 Bodies"]["A"]}
    assert {name if name[0] not in "=+@" else f"'{name}" for name in HOSTILE_NAMES} <= names


def test_the_workbook_holds_what_the_csv_holds(run):
    with (run / "tables/area/QOP/bodies.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(run / "workbooks/area/QOP.xlsx")["Bodies"]
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert [row[0] for row in rows] == [row["body_name"] for row in expected]
    assert [row[4] for row in rows] == [int(row["registered_population"]) for row in expected]


def test_the_same_tables_give_the_same_bytes(run, tmp_path):
    executed = nbformat.read(run / "notebooks/area/QOP.ipynb", as_version=4)
    report.write_artefacts(executed, "area/QOP", tmp_path)
    path = "workbooks/area/QOP.xlsx"
    assert (tmp_path / path).read_bytes() == (run / path).read_bytes()


def test_key_results_are_numbers_where_they_are_and_words_where_not(run):
    sheet = openpyxl.load_workbook(run / "workbooks/area/QOP.xlsx")["Key results"]
    values = {row[0].value: row[2] for row in sheet.iter_rows(min_row=5)}
    assert values["area_name"].value == "Greater Manchester"
    assert values["plan_count"].value == 1024 and values["plan_count"].data_type == "n"


def test_the_workbook_of_an_area_names_it_and_its_parameters(run):
    workbook = openpyxl.load_workbook(run / "workbooks/area/QOP.xlsx")
    assert workbook["Cover"]["A1"].value == "Mergers of NHS commissioners: Greater Manchester"
    settings = list(workbook["Settings"].iter_rows(min_row=5, values_only=True))
    assert ("As at", "2018-04-01", AreaReport.model_fields["as_at"].description, "as_at") in settings


def test_hard_cases_of_a_workbook(tmp_path):
    long = "a_very_long_name_of_a_table_that_excel_would_refuse"
    sheets = [
        Sheet(long + "_1", "One", "unknown_code,n\n15E00,1\n007,\n", "here"),
        Sheet(long + "_2", "Two", "n\n1.5e-05\n-3\n", "here"),
        Sheet("empty", "Empty", "a,b\n", "here"),
        Sheet("long", "Long", "n\n" + "1\n" * (MOST_ROWS + 1), "here", file="tables/x/long.csv"),
    ]
    path = tmp_path / "x.xlsx"
    write_workbook(path, "Title", {}, sheets)
    workbook = openpyxl.load_workbook(path)
    first, second, empty = workbook.worksheets[2:]
    assert len({name.lower() for name in workbook.sheetnames}) == len(workbook.sheetnames)
    assert all(len(name) <= 31 for name in workbook.sheetnames)
    assert [cell.value for cell in first["A"][4:]] == ["15E00", "007"] and first["B6"].value == "[x]"
    assert "[x] not available" in first["A3"].value and "[x]" not in second["A3"].value
    assert [cell.value for cell in second["A"][4:]] == [1.5e-05, -3]
    assert empty.title == "empty"
    (contents,) = workbook["Contents"].tables.values()
    assert (contents.ref, contents.autoFilter) == ("A3:E7", None)
    last = [cell.value for cell in workbook["Contents"][7]]
    assert last == ["long: too long for a sheet", "Long", MOST_ROWS + 1, "tables/x/long.csv", "here"]

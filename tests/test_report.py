"""The page of a notebook: its words for every picture, its links, and that names from data files stay names."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from report_samples import HOSTILE_NAMES, MANIFEST, PAGES, analysis, code, hostile, notebook, words

from ccganalysis import report
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError
from ccganalysis.notebooks import nbformat
from ccganalysis.presentation import display

AREA_PAGE_LIMIT = 400_000


@pytest.fixture(scope="module")
def bodies():
    return organisations.footprint(ingest.load("bodies"), "2018-04-01")


@pytest.fixture(scope="module")
def executed(bodies):
    return analysis("Cumbria and North East", organisations.within_area(bodies, "QHM"), "QHM")


@pytest.fixture(scope="module")
def html(executed):
    return report.render_page(executed, "area/QHM", MANIFEST)


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup(html, "html.parser")


def pictures_without_words(html: str) -> list[str]:
    """Pictures that have no alternative text, or the text nbconvert writes where there is none."""
    pictures = BeautifulSoup(html, "html.parser").find_all("img")
    alts = [picture.get("alt", "").strip() for picture in pictures]
    return [alt for alt in alts if not alt or "no description" in alt.lower()]


# --- structure ---


def test_one_h1_in_british_english_with_a_way_past_the_heading(page):
    assert page.html["lang"] == "en-GB"
    assert [heading.text for heading in page.find_all("h1")] == ["Cumbria and North East"]
    assert page.title.text.startswith("Cumbria and North East")
    assert page.body.find("a")["href"] == "#main" and page.find(id="main").name == "main"


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(heading.name[1]) for heading in page.find_all(["h1", "h2", "h3", "h4"])]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_finding_comes_before_contents_figures_and_tables(html):
    assert html.index('class="finding"') < html.index('class="contents"') < html.index("<figure") < html.index("<table")


def test_contents_lead_to_every_section(page):
    listed = [link["href"].removeprefix("#") for link in page.select(".contents a")]
    assert listed == [heading["id"] for heading in page.find_all("h2") if heading["id"] != "page-contents"]


def test_no_id_twice_and_no_link_within_the_page_to_nothing(page):
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    assert not [name for name, times in ids.items() if times > 1]
    inner = {link["href"][1:] for link in page.find_all("a") if link["href"].startswith("#")}
    inner |= {name for tag in page.find_all(True) for name in tag.get("aria-labelledby", "").split()}
    assert inner <= set(ids)


def test_an_area_report_is_headed_by_the_name_of_its_area(executed):
    page = BeautifulSoup(report.render_page(analysis("On one ICS", hostile()), "area/QOP", {}), "html.parser")
    assert [heading.text for heading in page.find_all("h1")] == [HOSTILE_NAMES[0]]
    assert page.title.text.startswith(HOSTILE_NAMES[0]) and page.find(class_="kicker").text == "On one ICS"
    without_results = notebook(words("# On one ICS"))
    assert "<h1>QOP</h1>" in report.render_page(without_results, "area/QOP", {})


def test_figures_and_tables_are_numbered_and_carry_their_words(page, executed):
    figure = page.find("figure")
    assert figure.find(class_="headline").text.startswith("Figure 1: 12 bodies serve")
    assert figure.find(class_="subtitle").text == "Registered people, 1 April 2018"
    assert figure.img["alt"].startswith("12 bodies serve")
    assert "Source: NHS Digital" in figure.find(class_="note").text
    captions = [table.caption.text for table in page.select(".table table")]
    assert captions == ["Table 1: Bodies, their people and places", "Table 2: Key results"]


def test_every_cell_of_a_table_has_its_headings_in_scope(page):
    for table in page.find_all("table"):
        assert all(cell["scope"] == "col" for cell in table.thead.find_all("th"))
        assert all(row.find("th")["scope"] == "row" for row in table.tbody.find_all("tr"))
        assert not table.find_all(["td", "th"], colspan=True) and not table.find_all(["td", "th"], rowspan=True)


def test_what_scrolls_sideways_has_a_name_and_takes_the_keyboard(page):
    regions = page.select(".scroll")
    assert len(regions) == len(page.find_all("table")) + len(page.find_all("figure"))
    assert all(region["tabindex"] == "0" and region["role"] == "region" for region in regions)


def test_code_is_there_but_folded_behind_one_switch(page):
    assert len(page.select("input#show-code")) == 1
    assert page.find("label", attrs={"for": "show-code"}).text == "Show the code"
    assert any("display.show(" in block.text for block in page.select("pre.code"))
    assert not page.find_all("script")
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]


# --- provenance ---


def test_the_foot_says_how_the_page_was_made(page):
    foot = page.find(class_="provenance").text
    for told in ("22 November 2026 at 15:04", MANIFEST["commit"], "Python 3.11.4", "pandas\xa03.1.1",
                 "body_register.csv", "0f" * 8, "NHS Digital, Organisation Data Service", "2025-12-01"):  # fmt: skip
        assert told in foot


def test_parameters_injected_by_papermill_replace_those_of_the_notebook(bodies):
    given = analysis("England", bodies)
    given.cells.insert(2, code('area = "QOP"', tags=("injected-parameters",)))
    table = BeautifulSoup(report.render_page(given, "area/QOP", {}), "html.parser").select_one(".provenance table")
    rows = {row.th.text: row.td.text for row in table.tbody.find_all("tr")}
    assert rows == {"area": "QOP", "as_at": "2018-04-01"}


def test_a_manifest_that_knows_nothing_is_enough(executed):
    assert "<h1>" in report.render_page(executed, "area/QHM", {})


def test_the_same_notebook_gives_the_same_bytes(executed, html):
    assert report.render_page(executed, "area/QHM", MANIFEST) == html


def test_rendering_leaves_the_notebook_as_it_was(bodies):
    given = analysis("England", bodies.head(3))
    before = nbformat.writes(given)
    report.render_page(given, "05_national_report", MANIFEST)
    assert nbformat.writes(given) == before


# --- self-contained, small, safe ---


def test_nothing_is_asked_of_the_network(page):
    assert not page.find_all(["link", "iframe", "object", "embed"])
    assert all(tag["src"].startswith("data:image/svg+xml,") for tag in page.find_all(src=True))
    assert "url(" not in page.style.text and "@import" not in page.style.text


def test_an_area_report_stays_small(executed_page):
    assert len(report.render_page(executed_page("area/QGH"), "area/QGH", MANIFEST).encode()) < AREA_PAGE_LIMIT


@pytest.mark.parametrize("name", PAGES)
def test_the_projects_own_notebooks_make_whole_pages(name, executed_page):
    html = report.render_page(executed_page(name), name, MANIFEST)
    page = BeautifulSoup(html, "html.parser")
    assert len(page.find_all("h1")) == 1 and page.find(class_="finding") and not page.find(class_="warning")
    assert not pictures_without_words(html)
    ids = Counter(tag["id"] for tag in page.find_all(id=True))
    assert not [one for one, times in ids.items() if times > 1]
    unlinked = [
        part["id"]
        for part in page.select("figure:not(.what-if figure), .table:not(#key-results), .download")
        if not part.select(".links a")
    ]
    assert not unlinked
    levels = [int(heading.name[1]) for heading in page.find_all(["h1", "h2", "h3", "h4"])]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_link_of_a_report_leads_to_a_file_of_the_run(executed, html, page, tmp_path):
    report.write_artefacts(executed, "area/QHM", tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    made_elsewhere = {"index.html", "notebooks/area/QHM.ipynb"}
    made_elsewhere |= {"trust.html", "method.html", "assumptions.html", "glossary.html", "sources.html"}
    links = {link["href"] for link in page.find_all("a") if not link["href"].startswith(("#", "https:"))}
    links = {link.partition("#")[0] for link in links}
    targets = {(Path("area") / link).as_posix().replace("area/../", "") for link in links}
    assert targets - made_elsewhere == written - {"tables/area/QHM/key_results.csv"}


def test_hostile_names_are_text_in_the_page():
    html = report.render_page(analysis("Names", hostile()), "05_national_report", MANIFEST)
    page = BeautifulSoup(html, "html.parser")
    assert not page.find_all("script") and not page.find_all("b")
    for name in HOSTILE_NAMES:
        assert any(name in cell.text for cell in page.select("tbody th")), name
    assert any(name in page.find(class_="finding").text for name in HOSTILE_NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<script>alert(1)</script>",
        "![x](https://example.invalid/x.png)",
    ],
)
def test_markdown_of_a_computed_sentence_runs_nothing_and_fetches_nothing(text):
    given = notebook(words("# Title"), code("say", lambda: display.say(f"The largest is {text}.")))
    page = BeautifulSoup(report.render_page(given, "x", {}), "html.parser")
    assert not page.find_all(["script", "img"])
    assert not [link for link in page.find_all("a", href=True) if link["href"].startswith("javascript")]


def test_a_picture_of_a_name_with_an_ampersand_can_be_drawn(tmp_path):
    given = analysis("Names", hostile())
    report.write_artefacts(given, "05_national_report", tmp_path)
    drawing = ElementTree.parse(tmp_path / "figures/05_national_report/people.svg")
    texts = {element.text for element in drawing.iter() if element.text}
    assert "A & B's <b>" in texts
    page = BeautifulSoup(report.render_page(given, "05_national_report", {}), "html.parser")
    from urllib.parse import unquote

    ElementTree.fromstring(unquote(page.find("img")["src"].partition(",")[2]))


# --- what a notebook may do wrong ---


def picture_without_words() -> nbformat.NotebookNode:
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
    shown = nbformat.v4.new_output("display_data", data={"image/png": pixel, "text/plain": "<Figure>"})
    return notebook(words("# Title"), nbformat.v4.new_code_cell("plt.show()", outputs=[shown]))


def test_a_picture_without_words_is_left_out_and_the_page_says_so():
    html = report.render_page(picture_without_words(), "x", {})
    assert "picture without a description was left out" in html
    assert not pictures_without_words(html)


def test_nbconverts_own_alternative_text_would_be_found():
    html, _ = HTMLExporter().from_notebook_node(picture_without_words())
    assert pictures_without_words(html), "the check above sees nbconvert's boilerplate"


def test_every_picture_has_words(html):
    assert not pictures_without_words(html)


def test_a_notebook_that_stopped_says_so_with_its_error():
    stopped = nbformat.v4.new_output("error", ename="DataError", evalue="<b>bodies.csv</b>, row 3", traceback=["..."])
    given = notebook(words("# Title"), nbformat.v4.new_code_cell("1/0", outputs=[stopped]))
    page = BeautifulSoup(report.render_page(given, "x", {}), "html.parser")
    assert "not complete" in page.find(class_="warning").text
    assert "DataError: <b>bodies.csv</b>, row 3" in page.text


def test_warnings_stay_in_the_notebook_and_prints_are_shown():
    outputs = [nbformat.v4.new_output("stream", name=name, text=f"to {name}") for name in ("stdout", "stderr")]
    text = report.render_page(notebook(words("# T"), nbformat.v4.new_code_cell("x", outputs=outputs)), "x", {})
    assert "to stdout" in text and "to stderr" not in text


def test_two_figures_of_one_name_are_refused(executed, tmp_path):
    twice = {"cells": [*executed.cells, *executed.cells]}
    with pytest.raises(InputError, match="both named 'people'"):
        report.write_artefacts(twice, "x", tmp_path)
    assert not list(tmp_path.iterdir())


# --- artefacts ---


def test_artefacts_are_listed_with_the_files_written(executed, tmp_path):
    entries = report.write_artefacts(executed, "area/QHM", tmp_path)
    assert [(entry["name"], entry["role"]) for entry in entries] == [
        ("people", "figure"), ("bodies", "table"), ("everything", "download"), ("key_results", "key_results"),
        ("workbook", "workbook"),
    ]  # fmt: skip
    assert entries[0]["files"] == [
        "tables/area/QHM/people.csv", "figures/area/QHM/people.svg", "figures/area/QHM/people.png"
    ]  # fmt: skip
    assert all((tmp_path / path).is_file() for entry in entries for path in entry["files"])
    assert (tmp_path / "figures/area/QHM/people.png").read_bytes().startswith(b"\x89PNG")


def test_the_csv_has_every_row_though_the_table_shows_some(bodies, tmp_path):
    report.write_artefacts(analysis("England", bodies), "05_national_report", tmp_path)
    lines = (tmp_path / "tables/05_national_report/bodies.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 195


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    import csv

    report.write_artefacts(analysis("Names", hostile()), "05_national_report", tmp_path)
    for path in tmp_path.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell[:1] in tuple("=+@")], path


def test_html_that_display_did_not_make_is_shown_as_plain_text():
    bundle = {"text/html": '<iframe src="https://example.invalid"></iframe>', "text/plain": "a frame, 3 rows < 4"}
    shown = nbformat.v4.new_output("execute_result", data=bundle)
    page = BeautifulSoup(
        report.render_page(notebook(nbformat.v4.new_code_cell("frame", outputs=[shown])), "x", {}), "html.parser"
    )
    assert not page.find_all("iframe") and page.main.find("pre", class_=False).text == "a frame, 3 rows < 4"


def test_the_browser_is_told_to_fetch_nothing(page):
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy and "http" not in policy

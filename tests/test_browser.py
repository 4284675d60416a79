"""Every kind of page of a run in a real browser, from disk, with the network off: as a reviewer opens it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from report_samples import MANIFEST, analysis, hostile
from report_samples import PAGES as OUR_PAGES

from ccganalysis import report
from ccganalysis.data.datapackage import project_root
from ccganalysis.notebooks import nbformat

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: browser tests are skipped")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-core is not installed: browser tests are skipped"
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine, so no browser tests (Debian: apt-get install chromium)"
)

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
REPORTS = (*(f"{page}.html" for page in OUR_PAGES), "area/QHM.html", "hostile.html", "stopped.html")
DOCUMENTS = ("trust.html", "method.html", "assumptions.html", "glossary.html", "sources.html")
PAGES = ("index.html", *REPORTS, *DOCUMENTS)
COLOURED = ("index.html", "area/QGH.html", "05_national_report.html", "method.html", "sources.html")
"""A page of each kind, looked at in dark and in forced colours, too."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP, PHONE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 640}
PAPER = {"width": 688, "height": 1000}  # A4: 210 mm less margins of 14 mm, at 96 pixels an inch
SCREENSHOTS = project_root() / "outputs" / "screenshots"


@pytest.fixture(scope="module")
def run(tmp_path_factory, whole_run) -> Path:
    folder = tmp_path_factory.mktemp("outputs") / whole_run.name
    shutil.copytree(whole_run, folder)
    names = analysis("Names", hostile())
    (folder / "hostile.html").write_text(report.render_page(names, "hostile", MANIFEST), encoding="utf-8")
    stopped = analysis("Stopped half-way", hostile())
    stopped.cells[4].outputs = [nbformat.v4.new_output("error", ename="DataError", evalue="row 3", traceback=[])]
    (folder / "stopped.html").write_text(report.render_page(stopped, "stopped", MANIFEST), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET, headless=True)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, run):
    """Opens a page of the run, offline; afterwards nothing may have been asked of the network or gone wrong."""
    faults: list[str] = []
    context = browser.new_context(viewport=DESKTOP, offline=True)

    def opened(name: str, viewport: dict = DESKTOP):
        page = context.new_page()
        page.set_viewport_size(viewport)
        page.on(
            "request", lambda asked: asked.url.startswith(("file:", "data:")) or faults.append(f"asked {asked.url}")
        )
        page.on("requestfailed", lambda asked: faults.append(f"failed {asked.url[:80]}"))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: line.type in ("error", "warning") and faults.append(line.text))
        page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
        page.goto((run / name).as_uri())
        return page

    yield opened
    context.close()
    assert not faults


def tab_to(page, selector: str, most: int = 120) -> None:
    """Press Tab until the element has the focus; fails where the keyboard does not get there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by {most} presses of Tab")


@pytest.mark.parametrize("name", PAGES)
def test_pages_open_offline_fit_on_paper_and_reflow_at_320_pixels(open_page, name):
    """One page, opened once: a request or an error on the way fails when it is closed."""
    page = open_page(name, PAPER)
    assert page.title()
    pictures = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth > 0)")
    assert all(pictures)
    if name != "index.html":
        page.emulate_media(media="print")
        nothing_is_clipped(page)
        page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)
    pictures_can_be_read(page)
    page.set_viewport_size(NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def pictures_can_be_read(page) -> None:
    """No picture is wider than the screen, and none has text of less than 9 pixels."""
    for name, fits, least in page.locator(".chart").evaluate_all(READ):
        assert fits and least >= 9, (name, least)


READ = """all => all.map(image => {
  const text = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  const shown = image.getBoundingClientRect(), wide = drawing.dataset.narrow && drawing.querySelector("#wide");
  const sizes = [...drawing.querySelectorAll("text")].filter(one => !wide?.contains(one))
    .map(one => Number(one.getAttribute("style").match(/([\\d.]+)px/)[1]) * Math.max(shown.width / width, shown.height / height));
  return [image.closest("figure").id, image.parentElement.scrollWidth <= image.parentElement.clientWidth, Math.min(...sizes)];
})"""
"""Of each picture on a page its name, whether it is shown whole, and its smallest text in pixels."""

FONTS = ("DejaVu Sans", "Liberation Sans", "Noto Sans")


@pytest.mark.parametrize("name", PAGES)
def test_no_font_makes_a_page_wider_than_320_pixels(open_page, name):
    """With each of three fonts, where it is installed, and with letters set apart as a wider font than these would."""
    page = open_page(name, NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for font, apart in (*((font, "normal") for font in FONTS), ("sans-serif", ".08em")):
        page.add_style_tag(content=f"html {{ font-family: '{font}', sans-serif; letter-spacing: {apart}; }}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (font, apart)


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("hostile.html", "stopped.html")])
def test_no_table_is_cut_on_a_wide_screen(open_page, name):
    """A table wider than the text takes the page's whole width at 1280, and needs no more."""
    cut = """() => [...document.querySelectorAll(".table .scroll")]
      .filter(one => one.scrollWidth > one.clientWidth + 1)
      .map(one => [one.closest("[id]").id, one.scrollWidth - one.clientWidth])"""
    assert open_page(name).evaluate(cut) == []


def test_a_phone_shows_the_map_of_an_area_whole_within_two_screens(open_page):
    page = open_page("area/QGH.html", PHONE)
    picture = page.locator(".lead .chart")
    box = picture.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["y"] < 2 * PHONE["height"]
    fits = "one => one.parentElement.scrollWidth <= one.parentElement.clientWidth"
    assert picture.evaluate(fits)
    assert page.locator(".lead .numbered").is_visible()
    page.set_viewport_size(DESKTOP)
    assert not page.locator(".lead .numbered").is_visible()


def test_few_rows_are_cards_on_a_phone_each_value_under_its_heading(open_page):
    page = open_page("area/QGH.html", PHONE)
    cell = page.locator("#options td").first
    told = cell.evaluate("one => getComputedStyle(one, '::before').content").strip('"')
    assert told == page.locator("#options thead th").nth(1).text_content()
    assert page.locator("#options .scroll").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_brief_is_two_sheets_and_the_page_is_as_it_was_without_it(open_page):
    page = open_page("area/QGH.html")
    assert not page.locator("#brief").is_visible()
    whole = sheets(page)
    page.get_by_role("link", name="Print this brief").click()
    assert page.locator("#brief").is_visible()
    assert sheets(page) == 2 < whole


def test_the_first_page_leaves_its_lists_of_files_off_paper(open_page):
    page = open_page("index.html")
    whole = sheets(page)
    assert page.locator("#downloads").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("#downloads").is_visible() and page.locator("#area-table").is_visible()
    page.add_style_tag(content="section { display: block !important }")
    assert whole < sheets(page)


def sheets(page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def nothing_is_clipped(page) -> None:
    widths = "all => all.map(one => one.getBoundingClientRect().width)"
    assert all(
        width <= 688
        for width in page.eval_on_selector_all("img, pre:not(.code), :not(.wide) > .scroll > table", widths)
    )
    assert all(width <= 1031 for width in page.eval_on_selector_all(".wide table", widths)), (
        "these are printed on A4 turned"
    )
    broken = "all => all.map(one => getComputedStyle(one).overflowWrap)"
    assert set(page.eval_on_selector_all("th, td", broken)) <= {"break-word"}, "a word is split where there is room"
    assert not page.locator(".tools").is_visible()
    assert not any(one.is_visible() for one in page.locator(".checksums").all())


@pytest.mark.parametrize(
    ("name", "viewport"),
    [
        *(
            pytest.param(name, DESKTOP, marks=[] if name in (*COLOURED, "hostile.html") else pytest.mark.every)
            for name in PAGES
        ),
        ("index.html", PHONE),
        ("area/QGH.html", PHONE),
    ],
    ids=str,
)
def test_axe_finds_nothing(open_page, name, viewport):
    page = open_page(name, viewport)
    for switch in page.locator("#show-code").all():
        switch.check()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert not found.response["violations"], found.generate_report()
    for colours in ({"color_scheme": "dark"}, {"forced_colors": "active"}) if name in COLOURED else ():
        page.emulate_media(**colours)
        found = axe.Axe().run(page, options={"runOnly": ["cat.color"], "resultTypes": ["violations"]})
        assert not found.response["violations"], f"{colours}: {found.generate_report()}"


@pytest.mark.parametrize("name", COLOURED)
def test_pages_are_dark_where_readers_ask_for_it_and_pictures_keep_their_paper(open_page, name):
    page = open_page(name)
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == "rgb(18, 21, 22)"
    pictures = ".chart, .map > svg, svg.atlas, .chart-of-plans"
    behind = page.locator(pictures).evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert set(behind) <= {"rgb(255, 255, 255)"} and (behind or name in DOCUMENTS)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"


def test_each_verdict_has_a_fill_of_its_own_on_the_map(open_page):
    page = open_page("index.html")
    fills = """() => [0, 1, 2, 3, 4, 5].map(step => {
      const one = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      one.setAttribute("class", `step-${step}`);
      document.querySelector(".map > svg").append(one);
      return getComputedStyle(one).fill;
    })"""
    assert len(set(page.evaluate(fills))) == 6


def test_axe_would_find_something(browser):
    page = browser.new_page()
    page.set_content('<html><body><img src="data:,"><p style="color:#aaa">pale</p></body></html>')
    found = axe.Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert {"html-has-lang", "image-alt", "color-contrast"} <= {one["id"] for one in found.response["violations"]}
    page.close()


def test_the_switch_shows_and_hides_the_code_by_keyboard(open_page):
    page = open_page("area/QHM.html")
    code = page.locator("pre.code").first
    assert not code.is_visible()
    tab_to(page, "#show-code")
    page.keyboard.press("Space")
    assert code.is_visible()
    page.keyboard.press("Space")
    assert not code.is_visible()


def test_the_skip_link_comes_first_and_leads_to_the_content(open_page):
    page = open_page("area/QHM.html")
    page.keyboard.press("Tab")
    assert page.locator(".skip").is_visible()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_wide_table_scrolls_by_keyboard_on_a_phone(open_page):
    page = open_page("area/QHM.html", PHONE)
    tab_to(page, "#bodies .scroll")
    page.keyboard.press("ArrowRight")
    scrolled = "document.querySelector('#bodies .scroll').scrollLeft"
    for _ in range(100):  # not wait_for_function, whose waiting evaluates text, which the page's own policy forbids
        if page.evaluate(scrolled) > 0:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(scrolled) > 0


def test_focus_can_be_seen(open_page):
    page = open_page("index.html")
    for selector in ("#search", "#area-table button", "#first", "summary"):
        tab_to(page, selector)
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", selector


def names(page) -> list[str]:
    return page.eval_on_selector_all(
        "#area-table tbody tr:not([hidden]) th", "all => all.map(one => one.dataset.value)"
    )


def test_search_by_keyboard(open_page):
    page = open_page("index.html")
    tab_to(page, "#search")
    page.keyboard.type("salford")
    assert names(page) == ["greater manchester"]
    assert page.locator("#found").inner_text() == "1 of 42 shown"
    page.keyboard.press("Enter")
    assert names(page) == ["greater manchester"], "Enter does not leave the page"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert len(names(page)) == 42 and page.locator("#found").inner_text() == ""


def test_sort_by_keyboard(open_page):
    page = open_page("index.html")
    assert names(page) == sorted(names(page))
    tab_to(page, "#area-table th:nth-child(3) button")
    page.keyboard.press("Enter")
    heading = page.locator("#area-table th:nth-child(3)")
    counts = [int(text) for text in page.locator("#area-table td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True) and heading.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    counts = [int(text) for text in page.locator("#area-table td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts) and heading.get_attribute("aria-sort") == "ascending"
    assert page.locator("th[aria-sort]").count() == 1


def test_what_is_not_available_comes_last_whichever_way_it_is_sorted(open_page):
    page = open_page("index.html")
    button = page.locator("#area-table th:nth-child(4) button")
    for _ in range(2):
        button.click()
        cells = page.locator("#area-table td:nth-child(4)").all_inner_texts()
        assert [cell == "[x]" for cell in cells] == [False] + [True] * 41


def test_comparison_by_keyboard(open_page):
    page = open_page("index.html")
    tab_to(page, "#first")
    page.keyboard.type("Greater")
    tab_to(page, "#second")
    page.keyboard.type("Cumbria")
    table = page.locator("#comparison")
    assert table.locator("caption").inner_text() == "Greater Manchester and Cumbria and North East"
    row = table.locator("tr", has=page.get_by_role("rowheader", name="Bodies", exact=True))
    assert row.locator("td").all_inner_texts() == ["10", "12", "published"]


def test_the_map_leads_to_a_report_by_keyboard(open_page):
    page = open_page("index.html")
    tab_to(page, ".map svg a")
    told = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert page.locator(".pointed").inner_text() == told
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == told.rpartition(":")[0]


def test_without_scripts_the_table_is_still_there(browser, run):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((run / "index.html").as_uri())
    assert page.locator("#area-table tbody tr").count() == 42
    assert not page.locator("#search").is_visible() and not page.locator("#comparison").is_visible()
    assert page.get_by_text("need JavaScript").is_visible()
    context.close()


def test_screenshots_are_saved(open_page):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, shot in (("index.html", "index"), ("area/QGH.html", "area")):
        for viewport in (DESKTOP, PHONE):
            path = SCREENSHOTS / f"{shot}-{viewport['width']}.png"
            open_page(name, viewport).screenshot(path=path, full_page=True)
            assert path.stat().st_size > 10_000

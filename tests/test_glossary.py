"""Words explained where they are first met, and the way back from every number: rule, assumption, file and row."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from report_samples import PAGES, bar_chart, code, notebook, words

from ccganalysis import report
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display, figures
from ccganalysis.report import glossary, sources, ways

ROOT = project_root()


def looked_into(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def terms(html: str) -> list[tuple[str, str]]:
    return [(link.text, link["href"]) for link in looked_into(html).select("a.term")]


def page_of(*cells, at="ccg/02_running_costs") -> str:
    return report.render_page(notebook(*cells), at, {})


# --- words ---


def test_the_first_use_leads_to_its_entry_and_later_ones_are_left():
    linked = glossary.first_uses("../")
    assert terms(linked("Allowances rise. An allowance is a price list.")) == [
        ("Allowances", "../glossary.html#section-allowance")
    ]
    assert not terms(linked("The allowance again, and two allowances."))


@pytest.mark.parametrize(
    ("text", "found", "entry"),
    [
        ("one whole authority", "whole authority", "coterminosity"),
        ("in whole authorities.", "whole authorities", "coterminosity"),
        ("Bodies that share a leadership team", "leadership team", "accountable-officer"),
        ("both accountable officers", "accountable officers", "accountable-officer"),
        ("the Pareto frontier", "Pareto frontier", "frontier"),
        ("its running cost allowance", "running cost allowance", "allowance"),
        ("**no change**: the break-even saving", "break-even saving", "break-even-saving"),
        ("<b> & a verdict", "verdict", "verdict"),
        ("the Pareto\nfrontier of plans", "Pareto\nfrontier", "frontier"),
    ],
)  # fmt: skip
def test_plurals_capitals_other_words_and_the_longest(text, found, entry):
    made = glossary.first_uses("")(text)
    assert terms(made) == [(found, f"glossary.html#section-{entry}")]
    assert looked_into(made).text == text and "<b>" not in made


@pytest.mark.parametrize(
    "text", ["levers.csv", "example.org/option/1", "cap-and-trade", "re-option", "a capital", "p.cap", "cap_gbp"]
)
def test_no_word_within_a_name_an_address_or_a_longer_word(text):
    assert not terms(glossary.first_uses("")(text))


def test_a_plan_that_the_press_quoted_is_not_a_plan_of_an_area():
    assert not terms(glossary.first_uses("")("Three prices that plans put on mergers."))


def test_a_page_links_words_of_sentences_once_in_their_order_and_nowhere_else():
    """Not in headings, captions, links, code, tables or labels; a file that is named still leads to its place."""
    data = pd.DataFrame({"body_name": ["A footprint"], "registered_population": [1]})
    html = page_of(
        words("# A verdict\n\n## The cap\n\n| cluster |\n| --- |\n| lever |\n\n[a verdict](x) `option` and data/raw/levers.csv"),
        code("finding", lambda: display.finding("**The limit** is met.", bullets=["One option."])),
        code("say", lambda: display.say("The limit of each footprint, *whole authorities* and options.")),
        code(
            "show",
            lambda: display.show(
                lambda: bar_chart(data), name="a", headline="The verdict", subtitle="Caps", alt="Levers", source="Nobody, clusters",
                kind="derived", data=data,
            ),
        ),
        words("Then the verdict, levers and a cap on the cluster."),
    )  # fmt: skip
    assert [text for text, _ in terms(html)] == [
        "limit", "option", "footprint", "whole authorities", "verdict", "levers", "cap", "cluster",
    ]  # fmt: skip
    page = looked_into(html)
    assert not page.select("h1 .term, h2 .term, table .term, figure .term, code .term, a .term")
    assert page.select_one('a[href="../sources.html#levers"]').text == "data/raw/levers.csv"
    assert page.select_one(".finding strong .term").text == "limit"


def test_each_page_begins_anew():
    cell = words("The limit.")
    assert page_of(cell) == page_of(cell) and len(terms(page_of(cell))) == 1


@pytest.fixture(scope="module")
def entries(whole_run) -> dict[str, BeautifulSoup]:
    """The words of the glossary as its page has them, by the place of each."""
    page = looked_into((whole_run / "glossary.html").read_text(encoding="utf-8"))
    return {heading["id"]: heading for heading in page.select(".body h2")}


def test_the_glossary_explains_each_word_once_in_alphabetical_order(entries):
    headings = [one.text for one in entries.values()]
    assert headings == sorted(headings) and len(headings) == len(set(headings)) >= 12
    assert all(len(one.find_next_sibling("p").text.split()) >= 12 for one in entries.values())
    found = re.findall("^(?:## |Found as: )(.*)", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.M)
    said = [word.lower() for line in found for word in line.split(", ")]
    assert len(said) == len(set(said)), "no word leads to two entries"


def test_every_word_of_the_glossary_is_used_and_every_link_to_it_leads_to_an_entry(whole_run, entries):
    used = set()
    for path in whole_run.rglob("*.html"):
        links = [link["href"] for link in looked_into(path.read_text(encoding="utf-8")).select("a.term")]
        assert len(links) == len(set(links)), path.name
        used |= {link.partition("#")[2] for link in links}
    assert used == set(entries)


def test_the_first_use_is_the_linked_one_on_every_page_of_the_project(whole_run):
    """Of two words that only sentences have, so that what comes before in a heading or a table does not count."""
    for page in PAGES:
        main = looked_into((whole_run / f"{page}.html").read_text(encoding="utf-8")).main
        for word in ("allowance", "frontier"):
            sentences = [one for one in main.select("p:not(.headline, .subtitle, .note, .told), .thoughts li")]
            using = [one for one in sentences if re.search(rf"(?<![\w/.-]){word}s?(?![\w/-]|\.\w)", one.text)]
            if using and not using[0].find_parent(class_="what-if"):
                assert any(word in link.text for link in using[0].select("a.term")), (page, word)


# --- ways back ---


def test_kinds_of_a_figure_lead_to_its_rule_what_was_assumed_and_what_they_mean():
    data = pd.DataFrame({"body_name": ["A"], "gap_gbp": [1.0]})
    kinds = ["published", "derived", "modelled", "assumed"]
    shows = [
        lambda name=name: display.show_table(data, name=name, caption="Gaps", source="data/raw/levers.csv", kind=kinds)
        for name in ("gaps", "posts_paid")
    ]
    page = looked_into(page_of(words("# T"), code("show", *shows)))
    links = {part["id"]: [link["href"] for link in part.select(".note a.kind")] for part in page.select(".table")}
    assert links == {
        "gaps": [
            "#kind-published", "../method.html#section-money", "../assumptions.html#section-money",
            "../assumptions.html#section-money",
        ],
        "posts_paid": [
            "#kind-published", "../method.html#section-the-cap", "../assumptions.html#section-the-cap",
            "../assumptions.html#section-the-cap",
        ],
    }  # fmt: skip
    assert page.select_one('.note a[href="#page-kinds"]').text == "Kind of figure"
    assert page.find(id="kind-published").find_next("dd").text.startswith("printed by")


def test_key_results_lead_to_rule_assumption_and_file():
    results = [
        display.Result("body_count", "Bodies", 3, "published"),
        display.Result("plan_count", "Plans", 5, "derived"),
        display.Result("gap_gbp", "To be released", 1.0, "modelled"),
        display.Result("letters", "Letters", 1, "reported"),
    ]
    page = looked_into(page_of(words("# T"), code("r", lambda: display.key_results(results)), at="area/QGH"))
    assert [link["href"] for link in page.select("#key-results a.kind")] == [
        "../sources.html#body_register", "../method.html#section-plans-and-the-frontier",
        "../assumptions.html#section-money", "#kind-reported",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "links"),
    [
        (
            figures.MODEL,
            {
                "allowance model": "method.html#section-money", "NHS England": "sources.html#allowance_2013_14",
                "NHS Digital": "sources.html#registered_population", "ONS": "sources.html#resident_population",
            },
        ),
        (figures.ODS, {
            "Organisation Data Service": "sources.html#body_register",
            "Patients Registered at a GP Practice": "sources.html#registered_population",
        }),
        ("data/raw/levers.csv & <b>", {"data/raw/levers.csv": "sources.html#levers"}),
        ("Nobody, nothing", {}),
    ],
)  # fmt: skip
def test_words_of_a_source_lead_to_its_files(source, links):
    made = ways.Ways("02_running_costs", {"as_at": "2018-04-01"}).source(source)
    page = looked_into(made)
    assert {link.text: link["href"] for link in page.find_all("a")} == links
    assert page.text == source and not page.find_all("b")


@pytest.mark.parametrize(
    ("parameters", "lists", "boundaries"),
    [
        ({"as_at": "2017-04-01"}, "registered_population", "boundaries_2017"),
        ({"as_at": "2020-04-01"}, "registered_population", "boundaries_2020"),
        ({"as_at": "2024-04-01"}, "icb_registered_population", "boundaries_2024"),
        ({"as_at": "2026-04-01"}, "icb_registered_population", "boundaries_2026"),
        ({"merger_date": "2018-04-01"}, "registered_population", "boundaries_2018"),
        ({"era": "ccg"}, "registered_population", "boundaries_2018"),
        ({"as_at": "not a day"}, None, None),
        ({"as_at": "1999-04-01"}, None, None),
        ({"era": "none"}, None, None),
        ({}, None, None),
    ],
)
def test_what_is_held_by_footprint_leads_to_the_file_of_the_pages_own(parameters, lists, boundaries):
    back = ways.Ways("03_alignment", parameters)
    made = looked_into(back.source(f"{figures.MAPS}; {figures.ODS}"))
    found = {link.text: link["href"] for link in made.find_all("a")}
    assert found.get("Patients Registered at a GP Practice") == (lists and f"sources.html#{lists}")
    assert found.get("boundaries") == (boundaries and f"sources.html#{boundaries}")
    result = looked_into(back.kind("registered_population", "published")).a
    assert result["href"] == (f"sources.html#{lists}" if lists else "#kind-published")


def test_where_a_source_is_one_row_it_leads_to_the_row():
    back = ways.Ways("ccg/area/QGH", {})
    made = looked_into(back.source("NHS England, letter of 23 November 2018; NAO, HC 1783"))
    rows = (ROOT / "data" / "raw" / "national_running_costs.csv").read_text(encoding="utf-8").splitlines()
    told = {}
    for link in made.find_all("a"):
        file, _, number = link["href"].removeprefix("../../").rpartition("-")
        assert file == "sources.html#national_running_costs"
        told[link.text] = rows[int(number) - 1]
    assert "saving asked for against 2017/18" in told["letter of 23 November 2018"]
    assert "CCG running cost funding" in told["NAO, HC 1783"]


OUR_OWN = ("ccganalysis", "the layout is our own", "indices by scipy.stats", "four by elimination")


@pytest.mark.parametrize("page", PAGES)
def test_every_number_of_the_projects_own_pages_has_a_way_back(page, whole_run):
    """Each part of a source, but those that are nobody else's or name a file that is not held; and each key result."""
    html = looked_into((whole_run / f"{page}.html").read_text(encoding="utf-8"))
    for note in html.select(".figure .note, .table .note, .download .note"):
        _, _, source = note.decode_contents().partition("Source: ")
        for part in source.partition('. <a href="#page-kinds"')[0].split("; "):
            missing = re.search(r"(\w+)\.csv", part)
            known = part in OUR_OWN or (missing and missing[1] not in sources.held())
            assert known or "<a href=" in part, (page, part)
    kinds = html.select("#key-results a.kind")
    assert (kinds or page == "01_ingest") and not [one.find_parent("tr").text for one in kinds if one["href"][0] == "#"]


def test_every_source_in_words_leads_somewhere():
    back = ways.Ways("x", {"as_at": "2018-04-01"})
    for name in figures.__all__:
        words_ = getattr(figures, name)
        if isinstance(words_, str):
            filled = words_.format(an_area="a region", residents_of="mid-2020")
            for part in filled.split("; "):
                assert part in OUR_OWN or back.source(part) != part, (name, part)


def test_topics_are_headings_of_the_documents_and_names_are_in_use():
    def headings(name: str) -> set[str]:
        return set(re.findall("^## (.*)", (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8"), re.M))

    assert set(ways.RULES.values()) <= headings("method")
    assert {*ways.ASSUMED.values(), ways.ELSE} <= headings("assumptions")
    assert {*ways.ASSUMED, *ways.PAGES.values(), *ways.ARTEFACTS} <= set(ways.RULES)
    files = [*(ROOT / "ccganalysis" / "presentation").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    written = "\n".join(path.read_text(encoding="utf-8").replace('\\"', '"') for path in files)
    names = {name for line in [*ways.ARTEFACTS.values(), *ways.RESULTS.values()] for name in line.split()}
    assert not {name for name in names if f'"{name}"' not in written}

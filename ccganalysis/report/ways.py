"""The way back from a number: from its kind to the rule or the assumption that made it, from the words of a source to the files."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from .. import pages
from ..data import ingest
from ..data.datapackage import project_root
from ..errors import InputError
from . import sources
from .prose import place

RULES = {
    "words": "Words",
    "money": "Money",
    "routes": "What a merger releases: three routes",
    "cap": "The cap",
    "plans": "Plans and the frontier",
    "answer": "The answer: options, weights and verdict",
    "fit": "Fit",
    "effects": "What happened when bodies merged",
    "backtest": "Back-test",
}
"""Headings of `docs/method.md`, by topic."""

ASSUMED = {"money": "Money", "routes": "What a merger releases", "answer": "What a merger releases", "cap": "The cap"}
"""Headings of `docs/assumptions.md`, by topic; those of the others stand under `ELSE`."""

ELSE = "Bodies, people and borders"

PAGES = {
    "01_ingest": "words",
    "02_running_costs": "money",
    "03_alignment": "fit",
    "04_merger_candidates": "plans",
    "06_backtest": "backtest",
    "07_effects": "effects",
}
"""What most figures of a page are about; those of the others are about the answer."""

ARTEFACTS = {
    "routes": "beyond_sharing beyond_sharing_by_group beyond_sharing_by_route elasticities merger_evidence options_cost passing "
    "pooled repaid routes routes_by_candidate routes_table staff_by_size staff_by_size_later",
    "cap": "cap_by_body cap_by_group posts_paid",
    "money": "baseline_gbp break_even break_even_candidates gap_gbp levers limits probability probability_limit_met regions "
    "released_central_gbp released_one_per_area_gbp waterfall",
    "plans": "all_plans connected_sets england_options england_options_in_full frontier national_frontier plan_count plans",
    "answer": "answers candidates ranking ranking_all",
    "fit": "authorities coterminous_share coterminous_share_best coterminous_share_leading officer_count options_borders scorecard",
}
"""Figures, tables and key results that are about something else than most of their page."""

_TOPICS = {name: topic for topic, names in ARTEFACTS.items() for name in names.split()}

LISTS, BOUNDARIES = "people on lists", "boundaries"
"""What is held in one file or another, by the footprint of the page (`_of_footprint`)."""

RESULTS = {
    "body_register": "bodies body_count",
    "clusters": "later_grouped later_merged",
    "footprints": "area_code area_count area_name region_name",
    "icb_allowance": "baseline_gbp",
    "merger_attempts": "attempted",
    "mergers": "chosen_on formed_held_out formed_in_sample reported_on",
    "prescribing_measures": "prescribing_measures",
    "shared_leadership": "officer_count sharing_an_officer",
    LISTS: "registered_population",
}
"""Key results that are published or reported, by the file that they are counted in."""

_FILES = {name: stem for stem, names in RESULTS.items() for name in names.split()}

SOURCES = f"""
[allowance model](method.html#{place(RULES["money"])}) on [NHS England](allowance_2013_14), [NHS Digital]({LISTS}) and [ONS](resident_population) data
[every connected set of neighbours](method.html#{place(RULES["plans"])})
[NHS Digital](body_register) and [ONS](local_authority_overlap) data
[Organisation Data Service](body_register)
[Patients Registered at a GP Practice]({LISTS})
[small-area lookups](local_authority_overlap)
[population estimates](resident_population)
Office for National Statistics, [boundaries]({BOUNDARIES})
[boundaries]({BOUNDARIES}): Office for National Statistics
NHS England and HSJ, [announcements](ics_status)
[HSJ, NHS and council papers](merger_attempts)
[HSJ, NHS and council papers, compiled per group](shared_leadership)
NHS Digital, [mergers of commissioners](mergers)
NHS England, [running cost allowances](national_running_costs); NAO
[NHS England, NAO](national_running_costs) and [ONS (GDP deflator YBGB)](gdp_deflator)
[ONS (GDP deflator YBGB)](gdp_deflator)
[CCG running costs allowances 2013/14](allowance_2013_14)
[data/raw/datapackage.json]({sources.PAGE})
"""
"""What sources are called that name no file, one a line, with the file or the page that each part rests on."""

ROWS = {
    "letter of 23 November 2018": "saving asked for against 2017/18",
    "NAO, HC 1783": "CCG running cost funding",
    "A review of the role and costs of CCGs (HC 1783)": "CCG running cost funding",
    "Press reports of the cap": "ICB cost cap (running cost + programme pay)",
}
"""What sources are called that rest on one row of `national_running_costs`, with the measure of that row."""


class Ways:
    """The ways back from one page, `page` by its place in the run, such as `ccg/area/QGH`, and its `parameters`."""

    def __init__(self, page: str, parameters: Mapping[str, Any]) -> None:
        self._page, self._up, self._held = page, pages.up(page), sources.held()
        self._files = _of_footprint(project_root(), _footprint(parameters))
        self._leads, self._pattern = _leads(project_root())

    def kind(self, name: str, kind: str) -> Markup:
        """The kind of a figure, table or key result, leading to what it rests on, if that is known, else to what the word means.

        Derived figures lead to their rule in the method, modelled and assumed ones to what was assumed, and published and
        reported key results to their file; a figure or table names its own files in its source.
        """
        topic = _TOPICS.get(name) or PAGES.get(self._page.rpartition("/")[2], "answer")
        there = ""
        if kind == "derived":
            there = f"method.html#{place(RULES[topic])}"
        elif kind in {"modelled", "assumed"}:
            there = f"assumptions.html#{place(ASSUMED.get(topic, ELSE))}"
        elif name in _FILES:
            there = self._address(_FILES[name])
        return Markup('<a class="kind" href="{}">{}</a>').format(
            f"{self._up}{there}" if there else f"#kind-{kind}", kind
        )

    def source(self, text: str) -> Markup:
        """The words of a source as HTML: the files that it names, and what `SOURCES` and `ROWS` know, lead to their places."""
        made, end = Markup(), 0
        for found in self._pattern.finditer(text):
            made += sources.linked_files(text[end : found.start()], self._up)
            for words, target in self._leads[found[0]]:
                there = self._address(target)
                made += Markup('<a href="{}">{}</a>').format(f"{self._up}{there}", words) if there else escape(words)
            end = found.end()
        return made + sources.linked_files(text[end:], self._up)

    def _address(self, target: str) -> str:
        """Where the name of a file or an address leads from the run's folder; nowhere where no such file is held."""
        if ".html" in target:
            return target
        stem = self._files.get(target, target)
        return f"{sources.PAGE}#{stem}" if stem in self._held else ""


def _footprint(parameters: Mapping[str, Any]) -> str:
    """The footprint a page is about, or the first day of what it looks back on; nothing where neither is known."""
    if "era" in parameters:
        held = (era for era in ingest.all_eras() if era.name == parameters["era"])
        return next((str(era.default_footprint) for era in held), "")
    return str(parameters.get("as_at") or parameters.get("merger_date") or "")


@functools.cache
def _of_footprint(home: Path, day: str) -> dict[str, str]:  # noqa: ARG001  (whose files are asked for)
    """The files that hold `LISTS` and `BOUNDARIES` for a footprint, by their names; nothing where there is no such footprint."""
    try:
        era = ingest.era(day)
    except (InputError, ValueError):  # the page of a notebook that stopped over just that
        return {}
    lists = "registered_population"
    if any(re.fullmatch(era.codes.body, code) for code in sources.first_cells("icb_registered_population")):
        lists = "icb_registered_population"
    return {LISTS: lists, BOUNDARIES: f"boundaries_{day[:4]}"}


@functools.cache
def _leads(home: Path) -> tuple[dict[str, list[tuple[str, str]]], re.Pattern[str]]:  # noqa: ARG001  (whose rows are asked for)
    """What sources are called, each as its words with where they lead, and what finds them, the longest first."""
    leads = {
        words: [(words, sources.address("national_running_costs", "measure", measure))]
        for words, measure in ROWS.items()
    }
    for marked in SOURCES.strip().splitlines():
        parts = [(one[1] or one[0], one[2] or "") for one in re.finditer(r"\[(.*?)\]\((.*?)\)|[^[]+", marked)]
        leads["".join(words for words, _ in parts)] = parts
    return leads, re.compile("|".join(re.escape(words) for words in sorted(leads, key=len, reverse=True)))

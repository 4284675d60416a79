"""The way back from a number: from its kind to the rule or the assumption that made it, from the words of a source to the files."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from markupsafe import Markup, escape

from ..data.datapackage import project_root
from . import sources
from .artefacts import up
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

RESULTS = {
    "area_code": "footprints",
    "area_count": "footprints",
    "area_name": "footprints",
    "attempted": "merger_attempts",
    "bodies": "body_register",
    "body_count": "body_register",
    "formed_held_out": "mergers",
    "formed_in_sample": "mergers",
    "later_grouped": "shared_leadership",
    "later_merged": "mergers",
    "officer_count": "shared_leadership",
    "prescribing_measures": "prescribing_measures",
    "region_name": "footprints",
    "sharing_an_officer": "shared_leadership",
}
"""Key results that are published or reported, and the files that they are counted in."""


def kind_link(page: str, name: str, kind: str) -> Markup:
    """The kind of a figure, table or key result, leading to what it rests on, if that is known, else to what the word means.

    Derived figures lead to their rule in the method, modelled and assumed ones to what was assumed, and published and
    reported key results to their file; a figure or table names its own files in its source.
    """
    topic = _TOPICS.get(name) or PAGES.get(page.rpartition("/")[2], "answer")
    there = f"#kind-{kind}"
    if kind == "derived":
        there = f"{up(page)}method.html#{place(RULES[topic])}"
    elif kind in {"modelled", "assumed"}:
        there = f"{up(page)}assumptions.html#{place(ASSUMED.get(topic, ELSE))}"
    elif sources.held(RESULTS.get(name, "")):
        there = f"{up(page)}{sources.PAGE}#{RESULTS[name]}"
    return Markup('<a class="kind" href="{}">{}</a>').format(there, kind)


def source_line(page: str, text: str) -> Markup:
    """The words of a source as HTML: the files that it names, and what `_leads` knows of, lead to their places."""
    leads, pattern = _leads(project_root())
    made, end, back = Markup(), 0, up(page)
    for found in pattern.finditer(text):
        made += sources.linked_files(text[end : found.start()], back)
        for words, there in leads[found[0]]:
            made += Markup('<a href="{}">{}</a>').format(f"{back}{there}", words) if there else escape(words)
        end = found.end()
    return made + sources.linked_files(text[end:], back)


@functools.cache
def _leads(home: Path) -> tuple[dict[str, list[tuple[str, str]]], re.Pattern[str]]:  # noqa: ARG001  (whose files are asked for)
    """What sources are called, each as its words with where they lead, and what finds them, the longest first.

    One in `presentation.figures.sources` or in a notebook that names no file stands here, with the file or the row it rests on.
    """
    letter = sources.address("national_running_costs", "measure", "saving asked for against 2017/18")
    spent = sources.address("national_running_costs", "measure", "CCG running cost funding")
    cap = sources.address("national_running_costs", "measure", "ICB cost cap (running cost + programme pay)")
    rules = {topic: f"method.html#{place(heading)}" for topic, heading in RULES.items()}
    known = (
        f"[allowance model]({rules['money']}) on [NHS England](allowance_2013_14), [NHS Digital](registered_population) and "
        "[ONS](resident_population) data",
        f"[every connected set of neighbours]({rules['plans']})",
        "[NHS Digital](body_register) and [ONS](local_authority_overlap) data",
        "NHS Digital, [Organisation Data Service](body_register)",
        "[Patients Registered at a GP Practice](registered_population)",
        "Office for National Statistics, [small-area lookups](local_authority_overlap) and "
        "[population estimates](resident_population)",
        "Office for National Statistics, [boundaries](boundaries_2017)",
        "[boundaries](boundaries_2017): Office for National Statistics",
        "NHS England and HSJ, [announcements](ics_status)",
        "[HSJ, NHS and council papers](merger_attempts)",
        "[HSJ, NHS and council papers, compiled per group](shared_leadership)",
        "NHS Digital, [mergers of commissioners](mergers)",
        f"NHS England, [letter of 23 November 2018]({letter})",
        f"[NAO, HC 1783]({spent})",
        f"[NAO, A review of the role and costs of CCGs (HC 1783)]({spent})",
        f"[Press reports of the cap]({cap})",
        f"from [NHS England]({letter}), [NAO]({spent}) and [ONS (GDP deflator YBGB)](gdp_deflator)",
        "[NHS Commissioning Board, CCG running costs allowances 2013/14](allowance_2013_14)",
        f"[data/raw/datapackage.json]({sources.PAGE})",
    )
    leads = {}
    for marked in known:
        pieces = [*re.finditer(r"\[(.*?)\]\((\S*?)\)|[^[]+", marked)]
        leads["".join(one[1] or one[0] for one in pieces)] = [
            (one[1], _place(one[2])) if one[1] else (one[0], "") for one in pieces
        ]
    return leads, re.compile("|".join(re.escape(words) for words in sorted(leads, key=len, reverse=True)))


def _place(target: str) -> str:
    """Where a file's name or an address leads from the run's folder; nowhere, if the file is not held."""
    if ".html" in target or not target:
        return target
    return f"{sources.PAGE}#{target}" if sources.held(target) else ""

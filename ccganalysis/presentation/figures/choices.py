"""What could merge: the candidates of England, and one area's plans."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ...analysis.candidates import OBJECTIVES, frontier
from ...analysis.levers import evidence_range
from ...analysis.options import Answer
from .. import charts, findings
from .sources import CANDIDATES


def break_even_candidates(sets: pd.DataFrame, levers: pd.DataFrame, stress_gbp: float) -> dict[str, Any]:
    alone = evidence_range(levers, "saving_per_body_removed_gbp")
    mergers = sets[sets["body_count"] > 1]
    return {
        "figure": partial(charts.break_even_histogram, mergers, {"quoted for mergers alone": alone}, stress_gbp),
        "name": "break_even_candidates",
        "headline": findings.break_even_candidates(sets, alone[1]),
        "subtitle": "Candidates by the saving a year that each body removed would have to release to pass the test alone, £",
        "alt": f"Histogram. {findings.break_even_candidates(sets, alone[1])}.",
        "source": f"{CANDIDATES}; evidence in data/raw/merger_saving_evidence.csv",
        "kind": ["modelled", "reported"],
        "data": mergers[["body_codes", "bodies", "area_name", "body_count", "baseline_gbp", "break_even_saving_gbp"]],
    }


def national_frontier(disruption: pd.DataFrame, coterminosity: pd.DataFrame, reached: pd.DataFrame) -> dict[str, Any]:
    """Exact national frontiers (`candidates.national_frontier`) and the footprints that came about."""
    columns = {"disruption_people": disruption, "people_in_whole_authorities": coterminosity}
    titles = {
        "disruption_people": "Fewest registered people who would change body",
        "people_in_whole_authorities": "Most residents in an upper-tier authority wholly inside one body",
    }
    lines = [
        frame.set_axis(["body_count", "value"], axis=1).assign(measure=titles[name]) for name, frame in columns.items()
    ]
    marks = [
        pd.DataFrame(
            {
                "body_count": reached["body_count"],
                "value": reached[name],
                "measure": titles[name],
                "label": [f"{day.year}" for day in reached["as_at"]],
            }
        )
        for name in columns
    ]
    headline = findings.national_frontier(disruption, reached)
    return {
        "figure": partial(charts.national_frontier, pd.concat(lines), pd.concat(marks)),
        "name": "national_frontier",
        "headline": headline,
        "subtitle": "The best any plan within {area} borders could do for each number of bodies (lines), and what came about "
        "(points), people",
        "alt": f"Two line charts. {headline}.",
        "source": CANDIDATES,
        "kind": ["derived", "published"],
        "data": pd.concat(lines),
    }


def area_frontier(one: Answer, front: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    """All plans of one area by the last and the first objective named, the frontier of those two and the named options.

    `front` is the frontier of all the objectives named, which the headline and the data are of.
    """
    area = one.area
    of_two = frontier(area, [names[0], names[-1]])
    down, across = (OBJECTIVES[name] for name in (names[0], names[-1]))
    y, x = down.column, across.column
    points = pd.DataFrame(
        [
            {"label": findings.plan_name(one, option.plan), **area.plans.loc[option.plan, [x, y]]}
            for option in one.choices
        ]
    )
    headline = findings.frontier_of(area, front)
    return {
        "figure": partial(charts.frontier, area.plans, of_two, points, x, y, (across.heading, down.heading)),
        "name": "frontier",
        "headline": headline,
        "subtitle": f"{down.heading}, by {across.heading[0].lower()}{across.heading[1:]}; grey: all plans; the line: what no plan beats on these two",
        "alt": f"Scatter chart. {headline}.",
        "source": CANDIDATES,
        "kind": "modelled",
        "data": front,
    }

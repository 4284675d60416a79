"""Parts of a report that are shown or not, as the answer has it, and say what is not shown and why."""

from __future__ import annotations

import pandas as pd

from ..analysis import candidates, criteria
from . import display, figures, findings


def best_plan(plans, marks: dict[str, int], p, shapes, footprint: pd.DataFrame, tables) -> None:
    """The best plan of an area as a map, with the criteria of November 2016 for its largest merged body.

    `plans` is a `candidates.AreaPlans`, `marks` from `candidates.marked_plans`, `p` the parameters of the area report. A
    sentence stands where there is no choice, no plan that fits, or no merger.
    """
    if len(plans.plans) == 1:
        return display.say(findings.no_choice(plans))
    if candidates.BEST not in marks:
        return display.say(findings.no_plan_fits(plans, p.floor_people, p.ceiling_people))
    best = marks[candidates.BEST]
    bounds = (p.floor_people, p.ceiling_people)
    display.show(**figures.area_plan_map(shapes, footprint, plans, best, p.objective, *bounds, tables))
    merged = candidates.largest_merged(plans, best)
    if merged is None:
        return display.say(findings.no_merger(plans))
    card = criteria.scorecard(merged, tables["criteria"], tables["criteria_evidence"], p.saving_target)
    display.show_table(
        findings.scorecard(card, merged, p.saving_target),
        name="scorecard",
        caption=f"Criteria of November 2016 for its largest merged body: {merged['bodies']}",
        source=f"{figures.CANDIDATES}; data/raw/criteria.csv",
        kind=["modelled", "derived"],
    )
    return display.say(findings.verdict(card))

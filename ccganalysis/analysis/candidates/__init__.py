"""Merger candidates: every connected set of bodies of an area, every plan made of them, and the exact frontier.

Merged bodies are scored from what is known of their members (`scoring`); the plans of one area are listed, scored and
compared (`area`), candidates ranked (`ranks`), areas put together (`england`), and all of it held against what happened
(`history`).
"""

from ...data.measures import OBJECTIVES, RANKINGS, objectives
from .area import (
    BEST,
    NO_CHANGE,
    ONE_BODY,
    REAL,
    SMALLEST,
    AreaPlans,
    area_plans,
    as_good,
    best_plan,
    fits,
    frontier,
    largest_merged,
    marked_plans,
    outcomes,
    plan_scores,
    plan_table,
    real_plan,
    reference_plans,
    smallest_change,
)
from .england import (
    across_borders,
    all_sets,
    by_area,
    counts,
    crossing,
    every_area,
    fit_gained,
    islands,
    national_frontier,
    with_total,
)
from .history import footprints_reached, formed, real_mergers, what_happened
from .ranks import BOARD, board_table, per_body, rank_intervals, ranking
from .scoring import DIFFERENCES, Setting, merged_bodies, prepare, score, setting

__all__ = [
    "BEST",
    "BOARD",
    "DIFFERENCES",
    "AreaPlans",
    "OBJECTIVES",
    "NO_CHANGE",
    "ONE_BODY",
    "RANKINGS",
    "REAL",
    "SMALLEST",
    "Setting",
    "across_borders",
    "all_sets",
    "as_good",
    "best_plan",
    "board_table",
    "by_area",
    "counts",
    "crossing",
    "every_area",
    "fit_gained",
    "fits",
    "footprints_reached",
    "formed",
    "frontier",
    "area_plans",
    "islands",
    "largest_merged",
    "marked_plans",
    "merged_bodies",
    "national_frontier",
    "objectives",
    "outcomes",
    "per_body",
    "plan_scores",
    "plan_table",
    "prepare",
    "rank_intervals",
    "ranking",
    "real_mergers",
    "real_plan",
    "reference_plans",
    "score",
    "setting",
    "smallest_change",
    "what_happened",
    "with_total",
]

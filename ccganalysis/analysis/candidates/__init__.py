"""Merger candidates: every connected set of bodies of an area, every plan made of them, and the exact frontier.

Merged bodies are scored from what is known of their members (`scoring`); the plans of one area are listed, scored and
compared (`area`), candidates ranked (`ranks`), areas put together (`england`), and all of it held against what happened
(`history`).
"""

from ...data.measures import OBJECTIVES, RANKINGS, objectives
from .area import (
    AreaPlans,
    area_plans,
    fits,
    frontier,
    largest_merged,
    merged_names,
    outcomes,
    plan_scores,
    plan_table,
    plans_in_full,
    real_plan,
)
from .england import (
    across_borders,
    all_sets,
    by_area,
    counts,
    crossing,
    every_area,
    islands,
    national_frontier,
    sets_across,
    with_total,
)
from .history import came_about, footprints_reached, formed, real_mergers, what_happened
from .ranks import BOARD, board_columns, board_table, per_body, rank_intervals, ranking
from .scoring import DIFFERENCES, Setting, merged_bodies, prepare, score, setting

__all__ = [
    "AreaPlans",
    "BOARD",
    "DIFFERENCES",
    "OBJECTIVES",
    "RANKINGS",
    "Setting",
    "across_borders",
    "all_sets",
    "area_plans",
    "board_columns",
    "board_table",
    "by_area",
    "came_about",
    "counts",
    "crossing",
    "every_area",
    "fits",
    "footprints_reached",
    "formed",
    "frontier",
    "islands",
    "largest_merged",
    "merged_bodies",
    "merged_names",
    "national_frontier",
    "objectives",
    "outcomes",
    "per_body",
    "plan_scores",
    "plan_table",
    "plans_in_full",
    "prepare",
    "rank_intervals",
    "ranking",
    "real_mergers",
    "real_plan",
    "score",
    "sets_across",
    "setting",
    "what_happened",
    "with_total",
]

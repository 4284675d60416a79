"""Candidates from best to worst, and how firm the order is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...data.measures import RANKINGS
from ...errors import InputError, unknown
from .. import levers as lever
from ..borders import OF_BODIES


def per_body(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets with what three rankings go by: distinct accountable officers, and registered people, over bodies; and
    `place_order`, the place index, the whole of an area ahead of its parts.
    """
    return sets.assign(
        officers_per_body=sets["officer_count"] / sets["body_count"],
        people_per_body=sets["registered_population"] / sets["body_count"],
        place_order=sets["place_index"] + (sets["alignment_state"] == "equals"),
    )


def ranking(sets: pd.DataFrame, by: str) -> pd.DataFrame:
    """Merged bodies (two or more members) from best to worst by one of `RANKINGS`, with `rank` from 1.

    Ties are broken by fewer people moved, then by code, so that the order never depends on the order of the rows.
    """
    if by not in RANKINGS:
        raise InputError(unknown("ranking", by, RANKINGS))
    one = RANKINGS[by]
    frame = per_body(sets[sets["body_count"] > 1])
    frame["worst_first"] = -frame[one.column] if one.more_is_better else frame[one.column]
    frame = frame.sort_values(["worst_first", "disruption_people", "body_codes"], ignore_index=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame.drop(columns="worst_first")


def rank_intervals(
    ranked: pd.DataFrame, draws: dict[str, np.ndarray], first: int = 50, most_draws: int = 1000
) -> pd.DataFrame:
    """How firm the first ranks by released share are: 5th and 95th percentile of rank, and how often in the top ten.

    The saving per body removed is common to all candidates, so only what shared management has harvested can change
    their order; candidates beyond the `first` x 10 best are taken not to reach the top.
    """
    field = ranked.head(first * 10)
    sharing, separate = lever.bodies_removed(field["body_count"], field["officer_count"])
    harvested = draws["share_already_harvested"][:most_draws]
    saving = draws["saving_per_body_removed_gbp"][:most_draws]
    share = saving * (separate + sharing * (1 - harvested)) / field["baseline_gbp"].to_numpy()
    order = np.argsort(-share, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, len(field) + 1), axis=1)
    low, high = np.percentile(rank, [5, 95], axis=0, method="nearest")
    return field.assign(
        rank_low=low.astype(int), rank_high=high.astype(int), top_ten_share=(rank <= 10).mean(axis=0)
    ).head(first)


BOARD = [
    "rank",
    "bodies",
    "area_name",
    "registered_population",
    "released_central_gbp",
    "released_share",
    "disruption_people",
    "authorities_contained",
    "alignment_state",
]
"""What a board asks first."""


def board_columns(ranked: pd.DataFrame) -> list[str]:
    """The measures a board asks about that ranked candidates have: `BOARD`, and what their era asks of borders and size."""
    return [*BOARD, "break_even_saving_gbp", *(name for name in OF_BODIES if name in ranked and name not in BOARD)]


def board_table(ranked: pd.DataFrame, draws: dict[str, np.ndarray], first: int = 50) -> pd.DataFrame:
    """The first candidates with the measures a board asks about; rank intervals are those of share released."""
    top = ranked.head(first)[board_columns(ranked)]
    firm = rank_intervals(ranking(ranked.drop(columns="rank"), "released_share"), draws, first=len(ranked))
    firm = firm.set_index("bodies")[["rank_low", "rank_high", "top_ten_share"]]
    return top.join(firm, on="bodies")

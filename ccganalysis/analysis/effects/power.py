"""How small an effect would have been seen? Effects put into groups that did not merge, and looked for by the same test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .panel import BASE, MERGED, Panel
from .permutation import LEVEL, Assignments, p_values

POWER = 0.80
"""An effect would have been seen if the test finds it in this share of worlds."""

FALLS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)
"""The falls put in, as shares of the staff of the groups taken as merged."""

WORLDS = 400
"""Draws taken as the merged ones in turn."""


def power(assignments: Assignments, before: np.ndarray, after: np.ndarray, seed: int) -> pd.DataFrame:
    """In what share of worlds does the test find a fall of a given size? `fall_share`, `found_share`, `world_count`.

    `before` and `after`: staff of every unit. A world is the staff as they were, but with another draw of groups taken as
    the merged ones, and their staff afterwards lower by the fall; its test is that of the real ones, against the same
    draws. The row of no fall is the test's false alarms. What the real mergers did, if anything, stays in the data as noise.
    """
    picked = 1 + np.random.default_rng(seed).permutation(len(assignments.draws) - 1)[:WORLDS]
    inside = np.zeros((assignments.sets.shape[1], len(picked)), dtype=bool)
    for slot in assignments.draws[picked].T:
        inside |= assignments.sets[slot].T
    rows = []
    for fall in FALLS:
        statistics = assignments.changes(before[:, None], after[:, None] * np.where(inside, 1 - fall, 1.0))
        rows.append((fall, float((p_values(statistics, picked) <= LEVEL).mean()), len(picked)))
    return pd.DataFrame(rows, columns=["fall_share", "found_share", "world_count"])


def smallest_visible(by_fall: pd.DataFrame, wanted: float = POWER) -> float:
    """The smallest fall found in the share of worlds wanted, between the falls tried in a straight line; nan if none is."""
    falls, found = by_fall["fall_share"].to_numpy(), np.maximum.accumulate(by_fall["found_share"].to_numpy())
    if not len(found) or found[-1] < wanted:
        return float("nan")
    step = int(np.argmax(found >= wanted))
    if step == 0:
        return float(falls[0])
    part = (wanted - found[step - 1]) / (found[step] - found[step - 1])
    return float(falls[step - 1] + part * (falls[step] - falls[step - 1]))


def per_body_removed(made: Panel, share: float, cost_per_fte_gbp: float) -> float:
    """What a change of the merged bodies' staff by a share is in £ a year for each body that the mergers removed."""
    merged = (made.units["role"] == MERGED).to_numpy()
    removed = int((made.units.loc[merged, "body_count"] - 1).sum())
    return float(share * made.at(BASE)[merged].sum() * cost_per_fte_gbp / removed)


def share_of_staff(made: Panel, gbp_per_body_removed: float, cost_per_fte_gbp: float) -> float:
    """The other way: £ a year for each body removed as a share of the merged bodies' staff."""
    return gbp_per_body_removed / per_body_removed(made, 1.0, cost_per_fte_gbp)

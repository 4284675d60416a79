"""What happened to merged bodies beside the others: difference in differences of log staff, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data.tables import Day, Tables
from ...errors import InputError, unknown
from . import permutation, power
from .panel import AFTER, BASE, MERGED, OUTCOMES, Panel, analysable, limited, panel
from .permutation import CONTROLS, Assignments

MEASURES = {"fte": "FTE", "fte_per_100000": "FTE per 100,000 registered people"}

PRIMARY = ("all not merged", "fte")
"""The controls and the measure of the verdict; the others are shown beside it."""


@dataclass(frozen=True)
class Results:
    """All of one outcome around the mergers of one date; see the functions of the same names.

    `smallest_visible` is a share: the smallest fall that would have been seen, nan where none shown would.
    """

    panel: Panel
    estimates: pd.DataFrame
    leave_one_out: pd.DataFrame
    robustness: pd.DataFrame
    power: pd.DataFrame
    smallest_visible: float

    def primary(self, from_year: int = BASE, to_year: int = AFTER) -> pd.Series:
        """The row of `estimates` with the controls and the measure of the verdict."""
        rows = self.estimates
        chosen = (rows["controls"] == PRIMARY[0]) & (rows["measure"] == PRIMARY[1])
        return rows[chosen & (rows["from_year"] == from_year) & (rows["to_year"] == to_year)].iloc[0]

    def without_the_weightiest(self, from_year: int = BASE) -> pd.Series | None:
        """The row of `leave_one_out` that leaves the result with all merged bodies furthest behind; None with one body."""
        rows = self.leave_one_out[self.leave_one_out["from_year"] == from_year]
        if len(rows) == 1:
            return None
        gap = (rows["change_share"] - rows["change_share"].iloc[0]).abs()
        return pd.Series(rows.loc[gap.idxmax()])


def every_outcome(tables: Tables, merger_date: Day, permutations: int, seed: int) -> dict[str, Results]:
    """`run` of every outcome that the date can be analysed for; raises `InputError` naming the dates there are if none."""
    day = pd.Timestamp(merger_date)
    dates = {name: analysable(tables, name) for name in OUTCOMES}
    able = {name: frame.loc[frame["analysable"] == "yes", "effective_date"] for name, frame in dates.items()}
    chosen = [name for name, days in able.items() if day in set(days)]
    if not chosen:
        held = sorted({f"{date:%Y-%m-%d}" for days in able.values() for date in days})
        raise InputError(
            unknown("merger date with staff before and after", f"{day:%Y-%m-%d}", held)
            + " Staff of other dates, put in with `ccganalysis add`, make more of them so."
        )
    return {name: run(tables, name, day, permutations, seed) for name in chosen}


def run(tables: Tables, outcome: str, merger_date: Day, permutations: int, seed: int) -> Results:
    """Everything about one outcome around the mergers of one date that has observations before and after.

    The same code for every date: what can be run is in `panel.analysable`. Raises `InputError` as `panel.panel`.
    """
    made = panel(tables, outcome, merger_date)
    drawn = {name: permutation.assignments(made, tables, name, permutations, seed) for name in CONTROLS}
    by_power = power.power(drawn[PRIMARY[0]], made.at(BASE), made.at(AFTER), seed)
    return Results(
        made,
        estimates(made, drawn),
        leave_one_out(made, tables, permutations, seed),
        robustness(made, tables, permutations, seed),
        by_power,
        power.smallest_visible(by_power),
    )


def primary(tables: Tables, outcome: str, merger_date: Day, permutations: int, seed: int) -> pd.Series:
    """The estimate of the verdict alone, which is quick: that row of `estimates` which `Results.primary` gives."""
    made = panel(tables, outcome, merger_date)
    return pd.Series(contrast(made, permutation.assignments(made, tables, PRIMARY[0], permutations, seed), BASE, AFTER))


def spans(made: Panel) -> list[tuple[int, int]]:
    """The changes of the verdict: to the year after from the year before and, where held, from the second year before."""
    return [(start, AFTER) for start in (BASE, BASE - 1) if start in made.years]


def estimates(made: Panel, drawn: Mapping[str, Assignments]) -> pd.DataFrame:
    """Every year against the year before the merger, with each kind of controls and each of `MEASURES`.

    And, where it is held, the second year before against the year after, as preparing begins before the day itself. One
    row each: `controls`, `measure`, `from_year`, `to_year`, `from_label`, `to_label`, `change_share` (of the merged beyond
    that of the others: exp of the difference in differences of logs, less 1), `change_share_low`, `change_share_high` (95%), `p_value`,
    `group_count`, `control_count`, `draw_count`, `exact`. A year before the merger is a placebo: it tests the trend.
    """
    placebos = [(BASE, year) for year in made.years if year < BASE]
    rows = []
    for controls, assignments in drawn.items():
        for measure in MEASURES:
            for start, end in [*placebos, *spans(made)]:
                told = contrast(made, assignments, start, end, measure)
                rows.append({"controls": controls, "measure": measure, **told})
    return pd.DataFrame(rows)


def contrast(made: Panel, assignments: Assignments, start: int, end: int, measure: str = "fte") -> dict[str, object]:
    """One row of `estimates`: the change from one year to another."""
    statistics = assignments.changes(made.at(start)[:, None], made.at(end)[:, None])
    if measure == "fte_per_100000":
        statistics = statistics - assignments.changes(made.people_at(start)[:, None], made.people_at(end)[:, None])
    low, high = permutation.interval(statistics, assignments.share_treated)
    return {
        "from_year": start,
        "to_year": end,
        "from_label": made.labels[made.years.index(start)],
        "to_label": made.labels[made.years.index(end)],
        "change_share": float(np.expm1(statistics[0, 0])),
        "change_share_low": float(np.expm1(low[0])),
        "change_share_high": float(np.expm1(high[0])),
        "p_value": float(permutation.p_values(statistics)[0]),
        "group_count": assignments.draws.shape[1],
        "control_count": int((assignments.single & ~assignments.real).sum()),
        "draw_count": len(assignments.draws),
        "exact": "yes" if assignments.exact else "no",
    }


def leave_one_out(made: Panel, tables: Tables, permutations: int, seed: int) -> pd.DataFrame:
    """Does one merger make the result? The contrasts without each merged body in turn, and with all.

    `left_out` (the body's name, "none" first), `predecessor_count`, and the columns of `contrast`: from the year before,
    and, where held, from the second year before, to the year after.
    """
    merged = made.units[made.units["role"] == MERGED]
    rows = []
    for code, name, count in [
        (None, "none", 0),
        *merged[["body_code", "body_name", "body_count"]].itertuples(index=False),
    ]:
        if code is not None and len(merged) == 1:
            continue
        assignments = permutation.assignments(made, tables, PRIMARY[0], permutations, seed, without=code)
        for start, end in spans(made):
            rows.append({"left_out": name, "predecessor_count": count, **contrast(made, assignments, start, end)})
    return pd.DataFrame(rows)


STRICTER, LOOSER = 1.5, np.inf
"""Other limits to the change that is taken for a change of employer (`panel.LARGEST_CHANGE`); the second is no limit."""


def robustness(made: Panel, tables: Tables, permutations: int, seed: int) -> pd.DataFrame:
    """Do the rule that leaves bodies out, or the way groups are drawn, make the result?

    `variant` in words, `merged_left_out` (names, or none) and the columns of `contrast`: as in the protocol; with a stricter
    limit to what counts as a change of employer, and with none; and with single bodies drawn instead of groups.
    """
    variants = {
        "as in the protocol": (made, True),
        f"left out at a factor of {STRICTER:g}": (limited(made, STRICTER), True),
        "no limit to the change": (limited(made, LOOSER), True),
        "single bodies drawn, not groups": (made, False),
    }
    rows = []
    for variant, (chosen, in_groups) in variants.items():
        units = chosen.units
        gone = units.loc[(units["history"] == MERGED) & (units["role"] != MERGED), "body_name"]
        if not (units["role"] == MERGED).any():
            continue
        assignments = permutation.assignments(chosen, tables, PRIMARY[0], permutations, seed, in_groups=in_groups)
        for start, end in spans(chosen):
            row = contrast(chosen, assignments, start, end)
            rows.append({"variant": variant, "merged_left_out": "; ".join(gone) or "none", **row})
    return pd.DataFrame(rows)

"""What family doctors prescribed in bodies that merged in April 2020, beside bodies that did not: many measures, corrected.

A secondary outcome: prescribing is what commissioners advise on, not what they spend on themselves. Practices are summed to
the bodies of April 2021 in every year, so a body is the same practices before and after.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.tables import Tables
from ...errors import InputError
from .permutation import LEVEL, p_values
from .power import POWER

FOOTPRINT, MERGERS_OF = pd.Timestamp("2021-04-01"), pd.Timestamp("2020-04-01")
"""The bodies that prescribing is held on, and the mergers looked at."""

BEFORE, AFTER = "2019/20", ("2020/21", "2021/22", "2022/23")
"""The financial year before those mergers, and the years after, whose mean is taken."""


def units(tables: Tables) -> pd.DataFrame:
    """The bodies of April 2021: `body_code`, `body_name`, `role`: merged (in April 2020 and not since), never merged (in
    2020 or 2021), left out (formed in April 2021, after the first year).
    """
    bodies = organisations.footprint(tables["bodies"], FOOTPRINT).sort_values("body_code", ignore_index=True)
    own = organisations.only_mergers(tables["mergers"])
    formed = own.drop_duplicates(["effective_date", "successor_code"])
    of_date = {day: set(group["successor_code"]) for day, group in formed.groupby("effective_date")}
    code = bodies["body_code"]
    role = np.select(
        [code.isin(of_date[FOOTPRINT]), code.isin(of_date[MERGERS_OF])], ["left out", "merged"], "not merged"
    )
    return bodies[["body_code", "body_name"]].assign(role=role)


def measures(tables: Tables, permutations: int, seed: int) -> pd.DataFrame:
    """Every prescribing measure: the change of the merged bodies' rate beyond that of the others, and is it chance?

    `measure`, `measure_title`, `change_sd`: mean change of the rate (numerator over denominator) from `BEFORE` to the mean
    of `AFTER`, merged less the others, in standard deviations between bodies in `BEFORE`, so that measures compare and a
    rate may be nought; `visible_sd`: the smallest change that four draws in five would have shown at 5%, uncorrected;
    `merged_count`, `control_count`; `p_value`: two-sided, over draws of as many single bodies as
    merged (groups of neighbours cannot be drawn here: the bodies that merged are a third of England), `p_holm` (chance
    that any is false), `p_bh` (share that are false), lowest p first. Raises `InputError` for a year or body missing, or
    a measure of which no body has a rate.
    """
    bodies = units(tables)
    bodies = bodies[bodies["role"] != "left out"].reset_index(drop=True)
    rates = _rates(tables["prescribing"], bodies["body_code"])
    merged = (bodies["role"] == "merged").to_numpy()
    generator = np.random.default_rng(seed)
    drawn = np.zeros((permutations, len(bodies)), dtype=bool)
    drawn[0] = merged
    for row in drawn[1:]:
        row[generator.permutation(len(bodies))[: merged.sum()]] = True
    rows = []
    for measure, wide in rates.items():
        change = wide[list(AFTER)].mean(axis=1, skipna=False) - wide[BEFORE]
        known = change.notna().to_numpy()
        spread = float(wide.loc[known, BEFORE].std())
        if not known.any() or not spread > 0:
            raise InputError(
                f"prescribing.csv: {measure} does not differ between bodies in {BEFORE}, so nothing can be compared."
            )
        scaled = change.to_numpy()[known] / spread
        inside = drawn[:, known].astype("float64")
        ones, total = inside.sum(axis=1), inside @ scaled
        statistics = total / ones - (scaled.sum() - total) / (known.sum() - ones)
        p = float(p_values(statistics[:, None])[0])
        visible = np.quantile(np.abs(statistics), 1 - LEVEL) - np.quantile(statistics, 1 - POWER)
        rows.append((measure, statistics[0], visible, int(ones[0]), int(known.sum() - ones[0]), p))
    frame = pd.DataFrame(
        rows, columns=["measure", "change_sd", "visible_sd", "merged_count", "control_count", "p_value"]
    )
    frame = frame.merge(tables["prescribing_measures"], on="measure", how="left")
    frame = frame.assign(p_holm=holm(frame["p_value"]), p_bh=benjamini_hochberg(frame["p_value"]))
    first = ["measure", "measure_title"]
    return frame[[*first, *frame.columns.difference(first, sort=False)]].sort_values(
        ["p_value", "measure"], ignore_index=True
    )


def _rates(prescribing: pd.DataFrame, codes: pd.Series) -> dict[str, pd.DataFrame]:
    """Numerator over denominator by measure: (bodies x years), nan where there is no denominator in a year."""
    years = [BEFORE, *AFTER]
    lost = sorted(set(years) - set(prescribing["financial_year"])) + sorted(set(codes) - set(prescribing["body_code"]))
    if lost:
        raise InputError(
            f"prescribing.csv has nothing of {', '.join(lost)}; every body is needed in {', '.join(years)}."
        )
    own = prescribing[prescribing["body_code"].isin(codes)]
    rate = own["numerator"] / own["denominator"].where(own["denominator"] > 0)
    wide = own.assign(rate=rate).pivot(index=["measure", "body_code"], columns="financial_year", values="rate")
    return {str(measure): group.droplevel(0).reindex(codes) for measure, group in wide.groupby(level=0)}


def holm(p: pd.Series) -> np.ndarray:
    """Holm's step-down: the k-th smallest of m p-values times m - k + 1, never below the one before, at most 1."""
    order = np.argsort(p.to_numpy(), kind="stable")
    raised = np.maximum.accumulate(p.to_numpy()[order] * np.arange(len(p), 0, -1))
    out = np.empty(len(p))
    out[order] = np.minimum(raised, 1.0)
    return out


def benjamini_hochberg(p: pd.Series) -> np.ndarray:
    """Benjamini and Hochberg's step-up: the k-th smallest of m p-values times m / k, never above the next, at most 1."""
    order = np.argsort(p.to_numpy(), kind="stable")[::-1]
    lowered = np.minimum.accumulate(p.to_numpy()[order] * len(p) / np.arange(len(p), 0, -1))
    out = np.empty(len(p))
    out[order] = np.minimum(lowered, 1.0)
    return out


def significant(found: pd.DataFrame) -> dict[str, int]:
    """How many measures are below the level before a correction and after each: `plain`, `holm`, `bh`, of `tests`."""
    counts = {
        name: int((found[column] <= LEVEL).sum())
        for name, column in (("plain", "p_value"), ("holm", "p_holm"), ("bh", "p_bh"))
    }
    return {**counts, "tests": len(found)}

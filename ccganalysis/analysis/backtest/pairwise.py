"""Neighbouring pairs: which were in one body after a decision, and how well a score tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .. import candidates, plans
from .scores import HELD_OUT, IN_SAMPLE, SCORERS, Decision, rounded


def pairs(decision: Decision, successors: pd.DataFrame) -> pd.DataFrame:
    """All neighbouring pairs inside an area with each score, and whether they were in one body after the decision.

    Columns `effective_date`, `sample`, `area_code`, `area_name`, `body_code_a`, `body_code_b`, `together`, and `SCORERS`:
    those of the two bodies merged, or for a random plan the exact chance that it puts them in one body.
    """
    outcome = candidates.what_happened(decision.setting.bodies, successors, decision.date)
    frames = []
    for code, scope in decision.scopes.items():
        two = scope.members.sum(axis=1) == 2
        if not two.any():
            continue
        ends = np.array([np.flatnonzero(row) for row in scope.members[two]])
        codes = scope.setting.bodies["body_code"].to_numpy()[ends]
        area = decision.areas[code]
        frame = scope.scores[two].reset_index(drop=True).assign(random_plan=together_at_random(area, ends))
        ends_now = outcome.to_numpy()[outcome.index.get_indexer(codes.ravel())].reshape(codes.shape)
        frames.append(
            frame.assign(
                effective_date=decision.date,
                sample=decision.sample,
                area_code=code,
                area_name=area.area_name,
                body_code_a=codes[:, 0],
                body_code_b=codes[:, 1],
                together=ends_now[:, 0] == ends_now[:, 1],
            )
        )
    first = ["effective_date", "sample", "area_code", "area_name", "body_code_a", "body_code_b", "together"]
    found: pd.DataFrame = pd.concat(frames, ignore_index=True)[[*first, *SCORERS]]
    return found


def together_at_random(area: candidates.AreaPlans, ends: np.ndarray) -> np.ndarray:
    """The share of all plans of an area that put each pair of bodies (positions) in one body: exact."""
    occurs = np.bincount(area.plan_set.set_index, minlength=len(area.sets)) / len(area.plans)
    members = plans.membership(area.plan_set.sets, len(area.codes)).astype("float64")
    return rounded(pd.DataFrame({"chance": ((members * occurs[:, None]).T @ members)[ends[:, 0], ends[:, 1]]}))[
        "chance"
    ].to_numpy()


def roc_area(together: np.ndarray, score: np.ndarray) -> float:
    """The chance that a pair that came together scores above one that did not, ties counting half."""
    return float(
        _wins(together, score, np.zeros(len(score), dtype=int), 1)[0].sum() / (together.sum() * (~together).sum())
    )


def _wins(together: np.ndarray, score: np.ndarray, group: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Comparisons that pairs together won over pairs apart, and comparisons made: each (groups x groups of pairs)."""
    ahead, behind = score[together], score[~together]
    won = (ahead[:, None] > behind[None, :]) + 0.5 * (ahead[:, None] == behind[None, :])
    one = np.eye(groups)[group]
    return one[together].T @ won @ one[~together], np.outer(one[together].sum(axis=0), one[~together].sum(axis=0))


def average_precision(together: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mean precision over the pairs that came together; equal scores stand or fall together.

    `weights` (resamples x pairs) gives one value per resample; without it the result has one value.
    """
    weights = np.ones((1, len(score))) if weights is None else weights
    order, last = _cuts(score)
    hits = np.cumsum(weights[:, order] * together[order], axis=1)[:, last]
    all_in = np.cumsum(weights[:, order], axis=1)[:, last]
    gained = np.diff(hits, axis=1, prepend=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(all_in > 0, hits / all_in, 0)
        mean: np.ndarray = (gained * precision).sum(axis=1) / hits[:, -1]
    return mean


def _cuts(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order from the highest score, and the last position of each run of equal scores."""
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    return order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))


def resampled(clusters: int, count: int, seed: int) -> np.ndarray:
    """How often each cluster is drawn in each of `count` bootstrap resamples: (count x clusters)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=count).astype("float64")


INTERVAL = (2.5, 97.5)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95% interval of bootstrap values, leaving out resamples in which there was nothing to compare."""
    kept = values[np.isfinite(values)]
    return tuple(np.percentile(kept, INTERVAL)) if len(kept) else (float("nan"), float("nan"))


def roc_areas(frame: pd.DataFrame, name: str, resamples: int, seed: int) -> tuple[float, np.ndarray]:
    """The ROC area of one scorer on some pairs, and that of each bootstrap resample of their areas.

    The same seed draws the same areas for every scorer, so that areas can be compared resample by resample.
    """
    names, group = np.unique(frame["area_code"].to_numpy(dtype=str), return_inverse=True)
    drawn = resampled(len(names), resamples, seed)
    won, made = _wins(frame["together"].to_numpy(dtype=bool), frame[name].to_numpy("float64"), group, len(names))
    with np.errstate(invalid="ignore", divide="ignore"):
        return won.sum() / made.sum(), ((drawn @ won) * drawn).sum(axis=1) / ((drawn @ made) * drawn).sum(axis=1)


def pair_table(frame: pd.DataFrame, scorers: Sequence[str], resamples: int, seed: int) -> pd.DataFrame:
    """ROC area and average precision of each scorer on some pairs, with 95% bootstrap intervals clustered by area.

    One row per scorer: `ranked_by`, `pair_count`, `together_share` (the precision of joining all), `roc_area`,
    `roc_area_low`, `roc_area_high`, `average_precision`, `..._low`, `..._high`.
    """
    names, group = np.unique(frame["area_code"].to_numpy(dtype=str), return_inverse=True)
    drawn = resampled(len(names), resamples, seed)
    together = frame["together"].to_numpy(dtype=bool)
    rows = []
    for name in scorers:
        score = frame[name].to_numpy("float64")
        roc, rocs = roc_areas(frame, name, resamples, seed)
        precisions = average_precision(together, score, drawn[:, group])
        low, high = interval(rocs)
        low_precision, high_precision = interval(precisions)
        rows.append(
            (
                name,
                len(frame),
                together.mean(),
                roc,
                low,
                high,
                average_precision(together, score)[0],
                low_precision,
                high_precision,
            )
        )
    columns = [
        "ranked_by",
        "pair_count",
        "together_share",
        "roc_area",
        "roc_area_low",
        "roc_area_high",
        "average_precision",
        "average_precision_low",
        "average_precision_high",
    ]
    return pd.DataFrame(rows, columns=columns)


def curves(frame: pd.DataFrame, scorers: Sequence[str], resamples: int, seed: int, points: int = 51) -> pd.DataFrame:
    """ROC and precision-recall curves of some pairs with 95% bands: `ranked_by`, `curve`, `x`, `y`, `y_low`, `y_high`.

    `roc`: of the pairs that stayed apart the share called together (x) against that of those that came together (y);
    straight between cuts, which is what breaking ties at random gives. `precision`: recall (x) against precision (y).
    """
    names, group = np.unique(frame["area_code"].to_numpy(dtype=str), return_inverse=True)
    drawn = np.vstack([np.ones(len(names)), resampled(len(names), resamples, seed)])
    weights = drawn[:, group]
    together = frame["together"].to_numpy(dtype=bool)
    grid = np.linspace(0, 1, points)
    found = []
    for name in scorers:
        order, last = _cuts(frame[name].to_numpy("float64"))
        hits = np.cumsum(weights[:, order] * together[order], axis=1)[:, last]
        misses = np.cumsum(weights[:, order] * ~together[order], axis=1)[:, last]
        usable = (hits[:, -1] > 0) & (misses[:, -1] > 0)
        hits, misses = (np.pad(kind[usable], ((0, 0), (1, 0))) for kind in (hits, misses))
        recall, false = hits / hits[:, -1:], misses / misses[:, -1:]
        # At a vertical step `interp` takes the last of equal x, its upper end.
        roc = np.array([np.interp(grid, x, y) for x, y in zip(false, recall, strict=True)])
        precision = np.array([_precision_at(grid, *both) for both in zip(hits, misses, strict=True)])
        for curve, values, first in (("roc", roc, 0), ("precision", precision, 1)):
            low, high = np.percentile(values[1:], INTERVAL, axis=0)
            found.append(
                pd.DataFrame(
                    {"ranked_by": name, "curve": curve, "x": grid, "y": values[0], "y_low": low, "y_high": high}
                ).iloc[first:]
            )
    return pd.concat(found, ignore_index=True)


def _precision_at(grid: np.ndarray, hits: np.ndarray, misses: np.ndarray) -> np.ndarray:
    """Precision where recall first reaches each value of the grid; between cuts misses grow in step with hits."""
    wanted = grid * hits[-1]
    # Read from the end, so that of equal hits the first, with fewest misses, counts.
    fewest = np.interp(-wanted, -hits[::-1], misses[::-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        precision: np.ndarray = wanted / (wanted + fewest)
    return precision


def calibration(frame: pd.DataFrame, by: str, bands: int = 5) -> pd.DataFrame:
    """A forecast made from the ranking, against what came: how often pairs came together, by fifths of the score.

    Bands are cut and forecasts made on the pairs in sample: the forecast of a band is the share of its pairs
    that came together by then. One row per band: `band`, `pair_count_before`, `forecast`, `pair_count`, `observed`.
    """
    seen, later = (frame[frame["sample"] == sample] for sample in (IN_SAMPLE, HELD_OUT))
    edges = np.unique(np.quantile(seen[by], np.linspace(0, 1, bands + 1)[1:-1]))
    parts = []
    for part in (seen, later):
        band = np.searchsorted(edges, part[by].to_numpy(), side="right")
        parts.append(part["together"].groupby(band).agg(["size", "mean"]))
    joined = pd.concat(parts, axis=1)
    joined.columns = ["pair_count_before", "forecast", "pair_count", "observed"]
    joined = joined.fillna({"pair_count_before": 0, "pair_count": 0})
    joined = joined.astype({"pair_count_before": "int64", "pair_count": "int64"})
    joined.insert(0, "band", [f"{place + 1} of {len(joined)}" for place in range(len(joined))])
    return joined.reset_index(drop=True)


def brier(frame: pd.DataFrame, by: str, bands: int = 5) -> tuple[float, float]:
    """Mean squared error of that forecast on the later pairs, and of forecasting their own overall share for all."""
    table = calibration(frame, by, bands)
    weight = table["pair_count"] / table["pair_count"].sum()
    own = (table["observed"] * weight).sum()
    spread = (weight * table["observed"] * (1 - table["observed"])).sum()
    return float(spread + (weight * (table["forecast"] - table["observed"]) ** 2).sum()), float(own * (1 - own))

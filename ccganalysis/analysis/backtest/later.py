"""The ranking chosen on one era, tried on a later one: on bodies that were put under one officer, and on those that merged.

Nothing is chosen here. Bodies are ranked as in the back-test, with no officer known to be shared, since who came to share
one is what is to be foretold. What came about is placed among every merger possible in its area, and among those of as
many bodies, where chance is a half whatever the ranking makes of size. And the whole of England's groups is set beside
plans of as many sets, each drawn with the same chance from all that there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.eras import Era
from ...data.tables import Tables
from .. import candidates, plans
from .. import levers as lever
from .first import FIRST, mean_by_area, places_of
from .percentiles import merged_percentiles
from .scores import HELD_OUT, SCORERS, Decision, scored

ONE_OFFICER, MERGED = "one officer", "merged"
"""What came about: bodies under one officer, and bodies formed by merger."""

DRAWS = 2_000
"""Plans of England drawn from all that there are, and from those inside areas."""

DRAWS_OF_SIZES = 5_000
"""Plans drawn to find some whose sets are as large as the real ones; with ICBs one in seven is."""

ANYWHERE, INSIDE, SAME_SIZES = "anywhere", "inside areas", "same sizes"
"""What England is drawn from: sets of neighbours in all of England, inside areas only, or anywhere with sets as large as
the real ones."""

APART, SPREAD, SPLIT = "mean_distance_km", "people_spread", "authorities_split"
"""How the groups of England are measured, less being better (`measured`)."""


@dataclass(frozen=True)
class OutOfSample:
    """`era`: the one it is tried on. `decision`: its bodies ranked. `formed` and `rates`: see the functions of these names.
    `groups`: for each body, in the order of the setting, the number of its group. `plan_count`: by what England is drawn from,
    how many plans there are of as many sets, exactly, where that is counted. `england`: see the function.
    """

    era: Era
    decision: Decision
    formed: pd.DataFrame
    rates: pd.DataFrame
    groups: np.ndarray
    plan_count: Mapping[str, int]
    england: pd.DataFrame

    @property
    def group_count(self) -> int:
        """How many groups the bodies of England are in, single bodies among them."""
        return int(self.groups.max()) + 1


def out_of_sample(
    tables: Tables, era: Era, allowance_model: str, water_links: str, resamples: int, seed: int
) -> OutOfSample | None:
    """The rankings tried on an era: the bodies of the day on which officers were recorded.

    None where the era does not say who came under one officer and what came about.
    """
    if era.leadership is None or era.hindsight is None:
        return None
    day = era.leadership.date
    unled = era.model_copy(update={"leadership": None})
    setting = candidates.prepare(tables, day, allowance_model, era.money.target, draws=2, seed=0, era=unled)
    pairs = organisations.neighbours(tables["links"], day, water_links, tables["water_links"])
    decision = scored(pd.Timestamp(era.leadership.known_from), HELD_OUT, setting, pairs, candidates.DIFFERENCES)
    officers = lever.officer_groups(tables["shared_leadership"], tables["successors"], setting.bodies, era.leadership)
    happened = {
        ONE_OFFICER: {str(name): list(group.index) for name, group in officers.groupby(officers)},
        MERGED: candidates.formed(tables["mergers"], era.hindsight.date),
    }
    placed = formed(decision, happened)
    groups = pd.factorize(setting.bodies["body_code"].map(officers))[0]
    drawn, plan_count = sampled(setting, pairs, groups, seed)
    return OutOfSample(
        era,
        decision,
        placed,
        rates(placed, resamples, seed),
        groups,
        plan_count,
        england(setting, groups, drawn),
    )


def formed(decision: Decision, happened: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """Where each group of two bodies or more stands by each ranking: one row per group and ranking.

    `happened`: by `ONE_OFFICER` and `MERGED`, names of groups to the codes of their bodies. Columns `happened`, `formed`, `members`,
    `area_code`, `area_name`, `area_count` (more than one: a border crossed, so among England's sets), `body_count`, `connected` (no:
    beside all that are), `candidate_count` (mergers possible in the area), `ranked_by`, `place_rank` (from 1; missing across
    borders and where not connected), `percentile` (of the other mergers possible) and `same_size_percentile` (of those of as
    many bodies, `same_size_rivals`).
    """
    kept = ["formed", "body_codes", "members", "area_code", "area_name", "area_count", "body_count", "connected"]
    frames = []
    for what, groups in happened.items():
        several = {name: group for name, group in groups.items() if len(group) > 1}
        among_all = merged_percentiles(decision, several)
        among_alike = merged_percentiles(decision, several, same_size=True).set_index("formed")
        places = places_of(among_all, {decision.date: decision}).set_index("formed")
        for name in SCORERS:
            frame = among_all[kept].assign(
                happened=what,
                candidate_count=among_all["rivals"] + (among_all["connected"] == "yes"),
                ranked_by=name,
                place_rank=among_all["formed"].map(places[name]).astype("float64"),
                percentile=among_all[name],
                same_size_percentile=among_all["formed"].map(among_alike[name]),
                same_size_rivals=among_all["formed"].map(among_alike["rivals"]),
            )
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def rates(placed: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """How every ranking fared: one row for what happened and ranking, those that have most of it at equal size first.

    `formed_count` groups, `hit_count` of them among the first five, `hit_share`, `chance_share` (five drawn at random from each
    area's candidates) and `hit_advantage`, the one less the other; `percentile` and `same_size_percentile`, means, for which chance
    is a half. All with 95% intervals (`_low`, `_high`) that resample whole areas, but for the counts and for chance. A group that
    no plan allows, or across a border, is no hit. One without a rival of its size is in no mean at equal size.
    """
    rows = []
    for what in (ONE_OFFICER, MERGED):
        for name in SCORERS:
            mine = placed[(placed["happened"] == what) & (placed["ranked_by"] == name)]
            hit = (mine["place_rank"] <= FIRST).astype("float64")
            chance = (FIRST / mine["candidate_count"]).clip(upper=1)
            row = {"happened": what, "ranked_by": name, "formed_count": len(mine), "hit_count": int(hit.sum())}
            row["chance_share"] = chance.mean()
            alike = mine[mine["same_size_rivals"] > 0]
            for column, frame, values in (
                ("hit_share", mine, hit),
                ("hit_advantage", mine, hit - chance),
                ("percentile", mine, mine["percentile"]),
                ("same_size_percentile", alike, alike["same_size_percentile"]),
            ):
                found = mean_by_area(frame["area_code"], values, resamples, seed)
                row |= dict(zip((column, f"{column}_low", f"{column}_high"), found, strict=True))
            rows.append(row)
    frame = pd.DataFrame(rows)
    by = ["happened", "same_size_percentile"]
    return frame.sort_values(by, ascending=[False, False], kind="stable", ignore_index=True)


def sampled(
    setting: candidates.Setting, pairs: Sequence[tuple[str, str]], groups: np.ndarray, seed: int
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Plans of England with as many sets as there are groups, each drawn with the same chance, and how many there are.

    By `ANYWHERE`, `INSIDE` and `SAME_SIZES`: labels (draws x bodies); the last is what the other draws leave of that kind, of which
    the number is not counted. Nothing where no plan has as many sets.
    """
    codes, area = setting.bodies["body_code"].tolist(), setting.bodies.set_index("body_code")["area_code"]
    inside = [pair for pair in pairs if area[pair[0]] == area[pair[1]]]
    number, sizes = int(groups.max()) + 1, np.bincount(groups)
    drawn, plan_count = {}, {}
    for what, borders in ((ANYWHERE, pairs), (INSIDE, inside)):
        diagram = plans.plan_diagram(plans.neighbour_lists(codes, borders))
        if count := diagram.count(number):
            plan_count[what] = count
            drawn[what] = diagram.sample(DRAWS, seed, number)
    alike = plans.plan_diagram(plans.neighbour_lists(codes, pairs), largest=int(sizes.max()))
    if alike.count(number):
        labels = alike.sample(DRAWS_OF_SIZES, seed, number)
        same = np.sort(set_sums(labels, np.ones(len(codes)), number), axis=1) == np.sort(sizes)
        if same.all(axis=1).any():
            drawn[SAME_SIZES] = labels[same.all(axis=1)]
    return drawn, plan_count


def set_sums(labels: np.ndarray, values: np.ndarray, number: int) -> np.ndarray:
    """A value summed over the bodies of each set: from labels (plans x bodies), (plans x sets)."""
    cells = labels + number * np.arange(len(labels))[:, None]
    weights = np.broadcast_to(values, labels.shape)
    return np.bincount(cells.ravel(), weights.ravel(), len(labels) * number).reshape(len(labels), number)


def measured(setting: candidates.Setting, labels: np.ndarray) -> pd.DataFrame:
    """How near, even and whole the sets of some plans are: `labels` (plans x bodies), one row per plan, less being better.

    `mean_distance_km`: between the centroids of two bodies of one set, over all such pairs. `people_spread`: standard deviation of
    registered people of the sets. `authorities_split`: upper-tier authorities with residents in more than one set.
    """
    first, second = np.triu_indices(labels.shape[1], k=1)
    together = labels[:, first] == labels[:, second]
    with np.errstate(invalid="ignore"):
        apart = together @ setting.distance_km[first, second] / together.sum(axis=1)
    people = setting.bodies["registered_population"].to_numpy("float64")
    split = np.zeros(len(labels), dtype=int)
    for column in (setting.authority_residents > 0).T:
        of_authority = labels[:, np.flatnonzero(column)]
        split += (of_authority != of_authority[:, :1]).any(axis=1)
    number = int(labels.max()) + 1
    return pd.DataFrame({APART: apart, SPREAD: set_sums(labels, people, number).std(axis=1), SPLIT: split})


def england(setting: candidates.Setting, groups: np.ndarray, drawn: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Where the real groups stand among plans drawn: a row for what they are drawn from and each measure.

    `drawn_from`, `measure`, `draw_count`, `real`, the `drawn_low`, `drawn_middle` and `drawn_high` of the draws (5th, 50th and 95th
    percentile), `better_share` of the draws that do as well as the real groups or better, with its Monte Carlo 95% interval (Wilson's,
    which is not nought where no draw does), `better_low` and `better_high`.
    """
    real = measured(setting, groups[None, :]).iloc[0]
    rows = []
    for what, labels in drawn.items():
        values = measured(setting, labels)
        for name in values:
            own = float(real[str(name)])
            share = float((values[name] <= own + 1e-9 * abs(own)).mean())
            drawn_to = np.percentile(values[name], [5, 50, 95])
            rows.append((what, name, len(values), own, *drawn_to, share, *_wilson(share, len(values))))
    columns = ["drawn_from", "measure", "draw_count", "real", "drawn_low", "drawn_middle", "drawn_high"]
    return pd.DataFrame(rows, columns=[*columns, "better_share", "better_low", "better_high"])


def _wilson(share: float, draws: int) -> tuple[float, float]:
    """The 95% interval of a share of independent draws (Wilson 1927)."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * draws)) / (1 + z2 / draws)
    half = 1.96 / (1 + z2 / draws) * np.sqrt(share * (1 - share) / draws + z2 / (4 * draws**2))
    return max(0.0, round(middle - half, 12)), min(1.0, round(middle + half, 12))

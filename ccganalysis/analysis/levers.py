"""What could close the gap to the limit: levers with a low, central and high value, one by one and as a distribution.

The levers, their quantities and how each of these acts are the rows of `data/raw/levers.csv`, for the user to edit. A lever whose row has no source is an assumption and is
labelled so wherever its result is shown. Nothing here says that a merger saves: it says what would be released, if.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..data import organisations
from ..data.columns import HAD_ALREADY, PART_OF_SPENT
from ..data.eras import Leadership
from . import plans
from .running_costs import Cut

CASES = ("low", "central", "high")

MERGER_ALONE, THE_CUT, PROGRAMME, FIXED_COST = SCOPES = (
    "merger alone",
    "the cut itself",
    "whole programme",
    "fixed cost of a body",
)
"""What a row of `merger_saving_evidence` prices. Only the first is evidence for what a merger releases."""


def case(levers: pd.DataFrame, which: str) -> dict[str, float]:
    """Every quantity as in the case that releases least (`low`), the `central` one, or most (`high`).

    Less of what sharing bodies have had already releases more; of every other quantity more does.
    """
    opposite = {"low": "high", "central": "central", "high": "low"}
    rows = zip(*(levers[name] for name in ("quantity", "formula", which, opposite[which])), strict=True)
    return {name: float(other if formula == HAD_ALREADY else value) for name, formula, value, other in rows}


def evidence_range(levers: pd.DataFrame, quantity: str) -> tuple[float, float]:
    """The lowest and highest value of one quantity."""
    rows = levers.set_index("quantity")
    return float(rows["low"][quantity]), float(rows["high"][quantity])


def assumed(levers: pd.DataFrame) -> list[str]:
    """The levers with at least one quantity that no source supports."""
    unsupported = levers["source"].isna() | (levers["kind"] == "assumed")
    return levers.loc[unsupported, "lever"].drop_duplicates().tolist()


# --- the 20% test of a merger ---


def bodies_removed(
    members: ArrayLike, officers: ArrayLike, bodies_after: ArrayLike = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Of k bodies under g accountable officers, merged into one: k - g removed that shared already, g - 1 that did not.

    Where several bodies are left, because what is merged is not connected, g counts the officers of each of them and
    adds up (`officers_in_parts` of `places`).
    """
    members, officers = np.asarray(members), np.asarray(officers)
    return members - officers, officers - bodies_after


def released_by_merger(
    members: ArrayLike, officers: ArrayLike, saving: ArrayLike, harvested: ArrayLike, bodies_after: ArrayLike = 1
) -> np.ndarray:
    """£ a year that a merger of `members` bodies under `officers` accountable officers would release.

    (k - 1) x s x (1 - h), with h applied only to bodies that share an officer with another member: what
    shared management has harvested already cannot be released twice. Arguments broadcast; `bodies_after` and then
    `officers` as in `bodies_removed`.
    """
    sharing, separate = bodies_removed(members, officers, bodies_after)
    found: np.ndarray = np.asarray(saving) * (separate + sharing * (1 - np.asarray(harvested)))
    return found


def break_even_saving(
    baseline_gbp: ArrayLike,
    members: ArrayLike,
    officers: ArrayLike,
    target: float,
    harvested: ArrayLike,
    bodies_after: ArrayLike = 1,
) -> np.ndarray:
    """The saving per body removed, £ a year, at which a merger alone releases `target` of its members' baseline.

    Needs no assumption on the saving itself. Not a number where no body is removed.
    """
    sharing, separate = bodies_removed(members, officers, bodies_after)
    effective = separate + sharing * (1 - np.asarray(harvested))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(effective > 0, target * np.asarray(baseline_gbp) / effective, np.nan)


def stress_saving_gbp(evidence: pd.DataFrame) -> float:
    """The dearest fixed cost of a body ever planned with, £ a year: a stress case for the 20% test, not evidence of it.

    `evidence` is the table `merger_saving_evidence`; the planning figure is the Department of Health's of 2011.
    """
    fixed = evidence.loc[evidence["scope"] == FIXED_COST, "saving_per_body_removed_gbp"]
    return float(fixed.max())


def evidence(quoted: pd.DataFrame) -> pd.DataFrame:
    """The quoted figures by what they are evidence for: those of mergers alone first (`merger_saving_evidence`)."""
    columns = ["merger", "scope", "bodies_before", "bodies_after", "saving_gbp", "share_of_running_cost"]
    frame = quoted.assign(scope=pd.Categorical(quoted["scope"], SCOPES)).sort_values(["scope", "merger"])
    return frame.astype({"scope": "str"})[[*columns, "saving_per_body_removed_gbp", "note"]].reset_index(drop=True)


# --- all levers together ---

Values = Mapping[str, float | np.ndarray]
"""Every quantity by name: single numbers, or columns of draws."""


@dataclass(frozen=True)
class Scope:
    """What the levers act on, one entry per place (a body, an area, a plan): arrays of the same length.

    `bodies` before, `officers` before (distinct accountable officers among them), `bodies_after` the change, and the
    baseline in £. `officers_in_parts`: distinct officers of each body that is left, added up. A body that is left has
    one officer.
    """

    baseline_gbp: np.ndarray
    bodies: np.ndarray
    officers: np.ndarray
    bodies_after: np.ndarray
    officers_in_parts: np.ndarray

    @classmethod
    def merged(cls, area: pd.DataFrame) -> Scope:
        """Every area of `places` merged as far as its neighbours allow."""
        columns = ["body_count", "officer_count", "bodies_after", "officers_in_parts"]
        return cls(area["baseline_gbp"].to_numpy("float64"), *(area[column].to_numpy() for column in columns))

    @classmethod
    def unmerged(cls, baseline_gbp: ArrayLike, bodies: ArrayLike, officers: ArrayLike) -> Scope:
        """No merger: every body kept."""
        bodies = np.asarray(bodies)
        return cls(np.asarray(baseline_gbp, dtype="float64"), bodies, np.asarray(officers), bodies, bodies)


def released(scope: Scope, levers: pd.DataFrame, values: Values) -> dict[str, np.ndarray]:
    """£ a year that each lever would release in each place; `values` are single numbers or columns of draws by quantity.

    What a lever acts on is the `formula` of its rows. With draws of shape (n, 1) the results have shape (n, places).
    Levers act on what is left so that nothing is released twice: consultants are paid by the bodies that remain, and
    only officers that remain can be shared.
    """
    merged = scope.bodies > scope.bodies_after
    # Each body left has one officer, and no more are needed than there were: an island may share the mainland's.
    officers_after = np.where(merged, np.minimum(scope.bodies_after, scope.officers), scope.officers)
    acted_on = {
        "per body kept": scope.bodies_after,
        "per officer shared": officers_after - 1,
        "share of baseline": scope.baseline_gbp,
        "spent per body kept": scope.bodies_after,
        "spent share of baseline": scope.baseline_gbp,
    }
    found: dict[str, np.ndarray] = {}
    by_lever: dict[str, dict[str, float | np.ndarray]] = {}
    for lever, formula, quantity in zip(levers["lever"], levers["formula"], levers["quantity"], strict=True):
        by_lever.setdefault(lever, {})[formula] = values[quantity]
    for lever, given in by_lever.items():
        if "per body removed" in given:
            found[lever] = released_by_merger(
                scope.bodies,
                scope.officers_in_parts,
                given["per body removed"],
                given.get(HAD_ALREADY, 0),
                scope.bodies_after,
            )
        else:
            (amount,) = given.keys() & acted_on.keys()
            found[lever] = acted_on[amount] * given[amount] * given.get(PART_OF_SPENT, 1)
    return found


def _total(by_lever: Mapping[str, np.ndarray]) -> np.ndarray:
    return sum(by_lever.values(), start=np.zeros(()))


def draws(levers: pd.DataFrame, count: int, seed: int) -> dict[str, np.ndarray]:
    """Random values of every uncertain quantity, each of shape (count, 1): triangular from low over central to high.

    The same seed gives the same draws for every place, plan and candidate (common random numbers), so differences
    between them are not noise. Independent quantities; a quantity with low = high is constant. They are drawn in the
    order of the rows: one added at the end leaves the draws of the others as they were.
    """
    rng = np.random.default_rng(seed)
    uniform = rng.random((len(levers), count, 1))
    return {
        row["quantity"]: triangular(numbers, *(float(row[which]) for which in CASES))
        for numbers, row in zip(uniform, levers.to_dict("records"), strict=True)
    }


def triangular(uniform: np.ndarray, low: float, central: float, high: float) -> np.ndarray:
    """Uniform numbers in [0, 1) as draws of the triangular distribution, by its inverse distribution function."""
    if high == low:
        return np.full_like(uniform, low)
    split = (central - low) / (high - low)
    below = low + np.sqrt(uniform * (high - low) * (central - low))
    above = high - np.sqrt((1 - uniform) * (high - low) * (high - central))
    return np.where(uniform < split, below, above)


def probability(met: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of draws in which something holds, and the Monte-Carlo standard error; `met` is (draws, places)."""
    share = met.mean(axis=0)
    return share, np.sqrt(share * (1 - share) / met.shape[0])


def probability_limit_met(
    scope: Scope, gap_gbp: ArrayLike, levers: pd.DataFrame, values: Values
) -> tuple[np.ndarray, np.ndarray]:
    """P(all levers together release at least the gap) for every place, and its Monte-Carlo standard error."""
    total = _total(released(scope, levers, values))
    return probability(total >= np.asarray(gap_gbp))


GAP_LEFT = "gap left"
"""The last step of a waterfall."""


def waterfall(scope: Scope, levers: pd.DataFrame, gap_gbp: float) -> pd.DataFrame:
    """From the baseline to the limit for one place or several summed: one row per step.

    Columns `step` (a lever each, then `GAP_LEFT`), `low_gbp`, `central_gbp`, `high_gbp` (released) and `kind`, which is
    "assumed" where a lever has no source.
    """
    cases = {which: released(scope, levers, case(levers, which)) for which in CASES}
    unsupported = assumed(levers)
    rows = []
    for lever in levers["lever"].drop_duplicates():
        low, central, high = (float(np.sum(cases[which][lever])) for which in CASES)
        kind = "assumed" if lever in unsupported else "modelled"
        rows.append((lever, low, central, high, kind))
    low, central, high = (gap_gbp - sum(float(np.sum(part)) for part in cases[which].values()) for which in CASES)
    rows.append((GAP_LEFT, low, central, high, "modelled"))
    return pd.DataFrame(rows, columns=["step", "low_gbp", "central_gbp", "high_gbp", "kind"])


def sensitivity(scope: Scope, levers: pd.DataFrame, gap_gbp: float, seed: int, count: int = 1024) -> pd.DataFrame:
    """Which uncertain quantity moves the gap left most: first-order and total Sobol indices (scipy.stats).

    One row per quantity that varies, largest total first: `quantity`, `first_order`, `total`, `kind`. `count` is a
    power of two; the model is evaluated count x (quantities + 2) times, vectorised.
    """
    from scipy import stats  # heavy, and only this question needs it

    rows = levers.set_index("quantity")
    varying = levers.loc[levers["high"] > levers["low"], "quantity"].tolist()
    fixed = case(levers, "central")

    def gap_left(points: np.ndarray) -> np.ndarray:
        values: dict[str, Any] = {**fixed}
        for place, name in enumerate(varying):
            low, central, high = (float(rows[which][name]) for which in CASES)
            values[name] = triangular(points[place][:, None], low, central, high)
        total = _total(released(scope, levers, values))
        left: np.ndarray = gap_gbp - np.sum(total, axis=1)
        return left

    first, total = np.ones(len(varying)), np.ones(len(varying))  # one quantity alone has all the variance
    if len(varying) > 1:
        indices = stats.sobol_indices(
            func=gap_left, n=count, dists=[stats.uniform()] * len(varying), rng=np.random.default_rng(seed)
        )
        first, total = (np.clip(found, 0, 1) for found in (indices.first_order, indices.total_order))
    frame = pd.DataFrame(
        {
            "quantity": varying,
            "first_order": first,
            "total": total,
            "kind": [rows.loc[name, "kind"] for name in varying],
        }
    )
    return frame.sort_values("total", ascending=False, ignore_index=True)


def officer_groups(
    shared_leadership: pd.DataFrame, successors: pd.DataFrame, bodies: pd.DataFrame, leadership: Leadership | None
) -> pd.Series:
    """The group under one officer that each body of a footprint is in, by `body_code`; a body of its own where unknown.

    Groups are those that `leadership`, the era's evidence, is of (sourced or probable). A body formed later takes the group most of its members'
    people were in; a body that closed before is on its own, for lack of evidence rather than because it shared none.
    """
    codes = pd.Index(bodies["body_code"], name="body_code")
    own = pd.Series(codes, index=codes)
    if leadership is None:
        return own.rename("group_code")
    sharing = shared_leadership[shared_leadership["sharing"].isin(["sourced", "probable"])]
    groups = sharing.drop_duplicates("body_code").set_index("body_code")["group_code"]
    as_at = bodies["as_at"].iloc[0]
    if as_at >= leadership.date:
        # A body is a member of the one that most of its people went to; parts of others bring no officer.
        heirs = organisations.followed(successors, leadership.date, as_at)
        heirs = heirs.sort_values("share_of_people_to_successor").drop_duplicates("body_code", keep="last")
    else:
        same = bodies["body_code"]
        heirs = pd.DataFrame({"body_code": same, "successor_code": same, "share_of_people_to_successor": 1.0})
    heirs = heirs[heirs["body_code"].isin(groups.index)]
    heirs = heirs.assign(group_code=heirs["body_code"].map(groups))
    weight = heirs.groupby(["successor_code", "group_code"])["share_of_people_to_successor"].sum().reset_index()
    best = weight.sort_values(["share_of_people_to_successor", "group_code"]).drop_duplicates(
        "successor_code", keep="last"
    )
    known = best.set_index("successor_code")["group_code"]
    return known.reindex(codes).fillna(own).rename("group_code")


# --- places: the levers applied to areas and bodies ---


def places(limits: pd.DataFrame, officers: pd.Series, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Bodies, distinct accountable officers, people, baseline, limit and gap of each area, and what mergers leave of it.

    `limits` is from `running_costs.limits`, `officers` from `officer_groups`, `pairs` from `organisations.neighbours`.
    Merging goes as far as neighbours allow: `bodies_after` is the number of connected parts, 1 unless an island or the
    like stays apart. `officers_in_parts` adds up the distinct officers of each part.
    """
    frame = limits.assign(officer=limits["body_code"].map(officers), part=connected_parts(limits, pairs))
    key = ["area_code", "area_name"]
    of_parts = frame.groupby([*key, "part"])["officer"].nunique().groupby(key)
    grouped = frame.groupby(key)
    found = grouped[["registered_population", "baseline_gbp", "limit_gbp", "gap_gbp"]].sum()
    found.insert(0, "body_count", grouped.size())
    found.insert(1, "officer_count", grouped["officer"].nunique())
    return found.assign(bodies_after=of_parts.size(), officers_in_parts=of_parts.sum()).reset_index()


def connected_parts(limits: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.Series:
    """The number of the connected part of its area that each row's body is in (`body_code`, `area_code`)."""
    codes, area = limits["body_code"].tolist(), limits["area_code"].tolist()
    home = dict(zip(codes, area, strict=True))
    places: dict[str, list[int]] = {}
    for place, name in enumerate(area):
        places.setdefault(name, []).append(place)
    inside: dict[str, list[tuple[str, str]]] = {name: [] for name in places}
    for pair in pairs:
        if home.get(pair[0], "") == home.get(pair[1]):
            inside[home[pair[0]]].append(pair)
    part = np.zeros(len(codes), dtype="int64")
    for name, mine in places.items():
        pieces = plans.components(plans.neighbour_masks([codes[place] for place in mine], inside[name]))
        for number, piece in enumerate(pieces):
            part[np.array(mine)[plans.membership(np.array([piece], dtype=np.uint64), len(mine))[0]]] = number
    return pd.Series(part, index=limits.index)


def merger_test(area: pd.DataFrame, levers: pd.DataFrame) -> pd.DataFrame:
    """Would merging the bodies of each area as far as neighbours allow, alone, release its gap? One row per area of `places`.

    Adds `break_even_saving_gbp` (per body removed; missing where none can be), `released_<case>_gbp` and
    `met_<case>` for the low, central and high case.
    """
    middle = case(levers, "central")
    count, officers, after, gap = (
        area[name].to_numpy() for name in ("body_count", "officers_in_parts", "bodies_after", "gap_gbp")
    )
    found: dict[str, np.ndarray] = {
        "break_even_saving_gbp": break_even_saving(gap, count, officers, 1.0, middle["share_already_harvested"], after)
    }
    for which in CASES:
        values = case(levers, which)
        amount = released_by_merger(
            count, officers, values["saving_per_body_removed_gbp"], values["share_already_harvested"], after
        )
        found[f"released_{which}_gbp"] = amount
        found[f"met_{which}"] = (count > after) & (amount >= gap)
    return area.assign(**found)


def probabilities(
    area: pd.DataFrame, levers: pd.DataFrame, cuts: dict[str, Cut], count: int, seed: int
) -> pd.DataFrame:
    """P(limit met) of each area merged as far as neighbours allow with every lever pulled, for each reading of the cut.

    `cuts` are the readings (`running_costs.cuts`); what counts is what has to be released. One row per area and definition: `probability`, `standard_error`
    (percentage points).
    """
    values = draws(levers, count, seed)
    # In blocks of places, so that memory does not grow with their number.
    size = max(1, CELLS_AT_ONCE // count)
    blocks = [area.iloc[start : start + size] for start in range(0, len(area), size)]
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {definition: [] for definition in cuts}
    for block in blocks:
        scope = Scope.merged(block)
        total = _total(released(scope, levers, values))
        for definition, cut in cuts.items():
            found[definition].append(probability(total >= cut.release * scope.baseline_gbp))
    parts = []
    for definition, pieces in found.items():
        share, error = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
        parts.append(
            area[["area_code", "area_name"]].assign(
                reduction_definition=definition, probability=share, standard_error=100 * error
            )
        )
    return pd.concat(parts, ignore_index=True)


CELLS_AT_ONCE = 1_000_000
"""Draws times places held in memory at a time: 8 MB an array."""


def body_probabilities(
    limits: pd.DataFrame, area: pd.DataFrame, levers: pd.DataFrame, count: int, seed: int
) -> pd.DataFrame:
    """P(limit met) of every body whose area merges as far as neighbours allow: its own levers plus its part, by baseline, of the merger.

    Columns `body_code`, `probability`, `standard_error` (percentage points); the draws are those of the areas.
    """
    values = draws(levers, count, seed)
    place = pd.Index(area["area_code"]).get_indexer(limits["area_code"])
    merged = released(Scope.merged(area), levers, values)
    part = limits["baseline_gbp"].to_numpy() / area["baseline_gbp"].to_numpy()[place]
    total = _total(merged)[:, place] * part
    share, error = probability(total >= limits["gap_gbp"].to_numpy())
    return pd.DataFrame({"body_code": limits["body_code"], "probability": share, "standard_error": 100 * error})

"""What a merger would release, by three routes of evidence side by side: prices quoted, scale, and what was measured.

Route A is what plans for a merger alone were priced at, in two shapes that the evidence cannot choose between: an amount for
each body removed, or a share of the running cost of all bodies but the largest. Route B is how staff go with size (`scale`),
route C what happened to staff when bodies merged (`effects`); both are of staff, priced at what a post costs
(`unit_costs`). None is an effect of a merger that has yet to be; where they differ, that is the finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..data import organisations
from ..data.eras import Era
from ..data.tables import Day, Tables
from ..errors import InputError
from . import effects, scale, staff, unit_costs
from . import levers as lever
from .regression import Range
from .remembered import remembered

FIXED, PROPORTIONAL, SCALE, MEASURED = ROUTES = (
    "A quoted, per body removed",
    "A quoted, proportional",
    "B scale",
    "C measured",
)
"""The routes, A in its two shapes."""

KIND = {FIXED: "reported", PROPORTIONAL: "reported", SCALE: "modelled", MEASURED: "derived"}
"""The kind of the evidence of each route; the pounds made of it are modelled in all."""

FIRST_PART = 0.10
"""A merger ranks firmly high if it is in this first part of all candidates under both shapes."""

TYPICAL_BODY_GBP = 175_000 * 25
"""Running cost of the typical body whose fixed cost was reckoned in 2011: 175,000 people at £25 a head."""

DELAY_YEARS = Range(0.0, 1.5, 3.0)
"""From a merger to what it releases: at once; 18 months; three years (Health Committee 2006, of 303 trusts made 152)."""

HORIZON_YEARS, DISCOUNT_RATE = 5, 0.035
"""Over how many years money is counted, and the rate of HM Treasury's Green Book."""


@dataclass(frozen=True)
class Effect:
    """Route C: the change of staff of merged bodies beyond the others', as a share, with its 95% interval, and of what."""

    change: Range
    merger_date: pd.Timestamp
    merged: int

    @property
    def released(self) -> Range:
        """The share of staff released: a fall is a release."""
        return Range(-self.change.high, -self.change.central, -self.change.low)


@dataclass(frozen=True)
class Evidence:
    """What the routes are reckoned from on one footprint; made once for all its mergers (`evidence`).

    `bodies`: `body_code`, `registered_population`, `baseline_gbp`, `officer`, `staff_fte` (missing where none are held), one row each in a
    fixed order. `proportional` is the share of the running cost of all bodies but the largest, `quoted` how many prices
    route A rests on. `pooled` are the staff of bodies under one officer together, to which the elasticity is fitted (`staff.pooled`).
    `staff_date`, `pooled`, `elasticity` and `effect` are None where no staff of the era's bodies are held that show them.
    """

    bodies: pd.DataFrame
    levers: pd.DataFrame
    proportional: Range
    stress: tuple[float, float]
    quoted: int
    price: Range
    closing: Range
    staff_date: pd.Timestamp | None
    pooled: pd.DataFrame | None
    elasticity: scale.Elasticity | None
    effect: Effect | None

    def members(self, sets: Iterable[Iterable[str]]) -> np.ndarray:
        """Which bodies each set of codes has: boolean (sets x bodies)."""
        place = {code: number for number, code in enumerate(self.bodies["body_code"])}
        sets = [list(one) for one in sets]
        found = np.zeros((len(sets), len(place)), dtype=bool)
        for row, codes in enumerate(sets):
            found[row, [place[code] for code in codes]] = True
        return found


def evidence(tables: Tables, bodies: pd.DataFrame, era: Era, permutations: int = 4_999, seed: int = 2018) -> Evidence:
    """Everything the routes need on one footprint: prices, staff, elasticity and effect.

    `bodies` has `as_at`, `body_code`, `registered_population`, `baseline_gbp` and `officer` (`levers.officer_groups`). The
    elasticity is of bodies under one officer taken together, since one of them may employ the staff of all; the effect is
    the primary estimate for the mergers with most predecessors that can be analysed (`effects.primary`).
    """
    as_at = bodies["as_at"].iloc[0]
    own = bodies[["body_code", "registered_population", "baseline_gbp", "officer"]].reset_index(drop=True)
    date, fte, pooled, elasticity = remembered(_staff, tables, pd.Timestamp(as_at), era)
    own["staff_fte"] = own["body_code"].map(fte)
    quoted = tables["merger_saving_evidence"]
    fixed_gbp = lever.stress_saving_gbp(quoted)
    return Evidence(
        own,
        tables["levers"],
        proportional_rate(quoted),
        (fixed_gbp, fixed_gbp / TYPICAL_BODY_GBP),
        int((quoted["scope"] == lever.MERGER_ALONE).sum()),
        remembered(unit_costs.price_per_fte, tables),
        remembered(unit_costs.price_of_closing, tables),
        date,
        pooled,
        elasticity,
        None if date is None else remembered(measured_effect, tables, permutations, seed),
    )


def _staff(
    tables: Tables, as_at: pd.Timestamp, era: Era
) -> tuple[pd.Timestamp | None, pd.Series, pd.DataFrame | None, scale.Elasticity | None]:
    """Staff of the bodies of one footprint: when they were counted, FTE by body, pooled by officer, and the elasticity."""
    date = staff_date(tables, as_at)
    if date is None:
        return None, pd.Series(dtype="float64"), None, None
    measured = staff.measured(tables, date)
    held = organisations.footprint(tables["bodies"], _footprint(tables, date))
    groups = lever.officer_groups(tables["shared_leadership"], tables["successors"], held, era.leadership)
    fte = organisations.to_footprint(measured, tables["successors"], held["as_at"].iloc[0], as_at, ["staff_fte"])
    pooled = staff.pooled(measured, groups)
    try:
        elasticity = scale.elasticity(pooled)
    except InputError:  # too few bodies for a line
        elasticity = None
    return date, fte["staff_fte"], pooled, elasticity


def staff_date(tables: Tables, as_at: Day) -> pd.Timestamp | None:
    """The date nearest to a footprint's on which staff of the era's bodies were counted, no body having changed since; else
    the last one before. None where none of their staff are held.
    """
    day, rows, bodies = pd.Timestamp(as_at), tables["staff"], tables["bodies"]
    held = rows.loc[rows["body_code"].isin(bodies["body_code"]), "date"].drop_duplicates()
    held = held[held >= bodies["as_at"].min()]
    able = [date for date in held if _footprint(tables, date) <= day]
    return min(able, key=lambda date: abs(date - day), default=None)


def _footprint(tables: Tables, date: pd.Timestamp) -> pd.Timestamp:
    dates = tables["bodies"]["as_at"]
    found: pd.Timestamp = dates[dates <= date].max()
    return found


def measured_effect(tables: Tables, permutations: int = 4_999, seed: int = 2018) -> Effect | None:
    """Route C from the tables of an era: what all staff did at its mergers that can be analysed; None where none can."""
    dates = effects.analysable(tables, "staff")
    able = dates[dates["analysable"] == "yes"].sort_values("predecessor_count", kind="stable")
    if able.empty:
        return None
    day = able["effective_date"].iloc[-1]
    try:
        row = effects.primary(tables, "staff", day, permutations, seed)
    except InputError:  # too few bodies with staff of their own to compare
        return None
    change = Range(*(float(row[f"change_share{end}"]) for end in ("_low", "", "_high")))
    return Effect(change, pd.Timestamp(day), int(row["group_count"]))


def proportional_rate(quoted: pd.DataFrame) -> Range:
    """The prices quoted for a merger alone as a share of the running cost of all bodies but the largest: low, middle, high.

    Where k bodies became one and would release a share of their running cost, that is share x k / (k - 1), the
    bodies taken as equal: the papers give no running cost of each. `quoted` is `merger_saving_evidence`.
    """
    rows = quoted[quoted["scope"] == lever.MERGER_ALONE]
    rates = rows["share_of_running_cost"] * rows["bodies_before"] / (rows["bodies_before"] - rows["bodies_after"])
    return Range(float(rates.min()), float(rates.median()), float(rates.max()))


def acted_on(found: Evidence, members: np.ndarray) -> pd.DataFrame:
    """What the routes act on in each set, one row a set of `members` (boolean, sets x bodies).

    `body_count`, `officer_count`, `baseline_gbp`, `staff_fte`, `elsewhere_count` (bodies whose staff, those under one officer taken
    together, are employed elsewhere), and the running cost of bodies that would go: `separate_gbp`, the largest under each
    officer but the largest of all, and `sharing_gbp`, the others.
    """
    bodies, members = found.bodies, np.asarray(members, dtype=bool)
    cost, fte = bodies["baseline_gbp"].to_numpy("float64"), bodies["staff_fte"].fillna(0).to_numpy("float64")
    total = members @ cost
    heads, elsewhere = np.zeros(len(members)), np.zeros(len(members), dtype="int64")
    officers = np.zeros(len(members), dtype="int64")
    used = np.flatnonzero(members.any(axis=0))
    for among in bodies.iloc[used].groupby("officer", sort=False).indices.values():
        places = used[among]
        mine = members[:, places]
        heads += np.where(mine, cost[places], 0).max(axis=1)
        officers += mine.any(axis=1)
        elsewhere += np.where(mine @ fte[places] < staff.FEWEST_FTE, mine.sum(axis=1), 0)
    largest = np.where(members, cost, 0).max(axis=1, initial=0)
    return pd.DataFrame(
        {
            "body_count": members.sum(axis=1),
            "officer_count": officers,
            "baseline_gbp": total,
            "staff_fte": np.nan if found.staff_date is None else members @ fte,
            "elsewhere_count": elsewhere,
            "separate_gbp": heads - largest,
            "sharing_gbp": total - heads,
        }
    )


def proportional(rate: float, harvested: float, acted: pd.DataFrame) -> pd.Series:
    """£ a year in the proportional shape: the rate of what bodies that would go cost, less what sharing has had already."""
    return rate * (acted["separate_gbp"] + acted["sharing_gbp"] * (1 - harvested))


def scale_shares(found: Evidence, members: np.ndarray) -> pd.DataFrame:
    """Route B: the share of their staff that the bodies of each set would need less as one, if the association held.

    Bodies under one officer count as one already. `low`, `central`, `high`; nought for one body or one officer, missing
    without an elasticity.
    """
    if found.elasticity is None:
        return pd.DataFrame(np.nan, index=range(len(members)), columns=list(lever.CASES))
    people = found.bodies["registered_population"].to_numpy("float64")
    names, codes = np.unique(found.bodies["officer"].to_numpy(str), return_inverse=True)
    grouped = np.zeros((len(people), len(names)))
    grouped[np.arange(len(people)), codes] = people
    sizes = np.asarray(members, dtype="float64") @ grouped
    part = sizes / sizes.sum(axis=1, keepdims=True)
    low, high = found.elasticity.interval
    powers = Range(high, found.elasticity.elasticity, low)
    shares = [1 - 1 / np.power(part, power, out=np.zeros_like(part), where=part > 0).sum(axis=1) for power in powers]
    return pd.DataFrame(dict(zip(lever.CASES, np.round(shares, 12), strict=True)))


def compared(found: Evidence, members: np.ndarray, places: Sequence[str]) -> pd.DataFrame:
    """Every route for every place, side by side: the sets of `members` added up by the place each belongs to.

    One row per place and route: `place`, `route`, `released_low_gbp`, `released_central_gbp`, `released_high_gbp` a year,
    `share_low`, `share_central`, `share_high`, `posts_fewer_low`, `posts_fewer`, `posts_fewer_high` (FTE), `body_count`, `staff_fte`,
    `elsewhere_count`, `evidence_count` (n: prices; bodies of the line; merged bodies) and `kind` of the evidence. Shares are
    of running cost in route A, of staff in B and C; posts are that share of the staff. Low and high of B and C are the ends of
    95% intervals with the ends of the price of a post. Missing where the evidence or the staff are not held.
    """
    acted = acted_on(found, members)
    fte = np.where(acted["body_count"] > 1, acted["staff_fte"], 0.0)
    shares = scale_shares(found, members)
    effect = Range(np.nan, np.nan, np.nan) if found.effect is None else found.effect.released
    amounts: dict[str, np.ndarray] = {}
    for route in ROUTES:
        for case in lever.CASES:
            if route in (FIXED, PROPORTIONAL):
                amounts[f"{route} {case}"] = quoted_gbp(found, route, case, acted)
            else:
                share = shares[case].to_numpy() if route == SCALE else getattr(effect, case)
                amounts[f"{route} {case}"] = share * fte
    added_up = acted[["body_count", "baseline_gbp", "staff_fte", "elsewhere_count"]].assign(**amounts)
    by_place = added_up.groupby(list(places), sort=False).sum(min_count=1)
    rows = [_rows(found, route, by_place) for route in ROUTES]
    columns = {name: np.column_stack([one[name] for one in rows]).ravel() for name in rows[0]}
    return pd.DataFrame({"place": by_place.index.repeat(len(ROUTES)), **columns})


def quoted_gbp(found: Evidence, route: str, case: str, acted: pd.DataFrame) -> np.ndarray:
    """Route A: £ a year of each set of `acted_on` in one shape (`FIXED` or `PROPORTIONAL`) and case."""
    values = lever.case(found.levers, case)
    harvested = values["share_already_harvested"]
    if route == PROPORTIONAL:
        return proportional(getattr(found.proportional, case), harvested, acted).to_numpy()
    saving = values["saving_per_body_removed_gbp"]
    return lever.released_by_merger(acted["body_count"], acted["officer_count"], saving, harvested)


def _rows(found: Evidence, route: str, by_place: pd.DataFrame) -> dict[str, np.ndarray]:
    """The columns of one route, by place: what is added up is pounds in route A and posts in the others."""
    amounts = by_place[[f"{route} {case}" for case in lever.CASES]].to_numpy()
    baseline, fte = (by_place[[name]].to_numpy() for name in ("baseline_gbp", "staff_fte"))
    with np.errstate(divide="ignore", invalid="ignore"):
        if route in (FIXED, PROPORTIONAL):
            pounds, share = amounts, amounts / baseline
            posts, count = share * fte, found.quoted
        else:
            posts, share = amounts, amounts / fte
            corners = np.stack([amounts * price for price in (found.price.low, found.price.high)])
            central = amounts[:, 1] * found.price.central
            pounds = np.column_stack([corners[:, :, 0].min(axis=0), central, corners[:, :, 2].max(axis=0)])
            evidence_of = found.elasticity if route == SCALE else found.effect
            count = 0 if evidence_of is None else getattr(evidence_of, "bodies" if route == SCALE else "merged")
    size = len(by_place)
    return {
        "route": np.full(size, route, dtype=object),
        **dict(zip((f"released_{case}_gbp" for case in lever.CASES), pounds.T + 0.0, strict=True)),  # nought, never -0
        **dict(zip((f"share_{case}" for case in lever.CASES), share.T, strict=True)),
        **dict(zip(("posts_fewer_low", "posts_fewer", "posts_fewer_high"), posts.T, strict=True)),
        **{name: by_place[name].to_numpy() for name in ("body_count", "staff_fte", "elsewhere_count")},
        "evidence_count": np.full(size, count),
        "kind": np.full(size, KIND[route], dtype=object),
    }


def of_areas(found: Evidence, parts: pd.DataFrame, whole: str | None = None) -> pd.DataFrame:
    """`compared` of every area merged as far as neighbours allow, after all of them together if that is named, as `whole`.

    `parts`: `body_code`, `area_name` and `part`, the connected part of its area that each body is in (`levers.connected_parts`).
    """
    groups = parts.groupby(["area_name", "part"], sort=False)["body_code"].agg(list)
    members = found.members(groups)
    names = groups.index.get_level_values("area_name").tolist()
    together = [] if whole is None else [compared(found, members, [whole] * len(names))]
    return pd.concat([*together, compared(found, members, names)], ignore_index=True)


# --- every candidate, and the 20% test ---


def scored(found: Evidence, sets: pd.DataFrame) -> pd.DataFrame:
    """Connected sets (`candidates.score`) with the proportional shape and the staff beside the fixed shape they have.

    Adds `released_proportional_gbp` and `released_proportional_share` (central), `staff_fte`, `elsewhere_count`, and route B's
    `fewer_staff_share` with `_low` and `_high`.
    """
    members = found.members(sets["body_codes"].str.split())
    acted = acted_on(found, members)
    harvested = lever.case(found.levers, "central")["share_already_harvested"]
    pounds = proportional(found.proportional.central, harvested, acted)
    shares = scale_shares(found, members)
    return sets.assign(
        released_proportional_gbp=pounds.to_numpy(),
        released_proportional_share=(pounds / acted["baseline_gbp"]).to_numpy(),
        staff_fte=acted["staff_fte"].to_numpy(),
        elsewhere_count=acted["elsewhere_count"].to_numpy(),
        fewer_staff_share=shares["central"].to_numpy(),
        fewer_staff_share_low=shares["low"].to_numpy(),
        fewer_staff_share_high=shares["high"].to_numpy(),
    )


def firm(sets: pd.DataFrame) -> pd.DataFrame:
    """Merged bodies of `scored` with their rank by share of running cost released in each shape, and whether both agree.

    Adds `rank_fixed`, `rank_proportional` (1 is most; equal shares share a rank) and `firm`: yes in the first tenth under both.
    """
    mergers = sets[sets["body_count"] > 1]
    ranks = {
        f"rank_{shape}": mergers[column].rank(ascending=False, method="min").astype("int64")
        for shape, column in (("fixed", "released_share"), ("proportional", "released_proportional_share"))
    }
    last = max(1, int(FIRST_PART * len(mergers)))
    both = (ranks["rank_fixed"] <= last) & (ranks["rank_proportional"] <= last)
    return mergers.assign(**ranks, firm=both.map({True: "yes", False: "no"}))


STRESS, BOTH = "stress case", "both shapes"


def passing(found: Evidence, sets: pd.DataFrame, target: float) -> pd.DataFrame:
    """The 20% test restated: how many mergers would release `target` by themselves, by route, shape and case.

    `sets` as `scored`. `route`, `passing_low`, `passing_central`, `passing_high` and `merger_count`: a merger passes where that
    share of running cost (A, stress) or of staff (B, C) would be released. In `BOTH` it passes in both shapes. The stress case
    takes the dearest fixed cost of a body ever planned with, and has one value. Missing where the evidence is not held.
    """
    mergers = sets[sets["body_count"] > 1]
    members = found.members(mergers["body_codes"].str.split())
    acted = acted_on(found, members)
    needed = target * acted["baseline_gbp"]

    def reached(route: str, case: str) -> np.ndarray:
        return np.asarray(quoted_gbp(found, route, case, acted) >= needed)

    by_shape = {case: (reached(FIXED, case), reached(PROPORTIONAL, case)) for case in lever.CASES}
    rows = [_counted(FIXED, {case: met[0] for case, met in by_shape.items()})]
    rows.append(_counted(PROPORTIONAL, {case: met[1] for case, met in by_shape.items()}))
    rows.append(_counted(f"A quoted, {BOTH}", {case: met[0] & met[1] for case, met in by_shape.items()}))
    shares, effect = scale_shares(found, members), found.effect
    rows.append(
        _counted(
            SCALE, {} if found.elasticity is None else {case: shares[case].to_numpy() >= target for case in lever.CASES}
        )
    )
    alike = {} if effect is None else dict(zip(lever.CASES, effect.released, strict=True))
    rows.append(_counted(MEASURED, {case: np.full(len(mergers), share >= target) for case, share in alike.items()}))
    harvested = lever.case(found.levers, "central")["share_already_harvested"]
    fixed_gbp, rate = found.stress
    stressed = [
        lever.released_by_merger(acted["body_count"], acted["officer_count"], fixed_gbp, harvested) >= needed,
        (proportional(rate, harvested, acted) >= needed).to_numpy(),
    ]
    for shape, met in zip(
        ("per body removed", "proportional", BOTH), [*stressed, stressed[0] & stressed[1]], strict=True
    ):
        rows.append(_counted(f"{STRESS}, {shape}", {"central": met}))
    return pd.DataFrame(rows).assign(merger_count=len(mergers))


def _counted(route: str, met: dict[str, np.ndarray]) -> dict[str, object]:
    counts = {case: float(np.sum(met[case])) if case in met else np.nan for case in lever.CASES}
    return {"route": route, **{f"passing_{case}": counts[case] for case in lever.CASES}}


# --- what it would cost once ---


def repaid(found: Evidence, by_place: pd.DataFrame) -> pd.DataFrame:
    """What closing the posts would cost once, and after how long that is repaid: `by_place` as `compared`.

    One row per place: `place`, `posts_fewer`, `running_cost_gbp_per_post`, `one_off_low_gbp`, `one_off_central_gbp`, `one_off_high_gbp`,
    `payback_low_years` and so on, `net_present_low_gbp` and so on. Only of route A per body removed at the central price: a
    share of running cost released is the same share of posts closed, so payback goes by the running cost a post, which
    bodies differ in. In routes B and C both sides are posts, and payback is one ratio of two prices, the same for all. Low is the
    dearest and slowest, high the cheapest and quickest, but for one-off costs and payback, where low is least. Places
    of which staff are employed elsewhere or not held are left out, and those that would release nothing.
    """
    rows = by_place[(by_place["route"] == FIXED) & (by_place["elsewhere_count"] == 0) & (by_place["posts_fewer"] > 0)]
    yearly, posts = rows["released_central_gbp"], rows["posts_fewer"]
    once = {case: posts * getattr(found.closing, case) for case in lever.CASES}
    delay = {case: getattr(DELAY_YEARS, case) for case in lever.CASES}
    opposite = dict(zip(lever.CASES, reversed(lever.CASES), strict=True))
    return pd.DataFrame(
        {
            "place": rows["place"],
            "posts_fewer": posts,
            "running_cost_gbp_per_post": yearly / posts,
            **{f"one_off_{case}_gbp": once[case] for case in lever.CASES},
            **{f"payback_{case}_years": delay[case] + once[case] / yearly for case in lever.CASES},
            **{
                f"net_present_{case}_gbp": yearly * annuity(delay[opposite[case]]) - once[opposite[case]]
                for case in lever.CASES
            },
        }
    ).reset_index(drop=True)


def annuity(delay_years: float) -> float:
    """What £1 a year is worth today, paid continuously from the delay to `HORIZON_YEARS`, discounted at `DISCOUNT_RATE`."""
    force = np.log1p(DISCOUNT_RATE)
    return float((np.exp(-force * delay_years) - np.exp(-force * HORIZON_YEARS)) / force)


# --- the routes put together, and into the levers ---

PRIOR = (0.0, 0.10)
"""A mean and a standard deviation, as shares, for what a merger releases before any evidence: wide, and around nothing."""


def pooled(by_place: pd.DataFrame, place: str, prior: tuple[float, float] = PRIOR) -> pd.DataFrame:
    """The routes of one place as one share, weighted by the inverse of their variance, with its parts: never shown alone.

    A prior of `prior` (mean, standard deviation) counts as one part. The standard deviation of B and C is that of their
    interval; of A, whose prices are three and were not audited, the whole width from lowest to highest of both shapes, around
    their mean. One row per part, then the whole, then the whole with one thing changed: `part`, `share_central`,
    `standard_deviation_share`, `weight_share` (missing for wholes). Routes that are not held are no parts.
    """
    rows = by_place[by_place["place"] == place].set_index("route")
    shares = [f"share_{case}" for case in lever.CASES]
    parts: dict[str, tuple[float, float]] = {"prior": prior}
    quoted = rows.loc[[FIXED, PROPORTIONAL]]
    parts["A quoted"] = (
        float(quoted["share_central"].mean()),
        float(quoted["share_high"].max() - quoted["share_low"].min()),
    )
    for route, share in zip((SCALE, MEASURED), rows.loc[[SCALE, MEASURED], shares].to_numpy(), strict=True):
        low, central, high = map(float, share)
        if central == central:
            parts[route] = (central, (high - low) / (2 * 1.96))
    parts = {name: part for name, part in parts.items() if part[1] > 0}
    total = sum(1 / deviation**2 for _, deviation in parts.values())
    lines = [(name, *part, 1 / part[1] ** 2 / total) for name, part in parts.items()]
    variants = {
        "all together": parts,
        "prior half as wide": parts | {"prior": (prior[0], prior[1] / 2)},
        "prior twice as wide": parts | {"prior": (prior[0], prior[1] * 2)},
        **{
            f"without {name}": {other: one for other, one in parts.items() if other != name} for name in list(parts)[1:]
        },
    }
    lines += [(name, *_combined(list(chosen.values())), np.nan) for name, chosen in variants.items()]
    return pd.DataFrame(lines, columns=["part", "share_central", "standard_deviation_share", "weight_share"])


def _combined(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    weights = np.array([1 / deviation**2 for _, deviation in parts])
    middle = float(weights @ np.array([mean for mean, _ in parts]) / weights.sum())
    return middle, float(1 / np.sqrt(weights.sum()))


def by_scale(levers: pd.DataFrame, share: Range) -> pd.DataFrame:
    """The levers with a merger reckoned by route B in place of prices quoted: one row that acts on the baseline.

    `share` is what a place would release of its staff, taken as the share of its running cost. Without prices there is nothing
    assumed of what sharing has had already, as bodies under one officer counted as one.
    """
    names = set(levers.loc[levers["formula"] == "per body removed", "lever"])
    merger = (
        levers[levers["lever"].isin(names)]
        .iloc[:1]
        .assign(
            quantity="merger_reduction_by_scale",
            formula="share of baseline",
            **share._asdict(),
            unit="share of the baseline",
            kind="modelled",
            source="staff.csv: how staff go with size",
            note="An association, not an effect",
        )
    )
    return pd.concat([merger, levers[~levers["lever"].isin(names)]], ignore_index=True)


def assumed_parts(scope: lever.Scope, levers: pd.DataFrame, gap_gbp: float, seed: int) -> tuple[float, float]:
    """How much of the answer rests on assumptions: of what all levers would release, and of the spread of the gap left.

    The first is the share at central values that comes from levers of which any quantity is assumed, the second the part of
    the total Sobol indices that assumed quantities have.
    """
    steps = lever.waterfall(scope, levers, gap_gbp)
    steps = steps[steps["step"] != lever.GAP_LEFT]
    indices = lever.sensitivity(scope, levers, gap_gbp, seed)
    return (
        _part(steps["central_gbp"], steps["kind"]),
        _part(indices["total"], indices["kind"]),
    )


def _part(values: pd.Series, kinds: pd.Series) -> float:
    total = float(values.sum())
    return float(values[kinds == "assumed"].sum()) / total if total else float("nan")

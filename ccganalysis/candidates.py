"""Merger candidates: every connected set of bodies of an ICS, every plan made of them, and the exact frontier.

Scores are arrays over bit sets, so that 77,083 plans take a fraction of a second. A merged body may also be given by
name (`merged_bodies`), connected or not, within an ICS or across its border: real mergers are scored the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import levers as lever
from . import organisations, plans, running_costs
from .errors import InputError, unknown
from .wording import short_name

DIFFERENCES = ("imd_average_score", "aged_65_plus_share", "density_per_km2", "list_size")
"""What members of a merged body are compared on; density by its logarithm, as it spans three orders of magnitude."""

YEARS = 5
"""The appraisal period of the net present value, in years from the merger."""


@dataclass(frozen=True)
class Setting:
    """What merged bodies of one footprint are scored with.

    `bodies`: one row per body (a footprint with baseline, see `setting`), in a fixed order. `authority_residents`:
    residents (bodies x upper-tier authorities), `authority_total`: residents of each authority in England.
    """

    bodies: pd.DataFrame
    authority_residents: np.ndarray
    authority_total: np.ndarray
    distance_km: np.ndarray
    difference: np.ndarray
    levers: pd.DataFrame
    draws: dict[str, np.ndarray]
    saving_target: float

    def only(self, places: np.ndarray) -> Setting:
        """The same setting for some of the bodies (positions), such as those of one ICS."""
        return Setting(
            self.bodies.iloc[places].reset_index(drop=True),
            self.authority_residents[places],
            self.authority_total,
            self.distance_km[np.ix_(places, places)],
            self.difference[np.ix_(places, places)],
            self.levers,
            self.draws,
            self.saving_target,
        )


def setting(
    limits: pd.DataFrame,
    officers: pd.Series,
    authorities: pd.DataFrame,
    levers: pd.DataFrame,
    saving_target: float,
    draws: int,
    seed: int,
    differences: Sequence[str] = DIFFERENCES,
) -> Setting:
    """Everything that scores a merger on one footprint.

    `limits` is from `running_costs.limits`, `officers` from `levers.officer_groups`, `authorities` the processed table.
    Members are compared on `differences`, standardised: mean 0, deviation 1 over England.
    """
    bodies = limits.assign(officer=limits["body_code"].map(officers).to_numpy()).reset_index(drop=True)
    mine = authorities[authorities["as_at"] == bodies["as_at"].iloc[0]]
    residents = mine.pivot_table(
        index="body_code", columns="upper_tier_code", values="residents", aggfunc="sum", fill_value=0
    )
    residents = residents.reindex(bodies["body_code"]).to_numpy("float64")
    features = bodies[list(differences)].astype("float64").assign(density_per_km2=np.log(bodies["density_per_km2"]))
    features = (features - features.mean()) / features.std(ddof=0)
    points = bodies[["centroid_easting", "centroid_northing"]].to_numpy("float64") / 1000
    return Setting(
        bodies,
        residents,
        residents.sum(axis=0),
        _distances(points),
        _distances(features.to_numpy("float64")),
        levers,
        lever.draws(levers, draws, seed),
        saving_target,
    )


def prepare(
    tables: dict[str, pd.DataFrame], as_at: object, allowance_model: str, saving_target: float, draws: int, seed: int
) -> Setting:
    """`setting` of a footprint from the processed tables (`ingest.Tables`): baseline, officers, authorities, levers."""
    bodies = organisations.footprint(tables["bodies"], as_at)
    baseline = running_costs.allowances(tables, as_at, allowance_model)
    limits = running_costs.limits(baseline, bodies, saving_target)
    officers = lever.officer_groups(tables["shared_leadership"], tables["successors"], bodies)
    return setting(limits, officers, tables["authorities"], tables["levers"], saving_target, draws, seed)


def _distances(points: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))


# --- merged bodies ---


def score(setting: Setting, members: np.ndarray) -> pd.DataFrame:
    """Every measure of every merged body: one row per row of `members`, a boolean array (sets x bodies of `setting`).

    Columns, with units in their names: codes and names, `body_count`, `bodies_removed`, `officer_count`, people,
    baseline, released at low, central and high, share of running cost released, break-even saving, P(20% test met) on
    the evidence of mergers alone and of whole programmes, payback, net present value, the ICS state, upper-tier
    authorities contained and split with the share of people in whole ones, disruption (people registered in members
    other than the largest), difference and distance of members, practices and area.
    """
    bodies = setting.bodies
    members = np.asarray(members, dtype=bool)
    weights = members.astype("float64")

    def total(column: str) -> np.ndarray:
        return weights @ bodies[column].to_numpy("float64")

    count = members.sum(axis=1)
    officers = _distinct(members, bodies["officer"])
    people, baseline = total("registered_population"), total("baseline_gbp")
    largest = np.where(members, bodies["registered_population"].to_numpy(), 0).max(axis=1)
    frame = pd.DataFrame(
        {
            "body_codes": _joined(members, bodies["body_code"].tolist(), " "),
            "bodies": _joined(members, [short_name(name) for name in bodies["body_name"]], "; "),
            "ics_code": _main_ics(members, bodies, "ics_code"),
            "ics_name": _main_ics(members, bodies, "ics_name"),
            "body_count": count,
            "bodies_removed": count - 1,
            "officer_count": officers,
            "registered_population": people.round().astype("int64"),
            "baseline_gbp": baseline.round().astype("int64"),
        }
    )
    for case in lever.CASES:
        values = lever.case(setting.levers, case)
        frame[f"released_{case}_gbp"] = lever.released_by_merger(
            count, officers, values["saving_per_body_removed_gbp"], values["share_already_harvested"]
        )
    central = lever.case(setting.levers, "central")
    frame["released_share"] = frame["released_central_gbp"] / baseline
    frame["break_even_saving_gbp"] = lever.break_even_saving(
        baseline, count, officers, setting.saving_target, central["share_already_harvested"]
    )
    needed = setting.saving_target * baseline
    for name, saving in EVIDENCE.items():
        frame[name], frame[f"{name}_error"] = _chance(count, officers, needed, setting.draws, saving)
    cost, payback, present = lever.appraise(frame["released_central_gbp"], central, YEARS)
    frame["one_off_cost_gbp"] = cost
    frame["payback_years"] = np.where(count > 1, payback, np.nan)
    frame["net_present_value_gbp"] = present
    frame["alignment_state"] = _state(members, bodies["ics_code"], setting)
    frame["disruption_people"] = (people - largest).round().astype("int64")
    frame = frame.assign(**_coterminosity(weights, setting))
    pair_count = np.maximum(count * (count - 1), 1)
    frame["difference"] = np.einsum("si,ij,sj->s", weights, setting.difference, weights) / pair_count
    frame["farthest_km"] = _farthest(members, setting.distance_km)
    frame["practices"] = total("practices").round().astype("int64")
    frame["area_km2"] = total("area_km2")
    return frame


EVIDENCE = {
    "probability_merger_alone": "saving_per_body_removed_gbp",
    "probability_whole_programme": "programme_saving_per_body_removed_gbp",
}
"""P(20% test met) on two ranges of evidence: where the merger itself was priced, and where a whole programme was."""


def _chance(
    count: np.ndarray, officers: np.ndarray, needed: np.ndarray, draws: dict[str, np.ndarray], saving: str
) -> tuple[np.ndarray, np.ndarray]:
    """P(released >= needed) and its standard error, in percentage points.

    Released is (separate + sharing x (1 - h)) x s; only the pairs (separate, sharing) that occur are evaluated, and the
    draws of each pair sorted once, so the cost does not grow with draws x sets.
    """
    sharing, separate = lever.bodies_removed(count, officers)
    met = np.empty(len(count))
    pairs, which = np.unique(np.column_stack([separate, sharing]), axis=0, return_inverse=True)
    for place, (apart, shared) in enumerate(pairs):
        released = draws[saving][:, 0] * (apart + shared * (1 - draws["share_already_harvested"][:, 0]))
        mine = which.ravel() == place
        met[mine] = 1 - np.searchsorted(np.sort(released), needed[mine], side="left") / len(released)
    met[count == 1] = 0.0
    number = len(draws[saving])
    return met, 100 * np.sqrt(met * (1 - met) / number)


def _distinct(members: np.ndarray, labels: pd.Series) -> np.ndarray:
    codes, names = pd.factorize(labels)
    present = np.zeros((len(members), len(names)), dtype=bool)
    for body, code in enumerate(codes):
        present[:, code] |= members[:, body]
    return present.sum(axis=1)


def _joined(members: np.ndarray, names: list[str], by: str) -> list[str]:
    return [by.join(names[place] for place in np.flatnonzero(row)) for row in members]


def _main_ics(members: np.ndarray, bodies: pd.DataFrame, column: str) -> np.ndarray:
    """The ICS with most of each set's people."""
    codes, names = pd.factorize(bodies["ics_code"])
    people = np.zeros((len(bodies), len(names)))
    people[np.arange(len(bodies)), codes] = bodies["registered_population"]
    main = (members.astype("float64") @ people).argmax(axis=1)
    return bodies.drop_duplicates("ics_code")[column].to_numpy()[main]


def _state(members: np.ndarray, ics: pd.Series, setting: Setting) -> np.ndarray:
    """equals, within or crosses (METHOD rule 9), by the ICS of each member."""
    codes, names = pd.factorize(ics)
    bodies_in = np.bincount(codes, minlength=len(names))
    counts = np.zeros((len(members), len(names)), dtype=int)
    for body, code in enumerate(codes):
        counts[:, code] += members[:, body]
    spread = (counts > 0).sum(axis=1)
    whole = (counts == bodies_in).any(axis=1)
    return np.select([spread > 1, whole], ["crosses", "equals"], "within")


def _coterminosity(weights: np.ndarray, setting: Setting) -> dict[str, np.ndarray]:
    """Upper-tier authorities wholly inside each set and split by its border, and residents in the whole ones.

    Strictly (METHOD rule 9): one small area on the other side makes an authority split. `alignment.coterminosity` has a
    measure without that cliff.
    """
    inside = weights @ setting.authority_residents
    touched = inside > 0
    whole = touched & (inside >= setting.authority_total)
    people = (inside * whole).sum(axis=1)
    return {
        "authorities_contained": whole.sum(axis=1),
        "authorities_split": (touched & ~whole).sum(axis=1),
        "people_in_whole_authorities": people.round().astype("int64"),
        "coterminous_share": people / inside.sum(axis=1),
    }


def _farthest(members: np.ndarray, distance_km: np.ndarray) -> np.ndarray:
    farthest = np.zeros(len(members))
    for body in range(members.shape[1]):
        rows = np.flatnonzero(members[:, body])
        farthest[rows] = np.maximum(farthest[rows], (members[rows] * distance_km[body]).max(axis=1, initial=0))
    return farthest


def merged_bodies(setting: Setting, groups: Sequence[Sequence[str]]) -> pd.DataFrame:
    """`score` of merged bodies given by their members' codes; raises `InputError` naming codes not of the footprint."""
    codes = setting.bodies["body_code"].tolist()
    members = np.zeros((len(groups), len(codes)), dtype=bool)
    for row, group in enumerate(groups):
        for code in group:
            if code not in codes:
                raise InputError(unknown("body code", code, codes))
            members[row, codes.index(code)] = True
    return score(setting, members)


# --- the plans of one ICS ---


@dataclass(frozen=True)
class IcsPlans:
    """Every connected set and every plan of one ICS, scored: `sets` (see `score`) and `plans` (see `plan_scores`)."""

    ics_code: str
    ics_name: str
    codes: tuple[str, ...]
    plan_set: plans.PlanSet
    sets: pd.DataFrame
    plans: pd.DataFrame

    def members(self, plan: int) -> list[list[str]]:
        """The codes of the bodies of each merged or single body of a plan."""
        return [[self.codes[place] for place in group] for group in self.plan_set.groups(plan)]

    def find(self, groups: Sequence[Sequence[str]]) -> int | None:
        """The plan that has just these groups of codes; None where one of them is not connected."""
        try:
            return self.plan_set.find([[self.codes.index(code) for code in group] for group in groups])
        except InputError:
            return None


def ics_plans(setting: Setting, pairs: Sequence[tuple[str, str]], ics: str, limit: int = 2_000_000) -> IcsPlans:
    """Enumerate and score one ICS. `setting` covers the footprint, `pairs` its neighbours (`organisations.neighbours`).

    Raises `InputError` for an unknown ICS and where there are more than `limit` plans.
    """
    organisations.within_ics(setting.bodies, ics)
    places = np.flatnonzero((setting.bodies["ics_code"] == ics).to_numpy())
    own = setting.only(places)
    codes = own.bodies["body_code"].tolist()
    masks = plans.neighbour_masks(codes, _between(pairs, codes))
    plan_set = plans.plans(masks, limit)
    sets = score(own, plans.membership(plan_set.sets, len(codes)))
    return IcsPlans(
        ics,
        own.bodies["ics_name"].iloc[0],
        tuple(codes),
        plan_set,
        sets,
        plan_scores(plan_set, sets, setting.saving_target),
    )


def _between(pairs: Sequence[tuple[str, str]], codes: Sequence[str]) -> list[tuple[str, str]]:
    known = set(codes)
    return [(first, second) for first, second in pairs if first in known and second in known]


def plan_scores(plan_set: plans.PlanSet, sets: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """One row per plan: bodies, £ released a year, P(...) aside, coterminosity, disruption, sizes, size balance.

    `coterminous_share` is the share of the ICS's residents who live in an upper-tier authority wholly inside one body;
    `size_balance` is the smallest body's people over the largest's; `mergers_passing` counts merged bodies that would
    release the target share of their own running cost at the central saving.
    """
    whole = plan_set.sum(sets["people_in_whole_authorities"].to_numpy())
    residents = (sets["people_in_whole_authorities"] / sets["coterminous_share"]).where(sets["coterminous_share"] > 0)
    everybody = residents[sets["body_count"].idxmax()] if residents.notna().any() else np.nan
    people = sets["registered_population"].to_numpy()
    passing = (sets["released_share"] >= saving_target) & (sets["bodies_removed"] > 0)
    smallest, largest = plan_set.min(people), plan_set.max(people)
    return pd.DataFrame(
        {
            "body_count": plan_set.number_of_sets,
            "bodies_removed": plan_set.n_bodies - plan_set.number_of_sets,
            **{f"released_{case}_gbp": plan_set.sum(sets[f"released_{case}_gbp"].to_numpy()) for case in lever.CASES},
            "released_share": plan_set.sum(sets["released_central_gbp"].to_numpy())
            / sets.loc[sets["body_count"] == 1, "baseline_gbp"].sum(),
            "people_in_whole_authorities": whole,
            "coterminous_share": whole / everybody if everybody else np.nan,
            "disruption_people": plan_set.sum(sets["disruption_people"].to_numpy()),
            "smallest_body_people": smallest,
            "largest_body_people": largest,
            "size_balance": smallest / largest,
            "mergers_passing": plan_set.sum(passing.to_numpy()),
        }
    )


OBJECTIVES: dict[str, tuple[str, bool]] = {
    "released": ("released_central_gbp", True),
    "coterminosity": ("people_in_whole_authorities", True),
    "disruption": ("disruption_people", False),
    "number_of_bodies": ("body_count", False),
    "size_balance": ("size_balance", True),
}
"""What plans can be compared on: the column, and whether more is better."""


def objectives(names: str) -> list[str]:
    """Objective names from a parameter such as "released, coterminosity"; raises `InputError` for an unknown one."""
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in OBJECTIVES:
            raise InputError(unknown("objective", name, OBJECTIVES))
    if len(chosen) < 2:
        raise InputError(f"A frontier needs at least two objectives, such as 'released, disruption'; got {names!r}.")
    return chosen


def frontier(ics: IcsPlans, names: Sequence[str]) -> pd.DataFrame:
    """The plans that no other plan beats on all the objectives named: rows of `ics.plans` with `plan`, their number.

    Plans equal on every objective are shown once, as the first of them; `equal_plans` says how many there are.
    """
    columns = [OBJECTIVES[name][0] for name in names]
    best = plans.pareto_frontier(ics.plans[columns].to_numpy("float64"), [OBJECTIVES[name][1] for name in names])
    chosen = ics.plans[best].rename_axis("plan").reset_index()
    chosen["equal_plans"] = chosen.groupby(columns)["plan"].transform("size")
    return chosen.drop_duplicates(columns).sort_values(
        columns[0], ascending=not OBJECTIVES[names[0]][1], ignore_index=True
    )


def fits(ics: IcsPlans, floor_people: int, ceiling_people: int) -> pd.Series:
    """Which plans keep every body between the floor and the ceiling, in registered people (0: no bound)."""
    within = ics.plans["smallest_body_people"] >= floor_people
    return within & (ics.plans["largest_body_people"] <= ceiling_people) if ceiling_people else within


def best_plan(ics: IcsPlans, objective: str, floor_people: int = 0, ceiling_people: int = 0) -> int:
    """The best plan for one objective with no body below the floor or above the ceiling (0: none).

    Ties go to the plan that moves the fewest people, then to the one with most bodies. Raises `InputError` where no
    plan fits, saying what would.
    """
    if objective not in OBJECTIVES:
        raise InputError(unknown("objective", objective, OBJECTIVES))
    frame, allowed = ics.plans, fits(ics, floor_people, ceiling_people)
    if not allowed.any():
        widest = int(frame["smallest_body_people"].max())
        narrowest = int(frame["largest_body_people"].min())
        raise InputError(
            f"No plan of {ics.ics_name} keeps every body between {floor_people:,} and "
            f"{f'{ceiling_people:,}' if ceiling_people else 'any number of'} people: the smallest body can have at most "
            f"{widest:,}, and the largest at least {narrowest:,}. Lower the floor or raise the ceiling."
        )
    column, more = OBJECTIVES[objective]
    ordered = frame[allowed].assign(worst_first=frame[column] if not more else -frame[column])
    return int(ordered.sort_values(["worst_first", "disruption_people", "bodies_removed"], kind="stable").index[0])


def smallest_change(ics: IcsPlans, threshold: float, measure: str = "released_share") -> int | None:
    """The plan that moves the fewest people of those whose every merger passes the test; None if there is none.

    A merger passes where `measure` (the share of its members' running cost released at the central saving, or one of
    the probabilities) is at least `threshold`. Ties go to the plan with most bodies.
    """
    sets = ics.sets
    fails = ((sets["bodies_removed"] > 0) & (sets[measure] < threshold)).to_numpy()
    good = (ics.plan_set.sum(fails) == 0) & (ics.plans["bodies_removed"] > 0).to_numpy()
    if not good.any():
        return None
    return int(ics.plans[good].sort_values(["disruption_people", "bodies_removed"], kind="stable").index[0])


def reference_plans(ics: IcsPlans) -> dict[str, int]:
    """The plans every chart refers to: no change, and one body per ICS where the bodies are connected."""
    reference = {"No change": 0}
    fewest = int(ics.plans["body_count"].idxmin())
    if ics.plans.loc[fewest, "body_count"] == 1:
        reference["One body"] = fewest
    return reference


def what_happened(bodies: pd.DataFrame, successors: pd.DataFrame, later: object) -> pd.Series:
    """For each body of a footprint, the body that most of its people were in on a later date; by `body_code`."""
    heirs = organisations.main_successor(successors, bodies["as_at"].iloc[0], later)
    return heirs.reindex(bodies["body_code"])


def formed(mergers: pd.DataFrame, date: object) -> dict[str, list[str]]:
    """The bodies formed by merger on a date: successor's name to its members' codes."""
    mine = mergers[(mergers["event"] == "CCG merger") & (mergers["effective_date"] == pd.Timestamp(date))]
    return {name: list(group["predecessor_code"]) for name, group in mine.groupby("successor_name", sort=True)}


def real_plan(ics: IcsPlans, outcome: pd.Series) -> int | None:
    """The plan that was carried out inside an ICS, from `what_happened`; None where it was not a connected one."""
    mine = outcome.reindex(list(ics.codes))
    return ics.find([list(group.index) for _, group in mine.groupby(mine, sort=True)])


def marked_plans(
    ics: IcsPlans, outcome: pd.Series, objective: str, floor_people: int, ceiling_people: int, saving_target: float
) -> dict[str, int]:
    """The plans that every report names, by label: no change, one body, the best by the objective, the smallest change
    that passes the 20% test, and the real plan of the date of `outcome`. Those that do not exist are left out."""
    marks = reference_plans(ics)
    chosen: dict[str, int | None] = {
        SMALLEST: smallest_change(ics, saving_target),
        REAL: real_plan(ics, outcome),
    }
    if fits(ics, floor_people, ceiling_people).any():
        chosen[BEST] = best_plan(ics, objective, floor_people, ceiling_people)
    return marks | {label: plan for label, plan in chosen.items() if plan is not None}


BEST, SMALLEST, REAL = "Best by objective", "Smallest change that passes", "April 2021"


def plan_table(ics: IcsPlans, front: pd.DataFrame, marks: dict[str, int]) -> pd.DataFrame:
    """Marked plans first, then the rest of the frontier: what each plan is and how it scores."""
    labels: dict[int, list[str]] = {}
    for label, plan in marks.items():
        labels.setdefault(plan, []).append(label)
    order = [*labels, *(plan for plan in front["plan"] if plan not in labels)]
    columns = [
        "body_count",
        "released_central_gbp",
        "released_share",
        "coterminous_share",
        "disruption_people",
        "smallest_body_people",
        "largest_body_people",
    ]
    frame = ics.plans.loc[order, columns].reset_index(drop=True)
    frame.insert(0, "plan_label", [", ".join(labels.get(plan, ["On the frontier"])) for plan in order])
    frame.insert(1, "merged", [_merged_names(ics, plan) for plan in order])
    return frame


def _merged_names(ics: IcsPlans, plan: int) -> str:
    start, end = ics.plan_set.offsets[plan : plan + 2]
    chosen = ics.sets.iloc[ics.plan_set.set_index[start:end]]
    joined = chosen.loc[chosen["body_count"] > 1, "bodies"].str.replace("; ", " + ")
    return "; ".join(joined) or "none"


def largest_of(ics: IcsPlans, plan: int) -> pd.Series:
    """The body of a plan with most people: one row of `ics.sets`."""
    start, end = ics.plan_set.offsets[plan : plan + 2]
    chosen = ics.sets.iloc[ics.plan_set.set_index[start:end]]
    return chosen.loc[chosen["registered_population"].idxmax()]


# --- all ICSs of a footprint ---


def every_ics(setting: Setting, pairs: Sequence[tuple[str, str]], limit: int = 2_000_000) -> dict[str, IcsPlans]:
    """`ics_plans` of every ICS of the footprint, by code in the order of names."""
    codes = setting.bodies.drop_duplicates("ics_code").sort_values("ics_name")["ics_code"]
    return {code: ics_plans(setting, pairs, code, limit) for code in codes}


def counts(all_ics: dict[str, IcsPlans]) -> pd.DataFrame:
    """Bodies, connected sets and plans of each ICS, with those that have only one plan explained in `note`."""
    rows = []
    for ics in all_ics.values():
        pieces = int(ics.plans["body_count"].min())
        note = (
            "one body already"
            if len(ics.codes) == 1
            else "not connected: stays at least in parts"
            if pieces > 1
            else ""
        )
        rows.append((ics.ics_code, ics.ics_name, len(ics.codes), len(ics.sets), len(ics.plans), note))
    columns = ["ics_code", "ics_name", "body_count", "connected_sets", "plan_count", "note"]
    return pd.DataFrame(rows, columns=columns)


def islands(bodies: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Bodies with no neighbour inside their own ICS though it has others: they stay alone in every plan."""
    ics = bodies.set_index("body_code")["ics_code"]
    linked = {code for pair in pairs if ics.get(pair[0]) == ics.get(pair[1]) for code in pair}
    several = bodies.groupby("ics_code")["body_code"].transform("size") > 1
    return bodies[several & ~bodies["body_code"].isin(linked)]


RANKINGS: dict[str, tuple[str, bool]] = {
    "released_share": ("released_share", True),
    "released": ("released_central_gbp", True),
    "coterminosity": ("coterminous_share", True),
    "similarity": ("difference", False),
    "nearness": ("farthest_km", False),
    "least_disruption": ("disruption_people", False),
    "shared_officer": ("officers_per_body", False),
    "smallest_first": ("people_per_body", False),
}
"""What candidates can be ranked by: the column, and whether more is better."""


def per_body(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets with what two rankings go by: distinct accountable officers, and registered people, over bodies."""
    return sets.assign(
        officers_per_body=sets["officer_count"] / sets["body_count"],
        people_per_body=sets["registered_population"] / sets["body_count"],
    )


def ranking(sets: pd.DataFrame, by: str) -> pd.DataFrame:
    """Merged bodies (two or more members) from best to worst by one of `RANKINGS`, with `rank` from 1.

    Ties are broken by fewer people moved, then by code, so that the order never depends on the order of the rows.
    """
    if by not in RANKINGS:
        raise InputError(unknown("ranking", by, RANKINGS))
    column, more = RANKINGS[by]
    frame = per_body(sets[sets["body_count"] > 1])
    frame["worst_first"] = -frame[column] if more else frame[column]
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


# --- England ---


def national_frontier(all_ics: dict[str, IcsPlans], objective: str) -> tuple[pd.DataFrame, plans.CombinedFrontier]:
    """The best England can do for each total number of bodies, from all kept down to one per ICS: exact.

    Within ICSs the best plan for each number is read off the enumeration; totals combine by max-plus convolution.
    Columns `body_count`, `value`, and the objective's own column.
    """
    column, more = OBJECTIVES[objective]
    parts = []
    for ics in all_ics.values():
        best = ics.plans.groupby("body_count")[column]
        parts.append((best.max() if more else best.min()).to_dict())
    combined = plans.combine_frontiers(parts, maximise=more)
    rows = sorted(combined.values.items(), reverse=True)
    return pd.DataFrame(rows, columns=["body_count", column]), combined


def footprints_reached(setting: Setting, successors: pd.DataFrame) -> pd.DataFrame:
    """Where England really went from this footprint: for each later one the bodies, disruption and coterminosity.

    Columns `as_at`, `body_count`, `disruption_people`, `people_in_whole_authorities`; bodies are followed to where most
    of their people went, across ICS borders too.
    """
    rows = []
    for later in sorted(successors["as_at"].unique()):
        if later < setting.bodies["as_at"].iloc[0]:
            continue
        outcome = what_happened(setting.bodies, successors, later)
        sets = merged_bodies(setting, [list(group.index) for _, group in outcome.groupby(outcome)])
        rows.append((later, len(sets), sets["disruption_people"].sum(), sets["people_in_whole_authorities"].sum()))
    return pd.DataFrame(rows, columns=["as_at", "body_count", "disruption_people", "people_in_whole_authorities"])


def across_borders(
    setting: Setting,
    pairs: Sequence[tuple[str, str]],
    number_of_bodies: int,
    max_size: int = 5,
    time_limit_s: float = 60,
) -> tuple[plans.Partition, pd.DataFrame]:
    """England in `number_of_bodies` bodies of up to `max_size` members, whatever the ICS borders, most coterminous.

    Set partitioning over every connected set of up to five bodies; returns the solver's partition with its proof and
    the scored merged bodies.
    """
    codes = setting.bodies["body_code"].tolist()
    place = {code: number for number, code in enumerate(codes)}
    near: list[list[int]] = [[] for _ in codes]
    for first, second in pairs:
        near[place[first]].append(place[second])
        near[place[second]].append(place[first])
    found = plans.connected_sets_of_indices(near, max_size)
    members = np.zeros((len(found), len(codes)), dtype=bool)
    for row, group in enumerate(found):
        members[row, list(group)] = True
    value = _coterminosity(members.astype("float64"), setting)["people_in_whole_authorities"].astype("float64")
    partition = plans.best_partition(len(codes), found, value, number_of_bodies, time_limit_s=time_limit_s)
    return partition, score(setting, members[list(partition.sets)])


# --- tables for readers ---


def all_sets(all_ics: dict[str, IcsPlans]) -> pd.DataFrame:
    """The connected sets of every ICS in one frame, single bodies included."""
    return pd.concat([ics.sets for ics in all_ics.values()], ignore_index=True)


def with_total(counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` with England first and then the ICSs with most plans."""
    numbers = ["body_count", "connected_sets", "plan_count"]
    england = pd.DataFrame([{"ics_name": "England", **counts[numbers].sum(), "note": ""}])
    parts = counts.drop(columns="ics_code").sort_values("plan_count", ascending=False, kind="stable")
    return pd.concat([england, parts], ignore_index=True)


BOARD = [
    "rank",
    "bodies",
    "ics_name",
    "registered_population",
    "released_central_gbp",
    "released_share",
    "break_even_saving_gbp",
    "probability_whole_programme",
    "alignment_state",
    "disruption_people",
    "authorities_contained",
    "authorities_split",
]


def board_table(ranked: pd.DataFrame, draws: dict[str, np.ndarray], first: int = 50) -> pd.DataFrame:
    """The first candidates with the measures a board asks about; rank intervals are those of share released."""
    top = ranked.head(first)[BOARD]
    firm = rank_intervals(ranking(ranked.drop(columns="rank"), "released_share"), draws, first=len(ranked))
    firm = firm.set_index("bodies")[["rank_low", "rank_high", "top_ten_share"]]
    return top.join(firm, on="bodies")


def crossing(merged: pd.DataFrame) -> pd.DataFrame:
    """The merged bodies of a national plan that cross an ICS border, most people first."""
    columns = [
        "bodies",
        "body_count",
        "registered_population",
        "authorities_contained",
        "authorities_split",
        "coterminous_share",
    ]
    chosen = merged[merged["alignment_state"] == "crosses"]
    return chosen.sort_values("registered_population", ascending=False)[columns].reset_index(drop=True)


def real_mergers(
    tables: dict[str, pd.DataFrame], date: object, allowance_model: str, saving_target: float, draws: int, seed: int
) -> pd.DataFrame:
    """The bodies really formed on a date, scored on the footprint of the year before; `formed` is the new body's name."""
    before = pd.Timestamp(date) - pd.DateOffset(years=1)
    made = formed(tables["mergers"], date)
    own = prepare(tables, before, allowance_model, saving_target, draws, seed)
    return merged_bodies(own, list(made.values())).assign(formed=[short_name(name) for name in made])


def by_ics(all_ics: dict[str, IcsPlans], places: pd.DataFrame, chances: pd.DataFrame, definition: str) -> pd.DataFrame:
    """One line per ICS for the national page; `places` from `levers.places`, `chances` from `levers.probabilities`."""
    chance = chances[chances["reduction_definition"] == definition].set_index("ics_code")["probability"]
    place = places.set_index("ics_code")
    rows = [
        {
            "ics_name": ics.ics_name,
            "body_count": len(ics.codes),
            "plan_count": len(ics.plans),
            "registered_population": place.loc[code, "registered_population"],
            "gap_gbp": place.loc[code, "gap_gbp"],
            "released_central_gbp": ics.plans["released_central_gbp"].max(),
            "probability": chance[code],
            "coterminous_share": ics.plans["coterminous_share"].iloc[0],
            "coterminous_share_best": ics.plans["coterminous_share"].max(),
        }
        for code, ics in all_ics.items()
    ]
    return pd.DataFrame(rows)

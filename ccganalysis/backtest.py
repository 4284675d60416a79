"""Would the ranking have picked the mergers that happened? Scored on data dated before each decision, after the event.

For every 1 April on which mergers took effect, the bodies of the year before are ranked as on the day before: every
connected set and every plan of every ICS, by each single criterion and by naive baselines. What was then formed gets
its exact percentile. Whatever is chosen is chosen on the decisions up to April 2019; later ones are only reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import candidates, organisations, plans, running_costs
from . import levers as lever
from .wording import listed, short_name

DATES = tuple(pd.Timestamp(f"{year}-04-01") for year in (2018, 2019, 2020, 2021))
"""The decisions: mergers took effect on these days."""

LAST_CHOICE = pd.Timestamp("2019-04-01")
"""The last decision on which anything may be chosen (METHOD rule 13); those after it are reported once."""

IN_SAMPLE, HELD_OUT = "in sample", "held out"

OFFICERS_KNOWN = pd.Timestamp("2018-11-30")
DEPRIVATION_PUBLISHED = pd.Timestamp("2019-09-26")
NATIONAL_TOTAL_PUBLISHED = pd.Timestamp("2018-12-18")
"""When the evidence on officers, the indices of deprivation 2019 and the NAO's total of allowances came out."""

LARGEST_ACROSS = 5
"""Mergers across an ICS border are scored against the national connected sets of up to this many bodies."""

SAME = 9
"""Significant digits in which scores must agree to tie: sums in another order must not break ties."""


# --- what was known ---


def known_before(tables: Mapping[str, pd.DataFrame], date: object) -> dict[str, pd.DataFrame]:
    """The raw tables as they could be had on the day before a decision takes effect: rows dated after it are left out.

    Footprints, lists, links and the history of bodies are of the footprint one year before or older. Residents by age
    are of the newest mid-year published (ONS publishes small areas in the autumn of the year after); practices are
    those of the financial year before the footprint; deprivation, shared officers and the latest national total are
    there only once published. Small areas are counted, not their residents, as their boundaries are of 2011 and people
    are not.
    """
    day = pd.Timestamp(date)
    before = day - pd.DateOffset(years=1)

    def up_to(name: str, column: str = "as_at", last: pd.Timestamp = before) -> pd.DataFrame:
        return tables[name][tables[name][column] <= last]

    ages = tables["resident_population"]
    published = pd.to_datetime((ages["mid_year"] + 1).astype(str) + "-10-31")
    shared = tables["shared_leadership"]
    overlap = up_to("local_authority_overlap")
    changes = up_to("boundary_changes", "effective_date")
    register = up_to("body_register", "open_date")
    footprints = up_to("footprints")
    practices = up_to("practices", "date", before - pd.Timedelta(days=1)).query("source_id == 'PAY'")
    # Successors are wanted from the bodies on which practices were counted too, a year before the footprint.
    dates = pd.concat([footprints[["as_at"]], pd.DataFrame({"as_at": [before - pd.DateOffset(years=1)]})])
    return {
        "footprints": footprints,
        "registered_population": up_to("registered_population", "date"),
        "resident_population": ages[(ages["as_at"] <= before) & (published < day)],
        "practices": practices[practices["date"] == practices["date"].max()],
        "deprivation": up_to("deprivation") if day > DEPRIVATION_PUBLISHED else tables["deprivation"].iloc[:0],
        "centroids": up_to("centroids"),
        "links": up_to("links"),
        "authorities": up_to("authorities")
        .merge(
            overlap[["as_at", "body_code", "authority_code", "lsoa_count"]], on=["as_at", "body_code", "authority_code"]
        )
        .assign(residents=lambda frame: frame["lsoa_count"]),
        "shared_leadership": shared if day > OFFICERS_KNOWN else shared.iloc[:0],
        "successors": organisations.successors(
            register.assign(close_date=register["close_date"].where(register["close_date"] < before)),
            up_to("mergers", "effective_date"),
            changes.assign(residents_moved=changes["lsoas_moved"]),
            overlap.assign(residents=overlap["lsoa_count"]),
            dates,
        ),
        "allowance_2013_14": tables["allowance_2013_14"],
        "allowance_official": tables["allowance_official"],
        "national_running_costs": _national_known(tables["national_running_costs"], day),
        "water_links": tables["water_links"],
        "levers": tables["levers"],
    }


def _national_known(national: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The totals of allowances as known on a day: before the NAO's of December 2018, the one before is carried on."""
    totals = national[national["measure"].isin(["CCG running cost allowance total", "CCG running cost funding"])]
    if day > NATIONAL_TOTAL_PUBLISHED:
        return totals
    latest = totals["financial_year"] == "2018/19"
    carried = totals[~latest].sort_values("financial_year")["value"].iloc[-1]
    return totals.assign(value=totals["value"].where(~latest, carried))


def _bodies(known: Mapping[str, pd.DataFrame], before: pd.Timestamp) -> tuple[pd.DataFrame, list[str]]:
    """The footprint with what was known of each body, and the measures on which members can be compared.

    Centroids are of the area (those weighted by people rest on later counts), density is registered people per km².
    """
    frame = organisations.footprint(known["footprints"], before)

    def add(name: str, columns: list[str], rows: pd.DataFrame | None = None) -> None:
        nonlocal frame
        source = known[name] if rows is None else rows
        frame = frame.merge(source[["body_code", *columns]], on="body_code", how="left", validate="one_to_one")

    lists = known["registered_population"]
    lists = lists.assign(list_estimated=lists["basis"].str.contains("estimate"))
    add("registered_population", ["registered_population", "list_estimated"], lists[lists["date"] == before])
    places = known["centroids"][(known["centroids"]["as_at"] == before) & (known["centroids"]["body_type"] == "CCG")]
    add("centroids", ["area_km2", "easting", "northing"], places)
    frame = frame.rename(columns={"easting": "centroid_easting", "northing": "centroid_northing"})
    frame["density_per_km2"] = frame["registered_population"] / frame["area_km2"]

    counted = before - pd.DateOffset(years=1)
    carried = organisations.to_footprint(known["practices"], known["successors"], counted, before, ["practices"])
    add("practices", ["practices"], carried.reset_index())
    frame["list_size"] = frame["registered_population"] / frame["practices"]
    compared = ["density_per_km2", "list_size"]

    ages = known["resident_population"].dropna(subset="residents_age_0_4")
    ages = ages[ages["as_at"] == before]
    if len(ages):
        ages = ages[ages["mid_year"] == ages["mid_year"].max()]
        older = ages[["residents_age_65_74", "residents_age_75_84", "residents_age_85_plus"]].sum(axis=1)
        add("resident_population", ["aged_65_plus_share"], ages.assign(aged_65_plus_share=older / ages["residents"]))
        compared.append("aged_65_plus_share")
    deprived = known["deprivation"][known["deprivation"]["as_at"] == before]
    if len(deprived):
        add("deprivation", ["imd_average_score"], deprived)
        compared.append("imd_average_score")
    return frame, compared


MEASURES = {
    "density_per_km2": "density",
    "list_size": "list size",
    "aged_65_plus_share": "age",
    "imd_average_score": "deprivation",
}


def compared_on(decisions: Sequence[Decision]) -> pd.DataFrame:
    """What could be compared and whether shared officers were known before each decision: a table to show."""
    rows = []
    for decision in decisions:
        bodies = decision.setting.bodies
        measures = [MEASURES[name] for name in decision.compared]
        rows.append(
            {
                "effective_date": decision.date,
                "sample": decision.sample,
                "as_at": bodies["as_at"].iloc[0],
                "body_count": len(bodies),
                "estimated_lists": int(bodies["list_estimated"].sum()),
                "connected_sets": sum(len(ics.sets) for ics in decision.ics.values()),
                "plan_count": sum(len(ics.plans) for ics in decision.ics.values()),
                "compared_on": listed(measures),
                "officers_known": "yes" if bodies["officer"].nunique() < len(bodies) else "no",
            }
        )
    return pd.DataFrame(rows)


# --- the sets and plans of a decision, scored ---


@dataclass(frozen=True)
class Scope:
    """Merged bodies to choose from, scored: those of one ICS, or of England.

    `setting` covers the bodies of the scope; `members` is boolean (sets x bodies), two members or more each; `scores`
    has a row per set and a column per criterion or baseline, more being better.
    """

    setting: candidates.Setting
    members: np.ndarray
    scores: pd.DataFrame

    def place(self, row: np.ndarray) -> int | None:
        """Which of the sets has just these members."""
        found = np.flatnonzero((self.members == row).all(axis=1))
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class Decision:
    """One decision date with all that was known: the footprint before, and every ICS's sets and plans, scored."""

    date: pd.Timestamp
    setting: candidates.Setting
    neighbours: tuple[tuple[str, str], ...]
    ics: dict[str, candidates.IcsPlans]
    scopes: dict[str, Scope]
    plan_scores: dict[str, pd.DataFrame]
    compared: tuple[str, ...]

    @property
    def sample(self) -> str:
        """Whether anything may be chosen on this decision."""
        return IN_SAMPLE if self.date <= LAST_CHOICE else HELD_OUT


BASELINES = {
    "no_change": "no change",
    "one_per_ics": "one body per ICS",
    "random_plan": "random contiguous plan",
    "nearest_neighbour": "nearest neighbour",
    "smallest_first": "smallest first",
    "same_officer": "shared officer alone",
    "same_authority": "same upper-tier authority alone",
}
"""The naive rules beside which the criteria are shown, with their names for readers."""
CRITERIA = tuple(name for name in candidates.RANKINGS if name not in BASELINES)
SCORERS = (*CRITERIA, *BASELINES)

LABELS = {
    "released_share": "share of running cost released",
    "released": "£ released",
    "coterminosity": "coterminosity",
    "similarity": "similarity of members",
    "nearness": "nearness of members",
    "least_disruption": "least disruption",
    "shared_officer": "fewest officers per body",
    **BASELINES,
}
"""Every ranking in words."""


def decide(
    tables: Mapping[str, pd.DataFrame], date: object, allowance_model: str, water_links: str = "none"
) -> Decision:
    """Rank everything as on the day before a decision. Raises `InputError` for a date without a footprint before it."""
    day = pd.Timestamp(date)
    before = day - pd.DateOffset(years=1)
    known = known_before(tables, day)
    bodies, compared = _bodies(known, before)
    people = known["registered_population"].rename(columns={"date": "as_at"})[
        ["as_at", "body_code", "registered_population"]
    ]
    with_people = known["footprints"].merge(people, on=["as_at", "body_code"])
    baseline = running_costs.allowances({**known, "bodies": with_people}, before, allowance_model)
    officers = lever.officer_groups(known["shared_leadership"], known["successors"], bodies)
    # Neither the target nor the draws enter any ranking; the fewest draws keep the probabilities cheap.
    setting = candidates.setting(
        bodies.merge(baseline, on="body_code", validate="one_to_one"),
        officers,
        known["authorities"],
        known["levers"],
        saving_target=0.2,
        draws=2,
        seed=0,
        differences=compared,
    )
    pairs = organisations.neighbours(known["links"], before, water_links, known["water_links"])
    every = candidates.every_ics(setting, pairs)
    scopes, plan_scores = {}, {}
    for code, ics in every.items():
        own = setting.only(np.flatnonzero((setting.bodies["ics_code"] == code).to_numpy()))
        scopes[code], plan_scores[code] = _score_ics(own, ics)
    return Decision(day, setting, tuple(pairs), every, scopes, plan_scores, tuple(compared))


def _score_ics(own: candidates.Setting, ics: candidates.IcsPlans) -> tuple[Scope, pd.DataFrame]:
    members = plans.membership(ics.plan_set.sets, len(ics.codes))
    several = (ics.sets["body_count"] > 1).to_numpy()
    occurs = np.bincount(ics.plan_set.set_index, minlength=len(members)) / len(ics.plans)
    scores = score_sets(own, members[several], ics.sets[several], occurs[several])
    return Scope(own, members[several], scores), score_plans(own, members, ics)


def relations(setting: candidates.Setting) -> dict[str, np.ndarray]:
    """Which bodies belong together by a naive rule, as symmetric 0 and 1 matrices (bodies x bodies).

    `nearest_neighbour`: one is the other's nearest by centroid; `same_officer`: one accountable officer;
    `same_authority`: most small areas of both are in the same upper-tier authority.
    """
    number = len(setting.bodies)
    apart = setting.distance_km + np.diag(np.full(number, np.inf))
    nearest = np.zeros((number, number))
    if number > 1:
        nearest[np.arange(number), apart.argmin(axis=1)] = 1
    officer = setting.bodies["officer"].to_numpy()
    authority = setting.authority_residents.argmax(axis=1)
    found = {
        "nearest_neighbour": np.maximum(nearest, nearest.T),
        "same_officer": (officer[:, None] == officer[None, :]).astype("float64"),
        "same_authority": (authority[:, None] == authority[None, :]).astype("float64"),
    }
    for matrix in found.values():
        np.fill_diagonal(matrix, 0)
    return found


def _within(members: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The sum of a symmetric matrix over all ordered pairs of each set's members."""
    weights = members.astype("float64")
    return ((weights @ matrix) * weights).sum(axis=1)


def score_sets(
    setting: candidates.Setting, members: np.ndarray, sets: pd.DataFrame, occurs: np.ndarray
) -> pd.DataFrame:
    """Every criterion and baseline of every merged body, more being better: one column each of `SCORERS`.

    `sets` is `candidates.score` of `members`; `occurs` the share of all plans in which each set is a body (what a
    random contiguous plan would form). Relations score by the share of pairs of members that they join, one body per
    ICS by the number of bodies, smallest first by fewest people per member; no change scores all alike.
    """
    count = sets["body_count"].to_numpy("float64")
    related = relations(setting)
    sets = candidates.per_body(sets)
    columns = {name: _criterion(sets, name) for name in CRITERIA}
    columns |= {
        "no_change": np.zeros(len(sets)),
        "one_per_ics": count,
        "random_plan": occurs,
        "smallest_first": _criterion(sets, "smallest_first"),
        **{name: _within(members, matrix) / (count * (count - 1)) for name, matrix in related.items()},
    }
    return rounded(pd.DataFrame(columns)[list(SCORERS)])


def _criterion(sets: pd.DataFrame, name: str) -> np.ndarray:
    column, more = candidates.RANKINGS[name]
    values = sets[column].to_numpy("float64")
    return values if more else -values


def score_plans(setting: candidates.Setting, members: np.ndarray, ics: candidates.IcsPlans) -> pd.DataFrame:
    """Every criterion and baseline of every plan of an ICS, more being better: one column each of `SCORERS`.

    Pounds and people are summed over the plan's bodies; difference, distance and officers per body are means over the
    bodies there were before, one left alone counting as itself. Relations score by agreement: pairs together that they
    join and pairs apart that they do not. Smallest first is by the people of the plan's smallest body.
    """
    sets, plan_set = candidates.per_body(ics.sets), ics.plan_set
    count = sets["body_count"].to_numpy("float64")

    def mean(column: np.ndarray) -> np.ndarray:
        return plan_set.sum(count * column) / len(ics.codes)

    columns: dict[str, np.ndarray] = {
        "released_share": ics.plans["released_share"].to_numpy("float64"),
        "released": ics.plans["released_central_gbp"].to_numpy("float64"),
        "coterminosity": ics.plans["people_in_whole_authorities"].to_numpy("float64"),
        "least_disruption": -ics.plans["disruption_people"].to_numpy("float64"),
        "no_change": (ics.plans["bodies_removed"] == 0).to_numpy("float64"),
        "one_per_ics": ics.plans["bodies_removed"].to_numpy("float64"),
        "random_plan": np.zeros(len(ics.plans)),
        "smallest_first": ics.plans["smallest_body_people"].to_numpy("float64"),
    }
    columns |= {name: mean(_criterion(sets, name)) for name in CRITERIA if name not in columns}
    for name, matrix in relations(setting).items():
        columns[name] = plan_set.sum(_within(members, matrix - (1 - matrix)) + count)  # the diagonal is no pair
    return rounded(pd.DataFrame(columns)[list(SCORERS)])


def rounded(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores to `SAME` significant digits, so that what is equal but for rounding ties."""
    values = scores.to_numpy("float64")
    with np.errstate(divide="ignore"):
        size = np.where(values == 0, 0, np.floor(np.log10(np.abs(values))))
    scale = 10.0 ** (SAME - 1 - size)
    return pd.DataFrame(np.round(values * scale) / scale, columns=scores.columns)


def national_scope(decision: Decision, with_members: Sequence[Sequence[str]]) -> Scope:
    """Every connected set of two to five bodies in England, whatever the ICS, for mergers that cross a border.

    `with_members` are the mergers to be scored there: the largest sets allowed grow with them.
    """
    codes = decision.setting.bodies["body_code"].tolist()
    largest = max([LARGEST_ACROSS, *map(len, with_members)])
    near = plans.neighbour_lists(codes, decision.neighbours)
    found = [group for group in plans.connected_sets_of_indices(near, largest) if len(group) > 1]
    members = np.zeros((len(found), len(codes)), dtype=bool)
    for row, group in enumerate(found):
        members[row, list(group)] = True
    sets = candidates.score(decision.setting, members)
    # Random plans of England cannot be listed, so that baseline ties all sets here.
    return Scope(decision.setting, members, score_sets(decision.setting, members, sets, np.zeros(len(sets))))


# --- percentiles ---


def percentile(value: float, others: np.ndarray) -> float:
    """The share of the others that a score beats, ties counting half; not a number where there are no others."""
    if len(others) == 0:
        return float("nan")
    return float(((others < value).sum() + 0.5 * (others == value).sum()) / len(others))


def placed(scores: pd.DataFrame, place: int) -> dict[str, float]:
    """The percentile of one row among all other rows, by each column."""
    own, others = scores.iloc[place], scores.drop(index=scores.index[place])
    return {name: percentile(own[name], others[name].to_numpy()) for name in scores}


def merged_percentiles(decision: Decision, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Where merged bodies (name to members' codes) stand among all connected sets of two bodies or more.

    Within an ICS the others are the sets of that ICS; across a border all national ones of up to five bodies. A group
    that is not connected is compared with all of them. One row each: `effective_date`, `formed`, `body_codes`,
    `members`, `ics_code`, `ics_name`, `ics_count` (more than one: a border crossed), `body_count`, `connected`,
    `rivals`, `sample` and a percentile by each of `SCORERS`.
    """
    bodies = decision.setting.bodies.set_index("body_code")
    crossing = [list(group) for group in groups.values() if bodies.loc[list(group), "ics_code"].nunique() > 1]
    national = national_scope(decision, crossing) if crossing else None
    rows = []
    for name, group in groups.items():
        own = bodies.loc[list(group)]
        largest = own.sort_values("registered_population").iloc[-1]
        scope = national if own["ics_code"].nunique() > 1 else decision.scopes[largest["ics_code"]]
        row = scope.setting.bodies["body_code"].isin(group).to_numpy()
        place = scope.place(row)
        if place is None:
            sets = candidates.score(scope.setting, row[None, :])
            alone = score_sets(scope.setting, row[None, :], sets, np.zeros(1))
            scores = pd.concat([scope.scores, alone], ignore_index=True)
            place = len(scores) - 1
        else:
            scores = scope.scores
        rows.append(
            {
                "effective_date": decision.date,
                "formed": short_name(name),
                "body_codes": " ".join(group),
                "members": "; ".join(short_name(member) for member in own["body_name"]),
                "ics_code": largest["ics_code"],
                "ics_name": largest["ics_name"],
                "body_count": len(group),
                "ics_count": own["ics_code"].nunique(),
                "connected": "yes" if scope.place(row) is not None else "no",
                "rivals": len(scores) - 1,
                "sample": decision.sample,
                **placed(scores, place),
            }
        )
    return pd.DataFrame(rows)


def plan_percentiles(decision: Decision, successors: pd.DataFrame) -> pd.DataFrame:
    """Where the plan carried out in each ICS stands among all its plans, for ICSs with more than one plan.

    `successors` tells what happened. Columns `effective_date`, `ics_code`, `ics_name`, `rivals`, `changed`, `sample`
    and a percentile by each of `SCORERS`; missing where what happened is no plan of the ICS (a border crossed).
    """
    outcome = candidates.what_happened(decision.setting.bodies, successors, decision.date)
    rows = []
    for code, ics in decision.ics.items():
        if len(ics.plans) == 1:
            continue
        plan = candidates.real_plan(ics, outcome)
        scores = decision.plan_scores[code]
        found = dict.fromkeys(scores, float("nan")) if plan is None else placed(scores, plan)
        changed = "no plan" if plan is None else "yes" if plan else "no"
        rows.append(
            {
                "effective_date": decision.date,
                "ics_code": code,
                "ics_name": ics.ics_name,
                "rivals": len(scores) - 1,
                "changed": changed,
                "sample": decision.sample,
                **found,
            }
        )
    return pd.DataFrame(rows)


def attempts(decision: Decision, merger_attempts: pd.DataFrame) -> pd.DataFrame:
    """The mergers planned for a date that were refused, voted down or paused, placed as `merged_percentiles` does.

    Adds `event` and `outcome` as reported.
    """
    mine = merger_attempts[merger_attempts.apply(planned_for, axis=1) == decision.date].reset_index(drop=True)
    if mine.empty:
        return pd.DataFrame()
    groups = {row.areas: row.body_codes.split() for row in mine.itertuples()}
    found = merged_percentiles(decision, groups)
    return found.assign(event=mine["event"], outcome=mine["outcome"])


def planned_for(attempt: pd.Series) -> pd.Timestamp:
    """The 1 April an attempt aimed at: the one its event names, else the first after the year or month it was made."""
    named = re.search(r"April (\d{4})", attempt["event"])
    if named:
        return pd.Timestamp(f"{named[1]}-04-01")
    made = attempt["attempted"].split("/")[-1]
    day = pd.Timestamp(made) if "-" in made else pd.Timestamp(f"{made}-12-31")
    return pd.Timestamp(f"{day.year + (day.month > 3)}-04-01")


# --- pairs ---


def pairs(decision: Decision, successors: pd.DataFrame) -> pd.DataFrame:
    """All neighbouring pairs inside an ICS with each score, and whether they were in one body after the decision.

    Columns `effective_date`, `sample`, `ics_code`, `ics_name`, `body_code_a`, `body_code_b`, `together`, and `SCORERS`:
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
        ics = decision.ics[code]
        frame = scope.scores[two].reset_index(drop=True).assign(random_plan=_together_at_random(ics, ends))
        ends_now = outcome.to_numpy()[outcome.index.get_indexer(codes.ravel())].reshape(codes.shape)
        frames.append(
            frame.assign(
                effective_date=decision.date,
                sample=decision.sample,
                ics_code=code,
                ics_name=ics.ics_name,
                body_code_a=codes[:, 0],
                body_code_b=codes[:, 1],
                together=ends_now[:, 0] == ends_now[:, 1],
            )
        )
    first = ["effective_date", "sample", "ics_code", "ics_name", "body_code_a", "body_code_b", "together"]
    return pd.concat(frames, ignore_index=True)[[*first, *SCORERS]]


def _together_at_random(ics: candidates.IcsPlans, ends: np.ndarray) -> np.ndarray:
    """The share of all plans of an ICS that put each pair of bodies (positions) in one body: exact."""
    occurs = np.bincount(ics.plan_set.set_index, minlength=len(ics.sets)) / len(ics.plans)
    members = plans.membership(ics.plan_set.sets, len(ics.codes)).astype("float64")
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
        return (gained * precision).sum(axis=1) / hits[:, -1]


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


def _interval(values: np.ndarray) -> tuple[float, float]:
    """The 95% interval of bootstrap values, leaving out resamples in which there was nothing to compare."""
    kept = values[np.isfinite(values)]
    return tuple(np.percentile(kept, INTERVAL)) if len(kept) else (float("nan"), float("nan"))


def pair_table(frame: pd.DataFrame, scorers: Sequence[str], resamples: int, seed: int) -> pd.DataFrame:
    """ROC area and average precision of each scorer on some pairs, with 95% bootstrap intervals clustered by ICS.

    One row per scorer: `ranked_by`, `pair_count`, `together_share` (the precision of joining all), `roc_area`,
    `roc_area_low`, `roc_area_high`, `average_precision`, `..._low`, `..._high`.
    """
    names, group = np.unique(frame["ics_code"].to_numpy(dtype=str), return_inverse=True)
    drawn = resampled(len(names), resamples, seed)
    together = frame["together"].to_numpy(dtype=bool)
    rows = []
    for name in scorers:
        score = frame[name].to_numpy("float64")
        won, made = _wins(together, score, group, len(names))
        with np.errstate(invalid="ignore", divide="ignore"):
            areas = ((drawn @ won) * drawn).sum(axis=1) / ((drawn @ made) * drawn).sum(axis=1)
        precisions = average_precision(together, score, drawn[:, group])
        low, high = _interval(areas)
        low_precision, high_precision = _interval(precisions)
        rows.append(
            (
                name,
                len(frame),
                together.mean(),
                won.sum() / made.sum(),
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
    names, group = np.unique(frame["ics_code"].to_numpy(dtype=str), return_inverse=True)
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
        return wanted / (wanted + fewest)


# --- summary and choice ---


def summary(merged: pd.DataFrame, carried_out: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Mean percentiles of the bodies formed and of the plans carried out, by scorer and sample, with 95% intervals.

    `merged` as `merged_percentiles` of all dates, `carried_out` as `plan_percentiles`. Bodies that had no rival (the
    only connected set of their ICS) say nothing and are left out. Bootstrap by ICS. One row per scorer and sample:
    `ranked_by`, `role`, `sample`, `formed_count`, `set_percentile` (and `_low`, `_high`), `plan_count`,
    `plan_percentile` (all ICSs with a choice) and `changed_plan_percentile` (those that changed).
    """
    rows = []
    for sample in (IN_SAMPLE, HELD_OUT):
        formed = merged[(merged["sample"] == sample) & (merged["rivals"] > 0)]
        real = carried_out[(carried_out["sample"] == sample) & (carried_out["changed"] != "no plan")]
        names, group = np.unique(formed["ics_code"].to_numpy(dtype=str), return_inverse=True)
        drawn = resampled(len(names), resamples, seed)[:, group]
        for name in SCORERS:
            values = formed[name].to_numpy("float64")
            with np.errstate(invalid="ignore", divide="ignore"):
                low, high = _interval((drawn @ values) / drawn.sum(axis=1))
            rows.append(
                {
                    "ranked_by": name,
                    "role": "criterion" if name in CRITERIA else "baseline",
                    "sample": sample,
                    "formed_count": len(formed),
                    "set_percentile": values.mean(),
                    "set_percentile_low": low,
                    "set_percentile_high": high,
                    "plan_count": len(real),
                    "plan_percentile": real[name].mean(),
                    "changed_plan_percentile": real.loc[real["changed"] == "yes", name].mean(),
                }
            )
    return pd.DataFrame(rows)


def chosen(table: pd.DataFrame) -> str:
    """The ranking that the protocol supports: highest mean percentile of the bodies formed by April 2019.

    Criteria and baselines compete alike, and nothing later is looked at. Ties go to the first of `SCORERS`.
    """
    seen = table[table["sample"] == IN_SAMPLE].set_index("ranked_by")["set_percentile"]
    return max(SCORERS, key=lambda name: seen[name])


# --- calibration ---


def calibration(frame: pd.DataFrame, by: str, bands: int = 5) -> pd.DataFrame:
    """A forecast made from the ranking, against what came: how often pairs came together, by fifths of the score.

    Bands are cut and forecasts made on the pairs up to April 2019: the forecast of a band is the share of its pairs
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


# --- hits and misses ---

TOP = 0.75
"""A merger ranked above this share of its rivals counts as a hit on the map."""

HIT, MISS = "Merged, ranked in the top quarter", "Merged, ranked lower"
ONLY = "Merged, the only way there was"
PLANNED, STAYED = "Planned, not completed", "Not merged"


def hits(results: Results, by: str, successors: pd.DataFrame) -> pd.Series:
    """What became of each body of the footprint before the held-out decisions, by `body_code`.

    Later decisions overwrite earlier ones, completed mergers plans that were not.
    """
    held = [decision for decision in results.decisions if decision.sample == HELD_OUT]
    start = held[0].setting.bodies["as_at"].iloc[0]
    found = pd.Series(STAYED, index=pd.Index(held[0].setting.bodies["body_code"], name="body_code"))
    for rows, category in ((results.attempted, _planned), (results.merged, _ranked(by))):
        for decision in held:
            now = organisations.main_successor(successors, start, decision.setting.bodies["as_at"].iloc[0])
            for row in rows[rows["effective_date"] == decision.date].to_dict("records"):
                found[now.index[now.isin(row["body_codes"].split())]] = category(row)
    return found


def _planned(_: Mapping[str, object]) -> str:
    return PLANNED


def _ranked(by: str) -> Callable[[Mapping[str, object]], str]:
    def category(row: Mapping[str, object]) -> str:
        return ONLY if row["rivals"] == 0 else HIT if row[by] >= TOP else MISS

    return category


def misses(results: Results, by: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The held-out mergers ranked below the middle, and the plans ranked above it that were not completed: worst first.

    `effective_date`, `merger`, `happened`, `percentile` and `not_seen`: what is on record that the ranking could not
    know or does not look at.
    """
    formed, tried = (frame[frame["sample"] == HELD_OUT] for frame in (results.merged, results.attempted))
    rows = []
    for row in formed[formed[by] < 0.5].to_dict("records"):
        rows.append(
            (
                row["effective_date"],
                row["formed"],
                "formed, ranked low",
                row[by],
                0.5 - row[by],
                _not_seen(row, results, by, tables),
            )
        )
    for row in tried[tried[by] > 0.5].to_dict("records"):
        reason = f"{row['event']}; {row['outcome']}"
        rows.append(
            (
                row["effective_date"],
                row["formed"],
                "planned and ranked high, not completed",
                row[by],
                row[by] - 0.5,
                reason,
            )
        )
    frame = pd.DataFrame(rows, columns=["effective_date", "merger", "happened", "percentile", "off", "not_seen"])
    return frame.sort_values("off", ascending=False, kind="stable").drop(columns="off").reset_index(drop=True)


def _not_seen(row: Mapping[str, object], results: Results, by: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """What is on record about a merger that the ranking could not know or does not look at, in words."""
    members = set(row["body_codes"].split())
    found = []
    if row["ics_count"] > 1:
        found.append(f"joined bodies of {row['ics_count']} ICSs, whose borders then moved")
    shared = tables["shared_leadership"]
    for _, group in shared[~shared["sharing"].isin(["sourced", "probable"])].groupby("group_code"):
        if members <= set(group["body_code"]):
            found.append(f"its members came under one officer after the evidence ends ({group['shared_from'].iloc[0]})")
    same_day = results.merged[
        (results.merged["effective_date"] == row["effective_date"]) & (results.merged["ics_code"] == row["ics_code"])
    ]
    if len(same_day) > 1:
        found.append(f"one of {len(same_day)} bodies formed in its ICS that day, where one body was the policy")
    for attempt in tables["merger_attempts"].itertuples():
        if members == set(attempt.body_codes.split()):
            found.append(f"{attempt.event}; {attempt.outcome}")
    other = [LABELS[name] for name in ("coterminosity", "shared_officer") if name != by and row[name] >= 0.9]
    if other:
        found.append(f"among the first tenth by {listed(other)}, which this ranking does not use")
    return "; ".join(found) or "nothing on record"


# --- all of it ---


@dataclass(frozen=True)
class Results:
    """The whole back-test; see the functions of the same names."""

    decisions: tuple[Decision, ...]
    merged: pd.DataFrame
    carried_out: pd.DataFrame
    attempted: pd.DataFrame
    pairs: pd.DataFrame
    summary: pd.DataFrame


def run(
    tables: Mapping[str, pd.DataFrame],
    allowance_model: str,
    water_links: str,
    resamples: int,
    seed: int,
    decisions: Sequence[Decision] | None = None,
) -> Results:
    """Every decision scored against what happened. `decisions` are made (`decide`) unless given."""
    if decisions is None:
        decisions = [decide(tables, date, allowance_model, water_links) for date in DATES]
    merged, carried_out, attempted, pair_frames = [], [], [], []
    for decision in decisions:
        merged.append(merged_percentiles(decision, candidates.formed(tables["mergers"], decision.date)))
        carried_out.append(plan_percentiles(decision, tables["successors"]))
        attempted.append(attempts(decision, tables["merger_attempts"]))
        pair_frames.append(pairs(decision, tables["successors"]))
    joined = [pd.concat(frames, ignore_index=True) for frames in (merged, carried_out, attempted, pair_frames)]
    return Results(tuple(decisions), *joined, summary(joined[0], joined[1], resamples, seed))


# --- tables for readers ---


def percentiles_table(frame: pd.DataFrame, first: Sequence[str], scorers: Sequence[str] = SCORERS) -> pd.DataFrame:
    """Some columns of a table of percentiles, then the percentiles under names of their own."""
    return frame[[*first, *scorers]].rename(columns={name: f"{name}_percentile" for name in scorers})


def scores_table(pair_frame: pd.DataFrame) -> pd.DataFrame:
    """Every pair with its scores under names of their own."""
    frame = pair_frame.rename(columns={name: f"{name}_score" for name in SCORERS})
    return frame.assign(together=frame["together"].map({True: "yes", False: "no"}))


def comparison(results: Results) -> pd.DataFrame:
    """All rankings side by side: percentiles of bodies and plans, in sample and held out, best held out first."""
    seen, held = (
        results.summary[results.summary["sample"] == sample].set_index("ranked_by") for sample in (IN_SAMPLE, HELD_OUT)
    )
    table = held[
        [
            "role",
            "set_percentile",
            "set_percentile_low",
            "set_percentile_high",
            "plan_percentile",
            "changed_plan_percentile",
        ]
    ].copy()
    table.insert(1, "set_percentile_in_sample", seen["set_percentile"])
    table.insert(5, "plan_percentile_in_sample", seen["plan_percentile"])
    table = table.sort_values("set_percentile", ascending=False, kind="stable").reset_index()
    return table.assign(ranked_by=table["ranked_by"].map(LABELS))


def pairs_comparison(results: Results, resamples: int, seed: int) -> pd.DataFrame:
    """`pair_table` of the held-out pairs with the ROC area in sample beside it, best held out first."""
    seen, held = (
        pair_table(results.pairs[results.pairs["sample"] == sample], SCORERS, resamples, seed)
        for sample in (IN_SAMPLE, HELD_OUT)
    )
    held.insert(1, "roc_area_in_sample", seen["roc_area"])
    return held.sort_values("roc_area", ascending=False, kind="stable", ignore_index=True)

"""Merged bodies scored: every measure of every one, from what is known of its members.

Scores are arrays over bit sets, so that 77,083 plans take a fraction of a second. A merged body may also be given by
name (`merged_bodies`), connected or not, within an area or across its border: real mergers are scored the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...data import organisations
from ...data.eras import Era
from ...data.tables import Day, Tables
from ...errors import InputError, unknown
from ...wording import short_name
from .. import borders as border
from .. import levers as lever
from .. import place, running_costs
from ..coterminosity import fit
from ..remembered import remembered

DIFFERENCES = ("imd_average_score", "aged_65_plus_share", "density_per_km2", "list_size")
"""What members of a merged body are compared on; density by its logarithm, as it spans three orders of magnitude."""


@dataclass(frozen=True)
class Setting:
    """What merged bodies of one footprint are scored with.

    `bodies`: one row per body (a footprint with baseline, see `setting`), in a fixed order. `authority_residents`:
    residents (bodies x upper-tier authorities), `authority_total`: residents of each authority in England; `borders`,
    what else the era asks of borders and size, None where nothing.
    """

    bodies: pd.DataFrame
    authority_residents: np.ndarray
    authority_total: np.ndarray
    distance_km: np.ndarray
    difference: np.ndarray
    levers: pd.DataFrame
    draws: dict[str, np.ndarray]
    saving_target: float
    borders: border.Borders | None = None

    def of(self, codes: Sequence[str]) -> Setting:
        """The same setting for some of the bodies, by code, in the order given."""
        return self.only(pd.Index(self.bodies["body_code"]).get_indexer(list(codes)))

    def only(self, places: np.ndarray) -> Setting:
        """The same setting for some of the bodies (positions), such as those of one area."""
        return Setting(
            self.bodies.iloc[places].reset_index(drop=True),
            self.authority_residents[places],
            self.authority_total,
            self.distance_km[np.ix_(places, places)],
            self.difference[np.ix_(places, places)],
            self.levers,
            self.draws,
            self.saving_target,
            self.borders and self.borders.only(places),
        )


def setting(
    bodies: pd.DataFrame,
    officers: pd.Series,
    authorities: pd.DataFrame,
    levers: pd.DataFrame,
    saving_target: float,
    draws: int,
    seed: int,
    differences: Sequence[str] = DIFFERENCES,
    borders: border.Borders | None = None,
) -> Setting:
    """Everything that scores a merger on one footprint.

    `bodies` is one footprint with the baseline of each (`running_costs.allowances`), `officers` from `levers.officer_groups`, `authorities` the processed table.
    Members are compared on `differences`, standardised: mean 0, deviation 1 over England. `borders` are in the order of `bodies`.
    """
    bodies = bodies.assign(officer=bodies["body_code"].map(officers).to_numpy()).reset_index(drop=True)
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
        borders,
    )


def prepare(
    tables: Tables, as_at: Day, allowance_model: str, saving_target: float, draws: int, seed: int, era: Era
) -> Setting:
    """`setting` of a footprint from the processed tables (`ingest.Tables`): baseline, officers, authorities, levers, borders."""
    return remembered(_prepared, tables, as_at, allowance_model, saving_target, draws, seed, era)


def _prepared(
    tables: Tables, as_at: Day, allowance_model: str, saving_target: float, draws: int, seed: int, era: Era
) -> Setting:
    bodies = organisations.footprint(tables["bodies"], as_at)
    baseline = running_costs.allowances(tables, as_at, allowance_model, era)
    bodies = organisations.beside(bodies, baseline, "allowance")
    officers = lever.officer_groups(tables["shared_leadership"], tables["successors"], bodies, era.leadership)
    asked = border.of_footprint(tables, bodies, era)
    return setting(bodies, officers, tables["authorities"], tables["levers"], saving_target, draws, seed, borders=asked)


def _distances(points: np.ndarray) -> np.ndarray:
    apart: np.ndarray = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    return apart


def score(setting: Setting, members: np.ndarray) -> pd.DataFrame:
    """Every measure of every merged body: one row per row of `members`, a boolean array (sets x bodies of `setting`).

    Columns, with units in their names: codes and names, `body_count`, `bodies_removed`, `officer_count`, people,
    baseline, released at low, central and high, share of running cost released, break-even saving, P(20% test met) at
    the prices quoted for mergers alone, the area state, residents, upper-tier authorities contained and split with the
    residents in whole ones (see `coterminosity`), disruption (people registered in members other than the largest),
    difference and distance of members, practices and area; `officer_share` and `authority_share` (of the pairs of members,
    those under one officer and those mainly in one upper-tier authority), and `place_index`, the mean of these two and of
    `coterminous_share`; and, where the era asks for more, what `borders.of_sets` measures.
    """
    bodies = setting.bodies
    members = np.asarray(members, dtype=bool)
    weights = members.astype("float64")

    def total(column: str) -> np.ndarray:
        summed: np.ndarray = weights @ bodies[column].to_numpy("float64")
        return summed

    count = members.sum(axis=1)
    officers = _distinct(members, bodies["officer"])
    people, baseline = total("registered_population"), total("baseline_gbp")
    largest = np.where(members, bodies["registered_population"].to_numpy(), 0).max(axis=1)
    frame = pd.DataFrame(
        {
            "body_codes": _joined(members, bodies["body_code"].tolist(), " "),
            "bodies": _joined(members, [short_name(name) for name in bodies["body_name"]], "; "),
            "area_code": _main_area(members, bodies, "area_code"),
            "area_name": _main_area(members, bodies, "area_name"),
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
    chance, error = _chance(count, officers, needed, setting.draws)
    frame["probability_merger_alone"], frame["probability_merger_alone_error"] = chance, error
    frame["alignment_state"] = _state(members, bodies["area_code"])
    frame["disruption_people"] = (people - largest).round().astype("int64")
    found = fit(members, setting.authority_residents, setting.authority_total)
    frame["residents"] = found.residents
    frame["authorities_contained"], frame["authorities_split"] = found.whole, found.split
    frame["people_in_whole_authorities"], frame["coterminous_share"] = found.people_in_whole, found.share_in_whole
    frame["officer_share"] = place.pair_share(members, place.same_officer(setting))
    frame["authority_share"] = place.pair_share(members, place.same_authority(setting))
    parts = frame[["officer_share", "authority_share", "coterminous_share"]]
    frame["place_index"] = parts.mean(axis=1, skipna=False).round(9)
    pair_count = np.maximum(count * (count - 1), 1)
    frame["difference"] = ((weights @ setting.difference) * weights).sum(axis=1) / pair_count
    frame["farthest_km"] = _farthest(members, setting.distance_km)
    frame["practices"] = total("practices").round().astype("int64")
    frame["area_km2"] = total("area_km2")
    if setting.borders is not None:
        more = border.of_sets(setting.borders, members, frame["registered_population"].to_numpy())
        frame = pd.concat([frame, more], axis=1)
    return frame


def _chance(
    count: np.ndarray, officers: np.ndarray, needed: np.ndarray, draws: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """P(released >= needed) and its standard error, in percentage points.

    Released is (separate + sharing x (1 - h)) x s; only the pairs (separate, sharing) that occur are evaluated, and the
    draws of each pair sorted once, so the cost does not grow with draws x sets.
    """
    sharing, separate = lever.bodies_removed(count, officers)
    saving = draws["saving_per_body_removed_gbp"][:, 0]
    met = np.empty(len(count))
    pairs, which = np.unique(np.column_stack([separate, sharing]), axis=0, return_inverse=True)
    for row, (apart, shared) in enumerate(pairs):
        released = saving * (apart + shared * (1 - draws["share_already_harvested"][:, 0]))
        mine = which.ravel() == row
        met[mine] = 1 - np.searchsorted(np.sort(released), needed[mine], side="left") / len(released)
    met[count == 1] = 0.0
    return met, 100 * np.sqrt(met * (1 - met) / len(saving))


def _distinct(members: np.ndarray, labels: pd.Series) -> np.ndarray:
    codes, names = pd.factorize(labels)
    present = np.zeros((len(members), len(names)), dtype=bool)
    for body, code in enumerate(codes):
        present[:, code] |= members[:, body]
    number: np.ndarray = present.sum(axis=1)
    return number


def _joined(members: np.ndarray, names: list[str], by: str) -> list[str]:
    places = members.nonzero()[1].tolist()
    ends = np.cumsum(members.sum(axis=1)).tolist()
    return [by.join([names[place] for place in places[at:end]]) for at, end in zip([0, *ends], ends, strict=False)]


def _main_area(members: np.ndarray, bodies: pd.DataFrame, column: str) -> np.ndarray:
    """The area with most of each set's people."""
    codes, names = pd.factorize(bodies["area_code"])
    people = np.zeros((len(bodies), len(names)))
    people[np.arange(len(bodies)), codes] = bodies["registered_population"]
    main = (members.astype("float64") @ people).argmax(axis=1)
    found: np.ndarray = bodies.drop_duplicates("area_code")[column].to_numpy()[main]
    return found


def _state(members: np.ndarray, area: pd.Series) -> np.ndarray:
    """equals, within or crosses, by the area of each member."""
    codes, names = pd.factorize(area)
    bodies_in = np.bincount(codes, minlength=len(names))
    counts = np.zeros((len(members), len(names)), dtype=int)
    for body, code in enumerate(codes):
        counts[:, code] += members[:, body]
    spread = (counts > 0).sum(axis=1)
    whole = (counts == bodies_in).any(axis=1)
    return np.select([spread > 1, whole], ["crosses", "equals"], "within")


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

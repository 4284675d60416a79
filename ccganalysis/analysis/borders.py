"""Do bodies keep to what their era asks of borders and size? Strategic authorities, acute trusts, patients and people.

What is asked is declared with the era (`eras.Borders`); upper-tier authorities, which every era has, are in `coterminosity`.

Patients are emergency admissions by the patients' body and that of the trust, **modelled** from trusts' catchments on the
bodies of one footprint. Where such a body was divided later, its people go to its heirs by residents; so do those of its
trusts' patients who come from elsewhere, while its own stay in their part, as hospitals are near those who use them. Nothing
held says in which part a trust is, so acute trusts are counted at least and at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..data import eras, organisations
from ..data.tables import Tables
from ..wording import short_name
from .coterminosity import fit, shares

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
Total = Callable[[NDArray[Any]], Any]

OF_BODIES = (
    "authorities_split",
    "strategic_contained",
    "strategic_split",
    "acute_trusts_least",
    "acute_trusts_most",
    "treated_inside_share",
    "meets_floor",
    "meets_guideline",
)
"""What is told of a merged or single body, in tables: columns of `candidates.score`."""

OF_PLANS = (
    "councils_divided",
    "strategic_divided",
    "single_trust_count",
    "treated_inside_share",
    "under_floor_count",
    "under_guideline_count",
)
"""What is told of a plan, in tables: columns of `AreaPlans.plans`."""


@dataclass(frozen=True)
class Borders:
    """What the bodies of a footprint are measured with, in their order, and what is asked of them.

    strategic        residents by strategic authority (bodies x authorities); `strategic_total`, of each in England
    main_authority   of the kind of authority by which bodies belong together the one with most of a body's residents, by
                     number; a number of the body's own where most live in none
    admissions       emergency admissions of the body's patients, wherever they were treated
    flows            those treated by trusts of each body (bodies x bodies)
    had_part         whether part of each body that trusts are counted on went to the body (bodies x origins)
    part_count       into how many parts each origin went, in England
    trust_count      acute trusts of each origin
    mean_people      registered people of the mean body of the footprint
    """

    asked: eras.Borders
    strategic: Floats
    strategic_total: Floats
    main_authority: Integers
    admissions: Floats
    flows: Floats
    had_part: Flags
    part_count: Integers
    trust_count: Integers
    mean_people: float

    def only(self, places: np.ndarray) -> Borders:
        """The same for some of the bodies (positions)."""
        return replace(
            self,
            strategic=self.strategic[places],
            main_authority=self.main_authority[places],
            admissions=self.admissions[places],
            flows=self.flows[np.ix_(places, places)],
            had_part=self.had_part[places],
        )


def of_footprint(tables: Tables, bodies: pd.DataFrame, era: eras.Era) -> Borders | None:
    """What one footprint's bodies are measured with, in their order; None where their era asks for nothing here."""
    if era.borders is None:
        return None
    asked, as_at = era.borders, bodies["as_at"].iloc[0]
    codes = pd.Index(bodies["body_code"])
    here = organisations.on_date(tables["authorities"], as_at)
    strategic_of = tables["strategic_authorities"].set_index("authority_code")["strategic_name"]
    here = here.assign(strategic_name=here["authority_code"].map(strategic_of))
    everyone = here.groupby("body_code")["residents"].sum().reindex(codes).to_numpy("float64")
    strategic = _residents(here, "strategic_name", codes)
    main = strategic if asked.authority == "strategic" else _residents(here, "upper_tier_code", codes)

    origin = pd.Timestamp(asked.patients_footprint)
    went = organisations.followed(tables["successors"], origin, as_at)
    origins = pd.Index(went["body_code"].unique())
    share = _matrix(went, "body_code", "successor_code", "share_of_people_to_successor", origins, codes)
    treated = _matrix(tables["patient_flows"], "icb_code", "host_icb_code", "emergency_admissions", origins, origins)
    return Borders(
        asked,
        strategic,
        strategic.sum(axis=0),
        _main(main, everyone),
        share.T @ treated.sum(axis=1),
        carried(treated, share),
        share.T > 0,
        (share > 0).sum(axis=1),
        _acute_trusts(tables["acute_trust_catchments"], origins),
        float(bodies["registered_population"].mean()),
    )


def _residents(here: pd.DataFrame, by: str, codes: pd.Index) -> Floats:
    table = here.pivot_table(index="body_code", columns=by, values="residents", aggfunc="sum", fill_value=0)
    return table.reindex(codes, fill_value=0).to_numpy("float64")


def _matrix(frame: pd.DataFrame, rows: str, columns: str, values: str, index: pd.Index, across: pd.Index) -> Floats:
    table = frame.pivot_table(index=rows, columns=columns, values=values, aggfunc="sum", fill_value=0)
    return table.reindex(index=index, columns=across, fill_value=0).to_numpy("float64")


def _main(residents: Floats, everyone: Floats) -> Integers:
    """The authority with most of each body's residents; more of them may live in none."""
    in_none = everyone - residents.sum(axis=1)
    alone = residents.shape[1] + np.arange(len(residents))
    main: Integers = np.where(residents.max(axis=1, initial=0) > in_none, residents.argmax(axis=1), alone)
    return main


def carried(flows: Floats, share: Floats) -> Floats:
    """Flows between bodies (from x to) on those that they went to: `share` of each one's people by heir (bodies x heirs).

    Patients treated in their own body stay in their part of it; others go to the parts of the other by residents.
    """
    own = np.diag(flows)
    found: Floats = share.T @ (flows - np.diag(own)) @ share + np.diag(share.T @ own)
    return found


def _acute_trusts(catchments: pd.DataFrame, origins: pd.Index) -> Integers:
    """Acute trusts with a major A&E department by the body they are in; others take patients from all over."""
    major = catchments[catchments["major_attendances"].fillna(0) > 0].drop_duplicates("trust_code")
    counted = major["host_icb_code"].value_counts().reindex(origins, fill_value=0)
    return np.asarray(counted, dtype="int64")


def of_sets(borders: Borders, members: Flags, people: NDArray[np.int64]) -> pd.DataFrame:
    """The measures of each connected set (sets x bodies), with its registered people: one row each.

    `strategic_contained`, `strategic_split`, `people_in_whole_strategic` as of upper-tier authorities (`coterminosity`);
    `acute_trusts_least` and `acute_trusts_most`; `emergency_admissions` of its patients and `admissions_inside`, those by its own
    trusts, with `treated_inside_share`; `meets_floor`, `meets_guideline` (yes or no) and `size_to_mean`.
    """
    weights = np.asarray(members, dtype="float64")
    found = fit(members, borders.strategic, borders.strategic_total)
    parts = weights @ borders.had_part
    admissions = weights @ borders.admissions
    inside = ((weights @ borders.flows) * weights).sum(axis=1)
    return pd.DataFrame(
        {
            "strategic_contained": found.whole,
            "strategic_split": found.split,
            "people_in_whole_strategic": found.people_in_whole,
            "acute_trusts_least": (parts == borders.part_count) @ borders.trust_count,
            "acute_trusts_most": (parts > 0) @ borders.trust_count,
            "emergency_admissions": admissions,
            "admissions_inside": inside,
            "treated_inside_share": shares(inside, admissions),
            "meets_floor": np.where(people >= borders.asked.floor_people, "yes", "no"),
            "meets_guideline": np.where(people >= borders.asked.guideline_people, "yes", "no"),
            "size_to_mean": people / borders.mean_people,
        }
    )


def of_plans(borders: Borders, authority_residents: Floats, total: Total, sets: pd.DataFrame) -> pd.DataFrame:
    """The measures of each plan of some bodies, from those of its connected sets (`candidates.score`): one row each.

    `councils_divided` and `strategic_divided`, the upper-tier and strategic authorities that reach the bodies and are not
    wholly inside one; `people_in_whole_strategic`; `single_trust_count`, bodies that have one acute trust at most;
    `treated_inside_share`, of all the patients; `under_floor_count` and `under_guideline_count`, bodies with fewer people.
    `authority_residents` as in `candidates.Setting`; `total` adds up a value of the sets for each plan (`PlanSet.sum`, or
    `numpy.sum` where the sets are one plan).
    """

    def added(values: pd.Series) -> NDArray[Any]:
        return np.atleast_1d(total(values.to_numpy()))

    def reached(residents: Floats) -> int:
        return int((residents > 0).any(axis=0).sum())

    return pd.DataFrame(
        {
            "councils_divided": reached(authority_residents) - added(sets["authorities_contained"]),
            "strategic_divided": reached(borders.strategic) - added(sets["strategic_contained"]),
            "people_in_whole_strategic": added(sets["people_in_whole_strategic"]),
            "single_trust_count": added(sets["acute_trusts_most"] < 2),
            # Rounded, so that plans with the same patients inside are equal whatever the order of their sums.
            "treated_inside_share": (added(sets["admissions_inside"]) / borders.admissions.sum()).round(9),
            "under_floor_count": added(sets["meets_floor"] == "no"),
            "under_guideline_count": added(sets["meets_guideline"] == "no"),
        }
    )


def today(tables: Tables, bodies: pd.DataFrame, era: eras.Era) -> tuple[pd.DataFrame, pd.Series] | None:
    """The bodies of a footprint as they are: each with its measures (`of_sets`), and all as one plan (`of_plans`).

    None where their era asks for nothing here.
    """
    asked = of_footprint(tables, bodies, era)
    if asked is None:
        return None
    here = organisations.on_date(tables["authorities"], bodies["as_at"].iloc[0])
    councils = _residents(here, "upper_tier_code", pd.Index(bodies["body_code"]))
    alone = np.eye(len(bodies), dtype=bool)
    found = fit(alone, councils, councils.sum(axis=0))
    told = bodies[["body_code", "body_name", "area_name", "registered_population"]].reset_index(drop=True)
    told = told.assign(authorities_contained=found.whole, authorities_split=found.split)
    told = pd.concat([told, of_sets(asked, alone, bodies["registered_population"].to_numpy())], axis=1)
    return told, of_plans(asked, councils, np.sum, told).iloc[0]


def strategic_divided(tables: Tables, bodies: pd.DataFrame) -> pd.DataFrame:
    """Strategic authorities in more than one body, most residents outside the main one first.

    `strategic_name`, `strategic_status`, `unit_count`, `units` (names, largest part first), `residents`, `residents_outside`.
    """
    here = organisations.on_date(tables["authorities"], bodies["as_at"].iloc[0])
    names = bodies.set_index("body_code")["body_name"]
    of = tables["strategic_authorities"][["authority_code", "strategic_name", "strategic_status"]]
    of_parts = (
        here.merge(of, on="authority_code")
        .groupby(["strategic_name", "strategic_status", "body_code"])["residents"]
        .sum()
    )
    parts = of_parts[of_parts > 0].reset_index().sort_values("residents", ascending=False)
    parts["units"] = [short_name(names[code]) for code in parts["body_code"]]
    frame = parts.groupby(["strategic_name", "strategic_status"], as_index=False).agg(
        unit_count=("units", "size"),
        units=("units", "; ".join),
        residents=("residents", "sum"),
        main=("residents", "max"),
    )
    frame["residents_outside"] = frame["residents"] - frame.pop("main")
    divided = frame[frame["unit_count"] > 1]
    ordered: pd.DataFrame = divided.sort_values("residents_outside", ascending=False, ignore_index=True)
    return ordered

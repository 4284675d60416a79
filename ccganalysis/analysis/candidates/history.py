"""What really happened, in the terms in which candidates are scored."""

from __future__ import annotations

import pandas as pd

from ...data import organisations
from ...data.eras import Era, Hindsight
from ...data.tables import Day, Tables
from ...wording import short_name
from .scoring import Setting, merged_bodies, prepare


def came_about(bodies: pd.DataFrame, successors: pd.DataFrame, hindsight: Hindsight | None) -> pd.Series | None:
    """`what_happened` by the footprint that the era looks back from; None where that is not later than the bodies'."""
    if hindsight is None or hindsight.date <= bodies["as_at"].iloc[0]:
        return None
    return what_happened(bodies, successors, hindsight.date)


def what_happened(bodies: pd.DataFrame, successors: pd.DataFrame, later: Day) -> pd.Series:
    """For each body of a footprint, the body that most of its people were in on a later date; by `body_code`."""
    heirs = organisations.main_successor(successors, bodies["as_at"].iloc[0], later)
    return heirs.reindex(bodies["body_code"])


def formed(mergers: pd.DataFrame, date: Day) -> dict[str, list[str]]:
    """The bodies formed by merger on a date: successor's name to its members' codes."""
    mine = organisations.only_mergers(mergers[mergers["effective_date"] == pd.Timestamp(date)])
    return {str(name): list(group["predecessor_code"]) for name, group in mine.groupby("successor_name", sort=True)}


def footprints_reached(setting: Setting, successors: pd.DataFrame) -> pd.DataFrame:
    """Where England really went from this footprint: for each later one the bodies, disruption and coterminosity.

    Columns `as_at`, `body_count`, `disruption_people`, `people_in_whole_authorities`; bodies are followed to where most
    of their people went, across area borders too.
    """
    rows = []
    for later in sorted(successors["as_at"].unique()):
        if later < setting.bodies["as_at"].iloc[0]:
            continue
        outcome = what_happened(setting.bodies, successors, later)
        sets = merged_bodies(setting, [list(group.index) for _, group in outcome.groupby(outcome)])
        rows.append((later, len(sets), sets["disruption_people"].sum(), sets["people_in_whole_authorities"].sum()))
    return pd.DataFrame(rows, columns=["as_at", "body_count", "disruption_people", "people_in_whole_authorities"])


def real_mergers(
    tables: Tables, date: Day, allowance_model: str, saving_target: float, draws: int, seed: int, era: Era
) -> pd.DataFrame:
    """The bodies really formed on a date, scored on the footprint of the year before; `formed` is the new body's name."""
    before = pd.Timestamp(date) - pd.DateOffset(years=1)
    made = formed(tables["mergers"], date)
    own = prepare(tables, before, allowance_model, saving_target, draws, seed, era)
    return merged_bodies(own, list(made.values())).assign(formed=[short_name(name) for name in made])

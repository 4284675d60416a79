"""What was read, and whether it holds together."""

from __future__ import annotations

import pandas as pd

from ...wording import date
from . import words


def quality(checks: pd.DataFrame, footprint: pd.DataFrame, as_at: str) -> str:
    """What was read, in one paragraph: checks passed (the table `quality`), and people and estimates of a footprint."""
    passed = int((checks["passed"] != "no").sum())
    far = int((checks["passed"] == "look at").sum())
    estimated = int((footprint["registered_population_kind"] != "published").sum())
    lists = f"the lists of {words.bodies(estimated)} are estimates, the others are published"
    if estimated == 1:
        lists = "the list of one body is an estimate, the others are published"
    (counted,) = footprint["registered_on"].unique()
    on = "" if counted == pd.Timestamp(as_at) else f" (lists of {date(counted)})"
    return (
        f"{passed} of {len(checks)} checks pass{f', {far} of them with figures to look at' if far else ''}. On {date(as_at)} there were {len(footprint)} bodies in "
        f"{footprint['area_code'].nunique()} {{area}} footprints with {footprint['registered_population'].sum():,} registered "
        f"people{on}; {lists if estimated else 'all their lists are published'}."
    )

"""The criteria of November 2016 for one merged body: measured, shown by proxies, or not evidenced.

The criteria are a table (`data/raw/criteria.csv`), not code; its column `measured_by` names
what measures each one, of `MEASURES`. A judgement without evidence is "not evidenced": it blocks a pass and never counts as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ..errors import InputError
from ..wording import count, gbp, listed, people, per_cent, sentence, whole_and_split

MET, IN_PART, NOT_MET, PROXY, NOT_EVIDENCED = "met", "met in part", "not met", "proxy only", "not evidenced"


def _local_authorities(row: pd.Series, target: float) -> tuple[str, str]:
    authorities = whole_and_split(int(row["authorities_contained"]), int(row["authorities_split"]))
    words = f"{authorities}; {per_cent(row['coterminous_share'])} of residents live in whole ones"
    return (
        (MET, words) if row["authorities_split"] == 0 else (NOT_MET, words + "; a reason for the departure is needed")
    )


def _finance(row: pd.Series, target: float) -> tuple[str, str]:
    return PROXY, (
        f"a modelled running cost of {gbp(row['baseline_gbp'])}; would release {gbp(row['released_low_gbp'])} to "
        f"{gbp(row['released_high_gbp'])} a year, if each body removed releases what was quoted for mergers; what the merger "
        "costs once is not known"
    )


def _officers(row: pd.Series, target: float) -> tuple[str, str]:
    members, officers = int(row["body_count"]), int(row["officer_count"])
    if officers < members:
        most = "" if officers == 1 else "at most "  # a body without evidence is counted apart
        return PROXY, f"{members} members under {most}{count(officers, 'accountable officer')} in November 2018"
    return NOT_EVIDENCED, "no evidence that members shared an accountable officer in November 2018"


def _support(row: pd.Series, target: float) -> tuple[str, str]:
    return NOT_EVIDENCED, "spending on commissioning support by body is not published; supply it to fill this in"


def _footprint(row: pd.Series, target: float) -> tuple[str, str]:
    words = {
        "equals": (MET, f"equals the footprint of {row['ics_name']}"),
        "within": (IN_PART, f"lies within {row['ics_name']} and is not the whole of it"),
        "crosses": (NOT_MET, f"crosses the border of {row['ics_name']}"),
    }
    return words[row["alignment_state"]]


def _twenty_per_cent(row: pd.Series, target: float) -> tuple[str, str]:
    words = (
        f"would release {per_cent(row['released_share'], 1)} of running cost at the central saving per body removed "
        f"({gbp(row['released_low_gbp'])} to {gbp(row['released_high_gbp'])} a year); {per_cent(target)} takes "
        f"{gbp(row['break_even_saving_gbp'])} from each; probability {per_cent(row['probability_merger_alone'])} at the "
        "prices quoted for mergers alone"
    )
    return (MET if row["released_share"] >= target else NOT_MET), words


def _critical_mass(row: pd.Series, target: float) -> tuple[str, str]:
    return PROXY, f"{people(row['registered_population'])} registered people; there is no official number"


def _engagement(row: pd.Series, target: float) -> tuple[str, str]:
    authorities = int(row["authorities_contained"] + row["authorities_split"])
    return PROXY, (
        f"{int(row['practices']):,} practices over {row['area_km2']:,.0f} km², farthest population centres "
        f"{row['farthest_km']:,.0f} km apart, "
        f"{count(authorities, 'upper-tier authority', 'upper-tier authorities')} to work with"
    )


MEASURES: dict[str, Callable[[pd.Series, float], tuple[str, str]]] = {
    "local authorities": _local_authorities,
    "finance": _finance,
    "shared officers": _officers,
    "commissioning support": _support,
    "footprint": _footprint,
    "running cost released": _twenty_per_cent,
    "critical mass": _critical_mass,
    "engagement": _engagement,
}
"""What a criterion can be measured by, as `measured_by` names it: status and words from a row of `candidates.score`."""


def scorecard(row: pd.Series, criteria: pd.DataFrame, evidence: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """Each criterion for one merged body: `criterion`, `wording`, `judged`, `status`, `evidence`.

    `row` is one row of `candidates.score`; `evidence` the optional table of that name (`body_codes`, `criterion`,
    `date`, `document`, `decided_by`, `outcome`), which decides whatever is not measured. A criterion without a
    measure is a judgement. Raises `InputError` for a body that does not merge: the criteria are of mergers.
    """
    if row["body_count"] < 2:
        raise InputError(f"{row['bodies']} does not merge with another body, so the criteria of a merger do not apply.")
    mine = evidence[evidence["body_codes"].map(_same) == _same(row["body_codes"])]
    mine = mine.sort_values("date").drop_duplicates("criterion", keep="last").set_index("criterion")
    rows = []
    one: Any
    for one in criteria.itertuples():
        measure = MEASURES.get(one.measured_by)
        status, words = measure(row, saving_target) if measure else (NOT_EVIDENCED, "no evidence supplied")
        # Evidence cannot overturn a measure that is met; it can give the reason for one that is not.
        if one.criterion in mine.index and status != MET:
            found = mine.loc[one.criterion]
            status = found["outcome"]
            proof = f"{found['document']}, decided by {found['decided_by']}, {found['date']:%d %B %Y}"
            words = f"{words}; {proof}" if measure else proof
        rows.append((one.criterion, one.wording, one.judged, status, words))
    return pd.DataFrame(rows, columns=["criterion", "wording", "judged", "status", "evidence"])


def _same(codes: str) -> str:
    return " ".join(sorted(str(codes).split()))


def verdict(card: pd.DataFrame) -> str:
    """The card in one sentence: a pass only where every criterion is met."""
    by_status = card.groupby("status")["criterion"].agg(list)
    if list(by_status.index) == [MET]:
        return "Every criterion is met."
    parts = [
        f"{words}: {listed(by_status[status], most=len(card))}"
        for status, words in {
            NOT_MET: "not met",
            NOT_EVIDENCED: "not evidenced",
            PROXY: "shown by proxies only",
            IN_PART: "met in part",
            MET: "met",
        }.items()
        if status in by_status
    ]
    return f"Not a pass. {sentence('; '.join(parts))}."


def grid(merged: pd.DataFrame, criteria: pd.DataFrame, evidence: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """The status of every criterion for several merged bodies: `formed`, `body_count`, then one column a criterion."""
    rows = []
    for _, row in merged.iterrows():
        card = scorecard(row, criteria, evidence, saving_target).set_index("criterion")["status"]
        rows.append({"formed": row["formed"], "body_count": int(row["body_count"]), **card})
    return pd.DataFrame(rows)

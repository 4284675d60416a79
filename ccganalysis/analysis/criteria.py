"""The criteria of an era for one merged body: measured, shown by proxies, or not evidenced.

The criteria are a table (`data/raw/criteria.csv`), not code; its column `measured_by` names
what measures each one, of `MEASURES`. A judgement without evidence is "not evidenced": it blocks a pass and never counts as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ..errors import InputError

MET, IN_PART, NOT_MET, PROXY, NOT_EVIDENCED = "met", "met in part", "not met", "proxy only", "not evidenced"

PROOF = ["document", "decided_by", "date"]
"""What a card holds of the evidence that decided a criterion."""


def _local_authorities(row: pd.Series, target: float) -> str:
    return MET if row["authorities_split"] == 0 else NOT_MET


def _officers(row: pd.Series, target: float) -> str:
    return PROXY if row["officer_count"] < row["body_count"] else NOT_EVIDENCED


def _footprint(row: pd.Series, target: float) -> str:
    return {"equals": MET, "within": IN_PART, "crosses": NOT_MET}[row["alignment_state"]]


def _running_cost_released(row: pd.Series, target: float) -> str:
    return MET if row["released_share"] >= target else NOT_MET


def _floor(row: pd.Series, target: float) -> str:
    return MET if row["meets_floor"] == "yes" else NOT_MET


def _guideline(row: pd.Series, target: float) -> str:
    return MET if row["meets_guideline"] == "yes" else NOT_MET


def _acute_trusts(row: pd.Series, target: float) -> str:
    if row["acute_trusts_least"] > 1:
        return MET
    return PROXY if row["acute_trusts_most"] > 1 else NOT_MET


def _strategic_authorities(row: pd.Series, target: float) -> str:
    if row["strategic_split"]:
        return NOT_MET
    return MET if row["people_in_whole_strategic"] == row["residents"] else IN_PART


def _proxy(row: pd.Series, target: float) -> str:
    return PROXY


def _not_published(row: pd.Series, target: float) -> str:
    return NOT_EVIDENCED


MEASURES: dict[str, Callable[[pd.Series, float], str]] = {
    "local authorities": _local_authorities,
    "finance": _proxy,
    "shared officers": _officers,
    "commissioning support": _not_published,
    "footprint": _footprint,
    "running cost released": _running_cost_released,
    "critical mass": _proxy,
    "engagement": _proxy,
    "floor": _floor,
    "guideline": _guideline,
    "acute trusts": _acute_trusts,
    "strategic authorities": _strategic_authorities,
    "size": _proxy,
}
"""What a criterion can be measured by, as `measured_by` names it: its status from a row of `candidates.score` and the saving
target. What an era asks of borders and size is declared with it (`eras.Borders`)."""


def scorecard(row: pd.Series, criteria: pd.DataFrame, evidence: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """Each criterion for one merged body: `criterion`, `wording`, `judged`, `measured_by`, `status`, and the evidence.

    `row` is one row of `candidates.score`; `evidence` the optional table of that name (`body_codes`, `criterion`,
    `date`, `document`, `decided_by`, `outcome`), which decides whatever is not measured; where it does, `date`,
    `document` and `decided_by` are on the card. A criterion without a measure is a judgement. Raises `InputError` for a
    body that does not merge: the criteria are of mergers.
    """
    if row["body_count"] < 2:
        raise InputError(f"{row['bodies']} does not merge with another body, so the criteria of a merger do not apply.")
    mine = evidence[evidence["body_codes"].map(_same) == _same(row["body_codes"])]
    mine = mine.sort_values("date").drop_duplicates("criterion", keep="last").set_index("criterion")
    rows = []
    one: Any
    for one in criteria.itertuples():
        measure = MEASURES.get(one.measured_by)
        status = measure(row, saving_target) if measure else NOT_EVIDENCED
        proof: list[Any] = [None] * len(PROOF)
        # Evidence cannot overturn a measure that is met; it can give the reason for one that is not.
        if one.criterion in mine.index and status != MET:
            status, *proof = mine.loc[one.criterion, ["outcome", *PROOF]]
        rows.append((one.criterion, one.wording, one.judged, one.measured_by, status, *proof))
    return pd.DataFrame(rows, columns=["criterion", "wording", "judged", "measured_by", "status", *PROOF])


def _same(codes: str) -> str:
    return " ".join(sorted(str(codes).split()))


def grid(merged: pd.DataFrame, criteria: pd.DataFrame, evidence: pd.DataFrame, saving_target: float) -> pd.DataFrame:
    """The status of every criterion for several merged bodies: `formed`, `body_count`, then one column a criterion."""
    rows = []
    for _, row in merged.iterrows():
        card = scorecard(row, criteria, evidence, saving_target).set_index("criterion")["status"]
        rows.append({"formed": row["formed"], "body_count": int(row["body_count"]), **card})
    return pd.DataFrame(rows)

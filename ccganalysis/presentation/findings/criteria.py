"""The criteria for one merged body, in words."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ...analysis.criteria import IN_PART, MET, NOT_EVIDENCED, NOT_MET, PROXY
from ...wording import count, gbp, listed, number, people, per_cent, sentence, whole_and_split


def _local_authorities(row: pd.Series, target: float) -> str:
    authorities = whole_and_split(int(row["authorities_contained"]), int(row["authorities_split"]))
    departure = "; a reason for the departure is needed" if row["authorities_split"] else ""
    return f"{authorities}; {per_cent(row['coterminous_share'])} of residents live in whole ones{departure}"


def _finance(row: pd.Series, target: float) -> str:
    return (
        f"a running cost of {gbp(row['baseline_gbp'])}; would release {gbp(row['released_low_gbp'])} to "
        f"{gbp(row['released_high_gbp'])} a year, if each body removed releases what was quoted for mergers; what it "
        "would cost once is on no record"
    )


def _officers(row: pd.Series, target: float) -> str:
    members, officers = int(row["body_count"]), int(row["officer_count"])
    if officers >= members:
        return "no evidence that members shared {an_officer} in {officers_known}"
    most = "" if officers == 1 else "at most "  # a body without evidence is counted apart
    return f"{members} members under {most}{count(officers, '{officer}')} in {{officers_known}}"


def _support(row: pd.Series, target: float) -> str:
    return "spending on commissioning support by body is not published; supply it to fill this in"


def _footprint(row: pd.Series, target: float) -> str:
    return {
        "equals": f"equals the footprint of {row['area_name']}",
        "within": f"lies within {row['area_name']} and is not the whole of it",
        "crosses": f"crosses the border of {row['area_name']}",
    }[row["alignment_state"]]


def _running_cost_released(row: pd.Series, target: float) -> str:
    return (
        f"would release {per_cent(row['released_share'], 1)} of running cost at the central saving per body removed "
        f"({gbp(row['released_low_gbp'])} to {gbp(row['released_high_gbp'])} a year); {per_cent(target)} takes "
        f"{gbp(row['break_even_saving_gbp'])} from each; probability {per_cent(row['probability_merger_alone'])} at the "
        "prices quoted for mergers alone"
    )


def _critical_mass(row: pd.Series, target: float) -> str:
    return f"{people(row['registered_population'])} registered people; there is no official number"


def _engagement(row: pd.Series, target: float) -> str:
    authorities = int(row["authorities_contained"] + row["authorities_split"])
    return (
        f"{int(row['practices']):,} practices over {row['area_km2']:,.0f} km², farthest population centres "
        f"{row['farthest_km']:,.0f} km apart, "
        f"{count(authorities, 'upper-tier authority', 'upper-tier authorities')} to work with"
    )


def _people(row: pd.Series, target: float) -> str:
    return f"{people(row['registered_population'])} registered people"


def _acute_trusts(row: pd.Series, target: float) -> str:
    least, most = int(row["acute_trusts_least"]), int(row["acute_trusts_most"])
    if least == most:
        found = count(least, "acute trust")
    else:
        found = f"{f'{number(least)} to' if least else 'at most'} {count(most, 'acute trust')}"
    unsure = "" if least == most else ", as bodies in which trusts are counted were divided"
    return f"{found} with a major A&E department{unsure}"


def _strategic_authorities(row: pd.Series, target: float) -> str:
    whole, split = int(row["strategic_contained"]), int(row["strategic_split"])
    if not whole + split:
        return "no strategic authority reaches it"
    kept = count(whole, "strategic authority", "strategic authorities")
    share = row["people_in_whole_strategic"] / row["residents"]
    live = per_cent(share) if share in (0, 1) or 0.005 <= share < 0.995 else per_cent(share, 2)
    return f"{kept} whole and {count(split, 'split', 'split') if split else 'none split'}; {live} of residents live in whole ones"


def _size(row: pd.Series, target: float) -> str:
    return f"{row['size_to_mean']:.1f} times as many people as the mean body now; there is no official limit"


MEASURED: dict[str, Callable[[pd.Series, float], str]] = {
    "local authorities": _local_authorities,
    "finance": _finance,
    "shared officers": _officers,
    "commissioning support": _support,
    "footprint": _footprint,
    "running cost released": _running_cost_released,
    "critical mass": _critical_mass,
    "engagement": _engagement,
    "floor": _people,
    "guideline": _people,
    "acute trusts": _acute_trusts,
    "strategic authorities": _strategic_authorities,
    "size": _size,
}
"""What a measure of `analysis.criteria.MEASURES` shows, from a row of `candidates.score` and the target."""


def scorecard(card: pd.DataFrame, row: pd.Series, saving_target: float) -> pd.DataFrame:
    """A card for readers: `criterion`, `wording`, `judged`, `status` and `evidence`, which is in words.

    `card` is `analysis.criteria.scorecard` of `row`, one row of `candidates.score`.
    """
    evidence = []
    for one in card.to_dict("records"):
        parts = []
        if one["measured_by"] in MEASURED:
            parts.append(MEASURED[one["measured_by"]](row, saving_target))
        if pd.notna(one["document"]):
            parts.append(f"{one['document']}, decided by {one['decided_by']}, {one['date']:%d %B %Y}")
        evidence.append("; ".join(parts) or "no evidence supplied")
    return card[["criterion", "wording", "judged", "status"]].assign(evidence=evidence)


STATUSES = {
    NOT_MET: "not met",
    NOT_EVIDENCED: "not evidenced",
    PROXY: "shown by proxies only",
    IN_PART: "met in part",
    MET: "met",
}
"""What is said of the criteria of each status, the gravest first."""


def criteria_met(card: pd.DataFrame) -> str:
    """A card in one sentence: a pass only where every criterion is met."""
    by_status = card.groupby("status")["criterion"].agg(list)
    if list(by_status.index) == [MET]:
        return "Every criterion is met."
    parts = [
        f"{words}: {listed(by_status[status], most=len(card))}"
        for status, words in STATUSES.items()
        if status in by_status
    ]
    return f"Not a pass. {sentence('; '.join(parts))}."

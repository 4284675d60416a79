"""What a reader may not conclude, in a sentence or two where the figure stands; the page on trust has it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ...analysis import trust
from ...data.eras import Era
from ...wording import count, date, sentence, share_of
from .words import bodies, months


def against_the_limit(tables: Mapping[str, pd.DataFrame], era: Era) -> str:
    """What a figure held against the allowance or the limit is not: spend, always a saving, the mergers' doing."""
    now = trust.counts(tables, era)
    first, last = trust.looked_back_on(era)
    return (
        "**Against a limit, not against spend.** The National Audit Office found that CCGs had consistently spent less than "
        "their running cost funding (`data/raw/national_running_costs.csv`), so an amount released against the limit need "
        "not be spent less. A post charged to programme in place of running cost lowers the figure too, and releases "
        f"nothing. And the cut reached every body: of the {now['body_count']} of {date(first)}, "
        f"{now['unmerged_count']} had not merged by {date(last)} and had the same cut to meet, so what a merger earns "
        "is only what it would release beyond bodies that did not merge."
    )


def prices_of_mergers(tables: Mapping[str, pd.DataFrame]) -> str:
    """On how many prices, and how firm, the saving per body removed rests."""
    now = trust.merger_prices(tables["merger_saving_evidence"])
    number, firm = now["priced_count"], now["priced_count"] - now["priced_press_count"]
    kinds = f"{firm} of them published" if firm else "plans quoted by the press and not audited results"
    rejected = count(now["priced_rejected_count"], "of them belongs", "of them belong")
    return (
        f"The saving per body removed rests on {count(number, 'price')} put on a merger alone "
        f"(`data/raw/merger_saving_evidence.csv`), {kinds}; {rejected} to a merger that was rejected and never carried out. "
        "They give a range, not an average, and the range is what is used."
    )


def officer_register(tables: Mapping[str, pd.DataFrame], era: Era) -> str:
    """That shared officers were looked for with hindsight, and that nobody is named."""
    now = trust.counts(tables, era)
    last = date(trust.looked_back_on(era)[1])
    return (
        "**Looked for with hindsight.** Sources on shared officers were sought more where bodies later merged: of the "
        f"{now['researched_count']} bodies that a source says anything of, {now['researched_merged_count']} had merged by "
        f"{last}; of the other {now['unresearched_count']}, {now['unresearched_merged_count']}. Part of what "
        "a shared officer seems to foretell is the looking. The register holds posts and bodies; no office-holder is named."
    )


def candidates_in_context(
    tables: Mapping[str, pd.DataFrame], pairs: Sequence[tuple[str, str]], footprint: pd.DataFrame, era: Era
) -> str:
    """What a ranking of candidates leaves out: the unmerged, who chose to merge, and borders drawn otherwise.

    `pairs` are the neighbours of the `footprint`, as `organisations.neighbours`.
    """
    now = trust.counts(tables, era) | trust.across_borders(pairs, footprint)
    first, last = trust.looked_back_on(era)
    return (
        "**What the ranking does not say.** The cut reaches bodies that do not merge too: a merger earns what it would "
        "release beyond them, which no table here shows. Bodies that merged had asked to and were let, and cannot stand "
        "for those that had not: of "
        f"{now['attempt_count']} plans on record that met an obstacle, {now['never_merged_count']} had led to no merger by "
        f"{date(last)}. And borders decide what may be ranked: "
        f"{share_of(now['pair_across_count'], now['pair_count'], 'pairs of neighbours')} are in two {{areas}} and cannot merge "
        f"here. There were {now['area_count_first']} {{areas}} in {era.dates[0]:%B %Y} and {now['area_count']} in {first:%B %Y}; drawn "
        "otherwise, sets, plans and ranks would be others."
    )


def formed_in_context(tables: Mapping[str, pd.DataFrame], era: Era) -> str:
    """How few bodies the back-test learns from, and that they chose themselves."""
    now = trust.counts(tables, era)
    return (
        f"**Few, and not drawn by lot.** {sentence(bodies(now['formed_early_count']))} were formed in {months(era.chosen_on)}, "
        f"and {now['formed_later_count']} followed in {months(era.reported_on)}, in {now['formed_area_count']} {{areas}}; those "
        "in the same {area} are not independent of each other. All had asked to merge and were let. What sets them apart may be what made them "
        "ask: shared officers, debts, a good fit. Nothing here tells these reasons from one another."
    )


def pairs_in_context(pairs: pd.DataFrame, tables: Mapping[str, pd.DataFrame], era: Era) -> str:
    """How much of what a shared officer foretells is left among bodies that were researched; `pairs` as `backtest.pairs`."""
    recorded = trust.looked_back_on(era)[0]
    left = trust.within_researched(pairs, tables["shared_leadership"], tables["successors"], recorded)
    everyone, firm = left.to_dict("records")
    return (
        f"{officer_register(tables, era)} Among {firm['pair_count']} pairs of researched bodies a shared officer has a ROC area "
        f"of {firm['roc_area']:.2f}, against {everyone['roc_area']:.2f} among all {everyone['pair_count']} held out; 0.50 is "
        "chance."
    )

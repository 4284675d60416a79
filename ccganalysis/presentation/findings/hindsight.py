"""What the back-test says."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd

from ...analysis.backtest import (
    ACROSS,
    ATTEMPT,
    BASELINES,
    FIRST_BY,
    FORMED_LOW,
    HELD_OUT,
    IN_SAMPLE,
    LABELS,
    LATER,
    OF_BODIES,
    OF_PAIRS,
    OF_PLANS,
    PLANNED_HIGH,
    SAME_DAY,
)
from ...wording import count, listed, per_cent, sentence
from ..display import Result
from .words import bodies, months, years


def up_to(results) -> str:
    """Of when the decisions are on which the ranking is chosen."""
    return f"up to {months(results.dates(IN_SAMPLE)[-1:])}"


def held_out_in(results) -> str:
    """Of when the decisions are that the ranking chosen is held against."""
    return f"in {months(results.dates(HELD_OUT))}"


def roc_area_words(row: pd.Series) -> str:
    """An ROC area with its interval; `row` of `backtest.pair_table`."""
    return f"{row['roc_area']:.2f} ({row['roc_area_low']:.2f} to {row['roc_area_high']:.2f})"


def backtest(results: list[Result]) -> str:
    """The answer of the back-test in one paragraph, from its key results; the README quotes it.

    "Beaten" is said only where the paired 95% interval of the difference leaves out nought.
    """
    value = {result.name: result.value for result in results}
    low, high = value["set_percentile_low"], value["set_percentile_high"]
    opening = "Better than chance on average, but no forecast" if low > 0.5 else "No better than chance"
    beaten, higher = value["beaten_by"], value["higher_within_chance"]
    against = [
        *([f"It is beaten there by {beaten}"] if beaten != "none" else []),
        *([f"Higher, but within chance of it: {higher}"] if higher != "none" else []),
    ]
    return (
        f"{opening}. Ranked by {value['ranking']}, which the {bodies(value['formed_in_sample'])} formed {value['chosen_on']} "
        f"{_agreeing('support', value['formed_in_sample'])}, the {bodies(value['formed_held_out'])} formed "
        f"{value['reported_on']} {_agreeing('stand', value['formed_held_out'])} on average above "
        f"{per_cent(value['set_percentile'])} of the other mergers possible (95% interval {per_cent(low)} to "
        f"{per_cent(high)}; chance is 50%). {'. '.join(against) or 'No other ranking stands higher there'}. "
        f"{sentence(value['best_baseline'])}, the highest of the other baselines, has {per_cent(value['best_baseline_share'])}. "
        + _against(
            "For whole plans",
            value["plan_percentile"],
            value["best_plan_baseline"],
            value["best_plan_baseline_share"],
            value["best_plan_baseline_advantage_low"],
            per_cent,
        )
        + " "
        + _against(
            "For pairs of neighbours, by ROC area,",
            value["roc_area"],
            value["best_pair_baseline"],
            value["best_pair_baseline_roc_area"],
            value["best_pair_baseline_advantage_low"],
            "{:.2f}".format,
        )
    )


def _agreeing(verb: str, number: int) -> str:
    """A verb of which a number of bodies is the subject."""
    return f"{verb}s" if number == 1 else verb


def backtest_bullet(results: list[Result]) -> str:
    """`backtest` as the README has it: a bullet in lines of at most 120 characters."""
    text = f"- **The mergers that happened** (`06_backtest`). {backtest(results)}"
    return textwrap.fill(text, 120, subsequent_indent="  ", break_on_hyphens=False)


def _against(what: str, mine: float, baseline: str, theirs: float, advantage_low: float, words) -> str:
    if advantage_low > 0:
        return f"{what} a baseline beats it: {baseline} has {words(theirs)}, the ranking {words(mine)}."
    if theirs > mine:
        return f"{what} it has {words(mine)}; the highest baseline, {baseline}, has {words(theirs)}, which is within chance of it."
    return f"{what} it has {words(mine)}; the highest baseline, {baseline}, has {words(theirs)}."


def backtest_results(results, by: str, pair_table: pd.DataFrame, advantages: pd.DataFrame) -> list[Result]:
    """The key results; `results` from `backtest.run`, `pair_table` from `backtest.pairs_comparison`, `advantages` from
    the function of that name.
    """
    held = results.summary[results.summary["sample"] == HELD_OUT].set_index("ranked_by")
    seen = results.summary[results.summary["sample"] == IN_SAMPLE].set_index("ranked_by")
    pair = pair_table.set_index("ranked_by")
    rivals = [name for name in BASELINES if name != by]
    apart = advantages.set_index(["measured_on", "ranked_by"])
    of_bodies = apart.loc[OF_BODIES]
    clear = of_bodies.index[of_bodies["advantage_low"] > 0]
    higher = of_bodies.index[(of_bodies["advantage"] > 0) & (of_bodies["advantage_low"] <= 0)]
    sets, plan = (held.loc[rivals, column].idxmax() for column in ("set_percentile", "plan_percentile"))
    pairs = pair.loc[rivals, "roc_area"].idxmax()

    def share(value: float) -> float:
        return round(float(value), 6)  # words round it once more: at four digits twice would tell

    def named(rankings: pd.Index) -> str:
        return listed([f"{LABELS[name]} ({per_cent(held.loc[name, 'set_percentile'])})" for name in rankings]) or "none"

    return [
        Result("chosen_on", "Decisions on which the ranking was chosen", up_to(results), "published"),
        Result("reported_on", "Decisions held out", held_out_in(results), "published"),
        Result("ranking", f"Ranking that the decisions {up_to(results)} support", LABELS[by], "derived"),
        Result("rank_by", "The same, as a parameter of 04_merger_candidates", by, "derived"),
        Result(
            "formed_in_sample",
            f"Bodies formed {up_to(results)}, with a choice",
            int(seen.loc[by, "formed_count"]),
            "published",
        ),
        Result(
            "formed_held_out",
            f"Bodies formed {held_out_in(results)}, with a choice",
            int(held.loc[by, "formed_count"]),
            "published",
        ),
        Result(
            "set_percentile_in_sample",
            "Mean percentile of the bodies formed, in sample",
            share(seen.loc[by, "set_percentile"]),
            "derived",
        ),
        Result(
            "set_percentile",
            "Mean percentile of the bodies formed, held out",
            share(held.loc[by, "set_percentile"]),
            "derived",
        ),
        Result("set_percentile_low", "95% interval, low", share(held.loc[by, "set_percentile_low"]), "derived"),
        Result("set_percentile_high", "95% interval, high", share(held.loc[by, "set_percentile_high"]), "derived"),
        Result("beaten_by", "Rankings higher beyond chance, held out (paired 95% interval)", named(clear), "derived"),
        Result("higher_within_chance", "Rankings higher, within chance", named(higher), "derived"),
        Result("best_baseline", "Highest of the other baselines, held out", LABELS[sets], "derived"),
        Result("best_baseline_share", "Its mean percentile", share(held.loc[sets, "set_percentile"]), "derived"),
        Result(
            "plan_percentile",
            "Mean percentile of the plans carried out, held out",
            share(held.loc[by, "plan_percentile"]),
            "derived",
        ),
        Result("best_plan_baseline", "Highest baseline for plans, held out", LABELS[plan], "derived"),
        Result(
            "best_plan_baseline_share",
            "Its mean percentile, plans",
            share(held.loc[plan, "plan_percentile"]),
            "derived",
        ),
        Result(
            "best_plan_baseline_advantage_low",
            "95% interval of its advantage, low, plans",
            share(apart.loc[(OF_PLANS, plan), "advantage_low"]),
            "derived",
        ),
        Result("roc_area", "ROC area, pairs, held out", share(pair.loc[by, "roc_area"]), "derived"),
        Result("best_pair_baseline", "Highest baseline for pairs, held out", LABELS[pairs], "derived"),
        Result("best_pair_baseline_roc_area", "Its ROC area", share(pair.loc[pairs, "roc_area"]), "derived"),
        Result(
            "best_pair_baseline_advantage_low",
            "95% interval of its advantage, low, pairs",
            share(apart.loc[(OF_PAIRS, pairs), "advantage_low"]),
            "derived",
        ),
    ]


def backtest_order(held: pd.Series, by: str, dates: Sequence[pd.Timestamp]) -> str:
    """Which ranking put the mergers that happened highest; `held` is the mean percentile by ranking, best first, on the
    `dates` held out.
    """
    first, place = held.index[0], list(held.index).index(by) + 1
    text = f"{sentence(LABELS[first])} put the mergers of {years(dates)} highest ({per_cent(held[first])})"
    if first == by:
        return text
    return f"{text}; {LABELS[by]}, chosen on earlier ones, is number {place} of {len(held)} ({per_cent(held[by])})"


def backtest_pairs(area_by_ranking: pd.DataFrame, by: str) -> str:
    """Which ranking tells pairs that merge from those that do not; indexed by ranking, highest area first."""
    best = area_by_ranking.index[0]
    mine = area_by_ranking.loc[by]
    chance = mine["roc_area_low"] <= 0.5 <= mine["roc_area_high"]
    verdict = "cannot be told from chance" if chance else "differs from chance"
    if best == by:
        return f"For pairs, {LABELS[by]} stands highest: ROC area {mine['roc_area']:.2f}"
    return (
        f"For pairs, {LABELS[best]} stands highest (ROC area {area_by_ranking.loc[best, 'roc_area']:.2f}); {LABELS[by]} "
        f"{verdict} ({mine['roc_area']:.2f})"
    )


def backtest_choice(results, by: str, offered: str) -> str:
    """How the ranking was chosen, and how little there was to choose on; `offered` is the default of 04."""
    seen = results.summary[results.summary["sample"] == IN_SAMPLE].set_index("ranked_by")
    order = seen["set_percentile"].sort_values(ascending=False, kind="stable")
    mine = seen.loc[by]
    named = listed([f"{LABELS[name]} {per_cent(value)}" for name, value in order.head(4).items()])
    formed = results.merged[(results.merged["sample"] == IN_SAMPLE) & (results.merged["rivals"] > 0)]
    dates = [decision for decision in results.decisions if decision.sample == IN_SAMPLE]
    known = sum(bool(decision.setting.bodies["officer"].duplicated().any()) for decision in dates)
    tail = (
        "It is the default of `rank_by` in 04_merger_candidates."
        if by == offered
        else f"The default of `rank_by` in 04_merger_candidates is another: {offered}."
    )
    return (
        f"{sentence(up_to(results))} the mean percentiles were: {named}. **{sentence(LABELS[by])}** is chosen, on "
        f"{bodies(len(formed))} in {count(formed['area_code'].nunique(), '{area}')}: its own 95% interval runs from "
        f"{per_cent(mine['set_percentile_low'])} to {per_cent(mine['set_percentile_high'])}, so the order of the first few "
        f"is within chance. Shared officers were on record before {known or 'none'} of {count(len(dates), 'decision')}. {tail}"
    )


def backtest_formed(merged: pd.DataFrame) -> str:
    """What could not be ranked in the ordinary way; `merged` from `backtest.merged_percentiles`."""
    alone, crossing, apart = (
        merged.loc[chosen, "formed"].tolist()
        for chosen in (
            merged["rivals"] == 0,
            merged["area_count"] > 1,
            (merged["connected"] == "no") & (merged["area_count"] == 1),
        )
    )
    return (
        f"{sentence(count(len(merged), 'body was', 'bodies were'))} formed. Without a rival, being the only merger possible in the {{area}}, and so in no mean: "
        f"{'; '.join(alone) or 'none'}. Across a border of {{areas}}, so among all national sets of up to five bodies: "
        f"{'; '.join(crossing) or 'none'}. Not connected by land (see `water_links`), compared with the sets that are: "
        f"{'; '.join(apart) or 'none'}."
    )


def backtest_calibration(table: pd.DataFrame, scores: tuple[float, float], results) -> str:
    """Whether a probability could be claimed; `table` and `scores` from `backtest.calibration` and `backtest.brier`."""
    before, after = (
        (table[share] * table[size]).sum() / table[size].sum()
        for share, size in (("forecast", "pair_count_before"), ("observed", "pair_count"))
    )
    return (
        "**No probability of merging is claimed.** The P of 04_merger_candidates is about money released, and no audited "
        f"release is held to check it with. Had the shares of the decisions {up_to(results)} ({per_cent(before, 1)} of "
        f"pairs came together) been the forecast, {held_out_in(results)} {per_cent(after, 1)} did: a mean squared error of "
        f"{scores[0]:.2f}, where {scores[1]:.2f} was in reach by saying {per_cent(after)} of every pair, which nobody "
        "could know."
    )


def backtest_attempts(results, by: str) -> str:
    """Whether plans that were not completed were ranked lower than those that were."""
    tried, formed = (
        frame[(frame["rivals"] > 0) & (frame["sample"] == HELD_OUT)] for frame in (results.attempted, results.merged)
    )
    if tried.empty:
        return "No plan is on record that was refused, voted down or paused, and that the ranking could place."
    return (
        f"Held out, the {len(tried)} plans that were not completed on time stand above {per_cent(tried[by].mean())} of "
        f"the other mergers possible by {LABELS[by]}, the {len(formed)} that were above {per_cent(formed[by].mean())}: "
        + ("the ranking does not tell them apart." if tried[by].mean() > formed[by].mean() - 0.1 else "lower.")
    )


def really_formed(day: pd.Timestamp) -> str:
    """The heading over the criteria for the bodies formed on a day."""
    return (
        f"## The criteria, for the bodies really formed in {day:%B %Y}\n\nMeasured criteria are filled from data, partly "
        'measured ones by proxies; a judgement without evidence is "not evidenced" and blocks a pass.'
    )


def misses(table: pd.DataFrame) -> pd.DataFrame:
    """`backtest.misses` in words: what happened, and what the ranking could not know or does not use."""
    happened = {FORMED_LOW: "formed, ranked low", PLANNED_HIGH: "planned and ranked high, not completed"}
    told = ["; ".join(_on_record(*one) for one in found) or "nothing on record" for found in table["not_seen"]]
    return table.assign(happened=table["happened"].map(happened), not_seen=told)


def _on_record(what: str, value) -> str:
    words = {
        ACROSS: "joined bodies of {} {{areas}}, whose borders then moved",
        LATER: "its members came under one officer after the evidence ends ({})",
        SAME_DAY: "one of {} bodies formed in its {{area}} that day, where one body was the policy",
        FIRST_BY: "among the first tenth by {}, which this ranking does not use",
        ATTEMPT: "{}",
    }
    if what == ATTEMPT:
        value = "; ".join(value)
    if what == FIRST_BY:
        value = listed([LABELS[name] for name in value])
    return words[what].format(value)

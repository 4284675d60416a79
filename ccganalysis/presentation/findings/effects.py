"""What happened to staff when bodies merged: a null is worded as a null, with what could have been seen."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...analysis import effects as analysis
from ...analysis.effects import clusters, prescribing
from ...analysis.regression import Range
from ...wording import count, date, gbp, listed, per_cent, sentence, share_of, short_name
from ..display import Result
from .words import bodies

Outcomes = Mapping[str, analysis.Results]
"""The results of every outcome that the date can be analysed for, by name."""


def measured_effects(results: Outcomes, price: Range, quoted_gbp: tuple[float, float]) -> str:
    """The answer in one paragraph: what moved, within what interval, and whether what plans quoted could have been seen.

    `price` is the cost of a post a year (`unit_costs.price_per_fte`), `quoted_gbp` the range quoted for mergers alone.
    """
    rows = {name: found.primary() for name, found in results.items()}
    moved = [
        f"{found.panel.outcome.words} went {_moved(found.primary()['change_share'])}" for found in results.values()
    ]
    clear = [results[name].panel.outcome.words for name, row in rows.items() if not _open(row)]
    opening = (
        f"{sentence(listed(clear))} changed by more than chance accounts for; that the merger did it is not shown"
        if clear
        else "Nothing could be told from zero"
    )
    panel = next(iter(results.values())).panel
    return (
        f"{opening}. Beside bodies that did not merge, in those formed on {date(panel.merger_date)} {listed(moved)}. "
        f"{_visible(results, price)} {_against_quoted(results, price, quoted_gbp)}"
    )


def effects_intervals(results: Outcomes, price: Range) -> str:
    """The changes with their intervals, and the price of a post behind the pounds."""
    told = [_told(found) for found in results.values()]
    return (
        f"Beside bodies that did not merge {listed(told)}. A post is priced at "
        f"{_between(price.low, price.high)} a year."
    )


def _told(found: analysis.Results) -> str:
    row = found.primary()
    return f"{found.panel.outcome.words} went {_moved(row['change_share'])} ({_in_brackets(row)})"


def _preparing(results: Outcomes) -> str:
    """What the second year before adds, and whether one merged body makes it; a space follows, or nothing stands."""
    parts = []
    for found in results.values():
        if analysis.BASE - 1 not in found.panel.years:
            continue
        row, without = found.primary(analysis.BASE - 1), found.without_the_weightiest(analysis.BASE - 1)
        alone = (
            ""
            if without is None
            else f", without {short_name(without['left_out'])} {_moved(without['change_share'])} ({_p(without['p_value'])})"
        )
        parts.append(
            f"With a year of preparing, from {row['from_label']} to {row['to_label']}, {found.panel.outcome.words} went "
            f"{_moved(row['change_share'])} ({_in_brackets(row)}){alone}. "
        )
    return "".join(parts)


def _in_brackets(row: pd.Series) -> str:
    return f"95% interval {_interval(row)}; {_p(row['p_value'])}"


def _interval(row: pd.Series) -> str:
    low, high = row["change_share_low"], row["change_share_high"]
    if abs(low) == float("inf") or abs(high) == float("inf"):
        return "without bounds, as there are too few draws"
    return f"{_moved(low)} to {_moved(high)}"


def _moved(share: float) -> str:
    """A change in words: 3% down, 0.4% up, neither up nor down."""
    size = per_cent(abs(share), 0 if abs(share) >= 0.0095 else 1)
    return "neither up nor down" if size == "0.0%" else f"{size} {'down' if share < 0 else 'up'}"


def _p(value: float) -> str:
    return f"p = {value:.2f}" if value >= 0.01 else f"p = {value:.3f}" if value >= 0.001 else "p below 0.001"


def _open(row: pd.Series) -> bool:
    """Whether the change cannot be told from nought."""
    return bool(row["p_value"] > analysis.LEVEL)


def _visible(results: Outcomes, price: Range) -> str:
    """The smallest fall that would have been seen, in shares and in pounds for each body removed."""
    parts = []
    for found in results.values():
        share, words = found.smallest_visible, found.panel.outcome.words
        least = analysis.per_body_removed(found.panel, share, price.low)
        parts.append(
            f"No fall of {words} up to {per_cent(analysis.FALLS[-1])} would have been found four times in five."
            if share != share
            else f"A fall of {words} by less than {per_cent(share)}, {gbp(least)} a year for each body removed at the least, would "
            "often have been missed."
        )
    return " ".join(parts)


def _between(low: float, high: float) -> str:
    return gbp(low) if gbp(low) == gbp(high) else f"{gbp(low)} to {gbp(high)}"


def _against_quoted(results: Outcomes, price: Range, quoted_gbp: tuple[float, float]) -> str:
    """Whether what was quoted for mergers alone could have been seen, and whether it is ruled out."""
    smallest = [analysis.per_body_removed(found.panel, found.smallest_visible, price.low) for found in results.values()]
    unseen = [not least <= quoted_gbp[1] for least in smallest]
    quoted = f"The {_between(*quoted_gbp)} that plans quoted for a merger alone"
    if all(unseen):
        seen = f"{quoted} would be too little to be seen"
    elif any(unseen):
        only = listed(
            [found.panel.outcome.words for found, out in zip(results.values(), unseen, strict=True) if not out]
        )
        seen = f"{quoted} would be too little to be seen among all staff; if it came from {only} alone, its upper end would be seen"
    else:
        seen = f"{quoted} could at the upper end have been seen"
    kept = [
        found.panel.outcome.words
        for found in results.values()
        if _holds(found.primary(), -analysis.share_of_staff(found.panel, quoted_gbp[0], price.central))
    ]
    if len(kept) == len(results):
        return f"{seen}. The data do not rule it out either."
    return (
        f"{seen}. Its lower end lies {'within the interval of ' + listed(kept) if kept else 'outside every interval'}."
    )


def _holds(row: pd.Series, change: float) -> bool:
    return bool(row["change_share_low"] <= change <= row["change_share_high"])


def effects_results(
    results: Outcomes, price: Range, quoted_gbp: tuple[float, float], found: clusters.Clusters, measures: pd.DataFrame
) -> list[Result]:
    """The key results, for machines and the summary table; what no fall tried would show is left out."""
    told: list[tuple[str, str, float, str]] = []
    for name, one in results.items():
        words, row = one.panel.outcome.words, one.primary()
        told += [*_estimated(name, sentence(words), row), *_seen(name, words, one.smallest_visible)]
        gbp_visible = analysis.per_body_removed(one.panel, one.smallest_visible, price.central)
        quoted = analysis.share_of_staff(one.panel, quoted_gbp[1], price.central)
        told += [
            (
                f"{name}_smallest_visible_gbp",
                "The same for each body removed, £ a year",
                _pounds(gbp_visible),
                "modelled",
            ),
            (
                f"{name}_quoted_share",
                f"Most that plans quoted for a merger, of the price of {words}",
                quoted,
                "derived",
            ),
        ]
    last = found.estimates.iloc[-1]
    told += _estimated("clusters", f"Staff of ICBs under one team, {date(last['date'])}", last)
    told += _seen("clusters", "their staff", found.smallest_visible)
    counts = prescribing.significant(measures)
    return [
        *(Result(name, words, _kept(value), kind) for name, words, value, kind in told if value == value),
        Result("prescribing_measures", "Prescribing measures tested", counts["tests"], "published"),
        Result("prescribing_found", "Below 5% before correction", counts["plain"], "derived"),
        Result("prescribing_found_holm", "Below 5% after Holm's correction", counts["holm"], "derived"),
        Result("prescribing_found_bh", "Below 5% after Benjamini and Hochberg's", counts["bh"], "derived"),
    ]


def _estimated(name: str, words: str, row: pd.Series) -> list[tuple[str, str, float, str]]:
    parts = {"": "change beyond the others'", "_low": "95% interval, low", "_high": "95% interval, high"}
    return [
        *(
            (f"{name}_change_share{part}", f"{words}: {meaning}", row[f"change_share{part}"], "derived")
            for part, meaning in parts.items()
        ),
        (f"{name}_p_value", f"{words}: p, by permutation", row["p_value"], "derived"),
    ]


def _seen(name: str, words: str, share: float) -> list[tuple[str, str, float, str]]:
    return [(f"{name}_smallest_visible_share", f"Smallest fall of {words} found four times in five", share, "modelled")]


def _kept(value: float) -> float:
    return round(float(value), 6)


def _pounds(value: float) -> float:
    """Pounds no finer than the model."""
    return float(round(value, -4)) if value == value else value


def effects_protocol(results: Outcomes) -> str:
    """The protocol: outcome, groups, who is left out, window, test and power, with the numbers that follow from it."""
    outcomes = analysis.OUTCOMES.values()
    fewest = " or ".join(f"{one.fewest:g} {one.words}" for one in outcomes)
    level, power = per_cent(analysis.LEVEL), per_cent(analysis.POWER)
    parts = []
    for found in results.values():
        row, panel = found.primary(), found.panel
        merged = panel.units[panel.units["role"] == analysis.MERGED]
        parts.append(
            f"{panel.outcome.words} from {row['from_label']} to {row['to_label']}, {bodies(len(merged))} formed from "
            f"{merged['body_count'].sum()} beside {bodies(int(row['control_count']))}, in {row['draw_count']:,} draws"
            f"{' (all there are)' if row['exact'] == 'yes' else ''}"
        )
    return (
        "- **Outcome:** full-time equivalents, as a log, so that changes are shares: all staff, and managers (with senior "
        "managers) apart. Beside it the same per 100,000 registered people.\n"
        "- **Groups:** bodies formed on the day, their predecessors summed before it. Beside them all bodies that had not "
        "merged; then those that never did and those that did later apart, as these may have been preparing.\n"
        "- **Left out:** bodies divided or joined by part of another, bodies formed earlier in the window, and bodies whose "
        f"staff another employs or began to: fewer than {fewest} in any year, or a count that changes from one year to the next by a "
        f"factor of more than {analysis.LARGEST_CHANGE:g}. One rule for merged and other bodies.\n"
        f"- **Window:** the year before the merger and the year after. Earlier years, {analysis.YEARS_BEFORE} before the "
        "merger at most, are placebos of the trend; the second year before to the year after takes in preparing.\n"
        "- **Test:** difference in differences; p is the share of draws of other groups of neighbours inside an area that "
        "differ at least as much; intervals turn that test round. One change of each outcome makes the verdict, at "
        f"{level}; all others are shown beside it.\n"
        f"- **Power:** the smallest fall found in {power} of worlds, put into groups that did not merge.\n\n"
        f"So here: {'; '.join(parts)}."
    )


REASONS = {
    "divided": "divided, or joined by part of another, since the first date",
    "merged before": "formed by an earlier merger within the window",
    "employed elsewhere": "with staff employed by another body",
    "employer changed": f"with a count that changed by a factor of more than {analysis.LARGEST_CHANGE:g} in a year",
}
"""Why bodies are left out, in words."""


def effects_left_out(results: Outcomes) -> str:
    """How many bodies are left out of each outcome, and why."""
    parts = []
    for found in results.values():
        reasons = analysis.left_out(found.panel)["reason"].value_counts()
        fewest = f"fewer than {found.panel.outcome.fewest:g} full-time equivalents"
        words = [
            f"{number} {REASONS[reason]}{f' ({fewest} in some year)' if reason == 'employed elsewhere' else ''}"
            for reason, number in reasons.items()
        ]
        gone = len(analysis.left_out(found.panel))
        whole = share_of(gone, len(found.panel.units), "bodies")
        parts.append(
            f"**{sentence(found.panel.outcome.words)}:** {whole} {'is' if gone == 1 else 'are'} left out: {listed(words)}."
        )
    return (
        " ".join(parts)
        + " A body left out for its employer may still be part of a drawn group, as its like was of real mergers."
    )


def event_study(results: Outcomes) -> str:
    """Headline: the year after against the year before, for each outcome."""
    rows = [(found.panel.outcome.words, found.primary()) for found in results.values()]
    told = listed([f"{words} went {_moved(row['change_share'])}" for words, row in rows])
    tail = "within chance" if all(_open(row) for _, row in rows) else "not all of it within chance"
    return f"Across the merger {told} beside bodies that did not merge, {tail}"


def effects_trend(results: Outcomes) -> str:
    """Whether merged and other bodies moved alike before; then the longer span, in which preparing would show."""
    parts = []
    for found in results.values():
        rows, words = found.estimates, found.panel.outcome.words
        before = rows[(rows["to_year"] < analysis.BASE) & (rows["measure"] == analysis.PRIMARY[1])]
        if before.empty:
            parts.append(f"Of **{words}** one year before is held, so their trend cannot be tested.")
            continue
        years = before["to_year"].nunique()
        apart = [
            f"{row.to_label} (beside bodies {_kind(row.controls)}, {_p(row.p_value)})"
            for row in before.itertuples()
            if row.p_value <= analysis.LEVEL
        ]
        parts.append(
            f"The trend of **{words}** is tested in {count(years, 'earlier year')}, beside each of "
            f"{count(len(analysis.CONTROLS), 'kind')} of bodies: {count(len(before), 'placebo')}, of which "
            f"{f'below 5%: {listed(apart)}' if apart else 'none is below 5%'}."
        )
    return " ".join([*parts, _preparing(results)]).strip()


def _kind(controls: str) -> str:
    """A kind of `effects.CONTROLS` after the word bodies."""
    return controls if controls.startswith("all") else f"that {controls}"


def effects_without(results: Outcomes) -> str:
    """Headline: whether one merger makes the result."""
    if all(len(found.leave_one_out) == len(analysis.spans(found.panel)) for found in results.values()):
        return "One merged body is compared, so none can be left out"
    turned = []
    for found in results.values():
        rows = found.leave_one_out[found.leave_one_out["from_year"] == analysis.BASE]
        told = rows["p_value"] <= analysis.LEVEL
        names = rows.loc[told != told.iloc[0], "left_out"]
        turned += [f"{found.panel.outcome.words} without {short_name(name)}" for name in names]
    if turned:
        return f"The verdict would turn for {listed(turned)}"
    return "No one merger makes the result: without any of them the verdict is the same"


def effects_robust(results: Outcomes) -> str:
    """What other rules for leaving out and another way of drawing give."""
    parts = []
    for found in results.values():
        rows = found.robustness[found.robustness["from_year"] == analysis.BASE].iloc[1:]
        told = [f"{_moved(row['change_share'])} ({row['variant']}: {_p(row['p_value'])})" for _, row in rows.iterrows()]
        parts.append(f"**{sentence(found.panel.outcome.words)}:** {listed(told)}.")
    return " ".join(parts)


def effects_power(results: Outcomes, price: Range, quoted_gbp: tuple[float, float]) -> str:
    """Headline: what was quoted beside what could have been seen."""
    least = {
        found.panel.outcome.words: analysis.per_body_removed(found.panel, found.smallest_visible, price.central)
        for found in results.values()
    }
    seen = [f"{words}, {gbp(value)}" for words, value in least.items() if value == value]
    quoted = f"quoted for a merger alone: {_between(*quoted_gbp)}"
    if not seen:
        return f"No fall tried would have been seen four times in five; {quoted}"
    return f"Smallest yearly fall for each body removed that would have been seen: {listed(seen)}; {quoted}"


def effects_dates(dates: Mapping[str, pd.DataFrame]) -> str:
    """Which mergers can be analysed with the counts held (`effects.analysable` of each outcome), and what adds more."""
    told = []
    for name, frame in dates.items():
        days = [date(day) for day in frame.loc[frame["analysable"] == "yes", "effective_date"]]
        told.append(f"for {analysis.OUTCOMES[name].words}, {listed(days) or 'none'}")
    return (
        "The same code analyses the mergers of every date with a count within a year before and after. With the counts held "
        f"those are, {'; '.join(told)}. NHS England publishes absence by organisation, from which the full-time "
        "equivalents of every month follow: such a file, put in with `ccganalysis add`, adds the dates it covers, and so later mergers."
    )


def effects_limits() -> str:
    """What the comparison cannot tell."""
    return (
        "**What this does not show.** Bodies asked to merge and were let, so what sets them apart may also move their "
        "staff; a permutation test answers chance, not choice. Staff are counted where they are employed: teams hosted for "
        "others, staff of councils and of support units, and a post moved from one to another all look like change. "
        "Bodies that shared an officer may have joined their teams before the law joined them, which leaves less to see on the day. Full-time "
        "equivalents are not pounds; the price of a post is of ICBs in 2025. And a year is short: what a merger releases "
        "later is not in it."
    )


def clusters_by_month(found: clusters.Clusters) -> str:
    """Headline: ICBs in clusters beside those alone, in the last month held."""
    last = found.estimates.iloc[-1]
    told = f"From {date(clusters.BASE)} to {date(last['date'])} staff of ICBs under one team with others went {_moved(last['change_share'])}"
    return f"{told} beside ICBs alone, {'within chance' if _open(last) else 'more than chance accounts for'} ({_p(last['p_value'])})"


def effects_clusters(found: clusters.Clusters, events: pd.DataFrame) -> str:
    """What was compared, what could have been seen, whether trends agreed before, and what the months held miss."""
    last, roles = found.estimates.iloc[-1], found.units.groupby("role")["body_name"].apply(list)
    before = found.estimates[found.estimates["date"] < clusters.BASE]
    apart = int((before["p_value"] <= analysis.LEVEL).sum())
    gone = [
        f"{short_name(name)} ({role})"
        for role in (clusters.BROKEN, clusters.MIXED)
        if role in roles
        for name in roles[role]
    ]
    redundancy = events.loc[events["date"].idxmax()]
    after = int((found.estimates["date"] > redundancy["date"]).sum())
    seen = (
        f"To be found four times in five it would have had to be {per_cent(found.smallest_visible)} down; less would often have been missed."
        if found.smallest_visible == found.smallest_visible
        else "No fall tried would have been seen four times in five."
    )
    return (
        f"{sentence(count(int(last['group_count']), 'leadership team'))} of {len(roles[clusters.GROUPED])} ICBs, of which some were to merge, beside {len(roles[clusters.ALONE])} ICBs alone; left out: "
        f"{listed(gone) or 'none'}. By {date(last['date'])}: {_moved(last['change_share'])} ({_in_brackets(last)}). {seen} Of the "
        f"{count(len(before), 'month')} before the base, which are placebos, {apart or 'none'} "
        f"{'is' if apart == 1 else 'are'} below 5%, where chance alone would give about {max(1, round(len(before) * analysis.LEVEL))}. A cluster shares a "
        f"leadership team and is no merger. Voluntary redundancy was paid for from {date(redundancy['date'])} on; "
        f"{count(after, 'month')} of the series {'comes' if after == 1 else 'come'} after that day, so those who left in the winter of 2025/26 are hardly in it yet."
    )


def effects_prescribing(measures: pd.DataFrame) -> str:
    """How many measures differ before and after correction, and what could have been seen."""
    counts = prescribing.significant(measures)
    first = measures.iloc[0]
    chance = round(counts["tests"] * analysis.LEVEL)
    corrected = (
        "none is after correction, by Holm's rule or by Benjamini and Hochberg's"
        if counts["holm"] == counts["bh"] == 0
        else f"after correction {counts['holm']} by Holm's rule and {counts['bh']} by Benjamini and Hochberg's"
    )
    return (
        f"Of {counts['tests']} measures {counts['plain'] or 'none'} {'is' if counts['plain'] == 1 else 'are'} below 5% before "
        f"correction, where chance alone would give about {chance}; {corrected}. Compared are {first['merged_count']} bodies formed on "
        f"{date(prescribing.MERGERS_OF)} with {first['control_count']} that merged neither then nor a year later. In half of the measures a "
        f"change of {measures['visible_sd'].median():.2f} standard deviations between bodies would have been seen in four draws of "
        "five without any correction, and less than that would not: no difference found is not no difference."
    )


TABLE = [
    "from_label",
    "to_label",
    *(f"change_share{part}" for part in ("", "_low", "_high")),
    "p_value",
    "control_count",
]


def _tabled(results: Outcomes, frames: Mapping[str, pd.DataFrame], first: list[str]) -> pd.DataFrame:
    rows = [frames[name].assign(outcome=sentence(found.panel.outcome.words)) for name, found in results.items()]
    return pd.concat(rows, ignore_index=True)[["outcome", *first]]


def effects_estimates(results: Outcomes) -> pd.DataFrame:
    """Every change that was estimated, for the reader's table."""
    frames = {
        name: found.estimates.assign(measure=found.estimates["measure"].map(analysis.MEASURES))
        for name, found in results.items()
    }
    return _tabled(results, frames, ["controls", "measure", *TABLE])


def effects_robustness(results: Outcomes) -> pd.DataFrame:
    """The change by other rules and another way of drawing, for the reader's table."""
    frames = {name: found.robustness for name, found in results.items()}
    return _tabled(results, frames, ["variant", "merged_left_out", *TABLE])


def effects_bodies_left_out(results: Outcomes) -> pd.DataFrame:
    """The bodies left out and why, for the reader's table."""
    frames = {name: analysis.left_out(found.panel) for name, found in results.items()}
    return _tabled(results, frames, ["body_name", "reason", "fte_before", "fte_after"])


def prescribing_counts(measures: pd.DataFrame) -> str:
    """Caption of the table of measures."""
    counts = prescribing.significant(measures)
    return (
        f"Prescribing after the mergers of {prescribing.MERGERS_OF:%B %Y}, {counts['tests']} measures, lowest p first"
    )

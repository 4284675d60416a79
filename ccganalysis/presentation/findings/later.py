"""What the ranking of the back-test was worth on an era it was not chosen on, in the words of that era."""

from __future__ import annotations

import pandas as pd

from ...analysis.backtest import (
    ANYWHERE,
    APART,
    INSIDE,
    LABELS,
    MERGED,
    ONE_OFFICER,
    SAME_SIZES,
    SPLIT,
    SPREAD,
)
from ...wording import count, date, listed, people, per_cent, sentence, spoken
from ..display import Result

CAME_ABOUT = {ONE_OFFICER: "put under {an_officer}", MERGED: "formed by merger"}
"""What came about, of a group of bodies."""

MEASURED = {
    APART: "mean distance between two {bodies} of one group",
    SPREAD: "spread of people between groups",
    SPLIT: "upper-tier authorities in more than one group",
}
"""How the groups of England are measured, in words."""

_BETTER = {APART: "near to each other", SPREAD: "even in people", SPLIT: "sparing of upper-tier authorities"}

RARE = 0.10
"""The headline names the measures on which no more of the plans drawn do as well as the real groups, error included."""

DRAWN_FROM = {
    ANYWHERE: "any groups of neighbours",
    INSIDE: "groups inside {areas}",
    SAME_SIZES: "groups of the real sizes",
}
"""What plans of England are drawn from, in words."""


def in_its_words(found, told):
    """Text, or whatever holds texts, in the words of the later era; `found` as `backtest.out_of_sample`."""
    return spoken(told, found.era.spoken)


def out_of_sample_heading(found) -> str:
    """The heading and what is done; `found` as `backtest.out_of_sample`."""
    bodies = found.decision.setting.bodies
    told = (
        f"## Out of sample: {{bodies}}, {date(bodies['as_at'].iloc[0])} to {date(found.era.hindsight.date)}\n\n"
        f"The ranking was chosen on earlier bodies; it is tried here on {len(bodies)} {{bodies}}, on which nothing was chosen. They are "
        "ranked as if no {officer} were known to be shared, since that is to be foretold. Chance is five candidates drawn at "
        "random; among mergers of as many {bodies} it is the middle, 50%."
    )
    return in_its_words(found, told)


def out_of_sample_results(found, by: str) -> list[Result]:
    """The key results of it; none where there is no later era. `found` as `backtest.out_of_sample`."""
    told = out_of_sample_briefly(found, by)
    if told is None:
        return []
    results = [Result("out_of_sample", "How the ranking fared on an era that it was not chosen on", told, "derived")]
    for what, name in ((ONE_OFFICER, "later_grouped"), (MERGED, "later_merged")):
        row, words = _row(found.rates, what, by), in_its_words(found, f"groups of {{bodies}} {CAME_ABOUT[what]}")
        if row["formed_count"]:
            results += [
                Result(name, sentence(words), int(row["formed_count"]), "reported"),
                Result(
                    f"{name}_first_five", f"{sentence(words)}, among the first five", int(row["hit_count"]), "derived"
                ),
            ]
    row = _row(found.rates, ONE_OFFICER, by)
    for column, words in (
        ("chance_share", "Share that five drawn at random would hold of the former"),
        ("same_size_percentile", "Their mean percentile among mergers of as many bodies"),
        ("same_size_percentile_low", "95% interval of it, low"),
        ("same_size_percentile_high", "95% interval of it, high"),
    ):
        if row[column] == row[column]:
            results.append(Result(f"later_{column}", words, round(float(row[column]), 6), "derived"))
    return results


def out_of_sample_briefly(found, by: str) -> str | None:
    """In two sentences how the ranking fared on the groups put under one officer; nothing where there are none."""
    if found is None or not (row := _row(found.rates, ONE_OFFICER, by))["formed_count"]:
        return None
    number, hits = int(row["formed_count"]), int(row["hit_count"])
    told = (
        f"Out of sample, on {{bodies}}, {_of(hits, number, 'group')} {CAME_ABOUT[ONE_OFFICER]} {_is(hits, number)} among the first "
        f"five of {_possessive(number)} {{area}}: {_beside_chance(row['hit_advantage_low'], row['hit_advantage_high'])}."
    )
    low, high = row["same_size_percentile_low"], row["same_size_percentile_high"]
    if low == low and high == high:
        told += f" Among mergers of as many {{bodies}} it {_at_equal_size(low, high)}."
    return in_its_words(found, told)


def out_of_sample_words(found, by: str) -> str:
    """How the ranking fared on what came about, and whether another did better; `found` as `backtest.out_of_sample`."""
    told = []
    for what in (ONE_OFFICER, MERGED):
        row = _row(found.rates, what, by)
        number, hits = int(row["formed_count"]), int(row["hit_count"])
        if not number:
            continue
        told.append(
            f"{sentence(_of(hits, number, 'group'))} {CAME_ABOUT[what]} {_is(hits, number)} among the first five candidates of "
            f"{_possessive(number)} {{area}}. Five drawn at random would hold {per_cent(row['chance_share'])} on average: that is "
            f"{_beside_chance(row['hit_advantage_low'], row['hit_advantage_high'])}."
        )
        if row["same_size_percentile"] == row["same_size_percentile"]:
            told.append(
                f"On average {'it stands' if number == 1 else 'they stand'} above {per_cent(row['percentile'])} of the other mergers "
                f"possible, and above {per_cent(row['same_size_percentile'])} of those of as many {{bodies}}. The latter "
                f"{_at_equal_size(row['same_size_percentile_low'], row['same_size_percentile_high'])}."
            )
    return in_its_words(found, " ".join([*told, _others(found, by)]))


def _others(found, by: str) -> str:
    """Which rankings do better than chance at equal size, of the groups put under one officer."""
    mine = found.rates[(found.rates["happened"] == ONE_OFFICER) & (found.rates["ranked_by"] != by)]
    ahead = mine.loc[mine["same_size_percentile_low"] > 0.5, "ranked_by"].map(LABELS).tolist()
    if not ahead:
        return "At equal size no other ranking or naive rule does better than chance for those under {an_officer}, beyond its interval."
    return (
        f"At equal size {listed(ahead)} {'does' if len(ahead) == 1 else 'do'} better than chance for those under {{an_officer}}, "
        f"beyond the interval. Of {len(mine)} looked at, and not chosen beforehand, some would by luck."
    )


def out_of_sample_limits(found, by: str) -> str:
    """What has to be known to read it: whole areas first, borders crossed, neighbours, bodies divided, few areas."""
    mine = found.formed[found.formed["ranked_by"] == by]
    whole = found.decision.setting.bodies.groupby("area_code").size()
    all_of_it = mine["body_count"] == mine["area_code"].map(whole)
    crossing, apart = (mine.loc[chosen, "formed"] for chosen in (mine["area_count"] > 1, mine["connected"] == "no"))
    told = [
        "The ranking puts the whole {area} first, which no group is."
        if not all_of_it.any()
        else f"{sentence(listed(sorted(set(mine.loc[all_of_it, 'formed']))))}: the whole {{area}}, which the ranking puts first.",
        "Every group is of neighbours inside one {area}."
        if crossing.empty and apart.empty
        else f"Across a border of {{areas}}, and so among England's mergers: {listed(sorted(set(crossing))) or 'none'}. "
        f"Not neighbours, and so beside all that are: {listed(sorted(set(apart))) or 'none'}.",
        "{Bodies} that were divided are counted where most of their people went.",
        _merged_before(mine),
        f"The intervals resample {count(mine['area_code'].nunique(), '{area}', '{areas}')}, so they are rough.",
    ]
    told = [one for one in told if one]
    return in_its_words(found, " ".join(told))


def _merged_before(mine: pd.DataFrame) -> str:
    """How many of the groups formed by merger had been under one officer."""
    grouped, merged = (
        [set(codes.split()) for codes in mine.loc[mine["happened"] == what, "body_codes"]]
        for what in (ONE_OFFICER, MERGED)
    )
    before = sum(any(one <= other for other in grouped) for one in merged)
    if not merged:
        return ""
    if before in (0, len(merged)):
        return f"{'Every' if before else 'No'} group formed by merger shared {{an_officer}} before."
    return f"{before} of the {len(merged)} groups formed by merger shared {{an_officer}} before."


def out_of_sample_rates(found, by: str) -> pd.DataFrame:
    """`rates` for readers: the ranking chosen first, then the others by how they fare at equal size."""
    shown = ["ranked_by", "happened", "formed_count", "hit_count", "chance_share"]
    alike = ["same_size_percentile", "same_size_percentile_low", "same_size_percentile_high", "percentile"]
    frame = found.rates[[*shown, *alike]]
    frame = frame.assign(first=frame["ranked_by"] == by).sort_values("first", ascending=False, kind="stable")
    return frame.drop(columns="first").assign(
        ranked_by=frame["ranked_by"].map(in_its_words(found, LABELS)),
        happened=frame["happened"].map(in_its_words(found, CAME_ABOUT)),
    )


def out_of_sample_places(found, by: str) -> pd.DataFrame:
    """`formed` for readers: each group put under one officer by its place by one ranking."""
    mine = found.formed[(found.formed["ranked_by"] == by) & (found.formed["happened"] == ONE_OFFICER)]
    columns = ["members", "area_name", "candidate_count", "place_rank", "percentile", "same_size_percentile"]
    return mine[columns].sort_values("percentile", ascending=False, kind="stable", ignore_index=True)


def england_drawn(found) -> str:
    """How many ways there were to group England, and where the real one stands among plans drawn from them."""
    told = [
        f"**Among all groupings.** England's {{bodies}} can be put into {found.group_count} groups of neighbours in "
        f"{found.plan_count[ANYWHERE]:,} ways, counted exactly."
    ]
    if INSIDE in found.plan_count:
        told.append(f"Inside {{areas}} there are {found.plan_count[INSIDE]:,}.")
    for what, words in (
        (ANYWHERE, "drawn, each as likely as any other"),
        (SAME_SIZES, "with groups of just the real sizes"),
    ):
        rows = found.england[found.england["drawn_from"] == what]
        for row in rows.to_dict("records"):
            of = f"Of {row['draw_count']:,} {words}, " if row["measure"] == rows["measure"].iloc[0] else ""
            told.append(sentence(f"{of}{_as_good(row)} as {_BETTER[row['measure']]} as the real ones."))
    within = (found.england[["better_low", "better_high"]].diff(axis=1).iloc[:, 1].max() / 2) * 100
    told.append(f"These shares are within {within:.1f} points of those of all plans, at 95%.")
    told.append("Nobody would propose a grouping drawn by lot, so to be nearer or more even than those proves little.")
    return in_its_words(found, " ".join(told))


def _as_good(row: dict) -> str:
    """How many of those drawn do as well as the real groups."""
    share = row["better_share"]
    if share in (0, 1):
        return "all are" if share else "not one is"
    return f"{per_cent(share, 1 if share < 0.1 else 0)} are"


def england_headline(found) -> str:
    """The chart's title: on which measures the real groups beat most plans of groups as large."""
    what = SAME_SIZES if (found.england["drawn_from"] == SAME_SIZES).any() else ANYWHERE
    rows = found.england[found.england["drawn_from"] == what]
    better = rows.loc[rows["better_high"] < RARE, "measure"].map(_BETTER)
    drawn = DRAWN_FROM[what]
    told = (
        f"No more than {per_cent(RARE)} of {drawn} are as {' or as '.join(better)} as the real ones"
        if len(better)
        else f"Many {drawn}, drawn at random, do as well as the real ones on every measure"
    )
    return in_its_words(found, told)


def in_units(measure: str, value: float) -> str:
    """A value of one of `MEASURED` with its unit."""
    if measure == APART:
        return f"{value:.0f} km"
    return f"{people(value)} people" if measure == SPREAD else f"{value:.0f}"


def england_table(found) -> pd.DataFrame:
    """`england` for readers: values with their units."""
    frame = found.england
    return pd.DataFrame(
        {
            "measure": frame["measure"].map(in_its_words(found, MEASURED)).map(sentence),
            "drawn_from": frame["drawn_from"].map(in_its_words(found, DRAWN_FROM)),
            "draw_count": frame["draw_count"],
            "real_words": [in_units(*one) for one in zip(frame["measure"], frame["real"], strict=True)],
            "middle_words": [in_units(*one) for one in zip(frame["measure"], frame["drawn_middle"], strict=True)],
            "better_share": frame["better_share"],
            "better_low": frame["better_low"],
            "better_high": frame["better_high"],
        }
    )


def _row(rates: pd.DataFrame, what: str, by: str) -> pd.Series:
    return rates[(rates["happened"] == what) & (rates["ranked_by"] == by)].iloc[0]


def _of(hits: int, number: int, thing: str) -> str:
    if number == 1:
        return f"the one {thing}"
    return f"{hits or 'not one'} of the {number} {thing}s"


def _is(hits: int, number: int) -> str:
    if number == 1:
        return "is" if hits else "is not"
    return "is" if hits <= 1 else "are"


def _possessive(number: int) -> str:
    return "its" if number == 1 else "their"


def _beside_chance(low: float, high: float) -> str:
    if low > 0:
        return "more than by chance"
    return "fewer than by chance" if high < 0 else "within what chance can do"


def _at_equal_size(low: float, high: float) -> str:
    if low > 0.5:
        return "does better than chance"
    return "does worse than chance" if high < 0.5 else "cannot be told from chance"

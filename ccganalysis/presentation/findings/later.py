"""What the ranking of the back-test was worth on an era it was not chosen on."""

from __future__ import annotations

import pandas as pd

from ...analysis.backtest import (
    ANYWHERE,
    APART,
    BASELINES,
    INSIDE,
    LABELS,
    MERGED,
    ONE_OFFICER,
    SAME_SIZES,
    SPLIT,
    SPREAD,
)
from ...wording import count, date, listed, people, per_cent, sentence
from ..display import Result

CAME_ABOUT = {ONE_OFFICER: "put under {an_officer}", MERGED: "formed by merger"}
"""What came about, of a group of bodies."""

MEASURED = {
    APART: "mean distance between two {bodies} of one group",
    SPREAD: "spread of people between groups",
    SPLIT: "upper-tier authorities in more than one group",
}
"""How the groups of England are measured, in words."""

_BETTER = {APART: "as near to each other", SPREAD: "as even in people", SPLIT: "as whole in upper-tier authorities"}

DRAWN_FROM = {
    ANYWHERE: "any groups of neighbours",
    INSIDE: "groups inside {areas}",
    SAME_SIZES: "groups of as many {bodies} as the real ones",
}
"""What plans of England are drawn from, in words."""


def out_of_sample_heading(found) -> str:
    """The heading and what is done; `found` as `backtest.out_of_sample`."""
    bodies = found.decision.setting.bodies
    return (
        f"## Out of sample: {{bodies}}, {date(bodies['as_at'].iloc[0])} to {date(found.era.hindsight.date)}\n\n"
        f"The ranking was chosen on earlier bodies; it is tried here on {len(bodies)} {{bodies}}, on which nothing was chosen. They are "
        "ranked as if no {officer} were known to be shared, since that is to be foretold. Chance is five candidates drawn at "
        "random; among mergers of as many {bodies} it is the middle, 50%."
    )


def out_of_sample_results(found, by: str) -> list[Result]:
    """The key results of it; none where there is no later era. `found` as `backtest.out_of_sample`."""
    if found is None:
        return []
    results = [
        Result(
            "later_bodies", "Bodies on which the ranking is tried out of sample", found.era.words.bodies, "published"
        ),
        Result("later_area", "One of the areas in which they may merge", found.era.words.area, "published"),
        Result("later_officer", "Who they came to share", found.era.words.an_officer, "published"),
    ]
    for what, name in ((ONE_OFFICER, "later_grouped"), (MERGED, "later_merged")):
        row = _row(found.rates, what, by)
        if not row["formed_count"]:
            continue
        told = CAME_ABOUT[what]
        results += [
            Result(name, f"Groups of these {told}, out of sample", int(row["formed_count"]), "reported"),
            Result(f"{name}_first_five", "Of these among the first five candidates", int(row["hit_count"]), "derived"),
        ]
        for column, words in (
            ("chance_share", "Five candidates drawn at random would hold, as a share"),
            ("hit_advantage_low", "Better than chance by, 95% interval, low"),
            ("hit_advantage_high", "Better than chance by, 95% interval, high"),
            ("same_size_percentile", "Mean percentile among mergers of as many bodies (chance is 50%)"),
            ("same_size_percentile_low", "95% interval of it, low"),
            ("same_size_percentile_high", "95% interval of it, high"),
        ):
            if row[column] == row[column]:
                results.append(Result(f"{name}_{column}", words, round(float(row[column]), 6), "derived"))
    return results


def out_of_sample_caveat(value: dict) -> str | None:
    """In two sentences how the ranking fared out of sample, from the key results by name; nothing where it was not tried."""
    if "later_grouped" not in value:
        return None
    number, hits = value["later_grouped"], value["later_grouped_first_five"]
    told = (
        f"Out of sample, on {value['later_bodies']}, {_of(hits, number, 'group')} put under {value['later_officer']} "
        f"{_is(hits, number)} among the first five of {_possessive(number)} {value['later_area']}: "
        f"{_beside_chance(value['later_grouped_hit_advantage_low'], value['later_grouped_hit_advantage_high'])}."
    )
    low, high = (value.get(f"later_grouped_same_size_percentile_{end}") for end in ("low", "high"))
    if low is None or high is None:
        return told
    return f"{told} Among mergers of as many {value['later_bodies']} it {_at_equal_size(low, high)}."


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
            f"{_possessive(number)} {{area}}. Five drawn at random would hold {per_cent(row['chance_share'])}: "
            f"{_beside_chance(row['hit_advantage_low'], row['hit_advantage_high'])}."
        )
        if row["same_size_percentile"] == row["same_size_percentile"]:
            told.append(
                f"Among mergers of as many {{bodies}} {'it stands' if number == 1 else 'they stand'} on average above "
                f"{per_cent(row['same_size_percentile'])} of the others: that "
                f"{_at_equal_size(row['same_size_percentile_low'], row['same_size_percentile_high'])}."
            )
    return " ".join([*told, _others(found, by)])


def _others(found, by: str) -> str:
    """Which rankings do better than chance at equal size, of the groups put under one officer."""
    mine = found.rates[(found.rates["happened"] == ONE_OFFICER) & (found.rates["ranked_by"] != by)]
    ahead = mine[mine["same_size_percentile_low"] > 0.5]
    if ahead.empty:
        return "No other ranking or naive rule does better than chance at equal size, beyond its interval, for those under {an_officer}."
    rules = ahead["ranked_by"].isin(BASELINES).sum()
    named = listed([f"{LABELS[name]} ({per_cent(value)})" for name, value in _first_two(ahead)])
    return (
        f"At equal size {count(len(ahead), 'other ranking or rule does', 'other rankings or rules do')} better than chance for those "
        f"under {{an_officer}}, beyond the interval{'' if len(ahead) < 3 else ', above all'}: {named}."
        + (" None of them is a naive rule." if not rules else "")
    )


def _first_two(ahead: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(ahead["ranked_by"].head(2), ahead["same_size_percentile"].head(2), strict=True))


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
        f"The intervals resample {count(mine['area_code'].nunique(), '{area}', '{areas}')}, so they are rough; mergers are "
        "mostly of groups that shared {an_officer} before.",
    ]
    return " ".join(told)


def out_of_sample_rates(found, by: str) -> pd.DataFrame:
    """`rates` for readers: the ranking chosen first, then the others by how they fare at equal size."""
    shown = ["ranked_by", "happened", "formed_count", "hit_count", "chance_share"]
    alike = ["same_size_percentile", "same_size_percentile_low", "same_size_percentile_high", "percentile"]
    frame = found.rates[[*shown, *alike]]
    frame = frame.assign(first=frame["ranked_by"] == by).sort_values("first", ascending=False, kind="stable")
    return frame.drop(columns="first").assign(
        ranked_by=frame["ranked_by"].map(LABELS), happened=frame["happened"].map(CAME_ABOUT)
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
    for what in (ANYWHERE, SAME_SIZES):
        rows = found.england[found.england["drawn_from"] == what]
        if rows.empty:
            continue
        draws = int(rows["draw_count"].iloc[0])
        told.append(f"Of {draws:,} {'drawn, each as likely as any other' if what == ANYWHERE else DRAWN_FROM[what]}:")
        told[-1] += " " + "; ".join(
            f"{_as_good(row)} {'is' if row['better_share'] * draws <= 1 else 'are'} {_BETTER[row['measure']]}"
            for row in rows.to_dict("records")
        )
        told[-1] += "."
    return " ".join(told)


def _as_good(row: dict) -> str:
    if row["better_share"] == 0:
        return "none"
    if row["better_share"] == 1:
        return "all"
    return per_cent(row["better_share"], 1 if row["better_share"] < 0.1 else 0)


def england_headline(found) -> str:
    """The chart's title: on how many measures the real groups beat most plans of groups as large."""
    what = SAME_SIZES if (found.england["drawn_from"] == SAME_SIZES).any() else ANYWHERE
    rows = found.england[found.england["drawn_from"] == what]
    better = rows.loc[rows["better_share"] < 0.05, "measure"].map(_BETTER)
    if better.empty:
        return f"On no measure do the real groups beat 95% of {DRAWN_FROM[what]} drawn at random"
    return f"Of {DRAWN_FROM[what]} fewer than 5% are {' or '.join(better)}"


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
            "measure": frame["measure"].map(MEASURED).map(sentence),
            "drawn_from": frame["drawn_from"].map(DRAWN_FROM),
            "draw_count": frame["draw_count"],
            "real_words": [in_units(*one) for one in zip(frame["measure"], frame["real"], strict=True)],
            "middle_words": [in_units(*one) for one in zip(frame["measure"], frame["drawn_middle"], strict=True)],
            "better_share": frame["better_share"],
            "better_error": frame["better_error"],
        }
    )


def _row(rates: pd.DataFrame, what: str, by: str) -> pd.Series:
    return rates[(rates["happened"] == what) & (rates["ranked_by"] == by)].iloc[0]


def _of(hits: int, number: int, thing: str) -> str:
    if number == 1:
        return f"the one {thing}"
    return f"{hits or 'none'} of the {number} {thing}s"


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

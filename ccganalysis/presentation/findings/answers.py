"""The answer in words: the verdict on an area, the same on every page that shows it, and what stands beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ...analysis import acceptability, options
from ...analysis.candidates import merged_names
from ...analysis.options import Answer, Option
from ...data.measures import OBJECTIVES
from ...wording import gbp, gbp_range, listed, number, people, per_cent, sentence, share_of
from ..display import Result
from ..verdicts import SENTENCES, VERDICTS
from .choices import bounds, no_choice, no_plan_fits
from .words import bodies

OPTIONS = {
    options.NO_CHANGE: "no change",
    options.ONE_BODY: "one body",
    options.SAME_AUTHORITY: "joining bodies of one {authority}",
    options.SAME_OFFICER: "joining bodies under one {officer}",
    options.BOTH: "joining bodies with either in common",
    options.CARRIED_OUT: "what was carried out by {hindsight}",
    options.OWN: "your own mergers",
}
"""What each option is called, in the order in which a plan with several names takes the first."""

FURTHEST = "joining all neighbours"
"""What one body is called where the bodies are not all connected."""

SHAPES = {
    options.FIXED: "savings are a fixed amount a body",
    options.PROPORTIONAL: "savings are a share of costs",
}
"""The shapes of saving, after "if"."""


def aim(criterion: str) -> str:
    """What who gives weight to a criterion is after."""
    one = OBJECTIVES[criterion]
    return one.aim or one.words


def option_names(option: Option, bodies_left: int) -> list[str]:
    """All the names of an option in words, the one it goes by first."""
    words = OPTIONS | ({options.ONE_BODY: FURTHEST} if bodies_left > 1 else {})
    return [words[name] for name in OPTIONS if name in option.names]


def plan_name(one: Answer, plan: int) -> str:
    """What a plan is called: the name of the option it is, or what it joins, or how many bodies it leaves."""
    option = next((option for option in one.choices if option.plan == plan), None)
    left = int(one.area.plans["body_count"].iloc[plan])
    if option is not None:
        return option_names(option, left)[0]
    joined = merged_names(one.area, plan).split("; ")
    if len(joined) == 1 and joined[0].count(" + ") <= MOST_NAMED:
        return SENTENCES["joining"].format(members=joined[0])
    return SENTENCES["another"].format(left=bodies(left))


MOST_NAMED = 1
"""A plan without a name that joins more bodies to one than this is told by the bodies it leaves."""


def answer(one: Answer) -> str:
    """The verdict on an area, in one or two sentences: the only place where it is put into words."""
    judged = one.verdict
    if judged.kind == options.NOTHING_FITS:
        return no_plan_fits(one.area, one.floor_people, one.ceiling_people)
    if judged.kind == options.NOTHING_TO_CHOOSE:
        return no_choice(one.area)
    leader = sentence(plan_name(one, judged.plan))
    if judged.kind == options.FIRST:
        always = min(judged.first_share.values()) > 1 - acceptability.SAME
        how_often = SENTENCES["always" if always else "often"].format(share=_least(judged.first_share))
        return _until("first", one, leader=leader, how_often=how_often)
    if judged.agreed:
        told = _until("leads", one, leader=leader)
    else:
        leaders = (
            SENTENCES["leader_if"].format(plan=plan_name(one, plan), shape=SHAPES[shape].removeprefix("savings are "))
            for shape, plan in judged.leaders.items()
        )
        told = SENTENCES["savings_decide"].format(leaders=", ".join(leaders))
    return SENTENCES["no_fit"].format(more=told) if judged.kind == options.NO_FIT else told


def _least(shares: Mapping[str, float]) -> str:
    """The share of weightings under every shape: the least, and that it is that, where they differ."""
    words = {per_cent(share) for share in shares.values()}
    if 0.5 < min(shares.values()) < 0.505:
        return SENTENCES["over_half"]
    return SENTENCES["at_least" if len(words) > 1 else "share"].format(share=per_cent(min(shares.values())))


def _until(opening: str, one: Answer, **told: str) -> str:
    """A sentence on the leading plan, with the weight on which it turns under the first shape, if it turns on one."""
    turn = next(iter(one.verdict.turns.values()))
    if turn is None:
        return SENTENCES[opening].format(**told)
    weight, following = per_cent(turn.weight), plan_name(one, turn.plan)
    return SENTENCES[f"{opening}_until"].format(aim=aim(turn.criterion), weight=weight, next=following, **told)


def strip(one: Answer, asked_gbp: float) -> list[tuple[str, str]]:
    """The four numbers under a verdict: asked for, released, people moved and residents in whole authorities.

    `asked_gbp` is what the cut asks of the area. Nothing where no plan fits.
    """
    judged = one.verdict
    if judged.kind == options.NOTHING_FITS:
        return []
    return four(
        asked_gbp,
        judged.released_range_gbp,
        judged.disruption_people,
        (judged.coterminous_share_before, judged.coterminous_share),
    )


def four(
    asked_gbp: float, released_gbp: tuple[float, float], moved_people: int, whole: tuple[float, float]
) -> list[tuple[str, str]]:
    """Four numbers and their words: £ asked for and released a year, people moved, residents in whole authorities."""
    return [
        ("Asked a year", gbp(asked_gbp)),
        ("Released a year, if as quoted", gbp_range(*released_gbp)),
        ("People moved", people(moved_people) if moved_people else SENTENCES["nobody"]),
        ("In whole authorities", _from_to(*whole)),
    ]


def _from_to(before: float, after: float) -> str:
    first, last = (per_cent(share, 0 if share in (0, 1) else 1) for share in (before, after))
    return SENTENCES["as_now" if first == last else "range"].format(share=first, low=first, high=last)


def bullets(one: Answer, asked_gbp: float) -> list[str]:
    """Up to four thoughts beside the verdict: how many bodies, how much of what is asked, cost once, what came about."""
    judged = one.verdict
    told = []
    if edges := bounds(one.floor_people, one.ceiling_people):
        told.append(SENTENCES["only"].format(edges=edges))
    if judged.kind in (options.NOTHING_FITS, options.NOTHING_TO_CHOOSE):
        return told
    if judged.bodies_left < judged.bodies_before:
        low, high = (per_cent(value / asked_gbp) for value in judged.released_range_gbp)
        part = low if low == high else SENTENCES["range"].format(low=low, high=high)
        told.append(SENTENCES["of_asked"].format(part=part))
        plan = one.area.plans.iloc[judged.plan]
        if plan["one_off_low_gbp"] == plan["one_off_low_gbp"]:
            told.append(f"Once: {gbp_range(plan['one_off_low_gbp'], plan['one_off_high_gbp'])}, if posts close.")
    real = one.carried_out
    if real is not None:
        left = int(one.area.plans["body_count"].iloc[real.plan])
        same = "the same" if real.plan == judged.plan else bodies(left)
        told.append(f"By {{hindsight}}: {same}.")
    return told


def answer_map(one: Answer) -> str:
    """The headline over the map of the leading plan: what it is called, and how many bodies become how many."""
    before, left = one.verdict.bodies_before, one.verdict.bodies_left
    name = sentence(plan_name(one, one.verdict.plan))
    if before == left:
        return f"{name}: {bodies(before)}"
    return f"{name}: {bodies(before)} become {number(left)}"


def options_table(one: Answer) -> pd.DataFrame:
    """The appraisal for readers, one row an option: what it is, merges, releases, moves and how often it is first."""
    frame = one.table
    named = [option_names(option, int(left)) for option, left in zip(one.choices, frame["body_count"], strict=True)]
    by_plan = dict(zip(frame["option"], named, strict=True))
    return pd.DataFrame(
        {
            "option": [_option(names, option.hindsight) for names, option in zip(named, one.choices, strict=True)],
            "bodies_left": frame["body_count"],
            "released_fixed": _ranges(frame, options.SHAPES[options.FIXED]),
            "released_proportional": _ranges(frame, options.SHAPES[options.PROPORTIONAL]),
            "coterminous_share": frame["coterminous_share"],
            "disruption_people": frame["disruption_people"],
            "first_share": frame[[f"first_share_{shape}" for shape in options.SHAPES]].min(axis=1),
            "merged": frame["merged"],
            "outdone_by": [
                listed([by_plan[name][0] for name in beaten.split()]) or "none" for beaten in frame["dominated_by"]
            ],
        }
    )


def _option(names: Sequence[str], hindsight: bool) -> str:
    """An option by all its names; one that only hindsight gives says so."""
    first, *others = names
    also = f" ({'; '.join(others)})" if others else " (in hindsight)" if hindsight else ""
    return sentence(first) + also


def _ranges(frame: pd.DataFrame, columns: Sequence[str], words=gbp_range) -> list[str]:
    low, high = frame[columns[0]], frame[columns[-1]]
    return [words(*ends) if ends[0] == ends[0] else "" for ends in zip(low, high, strict=True)]


def _years(low: float, high: float) -> str:
    first, last = f"{low:.1f}", f"{high:.1f}"
    return f"{first} years" if first == last else f"{first} to {last} years"


def _posts(low: float, high: float) -> str:
    first, last = f"{low:,.0f}", f"{high:,.0f}"
    return first if first == last else f"{first} to {last}"


def costs_table(one: Answer) -> pd.DataFrame:
    """What each option takes, one row an option: posts, cost once, payback, the smallest body, who shares an officer."""
    frame = one.table
    left = frame["body_count"]
    return pd.DataFrame(
        {
            "option": [
                sentence(option_names(option, int(number))[0]) for option, number in zip(one.choices, left, strict=True)
            ],
            "term": frame["term"],
            "posts_closed": _ranges(frame, ("posts_fewer_low", "posts_fewer_high"), _posts),
            "cost_once": _ranges(frame, ("one_off_low_gbp", "one_off_high_gbp")),
            "repaid_after": _ranges(frame, ("payback_low_years", "payback_high_years"), _years),
            "smallest_body_people": frame["smallest_body_people"],
            "sharing_officer": frame["sharing_officer"],
        }
    )


def plans_table(one: Answer, frame: pd.DataFrame) -> pd.DataFrame:
    """`candidates.plan_table` for readers: each plan by its name, and whether it is on the frontier."""
    named = {option.plan: plan_name(one, option.plan) for option in one.choices}
    labels = []
    for plan, unbeaten in zip(frame["plan"], frame["on_frontier"], strict=True):
        parts = [name for number, name in named.items() if number == plan] + ["on the frontier"] * (unbeaten == "yes")
        labels.append(sentence(", ".join(parts)))
    frame = frame.drop(columns=["plan", "on_frontier"])
    frame.insert(0, "plan_label", labels)
    return frame


def outdone(one: Answer) -> str:
    """Which options another one outdoes on everything weighed, and under which shape of saving."""
    frame = one.table.set_index("option")
    names = _called(one)
    told = []
    conditions = {"dominated_by": ""} | {f"dominated_by_{shape}": f", if {words}" for shape, words in SHAPES.items()}
    for option, row in frame.iterrows():
        for column, condition in conditions.items():
            by = [name for name in row[column].split() if not condition or name not in row["dominated_by"].split()]
            if by:
                told.append(
                    f"{sentence(names[str(option)])} is outdone by {listed([names[one] for one in by])}{condition}: it is no better on "
                    "money, fit or people, and worse on one of them."
                )
    return " ".join(told) or "No option is outdone by another on money, fit and people at once."


def _called(one: Answer) -> dict[str, str]:
    """What each option is called, by the first of its codes."""
    return {
        option.names[0]: option_names(option, int(one.area.plans["body_count"].iloc[option.plan]))[0]
        for option in one.choices
    }


def beliefs(one: Answer) -> str:
    """What one would have to believe: where the leading plan stops being first on each criterion, in sentences."""
    judged = one.verdict
    weighing = next(iter(one.weighings.values()))
    told = []
    for row in acceptability.turning(weighing, judged.plan).to_dict("records"):
        what = aim(row["criterion"])
        # Of two criteria less of one is more of the other, which is told once.
        if row["plan_below"] >= 0 and len(weighing.criteria) > 2:
            other = plan_name(one, row["plan_below"])
            told.append(f"Where {what} weighs less than {per_cent(row['from_weight'])}, {other} comes first.")
        if row["plan_above"] >= 0:
            other = plan_name(one, row["plan_above"])
            told.append(f"Where {what} weighs more than {per_cent(row['to_weight'])}, {other} comes first.")
    leader = sentence(plan_name(one, judged.plan))
    if not told:
        return f"{leader} comes first whichever of the criteria weighed counts for more, the others sharing the rest."
    centre = (
        f"{leader} comes first where all of these count alike. "
        if _at_centre(one)
        else f"{leader} comes first for more weightings than any other plan, though not where all of these count alike. "
    )
    return centre + " ".join(told)


def _at_centre(one: Answer) -> bool:
    weighing = next(iter(one.weighings.values()))
    number = len(weighing.criteria)
    return weighing.outcome[weighing.first_at([1 / number] * number)] == weighing.outcome[one.verdict.plan]


def weighed_on(one: Answer) -> str:
    """What is weighed, and what makes no difference; how often plans are first that have no name."""
    weighing = next(iter(one.weighings.values()))
    named = sum(weighing.share(option.plan) for option in one.choices)
    told = f"Weighed are {listed([aim(name) for name in weighing.criteria])}, in every way that weights can be given."
    if weighing.idle:
        agree = "is" if len(weighing.idle) == 1 else "are"
        told += f" {sentence(listed([aim(name) for name in weighing.idle]))} {agree} the same in every plan."
    rest = 1 - named
    if rest > 0.005:
        told += f" Plans that are none of these options come first in {per_cent(rest)} of weightings."
    return told


def further(frame: pd.DataFrame, one: Answer) -> str:
    """What the further criteria would change; `frame` from `options.with_and_without`."""
    names = _called(one)
    lead = frame[frame["leads"] == "yes"].groupby("added", sort=False)["option"].agg(list)
    told = []
    for added in [name for name in frame["added"].unique() if name]:
        now = " or ".join(names[option] for option in lead.get(added, [])) or "a plan that is none of the options"
        told.append(f"With {aim(added)} weighed too, {now} comes first most often.")
    return " ".join(told) + " These say in part again what money, fit and people say, so they are not in the verdict."


def answer_results(one: Answer) -> list[Result]:
    """The key results of the answer, the same names for every area."""
    judged = one.verdict
    return [
        Result("verdict", "Verdict", answer(one).replace("**", ""), "modelled"),
        Result("verdict_kind", "Kind of verdict", VERDICTS[judged.kind], "modelled"),
        Result("merged", "Would merge", merged_names(one.area, judged.plan), "modelled"),
        Result("bodies_left", "Bodies left", judged.bodies_left, "modelled"),
        Result(
            "released_low_gbp",
            "Would release at least, £ a year",
            round(judged.released_range_gbp[0]),
            "modelled",
        ),
        Result(
            "released_high_gbp",
            "Would release at most, £ a year",
            round(judged.released_range_gbp[1]),
            "modelled",
        ),
        Result("disruption_people", "People who would change", judged.disruption_people, "derived"),
        Result(
            "coterminous_share_leading",
            "Residents in whole upper-tier authorities, leading plan",
            round(judged.coterminous_share, 4),
            "derived",
        ),
        Result(
            "first_share",
            "Share of weightings in which the leading plan comes first, at least",
            round(min(judged.first_share.values()), 4),
            "modelled",
        ),
    ]


# --- England ---


def of_england(table: pd.DataFrame) -> str:
    """The verdict on England: how many areas have which; `table` is `options.side_by_side`."""
    kinds = table["verdict"].value_counts()
    of_kind = {kind: int(kinds.get(kind, 0)) for kind in options.VERDICTS}
    choice = len(table) - of_kind[options.NOTHING_TO_CHOOSE]
    if not choice:
        return "No {area} has a choice: each has one body, or none of its bodies are neighbours."
    merging = int((table["bodies_left"] < table["body_count"]).sum())
    parts = {
        options.FIRST: "one plan comes first for most weightings of money, fit and people",
        options.TURNS: "the answer turns on a weight or on how savings are reckoned",
        options.NO_FIT: "no merger improves fit",
    }
    found = [(of_kind[kind], words) for kind, words in parts.items() if of_kind[kind]]
    told = [
        f"in {share_of(number, choice, '{areas} with a choice') if not place else number} {words}"
        if number < choice
        else f"in every {{area}} with a choice {words}"
        for place, (number, words) in enumerate(found)
    ]
    return f"{sentence('; '.join(told))}. The plan that comes first most often merges bodies in {_of(merging, choice)} of them."


def _of(part: int, whole: int) -> str:
    return "none" if not part else "all" if part == whole > 1 else f"{part}"


def england_strip(table: pd.DataFrame, asked_gbp: float) -> list[tuple[str, str]]:
    """The four numbers of England, were every area to follow its leading plan."""
    now, residents = table["people_in_whole_authorities"].sum(), table["residents"].sum()
    return four(
        asked_gbp,
        (table["released_low_gbp"].sum(), table["released_high_gbp"].sum()),
        int(table["disruption_people"].sum()),
        (now / residents, (now + table["people_in_whole_gained"].sum()) / residents),
    )


def england_bullets(table: pd.DataFrame, asked_gbp: float) -> list[str]:
    """Three thoughts beside the verdict on England."""
    low, high = (per_cent(table[f"released_{end}_gbp"].sum() / asked_gbp) for end in ("low", "high"))
    before, left = int(table["body_count"].sum()), int(table["bodies_left"].sum())
    told = (
        [f"The {before} bodies would become {left}, were every {{area}} to follow its leading plan."]
        if left < before
        else []
    )
    told += [
        f"Mergers would release {low if low == high else f'{low} to {high}'} of what was asked for, if they release what was "
        "quoted; the rest has to come from elsewhere.",
        "Weights are the reader's: each {area}'s page says which weight would change its answer.",
    ]
    return told


def answers_table(answers: Mapping[str, Answer], table: pd.DataFrame) -> pd.DataFrame:
    """Every area's verdict in words beside its numbers."""
    return pd.DataFrame(
        {
            "area_name": table["area_name"],
            "verdict": [answer(one).replace("**", "") for one in answers.values()],
            "merged": table["merged"],
            "body_count": table["body_count"],
            "bodies_left": table["bodies_left"],
            "released": [
                gbp_range(low, high)
                for low, high in zip(table["released_low_gbp"], table["released_high_gbp"], strict=True)
            ],
            "disruption_people": table["disruption_people"],
            "coterminous_share": table["coterminous_share"],
            "coterminous_share_best": table["coterminous_share_best"],
        }
    )


def england_map(table: pd.DataFrame) -> str:
    """The headline of England by verdict."""
    kinds = table["verdict"].value_counts()
    most = kinds.index[0]
    return f"{sentence(VERDICTS[most])} in {share_of(int(kinds.iloc[0]), len(table), '{areas}')}"


def beliefs_headline(one: Answer) -> str:
    """What one would have to believe, in a line."""
    judged = one.verdict
    leader = plan_name(one, judged.plan)
    if min(judged.first_share.values()) > 1 - acceptability.SAME:
        return f"{sentence(leader)} comes first whatever the weights"
    turn = next(iter(judged.turns.values()))
    often = f"{sentence(leader)} comes first in {_least(judged.first_share)} of weightings"
    return often if turn is None else f"{often}, until {aim(turn.criterion)} weighs more than {per_cent(turn.weight)}"


def answer_block(told: Mapping[str, Any]) -> str:
    """The finding of the national report as the README has it: the verdict, the four numbers and the thoughts beside it."""
    numbers = [f"**{one['value']}** {one['words'][:1].lower()}{one['words'][1:]}" for one in told["strip"]]
    lines = [f"> {told['text']}", f"> {'; '.join(numbers)}."]
    return "\n>\n".join(textwrap.fill(line, 120, subsequent_indent="> ", break_on_hyphens=False) for line in lines)

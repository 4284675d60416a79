"""Parts of a report that are shown or not, as the answer or the era has it, and say what is not shown and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from .. import wording
from ..analysis import (
    agreement,
    alignment,
    beyond_cluster,
    borders,
    candidates,
    cap,
    criteria,
    leadership,
    levers,
    options,
    routes,
    running_costs,
    scale,
    staff,
    unit_costs,
)
from ..analysis.regression import Range
from ..data import ingest, organisations
from ..data.eras import Era
from ..data.tables import Tables
from . import display, figures, findings, outlines
from . import what_if as asked

if TYPE_CHECKING:
    from ..analysis import backtest


def how_allowances_were_set(tables: Tables, era: Era, saving_target: float) -> None:
    """The published rule behind the models, the national total, and what the cut is a share of.

    Nothing where the era's allowances are all published.
    """
    if not era.money.models:
        return
    display.say(findings.RULE)
    rule = running_costs.published_rule(tables["allowance_2013_14"])
    display.show_table(
        findings.published_rule(running_costs.rule_summary(rule)),
        name="published_rule",
        caption="Published allowances of 2013/14 against the rule of £25.00 per ONS-adjusted registered person",
        source="NHS Commissioning Board, CCG running costs allowances 2013/14",
        kind="published",
    )
    display.show(**figures.national_series(running_costs.national_series(tables["national_running_costs"])))
    arithmetic = running_costs.national_arithmetic(tables["national_running_costs"], saving_target, era.money)
    display.say(findings.national_gap(arithmetic))
    display.show_table(
        findings.arithmetic(arithmetic, saving_target),
        name="national_arithmetic",
        caption="What the target is a share of",
        source="NHS England, letter of 23 November 2018; NAO, HC 1783",
        kind=["published", "derived", "assumed"],
    )


def models(tables: Tables, era: Era, as_at: str, model: str) -> pd.DataFrame | None:
    """The era's models of an allowance side by side and beside local figures (`running_costs.validation`, returned).

    Nothing, and None, where all allowances are published.
    """
    if not era.money.models:
        return None
    display.download(
        running_costs.models_compared(tables, as_at, era),
        name="models_by_body",
        title="Baseline of every body under each allowance model",
        source=figures.MODEL,
        kind="modelled",
    )
    validation = running_costs.validation(tables, era)
    display.show(**figures.validation(validation, model))
    display.say(findings.models_note(validation, model))
    return validation


def staff_and_size(tables: Tables, era: Era, found: routes.Evidence) -> None:
    """How staff go with size: bodies under one officer on a curve, every elasticity held, and equal mergers in words.

    A sentence stands where no staff of the era's bodies are held, or too few for a line.
    """
    if found.staff_date is None or found.elasticity is None:
        display.say(findings.NO_STAFF)
        return
    display.show(**figures.staff_by_size(found.pooled, found.elasticity))
    held = tables["bodies"]["as_at"]
    bodies = organisations.footprint(tables["bodies"], held[held <= found.staff_date].max())
    groups = levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies, era.leadership)
    frames = [scale.elasticities(tables, found.staff_date, groups if era.leadership else None)]
    told = [findings.staff_hosts(found.pooled), findings.equal_mergers(found.elasticity), findings.adjusted(frames[0])]
    display.say(" ".join(told))
    if found.staff_date < unit_costs.STAFF_DATE:  # what a post costs is of later bodies, whose staff are held too
        of_later = ingest.Tables(ingest.era_on(unit_costs.STAFF_DATE))
        frames.append(scale.elasticities(of_later, unit_costs.STAFF_DATE))
        later = staff.measured(of_later, unit_costs.STAFF_DATE)
        display.show(**figures.staff_by_size(later, scale.elasticity(later), "staff_by_size_later"))
    display.show(**figures.elasticities(pd.concat(frames, ignore_index=True)))


def routes_of(place: str, by_place: pd.DataFrame, found: routes.Evidence, saving_target: float) -> None:
    """What merging in one place would release by every route: a chart, a table, how to read it, and the test in posts.

    `by_place` as `routes.compared`. A sentence stands where there is nothing to merge.
    """
    rows = by_place[by_place["place"] == place].reset_index(drop=True)
    told = findings.three_routes(rows, found)
    if not told:
        display.say(
            f"There is nothing to merge in {findings.the(place)}, so there is nothing that merging would release."
        )
        return
    display.say(told)
    display.show(**figures.routes(rows, found))
    display.show_table(
        findings.routes_table(rows),
        name="routes_table",
        caption=f"What merging the bodies of {findings.the(place)} would release, by each route of evidence",
        source=f"{figures.PRICES}; {figures.STAFF}",
        kind=["reported", "modelled", "derived"] if found.staff_date is not None else "reported",
    )
    display.say(findings.routes_note(found))
    if found.staff_date is not None:
        display.say(findings.posts(rows[rows["route"] == routes.SCALE].iloc[0], saving_target))


def put_together(place: str, by_place: pd.DataFrame) -> None:
    """The routes of one place as one share, with the parts it is made of and what it is without each; nothing where only
    prices are held, or nothing is to be merged.
    """
    rows = by_place[by_place["place"] == place].set_index("route")
    if rows["share_central"].isna().all() or pd.isna(rows.loc[routes.SCALE, "share_central"]):
        return
    if not rows["released_high_gbp"].max() > 0:
        return
    frame = routes.pooled(by_place, place)
    display.show_table(
        frame,
        name="pooled",
        caption=findings.pooled(frame, place),
        source=f"{figures.PRICES}; {figures.STAFF}",
        kind=["modelled", "assumed"],
    )


def levers_measured(
    place: str, by_place: pd.DataFrame, scope: levers.Scope, table: pd.DataFrame, gap_gbp: float, seed: int
) -> None:
    """What the levers rest on with a merger reckoned by scale; nothing where that is not held or nothing is to be merged."""
    row = by_place[(by_place["place"] == place) & (by_place["route"] == routes.SCALE)].iloc[0]
    if not row["share_high"] > 0:
        return
    share = Range(*(float(row[f"share_{case}"]) for case in levers.CASES))
    before, after = (routes.assumed_parts(scope, one, gap_gbp, seed) for one in (table, routes.by_scale(table, share)))
    display.say(findings.levers_measured(before, after))


def repaid(by_place: pd.DataFrame, found: routes.Evidence) -> None:
    """What closing posts would cost once in each area and after how long it is repaid; nothing where no staff are held."""
    frame = routes.repaid(found, by_place)
    if frame.empty:
        return
    display.say(findings.repaid(found))
    display.show_table(
        findings.repaid_table(frame[frame["place"] != "England"]),
        name="repaid",
        caption="Cost once, and years until it is repaid, by {area}: quickest first",
        source=f"{figures.PRICES}; {figures.STAFF}",
        kind=["modelled", "assumed"],
        rows=6,
    )


def posts_paid(place: str, tables: Tables, era: Era, bodies: pd.DataFrame, officers: pd.Series) -> None:
    """What the era's cap pays for in one place, beside the staff there are; nothing where the era has no cap.

    `bodies` are all of a footprint, or one area's; `officers` the group of each. Of several areas the chart has each of them, and
    tables the groups and the bodies; of one, each body.
    """
    if era.cap is None:
        return
    since = era.cap.model_copy(update={"before": era.cap.since})
    frames = {by: cap.against_staff(tables, bodies, officers, era.cap, by) for by in cap.BY}
    whole = frames[running_costs.EVERYONE].iloc[0].replace(running_costs.EVERYONE, place)
    later = cap.against_staff(tables, bodies, officers, since, running_costs.EVERYONE).iloc[0]
    counted_on = cap.counted_on(tables, era.cap)
    before = len(organisations.footprint(tables["bodies"], counted_on))
    carried = before if bodies["as_at"].iloc[0] != counted_on else None
    display.say(findings.cap_meaning(cap.rate_gbp(tables["national_running_costs"], era.cap), era.cap))
    told = findings.cap_against_staff(frames[cap.BODY], whole, later, era.cap, carried)
    display.say(f"{told} {findings.cap_of_what_was_asked(era.money.target)}")
    several = len(frames[cap.AREA]) > 1
    display.show(**figures.posts_paid(frames[cap.AREA if several else cap.BODY], era.cap))
    by_group = ("cap_by_group", cap.GROUP, "staff_change_share", "{officer}", "{Group}, or one by itself")
    by_body = ("cap_by_body", cap.BODY, "body_count", "{body}", "{Body}")
    for name, by, without, each, place_heading in (by_group, by_body) if several else (by_body,):
        display.show_table(
            findings.cap_table(frames[by], [without]),
            name=name,
            caption=f"What the cap pays for and the staff there are, by {each}: most too many first",
            source=figures.CAP,
            kind=["published", "reported", "derived"],
            rows=12,
            headings=findings.cap_headings(era.cap, place_heading),
        )
    display.say(findings.cap_caveats(unit_costs.price_per_fte(tables), frames[cap.BODY], era.cap))


def beyond_sharing(
    place: str,
    bodies: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    found: routes.Evidence,
    tables: Tables,
    era: Era,
    saving_target: float,
) -> None:
    """What merging bodies that share an officer would release beyond it, in one place; nothing where nobody asked.

    `bodies` are all of a footprint or one area's, with `officer` and `baseline_gbp`; `found` the evidence of the footprint. Where
    no merger of the era's bodies was measured, route C is of the first era in which one was.
    """
    if era.leadership is None or era.leadership.question is None:
        return
    as_at, last = str(bodies["as_at"].iloc[0]), era.dates[-1]
    groups = beyond_cluster.open_groups(bodies, pairs)
    merged = beyond_cluster.merged(tables, era.leadership, last, list(bodies["area_name"].unique()))
    display.say(findings.beyond_question(beyond_cluster.question(tables["policy_facts"], era.leadership)))
    if groups.empty:
        display.say(findings.beyond_nothing(place, merged, last))
        return
    found = _with_an_effect(found)
    apart = beyond_cluster.apart(found, tables)
    together = groups.assign(whole=place)
    rows = beyond_cluster.by_route(found, apart, together, "whole")
    needed = beyond_cluster.break_even(together, tables["levers"], saving_target, "whole").iloc[0]
    once = routes.repaid(found, rows)
    display.say(findings.beyond_answer(place, as_at, needed, rows, found))
    told = [findings.beyond_cost(once.iloc[0] if len(once) else None), findings.beyond_merged(merged, last)]
    display.say(" ".join(filter(None, [findings.beyond_rests_on(found), *told])))
    each = beyond_cluster.by_route(found, apart, groups)
    if groups["place"].nunique() > 1:
        display.show(**figures.beyond_sharing(rows))
    display.show_table(
        findings.beyond_table(
            beyond_cluster.break_even(groups, tables["levers"], saving_target), each, routes.repaid(found, each), merged
        ),
        name="beyond_sharing_by_group",
        caption="What merging each {group} would release a year beyond what sharing has released, by each route of evidence",
        source=f"{figures.PRICES}; {figures.STAFF}; {figures.OFFICERS}; what was asked: data/raw/policy_facts.csv",
        kind=["reported", "modelled", "derived", "assumed"],
        headings={"place": "{Group}"},
    )
    by_area = beyond_cluster.by_route(found, apart, groups, "area_name")
    display.download(
        pd.concat([rows, by_area, each]).drop_duplicates(ignore_index=True),
        name="beyond_sharing_by_route",
        title="Beyond sharing, by every route, place and case",
        source=f"{figures.PRICES}; {figures.STAFF}",
        kind=["reported", "modelled", "derived", "assumed"],
    )


def _with_an_effect(found: routes.Evidence) -> routes.Evidence:
    """The evidence with what was measured at the mergers of any era, where its own had none that can be."""
    if found.effect is not None:
        return found
    measured = (routes.measured_effect(ingest.Tables(era)) for era in ingest.all_eras())
    return dataclasses.replace(found, effect=next((effect for effect in measured if effect is not None), None))


def announced(tables: Tables, era: Era) -> None:
    """When areas were announced as integrated care systems; nothing for an era of which no such table is held."""
    if era.leadership is None:
        return
    bodies, status = organisations.footprint(tables["bodies"], era.leadership.date), tables["ics_status"]
    if not status["area_code"].isin(bodies["area_code"]).any():
        return
    named, flags = tables["ics_named_november_2018"], tables["body_ics_november_2018"]
    display.show_table(
        alignment.named_ics(named, flags, status, bodies).drop(columns="area_code"),
        name="ics_november_2018",
        source=figures.ANNOUNCEMENTS,
        kind=["published", "reported", "derived"],
        caption="The ICSs of November 2018, the STP each was or was part of, and when the whole STP was announced as an ICS",
    )
    display.download(
        alignment.ics_waves(status, bodies),
        name="ics_waves",
        title="When each STP became an ICS",
        source=f"{figures.ANNOUNCEMENTS}; four by elimination",
        kind=["published", "reported", "derived"],
    )


def shared_officers(tables: Tables, era: Era) -> int | None:
    """Bodies under one officer, what followed, and how far that and other ways of dividing England agree.

    Returns how many bodies share by a source or probably; a sentence stands, and None, where there is no evidence.
    """
    if era.leadership is None:
        display.say(findings.no_officers())
        return None
    recorded, last = era.leadership.date, era.dates[-1]
    footprint, successors = organisations.footprint(tables["bodies"], recorded), tables["successors"]
    officers = leadership.by_body(tables["shared_leadership"], footprint)
    groups, bounds = leadership.groups(officers, successors, recorded, last), leadership.bounds(officers)
    display.say(findings.officers(bounds, groups, int((officers["sharing"] == "unknown").sum())))
    display.show(**figures.people_per_officer(groups, last))
    national = tables["shared_leadership_national"]
    if (national["body_count"] == len(officers)).any():
        told = leadership.checks(officers, groups, national, tables["lever_evidence"])
        display.show_table(
            findings.officer_checks(told),
            name="leadership_checks",
            source=figures.OFFICERS,
            kind=["reported", "derived"],
            caption="Our table of shared officers beside what was published and reported",
        )
    display.download(
        officers,
        name="shared_officers",
        source=figures.OFFICERS,
        kind="reported",
        title="Whether each body shared {an_officer} in {officers_known}",
    )
    if era.can_be_looked_back_on:
        display.say(findings.officer_register(tables, era))
    authorities = organisations.on_date(tables["authorities"], recorded)
    pieces = agreement.partitions(authorities, officers, successors, recorded, last)
    display.show_table(
        findings.agreement(agreement.agreement(pieces), recorded, last),
        name="agreement",
        source=figures.ONS,
        kind="derived",
        caption="How far ways of dividing England agree, weighted by residents; a body without a known group stands by itself",
    )
    return int(bounds["sharing_count"][1])


def borders_today(tables: Tables, era: Era, bodies: pd.DataFrame) -> None:
    """The bodies of a footprint against what their era asks of borders and size; nothing where it asks for nothing."""
    found = borders.today(tables, bodies, era)
    if found is None or era.borders is None:
        return
    per_body, england = found
    display.say(findings.bodies_today(per_body, england, era.borders))
    display.show_table(
        findings.bodies_table(per_body),
        name="borders_by_body",
        caption="{bodies} against what is asked of borders and size, those that split most authorities first",
        source=figures.BORDERS,
        kind=["derived", "modelled"],
        rows=10,
    )
    divided = borders.strategic_divided(tables, bodies)
    if len(divided):
        display.show_table(
            divided,
            name="strategic_divided",
            caption="Strategic authorities, some of them planned, in more than one {body}, most residents outside the main one first",
            source=figures.ONS,
            kind="derived",
        )


def across_areas(setting: candidates.Setting, pairs: Sequence[tuple[str, str]], era: Era) -> None:
    """England as a whole by every rule, and the best that could be done across the borders of areas, by set partitioning;
    nothing where the era asks for nothing of borders and size.
    """
    if setting.borders is None:
        return
    now = len(setting.bodies)
    wanted = min(era.number_of_bodies or now, now)
    frame = options.of_england(setting, pairs, wanted, era.largest_across)
    display.say(f"**England as a whole.** {findings.across_areas(frame, now, wanted, era.largest_across)}")
    display.show_table(
        findings.england_options(frame),
        name="england_options",
        caption="England by each rule inside {areas}, across their borders where that differs, and the best on one measure",
        source=f"{figures.CANDIDATES}; {figures.BORDERS}",
        kind=["modelled", "derived"],
    )
    display.download(
        frame,
        name="england_options_in_full",
        title="England by each rule, and the best on one measure: every measure, and what would merge",
        source=f"{figures.CANDIDATES}; {figures.BORDERS}",
        kind=["modelled", "derived"],
    )


def really_formed(tables: Tables, era: Era, p) -> None:
    """The criteria for the bodies formed on the first decision held out; nothing where the era has no such, or no criteria.

    `p` are the parameters of the candidates.
    """
    if not era.reported_on or tables["criteria"].empty:
        return
    day = era.reported_on[0]
    settings = (p.allowance_model, p.saving_target, p.draws, p.seed, era)
    real = candidates.real_mergers(tables, day, *settings)
    display.say(findings.really_formed(day))
    display.show_table(
        criteria.grid(real, tables["criteria"], tables["criteria_evidence"], p.saving_target),
        name="formed",
        caption=f"Criteria for a merger, for the bodies formed on {wording.date(day)}, on the data of the footprint before",
        source=f"{figures.CANDIDATES}; data/raw/criteria.csv",
        kind=["modelled", "derived"],
    )
    example = real.sort_values("body_count").iloc[-1]
    _scorecard(example, f"Scorecard of the largest of them: {example['formed']}", tables, p.saving_target)


def out_of_sample(found: backtest.OutOfSample | None, by: str) -> None:
    """How the ranking `by` fared on a later era, in that era's words; nothing where there is none."""
    if found is None:
        return
    told = partial(findings.in_its_words, found)
    headings = told({"candidate_count": "Mergers possible in the {area}", "area_name": "{Area}"})
    source = told(f"{figures.BACKTEST}; {figures.OFFICERS}")
    display.say(findings.out_of_sample_heading(found))
    display.say(f"{findings.out_of_sample_words(found, by)} {findings.out_of_sample_limits(found, by)}")
    display.show_table(
        findings.out_of_sample_places(found, by),
        name="later_places",
        caption=told(
            "Groups of {bodies} put under {an_officer}, by their place among the mergers possible in their {area}"
        ),
        source=source,
        kind=["derived", "reported"],
        headings=headings,
        rows=5,
    )
    display.show_table(
        findings.out_of_sample_rates(found, by),
        name="later_rates",
        caption=told(
            "Out of sample, by every ranking, the one chosen first: among the first five, and among mergers of as many {bodies}"
        ),
        source=source,
        kind=["derived", "reported"],
        headings={"formed_count": "Groups"},
        rows=6,
    )
    if found.england.empty:
        return
    display.say(findings.england_drawn(found))
    display.show(**figures.england_drawn(found))
    display.download(
        findings.england_table(found),
        name="later_england",
        title=told("The real groups of {bodies} beside plans of as many groups, each drawn with the same chance"),
        source=told(figures.OFFICERS),
        kind=["reported", "derived"],
    )


def answer(one: options.Answer, asked_gbp: float) -> None:
    """The verdict on an area with its four numbers and what stands beside them; `asked_gbp` is what the cut asks of it."""
    display.finding(findings.answer(one), findings.strip(one, asked_gbp), findings.bullets(one, asked_gbp))


def options_of(one: options.Answer) -> None:
    """The named options side by side, in two tables and in full, and which outdoes which; a sentence where there is no choice."""
    area = one.area
    if len(area.plans) == 1:
        return display.say(findings.no_choice(area))
    source = f"{figures.CANDIDATES}; {figures.PRICES}; {figures.STAFF}"
    display.show_table(
        findings.options_table(one),
        name="options",
        caption="The options: what each would release a year, whom it moves, and how often it comes first",
        source=source,
        kind=["modelled", "derived"],
    )
    display.say(findings.outdone(one))
    display.show_table(
        findings.costs_table(one),
        name="options_cost",
        caption="What each option takes: posts, cost once, and who shares {an_officer}",
        source=source,
        kind=["modelled", "reported", "derived"],
    )
    if one.setting.borders is not None:
        display.show_table(
            findings.options_borders(one),
            name="options_borders",
            caption="What each option does to what is asked of borders and size; where patients are treated is modelled",
            source=figures.BORDERS,
            kind=["derived", "modelled"],
        )
    display.download(
        one.table,
        name="options_in_full",
        title="The options, every measure",
        source=source,
        kind=["modelled", "derived"],
    )
    return None


def beliefs(one: options.Answer) -> None:
    """What one would have to believe for a plan to come first, and what further criteria would change; nothing where there
    is no choice.
    """
    if len(one.area.plans) == 1:
        return
    display.show(**figures.beliefs(one))
    display.say(f"{findings.weighed_on(one)} {findings.beliefs(one)}")
    with_further = options.with_and_without(one.area, one.choices)
    display.say(findings.further(with_further, one))


def ask_it_yourself(one: options.Answer, found: routes.Evidence, asked_gbp: float, shapes) -> None:
    """What a reader can change on the page, and what follows; nothing where there is no choice, or more plans than a page holds.

    `found` is the evidence of the footprint, `asked_gbp` what the cut asks of the area, `shapes` from `maps.boundaries`.
    """
    if not asked.can_be_asked(one):
        return
    display.what_if(
        {
            "title": "Ask it yourself",
            "text": findings.answer(one),
            "strip": [{"words": words, "value": value} for words, value in findings.strip(one, asked_gbp)],
            "settings": asked.settings(one, found, asked_gbp),
            "people": int(one.area.sets["registered_population"].max()),
            "model": asked.model(one, found, asked_gbp),
            "note": f"Source: {figures.CANDIDATES}; {figures.PRICES}. Kind of figure: modelled.",
        },
        partial(outlines.of_bodies, shapes, one.area.codes),
    )


def scorecard(one: options.Answer, saving_target: float, tables: Tables) -> None:
    """The criteria for the largest merged body of the leading plan, where the era has any; a sentence where it merges none."""
    if tables["criteria"].empty:
        return
    merged = candidates.largest_merged(one.area, one.verdict.plan)
    if merged is None:
        display.say(findings.no_merger(one.area))
        return
    caption = f"Criteria for a merger, for the largest merged body of the leading plan: {merged['bodies']}"
    _scorecard(merged, caption, tables, saving_target)


def _scorecard(merged: pd.Series, caption: str, tables: Tables, saving_target: float) -> None:
    """The criteria for one merged body, and the verdict on them."""
    card = criteria.scorecard(merged, tables["criteria"], tables["criteria_evidence"], saving_target)
    display.show_table(
        findings.scorecard(card, merged, saving_target),
        name="scorecard",
        caption=caption,
        source=f"{figures.CANDIDATES}; data/raw/criteria.csv",
        kind=["modelled", "derived"],
    )
    display.say(findings.criteria_met(card))

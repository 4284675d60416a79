"""The counts behind the answers to a referee: by hand on a few bodies, and against what is known of England."""

import pandas as pd
import pytest
from ccg import ERA

from ccganalysis.analysis import alignment, backtest, trust
from ccganalysis.data import organisations
from ccganalysis.presentation import findings

EARLY, LATE = pd.Timestamp("2018-04-01"), pd.Timestamp("2021-04-01")


def passed_on(heirs, as_at=LATE):
    """The table `successors` where each body went whole to one other."""
    rows = [(EARLY, code, as_at, heir, 1.0, "published") for code, heir in heirs.items()]
    columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor", "kind"]
    return pd.DataFrame(rows, columns=columns)


def recorded(sharing):
    rows = [("G", code, word) for code, word in sharing]
    return pd.DataFrame(rows, columns=["group_code", "body_code", "sharing"], dtype="str")


def footprint(codes, area="Q"):
    return pd.DataFrame(
        {
            "body_code": list(codes),
            "body_name": list(codes),
            "area_code": area,
            "area_name": area,
            "registered_population": 1,
            "as_at": EARLY,
        }
    )


def test_research_by_hand():
    """Of A, B, C with a source on them A and B merged; of D (left open) and E (no record) E merged."""
    shared = recorded([("A", "sourced"), ("B", "probable"), ("C", "no"), ("D", "unknown"), ("A", "unknown")])
    heirs = {"A": "X", "B": "X", "C": "C", "D": "D", "E": "Y"}
    found = trust.research(shared, passed_on(heirs), footprint("ABCDE"), LATE)
    assert found.to_dict("list") == {"researched": ["yes", "no"], "body_count": [3, 2], "merged_count": [2, 1]}


def test_prices_by_hand():
    evidence = pd.DataFrame(
        {
            "scope": ["merger alone", "merger alone", "merger alone", "whole programme", "fixed cost of a body"],
            "kind": ["reported", "published", "reported", "reported", "reported"],
            "note": ["rejected by member practices", None, "possible", "rejected", ""],
        }
    )
    assert trust.merger_prices(evidence) == {"priced_count": 3, "priced_press_count": 2, "priced_rejected_count": 1}


def test_pairs_across_borders_by_hand():
    bodies = pd.concat([footprint("AB", "Q1"), footprint("C", "Q2")])
    assert trust.across_borders([("A", "B"), ("B", "C")], bodies) == {"pair_count": 2, "pair_across_count": 1}


def test_within_researched_by_hand():
    """Of four pairs, three are of researched bodies; among them the officer tells nothing, among all it does."""
    rows = [("A", "B", True, 1.0), ("A", "C", False, 1.0), ("B", "C", True, 1.0), ("C", "E", False, 0.0)]
    pairs = pd.DataFrame(rows, columns=["body_code_a", "body_code_b", "together", "same_officer"])
    pairs = pairs.assign(effective_date=pd.Timestamp("2020-04-01"), sample=backtest.HELD_OUT)
    early = pairs.assign(sample=backtest.IN_SAMPLE, together=~pairs["together"])
    shared = recorded([("a", "sourced"), ("B", "sourced"), ("C", "no"), ("E", "unknown")])
    heirs = passed_on({"a": "A", "B": "B", "C": "C", "E": "E"}, pd.Timestamp("2019-04-01"))
    found = trust.within_researched(pd.concat([early, pairs], ignore_index=True), shared, heirs, EARLY)
    # All: 2 x 2 comparisons, two won and two ties, so (2 + 1) / 4. Researched: two ties of two.
    assert found.to_dict("list") == {
        "pairs_of": ["all bodies", "researched bodies"],
        "pair_count": [4, 3],
        "together_count": [2, 2],
        "roc_area": [0.75, 0.5],
    }


@pytest.fixture(scope="module")
def counts(tables):
    return trust.counts(tables, ERA)


def test_counts_of_england_against_the_register(counts, tables):
    """Bodies that merged are those whose codes the last footprint has no more: every merger made a new code."""
    now, last = (set(organisations.footprint(tables["bodies"], day)["body_code"]) for day in (EARLY, LATE))
    assert counts["body_count"] == 195 and counts["merged_count"] == len(now - last)
    assert counts["merged_count"] + counts["unmerged_count"] == 195
    assert counts["researched_count"] + counts["unresearched_count"] == 195
    assert counts["researched_merged_count"] + counts["unresearched_merged_count"] == counts["merged_count"]
    silent = tables["shared_leadership"]["sharing"] == "unknown"
    looked = set(tables["shared_leadership"].loc[~silent, "body_code"])
    assert (counts["researched_count"], counts["researched_merged_count"]) == (len(looked), len(looked - last))


def test_bodies_formed_are_those_of_the_register(counts, tables):
    """Bodies with a new code from 2018, before and after the letter of November 2018, and where their members were."""
    mergers = tables["mergers"]
    mergers = mergers[(mergers["event"] == "CCG merger") & (mergers["effective_date"] > pd.Timestamp("2017-04-01"))]
    early, later, areas, crossed = 0, 0, set(), 0
    for (day, _), members in mergers.groupby(["effective_date", "successor_code"])["predecessor_code"]:
        before = organisations.footprint(tables["bodies"], day - pd.DateOffset(years=1)).set_index("body_code")
        after = organisations.footprint(tables["bodies"], day).set_index("body_code")
        early, later = early + (day <= pd.Timestamp("2019-04-01")), later + (day > pd.Timestamp("2019-04-01"))
        areas.add(after.loc[mergers.loc[members.index[0], "successor_code"], "area_code"])
        crossed += before.loc[list(members), "area_code"].nunique() > 1
    assert (counts["formed_early_count"], counts["formed_later_count"]) == (early, later) == (8, 27)
    assert counts["formed_area_count"] == len(areas) and counts["crossing_merger_count"] == crossed > 0
    assert counts["attempt_count"] == len(tables["merger_attempts"])
    never = [outcome.startswith("never merged") for outcome in tables["merger_attempts"]["outcome"]]
    assert 0 < counts["never_merged_count"] == sum(never) < len(never)


def test_the_letter_is_not_of_ccgs_alone(counts):
    assert counts["national_total_gbp"] == 1.21e9 and counts["letter_gbp"] == 320e6
    assert counts["national_part_gbp"] + counts["other_bodies_gbp"] == counts["letter_gbp"]


def test_every_model_is_above_every_local_figure(counts):
    assert counts["compared_above_count"] == counts["compared_count"] == 3 * counts["observed_count"]


def test_areas_are_those_that_were_published(counts):
    assert (counts["area_count_first"], counts["area_count"]) == (44, 42)


def test_cumbria_was_divided_and_its_county_is_in_two_areas(counts, tables):
    residents = tables["authorities"][tables["authorities"]["as_at"] == pd.Timestamp("2017-04-01")]
    left = residents.loc[residents["body_code"] == "01H", "residents"].sum()
    share = counts["cumbria_residents_moved"] / (left + counts["cumbria_residents_moved"])
    assert counts["cumbria_share_moved"] == pytest.approx(share)
    assert counts["cumbria_allowance_moved_gbp"] == pytest.approx(share * 12_800_000, rel=0.01)
    bodies = organisations.footprint(tables["bodies"], EARLY)
    here = organisations.on_date(tables["authorities"], EARLY)
    split = alignment.split_authorities(here, bodies.set_index("body_code")["area_name"])
    assert "E10000006" in set(split["authority_code"])


@pytest.mark.parametrize("as_at", ["2017-04-01", "2018-04-01", "2019-04-01", "2020-04-01", "2021-04-01"])
@pytest.mark.parametrize("water", ["none", "listed", "5"])
def test_sentences_beside_figures_hold_for_every_date(tables, as_at, water):
    bodies = organisations.footprint(tables["bodies"], as_at)
    pairs = organisations.neighbours(tables["links"], as_at, water, tables["water_links"])
    area = dict(zip(bodies["body_code"], bodies["area_code"], strict=True))
    apart = sum(1 for one, other in pairs if area[one] != area[other])
    said = findings.candidates_in_context(tables, pairs, bodies, ERA)
    assert f"{apart:,} of {len(pairs):,} pairs of neighbours are in two {{areas}}" in said


def test_sentences_beside_figures_have_the_counts(tables, counts):
    assert f"{counts['unmerged_count']} had not merged by 1 April 2021" in findings.against_the_limit(tables, ERA)
    said = findings.prices_of_mergers(tables)
    assert "rests on three prices" in said and "one of them belongs to a merger that was rejected" in said
    said = findings.officer_register(tables, ERA)
    assert "129 bodies" in said and "108 had merged" in said and "other 66, 10." in said
    assert f"{counts['formed_later_count']} followed" in findings.formed_in_context(tables, ERA)

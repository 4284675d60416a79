"""The answer: one verdict for each area, the same on every page, with its numbers made again by other means."""

import re

import numpy as np
import pandas as pd
import pytest
import sentences
from ccg import ERA
from sentences import recording

from ccganalysis.analysis import acceptability, candidates, levers, options, routes
from ccganalysis.errors import InputError
from ccganalysis.presentation import findings
from ccganalysis.presentation.verdicts import VERDICTS
from ccganalysis.runs import runner


@pytest.fixture(scope="module")
def found(tables, setting_2018):
    return routes.evidence(tables, setting_2018.bodies, ERA, permutations=200)


@pytest.fixture(scope="module")
def answers(tables, setting_2018, pairs_2018, found):
    all_areas = candidates.every_area(setting_2018, pairs_2018)
    outcome = candidates.came_about(setting_2018.bodies, tables["successors"], ERA.hindsight)
    return options.every_answer(all_areas, setting_2018, found, outcome)


class TestPriced:
    def test_two_bodies_by_hand(self, answers, found):
        """Devon: Northern, Eastern and Western with South Devon and Torbay, under one officer.

        All of the second's cost would go, less what sharing has had; posts are the same share of the staff of both.
        """
        plans = answers["QJK"].area.plans
        own = found.bodies.set_index("body_code").loc[list(answers["QJK"].area.codes)]
        rate, smaller = found.proportional, own["baseline_gbp"].min()
        cases = {which: levers.case(found.levers, which) for which in levers.CASES}
        assert own["officer"].nunique() == 1
        for case in ("low", "central", "high"):
            expected = getattr(rate, case) * smaller * (1 - cases[case]["share_already_harvested"])
            assert plans.loc[1, f"released_proportional_{case}_gbp"] == pytest.approx(expected, abs=0.01)
        central = cases["central"]
        released = central["saving_per_body_removed_gbp"] * (1 - central["share_already_harvested"])
        share = released / own["baseline_gbp"].sum()
        posts = share * own["staff_fte"].sum()
        assert plans.loc[1, "posts_fewer"] == pytest.approx(posts)
        assert plans.loc[1, "one_off_central_gbp"] == pytest.approx(posts * found.closing.central)
        assert plans.loc[0, ["posts_fewer", "released_proportional_high_gbp"]].tolist() == [0, 0]
        assert np.isnan(plans.loc[0, "payback_central_years"])

    def test_the_plan_that_merges_all_is_what_the_routes_say(self, tables, answers, found, setting_2018, pairs_2018):
        """The last plan of every area whose bodies are all neighbours, against the routes' own table of the area."""
        limits = setting_2018.bodies.assign(part=0)
        by_place = routes.of_areas(found, limits).set_index(["place", "route"])
        for one in answers.values():
            last = one.area.plans.iloc[-1]
            if last["body_count"] > 1 or len(one.area.codes) == 1:
                continue
            for route, shape in ((routes.FIXED, options.FIXED), (routes.PROPORTIONAL, options.PROPORTIONAL)):
                row = by_place.loc[(one.area.area_name, route)]
                for case, column in zip(("low", "central", "high"), options.SHAPES[shape], strict=True):
                    assert last[column] == pytest.approx(row[f"released_{case}_gbp"], abs=0.02)
            assert last["posts_fewer"] == pytest.approx(by_place.loc[(one.area.area_name, routes.FIXED), "posts_fewer"])

    def test_payback_differs_between_mergers(self, answers):
        years = answers["QYG"].area.plans["payback_central_years"].dropna()
        assert years.nunique() > 10


class TestSweeps:
    def test_every_stretch_against_asking_at_many_weights(self, answers):
        for one in answers.values():
            for weighing in one.weighings.values():
                swept = acceptability.sweeps(weighing)
                for number, name in enumerate(weighing.criteria):
                    mine = swept[swept["criterion"] == name]
                    assert mine["from_weight"].iloc[0] == 0 and mine["to_weight"].iloc[-1] == pytest.approx(1)
                    assert mine["from_weight"].iloc[1:].tolist() == pytest.approx(mine["to_weight"].iloc[:-1].tolist())
                    for row in mine.itertuples():
                        middle = weighing.along(number, (row.from_weight + row.to_weight) / 2)
                        values = weighing.scaled @ middle
                        among = weighing.outcome >= 0
                        assert values[row.plan] == pytest.approx(values[among].max(), abs=1e-9)

    def test_by_hand(self, answers):
        """Two plans, three criteria, money and fit for merging, people against: it turns at a half."""
        swept = acceptability.sweeps(answers["QJK"].weighings[options.FIXED])
        people = swept[swept["criterion"] == "disruption"]
        assert people[["from_weight", "to_weight", "plan"]].to_numpy().ravel().tolist() == pytest.approx(
            [0, 0.5, 1, 0.5, 1, 0]
        )


class TestWords:
    def test_cheshire_and_merseyside(self, answers):
        """The three mergers that make every authority whole lead under one shape, one body under the other."""
        one = answers["QYG"]
        assert findings.answer(one) == (
            "Savings decide: **joining bodies of one {authority}** if a fixed amount a body, **one body** if a share "
            "of costs."
        )
        told = findings.outdone(one)
        assert (
            "What was carried out by {hindsight} is outdone by joining bodies of one {authority}, if savings are a fixed"
            in told
        )
        assert [value for _, value in findings.strip(one, 10_753_336)][2:] == ["418,000", "59.8% to 100%"]

    def test_a_plan_that_comes_first(self, answers):
        assert findings.answer(answers["QJK"]) == (
            "**One body** leads in 75% of weightings, however savings are reckoned, until "
            "keeping the same commissioner weighs over 50%."
        )

    def test_called_first_only_above_a_half_under_both_shapes(self, answers):
        for one in answers.values():
            text = findings.answer(one)
            claimed = " of weightings, however" in text or "whatever the weights" in text
            assert claimed == (one.verdict.kind == options.FIRST)
            if claimed:
                assert min(weighing.share(one.verdict.plan) for weighing in one.weighings.values()) > 0.5
            best = one.area.plans["people_in_whole_authorities"]
            if "No merger improves fit" in text:
                assert best.max() == best.iloc[0]

    def test_two_numbers_a_sentence_at_most(self, answers):
        for one in answers.values():
            told = [findings.answer(one), *findings.bullets(one, 1e6), findings.beliefs(one), findings.weighed_on(one)]
            for sentence in re.split(r"(?<=[.;:]) ", " ".join(told).replace("{hindsight}", "")):
                assert len(re.findall(r"\d[\d,.]*", sentence)) <= 2, sentence

    def test_england_adds_up(self, answers):
        table = options.side_by_side(answers)
        text = findings.of_england(table)
        counts = [int(count) for count in re.findall(r"\d+", text)]
        kinds = pd.Series([one.verdict.kind for one in answers.values()]).value_counts()
        choice = 42 - kinds[options.NOTHING_TO_CHOOSE]
        assert counts[:2] == [kinds[options.FIRST], choice] and sum(counts[:1] + counts[2:4]) == choice
        assert table["body_count"].sum() == 195
        none = table.assign(verdict=options.NO_FIT)
        assert findings.of_england(none).startswith("In every {area} with a choice no merger improves fit. ")


class TestTheReadersMerger:
    def test_goes_to_the_area_of_its_bodies(self):
        jobs = runner.plan({"merge": "01F+02E"}, only="area_report")
        told = {job.page: job.parameters["merge"] for job in jobs if job.parameters["merge"]}
        assert told == {"ccg/area/QYG": "01F+02E"} and len(jobs) == 42 + 7

    def test_is_refused_before_anything_runs(self):
        with pytest.raises(InputError, match="merge: '01F\\+01V' is not connected"):
            runner.plan({"merge": "01F+01V"})
        with pytest.raises(InputError, match="Unknown body code '0XX'"):
            runner.plan({"merge": "0XX+01V"}, area=["QYG"])

    def test_stands_beside_the_options(self):
        with recording():
            page = sentences.page("area_report", area="QYG", merge="01F+02E", draws=1000)
        own = page.tables["options"].iloc[-1]
        assert own["option"] == "Your own mergers" and own["merged"] == "Halton + Warrington"


def test_every_kind_of_verdict_has_words():
    assert tuple(VERDICTS) == options.VERDICTS

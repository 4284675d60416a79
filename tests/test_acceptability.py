"""Shares of weightings: triangles worked by hand, cells cut out by another library, linear programmes, random draws."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from shapely.geometry import Polygon

from ccganalysis.analysis import acceptability, candidates
from ccganalysis.errors import InputError

FURTHER = [(), ("number_of_bodies",), ("size_balance",), ("number_of_bodies", "size_balance")]


@pytest.fixture(scope="module")
def all_areas(setting_2018, pairs_2018):
    return candidates.every_area(setting_2018, pairs_2018)


def made_up(*plans: tuple[float, float, float]) -> candidates.AreaPlans:
    """An area of which nothing is known but £ released, residents in whole authorities and people who change body."""
    columns = ["released_central_gbp", "people_in_whole_authorities", "disruption_people"]
    return candidates.AreaPlans("QAA", "Row", (), None, None, pd.DataFrame(plans, columns=columns, dtype="float64"))


def shares(*points: tuple[float, ...]) -> list[float]:
    return acceptability.first_shares(np.array(points, dtype="float64"))[0].tolist()


class TestByHand:
    @pytest.mark.parametrize("size", [2, 3, 4, 5])
    def test_each_best_at_one_criterion(self, size):
        """Every weight is as often the largest; the largest of n parts of 1 is (1 + 1/2 + ... + 1/n) / n on average."""
        found, centres = acceptability.first_shares(np.eye(size))
        assert found == pytest.approx(1 / size)
        largest = sum(1 / part for part in range(1, size + 1)) / size
        assert np.diag(centres) == pytest.approx(largest)
        assert centres[0, 1:] == pytest.approx((1 - largest) / (size - 1))

    def test_two_criteria_against_one(self):
        """The second is first where the third weight is above a half: the corner triangle, a quarter of the whole."""
        found, centres = acceptability.first_shares(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
        assert found.tolist() == pytest.approx([3 / 4, 1 / 4])
        assert centres[1].tolist() == pytest.approx([1 / 6, 1 / 6, 2 / 3])
        assert centres[0].tolist() == pytest.approx([7 / 18, 7 / 18, 4 / 18])

    def test_a_compromise_is_first_only_above_the_line_between_extremes(self):
        assert shares((1, 0), (0, 1), (0.6, 0.6)) == pytest.approx([0.4, 0.4, 0.2])
        assert shares((1, 0), (0, 1), (0.5, 0.5)) == pytest.approx([0.5, 0.5, 0])  # on it: never first alone
        assert shares((1, 0), (0, 1), (0.4, 0.4)) == pytest.approx([0.5, 0.5, 0])  # not dominated, and never first

    def test_a_dominated_plan_is_never_first(self):
        assert shares((1, 1, 1), (0, 1, 1), (0, 0, 0)) == [1, 0, 0]

    def test_four_plans_of_two_independent_mergers(self):
        """Each merger is worth it or not, whatever the other does: a > b at w1 > 1/3, c > d at w1 > 2/3."""
        assert shares((0, 3), (2, 2), (1, 1), (3, 0)) == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])


class TestWeighing:
    def test_scales_run_from_the_worst_plan_to_the_best(self):
        weighing = acceptability.weigh(made_up((0, 50, 0), (400, 100, 30), (1_000, 100, 120)))
        assert weighing.scaled.tolist() == [[0, 0, 1], [0.4, 1, 0.75], [1, 1, 0]]

    def test_equal_plans_are_one_outcome(self):
        weighing = acceptability.weigh(made_up((0, 0, 0), (5, 1, 9), (5, 1, 9), (2, 0, 20)))
        assert weighing.first["plan_count"].tolist() == [2, 1]
        assert weighing.leader == 1 and weighing.outcome.tolist() == [1, 0, 0, -1]
        assert weighing.share(1) == weighing.share(2) > 0 == weighing.share(3)
        assert set(weighing.central(2)) == set(acceptability.CRITERIA) and weighing.central(3) == {}

    def test_a_criterion_on_which_all_are_equal_is_idle(self):
        with_it = acceptability.weigh(made_up((0, 7, 0), (6, 7, 6), (10, 7, 20)))
        without = acceptability.weigh(made_up((0, 7, 0), (6, 7, 6), (10, 7, 20)), ["released", "disruption"])
        assert with_it.idle == ("coterminosity",) and without.idle == ()
        pd.testing.assert_frame_equal(with_it.first, without.first)

    def test_the_share_does_not_depend_on_an_idle_criterion(self):
        """Drawn with its weight and without: the others stand to each other as before."""
        points = np.array([[0.0, 1.0], [0.6, 0.7], [1.0, 0.0]])
        idle = acceptability.first_shares(np.insert(points, 1, 0.3, axis=1))[0]
        assert idle == pytest.approx(acceptability.first_shares(points)[0])

    def test_one_plan(self):
        weighing = acceptability.weigh(made_up((0, 7, 0)))
        assert weighing.first.to_dict("list") == {"plan": [0], "plan_count": [1], "first_share": [1.0]}
        assert weighing.criteria == () and acceptability.turn(weighing, 0) is None

    def test_all_plans_equal(self):
        weighing = acceptability.weigh(made_up((3, 7, 1), (3, 7, 1)))
        assert weighing.first["plan_count"].tolist() == [2] and weighing.share(1) == 1

    def test_one_criterion(self):
        weighing = acceptability.weigh(made_up((0, 7, 0), (6, 7, 6), (10, 7, 20)), ["released"])
        assert weighing.leader == 2 and weighing.share(2) == 1 and weighing.central(2) == {"released": 1}
        assert acceptability.turn(weighing, 2) is None

    def test_ties_of_shares_go_to_the_first_plan(self):
        assert acceptability.weigh(made_up((0, 7, 0), (6, 7, 6))).leader == 0

    def test_among_some_plans_the_scale_is_that_of_all(self):
        """Without the compromise the extremes meet half-way; without the second extreme, at the old scale."""
        area = made_up((0, 7, 0), (6, 7, 4), (10, 7, 10))
        assert acceptability.weigh(area, among=[0, 2]).first["first_share"].tolist() == pytest.approx([0.5, 0.5])
        some = acceptability.weigh(area, among=[1, 0])
        assert some.share(1) == pytest.approx(0.6) and some.share(2) == 0

    def test_another_shape_of_saving(self):
        area = made_up((0, 0, 0), (5, 1, 9), (9, 1, 9))
        other = replace(area, plans=area.plans.assign(proportional=[0.0, 9.0, 5.0]))
        assert acceptability.weigh(other).leader == 2
        assert acceptability.weigh(other, released="proportional").leader == 1

    @pytest.mark.parametrize("criteria", [[], ["released", "released"]])
    def test_each_criterion_once(self, criteria):
        with pytest.raises(InputError, match="at least one criterion, each once"):
            acceptability.weigh(made_up((0, 0, 0), (5, 1, 9)), criteria)

    def test_an_unknown_criterion(self):
        with pytest.raises(InputError, match="nearest valid one is 'disruption'"):
            acceptability.weigh(made_up((0, 0, 0), (5, 1, 9)), ["released", "disruptions"])

    def test_a_missing_value(self):
        with pytest.raises(InputError, match="Row cannot be weighed by money released"):
            acceptability.weigh(made_up((0, 0, 0), (np.nan, 1, 9)))


class TestTurning:
    def test_by_hand(self):
        """One body is first but for people who keep theirs: ahead by w1 + w2 - w3, so until w3 is a half."""
        weighing = acceptability.weigh(made_up((0, 0, 0), (9, 1, 9)))
        assert acceptability.turn(weighing, 1) == acceptability.Turn("disruption", pytest.approx(0.5), 0)
        table = acceptability.turning(weighing, 1).set_index("criterion")
        assert table.loc["released"].tolist() == [0, 1, -1, -1]  # at no weight of it, half the rest against half: a tie
        assert acceptability.turning(weighing, 0).set_index("criterion").loc["released", "plan_above"] == -1
        assert np.isnan(acceptability.turning(weighing, 0)["to_weight"].iloc[0])

    def test_a_compromise_turns_both_ways(self):
        weighing = acceptability.weigh(made_up((0, 7, 0), (6, 7, 4), (10, 7, 10)))
        table = acceptability.turning(weighing, 1).set_index("criterion")
        assert table.loc["released"].tolist() == pytest.approx([0.4, 0.6, 0, 2])
        assert acceptability.turn(weighing, 1).weight == pytest.approx(0.6)

    def test_a_plan_that_dominates_never_turns(self):
        weighing = acceptability.weigh(made_up((0, 0, 5), (9, 1, 0)))
        assert acceptability.turn(weighing, 1) is None

    def test_against_a_walk_along_the_line(self, all_areas):
        for area in all_areas.values():
            weighing = acceptability.weigh(area)
            best, table = weighing.scaled, acceptability.turning(weighing, weighing.leader)
            assert table["criterion"].tolist() == list(weighing.criteria)
            for number, row in enumerate(table.itertuples()):
                for weight in np.linspace(0, 1, 101):
                    values = best @ weighing.along(number, weight)
                    is_first = values[weighing.leader] >= values.max() - 1e-9
                    inside = row.from_weight <= weight <= row.to_weight
                    at_an_end = min(abs(weight - row.from_weight), abs(weight - row.to_weight)) < 1e-6
                    assert is_first == inside or at_an_end or np.isnan(row.from_weight), (area.area_name, row, weight)


grid = st.integers(0, 6).map(float)
smooth = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 4))


@given(st.integers(2, 4).flatmap(lambda size: st.lists(st.tuples(*[grid | smooth] * size), min_size=1, max_size=12)))
def test_shares_fill_the_simplex_and_weights_balance(points):
    """Shares add up to 1; central weights, each by its share, average to equal weights; there the plan is first."""
    points = np.unique(np.array(points), axis=0)
    points = points / max(points.max(), 1)
    found, centres = acceptability.first_shares(points)
    first = found > 0
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert found[first] @ centres[first] == pytest.approx(1 / points.shape[1], abs=1e-6)
    values = points @ centres[first].T
    assert (values.max(axis=0) - values[first].diagonal() <= 1e-8).all()


class TestOnRealAreas:
    @pytest.mark.parametrize("further", FURTHER)
    def test_against_random_weights(self, all_areas, further):
        """10,000 draws of weights per area: shares within their error, and what is first once in a hundred found."""
        rng = np.random.default_rng(2018)
        for area in all_areas.values():
            weighing = acceptability.weigh(area, (*acceptability.CRITERIA, *further))
            exact = weighing.first["first_share"].to_numpy()
            assert exact.sum() == pytest.approx(1, abs=1e-9)
            if len(exact) == 1:
                continue
            draws = rng.dirichlet(np.ones(len(weighing.criteria)), 10_000)
            unbeaten = candidates.frontier(area, [*acceptability.CRITERIA, *further])["plan"]
            winner = weighing.outcome[unbeaten.to_numpy()[(draws @ weighing.scaled[unbeaten].T).argmax(axis=1)]]
            assert (winner >= 0).all(), area.area_name
            drawn = np.bincount(winner, minlength=len(exact)) / len(draws)
            error = np.sqrt(exact * (1 - exact) / len(draws))
            assert (np.abs(drawn - exact) <= 4.5 * error + 1e-4).all(), area.area_name
            leader = draws[winner == 0].mean(axis=0)
            central = np.array(list(weighing.central(weighing.leader).values()))
            spread = draws[winner == 0].std(axis=0) / np.sqrt((winner == 0).sum())
            assert (np.abs(leader - central) <= 4.5 * spread).all(), area.area_name

    def test_against_polygons_cut_by_another_library(self, all_areas):
        corner = Polygon([(0, 0), (1, 0), (0, 1)])
        for area in all_areas.values():
            weighing = acceptability.weigh(area)
            if len(weighing.criteria) != 3:
                continue
            points = weighing.scaled[weighing.first["plan"]]
            for number, mine in enumerate(points):
                cell = corner
                for rival in np.delete(points, number, axis=0):
                    cell = cell.intersection(half_plane(mine - rival))
                assert 2 * cell.area == pytest.approx(weighing.first["first_share"][number], abs=1e-9)
                central = list(weighing.central(weighing.first["plan"][number]).values())[:2]
                assert (cell.centroid.x, cell.centroid.y) == pytest.approx(central, abs=1e-6)

    @pytest.mark.parametrize("code", ["QRL", "QK1", "QPM", "QUY", "QOQ", "QT1"])
    @pytest.mark.parametrize("further", FURTHER)
    def test_who_can_be_first_by_linear_programmes(self, all_areas, code, further):
        """Of every plan: is there a weighting at which it is ahead of all others that are not its equals?"""
        weighing = acceptability.weigh(all_areas[code], (*acceptability.CRITERIA, *further))
        for mine, outcome in zip(weighing.scaled, weighing.outcome, strict=True):
            ahead = mine - weighing.scaled
            ahead = ahead[np.abs(ahead).max(axis=1, initial=0) > 1e-9]
            assert (margin(ahead) > 1e-9) == (outcome >= 0)

    def test_all_areas_in_three_seconds(self, all_areas):
        began = time.process_time()
        for area in all_areas.values():
            acceptability.weigh(area)
        assert time.process_time() - began < 3


def half_plane(ahead: np.ndarray) -> Polygon:
    """Where a plan is ahead, in the plane of the first two weights: a large square on the right side of the line."""
    normal, level = ahead[:2] - ahead[2], ahead[2]
    if np.abs(normal).max() < 1e-12:
        return Polygon([(-9, -9), (9, -9), (9, 9), (-9, 9)]) if level >= 0 else Polygon()
    unit = normal / np.hypot(*normal)
    foot, along = -level / np.hypot(*normal) * unit, np.array([-unit[1], unit[0]])
    return Polygon(
        [foot - 9e3 * along, foot + 9e3 * along, foot + 9e3 * along + 9e3 * unit, foot - 9e3 * along + 9e3 * unit]
    )


def margin(ahead: np.ndarray) -> float:
    """The most by which a plan can be ahead of the closest of its rivals, over all weightings."""
    if len(ahead) == 0:
        return 1.0
    size = ahead.shape[1]
    found = linprog(
        [0.0] * size + [-1.0],
        A_ub=np.column_stack([-ahead, np.ones(len(ahead))]),
        b_ub=np.zeros(len(ahead)),
        A_eq=[[1.0] * size + [0.0]],
        b_eq=[1.0],
        bounds=[(0, 1)] * size + [(None, 1)],
    )
    return -found.fun

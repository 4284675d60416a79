"""What happened when bodies merged: small cases by hand, other routes to the same numbers, and data with a known effect."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from ccganalysis.analysis import effects
from ccganalysis.analysis.effects import clusters, estimates, permutation, prescribing
from ccganalysis.analysis.regression import Range
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError
from ccganalysis.presentation import figures, findings

DAY = pd.Timestamp("2018-04-01")
ALL = "All staff groups"


# --- a country by hand: A and B merge into X; C and D stay, E merges later, F is divided, G has no staff of its own ---

BEFORE, AFTER = pd.Timestamp("2017-09-30"), pd.Timestamp("2018-06-30")
STAFF = {
    BEFORE: {"A": 60, "B": 40, "C": 50, "D": 80, "E": 100, "F": 70, "G": 0.1},
    AFTER: {"X": 90, "C": 55, "D": 80, "E": 90, "F": 60, "H": 20},
}


def country(staff=STAFF):
    first = pd.Timestamp("2017-04-01")
    codes = {first: "ABCDEFG", DAY: "XCDEFGH"}
    bodies = pd.DataFrame(
        [(day, code, f"Body {code}", "Q1", "Area") for day, of_day in codes.items() for code in of_day],
        columns=["as_at", "body_code", "body_name", "area_code", "area_name"],
    )
    into = {"A": {"X": 1.0}, "B": {"X": 1.0}, "F": {"F": 0.9, "H": 0.1}}
    rows = [
        (first, code, DAY, heir, share) for code in codes[first] for heir, share in into.get(code, {code: 1}).items()
    ]
    rows += [(day, code, day, code, 1.0) for day, of_day in codes.items() for code in of_day]
    successors = pd.DataFrame(
        rows, columns=["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
    )
    mergers = pd.DataFrame(
        [
            (DAY, "A", "X"),
            (DAY, "B", "X"),
            (pd.Timestamp("2020-04-01"), "E", "Y"),
            (pd.Timestamp("2020-04-01"), "Z", "Y"),
        ],
        columns=["effective_date", "predecessor_code", "successor_code"],
    ).assign(event="CCG merger")
    counted = [(day, code, ALL, fte) for day, of_day in staff.items() for code, fte in of_day.items()]
    lists = [(day, code, 100_000) for day, of_day in codes.items() for code in of_day]
    pairs = [("C", "D"), ("D", "E"), ("E", "G"), ("C", "X")]
    return {
        "bodies": bodies,
        "successors": successors,
        "mergers": mergers,
        "staff": pd.DataFrame(counted, columns=["date", "body_code", "staff_group", "staff_fte"]),
        "registered_population": pd.DataFrame(lists, columns=["date", "body_code", "registered_population"]),
        "links": pd.DataFrame(pairs, columns=["body_code_a", "body_code_b"]).assign(as_at=DAY, link="rook"),
    }


@pytest.fixture
def by_hand():
    return effects.panel(country(), "staff", DAY)


class TestPanel:
    def test_predecessors_are_summed_and_each_body_has_its_role(self, by_hand):
        units = by_hand.units.set_index("body_code")
        assert units["role"].to_dict() == {
            "C": "never merged",
            "D": "never merged",
            "E": "merged later",
            "F": "left out",
            "G": "left out",
            "H": "left out",
            "X": "merged",
        }
        assert units["reason"][["F", "G", "H"]].tolist() == ["divided", "employed elsewhere", "divided"]
        assert units.loc["X", "body_count"] == 2
        assert by_hand.at(-1)[list(units.index).index("X")] == 100
        assert by_hand.at(0)[list(units.index).index("X")] == 90
        assert by_hand.people_at(-1)[list(units.index).index("X")] == 200_000
        assert by_hand.labels == ("30 September 2017", "30 June 2018")

    def test_left_out_bodies_are_listed_with_their_reason(self, by_hand):
        assert effects.left_out(by_hand)[["body_code", "reason"]].to_numpy().tolist() == [
            ["F", "divided"],
            ["H", "divided"],
            ["G", "employed elsewhere"],
        ]

    def test_a_body_whose_staff_more_than_double_has_another_employer(self):
        staff = {BEFORE: STAFF[BEFORE], AFTER: {**STAFF[AFTER], "C": 101}}
        units = effects.panel(country(staff), "staff", DAY).units.set_index("body_code")
        assert units.loc["C", ["role", "reason"]].tolist() == ["left out", "employer changed"]
        twice = {BEFORE: STAFF[BEFORE], AFTER: {**STAFF[AFTER], "C": 100}}
        assert (
            effects.panel(country(twice), "staff", DAY).units.set_index("body_code").loc["C", "role"] == "never merged"
        )

    def test_a_set_is_judged_by_its_sum(self, by_hand):
        position = {code: place for place, code in enumerate(by_hand.units["body_code"])}
        sets = np.zeros((2, len(position)), dtype=bool)
        sets[0, [position["E"], position["G"]]] = True
        sets[1, position["G"]] = True
        assert by_hand.comparable(sets).tolist() == [True, False]

    def test_difference_in_differences_by_hand(self, by_hand):
        drawn = permutation.assignments(by_hand, country(), "all not merged", 99, 1)
        told = estimates.contrast(by_hand, drawn, -1, 0)
        wanted = np.log(90 / 100) - np.mean([np.log(55 / 50), np.log(80 / 80), np.log(90 / 100)])
        assert told["change_share"] == pytest.approx(np.exp(wanted) - 1)
        assert told["group_count"] == 1 and told["control_count"] == 3 and told["exact"] == "yes"
        # The sets of two: the merged one, C with D, D with E, E with G (which passes as a sum): four draws in all.
        assert told["draw_count"] == 4

    def test_the_measured_smallest_p_is_one_in_the_draws(self, by_hand):
        staff = {BEFORE: STAFF[BEFORE], AFTER: {**STAFF[AFTER], "X": 60}}
        made = effects.panel(country(staff), "staff", DAY)
        drawn = permutation.assignments(made, country(staff), "all not merged", 99, 1)
        assert estimates.contrast(made, drawn, -1, 0)["p_value"] == 0.25

    def test_which_dates_can_be_analysed(self):
        found = effects.analysable(country(), "staff").set_index("effective_date")["analysable"]
        assert found.to_dict() == {DAY: "yes", pd.Timestamp("2020-04-01"): "no"}

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (
                lambda t: t.update(staff=pd.concat([t["staff"], t["staff"].head(1)])),
                "A on 30 September 2017 more than once",
            ),
            (
                lambda t: t["staff"].replace({"body_code": {"X": "QQQ"}}, inplace=True),
                "Not in force on 30 June 2018: QQQ",
            ),
            (lambda t: t.update(staff=t["staff"][t["staff"]["date"] < DAY]), "staff.csv has no staff of the bodies"),
        ],
    )
    def test_bad_observations_are_named(self, change, words):
        tables = country()
        change(tables)
        with pytest.raises(InputError, match=words):
            effects.panel(tables, "staff", DAY)

    def test_unknown_outcomes_and_dates_are_answered_with_the_nearest(self):
        with pytest.raises(InputError, match="Unknown outcome 'manager'. The nearest valid one is 'managers'"):
            effects.panel(country(), "manager", DAY)
        with pytest.raises(InputError, match="Unknown merger date '2018-04-02'.*'2018-04-01'"):
            effects.panel(country(), "staff", "2018-04-02")

    def test_nothing_merged_or_nothing_to_compare_with_is_said(self):
        alone = {BEFORE: {"A": 60, "B": 40}, AFTER: {"X": 90}}
        made = effects.panel(country(alone), "staff", DAY)
        with pytest.raises(InputError, match="no body to compare"):
            permutation.assignments(made, country(alone), "all not merged", 99, 1)
        without = {
            day: {code: fte for code, fte in of_day.items() if code not in "ABX"} for day, of_day in STAFF.items()
        }
        made = effects.panel(country(without), "staff", DAY)
        with pytest.raises(InputError, match="no merged group"):
            permutation.assignments(made, country(without), "all not merged", 99, 1)


# --- the permutation test ---


def grid(rows, columns):
    """Who borders whom on a chessboard."""
    near = [[] for _ in range(rows * columns)]
    for row, column in itertools.product(range(rows), range(columns)):
        here = row * columns + column
        for other in ([here + 1] if column + 1 < columns else []) + ([here + columns] if row + 1 < rows else []):
            near[here].append(other)
            near[other].append(here)
    return near


def drawn_on_grid(rows, columns, sizes, permutations, seed=1):
    """Draws over the squares of a board and one merged body of each size, which lies beside it."""
    squares, count = rows * columns, rows * columns + len(sizes)
    groups = np.zeros((len(sizes), count), dtype=bool)
    groups[np.arange(len(sizes)), squares + np.arange(len(sizes))] = True
    return effects.draw(
        groups,
        np.array(sizes),
        single=np.ones(count, dtype=bool),
        drawable=np.arange(count) < squares,
        near=[*grid(rows, columns), *([] for _ in sizes)],
        comparable=lambda sets: np.ones(len(sets), dtype=bool),
        permutations=permutations,
        seed=seed,
    )


def simulated(squares, sizes, worlds, generator, effect=0.0, noise=0.12):
    """Staff before and after, (units x worlds): single bodies vary on their own, merged ones are sums that change by `effect`."""

    def bodies(count):
        before = generator.lognormal(4, 0.5, (count, worlds))
        return before, before * generator.lognormal(0, noise, before.shape)

    before, after = bodies(squares)
    merged = [[part.sum(axis=0) for part in bodies(size)] for size in sizes]
    return (
        np.vstack([before, *(then for then, _ in merged)]),
        np.vstack([after, *(now * (1 + effect) for _, now in merged)]),
    )


class TestPermutation:
    def test_p_counts_the_draws_at_least_as_far_from_nought(self):
        statistics = np.array([[2.0, 0.5], [1.0, -0.5], [-2.0, 3.0], [-3.0, 0.1]])
        assert effects.p_values(statistics).tolist() == [0.75, 0.75]
        assert effects.p_values(statistics, np.array([3, 2])).tolist() == [0.25, 0.25]

    def test_all_draws_are_those_of_brute_force_where_few(self):
        drawn = drawn_on_grid(3, 3, (3, 2), 10_000)
        near = grid(3, 3)

        def connected(members):
            reached = {members[0]}
            for _ in members:
                reached |= {other for one in reached for other in near[one] if other in members}
            return reached == set(members)

        sets = {size: [m for m in itertools.combinations(range(9), size) if connected(m)] for size in (2, 3)}
        three, two = [*sets[3], (9,)], [*sets[2], (10,)]
        wanted = {frozenset([a, b]) for a, b in itertools.product(three, two) if not set(a) & set(b)}
        found = [
            frozenset(tuple(np.flatnonzero(drawn.sets[one]).tolist()) for one in draw) for draw in drawn.draws.tolist()
        ]
        assert drawn.exact and set(found) == wanted and len(found) == len(wanted)
        assert found[0] == frozenset([(9,), (10,)])

    def test_random_draws_are_of_connected_sets_of_the_sizes_that_share_no_body(self):
        drawn = drawn_on_grid(8, 8, (4, 3, 3), 300)
        assert not drawn.exact and len(drawn.draws) == 300
        members = drawn.sets[drawn.draws]
        assert members.sum(axis=1).max() == 1
        sizes = np.where(members[:, :, 64:].any(axis=2), [4, 3, 3], members.sum(axis=2))
        assert (sizes == [4, 3, 3]).all()

    def test_every_body_is_drawn_about_as_often(self):
        drawn = drawn_on_grid(6, 10, (3, 3), 4_000)
        times = drawn.sets[drawn.draws[1:]].any(axis=1)[:, :60].sum(axis=0)
        assert times.max() < 2.2 * times.min()  # drawn set by set, corners would come seven times less often

    def test_the_same_seed_gives_the_same_draws(self):
        first, again, other = (drawn_on_grid(6, 6, (3, 2), 200, seed).draws for seed in (1, 1, 2))
        assert (first == again).all() and not (first == other).all()

    def test_the_interval_is_what_a_search_over_effects_finds(self):
        generator = np.random.default_rng(3)
        drawn = drawn_on_grid(5, 6, (3, 2), 400)
        statistics = drawn.changes(*simulated(30, (3, 2), 1, generator, -0.1))
        (low,), (high,) = effects.interval(statistics, drawn.share_treated)
        tried = np.linspace(-1, 1, 4001)
        cleared = statistics - drawn.share_treated[:, None] * tried
        kept = tried[effects.p_values(cleared) > effects.LEVEL]
        assert (low, high) == pytest.approx((kept.min(), kept.max()), abs=6e-4)

    def test_an_effect_shows_whole_in_the_real_draw_and_as_the_share_says_in_others(self):
        generator = np.random.default_rng(4)
        drawn = drawn_on_grid(5, 6, (3, 2), 400)
        before, after = simulated(30, (3, 2), 1, generator)
        raised = after * np.where(drawn.real, np.exp(0.3), 1.0)[:, None]
        difference = drawn.changes(before, raised) - drawn.changes(before, after)
        assert difference[:, 0] == pytest.approx(0.3 * drawn.share_treated)
        assert drawn.share_treated[0] == pytest.approx(1)

    def test_too_few_draws_bound_nothing(self):
        statistics = np.array([[1.0], [2.0], [3.0]])
        low, high = effects.interval(statistics, np.array([1.0, 0.0, 0.0]))
        assert np.isinf([low[0], high[0]]).all()


class TestKnownEffect:
    """Simulated country of the size of the real one: 156 single bodies and six merged ones."""

    SIZES, SQUARES = (4, 3, 3, 3, 3, 2), (12, 13)

    @pytest.fixture(scope="class")
    @classmethod
    def drawn(cls):
        return drawn_on_grid(*cls.SQUARES, cls.SIZES, 999)

    @pytest.mark.parametrize("seed", [11, 12, 13])
    def test_false_alarms_and_coverage(self, drawn, seed):
        worlds = simulated(156, self.SIZES, 500, np.random.default_rng(seed))
        statistics = drawn.changes(*worlds)
        low, high = effects.interval(statistics, drawn.share_treated)
        assert (effects.p_values(statistics) <= 0.05).mean() <= 0.06
        assert 0.93 <= ((low <= 0) & (high >= 0)).mean() <= 0.97

    def test_the_interval_covers_an_effect_that_is_there(self, drawn):
        worlds = simulated(156, self.SIZES, 500, np.random.default_rng(21), effect=-0.15)
        low, high = effects.interval(drawn.changes(*worlds), drawn.share_treated)
        assert 0.93 <= ((low <= np.log(0.85)) & (high >= np.log(0.85))).mean() <= 0.97

    def test_power_rises_with_the_effect(self, drawn):
        found = []
        for effect in (0.0, -0.05, -0.1, -0.2):
            worlds = simulated(156, self.SIZES, 500, np.random.default_rng(31), effect)
            found.append((effects.p_values(drawn.changes(*worlds)) <= 0.05).mean())
        assert found == sorted(found) and found[0] < 0.08 and found[-1] > 0.99

    def test_the_smallest_visible_effect_is_found_in_four_worlds_of_five(self, drawn):
        """Power reckoned from one country's own draws, against power over countries simulated anew."""
        generator = np.random.default_rng(41)
        before, after = simulated(156, self.SIZES, 1, generator)
        smallest = effects.smallest_visible(effects.power(drawn, before[:, 0], after[:, 0], 5))
        anew = drawn.changes(*simulated(156, self.SIZES, 1_000, generator, -smallest))
        assert 0.7 <= (effects.p_values(anew) <= 0.05).mean() <= 0.9


def test_false_alarms_on_the_real_map(tables):
    """Staff as they were in 2017, changed by chance alone, body by body, on the real areas and with the real mergers."""
    made = effects.panel(tables, "staff", DAY)
    drawn = permutation.assignments(made, tables, "all not merged", 999, 2018)
    generator, worlds = np.random.default_rng(51), 1_000
    before = np.tile(made.at(-1)[:, None], (1, worlds))
    change = generator.lognormal(0, 0.12, before.shape)
    for unit, members in enumerate(made.units["body_count"]):
        if members > 1:
            parts = generator.dirichlet(np.full(members, 4.0), worlds).T
            change[unit] = (parts * generator.lognormal(0, 0.12, parts.shape)).sum(axis=0)
    assert (effects.p_values(drawn.changes(before, before * change)) <= 0.05).mean() <= 0.06


def test_the_smallest_visible_effect_lies_between_those_tried():
    table = pd.DataFrame({"fall_share": [0.0, 0.1, 0.2], "found_share": [0.05, 0.6, 1.0]})
    assert effects.smallest_visible(table) == pytest.approx(0.15)
    assert np.isnan(effects.smallest_visible(table.head(2)))


def test_a_share_of_staff_in_pounds_for_each_body_removed(by_hand):
    # 100 FTE before, one body removed: 10% at £100,000 is a million.
    assert effects.per_body_removed(by_hand, 0.1, 100_000) == pytest.approx(1_000_000)
    assert effects.share_of_staff(by_hand, 500_000, 100_000) == pytest.approx(0.05)


# --- the real tables ---


def merged_on(tables, date):
    rows = tables["mergers"]
    return rows[(rows["event"] == "CCG merger") & (rows["effective_date"] == date)]


@pytest.fixture(scope="module")
def real(tables):
    return {name: effects.run(tables, name, DAY, 999, 2018) for name in effects.OUTCOMES}


class TestReal:
    def test_the_eighteen_merged_into_six_are_compared(self, real):
        for found in real.values():
            merged = found.panel.units[found.panel.units["role"] == "merged"]
            assert (len(merged), merged["body_count"].sum()) == (6, 18)

    def test_nobody_is_lost_on_the_way_to_the_new_footprint(self, real, tables):
        assert real["staff"].panel.fte.sum(axis=1) == pytest.approx([16_984.153, 17_704.053])
        managers = tables["managers"]
        total = managers[managers["date"] > "2014-01-01"].groupby("date")["managers_fte"].sum()
        assert real["managers"].panel.fte.sum(axis=1) == pytest.approx(total.to_numpy())

    @pytest.mark.parametrize("name", list(effects.OUTCOMES))
    @pytest.mark.parametrize("controls", list(effects.CONTROLS))
    def test_the_estimate_is_that_of_ordinary_least_squares(self, real, name, controls):
        """Log staff on a dummy for each body, one for the year after, and their interaction with having merged."""
        from statsmodels.formula import api

        made = real[name].panel
        chosen = made.units["role"].isin(["merged", *effects.CONTROLS[controls]]).to_numpy()
        long = pd.concat(
            [
                made.units[chosen].assign(log_fte=np.log(made.at(year)[chosen]), after=int(year == 0))
                for year in (effects.BASE, effects.AFTER)
            ]
        )
        long["merged_after"] = long["after"] * (long["role"] == "merged")
        fitted = api.ols("log_fte ~ C(body_code) + after + merged_after", long).fit()
        rows = real[name].estimates
        mine = rows[(rows["controls"] == controls) & (rows["measure"] == "fte") & (rows["from_year"] == -1)]
        mine = mine[mine["to_year"] == 0]["change_share"].iloc[0]
        assert np.log1p(mine) == pytest.approx(fitted.params["merged_after"], abs=1e-9)

    @pytest.mark.parametrize("name", list(effects.OUTCOMES))
    def test_single_bodies_drawn_agree_with_the_plainest_permutation_test(self, real, name):
        made = real[name].panel
        chosen = (made.units["role"] != "left out").to_numpy()
        change = np.log(made.at(0)[chosen] / made.at(-1)[chosen])
        merged = (made.units["role"] == "merged").to_numpy()[chosen]
        generator = np.random.default_rng(1)
        draws = np.array([generator.permutation(merged) for _ in range(4_000)])

        def difference(label):
            return change[label].mean() - change[~label].mean()

        p = np.mean([abs(difference(label)) >= abs(difference(merged)) for label in draws])
        rows = real[name].robustness
        mine = rows[rows["variant"].str.startswith("single") & (rows["from_year"] == -1)]["p_value"].iloc[0]
        assert mine == pytest.approx(p, abs=0.05)

    def test_without_a_merger_it_is_out_of_the_groups_and_of_the_controls(self, real):
        rows = real["staff"].leave_one_out
        assert rows["left_out"].tolist()[0] == "none" and len(rows) == 7
        assert rows["group_count"].tolist() == [6] + [5] * 6
        assert rows["control_count"].nunique() == 1

    def test_people_are_taken_off_in_the_measure_per_head(self, real):
        made, rows = real["staff"].panel, real["staff"].estimates
        role = made.units["role"]
        growth = np.log(made.people_at(0) / made.people_at(-1))
        wanted = growth[role == "merged"].mean() - growth[role.isin(["never merged", "merged later"])].mean()
        plain, per_head = (
            rows[(rows["controls"] == "all not merged") & (rows["measure"] == m)] for m in effects.MEASURES
        )
        found = np.log1p(plain["change_share"].iloc[0]) - np.log1p(per_head["change_share"].iloc[0])
        assert found == pytest.approx(wanted)

    def test_rows_added_make_another_date_analysable_by_the_same_code(self, tables):
        """Staff of 2019 made up on the bodies of that April: as before, but a fifth fewer where bodies merged."""
        last = tables["staff"][(tables["staff"]["date"] == "2018-06-30") & (tables["staff"]["staff_group"] == ALL)]
        carried = organisations.to_footprint(last, tables["successors"], DAY, "2019-04-01", ["staff_fte"]).reset_index()
        merged = merged_on(tables, "2019-04-01")
        carried.loc[carried["body_code"].isin(merged["successor_code"]), "staff_fte"] *= 0.8
        added = carried.assign(date=pd.Timestamp("2019-06-30"), staff_group=ALL, source_id="made up")
        more = {name: tables[name] for name in ("bodies", "successors", "mergers", "registered_population", "links")}
        more["staff"] = pd.concat([tables["staff"], added[tables["staff"].columns]], ignore_index=True)
        dates = effects.analysable(more, "staff").set_index("effective_date")["analysable"]
        assert dates["2019-04-01"] == "yes" and dates["2020-04-01"] == "no"
        found = effects.run(more, "staff", "2019-04-01", 499, 1).primary()
        assert found["change_share"] == pytest.approx(-0.2)
        assert found["p_value"] <= 0.05 and found["group_count"] == 2


# --- clusters of ICBs ---


class TestClusters:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, tables):
        return clusters.run(tables, ingest.load("adjacency"), 499, 2018)

    def test_roles(self, found):
        counts = found.units["role"].value_counts()
        assert counts.sum() == 42
        assert found.units.set_index("body_code").loc[["QHM", "QH8"], "role"].tolist() == [
            clusters.BROKEN,
            clusters.MIXED,
        ]
        assert counts[clusters.GROUPED] == 29 and counts[clusters.ALONE] == 11

    def test_series_are_sums_and_the_base_is_a_hundred(self, found, tables):
        staff = tables["staff"][tables["staff"]["staff_group"] == ALL]
        alone = found.units.loc[found.units["role"] == clusters.ALONE, "body_code"]
        last = staff[(staff["date"] == "2025-12-31") & staff["body_code"].isin(alone)]["staff_fte"].sum()
        base = staff[(staff["date"] == "2025-03-31") & staff["body_code"].isin(alone)]["staff_fte"].sum()
        row = found.series[(found.series["date"] == "2025-12-31") & (found.series["role"] == clusters.ALONE)].iloc[0]
        assert (row["staff_fte"], row["staff_index"]) == pytest.approx((last, 100 * last / base))

    def test_the_estimate_compares_sums_over_clusters_with_icbs_alone(self, found, tables):
        staff = tables["staff"][tables["staff"]["staff_group"] == ALL].set_index(["date", "body_code"])["staff_fte"]
        units = found.units[found.units["role"].isin([clusters.GROUPED, clusters.ALONE])]
        logs = {}
        for name, members in units.groupby("cluster_name"):
            now, then = (staff.loc[date].loc[members["body_code"]].sum() for date in ("2025-12-31", "2025-03-31"))
            logs[name] = (members["role"].iloc[0], np.log(now / then))
        of_role = {
            role: np.mean([log for r, log in logs.values() if r == role]) for role in (clusters.GROUPED, clusters.ALONE)
        }
        wanted = np.expm1(of_role[clusters.GROUPED] - of_role[clusters.ALONE])
        assert found.at("2025-12-31")["change_share"] == pytest.approx(wanted)

    def test_a_missing_month_is_named(self, tables):
        staff = tables["staff"]
        gone = staff[~((staff["date"] == "2024-05-31") & (staff["body_code"] == "QOP"))]
        names = ("clusters", "icb_allowance", "staff_breaks")
        with pytest.raises(InputError, match="no staff of QOP on 31 May 2024"):
            clusters.run({**{n: tables[n] for n in names}, "staff": gone}, ingest.load("adjacency"), 99, 1)

    def test_an_icb_in_one_table_only_is_named(self, tables):
        fewer = {"clusters": tables["clusters"].query("body_code != 'QOP'"), "icb_allowance": tables["icb_allowance"]}
        with pytest.raises(InputError, match="QOP"):
            clusters.units(fewer)


# --- prescribing ---


class TestPrescribing:
    def test_corrections_by_hand(self):
        p = pd.Series([0.04, 0.01, 0.03, 0.5])
        assert prescribing.holm(p) == pytest.approx([0.09, 0.04, 0.09, 0.5])
        assert prescribing.benjamini_hochberg(p) == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])

    def test_corrections_agree_with_statsmodels(self):
        from statsmodels.stats.multitest import multipletests

        p = pd.Series(np.random.default_rng(1).uniform(size=69) ** 2)
        assert prescribing.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
        assert prescribing.benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, tables):
        return prescribing.measures(tables, 1_999, 2018)

    def test_every_measure_and_the_merged_of_april_2020(self, found, tables):
        assert len(found) == 69 and found["measure_title"].notna().all()
        merged = merged_on(tables, "2020-04-01")
        assert merged["predecessor_code"].nunique() == 74
        assert set(found["merged_count"]) == {merged["successor_code"].nunique()} == {18}

    def test_one_measure_by_hand(self, found, tables):
        rows = tables["prescribing"].query("measure == 'statinintensity'")
        rate = (rows["numerator"] / rows["denominator"]).set_axis([rows["body_code"], rows["financial_year"]]).unstack()
        role = prescribing.units(tables).set_index("body_code")["role"]
        rate = rate.loc[role.index[role != "left out"]]
        change = (rate[["2020/21", "2021/22", "2022/23"]].mean(axis=1) - rate["2019/20"]) / rate["2019/20"].std()
        merged = role[rate.index] == "merged"
        mine = found.set_index("measure").loc["statinintensity"]
        assert mine["change_sd"] == pytest.approx(change[merged].mean() - change[~merged].mean())
        generator = np.random.default_rng(7)
        drawn = [generator.permutation(merged.to_numpy()) for _ in range(2_000)]
        others = np.array([change[one].mean() - change[~one].mean() for one in drawn])
        assert mine["p_value"] == pytest.approx((np.abs(others) >= abs(mine["change_sd"])).mean(), abs=0.05)

    def test_a_planted_change_survives_correction(self, tables):
        prescribed = tables["prescribing"].copy()
        merged = prescribing.units(tables).query("role == 'merged'")["body_code"]
        planted = (prescribed["measure"] == "silver") & prescribed["body_code"].isin(merged)
        prescribed.loc[planted & (prescribed["financial_year"] > "2019/20"), "numerator"] *= 3
        names = ("bodies", "mergers", "prescribing_measures")
        found = prescribing.measures({**{n: tables[n] for n in names}, "prescribing": prescribed}, 1_999, 1)
        assert found.loc[found["p_holm"] <= 0.05, "measure"].tolist() == ["silver"]
        assert prescribing.significant(found)["holm"] == 1

    def test_a_missing_year_is_named(self, tables):
        names = ("bodies", "mergers", "prescribing_measures")
        short = tables["prescribing"].query("financial_year != '2021/22'")
        with pytest.raises(InputError, match="nothing of 2021/22"):
            prescribing.measures({**{n: tables[n] for n in names}, "prescribing": short}, 99, 1)


# --- sentences and charts ---


PRICE, QUOTED = Range(90_000.0, 100_000.0, 110_000.0), (300_000.0, 500_000.0)


def altered(found, **values):
    """The results with the verdict's row of estimates changed."""
    rows = found.estimates.copy()
    rows.loc[found.primary().name, list(values)] = list(values.values())
    return dataclasses.replace(found, estimates=rows)


class TestSentences:
    def test_a_null_is_worded_as_a_null_with_its_power(self, real):
        text = findings.measured_effects(real, PRICE, QUOTED)
        assert text.startswith("Nothing could be told from zero.")
        row = real["staff"].primary()
        assert f"staff went {abs(row['change_share']):.0%} down" in text
        assert f"A fall of staff by less than {real['staff'].smallest_visible:.0%}, " in text
        assert f"p = {row['p_value']:.2f}" in findings.effects_intervals(real, PRICE)
        assert "too little to be seen among all staff" in text and "do not rule it out either" in text

    def test_a_change_beyond_chance_is_not_called_the_mergers_doing(self, real):
        clear = {"staff": altered(real["staff"], p_value=0.01, change_share=-0.2, change_share_high=-0.1)}
        text = findings.measured_effects(clear, PRICE, QUOTED)
        assert text.startswith("Staff changed by more than chance accounts for; that the merger did it is not shown.")
        assert "outside every interval" in text
        assert "not all of it within chance" in findings.event_study(clear)

    def test_what_was_quoted_is_held_against_what_could_be_seen(self, real):
        only = {"staff": real["staff"]}
        assert "would be too little to be seen." in findings.measured_effects(only, PRICE, QUOTED)
        assert "could at the upper end have been seen" in findings.measured_effects(only, PRICE, (3e5, 5e6))
        blind = {"staff": dataclasses.replace(real["staff"], smallest_visible=float("nan"))}
        text = findings.measured_effects(blind, PRICE, QUOTED)
        assert (
            "No fall of staff up to 50% would have been found" in text
            and "nan" not in text
            and "too little to be seen" in text
        )

    def test_the_verdict_that_one_merger_turns_is_named(self, real):
        rows = real["staff"].leave_one_out.copy()
        rows.loc[rows["left_out"] == "NHS Leeds CCG", "p_value"] = 0.01
        turned = {"staff": dataclasses.replace(real["staff"], leave_one_out=rows)}
        assert findings.effects_without(turned) == "The verdict would turn for staff without Leeds"
        assert findings.effects_without(real).startswith("No one merger makes the result")

    def test_prescribing_tells_the_counts_before_and_after_correction(self, tables):
        found = prescribing.measures(tables, 499, 1).assign(p_value=0.5, p_holm=1.0, p_bh=0.9)
        assert "Of 69 measures none are below 5%" in findings.effects_prescribing(found)
        found.loc[:1, ["p_value", "p_holm", "p_bh"]] = [0.0001, 0.04, 0.03]
        assert "after correction 2 by Holm's rule and 2 by" in findings.effects_prescribing(found)


class TestCharts:
    def test_the_event_study_draws_every_estimate_and_its_interval(self, real):
        figure = figures.event_study(real)
        drawn = figure["figure"]()
        shown = np.concatenate(
            [line.get_ydata() for axes in drawn.axes for line in axes.lines if line.get_marker() in "os^"]
        )
        assert sorted(shown) == pytest.approx(sorted(figure["data"]["change_share"]))
        bars = [part for axes in drawn.axes for held in axes.collections for part in held.get_segments()]
        ends = sorted((bar[0, 1], bar[1, 1]) for bar in bars)
        low, high = (figure["data"][f"change_share_{end}"] for end in ("low", "high"))
        assert np.array(ends) == pytest.approx(np.array(sorted(zip(low, high, strict=True))))

    def test_the_forest_has_a_row_for_each_merger_and_one_for_all(self, real):
        drawn = figures.leave_one_out(real)["figure"]()
        labels = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
        assert labels[:2] == ["With all", "Without Buckinghamshire"] and len(labels) == 7
        assert len(drawn.axes) == 3
        first = drawn.axes[0].collections[-1].get_offsets()[:, 0]
        assert first[0] == pytest.approx(real["staff"].primary()["change_share"])

    def test_the_power_curves_are_in_pounds_for_each_body_removed(self, real):
        drawn = figures.power(real, PRICE, QUOTED)["figure"]()
        line = next(line for line in drawn.axes[0].lines if line.get_label() == "Staff")
        wanted = [effects.per_body_removed(real["staff"].panel, fall, PRICE.central) for fall in effects.FALLS]
        assert line.get_xdata() == pytest.approx(wanted)

    def test_months_are_drawn_with_their_dated_events(self, tables):
        found = clusters.run(tables, ingest.load("adjacency"), 299, 1)
        drawn = figures.staff_by_month(found, tables["policy_events"])["figure"]()
        lines = [line for line in drawn.axes[0].lines if len(line.get_xdata()) == 36]
        assert len(lines) == 2
        assert "3: 12 November 2025" in " ".join(drawn.axes[0].get_xlabel().split())

"""The back-test: percentiles, areas and baselines by hand, planted criteria, leakage, and the protocol as stored."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ccganalysis import notebooks, parameters
from ccganalysis.analysis import backtest, candidates
from ccganalysis.analysis.backtest import HELD_OUT, IN_SAMPLE
from ccganalysis.data import ingest
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display

ROOT = project_root()
MODEL = "per_head_adjusted"


@pytest.fixture(scope="module")
def tables():
    return ingest.Tables()


@pytest.fixture(scope="module")
def decisions(tables):
    return {date.year: backtest.decide(tables, date, MODEL) for date in backtest.DATES}


# --- percentiles ---


@pytest.mark.parametrize(
    ("value", "others", "expected"),
    [
        (3, [1, 2], 1.0),
        (1, [2, 3], 0.0),
        (2, [1, 3], 0.5),
        (2, [2, 2, 2], 0.5),
        (2, [1, 2, 2, 3], 0.5),
        (2, [1, 1, 2, 3], 0.625),
    ],
)
def test_percentile_by_hand(value, others, expected):
    assert backtest.percentile(value, np.array(others, dtype=float)) == expected


def test_no_rival_no_percentile():
    assert np.isnan(backtest.percentile(1.0, np.array([])))


def test_planted_criteria(tables, decisions):
    """A criterion that knows the outcome gives 100% and an area of 1, one that knows nothing 50% and 0.5."""
    for decision in decisions.values():
        made = {frozenset(group) for group in candidates.formed(tables["mergers"], decision.date).values()}
        scopes = {}
        for code, scope in decision.scopes.items():
            codes = scope.setting.bodies["body_code"].to_numpy()
            real = np.array([frozenset(codes[row]) in made for row in scope.members], dtype=float)
            scopes[code] = replace(scope, scores=scope.scores.assign(released=real, nearness=7.0))
        ics = decision.setting.bodies.set_index("body_code")["ics_code"]
        inside = {
            name: group
            for name, group in candidates.formed(tables["mergers"], decision.date).items()
            if ics[list(group)].nunique() == 1
        }
        found = backtest.merged_percentiles(replace(decision, scopes=scopes), inside)
        # Where an ICS formed several bodies they tie with each other, which costs half a place each.
        ties = found.groupby("ics_code")["formed"].transform("size") - 1
        found = found.assign(best=1 - 0.5 * ties / found["rivals"])[
            (found["rivals"] > 0) & (found["connected"] == "yes")
        ]
        assert found["released"].tolist() == pytest.approx(found["best"].tolist())
        assert (found["nearness"] == 0.5).all()


def test_planted_pairs():
    together = np.array([True, False, True, False, False])
    assert backtest.roc_area(together, together.astype(float)) == 1
    assert backtest.roc_area(together, np.zeros(5)) == 0.5
    assert backtest.average_precision(together, together.astype(float))[0] == 1
    assert backtest.average_precision(together, np.zeros(5))[0] == pytest.approx(0.4)


# --- pairs ---


def test_area_by_hand():
    # Pairs together score 3 and 1, pairs apart 2 and 1: won 1 + 1 + 0 + half of 4.
    score, together = np.array([3.0, 1, 2, 1]), np.array([True, True, False, False])
    assert backtest.roc_area(together, score) == 2.5 / 4
    # Cuts after 3 (1 of 1), 2 (1 of 2), 1 (2 of 4): precision 1 for half of those together, 0.5 for the others.
    assert backtest.average_precision(together, score)[0] == pytest.approx(0.5 * 1 + 0.5 * 0.5)


def test_intervals_equal_resampling_one_by_one():
    """The fast intervals equal those from resampled frames built row by row."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "ics_code": rng.choice(list("abcdef"), 60),
            "together": rng.random(60) < 0.4,
            "released": rng.integers(0, 8, 60).astype(float),
        }
    )
    table = backtest.pair_table(frame, ["released"], 200, seed=5).iloc[0]
    codes = np.unique(frame["ics_code"])
    areas, precisions = [], []
    for drawn in backtest.resampled(len(codes), 200, seed=5):
        again = pd.concat(
            [
                frame[frame["ics_code"] == code]
                for code, times in zip(codes, drawn, strict=True)
                for _ in range(int(times))
            ]
        )
        together, score = again["together"].to_numpy(), again["released"].to_numpy()
        if together.any() and not together.all():
            wins = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(score[together], score[~together])]
            areas.append(np.mean(wins))
        precisions.append(backtest.average_precision(together, score)[0])
    assert table[["roc_area_low", "roc_area_high"]].tolist() == pytest.approx(np.percentile(areas, backtest.INTERVAL))
    assert table[["average_precision_low", "average_precision_high"]].tolist() == pytest.approx(
        np.percentile(precisions, backtest.INTERVAL)
    )


def test_curves_pass_through_their_cuts():
    frame = pd.DataFrame(
        {"ics_code": ["a", "a", "b", "b"], "together": [True, False, True, False], "released": [3.0, 2, 1, 0]}
    )
    lines = backtest.curves(frame, ["released"], 100, seed=0, points=5).set_index(["curve", "x"])["y"]
    assert lines["roc"].tolist() == [
        0.5,
        0.5,
        1,
        1,
        1,
    ]  # one of two together before the first apart, then level, then up
    assert lines["precision"].tolist() == pytest.approx([1, 1, 0.6, 2 / 3])


def test_the_area_is_that_under_the_curve(tables, decisions):
    frame = backtest.pairs(decisions[2020], tables["successors"])
    fine = backtest.curves(frame, ["shared_officer"], 1, seed=0, points=2001)
    roc = fine[fine["curve"] == "roc"]
    area = backtest.pair_table(frame, ["shared_officer"], 1, seed=0)["roc_area"][0]
    assert np.trapezoid(roc["y"], roc["x"]) == pytest.approx(area, abs=1e-3)


def test_random_plan_is_the_exact_expectation(decisions):
    """The chance that a random plan joins a pair, against every plan of an ICS walked one by one."""
    decision = decisions[2021]
    code = max(
        (code for code in decision.ics if len(decision.ics[code].plans) < 500),
        key=lambda code: len(decision.ics[code].plans),
    )
    ics = decision.ics[code]
    scope = decision.scopes[code]
    plans_with = np.zeros((len(ics.codes), len(ics.codes)))
    for plan in range(len(ics.plans)):
        for group in ics.plan_set.groups(plan):
            for first, second in itertools.permutations(group, 2):
                plans_with[first, second] += 1
    two = np.array([np.flatnonzero(row) for row in scope.members if row.sum() == 2])
    expected = plans_with[two[:, 0], two[:, 1]] / len(ics.plans)
    assert backtest.together_at_random(ics, two) == pytest.approx(expected)


# --- scores of sets and plans ---


def test_relations_and_plan_scores_by_hand(decisions):
    """Every relation of one ICS from its own definition, and the score of each plan by walking its pairs."""
    decision = decisions[2020]
    code = max(
        (code for code in decision.ics if len(decision.ics[code].plans) < 300),
        key=lambda code: len(decision.ics[code].plans),
    )
    ics, scope, scores = decision.ics[code], decision.scopes[code], decision.plan_scores[code]
    own, number = scope.setting, len(decision.ics[code].codes)
    related = backtest.relations(own)
    km = own.distance_km
    for a, b in itertools.combinations(range(number), 2):
        nearest = {
            a: min(set(range(number)) - {a}, key=lambda c: km[a, c]),
            b: min(set(range(number)) - {b}, key=lambda c: km[b, c]),
        }
        assert related["nearest_neighbour"][a, b] == (nearest[a] == b or nearest[b] == a)
        assert related["same_officer"][a, b] == (own.bodies["officer"][a] == own.bodies["officer"][b])
    pairs = list(itertools.combinations(range(number), 2))
    agreed = {name: [] for name in related}
    for plan in range(len(ics.plans)):
        place = {body: group for group, members in enumerate(ics.plan_set.groups(plan)) for body in members}
        for name, matrix in related.items():
            agreed[name].append(sum((place[a] == place[b]) == matrix[a, b] for a, b in pairs))
    for name, expected in agreed.items():
        assert scores[name].rank().tolist() == pd.Series(expected).rank().tolist()


def test_set_scores_by_hand(decisions):
    decision = decisions[2020]
    scope = next(scope for scope in decision.scopes.values() if 4 <= len(scope.setting.bodies) <= 6)
    bodies = scope.setting.bodies
    for row, scores in zip(scope.members, scope.scores.to_dict("records"), strict=True):
        mine = bodies[row]
        same = [a == b for a, b in itertools.combinations(mine["officer"], 2)]
        assert scores["same_officer"] == pytest.approx(np.mean(same))
        assert scores["smallest_first"] == pytest.approx(-mine["registered_population"].mean())
        assert scores["shared_officer"] == pytest.approx(-mine["officer"].nunique() / len(mine))
        assert scores["one_per_ics"] == len(mine)


def test_scores_equal_but_for_rounding_tie():
    scores = backtest.rounded(pd.DataFrame({"a": [0.1 + 0.2, 0.3, -1e-20, 0.0, 3e12]}))["a"]
    assert scores[0] == scores[1]
    assert scores[4] == 3e12


# --- what happened ---


def test_every_merger_is_scored_once(tables, decisions):
    """18, 6, 74 and 38 bodies went into mergers on the four dates, as published, and each merger has one row."""
    formed = {year: candidates.formed(tables["mergers"], decision.date) for year, decision in decisions.items()}
    assert [sum(map(len, groups.values())) for groups in formed.values()] == [18, 6, 74, 38]
    found = backtest.merged_percentiles(decisions[2020], formed[2020])
    assert sorted(" ".join(group) for group in formed[2020].values()) == sorted(found["body_codes"])
    crossing = found[found["ics_count"] > 1]
    assert set(crossing["formed"]) == {"North Yorkshire", "Surrey Heartlands"}
    # All national sets of two to five bodies: about 44,800 with single bodies.
    assert (crossing["rivals"] > 44_000).all()


@pytest.mark.parametrize(
    ("attempted", "event", "expected"),
    [
        ("2017", "planned for April 2018; paused by June 2017", "2018-04-01"),
        ("2019-07", "rejected by member practices", "2020-04-01"),
        ("2020-02", "early discussions", "2020-04-01"),
        ("2020", "early discussions, February 2020", "2021-04-01"),
        ("2018-12/2019", "consulted 2019 for April 2020", "2020-04-01"),
    ],
)
def test_the_date_an_attempt_aimed_at(attempted, event, expected):
    assert backtest.planned_for(pd.Series({"attempted": attempted, "event": event})) == pd.Timestamp(expected)


def test_every_attempt_belongs_to_a_decision(tables):
    aimed = tables["merger_attempts"].apply(backtest.planned_for, axis=1)
    assert aimed.isin(backtest.DATES).all()


# --- only what was known ---


def changed_after(tables, date):
    """Every table with all that is dated after the decision, or was published after it, changed at random."""
    day = pd.Timestamp(date)
    before = day - pd.DateOffset(years=1)
    rng = np.random.default_rng(day.year)

    def noise(frame, rows, columns):
        frame = frame.copy()
        for column in columns:
            frame[column] = frame[column].astype("float64")
            frame.loc[rows, column] = rng.random(int(rows.sum())) * 1e5 + 1
        return frame

    def shuffled(frame, rows, columns):
        frame = frame.copy()
        for column in columns:
            frame.loc[rows, column] = rng.permutation(frame.loc[rows, column].to_numpy())
        return frame

    late = {
        name: tables[name][column] > before
        for name, column in {
            "footprints": "as_at",
            "registered_population": "date",
            "centroids": "as_at",
            "links": "as_at",
            "authorities": "as_at",
            "local_authority_overlap": "as_at",
            "mergers": "effective_date",
            "boundary_changes": "effective_date",
            "body_register": "open_date",
        }.items()
    }
    published = pd.to_datetime(tables["resident_population"]["mid_year"].astype(str)) + pd.DateOffset(years=1, months=9)
    every = {name: pd.Series(True, index=tables[name].index) for name in ("bodies", "successors", "deprivation")}
    out = {
        name: tables[name]
        for name in ("upper_tier_authorities", "allowance_2013_14", "allowance_official", "water_links")
    }
    out["bodies"] = noise(
        tables["bodies"], every["bodies"], ["registered_population", "residents", "practices", "list_size"]
    )
    out["successors"] = shuffled(tables["successors"], every["successors"], ["successor_code"])
    out["footprints"] = shuffled(tables["footprints"], late["footprints"], ["ics_code", "body_code"])
    out["registered_population"] = noise(
        tables["registered_population"], late["registered_population"], ["registered_population"]
    )
    out["centroids"] = noise(tables["centroids"], late["centroids"], ["easting", "northing", "area_km2"])
    # Population-weighted centres and residents by authority rest on mid-2019, whatever the footprint.
    out["centroids"] = noise(
        out["centroids"], pd.Series(True, index=out["centroids"].index), ["centroid_easting", "centroid_northing"]
    )
    out["links"] = shuffled(tables["links"], late["links"], ["body_code_a", "body_code_b"])
    for name in ("authorities", "local_authority_overlap"):
        out[name] = noise(tables[name], pd.Series(True, index=tables[name].index), ["residents"])
        out[name] = shuffled(out[name], late[name], ["body_code"])
    out["mergers"] = shuffled(tables["mergers"], late["mergers"], ["successor_code", "predecessor_code"])
    out["boundary_changes"] = noise(tables["boundary_changes"], late["boundary_changes"], ["lsoas_moved"])
    out["boundary_changes"] = noise(
        out["boundary_changes"], ~out["boundary_changes"].index.isin([-1]), ["residents_moved"]
    )
    register = tables["body_register"].copy()
    closing = register["close_date"] >= before
    register.loc[closing, "close_date"] = day + pd.to_timedelta(rng.integers(0, 900, int(closing.sum())), unit="D")
    out["body_register"] = shuffled(register, late["body_register"], ["region_code"])
    practices = tables["practices"]
    out["practices"] = noise(practices, practices["date"] >= before, ["practices"])
    ages = tables["resident_population"]
    out["resident_population"] = noise(ages, published >= day, ["residents", "residents_age_75_84"])
    unknown = every["deprivation"] & bool(day < backtest.DEPRIVATION_PUBLISHED)
    out["deprivation"] = noise(tables["deprivation"], unknown, ["imd_average_score"])
    shared = tables["shared_leadership"]
    out["shared_leadership"] = shuffled(
        shared, pd.Series(bool(day < backtest.OFFICERS_KNOWN), index=shared.index), ["group_code"]
    )
    national = tables["national_running_costs"]
    later = (national["financial_year"] >= "2019/20") | (
        (national["financial_year"] == "2018/19") & bool(day < backtest.NATIONAL_TOTAL_PUBLISHED)
    )
    out["national_running_costs"] = noise(national, later, ["value"])
    # What mergers were said to save was reported over the years; it is common to all and must move no rank.
    levers = tables["levers"].copy()
    saving = levers["quantity"] == "saving_per_body_removed_gbp"
    levers.loc[saving, ["low", "central", "high"]] *= 1.7
    out["levers"] = levers
    return out


@pytest.mark.parametrize("year", [2018, 2019, 2020, 2021])
def test_nothing_after_the_decision_moves_a_number(tables, decisions, year):
    mine = decisions[year]
    other = backtest.decide(changed_after(tables, mine.date), mine.date, MODEL)
    made = candidates.formed(tables["mergers"], mine.date)
    pd.testing.assert_frame_equal(backtest.merged_percentiles(mine, made), backtest.merged_percentiles(other, made))
    pd.testing.assert_frame_equal(
        backtest.plan_percentiles(mine, tables["successors"]), backtest.plan_percentiles(other, tables["successors"])
    )
    pairs = [backtest.pairs(decision, tables["successors"]) for decision in (mine, other)]
    in_pounds = ["released", "released_share"]  # they move with the saving assumed, their order does not
    pd.testing.assert_frame_equal(*(frame.drop(columns=in_pounds) for frame in pairs))
    pd.testing.assert_frame_equal(*(frame[in_pounds].rank() for frame in pairs))


def test_what_is_known_before_does_matter(tables, decisions):
    """The check above can fail: the same change of the lists of the footprint itself moves the numbers."""
    known = changed_after(tables, "2021-04-01")
    lists = tables["registered_population"].copy()
    lists["registered_population"] = lists["registered_population"].sample(frac=1, random_state=0).to_numpy()
    other = backtest.decide(known | {"registered_population": lists}, "2021-04-01", MODEL)
    made = candidates.formed(tables["mergers"], "2021-04-01")
    assert not backtest.merged_percentiles(decisions[2021], made).equals(backtest.merged_percentiles(other, made))


# --- protocol and calibration ---


def test_advantages_equal_resampling_one_by_one():
    """Paired intervals against frames resampled row by row: the same ICSs for both rankings."""
    rng = np.random.default_rng(3)

    def rows(count):
        scores = {name: np.round(rng.random(count), 1) for name in backtest.SCORERS}
        return pd.DataFrame({"ics_code": rng.choice(list("abcde"), count), "sample": HELD_OUT, **scores})

    merged = rows(12).assign(rivals=[0, *[3] * 11])
    carried_out = rows(20).assign(changed=["no plan", *["yes"] * 19])
    pair_frame = rows(40).assign(together=rng.random(40) < 0.5)
    results = backtest.Results((), merged, carried_out, pd.DataFrame(), pair_frame, pd.DataFrame())
    table = backtest.advantages(results, "nearness", 60, seed=2).set_index(["ranked_by", "measured_on"])
    assert len(table) == 3 * (len(backtest.SCORERS) - 1)

    def area(frame, name):
        score, together = frame[name].to_numpy(), frame["together"].to_numpy()
        return np.mean([(a > b) + 0.5 * (a == b) for a in score[together] for b in score[~together]])

    for measure, frame, value in (
        (backtest.OF_BODIES, merged[1:], lambda frame, name: frame[name].mean()),
        (backtest.OF_PLANS, carried_out[1:], lambda frame, name: frame[name].mean()),
        (backtest.OF_PAIRS, pair_frame, area),
    ):
        codes = np.unique(frame["ics_code"])
        apart = [value(frame, "similarity") - value(frame, "nearness")]
        for drawn in backtest.resampled(len(codes), 60, seed=2):
            again = pd.concat(
                [frame[frame["ics_code"] == codes[at]] for at in np.repeat(range(len(codes)), drawn.astype(int))]
            )
            apart.append(value(again, "similarity") - value(again, "nearness"))
        found = table.loc[("similarity", measure)]
        assert found["advantage"] == pytest.approx(apart[0])
        assert found[["advantage_low", "advantage_high"]].tolist() == pytest.approx(
            np.percentile(apart[1:], backtest.INTERVAL)
        )


def summary_of(**percentiles):
    return pd.DataFrame(
        [
            {"ranked_by": name, "sample": sample, "set_percentile": value}
            for name in backtest.SCORERS
            for sample, value in zip((IN_SAMPLE, HELD_OUT), percentiles.get(name, (0.5, 0.5)), strict=True)
        ]
    )


def test_the_choice_looks_at_the_sample_only():
    assert backtest.chosen(summary_of(nearness=(0.7, 0.1), similarity=(0.6, 0.99))) == "nearness"
    assert backtest.chosen(summary_of()) == backtest.SCORERS[0]


def test_dates_are_split_at_april_2019(decisions):
    assert {year: decision.sample for year, decision in decisions.items()} == {
        2018: IN_SAMPLE,
        2019: IN_SAMPLE,
        2020: HELD_OUT,
        2021: HELD_OUT,
    }


def test_calibration_by_hand():
    """Two bands cut at the median of the sample; the squared error from its definition, pair by pair."""
    frame = pd.DataFrame(
        {
            "sample": [IN_SAMPLE] * 4 + [HELD_OUT] * 4,
            "released": [0.0, 1, 2, 3, 0, 0, 5, 5],
            "together": [False, True, True, True, False, True, True, True],
        }
    )
    table = backtest.calibration(frame, "released", bands=2)
    assert table["forecast"].tolist() == [0.5, 1.0]
    assert table["observed"].tolist() == [0.5, 1.0]
    assert table["pair_count"].tolist() == [2, 2]
    error, best = backtest.brier(frame, "released", bands=2)
    assert error == pytest.approx(np.mean([0.25, 0.25, 0, 0]))
    assert best == pytest.approx(0.75 * 0.25)


def test_same_seed_same_numbers(tables, decisions):
    first, second = (backtest.run(tables, MODEL, "none", 200, 7, [decisions[2019], decisions[2021]]) for _ in range(2))
    pd.testing.assert_frame_equal(first.summary, second.summary)
    pd.testing.assert_frame_equal(*(backtest.pairs_comparison(results, 200, 7) for results in (first, second)))


# --- as stored ---


def stored_results():
    notebook = notebooks.read(ROOT / "notebooks" / "06_backtest.ipynb")
    found = [
        output["data"][display.KEY_RESULTS]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if display.KEY_RESULTS in output.get("data", {})
    ]
    return [display.Result(**row) for row in found[0]]


def test_04_ranks_by_what_the_protocol_supports():
    chosen = {result.name: result.value for result in stored_results()}["rank_by"]
    assert parameters.Candidates().rank_by == chosen

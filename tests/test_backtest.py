"""The back-test: percentiles, areas and baselines by hand, planted criteria, leakage, and the protocol as stored."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from ccg import ERA

from ccganalysis import notebooks, parameters
from ccganalysis.analysis import backtest, candidates
from ccganalysis.analysis.backtest import HELD_OUT, IN_SAMPLE, percentiles
from ccganalysis.analysis.backtest.known import _national_known
from ccganalysis.analysis.backtest.later import measured
from ccganalysis.analysis.backtest.pairwise import interval
from ccganalysis.data import eras, ingest, organisations
from ccganalysis.data.datapackage import project_root
from ccganalysis.presentation import display, findings
from ccganalysis.report import artefacts

ROOT = project_root()
MODEL = "per_head_adjusted"
OFFICERS_KNOWN = pd.Timestamp(ERA.leadership.known_from)


@pytest.fixture(scope="module")
def tables():
    return ingest.Tables(ERA)


@pytest.fixture(scope="module")
def decisions(tables):
    return {date.year: backtest.decide(tables, date, MODEL, ERA) for date in ERA.dates[1:]}


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
        area = decision.setting.bodies.set_index("body_code")["area_code"]
        inside = {
            name: group
            for name, group in candidates.formed(tables["mergers"], decision.date).items()
            if area[list(group)].nunique() == 1
        }
        found = backtest.merged_percentiles(replace(decision, scopes=scopes), inside)
        # Where an ICS formed several bodies they tie with each other, which costs half a place each.
        ties = found.groupby("area_code")["formed"].transform("size") - 1
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
            "area_code": rng.choice(list("abcdef"), 60),
            "together": rng.random(60) < 0.4,
            "released": rng.integers(0, 8, 60).astype(float),
        }
    )
    table = backtest.pair_table(frame, ["released"], 200, seed=5).iloc[0]
    codes = np.unique(frame["area_code"])
    areas, precisions = [], []
    for drawn in backtest.resampled(len(codes), 200, seed=5):
        again = pd.concat(
            [
                frame[frame["area_code"] == code]
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
        {"area_code": ["a", "a", "b", "b"], "together": [True, False, True, False], "released": [3.0, 2, 1, 0]}
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
        (code for code in decision.areas if len(decision.areas[code].plans) < 500),
        key=lambda code: len(decision.areas[code].plans),
    )
    area = decision.areas[code]
    scope = decision.scopes[code]
    plans_with = np.zeros((len(area.codes), len(area.codes)))
    for plan in range(len(area.plans)):
        for group in area.plan_set.groups(plan):
            for first, second in itertools.permutations(group, 2):
                plans_with[first, second] += 1
    two = np.array([np.flatnonzero(row) for row in scope.members if row.sum() == 2])
    expected = plans_with[two[:, 0], two[:, 1]] / len(area.plans)
    assert backtest.together_at_random(area, two) == pytest.approx(expected)


# --- scores of sets and plans ---


def test_relations_and_plan_scores_by_hand(decisions):
    """Every relation of one ICS from its own definition, and the score of each plan by walking its pairs."""
    decision = decisions[2020]
    code = max(
        (code for code in decision.areas if len(decision.areas[code].plans) < 300),
        key=lambda code: len(decision.areas[code].plans),
    )
    area, scope, scores = decision.areas[code], decision.scopes[code], decision.plan_scores[code]
    own, number = scope.setting, len(decision.areas[code].codes)
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
    for plan in range(len(area.plans)):
        place = {body: group for group, members in enumerate(area.plan_set.groups(plan)) for body in members}
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
        assert scores["one_per_area"] == len(mine)


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
    crossing = found[found["area_count"] > 1]
    assert set(crossing["formed"]) == {"North Yorkshire", "Surrey Heartlands"}
    # Every connected set of two to five of the 191 bodies but the body itself: 44,946 with single bodies.
    assert (crossing["rivals"] == 44_946 - 191 - 1).all() and (crossing["connected"] == "yes").all()
    bodies = decisions[2020].setting.bodies.set_index("body_code")
    for row in crossing.itertuples():
        members = bodies.loc[row.body_codes.split()]
        assert row.area_code == members.loc[members["registered_population"].idxmax(), "area_code"]
        assert row.area_count == members["area_code"].nunique() > 1


def test_every_merger_across_a_border_widens_what_it_is_compared_with(tables, decisions, monkeypatch):
    """North Yorkshire came from three ICSs, Surrey Heartlands from two: sets as large as the larger are looked at."""
    asked = []

    def national_scope(_, crossing):
        asked.extend(crossing)
        raise LookupError("nothing is compared here")

    monkeypatch.setattr(percentiles, "national_scope", national_scope)
    area = decisions[2020].setting.bodies.set_index("body_code")["area_code"].to_dict()
    formed = candidates.formed(tables["mergers"], decisions[2020].date)
    across = {name: group for name, group in formed.items() if len({area[code] for code in group}) > 1}
    with pytest.raises(LookupError):
        backtest.merged_percentiles(decisions[2020], across)
    assert asked == list(across.values()) and len(asked) == 2


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
    assert aimed.isin(ERA.dates[1:]).all()


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
    out["footprints"] = shuffled(tables["footprints"], late["footprints"], ["area_code", "body_code"])
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
        shared, pd.Series(bool(day < OFFICERS_KNOWN), index=shared.index), ["group_code"]
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
    other = backtest.decide(changed_after(tables, mine.date), mine.date, MODEL, ERA)
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
    other = backtest.decide(known | {"registered_population": lists}, "2021-04-01", MODEL, ERA)
    made = candidates.formed(tables["mergers"], "2021-04-01")
    assert not backtest.merged_percentiles(decisions[2021], made).equals(backtest.merged_percentiles(other, made))


# --- protocol and calibration ---


def test_advantages_equal_resampling_one_by_one():
    """Paired intervals against frames resampled row by row: the same ICSs for both rankings."""
    rng = np.random.default_rng(3)

    def rows(count):
        scores = {name: np.round(rng.random(count), 1) for name in backtest.SCORERS}
        return pd.DataFrame({"area_code": rng.choice(list("abcde"), count), "sample": HELD_OUT, **scores})

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
        codes = np.unique(frame["area_code"])
        apart = [value(frame, "similarity") - value(frame, "nearness")]
        for drawn in backtest.resampled(len(codes), 60, seed=2):
            again = pd.concat(
                [frame[frame["area_code"] == codes[at]] for at in np.repeat(range(len(codes)), drawn.astype(int))]
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
    first, second = (
        backtest.run(tables, ERA, MODEL, "none", 200, 7, [decisions[2019], decisions[2021]]) for _ in range(2)
    )
    assert [decision.date.year for decision in first.decisions] == [2019, 2021]
    pd.testing.assert_frame_equal(first.summary, second.summary)
    pd.testing.assert_frame_equal(*(backtest.pairs_comparison(results, 200, 7) for results in (first, second)))


# --- as stored ---


def stored_results():
    notebook = notebooks.read(ROOT / "notebooks" / "06_backtest.ipynb")
    return [display.Result(**row) for row in artefacts.key_results(notebook)]


def test_04_ranks_by_what_the_protocol_supports():
    chosen = {result.name: result.value for result in stored_results()}["rank_by"]
    assert parameters.Candidates().rank_by == chosen


# --- summed up, by hand ---


def percentiles_of(rows, **columns):
    """Rows of (date, ICS, rivals, percentile by every scorer), with more columns of one value or one each."""
    frame = pd.DataFrame(rows, columns=["effective_date", "area_code", "rivals", "by"])
    scores = pd.DataFrame({name: frame["by"] for name in backtest.SCORERS})
    sample = [IN_SAMPLE if date <= 2019 else HELD_OUT for date in frame["effective_date"]]
    frame["effective_date"] = pd.to_datetime(frame["effective_date"].astype(str) + "-04-01")
    return pd.concat([frame.drop(columns="by").assign(sample=sample, **columns), scores], axis=1)


def test_summary_by_hand():
    """Bodies without a rival and plans that crossed a border are left out; the interval resamples ICSs one by one."""
    merged = percentiles_of(
        [(2018, "A", 3, 0.5), (2018, "A", 3, 1.0), (2019, "B", 1, 0.0), (2019, "C", 0, 0.9), (2020, "D", 9, 0.25)]
    )
    merged.loc[2, "nearness"] = 0.75
    plans = percentiles_of(
        [(2018, "A", 3, 0.5), (2018, "B", 3, 0.75), (2019, "C", 3, 0.4), (2019, "E", 3, 0.25), (2020, "D", 3, 0.1)],
        changed=["yes", "no", "no plan", "yes", "yes"],
    )
    table = backtest.summary(merged, plans, 300, 3)
    assert table["ranked_by"].tolist() == [*backtest.SCORERS] * 2
    assert table["sample"].tolist() == [IN_SAMPLE] * len(backtest.SCORERS) + [HELD_OUT] * len(backtest.SCORERS)
    assert set(table.loc[table["role"] == "baseline", "ranked_by"]) == set(backtest.BASELINES)
    seen = table[table["sample"] == IN_SAMPLE].set_index("ranked_by")
    columns = ["formed_count", "set_percentile", "plan_count", "plan_percentile", "changed_plan_percentile"]
    assert seen.loc["released", columns].tolist() == [3, 0.5, 3, 0.5, 0.375]
    assert seen.loc["nearness", "set_percentile"] == 0.75
    means = []
    for times in backtest.resampled(2, 300, 3):
        drawn = [0.5, 1.0] * int(times[0]) + [0.0] * int(times[1])
        means.append(np.mean(drawn))
    expected = np.percentile(means, [2.5, 97.5])
    assert seen.loc["released", ["set_percentile_low", "set_percentile_high"]].tolist() == pytest.approx(expected)
    held = table[table["sample"] == HELD_OUT].set_index("ranked_by").loc["released"]
    assert held[columns].tolist() == [1, 0.25, 1, 0.1, 0.1]
    assert held[["set_percentile_low", "set_percentile_high"]].tolist() == [0.25, 0.25]


def small_results(merged, attempted, **parts):
    """Two held-out decisions and one before them, on bodies a to g of which a and b merge in 2020."""

    def decision(year, codes):
        bodies = pd.DataFrame({"body_code": codes, "as_at": pd.Timestamp(f"{year - 1}-04-01")})
        sample = IN_SAMPLE if year <= 2019 else HELD_OUT
        return SimpleNamespace(
            date=pd.Timestamp(f"{year}-04-01"), sample=sample, setting=SimpleNamespace(bodies=bodies)
        )

    decisions = (decision(2019, list("xyz")), decision(2020, list("abcdefg")), decision(2021, ["ab", *"cdefg"]))
    empty = {name: pd.DataFrame() for name in ("carried_out", "pairs", "summary")}
    return backtest.Results(decisions=decisions, merged=merged, attempted=attempted, **(empty | parts))


@pytest.fixture
def outcomes():
    merged = percentiles_of(
        [(2019, "Z", 4, 0.1), (2020, "A", 4, 0.75), (2021, "B", 4, 0.74), (2021, "C", 0, 0.49), (2021, "C", 5, 0.2)],
        body_codes=["x y", "a b", "ab c", "d e", "f"],
        formed=["XY", "AB", "ABC", "DE", "F"],
        area_count=[1, 1, 2, 1, 1],
    )
    attempted = percentiles_of(
        [(2019, "Z", 4, 0.9), (2020, "A", 4, 0.5), (2020, "A", 4, 0.6), (2021, "B", 4, 1.0)],
        body_codes=["x z", "a c", "g f", "ab g"],
        formed=["XZ", "AC", "GF", "ABG"],
        event="vote",
        outcome=["no", "no", "paused", "refused"],
    )
    return merged, attempted


def test_what_became_of_each_body(outcomes):
    """Counted on the bodies of 2019: a and b by what ab did; a plan not completed gives way to a merger that was."""
    day = {year: pd.Timestamp(f"{year}-04-01") for year in (2019, 2020)}
    steps = [(day[2019], code, day[2019], code, 1.0) for code in "abcdefg"]
    steps += [(day[2019], code, day[2020], "ab" if code in "ab" else code, 1.0) for code in "abcdefg"]
    columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
    found = backtest.hits(small_results(*outcomes), "nearness", pd.DataFrame(steps, columns=columns))
    low, planned = backtest.MISS, backtest.PLANNED
    assert found.to_dict() == dict(zip("abcdefg", [low, low, low, *[backtest.ONLY] * 2, low, planned], strict=True))
    merged, attempted = outcomes
    first = merged[merged["effective_date"] == day[2020]]
    found = backtest.hits(small_results(first, attempted.head(0)), "nearness", pd.DataFrame(steps, columns=columns))
    assert found.to_dict() == dict(zip("abcdefg", [backtest.HIT] * 2 + [backtest.STAYED] * 5, strict=True))


def test_misses_worst_first_with_what_was_not_seen(outcomes):
    merged, attempted = outcomes
    merged.loc[4, "coterminosity"] = 0.9
    merged.loc[3, "shared_officer"] = 0.89
    tables = {
        "shared_leadership": pd.DataFrame(
            [
                ("g1", "f", "no", "2019-05"),
                ("g1", "g", "no", "2019-06"),
                ("g2", "d", "no", "2020"),
                ("g3", "f", "sourced", ""),
            ],
            columns=["group_code", "body_code", "sharing", "shared_from"],
        ),
        "merger_attempts": pd.DataFrame(
            [("e d", "vote of 2019", "lost"), ("d", "talks", "ended")], columns=["body_codes", "event", "outcome"]
        ),
    }
    found = findings.misses(backtest.misses(small_results(merged, attempted), "nearness", tables))
    same_day = "one of 2 bodies formed in its {area} that day, where one body was the policy"
    assert found.drop(columns="effective_date").values.tolist() == [
        ["ABG", "planned and ranked high, not completed", 1.0, "vote; refused"],
        [
            "F",
            "formed, ranked low",
            0.2,
            f"its members came under one officer after the evidence ends (2019-05); {same_day}; "
            "among the first tenth by coterminosity, which this ranking does not use",
        ],
        ["GF", "planned and ranked high, not completed", 0.6, "vote; paused"],
        ["DE", "formed, ranked low", 0.49, f"{same_day}; vote of 2019; lost"],
    ]
    merged.loc[2, "nearness"] = 0.3
    across = findings.misses(backtest.misses(small_results(merged, attempted), "nearness", tables)).set_index("merger")[
        "not_seen"
    ]
    assert across["ABC"] == "joined bodies of 2 {areas}, whose borders then moved"
    merged.loc[2, "area_count"] = 1
    alone = findings.misses(backtest.misses(small_results(merged, attempted), "nearness", tables)).set_index("merger")[
        "not_seen"
    ]
    assert alone["ABC"] == "nothing on record"
    merged.loc[2, "nearness"] = 0.5
    attempted.loc[attempted["formed"] == "GF", "nearness"] = 0.5
    assert {"ABC", "GF"}.isdisjoint(backtest.misses(small_results(merged, attempted), "nearness", tables)["merger"])


def test_comparisons_put_the_best_held_out_first(outcomes):
    merged, attempted = outcomes
    merged["nearness"] = [0.2, 0.9, 0.9, 0.9, 0.9]
    plans = percentiles_of([(2019, "A", 3, 0.5), (2020, "A", 3, 0.25)], changed="yes")
    results = small_results(merged, attempted, carried_out=plans, summary=backtest.summary(merged, plans, 20, 1))
    table = backtest.comparison(results)
    first = table.iloc[0]
    assert first["ranked_by"] == backtest.LABELS["nearness"] and len(table) == len(backtest.SCORERS)
    assert table["set_percentile"].is_monotonic_decreasing
    columns = ["set_percentile_in_sample", "set_percentile", "plan_percentile_in_sample", "plan_percentile"]
    order = list(table)
    assert [order[order.index(name) + 1] for name in columns[::2]] == columns[1::2]
    assert first[columns].tolist() == pytest.approx([0.2, 0.9, 0.5, 0.25])

    rng = np.random.default_rng(4)
    together = np.array([True, False] * 20)
    pairs = pd.DataFrame({name: rng.random(40) for name in backtest.SCORERS}).assign(
        area_code=list("abcd") * 10, together=together, sample=[IN_SAMPLE] * 20 + [HELD_OUT] * 20
    )
    pairs["similarity"] = np.where(pairs["sample"] == HELD_OUT, together, ~together).astype(float)
    table = backtest.pairs_comparison(small_results(merged, attempted, pairs=pairs), 20, 1)
    assert table.loc[0, ["ranked_by", "roc_area", "roc_area_in_sample"]].tolist() == ["similarity", 1, 0]
    assert table.columns[:2].tolist() == ["ranked_by", "roc_area_in_sample"]
    assert table["roc_area"].is_monotonic_decreasing and (table["pair_count"] == 20).all()


def test_tables_of_percentiles_and_scores(outcomes):
    merged, _ = outcomes
    found = backtest.percentiles_table(merged, ["formed"], ["nearness"])
    assert found.values.tolist()[0] == ["XY", 0.1] and list(found) == ["formed", "nearness_percentile"]
    pairs = pd.DataFrame({name: [1.0, 2.0] for name in backtest.SCORERS}).assign(together=[True, False])
    table = backtest.scores_table(pairs)
    assert table["together"].tolist() == ["yes", "no"] and table["nearness_score"].tolist() == [1, 2]


# --- curves and forecasts, by brute force ---


def test_bands_of_curves_resample_areas_one_by_one():
    """Each resampled frame is built row by row, and its curves read off its own cuts."""
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(
        {
            "area_code": rng.choice(list("abcd"), 30),
            "together": rng.random(30) < 0.4,
            "released": rng.integers(0, 6, 30).astype(float),
        }
    )
    found = backtest.curves(frame, ["released"], 60, seed=2, points=6)
    codes = np.unique(frame["area_code"])
    grid = np.linspace(0, 1, 6)
    rocs, precisions = [], []
    for drawn in backtest.resampled(len(codes), 60, seed=2):
        parts = [
            frame[frame["area_code"] == code]
            for code, times in zip(codes, drawn, strict=True)
            for _ in range(int(times))
        ]
        again = pd.concat(parts)
        total = again["together"].sum()
        if total in (0, len(again)):
            continue
        hits, misses = [0], [0]
        for cut in sorted(again["released"].unique(), reverse=True):
            above = again[again["released"] >= cut]["together"]
            hits.append(above.sum())
            misses.append((~above).sum())
        recall, false = np.array(hits) / total, np.array(misses) / (len(again) - total)
        upper = []
        for x in grid:  # the highest point of the curve at x, straight between cuts
            ways = []
            for (x0, y0), (x1, y1) in itertools.pairwise(zip(false, recall, strict=True)):
                if x0 <= x <= x1:
                    ways.append(max(y0, y1) if x0 == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            upper.append(max(ways))
        rocs.append(upper)
        line = []
        for x in grid[1:]:  # precision where recall first reaches x
            for (h0, m0), (h1, m1) in itertools.pairwise(zip(hits, misses, strict=True)):
                if h1 > h0 and h0 < x * total <= h1 + 1e-9:
                    wrong = m0 + (m1 - m0) * (x * total - h0) / (h1 - h0)
                    line.append(x * total / (x * total + wrong))
                    break
        precisions.append(line)
    low, high = np.percentile(rocs, [2.5, 97.5], axis=0)
    roc = found[found["curve"] == "roc"]
    assert roc["x"].tolist() == pytest.approx(grid)
    assert roc["y_low"].tolist() == pytest.approx(low) and roc["y_high"].tolist() == pytest.approx(high)
    low, high = np.percentile(precisions, [2.5, 97.5], axis=0)
    precision = found[found["curve"] == "precision"]
    assert precision["x"].tolist() == pytest.approx(grid[1:])
    assert precision["y_low"].tolist() == pytest.approx(low) and precision["y_high"].tolist() == pytest.approx(high)


def test_curves_where_only_the_last_cut_has_one_of_a_kind():
    """Two pairs below or above the one of the other kind: the worst ranking and the best."""
    frame = pd.DataFrame({"area_code": "A", "together": [False, False, True], "released": [3.0, 2.0, 1.0]})
    for scored, roc, precision in (
        (frame, [0, 0, 1], [1 / 5, 1 / 3]),
        (frame.assign(together=~frame["together"]), [1, 1, 1], [1, 1]),
    ):
        found = backtest.curves(scored, ["released"], 10, seed=0, points=3)
        assert found.loc[found["curve"] == "roc", "y"].tolist() == pytest.approx(roc)
        assert found.loc[found["curve"] == "precision", "y"].tolist() == pytest.approx(precision)
        assert found["y_low"].tolist() == found["y_high"].tolist() == found["y"].tolist()


def test_curves_of_one_pair_that_came_together():
    """It is second of three: recall is 0 until half of those apart are called, then 1; precision x / (x + 1)."""
    frame = pd.DataFrame({"area_code": "a", "together": [False, True, False], "released": [3.0, 2, 1]})
    found = backtest.curves(frame, ["released"], 10, seed=0)
    assert found.index.tolist() == list(range(51 + 50))
    roc = found[found["curve"] == "roc"]
    assert roc["x"].tolist() == pytest.approx([step / 50 for step in range(51)])
    assert roc["y"].tolist() == [0] * 25 + [1] * 26
    precision = found[found["curve"] == "precision"].set_index("x")
    assert precision["y"].iloc[-1] == 0.5 and precision["y"].iloc[0] == pytest.approx(0.02 / 1.02)


def test_resamples_with_nothing_to_tell_apart_are_left_out():
    """One ICS where all came together, one where none did: a resample of one of them alone says nothing."""
    frame = pd.DataFrame(
        {
            "area_code": list("aabbcc"),
            "together": [True, True, True, False, False, False],
            "released": [5.0, 4, 3, 2, 1, 0],
        }
    )
    assert backtest.resampled(3, 100, seed=0).max() == 3  # some draw one ICS three times
    found = backtest.curves(frame, ["released"], 100, seed=0, points=5)
    assert found[["y", "y_low", "y_high"]].notna().all(axis=None)
    assert (found["y"] == 1).all() and (found["y_high"] == 1).all()


def test_calibration_of_a_band_that_later_pairs_do_not_reach():
    """Fifths of ten scores 0 to 9; later pairs lie in the lowest and in the highest."""
    frame = pd.DataFrame(
        {
            "sample": [IN_SAMPLE] * 10 + [HELD_OUT] * 3,
            "released": [*range(10), 0, 9, 20],
            "together": [False] * 6 + [True] * 4 + [True, True, False],
        }
    )
    table = backtest.calibration(frame, "released")
    assert table["band"].tolist() == [f"{n} of 5" for n in range(1, 6)]
    assert table["pair_count_before"].tolist() == [2] * 5
    assert table["forecast"].tolist() == [0, 0, 0, 1, 1]
    assert table["pair_count"].tolist() == [1, 0, 0, 0, 2]
    assert table["observed"].fillna(-1).tolist() == [1, -1, -1, -1, 0.5]
    assert list(table) == ["band", "pair_count_before", "forecast", "pair_count", "observed"]
    error, own = backtest.brier(frame, "released")
    # Forecasts 0, 1 and 1 of what was 1, 1 and 0; two of three came together.
    assert error == pytest.approx((1 + 0 + 1) / 3) and own == pytest.approx(2 / 3 * 1 / 3)


def test_an_interval_of_nothing_is_not_a_number():
    assert np.isnan(interval(np.array([np.nan, np.inf]))).all()
    assert interval(np.array([np.nan, 1.0, 3.0])) == (1.05, 2.95)


# --- what could be compared, and the totals of the day ---


def test_the_national_total_is_that_known_on_the_day(tables):
    """Before the NAO's of 18 December 2018 came out, that of the year before it is carried on."""
    national = tables["national_running_costs"]
    totals = national[national["measure"].isin(["CCG running cost allowance total", "CCG running cost funding"])]
    before = totals[totals["financial_year"] < "2018/19"].sort_values("financial_year")["value"].iloc[-1]
    after = totals[totals["financial_year"] == "2018/19"]["value"].iloc[0]
    assert before != after
    for day, value in (("2018-04-01", before), ("2018-12-18", before), ("2018-12-19", after)):
        known = _national_known(national, pd.Timestamp(day))
        assert (known.loc[known["financial_year"] == "2018/19", "value"] == value).all()
        earlier = known[known["financial_year"] < "2018/19"]
        assert earlier["value"].tolist() == totals[totals["financial_year"] < "2018/19"]["value"].tolist()


def test_what_was_compared_on_each_decision(decisions):
    table = backtest.compared_on([decisions[2018], decisions[2021]])
    assert table["body_count"].tolist() == [207, 135]
    assert table["as_at"].tolist() == [pd.Timestamp("2017-04-01"), pd.Timestamp("2020-04-01")]
    # Shared officers became known in November 2018, deprivation in September 2019.
    assert table["officers_known"].tolist() == ["no", "yes"]
    assert ["deprivation" in words for words in table["compared_on"]] == [False, True]
    for row, decision in zip(table.itertuples(), (decisions[2018], decisions[2021]), strict=True):
        assert row.connected_sets == sum(len(area.sets) for area in decision.areas.values())
        assert row.plan_count == sum(len(area.plans) for area in decision.areas.values())
        assert row.estimated_lists == decision.setting.bodies["list_estimated"].sum()


# --- what could be known, table by table ---


@pytest.mark.parametrize("year", [2018, 2019, 2020, 2021])
def test_the_newest_of_each_table_on_the_day(tables, year):
    """Footprints and lists of a year ago, practices of the 31 March before, people of the mid-year out by October."""
    known = backtest.known_before(tables, f"{year}-04-01", ERA)
    before = pd.Timestamp(f"{year - 1}-04-01")
    for name in ("footprints", "centroids", "links", "authorities"):
        assert known[name]["as_at"].max() == before, name
    assert known["registered_population"]["date"].max() == before
    assert set(known["practices"]["date"]) == {pd.Timestamp(f"{year - 1}-03-31")}
    assert set(known["practices"]["source_id"]) == {"PAY"}
    ages = tables["resident_population"]
    held = ages.loc[(ages["as_at"] <= before) & (ages["mid_year"] <= year - 2), "mid_year"]
    assert set(known["resident_population"]["mid_year"]) == set(held)
    assert (len(known["deprivation"]) > 0, len(known["shared_leadership"]) > 0) == (year >= 2020, year >= 2019)
    # Small areas stand for their people, and only steps that had been taken are followed.
    counted = tables["local_authority_overlap"].query("as_at == @before").set_index(["body_code", "authority_code"])
    mine = known["authorities"].query("as_at == @before").set_index(["body_code", "authority_code"])
    assert (mine["residents"] == counted["lsoa_count"].reindex(mine.index)).all()
    assert known["successors"]["as_at"].max() == before
    assert known["successors"]["as_at"].min() == min(before - pd.DateOffset(years=1), pd.Timestamp("2017-04-01"))


def test_what_came_out_on_a_day_is_known_on_the_next(tables):
    for name, out in (("shared_leadership", OFFICERS_KNOWN), ("deprivation", backtest.DEPRIVATION_PUBLISHED)):
        assert backtest.known_before(tables, out, ERA)[name].empty
        assert not backtest.known_before(tables, out + pd.Timedelta(days=1), ERA)[name].empty
    out = pd.Timestamp("2018-10-31")  # mid-2017 by age, as ONS publishes in the autumn of the year after
    assert backtest.known_before(tables, out, ERA)["resident_population"].empty
    assert set(backtest.known_before(tables, out + pd.Timedelta(days=1), ERA)["resident_population"]["mid_year"]) == {
        2017
    }


@pytest.mark.parametrize("year", [2018, 2020, 2021])
def test_what_was_known_of_each_body(tables, decisions, year):
    """From the tables themselves: lists, area, older people, and practices of bodies that had not just changed."""
    before = pd.Timestamp(f"{year - 1}-04-01")
    bodies = decisions[year].setting.bodies.set_index("body_code")
    lists = tables["registered_population"].query("date == @before").set_index("body_code")
    assert bodies["registered_population"].to_dict() == lists["registered_population"].reindex(bodies.index).to_dict()
    estimated = lists["basis"].str.contains("estimate").reindex(bodies.index)
    assert (bodies["list_estimated"] == estimated).all()
    places = tables["centroids"].query("as_at == @before").set_index("body_code")
    assert (bodies["centroid_easting"] == places["easting"].reindex(bodies.index)).all()
    assert (bodies["centroid_northing"] == places["northing"].reindex(bodies.index)).all()
    density = lists["registered_population"] / places["area_km2"]
    assert bodies["density_per_km2"].to_numpy() == pytest.approx(density.reindex(bodies.index).to_numpy())
    counted = tables["practices"].query("source_id == 'PAY'").set_index("date").loc[pd.Timestamp(f"{year - 1}-03-31")]
    counted = counted.set_index("body_code")["practices"]
    assert bodies["practices"].sum() == pytest.approx(counted.sum())
    register = tables["body_register"].set_index("body_code")
    moved = tables["boundary_changes"].query("effective_date == @before")
    opened = register.loc[bodies.index, "open_date"]
    same = bodies.index[(opened < before).to_numpy() & ~bodies.index.isin([*moved["from_code"], *moved["to_code"]])]
    assert len(same) > 50 and (bodies.loc[same, "practices"] == counted[same]).all()
    assert bodies.loc[same, "list_size"].to_numpy() == pytest.approx(
        (lists.loc[same, "registered_population"] / counted[same]).to_numpy()
    )
    expected = (
        ["density_per_km2", "list_size"]
        + ["aged_65_plus_share"] * (year > 2018)
        + ["imd_average_score"] * (year > 2019)
    )
    assert list(decisions[year].compared) == expected
    if year > 2018:
        ages = (
            tables["resident_population"]
            .query("as_at == @before and mid_year <= @year - 2")
            .dropna(subset="residents_age_0_4")
        )
        ages = ages[ages["mid_year"] == ages["mid_year"].max()].set_index("body_code").reindex(bodies.index)
        older = ages["residents_age_65_74"] + ages["residents_age_75_84"] + ages["residents_age_85_plus"]
        assert bodies["aged_65_plus_share"].to_numpy() == pytest.approx((older / ages["residents"]).to_numpy())


# --- places among rivals, by walking them ---


def walked(scores, place, name):
    own, others = scores[name].iloc[place], scores[name].drop(index=scores.index[place])
    return np.mean([1.0 if other < own else 0.5 if other == own else 0.0 for other in others])


def test_merged_bodies_among_the_sets_of_their_area(tables, decisions):
    decision = decisions[2021]
    groups = {
        name: group
        for name, group in candidates.formed(tables["mergers"], decision.date).items()
        if decision.setting.bodies.set_index("body_code").loc[group, "area_code"].nunique() == 1
    }
    found = backtest.merged_percentiles(decision, groups).set_index("body_codes")
    assert len(found) == len(groups) and (found["sample"] == HELD_OUT).all()
    for group in groups.values():
        row = found.loc[" ".join(group)]
        scope = decision.scopes[row["area_code"]]
        codes = scope.setting.bodies["body_code"].to_numpy()
        places = [place for place, members in enumerate(scope.members) if set(codes[members]) == set(group)]
        rivals = len(scope.members) - len(places)  # itself is none; what is not connected is no connected set
        assert row[["body_count", "area_count", "rivals"]].tolist() == [len(group), 1, rivals]
        assert row["connected"] == ("yes" if places else "no")
        if places and row["rivals"]:
            for name in ("similarity", "released_share", "nearest_neighbour", "random_plan"):
                assert row[name] == pytest.approx(walked(scope.scores, places[0], name)), (group, name)


def test_a_group_that_is_not_connected_is_set_beside_all_sets(decisions):
    decision = decisions[2020]
    for scope in decision.scopes.values():
        pairs = {tuple(np.flatnonzero(row)) for row in scope.members if row.sum() == 2}
        number = len(scope.setting.bodies)
        apart = [pair for pair in itertools.combinations(range(number), 2) if pair not in pairs]
        if number >= 4 and apart:
            break
    bodies = scope.setting.bodies.iloc[list(apart[0])]
    found = backtest.merged_percentiles(decision, {"Apart": bodies["body_code"].tolist()}).iloc[0]
    assert found[["connected", "rivals", "body_count"]].tolist() == ["no", len(scope.members), 2]
    assert found["area_code"] == bodies["area_code"].iloc[0]
    assert found["random_plan"] == 0  # no plan forms it; every connected set is in one
    km = scope.setting.distance_km[apart[0]]
    others = -scope.scores["nearness"].to_numpy()
    tied = np.isclose(others, km)
    assert found["nearness"] == pytest.approx(((others > km) & ~tied).mean() + 0.5 * tied.mean())


def test_plans_carried_out_among_all_plans(tables, decisions):
    decision = decisions[2020]
    found = backtest.plan_percentiles(decision, tables["successors"]).set_index("area_code")
    assert set(found.index) == {code for code, area in decision.areas.items() if len(area.plans) > 1}
    heirs = organisations.main_successor(tables["successors"], "2019-04-01", "2020-04-01")
    for code, row in found.iterrows():
        area, scores = decision.areas[code], decision.plan_scores[code]
        real = {frozenset(group) for _, group in heirs[list(area.codes)].groupby(heirs).groups.items()}
        assert row["rivals"] == len(scores) - 1
        if len(area.plans) > 400:
            continue
        places = [plan for plan in range(len(scores)) if {frozenset(group) for group in area.members(plan)} == real]
        if not places:
            assert row["changed"] == "no plan" and np.isnan(row["released"])
        else:
            assert row["changed"] == ("no" if len(real) == len(area.codes) else "yes")
            for name in ("released", "similarity", "least_disruption", "same_officer"):
                assert row[name] == pytest.approx(walked(scores, places[0], name))
    assert {"yes", "no"} <= set(found["changed"])


def test_attempts_are_those_that_aimed_at_the_day(tables, decisions):
    for year, decision in decisions.items():
        mine = [
            row
            for row in tables["merger_attempts"].to_dict("records")
            if backtest.planned_for(pd.Series(row)) == decision.date
        ]
        found = backtest.attempts(decision, tables["merger_attempts"])
        assert len(found) == len(mine), year
        for row, attempt in zip(found.to_dict("records"), mine, strict=True):
            assert row["body_codes"] == attempt["body_codes"]
            assert (row["event"], row["outcome"]) == (attempt["event"], attempt["outcome"])


# --- scores, by walking bodies ---


def test_plan_scores_by_walking_their_bodies(decisions):
    """Sums over the plan's bodies; what members have in common as means over the bodies there were before."""
    decision = decisions[2021]
    code = max(
        (code for code in decision.areas if len(decision.areas[code].plans) < 60),
        key=lambda code: len(decision.areas[code].plans),
    )
    area, scores, own = decision.areas[code], decision.plan_scores[code], decision.scopes[code].setting
    bodies = own.bodies
    total = bodies["baseline_gbp"].sum()
    for plan in range(len(area.plans)):
        merged = candidates.merged_bodies(own, area.members(plan))
        row, count = scores.iloc[plan], merged["body_count"]
        assert row["released"] == pytest.approx(merged["released_central_gbp"].sum())
        assert row["released_share"] == pytest.approx(merged["released_central_gbp"].sum() / total)
        assert row["least_disruption"] == pytest.approx(-merged["disruption_people"].sum())
        assert row["smallest_first"] == merged["registered_population"].min()
        assert row["one_per_area"] == (count - 1).sum()
        assert row["no_change"] == (1 if len(merged) == len(bodies) else 0)
        assert row["random_plan"] == 0
        for name, column in (("similarity", "difference"), ("nearness", "farthest_km")):
            assert row[name] == pytest.approx(-(count * merged[column]).sum() / len(bodies)), name
        assert row["shared_officer"] == pytest.approx(-merged["officer_count"].sum() / len(bodies))


def test_same_authority_is_that_of_most_small_areas(tables, decisions):
    setting = decisions[2019].setting
    matrix = backtest.relations(setting)["same_authority"]
    key = ["as_at", "body_code", "authority_code"]
    counted = tables["authorities"].merge(tables["local_authority_overlap"][[*key, "lsoa_count"]], on=key)
    counted = counted[counted["as_at"] == pd.Timestamp("2018-04-01")]
    areas = counted.pivot_table(index="body_code", columns="upper_tier_code", values="lsoa_count", aggfunc="sum")
    main = areas.idxmax(axis=1)
    tied = areas.eq(areas.max(axis=1), axis=0).sum(axis=1) > 1
    codes = setting.bodies["body_code"].tolist()
    for a, b in itertools.combinations(range(len(codes)), 2):
        if not (tied[codes[a]] or tied[codes[b]]):
            assert matrix[a, b] == matrix[b, a] == (main[codes[a]] == main[codes[b]])
    assert matrix.any() and (np.diag(matrix) == 0).all()


def test_nine_digits_tell_scores_apart():
    scores = backtest.rounded(pd.DataFrame({"a": [1.0000000044, 1.000000011, 123456789.4, -123456789.6, 0.0, 2e-9]}))[
        "a"
    ]
    assert scores.tolist() == [1.0, 1.00000001, 123456789.0, -123456790.0, 0.0, 2e-9]


def test_random_plans_form_each_set_as_often_as_plans_hold_it(decisions):
    decision = decisions[2021]
    code = max(
        (code for code in decision.areas if len(decision.areas[code].plans) < 100),
        key=lambda code: len(decision.areas[code].plans),
    )
    area, scope = decision.areas[code], decision.scopes[code]
    codes = scope.setting.bodies["body_code"].to_numpy()
    every = [{frozenset(group) for group in area.members(plan)} for plan in range(len(area.plans))]
    assert (scope.members.sum(axis=1) > 1).all()
    assert len(scope.members) == sum(area.sets["body_count"] > 1)
    for row, score in zip(scope.members, scope.scores["random_plan"], strict=True):
        assert score == pytest.approx(np.mean([frozenset(codes[row]) in plan for plan in every]))


# --- out of sample: the ranking tried on a later era ---


@pytest.fixture(scope="module")
def unseen():
    later = eras.not_looked_back_on(ingest.all_eras(), ERA)
    return backtest.out_of_sample(ingest.Tables(later), later, MODEL, "none", 500, seed=1)


def by_place(unseen, what):
    rows = unseen.formed[(unseen.formed["happened"] == what) & (unseen.formed["ranked_by"] == "place")]
    return rows.set_index(rows["body_codes"].map(lambda codes: " ".join(sorted(codes.split()))))


def test_what_came_about_is_that_of_the_sources(unseen):
    """26 leadership teams for 42 ICBs, 13 of them for one each (the clusters of October 2025); five mergers of two or more."""
    sizes = np.bincount(unseen.groups)
    assert unseen.group_count == 26 and np.bincount(sizes).tolist() == [0, 13, 10, 3]
    teams, merged = by_place(unseen, backtest.ONE_OFFICER), by_place(unseen, backtest.MERGED)
    assert len(teams) == 13 and {"QJ2 QJM QT1", "QOX QSL QVV", "QHG QM7 QUE", "QMJ QRV"} < set(teams.index)
    assert sorted(merged.index) == ["QHG QM7 QUE", "QJG QMM", "QMJ QRV", "QNQ QU9", "QNX QXU"]
    assert set(merged.index) < set(teams.index)
    assert set(unseen.formed["area_count"]) == {1} and set(unseen.formed["connected"]) == {"yes"}


def test_it_is_ranked_as_if_no_officer_were_shared(unseen):
    """What is to be foretold is not known: no two bodies have one officer, so that ranking ties all, at a half."""
    assert unseen.decision.setting.bodies["officer"].is_unique
    officers = unseen.formed[unseen.formed["ranked_by"].isin(["shared_officer", "same_officer"])]
    assert (officers["percentile"] == 0.5).all() and (officers["same_size_percentile"] == 0.5).all()


def test_percentiles_at_equal_size_are_among_sets_of_as_many(unseen):
    """By another way: the region's sets of as many ICBs, counted one by one; how many ICBs there are tells nothing there."""
    placed = unseen.formed[unseen.formed["ranked_by"] == "coterminosity"]
    for row in placed.to_dict("records"):
        scope = unseen.decision.scopes[row["area_code"]]
        codes = scope.setting.bodies["body_code"].to_numpy()
        scores = {
            frozenset(codes[members]): score
            for members, score in zip(scope.members, scope.scores["coterminosity"], strict=True)
            if members.sum() == row["body_count"]
        }
        own = scores.pop(frozenset(row["body_codes"].split()))
        beaten = sum(1.0 if score < own else 0.5 if score == own else 0.0 for score in scores.values())
        assert row["same_size_percentile"] == pytest.approx(beaten / len(scores))
        assert row["same_size_rivals"] == len(scores) and row["candidate_count"] == len(scope.members)
    of_size = unseen.formed[unseen.formed["ranked_by"] == "one_per_area"]
    assert (of_size["same_size_percentile"] == 0.5).all() and (of_size["percentile"] < 0.5).all()


def test_chance_is_five_of_the_candidates(unseen):
    rates = unseen.rates.set_index(["happened", "ranked_by"]).loc[(backtest.ONE_OFFICER, "place")]
    counts = by_place(unseen, backtest.ONE_OFFICER)["candidate_count"]
    assert rates["chance_share"] == pytest.approx(np.mean(5 / counts))
    assert rates["hit_advantage"] == pytest.approx(rates["hit_share"] - rates["chance_share"])
    assert rates["hit_count"] == (by_place(unseen, backtest.ONE_OFFICER)["place_rank"] <= 5).sum()


def test_england_is_drawn_from_all_there_is(unseen):
    """Counted by graphillion; inside regions by the product of the regions' plans by number of sets."""
    assert unseen.plan_count[backtest.ANYWHERE] == 33_926_066_599_815_164
    inside = {0: 1}
    for area in unseen.decision.areas.values():
        numbers, counts = np.unique(area.plan_set.number_of_sets, return_counts=True)
        pairs = itertools.product(inside.items(), zip(numbers.tolist(), counts.tolist(), strict=True))
        inside_now: dict[int, int] = {}
        for (before, ways), (number, count) in pairs:
            inside_now[before + number] = inside_now.get(before + number, 0) + ways * count
        inside = inside_now
    assert unseen.plan_count[backtest.INSIDE] == inside[26]


def test_measures_of_groups_by_hand():
    """Three bodies on a line, 3 and 4 km apart, with 1, 2 and 4 million people; the first two share a council."""
    setting = SimpleNamespace(
        bodies=pd.DataFrame({"registered_population": [1e6, 2e6, 4e6]}),
        distance_km=np.array([[0, 3, 7], [3, 0, 4], [7, 4, 0.0]]),
        authority_residents=np.array([[5, 1, 0], [5, 0, 2], [0, 0, 9]]),
    )
    found = measured(setting, np.array([[0, 0, 1], [0, 1, 1], [0, 0, 0]]))
    assert found[backtest.APART].tolist() == [3, 4, (3 + 4 + 7) / 3]
    # The third council is in the second and third body; with one group for all none is split.
    assert found[backtest.SPLIT].tolist() == [1, 1, 0]
    assert found[backtest.SPREAD].iloc[:2].tolist() == pytest.approx([0.5e6, 2.5e6])


def test_where_the_real_groups_stand_has_its_error(unseen):
    assert (unseen.england["better_low"] <= unseen.england["better_share"]).all()
    assert (unseen.england["better_share"] <= unseen.england["better_high"]).all()
    none = unseen.england[unseen.england["better_share"] == 0]
    assert len(none) and (none["better_high"] > 0).all()
    drawn = unseen.england.groupby("drawn_from")["draw_count"].first()
    assert drawn[backtest.ANYWHERE] == drawn[backtest.INSIDE] == 2_000 and 300 < drawn[backtest.SAME_SIZES] < 2_000


def test_an_era_that_does_not_say_what_came_about_is_not_tried_on(tables):
    assert backtest.out_of_sample(tables, ERA.model_copy(update={"hindsight": None}), MODEL, "none", 500, 1) is None
    later = eras.not_looked_back_on(ingest.all_eras(), ERA)
    assert later.leadership and later.hindsight and later.begins > ERA.begins
    assert eras.not_looked_back_on(ingest.all_eras(), later) is None


def test_how_it_fared_is_said_in_the_later_eras_words(unseen):
    key = {result.name: result.value for result in findings.out_of_sample_results(unseen, "place")}
    told = key["out_of_sample"]
    assert f"{key['later_grouped_first_five']} of the 13 groups" in told and "ICBs" in told and "{" not in told
    assert findings.out_of_sample_briefly(None, "place") is None and findings.out_of_sample_results(None, "place") == []
    for words in (findings.out_of_sample_words, findings.out_of_sample_limits):
        text = words(unseen, "place")
        assert "{" not in text and "CCG" not in text and "ICS" not in text
        for one in text.split(". "):
            assert len([word for word in one.split() if any(sign.isdigit() for sign in word)]) <= 2, one


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-0.1, 0.2, "within what chance can do"), (0.1, 0.2, "more than by chance"), (-0.2, -0.1, "fewer than by chance")],
)
def test_the_words_follow_the_interval(low, high, said):
    words = {"bodies": "boards", "area": "county", "an_officer": "a chair"}
    row = {"happened": backtest.ONE_OFFICER, "ranked_by": "place", "formed_count": 4, "hit_count": 0}
    row |= {"hit_advantage_low": low, "hit_advantage_high": high}
    nothing = {"same_size_percentile_low": np.nan, "same_size_percentile_high": np.nan}
    alike = {"same_size_percentile_low": low + 0.5, "same_size_percentile_high": high + 0.5}

    def told(**changed):
        found = SimpleNamespace(rates=pd.DataFrame([row | changed]), era=SimpleNamespace(spoken=words))
        return findings.out_of_sample_briefly(found, "place")

    assert told(**nothing) == (
        f"Out of sample, on boards, not one of the 4 groups put under a chair is among the first five of their county: {said}."
    )
    one = told(**alike, formed_count=1, hit_count=1)
    assert "the one group put under a chair is among the first five of its county" in one
    end = {"within": "cannot be told from", "more t": "does better than", "fewer ": "does worse than"}[said[:6]]
    assert one.endswith(f"Among mergers of as many boards it {end} chance.")
    assert told(**nothing, formed_count=0) is None

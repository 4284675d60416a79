"""What a reader can ask of an area's page: the same answers as the package's, under any settings; and the page itself."""

from __future__ import annotations

import dataclasses
import json
import shutil
from functools import cache

import pytest

from ccganalysis import wording
from ccganalysis.analysis import candidates, options, routes
from ccganalysis.analysis.regression import Range
from ccganalysis.data import ingest, organisations
from ccganalysis.presentation import findings, what_if
from ccganalysis.report.page import what_if_script

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: browser tests are skipped")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine, so no browser tests (Debian: apt-get install chromium)"
)

AS_PUBLISHED = {
    **dict.fromkeys(("target", "saving", "share", "harvested", "floor", "ceiling", "weights")),
    "own": [],
}
GRID = (
    {},
    {"saving": 250_000, "share": 0.01, "target": 0.1},
    {"saving": 0, "share": 0.12, "harvested": 0.0},
    {"saving": 1_500_000, "harvested": 1.0, "weights": [1, 0, 0]},
    {"share": 0, "weights": [20, 50, 30], "target": 0.35},
    {"floor": 300_000, "weights": [0, 0, 0]},
    {"floor": 250_000, "ceiling": 900_000, "harvested": 0.6, "weights": [10, 80, 10]},
    {"floor": 5_000_000},
)
FOOTPRINTS = ("2018-04-01", "2021-04-01", "2024-04-01", "2026-04-01")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], headless=True)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def script(browser):
    """A page with the script's own functions at hand, but for the view."""
    page = browser.new_page()
    page.set_content(
        f"""<script type="module">{what_if_script(("plans.js", "weighing.js", "words.js"))}
        const told = new Map(), plans = new Map();
        globalThis.hold = (name, model) => {{ told.set(name, model); plans.set(name, prepared(model)); }};
        globalThis.words = {{ gbp, people, perCent, gbpRange }};
        globalThis.ask = (name, settings) => {{
          const model = told.get(name), listed = plans.get(name), found = answer(model, listed, settings);
          const said = sayings(model, listed, found);
          return {{
            kind: found.kind, verdict: said.verdict, weighed: said.weighed, strip: said.strip, thoughts: said.thoughts,
            shares: found.shares, frontier: found.frontier, leaders: found.leaders, counts: [listed.count, listed.sets.length],
            options: found.choices.map(({{ plan, names }}) => [
              said.optionNames({{ plan, names }}), plan, listed.left(plan), found.released(plan), listed.whole[plan],
              listed.moved[plan], found.firstShare(plan), said.merged(plan).join("; ") || "none",
            ]),
          }};
        }};</script>"""
    )
    yield page
    page.close()


@cache
def footprint(as_at: str):
    era = ingest.era(as_at)
    tables = ingest.Tables(era)
    setting = candidates.prepare(tables, as_at, "per_head_adjusted", era.money.target, 1000, 2018, era)
    pairs = organisations.neighbours(tables["links"], as_at, "listed", tables["water_links"])
    return era, tables, setting, pairs, routes.evidence(tables, setting.bodies, era, permutations=200)


def answered(as_at: str, given: dict) -> tuple[dict[str, options.Answer], routes.Evidence]:
    """Every area's answer by the package, under the settings given."""
    era, tables, setting, pairs, found = footprint(as_at)
    levers, proportional = setting.levers.copy(), found.proportional
    quantities = {"saving": "saving_per_body_removed_gbp", "harvested": "share_already_harvested"}
    for name, quantity in quantities.items():
        if given.get(name) is not None:
            levers.loc[levers["quantity"] == quantity, ["low", "central", "high"]] = given[name]
    if given.get("share") is not None:
        proportional = Range(*[given["share"]] * 3)
    setting = dataclasses.replace(setting, levers=levers)
    found = dataclasses.replace(found, levers=levers, proportional=proportional)
    outcome = candidates.came_about(setting.bodies, tables["successors"], era.hindsight)
    bounds = {"floor_people": given.get("floor", 0), "ceiling_people": given.get("ceiling", 0)}
    every = candidates.every_area(setting, pairs)
    return {code: options.answer(area, setting, found, outcome, **bounds) for code, area in every.items()}, found


def asked_gbp(one: options.Answer, given: dict) -> float:
    mine = one.setting.bodies[one.setting.bodies["area_code"] == one.area.area_code]
    return float(mine["baseline_gbp"].sum()) * given.get("target", one.setting.saving_target)


@pytest.fixture(scope="module")
def held(script):
    """The models of a footprint's areas, given to the page once."""
    known = {}

    def give(as_at: str) -> dict[str, options.Answer]:
        if as_at not in known:
            answers, found = answered(as_at, {})
            known[as_at] = {code: one for code, one in answers.items() if what_if.can_be_asked(one)}
            for code, one in known[as_at].items():
                model = json.loads(json.dumps(what_if.model(one, found, asked_gbp(one, {}))))
                script.evaluate("([name, model]) => hold(name, model)", [f"{as_at} {code}", model])
        return known[as_at]

    return give


@pytest.mark.parametrize("given", GRID, ids=str)
@pytest.mark.parametrize("as_at", FOOTPRINTS)
def test_the_page_answers_as_the_package_does(script, held, as_at, given):
    areas = held(as_at)
    answers, _ = answered(as_at, given)
    for code in areas:
        one = answers[code]
        told = script.evaluate("([name, settings]) => ask(name, settings)", [f"{as_at} {code}", AS_PUBLISHED | given])
        plans = one.area.plans
        assert told["counts"] == [len(plans), len(one.area.sets)], code
        assert told["kind"] == one.verdict.kind, code
        assert told["verdict"] == findings.answer(one), code
        assert told["leaders"] == list(one.verdict.leaders.values()), code
        assert told["shares"] == pytest.approx(list(one.verdict.first_share.values()), abs=1e-6), code
        assert told["strip"] == [value for _, value in findings.strip(one, asked_gbp(one, given))], code
        said = findings.bullets(one, asked_gbp(one, given))
        assert told["thoughts"] == [
            thought for thought in said if thought.startswith("Only") or "of what is asked" in thought
        ]
        table = one.table
        names = [findings.answers.option_names(o, n) for o, n in zip(one.choices, table["body_count"], strict=True)]
        for row, name, (_, by_python) in zip(told["options"], names, table.iterrows(), strict=True):
            assert row[0] == name and row[1] == by_python["plan"] and row[2] == by_python["body_count"]
            for ends, columns in zip(row[3], options.SHAPES.values(), strict=True):
                assert ends == pytest.approx(by_python[list(columns)].tolist(), abs=0.02)
            assert row[4] == by_python["people_in_whole_authorities"] and row[5] == by_python["disruption_people"]
            shares = [by_python[f"first_share_{shape}"] for shape in options.SHAPES]
            assert row[6] == pytest.approx(min(shares), abs=1e-6) and row[7] == by_python["merged"]
        if not given.get("floor"):
            front = candidates.frontier(one.area, ["released", "coterminosity", "disruption"])
            assert sorted(told["frontier"]) == sorted(front["plan"]), code
        if given.get("weights"):
            assert told["weighed"] == weighed(one, given["weights"]), code


def weighed(one: options.Answer, weights: list[float]) -> str:
    """What comes first at some weights, by the package."""
    found = []
    for weighing in one.weighings.values():
        kept = [weights[("released", "coterminosity", "disruption").index(name)] for name in weighing.criteria]
        total = sum(kept)
        plan = weighing.first_at([weight / total if total else 1 / len(kept) for weight in kept])
        found.append(findings.answers.plan_name(one, plan))
    if len(set(found)) == 1:
        return f"With your weights, **{found[0]}** comes first."
    return f"With your weights, savings decide: **{found[0]}** if a fixed amount a body, **{found[1]}** if a share of costs."


def test_numbers_are_worded_alike(script):
    values = [
        0,
        0.5,
        1.5,
        499.5,
        812,
        999,
        1000,
        1500,
        2500,
        9_999.5,
        10_000,
        10_500,
        11_500,
        999_499,
        999_500,
        1_050_000,
    ]
    values += [1_250_000, 17_349_999, 999_499_999, 999_500_000, 1.21e9, 1.125e9]
    shares = [0, 0.005, 0.015, 0.125, 0.135, 0.145, 0.5, 0.505, 0.584, 0.9995, 1, *(n / 997 for n in range(997))]
    made = script.evaluate(
        "([values, shares]) => [values.map(words.gbp), values.map(words.people), shares.map((one) => words.perCent(one)),"
        " shares.map((one) => words.perCent(one, 1))]",
        [values, shares],
    )
    assert made[0] == [wording.gbp(float(value)) for value in values]
    assert made[1] == [wording.people(float(value)) for value in values]
    assert made[2] == [wording.per_cent(share) for share in shares]
    assert made[3] == [wording.per_cent(share, 1) for share in shares]

"""CONTRIBUTING.md and docs/architecture.md hold: every recipe is followed here, and every name in them exists."""

import ast
import datetime
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import report_samples as samples
import third_era
from typer.testing import CliRunner

from ccganalysis import cli, report
from ccganalysis.analysis import criteria, levers
from ccganalysis.analysis.criteria import MEASURES, scorecard
from ccganalysis.data import checks, columns, datapackage, ingest, schemas
from ccganalysis.data.official import recognise
from ccganalysis.data.official.reading import Reading
from ccganalysis.errors import DataError, InputError
from ccganalysis.presentation import display, figures, findings

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]


def command(*arguments: str) -> str:
    """What a command says, if it succeeds."""
    done = CliRunner().invoke(cli.app, list(arguments))
    if done.exception:
        raise done.exception
    return done.output


def append(home: Path, name: str, *rows: str) -> None:
    """Rows at the end of a raw file, accepted; the next table that is loaded is checked with them."""
    with (home / "data" / "raw" / name).open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{row}\n" for row in rows)
    datapackage.accept(home / "data" / "raw", [name])


def replace(home: Path, name: str, old: str, new: str) -> list:
    """The faults of a raw table, by itself and by the rules for levers and criteria, once it is edited."""
    path, table = home / "data" / "raw" / f"{name}.csv", schemas.RAW[name]
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    frame = datapackage.read_table(path, table)
    rule = {"levers": checks.levers_whole, "criteria": checks.criteria_measured}[name]
    return schemas.validate(frame, table, path.name) or list(rule({name: frame}))


class TestTheDocuments:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
    def test_every_file_test_and_function_named_exists(self, document):
        quoted = re.findall(r"`([^`\s]+)`", document.read_text(encoding="utf-8"))
        files = [name for name in quoted if re.match(r"(data|tests|docs|notebooks|ccganalysis)/.*[\w/]$", name)]
        assert len(files) > 10
        for name in files:
            path, _, test = name.partition("::")
            found = next((base / path for base in (ROOT, ROOT / "ccganalysis") if (base / path).exists()), None)
            assert found or Path(path).stem in schemas.OPTIONAL, name
            assert not test or re.search(rf"^\s*(def|class) {test}\b", found.read_text(encoding="utf-8"), re.M), name
        for name in quoted:
            if re.match(r"(data|analysis|presentation|report|runs)\.[\w.]+$", name):
                module, _, function = name.rpartition(".")
                assert callable(getattr(importlib.import_module(f"ccganalysis.{module}"), function)), name

    def test_each_recipe_is_followed(self):
        text = DOCUMENTS[0].read_text(encoding="utf-8")
        recipes = re.findall(r"^## (.*)", text, re.M)
        assert recipes == [
            "A lever",
            "A criterion",
            "An objective, or a ranking",
            "An official format",
            "An era",
            "A chart",
        ]
        for recipe in text.split("\n## ")[1:]:
            assert "Test: " in recipe and "`tests/test_contributing.py::TestA" in recipe

    def test_names_of_formulas_and_measures_are_all_there(self):
        text = DOCUMENTS[0].read_text(encoding="utf-8")
        assert all(f"`{name}`" in text for name in columns.FORMULAS)
        assert tuple(MEASURES) == columns.CRITERION_MEASURES


ESTATES = (
    "estates,estates_share_of_baseline,share of baseline,0,0.02,0.04,share of the baseline,assumed,,Offices given up"
)
TRAINING = (
    "training,training_spend_per_body_gbp,spent per body kept,1000,2000,3000,£ a year per body,reported,a page,",
    "training,training_reduction,share of what is spent,0.1,0.5,0.5,share,reported,a page,",
)
SCOPE = levers.Scope.merged(
    pd.DataFrame(
        {
            "baseline_gbp": [1e6, 3e6],
            "body_count": [3, 1],
            "officer_count": [3, 1],
            "bodies_after": 1,
            "officers_in_parts": [3, 1],
        }
    )
)


class TestALever:
    def test_rows_of_the_table_are_enough(self, home, tables):
        before, draws = levers.waterfall(SCOPE, tables["levers"], 1e6), levers.draws(tables["levers"], 1000, 7)
        append(home, "levers.csv", ESTATES, *TRAINING)
        table = ingest.load("levers")
        steps = levers.waterfall(SCOPE, table, 1e6)
        assert steps["step"].tolist() == [*before["step"][:-1], "estates", "training", "gap left"]
        cases = [f"{case}_gbp" for case in levers.CASES]
        by_step = steps.set_index("step")
        assert by_step.loc["estates", cases].tolist() == [0, 0.02 * 4e6, 0.04 * 4e6]
        assert by_step.loc["training", cases].tolist() == [2 * 1000 * 0.1, 2 * 2000 * 0.5, 2 * 3000 * 0.5]
        assert by_step.loc[["estates", "training"], "kind"].tolist() == ["assumed", "modelled"]
        pd.testing.assert_frame_equal(steps.iloc[: len(before) - 1], before.iloc[:-1])
        assert "estates" in levers.assumed(table) and "training" not in levers.assumed(table)
        now = levers.draws(table, 1000, 7)
        assert list(now)[len(draws) :] == [row.split(",")[1] for row in (ESTATES, *TRAINING)]
        assert all((now[name] == draws[name]).all() for name in draws)
        assert "estates_share_of_baseline" in set(levers.sensitivity(SCOPE, table, 1e6, 1, 64)["quantity"])

    @pytest.mark.parametrize(
        ("old", "new", "row", "column", "nearest"),
        [
            (
                "\ncommissioning support,csu_price",
                "\ncomissioning support,csu_price",
                5,
                "lever",
                "'commissioning support'",
            ),
            ("merger,share_already", "mergr,share_already", 3, "lever", "'merger'"),
            ("share_already_harvested", "share_alredy_harvested", 3, "quantity", "'share_already_harvested'"),
            ("saving_per_body_removed_gbp", "saving_per_body_gbp", 2, "quantity", "'saving_per_body_removed_gbp'"),
            ("per officer shared", "per oficer shared", 8, "formula", "'per officer shared'"),
            ("gbp,per body removed", "gbp,per body kept", 2, "formula", "'per body removed'"),
        ],
    )
    def test_a_misspelling_is_named_by_row_and_nearest(self, home, old, new, row, column, nearest):
        faults = [fault for fault in replace(home, "levers", old, new) if (fault.row, fault.column) == (row, column)]
        assert len(faults) == 1 and nearest in str(faults[0])

    def test_a_quantity_left_out_is_a_fault_and_not_a_larger_lever(self, home):
        text = (home / "data" / "raw" / "levers.csv").read_text(encoding="utf-8")
        row = next(line for line in text.splitlines() if "consultancy_reduction" in line)
        (fault,) = replace(home, "levers", f"{row}\n", "")
        assert (fault.row, fault.value) == (6, "external consultants") and "'share of what is spent'" in str(fault)

    def test_check_stops_at_a_lever_that_is_not_whole(self, home):
        append(home, "levers.csv", TRAINING[1])
        with pytest.raises(DataError, match="levers.csv, row 10, column lever"):
            command("check")


MERGED = {
    "bodies": "Ash; Birch",
    "body_codes": "00C 00D",
    "body_count": 2,
    "authorities_contained": 1,
    "authorities_split": 0,
    "coterminous_share": 1.0,
}
CRITERION = "ccg,N7,A border that councils share,in force 2016,a page,measured,local authorities,no"
JUDGEMENT = "ccg,N8,Support of patients,in force 2016,a page,judgement,,no"
EVIDENCE = "body_codes,criterion,date,document,decided_by,outcome\n00D 00C,N8,2018-03-01,minutes of the board,NHS England,met\n"


class TestACriterion:
    def card(self, *names: str) -> pd.DataFrame:
        table = ingest.load("criteria")
        chosen = table[table["criterion"].isin(names)]
        assert len(chosen) == len(names)
        row = pd.Series(MERGED)
        card = scorecard(row, chosen, ingest.load("criteria_evidence"), 0.2)
        return findings.scorecard(card, row, 0.2).set_index("criterion")

    def test_a_row_is_enough_and_evidence_goes_in_by_add(self, home):
        append(home, "criteria.csv", CRITERION, JUDGEMENT, JUDGEMENT.replace("N8", "N9"))
        (home / "decided.csv").write_text(EVIDENCE, encoding="utf-8")
        assert "1 rows new" in command("add", str(home / "decided.csv"))
        card = self.card("L1", "N7", "N8", "N9")
        assert card["status"].tolist() == [criteria.MET, criteria.MET, criteria.MET, criteria.NOT_EVIDENCED]
        assert card.loc["N7", "evidence"] == card.loc["L1", "evidence"]
        assert card.loc["N8", "evidence"] == "minutes of the board, decided by NHS England, 01 March 2018"
        held = home / "data" / "raw" / "criteria_evidence.csv"
        held.write_text(held.read_text(encoding="utf-8").replace(",met", ",not met"), encoding="utf-8")
        assert "accepted" in command("accept", held.name) and held.name in command("sources")

    def test_evidence_put_there_by_hand_is_named_until_it_is_accepted(self, home):
        append(home, "criteria.csv", JUDGEMENT)
        (home / "data" / "raw" / "criteria_evidence.csv").write_text(EVIDENCE, encoding="utf-8")
        with pytest.raises(DataError, match="ccganalysis accept criteria_evidence.csv"):
            command("check")
        command("accept", "criteria_evidence.csv")
        assert self.card("N8").loc["N8", "status"] == "met"
        described = {one["path"]: one for one in datapackage.read_descriptor(home / "data" / "raw")["resources"]}
        mine = described["criteria_evidence.csv"]
        assert (mine["date"], mine["publisher"], mine["licenses"]) == ("2018-03-01", "supplied by the user", [])

    @pytest.mark.parametrize(
        ("column", "value", "nearest"),
        [("criterion", "N44", "N4"), ("body_codes", "00C 0OD", "00D"), ("outcome", "meet", "met")],
    )
    def test_a_misspelling_in_evidence_is_named(self, tables, column, value, nearest):
        row = {"body_codes": "00C 00D", "criterion": "N4", "outcome": "met"}
        assert list(checks.evidence_of_criteria({**tables, **self.given(tables, row)})) == []
        (fault,) = checks.evidence_of_criteria({**tables, **self.given(tables, row | {column: value})})
        assert (fault.row, fault.column) == (2, column) and f"'{nearest}'" in fault.remedy

    def given(self, tables, row: dict) -> dict:
        names = ("criteria", "body_register")
        return {"criteria_evidence": pd.DataFrame([row])} | {name: tables[name] for name in names}

    def test_evidence_with_a_code_that_no_body_had_is_refused(self, home):
        (home / "decided.csv").write_text(EVIDENCE.replace("N8", "N4").replace("00D", "0OD"), encoding="utf-8")
        with pytest.raises(InputError, match="decided.csv, row 2, column body_codes"):
            command("add", str(home / "decided.csv"))

    def test_a_misspelt_measure_and_a_judgement_with_one_are_named(self, home):
        (fault,) = replace(home, "criteria", "measured,footprint", "measured,footprnt")
        assert (fault.row, fault.column) == (7, "measured_by") and "'footprint'" in str(fault)
        (fault,) = replace(home, "criteria", "measured,footprnt", "judgement,footprint")
        assert (fault.row, fault.column) == (7, "measured_by") and "judgement" in str(fault)


ENTRIES = {
    "OBJECTIVES": '"largest_body": Measure("largest_body_people", False, "largest body", "People of the largest body"),',
    "RANKINGS": '"practices": Measure("practices", False, "fewest practices", "Fewest practices"),',
}
FOLLOWED = """
from ccganalysis import parameters
from ccganalysis.analysis import backtest, candidates, options, routes
from ccganalysis.data import columns, ingest, organisations
from ccganalysis.presentation import figures, findings
p = parameters.check("area_report", {"area": "QRL", "objectives": "released, largest_body"})
assert parameters.check("04_merger_candidates", {"rank_by": "practices"}).rank_by == "practices"
era = ingest.era(p.as_at)
tables = ingest.Tables(era)
setting = candidates.prepare(tables, p.as_at, p.allowance_model, p.saving_target, 1000, p.seed, era)
pairs = organisations.neighbours(tables["links"], p.as_at)
plans = candidates.area_plans(setting, pairs, p.area)
compared = candidates.objectives(p.objectives)
front = candidates.frontier(plans, compared)
assert plans.plans["largest_body_people"].min() in set(front["largest_body_people"])
found = routes.evidence(tables, setting.bodies, era, permutations=200)
answer = options.answer(plans, setting, found)
figure = figures.area_frontier(answer, front, compared)
assert "by people of the largest body" in figure["subtitle"], figure["subtitle"]
told = findings.further(options.with_and_without(answer.area, answer.choices), answer)
assert "With largest body weighed too" in told, told
ranked = candidates.ranking(plans.sets, "practices")
assert ranked["practices"].is_monotonic_increasing
assert backtest.LABELS["practices"] == "fewest practices" and "practices" in backtest.SCORERS
"""


class TestAnObjective:
    def test_an_entry_is_enough(self, tmp_path):
        """The recipe is followed in a copy of the package, which a fresh process imports."""
        shutil.copytree(ROOT / "ccganalysis", tmp_path / "ccganalysis", ignore=shutil.ignore_patterns("__pycache__"))
        registry = tmp_path / "ccganalysis" / "data" / "measures.py"
        text = registry.read_text(encoding="utf-8")
        for name, entry in ENTRIES.items():
            assert text.count(f"\n{name} = {{") == 1
            start = text.index("\n}", text.index(f"\n{name} = {{"))
            text = f"{text[:start]}\n    {entry}{text[start:]}"
        registry.write_text(text, encoding="utf-8")
        shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
        environment = os.environ | {"PYTHONPATH": str(tmp_path), "CCGANALYSIS_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", FOLLOWED], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr


class TestAnOfficialFormat:
    def test_a_reader_in_the_list_is_enough(self, home, monkeypatch):
        def read(path, known, date):
            frame = pd.read_csv(path, dtype="str")
            rows = pd.DataFrame(
                {
                    "body_code": frame["Organisation"],
                    "financial_year": "2018/19",
                    "outturn_gbp": frame["Spend £000"].astype("float64") * 1000,
                    "kind": "published",
                    "source": "a made-up publication",
                }
            )
            day = datetime.date(2019, 3, 31)
            return Reading("A publisher", "Spending", day, len(rows), "", "£", "https://example.org", {"outturn": rows})

        mine = SimpleNamespace(recognise=lambda row: row[:1] == ["Organisation"], read=read)
        monkeypatch.setattr(recognise, "BY_HEADING", (*recognise.BY_HEADING, mine))
        path = home / "spending.csv"
        path.write_text("Organisation,Spend £000\n15F,17000\n", encoding="utf-8")
        assert "A publisher" in command("add", str(path))
        assert ingest.load("outturn")[["body_code", "outturn_gbp"]].to_numpy().tolist() == [["15F", 17_000_000]]


class TestAnEra:
    """`tests/test_eras.py` follows the recipe to the end: every notebook runs on the era, in its words."""

    def test_the_tables_that_the_recipe_names_are_those_that_are_needed(self):
        text = DOCUMENTS[0].read_text(encoding="utf-8")
        recipe = text[text.index("## An era") : text.index("## A chart")]
        named = set(re.findall(r"`data/raw/(\w+)\.csv`", recipe))
        # The authorities of the made-up era are its own; those of England are held.
        assert named == set(third_era.rows()) - {"upper_tier_authorities"}

    @pytest.mark.parametrize("table", ["footprints", "registered_population", "centroids", "deprivation"])
    def test_a_table_that_was_forgotten_is_named(self, tmp_path, monkeypatch, table):
        rows = third_era.rows()
        monkeypatch.setattr(third_era, "rows", lambda: {name: some for name, some in rows.items() if name != table})
        third_era.add(tmp_path)
        with pytest.raises(DataError, match=rf"{table}\.csv: there (is no \w+ for T0|are no bodies)"):
            ingest.checked(tmp_path / "data" / "raw")


class TestAChart:
    PARTS = {"figure", "name", "headline", "subtitle", "alt", "source", "kind", "data"}

    def test_every_figure_has_all_its_parts(self):
        trees = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(figures.__file__).parent.glob("*.py")]
        defined = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
        public = [function for function in defined if not function.name.startswith("_")]
        assert {function.name for function in public} == {name for name in figures.__all__ if name.islower()}
        checked = 0
        for function in public:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                    named = {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
                    if None not in node.value.keys:  # one that builds on another figure has its parts
                        assert named >= self.PARTS, function.name
                        checked += 1
        assert checked > 10

    def test_a_figure_shown_is_on_the_page_with_its_files(self, tmp_path):
        bodies = pd.DataFrame({"body_name": ["Ash", "Birch"], "registered_population": [300_000, 200_000]})
        mine = {
            "figure": lambda: samples.bar_chart(bodies),
            "name": "largest",
            "headline": "Ash has most people",
            "subtitle": "Registered people, 1 April 2018",
            "alt": "Bar chart. Ash 300,000; Birch 200,000.",
            "source": "NHS Digital",
            "kind": "published",
            "data": bodies,
        }
        cell = samples.code("display.show(**figures.largest(bodies))", lambda: display.show(**mine))
        made = samples.notebook(samples.words("# A report"), cell)
        (entry, *_) = report.write_artefacts(made, "04_mine", tmp_path)
        assert {Path(name).suffix for name in entry["files"]} == {".csv", ".svg", ".png"}
        page = report.render_page(made, "04_mine", samples.MANIFEST)
        assert mine["alt"] in page and mine["headline"] in page and "Figure 1" in page


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


class TestTheWorkflows:
    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
    def test_every_action_is_pinned_by_commit_with_its_version_beside(self, path):
        used = re.findall(r"^\s*(?:- )?uses:\s*(.*)", path.read_text(encoding="utf-8"), re.M)
        assert used
        for one in used:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one

    @pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
    def test_nothing_given_from_outside_is_part_of_a_command(self, path):
        yaml = pytest.importorskip("yaml")
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
                if "checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False

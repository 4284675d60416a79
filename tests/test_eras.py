"""Eras are data: a made-up third one is added by rows alone, and every notebook runs on it."""

import json
import re
import shutil

import pandas as pd
import pytest
import third_era
from bs4 import BeautifulSoup
from ccg import ERA
from report_samples import one_at_a_time
from typer.testing import CliRunner

from ccganalysis import cli, parameters, wording
from ccganalysis.analysis import candidates, levers, options, routes, running_costs
from ccganalysis.data import datapackage, eras, ingest, organisations
from ccganalysis.errors import DataError, InputError
from ccganalysis.report import documents
from ccganalysis.runs import kernels


@pytest.fixture(scope="session")
def home(shared):
    """A project with the third era in its data, one for all the tests' processes."""
    folder = shared / "third era"
    with one_at_a_time(shared / "making the third era"):
        if not folder.is_dir():
            aside = shared / "third era being made"
            third_era.add(aside)
            for name in ("notebooks", "docs"):
                shutil.copytree(datapackage.project_root() / name, aside / name)
            aside.rename(folder)
    return folder


@pytest.fixture
def there(home, monkeypatch):
    monkeypatch.setenv("CCGANALYSIS_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def run(home, shared):
    """Every report of the era, made by the command that makes those of any other."""
    with one_at_a_time(shared / "running the third era"):
        if not (home / "outputs" / "latest").exists():
            with pytest.MonkeyPatch.context() as patch, kernels.KernelServer() as server:
                patch.setenv("CCGANALYSIS_HOME", str(home))
                patch.setenv(kernels.ADDRESS, server.address)
                few = ("draws=1000", "resamples=100", "permutations=200", "as_at=2031-04-01")
                given = [word for value in few for word in ("-p", value)]
                made = CliRunner().invoke(cli.app, ["run", *given, "--output", str(home / "outputs")])
            assert made.exit_code == 0, made.output
    return home / "outputs" / "latest"


needs_forks = pytest.mark.skipif(not kernels.FORKS, reason="kernels are forked on Linux only")


# --- a third era by data alone ---


@needs_forks
def test_every_notebook_runs_on_it(run):
    reports = json.loads((run / "manifest.json").read_text())["reports"]
    assert {one["page"] for one in reports} == {*parameters.NOTEBOOKS, "area/ZZA", "area/ZZB"} - {"area_report"}
    assert {one["status"] for one in reports} == {"ok"}


@needs_forks
def test_readers_are_told_in_its_words(run):
    """The pages that are about the era say boards and counties, and none of the words of another."""
    own = ["01_ingest", "02_running_costs", "03_alignment", "04_merger_candidates", "05_national_report", "06_backtest"]
    for page in ("index", *own, "area/ZZA", "area/ZZB"):
        soup = BeautifulSoup((run / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        for part in soup(["script", "style", "code", "details", "footer"]):
            part.decompose()
        text = soup.find("main").get_text(" ")
        assert "{" not in text, page
        if page in ("index", "05_national_report", "03_alignment"):
            assert re.search(r"\bcount(y|ies)\b", text), page
        for heading in soup(["th", "h2", "h3", "figcaption", "caption"]):
            assert not re.search(r"\bICSs?\b|accountable officer|2017/18|2020/21", heading.get_text(" ")), (
                page,
                heading,
            )


@needs_forks
def test_its_numbers_are_those_worked_by_hand(run):
    """Five boards of a million people at £20 a head; of its county ZZA, one square of four, there are 12 plans and 14 sets."""
    told = {one["page"]: {result["name"]: result["value"] for result in one["results"]} for one in _reports(run)}
    national = told["05_national_report"]
    assert (national["body_count"], national["area_count"], national["registered_population"]) == (5, 2, 1_000_000)
    assert national["baseline_gbp"] == 20_000_000 and national["gap_gbp"] == 6_000_000  # 30% was asked
    assert national["plan_count"] == 12 + 1 and national["connected_sets"] == 13 + 1
    assert told["area/ZZA"]["area_name"] == "County ZZA" and told["area/ZZB"]["body_count"] == 1
    assert told["06_backtest"]["formed_in_sample"] == told["06_backtest"]["formed_held_out"] == 1


@needs_forks
def test_what_is_published_is_not_called_modelled(run):
    for report in _reports(run):
        kinds = {result["name"]: result["kind"] for result in report["results"]}
        assert kinds.get("baseline_gbp", "published") == "published", report["page"]
        assert kinds.get("gap_gbp", "derived") == kinds.get("gap_cash_gbp", "derived") == "derived", report["page"]
    for page, tables in {"02_running_costs": ("limits_by_area", "regions"), "area/ZZA": ("limits",)}.items():
        soup = BeautifulSoup((run / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        assert "modelled running cost" not in soup.get_text(" ")
        for name in tables:
            note = soup.find(id=name).find(class_="note").get_text(" ")
            assert "allowance_official.csv" in note and "modelled" not in note, note


def test_without_an_era_to_look_back_on_the_page_on_trust_says_so(there, monkeypatch):
    plain = ERA.model_copy(update={"backtest": None})
    monkeypatch.setattr(ingest, "all_eras", lambda: (plain,))
    with pytest.raises(InputError, match="docs/trust.md needs an era that can be looked back on"):
        documents.filled("trust")


def _reports(run):
    return json.loads((run / "manifest.json").read_text())["reports"]


def test_the_other_era_is_as_it_was(there, tables):
    """Rows of another era change nothing of this one."""
    with_third = ingest.Tables(ingest.era("2018-04-01"))
    for name in ("bodies", "successors", "links", "authorities", "shared_leadership"):
        pd.testing.assert_frame_equal(with_third[name], tables[name])


def test_an_era_has_its_own_tables_and_successors(there):
    third = ingest.era("2032-04-01")
    tables = ingest.Tables(third)
    assert set(tables["bodies"]["as_at"]) == set(third.dates) and len(tables["bodies"]) == 5 + 4 + 3
    heirs = organisations.main_successor(tables["successors"], "2031-04-01", "2033-04-01")
    assert heirs.to_dict() == {"T01": "T06", "T02": "T06", "T03": "T07", "T04": "T07", "T05": "T05"}
    came = candidates.came_about(
        organisations.footprint(tables["bodies"], "2031-04-01"), tables["successors"], third.hindsight
    )
    assert came.to_dict() == heirs.to_dict()


def test_published_allowances_are_used_as_they_are(there):
    third = ingest.era("2031-04-01")
    tables = ingest.Tables(third)
    found = running_costs.allowances(tables, "2032-04-01", "whatever", third).set_index("body_code")
    assert found["baseline_gbp"].to_dict() == {"T03": 3e6, "T04": 5e6, "T05": 6e6, "T06": 6e6}
    assert set(found["allowance_kind"]) == {"published"} and found["adjusted_population"].isna().all()
    short = tables["allowance_official"].query("body_code != 'T03'")
    with pytest.raises(InputError, match="no allowance of 2031/32 for T03"):
        running_costs.allowances({**tables, "allowance_official": short}, "2031-04-01", "", third)


def test_without_evidence_of_officers_every_body_is_by_itself(there):
    third = ingest.era("2031-04-01")
    tables = ingest.Tables(third)
    bodies = organisations.footprint(tables["bodies"], "2031-04-01")
    groups = levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies, third.leadership)
    assert groups.to_dict() == {code: code for code in third_era.PLACES}


def test_an_era_without_evidence_of_officers_has_its_options(there):
    """Nobody is known to share an officer, so that rule changes nothing; what came about is marked as hindsight."""
    third = ingest.era("2031-04-01")
    tables = ingest.Tables(third)
    setting = candidates.prepare(tables, "2031-04-01", "", 0.3, 1_000, 1, third)
    area = candidates.area_plans(setting, organisations.neighbours(tables["links"], "2031-04-01"), "ZZA")
    came = candidates.came_about(setting.bodies, tables["successors"], third.hindsight)
    found = options.options(area, setting, came)
    merged = {" ".join(one.names): [group for group in area.members(one.plan) if len(group) > 1] for one in found}
    assert merged == {
        "no_change same_officer": [],
        "same_authority both": [["T01", "T02"]],
        "one_body": [["T01", "T02", "T03", "T04"]],
        "carried_out": [["T01", "T02"], ["T03", "T04"]],
    }
    assert [one.hindsight for one in found] == [False, False, False, True]
    shapes = {options.FIXED: options.SHAPES[options.FIXED]}
    verdict = options.verdict(area, found, options.weighed(area, shapes=shapes), shapes)
    assert (verdict.kind, verdict.option.names, verdict.bodies_left) == (options.TURNS, ("one_body",), 1)


def test_without_staff_only_prices_tell_what_a_merger_releases(there):
    third = ingest.era("2031-04-01")
    tables = ingest.Tables(third)
    bodies = candidates.prepare(tables, "2031-04-01", "whatever", 0.3, 100, 1, third).bodies
    found = routes.evidence(tables, bodies, third)
    assert (found.staff_date, found.elasticity, found.effect) == (None, None, None)
    rows = routes.compared(found, found.members([["T01", "T02"]]), ["both"]).set_index("route")
    # Boards of £2m and £4m: £400,000 for the one removed, or a tenth of the smaller one's cost.
    assert rows["released_central_gbp"].dropna().tolist() == pytest.approx([400_000, 200_000])


def test_parameters_that_nobody_gave_are_the_eras(there):
    shared = parameters.check_all({"as_at": "2032-04-01"})
    assert shared["area_report"]["area"] == "ZZA" and shared["area_report"]["saving_target"] == 0.30
    assert shared["04_merger_candidates"]["number_of_bodies"] == 3 and shared["06_backtest"]["era"] == "boards"
    assert parameters.check_all({})["06_backtest"]["era"] == "ccg"
    assert parameters.check_all({"as_at": "2032-04-01", "saving_target": 0.1})["area_report"]["saving_target"] == 0.1


def test_a_reading_that_the_era_does_not_have_is_refused(there):
    with pytest.raises(InputError, match="'real' is no reading of the cut of May 2031. With 0.3 choose cash"):
        parameters.check(
            "02_running_costs", {"as_at": "2031-04-01", "saving_target": 0.3, "reduction_definition": "real"}
        )


# --- what is declared wrongly ---

WRONG = [
    ('body = "CCG"\n', "", "words.body: Field required"),
    ("target = 0.20", "target = 1.5", "money.target: Input should be less than 1 (found '1.5')"),
    ('area = "Q[A-Z0-9]{2}"', 'area = "Q["', "is not a pattern of codes"),
    (
        "default_footprint = 2018-04-01",
        "default_footprint = 2016-04-01",
        "default_footprint is none of the era's footprints",
    ),
    ("last_choice = 2019-04-01", "last_choice = 2021-04-01", "leaves no decision to choose on, or none to report"),
    ("patients_footprint = 2024-04-01", "patients_footprint = 2025-04-01", "borders.patients_footprint is none of"),
    (
        'authority = "strategic"\n',
        'authority = "county"\n',
        "borders.authority: Input should be 'upper_tier' or 'strategic'",
    ),
    ("begins = 2013-04-01", "begins = 2018-04-01", "begins after its first footprint"),
    ("default_area", "default_aera", "default_aera: Extra inputs are not permitted"),
    ("[ccg]", "[ccg", "not readable as TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG)
def test_a_wrong_declaration_is_named(tmp_path, right, wrong, message):
    text = (datapackage.project_root() / "data" / "raw" / eras.FILE).read_text(encoding="utf-8")
    assert right in text
    (tmp_path / eras.FILE).write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)):
        eras.read(tmp_path / eras.FILE)


def test_a_footprint_of_two_eras_is_named(tmp_path):
    text = (datapackage.project_root() / "data" / "raw" / eras.FILE).read_text(encoding="utf-8")
    first = text[: text.index("[icb]")]
    (tmp_path / eras.FILE).write_text(text + first.replace("[ccg", "[again"), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape("2017-04-01 is a footprint of both [ccg] and [again]")):
        eras.read(tmp_path / eras.FILE)


def test_no_file_and_no_era_are_named(tmp_path):
    with pytest.raises(InputError, match="is missing: it declares the eras"):
        eras.read(tmp_path / eras.FILE)
    (tmp_path / eras.FILE).write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="no era is declared"):
        eras.read(tmp_path / eras.FILE)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("body_code", "T1234", r"row 914, column body_code: must look like T\[0-9\]\{2\}.*found 'T1234'"),
        ("area_code", "QOP", r"row 914, column area_code: must look like ZZ\[A-Z\].*found 'QOP'"),
        ("as_at", "2034-04-01", "no era has the footprint 2034-04-01"),
    ],
)
def test_a_row_that_is_of_no_era_is_named(there, tmp_path, column, value, message):
    raw = tmp_path / "raw"
    shutil.copytree(there / "data" / "raw", raw)
    frame = pd.read_csv(raw / "footprints.csv", dtype=str)
    frame.loc[frame["body_code"] == "T01", column] = value
    frame.to_csv(raw / "footprints.csv", index=False)
    datapackage.accept(raw, ["footprints.csv"])
    with pytest.raises(DataError, match=message):
        ingest.checked(raw)


def test_criteria_are_of_an_era_that_there_is(there, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(there / "data" / "raw", raw)
    text = (raw / "criteria.csv").read_text(encoding="utf-8")
    (raw / "criteria.csv").write_text(text.replace("ccg,N6", "ccgs,N6"), encoding="utf-8")
    datapackage.accept(raw, ["criteria.csv"])
    with pytest.raises(
        DataError, match="criteria.csv, row 12, column era: eras.toml declares no such era.*'ccgs'.*'ccg'"
    ):
        ingest.checked(raw)
    assert len(ingest.Tables(ingest.era("2018-04-01"))["criteria"]) == 11
    assert ingest.Tables(ingest.era("2031-04-01"))["criteria"].empty


# --- words ---


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{areas} with one body", "ICSs with one body"),
        ("In {an_area}. {officers} share", "In an ICS. Accountable officers share"),
        ("per {Officer}", "per Accountable officer"),
        ("**{officer}** and\n{officer}", "**Accountable officer** and\nAccountable officer"),
        ("told **{officer}**: {officer}", "told **accountable officer**: accountable officer"),
        ("{baseline_year} to {target_year}, {officers_known}", "2017/18 to 2020/21, November 2018"),
        ("{unknown} {} {area", "{unknown} {} {area"),
    ],
)
def test_words_are_the_eras(text, said):
    assert wording.spoken(text, ERA.spoken) == said


def test_words_reach_into_what_holds_texts():
    told = {"title": "{area}", "cells": [["{area}", 1], []], "n": 2.5, "none": None}
    assert wording.spoken(told, ERA.spoken) == {"title": "ICS", "cells": [["ICS", 1], []], "n": 2.5, "none": None}


def test_the_decisions_of_an_era():
    assert [f"{day:%Y}" for day in ERA.chosen_on] == ["2018", "2019"]
    assert [f"{day:%Y}" for day in ERA.reported_on] == ["2020", "2021"]
    plain = ERA.model_copy(update={"backtest": None, "leadership": None})
    assert plain.chosen_on == plain.reported_on == () and not plain.can_be_looked_back_on


def test_an_era_by_date_and_by_name():
    held = (ERA,)
    assert eras.era_of(held, "2020-04-01") is ERA and eras.era_named(held, "ccg") is ERA
    with pytest.raises(InputError, match="nearest valid one is '2017-04-01'"):
        eras.era_of(held, "2017-04-10")
    with pytest.raises(InputError, match="Unknown era 'ccgs'.*'ccg'"):
        eras.era_named(held, "ccgs")

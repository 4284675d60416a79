"""Runs: what they leave, what they run again, and what no accident can take away."""

import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import pytest
from tiny_project import FIGURE, REAL, apart, ccganalysis, make_project, project, server, start, write_notebook  # noqa: F401

from ccganalysis import notebooks
from ccganalysis.errors import InputError
from ccganalysis.runs import kernels, outputs, reach, runner, workers

MOMENTS = 5


@pytest.fixture
def small(project):  # noqa: F811
    """The tiny project without ICS reports: two notebooks are all there are."""
    (project / "notebooks" / "area_report.ipynb").unlink()
    return project


@pytest.fixture(scope="session")
def run_once(tmp_path_factory, server):  # noqa: F811
    """What a run of the tiny project leaves, made once for all the tests that begin with one."""
    home = make_project(tmp_path_factory.mktemp("once") / "project")
    (home / "notebooks" / "area_report.ipynb").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCGANALYSIS_HOME", str(home))
        patch.setenv(kernels.ADDRESS, server.address)
        assert ccganalysis(home, *RUN).returncode == 0
    return home / "outputs"


@pytest.fixture
def ran(small, run_once):
    """The tiny project, run once."""
    shutil.copytree(run_once, small / "outputs", symlinks=True)
    return small


def manifest_of(folder):
    return json.loads((folder / outputs.MANIFEST).read_text(encoding="utf-8"))


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


RUN = ("run", "-p", "as_at=2026-04-01")
"""A run of one footprint, whose pages stand at the top."""


def leftovers(output):
    return [path.name for path in output.glob(".*") if path.name != ".lock"]


# --- what a run leaves ---


def test_a_run_leaves_pages_notebooks_pictures_tables_and_a_manifest(project):  # noqa: F811
    done = ccganalysis(project, "run", "--area", "QGH", "--workers", "2", "--copy-to", f"file://{project}/elsewhere")
    assert done.returncode == 0, done.stderr
    (folder,) = (project / "outputs").glob("2*")
    assert f"3 of 3 reports made. Open outputs/{folder.name}/index.html" in done.stdout
    for page in ("ccg/01_ingest", "ccg/02_running_costs", "ccg/area/QGH"):
        assert (folder / f"{page}.html").is_file() and (folder / "notebooks" / f"{page}.ipynb").is_file()
    for path in (
        "index.html",
        "ccg/index.html",
        "figures/ccg/02_running_costs/line.svg",
        "figures/ccg/02_running_costs/line.png",
        "tables/ccg/02_running_costs/line.csv",
        "run.log",
    ):
        assert (folder / path).stat().st_size, path
    manifest = manifest_of(folder)
    assert (manifest["status"], manifest["scope"]) == ("complete", "part")
    assert [(one["page"], one["status"]) for one in manifest["reports"]] == [
        ("ccg/01_ingest", "ok"),
        ("ccg/02_running_costs", "ok"),
        ("ccg/area/QGH", "ok"),
    ]
    assert manifest["reports"][2]["parameters"]["area"] == "QGH"
    assert manifest["data"]["mergers.csv"]["hash"].startswith("sha256:")
    assert {"pandas", "papermill"} <= manifest["packages"].keys()
    events = [json.loads(line) for line in (folder / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["event"] for one in events] == ["start", "report", "report", "report", "end"]
    assert "Copied to" in done.stdout and contents(project / "elsewhere" / folder.name) == contents(folder)
    assert not (project / "outputs" / "latest").exists(), "a part of the reports is not a complete run"
    assert leftovers(project / "outputs") == []


def test_every_area_of_the_footprint_has_its_report(project):  # noqa: F811
    for as_at, count in (("2017-04-01", 44), ("2018-04-01", 42)):
        pages = [job.page for job in runner.plan({"as_at": as_at})]
        assert pages[:2] == ["ccg/01_ingest", "ccg/02_running_costs"] and len(set(pages)) == 2 + count
    assert [job.page for job in runner.plan({"area": "QOP"}, only="area_report")] == ["ccg/area/QOP"]
    with pytest.raises(InputError, match="Unknown area 'QZZ'.*QOP"):
        runner.plan({}, area=["QZZ"])


def test_a_run_is_of_every_era_the_open_question_first(project):  # noqa: F811
    """36 ICBs in 7 regions at the top, 42 ICSs as evidence in the folder of their era; what both would have is made once."""
    write_notebook(project / "notebooks" / "07_effects.ipynb")
    jobs = runner.plan({})
    pages = [job.page for job in jobs]
    assert pages[:2] == ["01_ingest", "02_running_costs"] and len(pages) == len(set(pages)) == 9 + 45
    assert pages[2] == "area/Y60", "the region of most bodies, the Midlands, begins first: it takes longest"
    assert {job.parameters.get("as_at") for job in jobs if "/" not in job.page} == {"2026-04-01"}
    assert [page for page in pages if "07_effects" in page] == ["ccg/07_effects"]
    assert {job.page for job in runner.plan({}, area=["Y60"])} == {*pages[:2], "area/Y60", "07_effects"}
    for place in ("as_at=2018-04-01", "as_at=2026-04-01"):
        alone = {job.page for job in runner.plan({"as_at": place[6:]})} - {"07_effects"}
        assert alone <= set(pages), "a page stands in the same place whatever else a run makes"
    with pytest.raises(InputError, match="This is for 2026-04-01; name another footprint with as_at"):
        runner.plan({"reduction_definition": "real"})


def test_the_first_page_of_each_era_leads_to_the_other(project):  # noqa: F811
    done = ccganalysis(project, "run", "--only", "02_running_costs")
    assert "2 of 2 reports made" in done.stdout, done.stderr
    (folder,) = (project / "outputs").glob("2*")
    for page, other in (("index.html", "ccg/index.html"), ("ccg/index.html", "../index.html")):
        text = (folder / page).read_text(encoding="utf-8")
        assert f'href="{other}"' in text and all(
            (folder / page).parent.joinpath(link).exists() for link in re.findall(r'href="([^"#:]+)"', text)
        ), page


def test_a_failing_notebook_spoils_no_other_and_not_the_latest(ran):
    before = contents(ran / "outputs" / "latest")
    write_notebook(ran / "notebooks" / "02_running_costs.ipynb", "1 / 0")
    done = ccganalysis(ran, *RUN, "--force")
    assert done.returncode == 1
    assert "02_running_costs failed: ZeroDivisionError: division by zero" in done.stderr
    assert contents(ran / "outputs" / "latest") == before
    newest = outputs.finished(ran / "outputs")[0]
    assert newest["status"] == "failed" and [one["status"] for one in newest["reports"]] == ["ok", "failed"]
    executed = notebooks.read(ran / "outputs" / newest["run"] / "notebooks" / "02_running_costs.ipynb")
    assert any(
        output.get("ename") == "ZeroDivisionError" for cell in executed.cells for output in cell.get("outputs", [])
    )


def test_side_by_side_and_one_by_one_make_the_same(project):  # noqa: F811
    codes = ("QGH", "QOP", "QE1")
    chosen = [option for code in codes for option in ("--area", code)]
    made = []
    for count in ("1", "3"):
        assert ccganalysis(project, "run", *chosen, "--force", "--workers", count).returncode == 0
        made.append(project / "outputs" / outputs.finished(project / "outputs")[0]["run"])
    for folder in ("tables", "figures"):
        assert contents(made[0] / folder) == contents(made[1] / folder)
    for code in codes:
        executed = [
            notebooks.canonical(notebooks.read(run / "notebooks" / "ccg" / "area" / f"{code}.ipynb")) for run in made
        ]
        assert executed[0] == executed[1] and f"Report on {code}" in executed[0]


# --- what is run again ---


def test_only_what_changed_is_run_again_and_the_reason_is_told(ran):
    first = os.readlink(ran / "outputs" / "latest")

    done = ccganalysis(ran, *RUN)
    assert done.returncode == 0 and f"Nothing has changed since run {first}" in done.stdout
    assert len(outputs.finished(ran / "outputs")) == 1

    write_notebook(ran / "notebooks" / "02_running_costs.ipynb", FIGURE, "display.say('More')")
    done = ccganalysis(ran, *RUN)
    assert "Carried over: 01_ingest (unchanged)" in done.stdout
    assert "To make: 02_running_costs (notebook changed: 02_running_costs)" in done.stdout
    newest = manifest_of(ran / "outputs" / "latest")
    assert [one["executed_in"] for one in newest["reports"]] == [first, newest["run"]]
    assert (ran / "outputs" / "latest" / "01_ingest.html").is_file()

    done = ccganalysis(ran, *RUN, "-p", "saving_target=0.15")
    assert "To make: 02_running_costs (parameter changed: saving_target was 0.5, is 0.15)" in done.stdout
    done = ccganalysis(ran, *RUN)
    assert "Carried over: 01_ingest, 02_running_costs (unchanged)" in done.stdout, "an older run had these parameters"
    done = ccganalysis(ran, *RUN, "--force", "--keep", "2")
    assert "To make: 01_ingest, 02_running_costs (forced)" in done.stdout
    kept = [one["run"] for one in outputs.finished(ran / "outputs")]
    assert len(kept) == 2 and os.readlink(ran / "outputs" / "latest") == kept[0]


def links_of(folder):
    """The files that the first page of a run leads to, in the folder of runs."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    found = {urllib.parse.unquote(one.split("#")[0].split("?")[0]) for one in re.findall(r'href="([^":]+)"', page)}
    return [folder / one for one in found if one and not one.startswith("#")]


def all_links_whole(output):
    return all(path.exists() for run in output.glob("2*/index.html") for path in links_of(run.parent))


@pytest.fixture
def many(ran):
    """Runs made by copying: what is kept of them depends on their manifests and first pages alone."""
    output = ran / "outputs"
    first = output / os.readlink(output / "latest")
    for number in range(2, 6):
        name = f"2018-11-23T00000{number}Z"
        shutil.copytree(first, output / name)
        manifest = manifest_of(first) | {"run": name, "number": number}
        (output / name / outputs.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return ran, first.name


def test_no_page_that_is_kept_leads_to_a_run_that_was_removed(many):
    small, _ = many
    output = small / "outputs"
    assert ccganalysis(small, *RUN, "--force").returncode == 0
    newest = output / os.readlink(output / "latest")
    assert len({path for path in links_of(newest) if ".." in path.parts}) == 5 and all_links_whole(output)
    # Part of the reports: another run is made, and `latest` stays while runs that it leads to are removed.
    done = ccganalysis(small, "run", "--only", "01_ingest", "-p", "as_at=2019-04-01", "--keep", "2")
    assert os.readlink(output / "latest") == newest.name and len(list(output.glob("2*"))) == 2
    assert all_links_whole(output) and 'id="earlier"' not in (newest / "index.html").read_text(encoding="utf-8")
    assert "Removed, as --keep 2 says: 2018-11-23T000005Z" in done.stdout
    made = outputs.finished(output)[0]["run"]
    assert "removed, as --keep 2 says: 2018-11-23T000005Z" in (output / made / "run.log").read_text(encoding="utf-8")


def test_killed_while_runs_are_removed_every_link_is_whole(many, monkeypatch):
    small, first = many
    output = small / "outputs"
    runs = [one["run"] for one in outputs.finished(output)]
    page = output / first / "index.html"
    links = "".join(f'<li><a href="../{name}/index.html">then</a></li>\n' for name in runs)
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", f'<section aria-labelledby="earlier"><ul>{links}</ul></section></body>'))
    for calls in range(4):

        def killed(*_, left=[None] * calls, real=os.replace):
            left.pop()  # raises IndexError when there are no more, as if killed here
            real(*_)

        monkeypatch.setattr(outputs.os, "replace", killed)
        with contextlib.suppress(IndexError):
            outputs.keep_newest(output, 1, first)
        monkeypatch.undo()
        assert all_links_whole(output)


def test_a_clock_set_back_removes_no_newer_run(many):
    small, first = many
    output = small / "outputs"
    # The copies are of 2018 and have higher numbers than the run that was made first, today.
    assert [one["run"][:4] for one in outputs.finished(output)] == ["2018"] * 4 + [first[:4]]
    assert ccganalysis(small, *RUN, "--force", "--keep", "1").returncode == 0
    (kept,) = outputs.finished(output)
    assert kept["number"] == 6 and os.readlink(output / "latest") == kept["run"]
    newest = manifest_of(output / kept["run"])
    ahead = output / "2099-01-01T000000Z"
    shutil.copytree(output / kept["run"], ahead)
    (ahead / outputs.MANIFEST).write_text(json.dumps(newest | {"run": ahead.name, "number": 1}), encoding="utf-8")
    assert ccganalysis(small, *RUN, "--force", "--keep", "1").returncode == 0
    (kept,) = outputs.finished(output)
    assert not ahead.exists() and (output / "latest" / "index.html").is_file() and kept["number"] == 7


def test_keep_works_where_nothing_has_changed_and_on_a_broken_manifest(many):
    small, _ = many
    output = small / "outputs"
    (output / "2018-11-23T000005Z" / outputs.MANIFEST).write_text("{", encoding="utf-8")
    (output / "notes").mkdir()
    done = ccganalysis(small, *RUN, "--keep", "2")
    assert "Nothing has changed" in done.stdout and "2018-11-23T000005Z" in done.stdout
    assert sorted(path.name for path in output.glob("[2n]*")) == ["2018-11-23T000003Z", "2018-11-23T000004Z", "notes"]


@pytest.mark.parametrize("lost", ["index.html", "02_running_costs.html", "tables/02_running_costs/line.csv"])
def test_a_file_that_was_deleted_or_cut_comes_back(ran, lost):
    path = ran / "outputs" / "latest" / lost
    whole = path.read_bytes()
    path.unlink() if lost == "index.html" else path.write_bytes(whole[:10])
    done = ccganalysis(ran, *RUN)
    assert f"missing or cut short: {lost}" in done.stdout and "Carried over: 01_ingest, 02_running_costs" in done.stdout
    assert len((ran / "outputs" / "latest" / lost).read_bytes()) > 10
    assert "Nothing has changed" in ccganalysis(ran, *RUN).stdout


def test_a_notebook_that_was_cut_is_not_carried_over(ran):
    path = ran / "outputs" / "latest" / "notebooks" / "02_running_costs.ipynb"
    path.write_bytes(path.read_bytes()[:100])
    done = ccganalysis(ran, *RUN)
    assert done.returncode == 0 and "To make: 02_running_costs (its executed notebook is missing" in done.stdout


def test_a_copy_is_tried_again_though_nothing_changed_and_leads_to_no_run_that_is_not_there(small):
    elsewhere = small / "elsewhere"
    elsewhere.write_text("in the way", encoding="utf-8")
    done = ccganalysis(small, *RUN, "--copy-to", f"file://{elsewhere}")
    assert done.returncode == 2 and "could not be copied" in done.stderr and "Traceback" not in done.stderr
    elsewhere.unlink()
    done = ccganalysis(small, *RUN, "--copy-to", f"file://{elsewhere}")
    assert "Nothing has changed" in done.stdout and "Copied to" in done.stdout and done.returncode == 0
    assert ccganalysis(small, *RUN, "--force", "--copy-to", f"file://{elsewhere}").returncode == 0
    newest = outputs.finished(small / "outputs")[0]["run"]
    shutil.rmtree(elsewhere / next(path.name for path in elsewhere.iterdir() if path.name != newest))
    assert 'id="earlier"' in (small / "outputs" / newest / "index.html").read_text(encoding="utf-8")
    assert all_links_whole(elsewhere)


def test_a_place_that_cannot_be_copied_to_is_said_before_anything_is_made(small):
    done = ccganalysis(small, *RUN, "--copy-to", "nowhere://reports")
    assert done.returncode == 2 and "Runs cannot be copied to nowhere://reports" in done.stderr
    assert not (small / "outputs").exists()


def test_a_manifest_that_is_none_is_passed_over(ran):
    for number, content in enumerate(("[]", "null", "{}", '{"run": 5}', "{")):
        other = ran / "outputs" / f"other{number}"
        other.mkdir()
        (other / outputs.MANIFEST).write_text(content, encoding="utf-8")
        (other / "index.html").touch()
    assert "Nothing has changed" in ccganalysis(ran, *RUN).stdout
    done = ccganalysis(ran, *RUN, "--force")
    assert done.returncode == 0 and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(runner.MADE_FROM - {"packages"}))
def test_a_manifest_that_lacks_what_a_run_was_made_from_stands_for_nothing(tmp_path, name):
    _, before = report_and_run()
    whole = before | {
        "packages": {},
        "run": "2018-11-23T000000Z",
        "status": "complete",
        "scope": "everything",
        "files": {},
    }
    (tmp_path / whole["run"]).mkdir()
    del whole[name]
    (tmp_path / whole["run"] / outputs.MANIFEST).write_text(json.dumps(whole), encoding="utf-8")
    assert [run for run in outputs.finished(tmp_path) if run.keys() >= runner.MADE_FROM] == []


def test_a_folder_called_latest_and_an_output_that_is_a_file_are_named(small):
    (small / "outputs" / "latest").mkdir(parents=True)
    (small / "outputs" / "latest" / "mine.txt").touch()
    (small / "README.md").touch()
    for arguments, said in (((), "latest is not a link to a run"), (("--output", "README.md"), "README.md is a file")):
        done = ccganalysis(small, *RUN, *arguments)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert (small / "outputs" / "latest" / "mine.txt").exists()


@pytest.fixture
def own_code(ran, tmp_path, monkeypatch):
    """The tiny project once run, and then run by a copy of the package, to edit without harm."""
    package = Path(runner.__file__).parents[1]
    shutil.copytree(package, tmp_path / "code" / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "code"))
    return tmp_path / "code" / package.name


def edit(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_an_edit_of_how_pages_look_executes_nothing(ran, own_code):
    first = os.readlink(ran / "outputs" / "latest")
    for name, text in (("report/templates/report.css", "/* edited */\n"), ("report/page.py", "# edited\n")):
        edit(own_code / name, text)
        done = apart(ran, *RUN)
        assert f"Nothing to execute; pages are made again from what was (code changed: {name})" in done.stdout
        manifest = manifest_of(ran / "outputs" / "latest")
        assert manifest["run"] != first and {one["executed_in"] for one in manifest["reports"]} == {first}
        assert "Nothing has changed" in apart(ran, *RUN).stdout
        for kind in ("tables", "figures"):  # copied where a template was edited, made again where a module was
            assert contents(ran / "outputs" / manifest["run"] / kind) == contents(ran / "outputs" / first / kind) != {}
        books = [ran / "outputs" / run / "workbooks" / "national.xlsx" for run in (first, manifest["run"])]
        assert (books[0].read_bytes() == books[1].read_bytes()) is name.endswith(".css"), "it says when it was made"
    assert "/* edited */" in (ran / "outputs" / "latest" / "02_running_costs.html").read_text(encoding="utf-8")


def test_an_edit_executes_only_what_reaches_it(ran, own_code):
    for name in ("analysis/backtest/scores.py", "data/official/store.py", "cli.py"):
        edit(own_code / name, "# edited\n")
    assert "Nothing has changed" in apart(ran, *RUN).stdout
    edit(own_code / "presentation" / "display.py", "# edited\n")
    done = apart(ran, *RUN)
    assert "To make: 02_running_costs (code changed: presentation/display.py)" in done.stdout
    assert "Carried over: 01_ingest (unchanged)" in done.stdout


def test_a_table_that_a_report_did_not_read_is_no_reason(ran):
    read = {one["page"]: one["read"] for one in manifest_of(ran / "outputs" / "latest")["reports"]}
    bodies, eras = "processed/bodies.csv", "raw/eras.toml"
    assert read == {"01_ingest": [bodies], "02_running_costs": [bodies, eras]}


def test_a_run_of_an_older_version_stands_for_nothing(ran):
    path = ran / "outputs" / "latest" / outputs.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest["reach"], manifest["tables"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert "To make: 01_ingest, 02_running_costs (not made before)" in ccganalysis(ran, *RUN).stdout


def test_a_changed_document_makes_the_site_again_and_runs_no_notebook(ran):
    first = os.readlink(ran / "outputs" / "latest")
    (documents := ran / "docs").unlink()
    shutil.copytree(REAL / "docs", documents)
    (documents / "method.md").write_text("# Another method\n\n## Words\n\nNone.\n", encoding="utf-8")
    done = ccganalysis(ran, *RUN)
    assert "Carried over: 01_ingest, 02_running_costs (unchanged)" in done.stdout
    newest = manifest_of(ran / "outputs" / "latest")
    assert newest["run"] != first and {one["executed_in"] for one in newest["reports"]} == {first}
    assert "Another method" in (ran / "outputs" / "latest" / "method.html").read_text(encoding="utf-8")


def report_and_run():
    report = {
        "page": "a",
        "status": "ok",
        "notebook": "a",
        "notebook_hash": "1",
        "parameters": {"as_at": "2018-04-01"},
        "read": ["processed/bodies.csv", "raw/map.geojson"],
    }
    return report, {
        "reports": [report],
        "data": {name: {"hash": "1", "title": "A title"} for name in ("m.csv", "map.geojson")},
        "tables": {"bodies.csv": "1", "links.csv": "1"},
        "documents": {"method.md": "1"},
        "code": {"plans.py": "1", "backtest.py": "1", "report/page.py": "1", "report/page.css": "1"},
        "reach": {"notebooks": {"a": ["plans.py"]}, "pages": ["report/page.css", "report/page.py"]},
        "environment": {"pandas": "3.1"},
        "python": "3.11.7",
    }


CHANGES = [
    ("tables", {"bodies.csv": "2"}, "data changed: processed/bodies.csv", None),
    ("tables", {"links.csv": "2"}, None, None),
    ("data", {"map.geojson": {"hash": "2"}}, "data changed: raw/map.geojson", "data changed: map.geojson"),
    ("data", {"m.csv": {"hash": "2"}}, None, "data changed: m.csv"),
    ("data", {"m.csv": {"hash": "1", "title": "Another"}}, None, "data changed: m.csv"),
    ("data", {"new.csv": {"hash": "1"}}, None, "data changed: new.csv"),
    ("code", {"plans.py": "2"}, "code changed: plans.py", None),
    ("code", {"backtest.py": "2"}, None, None),
    ("code", {"report/page.css": "2"}, None, "code changed: report/page.css"),
    ("documents", {"method.md": "2"}, None, "document changed: method.md"),
    ("environment", {"pandas": "3.2"}, *["environment changed: pandas was 3.1, is 3.2"] * 2),
    ("environment", {"new": "1.0"}, *["environment changed: new was None, is 1.0"] * 2),
]


@pytest.mark.parametrize(("part", "changed", "executes", "renders"), CHANGES)
def test_what_is_done_again_when_something_changes(part, changed, executes, renders):
    report, before = report_and_run()
    assert runner.differences(report, before, before) == runner.restyled(before, before) == []
    now = before | {part: before[part] | changed}
    assert runner.differences(report, now, before) == [executes] * bool(executes)
    assert runner.restyled(now, before) == [renders] * bool(renders)


def test_another_python_is_a_reason_for_everything():
    report, before = report_and_run()
    reason = ["environment changed: python was 3.11.7, is 3.12.0"]
    assert runner.differences(report, before | {"python": "3.12.0"}, before) == reason
    assert runner.restyled(before | {"python": "3.12.0"}, before) == reason


def test_a_module_newly_reached_or_no_longer_is_a_reason():
    report, before = report_and_run()
    more = before | {"reach": before["reach"] | {"notebooks": {"a": ["backtest.py", "plans.py"]}}}
    assert runner.differences(report, more, before) == ["code changed: backtest.py"]
    assert runner.differences(report, before, more) == ["code changed: backtest.py"]


def test_where_it_is_not_known_what_was_read_all_data_count():
    report, before = report_and_run()
    before["reports"] = [report | {"read": None}]
    now = before | {"tables": {**before["tables"], "links.csv": "2"}}
    assert runner.differences(report, now, before) == ["data changed: processed/links.csv"]


def test_changes_of_the_report_itself_are_reasons():
    report, before = report_and_run()
    assert runner.differences(report | {"page": "b"}, before, before) == ["not made before"]
    assert runner.differences(report | {"notebook_hash": "2"}, before, before) == ["notebook changed: a"]
    failed = before | {"reports": [report | {"status": "failed"}]}
    assert runner.differences(report, before, failed) == ["it failed last time"]


# --- accidents ---


STOPPABLE = """
import signal
from ccganalysis import __main__ as command
signal.signal(signal.SIGINT, command._stop)
print("ready", flush=True)
command.main()
"""


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.every)])
def test_ctrl_c_ends_in_a_line_at_any_moment(small, seed):
    chance = random.Random(seed)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", STOPPABLE, "run", "--force"],
            cwd=small,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.05, 5.0))
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=300)
        assert process.returncode in (0, 130), err
        if process.returncode:
            assert err.splitlines()[-1] == "ccganalysis: stopped; what was there before is as it was."
        assert "Traceback" not in err and "KeyboardInterrupt" not in err
    assert leftovers(small / "outputs") == []


@pytest.mark.every
def test_a_hundred_kills_leave_nothing_in_the_temporary_folder(small, monkeypatch):
    """Fewer than a hundred here. Whatever a killed run left is gone after the next."""
    temporary = Path(tempfile.mkdtemp())  # not pytest's: the paths of sockets are short
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.delenv(kernels.ADDRESS)
    for seconds in (2, 3, 4):
        process = start(small, *RUN, "--force", start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=300)
    assert apart(small, *RUN, "--force").returncode == 0
    left = list(temporary.rglob("*"))
    shutil.rmtree(temporary)
    assert left == []


def test_two_runs_never_write_to_one_folder(small):
    go = small / "go"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.05)"
    write_notebook(small / "notebooks" / "01_ingest.ipynb", wait)
    first = start(small, *RUN)
    while not list((small / "outputs").glob(".*.partial")) and first.poll() is None:
        time.sleep(0.05)
    second = ccganalysis(small, *RUN)
    assert second.returncode == 3 and "Another run is writing" in second.stderr
    go.touch()
    first.communicate(timeout=300)
    assert first.returncode == 0


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.every) for seed in (1, 2, 3))])
def test_killed_at_any_moment_the_last_good_run_is_whole_and_the_next_one_works(ran, seed):
    output = ran / "outputs"
    good = os.readlink(output / "latest")
    before = contents(output / good)
    chance = random.Random(seed)
    finished = 0
    for moment in range(MOMENTS):
        process = start(ran, *RUN, "--force", start_new_session=True)
        time.sleep(chance.uniform(0.2, 3.0))
        finished += process.poll() == 0
        process.kill()
        process.communicate(timeout=300)
        assert contents(output / good) == before, moment
        latest = output / "latest"
        assert manifest_of(latest)["status"] == "complete" and (latest / "02_running_costs.html").is_file()
    assert finished < MOMENTS
    done = ccganalysis(ran, *RUN, "--force")
    assert done.returncode == 0, done.stderr
    assert leftovers(output) == []


def test_a_full_disk_leaves_what_was_there(ran):
    before = contents(ran / "outputs" / "latest")

    def no_room():  # the system refuses to write more than this to any file, as it does when the disk is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))

    process = start(ran, *RUN, "--force", preexec_fn=no_room)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2 and "Cannot write to" in err and "Traceback" not in err, err
    assert contents(ran / "outputs" / "latest") == before and leftovers(ran / "outputs") == []


def test_an_output_folder_that_cannot_be_written_is_said_so(small):
    (small / "occupied").write_text("a file", encoding="utf-8")
    places = [small / "occupied" / "outputs"]
    if os.geteuid():
        (small / "locked").mkdir(mode=0o555)
        places.append(small / "locked")
    for place in places:
        done = ccganalysis(small, *RUN, "--output", str(place))
        assert done.returncode == 2 and "Cannot write to" in done.stderr and "Traceback" not in done.stderr


def test_a_notebook_that_prints_millions_stays_readable(small):
    write_notebook(small / "notebooks" / "02_running_costs.ipynb", "for _ in range(50):\n    print('x' * 10**6)")
    assert ccganalysis(small, *RUN).returncode == 0
    for path in ("02_running_costs.html", "notebooks/02_running_costs.ipynb"):
        assert (small / "outputs" / "latest" / path).stat().st_size < 1_000_000


def test_a_kernel_that_dies_is_tried_again_and_then_reported(small):
    once = "import os, pathlib\nmark = pathlib.Path('mark')\nif not mark.exists():\n    mark.touch()\n    os._exit(1)"
    write_notebook(small / "notebooks" / "02_running_costs.ipynb", once)
    assert ccganalysis(small, *RUN).returncode == 0
    write_notebook(small / "notebooks" / "02_running_costs.ipynb", "import os\nos._exit(1)")
    done = ccganalysis(small, *RUN)
    assert done.returncode == 1 and "02_running_costs failed: DeadKernelError" in done.stderr


def test_a_notebook_that_takes_too_long_is_stopped(small):
    write_notebook(small / "notebooks" / "02_running_costs.ipynb", "import time\ntime.sleep(60)")
    done = ccganalysis(small, *RUN, "--timeout", "2")
    assert done.returncode == 1 and "02_running_costs failed: CellTimeoutError" in done.stderr


def test_where_there_are_no_symbolic_links_latest_is_a_page(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("not here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    outputs.point_latest(tmp_path, "2018-11-23T000000Z")
    assert "../2018-11-23T000000Z/index.html" in (tmp_path / "latest" / "index.html").read_text(encoding="utf-8")


# --- workers ---


def double(number):
    return 2 * number


def accident(task):
    kind, folder = task
    if kind == "raise":
        raise ValueError("wrong")
    if kind == "sleep":
        time.sleep(60)
    mark = Path(folder) / kind
    if kind == "die" or not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_every_task_is_done_once():
    done = dict(workers.side_by_side(double, range(20), workers=3))
    assert done == {number: 2 * number for number in range(20)}


def test_a_lost_worker_costs_a_retry_and_its_task_at_most(tmp_path):
    tasks = [(kind, str(tmp_path)) for kind in ("die", "raise", "die once")]
    results = {task[0]: result for task, result in workers.side_by_side(accident, tasks, workers=2)}
    assert results["die once"] == "done"
    assert isinstance(results["raise"], ValueError)
    assert isinstance(results["die"], workers.WorkerLost) and "signal 9" in str(results["die"])


def test_a_task_that_takes_too_long_is_stopped_and_not_tried_again(tmp_path):
    task = ("sleep", str(tmp_path))
    ((_, result),) = workers.side_by_side(accident, [task], workers=1, patience_seconds=1)
    assert isinstance(result, workers.WorkerLost) and "too long" in str(result)


def test_what_the_tests_need_is_no_part_of_what_reports_are_made_with():
    """So installing it for `make test` is no reason for the next `make report` to make anything again."""
    notebooks_code = [runner._script(path) for path in (REAL / "notebooks").glob("*.ipynb")]
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)==", (REAL / "requirements" / "run.lock").read_text(encoding="utf-8"), re.MULTILINE
    )
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in locked}
    assert set(reach.environment("ccganalysis", notebooks_code)) <= names

"""The command line: what a person gets who mistypes, edits a file or asks for too much."""

import shutil
from pathlib import Path

import pytest
from tiny_project import REAL, ccganalysis, project, server  # noqa: F401

from ccganalysis import cli, parameters
from ccganalysis.runs import runner, workers


@pytest.fixture
def own_data(project):  # noqa: F811
    """The tiny project with raw data of its own to edit."""
    (project / "data" / "raw").unlink()
    shutil.copytree(REAL / "data" / "raw", project / "data" / "raw")
    return project


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "saving_tarjet=0.2"], "Unknown parameter 'saving_tarjet'. The nearest valid one is 'saving_target'"),
        (["-p", "saving_target=1.5"], "saving_target = 1.5 will not do"),
        (["-p", "saving_target"], "'saving_target' is not NAME=VALUE"),
        (["-p", "as_at=2016-04-01"], "Unknown as_at '2016-04-01'"),
        (["-p", "as_at=2016-04-01"], "2017-04-01, 2018-04-01, 2019-04-01, 2020-04-01, 2021-04-01"),
        (["-p", "allowance_model=guess"], "Unknown allowance_model 'guess'"),
        (["-p", "objectives=nonsense,foo"], "Unknown objective 'nonsense'"),
        (["-p", "area=15E0"], "Unknown area '15E0'"),
        (["--area", "QZZ"], "Unknown area 'QZZ'"),
        (["--area", "QZZ"], "QOP (Greater Manchester"),
        (["--only", "02_running"], "The nearest valid one is '02_running_costs'"),
        (["--only", "05_national_report"], "holds none of these notebooks: 05_national_report"),
    ],
)
def test_bad_input_stops_before_any_notebook_with_a_message(project, arguments, message):  # noqa: F811
    done = ccganalysis(project, "run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not list(project.glob("outputs/2*"))


def test_values_get_the_type_their_parameter_declares():
    assert parameters.typed("saving_target", "0.25") == 0.25
    assert parameters.typed("area", "15E0") == "15E0" and parameters.typed("area", "007") == "007"
    assert parameters.typed("water_links", "1") == "1"
    assert parameters.typed("saving_target", "much") == "much" and parameters.typed("no_such", "1") == "1"


def test_an_edited_file_is_noticed_and_can_be_accepted(own_data):
    processed = {path.name: path.read_bytes() for path in (own_data / "data" / "processed").iterdir()}
    edited = own_data / "data" / "raw" / "mergers.csv"
    edited.write_bytes(edited.read_bytes() + b"\n")
    for command in ("run", "check"):
        done = ccganalysis(own_data, command)
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert "mergers.csv" in done.stderr and "ccganalysis accept mergers.csv" in done.stderr
    assert {path.name: path.read_bytes() for path in (own_data / "data" / "processed").iterdir()} == processed
    assert "accepted" in ccganalysis(own_data, "accept", "mergers.csv").stdout
    assert ccganalysis(own_data, "check").returncode == 0
    done = ccganalysis(own_data, "accept", "merger.csv")
    assert done.returncode == 2 and "The nearest valid one is 'mergers.csv'" in done.stderr


def test_a_value_that_breaks_a_rule_is_named_by_file_row_column_and_rule(own_data):
    lines = (own_data / "data" / "raw" / "gdp_deflator.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    cells = lines[3].split(",")
    numeric = next(n for n, cell in enumerate(cells) if cell.replace(".", "").isdigit())
    cells[numeric] = "about a hundred"
    lines[3] = ",".join(cells)
    (own_data / "data" / "raw" / "gdp_deflator.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ccganalysis(own_data, "accept", "gdp_deflator.csv")
    done = ccganalysis(own_data, "check")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert f"gdp_deflator.csv, row 4, column {header[numeric]}: must be a" in done.stderr
    assert "about a hundred" in done.stderr


def test_check_prints_every_check(project):  # noqa: F811
    done = ccganalysis(project, "check")
    assert done.returncode == 0 and "Bodies in force on 1 April 2018" in done.stdout


def test_outside_a_project_the_message_says_where_to_go(tmp_path, monkeypatch, project):  # noqa: F811
    monkeypatch.setenv("CCGANALYSIS_HOME", str(tmp_path / "nowhere"))
    done = ccganalysis(tmp_path, "run")
    assert done.returncode == 2 and "datapackage.json" in done.stderr and "Traceback" not in done.stderr


def test_a_process_lost_on_the_first_page_ends_in_a_line(monkeypatch, capsys):
    def spread(work, tasks):
        yield from ((task, workers.WorkerLost("its process was killed by signal 9")) for task in tasks)

    monkeypatch.setattr(cli, "app", lambda: runner.make_sites([runner.Site(Path(), Path(), {})], spread))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.SOME_FAILED
    assert "the first page could not be made: its process was killed by signal 9." in capsys.readouterr().err


def test_it_says_its_version(project):  # noqa: F811
    from ccganalysis import __version__

    assert ccganalysis(project, "--version").stdout.strip() == __version__

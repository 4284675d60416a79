"""Sweeps over a grid, here and on a cluster that loses a worker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from tiny_project import RESULTS, ccganalysis, project, server, write_notebook  # noqa: F401

from ccganalysis.errors import InputError
from ccganalysis.runs import cluster, sweep, workers

GRID = """
area: [QGH, QOP]
grid:
  saving_target: [0.15, 0.25]
  as_at: [2018-04-01, 2019-04-01]
"""


@pytest.fixture
def scenarios(project):  # noqa: F811
    results = RESULTS.replace("3, ", "300 * p.saving_target, ")
    write_notebook(project / "notebooks" / "area_report.ipynb", "from ccganalysis.presentation import display", results)
    (project / "scenarios.yaml").write_text(GRID, encoding="utf-8")
    return project


def test_every_combination_of_the_grid_is_a_scenario(scenarios):
    found = sweep.read_scenarios(scenarios / "scenarios.yaml")
    assert [(one.number, *one.values.values()) for one in found] == [
        (1, 0.15, "2018-04-01"),
        (2, 0.15, "2019-04-01"),
        (3, 0.25, "2018-04-01"),
        (4, 0.25, "2019-04-01"),
    ]
    assert {job.page for job in found[3].jobs} == {"ccg/area/QGH", "ccg/area/QOP"}
    assert all(job.parameters["saving_target"] == 0.25 for job in found[3].jobs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area: [QGH]", "has no grid"),
        ("grid: {saving_tarjet: [0.1]}", "nearest valid one is 'saving_target'"),
        ("grid: {saving_target: [lots]}", "saving_target = 'lots' will not do"),
        ("grid: {as_at: [2018-04-02]}", "Unknown as_at '2018-04-02'"),
        ("grid: {as_at: [2018-04-01]}\nnotebook: [area_report]", "nearest valid one is 'notebooks'"),
        ("grid: {as_at: [2018-04-01]}\nnotebooks: [area_rapport]", "nearest valid one is 'area_report'"),
        ("grid: {as_at: [2018-04-01]}\narea: [15E0]", "Unknown area '15E0'"),
        ("grid: [", "not readable YAML"),
    ],
)
def test_a_wrong_file_is_explained(scenarios, text, message):
    (scenarios / "scenarios.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        sweep.read_scenarios(scenarios / "scenarios.yaml")


def test_settings_in_words():
    told = [("as_at", "2018-04-01"), ("saving_target", 0.15), ("saving_target", 0.125), ("merge", ""), ("draws", 1000)]
    expected = ["1 April 2018", "15%", "12.5%", "none", "1000"]
    assert [sweep.setting_text(*one) for one in told] == expected
    assert sweep.setting_text("allowance_model", "per_head_adjusted") == "per head adjusted"


def check_results(project):  # noqa: F811
    (folder,) = (project / "outputs" / "sweeps").glob("2*")
    results = pd.read_csv(folder / "results.csv")
    assert not results.duplicated(["scenario", "page", "result"]).any()
    numeric = results[results["result"] == "body_count"].set_index(["scenario", "page"])["value"]
    assert numeric.to_dict() == {
        (number, page): 300 * target
        for number, target in ((1, 0.15), (2, 0.15), (3, 0.25), (4, 0.25))
        for page in ("ccg/area/QGH", "ccg/area/QOP")
    }
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "4 scenarios compared" in text and 'href="scenario-03/index.html"' in text
    assert '<td class="number">45</td>' in text and '<td class="number">75</td>' in text
    page = BeautifulSoup(text, "html.parser")
    assert page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"].startswith(
        "default-src 'none'"
    )
    headings = [cell.text for cell in page.select("table")[0].select("thead th")]
    assert headings == ["Scenario", "Saving target", "As at"] and not page.select(".body script")
    assert [cell.text for cell in page.select("table")[0].select("tbody tr")[0].select("td")] == ["15%", "1 April 2018"]
    for number in range(1, 5):
        assert (folder / f"scenario-0{number}" / "ccg" / "area" / "QOP.html").is_file()
        assert (folder / f"scenario-0{number}" / "index.html").is_file()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    singles = {link["href"]: link.text for link in page.select("details a")}
    told = {f"{entry['page']}.html": entry["name"] for entry in manifest["reports"]}
    assert singles == told and all((folder / path).is_file() for path in singles)


def test_a_sweep_gathers_every_result_once(scenarios):
    done = ccganalysis(scenarios, "sweep", "scenarios.yaml")
    assert done.returncode == 0 and "8 of 8 reports made" in done.stdout, done.stderr
    check_results(scenarios)


@pytest.fixture
def dask_cluster(server):  # noqa: F811
    distributed = pytest.importorskip("distributed", reason="Dask is in the extra 'cluster'")
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        yield cluster


def test_a_cluster_that_loses_a_worker_loses_and_doubles_nothing(scenarios, dask_cluster):
    # Long enough that the worker is killed in the middle of a report.
    path = scenarios / "notebooks" / "area_report.ipynb"
    results = RESULTS.replace("3, ", "300 * p.saving_target, ")
    write_notebook(path, "from ccganalysis.presentation import display\nimport time; time.sleep(0.5)", results)
    victim = next(iter(dask_cluster.workers.values())).pid
    watcher = threading.Thread(target=kill_once_at_work, args=(scenarios, victim))
    watcher.start()
    outcome = sweep.run(
        sweep.read_scenarios(scenarios / "scenarios.yaml"),
        scenarios / "outputs",
        scheduler=dask_cluster.scheduler_address,
        progress=False,
    )
    watcher.join()
    assert outcome.failed == []
    check_results(scenarios)


def kill_once_at_work(project, pid):  # noqa: F811
    give_up = time.monotonic() + 60
    while (
        not list((project / "outputs").glob("sweeps/.*/*/notebooks/ccg/area/.*.ipynb")) and time.monotonic() < give_up
    ):
        if list((project / "outputs").glob("sweeps/.*/*/ccg/area/*.html")):
            break
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def test_a_cluster_that_is_not_there_is_said_so():
    pytest.importorskip("distributed", reason="Dask is in the extra 'cluster'")
    with pytest.raises(InputError, match="No Dask cluster answers at tcp://127.0.0.1:9"):
        list(cluster.side_by_side(workers.side_by_side, [1], scheduler="tcp://127.0.0.1:9", connect_seconds=1))


def test_a_cluster_without_workers_is_said_so():
    distributed = pytest.importorskip("distributed", reason="Dask is in the extra 'cluster'")
    options = {"processes": False, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(n_workers=0, scheduler_port=0, protocol="tcp://", **options) as alone:
        address = alone.scheduler_address
        with pytest.raises(InputError, match=f"The Dask cluster at {address} has no workers. Start some"):
            list(cluster.side_by_side(len, ["a"], scheduler=address, connect_seconds=1))


def test_a_scheduler_that_is_killed_ends_in_a_line(tmp_path, capfd):
    pytest.importorskip("distributed", reason="Dask is in the extra 'cluster'")
    file, mark = tmp_path / "scheduler.json", tmp_path / "begun"
    task = ["sh", "-c", f"touch {mark}; exec sleep 20"]
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*command, "--scheduler-file", str(file)], **quiet)
    worker = None
    try:
        while not (file.exists() and file.read_text(encoding="utf-8")):
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                address,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--no-nanny",
            ],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            **quiet,
        )

        def kill_once_begun():
            while not mark.exists():
                time.sleep(0.05)
            scheduler.kill()

        threading.Thread(target=kill_once_begun, daemon=True).start()
        with pytest.raises(InputError, match=f"The Dask cluster at {address} was lost"):
            list(cluster.side_by_side(subprocess.call, [task], scheduler=address, connect_seconds=30))
        assert "Traceback" not in capfd.readouterr().err
    finally:
        for process in filter(None, (scheduler, worker)):
            process.kill()
            process.wait()


def test_a_task_that_no_worker_ends_is_given_up(dask_cluster):
    ((task, result),) = cluster.side_by_side(
        time.sleep, [20], scheduler=dask_cluster.scheduler_address, patience_seconds=3
    )
    assert task == 20 and isinstance(result, workers.WorkerLost)

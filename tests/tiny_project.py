"""A project with the real data and three notebooks that take a moment, for tests of how notebooks are run."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import nbformat
import pytest

from ccganalysis import cli, notebooks, parameters
from ccganalysis.data import ingest
from ccganalysis.data.datapackage import project_root
from ccganalysis.runs import kernels

REAL = project_root()

CHECKED = "from ccganalysis import parameters\nfrom ccganalysis.presentation import display\np = parameters.from_notebook({name!r}, globals())"

FIGURE = """import matplotlib.pyplot as plt
import pandas as pd
from ccganalysis.presentation import display
figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([0, 1])
display.show(lambda: figure, name="line", headline="A line", subtitle="No unit", alt="A line that goes up from 0 to 1",
             source="Nobody, nothing", kind="assumed", data=pd.DataFrame({"residents": [0, 1]}))"""

RESULTS = """display.key_results([display.Result("body_count", "Bodies", 3, "derived"),
                     display.Result("as_at", "Date", p.as_at, "assumed")])"""


def write_notebook(path: Path, *cells: str, name: str = "") -> None:
    """A notebook with the parameters of `name` (or of its own name), their check, and these cells."""
    name = name or path.stem
    defaults = parameters.NOTEBOOKS[name]().model_dump()
    lines = [f"{key} = {value!r}  # type: {type(value).__name__} Explained" for key, value in defaults.items()]
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# The report {name}"),
            nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(source) for source in (CHECKED.format(name=name), *cells)),
        ]
    )
    path.write_text(notebooks.canonical(made), encoding="utf-8")


def make_project(home: Path) -> Path:
    ingest.load("bodies")  # which makes data/processed where a fresh clone has none
    (home / "data").mkdir(parents=True)
    (home / "data" / "raw").symlink_to(REAL / "data" / "raw", target_is_directory=True)
    (home / "docs").symlink_to(REAL / "docs", target_is_directory=True)
    shutil.copytree(REAL / "data" / "processed", home / "data" / "processed")
    (home / "notebooks").mkdir()
    write_notebook(home / "notebooks" / "01_ingest.ipynb")
    write_notebook(home / "notebooks" / "02_running_costs.ipynb", FIGURE, RESULTS)
    write_notebook(home / "notebooks" / "area_report.ipynb", "display.say(f'Report on {p.area}')", RESULTS)
    return home


@pytest.fixture(scope="session")
def server():
    """One server of warm kernels for all the runs of a test process."""
    if not kernels.FORKS:
        pytest.skip("kernels are forked on Linux only")
    with kernels.KernelServer() as server:
        yield server


@pytest.fixture
def project(tmp_path, server, monkeypatch):
    """The folder of a tiny project, which is the one used while the test runs."""
    home = make_project(tmp_path / "project")
    monkeypatch.setenv("CCGANALYSIS_HOME", str(home))
    monkeypatch.setenv(kernels.ADDRESS, server.address)
    return home


def start(home: Path, *arguments: str, **options) -> subprocess.Popen:
    """The command `ccganalysis` in a process of its own, in the project's folder."""
    command = [sys.executable, "-m", "ccganalysis", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=home, env=dict(os.environ), **pipes | options)


def apart(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The command `ccganalysis` in a process of its own, to its end."""
    process = start(home, *arguments)
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def ccganalysis(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The command `ccganalysis` in the project's folder, within this process, which has loaded all that it takes.

    What takes a process of its own (kills, another version of the code) is for `start` and `apart`.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    command = [sys.argv[0], *arguments]
    with (
        mock.patch.object(sys, "argv", command),
        contextlib.chdir(home),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

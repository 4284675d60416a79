"""What a notebook can reach: never less than it runs, and little more."""

import ast
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from ccg import ERA
from packaging.utils import canonicalize_name

import ccganalysis
from ccganalysis import notebooks
from ccganalysis.data import ingest
from ccganalysis.data.datapackage import project_root
from ccganalysis.runs import reach, runner

PACKAGE = Path(ccganalysis.__file__).parent
STORED = notebooks.in_order(project_root() / "notebooks")


def code_of(path):
    return [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "code"]


@pytest.fixture
def made_up(tmp_path):
    """Reach, by the code given, in a package of modules given by path and source; files come without the suffix."""

    def reached(code, **modules):
        sources = {name.replace("__", "/"): text for name, text in modules.items()}
        for name, text in {"init": "", "hub/init": "", **sources}.items():
            path = tmp_path / "pkg" / f"{name}.py".replace("init.py", "__init__.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        files = reach.Package(tmp_path / "pkg").reached_from([code])
        return {name.removesuffix(".py") for name in files} - {"__init__", "hub/__init__"}

    return reached


def test_names_are_followed_through_what_packages_pass_on(made_up):
    modules = {
        "hub__init": "from .money import gap\nfrom .past import hit\n",
        "hub__money": "from .. import words\ndef gap():\n    return words.gbp(1)\n",
        "hub__past": "from ..backtest import score\ndef hit():\n    return score()\n",
        "words": "def gbp(x):\n    return x\n",
        "backtest": "def score():\n    return 1\n",
    }
    assert made_up("from pkg import hub\nhub.gap()", **modules) == {"hub/money", "words"}
    assert made_up("import pkg.hub as h\nh.hit()", **modules) == {"hub/past", "backtest"}
    assert made_up("from pkg.hub import gap as f\nf()", **modules) == {"hub/money", "words"}


def test_one_module_of_many_questions_leads_only_where_the_name_used_leads(made_up):
    modules = {
        "figures": "from . import a, b\nCOLOURS = {b.HIT: 1}\ndef one():\n    return a.f()\n"
        "def two():\n    from .c import g\n    return _help(g)\ndef _help(g):\n    return COLOURS\n",
        "a": "def f(): ...",
        "b": "HIT = 1",
        "c": "def g(): ...",
    }
    assert made_up("from pkg import figures\nfigures.one()", **modules) == {"figures", "a"}
    assert made_up("from pkg import figures\nfigures.two()", **modules) == {"figures", "b", "c"}


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("from pkg import a\ngetattr(a, 'f')()", {"a": "from . import b\ndef f(): ..."}),
        ("from pkg import a\na.unknown()", {"a": "from . import b\ndef f(): ..."}),
        ("from pkg import a\na.f", {"a": "from . import b\n@b.register\ndef f(): ..."}),
        ("from pkg import a\na.g", {"a": "from . import b\n@b.register\ndef f(): ...\ndef g(): ..."}),
        ("from pkg import a\na.g", {"a": "from . import b\nX = b.register(1)\ndef g(): ..."}),
        ("from pkg import a\na.g", {"a": "from . import b\ndef f(x=b.register(1)): ...\ndef g(): ..."}),
        ("from pkg import a\na.g", {"a": "from . import b\nclass C:\n    x = b.register(1)\ndef g(): ..."}),
        ("from pkg import a\na.g", {"a": "from . import b\ndef g(): ...", "b": "import sys\nsys.path.append('')"}),
        ("from pkg import a\na.g", {"a": "try:\n    from .b import g\nexcept ImportError:\n    from .c import g"}),
        ("from pkg import a\na.C().run()", {"a": "from . import b\nclass C(b.Base): ..."}),
        ("from pkg import a\na.f()", {"a": "from . import b\ndef f(x=b.y): ..."}),
        ("from pkg import a\nfor m in [a]: m.f()", {"a": "def f():\n    from . import b\n    b.y()"}),
        ("from pkg import a\na.f()", {"a": "def f():\n    import pkg.b\n    return pkg.b.y()"}),
        ("from pkg import a\neval('a.f()')", {"a": ""}),
        ("from pkg import a\na.f()", {"a": "def f():\n    return globals()['b']"}),
        ("from pkg.a import *", {"a": "from .b import y"}),
        ("%run other.ipynb", {}),
        ("import importlib\nimportlib.import_module('pkg.b')", {}),
    ],
)
def test_when_in_doubt_more_counts(made_up, code, modules):
    assert "b" in made_up(code, **{"b": "class Base: ...\ny = 1\ndef register(f): ...", "c": "g = 1"} | modules)


def test_a_file_that_is_not_python_counts_with_its_package(made_up, tmp_path):
    (tmp_path / "pkg" / "hub" / "words").mkdir(parents=True)
    (tmp_path / "pkg" / "hub" / "words" / "en.txt").touch()
    assert made_up("from pkg import hub\nhub.a.f()", hub__a="def f(): ...") == {"hub/a", "hub/words/en.txt"}
    assert made_up("from pkg import b\nb.f()", b="def f(): ...") == {"b"}


# --- the package itself ---


@functools.cache
def package():
    return reach.Package(PACKAGE)


@functools.cache
def reached(path):
    return frozenset(package().reached_from(code_of(path)))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_no_notebook_reaches_pages_runs_or_readers_of_official_files(path):
    assert not {name for name in reached(path) if name.startswith(("report/", "runs/", "data/official/", "cli"))}


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_only_the_back_test_reaches_the_back_test(path):
    own = {name for name in reached(path) if name.startswith("analysis/backtest/")}
    assert bool(own) == (path.stem == "06_backtest"), own


def test_execution_does_not_depend_on_pages_nor_pages_on_every_analysis():
    executing = package().reached_from(names=[("ccganalysis.runs.runner", name) for name in runner.EXECUTED_BY])
    rendering = package().reached_from(names=[("ccganalysis.runs.runner", name) for name in runner.RENDERED_BY])
    assert not [name for name in executing if name.startswith("report/")]
    everything = {path.relative_to(PACKAGE).as_posix() for path in (PACKAGE / "report").rglob("*.*")}
    assert {name for name in everything if "__pycache__" not in name} <= {*rendering}
    assert not [name for name in rendering if name.startswith(("analysis/backtest", "analysis/plans", "data/official"))]


TRACED = """
import json, sys
from pathlib import Path
package, code = Path(sys.argv[1]), json.load(sys.stdin)
called, known = set(), set()
def note(frame, event, argument):  # of calls alone: what is returned would trace the lines of each
    inside = frame.f_code
    file = inside.co_filename
    if file in known:
        return
    if not file.startswith(str(package)):
        known.add(file)
        return
    while frame.f_back and frame.f_back.f_code.co_filename == file and inside.co_name != "<module>":
        frame, inside = frame.f_back, frame.f_back.f_code
    if inside.co_name != "<module>":  # what a module does while it is imported is judged by its source
        called.add(Path(file).relative_to(package).as_posix())
        known.add(file)
namespace = {"In": []}
sys.settrace(note)
for cell in code:
    exec(cell, namespace)
sys.settrace(None)
print("CALLED", json.dumps(sorted(called)))
"""


@pytest.mark.parametrize("name", ["02_running_costs", pytest.param("area_report", marks=pytest.mark.every)])
def test_every_module_whose_code_runs_is_reached(name):
    path = next(path for path in STORED if path.stem == name)
    done = subprocess.run(
        [sys.executable, "-c", TRACED, str(PACKAGE)],
        input=json.dumps([re.sub(r"10_000|4_999|2_000", "1_000", cell) for cell in code_of(path)]),  # few draws do
        capture_output=True,
        text=True,
        cwd=path.parent,
        env={**os.environ, "MPLBACKEND": "agg"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    called = json.loads(done.stdout.rpartition("CALLED ")[2])
    assert len(called) > 10 and set(called) <= reached(path), set(called) - reached(path)


# --- data ---


@pytest.mark.parametrize(
    ("line", "unknown"),
    [("ingest.load('bodies')", False), ("pd.read_csv('x.csv')", True), ("open('x')", True), ("!ls", True)],
)
def test_a_notebook_that_opens_files_itself_is_not_trusted(line, unknown):
    assert reach.opens_files([line]) is unknown


def test_no_stored_notebook_opens_files_itself():
    assert not [path.stem for path in STORED if reach.opens_files(code_of(path))]


def test_the_rooms_that_notebooks_use_read_data_in_one_place():
    """Whatever opens a data file is in `data`, where what is read is noted."""
    for room in ("analysis", "presentation"):
        for path in (PACKAGE / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            used = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
            opening = used & {"read_csv", "read_excel", "read_json", "open", "read_bytes"}
            assert not opening and "project_root" not in text, path
            assert text.count("read_file(") == text.count("read_file(ingest."), path
            assert "read_text(" not in text, path


def test_what_is_read_is_noted(tmp_path, monkeypatch):
    ingest.load("bodies")  # which reads all of data/raw where the derived tables are not there yet
    monkeypatch.setenv("CCGANALYSIS_READS", str(tmp_path / "notes"))
    tables = ingest.Tables(ERA)
    ingest.load("bodies"), tables["links"], tables["links"], ingest.boundaries_path(pd.Timestamp("2018-04-01"))
    noted = (tmp_path / "notes").read_text(encoding="utf-8").splitlines()
    assert noted == ["processed/bodies.csv", "processed/links.csv", "raw/boundaries_2018.geojson"]


# --- environment ---


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Distributions that are not there, with what they require."""

    def install(name, *needs, version="1.0"):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
        (folder / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n", encoding="utf-8")
        (folder / "top_level.txt").write_text(name.replace("-", "_") + "\n", encoding="utf-8")

    monkeypatch.syspath_prepend(tmp_path)
    return install


def test_the_environment_is_what_is_needed_to_run(installed):
    installed("made-up", "made-up-a[fast]", "made-up-t; extra == 'test'", "made-up-w; sys_platform == 'nowhere'")
    installed(
        "made-up-a", "made-up-b; extra == 'fast'", "made-up-c; extra == 'slow'", "made-up-d; python_version >= '3'"
    )
    for letter in "bcdtwx":
        installed(f"made-up-{letter}", "made-up-a")
    assert list(reach.environment("made-up")) == ["made-up-a", "made-up-b", "made-up-d"]
    assert "made-up-x" in reach.environment("made-up", ["from made_up_x import y"])


def test_installing_what_only_tests_need_changes_nothing(installed):
    before = reach.environment("ccganalysis")
    installed("pytest-made-up", "pandas", "made-up-coverage")
    installed("made-up-coverage")
    assert reach.environment("ccganalysis") == before


def test_what_the_tests_install_is_not_part_of_it():
    found = reach.environment("ccganalysis")
    assert {"pandas", "ipykernel", "numpy", "pydantic-core"} <= found.keys()
    assert not {"pytest", "ruff", "nbval", "hypothesis", "playwright", "jupyterlab"} & found.keys()
    assert all(name == canonicalize_name(name) for name in found)

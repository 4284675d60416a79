"""pyproject.toml, environment.yml and the three locks describe one environment."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from ccganalysis import __version__
from ccganalysis.data.datapackage import project_root

ROOT = project_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


def bounds(requirements):
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def pins(lock):
    """Name to the set of (version, condition) of a lock."""
    found = {}
    for name, version, condition in re.findall(r"(?m)^([\w.-]+)==(\S+?)(?: ; (.*?))? \\$", lock):
        found.setdefault(canonicalize_name(name), set()).add((version, condition))
    return found


LOCKS = {name: (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8") for name in ("run", "test", "lab")}
ASKED = {
    "run": PROJECT["project"]["dependencies"],
    "test": PROJECT["project"]["dependencies"] + EXTRAS["test"],
    "lab": PROJECT["project"]["dependencies"] + EXTRAS["test"] + EXTRAS["lab"],
}


def test_conda_gets_the_same_packages_and_bounds():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(one["pip"] for one in listed if isinstance(one, dict))
    assert from_pip.pop() == "--editable ."
    conda = bounds([*(one for one in listed if isinstance(one, str)), *from_pip])
    asked = bounds(PROJECT["project"]["dependencies"] + [one for extra in EXTRAS.values() for one in extra])
    assert str(conda.pop("python")) == PROJECT["project"]["requires-python"]
    assert conda.pop("pip") == ""
    assert conda.pop("flit-core") == bounds(PROJECT["build-system"]["requires"])["flit-core"]
    assert conda == asked


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_what_is_asked_for(name):
    pinned = pins(LOCKS[name])
    for package, specifier in bounds(ASKED[name] + PROJECT["build-system"]["requires"]).items():
        assert package in pinned, f"{package} is not in {name}.lock: run make lock"
        for version, _ in pinned[package]:
            assert Version(version) in specifier, f"{package} {version} is outside {specifier}: run make lock"


def test_locks_agree_with_one_another():
    run, test, lab = (pins(LOCKS[name]) for name in LOCKS)
    for smaller, larger in ((run, test), (test, lab)):
        assert smaller.keys() <= larger.keys()
        # A superset may need a package on more systems, but never in another version.
        versions = [{name: {version for version, _ in lock[name]} for name in smaller} for lock in (smaller, larger)]
        assert versions[0] == versions[1]


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_checked_by_hash_and_name_no_host(name):
    entries = re.split(r"(?m)^(?=\S)", LOCKS[name])
    assert all("--hash=sha256:" in entry for entry in entries if entry.strip())
    assert "://" not in LOCKS[name] and "index-url" not in LOCKS[name]


def test_an_old_python_is_refused_in_words(tmp_path):
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    command = ["make", "--no-print-directory", "report", f"PYTHON={old}", f"VENV={tmp_path / 'environment'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stdout and "3.9.2" in done.stdout
    assert not (tmp_path / "environment").exists()


def test_one_version_everywhere():
    said = {
        "CITATION.cff": r"(?m)^version: (\S+)$",
        "CHANGELOG.md": r"(?m)^## (\d\S+)",
        "pyproject.toml": r'(?m)^version = "(\S+)"$',
    }
    found = {name: re.search(pattern, (ROOT / name).read_text(encoding="utf-8"))[1] for name, pattern in said.items()}
    assert set(found.values()) == {__version__}, found


def imported(folder):
    """The modules outside the standard library that the Python files and notebooks of a folder import, with the files."""
    found = {}
    for path in [*folder.rglob("*.py"), *folder.rglob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        for node in ast.walk(ast.parse(text)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(path.relative_to(ROOT).as_posix())
    own = {"ccganalysis", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
    return {name: files for name, files in found.items() if name not in sys.stdlib_module_names | own}


ONLY_WITH = {"distributed": ("cluster", {"ccganalysis/runs/cluster.py"})}
"""Imports of the package that an extra brings, and the only files that may import them."""


@pytest.mark.parametrize("folder", ["ccganalysis", "notebooks", "docs", "benchmarks", "tests"])
def test_whatever_is_imported_is_declared(folder):
    owners = importlib.metadata.packages_distributions()
    run = set(bounds(PROJECT["project"]["dependencies"]))
    test = run | set(bounds(EXTRAS["test"]))
    for module, files in imported(ROOT / folder).items():
        names = {canonicalize_name(name) for name in owners.get(module, [module])}
        if folder in ("tests", "benchmarks"):
            assert names & test, f"{module}, in {sorted(files)}, is not a dependency of the package or its tests"
        elif names & run:
            continue
        else:
            extra, allowed = ONLY_WITH.get(module, ("", set()))
            assert extra and files <= allowed and names & set(bounds(EXTRAS[extra])), f"{module}: {sorted(files)}"

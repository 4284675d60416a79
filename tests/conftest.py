"""What several tests share: the project's own tables, read once."""

import os
import shutil
from pathlib import Path
from unittest import mock

import official_layouts as layouts
import pytest
from ccg import ERA, MONEY
from report_samples import execute, one_at_a_time, write_run

from ccganalysis.analysis import candidates, levers, running_costs
from ccganalysis.data import datapackage, ingest, organisations, schemas
from ccganalysis.data.datapackage import write_text
from ccganalysis.data.official import reading
from ccganalysis.notebooks import nbformat


def pytest_addoption(parser):
    parser.addoption(
        "--every", action="store_true", help="every setting where otherwise each is tried in turn, as CI does"
    )


def pytest_collection_modifyitems(config, items):
    """Tests marked `every` try a rule in settings beside those of another test: left to CI, and to `make test EVERY=1`."""
    if not config.getoption("--every"):
        left = [item for item in items if item.get_closest_marker("every")]
        items[:] = [item for item in items if not item.get_closest_marker("every")]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def every(request) -> bool:
    """Whether every setting is asked for, or each in turn."""
    return request.config.getoption("--every")


@pytest.fixture(scope="session", autouse=True)
def each_file_is_read_once():
    """Tests of data alter one of forty files: one with the same bytes is read once, and checked once if it has no fault."""
    frames, sound, last = {}, set(), [None, None]

    def read_table(path, table):
        if not path.is_file():
            return datapackage.read_table(path, table)
        key = (datapackage.sha256(path), table)
        if key not in frames:
            frames[key] = datapackage.read_table(path, table)
        last[:] = frames[key].copy(deep=False), key
        return last[0]

    def validate(frame, table, file):
        key = (last[1], table) if frame is last[0] else None
        if key in sound:
            return []
        faults = schemas.validate(frame, table, file)
        if key and not faults:
            sound.add(key)
        return faults

    def readable(path):
        key = (datapackage.sha256(path), path.suffix) if path.is_file() else None
        if key in sound:
            return []
        faults = looked_into(path)
        if key and not faults:
            sound.add(key)
        return faults

    looked_into = ingest._readable
    everywhere = mock.patch.object(reading, "read_table", read_table)
    with mock.patch.multiple(ingest, read_table=read_table, validate=validate, _readable=readable), everywhere:
        yield


@pytest.fixture(scope="session")
def tables():
    return ingest.Tables(ERA)


@pytest.fixture(scope="session")
def bodies_2018(tables):
    return organisations.footprint(tables["bodies"], "2018-04-01")


@pytest.fixture(scope="session")
def limits_2018(tables, bodies_2018):
    baseline = running_costs.allowances(tables, "2018-04-01", "per_head_adjusted", ERA)
    return running_costs.limits(baseline, bodies_2018, running_costs.cuts(tables, 0.2, MONEY)["cash"])


@pytest.fixture(scope="session")
def officers_2018(tables, bodies_2018):
    return levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies_2018, ERA.leadership)


@pytest.fixture(scope="session")
def setting_2018(tables):
    return candidates.prepare(tables, "2018-04-01", "per_head_adjusted", 0.2, 2000, 2018, ERA)


@pytest.fixture(scope="session")
def pairs_2018(tables):
    return organisations.neighbours(tables["links"], "2018-04-01")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A project of its own with a copy of the data, which is the one used while the test runs."""
    folder = tmp_path / "project"
    shutil.copytree(layouts.RAW, folder / "data" / "raw")
    monkeypatch.setenv("CCGANALYSIS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder for what all the tests' processes have in common."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"


@pytest.fixture(scope="session")
def executed_page(shared):
    """Gives the executed notebook of a page, each time a new copy; executed once for all the tests' processes."""

    def give(page):
        path = shared / "executed" / f"{page}.ipynb"
        with one_at_a_time(shared / f"making {page.replace('/', ' ')}"):
            if not path.is_file():
                write_text(path, nbformat.writes(execute(page)))
        return nbformat.read(path, as_version=4)

    return give


@pytest.fixture(scope="session")
def whole_run(shared, executed_page):
    """The folder of a whole run, made once: the project's own notebooks, and samples for two more ICSs."""
    folder = shared / "outputs" / "2026-11-22T150405Z"
    with one_at_a_time(shared / "making a run"):
        if not folder.is_dir():
            aside = shared / "run being made" / folder.name
            aside.mkdir(parents=True)
            write_run(aside, executed_page, ("QOP", "QHM"))
            folder.parent.mkdir(parents=True)
            aside.rename(folder)
    return folder

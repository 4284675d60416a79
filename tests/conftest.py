"""What several tests share: the project's own tables, read once."""

import os

import pytest
from ccg import ERA, MONEY
from report_samples import execute

from ccganalysis.analysis import candidates, levers, running_costs
from ccganalysis.data import ingest, organisations
from ccganalysis.data.datapackage import write_text
from ccganalysis.notebooks import nbformat


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


@pytest.fixture(scope="session")
def executed_page(tmp_path_factory):
    """Gives the executed notebook of a page, each time a new copy; executed once for all the tests' processes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "executed"

    def give(page):
        path = folder / f"{page}.ipynb"
        if not path.is_file():
            write_text(path, nbformat.writes(execute(page)))
        return nbformat.read(path, as_version=4)

    return give

"""What several tests share: the project's own tables, read once."""

import pytest

from ccganalysis.analysis import candidates, levers, running_costs
from ccganalysis.data import ingest, organisations


@pytest.fixture(scope="session")
def tables():
    return ingest.Tables()


@pytest.fixture(scope="session")
def bodies_2018(tables):
    return organisations.footprint(tables["bodies"], "2018-04-01")


@pytest.fixture(scope="session")
def limits_2018(tables, bodies_2018):
    baseline = running_costs.allowances(tables, "2018-04-01", "per_head_adjusted")
    return running_costs.limits(baseline, bodies_2018, running_costs.cuts(tables, 0.2)["cash"])


@pytest.fixture(scope="session")
def officers_2018(tables, bodies_2018):
    return levers.officer_groups(tables["shared_leadership"], tables["successors"], bodies_2018)


@pytest.fixture(scope="session")
def setting_2018(tables):
    return candidates.prepare(tables, "2018-04-01", "per_head_adjusted", 0.2, 2000, 2018)


@pytest.fixture(scope="session")
def pairs_2018(tables):
    return organisations.neighbours(tables["links"], "2018-04-01")

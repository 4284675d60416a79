"""The era that the tests of the CCG years are about."""

from ccganalysis.data import ingest

ERA = ingest.era("2018-04-01")
MONEY = ERA.money
OFFICERS_DATE = ERA.leadership.date

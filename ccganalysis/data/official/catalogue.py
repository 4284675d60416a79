"""Where the official files are: what `ccganalysis fetch` can download, and what only a person can find on a page.

Publishers move files; an address that no longer leads to the file is said so when it is tried. A checksum is given
where the bytes are known.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import absence, allowance_2013_14, nhs_digital, nhs_england


@dataclass(frozen=True)
class Publication:
    """One official file: what it is, its address (none if it must be picked from `page` by hand), its checksum."""

    title: str
    page: str
    address: str = ""
    sha256: str = ""
    allowance_years: tuple[str, ...] = ()
    registered_date: str = ""
    staff_months: tuple[str, ...] = ()


def _registered(month: str, date: str, address: str) -> Publication:
    return Publication(
        f"NHS Digital, Patients Registered at a GP Practice, {month} (five-year age groups)",
        f"{nhs_digital.ADDRESS}/{month.lower().replace(' ', '-')}",
        address,
        registered_date=date,
    )


PUBLICATIONS: dict[str, Publication] = {
    "allowances-2014-15": Publication(
        "NHS England, CCG running cost allowances 2014/15 and 2015/16",
        "https://www.england.nhs.uk/2014/02/costs-allowances/",
        allowance_years=("2014/15", "2015/16"),
    ),
    "allowances-2016-17": Publication(
        "NHS England, CCG running cost allowances 2016/17 to 2020/21",
        "https://www.england.nhs.uk/publication/financial-allocations-2016-17-2020-21",
        allowance_years=("2016/17", "2017/18", "2018/19"),
    ),
    "allowances-2019-20": Publication(
        "NHS England, CCG running cost allowances 2019/20 to 2020/21 (spreadsheet)",
        "https://www.england.nhs.uk/allocations/previous/allocations-for-2019-20-to-2023-24/",
        allowance_years=("2019/20", "2020/21"),
    ),
    "allowances-icb": Publication(
        "NHS England, ICB allocations (workbook with running cost allowances)", nhs_england.ADDRESS
    ),
    "allowances-2013-14": Publication(
        "NHS Commissioning Board, CCG running costs allowances 2013/14",
        nhs_england.ADDRESS,
        allowance_2013_14.ADDRESS,
    ),
    "eccg": Publication(
        "NHS Digital, Organisation Data Service, eccg",
        "https://digital.nhs.uk/services/organisation-data-service/data-downloads/other-nhs-organisations",
        "https://files.digital.nhs.uk/assets/ods/current/eccg.zip",
    ),
    "registered-2017-04": _registered(
        "April 2017", "2017-04-01", "https://files.digital.nhs.uk/excel/s/1/gp-reg-pat-prac-quin-age.csv"
    ),
    "registered-2018-04": _registered(
        "April 2018", "2018-04-01", "https://files.digital.nhs.uk/A5/ACF934/gp-reg-pat-prac-quin-age.csv"
    ),
    "registered-2020-04": _registered(
        "April 2020", "2020-04-01", "https://files.digital.nhs.uk/98/764116/gp-reg-pat-prac-quin-age.csv"
    ),
    "registered-2021-04": _registered("April 2021", "2021-04-01", ""),
    "staff-2009-2022": Publication(
        "NHS England, NHS Sickness Absence Rates by organisation, April 2009 to March 2022 (FTE days available)",
        absence.ADDRESS,
        "https://files.digital.nhs.uk/A6/67E0C1/ESR_ABSENCE_CSV_NHSE.csv",
        staff_months=("2020-03-31", "2020-04-30", "2021-03-31", "2021-04-30"),
    ),
    "ccg-to-stp-2021": Publication(
        "ONS, clinical commissioning groups to STPs, April 2021",
        "https://geoportal.statistics.gov.uk/",
        "https://opendata.arcgis.com/api/v3/datasets/a458c272484743aa9caa25619ccbe1ac_0/downloads/data"
        "?format=csv&spatialRefId=4326",
    ),
    "boundaries": Publication("ONS, CCG and ICB boundaries, generalised (BGC)", "https://geoportal.statistics.gov.uk/"),
}

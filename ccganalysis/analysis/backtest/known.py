"""What could be known on the day before a decision."""

from __future__ import annotations

import pandas as pd

from ...data import organisations
from ...data.eras import Era
from ...data.tables import Day, Tables

DEPRIVATION_PUBLISHED = pd.Timestamp("2019-09-26")

NATIONAL_TOTAL_PUBLISHED = pd.Timestamp("2018-12-18")
"""When the indices of deprivation 2019 and the NAO's total of allowances came out."""


def known_before(tables: Tables, date: Day, era: Era) -> dict[str, pd.DataFrame]:
    """The raw tables as they could be had on the day before a decision takes effect: rows dated after it are left out.

    Footprints, lists, links and the history of bodies are of the footprint one year before or older. Residents by age
    are of the newest mid-year published (ONS publishes small areas in the autumn of the year after); practices are
    those of the financial year before the footprint; deprivation, shared officers and the latest national total are
    there only once published. Small areas are counted, not their residents, as their boundaries are of 2011 and people
    are not.
    """
    day = pd.Timestamp(date)
    before = day - pd.DateOffset(years=1)

    def up_to(name: str, column: str = "as_at", last: pd.Timestamp = before) -> pd.DataFrame:
        return tables[name][tables[name][column] <= last]

    ages = tables["resident_population"]
    published = pd.to_datetime((ages["mid_year"] + 1).astype(str) + "-10-31")
    shared, evidence = tables["shared_leadership"], era.leadership
    officers_known = evidence is not None and day > pd.Timestamp(evidence.known_from)
    overlap = up_to("local_authority_overlap")
    changes = up_to("boundary_changes", "effective_date")
    register = up_to("body_register", "open_date")
    footprints = up_to("footprints")
    practices = up_to("practices", "date", before - pd.Timedelta(days=1)).query("source_id == 'PAY'")
    # Successors are wanted from the bodies on which practices were counted too, a year before the footprint.
    dates = {*footprints["as_at"], before - pd.DateOffset(years=1)}
    return {
        "footprints": footprints,
        "registered_population": up_to("registered_population", "date"),
        "resident_population": ages[(ages["as_at"] <= before) & (published < day)],
        "practices": practices[practices["date"] == practices["date"].max()],
        "deprivation": up_to("deprivation") if day > DEPRIVATION_PUBLISHED else tables["deprivation"].iloc[:0],
        "centroids": up_to("centroids"),
        "links": up_to("links"),
        "authorities": up_to("authorities")
        .merge(
            overlap[["as_at", "body_code", "authority_code", "lsoa_count"]], on=["as_at", "body_code", "authority_code"]
        )
        .assign(residents=lambda frame: frame["lsoa_count"]),
        "shared_leadership": shared if officers_known else shared.iloc[:0],
        "successors": organisations.successors(
            register.assign(close_date=register["close_date"].where(register["close_date"] < before)),
            up_to("mergers", "effective_date"),
            changes.assign(residents_moved=changes["lsoas_moved"]),
            overlap.assign(residents=overlap["lsoa_count"]),
            era.begins,
            dates,
        ),
        "allowance_2013_14": tables["allowance_2013_14"],
        "allowance_official": tables["allowance_official"],
        "national_running_costs": _national_known(tables["national_running_costs"], day),
        "water_links": tables["water_links"],
        "levers": tables["levers"],
    }


def _national_known(national: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The totals of allowances as known on a day: before the NAO's of December 2018, the one before is carried on."""
    totals = national[national["measure"].isin(["CCG running cost allowance total", "CCG running cost funding"])]
    if day > NATIONAL_TOTAL_PUBLISHED:
        return totals
    latest = totals["financial_year"] == "2018/19"
    carried = totals[~latest].sort_values("financial_year")["value"].iloc[-1]
    return totals.assign(value=totals["value"].where(~latest, carried))


def bodies_known(known: Tables, before: pd.Timestamp) -> tuple[pd.DataFrame, list[str]]:
    """The footprint with what was known of each body, and the measures on which members can be compared.

    Centroids are of the area (those weighted by people rest on later counts), density is registered people per km².
    """
    frame = organisations.footprint(known["footprints"], before)

    def add(name: str, columns: list[str], rows: pd.DataFrame | None = None) -> None:
        nonlocal frame
        source = known[name] if rows is None else rows
        frame = frame.merge(source[["body_code", *columns]], on="body_code", how="left", validate="one_to_one")

    lists = known["registered_population"]
    lists = lists.assign(list_estimated=lists["basis"].str.contains("estimate"))
    add("registered_population", ["registered_population", "list_estimated"], lists[lists["date"] == before])
    places = known["centroids"][known["centroids"]["as_at"] == before]
    add("centroids", ["area_km2", "easting", "northing"], places)
    frame = frame.rename(columns={"easting": "centroid_easting", "northing": "centroid_northing"})
    frame["density_per_km2"] = frame["registered_population"] / frame["area_km2"]

    counted = before - pd.DateOffset(years=1)
    carried = organisations.to_footprint(known["practices"], known["successors"], counted, before, ["practices"])
    add("practices", ["practices"], carried.reset_index())
    frame["list_size"] = frame["registered_population"] / frame["practices"]
    compared = ["density_per_km2", "list_size"]

    ages = known["resident_population"].dropna(subset="residents_age_0_4")
    ages = ages[ages["as_at"] == before]
    if len(ages):
        ages = ages[ages["mid_year"] == ages["mid_year"].max()]
        older = ages[["residents_age_65_74", "residents_age_75_84", "residents_age_85_plus"]].sum(axis=1)
        add("resident_population", ["aged_65_plus_share"], ages.assign(aged_65_plus_share=older / ages["residents"]))
        compared.append("aged_65_plus_share")
    deprived = known["deprivation"][known["deprivation"]["as_at"] == before]
    if len(deprived):
        add("deprivation", ["imd_average_score"], deprived)
        compared.append("imd_average_score")
    return frame, compared

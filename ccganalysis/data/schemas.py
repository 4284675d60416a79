"""What each table holds: its columns, its key, and the rules its rows must satisfy.

One statement serves all: `datapackage.json` is described from it, files are read by it, and pandera checks it.
Columns are defined in `columns`; a table adds only which of them it has, which may be blank, and what is unique.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .. import wording
from ..errors import Fault, nearest, row_number
from . import eras
from .columns import COLUMNS


@dataclass(frozen=True)
class Table:
    """One tidy table: a title, its columns in order, the key that identifies a row, and columns that may be blank."""

    title: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    blank: frozenset[str] = frozenset()

    def fields(self) -> list[dict[str, Any]]:
        """The Frictionless field descriptors of the columns."""
        return [_field(name, required=name not in self.blank) for name in self.columns]

    def schema(self) -> dict[str, Any]:
        """The Frictionless schema of the table as a CSV file."""
        return {"fields": self.fields(), "primaryKey": list(self.key), "missingValues": [""]}


def _table(title: str, columns: str, key: str, blank: str = "") -> Table:
    return Table(title, tuple(columns.split()), tuple(key.split()), frozenset(blank.split()))


def _plainly(text: str) -> str:
    """A heading in the words of every era, as a table may hold several."""
    told: str = wording.spoken(text, eras.PLAIN.model_dump())
    return told


def _field(name: str, required: bool) -> dict[str, Any]:
    column = COLUMNS[name]
    field: dict[str, Any] = {"name": name, "type": column.type, "title": _plainly(column.label)}
    if column.description:
        field["description"] = _plainly(column.description)
    if column.unit:
        field["unit"] = column.unit
    constraints: dict[str, Any] = {"required": True} if required else {}
    for rule in ("pattern", "minimum", "maximum"):
        if getattr(column, rule) is not None:
            constraints[rule] = getattr(column, rule)
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    if constraints:
        field["constraints"] = constraints
    return field


_AGES = " ".join(name for name in COLUMNS if name.startswith("residents_age_"))

RAW: dict[str, Table] = {
    "body_register": _table(
        "Every CCG and ICB that ever existed: dates, successor, region",
        "body_code body_name open_date close_date end_reason successor_code icb_code icb_name"
        " region_code region_gss_code region_name region_basis",
        key="body_code",
        blank="close_date end_reason successor_code icb_code icb_name",
    ),
    "footprints": _table(
        "Bodies in force on the 1 April of each footprint, and their area",
        "as_at body_code body_gss_code body_name lsoa_count area_code area_gss_code area_name region_code region_name",
        key="as_at body_code",
    ),
    "mergers": _table(
        "Every merger of CCGs and of ICBs, and the passage of CCGs into ICBs in July 2022",
        "effective_date event predecessor_code predecessor_name predecessor_gss_code successor_code successor_name"
        " successor_gss_code predecessor_count lsoas_to_successor lsoa_count share_of_people_to_successor",
        key="effective_date predecessor_code",
        blank="lsoas_to_successor lsoa_count share_of_people_to_successor",
    ),
    "boundary_changes": _table(
        "Moves of small areas between bodies that are not mergers",
        "effective_date from_code from_name to_code to_name lsoas_moved lsoa_count residents_moved",
        key="effective_date from_code to_code",
    ),
    "merger_attempts": _table(
        "Mergers planned and not completed on the date planned",
        "attempted body_codes areas event outcome source",
        key="attempted body_codes",
    ),
    "ics_status": _table(
        "When each STP footprint became an area",
        "area_code ics_gss_code_2019 ics_name_2019 ics_gss_code_2021 ics_name_2021 body_count_2018 body_count_2021"
        " wave announced ics_in_november_2018 coverage basis source note",
        key="area_code",
        blank="coverage note",
    ),
    "ics_named_november_2018": _table(
        "The 14 areas of November 2018",
        "order area_name area_code coverage wave source",
        key="order",
    ),
    "body_ics_november_2018": _table(
        "Whether each of the 195 CCGs was in one of the 14 areas of November 2018",
        "body_code body_name area_code area_name in_ics_november_2018 note",
        key="body_code",
        blank="note",
    ),
    "shared_leadership": _table(
        "Bodies that shared an officer, and when that was known",
        "as_at group_code body_code body_name shared_from sharing sharing_as_recorded confidence source note",
        key="as_at group_code body_code",
        blank="note shared_from",
    ),
    "shared_leadership_national": _table(
        "Published national counts of bodies sharing an accountable officer",
        "period sharing_count body_count share source note",
        key="period",
        blank="sharing_count share note",
    ),
    "local_authority_overlap": _table(
        "Residents of each body by lower-tier local authority",
        "as_at body_code body_gss_code body_name authority_code authority_name lsoa_count share_of_body_lsoas"
        " share_of_authority_lsoas residents share_of_body_residents share_of_authority_residents",
        key="as_at body_code authority_code",
    ),
    "upper_tier_authorities": _table(
        "The upper-tier authority of each lower-tier authority",
        "authority_code authority_name upper_tier_code upper_tier_name basis",
        key="authority_code",
    ),
    "strategic_authorities": _table(
        "The strategic authority of each lower-tier authority that is in one, or is to be, 2024 to 2026",
        "authority_code authority_name strategic_code strategic_name strategic_status",
        key="authority_code",
        blank="strategic_code",
    ),
    "acute_trust_catchments": _table(
        "Acute trusts: where their emergency patients live, and how many they had in 2024/25, by ICB of 2024",
        "trust_code trust_name host_icb_code icb_code share_of_trust_admissions emergency_admissions major_attendances",
        key="trust_code icb_code",
        blank="emergency_admissions major_attendances",
    ),
    "patient_flows": _table(
        "Emergency admissions of 2024/25 by the patients' ICB and that of the trust, modelled from catchments",
        "icb_code host_icb_code emergency_admissions share_of_icb_admissions kind",
        key="icb_code host_icb_code",
    ),
    "sub_icb_locations": _table(
        "Sub-ICB locations of July 2022 (the last CCGs) and their ICB",
        "body_code sub_icb_gss_code_2022 sub_icb_gss_code_2024 sub_icb_name body_gss_code_2021 body_name_2021"
        " icb_code icb_gss_code_2022 icb_gss_code_2024 icb_name icb_name_2024",
        key="body_code",
    ),
    "registered_population": _table(
        "Patients registered with GP practices, by body and date",
        "body_code body_gss_code body_name date boundary registered_population basis source_id",
        key="date body_code",
        blank="body_gss_code",
    ),
    "gp_payments": _table(
        "Registered and weighted patients and practices, NHS Payments to General Practice",
        "financial_year body_code body_name registered_population weighted_population practices"
        " registered_including_closed",
        key="financial_year body_code",
    ),
    "resident_population": _table(
        "Residents by ten age bands on the boundaries of each footprint",
        f"as_at body_code body_gss_code body_name mid_year residents {_AGES} source_id",
        key="as_at mid_year body_code",
        blank=_AGES,
    ),
    "practices": _table(
        "GP practices per body",
        "body_code date practices basis source_id",
        key="date body_code",
    ),
    "deprivation": _table(
        "English indices of deprivation 2019 by body",
        "as_at body_code body_gss_code body_name imd_residents lsoa_count imd_average_score imd_average_rank"
        " share_of_lsoas_most_deprived_tenth share_of_residents_most_deprived_fifth",
        key="as_at body_code",
    ),
    "icb_registered_population": _table(
        "Patients registered with GP practices, by ICB",
        "icb_code icb_gss_code_2024 icb_name date registered_population sub_icb_count source_id",
        key="date icb_code",
        blank="icb_gss_code_2024 sub_icb_count",
    ),
    "allowance_2013_14": _table(
        "Published running cost allowance of all 211 CCGs, 2013/14",
        "body_code body_name financial_year allowance_gbp registered_population adjusted_population"
        " commissioning_region pct_cluster allowance_gbp_per_head kind",
        key="body_code",
    ),
    "national_running_costs": _table(
        "National totals and rates of commissioners' running costs",
        "financial_year measure value value_low value_high unit kind kind_as_recorded source source_address note",
        key="financial_year measure source",
        blank="value value_low value_high source_address note",
    ),
    "running_cost_observations": _table(
        "Running costs of single bodies as councils and the press gave them",
        "bodies body_codes period measure value unit kind kind_as_recorded source source_address note",
        key="bodies period measure",
        blank="note",
    ),
    "core_allocation": _table(
        "Core, primary medical and specialised allocations 2019/20 to 2022/23",
        "body_code body_name area_code area_name financial_year registered_population core_allocation_gbp"
        " primary_medical_allocation_gbp specialised_allocation_gbp core_weighted_population"
        " primary_medical_weighted_population specialised_weighted_population",
        key="financial_year body_code",
    ),
    "gdp_deflator": _table(
        "Implied GDP deflator by financial year",
        "financial_year index_q2 index_q3 index_q4 index_q1_next gdp_deflator_index kind",
        key="financial_year",
    ),
    "levers": _table(
        "What could close the gap: low, central and high value of every quantity, for the user to edit",
        "lever quantity formula low central high unit kind source note",
        key="quantity",
        blank="source note",
    ),
    "lever_evidence": _table(
        "Published figures on the levers of running cost reduction",
        "era lever measure value unit period coverage kind kind_as_recorded source source_address note",
        key="era lever measure",
        blank="note",
    ),
    "merger_saving_evidence": _table(
        "What mergers were said to release",
        "merger bodies_before bodies_after saving_gbp share_of_running_cost saving_per_body_removed_gbp scope kind"
        " source note",
        key="merger",
        blank="bodies_before bodies_after saving_gbp share_of_running_cost note",
    ),
    "reorganisation_costs": _table(
        "One-off cost and annual saving of earlier reorganisations",
        "reorganisation one_off_cost_gbp_low one_off_cost_gbp_high annual_saving_gbp_low annual_saving_gbp_high"
        " posts redundancy_gbp_per_post kind source note",
        key="reorganisation",
        blank="one_off_cost_gbp_low one_off_cost_gbp_high annual_saving_gbp_low annual_saving_gbp_high posts"
        " redundancy_gbp_per_post note",
    ),
    "staff": _table(
        "Staff of commissioners in full-time equivalents, by staff group",
        "date body_code staff_group staff_fte source_id",
        key="date body_code staff_group",
        blank="staff_fte",
    ),
    "managers": _table(
        "Managers and senior managers of CCGs in full-time equivalents, each 30 September",
        "date body_code managers_fte source_id",
        key="date body_code",
    ),
    "support_unit_staff": _table(
        "Staff of commissioning support units in full-time equivalents, by month",
        "date unit_code unit_name staff_fte source_id",
        key="date unit_code",
    ),
    "staff_breaks": _table(
        "Dates from which a body's staff are not comparable with those before, for the user to edit",
        "date body_code note source",
        key="date body_code",
    ),
    "clusters": _table(
        "Which ICBs share a leadership team, will merge or stand alone, October 2025",
        "body_code body_name cluster_name cluster_kind source",
        key="body_code",
    ),
    "policy_events": _table(
        "Dated events of the reorganisation of ICBs in 2025",
        "date event kind source",
        key="date event",
    ),
    "policy_facts": _table(
        "What was asked of ICBs in 2025 to 2027: the cap, the rules for footprints, redundancies, mergers",
        "topic fact value unit period kind status source",
        key="topic fact",
        blank="value unit",
    ),
    "cost_observations": _table(
        "What ICBs' staff, redundancies and plans cost, as papers and the press gave it in 2025",
        "bodies body_codes financial_year measure value unit kind note source",
        key="bodies measure",
        blank="note",
    ),
    "prescribing": _table(
        "Prescribing measures on the 106 bodies of April 2021, 2019/20 to 2022/23",
        "measure body_code financial_year months numerator denominator",
        key="measure body_code financial_year",
    ),
    "prescribing_measures": _table(
        "The prescribing measures and what they count",
        "measure measure_title",
        key="measure",
    ),
    "icb_allowance": _table(
        "Running cost allowances of 42 ICBs, 2023/24 to 2025/26",
        "region_code region_name icb_code icb_name population_2023_24 population_2024_25 population_2025_26"
        " allowance_2023_24_gbp allowance_2024_25_gbp allowance_2025_26_first_gbp allowance_2025_26_gbp"
        " cost_cap_2025_26_gbp",
        key="icb_code",
    ),
    "adjacency": _table(
        "Bodies that share a land border of more than a point (rook contiguity)",
        "as_at body_code_a body_code_b shared_border_km share_of_a_perimeter share_of_b_perimeter",
        key="as_at body_code_a body_code_b",
    ),
    "water_pairs": _table(
        "Bodies that face each other across water",
        "as_at body_code_a body_code_b body_name_a body_name_b shared_border_km touch_at_point min_gap_km"
        " water_facing_km note",
        key="as_at body_code_a body_code_b",
        blank="note",
    ),
    "water_links": _table(
        "Crossings that may count as a border between bodies (water_links = listed), for the user to edit",
        "body_code_a body_code_b crossing kind",
        key="body_code_a body_code_b",
    ),
    "criteria": _table(
        "The criteria for a merger in each era, for the user to edit",
        "era criterion wording version source judged measured_by verified",
        key="era criterion",
        blank="measured_by",
    ),
    "centroids": _table(
        "Area, centroids and neighbours of each body",
        "as_at body_code body_gss_code body_name easting northing longitude latitude inside_easting"
        " inside_northing centroid_easting centroid_northing area_km2 perimeter_km shared_border_km"
        " neighbour_count lsoa_count residents",
        key="as_at body_code",
        blank="body_gss_code",
    ),
}
"""The tables of `data/raw/`."""

OPTIONAL: dict[str, Table] = {
    "allowance_official": _table(
        "Running cost allowances that NHS England published, by body and year: they replace modelled ones",
        "body_code financial_year allowance_gbp kind source",
        key="body_code financial_year",
    ),
    "outturn": _table(
        "What bodies spent on running costs, by year",
        "body_code financial_year outturn_gbp kind source",
        key="body_code financial_year",
    ),
    "criteria_evidence": _table(
        "What was decided on a criterion for a merged body: evidence for judgements",
        "body_codes criterion date document decided_by outcome",
        key="body_codes criterion date",
    ),
}
"""Tables of `data/raw/` that are there once somebody adds the official file; until then they are empty."""

PROCESSED: dict[str, Table] = {
    "bodies": _table(
        "Bodies in force on each footprint date with people, place and area",
        "as_at body_code body_gss_code body_name area_code area_gss_code area_name region_code region_name"
        " registered_population registered_on registered_population_kind residents mid_year aged_65_plus_share practices list_size"
        " imd_average_score area_km2 density_per_km2 easting northing centroid_easting centroid_northing",
        key="as_at body_code",
    ),
    "successors": _table(
        "Where the people of the bodies of each date went, on every later footprint",
        "from_date body_code as_at successor_code share_of_people_to_successor kind",
        key="from_date body_code as_at successor_code",
    ),
    "links": _table(
        "Neighbouring bodies on each footprint: rook contiguity and water pairs",
        "as_at body_code_a body_code_b link shared_border_km min_gap_km note",
        key="as_at body_code_a body_code_b",
        blank="min_gap_km note",
    ),
    "quality": _table(
        "What ingest checked, what it expected and what it found",
        "check expected found passed source",
        key="check",
    ),
    "authorities": _table(
        "Residents of each body by lower-tier and upper-tier local authority",
        "as_at body_code authority_code authority_name upper_tier_code upper_tier_name residents",
        key="as_at body_code authority_code",
    ),
}
"""The tables of `data/processed/` that ingest makes by joining; the others there are raw tables, typed and checked."""

TABLES = {**RAW, **OPTIONAL, **PROCESSED}


def validate(frame: pd.DataFrame, table: Table, file: str) -> list[Fault]:
    """Every row of `frame` that breaks a rule of `table`, as faults with the file's row (heading = 1) and column.

    `frame` is typed already (see `datapackage.read_table`) and has a default index.
    """
    # pandera takes half a second to import and only ingest and `check` need it.
    import pandera.pandas as pa

    checks = {}
    for name in table.columns:
        column, rules = COLUMNS[name], []
        if column.pattern:
            rules.append(pa.Check.str_matches(rf"({column.pattern})\Z", error=f"must look like {column.pattern}"))
        if column.minimum is not None:
            rules.append(pa.Check.ge(column.minimum, error=f"must not be below {column.minimum:g}"))
        if column.maximum is not None:
            rules.append(pa.Check.le(column.maximum, error=f"must not be above {column.maximum:g}"))
        if column.allowed:
            rules.append(pa.Check.isin(column.allowed, error="must be one of " + ", ".join(column.allowed)))
        checks[name] = pa.Column(checks=rules, nullable=name in table.blank)
    try:
        pa.DataFrameSchema(checks).validate(frame, lazy=True)
        faults = []
    except pa.errors.SchemaErrors as failure:
        faults = [_fault(case, file) for case in failure.failure_cases.to_dict("records")]
    return faults + _repeated(frame, table, file)


def _fault(case: Mapping[Any, Any], file: str) -> Fault:
    index = case["index"]
    row = 0 if index is None or pd.isna(index) else row_number(index)
    if case["check"] == "not_nullable":
        return Fault(file, "must not be blank", row, str(case["column"]))
    value, allowed = str(case["failure_case"]), COLUMNS[case["column"]].allowed
    remedy = f"The nearest is {nearest(value, allowed)!r}." if allowed else ""
    return Fault(file, str(case["check"]), row, str(case["column"]), value, remedy)


def _repeated(frame: pd.DataFrame, table: Table, file: str) -> list[Fault]:
    repeats = frame[frame.duplicated(list(table.key))]
    return [
        Fault(
            file,
            f"repeats an earlier row with the same {', '.join(table.key)}",
            row_number(index),
            value=", ".join(str(row[name]) for name in table.key),
            remedy="Keep one of the two.",
        )
        for index, row in repeats.iterrows()
    ]

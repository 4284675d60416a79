"""The codebook: every column name in the project, once, with its type, unit and meaning.

Tables (`schemas`), the data package, the notebooks' tables and the charts' axes all take their labels and
units from here, so that one thing has one name everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .measures import BASELINES, RANKINGS

KINDS = ("published", "reported", "derived", "modelled", "assumed")
"""Where a figure comes from: printed by its publisher; quoted by the press or a council; arithmetic on published
figures; the output of one of our models; or an assumption of ours or the user's."""

RELEASED = ("per body removed", "per body kept", "per officer shared", "share of baseline")
SPENT = ("spent per body kept", "spent share of baseline")
PART_OF_SPENT, HAD_ALREADY = "share of what is spent", "share had already"
FORMULAS = (*RELEASED, *SPENT, PART_OF_SPENT, HAD_ALREADY)
"""How a row of `levers.csv` enters its lever: what is released, or what is spent and the part of it that is released,
or the part of a merger's saving that bodies under one accountable officer have had (`levers.released`)."""

MERGER_QUANTITIES = {"saving_per_body_removed_gbp": "per body removed", "share_already_harvested": HAD_ALREADY}
"""The two quantities that the test of a merger alone takes by name, with their formulas (`levers.released_by_merger`)."""

BORDER_MEASURES = ("floor", "guideline", "acute trusts", "strategic authorities", "size")
"""What a criterion can be measured by in an era that asks it of borders and size (`eras.Borders`)."""

CRITERION_MEASURES = (
    "local authorities",
    "finance",
    "shared officers",
    "commissioning support",
    "footprint",
    "running cost released",
    "critical mass",
    "engagement",
    *BORDER_MEASURES,
)
"""What a criterion can be measured by (`criteria.MEASURES`)."""

CRITERION_OUTCOMES = ("met", "met in part", "not met")
"""What evidence may decide of a criterion."""

ALL_STAFF = "All staff groups"
STAFF_GROUPS = (
    ALL_STAFF,
    "HCHS doctors",
    "Nurses & health visitors",
    "Midwives",
    "Ambulance staff",
    "Scientific, therapeutic & technical staff",
    "Support to doctors, nurses & midwives",
    "Support to ambulance staff",
    "Support to ST&T staff",
    "Central functions",
    "Hotel, property & estates",
    "Senior managers",
    "Managers",
    "Unknown classification",
)
"""The staff groups of NHS workforce statistics: the first is the total, each other one a part of it and of no other."""

CLUSTER_KINDS = ("cluster", "merger in April 2026", "change of borders in April 2026", "stands alone")
"""What an ICB was in by October 2025; a cluster shares a leadership team and is not a merger."""

WITHHELD_DAYS = 330
"""FTE days available in a month, at or under which the publisher of absence prints nothing: about eleven people."""

BODY_CODE = r"[A-Z0-9]{3,9}"
"""Any code of a body or an area; those of an era are declared in `eras.toml` (`checks.of_their_era`)."""

GSS_CODE = r"[EJ]\d{8}"
FINANCIAL_YEAR = r"\d{4}/\d{2}"


@dataclass(frozen=True)
class Column:
    """What a column holds: a short label for readers, a Frictionless type, a unit and the values allowed."""

    label: str
    type: str = "string"
    unit: str = ""
    description: str = ""
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    decimals: int | None = 0
    """Digits after the point in tables; None for columns whose rows have different units."""

    @property
    def heading(self) -> str:
        """The label with its unit, for a table heading or an axis."""
        unit = "%" if self.unit == "share" else self.unit
        return f"{self.label} ({unit})" if unit else self.label


def _text(label: str, description: str = "", **rules: Any) -> Column:
    return Column(label, "string", "", description, **rules)


def _count(label: str, description: str = "", unit: str = "", **rules: Any) -> Column:
    return Column(label, "integer", unit, description, minimum=rules.pop("minimum", 0), **rules)


def _people(label: str, description: str = "") -> Column:
    return Column(label, "integer", "people", description, minimum=0)


def _share(label: str, description: str = "") -> Column:
    return Column(label, "number", "share", description, minimum=0, maximum=1.000001, decimals=3)


def _number(label: str, unit: str = "", description: str = "", decimals: int | None = 2, **rules: Any) -> Column:
    return Column(label, "number", unit, description, decimals=decimals, **rules)


def _gbp(label: str, description: str = "", **rules: Any) -> Column:
    return Column(label, "number", "£", description, **rules)


def _date(label: str, description: str = "") -> Column:
    return Column(label, "date", "", description)


_INTERVAL = (("", ""), ("_low", ", 95% interval, low"), ("_high", ", 95% interval, high"))
_CASES = (("", ""), ("_low", ", low"), ("_high", ", high"))
_RANKED_BY = {name: one.heading for name, one in RANKINGS.items()} | {
    name: heading for name, (_, heading) in BASELINES.items()
}

COLUMNS: dict[str, Column] = {
    # --- organisations ---
    "as_at": _date("Footprint date", "1 April on which the bodies and their boundaries were in force"),
    "from_date": _date("Counted on", "Date on which the first bodies were in force"),
    "body_code": _text("Body code", "ODS code of a commissioner", pattern=BODY_CODE),
    "body_gss_code": _text("GSS code", "Nine-character ONS code of the body", pattern=GSS_CODE),
    "body_name": _text("Body", "Name of the commissioner"),
    "open_date": _date("Open from"),
    "close_date": _date("Open until", "Last day of legal existence; blank while open"),
    "end_reason": _text("Why it ended"),
    "successor_code": _text("Successor code", "ODS code of the body that took over", pattern=BODY_CODE),
    "successor_name": _text("Successor"),
    "successor_gss_code": _text("Successor GSS code", pattern=GSS_CODE),
    "predecessor_code": _text("Predecessor code", pattern=BODY_CODE),
    "predecessor_name": _text("Predecessor"),
    "predecessor_gss_code": _text("Predecessor GSS code", pattern=GSS_CODE),
    "predecessor_count": _count("Predecessors", "Bodies that went into the successor"),
    "body_code_a": _text("First body", "The pair is listed once, lower code first", pattern=BODY_CODE),
    "body_code_b": _text("Second body", pattern=BODY_CODE),
    "body_name_a": _text("First body's name"),
    "body_name_b": _text("Second body's name"),
    "body_codes": _text("Body codes", "ODS codes separated by spaces"),
    "bodies": _text("Bodies"),
    "body_count": _count("Bodies"),
    "area_code": _text("{area} code", "ODS code of the area inside which bodies may merge", pattern=BODY_CODE),
    "area_gss_code": _text("{area} GSS code", pattern=GSS_CODE),
    "area_name": _text("{area}", "Name of the area at that date"),
    "ics_name_2019": _text("Name in April 2019"),
    "ics_name_2021": _text("Name in April 2021"),
    "ics_gss_code_2019": _text("GSS code in April 2019", pattern=GSS_CODE),
    "ics_gss_code_2021": _text("GSS code in April 2021", pattern=GSS_CODE),
    "body_count_2018": _count("Bodies in April 2018"),
    "body_count_2021": _count("Bodies in April 2021"),
    "wave": _text("Wave of designation"),
    "announced": _text("Announced as {area}", "Year, month or day as published"),
    "ics_in_november_2018": _text("ICS in November 2018", allowed=("yes", "no", "part")),
    "coverage": _text("Part of the footprint covered"),
    "in_ics_november_2018": _text("Body in one of the 14 {areas} of November 2018", allowed=("yes", "no")),
    "order": _count("Order"),
    "region_code": _text("Region code", pattern=r"Y\d{2}"),
    "region_gss_code": _text("Region GSS code", pattern=r"E4\d{7}"),
    "region_name": _text("Region", "One of the seven NHS England regions of April 2019, carried back"),
    "region_basis": _text("How the region was assigned"),
    "icb_code": _text("ICB code", pattern=r"Q[A-Z0-9]{2}|[A-Z][0-9][A-Z][0-9][A-Z]"),
    "icb_name": _text("ICB"),
    "icb_name_2024": _text("ICB name in April 2024"),
    "icb_gss_code_2022": _text("ICB GSS code, July 2022", pattern=GSS_CODE),
    "icb_gss_code_2024": _text("ICB GSS code, April 2024", pattern=GSS_CODE),
    "sub_icb_gss_code_2022": _text("Sub-ICB GSS code, July 2022", pattern=GSS_CODE),
    "sub_icb_gss_code_2024": _text("Sub-ICB GSS code, April 2024", pattern=GSS_CODE),
    "sub_icb_name": _text("Sub-ICB location"),
    "body_gss_code_2021": _text("GSS code in April 2021", pattern=GSS_CODE),
    "body_name_2021": _text("Body in April 2021"),
    "effective_date": _date("Takes effect"),
    "event": _text("Event"),
    "topic": _text("Topic"),
    "fact": _text("Fact"),
    "attempted": _text("When attempted", "Year or month as reported"),
    "areas": _text("Areas"),
    "outcome": _text("Outcome"),
    "from_code": _text("From body", pattern=BODY_CODE),
    "from_name": _text("From body's name"),
    "to_code": _text("To body", pattern=BODY_CODE),
    "to_name": _text("To body's name"),
    "lsoa_count": _count("LSOAs", "Lower layer super output areas of 2011"),
    "lsoas_moved": _count("LSOAs moved"),
    "lsoas_to_successor": _count("LSOAs that went to the successor"),
    "share_of_people_to_successor": _share("Share of residents that went to the successor"),
    "group_code": _text("Leadership group", "Bodies under one {officer}"),
    "shared_from": _text("Shared from", "As reported"),
    "sharing": _text(
        "Shares {an_officer}",
        "sourced: a source says so; probable: inferred; unknown: no evidence either way; no: a source says it did not",
        allowed=("sourced", "probable", "unknown", "no"),
    ),
    "sharing_as_recorded": _text("Sharing, as recorded"),
    "confidence": _text("Confidence"),
    "period": _text("Period"),
    "sharing_count": _count("Bodies sharing an officer"),
    "share": _share("Share"),
    "authority_code": _text("Authority code", "Lower-tier or unitary local authority", pattern=r"E0\d{7}"),
    "authority_name": _text("Local authority"),
    "upper_tier_code": _text("Upper-tier code", "County, unitary, metropolitan or London borough", pattern=r"E\d{8}"),
    "upper_tier_name": _text("Upper-tier authority"),
    "strategic_code": _text("Strategic authority's code", "Blank: it had none yet", pattern=r"E(47|61)\d{6}"),
    "strategic_name": _text("Strategic authority"),
    "strategic_status": _text("Status of the strategic authority"),
    "share_of_body_lsoas": _share("Share of the body's LSOAs"),
    "share_of_authority_lsoas": _share("Share of the authority's LSOAs"),
    "share_of_body_residents": _share("Share of the body's residents"),
    "share_of_authority_residents": _share("Share of the authority's residents"),
    # --- alignment ---
    "state": _text("State", "Of a body on the {area} map: it equals {an_area}, is within one, or crosses a border"),
    "share_of_body_in_area": _share("Share of the body's people in this {area}"),
    "share_of_area_in_body": _share("Share of the {area}'s people in this body"),
    "largest_body_code": _text("Largest body's code", pattern=BODY_CODE),
    "largest_body_name": _text("Largest body"),
    "largest_body_share": _share("{area}'s people in its largest body"),
    "aligned": _text("One body", "yes where one body equals the {area}", allowed=("yes", "no")),
    "bodies_crossing": _count("Bodies crossing its border"),
    "mergers_needed": _count("Mergers needed", "{areas} with several bodies: one merger each would do"),
    "bodies_to_remove": _count("Bodies to remove", "Bodies less one in each {area}: what those mergers would remove"),
    "area_count": _count("{areas}"),
    "area_aligned": _count("{areas} with one body"),
    "people_aligned": _people("People in aligned bodies", "Registered with practices of a body that equals its {area}"),
    "share_of_people_aligned": _share("People in aligned bodies, share"),
    "effect": _text(
        "Effect", "completed: the {area} now has one body; advanced: fewer; crossed: members of several {areas}"
    ),
    "area_count_before": _count("{areas} its members came from"),
    "area_names_before": _text("{areas} before"),
    "bodies_left": _count("Bodies left in the {area}"),
    "upper_tier_count": _count("Upper-tier authorities"),
    "upper_tier_whole": _count("Upper-tier authorities wholly inside"),
    "upper_tier_split": _count("Upper-tier authorities split"),
    "share_in_whole_upper_tier_authorities": _share("Residents in upper-tier authorities wholly inside"),
    "lower_tier_count": _count("Lower-tier authorities"),
    "lower_tier_whole": _count("Lower-tier authorities wholly inside"),
    "lower_tier_split": _count("Lower-tier authorities split"),
    "share_in_whole_lower_tier_authorities": _share("Residents in lower-tier authorities wholly inside"),
    "unit_count": _count("Parts"),
    "units": _text("Split between"),
    "residents_outside": _people("Residents outside the main part"),
    "share_outside": _share("Residents outside the main part, share"),
    "share_of_upper_tier_authority_together": _share(
        "Upper-tier authority together",
        "On average over residents: share of their authority's residents in the same unit",
    ),
    "share_of_lower_tier_authority_together": _share("Lower-tier authority together"),
    "share_whole_before": _share("In whole upper-tier authorities before"),
    "share_whole_after": _share("In whole upper-tier authorities after"),
    "share_whole_change": Column("Change", "number", "share", decimals=3),
    "together_before": _share("Authority together before"),
    "together_after": _share("Authority together after"),
    "upper_tier_split_after": _count("Upper-tier authorities split after"),
    "stp_name": _text("STP"),
    "stp_body_count": _count("Bodies in the STP"),
    "sharing_basis": _text("Counted as sharing"),
    "group_name": _text("Group"),
    "area_names": _text("{areas}"),
    "successor_count": _count("Bodies they became"),
    "followed": _text("What followed"),
    "reported": _text("Reported"),
    "partition_a": _text("Partition"),
    "partition_b": _text("Compared with"),
    "parts_a": _count("Parts of the first"),
    "parts_b": _count("Parts of the second"),
    "adjusted_rand": _number("Adjusted Rand index", "1 is identical, 0 is chance", decimals=2),
    "variation_of_information_bits": _number("Variation of information", "bits", decimals=2),
    "scenario": _count("Scenario"),
    "page": _text("Page", "Where the report is in its run"),
    "report_name": _text("Report"),
    "result": _text("Key result, by name"),
    "result_words": _text("Key result"),
    "check": _text("Check"),
    "expected": _text("Expected"),
    "found": _text("Found"),
    "passed": _text("Passed", allowed=("yes", "no", "look at")),
    # --- people ---
    "date": _date("Date"),
    "mid_year": _count("Mid-year", "30 June of this year"),
    "boundary": _text("Boundaries"),
    "registered_population": _people("Registered population", "Patients registered with GP practices"),
    "registered_on": _date("Registered on", "Day of the lists of patients"),
    "registered_population_kind": _text("Kind of registered population", allowed=KINDS),
    "registered_including_closed": _people("Registered, closed practices included"),
    "weighted_population": _people("Weighted patients", "NHS Payments to General Practice"),
    "adjusted_population": _people(
        "ONS-adjusted registered population", "Registered lists constrained to ONS projections: the allowance's basis"
    ),
    "residents": _people("Residents", "ONS mid-year estimate"),
    "residents_moved": _people("Residents moved", "ONS estimate: mid-2019 until 2022, mid-2020 in 2026"),
    "imd_residents": _people("Residents, mid-2015", "Denominator of the 2019 indices of deprivation"),
    **{
        f"residents_age_{ages}": _people(f"Residents aged {ages.replace('_', ' to ').replace(' to plus', ' and over')}")
        for ages in ("0_4", "5_14", "15_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75_84", "85_plus")
    },
    "practices": _count("GP practices"),
    "basis": _text("How the figure was made"),
    "source_id": _text("Source", "Key to the sources of the data package"),
    "sub_icb_count": _count("Sub-ICB locations"),
    "imd_average_score": _number("Deprivation score", "IMD 2019", "Population-weighted average score", 1),
    "imd_average_rank": _number("Deprivation rank", "IMD 2019 average rank", "Higher is more deprived", 0),
    "share_of_lsoas_most_deprived_tenth": _share("LSOAs in the most deprived tenth"),
    "share_of_residents_most_deprived_fifth": _share("Residents in the most deprived fifth"),
    "aged_65_plus_share": _share("Residents aged 65 and over"),
    "list_size": _number("List size", "people per practice", decimals=0),
    "density_per_km2": _number("Density", "residents per km²", decimals=0),
    # --- patients ---
    "trust_code": _text("Trust code", "ODS code of an acute trust", pattern=r"R[A-Z0-9]{2}"),
    "trust_name": _text("Acute trust"),
    "host_icb_code": _text("ICB of the trust", "ICB in which the trust is counted", pattern=r"Q[A-Z0-9]{2}"),
    "share_of_trust_admissions": _share("Share of the trust's admissions", "Of patients who live in the ICB"),
    "emergency_admissions": _number("Emergency admissions 2024/25", "admissions", decimals=0, minimum=0),
    "major_attendances": _number("Attendances at major A&E 2024/25", "attendances", "Type 1", 0, minimum=0),
    "share_of_icb_admissions": _share("Share of the ICB's admissions", "Of its patients' emergency admissions"),
    # --- staff ---
    "staff_group": _text("Staff group", allowed=STAFF_GROUPS),
    "staff_fte": _number(
        "Staff", "FTE", "Full-time equivalents employed; blank: withheld by the publisher as small", 1, minimum=0
    ),
    "managers_fte": _number("Managers and senior managers", "FTE", "Full-time equivalents", 1, minimum=0),
    "unit_code": _text("Unit code", "ODS code of a commissioning support unit", pattern=BODY_CODE),
    "unit_name": _text("Commissioning support unit"),
    "posts": _count("Posts", "Posts closed, as reported"),
    "redundancy_gbp_per_post": _gbp("Redundancy per post", "As reported", minimum=0),
    "cluster_name": _text("Cluster", "ICBs under one leadership team; an ICB alone has its own name"),
    "cluster_kind": _text("What it is in", allowed=CLUSTER_KINDS),
    "all_staff_fte": _number("All staff", "FTE", "Full-time equivalents of every staff group", 1, minimum=0),
    "staff_per_100000": _number("Staff per 100,000 registered people", "FTE", "", 1, minimum=0),
    "staff_state": _text(
        "Whose staff",
        "its own; host of others: at least twice the median per head; employed elsewhere: under 15 FTE; break declared",
    ),
    "staff_counted": _text("Staff counted", "All staff, or the published groups taken together"),
    "staff_fte_before": _number("Staff before", "FTE", "Full-time equivalents", 1, minimum=0),
    "staff_change_share": Column("Change in staff", "number", "share", decimals=3),
    "declared": _text("Declared as a break", allowed=("yes", "no")),
    "level": _text("Taken together", "Each body by itself, or bodies under one {officer} as one"),
    "hosts": _text("Hosts", "Bodies that host teams for others", allowed=("included", "left out")),
    "adjusted": _text("Adjusted", "For density, deprivation and age", allowed=("yes", "no")),
    "elasticity": _number("Elasticity", "", "Per cent more staff where there are one per cent more people", 2),
    "standard_error_elasticity": _number("Standard error of the elasticity", "", "Robust to unequal spread (HC3)", 2),
    "elasticity_low": _number("95% interval, low", "", "Of the elasticity", 2),
    "elasticity_high": _number("95% interval, high", "", "Of the elasticity", 2),
    "elasticity_least": _number("Least without one {area}", "", "Elasticity with each {area} in turn left out", 2),
    "elasticity_most": _number("Most without one {area}", "", "Elasticity with each {area} in turn left out", 2),
    "bodies_merged": _count("Equal bodies merged"),
    **{
        f"fewer_staff_share{part}": Column(f"Fewer staff{words}", "number", "share", decimals=3)
        for part, words in _INTERVAL
    },
    **{f"posts_fewer{part}": _number(f"Fewer posts{words}", "FTE", decimals=0) for part, words in _INTERVAL},
    "route": _text("Route", "How it is known what a merger releases"),
    **{
        f"share_{case}": Column(
            f"Share released, {case}",
            "number",
            "share",
            "Of running cost by prices quoted, of staff by B and C",
            decimals=3,
        )
        for case in ("low", "central", "high")
    },
    "break_even": _text("Break-even saving per body removed, a year"),
    "asked_gbp": _gbp("Asked for, a year"),
    "released_quoted": _text("By prices quoted, a year", "In both shapes"),
    "released_by_scale": _text("By scale, a year"),
    "released_as_measured": _text("As measured, a year"),
    "evidence_count": _count("Rests on", "Prices quoted; bodies on the line; bodies formed by merger"),
    **{
        f"passing_{case}": _number(f"Mergers passing, {case}", "mergers", decimals=0)
        for case in ("low", "central", "high")
    },
    "merger_count": _count("Mergers possible"),
    "running_cost_gbp_per_post": _gbp("Running cost a post"),
    **{f"one_off_{case}_gbp": _gbp(f"Cost once, {case}") for case in ("low", "central", "high")},
    **{
        f"payback_{case}_years": _number(f"Repaid after, {case}", "years", decimals=1)
        for case in ("low", "central", "high")
    },
    **{f"net_present_{case}_gbp": _gbp(f"Net present value, {case}") for case in ("low", "central", "high")},
    "part": _text("Part"),
    "standard_deviation_share": Column("Standard deviation", "number", "share", decimals=3),
    "weight_share": _share("Weight"),
    "elsewhere_count": _count("Bodies whose staff are employed elsewhere"),
    "allowance_population": _people("People the allowance was set on"),
    "cost_gbp_per_fte": _gbp("Cost of a post a year", "Of a full-time equivalent"),
    "one_off_gbp_per_post_low": _gbp("One-off cost of closing a post, low"),
    "one_off_gbp_per_post_high": _gbp("One-off cost of closing a post, high"),
    # --- what happened when bodies merged ---
    "last_before": _date("Last count before", "Within a year before the merger"),
    "first_after": _date("First count after", "Within a year after the merger"),
    "analysable": _text("Can be analysed", allowed=("yes", "no")),
    "reason": _text("Why it is left out"),
    "fte_before": _number("Year before", "FTE", "Full-time equivalents in the year before the merger", 1, minimum=0),
    "fte_after": _number("Year after", "FTE", "Full-time equivalents in the year after the merger", 1, minimum=0),
    "controls": _text(
        "Compared with", "Bodies that had not merged: all, those that never did by 2021, those that did later"
    ),
    "from_label": _text("From"),
    "to_label": _text("To"),
    **{
        f"change_share{part}": Column(f"Change beyond the others'{words}", "number", "share", decimals=3)
        for part, words in _INTERVAL
    },
    "p_value": _number("p", "", "Share of draws that differ at least as much", 3),
    "group_count": _count("Groups compared"),
    "control_count": _count("Bodies compared with"),
    "draw_count": _count("Draws", "The real groups among them"),
    "left_out": _text("Left out"),
    "variant": _text("Variant"),
    "merged_left_out": _text("Merged bodies that it leaves out"),
    "fall_share": _share("Fall put in", "Of the staff of the groups taken as merged"),
    "found_share": _share("Found", "Share of worlds in which the test finds it"),
    "world_count": _count("Worlds"),
    "staff_index": _number("Staff, March 2025 = 100", decimals=1),
    "change_sd": _number("Change beyond the others'", "standard deviations", "Between bodies in the year before", 2),
    "visible_sd": _number("Smallest visible", "standard deviations", "Found in four draws of five, uncorrected", 2),
    "merged_count": _count("Merged bodies"),
    "p_holm": _number("p, Holm", "", "Corrected: chance that any is false", 3),
    "p_bh": _number("p, Benjamini-Hochberg", "", "Corrected: share that are false", 3),
    # --- prescribing ---
    "measure_title": _text("What it measures"),
    "months": _count("Months", "Months of the financial year in the figure"),
    "numerator": _number("Numerator", "", "Sum over the body's practices", None, minimum=0),
    "denominator": _number("Denominator", "", "Sum over the body's practices", None, minimum=0),
    # --- money ---
    "financial_year": _text("Financial year", pattern=FINANCIAL_YEAR),
    "measure": _text("Measure"),
    "value": _number("Value"),
    "value_text": _text("Value, as text"),
    "value_low": _number("Low"),
    "value_high": _number("High"),
    "unit": _text("Unit"),
    "kind": _text("Kind", "published, reported, derived, modelled or assumed", allowed=KINDS),
    "kind_as_recorded": _text("Kind, as recorded"),
    "source": _text("Source"),
    "source_address": _text("Source address"),
    "note": _text("Note"),
    "lever": _text("Lever"),
    "allowance_gbp": _gbp("Running cost allowance", minimum=0),
    "outturn_gbp": _gbp("Running cost outturn", "What the body spent, from its accounts", minimum=0),
    "allowance_kind": _text("Kind of allowance", allowed=KINDS),
    "allowance_model": _text("Allowance model"),
    "allowance_gbp_per_head": _gbp("Allowance per head", decimals=2, minimum=0),
    "limit_gbp": _gbp("{Limit}", "Baseline less the cut asked for", minimum=0),
    "baseline_gbp": _gbp("Baseline {baseline_year}", "Running cost allowance of the baseline year", minimum=0),
    **{
        f"baseline_gbp_per_{whom}": _gbp(f"Baseline per {words}", decimals=2)
        for whom, words in {
            "registered_person": "registered person",
            "resident": "resident",
            "adjusted_person": "ONS-adjusted registered person",
        }.items()
    },
    "spent_share": Column("Spent, of the baseline", "number", "share", decimals=3, minimum=0),
    "allowance_fall_share": _share("Fall of the allowance, of the baseline"),
    "allowance_fall_gbp": _gbp("Fall of the allowance", "Baseline less limit, in cash"),
    "release_share": _share("To be released, of the baseline"),
    "reduction_definition": _text("Reading of the cut"),
    "reading": _text("What it means"),
    "step": _text("Lever"),
    "low_gbp": _gbp("Low"),
    "central_gbp": _gbp("Central"),
    "high_gbp": _gbp("High"),
    "value_gbp": _gbp("Value"),
    "reported_gbp": _gbp("Reported"),
    "modelled_gbp": _gbp("Modelled"),
    "error_share": Column("Modelled less reported", "number", "share", decimals=3),
    "carried_gbp": _gbp("carried"),
    "per_head_registered_gbp": _gbp("per head registered"),
    "per_head_adjusted_gbp": _gbp("per head adjusted"),
    "allowance_at_rate_gbp": _gbp("£25.00 a head"),
    "difference_gbp": _gbp("Difference"),
    "first_order": _number("First-order index", decimals=2),
    "total": _number("Total index", decimals=2),
    "break_even_saving_gbp": _gbp("Break-even saving per body removed"),
    "bodies_removed": _count("Bodies removed"),
    "officer_count": _count(
        "{Officers}",
        "Distinct groups under one {officer} when that was known; at most, as a body is counted apart without evidence",
    ),
    "probability": Column("Probability", "number", "share", decimals=3, minimum=0, maximum=1),
    "standard_error": _number("Monte-Carlo standard error", "percentage points", decimals=2),
    "cost_gbp": _gbp("Cost at the prices of the day", "Baseline with the rise of costs that has to be met", minimum=0),
    "gap_gbp": _gbp("To be released", "Cost at the prices of the day less limit"),
    "commissioning_region": _text("Commissioning region of 2013"),
    "pct_cluster": _text("PCT cluster"),
    "core_allocation_gbp": _gbp("Core allocation"),
    "primary_medical_allocation_gbp": _gbp("Primary medical allocation"),
    "specialised_allocation_gbp": _gbp("Specialised allocation"),
    "core_weighted_population": _number("Core weighted population", "people", decimals=0),
    "primary_medical_weighted_population": _number("Primary medical weighted population", "people", decimals=0),
    "specialised_weighted_population": _number("Specialised weighted population", "people", decimals=0),
    "index_q2": _number("Index, April to June", "index as published", decimals=1),
    "index_q3": _number("Index, July to September", "index as published", decimals=1),
    "index_q4": _number("Index, October to December", "index as published", decimals=1),
    "index_q1_next": _number("Index, January to March", "index as published", decimals=1),
    "gdp_deflator_index": _number("GDP deflator", "index as published", "Mean of the four quarters", 3),
    "quantity": _text("Quantity"),
    "formula": _text("What it acts on", "How the quantity enters what its lever would release", allowed=FORMULAS),
    "low": _number("Low", decimals=None),
    "central": _number("Central", decimals=None),
    "high": _number("High", decimals=None),
    "merger": _text("Merger"),
    "bodies_before": _count("Bodies before"),
    "bodies_after": _count("Bodies after"),
    "officers_in_parts": _count("Officers of each body left", "Distinct officers of each body that is left, added up"),
    "saving_gbp": _gbp("Saving claimed a year"),
    "share_of_running_cost": _share("Share of running cost"),
    "saving_per_body_removed_gbp": _gbp("Saving per body removed"),
    "scope": _text(
        "What is priced", allowed=("merger alone", "the cut itself", "whole programme", "fixed cost of a body")
    ),
    "reorganisation": _text("Reorganisation"),
    "one_off_cost_gbp_low": _gbp("One-off cost, low"),
    "one_off_cost_gbp_high": _gbp("One-off cost, high"),
    "annual_saving_gbp_low": _gbp("Annual saving, low"),
    "annual_saving_gbp_high": _gbp("Annual saving, high"),
    "population_2023_24": _people("Population 2023/24", "Allocation divided by the printed £ per head"),
    "population_2024_25": _people("Population 2024/25", "Allocation divided by the printed £ per head"),
    "population_2025_26": _people("Population 2025/26", "Allocation divided by the printed £ per head"),
    "allowance_2023_24_gbp": _gbp("Allowance 2023/24"),
    "allowance_2024_25_gbp": _gbp("Allowance 2024/25"),
    "allowance_2025_26_first_gbp": _gbp("Allowance 2025/26, version 1.2"),
    "allowance_2025_26_gbp": _gbp("Allowance 2025/26, version 1.4 with employer contributions"),
    "cost_cap_2025_26_gbp": _gbp("Cost cap 2025/26", "£18.76 a head; includes programme pay: not an allowance"),
    "cost_cap_gbp": _gbp("Cap", "£18.76 a head on running costs and programme pay: not an allowance", minimum=0),
    **{f"posts_paid{part}": _number(f"Posts it pays for{words}", "FTE", decimals=0) for part, words in _CASES},
    **{
        f"posts_over{part}": _number(f"Posts too many{words}", "FTE", "Staff less what it pays for", 0)
        for part, words in _CASES
    },
    "posts_over_share": Column("Posts too many, of staff", "number", "share", decimals=3),
    # --- merger candidates ---
    "rank": _count("Rank", minimum=1),
    "rank_low": _count("Rank, 5th percentile"),
    "rank_high": _count("Rank, 95th percentile"),
    "top_ten_share": _share("How often in the top ten", "Share of Monte-Carlo draws"),
    "released_low_gbp": _gbp("Released a year, low"),
    "released_central_gbp": _gbp("Released a year, central"),
    "released_high_gbp": _gbp("Released a year, high"),
    "released_share": _share("Share of running cost released", "At the central saving per body removed"),
    "released_proportional_gbp": _gbp(
        "Released a year, proportional", "The central share of all bodies' cost but the largest's"
    ),
    "released_proportional_share": _share("Share of running cost released, proportional"),
    "rank_fixed": _count("Rank by share, per body removed"),
    "rank_proportional": _count("Rank by share, proportional"),
    "firm": _text("Firm", "In the first tenth by share released under both shapes", allowed=("yes", "no")),
    "probability_merger_alone": _share("P(test met), merger alone", "At the prices quoted for mergers alone"),
    "probability_merger_alone_error": _number("Monte-Carlo standard error", "percentage points"),
    "alignment_state": _text("Against the {area}", allowed=("equals", "within", "crosses")),
    "disruption_people": _people("People who change body", "Registered in members other than the largest"),
    "authorities_contained": _count("Upper-tier authorities whole"),
    "authorities_split": _count("Upper-tier authorities split"),
    "people_in_whole_authorities": _people("Residents in whole authorities"),
    "coterminous_share": _share("Residents in whole authorities"),
    "coterminous_share_best": _share("Residents in whole authorities, best plan"),
    "strategic_contained": _count("Strategic authorities whole"),
    "strategic_split": _count("Strategic authorities split"),
    "people_in_whole_strategic": _people("Residents in whole strategic authorities"),
    "acute_trusts_least": _count(
        "Acute trusts, at least",
        "With a major A&E department; where bodies were divided it is not known in which part a trust is",
    ),
    "acute_trusts_most": _count("Acute trusts, at most"),
    "admissions_inside": _number(
        "Emergency admissions inside", "admissions", "Of its patients, by its own trusts; modelled", 0, minimum=0
    ),
    "treated_inside_share": _share(
        "Patients treated inside", "Share of their emergency admissions; modelled from trusts' catchments"
    ),
    "meets_floor": _text("Reaches the floor of people", allowed=("yes", "no")),
    "meets_guideline": _text("Reaches the guideline of people", allowed=("yes", "no")),
    "size_to_mean": _number(
        "Size over the mean body's", "", "Registered people over those of the mean body of the footprint", 2
    ),
    "across": _text("Across borders of {areas}", allowed=("yes", "no")),
    "crossing_count": _count("Bodies in more than one {area}"),
    "proven": _text("Proven best", "By the solver; blank for a rule", allowed=("yes", "no")),
    "councils_divided": _count("Councils in more than one body", "Upper-tier authorities"),
    "strategic_divided": _count("Strategic authorities in more than one body"),
    "single_trust_count": _count("Bodies with one acute trust at most", "With a major A&E department"),
    "under_floor_count": _count("Bodies under the floor of people"),
    "under_guideline_count": _count("Bodies under the guideline of people"),
    "officers_per_body": _number("{Officers} per body", decimals=2),
    "people_per_body": _number("Registered people per body", "people", decimals=0),
    "difference": _number("Difference of members", "standard deviations", "Mean distance on four measures"),
    "farthest_km": _number("Farthest population centres", "km", decimals=0),
    "connected_sets": _count("Connected sets"),
    "plan_count": _count("Plans", "In a list of outcomes: all plans that reach the outcome, equal on what is compared"),
    "plan_label": _text("Plan"),
    "merged": _text("Would merge"),
    "on_frontier": _text("On the frontier", allowed=("yes", "no")),
    "officer_share": _share("Pairs of members under one {officer}"),
    "authority_share": _share("Pairs of members mainly in one upper-tier authority"),
    "place_index": _number(
        "Place index", "", "Mean of the two shares of pairs and of residents in whole authorities", 2
    ),
    "place_order": _number("Place index, whole {areas} first", decimals=2),
    # --- the answer ---
    "option": _text("Option"),
    "names": _text("Names", "All the names of an option, by spaces"),
    "term": _text("Green Book", "What the Green Book calls it: do nothing, do minimum, intermediate, do maximum"),
    "hindsight": _text("In hindsight", "Named by what happened later alone", allowed=("yes", "no")),
    "sharing_officer": _text("Share {an_officer}"),
    "removed_sharing": _count("Bodies removed that shared {an_officer}"),
    "removed_separate": _count("Bodies removed that did not"),
    "whole_authorities": _count("Upper-tier authorities wholly inside one body"),
    "people_in_whole_gained": _people("Residents in whole authorities, more than now"),
    "released": _text("Would be released, a year"),
    "released_fixed": _text("Released a year, if a fixed amount a body"),
    "released_proportional": _text("Released a year, if a share of running costs"),
    **{
        f"released_proportional_{case}_gbp": _gbp(f"Would release a year, proportional shape, {case}")
        for case in ("low", "central", "high")
    },
    "posts_closed": _text("Posts fewer"),
    "cost_once": _text("Cost once"),
    "repaid_after": _text("Repaid after"),
    "first_share": _share("Comes first in weightings", "The least of both shapes of saving"),
    "first_share_fixed": _share("Weightings in which it comes first, fixed shape"),
    "first_share_proportional": _share("Weightings in which it comes first, proportional shape"),
    "outdone_by": _text("Outdone by", "At least as good on money, fit and people, and better on one"),
    "dominated_by": _text("Outdone under both shapes by"),
    "dominated_by_fixed": _text("Outdone under the fixed shape by"),
    "dominated_by_proportional": _text("Outdone under the proportional shape by"),
    "verdict": _text("Verdict"),
    "bar": _text("Bar"),
    "from_weight": _share("From a weight of"),
    "to_weight": _share("To a weight of"),
    "heading": _text("Heading"),
    "column": _text("Column"),
    "meaning": _text("Meaning"),
    # --- plans ---
    "plan": _count("Plan", "Number of the plan in the enumeration"),
    "smallest_body_people": _people("Smallest body"),
    "largest_body_people": _people("Largest body"),
    "size_balance": _number("Smallest over largest body", decimals=2),
    "mergers_passing": _count("Mergers that pass the test"),
    "era": _text("Era", "Its name in eras.toml"),
    "criterion": _text("Criterion"),
    "formed": _text("Body formed"),
    "wording": _text("Wording"),
    "version": _text("Version"),
    "crossing": _text("Crossing"),
    "judged": _text("From data?", allowed=("measured", "partly", "judgement", "modelled")),
    "measured_by": _text("Measured by", "Blank: by evidence supplied alone", allowed=CRITERION_MEASURES),
    "verified": _text("Wording verified", allowed=("yes", "no")),
    "status": _text("Status"),
    "evidence": _text("Evidence"),
    "document": _text("Document"),
    "decided_by": _text("Decided by"),
    # --- back-test ---
    "sample": _text("Sample", "in sample: anything chosen was chosen on it; held out: reported once"),
    "members": _text("Members"),
    "connected": _text("Connected", "no: not joined by land inside the {area}"),
    "rivals": _count("Other connected sets", "Sets, or plans, that the percentile is among"),
    "estimated_lists": _count("Bodies whose list is estimated"),
    "compared_on": _text("Members compared on"),
    "officers_known": _text("Shared officers known", allowed=("yes", "no")),
    "changed": _text("Changed", "no plan: what happened crossed a border of the {area}"),
    "ranked_by": _text("Ranked by"),
    "role": _text("Role", allowed=("criterion", "baseline")),
    "formed_count": _count("Bodies formed", "With at least one other way to merge in their {area}"),
    "candidate_count": _count("Mergers possible in the {area}"),
    "place_rank": _count("Place among them"),
    "hit_count": _count("Among the first five"),
    "hit_share": _share("Among the first five"),
    "hit_share_low": _share("95% interval, low"),
    "hit_share_high": _share("95% interval, high"),
    "hit_share_in_sample": _share("The same in sample"),
    "choice_size": _text("Mergers to choose from"),
    "chance_share": _share("Five drawn at random"),
    **{f"hit_advantage{part}": _number(f"More than at random{words}", decimals=3) for part, words in _INTERVAL},
    "same_size_rivals": _count("Mergers of as many bodies", "The others possible in the {area}"),
    "same_size_percentile": _share("Percentile among mergers of as many bodies"),
    "same_size_percentile_low": _share("95% interval, low"),
    "same_size_percentile_high": _share("95% interval, high"),
    "percentile_low": _share("95% interval of the percentile, low"),
    "percentile_high": _share("95% interval of the percentile, high"),
    "drawn_from": _text("Drawn from"),
    "real": _number("Real groups", description="km, people or authorities, by measure"),
    "real_words": _text("Real groups"),
    "drawn_low": _number("Drawn, 5th percentile"),
    "drawn_middle": _number("Drawn, the middle"),
    "middle_words": _text("Drawn, the middle"),
    "drawn_high": _number("Drawn, 95th percentile"),
    "better_share": _share("Drawn that do as well or better"),
    "better_low": _share("Monte Carlo 95% interval, low"),
    "better_high": _share("Monte Carlo 95% interval, high"),
    "group": _text("Of {areas}"),
    "held": _text("Among the named options", allowed=("yes", "no")),
    "held_count": _count("Among the named options"),
    "held_share": _share("Among the named options"),
    "held_share_low": _share("95% interval, low"),
    "held_share_high": _share("95% interval, high"),
    "option_count": _number("Named plans", "", "Mean over the {areas}", 1),
    "set_percentile": _share("Bodies formed: percentile held out"),
    "set_percentile_low": _share("95% interval, low"),
    "set_percentile_high": _share("95% interval, high"),
    "measured_on": _text("Measured on", allowed=("bodies formed", "plans carried out", "pairs of neighbours")),
    "advantage": _number("Better than the ranking chosen by", "", "Mean percentile as a share, or ROC area", 3),
    "advantage_low": _number("95% interval of the difference, low", decimals=3),
    "advantage_high": _number("95% interval of the difference, high", decimals=3),
    "set_percentile_in_sample": _share("Bodies formed: percentile in sample"),
    "plan_percentile": _share("Plans carried out: percentile held out"),
    "plan_percentile_in_sample": _share("Plans carried out: percentile in sample"),
    "changed_plan_percentile": _share("Plans that changed: percentile held out"),
    "together": _text("In one body after the decision", allowed=("yes", "no")),
    "pair_count": _count("Pairs"),
    "pair_count_before": _count("Pairs in sample"),
    "together_share": _share("Share that came together"),
    **{f"roc_area{part}": _number(f"ROC area{words}", decimals=2) for part, words in _INTERVAL},
    "roc_area_in_sample": _number("ROC area in sample", decimals=2),
    **{f"average_precision{part}": _number(f"Average precision{words}", decimals=2) for part, words in _INTERVAL},
    "curve": _text("Curve", allowed=("roc", "precision")),
    "x": _number("Called together wrongly, or recall"),
    "y": _number("Called together rightly, or precision"),
    "y_low": _number("95% band, low"),
    "y_high": _number("95% band, high"),
    "band": _text("Fifth of the score", "1 is the lowest fifth"),
    "forecast": _share("Forecast", "Share that came together in sample"),
    "observed": _share("Observed", "Share that came together, held out"),
    "happened": _text("What happened"),
    "percentile": _share("Percentile"),
    "not_seen": _text("What the ranking could not know or does not use"),
    **{
        f"{name}_{part}": Column(f"{words}{unit}", "number", "share" if part == "percentile" else "", decimals=3)
        for part, unit in (("percentile", ""), ("score", ", score"))
        for name, words in _RANKED_BY.items()
    },
    # --- places ---
    "link": _text("Kind of link", allowed=("rook", "water")),
    "shared_border_km": _number("Shared border", "km", decimals=1, minimum=0),
    "share_of_a_perimeter": _share("Share of the first body's perimeter"),
    "share_of_b_perimeter": _share("Share of the second body's perimeter"),
    "touch_at_point": _count("Touch at a point only"),
    "min_gap_km": _number("Narrowest gap over water", "km", decimals=2, minimum=0),
    "water_facing_km": _number("Bank within 1 km of the other side", "km", decimals=1, minimum=0),
    "easting": _number("Easting", "m", "British National Grid", 0),
    "northing": _number("Northing", "m", "British National Grid", 0),
    "longitude": _number("Longitude", "degrees", decimals=5),
    "latitude": _number("Latitude", "degrees", decimals=5),
    "inside_easting": _number("Easting of a point inside", "m", decimals=0),
    "inside_northing": _number("Northing of a point inside", "m", decimals=0),
    "centroid_easting": _number("Population-weighted easting", "m", "Weighted by residents of LSOAs", 0),
    "centroid_northing": _number("Population-weighted northing", "m", "Weighted by residents of LSOAs", 0),
    "area_km2": _number("Area", "km²", decimals=0, minimum=0),
    "perimeter_km": _number("Perimeter", "km", decimals=0, minimum=0),
    "neighbour_count": _count("Neighbours", "Rook neighbours"),
}


def codebook(names: Iterable[str]) -> list[dict[str, str]]:
    """What each column of a table is: `column`, `heading`, `unit` and `meaning`, for a file that travels alone."""
    known = {name: COLUMNS.get(name) for name in names}
    return [
        {
            "column": name,
            "heading": label(name),
            "unit": one.unit if one else "",
            "meaning": one.description if one else "",
        }
        for name, one in known.items()
    ]


def label(name: str) -> str:
    """The reader's heading, with unit, of a column; the name itself with spaces where the codebook has none."""
    return COLUMNS[name].heading if name in COLUMNS else name.replace("_", " ")

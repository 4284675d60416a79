"""Small files in the layouts the publishers use, written by the tests from codes the project knows.

The layouts are real; the figures are made up, and chosen so that totals can be worked out by hand.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

RAW = Path(__file__).parent.parent / "data" / "raw"


def table(name: str) -> list[dict[str, str]]:
    with (RAW / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_force(day: str) -> list[dict[str, str]]:
    """The register's bodies in force on a date, by code."""
    return [
        row
        for row in table("body_register")
        if row["open_date"] <= day and (not row["close_date"] or row["close_date"] >= day)
    ]


def footprint(as_at: str) -> list[dict[str, str]]:
    return [row for row in table("footprints") if row["as_at"] == as_at]


def icbs() -> list[dict[str, str]]:
    return table("icb_allowance")


def as_csv(rows: list[list], quote_all: bool = False, end: str = "\r\n", bom: bool = False) -> bytes:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def practices(day: str = "2021-01-01", of_each: int = 2) -> list[tuple[dict[str, str], str, int]]:
    """`of_each` practices for every body: (body, practice code, 1,000 patients and a few more)."""
    found = []
    for place, body in enumerate(in_force(day)):
        for part in range(of_each):
            found.append((body, f"P{place:03d}{part:02d}", 1_000 + place + part))
    return found


GP_ALL = [
    "PUBLICATION",
    "EXTRACT_DATE",
    "TYPE",
    "CCG_CODE",
    "ONS_CCG_CODE",
    "CODE",
    "POSTCODE",
    "SEX",
    "AGE",
    "NUMBER_OF_PATIENTS",
]
GP_MAP = [
    "PUBLICATION",
    "EXTRACT_DATE",
    "PRACTICE_CODE",
    "PRACTICE_NAME",
    "PRACTICE_POSTCODE",
    "ONS_CCG_CODE",
    "CCG_CODE",
    "CCG_NAME",
    "ONS_STP_CODE",
    "STP_CODE",
    "STP_NAME",
]
GP_AGES = [
    "PUBLICATION",
    "EXTRACT_DATE",
    "ORG_TYPE",
    "ORG_CODE",
    "ONS_CODE",
    "POSTCODE",
    "SEX",
    "AGE_GROUP_5",
    "NUMBER_OF_PATIENTS",
]
GP_WIDE = ["PRACTICE_CODE", "POSTCODE", "CCG_CODE", "ONS_CCG_CODE", "TOTAL_ALL", "TOTAL_MALE", "MALE_0_1"]


def gp_all(day: str = "2021-01-01", stamp: str = "01JAN2021", columns: list[str] = GP_ALL) -> list[list]:
    """gp-reg-pat-prac-all.csv, with its columns in the order given (new names of July 2022 included)."""
    rows: list[list] = [list(columns)]
    for body, practice, people in practices(day):
        cells = {
            "PUBLICATION": "GP_PRAC_PAT_LIST",
            "EXTRACT_DATE": stamp,
            "TYPE": "GP",
            "CODE": practice,
            "POSTCODE": "AB1 2CD",
            "SEX": "ALL",
            "AGE": "ALL",
            "NUMBER_OF_PATIENTS": people,
        }
        for name in ("CCG_CODE", "SUB_ICB_LOCATION_CODE"):
            cells[name] = body["body_code"]
        rows.append([cells.get(name, "") for name in columns])
    return rows


def gp_map(stamp: str = "01SEP2020", day: str = "2020-09-01") -> list[list]:
    rows: list[list] = [list(GP_MAP)]
    for body, practice, _ in practices(day, 3):
        rows.append(
            [
                "GP_PRAC_MAP",
                stamp,
                practice,
                "THE SURGERY, HIGH STREET",
                "AB1 2CD",
                "",
                body["body_code"],
                body["body_name"],
                "",
                "",
                "",
            ]
        )
    return rows


def gp_ages(day: str = "2018-04-01", stamp: str = "01APR2018", kind: str = "CCG") -> list[list]:
    """gp-reg-pat-prac-quin-age.csv: England, bodies and practices, by sex and five-year age."""
    rows: list[list] = [list(GP_AGES)]

    def add(org_type: str, code: str, people: int) -> None:
        for sex, age, count in (
            ("ALL", "ALL", people),
            ("MALE", "0_4", people // 2),
            ("MALE", "5_9", 7),
            ("FEMALE", "0_4", people - people // 2 - 7),
        ):
            rows.append(["GP_PRAC_PAT_LIST", stamp, org_type, code, "", "", sex, age, count])

    by_body: dict[str, int] = {}
    for body, practice, people in practices(day):
        add("GP", practice, people)
        by_body[body["body_code"]] = by_body.get(body["body_code"], 0) + people
    for code, people in by_body.items():
        add(kind, code, people)
    return rows


def gp_wide(day: str = "2016-04-01") -> list[list]:
    """The layout before 2017: one row a practice, a column for every sex and age, no date."""
    rows: list[list] = [list(GP_WIDE)]
    rows += [
        [practice, "AB1 2CD", body["body_code"], "", people, people // 2, 5]
        for body, practice, people in practices(day)
    ]
    return rows


def eccg(day: str = "2018-04-02") -> list[list]:
    """ODS eccg.csv as of a day: every CCG ever opened by then, and one commissioning hub.

    After July 2022 the last CCGs are still open, as sub-ICB locations, and sub-types are role codes.
    """
    rows, later = [], day > "2022-07-01"
    for body in table("body_register"):
        if body["open_date"] > day or body["body_name"].endswith(" ICB"):
            continue
        closed = "" if body["close_date"] >= min(day, "2022-06-30") else body["close_date"].replace("-", "")
        row = [""] * 27
        row[0], row[1], row[2], row[3] = body["body_code"], body["body_name"].upper(), "Y54", "Q74"
        row[10], row[11] = body["open_date"].replace("-", ""), closed
        row[13] = "C" if not later else "" if closed else "RO319|RO326"
        rows.append(row)
    hub = [""] * 27
    hub[0], hub[1], hub[2], hub[10], hub[13] = (
        "13Q",
        "NATIONAL COMMISSIONING HUB 1",
        "Y57",
        "20130401",
        ("RO218" if later else "H"),
    )
    return [*rows, hub]


def ccg_to_stp(year: int = 2018, fid: str = "last", stp_cdh: bool = False, upper: bool = True) -> list[list]:
    """An ONS lookup of CCGs to STPs of April of a year, with FID first, last or absent."""
    mark = f"{year % 100:02d}"
    heading = [f"CCG{mark}CD", f"CCG{mark}CDH", f"CCG{mark}NM", f"STP{mark}CD", f"STP{mark}NM"]
    if stp_cdh:
        heading.insert(4, f"STP{mark}CDH")
    rows: list[list] = [heading if upper else [name.lower() for name in heading]]
    for body in footprint(f"{year}-04-01"):
        row = [body["body_gss_code"], body["body_code"], body["body_name"], body["area_gss_code"], body["area_name"]]
        if stp_cdh:
            row.insert(4, body["area_code"])
        rows.append(row)
    if fid == "last":
        rows = [[*row, "FID" if place == 0 else place] for place, row in enumerate(rows)]
    elif fid == "first":
        rows = [["FID" if place == 0 else place, *row] for place, row in enumerate(rows)]
    return rows


def lsoa_to_ccg(year: int = 2018) -> list[list]:
    """An ONS lookup of small areas to CCGs and local authorities: as many small areas as the project's table counts."""
    mark = f"{year % 100:02d}"
    rows: list[list] = [
        ["FID", "LSOA11CD", "LSOA11NM", f"CCG{mark}CD", f"CCG{mark}CDH", f"CCG{mark}NM", f"LAD{mark}CD", f"LAD{mark}NM"]
    ]
    for pair in table("local_authority_overlap"):
        if pair["as_at"] == f"{year}-04-01":
            for _ in range(int(pair["lsoa_count"])):
                number = len(rows)
                names = [
                    pair[name]
                    for name in ("body_gss_code", "body_code", "body_name", "authority_code", "authority_name")
                ]
                rows.append([number, f"E01{number:06d}", f"Somewhere {number}", *names])
    return rows


def sub_icb_to_icb(year: int = 2024) -> list[list]:
    mark, gss = f"{year % 100:02d}", "2022" if year < 2024 else "2024"
    rows: list[list] = [
        [
            f"SICBL{mark}CD",
            f"SICBL{mark}CDH",
            f"SICBL{mark}NM",
            f"ICB{mark}CD",
            f"ICB{mark}CDH",
            f"ICB{mark}NM",
            "ObjectId",
        ]
    ]
    for number, place in enumerate(table("sub_icb_locations"), start=1):
        name = place["icb_name"] if year < 2024 else place["icb_name_2024"]
        rows.append(
            [
                place[f"sub_icb_gss_code_{gss}"],
                place["body_code"],
                place["sub_icb_name"],
                place[f"icb_gss_code_{gss}"],
                place["icb_code"],
                name,
                number,
            ]
        )
    return rows


def allowances_2013_14() -> list[list]:
    """The first publication's CSV, in £ million with two decimals."""
    rows: list[list] = [
        [
            "CCG code",
            "CCG name",
            "ADS 2012 registered population",
            "ADS registered population adjusted to new ONS13 projections",
            "Commiss-ioning Board Region",
            "Current PCT Cluster",
            "Running Cost Allowance £m",
        ]
    ]
    for row in table("allowance_2013_14"):
        rows.append(
            [
                row["body_code"],
                row["body_name"],
                f"{int(row['registered_population']):,}",
                f"{int(row['adjusted_population']):,}",
                row["commissioning_region"],
                row["pct_cluster"],
                f"{float(row['allowance_gbp']) / 1e6:.2f}",
            ]
        )
    return rows


def icb_allowances(last: str = "2025/26") -> list[list]:
    """The sheet of the ICB allocations workbook: title, note, blank rows, heading, 42 ICBs, totals without a label.

    The `last` year's figures are those of the first edition, which a later one replaced for 2025/26.
    """
    rows: list[list] = [
        ["ICB_running_cost_allowance", "", "", "", "", "", "v1.2 Revised to reflect the final pay award"],
        [""] * 7,
        ["R23", "Region", "ICB23", "System Name", "2023/24 £k", "2024/25 £k", f"{last} £k"],
        [""] * 7,
    ]
    sums = [0, 0, 0]
    for row in icbs():
        amounts = [int(row[f"allowance_{year}_gbp"]) // 1_000 for year in ("2023_24", "2024_25", "2025_26_first")]
        sums = [total + amount for total, amount in zip(sums, amounts, strict=True)]
        rows.append([row["region_code"], row["region_name"], row["icb_code"], row["icb_name"], *amounts])
    return [*rows, ["", "", "", "", *sums]]


def ccg_allowances(unit: str = "£000", england: bool = True) -> list[list]:
    """A CCG workbook of two years, with a two-row heading, a footnote and a column per head that is not an amount.

    Every body has 2,000 thousand and its place in 2017/18, and 10 more in 2018/19.
    """
    factor = {"£000": 1, "£k": 1, "£m": 0.001, "£": 1_000}[unit]
    rows: list[list] = [
        ["NHS England: CCG running cost allowances", None, None, None, None, None],
        [None] * 6,
        ["CCG code", "CCG name", "2017/18", None, "2018/19", None],
        [None, None, f"Running cost allowance {unit}", "£ per head", f"Running cost allowance {unit}", "£ per head"],
    ]
    bodies = footprint("2017-04-01")
    for place, body in enumerate(bodies):
        first, second = (2_000 + place) * factor, (2_010 + place) * factor
        rows.append([body["body_code"], body["body_name"], first, 22.07, second, 22.1])
    if england:
        first = sum(2_000 + place for place in range(len(bodies)))
        rows.append(["England", None, first * factor, 22.07, (first + 10 * len(bodies)) * factor, 22.1])
    rows.append(["Notes: figures are rounded.", None, None, None, None, None])
    return rows


ABSENCE_ARCHIVE = [
    "Date",
    "NHSE_Region_Code",
    "NHSE_Region_Name",
    "Org Code",
    "Org Name",
    "Org Type",
    "FTE Days Sick",
    "FTE Days Available",
    "SA Rate (%)",
]
ABSENCE_MONTH = [
    "DATE",
    "NHSE_REGION_CODE",
    "NHSE_REGION_NAME",
    "ICS_CODE",
    "ICS_NAME",
    "ORG_CODE",
    "ORG_NAME",
    "ORG_TYPE",
    "FTE_DAYS_LOST",
    "FTE_DAYS_AVAILABLE",
    "SICKNESS_ABSENCE_RATE_PERCENT",
]
ABSENCE_GROUPS = [*ABSENCE_MONTH[:7], "CLUSTER_GROUP", "BENCHMARK_GROUP", "STAFF_GROUP", *ABSENCE_MONTH[8:]]
ABSENCE_GROUPS_ARCHIVE = [
    "Month",
    "Tm End Date",
    "Org code",
    "Org name",
    "Cluster group",
    "Benchmark group",
    "NHSE region code",
    "NHSE region name",
    "Staff group",
    "FTE days lost",
    "FTE days available",
    "Sickness absence rate (%)",
]


def absence(days: dict[str, int], columns: list[str] = ABSENCE_ARCHIVE) -> list[list]:
    """Sickness absence by organisation in months, given as written with their days: `{"2019-APR": 30}`.

    Commissioners in force have 10 FTE and their place on each day, and lose 3 days in 100; with a column for it, half of
    the staff are managers and half of central functions. A trust with 500 FTE and a support unit with 100 stand among them.
    """
    rows: list[list] = [list(columns)]
    numbers = {name: place for place, name in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN"), start=1)}
    for written, length in days.items():
        year, number = (written[6:], int(written[3:5])) if "/" in written else (written[:4], numbers[written[5:]])
        month = f"{year}-{number:02d}"
        if month < "2022-07":
            found = [(body["body_code"], body["body_name"]) for body in in_force(f"{month}-{length}")]
            kind = "Clinical Commissioning Group"
        else:
            found, kind = [(icb["icb_code"], icb["icb_name"]) for icb in icbs()], "Integrated Care Board"
        organisations = [(code, name, kind, 10 + place) for place, (code, name) in enumerate(found)]
        organisations[5:5] = [("RGT", "Cambridge University Hospitals NHS Foundation Trust", "Acute", 500)]
        organisations.append(("0DE", "NHS ARDEN AND GEM CSU", "Commissioning Support Unit", 100))
        for code, name, of_type, fte in organisations:
            parts = {"All staff groups": fte}
            if any(column.upper().replace(" ", "_") == "STAFF_GROUP" for column in columns):
                parts |= {"Managers": fte / 2, "Central functions": fte / 2, "HCHS Doctors": None}
            for group, staff in parts.items():
                available = None if staff is None else staff * length
                cells = {
                    "DATE": written,
                    "TM_END_DATE": written,
                    "MONTH": f"{month[:4]}/{month[5:]}",
                    "ORG_CODE": code,
                    "ORG_NAME": name,
                    "ORG_TYPE": of_type,
                    "CLUSTER_GROUP": of_type,
                    "STAFF_GROUP": group,
                }
                if available is not None:
                    lost = round(0.03 * available, 5)
                    cells |= {"FTE_DAYS_LOST": lost, "FTE_DAYS_SICK": lost, "FTE_DAYS_AVAILABLE": available}
                    cells |= {"RATE": "3.0"}
                named = [column.upper().replace(" ", "_") for column in columns]
                rows.append([cells.get("RATE" if "RATE" in name else name, "") for name in named])
    return rows


WORKFORCE = [
    "DATA_MONTH",
    "DATA_LEVEL",
    "NHSE_REGION_CODE",
    "NHSE_REGION_NAME",
    "ICS_CODE",
    "ICS_NAME",
    "ORG_CODE",
    "ORG_NAME",
    "MAIN_STAFF_GROUP",
    "STAFF_GROUP_1",
    "FTE",
    "HEADCOUNT",
]
CLINICAL, INFRASTRUCTURE = "Professionally qualified clinical staff", "NHS infrastructure support"


def workforce(month: str = "2026-05-31", as_at: str = "2026-04-01") -> list[list]:
    """Core 1 of the workforce statistics: England, then every ICB of a footprint with 20 FTE and its place, and a trust.

    Doctors are 2 of them (consultants 1), managers half of the rest and central functions the other half.
    """
    rows: list[list] = [list(WORKFORCE)]

    def add(level: str, code: str, name: str, fte: float) -> None:
        office = (fte - 2) / 2
        for main, group, staff in (
            ("All staff groups", "All staff groups", fte),
            (CLINICAL, "All staff groups", 2),
            (CLINICAL, "HCHS doctors - All grades", 2),
            (CLINICAL, "HCHS doctors - Consultant", 1),
            (INFRASTRUCTURE, "All staff groups", fte - 2),
            (INFRASTRUCTURE, "Central functions", office),
            (INFRASTRUCTURE, "Managers", office),
        ):
            rows.append(
                [month, level, "Y60", "Midlands", "", "", code, name, main, group, f"{staff:.5f}", round(staff)]
            )

    add("National", "All", "All organisations", 1_000_000)
    for place, body in enumerate(footprint(as_at)):
        add("Organisation", body["body_code"], body["body_name"].replace(" ICB", " Integrated Care Board"), 20 + place)
    add("Organisation", "RGT", "Cambridge University Hospitals NHS Foundation Trust", 500)
    add("Organisation", "0DE", "NHS Arden and Greater East Midlands Commissioning Support Unit", 100)
    return rows


def sub_icb_to_icb_2026() -> list[list]:
    """The lookup of April 2026: locations with the ICBs that took over, Frimley's only one divided into three new ones."""
    rows = [[name.replace("24", "26") for name in sub_icb_to_icb(2024)[0]]]
    bodies = {body["body_code"]: body for body in footprint("2026-04-01")}
    after = {
        row["predecessor_code"]: row["successor_code"]
        for row in table("mergers")
        if row["effective_date"] == "2026-04-01"
    }
    for place in table("sub_icb_locations"):
        code, icb = place["body_code"], after.get(place["icb_code"], place["icb_code"])
        found = [(code, "D7T5G" if code in ("06T", "07H") else icb, place["sub_icb_gss_code_2024"])]
        if code == "D4U1Y":
            found = [("A1A1A", "S0E4D", "E38000901"), ("B2B2B", "S9B9J", "E38000902"), ("C3C3C", "QRL", "E38000903")]
        for location, its, gss in found:
            body = bodies[its]
            name = body["body_name"]
            rows.append([gss, location, f"{name} - {location}", body["body_gss_code"], its, name, len(rows)])
    return rows


def lsoa_to_icb(year: int = 2026, census: int = 2011) -> list[list]:
    """An ONS lookup of small areas to sub-ICB locations, ICBs and local authorities, as many as the project counts."""
    mark = f"{year % 100:02d}"
    lsoa = f"LSOA{census % 100:02d}"
    rows: list[list] = [
        [f"{lsoa}CD", f"{lsoa}NM", f"SICBL{mark}CD", f"SICBL{mark}CDH", f"ICB{mark}CD", f"ICB{mark}NM", f"LAD{mark}CD"]
    ]
    for pair in table("local_authority_overlap"):
        if pair["as_at"] == f"{year}-04-01":
            for _ in range(int(pair["lsoa_count"])):
                number = len(rows)
                body = [pair["body_gss_code"], pair["body_name"], pair["authority_code"]]
                rows.append([f"E01{number:06d}", f"Somewhere {number}", "E38000001", "00L", *body])
    return rows


def gp_ages_of_icbs(stamp: str, icbs: dict[str, int], locations: dict[str, int]) -> list[list]:
    """gp-reg-pat-prac-quin-age.csv as published since 2022: ICBs and sub-ICB locations, by sex and age."""
    rows: list[list] = [list(GP_AGES)]
    kinds = [("ICB", code, people) for code, people in icbs.items()]
    kinds += [("SUB_ICB_LOCATION", code, people) for code, people in locations.items()]
    for kind, code, people in kinds:
        cells = (("ALL", "ALL", people), ("MALE", "0_4", people // 2), ("FEMALE", "0_4", people - people // 2))
        rows += [["GP_PRAC_PAT_LIST", stamp, kind, code, "", "", sex, age, count] for sex, age, count in cells]
    return rows


def icb_allowances_2026(first: int = 2026) -> list[list]:
    """An edition for the 36 ICBs of April 2026, with a total row: 20,000 thousand and the ICB's place, 10 more a year later."""
    years = [f"{year}/{year % 100 + 1} £k" for year in (first, first + 1)]
    rows: list[list] = [["ICB_running_cost_allowance", *[""] * 5], ["R26", "Region", "ICB26", "System Name", *years]]
    for place, body in enumerate(footprint("2026-04-01")):
        own = [body["area_code"], body["area_name"], body["body_code"], body["body_name"]]
        rows.append([*own, 20_000 + place, 20_010 + place])
    return [*rows, ["", "", "", "England", *(sum(row[column] for row in rows[2:]) for column in (4, 5))]]


def xlsx(path: Path, sheets: dict[str, list[list]], merges: dict[str, list[str]] | None = None) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        for cells in (merges or {}).get(name, []):
            sheet.merge_cells(cells)
    book.save(path)
    return path

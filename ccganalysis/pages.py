"""Where a run's pages stand: an era's in a folder of its own, but for the era at the top; those on areas in one within."""

from __future__ import annotations

from collections.abc import Iterable

LOCAL = "area"
"""The folder of the reports on areas, within that of their era."""


def folder_of(page: str) -> str:
    """The folder of a page's era, such as `ccg/`; nothing for the era whose pages stand at the top."""
    *folders, _ = page.split("/")
    return "".join(f"{name}/" for name in folders if name != LOCAL)


def folders_of(pages: Iterable[str]) -> list[str]:
    """The folders of the eras of a run's pages, that of the site's first page first."""
    return sorted(dict.fromkeys(map(folder_of, pages)), key=bool) or [""]


def up(page: str) -> str:
    """The way from a page to the run's folder."""
    return "../" * page.count("/")


def area_of(page: str) -> str:
    """The code of the area a page is about; nothing for a national page."""
    *folders, name = page.split("/")
    return name if folders[-1:] == [LOCAL] else ""


def workbook_of(page: str) -> str:
    """The Excel workbook that holds a page's tables: one for each area, one for all the national pages of an era."""
    return f"workbooks/{page}.xlsx" if area_of(page) else f"workbooks/{folder_of(page)}national.xlsx"

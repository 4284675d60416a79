"""The README: its picture and its numbers are the stored notebooks', and what it points at exists."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def refresh():
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_is_the_one_in_the_notebook(refresh, executed_page):
    drawn = refresh.picture(executed_page("05_national_report"))
    assert refresh.PICTURE.read_text(encoding="utf-8") == drawn, "run: make notebooks"


def test_the_back_tests_result_is_the_notebooks(refresh):
    assert refresh.readme() == TEXT, "run: make notebooks"


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    assert links and not [link for link in links if not (ROOT / link).exists()]


def test_every_notebook_is_described():
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"`{notebook.stem}`" in TEXT


def test_every_module_is_in_the_list():
    modules = {path.stem for path in (ROOT / "ccganalysis").glob("*.py")} - {"__init__", "__main__"}
    named = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert modules - named == set()

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


@pytest.fixture(scope="module")
def today(refresh):
    return refresh.executed()


def test_the_picture_is_the_one_in_the_notebook(refresh, today):
    assert refresh.PICTURE.read_text(encoding="utf-8") == refresh.picture(today), "run: make notebooks"


def test_the_answers_and_the_back_tests_result_are_the_notebooks(refresh, today):
    assert refresh.readme(today) == TEXT, "run: make notebooks"


def test_the_question_of_today_comes_first():
    """Its answer is given before that of the years which are the evidence, in the words of its own era."""
    first, second = TEXT.index("<!-- answer:start -->"), TEXT.index("<!-- evidence:start -->")
    assert first < second and "regions" in TEXT[first:second] and "ICSs" in TEXT[second:]


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

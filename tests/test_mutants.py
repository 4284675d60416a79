"""The planted mistakes themselves: each is one token, every module has its tests, and no excuse is out of date."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def planted():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        return importlib.import_module("mutants")


def test_the_mistakes_of_a_few_lines(planted):
    source = '''"""Says 1 < 2."""
def pick(rows: list | None, floor=3):
    if not rows or len(rows) <= floor:
        raise ValueError("fewer than 4" + str(1))
    return max(rows[-1] - 0.5, "£", rows.idxmin())  # 7
'''
    found = planted.mutants("one.py", source)
    assert [(one.line, one.old, one.new) for one in found] == [
        (2, "3", "4"),
        (3, "not ", ""),
        (3, "or", "and"),
        (3, "<=", "<"),
        (3, "<=", ">="),
        (5, "max", "min"),
        (5, "-", "+"),
        (5, "-1", "0"),
        (5, "1", "2"),
        (5, "-", "+"),
        (5, "0.5", "1.5"),
        (5, "idxmin", "idxmax"),
    ]
    assert found[-1].applied(source).splitlines()[4] == '    return max(rows[-1] - 0.5, "£", rows.idxmax())  # 7'


def test_every_mistake_changes_its_line_and_every_module_has_tests(planted):
    for module, source in planted.modules().items():
        for mutant in planted.mutants(module, source):
            assert mutant.after.strip() != mutant.before
            assert all((ROOT / name.split("::")[0]).is_file() for name in planted.tests_of(module))


def test_an_excuse_is_of_a_mistake_that_can_be_made(planted):
    for module, excuses in planted.EQUIVALENT.items():
        possible = {mutant.after.strip() for mutant in planted.mutants(module, planted.modules(module)[module])}
        assert set(excuses) <= possible, module


def test_a_module_without_tests_is_named(planted):
    with pytest.raises(SystemExit, match="analysis/new.py has no tests of its own"):
        planted.tests_of("analysis/new.py")

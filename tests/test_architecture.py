"""Data flows one way: a module imports only from its own room and the rooms before it, whether at once or later."""

import ast
from pathlib import Path

import pytest

import ccganalysis

PACKAGE = Path(ccganalysis.__file__).parent

ROOMS = (
    "errors",
    "wording",
    "pages",
    "data",
    "analysis",
    "presentation",
    "parameters",
    "notebooks",
    "report",
    "runs",
    "cli",
)
"""In the order in which data flows; the README shows the same."""


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).with_suffix("").parts
        if place[0] in ROOMS:
            yield path, place


def imported(path, place):
    """The rooms a module imports from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = place[: len(place) - node.level]
            target = (*package, *(node.module.split(".") if node.module else ()))
            yield from {target[0]} if target else {name.name for name in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            assert not any(name.split(".")[0] == "ccganalysis" for name in names), f"{path}: imports itself by name"


def test_every_module_is_in_a_room():
    assert {place[0] for _, place in modules()} == set(ROOMS)
    loose = {path.stem for path in PACKAGE.glob("*.py")} | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert loose - {"__init__", "__main__", "__pycache__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_only_those_before_it(room):
    for path, place in modules():
        if place[0] == room:
            known = set(ROOMS[: ROOMS.index(room) + 1])
            assert set(imported(path, place)) <= known, path


def test_the_readme_names_every_module_in_order():
    readme = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| room |") : readme.index("Notebooks are stored")]
    named = [line.split("`")[1].rstrip("/") for line in table.splitlines() if line.startswith("| `")]
    assert named == [room for room in ROOMS if (PACKAGE / room).is_dir()]
    for _, place in modules():
        if len(place) > 1 and place[-1] != "__init__" and place[1] != "official" and place[0] != "report":
            assert f"`{place[1]}" in table, place

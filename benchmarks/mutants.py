"""Plant one-token mistakes in the analysis, and count how many the tests of the module notice.

    python benchmarks/mutants.py [--count 200] [--seed 2018] [--only analysis/plans] [--write]

Every mistake is one token of one module changed: a comparison, a sign, a number, `min` for `max`, `first` for `last`.
A sample of them is tried one by one: the module's own tests (`TESTS`) run, stop at the first failure, and the mistake
is killed, or it survives. Prints the survivors; --write puts the result into benchmarks/mutants.md. --count 0 tries all.

Nothing on disk is changed. One process imports what the tests import and forgets the package again; it is forked for
each mistake, and the fork imports the package with the changed source of the one module.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import io
import itertools
import os
import random
import signal
import sys
import tempfile
import time
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ccganalysis"

TESTS = {
    "analysis/acceptability.py": ["tests/test_acceptability.py"],
    "analysis/agreement.py": ["tests/test_alignment.py::TestAgreement"],
    "analysis/alignment": ["tests/test_alignment.py"],
    "analysis/backtest": ["tests/test_backtest.py"],
    "analysis/beyond_cluster.py": ["tests/test_beyond_cluster.py"],
    "analysis/borders.py": ["tests/test_borders.py"],
    "analysis/candidates": ["tests/test_candidates.py", "tests/test_coterminosity.py"],
    "analysis/cap.py": ["tests/test_cap.py"],
    "analysis/coterminosity.py": ["tests/test_coterminosity.py"],
    "analysis/criteria.py": ["tests/test_candidates.py::TestCriteria"],
    "analysis/effects": ["tests/test_effects.py"],
    "analysis/leadership.py": ["tests/test_alignment.py::TestLeadership"],
    "analysis/levers.py": ["tests/test_levers.py"],
    "analysis/options": ["tests/test_options.py"],
    "analysis/place.py": ["tests/test_options.py::TestPlace"],
    "analysis/plans": ["tests/test_plans.py", "tests/test_counting.py"],
    "analysis/routes.py": ["tests/test_routes.py"],
    "analysis/running_costs.py": ["tests/test_running_costs.py"],
    "analysis/regression.py": ["tests/test_staff.py", "tests/test_levers.py::TestScale"],
    "analysis/remembered.py": ["tests/test_remembered.py"],
    "analysis/scale.py": ["tests/test_levers.py::TestScale", "tests/test_staff.py"],
    "analysis/staff.py": ["tests/test_staff.py"],
    "analysis/unit_costs.py": ["tests/test_staff.py"],
    "analysis/trust.py": ["tests/test_trust.py"],
    "data/organisations.py": ["tests/test_organisations.py"],
}
"""The tests of each module, or of all modules of a folder, as pytest names them."""

EQUIVALENT = {
    "analysis/agreement.py": {
        "return float((counts * (counts - 1) * 2).sum())": "a factor common to all numbers of pairs cancels",
        "return float((counts * (counts - 1) / 3).sum())": "a factor common to all numbers of pairs cancels",
    },
    "analysis/alignment/authorities.py": {
        '"successor_name": members["successor_name"].iloc[-1],': "a successor has one name",
        '"successor_name": members["successor_name"].iloc[1],': "a successor has one name",
        'unit_count=("unit", "nunique"), units=("unit", list), residents=("residents", "sum"), largest=("residents", "max")': "rows are grouped by unit, so each is there once",
    },
    "analysis/alignment/over_time.py": {
        'footprint = bodies[bodies["as_at"] == date].reset_index(drop=False)': "columns are chosen by name afterwards",
        '"as_at": after["date"].iloc[-1],': "they are of one date",
        '"as_at": after["date"].iloc[1],': "they are of one date",
        'part = bodies_state(bodies[bodies["as_at"] == date].reset_index(drop=False)).assign(as_at=date)': "columns are chosen by name afterwards",
    },
    "analysis/alignment/states.py": {
        ').sort_values(["body_code", "share_of_body_in_area", "area_code"], ascending=[False, False, True])': "rows are put back into the order of the bodies",
        'wrong = rows[(totals - 1).abs() >= _NOISE].groupby(["body_code", "as_at"])["share_of_people_to_successor"]': "no sum of shares is off by just the noise",
        'moves = boundary_changes[boundary_changes["effective_date"] == passage["effective_date"].iloc[-1]]': "the passage to ICBs has one date",
        'moves = boundary_changes[boundary_changes["effective_date"] == passage["effective_date"].iloc[1]]': "the passage to ICBs has one date",
        "for number, row in enumerate(bodies.itertuples(index=True), start=1):": "cells are read by name",
        "for number, row in enumerate(source.itertuples(index=True), start=1):": "cells are read by name",
        "return source[columns].reset_index(drop=False)": "columns are chosen by name afterwards",
        'whole = main["share_of_body_in_area"] > 1 - _NOISE': "no share is just the noise below one",
        'alone = main["share_of_area_in_body"] > 1 - _NOISE': "no share is just the noise below one",
    },
    "analysis/backtest/pairwise.py": {
        "frame = scope.scores[two].reset_index(drop=False).assign(random_plan=together_at_random(area, ends))": "columns are chosen by name afterwards",
        "hits, misses = (np.pad(kind[usable], ((0, 0), (2, 0))) for kind in (hits, misses))": "the curve starts twice from the same point",
        "_wins(together, score, np.zeros(len(score), dtype=int), 2)[0].sum() / (together.sum() * (~together).sum())": "a second group without pairs wins nothing",
        "_wins(together, score, np.zeros(len(score), dtype=int), 1)[0].mean() / (together.sum() * (~together).sum())": "of one number",
    },
    "analysis/backtest/scores.py": {
        "return int(found[-1]) if len(found) else None": "a set is listed once",
        '"as_at": bodies["as_at"].iloc[1],': "a footprint is of one date",
        '"as_at": bodies["as_at"].iloc[-1],': "a footprint is of one date",
    },
    "analysis/candidates/england.py": {
        "def every_area(setting: Setting, pairs: Sequence[tuple[str, str]], limit: int = 2000001) -> dict[str, AreaPlans]:": "a bound on the work, no result",
        'several = bodies.groupby("area_code")["body_code"].transform("nunique") > 1': "a body is in a footprint once",
        "time_limit_s: float = 61,": "a bound on the work, no result",
    },
    "analysis/candidates/history.py": {
        'heirs = organisations.main_successor(successors, bodies["as_at"].iloc[-1], later)': "a footprint is of one date",
        'heirs = organisations.main_successor(successors, bodies["as_at"].iloc[1], later)': "a footprint is of one date",
        'if later < setting.bodies["as_at"].iloc[-1]:': "a footprint is of one date",
        'if later < setting.bodies["as_at"].iloc[1]:': "a footprint is of one date",
    },
    "analysis/candidates/area.py": {
        "def area_plans(setting: Setting, pairs: Sequence[tuple[str, str]], area: str, limit: int = 2000001) -> AreaPlans:": "a bound on the work, no result",
        'own.bodies["area_name"].iloc[-1],': "an ICS has one name",
    },
    "analysis/candidates/scoring.py": {
        'mine = authorities[authorities["as_at"] == bodies["as_at"].iloc[-1]]': "a footprint is of one date",
        'mine = authorities[authorities["as_at"] == bodies["as_at"].iloc[1]]': "a footprint is of one date",
    },
    "analysis/leadership.py": {
        'firmness = {"sourced": 1, "probable": 1, "no": 2, "unknown": 3}': "a body in two groups, sourced or probable, is refused before",
        'firmness = {"sourced": 0, "probable": 1, "no": 2, "unknown": 4}': "only the order counts",
        'people = by_area[["registered_population"]].mean()': "a state depends on where people are, not on how many",
        "PRESS_LARGEST_BODIES, PRESS_LARGEST_PEOPLE, PRESS_SMALLEST_PEOPLE = 8, 2000001, 250_000": "shown to the nearest hundred thousand",
        'return str(group["area_name"].iloc[-1])': "a group that equals an ICS is in one ICS",
        'return str(group["area_name"].iloc[1])': "a group that equals an ICS is in one ICS, and has two bodies",
    },
    "analysis/levers.py": {
        "merged = scope.bodies >= scope.bodies_after": "where nothing merges the officers are no more than the bodies, and stay",
        'as_at = bodies["as_at"].iloc[-1]': "a footprint is of one date",
        'as_at = bodies["as_at"].iloc[1]': "a footprint is of one date",
        'heirs = pd.DataFrame({"body_code": same, "successor_code": same, "share_of_people_to_successor": 2.0})': "each body has one heir, so any share is the largest",
        "if as_at > leadership.date:": "on the day itself every body is its own heir",
        "inside[home[pair[1]]].append(pair)": "both bodies of the pair are of that area",
        "left: np.ndarray = gap_gbp + np.sum(total, axis=1)": "a variance has no sign",
        "return np.where(uniform <= split, below, above)": "both are the central value at the split",
    },
    "analysis/plans/listing.py": {
        "if begin <= end:": "a level without nodes has nothing to add up",
        "small = len(self.level) - 1 < MOST_BODIES_COUNTED_IN_64_BITS": "Python integers count the same",
        "def count_plans(masks: ArrayLike, limit: int = 2000001) -> int:": "a bound on the work, no result",
        "def plans(masks: ArrayLike, limit: int = 2000001) -> PlanSet:": "a bound on the work, no result",
        "return int(found[-1])": "each plan is listed once",
    },
    "analysis/plans/optimum.py": {
        "time_limit_s: float = 61,": "a bound on the work, no result",
        'solver.setOptionValue("output_flag", True)': "what the solver prints",
        "low, high = (1, n_items) if number_of_sets is None else (number_of_sets, number_of_sets)": "to hold every item takes a set",
    },
    "analysis/plans/sets.py": {
        "def connected_sets(masks: ArrayLike, max_size: int | None = None, limit: int = 5000001) -> Masks:": "a bound on the work, no result",
    },
    "analysis/running_costs.py": {
        'carried = moves[whole].assign(allowance_gbp=moves["body_code"].map(ended) / moves["share_of_people_to_successor"])': "bodies that ended before the year went whole to one successor",
        'fall = float(national.loc[observed, "value"].iloc[-1]) / 100': "the table has one such row",
    },
    "analysis/trust.py": {
        '"compared_above_count": int((local["error_share"] >= 0).sum()),': "no model is right to the pound",
        "both = pd.Series(True, index=held.index)": "every row is given its answer",
        'move = changes[(changes["from_code"] == "01H") & (changes["to_code"] == "01K")].iloc[-1]': "there was one such move",
    },
    "data/organisations.py": {
        "return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)": "the first four tell all rows apart",
        "return after, all(len(step.get(code, {})) > 1 for code in shares)": "a body in several parts was divided before, and stays derived",
    },
}
"""Mistakes that change no result: by module, the line as it would then read, and why nothing follows from it."""


# --- the mistakes ---

OPERATORS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
    "in": ("not in",),
    "not in": ("in",),
    "is": ("is not",),
    "is not": ("is",),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "//": ("*",),
    "%": ("*",),
    "**": ("*",),
    "@": ("*",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}

TWINS = (
    ("min", "max"),
    ("minimum", "maximum"),
    ("idxmin", "idxmax"),
    ("argmin", "argmax"),
    ("any", "all"),
    ("sum", "mean"),
    ("first", "last"),
    ("head", "tail"),
    ("floor", "ceil"),
    ("left", "right"),
    ("inner", "outer"),
    ("size", "nunique"),
    ("isna", "notna"),
    ("nlargest", "nsmallest"),
    ("is_monotonic_increasing", "is_monotonic_decreasing"),
    ("union", "intersection"),
    ("eq", "ne"),
    ("lt", "gt"),
    ("le", "ge"),
    ("add", "sub"),
    ("mul", "div"),
    ("cumsum", "cumprod"),
    ("intersection_update", "update"),
)
NAMES = {one: other for pair in TWINS for one, other in (pair, pair[::-1])} | {"round": "floor"}
"""Methods and options that are taken for one another."""

BUILT_IN = {"min": "max", "max": "min", "any": "all", "all": "any", "sum": "max", "round": "int"}


@dataclass(frozen=True)
class Mutant:
    """One token of a module changed; `column` counts characters, `line` from 1."""

    module: str
    line: int
    column: int
    old: str
    new: str
    before: str
    after: str

    def applied(self, source: str) -> str:
        """The source with the changed line."""
        lines = source.splitlines(keepends=True)
        lines[self.line - 1] = self.after + "\n"
        return "".join(lines)

    @property
    def excuse(self) -> str:
        """Why it changes no result, wherever its line has moved; empty if nobody has said so."""
        return EQUIVALENT.get(self.module, {}).get(self.after.strip(), "")


class _Finder:
    """Walks a module and collects what may be changed, by position."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()
        self.tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type in (tokenize.OP, tokenize.NAME)
        ]
        self.found: set[tuple[int, int, str, str]] = set()
        self.visit(ast.parse(source))

    def visit(self, node: ast.AST) -> None:
        # What is said in an error, a type, a decorator or a text made of pieces moves no figure; `strict=` is a guard.
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.keyword) and node.arg == "strict":
            return
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Subscript):
            self.ends(node.slice)
        if method := getattr(self, f"on_{type(node).__name__.lower()}", None):
            method(node)
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns", "decorator_list"):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.visit(child)

    def place(self, line: int, offset: int) -> tuple[int, int]:
        """A position in characters, from one in bytes."""
        return line, len(self.lines[line - 1].encode()[:offset].decode())

    def start(self, node: ast.AST) -> tuple[int, int]:
        return self.place(node.lineno, node.col_offset)

    def end(self, node: ast.AST) -> tuple[int, int]:
        return self.place(node.end_lineno, node.end_col_offset)

    def add(self, at: tuple[int, int], old: str, *new: str) -> None:
        assert self.lines[at[0] - 1].startswith(old, at[1]), (at, old)
        self.found |= {(*at, old, one) for one in new}

    def between(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """The operator between two operands."""
        held = [token for token in self.tokens if first <= token.start and token.end <= last]
        held = [token for token in held if token.string in OPERATORS or token.string == "not"]
        text = " ".join(token.string for token in held)
        if len({token.start[0] for token in held}) == 1:
            self.add(held[0].start, text, *OPERATORS[text])

    def on_compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, right in itertools.pairwise(operands):
            self.between(self.end(left), self.start(right))

    def on_boolop(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between(self.end(left), self.start(right))

    def on_binop(self, node: ast.BinOp) -> None:
        self.between(self.end(node.left), self.start(node.right))

    def on_augassign(self, node: ast.AugAssign) -> None:
        first, last = self.end(node.target), self.start(node.value)
        [token] = [token for token in self.tokens if first <= token.start and token.end <= last and token.string != "("]
        for other in OPERATORS[token.string.rstrip("=")]:
            self.add(token.start, token.string, f"{other}=")

    def on_unaryop(self, node: ast.UnaryOp) -> None:
        match node.op:
            case ast.Not():
                self.add(self.start(node), "not ", "")
            case ast.Invert():
                self.add(self.start(node), "~", "")
            case ast.USub():
                self.add(self.start(node), "-", "+")

    def ends(self, index: ast.expr) -> None:
        """The first of a sequence for the last."""
        if ast.unparse(index) in ("0", "-1"):
            old = ast.unparse(index)
            self.add(self.start(index), old, "-1" if old == "0" else "0")

    def on_constant(self, node: ast.Constant) -> None:
        at = self.start(node)
        if isinstance(node.value, bool):
            self.add(at, str(node.value), str(not node.value))
        elif isinstance(node.value, int | float):
            text = self.lines[at[0] - 1][at[1] : self.end(node)[1]]
            self.add(at, text, str(node.value + 1))
        elif node.value in NAMES and self.lines[at[0] - 1][at[1]] == '"':
            self.add(at, f'"{node.value}"', f'"{NAMES[node.value]}"')

    def on_attribute(self, node: ast.Attribute) -> None:
        line, column = self.end(node)
        if node.attr in NAMES:
            self.add((line, column - len(node.attr)), node.attr, NAMES[node.attr])

    def on_name(self, node: ast.Name) -> None:
        if node.id in BUILT_IN:
            self.add(self.start(node), node.id, BUILT_IN[node.id])

    def on_continue(self, node: ast.Continue) -> None:
        self.add(self.start(node), "continue", "break")


def mutants(module: str, source: str) -> list[Mutant]:
    """Every one-token mistake of a module, in the order of the text."""
    lines, found = source.splitlines(), []
    for line, column, old, new in sorted(_Finder(source).found):
        text = lines[line - 1]
        after = text[:column] + new + text[column + len(old) :]
        found.append(Mutant(module, line, column, old, new, text.strip(), after))
    return found


def modules(only: str = "") -> dict[str, str]:
    """The source of every module looked at, by its path in the package."""
    paths = [*sorted((PACKAGE / "analysis").rglob("*.py")), PACKAGE / "data" / "organisations.py"]
    named = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {name: source for name, source in named.items() if name.startswith(only)}


def tests_of(module: str) -> list[str]:
    """The test files of a module; raises `SystemExit` where nobody has said which they are."""
    for place in (module, module.rpartition("/")[0]):
        if place in TESTS:
            return TESTS[place]
    raise SystemExit(f"{module} has no tests of its own: name them in TESTS of benchmarks/mutants.py.")


# --- trying them ---


class _Package(importlib.abc.MetaPathFinder):
    """Imports the package from source compiled once, one module of it with a mistake."""

    def __init__(self) -> None:
        self.codes = {}
        for path in PACKAGE.rglob("*.py"):
            place = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(place[:-1] if place[-1] == "__init__" else place)
            self.codes[name] = path, compile(path.read_text(encoding="utf-8"), str(path), "exec")

    def plant(self, mutant: Mutant) -> None:
        path = PACKAGE / mutant.module
        [name] = [name for name, (other, _) in self.codes.items() if other == path]
        self.codes[name] = path, compile(mutant.applied(path.read_text(encoding="utf-8")), str(path), "exec")

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name not in self.codes:
            return None
        file, code = self.codes[name]
        loader = importlib.machinery.SourceFileLoader(name, str(file))
        loader.get_code = lambda _: code
        inside = [str(file.parent)] if file.stem == "__init__" else None
        return importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)


OPTIONS = ("-q", "-x", "--no-header", "--assert=plain", "--hypothesis-seed=0")
NOT_NEEDED = ("cacheprovider", "unraisableexception", "threadexception")


class _CheapFirst:
    """Puts the quick tests before the slow ones, and those that share a costly fixture last: most mistakes die early."""

    def __init__(self, said: str = "") -> None:
        lines = [line.split() for line in said.splitlines() if "s call " in line]
        self.seconds = {line[2]: float(line[0].rstrip("s")) for line in lines}

    def pytest_collection_modifyitems(self, items: list) -> None:
        items.sort(key=lambda item: (self.shares(item), self.seconds.get(item.nodeid, 0.0)))

    @staticmethod
    def shares(item: object) -> bool:
        used = [found[-1] for found in item._fixtureinfo.name2fixturedefs.values()]
        return any(fixture.scope != "function" and fixture.baseid.startswith("tests") for fixture in used)


def _pytest(*arguments: str, order: _CheapFirst | None = None) -> int:
    import pytest

    off = [f"-pno:{plugin}" for plugin in NOT_NEEDED]
    return int(pytest.main([*OPTIONS, *off, *arguments], plugins=[order or _CheapFirst()]))


def warm(files: list[str]) -> None:
    """Import what the tests import, then forget what belongs to the project."""
    import geopandas  # noqa: F401
    import highspy  # noqa: F401
    import scipy.stats  # noqa: F401

    with open(os.devnull, "w") as nowhere:
        kept, sys.stdout = sys.stdout, nowhere
        _pytest("--collect-only", *files)
        sys.stdout = kept
    for name, module in list(sys.modules.items()):
        if name != "__main__" and str(getattr(module, "__file__", "") or "").startswith(f"{ROOT}{os.sep}"):
            inside = Path(module.__file__).relative_to(ROOT).parts[0]
            if inside in ("ccganalysis", "tests", "conftest.py"):
                del sys.modules[name]
    gc.collect()
    gc.freeze()


def attempt(
    package: _Package, files: list[str], mutant: Mutant | None, order: _CheapFirst, limit_s: float
) -> tuple[str, float, str]:
    """Run tests in a fork, with a mistake or without: `passed`, `failed` or `timeout`, seconds, what was printed."""
    with tempfile.TemporaryFile("w+") as said:
        clock = time.perf_counter()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            if mutant is not None:
                package.plant(mutant)
            code = 1
            try:
                code = _pytest(*files, order=order)
            finally:
                sys.stdout.flush()
                os._exit(code)
        status = None
        while status is None and time.perf_counter() - clock < limit_s:
            done, ended = os.waitpid(child, os.WNOHANG)
            status = ended if done else None
            time.sleep(0 if done else 0.02)
        if status is None:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        said.seek(0)
        outcome = "timeout" if status is None else "passed" if status == 0 else "failed"
        return outcome, time.perf_counter() - clock, said.read()


def tried(chosen: list[Mutant]) -> Iterator[tuple[Mutant, str, float]]:
    """Each mistake with `killed`, `survived` or `timeout`, and seconds. The tests must pass without one."""
    groups = {tuple(tests_of(mutant.module)) for mutant in chosen}
    warm(sorted({name for group in groups for name in group}))
    sys.meta_path.insert(0, package := _Package())
    limits, orders = {}, {}
    for group in sorted(groups):
        outcome, seconds, said = attempt(package, ["--durations=0", "-vv", *group], None, _CheapFirst(), 600)
        if outcome != "passed":
            raise SystemExit(f"{' '.join(group)} must pass before mistakes are planted:\n{said[-3000:]}")
        limits[group], orders[group] = 10 + 3 * seconds, _CheapFirst(said)
        print(f"{' '.join(group)}: {seconds:.0f} s", flush=True)
    for mutant in chosen:
        group = tuple(tests_of(mutant.module))
        outcome, seconds, _ = attempt(package, list(group), mutant, orders[group], limits[group])
        yield mutant, {"passed": "survived", "failed": "killed"}.get(outcome, outcome), seconds


# --- the result ---


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def report(rows: list[tuple[Mutant, str, float]], possible: int, command: str) -> str:
    """The result in Markdown."""
    count = Counter(outcome for _, outcome, _ in rows)
    noticed = len(rows) - count["survived"]
    lines = [
        "# Planted mistakes",
        "",
        f"Of {len(rows)} one-token mistakes planted in `ccganalysis/analysis/` and `data/organisations.py`, sampled from "
        f"{possible:,}, the module's own tests noticed {noticed} ({noticed / len(rows):.1%}), {count['timeout']} of them "
        "by never ending. Made by",
        "",
        f"    {command}",
        "",
        "| module | planted | noticed |",
        "| --- | --: | --: |",
    ]
    planted = Counter(mutant.module for mutant, _, _ in rows)
    kept = Counter(mutant.module for mutant, outcome, _ in rows if outcome != "survived")
    lines += [f"| `{module}` | {planted[module]} | {kept[module]} |" for module in sorted(planted)]
    survivors = [mutant for mutant, outcome, _ in rows if outcome == "survived"]
    for title, group in (
        ("Not noticed, and nothing to notice", [one for one in survivors if one.excuse]),
        ("Not noticed", [one for one in survivors if not one.excuse]),
    ):
        if group:
            lines += ["", f"## {title}", "", "| where | changed | line as it was | why |", "| --- | --- | --- | --- |"]
            lines += [
                f"| `{one.module}:{one.line}` | {_code(one.old)} to {_code(one.new or 'nothing')} | {_code(one.before)} "
                f"| {one.excuse} |"
                for one in group
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="how many to try; 0 for all")
    parser.add_argument("--seed", type=int, default=2018, help="of the sample")
    parser.add_argument("--only", default="", help="modules whose path begins so, such as analysis/plans")
    parser.add_argument("--write", action="store_true", help="put the result into benchmarks/mutants.md")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    everything = [mutant for name, source in modules(chosen.only).items() for mutant in mutants(name, source)]
    for mutant in everything:
        tests_of(mutant.module)
    size = min(chosen.count or len(everything), len(everything))
    sample = random.Random(chosen.seed).sample(everything, size)
    rows = []
    with tempfile.TemporaryDirectory() as examples:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = examples
        for number, (mutant, outcome, seconds) in enumerate(tried(sorted(sample, key=everything.index)), start=1):
            rows.append((mutant, outcome, seconds))
            if outcome != "killed":
                known = " (changes nothing)" if mutant.excuse else ""
                print(
                    f"{number}/{size} {outcome}{known} {mutant.module}:{mutant.line}: {mutant.old} -> {mutant.new}: "
                    f"{mutant.after.strip()}",
                    flush=True,
                )
    only = f" --only {chosen.only}" if chosen.only else ""
    command = f"python benchmarks/mutants.py --count {chosen.count} --seed {chosen.seed}{only}"
    text = report(rows, len(everything), command)
    if chosen.write:
        (ROOT / "benchmarks" / "mutants.md").write_text(text, encoding="utf-8")
    else:
        print(f"\n{text}")


if __name__ == "__main__":
    main()

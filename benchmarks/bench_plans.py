"""Time the exact search for merger plans, and set it beside spopt on the same problems.

    python benchmarks/bench_plans.py [--only core growth maxp national counted] [--peer-python PATH] [--write]

Prints one Markdown section for each part; --write puts them into benchmarks/plans.md. Each part runs in a process of
its own, so that peak memory is that part's. spopt is not a dependency of the project: give the interpreter of an
environment that has it as --peer-python, or that part says that it was left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ccganalysis.analysis.plans import (  # noqa: E402
    best_partition,
    best_partition_dp,
    best_partitions_dp,
    combine_frontiers,
    components,
    connected_sets,
    connected_sets_of_indices,
    count_plans,
    membership,
    neighbour_lists,
    neighbour_masks,
    pareto_frontier,
    plan_diagram,
    plans,
)
from ccganalysis.errors import InputError  # noqa: E402

REPEATS = 5
SEEDS = 3
PEER_LIMIT_S = 10
FLOORS = (300_000, 500_000)  # parameters of the benchmark, not of any policy


# Data


def raw(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "raw" / f"{name}.csv", dtype={"as_at": str})


def footprint_at(as_at: str) -> pd.DataFrame:
    centroids = raw("centroids").query("as_at == @as_at and body_type == 'CCG'")
    columns = ["body_code", "residents", "centroid_easting", "centroid_northing"]
    return raw("footprints").query("as_at == @as_at").merge(centroids[columns], on="body_code", validate="1:1")


def pairs_at(as_at: str, water_km: float | None = None) -> list[tuple[str, str]]:
    tables = [raw("adjacency").query("as_at == @as_at")]
    if water_km is not None:
        tables.append(raw("water_pairs").query("as_at == @as_at and min_gap_km <= @water_km"))
    return [pair for table in tables for pair in zip(table.body_code_a, table.body_code_b, strict=True)]


def areas_at(as_at: str, water_km: float | None = None) -> list[tuple[pd.DataFrame, np.ndarray]]:
    """For each ICS its bodies and their masks."""
    footprint, pairs = footprint_at(as_at), pairs_at(as_at, water_km)
    everyone = list(footprint.body_code)
    return [
        (bodies.reset_index(drop=True), neighbour_masks(list(bodies.body_code), pairs, elsewhere=everyone))
        for _, bodies in footprint.groupby("area_code")
    ]


# Measuring and writing


def timed(function, repeats: int = REPEATS):
    """Median wall seconds and the last result."""
    seconds = []
    for _ in range(repeats):
        clock = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - clock)
    return statistics.median(seconds), result


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(headings: list[str], rows: list[list[object]]) -> str:
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def spell(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.1f}"


# Part 1: all ICSs


def score(found, people: np.ndarray) -> np.ndarray:
    """Two objectives: bodies removed, and people in bodies other than the largest of their merged body."""
    inside = membership(found.sets, found.n_bodies)
    moved = inside @ people - np.where(inside, people, 0).max(axis=1)
    return np.stack([found.n_bodies - found.number_of_sets, found.sum(moved)], axis=1)


def core() -> str:
    rows = []
    before = peak_mb()
    for label, as_at, water_km in [
        ("April 2018, rook", "2018-04-01", None),
        ("April 2018, and water up to 1 km", "2018-04-01", 1),
        ("April 2019, rook", "2019-04-01", None),
    ]:
        areas = areas_at(as_at, water_km)
        masks = [mask for _, mask in areas]
        people = [bodies.residents.to_numpy() for bodies, _ in areas]
        counting, _ = timed(lambda masks=masks: sum(map(count_plans, masks)))
        listing, listed = timed(lambda masks=masks: list(map(plans, masks)))
        scoring, scores = timed(lambda listed=listed, people=people: list(map(score, listed, people)))
        front, kept = timed(lambda scores=scores: [pareto_frontier(values, [True, False]) for values in scores])
        rows.append(
            [
                label,
                len(areas),
                f"{sum(len(found.sets) for found in listed):,}",
                f"{sum(map(len, listed)):,}",
                f"{sum(int(rows.sum()) for rows in kept):,}",
                *map(spell, (counting, listing, scoring, front, listing + scoring + front)),
            ]
        )
    headings = ["neighbours", "ICSs", "connected sets", "plans", "plans on a frontier"]
    headings += [f"{step}, s" for step in ("counting alone", "listing", "scoring", "frontier", "listing to frontier")]
    return (
        "## Every plan of every ICS, scored, with its frontier\n\n"
        + table(headings, rows)
        + f"\n\nOne core, median of {REPEATS}; listing includes counting. Objectives: most bodies removed, "
        f"fewest people in bodies "
        "other than the largest of their merged body. Peak memory of the process "
        f"{peak_mb():.0f} MB, of which {before:.0f} MB is Python with numpy and pandas. Target: 2 s and 500 MB."
    )


# Part 2: growth


def synthetic(n_bodies: int, seed: int) -> np.ndarray:
    """A connected planar graph: cells of a grid four wide, one diagonal in each square, some borders removed."""
    rng = np.random.default_rng(seed)
    edges = []
    for cell in range(n_bodies):
        row, column = divmod(cell, 4)
        if column:
            edges.append((cell - 1, cell))
        if row:
            edges.append((cell - 4, cell))
            if column and rng.random() < 0.5:
                edges.append((cell - 5, cell))
            elif column:
                edges.append((cell - 4, cell - 1))
    names = [str(cell) for cell in range(n_bodies)]
    edges = [(a, b) for a, b in edges if b < n_bodies]
    for number in rng.permutation(len(edges))[: len(edges) // 6]:
        fewer = [edge for edge in edges if edge is not None and edge != edges[number]]
        if len(components(neighbour_masks(names, [(str(a), str(b)) for a, b in fewer]))) == 1:
            edges[number] = None
    kept = [edge for edge in edges if edge is not None]
    return neighbour_masks(names, [(str(a), str(b)) for a, b in kept])


def growth() -> str:
    rows = []
    for n_bodies in (4, 6, 8, 10, 12, 14, 16, 20, 24):
        samples = [synthetic(n_bodies, seed) for seed in range(SEEDS)]
        middle = sorted(samples, key=lambda masks: len(connected_sets(masks, max_size=6)))[SEEDS // 2]
        rows.append([n_bodies, *grown(middle)])
    return (
        "## Growth with the number of bodies\n\n"
        + table(
            ["bodies", "borders", "connected sets", "plans", "listing, s", "optimum by DP, s", "optimum by MIP, s"],
            rows,
        )
        + f"\n\nSynthetic connected planar graphs, the middle one of {SEEDS} for each size by number of sets; "
        f"one run each. "
        "Objective: least squared distance of each body's size from a quarter of the whole. Where listing is "
        "refused (above 2 million "
        "plans), the message is an InputError that names the count or a lower bound and points to "
        "`best_partition`; up to that "
        "size DP and MIP gave the same optimum. Above 16 bodies only sets of up to 6 bodies are used. Peak memory "
        f"{peak_mb():.0f} MB."
    )


def lower_bound(masks: np.ndarray) -> str:
    try:
        return f"{count_plans(masks):,}"
    except InputError as refusal:
        return "at least " + str(refusal).split("at least ")[1].split(" ")[0]


def grown(masks: np.ndarray) -> list[str]:
    sizes = np.random.default_rng(1).integers(50, 400, len(masks))
    sets = connected_sets(masks, max_size=None if len(masks) <= 16 else 6)
    values = (membership(sets, len(masks)).astype(int) @ sizes - sizes.sum() // 4) ** 2 / 1000
    try:
        listing, found = timed(lambda: plans(masks), 1)
        n_plans, listed = f"{len(found):,}", spell(listing)
        del found
    except InputError:
        n_plans, listed = "", "refused"
    try:
        if len(masks) > 16:
            raise InputError(
                "The dynamic programme takes a value for every connected set, and not all are listed here."
            )
        dynamic, programmed = timed(lambda: best_partition_dp(masks, values, maximise=False), 1)
        n_plans = n_plans or f"{count_plans(masks):,}"
        by_dp = spell(dynamic)
    except InputError:
        programmed, by_dp = None, "not tried" if len(masks) > 16 else "refused"
        n_plans = n_plans or lower_bound(masks)
    solving, solved = timed(lambda: best_partition(len(masks), sets, values, maximise=False, time_limit_s=60), 1)
    if programmed is not None and solved.proven_optimal:
        assert np.isclose(programmed.objective, solved.objective, rtol=1e-9, atol=1e-6)
    by_mip = spell(solving) + ("" if solved.proven_optimal else " (not proven)")
    borders = int(np.bitwise_count(masks).sum()) // 2
    return [str(borders), f"{len(sets):,}", n_plans, listed, by_dp, by_mip]


# Part 3: max-p beside spopt


def exact_max_p(masks: np.ndarray, people: np.ndarray, distance: np.ndarray, floor: int) -> tuple[int, float]:
    """Most bodies with at least `floor` people each, and then the least sum of distances within bodies."""
    found = plans(masks)
    inside = membership(found.sets, len(masks)).astype(float)
    within = ((inside @ distance) * inside).sum(axis=1) / 2
    feasible = found.min(inside @ people) >= floor
    most = int(found.number_of_sets[feasible].max())
    return most, float(found.sum(within)[feasible & (found.number_of_sets == most)].min())


def judge(labels: list[int], masks: np.ndarray, people: np.ndarray, distance: np.ndarray, floor: int):
    """Number of bodies and sum of distances within them; None if the floor or contiguity is broken."""
    labels = np.array(labels)
    total = 0.0
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        inner = [
            sum(1 << new for new, old in enumerate(members) if int(masks[body]) >> int(old) & 1) for body in members
        ]
        if len(components(inner)) > 1 or people[members].sum() < floor:
            return None
        total += distance[np.ix_(members, members)].sum() / 2
    return len(np.unique(labels)), float(total)


PEER = r"""
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import geopandas, libpysal, numpy as np
from spopt.region import AZP, MaxPHeuristic
from spopt.region.objective_function import ObjectiveFunctionPairwise

problem = json.load(sys.stdin)
frame = geopandas.GeoDataFrame(
    {"x": problem["x"], "y": problem["y"], "people": problem["people"]},
    geometry=geopandas.points_from_xy(problem["x"], problem["y"]),
)
weights = libpysal.weights.W(dict(enumerate(problem["neighbours"])), silence_warnings=True)


class WithFloor(ObjectiveFunctionPairwise):
    "Distances within regions, and a heavy charge for each person missing from the floor."

    def __call__(self, labels, attr):
        labels = np.asarray(labels)
        missing = sum(max(0.0, problem["floor"] - attr[labels == r, 2].sum()) for r in set(labels.tolist()))
        return float(np.sum(super().__call__(labels, attr[:, :2]))) + 1e6 * missing

    def update(self, moving_area, recipient_region, labels, attr):
        after = np.array(labels)
        after[moving_area] = recipient_region
        return self(after, attr) - self(labels, attr)


print("ready", flush=True)
np.random.seed(problem["seed"])
clock = time.perf_counter()
if problem["method"] == "MaxP":
    model = MaxPHeuristic(frame, weights, ["x", "y"], "people", problem["floor"], top_n=2)
else:
    model = AZP(frame, weights, ["x", "y", "people"], problem["regions"], random_state=problem["seed"],
                objective_func=WithFloor("manhattan"))
model.solve()
answer = {"labels": [int(label) for label in model.labels_], "seconds": time.perf_counter() - clock}
print(json.dumps(answer), flush=True)
"""


def ask_peer(python: str, problem: dict) -> dict | None:
    """The peer's answer, or None if it fails or takes longer than the limit (imports not counted)."""
    process = subprocess.Popen(
        [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        process.stdin.write(json.dumps(problem))
        process.stdin.close()
        if process.stdout.readline().strip() != "ready":
            return {"failed": "does not start: " + process.stderr.read().strip().splitlines()[-1]}
        process.stdin = None
        out, err = process.communicate(timeout=PEER_LIMIT_S)
        return json.loads(out) if process.returncode == 0 else {"failed": err.strip().splitlines()[-1]}
    except subprocess.TimeoutExpired:
        return None
    finally:
        process.kill()
        process.wait()


def peer_versions(python: str) -> str | None:
    names = "('spopt', 'libpysal', 'geopandas')"
    code = f"from importlib.metadata import version; print(', '.join(n + ' ' + version(n) for n in {names}))"
    result = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return result.stdout.strip() or None


def max_p(peer_python: str) -> str:
    peer = peer_versions(peer_python)
    areas = [(bodies, masks) for bodies, masks in areas_at("2019-04-01") if len(components(masks)) == 1]
    areas = sorted(areas, key=lambda area: -len(area[1]))[:3]
    rows, totals = [], {"MaxP": [0, 0, 0, 0], "AZP": [0, 0, 0, 0]}
    for bodies, masks in areas:
        people = bodies.residents.to_numpy()
        places = bodies[["centroid_easting", "centroid_northing"]].to_numpy() / 1000
        distance = np.abs(places[:, None] - places[None]).sum(axis=2)
        for floor in FLOORS:
            seconds, (most, within) = timed(lambda m=masks, p=people, d=distance, f=floor: exact_max_p(m, p, d, f))
            row = [
                f"{bodies.area_name[0].split('(')[0].strip()} ({len(masks)} bodies)",
                f"{floor:,}",
                most,
                f"{within:.1f}",
            ]
            row.append(spell(seconds))
            for method in ("MaxP", "AZP"):
                if peer is None:
                    row += ["", ""]
                    continue
                answers = []
                for seed in range(SEEDS):
                    problem = {
                        "method": method,
                        "seed": seed,
                        "floor": floor,
                        "regions": most,
                        "x": places[:, 0].tolist(),
                        "y": places[:, 1].tolist(),
                        "people": people.tolist(),
                        "neighbours": [np.flatnonzero(line).tolist() for line in membership(masks, len(masks))],
                    }
                    answers.append(ask_peer(peer_python, problem))
                row += summary(answers, (most, within), totals[method], masks, people, distance, floor)
            rows.append(row)
    headings = ["ICS, April 2019", "floor, residents", "most bodies", "distance within, km", "exact, s"]
    headings += ["spopt MaxP reached", "MaxP, s", "spopt AZP reached", "AZP, s"]
    text = "## The max-p problem: most bodies with a population floor, then most compact\n\n" + table(headings, rows)
    if peer is None:
        return text + "\n\nspopt was not found, so its columns are empty."
    runs = len(rows) * SEEDS
    words = [
        f"{name}: optimum in {reached} of {runs} runs, right number of bodies but less compact in {close}, "
        f"stopped at the limit in {late}, another number of bodies, below the floor or an error in {wrong}"
        for name, (reached, close, late, wrong) in (("MaxPHeuristic", totals["MaxP"]), ("AZP", totals["AZP"]))
    ]
    return (
        f"{text}\n\nThe three largest connected ICSs. Exact: every plan listed, proof included; median of "
        f"{REPEATS}. {peer}: {SEEDS} seeds "
        f"each, in a process of its own, stopped after {PEER_LIMIT_S} s (imports not counted); seconds are the "
        f"median of the runs that "
        f"ended. AZP is told the best number of bodies, which it cannot find, and is charged for people below "
        f"the floor. "
        f"Compactness is spopt's own: the sum of Manhattan distances within bodies, here between population-weighted "
        f"centroids.\n\n" + "\n".join(f"- {line}." for line in words)
    )


def summary(answers, optimum, total, masks, people, distance, floor) -> list[str]:
    reached = close = 0
    ended = [answer for answer in answers if answer is not None and "labels" in answer]
    for answer in ended:
        judged = judge(answer["labels"], masks, people, distance, floor)
        if judged is not None and judged[0] == optimum[0]:
            exact = np.isclose(judged[1], optimum[1], rtol=1e-9)
            reached, close = reached + exact, close + (not exact)
    for answer in answers:
        if answer is not None and "failed" in answer:
            print(answer["failed"], file=sys.stderr)
    late = sum(answer is None for answer in answers)
    for place, number in enumerate((reached, close, late, len(answers) - reached - close - late)):
        total[place] += int(number)
    seconds = spell(statistics.median(answer["seconds"] for answer in ended)) if ended else "none ended"
    return [f"{reached} of {len(answers)}", seconds]


# Part 4: national


def national() -> str:
    footprint = footprint_at("2018-04-01")
    people = footprint.residents.to_numpy()
    area = footprint.area_code.to_numpy()
    neighbours = neighbour_lists(list(footprint.body_code), pairs_at("2018-04-01"))
    listing, sets = timed(lambda: connected_sets_of_indices(neighbours, max_size=5), 3)
    values = (np.array([people[list(members)].sum() for members in sets]) / 1e5 - 8) ** 2
    rows = []
    for label, chosen, number in [
        ("across borders, any number of bodies", np.arange(len(sets)), None),
        ("across borders, 80 bodies", np.arange(len(sets)), 80),
        ("across borders, 120 bodies", np.arange(len(sets)), 120),
        ("inside ICSs, any number", np.array([i for i, s in enumerate(sets) if len(set(area[list(s)])) == 1]), None),
    ]:
        solved = best_partition(
            len(people), [sets[i] for i in chosen], values[chosen], number, maximise=False, time_limit_s=150
        )
        proof = "yes" if solved.proven_optimal else f"no ({solved.status})"
        rows.append(
            [label, f"{len(chosen):,}", len(solved.sets), f"{solved.objective:.3f}", f"{solved.bound:.3f}"]
            + [f"{solved.gap:.1e}", proof, spell(solved.seconds)]
        )
    areas = areas_at("2018-04-01")

    def frontiers() -> list[dict[int, float]]:
        result = []
        for bodies, masks in areas:
            size = membership(connected_sets(masks), len(masks)) @ bodies.residents.to_numpy()
            best = best_partitions_dp(masks, (size / 1e5 - 8) ** 2, maximise=False)
            result.append({number: partition.objective for number, partition in best.items()})
        return result

    preparing, own = timed(frontiers)
    combining, combined = timed(lambda: combine_frontiers(own, maximise=False))
    headings = ["plans", "sets", "bodies in the optimum", "objective", "bound", "gap", "proven", "s"]
    return (
        "## Nationally\n\n"
        + table(headings, rows)
        + f"\n\nThe 195 bodies of April 2018 on rook neighbours; {len(sets):,} connected sets of up to 5 "
        f"bodies, single ones included, "
        f"listed in {spell(listing)} s. Objective: sum over bodies of the squared distance from 800,000 residents, in "
        "(100,000 people) squared; least is best. HiGHS with both gap tolerances at zero; one run each.\n\n"
        "Plans with sets of any size inside ICSs need no integer programme: the best plan of each ICS for each "
        "number of bodies "
        f"takes {spell(preparing)} s for all 42, and putting the 42 frontiers together into the national one, from "
        f"{max(combined.values)} bodies down to {min(combined.values)}, {spell(combining)} s (medians of {REPEATS}). "
        f"{min(combined.values)} and not 42, because the Isle of Wight has no neighbour by land."
    )


# Running


PARTS = ("core", "growth", "maxp", "national", "counted")


def machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "highspy"))
    return (
        f"Measured on {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {versions}. "
        "Made by `python benchmarks/bench_plans.py --write`."
    )


# Part 5: counted and drawn where no list could hold them

DRAWS = 2_000


def counted() -> str:
    rows = []
    for label, as_at, inside, largest in [
        ("42 ICBs, April 2024, anywhere", "2024-04-01", False, None),
        ("the same, inside regions", "2024-04-01", True, None),
        ("the same anywhere, sets of up to 3", "2024-04-01", False, 3),
        ("36 ICBs, April 2026, anywhere", "2026-04-01", False, None),
    ]:
        bodies = raw("footprints").query("as_at == @as_at")
        area = bodies.set_index("body_code")["area_code"]
        borders = [pair for pair in pairs_at(as_at) if not inside or area[pair[0]] == area[pair[1]]]
        neighbours = neighbour_lists(list(bodies.body_code), borders)
        seconds, diagram = timed(lambda near=neighbours, most=largest: plan_diagram(near, most))
        drawing, _ = timed(lambda made=diagram: made.sample(DRAWS, 1, 26))
        rows.append(
            [
                label,
                f"{len(diagram):,}",
                f"{diagram.count():,}",
                f"{diagram.count(26):,}",
                spell(seconds),
                spell(drawing),
            ]
        )
    return (
        "## Counted and drawn without a list\n\n"
        + table(["plans of", "nodes", "plans", "of 26 sets", "diagram, s", f"{DRAWS:,} drawn, s"], rows)
        + f"\n\nOne core, median of {REPEATS}, rook neighbours. Counts are exact; draws are of 26 sets, each as likely as any other. "
        "graphillion counts the same of the 42 ICBs. Peak memory of the process "
        f"{peak_mb():.0f} MB."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--here", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        part = {"core": core, "growth": growth, "maxp": lambda: max_p(options.peer_python)}
        part |= {"national": national, "counted": counted}
        print(part[options.here]())
        return
    sections = ["# Merger plans: exact search, timed", machine()]
    for name in options.only:
        command = [sys.executable, __file__, "--here", name, "--peer-python", options.peer_python]
        sections.append(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip())
    text = "\n\n".join(sections) + "\n"
    print(text)
    if options.write:
        (ROOT / "benchmarks" / "plans.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

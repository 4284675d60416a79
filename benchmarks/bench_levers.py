"""Times the Monte Carlo of the levers and the scoring of every plan; prints the tables of `benchmarks/levers.md`.

    python benchmarks/bench_levers.py

Places are copies of the 42 ICSs of April 2018. Each figure is the median of several runs; peak memory is the process's.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from ccganalysis.analysis import candidates
from ccganalysis.analysis import levers as lever
from ccganalysis.data import ingest, organisations

RUNS = 5


def median_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median wall time of `work`."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    era = ingest.era("2018-04-01")
    tables = ingest.Tables(era)
    setting = candidates.prepare(tables, "2018-04-01", "per_head_adjusted", 0.2, 10_000, 2018, era)
    limits, levers = setting.bodies, tables["levers"]
    pairs = organisations.neighbours(tables["links"], "2018-04-01")
    area = lever.places(limits, limits.set_index("body_code")["officer"], pairs)
    cuts = {"cash": 0.2, "real": 0.1189, "observed_cash": 0.118}

    print("| ICSs | draws | seconds | ms per ICS | peak MB |\n| ---: | ---: | ---: | ---: | ---: |")
    for copies, draws in ((1, 10_000), (10, 10_000), (1, 100_000), (10, 100_000)):
        many = pd.concat([area] * copies, ignore_index=True)
        seconds = median_seconds(lambda many=many, draws=draws: lever.probabilities(many, levers, cuts, draws, 2018))
        print(f"| {len(many):,} | {draws:,} | {seconds:.3f} | {1000 * seconds / len(many):.2f} | {peak_mb():.0f} |")

    scope = lever.Scope.merged(area)
    gap = float(area["gap_gbp"].sum())
    everything = candidates.every_area(setting, pairs)
    names = ["released", "coterminosity", "disruption"]
    rows = {
        "Sobol indices of 8 quantities, 1,024 points": lambda: lever.sensitivity(scope, levers, gap, 2018),
        "4,426 connected sets and 77,083 plans listed and scored": lambda: candidates.every_area(setting, pairs),
        "exact frontiers of 42 ICSs, three objectives": lambda: [
            candidates.frontier(one, names) for one in everything.values()
        ],
        "ranking with intervals over 1,000 draws": lambda: candidates.board_table(
            candidates.ranking(candidates.all_sets(everything), "released_share"), setting.draws
        ),
    }
    print("\n| work | seconds |\n| --- | ---: |")
    for what, work in rows.items():
        print(f"| {what} | {median_seconds(work, 3):.3f} |")
    print(f"\nnumpy {np.__version__}, pandas {pd.__version__}")


if __name__ == "__main__":
    main()

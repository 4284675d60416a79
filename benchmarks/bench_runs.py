"""What a run costs, beside the usual way and beside no notebook at all; writes its part of benchmarks/README.md.

    python benchmarks/bench_runs.py                    every measurement (about an hour on 2 cores)
    python benchmarks/bench_runs.py ways whole         some of them; the others keep their last results
    python benchmarks/bench_runs.py --page             none: the page is written again

Each way runs in a process of its own, several times; the median counts. CPU seconds are those of all its processes,
waited for as their subreaper; memory is the highest sum, sampled twice a second, of the proportional share (PSS) of
all of them.
"""

import ctypes
import datetime
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
RESULTS = HERE / "runs.json"
PAGE = HERE / "README.md"
START, END = "<!-- runs:start -->\n", "<!-- runs:end -->\n"
BIN = Path(sys.executable).parent
RUN = (sys.executable, "-m", "ccganalysis", "run")
SAMPLE = 6
REPEATS = 3
GROWTH = (42, 420, 1050)
KERNELS_IN_A_ROW = 200
BEFORE, ITS_NOTEBOOK = "5216eef", "ics_report"
"""The commit that the page sets beside the present one, and what it called the notebook of an area."""
PR_SET_CHILD_SUBREAPER = 36
ENVIRONMENT = os.environ | {"CCGANALYSIS_HOME": str(ROOT), "PYTHONWARNINGS": "ignore"}


def medians(several):
    """The median of each number over several measurements, and how many there were."""
    return {name: statistics.median(one[name] for one in several) for name in several[0]} | {"repeats": len(several)}


def measured(*command, root=ROOT):
    """Run a command on a project; returns wall and CPU seconds and peak memory of everything it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=root,
        env=ENVIRONMENT | ({"CCGANALYSIS_HOME": str(root), "PYTHONPATH": str(root)} if root != ROOT else {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak, done = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, done))
    watcher.start()
    error = process.stderr.read()
    process.wait()
    wall = time.monotonic() - began
    done.set()
    watcher.join()
    while True:  # what the command left to end by itself, such as the server that workers are forked from
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    if process.returncode:
        raise SystemExit(f"{command} failed: {error.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "peak_mb": round(peak[0] / 1e6)}


def watch(peak, done):
    while not done.wait(0.5):
        total = 0
        for process in psutil.Process().children(recursive=True):
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        peak[0] = max(peak[0], total)


def before(folder):
    """The project as it was at the commit `BEFORE`, with everything derived made, so that runs alone are measured."""
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    measured(*RUN, "--only", "01_ingest", "--output", folder / "outputs", root=folder)
    return folder


def codes():
    from ccganalysis.data import ingest, organisations

    return sorted(organisations.footprint(ingest.load("bodies"), "2018-04-01")["area_code"].unique())


# --- the ways, each a command of this script ---


def way_commands(folder):
    """(a) papermill's command, then jupyter nbconvert's, one report after the other, as in this environment."""
    for code in codes()[:SAMPLE]:
        target = folder / f"{code}.ipynb"
        subprocess.run(
            [
                BIN / "papermill",
                "--no-progress-bar",
                ROOT / "notebooks" / "area_report.ipynb",
                target,
                "-r",
                "area",
                code,
            ],
            check=True,
        )
        subprocess.run([BIN / "jupyter-nbconvert", "--to", "html", target], check=True)


def way_one_process(folder):
    """(b) the same libraries in one process, with an ordinary kernel for each report."""
    import papermill
    from nbconvert import HTMLExporter

    exporter = HTMLExporter()
    for code in codes()[:SAMPLE]:
        executed = papermill.execute_notebook(
            str(ROOT / "notebooks" / "area_report.ipynb"),
            str(folder / f"{code}.ipynb"),
            {"area": code},
            progress_bar=False,
        )
        (folder / f"{code}.html").write_text(exporter.from_notebook_node(executed)[0], encoding="utf-8")


def way_functions(folder):
    """(e) the floor: the notebook's calls in one process, and its page, pictures and tables; no notebook, no kernel."""
    os.environ["CCGANALYSIS_FIGURE_FORMATS"] = "png"
    os.environ["MPLBACKEND"] = "agg"
    from ccganalysis import notebooks, report
    from ccganalysis.presentation import display

    stored = notebooks.read(ROOT / "notebooks" / "area_report.ipynb")
    new_output = notebooks.nbformat.v4.new_output
    for code in codes():
        shown = []
        display.display = lambda bundle, raw, shown=shown: shown.append(new_output("display_data", data=bundle))
        namespace = {}
        for cell in stored.cells:
            if cell.cell_type == "code":
                shown.clear()
                exec(cell.source, namespace)
                cell.outputs = list(shown)
            if "parameters" in cell.metadata.get("tags", []):
                namespace["area"] = code
        page = f"area/{code}"
        (folder / "area").mkdir(exist_ok=True)
        (folder / f"{page}.html").write_text(report.render_page(stored, page, {}), encoding="utf-8")
        report.write_artefacts(stored, page, folder)


def way_kernels(folder):
    """Kernels started, used and stopped one after the other, from one server; nothing may be left behind."""
    os.environ["PYTHONPATH"] = str(ROOT / "tests")
    sys.path.insert(0, str(ROOT / "tests"))
    from test_kernels import Kernel

    from ccganalysis.runs import kernels

    with kernels.KernelServer() as server:
        os.environ[kernels.ADDRESS] = server.address
        process = psutil.Process(server.process.pid)
        for number in range(KERNELS_IN_A_ROW):
            with Kernel() as kernel:
                assert kernel.run(f"import random; print({number})") == str(number)
        assert process.children() == [] and process.num_threads() == 1


def lab_environment(folder):
    """The environment of an analyst, with JupyterLab, whose imports weigh on papermill and nbconvert too."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "--require-hashes", "-r", ROOT / "requirements" / "lab.lock"], check=True, stderr=subprocess.DEVNULL
    )
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT], check=True)
    return folder / "bin" / "python"


WAYS = {"commands": way_commands, "one-process": way_one_process, "functions": way_functions, "kernels": way_kernels}


# --- the measurements ---


def measure_ways():
    """Each way in turn, then all of them again, so that a slow minute of the machine does not fall on one way alone."""
    found = {}
    count = len(codes())
    with tempfile.TemporaryDirectory() as environment, tempfile.TemporaryDirectory() as former:
        lab, former = lab_environment(Path(environment)), before(Path(former))
        for _ in range(REPEATS):
            for name, python, way, reports in (
                ("commands-lab", lab, "commands", SAMPLE),
                ("commands", sys.executable, "commands", SAMPLE),
                ("one-process", sys.executable, "one-process", SAMPLE),
                ("functions", sys.executable, "functions", count),
            ):
                with tempfile.TemporaryDirectory() as folder:
                    one = measured(python, __file__, "--way", way, folder)
                found.setdefault(name, []).append(one | {"reports": reports})
            for root, notebook, mark in ((ROOT, "area_report", ""), (former, ITS_NOTEBOOK, "-before")):
                for workers in (1, 2):
                    with tempfile.TemporaryDirectory() as folder:
                        options = ("--only", notebook, "--output", folder, "--workers", workers)
                        one = measured(*RUN, *options, root=root)
                    found.setdefault(f"ours-{workers}{mark}", []).append(one | {"reports": count})
            with tempfile.TemporaryDirectory() as folder:
                script = former / "benchmarks" / "bench_runs.py"
                one = measured(sys.executable, script, "--way", "functions", folder, root=former)
            found.setdefault("functions-before", []).append(one | {"reports": count})
    return {name: medians(several) for name, several in found.items()}


def measure_whole():
    runs, again, beside = [], [], []
    with tempfile.TemporaryDirectory() as former:
        former = before(Path(former))
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as folder:
                command = (*RUN, "--output", folder)
                runs.append(measured(*command))
                again.append(measured(*command)["wall_seconds"])
            with tempfile.TemporaryDirectory() as folder:
                beside.append(measured(*RUN, "--output", folder, root=former))
    return medians(runs) | {
        "nothing_changed_seconds": statistics.median(again),
        "before": medians(beside),
    }


def measure_growth():
    found = {}
    for reports in GROWTH:
        with tempfile.TemporaryDirectory() as folder:
            scenarios = Path(folder) / "scenarios.yaml"
            targets = [round(0.1 + n / 200, 3) for n in range(reports // len(codes()))]
            scenarios.write_text(f"grid:\n  saving_target: {targets}\n", encoding="utf-8")
            found[str(reports)] = measured(BIN / "ccganalysis", "sweep", scenarios, "--output", folder, "--workers", 2)
    return found


def measure_kernels():
    return measured(sys.executable, __file__, "--way", "kernels", tempfile.gettempdir())


MEASUREMENTS = {"ways": measure_ways, "whole": measure_whole, "growth": measure_growth, "kernels": measure_kernels}


def machine():
    names = ("papermill", "nbconvert", "jupyter-client", "ipykernel", "pandas", "matplotlib", "geopandas")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    load = os.getloadavg()[0]
    return (
        f"{datetime.date.today():%B %Y}, {len(os.sched_getaffinity(0))} cores, load {load:.1f} at the start, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


TITLES = {
    "commands-lab": "(a) papermill's command, then `jupyter nbconvert`, one after the other, JupyterLab installed",
    "commands": "(a) the same without JupyterLab",
    "one-process": "(b) the same libraries in one process, ordinary kernels",
    "ours-1": "(c) `ccganalysis run`, one worker",
    "ours-2": "(d) `ccganalysis run`, two workers",
    "functions": "(e) the floor: plain function calls, no notebook",
}


def page(results):
    lines = []
    if found := results.get("ways"):
        repeats = found["measured"]["ours-2"]["repeats"]
        lines += [
            f"## The 42 ICS reports to HTML\n\n{found['machine']}; medians of {repeats}\n",
            f"| way | wall s | CPU s | CPU s per report | peak memory, MB | {BEFORE}: wall s | CPU s per report | |",
            "| --- | --: | --: | --: | --: | --: | --: | --- |",
        ]
        for name, title in TITLES.items():
            one = found["measured"][name]
            scale = 42 / one["reports"]
            note = f"{one['reports']} reports, scaled up" if scale > 1 else ""
            was = found["measured"].get(f"{name}-before")
            beside = f"{was['wall_seconds']:.0f} | {was['cpu_seconds'] / was['reports']:.2f}" if was else " | "
            lines.append(
                f"| {title} | {one['wall_seconds'] * scale:.0f} | {one['cpu_seconds'] * scale:.0f} "
                f"| {one['cpu_seconds'] / one['reports']:.2f} | {one['peak_mb']:,.0f} | {beside} | {note} |"
            )
        usual, bare, ours, floor = (
            found["measured"][name] for name in ("commands-lab", "commands", "ours-2", "functions")
        )
        ratio, without = (42 / SAMPLE * one["wall_seconds"] / ours["wall_seconds"] for one in (usual, bare))
        more = ours["cpu_seconds"] / ours["reports"] - floor["cpu_seconds"] / floor["reports"]
        lines += [
            "",
            f"(d) takes 1/{ratio:.1f} of the wall time of (a) as an analyst has it, with JupyterLab, whose imports weigh on "
            f"papermill and nbconvert; 1/{without:.1f} of (a) in our own environment without it. A report costs "
            f"{more:.2f} CPU seconds more than the floor, starting, the site and its workbooks included.",
            "",
        ]
    if found := results.get("whole"):
        one = found["measured"]
        lines += [
            f"## Everything: `ccganalysis run`\n\n{found['machine']}; medians of {one['repeats']}\n",
            f"Ingest to site: {one['wall_seconds']:.0f} s wall, {one['cpu_seconds']:.0f} s CPU, {one['peak_mb']:,.0f} MB "
            f"at most. The same again with nothing changed: {one['nothing_changed_seconds']:.1f} s.",
        ]
        if was := one.get("before"):
            lines.append(f"At {BEFORE} it took {was['wall_seconds']:.0f} s wall, {was['cpu_seconds']:.0f} s CPU.")
        lines.append("")
    if found := results.get("growth"):
        lines += [
            f"## Growth: sweeps with two workers\n\n{found['machine']}; one run each\n",
            "| reports | wall s | wall s per report | CPU s per report | peak memory, MB |",
            "| --: | --: | --: | --: | --: |",
        ]
        for reports, one in found["measured"].items():
            count = int(reports)
            lines.append(
                f"| {count:,} | {one['wall_seconds']:.0f} | {one['wall_seconds'] / count:.2f} "
                f"| {one['cpu_seconds'] / count:.2f} | {one['peak_mb']:,} |"
            )
        lines.append("")
    if found := results.get("kernels"):
        one = found["measured"]
        lines += [
            f"## {KERNELS_IN_A_ROW} kernels in a row\n\n{found['machine']}\n",
            f"{one['wall_seconds']:.0f} s wall and {one['cpu_seconds']:.0f} s CPU: "
            f"{one['wall_seconds'] / KERNELS_IN_A_ROW:.2f} and {one['cpu_seconds'] / KERNELS_IN_A_ROW:.2f} s a kernel, started, "
            "used and stopped by Jupyter's own client; no process is left, and the server still has one thread.",
            "",
        ]
    return "\n".join(lines)


def main():
    if sys.argv[1:2] == ["--way"]:
        WAYS[sys.argv[2]](Path(sys.argv[3]))
        return
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    wanted = [] if sys.argv[1:] == ["--page"] else sys.argv[1:] or list(MEASUREMENTS)
    for name in wanted:
        described = machine()
        results[name] = {"machine": described, "measured": MEASUREMENTS[name]()}
        print(name, results[name])
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    before, after = PAGE.read_text(encoding="utf-8").split(START)[0], PAGE.read_text(encoding="utf-8").split(END)[1]
    PAGE.write_text(before + START + page(results) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()

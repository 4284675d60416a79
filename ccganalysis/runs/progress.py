"""What a run tells while it goes on: a bar for people, and two logs in its folder, one to read and one to parse."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer


@contextlib.contextmanager
def progress_of(manifest: Mapping[str, Any], folder: Path, bar: bool) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Tell of a run: why each report is made, and then each one that is; yields what to call with its entry.

    `run.log` has a line for each event, `run.jsonl` the same as JSON objects with `time`, `run`, `event`, and for a
    report `page`, `status`, `seconds`, `reason` and `error`.
    """
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its thread would get in the way of starting processes
    reports = manifest["reports"]
    for reason, pages in _by_reason(reports).items():
        shown = ", ".join(pages[:3]) + (f" and {len(pages) - 3} more" if len(pages) > 3 else "")
        typer.echo(f"{'Carried over' if reason == 'unchanged' else 'To make'}: {shown} ({reason})")
    if why := manifest.get("rendered"):
        typer.echo(f"Nothing to execute; pages are made again from what was ({why})")
    with (
        (folder / "run.log").open("w", encoding="utf-8", buffering=1) as lines,
        (folder / "run.jsonl").open("w", encoding="utf-8", buffering=1) as objects,
        tqdm(total=len(reports), unit="report", disable=not bar) as counter,
    ):

        def log(event: str, words: str, **facts: Any) -> None:
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            lines.write(f"{now} {words}\n")
            objects.write(json.dumps({"time": now, "run": manifest["run"], "event": event, **facts}) + "\n")

        def note(report: Mapping[str, Any]) -> None:
            facts = {name: report.get(name) for name in ("page", "status", "seconds", "reason", "error")}
            ending = f"failed: {facts['error']}" if facts["error"] else "ok"
            words = f"{facts['page']} {ending}, {facts['seconds']} s ({facts['reason']})"
            log("report", words, **facts)
            if facts["error"]:
                counter.write(f"{facts['page']} failed: {facts['error']}", file=sys.stderr)
            counter.set_postfix_str(facts["page"], refresh=False)
            counter.update()

        log("start", f"run {manifest['run']}: {len(reports)} reports", reports=len(reports))
        yield note
        log("end", f"run {manifest['run']} {manifest['status']}", status=manifest["status"])


def _by_reason(reports: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for report in reports:
        found.setdefault(report["reason"], []).append(report["page"])
    return found

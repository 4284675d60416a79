"""Tasks side by side in worker processes that may die, hang or be killed without the run noticing more than a retry.

Processes, never threads: papermill keeps its working directory in a global. `concurrent.futures` is not used because
one killed worker breaks its whole pool and a task that hangs cannot be stopped. pebble can do both, but starts its
workers from a thread of its own, where the caller's script cannot be kept from being imported again, and leaves retries
and orphans to us: little of this module would go.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

FORKS = sys.platform == "linux"
"""Whether processes are forked from a loaded one. Windows cannot; macOS's own libraries do not survive it."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment of workers and kernels: they run side by side, and native thread pools would fight for the same cores."""

TRIES = 2


class WorkerLost(Exception):
    """The process that worked on a task died, or had to be killed because the task took too long."""


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Any = None
    tries: int = 0
    deadline: float = float("inf")


def side_by_side(
    work: Callable[[Any], Any],
    tasks: Iterable[Any],
    *,
    workers: int,
    patience_seconds: float = float("inf"),
    preload: Iterable[str] = (),
) -> Iterator[tuple[Any, Any]]:
    """Do `work(task)` for every task in up to `workers` processes; yields (task, result) as each is done.

    A result is what `work` returned, or the exception it raised. A task whose process died is tried once more, then
    its result is `WorkerLost`; one that takes longer than `patience_seconds` is killed and not tried again. `work`
    is a function of a module, and tasks and results can be pickled. Closing the iterator kills the workers, and a
    worker whose parent is gone ends itself.
    """
    context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
    if FORKS:
        context.set_forkserver_preload([__name__, *preload])
        resource_tracker.ensure_running()  # it would let signals in again
        with _deaf():
            forkserver.ensure_running()
    waiting = deque((task, TRIES) for task in tasks)
    crew: list[_Worker] = []
    try:
        while waiting or any(worker.task is not None for worker in crew):
            while len(crew) < workers and len(waiting) > sum(worker.task is None for worker in crew):
                crew.append(_start(context, work))
            for worker in crew:
                if waiting and worker.task is None:
                    worker.task, worker.tries = waiting.popleft()
                    worker.deadline = time.monotonic() + patience_seconds
                    worker.pipe.send(worker.task)
            for worker in _ready(crew):
                task = worker.task
                try:
                    result = worker.pipe.recv()
                    worker.task = None
                except (EOFError, OSError):
                    result = _bury(worker)
                    crew.remove(worker)
                    if worker.tries > 1 and time.monotonic() < worker.deadline:
                        waiting.appendleft((task, worker.tries - 1))
                        continue
                yield task, result
    finally:
        for worker in crew:
            _bury(worker)


def _start(context: Any, work: Callable[[Any], Any]) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(work, theirs))
    with _no_main_module():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Keep Ctrl-C, which reaches every process of the terminal, from one that is started: it would end in a traceback.

    What is blocked here stays blocked there; here it arrives afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a starting worker from importing the caller's script again, which takes time or, unguarded, runs it twice."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _ready(crew: list[_Worker]) -> list[_Worker]:
    """Wait for workers that have a result or have died; those past their deadline are killed, which makes them ready."""
    busy: dict[Any, _Worker] = {worker.pipe: worker for worker in crew if worker.task is not None}
    left = min(worker.deadline for worker in busy.values()) - time.monotonic()
    ready = wait(list(busy), None if left == float("inf") else max(0.0, left))
    if not ready:
        for worker in busy.values():
            if time.monotonic() >= worker.deadline:
                worker.process.kill()
        # The dead are ready as soon as the system has closed their pipes, which may take a moment on a busy machine.
        ready = wait(list(busy))
    return [busy[pipe] for pipe in ready]


def _bury(worker: _Worker) -> WorkerLost:
    late = time.monotonic() >= worker.deadline
    worker.pipe.close()
    if worker.task is not None:
        worker.process.kill()
    worker.process.join()
    code = worker.process.exitcode
    ending = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
    return WorkerLost("took too long and was stopped" if late else f"its process {ending}")


def _serve(work: Callable[[Any], Any], pipe: Connection) -> None:
    """The worker's life: one task at a time until the pipe closes, or at once when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everyone; the parent decides.
    if FORKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_follow_parent, daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            result = work(task)
        except Exception as error:
            result = error
        pipe.send(result)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # a worker has one
    wait([parent.sentinel])
    os._exit(1)

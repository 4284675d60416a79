"""Tasks on a Dask cluster, in the way `workers.side_by_side` does them here.

The cluster's workers need the same environment and see the project and the output folder under the same paths; one
thread each (`dask worker --nthreads 1`), as papermill is not safe among threads.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from ..errors import InputError
from .workers import WorkerLost

_ALONE = threading.Lock()


def side_by_side(
    work: Callable[[Any], Any],
    tasks: Iterable[Any],
    *,
    scheduler: str,
    patience_seconds: float = float("inf"),
    connect_seconds: float = 10,
) -> Iterator[tuple[Any, Any]]:
    """Do `work(task)` for every task on the cluster at `scheduler`; yields (task, result) as each is done.

    A result is what `work` returned, or the exception it raised. Tasks of a worker that is lost are done again by
    another, so that `work` must do the same when done twice; where none is done for `patience_seconds`, those left are
    `WorkerLost`. Raises `InputError` without the extra `cluster`, where no cluster or none of its workers answers, and
    where the cluster is lost.
    """
    try:
        from distributed import Client, wait
    except ImportError:
        raise InputError("A cluster needs Dask: install the package with the extra 'cluster'.") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it would say is said here, in a line
    lost = InputError(
        f"The Dask cluster at {scheduler} was lost while the reports were made. Earlier runs are as they were. Start the "
        "cluster, and run again."
    )
    try:
        client = Client(scheduler, timeout=connect_seconds)
    except (OSError, ValueError) as error:
        raise InputError(f"No Dask cluster answers at {scheduler} ({error}).") from None
    try:
        try:
            client.wait_for_workers(1, timeout=connect_seconds)
        except TimeoutError:
            raise InputError(
                f"The Dask cluster at {scheduler} has no workers. Start some: dask worker {scheduler}"
            ) from None
        futures = {client.submit(_alone, work, task, pure=False): task for task in tasks}
        while futures:
            try:
                done = wait(list(futures), min(patience_seconds, threading.TIMEOUT_MAX), "FIRST_COMPLETED").done
            except TimeoutError:
                for task in futures.values():
                    yield task, WorkerLost("took too long, or no worker was left to do it")
                return
            for future in done:
                if future.status == "cancelled" or client.status != "running":
                    raise lost
                failure = future.exception()
                yield futures.pop(future), future.result() if failure is None else failure
    except (OSError, CancelledError):
        raise lost from None
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=connect_seconds)


def _alone(work: Callable[[Any], Any], task: Any) -> Any:
    with _ALONE:
        return work(task)

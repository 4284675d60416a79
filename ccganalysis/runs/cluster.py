"""Tasks on a Dask cluster, in the way `workers.side_by_side` does them here.

The cluster's workers need the same environment and see the project and the output folder under the same paths; one
thread each (`dask worker --nthreads 1`), as papermill is not safe among threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..errors import InputError

_ALONE = threading.Lock()


def side_by_side(
    work: Callable[[Any], Any], tasks: Iterable[Any], *, scheduler: str, connect_seconds: float = 10
) -> Iterator[tuple[Any, Any]]:
    """Do `work(task)` for every task on the cluster at `scheduler`; yields (task, result) as each is done.

    A result is what `work` returned, or the exception it raised. Tasks of a worker that is lost are done again by
    another, so that `work` must do the same when done twice. Raises `InputError` without the extra `cluster`, and
    where no cluster answers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise InputError("A cluster needs Dask: install the package with the extra 'cluster'.") from None
    try:
        client = Client(scheduler, timeout=connect_seconds)
    except (OSError, ValueError) as error:
        raise InputError(f"No Dask cluster answers at {scheduler} ({error}).") from None
    with client:
        futures = {client.submit(_alone, work, task, pure=False): task for task in tasks}
        for future in as_completed(list(futures)):
            failure = future.exception()
            yield futures.pop(future), future.result() if failure is None else failure


def _alone(work: Callable[[Any], Any], task: Any) -> Any:
    with _ALONE:
        return work(task)

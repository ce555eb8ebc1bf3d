"""The stretches of a file on a Dask cluster: ranges go out, small answers come back.

The workers need this package, and must see the file and the zones' folder under the
same paths. A worker that dies has its stretches answered by another: the scheduler
sees to that.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from layers.errors import QueryError
from layers.formats.source import quoted
from layers.words import say

TIMEOUT_S = 15
"""How long a scheduler is looked for."""

AHEAD = 2
"""Stretches for each thread of the cluster that are under way: memory stays bounded."""

RETRIES = 2
"""Times that a stretch is tried again after an error of the worker's own."""


def on_cluster(
    address: str, work: Callable[..., Any], job: object, stretches: Sequence[object]
) -> Iterator[Any]:
    """Yield what ``work`` answers for each stretch, in order, from the workers of a cluster.

    Raises:
        QueryError: Dask is not installed, the scheduler is not reached, it has no
            worker, or workers die again and again.

    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - optional
    except ImportError as error:
        raise QueryError(say("overlay.dask_missing")) from error
    try:
        client = Client(address, timeout=TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise QueryError(
            say("overlay.dask_unreached", address=address, reason=quoted(error))
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise QueryError(say("overlay.dask_idle", address=address))
        waiting, answers = deque(stretches), deque()
        while waiting or answers:
            while waiting and len(answers) < AHEAD * threads:
                stretch = waiting.popleft()
                answers.append(client.submit(work, job, stretch, pure=False, retries=RETRIES))
            try:
                yield answers.popleft().result()
            except KilledWorker as error:
                raise QueryError(say("overlay.dask_died", reason=quoted(error))) from error
            except (ModuleNotFoundError, AttributeError) as error:
                raise QueryError(say("overlay.dask_bare", reason=quoted(error))) from error

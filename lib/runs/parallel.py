"""Independent pieces of extraction over all cores."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from lib.runs.cluster import connect

Result = TypeVar("Result")


def in_order(function: Callable[..., Result], items: Iterable[Any], *arguments: Any) -> Iterator[Result]:
    """Results of ``function(item, *arguments)``, in the order of the items.

    The cluster of `lib.runs.cluster.connect` does the work. At most two results per worker wait at
    a time, so that memory does not grow with the number of items. An error of the function is
    raised here.
    """
    with connect() as client:
        waiting: deque[Any] = deque()
        most = 2 * max(1, len(client.scheduler_info()["workers"]))
        for item in items:
            waiting.append(client.submit(function, item, *arguments, pure=False))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

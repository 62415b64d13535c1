"""Progress of runs: a bar in a terminal, plain lines in a pipeline, nothing in a notebook."""

import os
import sys
import time
from pathlib import Path
from typing import Any, Self

PROGRESS_FILE = "COMPENDIUM_PROGRESS"
"""Environment variable with a file: a notebook that the pipeline executes appends plain lines to
it, and the pipeline prints them."""


class Progress:
    """Count finished and failed runs where somebody can see it; `done` were finished before."""

    def __init__(self, total: int, done: int) -> None:
        self.total, self.done, self.failed = total, done, 0
        self._start, self._first = time.monotonic(), done
        self._file = os.environ.get(PROGRESS_FILE)
        self._bar: Any = None

    def __enter__(self) -> Self:
        if not self._file and (sys.stderr.isatty() or "ipykernel" in sys.modules):
            from tqdm import tqdm

            self._bar = tqdm(total=self.total, initial=self.done, unit="run", file=sys.stderr)
        self._say(0)
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, failed: bool, workers: int) -> None:
        """One run ended; `workers` is how many can run at once."""
        self.failed += failed
        self.done += not failed
        self._say(workers, advanced=True)

    @property
    def line(self) -> str:
        """Plain words: done, failed, time left."""
        ended = self.done + self.failed
        fresh = ended - self._first
        left = (time.monotonic() - self._start) / fresh * (self.total - ended) if fresh else 0
        words = f"runs: {self.done} of {self.total} done, {self.failed} failed"
        return words + (f", about {left:.0f} s left" if fresh and ended < self.total else "")

    def _say(self, workers: int, advanced: bool = False) -> None:
        if self._bar is not None:
            running = min(workers, self.total - self.done - self.failed)
            self._bar.set_postfix(running=running, failed=self.failed, refresh=False)
            self._bar.update(int(advanced))
            return
        ended = self.done + self.failed
        step = max(1, self.total // 10)
        if ended % step and ended != self.total:
            return
        if self._file:
            with Path(self._file).open("a", encoding="utf-8") as file:
                file.write(self.line + "\n")
        elif "ipykernel" not in sys.modules:
            print(self.line, file=sys.stderr, flush=True)

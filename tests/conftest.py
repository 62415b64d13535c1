"""What the tests share."""

from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("no deadline", deadline=None)  # machines differ in speed
hypothesis.settings.load_profile("no deadline")

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Folder of a real open corpus beside the project; skips where there is none."""

    def find(name: str) -> Path:
        if not (SHARED / name).is_dir():
            pytest.skip(f"no folder shared/data/{name} beside the project")
        return SHARED / name

    return find

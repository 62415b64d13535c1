"""A file of shared results of everything that git keeps, for the tests of exchange."""

import json

import pytest

from lib.project import project_path
from scripts.share import collect, privacy, run

REPORTS = project_path("reports")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """File of the tracked results on the samples and open data, made without any copy of a corpus."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            collect, "require_clean", lambda content, *_: privacy.require_clean(content, (), REPORTS)
        )
        document = collect.document(collect.stored(REPORTS), "Laboratory A")
    path = tmp_path_factory.mktemp("shared") / run.FILE
    document.write(path)
    return path


@pytest.fixture
def content(shared):
    return json.loads(shared.read_text("utf-8"))

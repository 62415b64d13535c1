"""What tests of the papers' extractions share."""

import shutil

import pytest

from lib.runs.source import ROOT


@pytest.fixture
def project(release, tmp_path, monkeypatch):
    """A project with a copy of the module's `release` of IEMOCAP, and its parameters."""
    shutil.copytree(release, tmp_path / "data" / "iemocap")
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    return tmp_path

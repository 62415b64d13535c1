"""What rots on disk is found by its checksum and set aside."""

import hashlib
import json

import pytest
import yaml

from lib.runs import store
from scripts import verify


def keep(root, content):
    """Put an object into the cache; its name."""
    name = hashlib.md5(content).hexdigest()
    path = verify.cached(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


@pytest.fixture
def project(tmp_path):
    """A project with one run, an output, a folder of data and their objects in the cache."""
    run = tmp_path / "runs" / "0a1b"
    run.mkdir(parents=True)
    (run / "predictions.parquet").write_bytes(b"predictions")
    (run / store.DONE).write_text(json.dumps({"files": store._contents(run)}))
    for path, content in (("outputs/features.arrow", b"features"), ("data/rml/s1.avi", b"clip")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
        keep(tmp_path, content)
    listed = json.dumps([{"md5": hashlib.md5(b"clip").hexdigest(), "relpath": "rml/s1.avi"}]).encode()
    plain = keep(tmp_path, listed)
    folder = verify.cached(tmp_path, plain)
    folder.rename(folder.with_name(folder.name + ".dir"))
    (tmp_path / "data.dvc").write_text(yaml.safe_dump({"outs": [{"path": "data", "md5": f"{plain}.dir"}]}))
    out = {"path": "outputs/features.arrow", "md5": hashlib.md5(b"features").hexdigest()}
    table = {"path": "reports/tables", "md5": "0" * 32 + ".dir"}  # git's: no list in the cache
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"stages": {"a": {"outs": [out, table]}}}))
    (tmp_path / verify.PULLED).parent.mkdir(parents=True)
    (tmp_path / verify.PULLED).touch()
    return tmp_path


def test_a_whole_project_is_whole(project, capsys):
    assert verify.verify(project)
    assert capsys.readouterr().out == "1 runs, 0 damaged; 5 files of DVC, 0 damaged\n"


@pytest.mark.parametrize(
    "name", ["runs/0a1b/predictions.parquet", "outputs/features.arrow", "data/rml/s1.avi", "cache"]
)
def test_a_flipped_bit_is_found_and_set_aside(project, name, capsys):
    path = next((project / verify.CACHE).glob("??/*")) if name == "cache" else project / name
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    shown = path.parent if "runs" in name else path
    assert not verify.verify(project)
    assert f"{shown.relative_to(project)}: " in capsys.readouterr().out
    assert verify.verify(project, repair=True)
    assert not path.exists() and len(list((project / verify.DAMAGED).iterdir())) == 1
    assert (project / verify.PULLED).exists() == ("data" not in name)
    assert verify.verify(project)

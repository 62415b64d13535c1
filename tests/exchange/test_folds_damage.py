"""Damaged files of folds and damaged indexes get one sentence."""

import lzma

import pytest

from scripts.folds import files
from scripts.folds.files import FoldsError

LINES = "id,repeat,fold,part\na,0,0,train\nb,0,0,dev\nc,0,0,test\n"
BROKEN = {
    "another header": (LINES.replace("id,", "name,", 1), "begins with"),
    "empty": ("", "begins with"),
    "no rows": (LINES.split("\n")[0] + "\n", "no rows"),
    "a longer line": (LINES + "d,0,0,test,1\n", "line 5: 5 values"),
    "a fold of 30 digits": (
        LINES.replace("a,0,0", "a,0," + "9" * 30),
        "fold '9+' is not a whole number below",
    ),
    "a fold in other digits": (LINES.replace("a,0,0", "a,0,\u0663"), "is not a whole number"),
    "a fold that is no number": (LINES.replace("a,0,0", "a,0,one"), "fold 'one'"),
    "an unknown part": (LINES.replace("dev", "valid"), "part 'valid'"),
    "a sample twice": (LINES + "a,0,0,test\n", "'a' occurs twice"),
    "a row without an id": (LINES.replace("c,", ",", 1), "have no id"),
    "not UTF-8": (LINES.replace("c,", "é,", 1).encode("latin-1"), "is damaged"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_damaged_file_gets_one_sentence(case, tmp_path):
    content, words = BROKEN[case]
    path = tmp_path / "mine.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FoldsError, match=words) as found:
        files.read(path)
    assert "mine.csv" in str(found.value) and "\n" not in str(found.value)


HEADER = ",".join(files.INDEX_COLUMNS)
ROW = f"rml,a,rml.a.csv.xz,id,1,5,40,a test,{'0' * 64}\n"
INDEXES = {
    "empty": (b"", "is empty: copy it again"),
    "bytes": (HEADER.encode() + b"\nrml\xff\xfe", "is no index of folds"),
    "brackets": (b'"' + b"[" * 1000, "is no index of folds"),
    "other columns": (b"file,sha256\n", "has the columns"),
    "no digest": (f"{HEADER}\n{ROW.replace('0' * 64, '')}".encode(), "line 2: sha256 is ''"),
    "a number of 30 digits": (f"{HEADER}\n{ROW.replace(',5,', ',' + '9' * 30 + ',')}".encode(), "folds is"),
    "a file twice": (f"{HEADER}\n{ROW}{ROW}".encode(), "occurs twice"),
}


@pytest.mark.parametrize("case", INDEXES)
def test_a_damaged_index_gets_one_sentence(case, tmp_path):
    content, words = INDEXES[case]
    (tmp_path / "index.csv").write_bytes(content)
    (tmp_path / "mine.csv").write_text(LINES)
    for reader, name in ((files.read_index, "."), (files.read, "mine.csv")):
        with pytest.raises(FoldsError, match=words) as found:
            reader(tmp_path / name)
        assert "index.csv" in str(found.value) and "get it again" in str(found.value)
        assert "\n" not in str(found.value)


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1000)
    for name, raw in (("a.csv.xz", lzma.compress(b"0" * 10**6)), ("a.csv", b"0" * 1001)):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(FoldsError, match="is larger than"):
            files.read(tmp_path / name)
    (tmp_path / "b.csv.xz").write_bytes(lzma.compress(LINES.encode()) + b"more")
    with pytest.raises(FoldsError, match="something follows its end"):
        files.read(tmp_path / "b.csv.xz")

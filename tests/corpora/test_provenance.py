import pytest

from lib.corpora import provenance
from lib.corpora.catalogue import CorpusError
from lib.corpora.provenance import Provenance


def test_effects_are_read_from_the_file_that_the_provenance_names(tmp_path):
    origin = Provenance(
        corpus="rml",
        kind="synthetic",
        version="1",
        source="a test",
        licence="none",
        counts={},
        files=1,
        bytes=1,
        effects="planted.yaml",
    )
    origin.write(tmp_path)
    with pytest.raises(CorpusError, match="names no effects file that exists"):
        provenance.effects(tmp_path)
    (tmp_path / "planted.yaml").write_text("raters: {delay: [2, 4]}\n")
    assert provenance.effects(tmp_path) == {"raters": {"delay": [2, 4]}}
    origin.model_copy(update={"effects": None}).write(tmp_path)
    with pytest.raises(CorpusError, match="names no effects file"):
        provenance.effects(tmp_path)

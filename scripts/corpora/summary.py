"""What `make corpus` prints at the end."""

from collections.abc import Mapping

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import Corpus
from lib.corpora.provenance import Provenance
from scripts.corpora.inspection import listed


def report(origin: Provenance, replaced: bool, dvc: bool, corpus: Corpus | None = None) -> str:
    """Text that says what was done and what to do next; `corpus` is by default that of the catalogue."""
    corpus, counts = corpus or catalogue.get(origin.corpus), origin.counts
    missing = counts.get("dialogues", 0) - counts.get("dialogues with alphapose", 0)
    silent = counts.get("utterances", 0) - counts.get("with transcript", counts.get("utterances", 0))
    left_out: Mapping[str, str] = origin.left_out or {}
    lists = ", ".join(corpus.lists)
    sizes = f"the values of profiles/{corpus.name}.yaml" if corpus.table else "the papers' sizes"
    notes = {
        "counted: " + ", ".join(f"{name} {number}" for name, number in counts.items()): True,
        f"left out, with their samples:\n{listed(left_out)}": left_out,
        _compared(corpus, counts): left_out and not corpus.table,
        f"warning: {corpus.warning}": corpus.warning,
        f"params.yaml: in the lists {lists}, with {sizes}": corpus.lists,
        "no stage uses it yet: read it with lib.corpora.catalogue.read": not corpus.lists,
        "it replaces the sample, which the committed data.dvc still names: "
        "`git checkout data.dvc params.yaml` and `dvc checkout` bring it back": replaced,
        "not versioned: run `dvc add data`": not dvc,
        f"{missing} dialogues have no AlphaPose result: see DATASETS.md": missing,
        f"{silent} utterances have no words": silent,
        "`dvc push` would put it into the remote inside the repository: set a remote of your own "
        "first (`dvc remote add --local`)": True,
    }
    size = f"{origin.files} files, {origin.bytes / 1e6:.1f} MB"
    head = f"{corpus.title}: {size}, {origin.marker}, version {origin.version}"
    shown = [f"  {note}" for note, holds in notes.items() if holds]
    weights = corpus.table and {"context", "audiovisual"} & {*corpus.uses}
    first = f"the weights that are null in profiles/{corpus.name}.yaml, then " if weights else ""
    return "\n".join([head, *shown, f"next: {first}`make repro`"])


def _compared(corpus: Corpus, counts: Mapping[str, int]) -> str:
    """Published counts that a copy with files left out does not have."""
    table = checks.differences(counts, {k: n for k, n in corpus.expected.items() if k in counts})
    fewer = table[table["difference"] != 0]
    rows = ", ".join(f"{name} {row.found} of {row.expected}" for name, row in fewer.iterrows())
    return f"beside the published counts: {rows or 'the same'}"

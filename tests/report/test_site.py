"""Pages of the report, their diagrams and links."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.published.tables import PAPERS
from lib.replication import verdicts
from lib.report import diagrams, links, paper_pages


def page(folder, name, body):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"<html><body>{body}</body></html>")


def test_links_that_lead_nowhere_are_named(tmp_path):
    page(tmp_path, "a.html", '<a href="b.html#here">x</a><a href="b.html#there">x</a>'
         '<a href="#top">x</a><img src="no.png"><a href="https://else.where/x">x</a>')  # fmt: skip
    page(tmp_path, "b.html", '<p id="here">')
    assert links.broken(tmp_path) == [
        "a.html -> b.html#there",
        "a.html -> #top",
        "a.html -> no.png",
    ]


def test_what_is_loaded_from_other_hosts_is_named(tmp_path):
    scripts = '<script src="https://cdn.x/m.js"></script><script src="m.js"></script>'
    others = '<a href="https://else.where"></a><link rel="stylesheet" href="//x.y/z.css">'
    page(tmp_path, "a.html", scripts + others)
    assert links.remote(tmp_path) == ["a.html -> https://cdn.x/m.js", "a.html -> //x.y/z.css"]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_has_a_page_with_all_its_cells(paper, tmp_path):
    cells = verdicts.cell_verdicts([])
    text = paper_pages.paper_page(
        paper, cells, verdicts.claim_verdicts(cells),
        pd.DataFrame(columns=["paper", "question"]), [], tmp_path,
    )  # fmt: skip
    plt.close("all")
    assert (tmp_path / f"{paper}.png").stat().st_size > 5000
    own = cells[cells["paper"] == paper]
    for exhibit in own["exhibit"].unique():
        assert f"### {exhibit}\n" in text
    assert text.count("| not run: ") >= (own["verdict"].str.startswith("not run").sum())
    assert "What the paper leaves open" in text and "*Protocol.*" in text


def test_a_diagram_without_a_box_is_refused():
    with pytest.raises(ValueError, match="no boxes"):
        diagrams.method_figure([["a"], ["b"]], [["a", "c"]])


def test_stages_rest_on_what_the_pipeline_says():
    rests = diagrams.stages()
    assert rests["context_02_training"] == {"context_01_extraction"}
    assert rests["published_01_audit"] == set()
    assert {"valence_05_traces", "skeletal_03_ablations"} <= rests["replication_01_controls"]
    figure = diagrams.pipeline_figure(rests)
    assert len(figure.axes[0].texts) >= len(rests) - 1
    plt.close(figure)

"""Pages of the report, their diagrams and links."""

import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.corpora.provenance import Provenance
from lib.evaluation.results import StageResult
from lib.published.tables import PAPERS, method
from lib.replication import verdicts
from scripts.report import (
    corpora_page,
    diagrams,
    interface_page,
    notebook_pages,
    pages,
    paper_pages,
    site,
    sweeps_page,
)
from scripts.report.remote import remote


def test_what_is_loaded_from_other_hosts_is_named(tmp_path):
    loaded = [
        '<script src="https://cdn.x/m.js">',
        '<link href="//x.y/z.css" rel="stylesheet">',
        "<img alt='' src='http://x.y/z.png'>",
    ]
    own = ['<script src="m.js">', '<img src="//">', '<link rel="icon" href="i.ico">']
    linked = ['<a href="https://else.where">', '<link rel="canonical" href="https://x.y/">']
    (tmp_path / "a.html").write_text("\n".join(["<html>", *loaded, *own, *linked]))
    tags = [tag.rstrip("'\">").removesuffix('" rel="stylesheet') for tag in loaded]
    assert remote(tmp_path) == [f"a.html: {tag}" for tag in tags]


@pytest.mark.slow
def test_a_link_that_leads_nowhere_stops_the_report(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    content = {"stage": "published/01_audit", "data": {"kind": "published", "marker": "numbers"},
               "values": {}, "settings_version": "", "code_version": "", "seed": 0}  # fmt: skip
    folder = tmp_path / "reports/published/01_audit"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(content))
    cell = {"cell_type": "markdown", "metadata": {}, "source": "# Audit\n\n[x](nowhere.md)"}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / "01_audit.ipynb").write_text(json.dumps(notebook))
    with pytest.raises(site.SiteError, match=r"nowhere\.md"):
        site.build()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_paper_has_a_page_with_all_its_cells(paper, tmp_path):
    cells = verdicts.cell_verdicts([])
    findings = pd.DataFrame(columns=["paper", "question"])
    text = paper_pages.paper_page(paper, cells, findings, [], tmp_path)
    plt.close("all")
    assert f"]({paper}.png)" in text and (tmp_path / f"{paper}.png").is_file()
    own = cells[cells["paper"] == paper]
    for exhibit in own["exhibit"].unique():
        assert f"### {exhibit}\n" in text
    assert "What the paper leaves open" in text and "*Protocol.*" in text
    told = [(reason, int(n)) for reason, n in re.findall(r"(not [^;]*?) \((\d+) printed numbers?\)", text)]
    assert sum(number for _, number in told) == own["ours"].isna().sum()
    for exhibit, rows in own.groupby("exhibit"):
        form = paper_pages._exhibit(exhibit, rows.assign(anchor=None))["form"]
        values = (
            form.drop(columns=["verdict", "quoted from"], errors="ignore")
            if "printed" not in form
            else form[["printed"]].fillna("-")
        )
        assert (values != "").to_numpy().sum() == len(rows), exhibit


@pytest.mark.parametrize("paper", PAPERS)
def test_a_diagram_shows_every_box_and_arrow(paper):
    about = method(paper)
    figure = diagrams.method_figure(about["boxes"], about["arrows"])
    (axis,) = figure.axes
    shown = [text.get_text().replace("\n", " ") for text in axis.texts]
    names = [name for column in about["boxes"] for name in column if name]
    assert sorted(filter(None, shown)) == sorted(names)
    assert shown.count("") == len(about["arrows"])
    plt.close(figure)


def test_a_diagram_without_a_box_is_refused():
    with pytest.raises(ValueError, match="not boxes"):
        diagrams.method_figure([["a"], ["b"]], [["a", "c"]])


def test_stages_depend_on_what_the_pipeline_says():
    before = diagrams.stages(diagrams.instances())
    assert set(before["context_02_training"]) == {"context_01_extraction"}
    assert set(before["published_01_audit"]) == set()
    assert {"valence_05_traces", "skeletal_03_ablations"} <= set(before["replication_01_controls"])
    figure = diagrams.pipeline_figure(before)
    shown = {text.get_text().replace("\n", " ") for text in figure.axes[0].texts}
    assert {name.replace("_", " ") for name in before} <= shown
    plt.close(figure)


def test_missing_results_and_notebooks_are_named(tmp_path):
    folder = tmp_path / "valence/02_training/sewa"
    folder.mkdir(parents=True)
    (folder / "metrics.json").touch()
    names = ["valence_02_training@sewa", "published_01_audit"]
    rows = site.missing(names, tmp_path).to_dict("records")
    assert rows == [
        {"missing": "executed notebooks", "stages": "valence/02_training sewa, published/01_audit"},
        {"missing": "figures", "stages": "valence/02_training sewa, published/01_audit"},
        {"missing": "results", "stages": "published/01_audit"},
    ]


AS_FOUND = "reason,annotated,files opened,complete,with losses,left out\n,{},9,{},2,1\n{}"
LOST = "# of # frames are missing,,,,2,\na face in only # of # frames,,,,,1\n"


def extraction(reports, paper, corpus, kind, marker, reasons=LOST):
    """A stage's results with a table of the corpus as found."""
    folder = reports / f"{paper}/01_extraction/{corpus}"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/as_found.csv").write_text(AS_FOUND.format(8, 5, reasons))
    data = {"kind": kind, "marker": marker, "corpus": corpus, "version": f"{corpus} v",
            "licence": "one", "counts": {"clips": 1234}}  # fmt: skip
    content = {"stage": f"{paper}/01_extraction", "data": data, "values": {}, "settings": {},
               "settings_version": "", "code_version": "", "seed": 0}  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(content))
    return StageResult(folder, content)


def corpora(results, **values):
    found = corpora_page.by_kind(corpora_page.as_found(results))
    verified = corpora_page.verified(results)
    return pages.render("corpora", synthetic=False, found=found, verified=verified, **values)


def shown(text):
    """Rows of the HTML tables of a page, cells between bars."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    return ["|".join(re.findall(r"<td>(.*?)</td>", row, re.DOTALL)) for row in rows]


def test_no_corpus_as_found():
    text = corpora([])
    assert "No extraction has written its tables yet" in text and "No result uses a corpus yet" in text
    assert not len(corpora_page.sums(corpora_page.as_found([])))


def test_one_corpus_as_found(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora_page, "project_path", lambda path: tmp_path / path)
    text = corpora([extraction(tmp_path, "audiovisual", "rml", "licensed", "licensed corpus")])
    rows = shown(text)
    assert "licensed corpus|rml|audiovisual|clips|8|9|5|2|1" in rows
    assert "rml|audiovisual|a face in only # of # frames|\u2013|1" in rows
    assert "rml|audiovisual|# of # frames are missing|2|\u2013" in rows
    assert "rml|licensed corpus|clips 1,234|\u2013|\u2013|one|rml v" in rows
    assert "Synthetic sample" not in text and "yet" not in text


def test_synthetic_and_real_corpora_as_found_stand_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora_page, "project_path", lambda path: tmp_path / path)
    found = [
        extraction(tmp_path, "valence", "sewa", "synthetic", "synthetic sample"),
        extraction(tmp_path, "skeletal", "egait", "open", "open data", reasons=""),
        extraction(tmp_path / "open_data", "skeletal", "egait", "open", "open data", reasons=""),
    ]
    text = corpora(found)
    sample, real = text.index("## Synthetic sample"), text.index("## Open data")
    assert sample < text.index("<td>sewa</td>") < real
    assert sum(row.startswith("open data|egait|skeletal|samples|8|") for row in shown(text)) == 1
    assert "must not be quoted" in text[sample:real] and ":::{container} synthetic" in text[sample:real]
    assert text.count("**What is missing") == 1
    sums = corpora_page.sums(corpora_page.as_found(found))
    assert sums["corpus"].tolist() == ["egait", "sewa"]
    assert sums["data"].tolist() == ["open data", "synthetic sample"]


@pytest.mark.parametrize("folder", ["data/rml/PROVENANCE.json", "reports/open_data/rml.json"])
@pytest.mark.parametrize(("version", "known"), [("rml v", True), ("another", False)])
def test_the_source_of_a_corpus_is_that_of_the_same_version(tmp_path, monkeypatch, folder, version, known):
    monkeypatch.setattr(corpora_page, "project_path", lambda path: tmp_path / path)
    (tmp_path / folder).parent.mkdir(parents=True)
    origin = Provenance(corpus="rml", kind="open", version=version, source="a form", licence="one",
                        counts={"clips": 1234}, files=77, bytes=1)  # fmt: skip
    (tmp_path / folder).write_text(origin.model_dump_json())
    row = corpora_page.verified([extraction(tmp_path, "audiovisual", "rml", "open", "open data")]).iloc[0]
    assert (row["source"], row["files"]) == (("a form", 77) if known else (None, None))
    assert row["counts"] == "clips 1,234" and row["digest"] == "rml v"


def test_the_readme_sums_up_the_corpora(tmp_path):
    found = corpora_page.as_found(
        [extraction(tmp_path, "context", "emotic", "synthetic", "synthetic sample")]
    )
    corpora = pages.TEMPLATES.get_template("macros.md.j2").module.corpora
    text = corpora(corpora_page.sums(found))
    assert "| synthetic sample | emotic | context | people | 8 | 9 | 5 | 2 | 1 |" in text
    assert "must not be quoted" in text and "a face in only" not in text
    assert "Corpora as found" not in corpora(corpora_page.sums(found.head(0)))


def test_every_formula_of_the_notebooks_can_be_drawn():
    from docutils.utils.math.latex2mathml import tex2mathml

    found = 0
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, flags=re.DOTALL):
            assert "<math" in tex2mathml(block or inline, as_block=bool(block))
            found += 1
    assert found


FROZEN = """<div><style scoped>.dataframe {}</style>
<table border="1" class="dataframe"><thead><tr><th></th>
<th>experiment</th><th>metric</th><th>score</th></tr></thead>
<tbody><tr><th>0</th><td>a &lt; b</td><td>UAR</td><td>-0.125</td></tr>
<tr><th>1</th><td>c</td><td>UAR</td><td>NaN</td></tr></tbody></table></div>"""


def test_tables_and_figures_of_an_older_notebook_have_the_form_of_new_ones():
    cells = [
        {"cell_type": "markdown", "source": "## Results\n\nScores."},
        {
            "cell_type": "code",
            "outputs": [
                {"data": {"text/html": FROZEN}},
                {"data": {"image/png": "AAAA\n"}, "metadata": {}},
                {"data": {"image/png": "AAAA"}, "metadata": {"image/png": {"alt": 'UAR "by" fold'}}},
            ],
        },
    ]
    notebook_pages._mend(cells)
    table, plain, captioned = (output["data"]["text/html"] for output in cells[1]["outputs"])
    assert 'tabindex="0"' in table and "<style" not in table
    assert "<td>a &lt; b</td>" in table and "<td>UAR [%]</td>" in table and "<td>\u221212.5</td>" in table
    assert "<td>\u2013</td>" in table and "<td>0</td>" not in table
    assert 'alt="Figure of the section Results"' in plain and "base64,AAAA" in plain
    assert 'alt="UAR &#34;by&#34; fold"' in captioned


def test_a_head_of_two_rows_is_joined():
    table = pd.crosstab(pd.Series(["x", "y"], name="paper"), pd.Series(["at chance", "not"], name="verdict"))
    shown = notebook_pages.boxed(notebook_pages.TABLE.search(table._repr_html_() or "").group())
    assert "<th>paper</th>" in shown and "<th>at chance</th>" in shown and "<td>x</td>" in shown


def test_notebooks_stand_under_their_papers_in_the_order_of_work(tmp_path):
    (tmp_path / "notebooks").mkdir()
    found = []
    for name, corpus in (("skeletal/02_training", "iemocap"), ("skeletal/01_extraction", "iemocap"),
                         ("published/01_audit", None)):  # fmt: skip
        folder = tmp_path / name
        folder.mkdir(parents=True)
        cell = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
        text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
        (folder / f"{folder.name}.ipynb").write_text(text)
        data = {"kind": "synthetic"} | ({"corpus": corpus} if corpus else {})
        found.append(StageResult(folder, {"stage": name, "data": data}))
    listed = notebook_pages.notebook_pages(found, tmp_path, sampled=True)
    assert listed == {
        "published": ["notebooks/published-01_audit"],
        "skeletal": ["notebooks/skeletal-01_extraction-iemocap", "notebooks/skeletal-02_training-iemocap"],
    }
    assert notebook_pages.titles()["skeletal"] == "Notebooks of shi2020, shi2021"
    written = json.loads((tmp_path / f"{listed['skeletal'][0]}.ipynb").read_text())
    assert written["cells"][0]["source"].startswith("# Title (iemocap)")


def test_a_sweep_is_shown_with_its_figure_and_its_errors(tmp_path):
    folder = tmp_path / "sweeps" / "mine"
    folder.mkdir(parents=True)
    rows = [{"point": "a1", "rate": 2, "experiment": "SMACN", "metric": "UAR", "score": 0.5}]
    pd.DataFrame([*rows, {"point": "b2", "rate": 3, "error": "too fast"}]).to_csv(
        folder / "sweep.csv", index=False
    )
    (folder / "sweep.png").write_bytes(b"png")
    (folder / "sweep.txt").write_text("Sweep mine.")
    text = pages.render("sweeps", sweeps=sweeps_page.sweeps(tmp_path / "sweeps", tmp_path))
    assert "## mine" in text and "![Sweep mine.](sweeps/mine.png)" in text and "too fast" in text
    assert "<td>50.0</td>" in text and "a1" not in text and (tmp_path / "sweeps/mine.png").is_file()
    assert "No sweep has been run yet" in pages.render("sweeps", sweeps=[])


def test_the_library_page_has_public_names_with_their_arguments():
    names = {name.name: name for name in interface_page.rooms()["models"]["lib.models.skeletal"][1]}
    assert names["SMACN"].signature.startswith("class SMACN(") and "self" not in names["SMACN"].signature
    assert "SMACN.forward" in names and names["SMACN.forward"].signature.endswith("-> Tensor")
    assert not any(part.startswith("_") for name in names for part in name.split("."))


def test_stored_tables_of_earlier_versions_get_the_present_boxes():
    text = '<div class="scrolls" role="region"><table><tr><th></th><th>a</th></tr></table></div>'
    cell = {"cell_type": "code", "source": "", "outputs": [{"data": {"text/html": text}}]}
    notebook_pages._mend([cell])
    shown = cell["outputs"][0]["data"]["text/html"]
    assert 'role="group"' in shown and "region" not in shown and "<th>row</th><th>a</th>" in shown

"""Pages of the report, their diagrams and links."""

import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib.published.tables import PAPERS, method
from lib.replication import verdicts
from scripts.report import diagrams, paper_pages, site


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
    assert site.remote(tmp_path) == [f"a.html: {tag}" for tag in tags]


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
    assert text.count("| not run: ") >= (own["verdict"].str.startswith("not run").sum())
    assert "What the paper leaves open" in text and "*Protocol.*" in text


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
        {"missing": "results", "stages": "published/01_audit"},
    ]

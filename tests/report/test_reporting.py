import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib.corpora.provenance import Provenance
from lib.evaluation import results
from lib.evaluation.metrics import METRICS
from lib.evaluation.scores import score_values
from lib.figures import plots, style
from lib.published.tables import PAPERS
from scripts import open_data
from scripts.report import pages, site

KINDS = pages.TEMPLATES.get_template("macros.md.j2").module.kinds


def provenance(kind):
    return Provenance(
        corpus="iemocap", kind=kind, version="abc", source="a test", licence="none",
        counts={"n": 1}, files=1, bytes=1,
    )  # fmt: skip


def scores():
    return pd.DataFrame(
        [{"experiment": "SMACN", "metric": metric, "score": 0.5, "low": 0.4, "high": 0.6,
          "spread": np.nan, "repeats": 1, "runs": 5, "samples": 20} for metric in ("UAR", "WAR")]
    )  # fmt: skip


def write(folder, kind="synthetic", stage="skeletal/02_training"):
    data = None if kind == "published" else provenance(kind)
    values = score_values(scores())
    results.write_result(folder, stage, {"epochs": 3}, "c" * 64, 7, data, values)
    return results.StageResult(folder, json.loads((folder / "metrics.json").read_text()))


def overview(found):
    return pages.render("results", synthetic=False, results=pages.sections(found))


def test_a_result_traces_its_number(tmp_path):
    result = write(tmp_path / "r")
    (line,) = [line for line in overview([result]).splitlines() if line.startswith("Stage ")]
    for part in ("skeletal/02_training", "synthetic sample", "abc", "seed 7", "cccccccccccc"):
        assert part in line
    assert result.content["values"]["SMACN"]["UAR"]["score"] == 0.5
    assert "spread" not in result.content["values"]["SMACN"]["UAR"]


@pytest.mark.parametrize("kind", ["synthetic", "open", "licensed", "published"])
def test_every_section_says_what_its_data_are(tmp_path, kind):
    result = write(tmp_path / "r", kind)
    text = overview([result])
    assert result.content["data"]["marker"] in text
    assert KINDS[kind]["explanation"] in text
    assert "50.0 [40.0, 60.0]" in text


def test_the_metric_says_how_many_digits_are_printed(tmp_path, monkeypatch):
    monkeypatch.setitem(METRICS, "UAR", replace(METRICS["UAR"], digits=4))
    assert "50.00 [40.00, 60.00]" in overview([write(tmp_path / "r")])


def test_replication_is_no_result_of_the_papers_numbers_alone(tmp_path):
    result = write(tmp_path / "r", "published", "replication/01_controls")
    text = overview([result])
    assert "## Controls and verdicts" in text and "synthetic sample" in text
    assert KINDS["published"]["title"] not in text and "the papers' own numbers" not in text


def test_the_overview_keeps_open_data_apart(tmp_path):
    found = [write(tmp_path / "a"), write(tmp_path / "b", "open")]
    text = overview(found)
    sample, open_data = text.index("## Synthetic sample"), text.index("## Open data")
    assert sample < open_data


def test_dots_of_groups_lie_at_the_same_places_each_time():
    table = pd.DataFrame({"experiment": "x", "speaker": range(20), "UAR": 0.5})
    places = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        figure = plots.group_figure(table, "speaker", "UAR", 4)
        places.append(np.asarray(figure.axes[0].collections[0].get_offsets()))
        plt.close(figure)
    assert np.ptp(places[0][:, 1]) > 0
    np.testing.assert_array_equal(*places)


def test_figures_carry_caption_and_marker_and_repeat_their_bytes(tmp_path):
    style.use_style()
    written = []
    for name in ("a.png", "b.png"):
        figure, axis = plt.subplots()
        axis.plot([0, 1])
        path = tmp_path / name
        written.append(style.save_figure(figure, path, "A line.", "synthetic sample"))
        plt.close(figure)
    assert written[0].read_bytes() == written[1].read_bytes()
    assert written[0].with_suffix(".txt").read_text() == "A line. Data: synthetic sample.\n"
    with pytest.raises(ValueError, match="caption"):
        style.save_figure(figure, tmp_path / "c.png", " ")


def test_missing_outputs_are_named(tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    for path in ("none", "empty.csv", "folder"):
        with pytest.raises(AssertionError, match=path):
            results.assert_written(tmp_path / path)


def test_the_site_builds(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(site.SiteError, match="make repro"):
        site.build()
    folder = tmp_path / "reports" / "skeletal" / "02_training" / "iemocap"
    write(folder)
    figure, _ = plt.subplots()
    style.save_figure(figure, folder / "figures" / "uar.png", "UAR.", "synthetic sample")
    home, absent = site.build()
    assert "synthetic sample" in home.read_text()
    by_kind = absent.set_index("missing")["stages"].str.split(", ")
    assert "skeletal/02_training iemocap" not in by_kind["results"]
    assert "skeletal/02_training iemocap" in by_kind["executed notebooks"]
    assert "valence/02_training sewa" in home.read_text()
    assert "uar.png" in (home.parent / "results.html").read_text()
    for name in ("statistics", "pipeline", "corpora", "papers/lee2018-valence"):
        assert f'href="{name}.html"' in home.read_text()
    reports = tmp_path / "reports"
    readme, page = reports / "README.md", reports / "papers" / "shi2021-smern-ga.md"
    assert "50.0 [40.0, 60.0]" in page.read_text()
    assert "](../figures/uar.png)" in page.read_text() and (reports / "figures/uar.png").is_file()
    assert "results of `published/01_audit` are missing" in readme.read_text()
    for paper in PAPERS:
        assert f"](papers/{paper}.md)" in readme.read_text()
        for suffix in ("md", "png"):
            assert (reports / "papers" / f"{paper}.{suffix}").is_file()
    assert len(readme.read_text().splitlines()) < 100


def test_only_results_on_open_data_are_kept(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(open_data.OpenDataError, match="make repro"):
        open_data.keep("iemocap")
    folder = tmp_path / "reports" / "skeletal" / "02_training" / "iemocap"
    write(folder, "licensed")
    with pytest.raises(open_data.OpenDataError, match="licensed results"):
        open_data.keep("iemocap")
    write(folder, "open")
    (folder / "02_training.ipynb").write_text("{}")
    (tmp_path / "data" / "iemocap").mkdir(parents=True)
    provenance("open").write(tmp_path / "data" / "iemocap")
    open_data.keep("iemocap")
    kept = tmp_path / "reports" / "open_data"
    assert (kept / "skeletal" / "02_training" / "iemocap" / "metrics.json").is_file()
    assert not list(kept.rglob("*.ipynb"))
    assert json.loads((kept / "iemocap.json").read_text())["kind"] == "open"
    assert len(open_data.keep("iemocap")) == 1

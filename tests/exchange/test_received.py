"""What third parties report: stored, compared, and shown apart from our own results."""

import pytest

from lib.evaluation.results import all_results
from lib.published import tables
from scripts.report import pages, received_page
from scripts.share import checks, comparison, run
from scripts.share.document import ShareError
from tests.exchange.edits import signed


@pytest.fixture
def received(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "project_path", lambda name: tmp_path / name)
    return tmp_path / run.RECEIVED


def shifted(content, by):
    """A second laboratory's file: other scores on the same corpora, another name."""
    content["laboratory"] = "Laboratory B"
    for result in content["results"]:
        for score in result["scores"]:
            if score["metric"] == "UAR":
                for name in ("score", "low", "high"):
                    score[name] = min(1.0, score[name] + by)
    return content


def test_a_received_file_is_stored_once(shared, received):
    document, place = run.receive(shared)
    assert place.parent == received and place.name == f"laboratory-a-{document.checksum[:12]}.json"
    assert checks.check(place) == document
    with pytest.raises(ShareError, match="was received before"):
        run.receive(shared)
    assert run.receive(place)[0] == document


def test_the_report_shows_third_parties_apart(shared, received, content, tmp_path):
    here = tables.cells().reset_index()[["cell_id"]].assign(verdict="our own verdict")
    empty = pages.render("received", synthetic=True, **received_page.values(here, received))
    assert "No file has been received yet" in empty
    run.receive(shared)
    run.receive(signed(shifted(content, 0.01), tmp_path / "b.json"))
    (received / "broken.json").write_text("{}")
    text = pages.render("received", synthetic=True, **received_page.values(here, received))
    assert "## Laboratory A: " in text and "## Laboratory B: " in text
    assert "reported by a third party (Laboratory A), code " in text and "data release sample-1-" in text
    assert "On a synthetic sample" in text and "| reported verdict | verdict here | origin |" in text
    assert "| not comparable: synthetic sample | our own verdict | reported by a third party" in text
    assert "<li><code>broken.json</code>: " in text and "The same corpus in two laboratories" in text
    assert list(all_results(received.parent)) == []


def test_reasons_and_names_of_refused_files_are_no_markup(received):
    received.mkdir(parents=True)
    odd = '{"format": "emotion-recognition compendium, shared results", "version": "<img src=x>[a](b)"}'
    (received / "<b>&.json").write_text(odd)
    here = tables.cells().reset_index()[["cell_id"]].assign(verdict="")
    text = pages.render("received", synthetic=True, **received_page.values(here, received))
    assert "<img" not in text and "<b>" not in text
    (line,) = (line for line in text.splitlines() if "img" in line)
    assert line.startswith("<li><code>&lt;b&gt;&amp;.json</code>: ") and "&lt;img src=x&gt;[a](b)" in line


def test_two_laboratories_are_compared_with_an_interval(shared, content, tmp_path):
    one = checks.check(shared)
    same = comparison.compare(one, one)
    assert same["verdict"].eq("identical").all() and (same["difference"] == 0).all()
    assert same[["same data", "same code", "same settings"]].all(axis=None)
    assert (same["low"] <= 0).all() and (same["high"] >= 0).all()
    two = checks.check(signed(shifted(content, 0.01), tmp_path / "b.json"))
    found = comparison.compare(one, two)
    moved = found[(found["metric"] == "UAR") & (found["first"] < 0.9)]
    assert moved["difference"].between(0.0099, 0.0101).all() and not moved["verdict"].eq("identical").any()
    row = found[(found["stage"] == "skeletal/02_training") & (found["metric"] == "UAR")].iloc[0]
    scores = comparison.scores(one).merge(found[found.index == row.name][comparison.KEYS])
    width = scores["high"].iloc[0] - scores["low"].iloc[0]
    assert row["high"] - row["low"] == pytest.approx(2**0.5 * width)
    counts = comparison.agreement(found)
    assert (
        counts["scores"].sum() == len(found) and counts["identical"].sum() == (found["difference"] == 0).sum()
    )
    assert comparison.on_same_corpora(one, [one, two]) == [two]

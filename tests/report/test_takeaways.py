"""The report's first sentences hold the numbers of the stored tables, and say what is missing."""

import json

import pandas as pd
import pytest

from lib.evaluation.results import StageResult, all_results
from lib.project import project_path
from lib.published.tables import PAPERS
from lib.replication import verdicts
from scripts.report import pages, paper_pages, takeaways

MACROS = pages.TEMPLATES.get_template("macros.md.j2").module
LEADS = (
    "**Which printed numbers are inconsistent",
    "**How often the papers' test errs",
    "**How the split changes the score",
    "**Which planted effects were recovered",
    "**What needs a licensed copy",
)


def stored(folder, notebook, name, rows, **data):
    tables = folder / notebook / data.get("corpus", "") / "tables"
    tables.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(tables / f"{name}.csv", index=False)
    return StageResult(tables.parent, {"stage": notebook, "data": {"kind": "published"} | data})


def check(check_id, paper, published, recomputed, outcome="inconsistent"):
    return {"check_id": check_id, "paper": paper, "question": f"{check_id}?", "answer": "no",
            "arithmetic": f"{check_id} sum", "published": published, "recomputed": recomputed,
            "outcome": outcome}  # fmt: skip


CHECKS = [
    check("gain", "priyasad2020-audio-visual", 5.0, 10.0),
    check("other gain", "priyasad2020-audio-visual", 5.0, 15.0),
    check("p", "shi2021-smern-ga", 0.0048, 0.00048),
    check("no printed number", "shi2020-smern", 64.25, 6425.0),
    check("right", "vo2022-context", 32.13, 64.26, "consistent"),
    check("by words", "lee2018-valence", None, None),
]


def test_the_widest_checks_are_of_printed_numbers_and_one_for_a_paper():
    chosen = takeaways.widest(pd.DataFrame(CHECKS))
    assert list(chosen["check_id"]) == ["p", "other gain"]


def change(experiment, scheme, score, moved):
    return {"experiment": experiment, "scheme": scheme, "score": score, "change": moved,
            "change_low": moved - 0.1, "change_high": moved + 0.1}  # fmt: skip


@pytest.fixture
def results(tmp_path):
    level = {"study": "x", "repeats": 3, "simulations": 40}
    levels = [
        level | {"method": "t over repetitions, paired", "rate": 0.62},
        level | {"method": "t over repetitions, unpaired", "rate": 0.81},
        level | {"method": "clusters and repetitions, crossed", "rate": 0.07},
    ]
    changes = [
        change("SMACN", "mdre_blocks", 0.5, 0.0),
        change("SMACN", "no_speaker_sharing", 0.375, -0.125),
        change("SMACN", "leave_one_session_out", 0.1, -0.4),
        change("forest", "no_speaker_sharing", 0.9, 0.4),
    ]
    statements = [
        {"corpus": "rml", "claim": "a", "statement": "Voices tell", "recovered": 2, "of": 2},
        {"corpus": "rml", "claim": "b", "statement": "Faces tell", "recovered": 0, "of": 3},
        {"corpus": "sewa", "claim": "b", "statement": "Faces tell", "recovered": 0, "of": 1},
    ]
    sample = {"kind": "synthetic", "marker": "synthetic sample", "corpus": "iemocap"}
    return [
        stored(tmp_path, takeaways.AUDIT, "checks", CHECKS),
        stored(tmp_path, takeaways.SIMULATION, "levels", levels),
        stored(tmp_path, takeaways.SPLITS[0], "changes", changes, **sample),
        stored(tmp_path, takeaways.CONTROLS, "statements", statements),
    ]


def sentences(results):
    text = str(MACROS.takeaways(takeaways.takeaways(results, verdicts.cell_verdicts([]))))
    places = [text.index(lead) for lead in LEADS]
    assert places == sorted(places)
    return [text[a:b] for a, b in zip(places, [*places[1:], None], strict=True)]


def test_every_sentence_holds_the_numbers_of_its_table(results):
    audit, t_test, splits, planted, licensed = sentences(results)
    assert "Of 6 checks" in audit and "5 are inconsistent and 0 cannot" in audit
    assert "shi2021: p? No (p sum)." in audit and "The largest inconsistencies, one per paper" in audit
    assert "62 % to 81 %" in t_test and "7 % to 7 %" in t_test and "(40 simulations" in t_test
    assert "SMACN on iemocap (*synthetic sample*): UAR 50.0 % with, 37.5 % without" in splits
    assert "change \u221212.5 points [\u221222.5, \u22122.5]" in splits and "forest" not in splits
    assert "UAR 65.6 with, 33.1 without" in splits  # shi2021 Table 4
    assert "(*synthetic sample*). 6 comparisons" in planted and "one of them; 2 do" in planted
    assert "for 1 of them, some comparisons for 0 and none for 2." in planted
    assert "Not shown by any: Faces tell (rml, sewa)." in planted
    cells = verdicts.cell_verdicts([])
    waiting = cells["verdict"].str.startswith("not run: needs a licensed copy").sum()
    assert f"{waiting} of {len(cells)} printed numbers" in licensed


@pytest.mark.parametrize("notebook", takeaways.SPLITS)
def test_every_committed_table_of_splits_is_in_the_sentence(notebook):
    found = [result for result in all_results(project_path("reports")) if result.notebook == notebook]
    assert found
    shown = {one["corpus"] for one in takeaways._splits(found)["ours"]}
    apart = {result.content["data"]["corpus"] for result in found}
    assert shown == apart - {"egait"}  # whose walkers are no speakers


@pytest.mark.parametrize("missing", range(4))
def test_a_sentence_without_its_table_says_so(results, missing):
    notebook = results[missing].notebook
    found = sentences(results[:missing] + results[missing + 1 :])
    assert f"`{notebook}`" in found[missing] and "missing" in found[missing]
    assert sum("missing" in sentence for sentence in found) == 1


@pytest.mark.parametrize("paper", PAPERS)
def test_pages_name_the_paper_as_it_names_itself(paper, tmp_path):
    about = paper_pages.citation(paper)
    assert str(about["year"]) in paper and about["authors"][0].split()[-1].lower() in paper
    cells = verdicts.cell_verdicts([])
    findings = pd.DataFrame(columns=["paper", "question"])
    inputs = (paper, cells, findings, [], tmp_path)
    tracked = paper_pages.tracked_page(*inputs, pictures=[], sections=[])
    for text in (paper_pages.paper_page(*inputs), tracked):
        assert about["title"] in text and ", ".join(about["authors"]) in text
        assert (about["doi"] or "No DOI is stated") in text
    assert all(f"### {exhibit}\n" in tracked for exhibit in cells[cells["paper"] == paper]["exhibit"])
    assert ":::" not in tracked and "](#" not in tracked  # a forge renders neither


def test_papers_that_share_notebooks_show_results_once(tmp_path):
    section = {"notebook": "skeletal/02_training", "group": "synthetic", "scores": None, "tables": [],
               "pictures": [], "content": json.loads("""{"data": {"marker": "synthetic sample"},
               "settings_version": "", "seed": 1, "code_version": ""}""")}  # fmt: skip
    cells, findings = verdicts.cell_verdicts([]), pd.DataFrame(columns=["paper", "question"])
    first, last, other = (
        paper_pages.tracked_page(paper, cells, findings, [], tmp_path, pictures=[], sections=[section])
        for paper in ("shi2020-smern", "shi2021-smern-ga", "vo2022-context")
    )
    assert "### `skeletal/02_training`" in last and "*synthetic sample*" in last
    assert "### `skeletal/02_training`" not in first and "](shi2021-smern-ga.md)" in first
    assert "skeletal/02_training" not in other


def test_a_paper_without_printed_numbers_says_so(tmp_path, monkeypatch):
    cells, paper = verdicts.cell_verdicts([]), "lee2018-valence"
    known = takeaways.claim_verdicts(cells, [])
    monkeypatch.setattr(takeaways, "claim_verdicts", lambda *_: known[known["paper"] != paper])
    cells = cells[cells["paper"] != paper]
    shown = {card["paper"]: card for card in takeaways.cards([], cells)}
    assert list(shown) == list(PAPERS)
    assert str(MACROS.claim(shown[paper])).startswith("No printed number of this paper is entered in")
    assert str(MACROS.counts(shown[paper])) == "none yet"
    assert "Verdict:" in str(MACROS.claim(shown["vo2022-context"]))
    findings = pd.DataFrame(columns=["paper", "question"])
    page = paper_pages.tracked_page(paper, cells, findings, [], tmp_path, pictures=[], sections=[])
    assert "## Printed numbers and ours" in page and "No printed number of this paper is entered in" in page
    assert "No check of its printed numbers is written" in page


@pytest.mark.parametrize(("number", "words"), [(1, "One paper"), (5, "Five papers"), (12, "12 papers")])
def test_the_papers_are_counted(number, words):
    assert str(MACROS.heading([{}] * number)).strip() == words


def test_a_table_without_rows_is_not_shown(tmp_path):
    results = [
        stored(tmp_path / "a", "gaze/02_training", "beside_published", pd.DataFrame(columns=["ours"])),
        stored(tmp_path / "b", "gaze/02_training", "beside_published", [{"ours": 0.5}]),
    ]
    assert [len(list(pages._tables(result))) for result in results] == [0, 1]

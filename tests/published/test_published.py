import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.evaluation.metrics import concordance_correlation
from lib.published import audit, tables
from lib.published.audit_rivals import spreads
from lib.published.check import questions
from lib.published.tables import (
    FOLDER,
    PAPERS,
    SHARED,
    UNITS,
    PublishedError,
    cells,
    cells_of,
    claims,
    method,
    protocol,
    select,
    value,
)

NUMERALS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
FACTORS = {"K": 1e3, "k": 1e3, " million": 1e6}
DASHES = ("-", "–")
TEXTS = Path(__file__).parents[2].parent / "shared" / "papers"
CHECKS = {check.check_id: check for check in audit.all_checks()}


def test_every_cell_is_what_is_printed():
    for cell_id, row in cells().iterrows():
        assert row["paper"] in PAPERS and row["unit"] in UNITS
        if row["printed"] in DASHES:
            assert math.isnan(row["value"]) and math.isnan(row["spread"]), cell_id
            continue
        grouped = re.sub(r"(?<=\d)[ ,](?=\d{3})", "", row["printed"])
        numbers = [float(number) for number in re.findall(r"\d+\.?\d*", grouped)]
        numbers = numbers or [NUMERALS.index(row["printed"])]
        (factor,) = [n for end, n in FACTORS.items() if row["printed"].endswith(end)] or [1]
        assert math.isclose(factor * numbers[0], row["value"]), cell_id
        if "±" in row["printed"]:
            assert numbers[1:] == [row["spread"]], cell_id
        else:
            assert math.isnan(row["spread"]), cell_id
            assert len(numbers) == (3 if row["unit"] == "ratio" else 1), cell_id


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the papers' texts are not beside the project")
@pytest.mark.parametrize("paper", cells()["paper"].unique())
def test_every_printed_number_stands_in_the_paper(paper):
    text = (TEXTS / f"{paper}.txt").read_text()
    for cell_id, row in cells()[cells()["paper"] == paper].iterrows():
        for token in re.findall(r"\d[\d,.]*\d|\d", row["printed"]) or [row["printed"]]:
            found = re.search(rf"(?<![\d.]){re.escape(token)}(?!\d)", text)
            small = int(token) if re.fullmatch(r"\d", token) else None
            assert found or (small and NUMERALS[small] in text), cell_id


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the papers' texts are not beside the project")
def test_numbers_of_running_text_stand_there_with_their_words():
    """Each number of a section, with words around it that only its sentence has."""
    places = {
        "shi2020-section-i-iemocap-samples-count": "a database with over 10,000 samples",
        "shi2020-section-iv-a-iemocap-audio-and-video-hours": "more than 10 hours of audio",
        "shi2020-section-iv-a-iemocap-actors-count": "from ten actors",
        "shi2020-section-iv-a-iemocap-labels-count": "label set includes 10 classes",
        "shi2020-section-iv-a-iemocap-classes-count": "adopt four emotional labels",
        "shi2021-section-i-iemocap-samples-count": "a database with over 10 000 samples",
        "shi2021-section-iv-a-iemocap-audio-and-video-hours": "more than 10 h of",
        "shi2021-section-iv-a-iemocap-actors-count": "video data from 10 actors",
        "shi2021-section-iv-a-iemocap-labels-count": "label set includes 10 classes",
        "shi2021-section-iv-a-iemocap-classes-count": "adopt four emotional labels",
        "shi2021-section-iv-d-smern-ga-against-smern-wap-p": "WAP: p = 0.0048",
        "shi2021-section-iv-d-smern-ga-against-smern-wap-bound-of-p": "0.0048 < 0.01",
        "shi2021-section-iv-d-smern-ga-against-smern-uar-p": "UAR: p = 0.0129",
        "shi2021-section-iv-d-smern-ga-against-smern-uar-bound-of-p": "0.0129 < 0.05",
        "shi2021-section-iv-d-smern-ga-against-smern-war-p": "WAR: p = 0.0046",
        "shi2021-section-iv-d-smern-ga-against-smern-war-bound-of-p": "0.0046 < 0.01",
        "shi2021-section-iv-d-smern-against-mdre-all-metrics-bound-of-p": "t-test with p < 0.001",
        "shi2021-section-v-b-iemocap-speakers-count": "video data from 10 speakers",
        "shi2021-section-v-c-pretraining-speakers-count": "with eight speakers and two speakers",
        "shi2021-section-v-c-fine-tuning-speakers-count": "with eight speakers and two speakers",
        "shi2021-section-v-c-fine-tuning-smallest-proportion-share": "from 2 to 50",
        "shi2021-section-v-c-fine-tuning-largest-proportion-share": "from 2 to 50",
        "shi2021-section-v-c-fine-tuning-stable-after-share": "stable after 40",
        "priyasad2020-section-3-1-rml-irrelevant-emotion-and-no-speech-share":
            "more than 60% of the video clip",
        "priyasad2020-section-4-enterface-05-men-count": "(34 men and 8 women)",
        "priyasad2020-section-4-enterface-05-women-count": "(34 men and 8 women)",
        "priyasad2020-section-4-both-corpora-classes-count": "contain six basic emotions",
        "priyasad2020-section-6-rml-leave-one-subject-out-accuracy": "76.1% and 78.5% for a LOSO",
        "priyasad2020-section-6-enterface-05-leave-one-subject-out-accuracy": "76.1% and 78.5%",
        "priyasad2020-section-6-rml-k-fold-accuracy": "98.7% and 97.8% for a K-fold",
        "priyasad2020-section-6-enterface-05-k-fold-accuracy": "98.7% and 97.8% for a K-fold",
        "vo2022-section-3-1-stockemotion-images-count": "about 1.2 million images",
        "vo2022-section-3-1-stockemotion-classes-count": "690 emotional classes",
        "vo2022-section-3-3-places-images-count": "10 million scene photographs",
        "vo2022-section-3-3-places-categories-count": "476 scene semantic categories",
        "shi2021-table-4-smacn-division-without-considering-speakers-ratio":
            "considering speakers 8:0.5:1.5 65.6",
        "shi2021-table-4-smacn-no-speaker-sharing-ratio": "sharing 8:0.5:1.5 33.1",
    }  # fmt: skip
    table = cells()
    named = table["paper"].unique()
    text = {paper: " ".join((TEXTS / f"{paper}.txt").read_text().split()) for paper in named}
    for cell_id, words in places.items():
        assert words in text[table.loc[cell_id, "paper"]], cell_id
        assert table.loc[cell_id, "printed"].removeprefix("< ") in words, cell_id
    known = ("utterances", "EMOTIC", "AV+EC 2017", "RML", "eNTERFACE'05")
    sections = table[table["exhibit"].str.startswith("Section") & ~table["row"].isin(known)]
    assert set(sections.index) <= set(places)


def test_quoted_cells_name_the_reference_that_the_paper_prints():
    table = cells()
    names = table["row"] + " " + table["column"]
    marks = names.str.extract(r"(\[\d+\])")[0].dropna()
    quoted = table["quoted_from"].dropna()
    assert len(quoted) == 134
    assert (quoted[marks.index] == marks).all()
    unmarked = [name for name in quoted[quoted.str.startswith("[")].index if name not in marks.index]
    assert unmarked == [f"lee2018-table-1-2d-cnn-{metric}" for metric in ("rmse", "cc", "ccc")]
    assert set(quoted[names[quoted.index].str.contains("reported")]) == {"Yoon et al."}
    authors = quoted[quoted.str.contains("et al") & (quoted != "Yoon et al.")]
    for cell_id, author in authors.items():
        assert author in names[cell_id]


STATES = re.compile("run|run, in the manner of: [^;]+|not run: [^;]+")
OTHERS = ("MoCap model", "ARE", "TRE", "MDRE", "MDREA", "CMA", "Xu et al.")
"""Methods of other papers that shi2020 and shi2021 ran themselves."""


def test_every_cell_of_another_papers_method_has_its_state():
    table = cells()
    foreign = table["quoted_from"].notna() | table["row"].isin(OTHERS)
    assert (table["state"].notna() == foreign).all()
    states = table.loc[foreign, "state"]
    assert states.map(lambda state: bool(STATES.fullmatch(state))).all()
    waiting = states.str.startswith("not run") | table.loc[foreign, "value"].isna()
    assert (table.loc[foreign, "stage"].isna() == waiting).all()
    assert set(table.loc[table["row"].str.contains(r"CNN.*\[1\]"), "state"].str.partition(":")[0]) == {
        "run, in the manner of"
    }


def test_every_method_that_is_not_run_has_its_own_reason():
    waiting = cells()[cells()["state"].fillna("").str.startswith("not run")]
    quoted = waiting.groupby("quoted_from")["state"].agg(lambda own: set(own))
    for source, own in quoted.items():
        others = set().union(*(rest for name, rest in quoted.items() if name != source))
        assert not own & others, source
    reported = waiting.loc[waiting["quoted_from"] == "Yoon et al.", "state"]
    assert reported.str.contains("5,531 utterances").all() and reported.str.contains("folds").all()
    named = {"[10]", "Sarvestani et al.", "Seng et al."}
    assert named <= set(waiting["quoted_from"])


def test_numbers_from_other_papers_have_no_runs():
    table = cells()
    foreign = table["quoted_from"].notna() | (table["row"] == "MoCap model")
    foreign |= table["note"].fillna("").str.contains("quoted")
    assert table.loc[foreign, "runs"].isna().all() and foreign.sum() > 131
    assert table.loc["shi2021-table-1-smern-ga-wap", "runs"] == 10


def test_a_cell_names_one_stage_that_exists():
    root = Path(__file__).parents[2] / "notebooks"
    table = cells()
    for stage in table["stage"].dropna().unique():
        assert (root / f"{stage}.ipynb").is_file()
    assert table.loc[table["stage"].notna(), "value"].notna().all()


def test_what_is_compared_as_another_metric_rests_on_the_audit():
    table = cells()
    other = table[table["compared_as"] != table["metric"]]
    assert list(other.index) == ["priyasad2020-table-1-rml-proposed-accuracy"]
    assert set(other["compared_as"]) == {"UAR"}
    assert CHECKS["rml-accuracy-is-uar"].outcome == "consistent"


def test_every_question_is_asked():
    asked = {check.question for check in CHECKS.values()}
    for key, entry in questions().items():
        pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(entry["question"]))
        assert any(re.fullmatch(pattern, question) for question in asked), key


@pytest.mark.parametrize("paper", PAPERS)
def test_methods_name_notebooks_and_boxes(paper):
    about = method(paper)
    assert (Path(__file__).parents[2] / "notebooks" / about["notebooks"]).is_dir()
    boxes = {name for column in about["boxes"] for name in column}
    assert {name for arrow in about["arrows"] for name in arrow} <= boxes


@pytest.mark.parametrize("name", ["cells.csv", "claims.csv"])
def test_papers_folders_hold_their_own_rows_under_the_same_head(name):
    for path in FOLDER.glob(f"papers/*/{name}"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0] == (FOLDER / name).read_text(encoding="utf-8").splitlines()[0], path
        assert set(pd.read_csv(path)["paper"]) <= {path.parent.name}, path


def test_rows_of_a_papers_folder_follow_the_common_ones(tmp_path, monkeypatch):
    head = "claim_id,paper,quote"
    (tmp_path / "claims.csv").write_text(f"{head}\na-1,a2020-x,better")  # without an end of line
    for paper, rows in {"b2021-y": 'b-1,b2021-y,"best, of all"\n', "c2022-z": ""}.items():
        (tmp_path / "papers" / paper).mkdir(parents=True)
        (tmp_path / "papers" / paper / "claims.csv").write_text(f"{head}\n{rows}")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    found = claims.__wrapped__()
    assert found["quote"].to_dict() == {"a-1": "better", "b-1": "best, of all"}


def test_a_cell_that_stands_twice_is_named(tmp_path, monkeypatch):
    head, row = (tables.FOLDER / "cells.csv").read_text(encoding="utf-8").splitlines()[:2]
    (tmp_path / "cells.csv").write_text(f"{head}\n{row}\n")
    folder = tmp_path / "papers" / "shi2020-smern"
    folder.mkdir(parents=True)
    (folder / "cells.csv").write_text(f"{head}\n{row}\n")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    with pytest.raises(PublishedError, match=row.split(",")[0]):
        cells.__wrapped__()


def test_tables_are_whole():
    labels = select("vo2022-context", "Table 1")
    assert labels.groupby("column").size().eq(27).all()
    assert len(select("vo2022-context", "Table 2")) == 4 * 27
    assert len(select("priyasad2020-audio-visual", "Figure 4")) == 36
    assert len(select("shi2021-smern-ga", "Table 1")) == 12 * 3
    with pytest.raises(PublishedError, match="nothing for"):
        select("lee2018-valence", "Table 9")
    with pytest.raises(PublishedError, match="no cell 'x'"):
        value("x")


def test_cells_of_papers_and_metrics_keep_their_ids():
    table = cells_of(["shi2020-smern"], ["UAR"]).set_index("cell_id")
    assert table.loc["shi2020-table-i-smacn-uar", "value"] == 0.656
    assert set(table["metric"]) == {"UAR"}


def test_claims_rest_on_cells():
    for claim_id, claim in claims().iterrows():
        for cell in filter(None, claim["cells"].split(";")):
            assert cell in cells().index, claim_id
        assert claim["paper"] in PAPERS
        assert claim["quote"]


@pytest.mark.parametrize("paper", [*PAPERS, SHARED])
def test_protocols_state_default_source_and_reason(paper):
    items = protocol(paper)
    assert len(items) >= 8
    for name, item in items.items():
        assert all(str(item[key]).strip() for key in ("default", "source", "reason")), name
        assert item["reason"] != "as stated" or "stated" in item, name


def test_unknown_papers_are_named():
    with pytest.raises(PublishedError, match="nobody2020"):
        protocol("nobody2020")


@pytest.mark.parametrize(
    ("check_id", "outcome", "recomputed"),
    [
        ("lstm-parameters", "consistent", 3_217_412),
        ("lstm-attention-parameters", "consistent", 1_126_921),
        ("smacn-square-kernels", "inconsistent", 2_106_500),
        ("smacn-uniform-kernels", "inconsistent", 0),
        ("smacn-parameters", "cannot be decided", 1_195_908),
        ("length-of-g", "inconsistent", 2048),
        ("shi2021-utterances", "consistent", 5492),
        ("removed-utterances", "cannot be decided", 39),
        ("share-tested", "inconsistent", 3829 / 5531),
        ("speakers-by-ratio", "inconsistent", 0.5),
        ("mdre-uar-between-papers", "inconsistent", 73.4),
        ("mocap-wap", "inconsistent", None),
        ("copied-wap", "inconsistent", 3),
        ("p-smern-ga", "inconsistent", 1.30e-4),
        ("prosodic-features", "inconsistent", 21),
        ("audio-features", "cannot be decided", 39),
        ("dropout-or-keep", "inconsistent", 0.3),
        ("enterface-05-names", "inconsistent", 12),
        ("enterface-05-sum", "consistent", 1293),
        ("rml-accuracy-is-uar", "consistent", 76.13),
        ("rml-clips", "cannot be decided", 145),
        ("segment-length", "inconsistent", 970),
        ("video-frames-rml", "consistent", 19.65),
        ("table-1-map-proposed", "consistent", 32.13),
        ("table-2-map-B+P, additive", "inconsistent", 26.17),
        ("table-2-map-B+E, additive", "inconsistent", 29.13),
        ("table-2-map-B+E+P, additive", "inconsistent", 32.11),
        ("repeated-row", "inconsistent", None),
        ("implied-B+P, additive", "inconsistent", 16.52),
        ("implied-B+E, additive", "inconsistent", 23.07),
        ("implied-B+E+P, additive", "inconsistent", 21.78),
        ("attention-gain", "cannot be decided", 0.30),
        ("attention-lower", "inconsistent", 9),
        ("lee2018-2d-cnn", "inconsistent", None),
        ("above-chance-[7]", "cannot be decided", 10.40),
        ("above-chance-[8]", "cannot be decided", 3.86),
        ("above-chance-proposed", "cannot be decided", 15.15),
        ("below-share-[7]", "consistent", 0),
        ("below-share-[8]", "inconsistent", 4),
        ("below-share-[10]", "consistent", 0),
        ("below-share-proposed", "consistent", 0),
        ("reruns-of-7", "inconsistent", 8.20),
        ("gold-spread-table-2", "consistent", 0.1166),
        ("gold-spread-table-3", "consistent", 0.1281),
        ("constant-table-2", "inconsistent", 8),
        ("centred-table-2", "inconsistent", 0),
        ("centred-table-3", "inconsistent", 0),
    ],
)
def test_findings(check_id, outcome, recomputed):
    check = CHECKS[check_id]
    assert check.outcome == outcome
    if recomputed is None:
        assert check.recomputed is None
    else:
        assert check.recomputed == pytest.approx(recomputed, rel=3e-3)


def test_chance_of_emotic_and_what_lies_far_below_it_come_from_the_ledger():
    items = protocol("vo2022-context")
    counts, people = items["labels of the test part"]["verified"], items["people usable"]["verified"]["test"]
    shares = {label: 100 * count / people for label, count in counts.items()}
    assert sum(shares.values()) / len(shares) == pytest.approx(16.98, abs=0.005)
    printed = select("vo2022-context", "Table 1", metric="AP")
    assert set(printed["row"]) == set(shares)
    for column, own in printed.groupby("column"):
        above = value(f"vo2022-table-1-map-{column.strip('[]')}-map") - sum(shares.values()) / 26
        assert CHECKS[f"above-chance-{column}"].recomputed == pytest.approx(above)
        low = [row["row"] for _, row in own.iterrows() if row["value"] < 0.9 * shares[row["row"]]]
        assert CHECKS[f"below-share-{column}"].recomputed == len(low)
        assert all(name in CHECKS[f"below-share-{column}"].arithmetic for name in low)


def test_scores_bound_the_spread_of_the_truth():
    draw = np.random.default_rng(0)
    for strength in (0.2, 0.6, 1.2):
        truth = draw.normal(0.1, 0.11, 4000)
        predicted = 0.05 + strength * truth + draw.normal(0, 0.1, 4000)
        scores = {
            "RMSE": np.sqrt(np.mean((truth - predicted) ** 2)),
            "CC": np.corrcoef(truth, predicted)[0, 1],
            "CCC": concordance_correlation(truth, predicted),
        }
        (bounds,) = spreads(pd.DataFrame([scores]).round(3)).to_dict("records")
        assert bounds["low"] <= truth.std() <= bounds["high"]


POLAR = ("Are", "Can", "Do", "Does", "Is")


def test_questions_with_yes_or_no_get_one():
    for check in CHECKS.values():
        said = check.answer.removeprefix("suggests ")
        question = re.sub(r"^Table .*: (?=is )", "", check.question)
        if question.split()[0].capitalize() in POLAR:
            assert said in {"yes", "no", "cannot be decided"}, check.check_id
        else:
            assert said not in {"yes", "no", ""}, check.check_id


def test_inferences_suggest():
    for key, entry in questions().items():
        text = entry["reason"] + entry.get("if_inconsistent", "")
        if entry.get("inference"):
            assert "suggest" in text, key
        assert "suggest" in text or not re.search("copied|quot|another release", text), key
    for note in cells()["note"].dropna():
        assert "suggest" in note or not re.search("copied|quoted", note), note


@pytest.mark.parametrize(
    ("check_id", "said"),
    [
        ("lstm-parameters", "30"),
        ("lstm-attention-parameters", "suggests no"),
        ("smacn-square-kernels", "no"),
        ("copied-wap", "suggests no"),
        ("lee2018-2d-cnn", "suggests no"),
        ("repeated-row", "suggests no"),
        ("rml-accuracy-is-uar", "yes"),
        ("implied-B+P, additive", "suggests 16.52"),
        ("p-uar-war", "no"),
        ("repeated-accuracy-rml-k-fold", "yes"),
        ("enterface-05-people", "yes"),
        ("bound-uar", "yes"),
        ("ratio-table-4", "yes"),
    ],
)
def test_answers(check_id, said):
    assert CHECKS[check_id].answer == said


def test_every_check_shows_numbers_and_a_reason():
    assert len(CHECKS) == len(audit.all_checks())
    for check in CHECKS.values():
        assert check.reason, check.check_id
        assert re.search(r"\d", check.arithmetic) or "pictures" in check.arithmetic

import math
import re
from pathlib import Path

import pytest

from lib.published import audit
from lib.published.check import questions
from lib.published.tables import (
    PAPERS,
    SHARED,
    PublishedError,
    cells,
    cells_of,
    claims,
    method,
    protocol,
    select,
    value,
)

TEXTS = Path(__file__).parents[2].parent / "shared" / "papers"
CHECKS = {check.check_id: check for check in audit.all_checks()}


def test_every_cell_is_what_is_printed():
    for cell_id, row in cells().iterrows():
        numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*", row["printed"])]
        factor = 1000 if row["printed"].lower().endswith("k") else 1
        assert math.isclose(factor * numbers[0], row["value"]), cell_id
        if len(numbers) > 1:
            assert numbers[1] == row["spread"], cell_id
        else:
            assert math.isnan(row["spread"]), cell_id
        assert row["unit"] in {"fraction", "percent", "count", "coefficient", "valence"}
        assert row["paper"] in PAPERS


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the papers' texts are not beside the project")
@pytest.mark.parametrize("paper", PAPERS)
def test_every_printed_number_stands_in_the_paper(paper):
    text = (TEXTS / f"{paper}.txt").read_text()
    words = {"8": "eight", "6": "six"}
    for cell_id, row in cells()[cells()["paper"] == paper].iterrows():
        for token in re.findall(r"\d[\d,.]*\d|\d", row["printed"]):
            found = re.search(rf"(?<![\d.]){re.escape(token)}(?!\d)", text)
            assert found or words.get(token, "?") in text, cell_id


def test_quoted_cells_name_the_reference_that_the_paper_prints():
    table = cells()
    names = table["row"] + " " + table["column"]
    marks = names.str.extract(r"(\[\d+\])")[0].dropna()
    quoted = table["quoted_from"].dropna()
    assert len(quoted) == 123
    assert (quoted[marks.index] == marks).all()
    assert set(quoted[names[quoted.index].str.contains("reported")]) == {"Yoon et al."}
    authors = quoted[quoted.str.contains("et al") & (quoted != "Yoon et al.")]
    for cell_id, author in authors.items():
        assert author in names[cell_id]


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


def test_tables_are_whole():
    labels = select("vo2022-context", "Table 1")
    assert labels.groupby("column").size().eq(27).all()
    assert len(select("vo2022-context", "Table 2")) == 4 * 27
    assert len(select("priyasad2020-audio-visual", "Figure 4")) == 36
    assert len(select("shi2021-smern-ga", "Table 1")) == 12 + 8 * 2 + 0
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
    ],
)
def test_findings(check_id, outcome, recomputed):
    check = CHECKS[check_id]
    assert check.outcome == outcome
    if recomputed is None:
        assert check.recomputed is None
    else:
        assert check.recomputed == pytest.approx(recomputed, rel=3e-3)


def test_every_check_shows_numbers_and_a_reason():
    assert len(CHECKS) == len(audit.all_checks())
    for check in CHECKS.values():
        assert check.reason, check.check_id
        assert re.search(r"\d", check.arithmetic) or "pictures" in check.arithmetic

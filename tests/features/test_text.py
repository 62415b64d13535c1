import numpy as np
import pytest

from lib.features.text import UNKNOWN, Vocabulary, read_glove, tokenise


def test_tokens_follow_the_penn_treebank():
    assert tokenise("Well, I can't -- it's Bob's!") == [
        "well", ",", "i", "ca", "n't", "-", "-", "it", "'s", "bob", "'s", "!",
    ]  # fmt: skip
    assert tokenise("") == []


def test_vocabulary_knows_its_own_texts_only():
    vocabulary = Vocabulary(["yes yes no", "no yes"])
    assert vocabulary.numbers == {"yes": 2, "no": 3} and len(vocabulary) == 4
    tokens, length = vocabulary.encode("Yes maybe no no no", 4)
    assert tokens.tolist() == [2, UNKNOWN, 3, 3] and length == 4
    tokens, length = vocabulary.encode("", 3)
    assert tokens.tolist() == [UNKNOWN, 0, 0] and length == 1


def test_glove_with_blanks_in_a_token(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("yes 1 2\n. . . 3 4\nno 5 6\n")
    found = read_glove(path, {"yes", ". . ."}, size=2)
    assert {token: list(vector) for token, vector in found.items()} == {
        "yes": [1, 2],
        ". . .": [3, 4],
    }
    vectors = Vocabulary(["yes maybe"]).vectors(found, seed=0)
    assert vectors.shape == (4, 2) and vectors[0].tolist() == [0, 0]
    assert vectors[3].tolist() == [1, 2] and np.abs(vectors[2]).max() <= 0.25


@pytest.mark.parametrize("line, words", [("yes 1", "fewer than 2"), ("yes 1 x", "not a number")])
def test_damaged_glove_names_the_line(tmp_path, line, words):
    path = tmp_path / "glove.txt"
    path.write_text(f"no 1 2\n{line}\n")
    with pytest.raises(ValueError, match=f"line 2.*{words}"):
        read_glove(path, {"yes"}, size=2)
    with pytest.raises(FileNotFoundError, match="project page"):
        read_glove(tmp_path / "none.txt", {"yes"})

import numpy as np
import pytest

from lib.features.text import UNKNOWN, Vocabulary, read_glove, tokenise


def test_tokens_follow_the_penn_treebank():
    assert tokenise("Well, I can't -- it's Bob's!") == [
        "well", ",", "i", "ca", "n't", "-", "-", "it", "'s", "bob", "'s", "!",
    ]  # fmt: skip
    assert tokenise("") == []


def test_vocabulary_knows_its_own_texts_only():
    vocabulary = Vocabulary.fit(["yes yes no", "no yes"])
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
    vectors = Vocabulary.fit(["yes maybe"]).vectors(found, seed=0)
    assert vectors.shape == (4, 2) and vectors[0].tolist() == [0, 0]
    assert vectors[3].tolist() == [1, 2] and np.abs(vectors[2]).max() <= 0.25


@pytest.mark.parametrize(
    "content",
    [
        b"yes 1 2 \nno 5 6 \n",  # blanks at line ends
        b"yes 1 2\r\nno 5 6\r\n",
        b"2 2\nyes 1 2\nno 5 6\n",  # fastText's header
        b"yes 1 2\nno 5 6\nyes 7 8\n",  # the first of two is used
        "a\xa0b\r 3 4\nyes 1 2\nno 5 6".encode(),  # other blanks in a token, no last line end
    ],
)
def test_forms_of_word_vectors(tmp_path, content):
    path = tmp_path / "glove.txt"
    path.write_bytes(content)
    found = read_glove(path, {"yes", "no", "2", "2 2"}, size=2)
    assert {token: list(vector) for token, vector in found.items()} == {"yes": [1, 2], "no": [5, 6]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no 1 2\nyes 1\n", "line 2 .*: fewer than 2 values"),
        (b"no 1 2\nyes 1 x\n", "line 2 .*: could not convert .*'x'"),
        (b"no 1 2\nyes 1 nan\n", "line 2 .*: a value is not a number"),
        (b"no 1 2\n\xff 3 4\n", "line 2 .*: 'utf-8' codec can't decode byte 0xff"),
        (b"no 1 2\n2 2\n", "line 2 .*: fewer than 2 values"),
        (b"PK\3\4\0\0", r"glove\.txt is a zip archive: unpack it"),
        (b"\x1f\x8b\x08", r"glove\.txt is a gzip archive: unpack it"),
        (b"", r"glove\.txt is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"glove\.txt is a git-lfs pointer"),
    ],
)
def test_damaged_word_vectors_are_named_with_their_line(tmp_path, content, words):
    path = tmp_path / "glove.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_glove(path, {"yes"}, size=2)
    assert str(path) in str(caught.value)
    with pytest.raises(FileNotFoundError, match="project page"):
        read_glove(tmp_path / "none.txt", {"yes"})

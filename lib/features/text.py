"""Transcripts as token numbers, and pre-trained word vectors."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib import content

PADDING, UNKNOWN = 0, 1
LONGEST_LINE = 1 << 20  # bytes
_TOKEN = re.compile(r"n't\b|'(?:s|m|re|ve|ll|d)\b|\w+(?=n't\b)|[\w]+(?:-\w+)*|\.\.\.|[^\w\s]")


def tokenise(text: str) -> list[str]:
    """Lower-case words and punctuation, contractions split as in the Penn treebank.

    Examples
    --------
    >>> tokenise("I don't know, it's fine...")
    ['i', 'do', "n't", 'know', ',', 'it', "'s", 'fine', '...']
    """
    return _TOKEN.findall(text.lower())


class Vocabulary:
    """Numbers of tokens: 0 is padding, 1 an unknown word, the others follow by frequency.

    `fit` makes it from the transcripts of the training part, or from all as in the papers' code.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.numbers = {token: number for number, token in enumerate(tokens, start=2)}

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "Vocabulary":
        """Vocabulary of all tokens of some transcripts."""
        counts = Counter(token for text in texts for token in tokenise(text))
        return cls(sorted(counts, key=lambda token: (-counts[token], token)))

    def __len__(self) -> int:
        return len(self.numbers) + 2

    def encode(self, text: str, length: int) -> tuple[NDArray[np.int64], int]:
        """Token numbers of a transcript, (length,), cut or zero padded, and their number before.

        An empty text counts as one unknown word.
        """
        tokens = [self.numbers.get(token, UNKNOWN) for token in tokenise(text)[:length]]
        tokens = tokens or [UNKNOWN]
        padded = np.full(length, PADDING, np.int64)
        padded[: len(tokens)] = tokens
        return padded, len(tokens)

    def vectors(self, known: dict[str, NDArray[np.float32]], seed: int) -> NDArray[np.float32]:
        """Initial embedding, (len(vocabulary), size).

        Known vectors, uniform(-0.25, 0.25) for other tokens, zero for padding.
        """
        size = len(next(iter(known.values())))
        vectors = np.random.default_rng(seed).uniform(-0.25, 0.25, (len(self), size))
        vectors[PADDING] = 0
        for token, number in self.numbers.items():
            if token in known:
                vectors[number] = known[token]
        return vectors.astype(np.float32)


def read_glove(path: Path, wanted: Collection[str], size: int = 300) -> dict[str, NDArray[np.float32]]:
    """Vectors, (size,), of the wanted tokens from a GloVe text file, read line by line.

    The file is ``glove.840B.300d.txt`` or one in its format, where some tokens contain blanks, or
    in fastText's, whose first line has two numbers. A token's first vector is used. FileNotFoundError
    if the file does not exist; FileError if it is another file, or a line, which is named, is not UTF-8
    or lacks `size` numbers.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no word vectors {path}: get glove.840B.300d.zip from the GloVe project page and "
            "unpack it, or leave the parameter empty"
        )
    if what := content.problem(path):
        raise content.FileError(f"{path} {what}")
    wanted = set(wanted)
    vectors: dict[str, NDArray[np.float32]] = {}
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), start=1):
            raw, *values = line.rstrip(b" \r\n").rsplit(b" ", size)
            with content.reading(f"{path}, line {number}", what="cannot be read, get the file again"):
                token = raw.decode("utf-8")
                if number == 1 and len(values) == 1 < size and token.isdecimal():
                    continue  # fastText: numbers of tokens and of values
                if len(values) != size:
                    raise ValueError(f"fewer than {size} values after the token")
                if token in wanted and token not in vectors:
                    vectors[token] = np.array(values, dtype=np.float32)
                    if not np.isfinite(vectors[token]).all():
                        raise ValueError("a value is not a number")
    return vectors

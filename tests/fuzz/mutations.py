"""Damage of files: each mutation is drawn from a seed, so that the same number gives the same bytes."""

import re
import struct
from collections.abc import Callable
from random import Random

HTML = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Please log in</body></html>\n"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
WORDS = [
    b"2", b"37", b"100", b"3.25", b"7", b"0.5", b"11", b"1",
    b"-1", b"0", b"1e300", b"-1e300", b"nan", b"inf", b"", b"1.5", b"99999999999999999999", b"4294967295",
    b"null", b"true", b"[[[[[[[[", b"../..", b"9" * 400, b"\xff\xfe", b"0x7f", b"''", b'"', b"<script>",
]  # fmt: skip
"""What stands in a text file in place of a number."""
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
LARGE = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 192_023, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, (1 << 63) - 1)
"""What stands in a binary file in place of a declared number."""
Mutation = Callable[[bytes, Random], bytes]


def _span(raw: bytes, random: Random, longest: int = 4096) -> tuple[int, int]:
    start = random.randrange(len(raw) + 1)
    return start, min(len(raw), start + random.randint(1, max(1, min(longest, len(raw) // 2))))


def _position(raw: bytes, random: Random) -> int:
    """A place in a file; half of them in its first 512 bytes, where headers are."""
    return random.randrange(min(len(raw), 512 if random.random() < 0.5 else len(raw)))


def flip(raw: bytes, random: Random) -> bytes:
    """One to 16 bits flipped."""
    damaged = bytearray(raw)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        damaged[_position(raw, random)] ^= 1 << random.randrange(8)
    return bytes(damaged)


def overwrite(raw: bytes, random: Random) -> bytes:
    """Random bytes over others."""
    place = _position(raw, random)
    new = random.randbytes(random.choice((1, 2, 4, 16, 64)))
    return raw[:place] + new + raw[place + len(new) :]


def truncate(raw: bytes, random: Random) -> bytes:
    """The end is missing."""
    return raw[: random.randrange(len(raw))]


def repeat(raw: bytes, random: Random) -> bytes:
    """A part stands there several times."""
    start, end = _span(raw, random)
    return raw[:start] + raw[start:end] * random.choice((2, 3, 20)) + raw[end:]


def splice(raw: bytes, random: Random) -> bytes:
    """A part stands elsewhere too, over what was there."""
    start, end = _span(raw, random)
    place = random.randrange(len(raw))
    return raw[:place] + raw[start:end] + raw[place + end - start :]


def delete(raw: bytes, random: Random) -> bytes:
    """A part is missing."""
    start, end = _span(raw, random, 512)
    return raw[:start] + raw[end:]


def blank(raw: bytes, random: Random) -> bytes:
    """A part is zeros, as a block that was never written."""
    start, end = _span(raw, random, 512)
    return raw[:start] + bytes(end - start) + raw[end:]


def number(raw: bytes, random: Random) -> bytes:
    """Another number: in text one of `WORDS`, in other files one of `LARGE` in four or eight bytes."""
    if b"\0" not in raw[:4096] and (found := list(NUMBER.finditer(raw[:20_000]))):
        place = random.choice(found)
        return raw[: place.start()] + random.choice(WORDS) + raw[place.end() :]
    place, (kind, size) = _position(raw, random), random.choice((("H", 2), ("I", 4), ("Q", 8), ("d", 8)))
    value = random.choice((float("nan"), float("inf"), 1e300)) if kind == "d" else random.choice(LARGE)
    if kind != "d":
        value %= 1 << (8 * size)
    return raw[:place] + struct.pack(random.choice("<>") + kind, value) + raw[place + size :]


def lines(raw: bytes, random: Random) -> bytes:
    """A line is missing, doubled, or exchanged with another one."""
    own = raw.splitlines(keepends=True)
    first, second = random.randrange(len(own)), random.randrange(len(own))
    change = random.randrange(3)
    if change == 0:
        del own[first]
    elif change == 1:
        own.insert(second, own[first])
    else:
        own[first], own[second] = own[second], own[first]
    return b"".join(own)


def encode(raw: bytes, random: Random) -> bytes:
    """Another encoding, a byte order mark, or bytes that are no text."""
    text = raw.decode("latin-1")
    place = random.randrange(len(raw))
    return random.choice(
        [
            text.encode("utf-16"),
            text.encode("utf-32"),
            b"\xef\xbb\xbf" + raw,
            raw[:place] + "é".encode("latin-1") + raw[place:],
            raw[:place] + b"\0" + raw[place:],
            raw.replace(b"\n", b"\r"),
        ]
    )


def nest(raw: bytes, random: Random) -> bytes:
    """Brackets in brackets, far deeper than any reader's stack."""
    place = random.randrange(len(raw))
    return raw[:place] + random.choice((b"[", b"(", b"{", b'{"a":')) * 20_000 + raw[place:]


WHOLE: dict[str, Mutation] = {
    "empty": lambda raw, random: b"",
    "html": lambda raw, random: HTML,
    "pointer": lambda raw, random: POINTER,
    "noise": lambda raw, random: random.randbytes(random.randint(1, 2000)),
}
"""Mutations after which nothing of the file is left."""
MUTATIONS: dict[str, Mutation] = {
    function.__name__: function
    for function in (flip, overwrite, truncate, repeat, splice, delete, blank, number, lines, encode, nest)
} | WHOLE
WEIGHTS = {"flip": 6, "number": 6, "truncate": 4, "overwrite": 3, "nest": 0.3, **dict.fromkeys(WHOLE, 0.2)}


def mutate(raw: bytes, random: Random) -> tuple[str, bytes]:
    """Damaged content of a file, and the name of the mutation; every tenth is damaged twice."""
    weights = [WEIGHTS.get(name, 2) for name in MUTATIONS]
    names = random.choices(list(MUTATIONS), weights, k=2 if random.random() < 0.1 else 1)
    for name in names:
        raw = MUTATIONS[name](raw, random) if raw else raw
    return "+".join(names), raw

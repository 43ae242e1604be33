"""Bytes as numbered lines: encodings, ends of line, what cannot be decoded, what is too long."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.doors.cli.lines import CHUNK, LONGEST, Line, lines


class Dripping(io.BytesIO):
    """Gives a few bytes at a time, as a pipe does."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(3)


def read(content: bytes) -> list[Line]:
    return list(lines(io.BytesIO(content)))


TEXTS = st.lists(
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1).filter(
        lambda text: bool(text.strip())
    ),
    min_size=1,
)
MARKED = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@given(TEXTS, st.sampled_from(sorted(MARKED)), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_text_comes_back_whatever_the_encoding_the_ends_and_the_pieces(texts, encoding, end, drips):
    content = MARKED[encoding] + end.join(texts).encode(encoding)
    stream = Dripping(content) if drips else io.BytesIO(content)
    found = list(lines(stream))
    assert [line.text for line in found] == texts
    assert [line.number for line in found] == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_an_encoding_without_a_mark_is_recognised_by_its_zeros(encoding):
    assert [line.text for line in read('{"id": "ü"}\n{"id": "2"}\n'.encode(encoding))] == [
        '{"id": "ü"}',
        '{"id": "2"}',
    ]


def test_a_line_that_is_not_utf_8_is_a_fault_and_its_neighbours_are_not():
    before, broken, after = read(b'{"a": 1}\n{"b": "caf\xe9"}\n{"c": 3}\n')
    assert (before.text, after.text) == ('{"a": 1}', '{"c": 3}')
    assert broken.number == 2
    assert broken.fault == "is not UTF-8: byte 0xe9 at position 11"


def test_a_broken_unit_of_utf_16_is_a_fault_of_its_line_alone():
    content = b"\xff\xfe" + '{"a": 1}\n'.encode("utf-16-le") + b"\x00\xd8x\x00" + "\nend".encode("utf-16-le")
    assert [bool(line.fault) for line in read(content)] == [False, True, False]


def test_blank_lines_are_counted_and_not_given():
    assert [(line.number, line.text) for line in read(b"\n  \r\nx\n\n")] == [(3, "x")]


def test_nothing_gives_nothing():
    assert read(b"") == []


def test_a_text_of_five_megabytes_is_a_line():
    (line,) = read(b"x" * 5_000_000)
    assert len(line.text) == 5_000_000


class Endless:
    """A line that never ends, then a short one."""

    def __init__(self) -> None:
        self.left = LONGEST // CHUNK + 2

    def read1(self, size: int = -1, /) -> bytes:
        self.left -= 1
        return b"x" * min(size, CHUNK) if self.left > 0 else b"\nshort" if self.left == 0 else b""


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_read():
    too_long, short = lines(Endless())
    assert too_long.fault == "is longer than 64 MB"
    assert (short.number, short.text) == (2, "short")

"""The English thesaurus that ships, and how it is made from WordNet's files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from product_search.text import thesaurus
from product_search.text.synsets import write
from product_search.text.wordnet import read

#: A WordNet of its own: shoes, of which boots and sneakers are kinds; a sofa, also called couch; a rock.
DATA = """\
  1 This is a licence.
00000001 06 n 01 footwear 0 002 ~ 00000002 n 0000 ~ 00000003 n 0000 | on feet
00000002 06 n 01 boot 0 001 @ 00000001 n 0000 | high
00000003 06 n 02 sneaker 0 gym_shoe 0 001 @ 00000001 n 0000 | soft
00000004 06 n 02 sofa 0 couch 0 000 | to sit on
00000005 17 n 01 boot 0 000 | no thing that is sold
"""
INDEX = """\
  1 This is a licence.
boot n 2 1 @ 2 1 00000002 00000005
couch n 1 0 1 0 00000004
footwear n 1 1 ~ 1 0 00000001
gym_shoe n 1 1 @ 1 0 00000003
sneaker n 1 1 @ 1 0 00000003
sofa n 1 0 1 0 00000004
"""


def test_it_is_made_of_wordnet_s_files(tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(DATA)
    (tmp_path / "index.noun").write_text(INDEX)
    made = tmp_path / "en.tsv.gz"
    assert write(read(tmp_path), made) == 6
    assert gzip.decompress(made.read_bytes()).decode().splitlines() == [
        "boot\t<\tfootwear",
        "couch\t=\tsofa",
        "footwear\t>\tboot|sneaker|gym shoe",
        "gym shoe\t<\tfootwear",
        "gym shoe\t=\tsneaker",
        "sneaker\t<\tfootwear",
        "sneaker\t=\tgym shoe",
        "sofa\t=\tcouch",
    ]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("couch", "sofa"),
        ("couches", "sofa"),
        ("knives", "bread knife"),
        ("footwear", "boot"),
        ("tennis shoe", "sneaker"),
        ("anorak", "jacket"),
    ],
)
def test_the_one_that_ships_knows_what_is_near(words: str, near: str) -> None:
    english = thesaurus("en-GB")
    assert english is not None
    assert near in english.related(words)


def test_what_is_the_same_comes_before_kinds_and_those_before_what_is_broader() -> None:
    english = thesaurus("en")
    assert english is not None
    found = english.related("sofa")
    assert found.index("couch") < found.index("love seat")
    found = english.related("jacket")
    assert found.index("anorak") < found.index("coat")


@pytest.mark.parametrize("language", ["de", "", "x", "../en", "en/../en"])
def test_another_language_has_none(language: str) -> None:
    assert thesaurus(language) is None


def test_words_it_does_not_know_have_nothing_near() -> None:
    english = thesaurus("en")
    assert english is not None
    assert english.related("qzxv") == ()
    assert english.related("") == ()


def test_lines_are_sorted_as_they_are_searched() -> None:
    english = thesaurus("en")
    assert english is not None
    assert list(english.lines) == sorted(english.lines)

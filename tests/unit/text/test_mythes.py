"""Thesauri in the format of MyThes, as LibreOffice has them: what is read of them, and how words are found in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from product_search.errors import ImproperSettings
from product_search.text import thesaurus
from product_search.text.mythes import BadThesaurus, read
from product_search.text.synsets import related

#: Sofas, and footwear of which sneakers are a kind; to move, and what holds a lamp up; as OpenThesaurus writes them.
GERMAN = """\
UTF-8
couch|1
-|Couch|Sofa|Liege|Möbel (Oberbegriff)|Einrichtung(en) (ugs.) (Oberbegriff)
sofa|1
-|Couch|Sofa|Liege|Möbel (Oberbegriff)|Einrichtung(en) (ugs.) (Oberbegriff)
liege|1
-|Couch|Sofa|Liege|Möbel (Oberbegriff)|Einrichtung(en) (ugs.) (Oberbegriff)
möbel|1
-|Möbel|Einrichtung(en) (ugs.)
einrichtung|1
-|Möbel|Einrichtung(en) (ugs.)
turnschuh|1
-|Turnschuh|Sneaker (ugs., engl.)|Schuhwerk (Oberbegriff)|(irgend)etwas für die Füße (Oberbegriff)
sneaker|1
-|Turnschuh|Sneaker (ugs., engl.)|Schuhwerk (Oberbegriff)|(irgend)etwas für die Füße (Oberbegriff)
schuhwerk|1
-|Schuhwerk
stehen|1
-|stehen|stand halten (fig.)
ständer|1
-|Ständer|Stativ|liegen (Antonym)
mp3-player 2|1
-|MP3-Player 2|Abspielgerät
"""
ENGLISH = """\
ISO8859-1
sofa|2
(noun)|couch|lounge|seat (generic term)
(verb)|recline
couch|1
(noun)|sofa|lounge|seat (generic term)|floor (antonym)|chair (similar term)
seat|1
(noun)|furniture (generic term)
"""


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "th.dat"
    file.write_bytes(text.encode(encoding))
    return file


def near(tmp_path: Path, text: str, word: str, language: str) -> dict[str, str]:
    synsets = read(written(tmp_path, text), language)
    return {each: how.value for each, how in related(synsets, word).items()}


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("couch", {"sofa": "=", "liege": "=", "möbel": "<", "einrichtung": "<"}),
        ("möbel", {"einrichtung": "=", "couch": ">", "sofa": ">", "liege": ">"}),
        ("turnschuh", {"sneaker": "=", "schuhwerk": "<"}),
        ("schuhwerk", {"turnschuh": ">", "sneaker": ">"}),
        ("stehen", {}),  # is no thing
        ("ständer", {"stativ": "="}),
        ("qzxv", {}),
    ],
)
def test_german(tmp_path: Path, word: str, found: dict[str, str]) -> None:
    assert near(tmp_path, GERMAN, word, "de") == found


def test_a_kind_is_named_by_all_its_words(tmp_path: Path) -> None:
    """Of two senses of a broader word the one whose other words are not broader too is another thing."""
    text = """UTF-8\nglas|2\n-|Glas|Trinkgefäß\n-|Glas|Brillenglas|Linse\nkelch|1
-|Kelch|Pokal|Glas (Oberbegriff)|Trinkgefäß (Oberbegriff)\n"""
    assert near(tmp_path, text, "kelch", "de") == {"pokal": "=", "glas": "<", "trinkgefäß": "<"}


def test_parts_of_speech(tmp_path: Path) -> None:
    assert near(tmp_path, ENGLISH, "sofa", "en") == {"couch": "=", "lounge": "=", "seat": "<"}
    assert "recline" not in near(tmp_path, ENGLISH, "couch", "en")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: '' is no encoding"),
        ("<html>\n", "is no encoding; expected a thesaurus of MyThes"),
        ("hex\n", "'hex' is no encoding"),
        ("UTF-8\nsofa\n", "line 2: 'sofa'; expected a word and a number"),
        ("UTF-8\nsofa|1\n-|couch\ncouch|x\n", "line 4"),
    ],
)
def test_what_is_no_thesaurus_is_told(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadThesaurus, match=why):
        read(written(tmp_path, text), "de")


def test_one_that_is_cut_off_says_what_it_has(tmp_path: Path) -> None:
    assert related(read(written(tmp_path, "UTF-8\nsofa|1\n-|Sofa|Couch\nbett|2\n-|Bett|Koje"), "de"), "bett")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where the shop has its thesauri."""
    found = tmp_path / "thesauri"
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "THESAURUS_DIR": str(found)}
    return found


def test_a_shop_makes_its_own(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert thesaurus("de") is None
    call_command("thesaurus", "de-AT", written(tmp_path, GERMAN))
    assert f"{folder / 'de.tsv.gz'}: 9 words." in capsys.readouterr().out
    german = thesaurus("de-CH")
    assert german is not None
    assert german.related("sofa")[:2] == ("couch", "liege")
    for inflected in ("turnschuhe", "Turnschuhen".lower(), "schuhwerke"):
        assert "sneaker" in german.related(inflected)
        assert german.knows(inflected)
    assert german.related("stehen") == ()
    assert not german.knows("stehen")
    english = thesaurus("en")
    assert english is not None
    assert "sofa" in english.related("couch"), "what ships stays"


def test_it_says_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("thesaurus", "de", written(tmp_path, GERMAN), output=tmp_path / "here")
    assert f'Set PRODUCT_SEARCH["THESAURUS_DIR"] = "{tmp_path / "here"}".' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("language", "file"), [("de", "nowhere.dat"), ("../de", "th.dat"), ("de", "bad.dat")]
)
def test_what_can_t_be_made_is_told(folder: Path, tmp_path: Path, language: str, file: str) -> None:
    written(tmp_path, GERMAN)
    (tmp_path / "bad.dat").write_text("no thesaurus\n")
    with pytest.raises(CommandError, match=r"can't be read|is no language|is no encoding"):
        call_command("thesaurus", language, tmp_path / file)


def test_a_file_that_is_none_is_told(folder: Path) -> None:
    folder.mkdir()
    (folder / "de.tsv.gz").write_bytes(b"nothing of the kind")
    with pytest.raises(ImproperSettings, match=r"de\.tsv\.gz can't be read as a thesaurus"):
        thesaurus("de")

from __future__ import annotations

from product_search.finetuning.captions import MOST, captions
from product_search.finetuning.said import Said


def test_the_title_comes_first_and_parts_are_said_in_every_language():
    said = captions(
        {
            "en": Said("Mug “Dana”", "Mugs", ("red", "stoneware")),
            "de": Said("Tasse „Dana“", "Tassen", ("rot",)),
        }
    )
    assert said[:2] == ("Mug “Dana”", "Tasse „Dana“")
    assert {"red stoneware Mugs", "red Mugs", "stoneware Mugs", "Mugs", "rot Tassen", "Tassen"} <= set(said)
    assert {"a photo of Mug “Dana”", "Mugs for sale", "ein Foto: Tasse „Dana“", "Tassen kaufen"} <= set(said)
    assert "a photo of red Mugs" not in said
    assert len({caption.casefold() for caption in said}) == len(said) <= MOST


def test_a_language_without_frames_of_ours_is_said_bare():
    assert captions({"fr-ch": Said("Tasse rouge", "Tasses")}) == ("Tasse rouge", "Tasses")


def test_braces_of_a_title_are_text():
    assert "a photo of Frame {0} {}" in captions({"en": Said("Frame {0} {}")})


def test_of_what_nothing_is_known_nothing_is_said():
    assert captions({}) == captions({"en": Said()}) == ()
    assert captions({"en": Said(values=("red",))})[0] == "red"

"""Policies to begin with: their words give away what is no product, and no product of the catalogue."""

from __future__ import annotations

import csv

import pytest

from product_search.models import Policy
from product_search.moderation.starters import Starter, starters
from product_search.moderation.texts import sought, word_in
from tests.acceptance.conftest import ROOT
from tests.acceptance.misconduct import told_by_words

NAMES = {"en": "title", "de": "title_de"}


def by_name(*languages: str) -> dict[str, Starter]:
    return {each.name: each for each in starters(languages)}


@pytest.mark.parametrize("name", ["contact_details", "no_product_photograph"])
def test_each_is_a_policy_that_something_can_fall_under(name: str) -> None:
    starter = by_name("en")[name]
    policy = Policy(name=starter.name, label=str(starter.label), **starter.values)
    policy.clean_fields()
    policy.clean()


def test_words_are_those_of_the_shop_s_languages() -> None:
    english, both = (by_name(*of)["no_product_photograph"].values["words"] for of in (["en"], ["en", "de"]))
    assert "size chart" in english
    assert "*tabelle" not in english
    assert set(english) < set(both)
    assert "*tabelle" in both
    assert by_name("fr")["no_product_photograph"].values["words"] == []


@pytest.mark.parametrize("language", NAMES)
def test_no_product_that_is_sold_is_called_so(language: str) -> None:
    words = by_name(language)["no_product_photograph"].values["words"]
    of = sought(tuple(words), language)
    with (ROOT / "fixtures" / "catalogue" / "products.csv").open(newline="", encoding="utf-8") as file:
        names = [row[NAMES[language]] for row in csv.DictReader(file)]
    assert len(names) > 500
    assert [name for name in names if word_in({"title": name}, of)] == []
    assert word_in({"title": "Shirt " + words[0]}, of) == words[0]


@pytest.mark.parametrize("language", NAMES)
def test_words_tell_titles_that_they_never_met_and_few_of_products_that_sound_like_them(
    language: str,
) -> None:
    assert told_by_words("no_product", language) >= 0.85
    assert told_by_words("sold", language) <= 0.25

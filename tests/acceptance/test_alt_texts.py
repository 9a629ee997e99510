"""What is said of 300 new products' pictures: nothing that is neither confirmed nor as sure as was promised.

The judge reads tables and vocabulary itself: whatever stands behind a title must be a value's own words, and there must
be a row that says so.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from math import comb
from typing import Any

import pytest

from product_search.alt_texts import write_pending
from product_search.models import AltText, Attribute, Tag, TagState
from product_search.tagging import tag_pending
from product_search.tagging.vocabulary_files import read_csv, take
from tests.acceptance import reports
from tests.acceptance.conftest import ROOT
from tests.acceptance.new_looks import Sold, index, random_looks, sell

SEED = 70_700_500
VIEWS = 3
VOCABULARY = ROOT / "fixtures" / "vocabulary.csv"
#: Of so many products one has a value that somebody accepted.
ACCEPTED = 5
BEGINS_SO = re.compile(
    r"\W*(an?|the|ein|eine|das)?\s*(image|picture|photo|photograph|illustration) of|"
    r"\W*(ein|eine|das)?\s*(bild|foto|abbildung|aufnahme) (von|einer|eines|des|der)",
    re.IGNORECASE,
)
COUNTED = {"en": r"picture \d+ of \d+", "de": r"Bild \d+ von \d+"}
ATTRIBUTES = ("type", "colour", "pattern", "material")


def labels(language: str) -> dict[str, tuple[str, str]]:
    """By the words for it, which attribute and value."""
    with VOCABULARY.open(newline="", encoding="utf-8") as file:
        return {
            (row["label_de"] if language == "de" else row["label"] or row["value"]): (
                row["attribute"],
                row["value"],
            )
            for row in csv.DictReader(file)
            if row["value"]
        }


def statements(words: str, title: str, language: str) -> list[str]:
    """What stands behind the title, whole or cut; all of it where that is not what it begins with."""
    rest = words
    if words.casefold().startswith(title.casefold()):
        rest = words[len(title) :]
    elif "…" in words and title.casefold().startswith(words.partition("…")[0].casefold()):
        rest = words.partition("…")[2]
    said = [part for part in rest.split(", ") if part]
    return [part for part in said if not re.fullmatch(COUNTED[language], part)]


def plant(sold: list[Sold]) -> dict[Any, dict[str, str]]:
    """Titles that begin as no words may, titles that are too long, and values that somebody accepted.

    Returns what each product's titles may be said as.
    """
    titles = {}
    for number, each in enumerate(sold):
        product = each.product
        if number % 25 == 4:
            product.name += " with a handle for three fingers and a foot that stands" * 3
            product.name_de += " mit einem Henkel für drei Finger und einem Fuß, der steht" * 3
        titles[product.pk] = {"en": product.name, "de": product.name_de}
        if number % 25 == 3:
            product.name, product.name_de = f"Image of a {product.name}", f"Ein Bild von {product.name_de}"
        product.save()
        if number % ACCEPTED == 0:
            name = ATTRIBUTES[number // ACCEPTED % len(ATTRIBUTES)]
            Tag.objects.create(
                product=product.pk,
                attribute=name,
                value=getattr(each.look, name),
                probability=1.0,
                state=TagState.ACCEPTED,
            )
    return titles


FAULTS = ("unfounded", "too_long", "begin_so", "twice", "missing")


class Judge:
    """Counts what is said, and what of it nobody may say."""

    def __init__(self) -> None:
        self.thresholds = dict(Attribute.objects.values_list("name", "threshold"))
        self.found: Counter[str] = Counter()
        self.right: dict[tuple[Any, str, str], bool] = {}

    def read(self, each: Sold, title: str, language: str) -> None:
        """All that is said of one product in one language."""
        found, product = self.found, each.product
        said = list(
            AltText.objects.filter(product=product.pk, language=language).values_list("text", flat=True)
        )
        tags = {(tag.attribute, tag.value): tag for tag in Tag.objects.filter(product=product.pk)}
        category = product.category.name_de if language == "de" else product.category.name
        known = labels(language)
        found["texts"] += len(said)
        found["too_long"] += sum(len(text) > 125 for text in said)
        found["begin_so"] += sum(BEGINS_SO.match(text) is not None for text in said)
        found["twice"] += len(said) - len({text.casefold() for text in said})
        found["missing"] += VIEWS - len(said)
        for statement in (part for text in said for part in statements(text, title, language)):
            found["statements"] += 1
            tag = tags.get(known[statement]) if statement in known else None
            if tag is not None and tag.state == TagState.SUGGESTED:
                sure = tag.probability >= self.thresholds[tag.attribute]
                found["sure_enough" if sure else "unfounded"] += 1
                right = getattr(each.look, tag.attribute) == tag.value
                self.right[product.pk, tag.attribute, tag.value] = right
            elif statement == category or (tag is not None and tag.state == TagState.ACCEPTED):
                found["confirmed"] += 1
            else:
                found["unfounded"] += 1

    def result(self) -> dict[str, Any]:
        """The counts, and of the values that nobody confirmed how many are right."""
        promised = dict(Attribute.objects.values_list("name", "promised"))
        precision = {}
        for name in ATTRIBUTES:
            right = [right for (_, attribute, _), right in self.right.items() if attribute == name]
            share = round(sum(right) / len(right), 4) if right else None
            precision[name] = {"said_of": len(right), "right": share, "promised": promised[name]}
        names = ("texts", "statements", "confirmed", "sure_enough", *FAULTS)
        return {**{name: self.found[name] for name in names}, "precision": precision}


def by_chance(said: int, right: float, promised: float) -> float:
    """How likely so few are right where the promise is kept: of thirty statements one decides about three points."""
    few = range(round(said * right) + 1)
    return sum(comb(said, count) * promised**count * (1 - promised) ** (said - count) for count in few)


def measure(products: int) -> dict[str, Any]:
    take(read_csv(VOCABULARY.read_text(encoding="utf-8")), using="default")
    rng = random.Random(SEED)
    sold = sell(random_looks(products, rng), rng, views=VIEWS)
    titles = plant(sold)
    index()
    tag_pending()
    assert write_pending().complete
    judge = Judge()
    for each in sold:
        for language in ("en", "de"):
            judge.read(each, titles[each.product.pk][language], language)
    return judge.result()


@pytest.mark.acceptance_size(name="alt-text")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_nothing_is_said_that_nobody_knows(model_settings: Any, settings: Any, tmp_path: Any) -> None:
    settings.PRODUCT_SEARCH = {**model_settings, "ALT_TEXTS": True}
    settings.MEDIA_ROOT = tmp_path
    asked = reports.asked("alt-text")
    found = measure(int(asked["products"]))
    reports.write_report("alt-text", sizes=asked, seeds={"looks": SEED}, result=found)
    assert found["statements"] > found["texts"] / 4, "it says something"
    assert found["confirmed"] > 0
    for name in FAULTS:
        assert found[name] == 0, (name, found)
    for name, each in found["precision"].items():
        assert not each["said_of"] or by_chance(each["said_of"], each["right"], each["promised"]) > 0.05, name

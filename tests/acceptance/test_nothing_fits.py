"""What the shop has nothing for finds nothing: letters, other trades, half-fitting queries, pictures of nothing sold.

The first half of each list chose the floors; what is reported is of the second half alone. Beside it stands what the
same floors cost: answerable queries (part `check`) that find nothing.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Iterator
from statistics import mean
from string import ascii_lowercase
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image

from catalog.models import Product
from product_search.documents import SearchScope
from product_search.evaluation import store
from product_search.retrieval import SearchRequest, search
from tests.acceptance import reports, test_pictures_of_new_products, test_recommendations
from tests.acceptance.conftest import CATALOGUE, ROOT, Truth
from tests.acceptance.nothing_sold import picture
from tests.acceptance.paraphrasing import WAYS
from tests.acceptance.test_phrasing import every, overlaps
from tests.acceptance.test_pictures_of_new_products import new_looks

JUDGEMENTS = ROOT / "fixtures" / "judgements"
SEED = 6_040
EN = SearchScope(language="en")
#: Pictures of nothing sold that are told of.
MORE = 200
#: Kinds of judged queries whose answers are in the catalogue by words of its own.
ANSWERABLE = ("known_item", "category", "attribute", "phrase", "typo")


def letters(count: int) -> list[str]:
    """One or two words of random letters."""
    draw = random.Random(SEED)
    return [
        " ".join(
            "".join(draw.choices(ascii_lowercase, k=draw.randint(5, 10))) for _ in range(draw.randint(1, 2))
        )
        for _ in range(count)
    ]


def lists(each: int) -> dict[str, list[str]]:
    """Queries that nothing fits, by kind: so many of each."""
    written = tomllib.loads((JUDGEMENTS / "nothing.toml").read_text(encoding="utf-8"))
    return {
        "letters": letters(4 * each),
        "trades": written["trades"][:each],
        "half_fitting": written["half_fitting"][:each],
    }


def measured(each: int, queries: list[str] | None = None) -> dict[str, Any]:
    """Shares of what finds nothing, of the second half of each kind; and of all, those that something comes near to."""
    found: dict[str, Any] = {}
    for kind, asked in lists(each).items():
        answers = [search(SearchRequest(q, facets=()), EN) for q in asked[len(asked) // 2 :]]
        found[kind] = {
            "asked": len(answers),
            "empty": sum(not answer.total for answer in answers) / len(answers),
            "near": sum(bool(answer.near) for answer in answers) / len(answers),
            "found": [q for q, answer in zip(asked[len(asked) // 2 :], answers, strict=True) if answer.total],
        }
    found["pictures"] = strangers(each // 2, each)
    if queries is not None:
        emptied = [q for q in queries if not search(SearchRequest(q, facets=()), EN).total]
        found["answerable"] = {
            "asked": len(queries),
            "emptied": len(emptied) / len(queries),
            "queries": emptied,
        }
    return found


def strangers(first: int, end: int) -> dict[str, float]:
    """Pictures of nothing sold, from number `first` to before `end`: how many, and the share that found nothing."""
    found = emptied(picture(number) for number in range(first, end))
    return {"asked": found["asked"], "empty": found["emptied"]}


def emptied(pictures: Iterable[Image.Image]) -> dict[str, float]:
    """How many pictures were asked, and the share that found nothing."""
    totals = [search(SearchRequest(picture=each, facets=()), EN).total for each in pictures]
    return {"asked": len(totals), "emptied": totals.count(0) / len(totals)}


def judged_pictures() -> Iterator[Image.Image]:
    """Those of part `check`; what else a search finds than the product that they are of is not asked here."""
    for query in store.load("check", kinds=("picture",)):
        with Image.open(CATALOGUE / "images" / query.topic.picture) as file:
            yield file.convert("RGB")


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_what_nothing_fits_finds_nothing(model_settings, settings):
    settings.PRODUCT_SEARCH = model_settings
    found = measured(12)
    assert found["letters"]["empty"] >= 0.95
    assert found["trades"]["empty"] >= 0.8
    assert found["half_fitting"]["empty"] >= 0.8
    assert found["half_fitting"]["near"] >= 0.8, "the mugs of a helicopter mug are shown apart"
    assert found["pictures"]["empty"] >= 0.8


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_other_words_for_the_same_find_the_same(model_settings, settings):
    """A few of what test_phrasing.py measures."""
    settings.PRODUCT_SEARCH = model_settings
    found = overlaps("tune", 6)
    assert set(found) == set(WAYS)
    assert mean(every(found)) >= 0.9


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_new_products_of_kinds_that_are_sold_find_their_type_and_colour(
    truth, tmp_path, model_settings, settings
):
    """Here, beside what a floor is for, because the whole catalogue is filled for one file at a time."""
    settings.PRODUCT_SEARCH = model_settings
    assert Product.objects.count() >= 500
    found = test_pictures_of_new_products.measure(40, truth, tmp_path)
    # What the model that ships reaches, with room for chance; `make acceptance` asks for 90 and 75 of 100.
    assert found["type_in_first_five"] >= 34
    assert found["type_and_colour_in_first_five"] >= 30
    assert found["type_in_first_five"] >= 2 * found["untrained_type_in_first_five"]


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_what_is_recommended_has_type_and_colour_and_is_not_all_alike(truth, model_settings, settings):
    """A few of what test_recommendations.py measures."""
    settings.PRODUCT_SEARCH = model_settings
    found = test_recommendations.measured(test_recommendations.rendered(truth), 60)
    test_recommendations.hold(found)


@pytest.mark.acceptance_size(name="nothing-fits")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_nothing_fits(model_settings, settings, truth: dict[str, Truth]):
    settings.PRODUCT_SEARCH = model_settings
    each = int(reports.asked("nothing-fits")["each"])
    call_command("judgements", "import", JUDGEMENTS / "check.csv", set="check", key="sku", verbosity=0)
    queries = [query.topic.text for query in store.load("check", kinds=ANSWERABLE)]
    found = measured(each, queries)
    # Of 25 pictures one more or less is .04: eight times as many say how often it is, those 25 among them.
    found["more_pictures"] = strangers(each // 2, each // 2 + MORE)
    found["answerable_pictures"] = emptied(judged_pictures())
    found["new_pictures"] = emptied(picture for _, picture in new_looks(4 * each, truth))
    reports.write_report("nothing-fits", sizes={"each": each}, seeds={"letters": SEED}, result=found)
    assert found["letters"]["empty"] >= 0.98
    assert found["trades"]["empty"] >= 0.95
    assert found["half_fitting"]["empty"] >= 0.8
    assert found["more_pictures"]["empty"] >= 0.9
    assert found["answerable"]["emptied"] <= 0.01
    assert found["answerable_pictures"]["emptied"] <= 0.01

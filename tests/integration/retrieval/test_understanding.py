"""What shoppers may write: spelling, phrases, exclusions, prices, names, synonyms and compounds, as answers show it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settled
from hypothesis import strategies as st

from product_search.documents import Facet, SearchScope, document
from product_search.errors import InvalidRequest
from product_search.retrieval import SearchRequest
from product_search.retrieval.filters import Choices
from product_search.retrieval.serving import Serving
from product_search.retrieval.steering import known_synonyms
from product_search.retrieval.understanding import understand
from product_search.text import terms
from tests.synonyms import add_synonym

from .asking import DE, EN, ask, chips, corrections, titles
from .shelf import Shelf, ShelfDocument

# Phrases and exclusions


def test_a_phrase_stands_as_it_is_written(shop: Shelf) -> None:
    assert set(titles("rubber sole")) == {"Felt slippers", "Rain boots"}
    answer = ask('"Rubber  SOLE"')
    assert [hit.card["title"] for hit in answer.hits] == ["Rain boots"]
    assert chips(answer) == [("phrase", '"Rubber SOLE"', "Rubber SOLE")]
    assert answer.understood[0].instead == "Rubber SOLE"
    assert titles('boots "rubber sole"') == ["Rain boots"]
    assert titles('"sole rubber"') == []
    # With a word that nothing here has it is no phrase, and may be misspelt.
    assert corrections('"ruber sole"') == [("ruber", "rubber")]


def test_accents_and_signs_do_not_matter_in_phrases(shelf: Shelf) -> None:
    shelf.product("Crème-brûlée torch")
    shelf.product("Torch for crème, or brûlée")
    assert titles('"creme BRULEE"') == ["Crème-brûlée torch"]


def test_what_is_excluded_is_not_there(shop: Shelf) -> None:
    for q, instead in {
        "boots -leather": "boots",
        "boots without leather": "boots",
        "boots -Leather -felt": "boots -felt",
    }.items():
        answer = ask(q)
        assert [hit.card["title"] for hit in answer.hits] == ["Rain boots"]
        assert answer.understood[0].instead == instead
        (brand,) = (facet for facet in answer.facets if facet.name == "brand")
        assert brand.values == ()


def test_what_says_to_be_without_is_not_excluded(shop: Shelf) -> None:
    assert titles("sneakers without laces") == ["Canvas sneakers without laces"]
    assert titles("sneakers -laces") == ["Canvas sneakers without laces"]


def test_exclusions_in_german(shelf: Shelf) -> None:
    shelf.product("Shoe", name_de="Schuh mit Schnürsenkeln")
    shelf.product("Slipper", name_de="Schuh zum Schlüpfen")
    shelf.gather_words()
    assert titles("Schuhe ohne Schnürsenkel", DE) == ["Schuh zum Schlüpfen"]


def test_nothing_but_an_exclusion_browses_the_rest(shop: Shelf) -> None:
    assert ask("-sneakers").total == 5


# Prices, sizes, counts


def test_a_price_is_a_filter(shop: Shelf) -> None:
    answer = ask("mug under 20")
    assert [hit.card["title"] for hit in answer.hits] == ["Red striped mug"]
    assert chips(answer) == [("filter", "under 20", "price", "..20", "..20")]
    (price,) = (facet for facet in answer.facets if facet.name == "price")
    assert [value.value for value in price.values] == ["..20"]
    assert price.high == 40  # counted with its own filter lifted, as one that was chosen by hand


def test_a_price_alone_browses(shop: Shelf) -> None:
    assert sorted(titles("under 26")) == ["Felt slippers", "Red striped mug"]
    assert ask("between 30 and 60").total == 4


def test_the_words_of_a_price_can_be_words_again(shop: Shelf) -> None:
    answer = ask("mug under 20", plain=("price",))
    assert answer.understood == ()
    assert answer.total == 0 or {hit.card["title"] for hit in answer.hits} <= {
        "Red striped mug",
        "Blue ceramic mugs, set of 4",
    }


def test_what_is_chosen_by_hand_comes_before_what_is_written(shop: Shelf) -> None:
    answer = ask("mug under 20", filters={"price": ("30..",)})
    assert [hit.card["title"] for hit in answer.hits] == ["Blue ceramic mugs, set of 4"]
    assert answer.understood == ()


def test_another_currency_is_no_price_of_this_shop(shop: Shelf) -> None:
    assert chips(ask("mug under 20 dollars", SearchScope(language="en", currency="EUR"))) == []
    assert chips(ask("mug under 20 €", SearchScope(language="en", currency="EUR"))) != []


class Shoes(ShelfDocument):
    """Sizes and counts that the shop keeps where it likes."""

    size = Facet("attributes__size")
    pieces = Facet("popularity", kind="range", means="count")


def test_sizes_and_counts_are_those_of_the_shop(shelf: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{Shoes.__module__}.{Shoes.__qualname__}",
    }
    shelf.product("Canvas shoe", attributes={"size": "42"}, popularity=1)
    shelf.product("Canvas shoe, large", attributes={"size": "44"}, popularity=4)
    shelf.gather_words()
    assert titles("shoe size 42") == ["Canvas shoe"]
    assert titles("set of 4 shoes") == ["Canvas shoe, large"]
    assert chips(ask("shoe size 41")) == []


# Names


def test_a_brand_is_a_filter_where_it_takes_nothing_away(shop: Shelf) -> None:
    answer = ask("nord sneakers")
    assert chips(answer) == [("filter", "nord", "brand", "nord", "Nord")]
    assert [hit.card["title"] for hit in answer.hits] == ["Running sneakers"]
    (brand,) = (facet for facet in answer.facets if facet.name == "brand")
    assert {value.value: value.count for value in brand.values} == {"nord": 1, "sol": 1}
    assert ask("nord sneakers", plain=("brand",)).understood == ()


def test_a_name_that_another_product_has_as_a_word_stays_a_word(shop: Shelf) -> None:
    shop.product("Sneakers for the far nord", brand="sol")
    shop.gather_words()
    answer = ask("nord sneakers")
    assert chips(answer) == []
    assert "Sneakers for the far nord" in [hit.card["title"] for hit in answer.hits]


def test_a_name_beside_other_words_counts_as_a_word_too(shop: Shelf) -> None:
    choices = Choices.of(document(), EN, {})
    read = understand(SearchRequest("nord sneakers"), EN, "en", choices, Serving.now("en", using="default"))
    assert read.filters == {"brand": ("nord",)}
    assert set(read.terms) == set(terms("nord sneakers", "en"))


def test_a_name_never_empties_an_answer(shop: Shelf) -> None:
    for q in ("nord boots", "sol mug", "mugs shoes"):
        assert ask(q).total >= ask(q, plain=("brand", "category", "collection")).total, q


def test_a_name_alone_stays_words_where_texts_have_it(shop: Shelf) -> None:
    assert chips(ask("mugs")) == []
    assert chips(ask("nord")) == []


def test_a_name_alone_is_a_place_where_words_would_find_but_some_of_it(shelf: Shelf) -> None:
    boots = shelf.product("Rain boots", category="shoes/boots")
    shelf.product("House shoes", category="shoes/slippers")
    shelf.product("Low boots", category="shoes/boots", description="Wider than other shoes.")
    shelf.product("Brush", category="care", description="For shoes and boots.")
    shelf.gather_words()
    place = [("filter", "shoes", "category", "shoes", "Shoes")]
    answer = ask("shoes")
    assert chips(answer) == place
    assert [hit.card["title"] for hit in answer.hits] == ["Rain boots", "House shoes", "Low boots"]
    assert chips(ask("show me shoes")) == place
    # Beside other words it is one that products must have, or show.
    assert titles("wide shoes") == ["Low boots"]
    assert titles("shoes", plain=("category",)) == ["House shoes", "Low boots", "Brush"]
    # What all of its products say is a word as good as any.
    assert chips(ask("boots")) == []
    assert {"Rain boots", "Low boots", "Brush"} <= set(titles("boots"))
    # Another thing that is called so would be lost.
    shelf.product("Rack for shoes", category="furniture")
    shelf.gather_words()
    assert chips(ask("shoes")) == []
    assert "Rack for shoes" in titles("shoes")
    assert boots.name not in titles("shoes")


def test_what_is_said_around_a_name_does_not_keep_it_from_being_one(shop: Shelf) -> None:
    plain = [("filter", "nord", "brand", "nord", "Nord")]
    assert chips(ask("nord sneakers")) == plain
    for q in ("show me sneakers of nord", "I am looking for nord sneakers", "a photo of a nord sneaker"):
        answer = ask(q)
        assert chips(answer) == plain, q
        assert [hit.key for hit in answer.hits] == [hit.key for hit in ask("nord sneakers").hits], q
    add_synonym("trainers", "sneakers")
    assert chips(ask("nord trainers")) == plain


def test_a_photo_of_something_is_that_unless_photos_are_sold(shop: Shelf) -> None:
    mug = ["Red striped mug"]
    for q in (
        "a photo of a red striped mug",
        "pictures of red striped mugs",
        "image showing red striped mug",
    ):
        assert titles(q)[:1] == mug, q
        assert corrections(q) == [], q
    shop.product("Framed photo, lighthouse")
    shop.product("Lighthouse lamp")
    shop.gather_words()
    assert titles("photo of a lighthouse") == ["Framed photo, lighthouse"]
    assert titles("photo of a red striped mug")[:1] == mug


def caption(q: str, scope: SearchScope = EN) -> str:
    choices = Choices.of(document(), scope, {})
    language = scope.language
    serving = Serving.now(language, using="default")
    synonyms = known_synonyms(language, serving.revisions, "default")
    return understand(SearchRequest(q), scope, language, choices, serving, synonyms).caption


def test_an_encoder_is_given_the_same_for_whatever_asks_the_same(shop: Shelf) -> None:
    shop.product("Türkises Kleid", name_de="Türkises Kleid")
    shop.product("Blue mugs", description="Two mugs")
    shop.gather_words()
    add_synonym("cups", "mugs")
    for q in ("blue mugs", "a blue mug", "blue cups", "I am looking for a blue cup", "pictures of blue mugs"):
        assert caption(q) == "blue mugs", q
    assert caption("XJ-900 mugs") == "XJ-900 mugs"
    assert caption("ein Türkis Kleid", DE) == "Türkises Kleid"


def test_a_corrected_word_has_its_synonyms(shop: Shelf) -> None:
    assert titles("sneekers") == titles("sneakers")
    add_synonym("sneakers", "boots", two_way=False)
    assert "Rain boots" in titles("sneakers")
    assert set(titles("sneekers")) == set(titles("sneakers"))


def test_a_title_or_a_number_is_taken_as_it_stands(shop: Shelf) -> None:
    shop.product("Nord mugs under 20", sku="NM-20", brand="sol", category="wear/shoes")
    shop.gather_words()
    answer = ask("Nord mugs under 20")
    assert answer.hits[0].card["title"] == "Nord mugs under 20"
    assert answer.understood == ()
    assert titles("nm-20")[0] == "Nord mugs under 20"


# Other ways to say it


def test_synonyms_find_what_the_others_say(shop: Shelf) -> None:
    add_synonym("trainer", "sneakers", language="en")
    add_synonym("wellies", "rain boots", two_way=False)
    add_synonym("slippers", "boots", language="de")
    assert set(titles("trainers")) == {"Running sneakers", "Canvas sneakers without laces"}
    assert corrections("trainers") == []
    assert titles("wellies") == ["Rain boots"]
    assert titles("running trainer") == ["Running sneakers"]
    assert titles("slippers") == ["Felt slippers"]
    shop.product("Old wellies")
    assert "Old wellies" not in titles("rain boots")
    shop.product("White trainers")
    assert "White trainers" in titles("sneakers")


def test_without_synonyms_scores_are_those_of_the_words_alone(shop: Shelf) -> None:
    plain = {hit.key: hit.legs["keywords"].raw for hit in ask("canvas sneakers").hits}
    add_synonym("canvas", "sailcloth nowhere")
    with_ways = {hit.key: hit.legs["keywords"].raw for hit in ask("canvas sneakers").hits}
    assert with_ways == pytest.approx(plain)


def test_german_compounds_meet_their_parts(shelf: Shelf) -> None:
    shelf.product("Dress", name_de="Leichtes Kleid für den Sommer")
    shelf.product("Summer dress", name_de="Sommerkleid")
    shelf.product("Work trousers", name_de="Arbeitshose")
    shelf.product("Trousers", name_de="Hose für die Arbeit")
    shelf.gather_words()
    assert set(titles("Sommerkleid", DE)) == {"Leichtes Kleid für den Sommer", "Sommerkleid"}
    assert set(titles("Kleid Sommer", DE)) >= {"Leichtes Kleid für den Sommer"}
    assert set(titles("Sommer Kleid", DE)) == {"Leichtes Kleid für den Sommer", "Sommerkleid"}
    assert set(titles("Arbeitshosen", DE)) == {"Arbeitshose", "Hose für die Arbeit"}
    assert set(titles("Arbeit Hose", DE)) == {"Arbeitshose", "Hose für die Arbeit"}
    assert corrections("Sommerhose", DE) == []


class Asian(ShelfDocument):
    """Languages that write no spaces."""

    class Meta(ShelfDocument.Meta):
        languages = ("ja", "th")


def test_languages_without_spaces(shelf: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {
        **settings.PRODUCT_SEARCH,
        "DOCUMENT": f"{Asian.__module__}.{Asian.__qualname__}",
    }
    ja, th = SearchScope(language="ja"), SearchScope(language="th")
    shelf.product("赤い陶器のマグカップ")
    shelf.product("緑茶の湯呑み")
    shelf.product("รองเท้าผ้าใบสีแดง")
    shelf.gather_words()
    assert titles("マグカップ", ja) == ["赤い陶器のマグカップ"]
    assert titles("陶器 マグ", ja) == ["赤い陶器のマグカップ"]
    assert titles("茶", ja) == ["緑茶の湯呑み"]
    assert titles('"陶器のマグ"', ja) == ["赤い陶器のマグカップ"]
    assert titles("マグカップ -陶器", ja) == []
    assert titles("รองเท้า", th) == ["รองเท้าผ้าใบสีแดง"]


# Whatever comes


def test_odd_questions_get_sensible_answers(shop: Shelf) -> None:
    for q in (
        "the of and",
        "'; DROP TABLE catalog_product; --",
        "(?:a+)+$ [z-a] \\1 {1,99999}",
        '" " "" -"" -',
        "-" * 1000,
        '"' * 999,
        "under " * 100,
        "9" * 1000,
        "under 99999999999999",
        "\ud800 mug \udfff",
        "without without without",
        "mug -mug",
        '"mug" -mug',
        "under 20 over 30",
        "\N{MATHEMATICAL DOUBLE-STRUCK SMALL M}ug \N{FULLWIDTH LATIN SMALL LETTER M}ug",
        "a" * 64 + "b" * 64,
    ):
        answer = ask(q)
        assert len(answer.hits) == min(answer.total, 24), q


def test_too_much_text_is_refused(shop: Shelf) -> None:
    with pytest.raises(InvalidRequest, match="1000"):
        ask("mug " * 2500)


@settled(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    q=st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    "mug",
                    "mugs",
                    "nord",
                    "sneekers",
                    "under",
                    "20",
                    "-",
                    '"',
                    "without",
                    "laces",
                    "€",
                    "size",
                    "\x00",
                    "4",
                ]
            ),
            max_size=12,
        ).map(" ".join),
    ),
    scope=st.sampled_from([EN, DE]),
    spelling=st.booleans(),
    plain=st.sets(st.sampled_from(["price", "brand", "category"])),
)
def test_any_question_is_understood(
    shop: Shelf, q: str, scope: SearchScope, spelling: bool, plain: set[str]
) -> None:
    answer = ask(q, scope, spelling=spelling, plain=tuple(plain))
    assert plain.isdisjoint(each.facet for each in answer.understood)
    assert spelling or not answer.corrections
    for each in answer.understood:
        SearchRequest(each.instead, filters={each.facet: (each.value,)} if each.facet else {})

"""The vector legs with HNSW indexes: which index each one reads, what it may miss, and when it gives way."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from product_search.calibration import Calibration
from product_search.conf import settings as configured
from product_search.documents import SearchScope, visible_products
from product_search.models import PictureVector, Text
from product_search.retrieval import SearchRequest, candidates, search, selectivity, snapshot, vectors
from product_search.retrieval.encoding import Encoded
from product_search.retrieval.engine import vector_legs
from product_search.retrieval.recommendations import recommend
from product_search.retrieval.selectivity import Keys, Rows
from product_search.retrieval.serving import Serving
from product_search.retrieval.snapshot import KeyIn
from product_search.retrieval.vectors import Unlike, VectorLeg, picture_leg, text_leg

from .large_shelf import PRODUCTS, large, stocked
from .shelf import DIM, Shelf, leaning

__all__ = ["large", "stocked"]  # fixtures

EN = SearchScope(language="en")


def legs(shelf: Shelf, size: int) -> dict[str, VectorLeg]:
    serving = Serving.now("en", using="default")
    vector = np.eye(1, DIM, dtype=np.float32)
    text = text_leg(serving, "en", vector, size=size, using="default")
    picture = picture_leg(serving, "text-picture", vector, size=size, using="default")
    assert text is not None
    assert picture is not None
    return {"text": text, "picture": picture}


@pytest.fixture
def by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the shop were so large that reading more than a hundred rows one by one took too long."""
    monkeypatch.setattr(selectivity, "LOOKED_UP", 0)


@pytest.mark.usefixtures("by_index")
def test_each_leg_reads_its_own_index_and_finds_what_an_exact_scan_finds(large: Shelf) -> None:
    expected = {
        "text": f"product_search_textvector_{large.space.pk}_hnsw_en",
        "picture": f"product_search_picturevector_{large.space.pk}_hnsw",
    }
    for name, leg in legs(large, 100).items():
        assert leg.indexed
        (plan,), cut = plans(leg, visible_products(EN))
        assert f"using {expected[name]} " in plan
        assert cut
        with transaction.atomic():
            found, _ = leg.find(visible_products(EN), 0.0)
        exact = leg.score([product.pk for product in Product.objects.all()])
        nearest = sorted(exact, key=lambda key: -exact[key].raw)[:100]
        assert len(set(nearest) & set(found)) >= 98


@pytest.mark.usefixtures("by_index")
def test_a_cut_leg_makes_totals_lower_bounds(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 20, "RELEVANCE_FLOOR": 0.2}
    large.encoder.texts["anything"] = [1.0] + [0.0] * (DIM - 1)
    answer = search(SearchRequest("anything"), EN)
    assert answer.relation == "gte"
    assert 0 < answer.total <= 40
    assert answer.hits[0].score >= answer.hits[-1].score > 0


@pytest.mark.usefixtures("by_index")
def test_filters_that_starve_an_index_scan_turn_to_an_exact_one(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 50, "RELEVANCE_FLOOR": 0.1}
    large.encoder.texts["anything"] = [1.0] + [0.0] * (DIM - 1)
    request = SearchRequest("anything", filters={"price": ("..30",)}, facets=("brand",))
    found = {hit.key for hit in search(request, EN).hits}
    leg = legs(large, 50)
    cheap = visible_products(EN).filter(price__lte=30)
    for name in leg:
        with transaction.atomic():
            matches, cut = leg[name].find(cheap, 0.9)
        assert not cut
        assert set(matches) <= found


@pytest.mark.usefixtures("by_index")
def test_what_is_like_a_product_is_found_behind_all_its_variants(
    large: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("product_search.retrieval.recommendations.NEAREST", 30)
    mug = large.product("Mug", pictures={"m": leaning(0, 1.0)})
    for number in range(40):
        large.product(f"Variant {number}", parent=mug, pictures={f"v{number}": leaning(0, 0.999)})
    for number in range(15):
        large.product(f"Cup {number}", pictures={f"c{number}": leaning(0, 0.99)})
    answer = recommend([mug.pk], EN, by="look", diversity=0)
    assert answer.relation == "gte"
    assert [hit.card["title"][:3] for hit in answer.hits] == ["Cup"] * 12


def test_few_rows_are_read_one_by_one_and_counted_exactly(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 400, "RELEVANCE_FLOOR": 0.0}
    large.encoder.texts["anything"] = [1.0] + [0.0] * (DIM - 1)
    answer = search(SearchRequest("anything"), EN)
    assert answer.relation == "eq"
    assert answer.total == PRODUCTS


def plans(leg: VectorLeg, products: Any, floor: float = 0.0) -> tuple[list[str], bool]:
    """How Postgres goes about each statement of `find` that reads vectors; and whether it was cut."""
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        _, cut = leg.find(products, floor)
    found = []
    for query in captured:
        statements = query["sql"].split("; ")
        for number, statement in enumerate(statements):
            if "<#>" in statement:
                with transaction.atomic(), connection.cursor() as cursor:
                    # What comes before it in one round trip are the settings under which it runs.
                    for setting in statements[:number]:
                        cursor.execute(setting)
                    cursor.execute("EXPLAIN " + statement)
                    found.append("\n".join(line for (line,) in cursor.fetchall()))
    return found, cut


@pytest.mark.usefixtures("by_index")
def test_where_few_pass_no_index_of_vectors_is_read(large: Shelf) -> None:
    for leg in legs(large, 20).values():
        (plan,), cut = plans(leg, visible_products(EN).filter(price__lt=50))
        assert "hnsw" not in plan
        assert f"Seq Scan on {leg.rows.model._meta.db_table}" not in plan
        assert not cut


@pytest.mark.usefixtures("by_index")
def test_a_scan_that_looks_in_the_wrong_place_is_given_up(
    large: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half that lies farthest from the query: as many pass as ever, but none of them where the scan begins."""
    for name, leg in legs(large, 20).items():
        exact = leg.score([product.pk for product in Product.objects.all()])
        far = sorted(exact, key=lambda key: exact[key].raw)[: PRODUCTS // 2]
        products = visible_products(EN).filter(KeyIn("pk", far))
        (first, second), cut = plans(leg, products)
        assert "_hnsw" in first, name
        assert "_hnsw" not in second, name
        assert not cut, name
        # Where they are too many to read, the scan goes on until it has come to them.
        with monkeypatch.context() as patch:
            patch.setattr(selectivity, "MOST_EXACT", 300)
            (_, second), cut = plans(leg, products)
            with transaction.atomic():
                found, _ = leg.find(products, 0.0)
        assert "_hnsw" in second, name
        assert cut, name
        nearest = sorted(far, key=lambda key: -exact[key].raw)[:10]
        assert len(set(nearest) & set(found)) >= 9, name


def test_an_exact_scan_reads_no_more_than_it_may(large: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrongly taken for few, a thousand rows are not all read: the index takes over."""
    monkeypatch.setattr(selectivity, "share_passing", lambda *_: 0.0)
    monkeypatch.setattr(vectors, "share_passing", lambda *_: 0.0)
    monkeypatch.setattr(selectivity, "MOST_EXACT", 500)
    for leg in legs(large, 20).values():
        (only,), cut = plans(leg, visible_products(EN))
        assert "hnsw" in only
        assert cut
        # A product may have many more pictures than one, and how many rows there are is a guess, too.
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            assert len(replace(leg, count=10).nearest(None)) == 20
        assert sum("<#>" in query["sql"] for query in captured) == 2


def test_filters_are_asked_how_many_pass(large: Shelf) -> None:
    leg = legs(large, 20)["picture"]
    for least, share in ((0, 1.0), (PRODUCTS // 2, 0.5), (PRODUCTS * 9 // 10, 0.1), (PRODUCTS, 0.0)):
        keys = Keys.of(visible_products(EN).filter(price__gte=least))
        said = selectivity.share_passing(Rows.of(leg.rows), keys, PRODUCTS)
        assert said == pytest.approx(share, abs=0.06)


def test_where_nothing_can_be_seen_nothing_is_found(large: Shelf) -> None:
    for leg in legs(large, 20).values():
        for none in (visible_products(EN).none(), visible_products(EN).filter(pk__in=[])):
            assert leg.find(none, 0.0) == ({}, False)
            assert leg.nearest(none) == {}


def test_what_lies_near_to_the_query_decides_how_its_filter_is_passed(
    large: Shelf, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all that is near passes the one filter, the index soon has enough of it, however few pass elsewhere."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 25, "RELEVANCE_FLOOR": 0.0}
    monkeypatch.setattr(selectivity, "LOOKED_UP", 2)
    large.encoder.texts["anything"] = np.eye(1, DIM)[0].tolist()
    leg = legs(large, 25)["text"]
    exact = leg.score([product.pk for product in Product.objects.all()])
    order = sorted(exact, key=lambda key: -exact[key].raw)
    Product.objects.filter(pk__in=order[:150]).update(price=PRODUCTS + 1)
    Product.objects.filter(pk__in=order[-150:]).update(price=PRODUCTS + 2)
    asked: dict[int, list[float | None]] = {}
    for above in (1, 2):
        with pytest.MonkeyPatch.context() as patch:
            ways, nears = selectivity.ways, asked.setdefault(above, [])
            patch.setattr(
                vectors, "ways", lambda *given, to=ways, seen=nears: (seen.append(given[3]), to(*given))[1]
            )
            request = SearchRequest("anything", filters={"price": (f"{PRODUCTS + above}..",)})
            assert search(request, EN).total > 0
    assert 1.0 not in asked[1]  # nothing more is read
    assert 0.0 in asked[2]


def test_of_what_is_near_a_facet_counts_what_its_own_filter_leaves_out(large: Shelf, settings: Any) -> None:
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 25, "RELEVANCE_FLOOR": 0.0}
    large.encoder.texts["anything"] = np.eye(1, DIM)[0].tolist()
    leg = legs(large, 25)["text"]
    near = leg.score([product.pk for product in Product.objects.all()])
    order = sorted(near, key=lambda key: -near[key].raw)
    Product.objects.filter(pk__in=order[::2]).update(stock=0)
    answer = search(SearchRequest("anything", filters={"in_stock": ("true",)}, facets=("in_stock",)), EN)
    counts = {value.value: value.count for value in answer.facets[0].values}
    assert counts["true"] == answer.total >= 25
    assert counts["false"] >= 10  # of the 25 nearest of all


def test_a_scan_leaves_no_setting_behind(large: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the host's own transaction had set; and where the server binds parameters, too."""
    leg = replace(legs(large, 20)["text"], ef_search=77)
    names = ("hnsw.ef_search", "hnsw.iterative_scan", "enable_sort")
    plain, bound = connection.copy(), connection.copy()
    bound.settings_dict["OPTIONS"] = {**bound.settings_dict.get("OPTIONS", {}), "server_side_binding": True}
    found = []
    for each in (plain, bound):
        monkeypatch.setattr(snapshot, "connections", {"default": each})
        with each.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute("SET LOCAL hnsw.ef_search = 33")
                keys = Keys.of(visible_products(EN))
                sql, parameters = leg.index_scan(Rows.of(leg.rows), keys, leg.vectors[0], 20, 1000)
                seen = f"SELECT found.product, current_setting('hnsw.ef_search') FROM ({sql}) AS found"  # noqa: S608
                found += snapshot.read_under("default", leg.index_settings(), [(seen, parameters)])
                cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
                assert cursor.fetchone() == ("33", "off", "on")
            finally:
                cursor.execute("ROLLBACK")
                each.close()
    assert found[0] == found[1]
    assert {setting for _, setting in found[0]} == {"77"}
    assert len(found[0]) == 20


@pytest.mark.usefixtures("by_index")
def test_what_is_unlike_loses_the_same_by_the_index_and_by_reading(large: Shelf) -> None:
    """Against numpy: the value of every product that a scan gives, and that a scan turned aside gives others too."""
    curve = Calibration(0.5, 0.1)
    away = np.eye(1, DIM, 1, dtype=np.float32)
    leg = replace(legs(large, 60)["picture"], calibration=curve, unlike=(Unlike(away, 0.8, curve),))
    aside = replace(leg, aside=(leg.vectors - away) / math.sqrt(2))
    stored = dict(PictureVector.objects.filter(space_id=large.space.pk).values_list("product", "vector"))
    with transaction.atomic():
        scanned, cut = leg.find(visible_products(EN), 0.0)
        turned, _ = aside.find(visible_products(EN), 0.0)
        few, exact = leg.find(visible_products(EN).filter(price__lt=30), 0.0)
    assert (cut, exact) == (True, False)
    assert set(scanned) < set(turned)
    for key, match in (scanned | turned | few).items():
        like, unlike = stored[key][0], stored[key][1]
        nearer = 1 / (1 + math.exp(min((like - 0.5) / 0.1, 2.0) - (unlike - 0.5) / 0.1))
        assert match.value == pytest.approx(curve.value(like) * (1 - 0.8 * nearer), abs=1e-3)


@pytest.mark.usefixtures("by_index")
def test_several_vectors_are_scanned_one_by_one(large: Shelf) -> None:
    both = np.eye(2, DIM, dtype=np.float32)
    leg = replace(legs(large, 60)["picture"], vectors=both)
    stored = dict(PictureVector.objects.filter(space_id=large.space.pk).values_list("product", "vector"))
    with transaction.atomic():
        found, _ = leg.find(visible_products(EN), 0.0)
    for axis in (0, 1):
        best = sorted(stored, key=lambda key: -stored[key][axis])[:24]
        assert len(set(best) & set(found)) >= 23
    assert all(match.raw == pytest.approx(max(stored[key][:2]), abs=1e-3) for key, match in found.items())


@pytest.mark.usefixtures("by_index")
def test_the_nearest_are_found_under_any_filter(large: Shelf) -> None:
    """As staff look: without a floor, by the index where many pass, one by one where few do."""
    for leg in legs(large, 30).values():
        exact = leg.score([product.pk for product in Product.objects.all()])
        for most in (None, PRODUCTS, 300, 40):
            products = None if most is None else Product.objects.filter(price__lt=most).order_by("-name")
            with transaction.atomic():
                found = leg.nearest(products)
            passing = exact if products is None else products.values_list("pk", flat=True)
            best = sorted(passing, key=lambda key: -exact[key].raw)[:30]
            assert len(set(found) & set(best)) >= 28
            assert len(found) <= 30


def test_the_breadth_of_a_shoppers_scan_is_the_settings(large: Shelf, settings: Any) -> None:
    def breadths(**chosen: Any) -> set[int]:
        conf = replace(configured(), **chosen)
        serving = Serving.now("en", using="default")
        encoded = Encoded(np.eye(1, DIM, dtype=np.float32))
        return {leg.ef_search for leg in vector_legs(encoded, serving, "en", conf, using="default")}

    assert breadths(leg_size=30) == {60}
    assert breadths(leg_size=5) == {40}
    assert breadths(leg_size=900) == {1000}
    assert breadths(ef_search=77) == {77}


def test_of_very_many_with_the_words_those_that_say_most_are_compared(
    large: Shelf, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All belong, and what an index has found nearest comes first."""
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "LEG_SIZE": 20}
    monkeypatch.setattr(selectivity, "LOOKED_UP", 0)
    monkeypatch.setattr(candidates, "MOST_COMPARED", 50)
    large.encoder.texts["product"] = [1.0] + [0.0] * (DIM - 1)
    Text.objects.bulk_create(
        Text(
            generation=large.generation,
            product=key,
            language="en",
            terms=["product"],
            frequencies=[1, 0, 0, 0, 0, 0],
            lengths=[number % 3 + 1, 0, 0, 0, 0, 0],
        )
        for number, key in enumerate(Product.objects.order_by("pk").values_list("pk", flat=True))
    )
    answer = search(SearchRequest("product", facets=("in_stock",)), EN)
    assert answer.total == PRODUCTS
    assert [value.count for value in answer.facets[0].values] == [PRODUCTS]
    compared = [hit for hit in answer.hits if "text-picture" in hit.legs]
    assert len(compared) == len(answer.hits)
    exact = legs(large, 20)["picture"].score([hit.key for hit in answer.hits])
    for hit in answer.hits:
        assert hit.legs["text-picture"].raw == pytest.approx(exact[hit.key].raw, abs=1e-3)
    deep = search(SearchRequest("product", page=30, facets=()), EN)
    assert deep.hits
    assert all("text-picture" not in hit.legs for hit in deep.hits)

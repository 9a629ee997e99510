"""What health, `index --status` and the index page tell beside worker, beat and sweep."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from product_search import encoders
from product_search.documents import Text, document
from product_search.indexing import filling, generations, health, index_pending, spaces, sweep
from product_search.models import Entry, Space, State, Tally
from product_search.testing import index_now

pytestmark = pytest.mark.django_db


def status() -> str:
    out = StringIO()
    call_command("index", "--status", stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def second_space(make):
    """A space that is being filled, beside the one that serves five products."""
    for number in range(5):
        make(f"Mug {number}")
    index_now()
    return spaces.create(encoders.load("hash:32").info, using="default", name="hash:32")


def test_a_fill_tells_how_far_it_is(second_space, admin_client):
    page = reverse("admin:product_search_index_changelist")
    assert "Nobody fills it at the moment." in admin_client.get(page).text
    assert f"manage.py spaces fill {second_space.pk}" in admin_client.get(page).text
    seen = []

    def watch(now: filling.FillProgress) -> None:
        (found,) = [each for each in health.health().spaces if each.space.pk == second_space.pk]
        seen.append((found.filling.complete, found.filling.products, found.filling.running))
        if now.seen == 4:
            assert "4 of 5 products" in status()
            html = admin_client.get(page).text
            assert '<progress max="5" value="4" aria-label="hash:32"></progress>' in html
            assert "4 of 5 products" in html

    filling.fill(second_space, using="default", page=2, progress=watch)
    assert seen == [(2, 5, True), (4, 5, True), (5, 5, True), (5, 5, True)]
    Space.objects.filter(pk=second_space.pk).update(state=State.STANDBY)
    assert [each.filling for each in health.health().spaces] == [None, None]


def test_a_generation_tells_how_far_it_is(make, monkeypatch):
    for number in range(4):
        make(f"Mug {number}")
    index_now()
    monkeypatch.setattr(type(document()), "texts", {**type(document()).texts, "made_of": Text("description")})
    generations.fill("default")
    (found, _serving) = health.health().generations
    assert (found.generation.state, found.filling.complete, found.filling.products) == ("filling", 0, 4)
    assert "filling, 0 of 4 products" in status()
    index_pending()
    generations.fill("default")
    assert health.health().generations[0].filling.share == 1.0
    sweep.sweep()
    (serving,) = health.health().generations
    assert (serving.generation.pk, serving.filling) == (found.generation.pk, None)


def test_a_due_hnsw_index_is_named_until_it_is_built(make, monkeypatch):
    monkeypatch.setattr(spaces, "ROWS_THAT_JUSTIFY_AN_INDEX", 3)
    make("Mug"), make("Cup")
    index_now()
    assert "HNSW" not in status(), "two rows justify none"
    make("Bowl")
    index_now()
    now = health.health()
    (problem,) = [problem for problem in now.problems if "HNSW" in problem.cause]
    space = Space.objects.get()
    assert "2 HNSW indexes" in problem.cause, "of English and of German texts"
    assert f"`manage.py spaces index {space.pk}`" in problem.fix
    assert not problem.stops
    for name in spaces.missing_indexes(space, document().languages, using="default"):
        with connection.cursor() as cursor:  # as the command does, but inside this test's transaction
            cursor.execute(
                f"CREATE INDEX {name} ON product_search_textvector_{space.pk}"
                " USING hnsw ((vector::halfvec(64)) halfvec_ip_ops)"
            )
    assert "HNSW" not in status()


def test_no_index_is_asked_for_while_an_import_runs(make, monkeypatch):
    monkeypatch.setattr(spaces, "ROWS_THAT_JUSTIFY_AN_INDEX", 3)
    for number in range(4):
        make(f"Mug {number}")
    index_now()
    Entry.objects.filter(pk__in=Entry.objects.values("pk")[:1]).update(wanted=9)
    assert "HNSW" not in status(), "building it now would slow the import down"


def test_the_status_says_pace_and_estimate(make):
    make("Mug")
    index_now()
    Tally.objects.all().delete()
    Tally.objects.create(indexed=480, seconds=240.0)
    Entry.objects.bulk_create(Entry(product=number) for number in range(10**6, 10**6 + 500))
    assert "Indexed in the last minute: 480, in the last ten: 480; about 4 minutes left." in status()
    assert "1 fresh, 500 waiting, 0 failing, 0 parked" in status()


def test_the_page_says_pace_and_estimate_in_words(make, admin_client):
    make("Mug")
    index_now()
    page = reverse("admin:product_search_index_now")
    Tally.objects.all().delete()
    assert "No product was indexed in the last ten minutes." in admin_client.get(page).text
    Tally.objects.create(indexed=1200, seconds=100.0)
    Entry.objects.bulk_create(Entry(product=number) for number in range(10**6, 10**6 + 3000))
    html = admin_client.get(page).text
    assert "about 4 minutes left" in html
    assert "1,200 products indexed in the last minute, 1,200 in the last ten." in html
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product_search_mark (source, key, not_before)"
            " VALUES ('catalog.product', '1', statement_timestamp() - interval '3 minutes')"
        )
    assert "The oldest has been waiting for 3 minutes." in admin_client.get(page).text


@pytest.mark.parametrize(("count", "said"), [(1, "1 product is parked"), (2, "2 products are parked")])
def test_one_is_one_and_two_are_two(make, count, said):
    for number in range(count):
        make(f"Mug {number}")
    index_now()
    Entry.objects.update(parked=True)
    assert said in status()


def test_asking_reads_no_more_rows_than_it_says(make):
    """By the plans of its queries: of a larger table no more than COUNTED rows are read."""
    make("Mug")
    index_now()
    rows = health.COUNTED + 5000
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product_search_entry (product, wanted, done)"
            " SELECT number, 2, number %% 2 + 1 FROM generate_series(1000000, 1000000 + %s) AS number",
            [2 * rows],
        )
        cursor.execute("ANALYZE product_search_entry")
    with CaptureQueriesContext(connection) as asked:
        now = health.health()
    assert (now.waiting, now.fresh) == (pytest.approx(rows, rel=0.02), pytest.approx(rows, rel=0.02))
    counts = [
        query["sql"]
        for query in asked
        if "product_search_entry" in query["sql"] and "COUNT(*)" in query["sql"]
    ]
    assert len(counts) >= 5
    for sql in counts:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            plan = cursor.fetchone()[0][0]["Plan"]
        assert most_rows(plan) <= health.COUNTED, (sql, plan)


def most_rows(plan: dict) -> float:
    """The most rows that any step of a plan read from a table, those it threw away included."""
    here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    if plan["Node Type"] == "Bitmap Index Scan":  # places of rows, which are not read yet
        here = 0
    return max([here, *(most_rows(step) for step in plan.get("Plans", ()))])

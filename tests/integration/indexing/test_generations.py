"""A changed document is filled beside the texts that serve, and takes over when complete."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.documents import ProductDocument
from product_search import documents
from product_search.documents import SearchScope, Text
from product_search.indexing import generations, index_pending, sweep
from product_search.models import Corpus, Generation, State, TermFrequency
from product_search.models import Text as TextRow
from product_search.retrieval import SearchRequest, search
from product_search.testing import index_now

pytestmark = pytest.mark.django_db


class ChangedDocument(ProductDocument):
    """The shop's document with one more text."""

    currency = Text("currency")


class ChangedAgain(ChangedDocument):
    """And with another one."""

    slug = Text("slug")


class FewerTexts(documents.ProductDocument):
    """Two of the shop's texts, in another order."""

    description = Text("description")
    title = Text("name", weight=3.0)

    class Meta:
        languages = ("en", "de")

    def visible(self, queryset, scope):
        return queryset


@pytest.fixture
def changed(settings):
    def change() -> None:
        settings.PRODUCT_SEARCH = {
            **settings.PRODUCT_SEARCH,
            "DOCUMENT": f"{__name__}.ChangedDocument",
        }

    return change


def states() -> list[str]:
    return list(Generation.objects.order_by("pk").values_list("state", flat=True))


def test_the_old_texts_serve_until_the_new_ones_are_complete(make, changed):
    first, second = make("Mug"), make("Cup")
    index_now()
    assert states() == [State.SERVING]
    changed()
    sweep.sweep()
    assert states() == [State.SERVING, State.FILLING]
    assert TextRow.objects.filter(generation__state=State.SERVING).count() == 4
    index_pending()
    sweep.sweep()
    assert states() == [State.RETIRED, State.SERVING]
    serving = TextRow.objects.get(generation__state=State.SERVING, product=first.pk, language="en")
    assert serving.fields["currency"] == "EUR"
    assert Corpus.objects.get(generation__state=State.SERVING, language="en").documents == 2
    sweep.sweep()
    retired = TextRow.objects.filter(generation__state=State.RETIRED)
    assert retired.count() == 4, "a search that is under way may still read them"
    Generation.objects.filter(state=State.RETIRED).update(since=timezone.now() - timedelta(seconds=60))
    sweep.sweep()
    assert not retired.exists()
    assert second.pk in TextRow.objects.values_list("product", flat=True)


def test_a_process_with_the_old_document_stops_instead_of_switching_back(make, changed, settings):
    make("Mug")
    index_now()
    before = settings.PRODUCT_SEARCH
    changed()
    index_now()
    index_now()
    assert states() == [State.RETIRED, State.SERVING]
    settings.PRODUCT_SEARCH = before
    with pytest.raises(generations.GenerationRetired, match=r"`manage\.py index` to go back"):
        generations.current("default")
    index_now()  # as `manage.py index`: on purpose
    index_now()
    assert states() == [State.SERVING, State.RETIRED]


def test_a_save_taken_by_a_worker_with_the_old_document_reaches_the_new_texts(make, changed, settings):
    mug = make("Mug")
    index_now()
    before = settings.PRODUCT_SEARCH
    changed()
    sweep.sweep()
    index_pending()
    assert generations.is_complete("default", generations.current("default"))
    after, settings.PRODUCT_SEARCH = settings.PRODUCT_SEARCH, before
    mug.name = "Cup"
    mug.save()
    index_pending()  # it can write the serving texts alone
    settings.PRODUCT_SEARCH = after
    sweep.sweep()
    assert states() == [State.SERVING, State.FILLING], "the new texts lack the save"
    index_pending()
    sweep.sweep()
    assert states() == [State.RETIRED, State.SERVING]
    serving = TextRow.objects.get(generation__state=State.SERVING, product=mug.pk, language="en")
    assert serving.fields["title"] == "Cup"


def test_only_the_latest_document_is_filled(make, changed, settings):
    make("Mug")
    index_now()
    changed()
    sweep.sweep()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": f"{__name__}.ChangedAgain"}
    sweep.sweep()
    assert states() == [State.SERVING, State.RETIRED, State.FILLING]


def test_a_search_with_the_new_document_reads_the_old_texts_rightly_until_they_are_replaced(make, settings):
    for name in ("Red mug", "Blue cup", "Mug mug mug"):
        make(name, description="a mug in a box")
    index_now()
    scope = SearchScope(language="en")

    def scores():
        hits = search(SearchRequest("mug box"), scope).hits
        return {hit.key: round(hit.legs["keywords"].raw, 6) for hit in hits}

    before = scores()
    assert len(before) == 3
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "DOCUMENT": f"{__name__}.FewerTexts"}
    sweep.sweep()
    assert states() == [State.SERVING, State.FILLING]
    assert scores().keys() == before.keys()
    assert sorted(scores(), key=scores().get) == sorted(before, key=before.get)


def test_word_statistics_count_each_product_once(make):
    make("Red red mug", name_de="Rote Tasse")
    make("Blue mug")
    index_now()
    corpus = Corpus.objects.get(language="en")
    assert corpus.documents == 2
    assert corpus.mean_lengths[0] == pytest.approx(2.5)
    counts = dict(TermFrequency.objects.filter(language="en").values_list("term", "documents"))
    assert (counts["mug"], counts["red"]) == (2, 1)
    version = corpus.version
    make("Green mug")
    index_now()
    corpus.refresh_from_db()
    assert (corpus.documents, corpus.version) == (3, version + 1)
    counts = dict(TermFrequency.objects.filter(language="en").values_list("term", "documents"))
    assert counts["mug"] == 3

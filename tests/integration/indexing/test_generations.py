"""A changed document is filled beside the texts that serve, and takes over when complete."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.documents import ProductDocument
from product_search.documents import Text
from product_search.indexing import generations, index_pending, sweep
from product_search.models import Corpus, Generation, State, TermFrequency
from product_search.models import Text as TextRow
from product_search.testing import index_now

pytestmark = pytest.mark.django_db


class ChangedDocument(ProductDocument):
    """The shop's document with one more text."""

    currency = Text("currency")


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

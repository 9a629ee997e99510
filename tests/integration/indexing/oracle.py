"""What the index must hold, worked out anew from the shop's tables and files, without any of the plugin's indexing."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from catalog.models import Product
from product_search import encoders
from product_search.models import (
    Corpus,
    Entry,
    Generation,
    Picture,
    PictureVector,
    Space,
    State,
    TermFrequency,
    Text,
    TextVector,
)


@dataclass(frozen=True)
class Indexed:
    """An index as plain values: titles by (product, language), pictures' digests by (product, picture)."""

    titles: dict[tuple[int, str], str]
    pictures: dict[tuple[int, str], str]


def shop_says() -> Indexed:
    """Every product's title and the content of each of its pictures, read straight from the shop."""
    titles, pictures = {}, {}
    for product in Product.objects.all():
        titles[product.pk, "en"] = product.name
        titles[product.pk, "de"] = product.name_de or product.name
        for image in product.images.all():
            with image.image.open("rb") as file:
                pictures[product.pk, str(image.pk)] = hashlib.sha256(file.read()).hexdigest()
    return Indexed(titles, pictures)


def index_says() -> Indexed:
    """The same from the index, where every vector must be the one that its content gives."""
    space = Space.objects.get(state=State.SERVING)
    texts = {(t.product, t.language): t for t in Text.objects.filter(generation__state=State.SERVING)}
    titles = {place: text.fields["title"] for place, text in texts.items()}
    vectors = {
        (v.product, v.language): v
        for v in TextVector.objects.filter(space_id=space.pk, product__isnull=False)
    }
    assert vectors.keys() == texts.keys()
    for place, vector in vectors.items():
        assert_same(vector.vector, encoders.get_encoder().encode_texts([titles[place]])[0])
    pictures = {}
    for row in PictureVector.objects.filter(space_id=space.pk, product__isnull=False):
        pictures[row.product, row.picture] = row.digest
        image = Product.objects.get(pk=row.product).images.get(pk=row.picture)
        with image.image.open("rb") as file:
            picture = Image.open(io.BytesIO(file.read())).convert("RGB")
        assert_same(row.vector, encoders.get_encoder().encode_images([picture])[0])
    readable = Picture.objects.filter(reason="").values_list("product", "picture", "digest")
    assert {(product, name): digest for product, name, digest in readable} == pictures
    return Indexed(titles, pictures)


def assert_same(stored: Any, expected: Any) -> None:
    found = np.array(stored.to_list() if hasattr(stored, "to_list") else stored, dtype=np.float32)
    np.testing.assert_allclose(found, expected.astype(np.float16).astype(np.float32), atol=1e-6)


def assert_index_matches_shop() -> None:
    """Nothing waits, nothing is missing, nothing is left over."""
    assert [entry for entry in Entry.objects.all() if entry.done != entry.wanted] == []
    assert set(Entry.objects.values_list("product", flat=True)) == set(
        Product.objects.values_list("pk", flat=True)
    )
    assert index_says() == shop_says()


def assert_words_are_counted() -> None:
    """The snapshot of each language equals a recount of the serving texts."""
    generation = Generation.objects.get(state=State.SERVING)
    for corpus in Corpus.objects.filter(generation=generation):
        texts = list(Text.objects.filter(generation=generation, language=corpus.language))
        counted = TermFrequency.objects.filter(generation=generation, language=corpus.language)
        assert dict(counted.values_list("term", "documents")) == Counter(
            term for text in texts for term in text.terms
        )
        assert corpus.documents == len(texts) > 0

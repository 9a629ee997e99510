"""A small shop whose side tables a test fills by hand: retrieval is tested on rows, whoever wrote them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection

from catalog.documents import ProductDocument
from catalog.models import Brand, Category, Collection, CollectionProduct, Product
from product_search.documents import Facet, SearchScope, TagFacet, document
from product_search.encoders import EncoderInfo
from product_search.indexing import spaces, vocabulary
from product_search.models import (
    Corpus,
    Generation,
    PictureVector,
    State,
    TermFrequency,
    Text,
    TextVector,
)
from product_search.text import terms

DIM = 8
#: Cosine .5 is neither here nor there, .7 is good, .3 is bad.
CURVE = {"midpoint": 0.5, "scale": 0.1}


class ShelfDocument(ProductDocument):
    """The reference shop's document with facets of many values, and cards that need no URLs."""

    collection = Facet("collections__slug", label="collections__name")
    style = TagFacet("style", hierarchical=True)
    mood = TagFacet("mood", suggested=True)

    def card(self, product: Product, scope: SearchScope) -> dict[str, Any]:
        return {"title": product.local_name}


def unit(*parts: float) -> list[float]:
    """A unit vector of `DIM` numbers that begins in the direction of `parts`."""
    length = math.sqrt(sum(part * part for part in parts))
    return [part / length for part in parts] + [0.0] * (DIM - len(parts))


def leaning(axis: int, cosine: float) -> list[float]:
    """A unit vector at `cosine` to the given axis (0 to 6)."""
    vector = [0.0] * DIM
    vector[axis] = cosine
    vector[DIM - 1] = math.sqrt(1 - cosine * cosine)
    return vector


@dataclass
class WrittenEncoder:
    """Vectors that a test wrote down; a text or picture it does not name lies far from everything."""

    info: EncoderInfo
    texts: dict[str, list[float]] = field(default_factory=dict)
    pictures: dict[tuple[int, ...], list[float]] = field(default_factory=dict)
    asked: int = 0

    def encode_texts(self, texts: Sequence[str], *, batch_size: int = 32) -> Any:
        self.asked += len(texts)
        return np.array([self.texts.get(text, leaning(6, 1.0)) for text in texts], dtype=np.float32)

    def encode_images(self, images: Sequence[Any], *, batch_size: int = 32) -> Any:
        return np.array(
            [self.pictures.get(image.getpixel((0, 0)), leaning(6, 1.0)) for image in images], dtype=np.float32
        )


class Shelf:
    """Makes products together with what indexing would have written for them."""

    def __init__(self) -> None:
        self.generation = Generation.objects.create(digest="generation", state=State.SERVING)
        info = EncoderInfo("written", "space", "weights", "preprocessing", DIM, 8)
        self.space = spaces.create(info, using="default")
        self.space.calibration = dict.fromkeys(("text-text", "text-picture", "picture-picture"), CURVE)
        self.space.save()
        self.encoder = WrittenEncoder(info)
        self.made = 0

    def product(
        self,
        name: str,
        *,
        title_vector: Sequence[float] | None = None,
        pictures: Mapping[str, Sequence[float]] | None = None,
        category: str = "",
        brand: str = "",
        collections: Sequence[str] = (),
        indexed: bool = True,
        **values: Any,
    ) -> Product:
        """A published product; popular ones are made first unless `popularity` says otherwise."""
        self.made += 1
        values.setdefault("sku", f"SKU{self.made:04d}")
        values.setdefault("popularity", 10_000 - self.made)
        values.setdefault("price", 10)
        values.setdefault("stock", 5)
        product = Product.objects.create(
            name=name,
            category=self.category(category) if category else None,
            brand=Brand.objects.get_or_create(slug=brand, defaults={"name": brand.title()})[0]
            if brand
            else None,
            **values,
        )
        for slug in collections:
            collection = Collection.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]
            CollectionProduct.objects.create(collection=collection, product=product)
        if indexed:
            self.write(product, title_vector, pictures or {})
        return product

    def category(self, path: str) -> Category:
        *above, slug = path.split("/")
        parent = self.category("/".join(above)) if above else None
        return Category.objects.get_or_create(
            path=path,
            defaults={
                "slug": slug,
                "name": slug.title(),
                "name_de": f"{slug.title()} (de)",
                "parent": parent,
            },
        )[0]

    def write(
        self,
        product: Product,
        title_vector: Sequence[float] | None,
        pictures: Mapping[str, Sequence[float]],
    ) -> None:
        """The rows that indexing writes for `product`, in every language of the document."""
        others = {"title": product.name, "description": product.description}
        said: dict[str, Any] = {
            "title": {"de": product.name_de or product.name},
            "brand_name": product.brand.name if product.brand else "",
            "category_name": product.category.name if product.category else "",
            "description": {"de": product.description_de or product.description},
            "sku": product.sku,
        }
        for language in document().languages:
            fields: dict[str, str] = {}
            for name in document().texts:
                value = said.get(name, "")
                fields[name] = value.get(language, others.get(name, "")) if isinstance(value, dict) else value
            self._write_text(product, language, fields)
            if title_vector is not None:
                TextVector.objects.create(
                    space_id=self.space.pk,
                    id=self._next_id(),
                    generation_id=self.generation.pk,
                    product=product.pk,
                    language=language,
                    digest="",
                    vector=list(title_vector),
                )
        for position, (picture, vector) in enumerate(pictures.items()):
            PictureVector.objects.create(
                space_id=self.space.pk,
                id=self._next_id(),
                product=product.pk,
                picture=picture,
                position=position,
                digest="",
                vector=list(vector),
            )

    def _write_text(self, product: Product, language: str, fields: Mapping[str, str]) -> None:
        counts = [Counter(terms(text, language)) for text in fields.values()]
        distinct = sorted(set().union(*counts))
        Text.objects.create(
            generation=self.generation,
            product=product.pk,
            language=language,
            fields=dict(fields),
            digest="",
            terms=distinct,
            frequencies=[count[term] for term in distinct for count in counts],
            lengths=[count.total() for count in counts],
        )

    def count_words(self) -> None:
        """Rebuild the snapshot of document frequencies."""
        TermFrequency.objects.all().delete()
        Corpus.objects.all().delete()
        for language in document().languages:
            texts = list(Text.objects.filter(generation=self.generation, language=language))
            having = Counter(term for text in texts for term in text.terms)
            TermFrequency.objects.bulk_create(
                TermFrequency(generation=self.generation, language=language, term=term, documents=count)
                for term, count in having.items()
            )
            lengths = np.array([text.lengths for text in texts])
            Corpus.objects.create(
                generation=self.generation,
                language=language,
                documents=len(texts),
                mean_lengths=lengths.mean(axis=0).tolist(),
            )

    def gather_words(self) -> None:
        """Count the words, and gather those that may be meant by misspelt ones and the names of facets' values."""
        self.count_words()
        for language in document().languages:
            vocabulary.rebuild("default", self.generation, language)

    def _next_id(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('product_search_vector_id')")
            return int(cursor.fetchone()[0])

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from product_search.encoders import EncoderUnavailable
from product_search.models import Attribute, AttributeValue, Entry, Tag
from product_search.tagging import tag_pending
from tests.integration.retrieval.conftest import shelf, shelf_factory
from tests.integration.retrieval.shelf import Shelf, leaning

__all__ = ["shelf", "shelf_factory"]

#: What lies along which axis.
AXES = {"red": 0, "blue": 1, "green": 2, "other": 3, "text": 4, "dotted": 5}


class Office:
    """A shop with a vocabulary, where words and pictures lie along axes that a test knows."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.attribute("colour", "red", "blue", "green")

    def attribute(self, name: str, *values: str, **fields: Any) -> Attribute:
        """An attribute whose values are said by their bare names."""
        fields = {"templates": ["{}"], "none_prompts": ["other"], "background_prompts": ["text"], **fields}
        made = Attribute.objects.create(name=name, **fields)
        for position, value in enumerate(values):
            AttributeValue.objects.create(attribute=made, value=value, position=position)
            self.word(value.rpartition("/")[2])
        self.word("other")
        self.word("text")
        return made

    def word(self, word: str, axis: int | None = None) -> None:
        """The model knows `word`, as what lies along an axis."""
        at = AXES.get(word, 6) if axis is None else axis
        self.shelf.encoder.texts[word] = leaning(at, 1.0)

    def product(self, name: str, *shown: str, cosine: float = 0.9, **fields: Any) -> Any:
        """A product with a picture for each thing `shown`, indexed."""
        pictures = {f"{name}-{at}": leaning(AXES[each], cosine) for at, each in enumerate(shown)}
        product = self.shelf.product(name, pictures=pictures, **fields)
        Entry.objects.create(product=product.pk, wanted=1, done=1)
        return product

    def tags(self) -> Mapping[str, str]:
        """What is said of each product, by its name: `colour: red, ...`, decided ones with their state."""
        names = dict(self.shelf_names())
        found: dict[str, list[str]] = {}
        for tag in Tag.objects.order_by("attribute", "value"):
            mark = "" if tag.state == "suggested" else f" ({tag.state})"
            found.setdefault(names.get(tag.product, "gone"), []).append(f"{tag.attribute}: {tag.value}{mark}")
        return {name: ", ".join(said) for name, said in found.items()}

    def missing(self) -> Any:
        """As an encoder whose model is not there."""
        raise EncoderUnavailable("the model is not here")

    def shelf_names(self) -> Any:
        from catalog.models import Product

        return Product.objects.values_list("pk", "name")


@pytest.fixture
def office(shelf: Shelf) -> Office:
    return Office(shelf)


@pytest.fixture
def tagged(office: Office) -> Office:
    """Three products, tagged."""
    office.product("Shirt one", "red")
    office.product("Shirt two", "blue")
    office.product("Shirt three", "other")
    tag_pending()
    return office

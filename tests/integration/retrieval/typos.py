"""The rendered catalogue's words, and slips of the hand in them: made without knowing how they are mended."""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from catalog.models import Product
from product_search.models import Text
from product_search.text import terms

from .shelf import Shelf

LIST = Path(__file__).resolve().parents[3] / "fixtures" / "catalogue" / "products.csv"
KINDS = ("missing", "added", "other", "swapped", "neighbour")
#: The letters around each letter of an English keyboard, from q to m.
AROUND = (
    "wa|esq|wrd|etf|ryg|tuh|yij|uok|ipl|ol|qsz|adw|sfe|dgr|fht|gjy|hku|jli|kop|xas|zcd|xvf|cbg|vnh|bmj|nk"
)
BESIDE = dict(zip("qwertyuiopasdfghjklzxcvbnm", AROUND.split("|"), strict=True))


def fill(shelf: Shelf) -> list[tuple[str, str]]:
    """The catalogue's texts, as indexing writes them; returns every title with its language."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    made = Product.objects.bulk_create(
        Product(sku=row["sku"], name=row["title"], name_de=row["title_de"], price=row["price"])
        for row in rows
    )
    texts = []
    for product, row in zip(made, rows, strict=True):
        for language, end in (("en", ""), ("de", "_de")):
            fields = {
                "title": row["title" + end],
                "brand_name": row["brand"],
                "category_name": row["category" + end].split(" > ")[-1],
                "collection_names": row["collections"],
                "description": row["description" + end],
                "sku": row["sku"],
            }
            counts = [Counter(terms(value, language)) for value in fields.values()]
            distinct = sorted(set().union(*counts))
            texts.append(
                Text(
                    generation=shelf.generation,
                    product=product.pk,
                    language=language,
                    fields=fields,
                    digest="",
                    terms=distinct,
                    frequencies=[count[term] for term in distinct for count in counts],
                    lengths=[count.total() for count in counts],
                )
            )
    Text.objects.bulk_create(texts)
    shelf.gather_words()
    return [
        (row["title" + end], language)
        for row in rows
        for language, end in (("en", ""), ("de", "_de"))
        if row["title" + end]
    ]


def slips(
    titles: Sequence[tuple[str, str]], number: int, *, seed: int
) -> Iterator[tuple[str, str, str, str, str]]:
    """`number` times: the kind of slip, a title's word, the word with the slip, the title with it, and its language.

    One slip in words of four letters and more, two in every second one of eight and more; never in the first letter.
    """
    draw = random.Random(seed)
    for at in range(number):
        while True:
            title, language = draw.choice(titles)
            words = [word for word in title.split() if word.isalpha() and word.isascii() and len(word) >= 4]
            if words:
                break
        word = draw.choice(words)
        kind = KINDS[at % len(KINDS)]
        slipped = word.lower()
        for _ in range(2 if len(word) >= 9 and at % 2 else 1):
            slipped = _slip(slipped, kind, draw)
        if slipped != word.lower() and len(slipped) >= 4:
            yield kind, word.lower(), slipped, title.replace(word, slipped, 1), language


def _slip(word: str, kind: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    letter = draw.choice("abcdefghijklmnoprstuvwz")
    if kind == "missing":
        return word[:at] + word[at + 1 :]
    if kind == "added":
        return word[:at] + letter + word[at:]
    if kind == "other":
        return word[:at] + letter + word[at + 1 :]
    if kind == "swapped":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + draw.choice(BESIDE[word[at]]) + word[at + 1 :]

"""The searches that `demo --once` makes over HTTP, each with what its answer must hold."""

from __future__ import annotations

import csv
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..models import Product, ProductImage
from .client import Client

SEARCH = "search/v1/search"
#: Within the first so many hits an example looks.
FIRST = 4


@dataclass(frozen=True)
class Outcome:
    """How an example went: what was wrong (empty: nothing), what was found, and how long it took."""

    name: str
    wrong: str
    found: str
    seconds: float


@dataclass(frozen=True)
class Example:
    """A name and a way to try it: `check` returns (what is wrong or "", what was found)."""

    name: str
    check: Callable[[], tuple[str, str]]

    def run(self) -> Outcome:
        """Try it once, with the clock running."""
        started = time.perf_counter()
        wrong, found = self.check()
        return Outcome(self.name, wrong, found, time.perf_counter() - started)


def examples(client: Client, catalogue: Path) -> Iterator[Example]:
    """Those that suit the catalogue: the one that ships says of every product what its pictures show."""
    truth = _read_truth(catalogue / "truth.csv") if catalogue.is_dir() else {}
    if truth:
        yield from _rendered(client, truth)
    else:
        yield from _any_catalogue(client)
    yield Example("browse the whole shop", lambda: _browse(client))
    yield Example("the storefront's own page", lambda: _storefront(client))


def tries(client: Client) -> list[str]:
    """Three addresses worth opening, for whoever starts the demo."""
    product = (
        Product.objects.filter(published=True, images__isnull=False).order_by("-popularity", "pk").first()
    )
    words = [("red striped mug", "Mug"), ("blue summer dress", "Dress"), ("wooden chair", "Chair")]
    asked = [query for query, kind in words if Product.objects.filter(name__icontains=kind).exists()]
    if not asked and product:
        asked = [product.name]
    addresses = [f"{client.root}/?q={query.replace(' ', '+')}" for query in asked[:2]]
    return [*addresses, f"{client.root}{product.get_absolute_url()}"] if product else addresses


def _rendered(client: Client, truth: Mapping[str, Mapping[str, str]]) -> Iterator[Example]:
    wanted = {"colour": "red", "pattern": "striped", "type": "mug"}
    mug = next((sku for sku, shown in truth.items() if shown.items() >= wanted.items()), None)
    if mug is None:
        return
    picture = _picture_of(mug)
    colours = Counter(
        shown["colour"] for shown in truth.values() if shown["type"] == "mug" and shown["colour"] != "red"
    )
    other = max(colours, key=lambda colour: colours[colour], default="blue")
    yield Example("words: red striped mug", lambda: _shows(_search(client, "red striped mug"), truth, wanted))
    yield Example(
        "words in German: rot gestreifte Tasse",
        lambda: _shows(
            _search(client, "rot gestreifte Tasse", language="de"), truth, {"colour": "red", "type": "mug"}
        ),
    )
    yield Example("a picture of that mug", lambda: _is_first(_search(client, picture=picture), mug))
    yield Example(
        f"that picture and the word “{other}”",
        lambda: _holds(_search(client, other, picture=picture), truth, {"colour": other, "type": "mug"}),
    )
    yield Example("similar to that mug", lambda: _shows(_similar(client, mug), truth, {"type": "mug"}))


def _any_catalogue(client: Client) -> Iterator[Example]:
    product = random.Random(5).choice(
        Product.objects.filter(published=True, images__isnull=False).order_by("pk")[:50]
    )
    words, picture = product.name, _picture_of(product.sku)
    yield Example(f"words: {words}", lambda: _contains_title(_search(client, words), words))
    yield Example("a product's own picture", lambda: _is_first(_search(client, picture=picture), product.sku))
    yield Example(
        "that picture and its title", lambda: _is_near(_search(client, words, picture=picture), product.sku)
    )
    yield Example("similar products", lambda: _not_empty(_similar(client, product.sku)))


def _search(client: Client, q: str = "", *, picture: bytes | None = None, language: str = "en") -> Any:
    if picture is None:
        page = client.get(SEARCH, q=q, language=language)
    else:
        page = client.post(SEARCH, [("q", q), ("language", language)], {"picture": ("picture.webp", picture)})
    return page.json()


def _similar(client: Client, sku: str) -> Any:
    return client.get(f"search/v1/products/{Product.objects.get(sku=sku).pk}/similar").json()


def _shows(answer: Any, truth: Mapping[str, Mapping[str, str]], wanted: Mapping[str, str]) -> tuple[str, str]:
    """The first hits must show what is wanted, as far as the catalogue has so many."""
    skus = _skus(answer)
    right = [sku for sku, shown in truth.items() if shown.items() >= wanted.items()]
    groups = Product.objects.filter(sku__in=right, published=True).values_list("parent_id", "pk")
    enough = min(FIRST, len({parent or pk for parent, pk in groups}), len(skus))
    missed = [sku for sku in skus[:enough] if not truth.get(sku, {}).items() >= wanted.items()]
    if not enough:
        return f"no hits; {_problem(answer)}", ""
    if missed:
        shown = ", ".join(f"{sku} ({' '.join(truth.get(sku, {}).values())})" for sku in missed)
        return f"among the first {enough}: {shown}", ""
    return "", f"the first {enough} of {answer['total']} are {' '.join(wanted.values())}"


def _holds(answer: Any, truth: Mapping[str, Mapping[str, str]], wanted: Mapping[str, str]) -> tuple[str, str]:
    """One hit of the first page must show what is wanted: the model that ships is too small to promise the order."""
    for place, sku in enumerate(_skus(answer), start=1):
        if truth.get(sku, {}).items() >= wanted.items():
            return "", f"{' '.join(wanted.values())} is number {place} of {answer['total']}"
    return f"none of {len(_skus(answer))} hits is {' '.join(wanted.values())}; {_problem(answer)}", ""


def _is_first(answer: Any, sku: str) -> tuple[str, str]:
    skus = _skus(answer)
    if not skus or _group(skus[0]) != _group(sku):
        return f"first is {skus[0] if skus else 'nothing'}, expected {sku}; {_problem(answer)}", ""
    return "", f"{answer['hits'][0]['card']['title']} is first of {answer['total']}"


def _is_near(answer: Any, sku: str) -> tuple[str, str]:
    skus = _skus(answer)
    if _group(sku) not in [_group(found) for found in skus[:FIRST]]:
        return f"{sku} is not among the first {FIRST}: {', '.join(skus[:FIRST])}; {_problem(answer)}", ""
    return "", f"{sku} is among the first of {answer['total']}"


def _contains_title(answer: Any, title: str) -> tuple[str, str]:
    titles = [hit["card"]["title"] for hit in answer.get("hits", ())]
    if title not in titles[:FIRST]:
        return f'no "{title}" among {titles[:FIRST]}; {_problem(answer)}', ""
    return "", f"{answer['total']} products"


def _not_empty(answer: Any) -> tuple[str, str]:
    if not answer.get("hits"):
        return f"no hits; {_problem(answer)}", ""
    return "", f"{len(answer['hits'])} products"


def _browse(client: Client) -> tuple[str, str]:
    answer = client.get(SEARCH).json()
    published = Product.objects.filter(published=True)
    expected = len({parent or pk for parent, pk in published.values_list("parent_id", "pk")})
    if answer.get("total") != expected:
        return f"{answer.get('total')} products, expected {expected}; {_problem(answer)}", ""
    return "", f"{expected} products, {len(answer['facets'])} facets"


def _storefront(client: Client) -> tuple[str, str]:
    product = Product.objects.filter(published=True).order_by("-popularity", "pk")[0]
    page = client.get("", q=product.name)
    if page.status != 200 or "tile-title" not in page.text:
        return f"status {page.status} and no product for “{product.name}”", ""
    return "", f"{page.text.count('tile-title')} products for “{product.name}”"


def _problem(answer: Any) -> str:
    return str(answer.get("detail") or " ".join(answer.get("notices", ())) or "no notice")


def _skus(answer: Any) -> list[str]:
    return [hit["card"]["sku"] for hit in answer.get("hits", ())]


def _group(sku: str) -> int | None:
    row = Product.objects.filter(sku=sku).values_list("parent_id", "pk").first()
    return (row[0] or row[1]) if row else None


def _picture_of(sku: str) -> bytes:
    image = ProductImage.objects.filter(product__sku=sku).order_by("position", "pk")[0]
    with image.image.open("rb") as file:
        data: bytes = file.read()
    return data


def _read_truth(path: Path) -> dict[str, dict[str, str]]:
    """What a product's pictures show, by SKU; empty without such a file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows: Sequence[dict[str, str]] = list(csv.DictReader(file))
    return {row["sku"]: {name: row[name] for name in ("type", "colour", "pattern")} for row in rows}

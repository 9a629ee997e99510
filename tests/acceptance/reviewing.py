"""A reviewer who knows the truth: what a shop's tags become after so many decisions, on products nobody decided of.

The products that are decided lie in the shop, with pictures and without words; those that are reported never do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from catalog.models import Product
from product_search.models import NEVER, Entry, Generation, LearnedHead, PictureVector, Space, Verdict
from product_search.tagging import tag_pending
from product_search.tagging.deciding import Subject, decide
from product_search.tagging.heads import Head, heads_of, vocabulary
from product_search.tagging.page import judged, threshold
from product_search.tagging.reading import Page
from product_search.tagging.scoring import chosen
from tests.acceptance.test_tags import calibration_error, macro_f1

#: How many decisions of each attribute there are when it is measured.
STEPS = (0, 50, 200, 1_000)


@dataclass(frozen=True)
class Things:
    """Products by their pictures' vectors `(n, dim)`, and what is true of each, by attribute."""

    vectors: Any
    truth: Mapping[str, Sequence[str]]

    def of(self, rows: Any) -> Things:
        """Those of `rows` `(n,)`."""
        places = np.flatnonzero(rows).tolist()
        return Things(
            self.vectors[rows], {name: [said[at] for at in places] for name, said in self.truth.items()}
        )


def put_in_shop(things: Things) -> list[Any]:
    """The keys of products with these pictures and no words, as indexing leaves them."""
    space = Space.objects.get(state="serving")
    made = Product.objects.bulk_create(
        Product(sku=f"new-{number}", name=f"№ {number}", slug="new") for number in range(len(things.vectors))
    )
    keys = [product.pk for product in made]
    first = 1 + (PictureVector.objects.order_by("-id").values_list("id", flat=True).first() or 0)
    PictureVector.objects.bulk_create(
        PictureVector(
            space_id=space.pk,
            id=first + at,
            product=key,
            picture=f"new-{at}",
            position=0,
            digest="",
            vector=list(map(float, vector)),
        )
        for at, (key, vector) in enumerate(zip(keys, things.vectors, strict=True))
    )
    Entry.objects.bulk_create(Entry(product=key, wanted=1, done=1) for key in keys)
    return keys


def heads() -> list[Head]:
    space, generation = Space.objects.get(state="serving"), Generation.objects.get(state="serving")
    return heads_of(vocabulary("default"), space, generation, using="default")


def seen(vectors: Any) -> Page:
    """Products by their pictures alone."""
    return Page(tuple(range(len(vectors))), vectors, np.full_like(vectors, np.nan))


def review(things: Things, keys: Sequence[Any], rows: range) -> None:
    """Decide each attribute of some of the products: the likeliest value is accepted, or changed to what is true."""
    page = seen(things.vectors[rows.start : rows.stop])
    for head in heads():
        name = head.attribute.name
        best = judged(head, page).own.argmax(axis=1)
        for row, place in zip(rows, best, strict=True):
            true, guess = things.truth[name][row], head.values[place].value
            verdict = Verdict.ACCEPTED if guess == true else Verdict.CHANGED
            subject = Subject(keys[row], name, guess)
            decide(subject, verdict, by="oracle", using="default", chosen="" if guess == true else true)


@dataclass(frozen=True)
class Answers:
    """What a head says of products that nobody decided of `(n,)`: the places of the value that is true and of the
    likeliest, how sure that is, whether anything is said, and whether what is said is true.
    """

    truth: Any
    best: Any
    sure: Any
    said: Any
    rightly: Any

    @classmethod
    def of(cls, head: Head, things: Things) -> Answers:
        """Those of `head` about `things`."""
        places = {value.value: at for at, value in enumerate(head.values)}
        truth = np.array([places[each] for each in things.truth[head.attribute.name]])
        found = judged(head, seen(things.vectors))
        best, rows = found.own.argmax(axis=1), np.arange(len(truth))
        said = chosen(head, found, threshold(head))
        return cls(truth, best, found.own[rows, best], said.any(axis=1), said[rows, truth])

    @classmethod
    def together(cls, parts: Sequence[Answers]) -> Answers:
        """All of `parts` as one."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    def figures(self, values: int) -> dict[str, Any]:
        """How good they are, of an attribute with so many values."""
        right = self.best == self.truth
        return {
            "macro_f1": round(macro_f1(self.truth, self.best, values), 4),
            "right": round(float(right.mean()), 4),
            "calibration_error": round(calibration_error(self.sure, right), 4),
            "said": round(float(self.said.mean()), 4),
            "precision_of_said": round(float(self.rightly[self.said].mean()), 4) if self.said.any() else None,
        }


def figures(head: Head, things: Things) -> dict[str, Any]:
    """What is said of products that nobody decided of, and by what it was learnt."""
    row = LearnedHead.objects.filter(attribute=head.attribute.name).first()
    return {
        **Answers.of(head, things).figures(len(head.values)),
        "promised": head.attribute.promised,
        "threshold": None if threshold(head) >= NEVER else round(threshold(head), 4),
        "fitted_by": str(head.attribute.fitted_by),
        "learned_in_use": bool(row and row.in_use),
        "held_out": row.held if row else 0,
        "held_out_right_before": round(row.right_before, 4) if row else None,
        "held_out_right_after": round(row.right_after, 4) if row else None,
    }


def taught(reviewed: Things, steps: Sequence[int] = STEPS) -> Iterator[tuple[str, Head]]:
    """Each attribute's head after so many decisions of each on `reviewed`, with their number."""
    keys = put_in_shop(reviewed)
    for before, step in itertools.pairwise((0, *steps)):
        review(reviewed, keys, range(before, step))
        tag_pending(again=True)
        yield from ((str(step), head) for head in heads())


def curve(reviewed: Things, new: Things, steps: Sequence[int] = STEPS) -> dict[str, Any]:
    """The figures of each attribute after so many decisions of each, by their number."""
    found: dict[str, Any] = {}
    for step, head in taught(reviewed, steps):
        without = Answers.of(replace(head, learned=None), new).figures(len(head.values))
        found.setdefault(head.attribute.name, {})[step] = {
            **figures(head, new),
            "macro_f1_by_sentences": without["macro_f1"],
        }
    return found

"""What indexing writes is judged in the write's own transaction: nothing is found before it was judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from ..documents import document
from ..documents.reading import ProductContent
from ..documents.reading import read_products as read_shop
from ..indexing.content import texts_of
from ..indexing.seams import Written
from ..models import Picture, Policy, Ruling, Text, Unjudged
from .judging import Finding, Product, unjudged
from .rulings import Judged, write_rulings
from .run import Serving


def judge_written(written: Written) -> None:
    """Judge the products that were written, by stored vectors alone, and forget rulings of those that are gone.

    One statement where there is no policy.
    """
    using = written.using
    if written.gone:
        Ruling.objects.using(using).filter(product__in=written.gone).delete()
    if not written.keys or not Policy.objects.using(using).filter(enabled=True).exists():
        return
    serving = Serving.now(using)
    if serving is not None:
        serving.judge(sorted(written.keys))


def hold_unjudged(using: str, keys: Sequence[Any]) -> None:
    """Of products that can't be embedded, because no model is there: what policies say of such is done, in a
    transaction of its own. Only those whose texts or pictures are new are concerned.
    """
    serving = Serving.now(using)
    policies = (
        [] if serving is None else [each for each in serving.policies if each.unjudged == Unjudged.HOLD]
    )
    if serving is None or not policies:
        return
    with transaction.atomic(using=using):
        contents = read_shop(document(), keys)
        new = [key for key in sorted(contents) if _is_new(contents[key], serving, using)]
        findings: dict[Any, dict[str, Finding]] = {key: {} for key in new}
        for finding in unjudged([Product(key) for key in new], policies):
            findings[finding.product][finding.policy] = finding
        # No content was ever decided like this one, so what a person said of another does not stand.
        judged = [Judged(key, "", findings[key]) for key in new]
        write_rulings(judged, serving.policies, serving.space, using=using)


def _is_new(content: ProductContent, serving: Serving, using: str) -> bool:
    """Whether the shop's texts or pictures of a product are others than those that were judged."""
    stored = Text.objects.using(using).filter(generation=serving.generation, product=content.key)
    known = dict(stored.values_list("language", "fields"))
    if known != {text.language: dict(text.fields) for text in texts_of(content)}:
        return True
    pictures = Picture.objects.using(using).filter(product=content.key)
    return set(pictures.values_list("picture", "name")) != {
        (each.picture, each.name) for each in content.pictures
    }

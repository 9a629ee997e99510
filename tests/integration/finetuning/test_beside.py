"""Figures of two spaces over the same held-out titles and pictures, against a count by hand."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from numpy.typing import NDArray

from catalog.models import Product
from product_search.finetuning import beside, snapshot, telling
from product_search.finetuning.beside import NothingToCompare
from product_search.models import JudgedQuery, Judgement, PictureVector, Space, State, TextVector
from product_search.testing import index_now
from product_search.training.examples import is_held_out

from .conftest import add_picture, picture_of

SHARE = 0.6


@pytest.fixture
def new(shop, make, take) -> Space:
    """A filled space beside the serving one, over the shop, second pictures and two products of one title."""
    for number, product in enumerate(shop[:10]):
        add_picture(product, picture_of(1000 + number), position=1)
    make("Red mug")
    make("red chair")
    index_now()
    call_command("spaces", "create", "--encoder", "hash:32", stdout=StringIO())
    space = Space.objects.get(state=State.FILLING)
    call_command("spaces", "fill", str(space.pk), verbosity=0, stdout=StringIO())
    take()
    return space


def held_out(folder: Path) -> set[tuple[int, str]]:
    return {(row.product, row.picture) for row in snapshot.read_rows(folder) if is_held_out(row.group, SHARE)}


def by_hand(space: Space, shown: set[tuple[int, str]], language: str) -> dict[tuple[str, str], float]:
    """recall@1, recall@10 and MRR of the space, product by product."""
    products = {product for product, _ in shown}
    pictures: dict[int, list[NDArray[np.float32]]] = {}
    for row in PictureVector.objects.filter(space_id=space.pk, product__in=products):
        if (row.product, row.picture) in shown:
            pictures.setdefault(row.product, []).append(np.array(row.vector, dtype=np.float32))
    asked = [
        (row.product, row.digest, np.array(row.vector, dtype=np.float32))
        for row in TextVector.objects.filter(space_id=space.pk, product__in=products, language=language)
    ]
    titles = {product: digest for product, digest, _ in asked}
    ranks: dict[str, list[int]] = {"id": [], "title": []}
    for product, digest, vector in asked:
        near = {each: max(float(vector @ other) for other in those) for each, those in pictures.items()}
        alike = {each for each in pictures if titles[each] == digest}
        ranks["id"].append(sum(near[each] > near[product] - 1e-6 for each in pictures))
        best = max(near[each] for each in alike)
        ranks["title"].append(1 + sum(near[each] > best - 1e-6 for each in pictures if each not in alike))
    return {
        **{("recall@1", by): float(np.mean([rank <= 1 for rank in found])) for by, found in ranks.items()},
        **{("recall@10", by): float(np.mean([rank <= 10 for rank in found])) for by, found in ranks.items()},
        **{("MRR", by): float(np.mean([1 / rank for rank in found])) for by, found in ranks.items()},
    }


def test_they_are_what_a_count_by_hand_gives(new, tmp_path):
    serving = Space.objects.get(state=State.SERVING)
    shown = held_out(tmp_path / "shop")
    found = beside.measure(new, tmp_path / "shop", SHARE, using="default")
    assert {figure.of for figure in found.figures} == {"en", "de"}
    for language in ("en", "de"):
        hand = [by_hand(space, shown, language) for space in (new, serving)]
        ours = {(each.measure, each.by): each for each in found.figures if each.of == language}
        assert ours.keys() == hand[0].keys()
        for name, figure in ours.items():
            assert figure.new == pytest.approx(hand[0][name], abs=1e-6), name
            assert figure.serving == pytest.approx(hand[1][name], abs=1e-6), name
            assert figure.questions == figure.choices == len({product for product, _ in shown})
    _, kept = beside.kept(new, using="default")
    assert [each.as_json() for each in kept.figures] == [each.as_json() for each in found.figures]


def test_a_step_back_is_said_plainly(new, tmp_path):
    serving = Space.objects.get(state=State.SERVING)
    # In the serving space each picture lies where its title does; in the new one it says nothing of it.
    titles = {
        row.product: row.vector for row in TextVector.objects.filter(space_id=serving.pk, language="en")
    }
    for row in PictureVector.objects.filter(space_id=serving.pk):
        PictureVector.objects.filter(space_id=serving.pk, id=row.id).update(vector=titles[row.product])
    found = beside.measure(new, tmp_path / "shop", SHARE, using="default")
    assert found.verdict == "worse"
    told = "\n".join([*telling.lines(found), *telling.advice(found, new)])
    assert "A STEP BACK: MRR, title (en) finds any product of that title: 0." in told
    assert f"manage.py spaces drop {new.pk}" in told
    assert f"manage.py spaces switch {new.pk}" in told
    assert Space.objects.get(state=State.SERVING) == serving
    assert "| MRR, title (en) finds its own product |" in telling.section(found)


def test_a_tie_is_no_find(new, tmp_path):
    # A model that sees the same in every picture has every product at the last place.
    (first, *_) = PictureVector.objects.filter(space_id=new.pk)
    PictureVector.objects.filter(space_id=new.pk).update(vector=first.vector)
    found = beside.measure(new, tmp_path / "shop", SHARE, using="default")
    (mrr,) = [f for f in found.figures if (f.measure, f.by, f.of) == ("MRR", "id", "en")]
    assert mrr.new == pytest.approx(1 / mrr.choices)


def test_judged_queries_are_put_to_both_spaces(new, tmp_path):
    product = Product.objects.get(name="blue bowl")
    for number in range(3):
        query = JudgedQuery.objects.create(
            set="shop", name=f"q-{number}", kind="known_item", split="check", language="en", text="blue bowl"
        )
        Judgement.objects.create(query=query, product=product.pk, grade=3)
    elsewhere = JudgedQuery.objects.create(
        set="shop", name="p-1", kind="picture", split="check", language="en", picture="not-here.png"
    )
    Judgement.objects.create(query=elsewhere, product=product.pk, grade=3)
    found = beside.measure(new, tmp_path / "shop", SHARE, using="default")
    (judged,) = [figure for figure in found.figures if figure.by == "judged"]
    assert (judged.of, judged.questions, judged.new, judged.serving) == ("shop", 3, 1.0, 1.0)


def test_without_a_question_nothing_is_compared(new, tmp_path):
    with pytest.raises(NothingToCompare, match="Nothing is held out with --held-out 0 "):
        beside.measure(new, tmp_path / "shop", 0.0, using="default")
    serving = Space.objects.get(state=State.SERVING)
    with pytest.raises(NothingToCompare, match="serves already"):
        beside.measure(serving, tmp_path / "shop", SHARE, using="default")

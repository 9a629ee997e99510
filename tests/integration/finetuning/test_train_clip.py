"""`train_clip --shop --into-space` from the shop's products to searches in the new space, and back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import torch
from django.core.management import CommandError, call_command

from catalog.models import Product
from product_search import encoders
from product_search.documents import SearchScope
from product_search.finetuning import beside, snapshot
from product_search.indexing import missing
from product_search.models import JudgedQuery, Judgement, Space, State
from product_search.retrieval import SearchRequest, search
from product_search.testing import index_now
from product_search.training.card import CARD_FILE
from product_search.training.examples import is_held_out

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def one_thread():
    """As for any model this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    encoders.forget()


@pytest.fixture
def train(tmp_path: Path, small_model: Path) -> Callable[..., str]:
    """`train("--steps", "2")`: the command on the shop with a small model; gives what it printed."""

    def run(*arguments: str, model: tuple[str, ...] = ("--model-config", str(small_model))) -> str:
        out = StringIO()
        given = ["--shop", "--output", str(tmp_path / "own"), "--batch", "8", "--held-out", "0.4", *model]
        call_command("train_clip", *given, *arguments, verbosity=0, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture
def rendered(db: None, settings, tmp_path: Path) -> list[Product]:
    """Every sixteenth product of the rendered catalogue, with its first picture, indexed."""
    folder = ROOT / "fixtures/catalogue"
    with (folder / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["parent"]][::16]
    with (tmp_path / "products.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({**row, "images": row["images"].partition(";")[0]} for row in rows)
    call_command(
        "import_products",
        tmp_path / "products.csv",
        images=folder / "images",
        verbosity=0,
        stdout=StringIO(),
        stderr=StringIO(),
    )
    index_now()
    return list(Product.objects.order_by("pk"))


def test_the_whole_way_from_the_shop_to_a_search_in_the_new_space_and_back(rendered, train, tmp_path):
    serving = Space.objects.get(state=State.SERVING)
    asked = JudgedQuery.objects.create(
        set="shop", name="q-0", kind="known_item", split="check", language="en", text=rendered[0].name
    )
    Judgement.objects.create(query=asked, product=rendered[0].pk, grade=3)
    printed = train("--steps", "2", "--into-space", model=("--start-from", str(ROOT / "fixtures/model")))

    new = Space.objects.get(state=State.FILLING)
    assert new.name == f"local-dir:{tmp_path / 'own'}"
    assert missing.coverage("default", new).missing == 0
    assert "nonsense" in new.calibration
    assert Space.objects.get(state=State.SERVING) == serving, "a person switches, nobody else"
    assert f"manage.py spaces switch {new.pk}" in printed
    age, kept = beside.kept(new, using="default")
    assert (kept.other, age < 60) == (serving.name, True)
    names = {(figure.measure, figure.by, figure.of): figure for figure in kept.figures}
    held_out = {
        row.product
        for row in snapshot.read_rows(tmp_path / "own.training" / "shop")
        if is_held_out(row.group, 0.4)
    }
    assert names["recall@10", "id", "en"].questions == names["MRR", "title", "de"].choices == len(held_out)
    assert names["nDCG@10", "judged", "shop"].questions == 1
    card = (tmp_path / "own" / CARD_FILE).read_text(encoding="utf-8")
    assert "## Beside the model that served" in card
    assert "train_clip --shop" in card
    assert "## Limits" in card
    assert str(tmp_path) not in card

    call_command("spaces", "switch", str(new.pk), stdout=StringIO())
    encoders.get_encoder(new.name)  # as a process has it that looked ahead
    assert "is of earlier weights" not in printed
    answer = search(SearchRequest(q="mug", explain=True), SearchScope(language="en"))
    assert answer.notices == ()
    assert answer.hits
    call_command("spaces", "rollback", stdout=StringIO())
    assert Space.objects.get(state=State.SERVING) == serving
    assert search(SearchRequest(q="mug"), SearchScope(language="en")).hits


def test_a_resumed_run_goes_on_with_what_it_began_with(shop, make, train, tmp_path):
    index_now()
    train("--steps", "1", "--into-space")
    folder = tmp_path / "own.training" / "shop"
    before = (folder / snapshot.ROWS).read_text(encoding="utf-8")
    make("a purple mug that is new")
    Product.objects.filter(name="red mug").update(name="another name")
    old = Space.objects.get(state=State.FILLING)
    Space.objects.filter(pk=old.pk).update(digest="of other weights that were in the folder")
    printed = train("--steps", "2", "--resume", "--into-space")
    assert (folder / snapshot.ROWS).read_text(encoding="utf-8") == before
    assert "24 pictures of 24 products" in printed
    assert Space.objects.filter(state=State.FILLING).count() == 2
    assert f"earlier weights in that folder: manage.py spaces drop {old.pk}" in printed
    assert json.loads((tmp_path / "own.training" / "run.json").read_text())["data"] == ["shop"]
    (folder / "taken.json").unlink()
    with pytest.raises(CommandError, match="is gone, which this run was begun with"):
        train("--steps", "3", "--resume")


def test_options_that_do_not_go_together_say_so(shop, train, tmp_path, small_model):
    with pytest.raises(CommandError, match="give --data FOLDER, or --shop"):
        call_command("train_clip", "--output", str(tmp_path / "own"), "--steps", "1")
    with pytest.raises(CommandError, match="give --shop"):
        call_command(
            *("train_clip", "--data", str(tmp_path), "--into-space"),
            *("--output", str(tmp_path / "own"), "--steps", "1"),
        )
    with pytest.raises(CommandError, match=r"Run `manage\.py index` first"):
        train("--steps", "1", "--into-space")
    assert not (tmp_path / "own.training").exists()


@pytest.mark.parametrize("state", [State.SERVING, State.STANDBY])
def test_the_model_that_searches_need_is_not_trained_over(shop, train, tmp_path, state):
    index_now()
    Space.objects.update(name=f"local-dir:{tmp_path / 'own'}", state=state)
    with pytest.raises(CommandError, match=f"is {state}.*Give --output another folder"):
        train("--steps", "1")

"""What decisions are worth: rendered products and photographs that nobody decided of, after 0 to 1,000 decisions."""

from __future__ import annotations

import csv
import itertools
import os
import zipfile
from collections import Counter
from pathlib import Path, PurePath
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from django.db import transaction
from PIL import Image

from catalog.models import Product
from product_search import encoders
from product_search.models import Attribute, AttributeValue
from product_search.tagging.vocabulary_files import read_csv, take
from product_search.testing import index_now
from product_search.training.examples import PROMPTS, is_held_out
from tests.acceptance import reports
from tests.acceptance.conftest import ROOT
from tests.acceptance.copies import CC0
from tests.acceptance.reviewing import STEPS, Answers, Things, curve, taught
from tests.acceptance.test_relevance_kagl import KAGL, kagl_settings
from tests.acceptance.test_tags import SEED, calibration_error, new_products, photographed
from tests.pictures import picture_file

__all__ = ["kagl_settings"]

REVIEWED = SEED + 500_000
ATTRIBUTES = ("type", "colour", "pattern", "material")
#: Columns of kagl-fashion, and what a value of each is said by.
COLUMNS = {
    "article_type": ("{}", "a photo of {}"),
    "colour": ("{}", "{} clothes", "a photo of something {}"),
    "gender": ("for {}", "clothes for {}", "a photo of clothes for {}"),
    "usage": ("{}", "{} clothes", "{} wear"),
}
#: The share of senders that the model that ships was never trained on, by its card; and parts reported in turn.
HELD_OUT, PARTS = 0.12, 10
#: Values of so many photographs that the model was trained on; rarer ones are left out.
FREQUENT = 100


def rendered(count: int, seed: int) -> Things:
    looks = new_products(count, seed)
    truth = {name: [getattr(look, name) for look in looks] for name in ATTRIBUTES}
    return Things(photographed(looks, seed).pictures, truth)


def rises(found: dict[str, Any], name: str) -> None:
    """The more was decided, the better: at the end by more than at the start, and never much worse between."""
    scores = [found[name][str(step)]["macro_f1"] for step in STEPS]
    assert scores[-1] >= scores[0], name
    assert all(later >= earlier - 0.02 for earlier, later in itertools.pairwise(scores)), name


@pytest.mark.acceptance_size(name="tags-review")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_decisions_teach_what_sentences_do_not_tell(model_settings: Any, settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("tags-review")
    take(read_csv((ROOT / "fixtures" / "vocabulary.csv").read_text(encoding="utf-8")), using="default")
    reviewed, new = rendered(int(asked["decisions"]), REVIEWED), rendered(int(asked["products"]), SEED)
    found = curve(reviewed, new)
    reports.write_report(
        "tags-review",
        sizes={**asked, "catalogue": Product.objects.count() - int(asked["decisions"])},
        seeds={"looks": SEED, "reviewed": REVIEWED},
        result=found,
    )
    for name in ("type", "colour", "pattern"):
        assert all(each["macro_f1"] >= 0.9 for each in found[name].values()), name
    for name in ("type", "colour", "pattern"):
        rises(found, name)
    for name in ATTRIBUTES:
        last = found[name][str(STEPS[-1])]
        assert last["calibration_error"] <= 0.05, name
        assert last["precision_of_said"] is None or last["precision_of_said"] >= last["promised"] - 0.02, name


def photographs() -> tuple[Things, Things]:
    """Half of the part `val`, by a hash of the id, is reviewed; the other half is reported."""
    with (KAGL / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = {
        name: {
            value
            for value, count in Counter(row[name] for row in rows if row["split"] == "train").items()
            if count >= FREQUENT and value != "NA"
        }
        for name in COLUMNS
    }
    chosen = [
        row
        for row in rows
        if row["split"] == "val" and all(row[name] in values for name, values in known.items())
    ]
    for position, (name, templates) in enumerate(COLUMNS.items()):
        attribute = Attribute.objects.create(name=name, templates=list(templates), position=position)
        AttributeValue.objects.bulk_create(
            AttributeValue(attribute=attribute, value=value) for value in sorted(known[name])
        )
    vectors = encoded(KAGL, [row["id"] for row in chosen])
    every = Things(vectors, {name: [row[name] for row in chosen] for name in COLUMNS})
    half = np.array([crc32(row["id"].encode()) % 2 == 0 for row in chosen])
    return every.of(half), every.of(~half)


def encoded(folder: Path, names: list[str]) -> Any:
    """Vectors `(n, dim)` of the pictures `names` of a data set."""
    found, encoder = [], encoders.get_encoder()
    with zipfile.ZipFile(folder / "images.zip") as archive:
        members = {PurePath(name).stem: name for name in archive.namelist() if name.endswith(".webp")}
        for at in range(0, len(names), 64):
            pictures = []
            for name in names[at : at + 64]:
                with archive.open(members[name]) as stored, Image.open(stored) as picture:
                    pictures.append(picture.convert("RGB"))
            found.append(encoder.encode_images(pictures))
    return np.concatenate(found)


@pytest.mark.acceptance_size(name="tags-kagl")
@pytest.mark.django_db
@pytest.mark.usefixtures("kagl_settings")
def test_decisions_on_photographs(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    asked = reports.asked("tags-kagl")
    assert os.environ["KAGL_MODEL"]
    Product.objects.create(sku="first", name="№").images.create(image=picture_file())
    index_now()
    reviewed, new = photographs()
    steps = [step for step in STEPS if step < len(reviewed.vectors)]
    steps += [len(reviewed.vectors)] * (steps[-1] < int(asked["decisions"]))
    found = curve(reviewed, new, steps)
    reports.write_report(
        "tags-kagl",
        sizes={"decisions": steps[-1], "products": len(new.vectors)},
        seeds={},
        result={
            **{name: {**found[name], "last": found[name][str(steps[-1])]} for name in COLUMNS},
            "values": {name: AttributeValue.objects.filter(attribute__name=name).count() for name in COLUMNS},
        },
    )
    for name in COLUMNS:
        scores = [found[name][str(step)]["macro_f1"] for step in steps]
        assert scores[-1] > scores[0], name
        assert found[name][str(steps[-1])]["calibration_error"] <= 0.05, name


def by_chance(sure: Any) -> tuple[float, float]:
    """The calibration errors between which nine in ten times lie those of answers that are right just as often as they
    are `sure` `(n,)`.
    """
    rng = np.random.default_rng(SEED)
    drawn = [calibration_error(sure, rng.random(len(sure)) < sure) for _ in range(500)]
    return float(np.quantile(drawn, 0.05)), float(np.quantile(drawn, 0.95))


def of_new_senders() -> tuple[Things, Any]:
    """The photographs of senders that the model that ships was never trained on; and the part of each."""
    with (CC0 / "products.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if is_held_out(f"{CC0.name}/{row['sender']}", HELD_OUT)]
    attribute = Attribute.objects.create(name="type", templates=list(PROMPTS[:-1]))
    truth = [row["label"].lower() for row in rows]
    AttributeValue.objects.bulk_create(
        AttributeValue(attribute=attribute, value=value) for value in sorted(set(truth))
    )
    parts = np.array([crc32(row["id"].encode()) % PARTS for row in rows])
    return Things(encoded(CC0, [row["id"] for row in rows]), {"type": truth}), parts


@pytest.mark.acceptance_size(name="tags-cc0")
@pytest.mark.django_db
def test_decisions_on_photographs_of_people(model_settings: Any, tmp_path: Path, settings: Any) -> None:
    """Each part is reported once, after decisions on the others: those of one part alone are too few to tell."""
    if not CC0.is_dir():
        pytest.fail(f"This measurement needs the data set in {CC0}.", pytrace=False)
    settings.PRODUCT_SEARCH = model_settings
    settings.MEDIA_ROOT = tmp_path / "media"
    Product.objects.create(sku="first", name="№").images.create(image=picture_file())
    index_now()
    every, parts = of_new_senders()
    most = int(len(parts) - np.bincount(parts).max())
    steps = [*(step for step in STEPS if step < most), most]
    answers: dict[int, list[Answers]] = {step: [] for step in steps}
    for part in range(PARTS):
        with transaction.atomic():
            for step, head in taught(every.of(parts != part), steps):
                answers[int(step)].append(Answers.of(head, every.of(parts == part)))
            transaction.set_rollback(True)
    values = AttributeValue.objects.count()
    found = {str(step): Answers.together(each).figures(values) for step, each in answers.items()}
    low, high = by_chance(Answers.together(answers[steps[-1]]).sure)
    reports.write_report(
        "tags-cc0",
        sizes={"decisions": steps[-1], "photographs": len(parts)},
        seeds={"chance": SEED},
        result={
            **found,
            "last": found[str(steps[-1])],
            "values": values,
            "parts": PARTS,
            "by_chance": {"low": low, "high": high},
        },
    )
    assert found[str(steps[-1])]["macro_f1"] > found["0"]["macro_f1"]
    assert found[str(steps[-1])]["calibration_error"] <= 0.05

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
from PIL import Image

from catalog.models import Product
from product_search import encoders
from product_search.models import Attribute, AttributeValue
from product_search.tagging.vocabulary_files import read_csv, take
from product_search.testing import index_now
from tests.acceptance import reports
from tests.acceptance.conftest import ROOT
from tests.acceptance.reviewing import STEPS, Things, curve
from tests.acceptance.test_relevance_kagl import KAGL, kagl_settings
from tests.acceptance.test_tags import SEED, new_products, photographed
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
    vectors = encoded([row["id"] for row in chosen])
    half = np.array([crc32(row["id"].encode()) % 2 == 0 for row in chosen])

    def things(part: Any) -> Things:
        own = [row for row, inside in zip(chosen, part, strict=True) if inside]
        return Things(vectors[part], {name: [row[name] for row in own] for name in COLUMNS})

    return things(half), things(~half)


def encoded(names: list[str]) -> Any:
    found, encoder = [], encoders.get_encoder()
    with zipfile.ZipFile(KAGL / "images.zip") as archive:
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

"""Three policies on rendered products: how many of those that fall under them are held, and how many clean ones.

Each is judged by picture and text together, by the picture alone and by the text alone. Net and thresholds were made on
other products, other fonts and the part `tune`; what is reported is `check`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from product_search import encoders
from product_search.images import shrink
from product_search.images.lettering import lettering
from product_search.models import Policy
from product_search.moderation.judging import Finding, Product, ReadText, SeenPicture, judge
from product_search.moderation.run import Serving
from product_search.moderation.starters import starters
from tests.acceptance import misconduct, reports
from tests.acceptance.misconduct import Case, Part

SIDES = ("both", "pictures", "text")
#: Asked of every policy by every side: least recall, and most of the clean ones.
TARGET = (0.9, 0.02)
#: Titles of no product photograph that the words to begin with tell, in each language.
LEAST_TOLD = 0.85


def write_policies() -> None:
    """As a merchant writes them: sentences and words, no example; and the two that there are to begin with."""
    Policy.objects.create(
        name="forbidden",
        action="hold",
        concepts=[f"a photo of a {name}" for name in misconduct.FORBIDDEN],
        words=list(misconduct.FORBIDDEN),
    )
    overlay, no_product = starters(("en", "de"))
    Policy.objects.create(name="overlay", action="hold", **overlay.values)
    Policy.objects.create(name="no_product", action="hold", **no_product.values)


def known_of(cases: Sequence[Case]) -> list[Product]:
    """What indexing would store of them."""
    encoder = encoders.get_encoder()
    # Reduced as a worker reduces them before anything is done.
    pictures = [shrink(case.picture, 2 * encoder.info.image_size) for case in cases]
    seen = np.concatenate(
        [encoder.encode_images(pictures[at : at + 64]) for at in range(0, len(pictures), 64)]
    )
    said = encoder.encode_texts([case.text for case in cases], batch_size=64)
    return [
        Product(
            number,
            (SeenPicture("one", str(number), seen[number], lettering(picture)),),
            (ReadText("en", {"title": case.text}, said[number]),),
        )
        for number, (case, picture) in enumerate(zip(cases, pictures, strict=True))
    ]


def held(products: Sequence[Product], name: str, side: str, serving: Serving) -> float:
    """The share of `products` that the policy holds by that side."""
    (gauge,) = [each for each in serving.gauges if each.policy.name == name]
    gauge.policy.judged_by = side
    found: list[Finding] = judge(products, [gauge], serving.own)
    reached = [each.probability is not None and each.probability >= gauge.policy.threshold for each in found]
    return round(float(np.mean(reached)), 4)


def measure(part: Part, hits: int, clean: int) -> dict[str, Any]:
    write_policies()
    serving = Serving.now("default")
    assert serving is not None
    serving.store_sentences()
    of_policy = {
        "forbidden": misconduct.forbidden,
        "overlay": misconduct.advertised,
        "no_product": misconduct.unsold,
    }
    innocent = known_of(misconduct.clean(part, clean))
    result: dict[str, Any] = {}
    for name, make in of_policy.items():
        guilty = known_of(make(part, hits // len(of_policy)))
        result[name] = {
            side: {
                "recall": held(guilty, name, side, serving),
                "clean_held": held(innocent, name, side, serving),
            }
            for side in SIDES
        }
    return result


@pytest.mark.acceptance_size(name="moderation")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_what_falls_under_a_policy_is_held_and_little_else(model_settings: Any, settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("moderation")
    found = measure("check", int(asked["hits"]), int(asked["clean"]))
    titles = {
        language: {of: misconduct.told_by_words(of, language) for of in ("no_product", "sold")}
        for language in ("en", "de")
    }
    reports.write_report(
        "moderation",
        sizes=asked,
        seeds={"check": misconduct.SEEDS["check"]},
        result={**found, "titles": titles},
    )
    assert min(each["no_product"] for each in titles.values()) >= LEAST_TOLD
    for name, sides in found.items():
        for side, each in sides.items():
            assert each["recall"] >= TARGET[0], (name, side)
            assert each["clean_held"] <= TARGET[1], (name, side)

"""Labels given with a request, and the shop's own categories, put to new products that one picture each shows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from catalog.models import Category
from catalog.rendering.assortment import TYPES
from catalog.rendering.looks import ProductLook, random_view
from catalog.rendering.scene import draw
from product_search.documents import SearchScope
from product_search.tagging import Classified, classify, classify_category
from tests.acceptance import nothing_sold, reports
from tests.acceptance.new_looks import SIDE, category_path, random_looks
from tests.acceptance.test_tags import calibration_error

SEED = 70_700_800
#: Pictures of nothing that is sold.
NOTHING = 50


def judged(found: Sequence[Classified], truth: Sequence[str]) -> dict[str, float]:
    """How often the likeliest label is right, how sure it was of that, and what was said."""
    best = [each.labels[0] for each in found]
    right = np.array([each.value == true for each, true in zip(best, truth, strict=True)])
    sure = np.array([each.probability for each in best])
    return {
        "accuracy": round(float(right.mean()), 4),
        "calibration_error": round(calibration_error(sure, right), 4),
        "said": round(float(np.mean([bool(each.said) for each in found])), 4),
    }


def leaves_alone(found: Classified) -> Classified:
    """Without the branches above others."""
    values = [each.value for each in found.labels]
    kept = tuple(
        each for each in found.labels if not any(value.startswith(f"{each.value}/") for value in values)
    )
    return Classified(kept, found.said, found.doubt, found.none_of_these, found.not_a_product)


def measure(products: int) -> dict[str, Any]:
    rng = random.Random(SEED)
    looks: list[ProductLook] = random_looks(products, rng)
    pictures = [
        draw(look, random_view(rng, look, calm=number % 2 == 0), SIDE) for number, look in enumerate(looks)
    ]
    scope = SearchScope(language="en")
    categories = {each.path: each for each in Category.objects.all()}
    paths = [category_path(look, categories) for look in looks]
    above = {path.rpartition("/")[0] for path in categories}
    leaves = [each for path, each in categories.items() if path not in above]
    kinds, colours = sorted(TYPES), sorted({look.colour for look in looks})
    nothing = [nothing_sold.picture(number) for number in range(NOTHING)]
    return {
        "kinds": judged([classify(kinds, picture=each) for each in pictures], [look.type for look in looks]),
        "colours": judged(
            [classify(colours, picture=each) for each in pictures], [look.colour for look in looks]
        ),
        "categories": judged([leaves_alone(classify_category(each, scope)) for each in pictures], paths),
        "categories_by_name": judged(
            [classify([leaf.name for leaf in leaves], picture=each) for each in pictures],
            [categories[path].name for path in paths],
        ),
        "nothing_sold_in_no_category": sum(not classify_category(each, scope).said for each in nothing),
    }


@pytest.mark.acceptance_size(name="classify")
@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_new_products_are_put_where_they_belong(model_settings: Any, settings: Any) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("classify")
    found = measure(int(asked["products"]))
    reports.write_report("classify", sizes={**asked, "nothing": NOTHING}, seeds={"looks": SEED}, result=found)
    # What they are called is in the catalogue what they hold; elsewhere it is "Sale", and the middle holds too.
    assert found["categories"]["accuracy"] >= found["categories_by_name"]["accuracy"] - 0.05
    assert found["categories"]["accuracy"] >= 0.85
    assert found["kinds"]["accuracy"] >= 0.85
    assert found["nothing_sold_in_no_category"] >= 0.9 * NOTHING

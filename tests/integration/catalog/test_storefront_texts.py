"""Every text of the storefront has its German."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

SHOP = Path(__file__).resolve().parents[3] / "catalog"
#: The shop's name.
SAME = {"Lookalike Store"}


def texts() -> set[str]:
    found: set[str] = set()
    for template in (SHOP / "templates").rglob("*.html"):
        source = template.read_text(encoding="utf-8")
        found |= set(re.findall(r'{% translate "([^"]+)"', source))
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", source, re.DOTALL):
            found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", block.partition("{% plural %}")[0]))
    for module in (SHOP / "storefront").rglob("*.py"):
        source = module.read_text(encoding="utf-8")
        found |= set(re.findall(r'(?:\b_|gettext_lazy)\(\s*"([^"]+)"', source))
    return found


@pytest.mark.parametrize("text", sorted(texts() - SAME))
def test_it_has_a_german_translation(text):
    with override("de"):
        german = gettext(text)
    assert german != text
    assert set(re.findall(r"%\(\w+\)s", german)) == set(re.findall(r"%\(\w+\)s", text))

"""Policies to begin with, for what hardly any shop shows. None judges anything before a merchant has saved it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_FILE = Path(__file__).with_name("starters.toml")
_LABELS = {
    "contact_details": _("Contact details and prices over pictures"),
    "no_product_photograph": _("Pictures that are no product photographs"),
}


@dataclass(frozen=True)
class Starter:
    """A policy called `name`, with the `values` of its fields; for people it is called `label`."""

    name: str
    label: str | Promise
    values: Mapping[str, Any]


def starters(languages: Sequence[str]) -> tuple[Starter, ...]:
    """All that there are, with their words in `languages`."""
    found = []
    for name, said in _read().items():
        words = [word for language in languages for word in said.get("words", {}).get(language, ())]
        found.append(Starter(name, _LABELS[name], {**said, "words": list(dict.fromkeys(words))}))
    return tuple(found)


@cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))

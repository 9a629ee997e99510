"""German for everything that the plugin and the shop say to people: extracted anew from their sources here."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("search", "catalog")
#: Functions of django.utils.translation, under the names by which modules import them, and how many texts each takes.
PLAIN = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
WITH_CONTEXT = {"pgettext": 1, "pgettext_lazy": 1, "npgettext": 2, "npgettext_lazy": 2}


def called(source: str) -> Iterator[tuple[str, ...]]:
    """The texts of each call: (text,), (one, many), or either behind "context\\4"."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if name in PLAIN and len(texts) >= PLAIN[name]:
            yield tuple(texts[: PLAIN[name]])
        elif name in WITH_CONTEXT and len(texts) > WITH_CONTEXT[name]:
            context, *said = texts[: WITH_CONTEXT[name] + 1]
            yield tuple(f"{context}\4{text}" for text in said)


def said(room: str) -> set[str]:
    """What the sources of `room` have translated, by the first text of each call."""
    found = set()
    for path in sorted((ROOT / room).rglob("*.py")):
        found |= {texts[0] for texts in called(path.read_text(encoding="utf-8"))}
    for path in sorted((ROOT / room).rglob("*.html")):
        calls = re.findall(
            r"""(?:\b_|\bn?p?gettext)\((?:u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|[^()])*\)""",
            templatize(path.read_text(encoding="utf-8")),
        )
        for call in calls:
            found |= {texts[0] for texts in called(re.sub(r",\s*count\)$", ", 1)", call.strip()))}
    return found


def written(room: str) -> dict[str, list[str]]:
    """The translations in the .po file, by text; several where it counts."""
    text = (ROOT / room / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        last = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            keyword, _, rest = line.partition(" ") if not line.startswith('"') else (last, "", line)
            last = keyword
            parts[keyword] = parts.get(keyword, "") + ast.literal_eval(rest)
        if parts.get("msgid"):
            key = f"{parts['msgctxt']}\4{parts['msgid']}" if "msgctxt" in parts else parts["msgid"]
            found[key] = [value for name, value in parts.items() if name.startswith("msgstr")]
    return found


def compiled(room: str) -> dict[str, list[str]]:
    """The same as the .mo file has it, which is what runs."""
    with (ROOT / room / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        catalogue: dict[str | tuple[str, int], str] = gettext.GNUTranslations(file)._catalog
    found: dict[str, list[str]] = {}
    for key, value in catalogue.items():
        text = key if isinstance(key, str) else key[0]
        if text:
            found.setdefault(text, []).append(value)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_has_its_german(room: str) -> None:
    texts, german = said(room), written(room)
    assert len(texts) > 50, "the texts are found"
    missing = sorted(text for text in texts if not all(german.get(text) or [""]))
    assert not missing, f"cd {room} && django-admin makemessages -l de --no-location --no-obsolete"
    # What both Django and we say may come from Django's own catalogue; what nobody says any more is a leftover.
    assert sorted(set(german) - texts) == []


@pytest.mark.parametrize("room", ROOMS)
def test_what_runs_is_what_was_written(room: str) -> None:
    assert compiled(room) == written(room), f"cd {room} && django-admin compilemessages"


@pytest.mark.parametrize("room", ROOMS)
def test_the_german_has_the_same_gaps(room: str) -> None:
    gap = re.compile(r"%(?:\(\w+\))?[sd]")
    for text, german in written(room).items():
        for each in german:
            assert sorted(gap.findall(each)) == sorted(gap.findall(text)), text
            assert each.count("`") == text.count("`"), text

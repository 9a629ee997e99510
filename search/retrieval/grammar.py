"""What a query says beside its words: "quoted phrases", -exclusions, prices, sizes and counts; and "a photo of", which
asks for nothing. No database.

Each language has its words for it (`sayings`); signs (quotes, a minus, €, <) mean the same in all. Whatever is not
surely meant so stays a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..documents.fields import Meaning
from ..text import base_language, fold, terms, tokens
from ..text.folding import fold_with_offsets
from .sayings import NEVER, SAYINGS, Sayings

Kind = Literal["phrase", "excluded", "price", "size", "count", "frame"]


@dataclass(frozen=True)
class Said:
    """One thing that `q[start:end]` says. `value` are the words of a phrase or an exclusion, a range, a size, a count.

    `negator` is the word that an exclusion was made with, empty for a minus.
    """

    kind: Kind
    start: int
    end: int
    value: str
    currency: str = ""
    negator: str = ""


_CURRENCIES = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "£": "GBP",
    "gbp": "GBP",
    "chf": "CHF",
    "franken": "CHF",
    "francs": "CHF",
    "sek": "SEK",
    "nok": "NOK",
    "dkk": "DKK",
    "pln": "PLN",
    "zl": "PLN",
    #: Three currencies are written so: whichever the shop's prices are in.
    "kr": "",
    "kronor": "",
    "kroner": "",
}
_NUMBER = r"\d{1,9}(?:[.,]\d{1,3}){0,3}"
_CURRENCY = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
#: A number of these is no price.
_UNITS = (
    r"(?:[mckµ]?m|km|[mk]?g|[mcd]?l|kw|w|v|mah|gb|tb|mb|inch(?:es)?|zoll|ft|feet|in|oz|lbs?|pounds?|pfund|degrees?|grad|"
    r"years?|months?|weeks?|days?|hours?|minutes?|jahren?|monaten?|wochen?|tagen?|stunden?|minuten?|"
    r"jours?|mois|semaines?|ans?|annees?|heures?|personnes?|dias?|mes(?:es)?|semanas?|anos?|horas?|minutos?|personas?|"
    r"giorn[oi]|mes[ei]|settiman[ae]|ann[oi]|or[ae]|minut[oi]|person[ae]|dag(?:en|ar|e)?|maand(?:en)?|we(?:ek|ken)|jaar|"
    r"uur|pessoas?|manader|manad|veckor|timmar|maneder|uger|uker|dni|tygodni|miesiecy|godzin|"
    r"lit(?:er|re|ro|ri)s?|met(?:er|re|ro|ri)s?|people|persons?|personen|personer|osob|pieces?|pcs|stuck|teile?n?|parts?|x)"
)
#: Where an amount may end.
_END = rf"(?![\w%°\"″′]|[.,]\d)(?!\s*{_UNITS}(?!\w))"
_WORD = r"[^\W\d][^\s\",;]*"
_SIZE = r"[0-9]{1,3}(?:[.,/][0-9]{1,2})?|[2-9]?x{0,4}[sml]"
_OPENING, _CLOSING = '"“”„«»', '"“”«»'


def read(q: str, language: str, meanings: Collection[Meaning]) -> tuple[Said, ...]:
    """What `q` says beside its words, in order and without overlaps; of prices, sizes and counts only `meanings`."""
    folded, starts, ends = fold_with_offsets(q)
    found: list[Said] = []
    free = list(folded)
    for pattern in _patterns(base_language(language)):
        if pattern.kind not in ("phrase", "excluded", "frame", *meanings):
            continue
        for match in pattern.matches("".join(free)):
            said = _said(pattern, match, q, starts, ends)
            if said is not None:
                found.append(said)
                free[match.start() : match.end()] = "\n" * (match.end() - match.start())
    return tuple(sorted(found, key=lambda said: said.start))


def blanked(q: str, said: Sequence[Said]) -> str:
    """`q` with spaces where something was said, every letter in its place."""
    for each in said:
        q = q[: each.start] + " " * (each.end - each.start) + q[each.end :]
    return q


def denials(q: str, language: str) -> list[tuple[int, int]]:
    """Where `q` says "not", in `language`, with the article behind it: `[start, end)` each, in order."""
    words = SAYINGS.get(base_language(language), Sayings())
    folded, starts, ends = fold_with_offsets(q)
    pattern = rf"(?<![\w-])(?:{words.no})(?:\s+(?:{words.articles}))?(?=\s)"
    return [
        (starts[match.start()], ends[match.end() - 1])
        for match in re.finditer(pattern, folded)
        if words.no != NEVER
    ]


def negated(word: str, language: str) -> tuple[list[str], str]:
    """The terms that say "without" in `language`, and a pattern for folded text that says to be without `word`."""
    without = SAYINGS.get(base_language(language), Sayings()).without
    stemmed, written = terms(word, language)[0], fold(word)
    begun = stemmed if written.startswith(stemmed) else written
    negators = (
        [] if without == NEVER else [term for each in without.split("|") for term in terms(each, language)]
    )
    return negators, rf"(?<!\w)(?:{without})\s+(?:\w+\s+)?{re.escape(begun)}"


def _said(pattern: _Pattern, match: re.Match[str], q: str, starts: list[int], ends: list[int]) -> Said | None:
    groups = match.groupdict()
    start, end = starts[match.start()], ends[match.end() - 1]
    if pattern.kind in ("phrase", "excluded"):
        value = q[starts[match.start("value")] : ends[match.end("value") - 1]]
        return (
            Said(pattern.kind, start, end, value, negator=groups.get("negator") or "")
            if tokens(value)
            else None
        )
    if pattern.kind == "frame":
        return Said("frame", start, end, q[start:end])
    if pattern.kind != "price":
        return Said(pattern.kind, start, end, match[1])
    signs = (sign for name, sign in groups.items() if sign and name.endswith(("_sign", "_unit")))
    currencies = {_CURRENCIES[sign] for sign in signs}
    low, high = (_number(groups.get(end) or "") for end in ("low", "high"))
    if (
        len(currencies) > 1
        or (pattern.dear and not currencies)
        or (low and high and float(low) > float(high))
    ):
        return None
    return Said("price", start, end, f"{low}..{high}", currency=next(iter(currencies), ""))


def _number(written: str) -> str:
    """A written number as digits with a point: "1.299,00", "1,299.00", "19,99" and "1.299" are 1299, 19.99 and 1299."""
    whole, sign, decimals = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", written).groups()  # type: ignore[union-attr]
    whole = re.sub("[.,]", "", whole)
    return f"{whole}.{decimals}" if sign else whole


@dataclass(frozen=True)
class _Pattern:
    """One way to say something; a `dear` one says a price only with a currency."""

    kind: Kind
    written: str
    dear: bool = False

    def matches(self, folded: str) -> Iterator[re.Match[str]]:
        return re.finditer(self.written, folded)


@lru_cache(maxsize=16)
def _patterns(base: str) -> tuple[_Pattern, ...]:
    words = SAYINGS.get(base, Sayings())

    def amount(end: str, close: str = _END) -> str:
        """A number with a currency before it, after it or without; `close` is what may not follow the last kind."""
        ahead, behind = f"(?P<{end}_sign>{_CURRENCY})", f"(?P<{end}_unit>{_CURRENCY})"
        return rf"(?:{ahead}\s?)?(?P<{end}>{_NUMBER})(?:\s?{behind}(?!\w)|{close})"

    first, low, high = amount("low", close=""), amount("low"), amount("high")
    both = rf"{first}\s?(?:[-–]|(?:{words.to})(?!\w))\s?{high}"
    found: list[_Pattern] = [
        _Pattern("excluded", rf"(?<!\S)-[{_OPENING}](?P<value>[^{_CLOSING}\n]+)[{_CLOSING}](?!\w)"),
        _Pattern("phrase", rf"(?<![\w.,])[{_OPENING}](?P<value>[^{_CLOSING}\n]+)[{_CLOSING}](?!\w)"),
        _Pattern("excluded", rf"(?<!\S)-(?P<value>{_WORD})"),
        _Pattern(
            "excluded",
            rf"(?<!\w)(?P<negator>{words.without})\s+(?:(?:{words.articles})\s+)?(?P<value>{_WORD})",
        ),
        _Pattern("frame", rf"(?<!\w)(?:{words.frame})(?=\s+\w)"),
        _Pattern("price", rf"(?<!\w)(?:{words.between})\s+{first}\s+(?:{words.conjunction})\s+{high}"),
        _Pattern("price", rf"(?<![\w.,])(?:(?:{words.span})\s+)?{both}", dear=True),
        _Pattern("price", rf"(?<![\w<])(?:(?:{words.under})\s+|<=?\s?){high}"),
        _Pattern("price", rf"(?<![\w>])(?:(?:{words.over})\s+|>=?\s?){low}"),
        _Pattern("price", rf"(?<!\w)(?:{words.weakly_under})\s+{high}", dear=True),
        _Pattern("price", rf"(?<!\w)(?:{words.weakly_over})\s+{low}", dear=True),
        _Pattern("size", rf"(?<!\w)(?:{words.size})\.?\s+({_SIZE})(?!\w)"),
    ]
    return (*found, *(_Pattern("count", rf"(?<!\w){pattern}(?!\w)") for pattern in words.counts))

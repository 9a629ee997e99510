"""What the products say that a scope may see: before a word is corrected, named or split, this is asked.

The shop's vocabulary knows drafts' words too. Nothing taken from it reaches a shopper, or changes what one finds,
unless a product that this shopper may see says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from ..models import FacetName, Generation, Tag, TagState, Text, Word
from ..text import fold, stem, tokens
from .filters import Choices
from .grouping import browse_order, group_text, order_columns
from .snapshot import Part, read

#: Texts that are read for a phrase; of more, the rest counts as not having it.
MOST_READ = 5000
#: Texts that are compared with a query to see whether it is exactly one of their fields.
MOST_COMPARED = 200
#: Values called by one word that are looked at.
MOST_NAMES = 5
_FOUND = "SELECT json_build_array(1) AS cells FROM {part}"


@dataclass(frozen=True)
class Sold:
    """The visible products of `choices` (whatever filters are chosen), and their texts in `language`."""

    choices: Choices
    generation: Generation
    language: str

    @property
    def using(self) -> str:
        """The database that holds shop and index."""
        return self.choices.visible.db

    def texts(self, language: str = "") -> QuerySet[Text]:
        """Texts of visible products in the language searched in, or in another."""
        return Text.objects.using(self.using).filter(
            generation=self.generation,
            language=language or self.language,
            product__in=self.choices.visible.values("pk"),
        )

    def saying(self, said: Sequence[str], within: QuerySet[Any] | None = None) -> tuple[str, tuple[Any, ...]]:
        """SQL, with its parameters, for whether some visible product says all of `said`: one of those `within`.

        Planned for its own words: a common word is found at once, a rare one by the index.
        """
        products = self.keys if within is None else _compiled(within.values_list("pk"))
        if products is None:
            return "false", ()
        sql, values = products
        return (
            f"EXISTS (SELECT FROM {Text._meta.db_table} WHERE generation_id = %s AND language = %s"
            f" AND terms @> %s::text[] AND product IN ({sql}))"
        ), (self.generation.pk, self.language, list(said), *values)

    def hold(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[bool]:
        """The answers to `questions`, each a condition in SQL with its parameters; in one statement."""
        if not questions:
            return []
        with connections[self.using].cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(sql for sql, _ in questions)}",
                [value for _, values in questions for value in values],
            )
            return [bool(found) for found in cursor.fetchone() or ()]

    @cached_property
    def placed(self) -> tuple[str, tuple[Any, ...], str] | None:
        """What is visible as SQL rows `(pk, grp, ...)`, its parameters, and what sorts them into the shop's own order.

        Compiled once for all that is asked: Django takes longer for that than PostgreSQL to look. None where Django
        knows that nothing is visible.
        """
        shop = self.choices.document
        order = order_columns(browse_order(shop))
        names = [f"ps_order{at}" for at in range(len(order))]
        rows = self.choices.visible.annotate(
            ps_group=group_text(shop),
            **{name: expression for name, (expression, _) in zip(names, order, strict=True)},
        )
        found = _compiled(rows.values_list("pk", "ps_group", *names))
        if found is None:
            return None
        sql = f"SELECT * FROM ({found[0]}) AS placed(pk, grp, {', '.join(names)})"  # noqa: S608
        return sql, found[1], ", ".join(f"{name} {way}" for name, (_, way) in zip(names, order, strict=True))

    @property
    def keys(self) -> tuple[str, tuple[Any, ...]] | None:
        """A query for the keys of what is visible, and its parameters; None as above."""
        return (
            None
            if self.placed is None
            else (
                f"SELECT pk FROM ({self.placed[0]}) AS seen",  # noqa: S608
                self.placed[1],
            )
        )

    def written(self, said: Sequence[str]) -> QuerySet[Text]:
        """Texts with all terms of `said`, of any product."""
        rows = Text.objects.using(self.using).filter(generation=self.generation, language=self.language)
        return rows.filter(terms__contains=list(said))

    def any(self, rows: Mapping[str, QuerySet[Any]]) -> dict[str, bool]:
        """Whether each queryset has a row, in one statement. Each stands by itself, so that each is planned for its
        own words: a common one is found at once, a rare one by the index.
        """
        parts = {
            name: Part(each.order_by().values_list("pk")[:1], ("pk",), _FOUND) for name, each in rows.items()
        }
        return {name: bool(found) for name, found in read(parts, using=self.using).items()} if parts else {}

    def words(self, words: Iterable[str]) -> set[str]:
        """Those of the written `words` that some visible product has, in any field and in any inflection.

        In the shop's other languages only as they are written: a stem there says little of a word from here.
        """
        wanted = set(words)
        rows = {
            (word, self.language): word if any(map(str.isdecimal, word)) else stem(word, self.language)
            for word in wanted
        }
        others = Word.objects.using(self.using).filter(
            generation=self.generation,
            language__in=set(self.choices.document.languages) - {self.language},
            word__in=wanted,
        )
        rows |= {
            (word, language): term for word, language, term in others.values_list("word", "language", "term")
        }
        found = self.any(
            {
                f"{language} {word}": self.texts(language).filter(terms__contains=[term])
                for (word, language), term in rows.items()
            }
        )
        return {word for word, language in rows if found[f"{language} {word}"]}

    def inside(self, names: Sequence[FacetName]) -> QuerySet[Any]:
        """Visible products with one of the values, which are of one facet."""
        filters = {names[0].facet: tuple(name.value for name in names)}
        return Choices(self.choices.document, self.choices.visible, filters).products()

    def tagged(self, names: Sequence[FacetName]) -> QuerySet[Tag]:
        """Tags of visible products with one of the values, which are of one attribute."""
        rows = Tag.objects.using(self.using).exclude(state=TagState.REJECTED)
        return rows.filter(
            attribute=names[0].facet,
            value__in=[name.value for name in names],
            product__in=self.choices.visible.values("pk"),
        )

    def names(self, word: str) -> bool:
        """Whether a value that some visible product has is called by the folded `word`, among others maybe."""
        names = FacetName.objects.using(self.using).filter(
            generation=self.generation,
            language=self.language,
            facet__in=set(self.choices.document.facets),
            words__contains=[word],
        )
        return any(self.inside([name]).exists() for name in names.order_by("value")[:MOST_NAMES])

    def having(self, said: Sequence[str], *, within: QuerySet[Any] | None = None) -> QuerySet[Text]:
        """Texts with all terms of `said`, of products `within`."""
        rows = self.texts().filter(terms__contains=list(dict.fromkeys(said)))
        return rows if within is None else rows.filter(Exists(within.filter(pk=OuterRef("product"))))

    def outside(self, said: Sequence[str], within: QuerySet[Any]) -> QuerySet[Text]:
        """Texts with all terms of `said`, of visible products that are not `within`."""
        return self.having(said).filter(~Exists(within.filter(pk=OuterRef("product"))))

    def with_phrase(
        self, pattern: str, said: Sequence[str], any_of: Sequence[str] = ()
    ) -> tuple[list[Any], bool]:
        """Keys of products with `pattern` in one of their folded fields, and whether there were too many to read.

        Only texts are read that have all terms of `said`, and one of `any_of` if there are any.
        """
        written = re.compile(pattern)
        rows = self.having(said)
        if any_of:
            rows = rows.filter(terms__overlap=list(any_of))
        texts = list(rows.order_by("product").values_list("product", "fields")[: MOST_READ + 1])
        found = [
            key
            for key, fields in texts[:MOST_READ]
            if any(written.search(_folded(value)) for value in fields.values())
        ]
        return found, len(texts) > MOST_READ

    def exactly(self, said: Sequence[str]) -> bool:
        """Whether a field of some visible product (its title, its SKU) has just the terms of `said`, none more."""
        asked = Counter(said)
        texts = self.having(said).filter(lengths__contains=[len(said)])
        for own, frequencies, lengths in texts.values_list("terms", "frequencies", "lengths")[:MOST_COMPARED]:
            fields = len(lengths)
            places = {term: own.index(term) * fields for term in asked}
            for field, length in enumerate(lengths):
                if length == len(said) and all(
                    frequencies[places[term] + field] == times for term, times in asked.items()
                ):
                    return True
        return False


def _compiled(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]] | None:
    """`rows` as SQL with its parameters; None where Django knows without asking that there are none."""
    try:
        sql, parameters = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(parameters)


def phrase_pattern(words: str) -> str:
    """`words` as a regular expression over folded text: as they are written, with nothing but signs between them."""
    folded = fold(words)
    spaced = all(token.kind != "bigram" for token in tokens(words))
    pieces = r"[\W_]+".join(map(re.escape, re.findall(r"[^\W_]+", folded)))
    return rf"(?<!\w){pieces}(?!\w)" if spaced else pieces


def _folded(value: str) -> str:
    return value.lower() if value.isascii() else fold(value)

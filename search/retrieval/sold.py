"""What the products say that a scope may see: before a word is corrected, named or split, this is asked.

The shop's vocabulary knows drafts' words too. Nothing taken from it reaches a shopper, or changes what one finds,
unless a product that this shopper may see says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from ..models import FacetName, Generation, Tag, TagState, Text, Word
from ..text import fold, located_terms, stem, tokens
from ..text.stemming import without_elision
from .filters import Choices
from .grouping import browse_order, group_text, order_columns

#: Texts that are read for a phrase; of more, the rest counts as not having it.
MOST_READ = 5000
#: Texts that are compared with a query to see whether it is exactly one of their fields.
MOST_COMPARED = 200
#: Texts that are read to see how a word is written.
MOST_FORMS = 5
#: Values called by one word that are looked at.
MOST_NAMES = 5

_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_LAST = re.compile("['’]")

#: A condition, or a query for products' keys, as SQL with its parameters.
Sql = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Sold:
    """The visible products of `choices` (whatever filters are chosen), and their texts in `language`."""

    choices: Choices
    generation: Generation
    language: str
    #: What was asked already of these products: one search looks at what is there as of one moment.
    held: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)
    _inside: dict[tuple[Any, ...], Sql] = field(default_factory=dict, repr=False, compare=False)

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

    def saying(
        self,
        said: Sequence[str],
        *,
        inside: Sql | None = None,
        outside: Sql | None = None,
        language: str = "",
    ) -> Sql:
        """Whether some visible product says all of `said`: one of those `inside`, or none of those `outside`.

        Planned for its own words: a common word is found at once, a rare one by the index. Several are always looked
        up there, and one `outside` of where it is at home, as there may be none: PostgreSQL takes it that whatever is
        asked for exists, and would read text after text to find the first.
        """
        sql, values = _outside(self.keys if inside is None else inside, outside)
        said = list(dict.fromkeys(said))
        rows = _having("product", surely=len(said) == 1 and outside is None)
        return (
            f"EXISTS (SELECT FROM ({rows}) AS own WHERE product IN ({sql}))",
            (self.generation.pk, language or self.language, said, *values),
        )

    def being(self, said: Sequence[str]) -> Sql:
        """Whether a field of some visible product (its title, its SKU) has just the terms of `said`, none more.

        Of texts that have them all, MOST_COMPARED are looked at.
        """
        asked, (sql, values) = Counter(said), self.keys
        rows = _having("product, terms, frequencies, lengths", " AND lengths @> %s::int[]", surely=False)
        return (
            f"EXISTS (SELECT FROM (SELECT * FROM ({rows}) AS texts WHERE product IN ({sql}) LIMIT {MOST_COMPARED})"  # noqa: S608
            " AS own, generate_subscripts(lengths, 1) AS field"
            " WHERE lengths[field] = %s AND (SELECT coalesce(bool_and(times = "
            "frequencies[(array_position(terms, term) - 1) * cardinality(lengths) + field]"
            "), true) FROM unnest(%s::text[], %s::int[]) AS asked (term, times)))"
        ), (
            self.generation.pk,
            self.language,
            list(asked),
            [len(said)],
            *values,
            len(said),
            list(asked),
            list(asked.values()),
        )

    def silent(self, said: Sequence[str], inside: Sql) -> Sql:
        """Whether one of the products `inside` lacks one of `said`. Of their texts, MOST_COMPARED are looked at."""
        return (
            f"EXISTS (SELECT FROM (SELECT terms FROM {Text._meta.db_table}"  # noqa: S608 - names of ours
            f" WHERE generation_id = %s AND language = %s AND product IN ({inside[0]}) LIMIT {MOST_COMPARED}) AS own"
            " WHERE NOT terms @> %s::text[])"
        ), (self.generation.pk, self.language, *inside[1], list(dict.fromkeys(said)))

    def calling(self, said: Sequence[str], *, outside: Sql | None = None) -> Sql:
        """Whether some visible product, none of those `outside`, is called by all of `said`, by the texts that name it:
        what it says elsewhere it need not be.

        Of texts that have them all, MOST_COMPARED are looked at.
        """
        shop = self.choices.document
        naming = set(shop.naming())
        fields = [at for at, name in enumerate(shop.texts, start=1) if name in naming]
        each = " OR ".join(
            f"frequencies[(array_position(terms, term) - 1) * cardinality(lengths) + {at:d}] > 0"
            for at in fields
        )
        said, (sql, values) = list(dict.fromkeys(said)), _outside(self.keys, outside)
        rows = _having("product, terms, frequencies, lengths", surely=len(said) == 1 and outside is None)
        return (
            f"EXISTS (SELECT FROM (SELECT * FROM ({rows}) AS texts WHERE product IN ({sql}) LIMIT {MOST_COMPARED})"  # noqa: S608
            f" AS own WHERE (SELECT bool_and({each}) FROM unnest(%s::text[]) AS asked (term)))"
        ), (self.generation.pk, self.language, said, *values, said)

    def some(self, products: Sql) -> Sql:
        """Whether there is any of `products`."""
        return f"EXISTS ({products[0]})", products[1]

    def hold(self, questions: Sequence[Sql]) -> list[bool]:
        """The answers to `questions`, each a condition; in one statement, and each asked but once."""
        asked = [(sql, repr(values)) for sql, values in questions]
        unknown = {key: each for key, each in zip(asked, questions, strict=True) if key not in self.held}
        if unknown:
            with connections[self.using].cursor() as cursor:
                cursor.execute(
                    f"SELECT {', '.join(sql for sql, _ in unknown.values())}",
                    [value for _, values in unknown.values() for value in values],
                )
                self.held.update(zip(unknown, map(bool, cursor.fetchone() or ()), strict=True))
        return [self.held[key] for key in asked]

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
    def keys(self) -> Sql:
        """A query for the keys of what is visible."""
        if "placed" in self.__dict__ and self.placed is not None:  # is compiled already
            return f"SELECT pk FROM ({self.placed[0]}) AS seen", self.placed[1]  # noqa: S608
        try:
            seen = self.choices.seen
        except EmptyResultSet:
            return NOTHING
        return seen.sql, seen.parameters

    def written(self, said: Sequence[str]) -> QuerySet[Text]:
        """Texts with all terms of `said`, of any product."""
        rows = Text.objects.using(self.using).filter(generation=self.generation, language=self.language)
        return rows.filter(terms__contains=list(said))

    def words(self, words: Iterable[str]) -> set[str]:
        """Those of the written `words` that some visible product has, in any field and in any inflection.

        In the shop's other languages only as they are written: a stem there says little of a word from here.
        """
        wanted = list(dict.fromkeys(words))
        own = dict(zip(wanted, self.hold([self.saying_word(word) for word in wanted]), strict=True))
        found = {word for word, said in own.items() if said}
        languages = set(self.choices.document.languages) - {self.language}
        if len(found) == len(wanted) or not languages:
            return found
        others = Word.objects.using(self.using).filter(
            generation=self.generation, language__in=languages, word__in=set(wanted) - found
        )
        rows = list(others.values_list("word", "language", "term"))
        said = self.hold([self.saying([term], language=language) for _, language, term in rows])
        return found | {word for (word, *_), there in zip(rows, said, strict=True) if there}

    def saying_word(self, word: str) -> Sql:
        """Whether some visible product has the written `word` in the language searched in, in any inflection."""
        return self.saying([word if any(map(str.isdecimal, word)) else stem(word, self.language)])

    def forms(self, term: str) -> Iterator[tuple[str, str]]:
        """Each form of `term` in which visible products say it, folded; and as they write it, in small letters with its
        accents. MOST_FORMS texts are read.
        """
        for fields in self.having([term]).values_list("fields", flat=True)[:MOST_FORMS]:
            for value in fields.values():
                located = located_terms(value, self.language)
                coded = {token.word for _, token in located if token.kind in ("code", "number")}
                for own, token in located:
                    if own == term and token.word not in coded:
                        form = without_elision(token.text, self.language)
                        shown = value[token.start : token.end].replace(_SOFT_HYPHEN, "").lower()
                        yield form, shown if form == token.text else _LAST.split(shown)[-1]

    def inside(self, names: Sequence[FacetName]) -> QuerySet[Any]:
        """Visible products with one of the values, which are of one facet."""
        filters = {names[0].facet: tuple(name.value for name in names)}
        return Choices(self.choices.document, self.choices.visible, filters).products()

    def keys_inside(self, names: Sequence[FacetName]) -> Sql:
        """A query for the keys of the same, compiled once."""
        known = tuple((name.facet, name.value) for name in names)
        if known not in self._inside:
            self._inside[known] = keys_of(self.inside(names))
        return self._inside[known]

    def tagging(self, names: Sequence[FacetName]) -> Sql:
        """Whether a tag of some visible product says one of the values, which are of one attribute."""
        sql, values = self.keys
        return (
            f"EXISTS (SELECT FROM {Tag._meta.db_table} WHERE attribute = %s AND value = ANY(%s::text[])"
            f" AND state <> %s AND product IN ({sql}))"
        ), (names[0].facet, [name.value for name in names], TagState.REJECTED.value, *values)

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
        """Whether a field of some visible product has just the terms of `said`, none more."""
        return self.hold([self.being(said)])[0]


def _having(columns: str, more: str = "", *, surely: bool) -> str:
    """SQL for `columns` of the texts that have some terms; its parameters are a generation, a language and the terms.

    Unless there `surely` are some, it is planned as if all were wanted, and read only as far as they are.
    """
    rows = (
        f"SELECT {columns} FROM {Text._meta.db_table}"  # noqa: S608 - names of ours
        f" WHERE generation_id = %s AND language = %s AND terms @> %s::text[]{more}"
    )
    return rows if surely else f"WITH every AS MATERIALIZED ({rows}) SELECT * FROM every"  # noqa: S608 - SQL of ours


def _outside(products: Sql, others: Sql | None) -> Sql:
    """`products` but for the `others`, for a condition `product IN (...)`."""
    if others is None:
        return products
    sql = f"{products[0]}) AND NOT EXISTS (SELECT FROM ({others[0]}) AS one (pk) WHERE pk = product"
    return sql, (*products[1], *others[1])


def keys_of(rows: QuerySet[Any]) -> Sql:
    """A query for the keys of `rows`."""
    return _compiled(rows.order_by().values_list("pk")) or NOTHING


#: Keys of no products.
NOTHING: Sql = (f"SELECT product FROM {Text._meta.db_table} WHERE false", ())  # noqa: S608 - a name of ours


def _compiled(rows: QuerySet[Any, Any]) -> Sql | None:
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

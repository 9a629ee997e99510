"""How the shop itself says what was asked: of a word's forms and synonyms the one that most of its texts have.

Who asks the same in other words is to be understood the same: by the names of facets' values, and by a text encoder,
to which "mugs", "a photo of a mug" and "cup" are three things. Like idf it is counted over all texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from django.db import connections

from ..models import Word
from ..text import Token, is_function_word
from ..text.folding import fold_with_offsets
from .sold import Sold

Ways = Mapping[str, Sequence[tuple[str, ...]]]

# Written out: each search asks it, and Django takes ten times longer to write it than PostgreSQL to answer.
_ROWS = (
    f"SELECT term, word, documents FROM {Word._meta.db_table}"  # noqa: S608 - a name of ours
    " WHERE generation_id = %s AND language = %s AND term = ANY(%s::text[])"
)


@dataclass(frozen=True)
class Wording:
    """Of each term the way to say it, one term or several, that most texts have, and of each such term its commonest
    form, folded; a term that no text has is not there.
    """

    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Sequence[str], ways: Ways, sold: Sold, *, nearest: Ways) -> Wording:
        """The wording of the terms `said`, which texts may also say in `ways`: of those that have `nearest` ways the
        first one, however few texts have it.
        """
        asked = {term: ((term,), *ways.get(term, ())) for term in said}
        parts = list(dict.fromkeys(part for each in asked.values() for way in each for part in way))
        with connections[sold.using].cursor() as cursor:
            cursor.execute(_ROWS, [sold.generation.pk, sold.language, parts])
            rows = cursor.fetchall()
        documents: dict[str, int] = {}
        forms: dict[str, tuple[int, str]] = {}
        for term, word, count in rows:
            documents[term] = documents.get(term, 0) + count
            forms[term] = max(forms.get(term, (0, "")), (count, word))
        known = {
            term: [way for way in each if all(part in documents for part in way)]
            for term, each in asked.items()
        }
        return cls(
            {
                term: max(each, key=lambda way: (min(documents[part] for part in way), way))
                for term, each in known.items()
                if each
            }
            | {term: each[0] for term, each in nearest.items() if term in asked},
            {term: form for term, (_, form) in forms.items()},
        )

    def term(self, said: str) -> str:
        """The one term that usually says it; itself where that takes several."""
        way = self.ways.get(said, (said,))
        return way[0] if len(way) == 1 else said

    def caption(self, words: str, located: Sequence[tuple[str, Token]], language: str) -> str:
        """`words` without those that ask for nothing, as the shop says them; "" where that makes no difference to a
        script without spaces, or leaves nothing.
        """
        whole: dict[int, tuple[str, Token]] = {}  # of a joined word, not its parts
        for term, token in located:
            whole.setdefault(token.word, (term, token))
        said: list[str] = []
        for term, token in whole.values():
            if token.kind == "bigram":
                return ""
            if is_function_word(token.text, language):
                continue
            written = words[token.start : token.end]
            if token.kind == "word" and term in self.ways:
                said += (_as_written(written, self.forms[part]) for part in self.ways[term])
            else:
                said.append(written)
        return " ".join(dict.fromkeys(said))


def _as_written(written: str, form: str) -> str:
    """The folded `form` with what it shares with a `written` word as that has it: "Türkise" is "Türkis" in `turkis`."""
    folded, _, ends = fold_with_offsets(written)
    alike = (one == other for one, other in zip(folded, form, strict=False))
    shared = sum(1 for _ in takewhile(bool, alike))
    return (written[: ends[shared - 1]] if shared else "") + form[shared:]

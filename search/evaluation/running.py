"""Judged queries put to the real search, under one set-up, and measured."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from .. import images
from ..documents import SearchScope, document, visible_products
from ..errors import ProductSearchError
from ..indexing.embedding import encoder_for
from ..indexing.missing import coverage
from ..indexing.work import database
from ..models import Space
from ..retrieval import SearchRequest
from ..retrieval.engine import find
from ..retrieval.grouping import group_text
from ..retrieval.snapshot import KeyIn
from .desk import kept_picture
from .measures import DEPTH, EMPTY, answers_found, answers_wanted, score
from .setups import Setup
from .store import StoredQuery

#: The picture of a name, or None where a query has none.
Pictures = Callable[[str], Any]


class NoPictures(ProductSearchError):
    """A query's picture is not there; the message says where it was looked for."""


class NotSearchable(ProductSearchError):
    """An embedding space can't be measured as it is; the message says what to do first."""


@dataclass(frozen=True)
class Measured:
    """One set-up's measures by query, and what kept queries from being measured whole.

    `unseen` judgements are of products that shoppers can't see, so no search could find them; `notices` are what
    searches said, each once.
    """

    setup: str
    scores: Mapping[str, Mapping[str, float]]
    unseen: int
    notices: tuple[str, ...]


def measured(
    queries: Sequence[StoredQuery],
    setup: Setup,
    pictures: Pictures,
    *,
    advance: Callable[[int], Any] = lambda _: None,
) -> Measured:
    """Search for each of `queries` as an anonymous shopper in its language, and measure the first `DEPTH` hits.

    Raises `NotSearchable` where the set-up names a space that lacks products or a model: its figures would be wrong.
    """
    if setup.space is not None:
        _require_searchable(setup.space)
    conf = setup.conf()
    groups: dict[str, dict[Any, str]] = {}
    wanted: dict[str, dict[str, int]] = {}
    found: dict[str, list[str]] = {}
    notices: dict[str, None] = {}
    emptied: set[str] = set()
    unseen = 0
    for language in dict.fromkeys(query.topic.language for query in queries):
        judged = {
            key
            for query in queries
            if query.topic.language == language
            for key in (*query.grades, query.pictured)
            if key is not None
        }
        groups[language] = groups_of(judged, SearchScope(language=language))
    for query in queries:
        topic = query.topic
        scope, group_of = SearchScope(language=topic.language), groups[topic.language]
        request = SearchRequest(
            q=topic.text,
            picture=pictures(topic.picture) if topic.picture else None,
            per_page=DEPTH,
            facets=(),
            spelling=setup.understanding,
            plain=() if setup.understanding else tuple(document().facets),
        )
        answer = find(
            request,
            scope,
            conf=conf,
            only=setup.legs,
            steering=setup.steering,
            moment=setup.moment,
            space=setup.space,
        ).answer
        notices.update(dict.fromkeys(answer.notices))
        if not answer.hits:
            emptied.add(topic.name)
        # As a page shows them: what comes near stands below what was found.
        hits = [hit.key for hit in (*answer.hits, *answer.near)][:DEPTH]
        if strangers := [key for key in hits if key not in group_of]:
            group_of.update(groups_of(strangers, scope))
        without = group_of.get(query.pictured)
        unseen += sum(key not in group_of for key in query.grades)
        wanted[topic.name] = answers_wanted(query.grades, group_of, without)
        found[topic.name] = answers_found(hits, query.grades, group_of, wanted[topic.name], without)
        advance(1)
    scores = {
        name: {**measures, EMPTY: float(name in emptied)} for name, measures in score(wanted, found).items()
    }
    return Measured(setup.name, scores, unseen, tuple(notices))


def _require_searchable(number: int) -> None:
    using = database()
    space = Space.objects.using(using).filter(pk=number).first()
    if space is None:
        raise NotSearchable(f"There is no space {number}; see `manage.py spaces list`.")
    now = coverage(using, space)
    if now.missing:
        raise NotSearchable(
            f"{now.missing} of {now.products} products are not in space {number} as they are now, so its figures would "
            f"be too low. Run `manage.py spaces fill {number}` first."
        )
    # Loaded before the first query: a search that waits for no model would answer by words alone.
    encoder_for(space)


def groups_of(keys: Any, scope: SearchScope) -> dict[Any, str]:
    """The group of variants of each of `keys` that `scope` can see."""
    products: QuerySet[Any] = visible_products(scope).filter(KeyIn("pk", list(keys)))
    return dict(products.annotate(ps_group=group_text(document())).values_list("pk", "ps_group"))


@contextmanager
def opened_pictures(place: Path | None) -> Iterator[Pictures]:
    """Reads pictures by name: those that are kept with their judgements, then those of a folder or a zip file.

    Raises `NoPictures` for one that is not there.
    """
    with _opened(place) as elsewhere:

        def read(name: str) -> Any:
            kept = kept_picture(name)
            return elsewhere(name) if kept is None else _picture(kept)

        yield read


@contextmanager
def _opened(place: Path | None) -> Iterator[Pictures]:
    if place is None:
        yield _no_place
    elif place.is_dir():
        yield lambda name: _decoded(name, place / name)
    else:
        try:
            archive = zipfile.ZipFile(place)
        except (OSError, zipfile.BadZipFile) as error:
            raise NoPictures(f"--pictures {place}: {error}; name a folder or a zip file.") from error
        with archive:
            by_name = {Path(name).name: name for name in archive.namelist()}
            yield lambda name: _from_archive(archive, by_name, name)


def _no_place(name: str) -> Any:
    raise NoPictures(
        f"Query picture {name!r} is needed: name the folder or zip file it is in with --pictures."
    )


def _decoded(name: str, path: Path) -> Any:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoPictures(f"Query picture {name!r} can't be read: {path}: {error.strerror}.") from error
    return _picture(data)


def _from_archive(archive: zipfile.ZipFile, by_name: Mapping[str, str], name: str) -> Any:
    if Path(name).name not in by_name:
        raise NoPictures(f"Query picture {name!r} is not in {archive.filename}.")
    return _picture(archive.read(by_name[Path(name).name]))


def _picture(data: bytes) -> Any:
    """As the API decodes an upload."""
    return images.decode(data, limits=images.host_limits(reduce_to=images.SEARCH_SIDE))

"""The way of a query, on one page: understand, encode, let the legs find, freeze one set, count and show it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..conf import Conf, settings
from ..documents import SearchScope, document
from ..replicas.reading import from_replica
from .answer import Hit, LegName, Relaxation, SearchAnswer
from .arranging import shifted, with_pinned, without_hidden
from .browsing import Browse
from .candidates import Candidates, ForeignWord, Legs, gather
from .composition import composed, liked_products, others
from .curves import nonsense_level, taught
from .differences import reranked
from .encoding import Encoded, encode
from .explain import described
from .facets import MOST_VALUES, FacetPlan, sample_rate
from .familiar import only_itself
from .filters import Choices
from .floor import judged
from .found import Found, Judging
from .lexical import KeywordLeg
from .near import ENOUGH, near_misses
from .page import Counted, Ranked, counted, hits, pages, rank
from .relaxation import relaxations
from .request import SearchRequest
from .serving import Serving
from .snapshot import read, transaction_of_a_search
from .steering import Asked, Moves, Steerer, Steering, now, revisions
from .understanding import Query, plain, understand
from .vectors import VectorLeg, picture_leg, text_leg, unlike
from .where import within

DISABLED = 'disabled: search is switched off (PRODUCT_SEARCH["ENABLED"] is False)'
NOT_INDEXED = "not-indexed: nothing is indexed yet (`manage.py index`)"
#: Products that are browsed from the first page to the last without being asked for by page.
MOST_WALKED = 100_000


@from_replica
def search(
    request: SearchRequest,
    scope: SearchScope,
    *,
    conf: Conf | None = None,
    only: Collection[LegName] | None = None,
    steering: Sequence[Steerer] | None = None,
) -> SearchAnswer:
    """Answer `request` for `scope`: by words, by a picture, by both, or browse.

    To measure, `conf` stands in for the shop's settings, and of all legs `only` those named are asked. `steering` are
    those who steer this search instead of all that are registered; with () nobody does.
    Raises `EncoderUnavailable` for a picture alone without its encoder. While switched off, or before anything is
    indexed, a search finds nothing and says so in `notices`; browsing needs no index.
    """
    return find(request, scope, conf=conf, only=only, steering=steering).answer


def find(
    request: SearchRequest,
    scope: SearchScope,
    *,
    conf: Conf | None = None,
    only: Collection[LegName] | None = None,
    walk: bool = False,
    steering: Sequence[Steerer] | None = None,
    moment: datetime | None = None,
    most_values: int = MOST_VALUES,
    space: int | None = None,
) -> Found:
    """`search` with the way to its answer; to `walk`, browsing is ranked to its end (`MOST_WALKED`) and not by page.

    `moment` is when it is asked, to those who steer; None for now. Of a facet `most_values` are given.
    To measure it before it serves, `space` is the number of the embedding space to search in.
    """
    started = time.perf_counter()
    conf, shop = settings() if conf is None else conf, document()
    choices = Choices.of(shop, scope, request.filters)
    using, language = choices.visible.db, scope.search_language(shop.languages)
    query = plain(request, language)
    if not conf.enabled:
        return Found(nothing(request, DISABLED), query, choices)
    judging: Judging | None = None
    candidates: Candidates | None = None
    if query.browsing:
        known = revisions(using)
    else:
        serving = Serving.now(language, using=using, space=space)
        if serving.generation is None and serving.space is None:
            return Found(nothing(request, NOT_INDEXED), query, choices)
        known = serving.revisions
    steered = Steering.of(Asked(request, scope, language, moment or now(), known, using), steering)
    request = steered.request
    query = plain(request, language)
    if not query.browsing:
        liked = liked_products(request.examples, choices)
        query = understand(request, scope, language, choices, serving, steered.synonyms)
        query = steered.narrowed(query)
        choices = others(query.narrow(choices), liked.values())
    else:
        query = steered.narrowed(query)
        choices = query.narrow(choices)
    choices = within(choices, request.where)
    notices = [*query.notices]
    if not query.browsing:
        encoded = encode(query, serving.space)
        encoded = composed(encoded, query.examples, liked, serving, query.language, using=using)
        if encoded.notice:
            notices.append(encoded.notice)

    with transaction_of_a_search(using):
        if not query.browsing:
            legs = open_legs(query, encoded, serving, choices, conf).limited_to(only)
            words, picture = bool(query.text) or encoded.words is not None, encoded.picture is not None
            judge = partial(judged, conf=conf, words=words, picture=picture)

            def look(among: Choices) -> tuple[Counted, FacetPlan, Moves]:
                """Whatever belongs `among` these, counted."""
                floor, said = conf.relevance_floor, words and not picture
                gathered = gather(legs, among, floor, judge, said=said)
                moves = steered.moves(query, among, gathered.keys, gathered, serving)
                gathered = with_pinned(gathered, moves)
                plan = _facet_plan(request, among, gathered, query.language, most_values)
                return counted(among, gathered, request.sort, plan, moves), plan, moves

            lifted = choices if legs.indexed else choices.lifting(_facets(request, choices))
            found, plan, moves = look(lifted)
            notices += moves.notices
            candidates, rows, counted_rows, moves = found.candidates, found.rows, found.parts, found.moves
            judging = Judging(conf, query, encoded, serving, legs, judge, candidates, words, picture)
            if only is None:
                candidates = reranked(candidates, rows, query.attributes, choices)
            candidates = shifted(candidates, moves)
            ranked = rank(candidates, rows, request.page, request.per_page, moves.pins)
        else:
            moves = steered.moves(query, choices, None)
            notices += moves.notices
            choices = without_hidden(choices, moves)
            plan = _facet_plan(request, choices, None, query.language, most_values)
            browse = Browse(choices, request.page, request.per_page, request.sort, moves)
            parts = browse.walked_parts(MOST_WALKED) if walk else browse.parts()
            counted_rows = read(parts | plan.parts(), using=using)
            ranked = browse.walked(counted_rows) if walk else browse.ranked(counted_rows)
        counts = plan.counts(counted_rows, ranked.total)
        shown = hits(ranked.keys, choices, scope, candidates, moves)
        shown = described(shown, request, judging, using=using)
        ways_out: tuple[Relaxation, ...] = ()
        if not ranked.total:
            every = candidates if candidates is None or lifted is choices else look(choices)[0].candidates
            ways_out = relaxations(request, query, choices, every)
        near: tuple[Hit, ...] = ()
        if judging is not None and only is None and _wants_more(request, query, ranked):
            hiding = partial(steered.hidden, query, choices)
            around, keys = near_misses(legs, choices, judge, judging.candidates, set(rows.groups), hiding)
            near = hits(keys, choices, scope, around)
            near = described(near, replace(request, explain=False), judging, using=using)
    if plan.sample > 1 and plan.names:
        notices.append(f"facets-sampled: counts are estimated from one result in {plan.sample}")
    answer = SearchAnswer(
        hits=shown,
        total=ranked.total,
        relation="eq" if candidates is None else candidates.relation,
        facets=counts,
        page=request.page,
        per_page=request.per_page,
        pages=pages(ranked.total, request.per_page),
        notices=tuple(notices),
        corrections=query.corrections,
        corrected=query.corrected,
        understood=query.understood,
        relaxations=ways_out,
        near=near,
        redirect=steered.redirect,
        banners=steered.banners,
        steered=steered.did,
        took_ms=(time.perf_counter() - started) * 1000,
    )
    return Found(answer, query, choices, judging, ranked, request, moves)


def hidden_by_now(
    request: SearchRequest, scope: SearchScope, choices: Choices, keys: Sequence[Any]
) -> set[Any]:
    """Those of `keys` that whoever steers hides from this search now."""
    language, using = scope.search_language(choices.document.languages), choices.visible.db
    steered = Steering.of(Asked(request, scope, language, now(), revisions(using), using))
    return set(steered.hidden(plain(request, language), choices, keys))


def _wants_more(request: SearchRequest, query: Query, ranked: Ranked) -> bool:
    """Whether near misses are worth a look: the first page of a search by words alone that found little."""
    first = request.page == 1 and request.per_page > 0
    return first and query.picture is None and not query.examples and ranked.total < ENOUGH


def open_legs(query: Query, encoded: Encoded, serving: Serving, choices: Choices, conf: Conf) -> Legs:
    """The ways in that `query` has: its words, and each of its vectors against each kind that it compares with."""
    using = choices.visible.db
    keywords = KeywordLeg.of(query, serving, choices.document, using=using)
    foreign = () if keywords is None else _foreign(query, keywords, encoded, serving, conf, using=using)
    return Legs(keywords, vector_legs(encoded, serving, query.language, conf, using=using), foreign)


def _foreign(
    query: Query, keywords: KeywordLeg, encoded: Encoded, serving: Serving, conf: Conf, *, using: str
) -> tuple[ForeignWord, ...]:
    """The words that no visible product says, with what is to be seen of each by itself."""
    most = sum(keywords.idf.values())
    found = []
    for term, word in query.foreign.items():
        alone = Encoded(encoded.foreign.get(word))
        legs = vector_legs(alone, serving, query.language, conf, using=using)
        known = taught(serving.space, term, query.language)
        level = None if known else nonsense_level(serving.space)
        found.append(ForeignWord(keywords.idf[term] / most, level, legs))
    return tuple(found)


def vector_legs(
    encoded: Encoded, serving: Serving, language: str, conf: Conf, *, using: str
) -> tuple[VectorLeg, ...]:
    """Each of the query's vectors against each kind that it compares with; texts are those in `language`."""
    how: Any = {"size": conf.leg_size, "ef_search": conf.ef_search, "using": using}
    texts: Callable[..., VectorLeg | None] = partial(
        text_leg, serving, language, unlike=unlike(serving, encoded.unlike, "text"), **how
    )
    pictures: Callable[..., VectorLeg | None] = partial(
        picture_leg, serving, unlike=unlike(serving, encoded.unlike, "picture"), **how
    )
    words, aside = encoded.words, encoded.words_aside
    legs: list[VectorLeg | None] = []
    if words is not None and conf.vector_weight > 0:
        legs += texts(words, aside=aside), pictures("text-picture", words, aside=aside)
    picture, aside = encoded.picture, encoded.picture_aside
    if picture is not None:
        likeness = pictures("picture-picture", picture, aside=aside)
        if encoded.unfamiliar:
            legs.append(only_itself(likeness))
        else:
            legs += likeness, texts(picture, "picture-text", aside=aside)
    return tuple(leg for leg in legs if leg is not None)


def nothing(request: SearchRequest, notice: str) -> SearchAnswer:
    """An answer without hits, and why."""
    return SearchAnswer((), 0, "eq", (), request.page, request.per_page, 0, (notice,))


def _facets(request: SearchRequest, choices: Choices) -> tuple[str, ...]:
    """The facets that are counted."""
    return tuple(choices.document.facets) if request.facets is None else request.facets


def _facet_plan(
    request: SearchRequest, choices: Choices, candidates: Candidates | None, language: str, most: int
) -> FacetPlan:
    names = _facets(request, choices)
    keys: tuple[Any, ...] | None = None if candidates is None else candidates.keys
    members = (choices.visible.count() if names else 0) if keys is None else len(keys)
    return FacetPlan(names, choices, keys, language, sample_rate(members), most)

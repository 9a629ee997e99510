"""Judging, page by page, from what is stored: with each write in its own transaction, and everything when a policy or
the model changed.

How far a pass over everything has come is one row, written with each page, so it goes on wherever it was killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import transaction

from ..calibration import Span
from ..conf import settings
from ..documents import document
from ..encoders import EncoderUnavailable
from ..indexing import heartbeat, marking, work
from ..indexing.passes import Pass, take_turn
from ..models import Generation, Picture, Policy, Ruling, Space
from ..retrieval import familiar
from .gauges import Gauge, category_names, gauges_of, policies_digest, policies_in_use, store_sentences
from .judging import judge, read_products, unjudged
from .rulings import Judged, write_rulings

#: Products that are judged at once.
PAGE = 500
#: The pass over everything. Two at once would count pages twice: they take turns.
PASS = Pass("moderation")
MODERATE_TASK = "product_search.moderate"
#: How long after a pass without the model it is asked for again.
TRY_AGAIN_SECONDS = 60.0


@dataclass(frozen=True)
class ModerationProgress:
    """Where a pass stands: `seen` of `products`, of which so many are `flagged` or held by this run.

    `complete`: nothing was left to do when it ended. `problem`: why some could not be judged.
    """

    seen: int = 0
    products: int = 0
    flagged: int = 0
    complete: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Serving:
    """What products are judged with, as it was when this was asked."""

    using: str
    policies: Sequence[Policy]
    space: Space | None
    generation: Generation

    @classmethod
    def now(cls, using: str) -> Serving | None:
        """None before anything is indexed."""
        generation = Generation.serving(using)
        if generation is None:
            return None
        space = Space.serving(using)
        return cls(using, policies_in_use(using), space, generation)

    @cached_property
    def names(self) -> list[str]:
        """What the shop's categories are called."""
        if not any(policy.concepts for policy in self.policies):
            return []
        return category_names(self.generation, using=self.using)

    @cached_property
    def digest(self) -> str:
        """What tells these policies, this space and these categories from others."""
        return policies_digest(self.policies, self.space, self.names)

    @cached_property
    def own(self) -> Span | None:
        """Where the shop's own pictures lie, if a policy asks."""
        asked = any(policy.unfamiliar for policy in self.policies)
        return familiar.span(self.space) if asked and self.space is not None else None

    def store_sentences(self) -> None:
        """Embed what policies say and categories are called. Raises `EncoderUnavailable`."""
        if self.space is not None:
            store_sentences(self.policies, self.names, self.space, self.generation, using=self.using)

    @cached_property
    def gauges(self) -> list[Gauge]:
        """The policies as vectors; no model is asked. Raises `EncoderUnavailable` for sentences without one."""
        if self.space is None:
            raise EncoderUnavailable("No embedding space serves yet.")
        return gauges_of(self.policies, self.names, self.space, self.generation, using=self.using)

    def judge(self, keys: Sequence[Any]) -> int:
        """Judge `keys` by what is stored of them and write their rulings, within the caller's transaction.

        Where a policy's sentences have no vectors, because no model was there, none of them can be judged, and each
        policy says what becomes of them. Returns how many are flagged or held.
        """
        products = read_products(keys, self.space, self.generation, using=self.using)
        try:
            findings = judge(products, self.gauges, self.own)
        except EncoderUnavailable:
            findings = unjudged(products, self.policies)
        by_product: dict[Any, dict[str, Any]] = {product.key: {} for product in products}
        for finding in findings:
            by_product[finding.product][finding.policy] = finding
        judged = [Judged(product.key, product.content, by_product[product.key]) for product in products]
        return write_rulings(judged, self.policies, self.space, using=self.using)


def is_due(using: str) -> bool:
    """Whether a pass would find something to do."""
    serving = Serving.now(using)
    if serving is None:
        return False
    found = heartbeat.age(PASS.name, using=using)
    since, state = (0.0, {}) if found is None else found
    if not serving.policies:
        return Ruling.objects.using(using).filter(decided_by="").exclude(policy="").exists()
    if not state.get("complete") or state.get("digest") != serving.digest:
        return True
    return bool(state.get("problem")) and since > TRY_AGAIN_SECONDS


def moderate_pending(
    *,
    seconds: float | None = None,
    again: bool = False,
    progress: Callable[[ModerationProgress], None] = lambda progress: None,
) -> ModerationProgress:
    """Judge everything that was judged by other policies, or by none, for at most about `seconds`; `again` begins anew.

    Where the model is not there for a new sentence, products are left to what their policies say, and the next run
    begins again.
    """
    using = work.database()
    serving = Serving.now(using) if settings().enabled else None
    if serving is None:
        return ModerationProgress(complete=True)
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    problem = ""
    try:
        serving.store_sentences()
    except EncoderUnavailable as error:
        problem = str(error)
    state = PASS.state(using=using)
    if again or state.get("digest") != serving.digest or (state.get("problem") and not problem):
        _begin(serving, problem)
    now = ModerationProgress(problem=problem)
    while time.monotonic() < deadline:
        state, flagged = _advance(serving)
        now = replace(
            now,
            seen=int(state.get("seen", 0)),
            products=int(state.get("products", 0)),
            flagged=now.flagged + flagged,
            complete=bool(state.get("complete")),
        )
        progress(now)
        if now.complete:
            break
    return now


def _begin(serving: Serving, problem: str) -> None:
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        PASS.begin(using=using, digest=serving.digest, problem=problem)
        if any(policy.lettering for policy in serving.policies):
            _ask_for_lettering(using)


def _ask_for_lettering(using: str) -> None:
    """Have the pictures read again whose lettering nobody asked for yet; what is known of them is not embedded anew."""
    unread = Picture.objects.using(using).filter(lettering=None, reason="")
    if unread.exists():
        marking.mark_stale(document().queryset().using(using).filter(pk__in=unread.values("product")))


def _advance(serving: Serving) -> tuple[dict[str, Any], int]:
    """The next page of the pass: its state then, and how many are flagged or held."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        state = PASS.state(using=using)
        if state.get("complete") or state.get("digest") != serving.digest:
            # Another process ended it, or began one with newer policies.
            return {**state, "complete": True}, 0
        # Locked as whoever writes them locks them: a product is not judged by what is being replaced.
        return PASS.advance(state, PAGE, serving.judge, using=using, locked=True)

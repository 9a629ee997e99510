"""Tagging, page by page, from stored vectors: what was written lately, and everything when the vocabulary changed.

How far a pass over everything has come is one row, written with each page, so it goes on wherever it was killed, and
two workers at once take turns.
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
from ..indexing import work
from ..indexing.passes import Pass, indexed, take_queued, take_turn
from ..models import Attribute, Decision, Generation, Space, Untagged
from ..retrieval import familiar
from . import keeping, labels, reading
from .fitting import FEWEST_KNOWN
from .heads import Head, heads_of, vocabulary, vocabulary_digest
from .page import judged, tag_page, to_be_said, unlike_others
from .scoring import chosen
from .teaching import ask, decided_keys, fit_head, write_learned
from .writing import forget_others

#: Products that are scored at once: 2,000 vectors of 512 numbers are 4 MB.
PAGE = 2_000
#: What is fitted of an attribute.
FITTED = ("fitted_space", "fitted_by", "fitted_on", "temperature", "text_temperature", "bias", "threshold")
#: Growth of the catalogue after which thresholds are fitted again and everything is scored with them.
GROWTH = 1.25
#: The pass over everything. Two taggers of one product would write what the slower one read: they take turns.
PASS = Pass("tagging")
#: So many new decisions, and as many as this share of those before, are worth learning from.
NEW_DECISIONS, NEW_SHARE = 20, 0.1


@dataclass(frozen=True)
class TagProgress:
    """Where a run stands: `seen` of `products` in the pass over everything, `suggested` tags so far.

    `complete`: nothing was left to do when it ended.
    """

    seen: int = 0
    products: int = 0
    suggested: int = 0
    complete: bool = False


@dataclass(frozen=True)
class _Serving:
    """What a run tags with, as it was when the run began."""

    using: str
    space: Space
    generation: Generation
    attributes: Sequence[Attribute]
    digest: str

    @cached_property
    def own(self) -> Span | None:
        """Where the shop's own pictures lie."""
        return familiar.span(self.space)

    @classmethod
    def now(cls, using: str) -> _Serving | None:
        """None where there is nothing to tag with."""
        attributes = vocabulary(using)
        space = Space.serving(using) if attributes else None
        generation = Generation.serving(using) if space else None
        if space is None or generation is None:
            return None
        return cls(using, space, generation, attributes, vocabulary_digest(attributes, space))

    def heads(self) -> list[Head]:
        return heads_of(self.attributes, self.space, self.generation, using=self.using)


def is_due(using: str) -> bool:
    """Whether a tagger would find something to do."""
    if keeping.is_due(using):
        return True
    serving = _Serving.now(using)
    if serving is None:
        return False
    if Untagged.objects.using(using).exists():
        return True
    state = PASS.state(using=using)
    return not state.get("complete") or _must_begin(serving, state)


def tag_pending(
    *,
    seconds: float | None = None,
    again: bool = False,
    progress: Callable[[TagProgress], None] = lambda progress: None,
) -> TagProgress:
    """Tag in this process whatever waits, for at most about `seconds`; `again` begins a new pass over everything.

    Raises `EncoderUnavailable` where a new sentence of the vocabulary can't be embedded here; nothing is lost then.
    """
    using = work.database()
    if settings().enabled:
        keeping.keep_due(using, seconds=seconds)
    serving = _Serving.now(using) if settings().enabled else None
    if serving is None:
        return TagProgress(complete=True)
    deadline = float("inf") if seconds is None else time.monotonic() + seconds
    heads = serving.heads()
    state = PASS.state(using=using)
    if again or _must_begin(serving, state):
        heads = _begin(serving, heads, again=again)
    now = TagProgress()
    while time.monotonic() < deadline:
        taken, suggested = _tag_written(serving, heads)
        state, advanced = (PASS.state(using=using), 0) if taken else _advance(serving, heads)
        now = TagProgress(
            int(state.get("seen", 0)),
            int(state.get("products", 0)),
            now.suggested + suggested + advanced,
            not taken and bool(state.get("complete")),
        )
        progress(now)
        if now.complete:
            break
    return now


def _must_begin(serving: _Serving, state: dict[str, Any]) -> bool:
    """Whether another vocabulary or model is in use than in the last pass, the catalogue has outgrown its fits, or
    enough was decided to learn from.
    """
    if state.get("digest") != serving.digest:
        return True
    known = int(state.get("decisions", 0))
    if Decision.objects.using(serving.using).count() >= known + max(NEW_DECISIONS, NEW_SHARE * known):
        return True
    products = indexed(serving.using).count()
    return bool(state.get("complete")) and products > GROWTH * max(
        int(state.get("products", 0)), FEWEST_KNOWN
    )


def _begin(serving: _Serving, heads: Sequence[Head], *, again: bool) -> list[Head]:
    """Fit every head anew, forget what the vocabulary says no more, and start a pass; returns the fitted heads."""
    using = serving.using
    decisions = Decision.objects.using(using).count()
    _fit(serving, heads)
    fitted = _Serving.now(using) or serving
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        if not again and not _must_begin(serving, PASS.state(using=using)):
            return fitted.heads()  # another process was quicker
        forget_others(
            [head.attribute.name for head in heads],
            [(head.attribute.name, value.value) for head in heads for value in head.values],
            using=using,
        )
        PASS.begin(using=using, digest=serving.digest, decisions=decisions)
    return fitted.heads()


def _fit(serving: _Serving, heads: Sequence[Head]) -> None:
    """Fit every head to what is known and decided, let it learn, and ask about what nothing is said of."""
    using, space = serving.using, serving.space
    sample = labels.sample_keys(space, serving.generation, using=using)
    keys = list(dict.fromkeys([*sample, *decided_keys([head.attribute.name for head in heads], using=using)]))
    page = reading.read_page(keys, space, serving.generation, using=using)
    strange = unlike_others(page, serving.own)
    for head in heads:
        taught = fit_head(head, page, serving.generation, using=using, space=space)
        at = taught.fit.temperatures
        head.attribute.fitted_space = space
        head.attribute.fitted_by, head.attribute.fitted_on = taught.source, taught.fit.known
        head.attribute.temperature, head.attribute.text_temperature = at.picture, at.text
        head.attribute.bias, head.attribute.threshold = at.bias, taught.fit.threshold
        with transaction.atomic(using=using):
            Attribute.objects.using(using).filter(pk=head.attribute.pk).update(
                **{name: getattr(head.attribute, name) for name in FITTED}
            )
            write_learned(taught, using=using)
        found = judged(replace(head, learned=taught.learned), page)
        ask(
            head,
            keys,
            found,
            chosen(head, found, taught.fit.threshold),
            ~strange & to_be_said(head, keys, using=using),
            using=using,
        )


def _tag_written(serving: _Serving, heads: Sequence[Head]) -> tuple[int, int]:
    """A page of what was written lately: how many products, and how many suggestions."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        keys = take_queued(Untagged, PAGE, using=using)
        if not keys:
            return 0, 0
        return len(keys), _tag(keys, serving, heads)


def _advance(serving: _Serving, heads: Sequence[Head]) -> tuple[dict[str, Any], int]:
    """The next page of the pass over everything: its state then, and how many suggestions."""
    using = serving.using
    with transaction.atomic(using=using):
        take_turn(PASS.name, using=using)
        state = PASS.state(using=using)
        if state.get("complete") or state.get("digest") != serving.digest:
            # Another process ended it, or began one with a newer vocabulary.
            return {**state, "complete": True}, 0
        return PASS.advance(state, PAGE, lambda keys: _tag(keys, serving, heads), using=using)


def _tag(keys: Sequence[Any], serving: _Serving, heads: Sequence[Head]) -> int:
    return tag_page(keys, heads, serving.space, serving.generation, using=serving.using, own=serving.own)

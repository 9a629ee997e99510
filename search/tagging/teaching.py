"""From decisions to heads: what is learnt, whether it is worth using, and how sure is sure with it.

A head is used where it answers decided products that did not teach it better than the sentences do: each by what others
taught. A quarter of them, by a hash of their key, teaches nothing at all, and what the merchant is shown is of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from ..calibration import TEXT_SHARE
from ..models import Attribute, FittedBy, Generation, LearnedHead, Question, Space, State, Tag, TagState
from . import labels, reading
from .fitting import FEWEST_KNOWN, Fit, fit
from .heads import Head
from .learning import Learned, Lesson, best_strength, evened, learn, macro_f1, surprises
from .scoring import Likelihood, logits, scores

#: Parts of the products, each judged by temperatures from the others; and of those that teach, to choose how much.
FOLDS = 2
PARTS = 3
#: One decided product of so many is held out.
HELD_OUT = 4
#: With fewer products that teach, or that it could be held against, nothing is learnt.
FEWEST_TAUGHT, FEWEST_HELD = 50, 15
#: Times that products are drawn at random to see how far chance moves a figure.
DRAWN = 100
#: Products that may teach one head, the latest decided.
MOST_TAUGHT = 4_000
#: Products that a merchant is asked about, of each attribute.
QUESTIONS = 100


@dataclass(frozen=True, eq=False)
class Taught:
    """How sure a head is, by what, and what it learnt (`row`, not yet written; None where too little was decided)."""

    fit: Fit
    source: FittedBy
    learned: Learned | None = None
    row: LearnedHead | None = None


def decided_keys(names: Sequence[str], *, using: str) -> list[Any]:
    """Products of which something was decided of one of these attributes, the latest first."""
    rows = Tag.objects.using(using).filter(attribute__in=list(names)).exclude(state=TagState.SUGGESTED)
    keys = rows.order_by("-pk").values_list("product", flat=True)[: MOST_TAUGHT * max(len(names), 1)]
    return list(dict.fromkeys(keys))


def fit_head(
    head: Head,
    page: reading.Page,
    generation: Generation,
    *,
    using: str,
    space: Space | None = None,
) -> Taught:
    """Fit `head` to the products of `page`, and with a `space` let it learn; nothing is written."""
    keys = page.keys
    concerned = reading.concerned([head.attribute], keys, using=using)
    for_it = concerned.get(head.attribute.name, np.ones(len(keys), dtype=bool))
    head = replace(head, learned=None)
    right, wrong = labels.decided_values(head, keys, using=using)
    right, wrong = right & head.guessed & for_it[:, np.newaxis], wrong & head.guessed & for_it[:, np.newaxis]
    decided = (right | wrong).any(axis=1)
    pictures, texts = scores(head, page.pictures), scores(head, page.texts)
    folds = _parts(keys, FOLDS)
    learned, row = None, None
    if space is not None:
        learned, row, pictures = _learnt(head, page, pictures, texts, right, wrong, space)
    source = FittedBy.DECISIONS
    if decided.sum() >= FEWEST_KNOWN:
        found = fit(
            head,
            pictures[decided],
            texts[decided],
            right[decided],
            folds[decided],
            head.attribute.promised,
            wrong[decided],
        )
    else:
        truth, source = labels.known_values(head, keys, generation, using=using)
        known = truth & head.guessed & for_it[:, np.newaxis]
        if source == FittedBy.WORDS:
            texts = np.full_like(texts, np.nan)  # as `page.judged` will judge
        found = fit(head, pictures, texts, known, folds, head.attribute.promised)
    return Taught(found, source if found.known else FittedBy.NOTHING, learned, row)


def _learnt(
    head: Head,
    page: reading.Page,
    pictures: NDArray[np.float64],
    texts: NDArray[np.float64],
    right: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    space: Space,
) -> tuple[Learned | None, LearnedHead | None, NDArray[np.float64]]:
    """What is learnt if that is of use, its row, and the pictures' scores with it: of products that taught it, by what
    was learnt from others.
    """
    rows = np.asarray((right | wrong).any(axis=1) & ~np.isnan(page.pictures).any(axis=1))
    held = rows & (_parts(page.keys, HELD_OUT, salt="held") == 0)
    taught = rows & ~held
    if taught.sum() < FEWEST_TAUGHT or held.sum() < FEWEST_HELD:
        return None, None, pictures
    parts = _parts(page.keys, PARTS, salt="taught")
    alone = fit(head, pictures[taught], texts[taught], right[taught], parts[taught], 0.9, wrong[taught])
    at = alone.temperatures
    found = logits(pictures, texts, at)
    shares = np.where(np.isnan(texts).any(axis=1), 1.0, 1 - TEXT_SHARE)
    lesson = Lesson(
        page.pictures.astype(np.float64), _against(head, found, at.bias), shares, right, wrong, head.single
    )
    given = evened(lesson.of(taught))
    strength, elsewhere = best_strength(given, parts[taught], at.picture)
    learned = learn(given, strength, at.picture)
    exam = lesson.of(held)
    answers = lesson.logits.copy()
    answers[held] = exam.with_learned(learned, at.picture)
    moved = elsewhere - given.logits
    answers[taught] += moved
    useful = _is_useful(lesson.of(rows), answers[rows])
    row = LearnedHead(
        attribute=head.attribute.name,
        space=space,
        values=[value.value for value in head.values],
        weights=learned.weights.tobytes(),
        offsets=learned.offsets.tobytes(),
        in_use=useful,
        taught=int(taught.sum()),
        held=int(held.sum()),
        right_before=float(_rightly(exam, exam.logits).mean()),
        right_after=float(_rightly(exam, answers[held]).mean()),
    )
    if not useful:
        return None, row, pictures
    seen = pictures.copy()
    seen[:, :-2] += learned.added(page.pictures)
    honest = moved * at.picture / shares[taught][:, np.newaxis]
    seen[taught, :-2] = pictures[taught, :-2] + honest
    return learned, row, seen


def _against(head: Head, found: NDArray[np.float64], bias: float) -> NDArray[np.float64]:
    """Logits of the values: of one, against each other; of several, each against none of them."""
    values = np.where(head.guessed, np.nan_to_num(found[:, :-2]), -60.0)
    if head.single:
        return values
    against: NDArray[np.float64] = values - (np.nan_to_num(found[:, -2:]) + bias).max(axis=1, keepdims=True)
    return against


def _is_useful(lesson: Lesson, answers: NDArray[np.float64]) -> bool:
    """Whether `answers`, each learnt from other products, are better than the sentences': plainly less surprised, and
    neither less often right nor unfair, as far as can be told.
    """
    gain = surprises(lesson, lesson.logits) - surprises(lesson, answers)
    plainly = gain.mean() > _error(gain)
    more = _rightly(lesson, answers) - _rightly(lesson, lesson.logits)
    return bool(plainly and more.mean() >= -2 * _error(more) and _is_fair(lesson, answers))


def _error(of: NDArray[np.float64]) -> float:
    """The standard error of the mean of `of` `(n,)`."""
    return float(of.std() / np.sqrt(len(of)))


def _rightly(lesson: Lesson, answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which answers are right `(n,)`: the likeliest value of each product; of several values, each that is told."""
    said = _answered(lesson, answers)
    if not lesson.single:
        told = lesson.right | lesson.wrong
        return np.asarray((said == lesson.right)[told], dtype=np.float64)
    known, right, open_ = (
        each.any(axis=1) for each in (lesson.right, said & lesson.right, said & ~lesson.wrong)
    )
    return np.asarray(np.where(known, right, open_), dtype=np.float64)


def _is_fair(lesson: Lesson, answers: NDArray[np.float64]) -> bool:
    """Whether macro-F1 is not plainly less than the sentences': the rare values are not to pay for the frequent ones.

    How far chance moves it, products drawn at random tell (the bootstrap: Efron, 1979): of a rare value it may hang on
    one.
    """
    known = lesson.right | lesson.wrong if not lesson.single else np.ones_like(lesson.right)
    now, before = (_answered(lesson, each) & known for each in (answers, lesson.logits))
    random = np.random.default_rng(len(known))

    def more(rows: NDArray[np.int64]) -> float:
        return macro_f1(lesson.right[rows], now[rows]) - macro_f1(lesson.right[rows], before[rows])

    every = np.arange(len(known))
    drawn = [more(random.choice(every, len(every))) for _ in range(DRAWN)]
    return more(every) >= -2 * float(np.std(drawn))


def _answered(lesson: Lesson, answers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The values `(n, v)` that `answers` come to."""
    if not lesson.single:
        return answers > 0
    likeliest: NDArray[np.bool_] = np.eye(answers.shape[1], dtype=bool)[answers.argmax(axis=1)]
    return likeliest


def learned_heads(using: str) -> QuerySet[LearnedHead]:
    """What decisions taught of the attributes in use, in the space that serves."""
    names = Attribute.objects.using(using).filter(enabled=True).values("name")
    return LearnedHead.objects.using(using).filter(space__state=State.SERVING, attribute__in=names)


def write_learned(taught: Taught, *, using: str) -> None:
    """Keep what was learnt, in use or not, in the place of what was learnt before."""
    if taught.row is not None:
        fields = {
            field.attname: getattr(taught.row, field.attname)
            for field in LearnedHead._meta.concrete_fields
            if field.attname not in ("id", "attribute", "space_id", "learned_at")
        }
        LearnedHead.objects.using(using).update_or_create(
            attribute=taught.row.attribute, space_id=taught.row.space_id, defaults=fields
        )


def ask(
    head: Head,
    keys: Sequence[Any],
    found: Likelihood,
    said: NDArray[np.bool_],
    askable: NDArray[np.bool_],
    *,
    using: str,
) -> None:
    """Put up to QUESTIONS questions about `keys` of which nothing is `said`, in the place of those before.

    The least sure first, but as many of each likeliest value: what is never asked about is never learnt.
    """
    best = found.own.argmax(axis=1)
    sure = found.values[np.arange(len(best)), best]
    open_ = np.flatnonzero(askable & ~said.any(axis=1) & head.guessed[best] & (sure > 0))
    ranks = np.zeros(len(keys), dtype=int)
    for value in np.unique(best[open_]):
        own = open_[best[open_] == value]
        ranks[own[np.argsort(sure[own], kind="stable")]] = np.arange(len(own))
    chosen = open_[np.lexsort((sure[open_], ranks[open_]))][:QUESTIONS]
    rows = Question.objects.using(using)
    rows.filter(attribute=head.attribute.name).delete()
    rows.bulk_create(
        [
            Question(
                product=keys[at],
                attribute=head.attribute.name,
                value=head.values[best[at]].value,
                probability=float(sure[at]),
            )
            for at in chosen
        ],
        ignore_conflicts=True,
    )


def _parts(keys: Sequence[Any], count: int, salt: str = "") -> NDArray[np.int64]:
    """Which of `count` parts each product belongs to, whoever asks and whenever."""
    return np.array([crc32(f"{salt}{key}".encode()) % count for key in keys], dtype=np.int64)

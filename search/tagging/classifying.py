"""Which of some labels a picture or a text is: any labels that are given, or the shop's own categories.

Labels are said by the same sentences as a vocabulary's values, and fitted as those are: to what products' titles say.
Categories are told by the middle of what stands in each: on products never seen before as often right as by what they
are called, and a category may be called anything (docs/tagging.md).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import router
from numpy.typing import NDArray
from PIL import Image

from ..documents import SearchScope, document
from ..documents.facet_values import branch_labels, branches_of, facet_value
from ..errors import InvalidRequest, SpaceMissing
from ..models import Attribute, AttributeValue, Choice, Entry, Generation, Space
from ..recent import Recent
from ..replicas.reading import from_replica
from ..retrieval import familiar
from ..retrieval.encoding import encode_examples
from ..retrieval.filters import Choices
from ..retrieval.passages import LONGEST_QUERY, clean
from ..retrieval.snapshot import KeyIn
from .heads import Head
from .labels import sample_keys
from .page import temperatures
from .prompts import background_prompts, ensemble, none_prompts, value_prompts
from .reading import category_facet, read_page
from .scoring import Temperatures, likelihood, logits, scores
from .teaching import fit_head

MOST_LABELS = 100
LONGEST_LABEL = 200
#: Products that labels are fitted to, and fits that a process keeps.
FITTED_TO, KEPT_FITS = 1_000, 32
#: Products that categories are told by, and for how many seconds a process keeps what they look like.
SAMPLE, KEPT_SECONDS = 4_000, 300.0
#: Cosines that are one logit between two categories, to be chosen from.
SCALES = (0.003, 0.005, 0.008, 0.012, 0.018, 0.027, 0.04, 0.06, 0.1)
#: A branch is said from this probability on.
MAJORITY = 0.5
#: Categories that are named.
MOST_CATEGORIES = 10

#: Why no label is said: another thing than any of them is likelier; it looks like no product; like nothing that is sold
#: here; none is sure enough.
Doubt = Literal["", "none_of_these", "not_a_product", "unfamiliar", "unsure"]


@dataclass(frozen=True)
class LabelProbability:
    """A label, what people call it, and how likely it is."""

    value: str
    label: str
    probability: float


@dataclass(frozen=True)
class Classified:
    """Labels, the likeliest first; `said` is the one that is sure enough, "" with a `doubt` where none is."""

    labels: tuple[LabelProbability, ...]
    said: str
    doubt: Doubt
    none_of_these: float
    not_a_product: float


@from_replica
def classify(
    labels: Sequence[str],
    *,
    picture: Image.Image | None = None,
    text: str = "",
    scope: SearchScope | None = None,
) -> Classified:
    """How likely each of `labels`, 1 to 100 of them, is what `picture` shows, or `text` says, or both together.

    They are fitted to products that `scope` may see: others' titles are not to be told from a probability. Raises
    `InvalidRequest`, `EncoderUnavailable`, and `SpaceMissing` before anything is indexed.
    """
    labels = _checked(labels)
    text = " ".join(clean(text, "text", LONGEST_QUERY).split()) if text.strip() else ""
    if picture is None and not text:
        raise InvalidRequest("missing_parameter", "picture", "Send a picture or a text to put labels to.")
    using = router.db_for_read(Entry)
    space = _space(using)
    attribute = Attribute(name="", choice=Choice.SINGLE)
    values = tuple(AttributeValue(value=label, label=label) for label in labels)
    said = [value_prompts(attribute, value) for value in values]
    none, background = none_prompts(attribute), background_prompts(attribute)
    sentences = list(dict.fromkeys(each for several in (*said, none, background) for each in several))
    rows, seen = encode_examples([*sentences, *([text] if text else [])], [picture] if picture else [], space)
    vectors = dict(zip(sentences, rows, strict=False))
    head = Head(
        attribute,
        values,
        np.stack([ensemble(np.stack([vectors[each] for each in several])) for several in said]),
        ensemble(np.stack([vectors[each] for each in none])),
        np.stack([vectors[each] for each in background]),
        np.eye(len(labels), dtype=bool),
        np.ones(len(labels), dtype=bool),
    )
    unknown = np.full((1, space.dim), np.nan, dtype=np.float32)
    at = _fitted(head, space, Choices.of(document(), scope or SearchScope(), {}), using=using)
    found = likelihood(
        head,
        logits(scores(head, seen if picture else unknown), scores(head, rows[-1:] if text else unknown), at),
        bias=at.bias,
    )
    shares = found.own[0]
    order = np.argsort(-shares, kind="stable").tolist()
    none_share, no_product = float(found.none[0]), float(found.background[0])
    best = float(shares[order[0]])
    doubt: Doubt = ""
    if max(none_share, no_product) >= best:
        doubt = "none_of_these" if none_share >= no_product else "not_a_product"
    return Classified(
        tuple(LabelProbability(labels[at], labels[at], round(float(shares[at]), 4)) for at in order),
        "" if doubt else labels[order[0]],
        doubt,
        round(none_share, 4),
        round(no_product, 4),
    )


_fits: Recent[tuple[Any, ...], Temperatures] = Recent(KEPT_FITS)


def _fitted(head: Head, space: Space, choices: Choices, *, using: str) -> Temperatures:
    """What the labels' scores are worth, by products whose titles say one of them; kept for whoever asks again."""
    generation = Generation.serving(using)
    if generation is None:
        return temperatures(head)
    names = tuple(value.value for value in head.values)
    try:
        about = (space.pk, generation.pk, names, choices.seen.sql, repr(choices.seen.parameters))
    except EmptyResultSet:  # Django knows that nothing is visible
        return temperatures(head)
    fitted = _fits.get(about)
    if fitted is None:
        sample = sample_keys(space, generation, using=using)
        there = set(choices.visible.filter(KeyIn("pk", sample)).values_list("pk", flat=True))
        keys = [key for key in sample if key in there][:FITTED_TO]
        page = read_page(keys, space, generation, using=using)
        fitted = fit_head(head, page, generation, using=using).fit.temperatures
        _fits.put(about, fitted)
    return fitted


@dataclass(frozen=True)
class _Looks:
    """Products with the mean direction of each one's pictures `(n, dim)`."""

    space: int
    at: float
    keys: tuple[Any, ...]
    pictures: NDArray[np.float32] = field(repr=False)


_looks: dict[str, _Looks] = {}


def _looks_of(space: Space, generation: Generation, *, using: str) -> _Looks:
    """A sample of the index, kept for some minutes: of whom it may be told is asked each time."""
    kept = _looks.get(using)
    if kept is None or kept.space != space.pk or time.monotonic() - kept.at > KEPT_SECONDS:
        keys = sample_keys(space, generation, using=using)[:SAMPLE]
        page = read_page(keys, space, generation, using=using)
        seen: NDArray[np.bool_] = np.logical_not(np.isnan(page.pictures).any(axis=1))
        known = tuple(key for key, there in zip(page.keys, seen.tolist(), strict=True) if there)
        kept = _looks[using] = _Looks(space.pk, time.monotonic(), known, page.pictures[seen])
    return kept


@from_replica
def classify_category(picture: Image.Image, scope: SearchScope) -> Classified:
    """Where in the shop's tree of categories what `picture` shows would stand, by visible products alone.

    A branch is as likely as all below it together, and the lowest that is likelier than not is said. Raises
    `InvalidRequest` where the document has no hierarchical facet, `EncoderUnavailable` and `SpaceMissing`.
    """
    shop, category = document(), category_facet()
    if category is None:
        detail = "This shop has no tree of categories: send labels."
        raise InvalidRequest("missing_parameter", "labels", detail)
    choices = Choices.of(shop, scope, {})
    using, language = choices.visible.db, scope.search_language(shop.languages)
    space = _space(using)
    generation = Generation.serving(using)
    own = familiar.span(space)
    _, vectors = encode_examples(
        (), [picture, *(() if own is None else familiar.closer_looks(picture))], space
    )
    strange = own is not None and familiar.unfamiliar(vectors[1:], own, share=familiar.SURELY_SOLD)
    shares: dict[str, float] = {}
    if generation is not None:
        looks = _looks_of(space, generation, using=using)
        products = choices.visible.filter(KeyIn("pk", looks.keys))
        placed = products.annotate(ps_value=facet_value(shop, category[1])).values_list("pk", "ps_value")
        rows = {key: row for row, key in enumerate(looks.keys)}
        shown = [(rows[key], value) for key, value in placed if value]
        shares = category_shares(
            vectors[0], looks.pictures[[row for row, _ in shown]], [value for _, value in shown]
        )
    labels = branch_labels(shop, category[1], shares, language, using=using)
    order = sorted(shares, key=lambda value: (-shares[value], value))
    said = _lowest(shares)
    return Classified(
        tuple(
            LabelProbability(value, labels.get(value, value), round(min(shares[value], 1.0), 4))
            for value in order[:MOST_CATEGORIES]
        ),
        "" if strange else said,
        "unfamiliar" if strange else "" if said else "unsure",
        0.0,
        0.0,
    )


def category_shares(
    vector: NDArray[np.float32], shown: NDArray[np.float32], categories: Sequence[str]
) -> dict[str, float]:
    """How likely a picture's `vector` `(dim,)` stands in each branch of `categories`, those of pictures `(n, dim)`.

    Each category is the middle of its pictures (nearest class mean: Snell et al., Prototypical Networks, 2017). How
    much nearer means how much likelier is what tells the given pictures' own best, each compared with its category
    without itself.
    """
    if not categories:
        return {}
    names, place = np.unique(np.array(categories), return_inverse=True)
    sums = np.zeros((len(names), shown.shape[1]))
    np.add.at(sums, place, shown.astype(np.float64))
    middles = _unit(sums)
    counts = np.bincount(place)
    rows = np.arange(len(place))
    cosines = shown.astype(np.float64) @ middles.T
    cosines[rows, place] = (shown * _unit(sums[place] - shown)).sum(axis=1)
    several = counts[place] > 1  # one that is alone in its category can't be told by others
    scale = min(SCALES, key=lambda each: _surprise(cosines[several] / each, place[several]))
    shares = _softmax((middles @ vector.astype(np.float64) / scale)[np.newaxis])[0]
    found: dict[str, float] = defaultdict(float)
    for share, name in zip(shares.tolist(), names.tolist(), strict=True):
        for branch in branches_of(name):
            found[branch] += share
    return dict(found)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows / lengths


def _softmax(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(rows - rows.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _surprise(rows: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    """The mean negative logarithm of what the truth is given; 0 for no rows."""
    if not len(rows):
        return 0.0
    return float(-np.log(np.maximum(_softmax(rows)[np.arange(len(rows)), truth], 1e-12)).mean())


def _lowest(shares: dict[str, float]) -> str:
    """The lowest branch that is likelier than not; "" where none is."""
    likely = [branch for branch, share in shares.items() if share >= MAJORITY]
    return max(likely, key=lambda branch: (branch.count("/"), shares[branch]), default="")


def _checked(labels: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(" ".join(label.split()) for label in labels))
    cleaned = [label for label in cleaned if label]
    if not 0 < len(cleaned) <= MOST_LABELS:
        detail = f"{len(cleaned)} labels; expected 1 to {MOST_LABELS}."
        raise InvalidRequest("too_many_labels" if cleaned else "missing_parameter", "labels", detail)
    if too_long := next((label for label in cleaned if len(label) > LONGEST_LABEL), ""):
        detail = f"A label has {len(too_long)} characters; at most {LONGEST_LABEL} are read."
        raise InvalidRequest("too_long", "labels", detail)
    return cleaned


def _space(using: str) -> Space:
    space = Space.serving(using)
    if space is None:
        raise SpaceMissing("No embedding space serves yet: `manage.py index` fills the first one.")
    return space

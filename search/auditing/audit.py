"""The audit of every attribute in use: right or wrong, sure or not, by group of products and by sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import ProductSearchError, SpaceMissing
from ..indexing.embedding import vectors_of
from ..indexing.work import database
from ..models import FittedBy, Generation, Space
from ..tagging import labels, reading
from ..tagging.heads import Head, heads_of, vocabulary
from . import prompts
from .answers import Answers, answers
from .figures import (
    Bin,
    Confusion,
    ValueFigures,
    by_value,
    calibration_error,
    confusions,
    macro_f1,
    reliability,
)
from .groups import GroupRates, group_facets, groups_of, rates
from .prompts import PromptFigures


class NothingToAudit(ProductSearchError):
    """There is no such attribute, or none at all; the message says what to do."""


@dataclass(frozen=True)
class AttributeAudit:
    """What was found of one attribute. `known` products were judged, whose value is known by `source`; with too few of
    them there is nothing else.
    """

    name: str
    label: str
    promised: float
    source: FittedBy
    known: int
    shown_alone: bool = False
    said: float = 0.0
    precision: float | None = None
    macro_f1: float = 0.0
    calibration_error: float = 0.0
    bins: tuple[Bin, ...] = ()
    values: tuple[ValueFigures, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    groups: tuple[GroupRates, ...] = ()
    prompts: tuple[PromptFigures, ...] = ()

    @property
    def worse_groups(self) -> tuple[GroupRates, ...]:
        """The groups that are seen worse than others."""
        return tuple(each for each in self.groups if each.is_worse)

    @property
    def misleading(self) -> tuple[PromptFigures, ...]:
        """The sentences that mislead."""
        return tuple(each for each in self.prompts if each.misleads)

    @property
    def breaks_promise(self) -> bool:
        """Whether what is said is right less often than promised, by two points at least."""
        return self.precision is not None and self.precision < self.promised - 0.02


@dataclass(frozen=True)
class Audit:
    """All attributes, by the pictures and texts of how many products."""

    products: int
    attributes: tuple[AttributeAudit, ...]


def audit_tags(
    names: Sequence[str] = (),
    *,
    by: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Audit:
    """Audit the attributes `names`, else all in use, with products grouped `by` these facets, else by all.

    `progress` is told of attributes that are done, of how many. Only sentences that were never embedded ask the
    encoder. Raises `NothingToAudit`, `NoSuchFacet`, `SpaceMissing`, `EncoderUnavailable`.
    """
    using = database()
    space = Space.serving(using)
    generation = Generation.serving(using)
    if space is None or generation is None:
        raise SpaceMissing("Nothing is indexed yet, so there is nothing to audit: `manage.py index`.")
    attributes = {each.name: each for each in vocabulary(using)}
    if not attributes:
        raise NothingToAudit(
            "No attribute is in use that has values. Add one in the admin (Attributes), or import a list."
        )
    for name in names:
        if name not in attributes:
            raise NothingToAudit(f"No attribute {name!r} is in use; there is {', '.join(attributes)}.")
    chosen = [attributes[name] for name in names or attributes]
    facets = group_facets(by, set())
    keys = labels.sample_keys(space, generation, using=using)
    page = reading.read_page(keys, space, generation, using=using)
    groups = groups_of(keys, facets, using=using)
    found = []
    heads = heads_of(chosen, space, generation, using=using, keep=False)
    for done, head in enumerate(heads):
        progress(done, len(heads))
        known = answers(head, keys, page, generation, using=using)
        if known is None:
            found.append(_unknown(head))
            continue
        asked = prompts.sentences(known)
        rows = vectors_of(asked, space, generation, using=using, keep=False)
        figures = prompts.figures(known, dict(zip(asked, rows, strict=True)))
        found.append(_audited(known, rates(known, groups), figures))
    progress(len(heads), len(heads))
    return Audit(len(keys), tuple(found))


def _unknown(head: Head) -> AttributeAudit:
    attribute = head.attribute
    return AttributeAudit(attribute.name, str(attribute), attribute.promised, FittedBy.NOTHING, 0)


def _audited(
    known: Answers, groups: tuple[GroupRates, ...], sentences: tuple[PromptFigures, ...]
) -> AttributeAudit:
    attribute, bins = known.head.attribute, reliability(known)
    told = int(known.said.sum())
    return AttributeAudit(
        name=attribute.name,
        label=str(attribute),
        promised=attribute.promised,
        source=known.source,
        known=len(known.keys),
        shown_alone=known.shown_alone,
        said=float(known.said.any(axis=1).mean()),
        precision=float((known.said & known.right).sum()) / told if told else None,
        macro_f1=macro_f1(known),
        calibration_error=calibration_error(bins),
        bins=bins,
        values=by_value(known),
        confusions=confusions(known),
        groups=groups,
        prompts=sentences,
    )

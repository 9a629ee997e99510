"""Suggested synonyms that somebody accepts become drafts of rules, to be previewed and published like any other."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ..learning.suggesting import decide
from ..models import Rule, RuleState, SuggestedSynonym, SuggestionState
from . import changing
from .content import Content, Synonym


def accept(suggestion: SuggestedSynonym, *, who: str) -> Rule:
    """Draft a rule of it; it acts when that is published. Raises `BadRule`, as for a name that another rule has."""
    using = changing.database()
    with transaction.atomic(using=using):
        row = SuggestedSynonym.objects.using(using).select_for_update().get(pk=suggestion.pk)
        drafted = None if row.rule is None else Rule.objects.using(using).filter(pk=row.rule).first()
        if drafted is None:
            action = Synonym((row.words,), (row.means,), row.two_way)
            name = _("Synonym: %(synonym)s") % {"synonym": row}
            note = _("Suggested by what %(count)d sessions did.") % {"count": row.sessions}
            drafted = changing.save_draft(
                name[:120], Content(actions=(action,), language=row.language, note=note), who=who
            )
        decide(row, SuggestionState.ACCEPTED, by=who, using=using, rule=drafted.pk)
        return drafted


def dismiss(suggestion: SuggestedSynonym, *, who: str) -> None:
    """Never propose it again; a draft of it is gone, while a rule that was published is left."""
    _forget(suggestion, SuggestionState.DISMISSED, who=who)


def take_back(suggestion: SuggestedSynonym, *, who: str) -> None:
    """It is proposed again; a draft of it is gone, while a rule that was published is left."""
    _forget(suggestion, SuggestionState.PROPOSED, who=who)


def _forget(suggestion: SuggestedSynonym, state: SuggestionState, *, who: str) -> None:
    using = changing.database()
    with transaction.atomic(using=using):
        row = SuggestedSynonym.objects.using(using).select_for_update().get(pk=suggestion.pk)
        if row.rule is not None:
            drafted = Rule.objects.using(using).filter(pk=row.rule, state=RuleState.DRAFT).first()
            if drafted is not None:
                changing.delete(drafted, who=who)
        decide(row, state, by=who, using=using)

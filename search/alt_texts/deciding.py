"""What somebody decides of a picture's words: written down, kept in the shop's own field, and taken back if asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

from ..documents import document
from ..errors import ProductSearchError
from ..indexing.work import database
from ..models import DECIDED, AltText, AltTextDecision, AltTextState
from .page import own_words
from .queue import queue

#: Characters that somebody's own words may have: more than a suggestion, less than a story.
LONGEST_OWN = 300
#: Decisions of one user that are looked through for the latest.
MOST_LOOKED_AT = 500


class OwnWords(ProductSearchError):
    """The shop has words of its own for the picture by now, which are never written over."""


class DecidedMeanwhile(ProductSearchError):
    """Somebody else decided since the words were shown."""


class SameWords(ProductSearchError):
    """Another picture of the product is called just so."""


def accept(alt_text: int, *, who: str, caption: bool = False) -> AltText:
    """Take what is suggested for the row `alt_text`, or what the captioner says, as it stands; `who` is a user's name.

    Raises `AltText.DoesNotExist`, and `OwnWords` or `SameWords`.
    """

    def words(row: AltText) -> tuple[AltTextState, str]:
        said = row.caption if caption else row.suggestion
        return AltTextState.ACCEPTED, said or row.suggestion

    return _decide(alt_text, words, who=who)


def edit(alt_text: int, words: str, *, who: str, seen: str = "") -> AltText:
    """Take these words, whoever said them first. Raises as `accept` does, `ValueError` for none or for more than
    LONGEST_OWN characters, and `DecidedMeanwhile` where the state is no longer the one that was `seen`.
    """
    words = " ".join(words.split())
    if not 0 < len(words) <= LONGEST_OWN:
        raise ValueError(f"Expected 1 to {LONGEST_OWN} characters, got {len(words)}.")
    return _decide(
        alt_text,
        lambda row: (
            AltTextState.ACCEPTED if words in (row.suggestion, row.caption) else AltTextState.EDITED,
            words,
        ),
        who=who,
        seen=seen,
    )


def reject(alt_text: int, *, who: str, seen: str = "") -> AltText:
    """Say that the words are no good; nothing is suggested for this picture and language any more. Raises as `edit`."""
    return _decide(alt_text, lambda row: (AltTextState.REJECTED, row.text), who=who, seen=seen)


def last_decided(who: str) -> AltText | None:
    """The row of the latest decision of this user's that was not taken back; None where there is none."""
    rows = AltTextDecision.objects.using(database()).filter(who=who).order_by("-pk")
    taken_back: Counter[tuple[Any, str, str]] = Counter()
    for decision in rows[:MOST_LOOKED_AT]:
        place = decision.product, decision.picture, decision.language
        if decision.undo:
            taken_back[place] += 1
        elif taken_back[place]:
            taken_back[place] -= 1
        else:
            names = ("product", "picture", "language")
            found = AltText.objects.using(database()).filter(**dict(zip(names, place, strict=True)))
            return found.first()
    return None


def undo(alt_text: int, *, who: str) -> AltText | None:
    """Take back the latest decision that was not taken back; None where there is none. Raises as `accept` does."""
    row = AltText.objects.using(database()).get(pk=alt_text)
    said = _decisions(row).order_by("-pk")
    undone = 0
    for decision in said.iterator(chunk_size=20):
        if decision.undo:
            undone += 1
        elif undone:
            undone -= 1
        else:
            before = AltTextState(decision.state_before), decision.text_before
            return _decide(alt_text, partial(_as_before, before), who=who, undo=True)
    return None


def _as_before(before: tuple[AltTextState, str], row: AltText) -> tuple[AltTextState, str]:
    return before


def _decisions(row: AltText) -> Any:
    return AltTextDecision.objects.using(row._state.db).filter(
        product=row.product, picture=row.picture, language=row.language
    )


def _decide(
    alt_text: int,
    choose: Callable[[AltText], tuple[AltTextState, str]],
    *,
    who: str,
    undo: bool = False,
    seen: str = "",
) -> AltText:
    using = database()
    with transaction.atomic(using=using):
        place = AltText.objects.using(using).get(pk=alt_text)
        # All of one product in one order, so that two people can't give two pictures the same words, nor wait for
        # one another in a circle.
        rows = AltText.objects.using(using).select_for_update().order_by("pk")
        those = list(rows.filter(product=place.product, language=place.language))
        row = next((each for each in those if each.pk == alt_text), None)
        if row is None:
            raise AltText.DoesNotExist(f"The alt text {alt_text} is gone.")
        state, words = choose(row)
        if (row.state, row.text) == (state, words):
            return row  # two people said the same
        if seen and row.state != seen:
            raise DecidedMeanwhile(f"Somebody decided meanwhile: {row.get_state_display()}, “{row.text}”.")
        if state in DECIDED and any(
            each.pk != row.pk and each.state in DECIDED and each.text.casefold() == words.casefold()
            for each in those
        ):
            raise SameWords(f"Another picture of this product is called “{words}” already: say what differs.")
        _keep(row, words if state in DECIDED else "")
        AltTextDecision.objects.using(using).create(
            product=row.product,
            picture=row.picture,
            language=row.language,
            state=state,
            text=words,
            state_before=row.state,
            text_before=row.text,
            undo=undo,
            who=who,
        )
        row.state, row.text = state, words
        row.save(using=using, update_fields=["state", "text"])
        # Its own suggestion may be out of date, and those of the product's other pictures must differ from it.
        queue([row.product], using=using)
    return row


def _keep(row: AltText, words: str) -> None:
    """Have the shop keep `words`, unless it has other ones than those that it was given last."""
    given = row.text if row.state in DECIDED else ""
    if words == given:
        return
    there = own_words([row.product], row.language).get(row.picture, "")
    if there not in ("", given, words):
        raise OwnWords(f"The shop calls this picture “{there}” by now; nothing was changed.")
    document().keep_alt_text(row.picture, row.language, words)

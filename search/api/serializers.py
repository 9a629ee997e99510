"""The shape of every answer, in the words of `retrieval`'s dataclasses; the served schema is made from these.

Every option that REST framework would take from the host's settings is given here.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import Choice, State
from . import codes
from .explanations import (
    ExplanationSerializer,
    HighlightSerializer,
    LegScoreSerializer,
    ProductKey,
    SteeredSerializer,
)


class HitSerializer(serializers.Serializer[Any]):
    """One product that was found."""

    id = ProductKey(source="key", read_only=True)
    score = serializers.FloatField(help_text="Relevance; comparable within one answer only.")
    picture = serializers.CharField(
        allow_null=True, help_text="The picture that matched best, by its stable id."
    )
    second = serializers.FloatField(
        allow_null=True, help_text="Where that is a frame of a video: when it is to be seen, in seconds."
    )
    card = serializers.DictField(help_text="What the shop shows of a hit; its document decides what that is.")
    highlights = HighlightSerializer(many=True, required=False, help_text="With `highlight=true`.")
    legs = serializers.DictField(
        child=LegScoreSerializer(), required=False, help_text="With `explain=true`: by leg, what it says."
    )
    explanation = ExplanationSerializer(
        required=False, help_text="With `explain=true`; not while browsing, where nothing is judged."
    )
    pinned = serializers.BooleanField(
        required=False, help_text="With `explain=true`: a rule put it at its place."
    )
    steered = SteeredSerializer(
        many=True, required=False, help_text="With `explain=true`: what rules and the like did to it."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Without what was not asked for."""
        shown = super().to_representation(instance)
        if not self.context.get("explain"):
            del shown["pinned"], shown["steered"]
        if instance.highlights is None:
            del shown["highlights"]
        if instance.explanation is None:
            del shown["legs"], shown["explanation"]
        return shown


class FacetValueSerializer(serializers.Serializer[Any]):
    """One value to filter by."""

    value = serializers.CharField(help_text="What the filter parameter takes.")
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )
    count = serializers.IntegerField(
        min_value=0, help_text="Hits with it, were only this facet's filter lifted."
    )
    chosen = serializers.BooleanField()
    depth = serializers.IntegerField(min_value=0, help_text="Level in a hierarchy; 0 is the top.")


class BucketSerializer(serializers.Serializer[Any]):
    """A part of a range."""

    low = serializers.FloatField()
    high = serializers.FloatField(help_text="Not in it, but for the last bucket.")
    count = serializers.IntegerField(min_value=0, help_text="Hits in it, were this facet's filter lifted.")


class FacetSerializer(serializers.Serializer[Any]):
    """Counts of one facet over everything found."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["value", "range", "boolean"])
    values = FacetValueSerializer(many=True)
    low = serializers.FloatField(allow_null=True, help_text="Smallest number found; ranges only.")
    high = serializers.FloatField(allow_null=True, help_text="Largest number found; ranges only.")
    buckets = BucketSerializer(
        many=True, help_text="How the numbers are spread, a dozen parts of one round width; ranges only."
    )


class CorrectionSerializer(serializers.Serializer[Any]):
    """A word that no product has, and the shop's own word that was searched instead."""

    original = serializers.CharField()
    corrected = serializers.CharField()


class UnderstoodSerializer(serializers.Serializer[Any]):
    """What was read from the words as more than words: something to show, and to take back. A `thesaurus` stands for
    words that no product says: what is near to them was looked for.
    """

    kind = serializers.ChoiceField(choices=["filter", "phrase", "excluded", "thesaurus"])
    words = serializers.CharField(help_text="How it was written.")
    instead = serializers.CharField(
        help_text="`q` without it: a phrase's words, or nothing of an exclusion or a word looked up. A filter's words"
        " stay; add `facet` to `plain`, and they are plain words."
    )
    facet = serializers.CharField(help_text="A filter's facet; else empty.")
    value = serializers.CharField(help_text="What the facet's filter parameter would take; else empty.")
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )


class BannerSerializer(serializers.Serializer[Any]):
    """What a merchant shows above results."""

    text = serializers.CharField(help_text="Plain text; escape it.")
    url = serializers.CharField(help_text="Where it leads; empty for nowhere.")
    image = serializers.CharField(help_text="Address of a picture; empty for none.")


class RelaxationSerializer(serializers.Serializer[Any]):
    """A way out where nothing is found: what is found without some of the filters, and how to ask for it."""

    facets = serializers.ListField(
        child=serializers.CharField(),
        help_text="Facets whose filters to leave out, chosen by hand or read from words.",
    )
    q = serializers.CharField(help_text="The words to ask with.")
    plain = serializers.ListField(child=serializers.CharField(), help_text="What to ask with as `plain`.")
    total = serializers.IntegerField(min_value=1)
    relation = serializers.ChoiceField(
        choices=["eq", "gte"], help_text="Whether `total` is exact or a lower bound."
    )


class AnswerSerializer(serializers.Serializer[Any]):
    """One page of hits, and what was counted over all of them."""

    hits = HitSerializer(many=True)
    total = serializers.IntegerField(min_value=0)
    relation = serializers.ChoiceField(
        choices=["eq", "gte"], help_text="Whether `total` is exact or a lower bound."
    )
    facets = FacetSerializer(many=True)
    page = serializers.IntegerField(min_value=1)
    per_page = serializers.IntegerField(min_value=0)
    pages = serializers.IntegerField(min_value=0)
    notices = serializers.ListField(
        child=serializers.CharField(), help_text="What the shopper should know of this answer."
    )
    corrections = CorrectionSerializer(
        many=True,
        help_text="Words searched in another spelling; `spelling=off` searches for what was written.",
    )
    corrected = serializers.CharField(
        help_text="The whole `q` as it was searched; empty without corrections."
    )
    understood = UnderstoodSerializer(many=True)
    relaxations = RelaxationSerializer(
        many=True,
        help_text="Where nothing is found under filters: which to drop; the narrowest way out first.",
    )
    near = HitSerializer(
        many=True,
        help_text="Where little was found: products with only some of the words, to be shown apart. They count in"
        " nothing.",
    )
    redirect = serializers.CharField(
        help_text="The page to send the shopper to instead of showing results; empty for none."
    )
    banners = BannerSerializer(many=True, help_text="What the shop wants shown above the results.")
    steered = SteeredSerializer(
        many=True, required=False, help_text="With `explain=true`: what rules and the like did to the search."
    )
    next = serializers.CharField(help_text="With `cursor`: that of the next page, empty on the last one.")
    took_ms = serializers.FloatField(min_value=0)
    search_id = serializers.CharField(
        allow_blank=True,
        help_text="What clicks, carts and orders that follow name (`v1/events`); empty where nothing is recorded.",
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Without what was not asked for."""
        shown = super().to_representation(instance)
        if not self.context.get("explain"):
            del shown["steered"]
        return shown


class SeenValueSerializer(serializers.Serializer[Any]):
    """A value of an attribute, and how likely it is."""

    value = serializers.CharField(help_text="As tags say it, and the filter of its facet.")
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )
    probability = serializers.FloatField(min_value=0, max_value=1)
    said = serializers.BooleanField(help_text="It is sure enough to be said.")


class SeenAttributeSerializer(serializers.Serializer[Any]):
    """What a picture shows of one attribute."""

    name = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # Field has an attribute of this name
        help_text="Its name, in the answer's language."
    )
    choice = serializers.ChoiceField(choices=Choice.values)
    values = SeenValueSerializer(
        many=True, help_text="Five at most: those that are said, then the likeliest."
    )
    abstained = serializers.BooleanField(help_text="No value is said.")
    doubt = serializers.ChoiceField(
        choices=["", "unsure", "none_of_these", "not_a_product", "unfamiliar", "not_fitted"],
        allow_blank=True,
        help_text="Why none is: no value is sure enough; another thing than any of them is likelier; it looks like no "
        "product; like nothing that is sold here; nothing is known yet that thresholds could be fitted to.",
    )
    none_of_these = serializers.FloatField(min_value=0, max_value=1)
    not_a_product = serializers.FloatField(min_value=0, max_value=1)
    threshold = serializers.FloatField(
        allow_null=True, help_text="Probability from which on a value is said; null where none is."
    )


class TagsSerializer(serializers.Serializer[Any]):
    """What a picture shows, by the shop's vocabulary."""

    attributes = SeenAttributeSerializer(many=True)
    took_ms = serializers.FloatField(min_value=0)


class TagsFormSerializer(serializers.Serializer[Any]):
    """A picture, as a form."""

    picture = serializers.FileField(use_url=False)
    language = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457). Branch on `code`: it is stable; `detail` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    code = serializers.ChoiceField(choices=codes.every())
    detail = serializers.CharField()
    parameter = serializers.CharField(required=False, help_text="The parameter at fault.")
    instance = serializers.CharField(help_text="This very request, as the log and X-Request-ID name it.")


class StatusSerializer(serializers.Serializer[Any]):
    """An answer that is its status."""

    status = serializers.CharField(help_text="Always `ok`.")


class HealthProblemSerializer(serializers.Serializer[Any]):
    """One thing that keeps saves from being indexed."""

    cause = serializers.CharField()
    fix = serializers.CharField(allow_blank=True)
    stops = serializers.BooleanField(help_text="Nothing is indexed at all.")


class PublicHealthSerializer(serializers.Serializer[Any]):
    """What everybody may know."""

    status = serializers.ChoiceField(
        choices=["ok", "degraded", "down"],
        help_text="`down`: searches are not answered; `degraded`: they are, but saves are not indexed.",
    )
    enabled = serializers.BooleanField()
    serving = serializers.BooleanField()


class ThroughputSerializer(serializers.Serializer[Any]):
    """Products indexed, removed or failed."""

    last_minute = serializers.IntegerField(min_value=0)
    last_ten_minutes = serializers.IntegerField(min_value=0)
    per_second = serializers.FloatField(allow_null=True, help_text="While any worker was at it.")


class FillingSerializer(serializers.Serializer[Any]):
    """How far something is filled."""

    complete = serializers.IntegerField(min_value=0)
    products = serializers.IntegerField(min_value=0)
    running = serializers.BooleanField(help_text="Somebody is at it now.")
    remaining_s = serializers.FloatField(allow_null=True)


class SpaceSerializer(serializers.Serializer[Any]):
    """An embedding space, with about how many vectors of each kind."""

    id = serializers.IntegerField(source="space.pk")
    name = serializers.CharField(source="space.name")
    state = serializers.ChoiceField(choices=State.values, source="space.state")
    texts = serializers.IntegerField(min_value=0)
    pictures = serializers.IntegerField(min_value=0)
    filling = FillingSerializer(allow_null=True)


class GenerationSerializer(serializers.Serializer[Any]):
    """The texts of one version of the document."""

    id = serializers.IntegerField(source="generation.pk")
    state = serializers.ChoiceField(choices=State.values, source="generation.state")
    filling = FillingSerializer(allow_null=True)


class ReplicaSerializer(serializers.Serializer[Any]):
    """A replica that searches read, as this process saw it last."""

    alias = serializers.CharField(help_text="Its name in DATABASES.")
    in_service = serializers.BooleanField(help_text="Whether searches are sent there.")
    fault = serializers.ChoiceField(
        choices=["", "silent", "behind", "stage", "alone"],
        help_text="Why not: `silent`, it does not answer; `behind` MOST_BEHIND; another `stage` of migrations or of the"
        " index; `alone`, it follows no primary.",
    )
    behind_s = serializers.FloatField(allow_null=True)
    behind_bytes = serializers.IntegerField(allow_null=True, min_value=0)


class HealthSerializer(PublicHealthSerializer):
    """Whether searches are answered and saves are indexed; all but the first three for the host's staff only.

    Counts are of products, drafts among them; ages are in seconds, and null for what was never seen.
    """

    fresh = serializers.IntegerField(required=False, min_value=0)
    waiting = serializers.IntegerField(required=False, min_value=0)
    failing = serializers.IntegerField(
        required=False, min_value=0, help_text="Failed, and to be tried again."
    )
    parked = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="Failed too often: not tried again before somebody asks for it.",
    )
    marks = serializers.IntegerField(required=False, min_value=0)
    oldest_mark_s = serializers.FloatField(required=False, allow_null=True)
    throughput = ThroughputSerializer(required=False)
    remaining_s = serializers.FloatField(
        required=False, allow_null=True, help_text="About how long until nothing waits; null where unknown."
    )
    worker_seen_s = serializers.FloatField(required=False, allow_null=True)
    sweep_seen_s = serializers.FloatField(required=False, allow_null=True)
    spaces = SpaceSerializer(many=True, required=False)
    generations = GenerationSerializer(many=True, required=False)
    replicas = ReplicaSerializer(many=True, required=False)
    problems = HealthProblemSerializer(many=True, required=False)

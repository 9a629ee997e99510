"""The plugin's own tables, one module for each concept; no foreign key ever leads into the shop's."""

from .alt_text import DECIDED, LONGEST, AltText, AltTextDecision, AltTextState, Undescribed
from .api_key import ApiKey, KeyKind
from .attribute import NEVER, Attribute, AttributeValue, Choice, FittedBy
from .completion import OFFERED_FROM, Completion, findable
from .cursor import Cursor
from .decision import Decision, Verdict
from .desk import Desk
from .doubt import Doubt, DoubtKind, DoubtState
from .duplicate import Duplicate, DuplicateKind, PairState
from .entry import Entry
from .event import QUERY_CHARACTERS, EventKind, SearchEvent, SearchKind, SessionSalt, ShopperEvent
from .generation import Generation, State
from .heartbeat import Heartbeat
from .index import Index
from .judgement import HIGHEST_GRADE, JudgedQuery, Judgement, Split
from .kept_tags import KeptTags
from .learned_head import LearnedHead
from .mark import Mark
from .picture import Picture
from .picture_span import PictureSpan
from .playground import JudgedPicture, Playground
from .policy import Action, JudgedBy, Policy, Unjudged
from .prior import PRIORS, Prior
from .product_key import ProductKeyField
from .query_note import QueryNote
from .query_picture import QueryPicture
from .question import Question
from .revision import Revision
from .roll_up import DailyFilter, DailyProduct, DailyQuery, DailyRevenue, DailySearches, Uncounted
from .rule import RULES, Rule, RuleChange, RuleEvent, RuleState
from .ruling import BY_HAND, Because, Event, Ruling, RulingChange, RulingState
from .space import Space
from .suggested_synonym import LEAST_SESSIONS, SuggestedSynonym, SuggestionState
from .tag import Tag, TagState
from .tally import Tally
from .text import Corpus, TermFrequency, Text
from .unexamined import Unexamined
from .untagged import Untagged
from .vector import PictureVector, TextVector
from .vocabulary import FacetName, Word

__all__ = [
    "BY_HAND",
    "DECIDED",
    "HIGHEST_GRADE",
    "LEAST_SESSIONS",
    "LONGEST",
    "NEVER",
    "OFFERED_FROM",
    "PRIORS",
    "QUERY_CHARACTERS",
    "RULES",
    "Action",
    "AltText",
    "AltTextDecision",
    "AltTextState",
    "ApiKey",
    "Attribute",
    "AttributeValue",
    "Because",
    "Choice",
    "Completion",
    "Corpus",
    "Cursor",
    "DailyFilter",
    "DailyProduct",
    "DailyQuery",
    "DailyRevenue",
    "DailySearches",
    "Decision",
    "Desk",
    "Doubt",
    "DoubtKind",
    "DoubtState",
    "Duplicate",
    "DuplicateKind",
    "Entry",
    "Event",
    "EventKind",
    "FacetName",
    "FittedBy",
    "Generation",
    "Heartbeat",
    "Index",
    "JudgedBy",
    "JudgedPicture",
    "JudgedQuery",
    "Judgement",
    "KeptTags",
    "KeyKind",
    "LearnedHead",
    "Mark",
    "PairState",
    "Picture",
    "PictureSpan",
    "PictureVector",
    "Playground",
    "Policy",
    "Prior",
    "ProductKeyField",
    "QueryNote",
    "QueryPicture",
    "Question",
    "Revision",
    "Rule",
    "RuleChange",
    "RuleEvent",
    "RuleState",
    "Ruling",
    "RulingChange",
    "RulingState",
    "SearchEvent",
    "SearchKind",
    "SessionSalt",
    "ShopperEvent",
    "Space",
    "Split",
    "State",
    "SuggestedSynonym",
    "SuggestionState",
    "Tag",
    "TagState",
    "Tally",
    "TermFrequency",
    "Text",
    "TextVector",
    "Uncounted",
    "Undescribed",
    "Unexamined",
    "Unjudged",
    "Untagged",
    "Verdict",
    "Word",
    "findable",
]

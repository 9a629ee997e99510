"""Moderation: what falls under a shop's policies, what is held back, and what people decide about it."""

from .decisions import Decision, appeal, decide, undo
from .report import PolicyReport, report
from .run import ModerationProgress, is_due, moderate_pending
from .uploads import UploadRefused, check_upload

__all__ = [
    "Decision",
    "ModerationProgress",
    "PolicyReport",
    "UploadRefused",
    "appeal",
    "check_upload",
    "decide",
    "is_due",
    "moderate_pending",
    "report",
    "undo",
]

"""Where the plugin meets Django: checks are registered, signals connected, nothing else happens at start-up."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductSearchConfig(AppConfig):
    """The plugin; its label prefixes tables, URL names, templates and tasks alike."""

    name = "product_search"
    label = "product_search"
    verbose_name = _("Product search")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, signals
        from .alt_texts.queue import queue_tagged
        from .alt_texts.queue import queue_written as queue_described
        from .indexing.seams import after_write, not_embedded
        from .learning.personal import Personal
        from .learning.priors import Priors
        from .merchandising.steerers import published
        from .moderation.writing import hold_unjudged, judge_written
        from .retrieval.steering import steerers
        from .tagging import doubts, duplicates
        from .tagging.examining import queue_pictures
        from .tagging.queue import queue_written
        from .tagging.seams import after_tagging

        checks.register()
        signals.connect()
        after_write[:] = [judge_written, queue_written, queue_described, queue_pictures]
        after_write += [duplicates.forget_gone, doubts.forget_gone]
        not_embedded[:] = [hold_unjudged]
        after_tagging[:] = [queue_tagged]
        steerers[:] = [published, Priors(), Personal()]

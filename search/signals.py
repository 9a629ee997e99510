"""From Django's signals to marks. Handlers hold no logic of their own and cost the shop's save one INSERT."""

from __future__ import annotations

import logging
from typing import Any

from django.core.signals import setting_changed
from django.db.models import Model, signals

from .conf import SETTING
from .errors import ImproperDocument, ImproperSettings
from .indexing import marking
from .indexing.watching import Link, Watches, watches

logger = logging.getLogger(__name__)


def connect() -> None:
    """Connect to every model that the document reads. Safe to repeat: handlers are known by their dispatch_uid.

    A document that can't be read connects nothing; the system check says what to fix.
    """
    setting_changed.connect(_settings_changed, dispatch_uid="product_search.settings")
    try:
        found = watches()
    except (ImproperSettings, ImproperDocument, LookupError) as error:
        logger.warning("No save is indexed until this is fixed: %s", error)
        return
    for sender in found.by_sender:
        name = f"product_search.{sender._meta.label_lower}"
        signals.pre_save.connect(before_save, sender=sender, dispatch_uid=f"{name}.pre_save")
        signals.post_save.connect(after_save, sender=sender, dispatch_uid=f"{name}.post_save")
        signals.pre_delete.connect(before_delete, sender=sender, dispatch_uid=f"{name}.pre_delete")
        signals.post_delete.connect(after_delete, sender=sender, dispatch_uid=f"{name}.post_delete")
    for through in found.links:
        uid = f"product_search.{through._meta.label_lower}.m2m"
        signals.m2m_changed.connect(links_changed, sender=through, dispatch_uid=uid)


def before_save(
    sender: type[Model],
    instance: Model,
    using: str,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **kwargs: Any,
) -> None:
    """What must be marked before the write: outside a transaction the row itself, and the owner it may leave."""
    if not marking.lives_in(using):
        return
    autocommit = marking.in_autocommit(using)
    for watch in _watches().by_sender.get(sender, ()):
        key = watch.key(instance)
        if not watch.concerns(update_fields):
            continue
        if autocommit:
            marking.insert_early(using, watch, instance, bulk=raw)
        if key is None:
            continue
        if not watch.pictures and (raw or not instance._state.adding):
            # A picture's old product is known from our own rows; that of other rows only from the shop's, now.
            delays = [marking.MOVED_SECONDS, marking.EARLY_MARK_SECONDS] if autocommit else [0.0]
            for owner in watch.owners:
                marking.mark_owner(watch, owner, key, using, delays=delays)


def after_save(
    sender: type[Model],
    instance: Model,
    using: str,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **kwargs: Any,
) -> None:
    """Mark what was saved; `raw` saves (loaddata) as well, behind those of people."""
    if not marking.lives_in(using):
        return
    marked = False
    for watch in _watches().by_sender.get(sender, ()):
        if watch.concerns(update_fields):
            marking.insert(using, watch.label, [watch.key(instance)], bulk=raw)
            marked = True
    if marked:
        marking.wake_after_commit(using)


def before_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    """Mark the products that a related row concerns while the database still knows them."""
    if not marking.lives_in(using):
        return
    for watch in _watches().by_sender.get(sender, ()):
        marking.mark_related_products(watch, instance, using)


def after_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    """Mark a product that is gone, so that its rows go too, and a picture for the product we know it of."""
    if not marking.lives_in(using):
        return
    for watch in _watches().by_sender.get(sender, ()):
        if watch.is_product or watch.pictures:
            marking.insert(using, watch.label, [watch.key(instance)])
    marking.wake_after_commit(using)


def links_changed(
    sender: type[Model],
    instance: Model,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    using: str,
    **kwargs: Any,
) -> None:
    """Mark the rows from which a declared path leads over a many-to-many table that changed."""
    if action not in ("post_add", "post_remove", "pre_clear", "post_clear") or not marking.lives_in(using):
        return
    for link in _watches().links.get(sender, ()):
        if _changed_from_near(link, reverse):
            if action != "pre_clear":  # the near row itself is known: marking it after the change is enough
                marking.insert(using, link.near.label, [_key(instance, link.near.model)])
        elif action == "pre_clear":
            marking.mark_linked(link, _key(instance, link.far.model), using)
        else:
            marking.insert(using, link.near.label, sorted(pk_set or (), key=str))
    marking.wake_after_commit(using)


def _changed_from_near(link: Link, reverse: bool) -> bool:
    return link.near_is_forward is not reverse


def _key(instance: Model, model: type[Model]) -> Any:
    return getattr(instance, model._meta.pk.attname)


def _watches() -> Watches:
    return watches()


def _settings_changed(*, setting: str, **kwargs: Any) -> None:
    """A test that overrides the document gets handlers on what the new one reads."""
    if setting == SETTING:
        connect()

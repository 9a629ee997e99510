"""The router of `DATABASE_ROUTERS`: while a search reads, all it reads comes from the replica that was chosen for it.

What a search found remembers its replica, as Django's objects do; so what is saved of it goes to the primary, and what
is looked up later goes there too once the replica is out of service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..conf import names_in, settings

#: In the place of an alias: the primary, wherever the routers of the shop say that it is.
PRIMARY = ""
#: Which replica the search that runs here reads, or PRIMARY; None outside of searches.
_reading: ContextVar[str | None] = ContextVar("product_search_replica", default=None)


def aliases() -> tuple[str, ...]:
    """The replicas of REPLICAS, by their aliases in DATABASES."""
    return names_in(settings().replicas)


def chosen() -> str | None:
    """The replica that is read here, or PRIMARY; None where nobody chose."""
    return _reading.get()


@contextmanager
def reading(alias: str) -> Iterator[None]:
    """Whatever is read within comes from the replica `alias`, or from the PRIMARY."""
    before = _reading.set(alias)
    try:
        yield
    finally:
        _reading.reset(before)


@contextmanager
def on_primary() -> Iterator[None]:
    """Searches within read the primary: `with on_primary(): search(...)`, for who must see what was saved just now."""
    with reading(PRIMARY):
        yield


class SearchRouter:
    """Sends what searches read to a replica of PRODUCT_SEARCH["REPLICAS"]; has no opinion on anything else."""

    def db_for_read(self, model: Any, instance: Any = None, **hints: Any) -> str | None:
        """The search's replica; outside of searches, what an object of a replica that is away is asked for elsewhere.

        Sessions and users are the primary's: one that has just begun would look like none.
        """
        alias = _reading.get()
        if alias and not _of_who_asks(model):
            return alias
        if alias is None and (home := _home(instance)) in aliases() and not _in_service(home):
            return _primary(model)
        return None

    def db_for_write(self, model: Any, instance: Any = None, **hints: Any) -> str | None:
        """The primary, for an object that came from a replica."""
        return _primary(model) if _home(instance) in aliases() else None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        """Objects of replica and primary are of one shop."""
        ours = {*aliases(), _primary(type(one))}
        return True if {_home(one), _home(other)} <= ours else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """A replica is migrated by its primary."""
        return False if db in aliases() else None


def _home(instance: Any) -> str:
    """The alias that an object was read from; "" for none."""
    return str(getattr(getattr(instance, "_state", None), "db", None) or "")


def _primary(model: Any) -> str:
    """Where the other routers have `model` written; without an object they can't but ask each other."""
    from django.db import router

    return str(router.db_for_write(model))


def _in_service(alias: str) -> bool:
    from .fleet import fleet

    return fleet.in_service(alias)


def _of_who_asks(model: Any) -> bool:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.sessions.base_session import AbstractBaseSession

    return issubclass(model, AbstractBaseUser | AbstractBaseSession)

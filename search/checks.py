"""System checks: each mistake in settings, document or database is named with its fix before it costs anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.core import checks
from django.core.exceptions import FieldError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, router
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.utils.module_loading import import_string

from . import conf
from .documents import ProductDocument, document
from .documents.conditions import fault_of
from .documents.reading import picture_storage
from .documents.sources import many_valued, sources
from .errors import ImproperDocument, ImproperSettings
from .indexing import triggers
from .models import ApiKey, Entry, Mark
from .replicas import SearchRouter
from .replicas import router as replicas
from .retrieval.grouping import sorted_order
from .text import thesaurus
from .text.thesaurus import file_of

PREFIX = "product_search"


def register() -> None:
    """Register all checks with Django; called once when the app is ready."""
    checks.register(check_settings)
    checks.register(check_document)
    checks.register(check_routers)
    checks.register(check_replicas)
    checks.register(check_database, checks.Tags.database)
    checks.register(check_triggers, checks.Tags.database)
    checks.register(check_query_cache)
    checks.register(check_thesauri)
    checks.register(check_counting, checks.Tags.security, deploy=True)
    checks.register(check_keys, checks.Tags.database)


def _error(code: str, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"{PREFIX}.{code}")


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Unknown keys, missing keys, bad types, bad values (E001 to E004), and a product model that isn't there (E005)."""
    try:
        found = [_error(problem.code, problem.what, problem.hint) for problem in conf.problems()]
    except ImproperSettings as error:
        return [_error("E002", str(error), "See docs/settings.md for a minimal example.")]
    if found:
        return found
    name = conf.product_model_name()
    try:
        apps.get_model(name)
    except LookupError:
        return [
            _error(
                "E005",
                f'PRODUCT_SEARCH["PRODUCT_MODEL"] is "{name}", which is not installed.',
                "Write app_label.Model of an app in INSTALLED_APPS.",
            )
        ]
    return []


def check_document(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """A DOCUMENT that does not import (E010), paths that do not exist (E011), no `visible` (E012), no text (E013),
    sorts that can't order products (E014), a serializer of hits that does not import (E015)."""
    try:
        settings = conf.settings()
        apps.get_model(settings.product_model)
    except (ImproperSettings, LookupError):
        return []  # check_settings has said it
    try:
        found = import_string(settings.document)
    except (ImportError, ImproperDocument) as error:
        return [
            _error(
                "E010", f'DOCUMENT "{settings.document}" does not import: {error}', "Correct the dotted path."
            )
        ]
    if not (isinstance(found, type) and issubclass(found, ProductDocument)):
        return [
            _error(
                "E010",
                f'DOCUMENT "{settings.document}" is {found!r}.',
                "Name a subclass of product_search.documents.ProductDocument.",
            )
        ]
    messages: list[checks.CheckMessage] = []
    if found.visible is ProductDocument.visible:
        messages.append(
            _error(
                "E012",
                f"{found.__qualname__} has no visible(self, queryset, scope), so drafts would leak.",
                "Define it: return queryset.filter(published=True), or queryset if everything may be seen.",
            )
        )
    if not found.texts:
        messages.append(
            _error(
                "E013",
                f"{found.__qualname__} declares no Text, so no words would find anything.",
                'Add one: title = Text("name", weight=3.0).',
            )
        )
    try:
        document = found()
        sources(document)
        for images in document.pictures.values():
            picture_storage(document, images)
    except ImproperDocument as error:
        messages.append(_error("E011", str(error), "Correct the path in the declaration."))
    return [*messages, *_check_sorts(found), *_check_serializer(found)]


def _check_serializer(found: type[ProductDocument]) -> Iterable[checks.CheckMessage]:
    if isinstance(found.hit_serializer, str):
        try:
            import_string(found.hit_serializer)
        except ImportError as error:
            what = f'{found.__qualname__}.Meta.hit_serializer is "{found.hit_serializer}": {error}.'
            yield _error("E015", what, "Name a serializer class of REST framework by its dotted path.")


def _check_sorts(found: type[ProductDocument]) -> Iterable[checks.CheckMessage]:
    shop = found()
    for name, terms in shop.sorts.items():
        declared = f'{found.__qualname__}.Meta.sorts["{name}"]'
        columns = [term.lstrip("-") if isinstance(term, str) else term for term in terms]
        try:
            Window(RowNumber(), order_by=list(sorted_order(shop, name))).resolve_expression(
                shop.queryset().query
            )
        except FieldError as error:
            yield _error("E014", f"{declared}: {error}", "Correct the path in the declaration.")
        else:
            if any(many_valued(shop, column) for column in columns):
                yield _error(
                    "E014",
                    f"{declared} leads through a relation to many: a product would have several places.",
                    "Sort by a column of the product, or by an aggregate in a Subquery.",
                )


def check_routers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Product and marks in different databases (E020): a mark could not share the shop's transaction."""
    try:
        product = apps.get_model(conf.product_model_name())
    except (ImproperSettings, LookupError):
        return []
    shop, plugin = router.db_for_write(product), router.db_for_write(Mark)
    if shop == plugin:
        return []
    return [
        _error(
            "E020",
            f'Products are written to database "{shop}" but product_search to "{plugin}".',
            "Route the app product_search to the products' database: marks share the shop's transaction.",
        )
    ]


def check_replicas(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """REPLICAS that are no databases of their own on PostgreSQL (E021), that no router sends searches to (E022), or
    that a connection may wait long for (W023)."""
    try:
        names = replicas.aliases()
    except ImproperSettings:
        return  # check_settings has said it
    if names and not any(isinstance(each, SearchRouter) for each in router.routers):
        router_path = "product_search.replicas.SearchRouter"
        what = 'PRODUCT_SEARCH["REPLICAS"] is set, but no router sends searches there.'
        yield _error("E022", what, f'Add "{router_path}" to DATABASE_ROUTERS, before any other.')
    primary = router.db_for_write(Entry)
    for name in names:
        said = f'PRODUCT_SEARCH["REPLICAS"] names "{name}"'
        if name not in connections.settings:
            known = (
                ", ".join(alias for alias in connections.settings if alias != primary)
                or "none but the primary"
            )
            yield _error("E021", f"{said}, which is not in DATABASES.", f"Known: {known}.")
        elif name == primary:
            hint = f'DATABASES["{name}"] is where products are written; name its replicas alone.'
            yield _error("E021", f"{said}, which is the primary.", hint)
        elif connections[name].vendor != "postgresql":
            what = f"{said}, which is {connections[name].display_name}."
            yield _error("E021", what, "A replica is a PostgreSQL that streams from the primary.")
        elif "connect_timeout" not in connections[name].settings_dict["OPTIONS"]:
            yield checks.Warning(
                f'A search may wait minutes for a connection to the replica "{name}" when its host is gone.',
                hint=f'Set DATABASES["{name}"]["OPTIONS"] = {{"connect_timeout": 2}}.',
                id=f"{PREFIX}.W023",
            )


def check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """No PostgreSQL (E030), a product key whose type is not the side tables' (E031)."""
    messages: list[checks.CheckMessage] = []
    for alias in databases or ():
        if alias != router.db_for_write(Entry):
            continue
        connection = connections[alias]
        if connection.vendor != "postgresql":
            messages.append(
                _error(
                    "E030",
                    f'Database "{alias}" is {connection.display_name}; product_search keeps its vectors in PostgreSQL.',
                    "Use django.db.backends.postgresql, PostgreSQL 15 or later with the pgvector extension.",
                )
            )
            continue
        messages.extend(_check_key_type(alias))
    return messages


def check_triggers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """Triggers that the shop relies on and that mark something else than the document reads (W040), or that it does
    not say it relies on (W041)."""
    alias = router.db_for_write(Mark)
    try:
        wanted = conf.settings().triggers and conf.settings().enabled
        if (
            alias not in (databases or ())
            or connections[alias].vendor != "postgresql"
            or Mark._meta.db_table not in connections[alias].introspection.table_names()
        ):
            return []
        installed = triggers.is_installed(alias)
        if not installed and not wanted:
            return []
        found = triggers.differences(alias)
    except (ImproperSettings, ImproperDocument, LookupError):
        return []  # the other checks have said it
    messages = []
    if found:
        messages.append(
            checks.Warning(
                " ".join(found),
                hint="Run `manage.py triggers install`, then `manage.py index --all` for what changed meanwhile.",
                id=f"{PREFIX}.W040",
            )
        )
    if installed and not wanted:
        why = "TRIGGERS is False" if conf.settings().enabled else "ENABLED is False, so their marks pile up"
        messages.append(
            checks.Warning(
                f"Database triggers are installed, but {why}.",
                hint='Set PRODUCT_SEARCH["TRIGGERS"] to True, or run `manage.py triggers remove`.',
                id=f"{PREFIX}.W041",
            )
        )
    return messages


def _check_key_type(alias: str) -> Iterable[checks.CheckMessage]:
    with connections[alias or DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attname = 'product'",
            [Entry._meta.db_table],
        )
        row = cursor.fetchone()
        if row is None:
            return []  # not migrated yet
        field: Any = Entry._meta.get_field("product")
        cursor.execute(f"SELECT format_type(pg_typeof(NULL::{field.db_type(connections[alias])}), NULL)")
        expected = cursor.fetchone()
    wanted = field.db_type(connections[alias])
    if expected is not None and row[0].split("(")[0] == expected[0].split("(")[0]:
        return []
    return [
        _error(
            "E031",
            f"The shop's product key is {wanted}, but {Entry._meta.db_table}.product is {row[0]}.",
            "The key's type changed after the tables were made: run `manage.py migrate product_search zero`,"
            " `manage.py migrate` and `manage.py index`.",
        )
    ]


def check_query_cache(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """Vectors of queries in a cache that is not there (E054), or that no two processes share (W055)."""
    try:
        name = conf.settings().query_cache
    except ImproperSettings:
        return
    if not name:
        return
    if name not in django_settings.CACHES:
        hint = f"Name one of CACHES, or none: {', '.join(django_settings.CACHES)}."
        yield _error("E054", f'PRODUCT_SEARCH["QUERY_CACHE"] is "{name}", which is no cache.', hint)
    elif _is_of_one_process(name):
        yield checks.Warning(
            f'The cache "{name}" saves no encoding: each process has its own, as it has without QUERY_CACHE.',
            hint="Name one that processes share, such as Redis, or leave QUERY_CACHE empty.",
            id=f"{PREFIX}.W055",
        )


def check_thesauri(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """A folder of thesauri that is not there or has none for the shop's languages (W056), and files that are none
    (E056)."""
    try:
        folder, languages = conf.settings().thesaurus_dir, document().languages
    except (ImproperSettings, ImproperDocument, ImportError):
        return  # others have said it
    if not folder:
        return
    if not any(path.parent == Path(folder) for path in map(file_of, languages) if path is not None):
        yield checks.Warning(
            f'PRODUCT_SEARCH["THESAURUS_DIR"] is "{folder}", where no language of the shop has a thesaurus.',
            hint=f"Write one with `manage.py thesaurus {languages[0]} FILE`, or leave the setting out.",
            id=f"{PREFIX}.W056",
        )
    for language in languages:
        try:
            thesaurus(language)
        except ImproperSettings as error:
            yield _error("E056", str(error), f"Write it anew: `manage.py thesaurus {language} FILE`.")


def _is_of_one_process(cache: str) -> bool:
    return str(django_settings.CACHES[cache]["BACKEND"]).endswith(("LocMemCache", "DummyCache"))


def check_counting(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Requests that can't be counted well: in a cache that is not there (E050) or that no two processes share (W051),
    or by addresses that nobody tells apart (W052)."""
    try:
        settings = conf.settings()
    except ImproperSettings:
        return
    if settings.cache not in django_settings.CACHES:
        known = ", ".join(django_settings.CACHES)
        hint = f"Name one of CACHES: {known}."
        yield _error("E050", f'PRODUCT_SEARCH["CACHE"] is "{settings.cache}", which is no cache.', hint)
    elif _is_of_one_process(settings.cache):
        yield checks.Warning(
            f'Each process counts requests for itself: the cache "{settings.cache}" is not shared.',
            hint='Name one that is, such as Redis, as PRODUCT_SEARCH["CACHE"].',
            id=f"{PREFIX}.W051",
        )
    if settings.proxies is None and settings.rate_per_address:
        yield checks.Warning(
            'PRODUCT_SEARCH["PROXIES"] is not set: requests that came through a proxy are not counted by address.',
            hint="Set it to the number of proxies that add to X-Forwarded-For; 0 where there is none.",
            id=f"{PREFIX}.W052",
        )


def check_keys(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """Keys whose filters the document can't hold to (W053): nothing is seen with them."""
    if router.db_for_read(ApiKey) not in (databases or ()):
        return
    try:
        shop = document()
        rows = ApiKey.objects.filter(revoked_at__isnull=True).exclude(filters={})
        for name, filters in list(rows.values_list("name", "filters")):
            if fault := fault_of(shop, {facet: tuple(values) for facet, values in filters.items()}):
                yield checks.Warning(
                    f'With the key "{name}" nothing is seen: {fault}',
                    hint="Declare the facet again, or revoke the key and make another in the admin.",
                    id=f"{PREFIX}.W053",
                )
    except (ImproperSettings, ImproperDocument, DatabaseError):
        return  # other checks have said it, or tables are still to be made

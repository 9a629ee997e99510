"""The side tables. Vectors go into partitioned parents that Django can't describe, so plain SQL makes those."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgvector.django.halfvec
from django.db import ProgrammingError, migrations, models

import product_search.models.attribute
import product_search.models.product_key
from product_search.conf import product_model_name
from product_search.errors import ImproperSettings


def make_extension(apps, schema_editor):
    """Make pgvector's extension where it is missing; a role without the right is told what the administrator runs."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        raise ImproperSettings(
            f"product_search keeps its vectors in PostgreSQL with pgvector; this database is {connection.display_name}."
            " Set DATABASES to django.db.backends.postgresql."
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
        if cursor.fetchone():
            return
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if not cursor.fetchone():
            raise ImproperSettings(
                "This PostgreSQL server has no pgvector. Install it (Debian: postgresql-NN-pgvector) and migrate again."
            )
    try:
        schema_editor.execute("CREATE EXTENSION vector")
    except ProgrammingError as error:
        database = connection.settings_dict["NAME"]
        raise ImproperSettings(
            f"This role may not create extensions. Let the administrator run, in database {database}:"
            " CREATE EXTENSION vector;"
        ) from error


def make_vector_tables(apps, schema_editor):
    """The partitioned parents of all vectors, the sequence of their ids and the one of lease tokens."""
    field = apps.get_model("product_search", "Entry")._meta.get_field("product")
    key = field.db_type(schema_editor.connection)
    for statement in VECTOR_TABLES:
        schema_editor.execute(statement.replace("{key}", key))


def drop_vector_tables(apps, schema_editor):
    """Drop parents, partitions and sequences. The extension stays: the shop may use it itself."""
    schema_editor.execute("DROP TABLE product_search_picturevector, product_search_textvector CASCADE")
    with schema_editor.connection.cursor() as cursor:
        # A `spaces drop` that was cut off has detached its partition already.
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
            " AND relname ~ '^product_search_(picture|text)vector_[0-9]+$' AND pg_table_is_visible(oid)"
        )
        left = [name for (name,) in cursor.fetchall()]
    for name in left:
        schema_editor.execute(f"DROP TABLE {name}")
    schema_editor.execute("DROP SEQUENCE product_search_vector_id, product_search_lease")


def drop_triggers(apps, schema_editor):
    """Drop what `manage.py triggers install` made: without our tables it would stand in the way of the shop's writes."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT proc.oid::regprocedure::text FROM pg_proc AS proc JOIN pg_class AS mark"
            " ON mark.oid = to_regclass('product_search_mark') AND mark.relnamespace = proc.pronamespace"
            " WHERE proc.prorettype = 'trigger'::regtype AND starts_with(proc.proname, 'product_search_')"
        )
        for (function,) in cursor.fetchall():
            schema_editor.execute(f"DROP FUNCTION {function} CASCADE")


def make_append_only(apps, schema_editor):
    """Rows of the audit trail are added and never changed or deleted, whoever asks."""
    for statement in APPEND_ONLY:
        schema_editor.execute(statement)


def drop_append_only(apps, schema_editor):
    """The function goes with its trigger; the table goes with its model."""
    schema_editor.execute("DROP FUNCTION append_only_product_search() CASCADE")


APPEND_ONLY = (
    """
    CREATE FUNCTION append_only_product_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The audit trail is added to and never changed.' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "CREATE TRIGGER product_search_append_only BEFORE UPDATE OR DELETE ON product_search_rulingchange"
    " FOR EACH ROW EXECUTE FUNCTION append_only_product_search()",
    "CREATE TRIGGER product_search_append_only BEFORE UPDATE OR DELETE ON product_search_alttextdecision"
    " FOR EACH ROW EXECUTE FUNCTION append_only_product_search()",
    "CREATE TRIGGER product_search_append_only BEFORE UPDATE OR DELETE ON product_search_rulechange"
    " FOR EACH ROW EXECUTE FUNCTION append_only_product_search()",
)
VECTOR_TABLES = (
    "CREATE SEQUENCE product_search_lease",
    "CREATE SEQUENCE product_search_vector_id",
    """
    CREATE TABLE product_search_picturevector (
        space_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('product_search_vector_id'),
        product {key},
        picture text NOT NULL,
        position integer NOT NULL DEFAULT 0,
        digest varchar(64) NOT NULL,
        vector halfvec NOT NULL,
        forgotten_at timestamptz,
        PRIMARY KEY (space_id, id)
    ) PARTITION BY LIST (space_id)
    """,
    "CREATE UNIQUE INDEX product_search_picturevector_key"
    " ON product_search_picturevector (space_id, product, picture) WHERE product IS NOT NULL",
    "CREATE INDEX product_search_picturevector_digest ON product_search_picturevector (space_id, digest)",
    """
    CREATE TABLE product_search_textvector (
        space_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('product_search_vector_id'),
        generation_id bigint NOT NULL,
        product {key},
        language varchar(20) NOT NULL,
        digest varchar(64) NOT NULL,
        vector halfvec NOT NULL,
        forgotten_at timestamptz,
        PRIMARY KEY (space_id, id)
    ) PARTITION BY LIST (space_id)
    """,
    "CREATE UNIQUE INDEX product_search_textvector_key"
    " ON product_search_textvector (space_id, generation_id, product, language) WHERE product IS NOT NULL",
    "CREATE INDEX product_search_textvector_digest ON product_search_textvector (space_id, digest)",
)


class Migration(migrations.Migration):
    """The first tables; every one reverses."""

    initial = True

    # The key's type is the product's, so the shop's first migration comes before; naming the swappable model is what
    # lets one migration serve every shop.
    dependencies = [migrations.swappable_dependency(product_model_name())]

    operations = [
        migrations.RunPython(make_extension, migrations.RunPython.noop),
        migrations.CreateModel(
            name="PictureVector",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "space_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("space_id", models.BigIntegerField()),
                ("id", models.BigIntegerField()),
                ("product", product_search.models.product_key.ProductKeyField(null=True)),
                ("picture", models.TextField()),
                ("position", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
                ("vector", pgvector.django.halfvec.HalfVectorField()),
                ("forgotten_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "product_search_picturevector",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="TextVector",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "space_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("space_id", models.BigIntegerField()),
                ("id", models.BigIntegerField()),
                ("generation_id", models.BigIntegerField()),
                ("product", product_search.models.product_key.ProductKeyField(null=True)),
                ("language", models.CharField(max_length=20)),
                ("digest", models.CharField(max_length=64)),
                ("vector", pgvector.django.halfvec.HalfVectorField()),
                ("forgotten_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "product_search_textvector",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("beaten_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("detail", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("ended_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("seconds", models.FloatField(db_default=0.0)),
                ("indexed", models.BigIntegerField(db_default=0)),
                ("removed", models.BigIntegerField(db_default=0)),
                ("failed", models.BigIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "product",
                    product_search.models.product_key.ProductKeyField(
                        primary_key=True, serialize=False, verbose_name="product"
                    ),
                ),
                ("wanted", models.BigIntegerField(db_default=1, verbose_name="wanted")),
                ("done", models.BigIntegerField(db_default=0, verbose_name="done")),
                ("bulk", models.BooleanField(db_default=False, verbose_name="in bulk")),
                ("lease", models.BigIntegerField(null=True, verbose_name="lease")),
                ("leased_until", models.DateTimeField(null=True, verbose_name="leased until")),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, verbose_name="attempts")),
                ("not_before", models.DateTimeField(null=True, verbose_name="not before")),
                ("parked", models.BooleanField(db_default=False, verbose_name="parked")),
                ("error", models.TextField(blank=True, db_default="", verbose_name="error")),
                ("indexed_at", models.DateTimeField(null=True, verbose_name="indexed at")),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "entries",
                "indexes": [
                    models.Index(
                        models.F("bulk"),
                        models.OrderBy(models.F("not_before"), nulls_first=True),
                        condition=models.Q(
                            models.Q(("done__lt", models.F("wanted")), ("parked", False)),
                            ("attempts", 0),
                            ("lease", None),
                        ),
                        name="product_search_entry_new",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("done__lt", models.F("wanted")), ("parked", False)),
                            ("attempts__gt", 0),
                            ("lease", None),
                        ),
                        fields=["not_before"],
                        name="product_search_entry_failed",
                    ),
                    models.Index(
                        condition=models.Q(("lease__isnull", False)),
                        fields=["leased_until"],
                        name="product_search_entry_leased",
                    ),
                    models.Index(
                        condition=models.Q(("parked", True)),
                        fields=["product"],
                        name="product_search_entry_parked",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Desk",
            fields=[],
            options={
                "verbose_name": "desk",
                "verbose_name_plural": "desk",
                "default_permissions": (),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("product_search.entry",),
        ),
        migrations.CreateModel(
            name="Index",
            fields=[],
            options={
                "verbose_name": "index",
                "verbose_name_plural": "index",
                "default_permissions": (),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("product_search.entry",),
        ),
        migrations.CreateModel(
            name="QueryPicture",
            fields=[
                ("token", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("data", models.BinaryField()),
                ("kept_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="SessionSalt",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("salt", models.BinaryField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="Uncounted",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="DailyFilter",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("language", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=80)),
                ("segment", models.CharField(max_length=80)),
                ("facet", models.CharField(max_length=80)),
                ("value", models.CharField(max_length=200)),
                ("searches", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "language", "channel", "segment", "facet", "value"),
                        name="product_search_dailyfilter_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Prior",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(blank=True, max_length=20)),
                ("query", models.CharField(blank=True, max_length=200)),
                (
                    "products",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=product_search.models.product_key.ProductKeyField(), size=None
                    ),
                ),
                (
                    "times",
                    django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("language", "query"), name="product_search_prior_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="SuggestedSynonym",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20, verbose_name="language")),
                ("words", models.CharField(max_length=120, verbose_name="words")),
                ("means", models.CharField(max_length=120, verbose_name="means")),
                ("two_way", models.BooleanField(default=False, verbose_name="both ways")),
                ("sessions", models.PositiveIntegerField(verbose_name="sessions")),
                ("evidence", models.JSONField(default=dict, verbose_name="evidence")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("accepted", "accepted"),
                            ("dismissed", "dismissed"),
                        ],
                        db_default="proposed",
                        default="proposed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="found"
                    ),
                ),
                ("rule", models.BigIntegerField(editable=False, null=True)),
                (
                    "decided_by",
                    models.CharField(blank=True, default="", max_length=150, verbose_name="decided by"),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
            ],
            options={
                "verbose_name": "suggested synonym",
                "verbose_name_plural": "suggested synonyms",
                "ordering": ("-sessions", "id"),
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("language", "words", "means"), name="product_search_suggestedsynonym_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyProduct",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("language", models.CharField(max_length=20)),
                ("query", models.CharField(blank=True, max_length=200)),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("position", models.PositiveIntegerField()),
                ("shown", models.PositiveIntegerField(default=0)),
                ("clicks", models.PositiveIntegerField(default=0)),
                ("carts", models.PositiveIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "language", "query", "product", "position"),
                        name="product_search_dailyproduct_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyQuery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("language", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=80)),
                ("segment", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("words", "words"),
                            ("picture", "a picture"),
                            ("both", "words and a picture"),
                            ("browse", "browsing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("searches", models.PositiveIntegerField(default=0)),
                ("sessions", models.PositiveIntegerField(default=0)),
                ("zero_results", models.PositiveIntegerField(default=0)),
                ("clicked", models.PositiveIntegerField(default=0)),
                ("clicks", models.PositiveIntegerField(default=0)),
                ("carts", models.PositiveIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
                ("abandoned", models.PositiveIntegerField(default=0)),
                ("query", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["query", "day"], name="product_search_dailyquery_of")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "language", "channel", "segment", "kind", "query"),
                        name="product_search_dailyquery_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyRevenue",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("language", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=80)),
                ("segment", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("words", "words"),
                            ("picture", "a picture"),
                            ("both", "words and a picture"),
                            ("browse", "browsing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=200)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "language", "channel", "segment", "kind", "query", "currency"),
                        name="product_search_dailyrevenue_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailySearches",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("language", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=80)),
                ("segment", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("words", "words"),
                            ("picture", "a picture"),
                            ("both", "words and a picture"),
                            ("browse", "browsing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("searches", models.PositiveIntegerField(default=0)),
                ("sessions", models.PositiveIntegerField(default=0)),
                ("zero_results", models.PositiveIntegerField(default=0)),
                ("clicked", models.PositiveIntegerField(default=0)),
                ("clicks", models.PositiveIntegerField(default=0)),
                ("carts", models.PositiveIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
                ("abandoned", models.PositiveIntegerField(default=0)),
                (
                    "latency",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "searches of a day",
                "verbose_name_plural": "report on searches",
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "language", "channel", "segment", "kind"),
                        name="product_search_dailysearches_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueryNote",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(blank=True, max_length=20, verbose_name="language")),
                ("query", models.CharField(max_length=200, verbose_name="query")),
                ("note", models.TextField(verbose_name="note")),
                ("by", models.CharField(blank=True, editable=False, max_length=150, verbose_name="by")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("done", models.BooleanField(default=False, verbose_name="done")),
            ],
            options={
                "verbose_name": "note on a query",
                "verbose_name_plural": "notes on queries",
                "ordering": ("done", "-at"),
                "indexes": [models.Index(fields=["query"], name="product_search_querynote_query")],
            },
        ),
        migrations.CreateModel(
            name="SearchEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("search_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("session", models.UUIDField(null=True)),
                ("language", models.CharField(max_length=20)),
                ("channel", models.CharField(blank=True, max_length=80)),
                ("segment", models.CharField(blank=True, max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("words", "words"),
                            ("picture", "a picture"),
                            ("both", "words and a picture"),
                            ("browse", "browsing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200)),
                ("typed", models.CharField(blank=True, max_length=200)),
                ("filters", models.JSONField(default=dict)),
                ("sort", models.CharField(blank=True, max_length=80)),
                ("page", models.PositiveIntegerField(default=1)),
                ("total", models.PositiveIntegerField(default=0)),
                ("near", models.PositiveIntegerField(default=0)),
                ("took_ms", models.FloatField(default=0)),
                (
                    "shown",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=product_search.models.product_key.ProductKeyField(),
                        default=list,
                        size=None,
                    ),
                ),
                ("shown_from", models.PositiveIntegerField(default=1)),
                ("corrected", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="product_search_searchevent_at"
                    ),
                    models.Index(
                        condition=models.Q(("kind__in", ("picture", "both"))),
                        fields=["at"],
                        name="product_search_searchevent_pic",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShopperEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("session", models.UUIDField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("view", "view"),
                            ("click", "click"),
                            ("cart", "into the cart"),
                            ("order", "order"),
                        ],
                        max_length=10,
                    ),
                ),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("search_id", models.UUIDField(null=True)),
                ("position", models.PositiveIntegerField(null=True)),
                ("quantity", models.PositiveIntegerField(default=1)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("order", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="product_search_shopperevent_at"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("binding", models.CharField(max_length=64)),
                ("total", models.PositiveIntegerField()),
                ("relation", models.CharField(max_length=3)),
                ("size", models.PositiveIntegerField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("hits", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Generation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("declaration", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filling", "is being filled"),
                            ("serving", "answers searches"),
                            ("standby", "stands by, to go back to"),
                            ("retired", "was replaced"),
                        ],
                        default="filling",
                        max_length=10,
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "serving")),
                        fields=("state",),
                        name="product_search_one_serving_generation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=200, verbose_name="changed table")),
                ("key", models.TextField(verbose_name="primary key")),
                (
                    "not_before",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="not before"
                    ),
                ),
                ("bulk", models.BooleanField(db_default=False, verbose_name="in bulk")),
                ("after", models.TextField(db_default="", verbose_name="after")),
            ],
            options={
                "verbose_name": "mark",
                "verbose_name_plural": "marks",
                "indexes": [
                    models.Index(fields=["bulk", "not_before", "id"], name="product_search_mark_due")
                ],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("picture", models.TextField(verbose_name="picture")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("name", models.TextField(verbose_name="name")),
                ("size", models.PositiveBigIntegerField(null=True, verbose_name="bytes")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="digest")),
                ("width", models.PositiveIntegerField(null=True, verbose_name="width")),
                ("height", models.PositiveIntegerField(null=True, verbose_name="height")),
                ("copy", models.BinaryField(null=True)),
                ("lettering", models.FloatField(null=True, verbose_name="lettering")),
                ("second", models.FloatField(null=True, verbose_name="second")),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("read_at", models.DateTimeField(auto_now=True, verbose_name="read at")),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "indexes": [models.Index(fields=["picture"], name="product_search_picture_id")],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "picture"), name="product_search_picture_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Space",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=300, verbose_name="model")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="digest")),
                ("weights_digest", models.CharField(max_length=64, verbose_name="weights' digest")),
                (
                    "preprocessing_digest",
                    models.CharField(max_length=64, verbose_name="preprocessing's digest"),
                ),
                ("dim", models.PositiveIntegerField(verbose_name="dimensions")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filling", "is being filled"),
                            ("serving", "answers searches"),
                            ("standby", "stands by, to go back to"),
                            ("retired", "was replaced"),
                        ],
                        default="filling",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="since"
                    ),
                ),
                ("paused", models.BooleanField(db_default=False, verbose_name="paused")),
                ("calibration", models.JSONField(default=dict, verbose_name="calibration")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
            ],
            options={
                "verbose_name": "embedding space",
                "verbose_name_plural": "embedding spaces",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "serving")),
                        fields=("state",),
                        name="product_search_one_serving_space",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Corpus",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                ("documents", models.PositiveIntegerField(default=0)),
                (
                    "mean_lengths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), default=list, size=None
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("built_at", models.DateTimeField(auto_now=True)),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="product_search.generation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "language"), name="product_search_corpus_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TermFrequency",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                ("term", models.TextField(db_collation="C")),
                ("documents", models.PositiveIntegerField()),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="product_search.generation"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("documents__gt", 1)),
                        fields=["generation", "language", "term"],
                        name="product_search_term_common",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "language", "term"), name="product_search_term_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Text",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                # What every search asks for lies before what is wide: a row's later columns are not even looked at.
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="product_search.generation"
                    ),
                ),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("language", models.CharField(max_length=20)),
                ("fields", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                (
                    "terms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "frequencies",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "lengths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=True,
                        fields=["terms"],
                        gin_pending_list_limit=128,
                        name="product_search_text_terms",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "generation", "language"), name="product_search_text_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgedQuery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("set", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=40)),
                ("split", models.CharField(choices=[("tune", "Tune"), ("check", "Check")], max_length=10)),
                ("language", models.CharField(max_length=20)),
                ("text", models.TextField(blank=True)),
                ("picture", models.TextField(blank=True)),
                ("pictured", product_search.models.product_key.ProductKeyField(null=True)),
            ],
            options={
                "verbose_name_plural": "judged queries",
                "constraints": [
                    models.UniqueConstraint(fields=("set", "name"), name="product_search_judgedquery_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="JudgedPicture",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Playground",
            fields=[],
            options={
                "verbose_name": "playground",
                "verbose_name_plural": "playground",
                "permissions": [
                    ("view_playground", "Can use the playground"),
                    ("judge_playground", "Can save judgements in the playground"),
                    ("impersonate_playground", "Can search as any user in the playground"),
                ],
                "default_permissions": (),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("product_search.judgedquery",),
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("grade", models.PositiveSmallIntegerField()),
                (
                    "query",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judgements",
                        to="product_search.judgedquery",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("query", "product"), name="product_search_judgement_key"),
                    models.CheckConstraint(
                        condition=models.Q(("grade__lte", 3)), name="product_search_judgement_grade"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                ("word", models.TextField(db_collation="C")),
                ("term", models.TextField(db_collation="C")),
                ("documents", models.PositiveIntegerField()),
                (
                    "deletions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="product_search.generation"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["deletions"], name="product_search_word_deletions"
                    ),
                    models.Index(
                        condition=models.Q(("documents__gt", 1)),
                        fields=["generation", "language", "word"],
                        name="product_search_word_common",
                    ),
                    models.Index(fields=["generation", "language", "term"], name="product_search_word_term"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "language", "word"), name="product_search_word_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Completion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                ("query", models.TextField()),
                ("key", models.TextField(db_collation="C", editable=False)),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, editable=False, size=None
                    ),
                ),
                ("sessions", models.PositiveIntegerField(default=0)),
                (
                    "last_seen",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("words", function="array_to_tsvector"),
                        condition=models.Q(("sessions__gte", 5)),
                        fastupdate=False,
                        name="product_search_completion_word",
                    ),
                    models.Index(
                        condition=models.Q(("sessions__gte", 5)),
                        fields=["language", "-sessions"],
                        name="product_search_completion_most",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("language", "key"), name="product_search_completion_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="FacetName",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=20)),
                ("facet", models.TextField()),
                ("value", models.TextField()),
                ("label", models.TextField()),
                ("terms", models.TextField(db_collation="C")),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "generation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="product_search.generation"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["generation", "language", "terms"], name="product_search_facetname_terms"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("words", function="array_to_tsvector"),
                        fastupdate=False,
                        name="product_search_facetname_word",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generation", "language", "facet", "value"),
                        name="product_search_facetname_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PictureSpan",
            fields=[
                (
                    "space",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="product_search.space",
                    ),
                ),
                ("centre", models.BinaryField()),
                ("axes", models.BinaryField()),
                ("level", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("other", product_search.models.product_key.ProductKeyField(verbose_name="other product")),
                ("picture", models.TextField(verbose_name="picture")),
                ("other_picture", models.TextField(verbose_name="other picture")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("listed_twice", "listed twice"),
                            ("same_file", "same file"),
                            ("same_picture", "same picture"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("dismissed", "two products"),
                            ("merged", "merged"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("decided_by", models.CharField(blank=True, max_length=300, verbose_name="by")),
                ("removed", product_search.models.product_key.ProductKeyField(null=True)),
                ("undo", models.JSONField(null=True)),
            ],
            options={
                "verbose_name": "duplicate",
                "verbose_name_plural": "duplicates",
                "constraints": [
                    models.UniqueConstraint(fields=("product", "other"), name="product_search_duplicate_pair")
                ],
                "indexes": [models.Index(fields=["other"], name="product_search_duplicate_other")],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("attribute", models.TextField(verbose_name="attribute")),
                ("value", models.TextField(verbose_name="value")),
                ("probability", models.FloatField(verbose_name="probability")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("suggested", "suggested"),
                            ("accepted", "accepted"),
                            ("rejected", "rejected"),
                        ],
                        default="suggested",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "indexes": [models.Index(fields=["attribute", "value"], name="product_search_tag_value")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "attribute", "value"), name="product_search_tag_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("probability__gte", 0), ("probability__lte", 1)),
                        name="product_search_tag_probability",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unexamined",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField()),
                ("pictured", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Doubt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("picture", models.TextField(verbose_name="picture")),
                ("digest", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("other", "looks like another product"),
                            ("unfamiliar", "like nothing else in the shop"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("sure", models.FloatField(verbose_name="sure")),
                (
                    "like",
                    product_search.models.product_key.ProductKeyField(null=True, verbose_name="most like"),
                ),
                ("like_picture", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("dismissed", "picture is right"),
                            ("wrong", "to be mended"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("decided_by", models.CharField(blank=True, max_length=300, verbose_name="by")),
            ],
            options={
                "verbose_name": "doubt",
                "verbose_name_plural": "doubts",
                "indexes": [models.Index(fields=["state", "-sure", "id"], name="product_search_doubt_order")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "picture"), name="product_search_doubt_picture"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="when"
                    ),
                ),
                ("decided_by", models.CharField(max_length=300, verbose_name="who")),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("attribute", models.TextField(verbose_name="attribute")),
                ("value", models.TextField(verbose_name="value")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted"),
                            ("rejected", "rejected"),
                            ("changed", "changed"),
                            ("undone", "undone"),
                        ],
                        max_length=10,
                        verbose_name="verdict",
                    ),
                ),
                ("chosen", models.TextField(blank=True, verbose_name="instead")),
                ("probability", models.FloatField(null=True, verbose_name="probability")),
                ("model", models.CharField(blank=True, max_length=300, verbose_name="model")),
                ("space", models.CharField(blank=True, max_length=64, verbose_name="digest")),
                ("before", models.CharField(blank=True, max_length=10)),
                ("chosen_before", models.CharField(blank=True, max_length=10)),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="product_search.decision",
                        verbose_name="takes back",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["product", "attribute"], name="product_search_decision_of")],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("attribute", models.TextField(verbose_name="attribute")),
                ("value", models.TextField(verbose_name="value")),
                ("probability", models.FloatField(verbose_name="probability")),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "indexes": [
                    models.Index(fields=["attribute", "value"], name="product_search_question_value")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "attribute", "value"), name="product_search_question_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptTags",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("attribute", models.TextField(verbose_name="attribute")),
                (
                    "values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="values"
                    ),
                ),
                ("due", models.BooleanField(default=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("not_before", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("error", models.TextField(blank=True, verbose_name="error")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due", True)),
                        fields=["not_before"],
                        name="product_search_kepttags_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "attribute"), name="product_search_kepttags_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LearnedHead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("attribute", models.TextField(verbose_name="attribute")),
                (
                    "values",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("weights", models.BinaryField()),
                ("offsets", models.BinaryField()),
                ("in_use", models.BooleanField(default=False, verbose_name="in use")),
                ("taught", models.PositiveIntegerField(verbose_name="taught by")),
                ("held", models.PositiveIntegerField(verbose_name="held against")),
                ("right_before", models.FloatField()),
                ("right_after", models.FloatField()),
                ("learned_at", models.DateTimeField(auto_now=True)),
                (
                    "space",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="product_search.space"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("attribute", "space"), name="product_search_learnedhead_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Untagged",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField()),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("publishable", "publishable: may stand in a page or an app"),
                            ("secret", "secret: for servers alone"),
                        ],
                        db_default="publishable",
                        default="publishable",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("beginning", models.CharField(editable=False, max_length=16, verbose_name="begins with")),
                (
                    "actions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None, verbose_name="actions"
                    ),
                ),
                (
                    "origins",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="origins",
                    ),
                ),
                ("filters", models.JSONField(blank=True, default=dict, verbose_name="filters")),
                ("channel", models.CharField(blank=True, max_length=60, verbose_name="channel")),
                ("currency", models.CharField(blank=True, max_length=3, verbose_name="currency")),
                (
                    "rate",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="requests a minute"),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires at")),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="made at",
                    ),
                ),
                ("made_by", models.TextField(blank=True, editable=False, verbose_name="made by")),
                ("last_used_at", models.DateTimeField(editable=False, null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(editable=False, null=True, verbose_name="revoked at")),
                ("revoked_by", models.TextField(blank=True, editable=False, verbose_name="revoked by")),
            ],
            options={
                "verbose_name": "key",
                "verbose_name_plural": "keys",
                "ordering": ("-id",),
                "default_permissions": ("view", "add", "change"),
            },
        ),
        migrations.CreateModel(
            name="Attribute",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        help_text="As tags and the filter call it; the facet's name where the shop has one that says the same.",
                        max_length=60,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z][a-z0-9_]*$",
                                "Small letters, digits and _, a letter first: neck_shape.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="For people: Neck.", max_length=120, verbose_name="label"
                    ),
                ),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Language and words, one a line: de: Ausschnitt",
                        validators=[product_search.models.attribute.check_translations],
                        verbose_name="translations",
                    ),
                ),
                (
                    "choice",
                    models.CharField(
                        choices=[("single", "one value"), ("multiple", "any number of values")],
                        default="single",
                        max_length=10,
                        verbose_name="a product has",
                    ),
                ),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=500),
                        blank=True,
                        default=list,
                        help_text="Branches of the shop's categories that it is for, one a line; empty: all.",
                        size=None,
                        verbose_name="only in",
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="in use")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "templates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text='Sentences with {} for a value: "a photo of a {} shirt". Several are averaged.',
                        size=None,
                        validators=[product_search.models.attribute.check_templates],
                        verbose_name="templates",
                    ),
                ),
                (
                    "none_prompts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text="Sentences of pictures that show none of the values.",
                        size=None,
                        verbose_name="none of these",
                    ),
                ),
                (
                    "background_prompts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text="Sentences of pictures that show no product at all.",
                        size=None,
                        verbose_name="not a product picture",
                    ),
                ),
                (
                    "promised",
                    models.FloatField(
                        default=0.9,
                        help_text="Of what is suggested so much is right; what is less sure stays unsaid.",
                        validators=[
                            django.core.validators.MinValueValidator(0.5),
                            django.core.validators.MaxValueValidator(0.999),
                        ],
                        verbose_name="promised precision",
                    ),
                ),
                (
                    "fitted_by",
                    models.CharField(
                        choices=[
                            ("nothing", "nothing yet: the spread of scores alone"),
                            ("words", "what products' titles say"),
                            ("facet", "the shop's own facet"),
                            ("decisions", "decisions"),
                        ],
                        default="nothing",
                        editable=False,
                        max_length=10,
                        verbose_name="fitted by",
                    ),
                ),
                (
                    "fitted_on",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="fitted on"),
                ),
                ("temperature", models.FloatField(editable=False, null=True, verbose_name="temperature")),
                (
                    "text_temperature",
                    models.FloatField(editable=False, null=True, verbose_name="temperature of texts"),
                ),
                ("bias", models.FloatField(default=0.0, editable=False, verbose_name="bias")),
                ("threshold", models.FloatField(editable=False, null=True, verbose_name="threshold")),
                (
                    "fitted_space",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="product_search.space",
                    ),
                ),
            ],
            options={
                "verbose_name": "attribute",
                "verbose_name_plural": "attributes",
                "ordering": ("position", "name"),
            },
        ),
        migrations.CreateModel(
            name="AttributeValue",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "value",
                    models.CharField(
                        help_text="As tags say it; in a hierarchy a path: shoes/boots.",
                        max_length=300,
                        verbose_name="value",
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=200, verbose_name="label")),
                (
                    "translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        validators=[product_search.models.attribute.check_translations],
                        verbose_name="translations",
                    ),
                ),
                (
                    "synonyms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="synonyms",
                    ),
                ),
                (
                    "prompts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text="Whole sentences in the place of the attribute's templates.",
                        size=None,
                        verbose_name="prompts",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "attribute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="product_search.attribute",
                        verbose_name="attribute",
                    ),
                ),
            ],
            options={
                "verbose_name": "value",
                "verbose_name_plural": "values",
                "ordering": ("position", "value"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("attribute", "value"), name="product_search_attributevalue_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Undescribed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField()),
            ],
        ),
        migrations.CreateModel(
            name="AltText",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("picture", models.TextField(verbose_name="picture")),
                ("language", models.CharField(max_length=20, verbose_name="language")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("text", models.TextField(blank=True, verbose_name="words")),
                ("suggestion", models.TextField(blank=True, verbose_name="suggestion")),
                ("caption", models.TextField(blank=True, verbose_name="caption")),
                ("captioned", models.CharField(blank=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("suggested", "suggested"),
                            ("accepted", "accepted"),
                            ("edited", "edited"),
                            ("rejected", "rejected"),
                        ],
                        default="suggested",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
            ],
            options={
                "verbose_name": "alt text",
                "verbose_name_plural": "alt texts",
                "indexes": [
                    models.Index(
                        fields=["state", "language", "product", "position"],
                        name="product_search_alttext_turn",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "picture", "language"), name="product_search_alttext_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AltTextDecision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("picture", models.TextField(verbose_name="picture")),
                ("language", models.CharField(max_length=20, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("suggested", "suggested"),
                            ("accepted", "accepted"),
                            ("edited", "edited"),
                            ("rejected", "rejected"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="words")),
                (
                    "state_before",
                    models.CharField(
                        choices=[
                            ("suggested", "suggested"),
                            ("accepted", "accepted"),
                            ("edited", "edited"),
                            ("rejected", "rejected"),
                        ],
                        max_length=10,
                        verbose_name="state before",
                    ),
                ),
                ("text_before", models.TextField(blank=True, verbose_name="words before")),
                ("undo", models.BooleanField(default=False, verbose_name="undone")),
                ("who", models.TextField(verbose_name="by")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on an alt text",
                "verbose_name_plural": "decisions on alt texts",
                "indexes": [
                    models.Index(
                        fields=["product", "picture", "language"], name="product_search_alttext_said"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.CharField(
                        help_text="As rulings and reports call it; it stays.",
                        max_length=60,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z][a-z0-9_]*$",
                                "Small letters, digits and _, a letter first: no_candles.",
                            )
                        ],
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="For people: No candles.", max_length=120, verbose_name="label"
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "action",
                    models.CharField(
                        choices=[("flag", "flag it for review"), ("hold", "hold it back")],
                        default="flag",
                        max_length=10,
                        verbose_name="what is done",
                    ),
                ),
                (
                    "block_uploads",
                    models.BooleanField(
                        default=False,
                        help_text="Pictures that shoppers send to search with are refused, too.",
                        verbose_name="refuse uploads",
                    ),
                ),
                (
                    "unjudged",
                    models.CharField(
                        choices=[("pass", "it is shown"), ("hold", "it is held back until it is judged")],
                        default="pass",
                        max_length=10,
                        verbose_name="while it can't be judged",
                    ),
                ),
                (
                    "judged_by",
                    models.CharField(
                        choices=[
                            ("both", "pictures and text together"),
                            ("pictures", "pictures alone"),
                            ("text", "text alone"),
                        ],
                        default="both",
                        max_length=10,
                        verbose_name="judged by",
                    ),
                ),
                (
                    "concepts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text="Sentences, one a line: “a photo of a candle”. Each is a thing of its own.",
                        size=None,
                        verbose_name="what is meant",
                    ),
                ),
                (
                    "counter_examples",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        blank=True,
                        default=list,
                        help_text="What is like it and allowed, one a line: “a photo of a lamp”.",
                        size=None,
                        verbose_name="what is not meant",
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Words and phrases that no text may have, in any inflection, one a line. “*chart” is every word that ends so.",
                        size=None,
                        verbose_name="words",
                    ),
                ),
                (
                    "words_in_names",
                    models.BooleanField(
                        default=False,
                        help_text="Only what says how a product is called is read for them: its title, no description.",
                        verbose_name="words in names alone",
                    ),
                ),
                (
                    "contacts",
                    models.BooleanField(
                        default=False,
                        help_text="Telephone numbers, e-mail and web addresses in texts.",
                        verbose_name="contact details",
                    ),
                ),
                (
                    "lettering",
                    models.BooleanField(
                        default=False,
                        help_text="Words, numbers or prices laid over a picture. What they say is not read.",
                        verbose_name="lettering on pictures",
                    ),
                ),
                (
                    "unfamiliar",
                    models.BooleanField(
                        default=False,
                        help_text="Pictures that look like none of the shop's own: scenes, screens, documents.",
                        verbose_name="unlike anything sold",
                    ),
                ),
                (
                    "threshold",
                    models.FloatField(
                        default=0.5,
                        help_text="Lower finds more and errs more often.",
                        validators=[
                            django.core.validators.MinValueValidator(0.01),
                            django.core.validators.MaxValueValidator(0.999),
                        ],
                        verbose_name="from which probability",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "policy",
                "verbose_name_plural": "policies",
                "ordering": ("position", "name"),
            },
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("policy", models.CharField(blank=True, default="", max_length=60, verbose_name="policy")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("clear", "clear"),
                            ("flagged", "flagged"),
                            ("held", "held back"),
                            ("released", "released"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("probability", models.FloatField(null=True, verbose_name="probability")),
                (
                    "because",
                    models.CharField(
                        choices=[
                            ("picture", "what a picture shows"),
                            ("text", "what its text means"),
                            ("together", "picture and text together"),
                            ("lettering", "lettering on a picture"),
                            ("unfamiliar", "a picture unlike anything sold"),
                            ("words", "words of its text"),
                            ("contacts", "contact details in its text"),
                            ("unjudged", "it could not be judged"),
                            ("person", "a person's decision"),
                        ],
                        max_length=10,
                        verbose_name="because of",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=300, verbose_name="detail")),
                ("picture", models.TextField(blank=True, verbose_name="picture")),
                ("model", models.TextField(blank=True, verbose_name="model")),
                ("content", models.CharField(blank=True, max_length=64)),
                (
                    "judged_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="judged"
                    ),
                ),
                ("decided_by", models.TextField(blank=True, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("appeal", models.TextField(blank=True, verbose_name="appeal")),
                ("appealed_at", models.DateTimeField(null=True, verbose_name="appealed")),
            ],
            options={
                "verbose_name": "ruling",
                "verbose_name_plural": "rulings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["product"],
                        name="product_search_ruling_held",
                    ),
                    models.Index(fields=["state", "policy"], name="product_search_ruling_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "policy"), name="product_search_ruling_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="RulingChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product", product_search.models.product_key.ProductKeyField(verbose_name="product")),
                ("policy", models.CharField(blank=True, max_length=60, verbose_name="policy")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("judged", "judged"),
                            ("decided", "decided"),
                            ("undone", "undone"),
                            ("appealed", "appealed"),
                        ],
                        max_length=10,
                        verbose_name="event",
                    ),
                ),
                ("who", models.TextField(blank=True, verbose_name="who")),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("clear", "clear"),
                            ("flagged", "flagged"),
                            ("held", "held back"),
                            ("released", "released"),
                        ],
                        max_length=10,
                        verbose_name="from",
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("clear", "clear"),
                            ("flagged", "flagged"),
                            ("held", "held back"),
                            ("released", "released"),
                        ],
                        max_length=10,
                        verbose_name="to",
                    ),
                ),
                (
                    "because",
                    models.CharField(
                        choices=[
                            ("picture", "what a picture shows"),
                            ("text", "what its text means"),
                            ("together", "picture and text together"),
                            ("lettering", "lettering on a picture"),
                            ("unfamiliar", "a picture unlike anything sold"),
                            ("words", "words of its text"),
                            ("contacts", "contact details in its text"),
                            ("unjudged", "it could not be judged"),
                            ("person", "a person's decision"),
                        ],
                        max_length=10,
                        verbose_name="because of",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=300, verbose_name="detail")),
                ("probability", models.FloatField(null=True, verbose_name="probability")),
                ("model", models.TextField(blank=True, verbose_name="model")),
                ("why", models.TextField(blank=True, verbose_name="why")),
            ],
            options={
                "verbose_name": "change of a ruling",
                "verbose_name_plural": "changes of rulings",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["product", "policy"], name="product_search_change_product")],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("value", models.UUIDField(default=uuid.uuid4)),
            ],
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("live", "live"), ("off", "off")],
                        db_default="draft",
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                ("live", models.JSONField(blank=True, null=True, verbose_name="live")),
                ("draft", models.JSONField(blank=True, null=True, verbose_name="draft")),
                ("fault", models.TextField(blank=True, db_default="", default="", verbose_name="fault")),
                ("fault_at", models.DateTimeField(blank=True, null=True, verbose_name="broken since")),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="RuleChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rule", models.BigIntegerField(verbose_name="rule")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("drafted", "draft saved"),
                            ("discarded", "draft discarded"),
                            ("published", "published"),
                            ("off", "switched off"),
                            ("on", "switched on"),
                            ("moved", "moved"),
                            ("renamed", "renamed"),
                            ("undone", "undone"),
                            ("imported", "imported"),
                            ("deleted", "deleted"),
                        ],
                        max_length=10,
                        verbose_name="event",
                    ),
                ),
                ("who", models.TextField(blank=True, verbose_name="who")),
                ("before", models.JSONField(null=True, verbose_name="before")),
                ("after", models.JSONField(null=True, verbose_name="after")),
            ],
            options={
                "verbose_name": "change of a rule",
                "verbose_name_plural": "changes of rules",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["rule", "-id"], name="product_search_rulechange_rule")],
            },
        ),
        migrations.RunPython(make_vector_tables, drop_vector_tables),
        migrations.RunPython(make_append_only, drop_append_only),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]

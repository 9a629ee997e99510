"""`manage.py spaces`: change the model without a gap: fill a new space beside the serving one, switch, drop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ... import encoders
from ...conf import settings
from ...documents import document
from ...errors import ProductSearchError
from ...indexing import calibrate, generations, spaces
from ...indexing.marking import mark_stale
from ...indexing.work import Report, database, index_pending, prepare
from ...models import Space, State


class Command(BaseCommand):
    """One action for each step of a change of model."""

    help = "List embedding spaces; create one for ENCODER, fill it, let it serve, drop an old one, build its indexes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="every space with its model, state and number of products")
        actions.add_parser(
            "prepare",
            help="make the first space if there is none, and every index that is due; safe to repeat",
        )
        create = actions.add_parser("create", help="make the space of a model; the first one serves at once")
        create.add_argument("--encoder", help="the model; ENCODER of the settings unless given")
        for name, text in (
            ("fill", "embed every product in it, beside the serving one; may be repeated"),
            ("switch", "let it serve; the old one is kept for going back"),
            ("drop", "drop a space that does not serve, with its vectors"),
            ("index", "build the HNSW indexes that its rows justify"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("space", type=int, help="its number in `manage.py spaces list`")
            if name == "switch":
                action.add_argument("--force", action="store_true", help="even if it is not complete")

    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        try:
            if options["action"] == "list":
                self._list(using)
            elif options["action"] == "prepare":
                self._prepare(using)
            elif options["action"] == "create":
                self._create(using, options["encoder"] or settings().encoder)
            else:
                space = Space.objects.using(using).filter(pk=options["space"]).first()
                if space is None:
                    raise CommandError(f"There is no space {options['space']}; see `manage.py spaces list`.")
                getattr(self, f"_{options['action']}")(using, space, options)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _list(self, using: str) -> None:
        for space in Space.objects.using(using).order_by("pk"):
            count = spaces.products_in(space, using=using)
            self.stdout.write(
                f"{space.pk}  {space.state:8}  {count:>8} products  {space.dim} dim  {space.name}"
            )

    def _prepare(self, using: str) -> None:
        """All that the running shop needs the tables' owner for, in one command for each release."""
        space = prepare(using)
        self.stdout.write(f"Space {space.pk} of {space.name} is {space.state}.")
        for each in spaces.live(using):
            for name in spaces.build_indexes(each, document().languages, using=using):
                self.stdout.write(f"Built {name}.")

    def _create(self, using: str, name: str) -> None:
        encoder = (
            encoders.get_encoder()
            if name == settings().encoder
            else encoders.load(name, allow_untrained=settings().allow_untrained)
        )
        space = spaces.create(encoder.info, using=using, name=name)
        self.stdout.write(f"Space {space.pk} of {space.name} is {space.state}.")
        if space.state != State.SERVING:
            self.stdout.write(f"Next: manage.py spaces fill {space.pk}")

    def _fill(self, using: str, space: Space, options: dict[str, Any]) -> None:
        if space.state == State.RETIRED:
            Space.objects.using(using).filter(pk=space.pk).update(state=State.FILLING)
        total = mark_stale(document().queryset(), bulk=True)
        with tqdm(total=total, desc="Filling", unit=" products", disable=None) as bar:

            def show(report: Report) -> None:
                bar.update(min(report.products, total) - bar.n)

            report = index_pending(progress=show)
        space.refresh_from_db()
        calibrate.calibrate_if_due(using, space, generations.current(using))
        self.stdout.write(
            f"Space {space.pk} holds {spaces.products_in(space, using=using)} products; {len(report.failed)} failed."
        )
        if space.state == State.FILLING:
            self.stdout.write(
                f"Next: set ENCODER to {space.name} everywhere, then manage.py spaces switch {space.pk}"
            )

    def _switch(self, using: str, space: Space, options: dict[str, Any]) -> None:
        spaces.switch(space, using=using, force=options["force"])
        self.stdout.write(f"Space {space.pk} of {space.name} serves searches now.")

    def _drop(self, using: str, space: Space, options: dict[str, Any]) -> None:
        spaces.drop(space, using=using)
        self.stdout.write(f"Dropped space {space.pk} of {space.name}.")

    def _index(self, using: str, space: Space, options: dict[str, Any]) -> None:
        built = spaces.build_indexes(space, document().languages, using=using)
        self.stdout.write("\n".join(f"Built {name}." for name in built) or "No index is missing.")

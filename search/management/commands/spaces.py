"""`manage.py spaces`: change the model without a gap: fill a new space beside the serving one, switch, drop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import encoders
from ...conf import settings
from ...documents import document
from ...errors import ProductSearchError
from ...indexing import filling, missing, overlap, spaces, switching
from ...indexing.work import database, prepare
from ...models import Space, State
from .. import bars


class Command(BaseCommand):
    """One action for each step of a change of model."""

    help = "Change the model without a gap: create a space, fill it, compare, switch, roll back, drop the old one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="every space with its model, state and how far it is filled")
        actions.add_parser(
            "prepare",
            help="make the first space if there is none, and every index that is due; safe to repeat",
        )
        create = actions.add_parser("create", help="make the space of a model; the first one serves at once")
        create.add_argument("--encoder", help="the model; ENCODER of the settings unless given")
        fill = self._of_space(actions, "fill", "embed every product in it; goes on where it was stopped")
        fill.add_argument("--rate", type=float, metavar="N", help="at most N products a second")
        self._of_space(actions, "pause", "let its fill rest, wherever it runs")
        self._of_space(actions, "resume", "let a paused fill go on")
        compare = self._of_space(
            actions, "compare", "how much of the ten nearest it shares with another, over sampled titles"
        )
        compare.add_argument("other", type=int, nargs="?", help="the other one; the serving one unless given")
        compare.add_argument(
            "--sample", type=int, default=overlap.SAMPLE, metavar="N", help="titles compared"
        )
        switch = self._of_space(
            actions, "switch", "let it serve; the one that served stands by for going back"
        )
        rollback = actions.add_parser("rollback", help="let the space that served before serve again")
        for action in (switch, rollback):
            action.add_argument("--force", action="store_true", help="even if it is not complete")
        self._of_space(actions, "drop", "drop a space that does not serve, with its vectors")
        self._of_space(actions, "index", "build the HNSW indexes that its rows justify")

    def _of_space(self, actions: Any, name: str, text: str) -> ArgumentParser:
        action: ArgumentParser = actions.add_parser(name, help=text)
        action.add_argument("space", type=int, help="its number in `manage.py spaces list`")
        return action

    def handle(self, *args: Any, **options: Any) -> None:
        using = database()
        try:
            if options["action"] == "list":
                self._list(using)
            elif options["action"] == "prepare":
                self._prepare(using)
            elif options["action"] == "create":
                self._create(using, options["encoder"] or settings().encoder)
            elif options["action"] == "rollback":
                self._rollback(using, force=options["force"])
            else:
                space = self._space(using, options["space"])
                getattr(self, f"_{options['action']}")(using, space, options)
        except ProductSearchError as error:
            raise CommandError(str(error)) from error

    def _space(self, using: str, number: int) -> Space:
        space = Space.objects.using(using).filter(pk=number).first()
        if space is None:
            raise CommandError(f"There is no space {number}; see `manage.py spaces list`.")
        return space

    def _list(self, using: str) -> None:
        for space in Space.objects.using(using).order_by("pk"):
            now = missing.coverage(using, space)
            state = "paused" if space.paused and space.state == State.FILLING else space.state
            failing = f", {now.failing} failing" if now.failing else ""
            self.stdout.write(
                f"{space.pk}  {state:8}  {now.complete:>8} of {now.products} products{failing}  {space.dim} dim"
                f"  {space.name}{self._fill_line(using, space)}"
            )

    def _fill_line(self, using: str, space: Space) -> str:
        """What a fill that runs now, here or elsewhere, last said."""
        found = filling.latest(using, space)
        if space.state != State.FILLING or found is None or found[0] > filling.SEEN_SECONDS:
            return ""
        left = found[1].remaining_s
        return f"  {found[1].per_second:.0f}/s" + ("" if left is None else f", about {_minutes(left)} left")

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
        if options["rate"] is not None and options["rate"] <= 0:
            raise CommandError(f"--rate is {options['rate']:g}: give the most products a second, above 0.")
        try:
            with bars.filling_bar(space, silent=options["verbosity"] == 0) as show:
                built = filling.complete(space, using=using, rate=options["rate"], progress=show)
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped; `manage.py spaces fill {space.pk}` goes on from here.", returncode=130
            ) from None
        for name in built:
            self.stdout.write(f"Built {name}.")
        now = missing.coverage(using, space)
        self.stdout.write(
            f"Space {space.pk} holds {now.complete} of {now.products} products; {now.failing} failed."
        )
        if space.state == State.FILLING:
            self.stdout.write(
                f"Next: manage.py spaces compare {space.pk}, then manage.py spaces switch {space.pk}"
            )

    def _pause(self, using: str, space: Space, options: dict[str, Any]) -> None:
        Space.objects.using(using).filter(pk=space.pk).update(paused=True)
        self.stdout.write(f"The fill of space {space.pk} rests. Next: manage.py spaces resume {space.pk}")

    def _resume(self, using: str, space: Space, options: dict[str, Any]) -> None:
        Space.objects.using(using).filter(pk=space.pk).update(paused=False)
        self.stdout.write(
            f"A fill of space {space.pk} that waits goes on; where none runs: manage.py spaces fill {space.pk}"
        )

    def _compare(self, using: str, space: Space, options: dict[str, Any]) -> None:
        if options["other"] is None:
            other = Space.serving(using)
            if other is None or other.pk == space.pk:
                raise CommandError("Give the number of the other space: `manage.py spaces compare A B`.")
        else:
            other = self._space(using, options["other"])
        found = overlap.compare(space, other, using=using, sample=options["sample"])
        if not found.titles:
            raise CommandError(
                f"Spaces {space.pk} and {other.pk} hold no titles in common yet. Run `manage.py spaces fill`."
            )
        self.stdout.write(f"{found.titles} titles, the nearest {overlap.NEAREST} of each in both spaces:")
        for kind, share in (("titles", found.among_titles), ("pictures", found.among_pictures)):
            self.stdout.write(f"  {kind:9} " + ("none stored" if share is None else f"{share:.0%} in common"))
        least = ", ".join(f"{product} ({share:.0%})" for product, share in found.least_alike[:5])
        self.stdout.write(f"  least alike: products {least}")

    def _switch(self, using: str, space: Space, options: dict[str, Any]) -> None:
        ready = spaces.ready_processes(space, using=using)
        if ready:
            self.stdout.write(f"Its model is loaded in {len(ready)} searching processes: {', '.join(ready)}.")
        switching.switch(space, using=using, force=options["force"])
        self._serves(using, space)

    def _rollback(self, using: str, *, force: bool) -> None:
        self._serves(using, switching.rollback(using=using, force=force))

    def _serves(self, using: str, space: Space) -> None:
        self.stdout.write(f"Space {space.pk} of {space.name} serves searches now.")
        if space.name != settings().encoder:
            self.stdout.write(f'Next: set ENCODER to "{space.name}", so that new processes load it at once.')
        self.stdout.write("The other one stands by: manage.py spaces rollback goes back to it.")

    def _drop(self, using: str, space: Space, options: dict[str, Any]) -> None:
        spaces.drop(space, using=using)
        self.stdout.write(f"Dropped space {space.pk} of {space.name}.")

    def _index(self, using: str, space: Space, options: dict[str, Any]) -> None:
        built = spaces.build_indexes(space, document().languages, using=using)
        self.stdout.write("\n".join(f"Built {name}." for name in built) or "No index is missing.")


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

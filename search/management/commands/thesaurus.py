"""`manage.py thesaurus`: a thesaurus for one of the shop's languages, from one that the system has."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from ...conf import SETTING, settings
from ...errors import ProductSearchError
from ...text import base_language
from ...text.mythes import read
from ...text.synsets import write
from ...text.thesaurus import file_name, stems


class Command(BaseCommand):
    """Thin adapter over `text.mythes` and `text.synsets`."""

    requires_system_checks = ()  # one of them says that this was not run yet
    help = (
        "Make a thesaurus of a language from one of MyThes (LibreOffice; Debian's mythes-de, mythes-fr, ...)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", help="as in the document: de, fr, ...")
        parser.add_argument("file", type=Path, help="such as /usr/share/mythes/th_de_DE_v2.dat")
        parser.add_argument("--output", type=Path, metavar="FOLDER", help="instead of THESAURUS_DIR")

    @no_translations  # what a log or a script reads is English, whatever the shop speaks
    def handle(self, *args: Any, **options: Any) -> None:
        language, file = base_language(options["language"]), options["file"]
        folder: Path = options["output"] or Path(settings().thesaurus_dir or ".")
        if not language.isalpha():
            raise CommandError(f"{options['language']} is no language; expected a code such as de or fr.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / file_name(language)
            words = write(read(file, language), target, lambda written: stems(written, language))
        except OSError as error:
            raise CommandError(f"{error.filename} can't be read or written: {error.strerror}.") from error
        except ProductSearchError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{target}: {words} words.")
        if str(folder) != settings().thesaurus_dir:
            self.stdout.write(f'Set {SETTING}["THESAURUS_DIR"] = "{folder.absolute()}".')
        self.stdout.write("Processes that run read it when they are started anew.")

#!/usr/bin/env python
"""Django's command line for the reference shop."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command given on the command line with the reference shop's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalog.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"Django can't be imported ({error}). Run `make demo` once, or activate .venv."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

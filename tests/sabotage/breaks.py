"""What a break is, and how breaks.toml says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

BREAKS = Path(__file__).with_name("breaks.toml")


class BadBreak(Exception):
    """A break can't be carried out as breaks.toml writes it."""


@dataclass(frozen=True)
class Break:
    """One small edit of the code, and the tests that must notice it."""

    name: str
    why: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file's text with the break in it; raises BadBreak unless `old` stands there exactly once."""
        count = text.count(self.old)
        if count != 1:
            raise BadBreak(
                f"{self.name}: `old` stands {count} times in {self.file}, expected once: "
                f"the code has moved on, so write the break anew in {BREAKS.name}."
            )
        return text.replace(self.old, self.new)


def load(path: Path = BREAKS) -> list[Break]:
    """The breaks in the file's order; raises BadBreak for an incomplete one or a name that comes twice."""
    breaks: list[Break] = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("break", []):
        name = entry.get("name", f"break number {len(breaks) + 1}")
        wanted = {"name", "why", "file", "old", "new", "tests"}
        if entry.keys() != wanted:
            raise BadBreak(f"{name}: keys are {sorted(entry)}, expected {sorted(wanted)}")
        if not entry["tests"]:
            raise BadBreak(f"{name}: names no test that guards it")
        if name in {known.name for known in breaks}:
            raise BadBreak(f"{name}: this name comes twice")
        breaks.append(Break(**{**entry, "tests": tuple(entry["tests"])}))
    return breaks

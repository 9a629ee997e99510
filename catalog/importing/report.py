"""What an import did and what it could not do, by line of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Trouble:
    """One thing that could not be imported: the file's `line` (1 is the header), the SKU, and why."""

    kind: Literal["row", "picture"]
    line: int
    sku: str
    reason: str

    def __str__(self) -> str:
        named = f" ({self.sku})" if self.sku else ""
        return f"line {self.line}{named}: {self.reason}"


@dataclass
class ImportReport:
    """Counts of an import, filled while it runs. In a dry run they say what would have happened."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pictures_stored: int = 0
    pictures_linked: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def of(self, kind: Literal["row", "picture"]) -> list[Trouble]:
        """The bad rows, or the bad pictures, in the order of the file."""
        return sorted((t for t in self.troubles if t.kind == kind), key=lambda trouble: trouble.line)

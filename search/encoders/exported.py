"""Where an exported model lies, and what is known of it without torch: `model.json` beside its two towers.

A model is exported once on each machine (`manage.py encoder export`), from the same files that torch loads, and the
folder may be copied to machines that have no such files and no torch.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..conf import settings
from .errors import ExportMissing
from .names import EncoderName
from .pixels import Preprocessing
from .protocol import EncoderInfo, ModelFacts

TEXT, PICTURE, TOKENS, MODEL = "text.onnx", "picture.onnx", "tokens.json", "model.json"
#: Raise it when an export of before can't be read any more, or gives other vectors.
VERSION = 1


@dataclass(frozen=True)
class Exported:
    """A model in a folder of its own. `ends_decide`: a text may be computed no further than it reaches."""

    folder: Path
    info: EncoderInfo
    facts: ModelFacts
    preprocessing: Preprocessing
    ends_decide: bool
    #: The files that it was made of, as `source_of` tells them.
    source: Mapping[str, str]

    def write(self) -> None:
        """Keep what is known of it, beside its towers."""
        kept = {
            "version": VERSION,
            "info": asdict(self.info),
            "facts": asdict(self.facts),
            "preprocessing": self.preprocessing.to_json(),
            "ends_decide": self.ends_decide,
            "source": dict(self.source),
        }
        (self.folder / MODEL).write_text(json.dumps(kept, indent=2), encoding="utf-8")


def folder_of(name: EncoderName, *, int8: bool) -> Path:
    """Where the export of `name` belongs: in MODELS_DIR, or the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "product-search" / "models"
    chosen = settings().models_dir
    # The name as it is read by people, and a digest: folders differ where paths do.
    readable = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name.text)[-60:]
    digest = hashlib.sha256(name.text.encode()).hexdigest()[:12]
    return (Path(chosen) if chosen else cache) / f"{readable.strip('-')}-{digest}{'-int8' * int8}"


def find(name: EncoderName, *, int8: bool) -> Exported:
    """The export of `name`. Raises `ExportMissing` where there is none, or it is of other files than are here now."""
    folder = folder_of(name, int8=int8)
    command = (
        f"Run `manage.py encoder export {name.text}` here, or copy the folder from a machine that has it."
    )
    try:
        kept: dict[str, Any] = json.loads((folder / MODEL).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportMissing(f'"{name.text}" is not exported: {folder} holds no {MODEL}. {command}') from error
    if kept.get("version") != VERSION:
        raise ExportMissing(f"{folder} was exported by another version. {command}")
    now = source_of(name)
    if now and now != kept["source"]:
        raise ExportMissing(f'The files of "{name.text}" are others than those that were exported. {command}')
    return Exported(
        folder,
        EncoderInfo(**kept["info"]),
        ModelFacts(**kept["facts"]),
        Preprocessing.of_json(kept["preprocessing"]),
        bool(kept["ends_decide"]),
        kept["source"],
    )


def source_of(name: EncoderName) -> dict[str, str]:
    """Each file of a model in a folder with its hex SHA-256; empty for a model by another name, whose files are what
    the name says, and where the folder is not here.
    """
    if name.source != "folder":
        return {}
    told = {}
    for path in sorted(Path(name.model).glob("open_clip_*")):
        with path.open("rb") as file:
            told[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return told

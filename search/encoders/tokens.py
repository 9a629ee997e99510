"""From words to token ids as open_clip's own tokenizer has them, without torch: its module needs that to be imported.

The library `tokenizers` does the work, filled from open_clip's tokenizer when a model is exported; the export compares
the two (`exporting.prove`).
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UnusableModel

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: What open_clip's `SimpleTokenizer` takes for one piece, after OpenAI's CLIP; case is gone by then.
_PIECES = r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_ENDS_A_WORD = "</w>"


class Tokens:
    """A tokenizer of byte pairs with its two marks and the length at which a text is cut."""

    def __init__(self, tokenizer: Tokenizer, *, begin: int, end: int, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._begin, self._end = begin, end
        self.context_length = context_length

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text's ids, from the mark of its beginning to that of its end, `context_length` at most."""
        found = self._tokenizer.encode_batch([_cleaned(text) for text in texts], add_special_tokens=False)
        kept = self.context_length - 2
        return [[self._begin, *each.ids[:kept], self._end] for each in found]

    def write(self, path: Path) -> None:
        """Keep it in a file that `read` reads."""
        kept = {"begin": self._begin, "end": self._end, "context_length": self.context_length}
        path.write_text(json.dumps({**kept, "tokenizer": self._tokenizer.to_str()}), encoding="utf-8")


def read(path: Path) -> Tokens:
    """What `Tokens.write` kept."""
    from tokenizers import Tokenizer

    kept = json.loads(path.read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_str(kept.pop("tokenizer"))
    return Tokens(tokenizer, **kept)


def of_open_clip(tokenizer: Any) -> Tokens:
    """The same as open_clip's `tokenizer`. Raises `UnusableModel` for one that is no plain `SimpleTokenizer`."""
    from open_clip.tokenizer import SimpleTokenizer, _clean_lower
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel, Split
    from tokenizers.pre_tokenizers import Sequence as InTurn

    plain = (
        type(tokenizer) is SimpleTokenizer
        and tokenizer.reduction_fn is None
        and tokenizer.clean_fn is _clean_lower
        and len(tokenizer.all_special_ids) == 2
    )
    if not plain:
        raise UnusableModel(
            f"The tokenizer of this model ({type(tokenizer).__name__}) can't be exported; CLIP's own byte pairs can. "
            'Run this model by torch: PRODUCT_SEARCH["RUNTIME"] = "torch".'
        )
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    pairs = Tokenizer(BPE(vocab=tokenizer.encoder, merges=merges, end_of_word_suffix=_ENDS_A_WORD))
    pairs.pre_tokenizer = InTurn(
        [
            Split(Regex(_PIECES), behavior="removed", invert=True),
            ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    pairs.add_special_tokens([tokenizer.decoder[each] for each in tokenizer.all_special_ids])
    return Tokens(
        pairs,
        begin=tokenizer.sot_token_id,
        end=tokenizer.eot_token_id,
        context_length=int(tokenizer.context_length),
    )


def _cleaned(text: str) -> str:
    """As open_clip's `_clean_lower`: mended, unescaped, single spaces, lower case."""
    import ftfy

    text = text.encode("utf-8", "replace").decode()  # lone surrogates, which JSON may carry
    return " ".join(html.unescape(html.unescape(ftfy.fix_text(text))).split()).lower()

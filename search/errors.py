"""One root for all that the plugin raises on purpose: each message says what came, what was expected, the fix."""

from __future__ import annotations


class ProductSearchError(Exception):
    """Root of the plugin's errors; the API maps them to problem details in one place."""


class ImproperSettings(ProductSearchError):
    """`PRODUCT_SEARCH` can't be used as it stands; the message names the key, the value and the fix."""


class ImproperDocument(ProductSearchError):
    """The document declares something its product model does not have."""


class InvalidRequest(ProductSearchError):
    """A request can't be answered as asked: `code` for machines, the `parameter` at fault, `detail` for people."""

    def __init__(self, code: str, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.parameter = parameter
        self.detail = detail


class ImproperKey(ProductSearchError):
    """A key can't be made as asked for: the `parameter` at fault, and what to change."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter = parameter
        self.detail = detail


class KeyRefused(ProductSearchError):
    """A key that nothing is answered to: `code` is unknown_key, expired_key or revoked_key."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class UnknownProduct(ProductSearchError):
    """No product with this key exists for this scope (an invisible one is as unknown as one that never was)."""


class ExpiredCursor(ProductSearchError):
    """The list that a cursor goes through is no longer kept."""


class SpaceMissing(ProductSearchError):
    """No embedding space serves searches yet; `manage.py spaces` or `manage.py index` makes the first one."""

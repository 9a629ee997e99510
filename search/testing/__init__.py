"""For shops' own tests: index at once, in this process and transaction, without a worker, a broker or torch.

Set `PRODUCT_SEARCH["ENCODER"]` to `"hash:64"` in the tests' settings, or use the pytest fixture of
`product_search.testing.pytest_plugin`; set `ENABLED` to False where search is of no interest.
"""

from ..encoders import HashEncoder
from .indexing import IndexingFailed, index_now

__all__ = ["HashEncoder", "IndexingFailed", "index_now"]

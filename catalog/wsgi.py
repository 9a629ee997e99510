"""The shop for a web server. A process answers one search by itself before it takes requests: the model is loaded and
statements are compiled then, and nobody waits for that, or is refused because others do.
"""

from __future__ import annotations

import logging

from django.core.wsgi import get_wsgi_application
from django.db import Error, connections

application = get_wsgi_application()


def _search_once() -> None:
    """Whatever hinders it, the shop starts: requests are told what it is."""
    from product_search.documents import SearchScope
    from product_search.errors import ProductSearchError
    from product_search.retrieval import SearchRequest, search

    try:
        search(SearchRequest(q="anything", per_page=1), SearchScope())
    except (Error, ProductSearchError) as error:
        logging.getLogger(__name__).warning("No search could be answered yet: %s", error)
    finally:
        connections.close_all()


_search_once()

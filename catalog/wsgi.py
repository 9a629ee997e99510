"""The shop for a web server. A process answers one search by itself before it takes requests: the model is loaded and
statements are compiled then, and nobody waits for that, or is refused because others do.

With gunicorn's --preload that happens once, before processes are forked. A model with threads of its own does not
outlive that, so it is for shops whose model is in another process (ENCODER_SOCKET).
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
    from product_search.retrieval import SearchRequest, search, warm_up

    for step in (warm_up, lambda: search(SearchRequest(q="anything", per_page=1), SearchScope())):
        try:
            step()
        except (Error, ProductSearchError) as error:
            logging.getLogger(__name__).warning("No whole search could be answered yet: %s", error)
    connections.close_all()


_search_once()

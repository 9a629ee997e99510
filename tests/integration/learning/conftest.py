from tests.integration.retrieval.conftest import shelf, shelf_factory

__all__ = ["shelf", "shelf_factory"]

"""REST over `retrieval`: requests in, JSON or problem details out. It knows HTTP and nothing of SQL or models."""

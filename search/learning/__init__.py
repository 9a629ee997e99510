"""Learning from use: what clicks say of products, never over the relevance floor, and nothing applied unasked."""

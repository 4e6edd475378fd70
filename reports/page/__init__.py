"""The page to explore: index.html with its script beside it, for any browser, without a network."""

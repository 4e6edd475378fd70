"""Interactive page: index.html with its script, for any browser, without a network."""

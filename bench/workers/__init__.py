"""Worker processes, which run one implementation each: starting, calling and ending them."""

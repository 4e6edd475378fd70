"""Contents of a table that are no features or no examples: repeated labels, codes for missing numbers, a total."""

"""Results as text: the terminal, Markdown, the files of CI services."""

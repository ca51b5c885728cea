"""Results as tables: on a terminal, as Markdown and as CSV."""

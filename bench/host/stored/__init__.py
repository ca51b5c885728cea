"""Results as files: what is in them, and which of them belong together."""

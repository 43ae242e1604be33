"""A file a place where people write. This floor reads and writes; it decides nothing."""

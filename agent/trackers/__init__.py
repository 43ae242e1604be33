"""A file a tracker: where the team's Issues live. This floor reads and writes; it decides nothing."""

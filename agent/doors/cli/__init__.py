"""The terminal: a file a command or a few. Thin; each talks to the desk or the house only."""

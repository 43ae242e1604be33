"""The rules: pure functions of nouns and `now`. No reading of files, clocks or the environment."""

"""How a person reads a Case: the same words, numbers and order on the web, in Slack and in the terminal."""

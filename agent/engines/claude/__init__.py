"""Claude as the engine: what is asked, how it is asked, and what of an answer is taken. `anthropic` is imported in here alone."""

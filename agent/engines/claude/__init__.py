"""Claude as the engine. The only place that imports `anthropic`, and only where a call is made."""

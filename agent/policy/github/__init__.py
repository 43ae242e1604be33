"""What GitHub's payloads mean: dictionaries in, records out. Reached by webhooks and by reading alike."""

"""What Slack's payloads mean: dictionaries in, records out. Reached by events, by reading and by exports alike."""

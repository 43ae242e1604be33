"""The Slack door: what people write and press there. Socket Mode and HTTP end in the same Bolt app."""

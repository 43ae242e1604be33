"""The ways in: web, terminal, Slack. Thin; each talks to the desk only."""

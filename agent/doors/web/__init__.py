"""The web door: server-rendered pages and forms that work without scripts."""

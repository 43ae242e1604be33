"""The support-triage agent: what users write comes in, approved Actions go out.

Read it from the ground up: `domain` (nouns), `policy` (rules), `ports` (seams), then the
journey in `triage` and what runs by itself in `jobs`. `ARCHITECTURE.md` has the map.
"""

"""Issues and the team's answers, found again by words and by meaning.

`hybrid.py` is the door: it implements `ports.Index`. Everything here is derived from the store's
records and can be thrown away. What does not live here: who is a duplicate of whom (policy),
and how alike two texts are (engines).
"""

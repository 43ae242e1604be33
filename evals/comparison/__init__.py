"""Better, worse, or cannot tell: two runs over the same cases, compared pair by pair.

Statistics and their words live here; what is run is in `evals/running/`, what gates on it in `evals/gate.py`.
"""

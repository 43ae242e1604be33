"""Access to places outside, shared by channels and trackers: keys, retries, limits, errors.

What is asked and written there is not decided here.
"""

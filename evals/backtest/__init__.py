"""The team's own closed Issues as if each had just come in, before anything is switched on (N9, S9).

They become a dataset of the home, run and kept like any other (`evals/evaluating.py`); here is how the past is
cut so that nothing of it knows what came later, and what is read off the run.
"""

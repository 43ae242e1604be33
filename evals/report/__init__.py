"""A run, or two compared, as a person reads them: one HTML file, and the comment under a pull request.

What is said is decided elsewhere: the verdict in `evals/comparison/`, the scores in `evals/scorers/`. Here is
only what is shown, in which order. A report quotes the cases, so it is as private as they are.
"""

"""What people decided, as cases: corrections are found, shown, accepted one by one, and kept in the home.

Running them is `evals/evaluating.py`'s, as of any dataset; here is also what a change does to each of them.
"""

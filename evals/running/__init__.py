"""A run: every case of a dataset through one setup of the product, kept line by line, resumable, cached.

pydantic-evals carries cases, evaluators and concurrency; what is kept, found again and resumed is here.
Which dataset and which setup is `evals/datasets/` and `evals/setups.py`; what the lines mean, `evals/scorers/`.
"""

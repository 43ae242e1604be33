"""Measuring: training of the offline models, and later cases, scorers, comparison, report."""

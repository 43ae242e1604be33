"""The journey of one Case: screen → match → assess → decide → draft → review.

A file a step, each a function of values; `nodes.py` reads by id, calls the step and writes by
id; `graph.py` joins them. LangGraph is imported in `graph.py` and `checkpoints.py` alone.
"""

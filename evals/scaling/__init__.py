"""What one machine bears, measured on the product's own processes: `python -m evals.scaling`, into docs/scaling.md.

`throughput` and `floor` say how fast Messages become Proposals and what of that cannot be avoided, `intake`
how doors answer while workers are busy, `memory` what stays of many Cases. `stands` starts and ends the
processes, `corpus` makes what is sent, `page` writes it down.
"""

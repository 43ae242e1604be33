"""Which Cases a candidate prompt set is asked about: the same ones however often it is asked."""

import hashlib

_ALL = 1 << 64


def is_drawn(case_id: str, prompts: str, share: float) -> bool:
    """Tell whether a Case is among the share; another candidate draws others."""
    drawn = hashlib.sha256(f"{prompts} {case_id}".encode()).digest()[:8]
    return int.from_bytes(drawn, "big") < share * _ALL

"""The support-triage agent: what users write comes in, approved Actions go out.

Read it from the ground up: `domain` (nouns), `policy` (rules), `ports` (seams), then the
journey in `triage` and what runs by itself in `jobs`. `ARCHITECTURE.md` has the map.
"""

import os

#: Read by numpy's linear algebra when it is loaded, so it is said before anything is. Its threads wait by
#: spinning: on two cores they took a third of the processor and made a Case no sooner ready.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""How often Python looks for cycles: seldom, since an index in use holds many objects and hardly any cycles."""

from __future__ import annotations

import gc

#: Net allocations before a young collection, young ones before a middle one, middle ones before a full one. A full one looks at
#: every object of the texts that are kept taken apart, for a third of a second: docs/decisions/0014-http-speed.md.
THRESHOLDS = (10_000, 2, 300)


def settle() -> None:
    """Once a process has loaded what it needs: leave that out of every collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)

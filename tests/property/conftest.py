"""A busy machine is not a failure: no deadlines. NIGHTLY=1 looks ten times as long."""

import os

from hypothesis import settings

settings.register_profile("property", deadline=None, max_examples=1_000 if os.environ.get("NIGHTLY") == "1" else 100)
settings.load_profile("property")

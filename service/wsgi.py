"""For a WSGI server of your own: `gunicorn --worker-class service.serve.Worker service.wsgi:application`.

`mukarrar serve` is the plain way and sets more than this can: workers, limits, logs. Read once, from MUKARRAR_* variables
and the TOML file.
"""

from __future__ import annotations

from service.config import Config
from service.serve import application_of

application = application_of(Config.load())

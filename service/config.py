"""How this process runs. `Config.load` reads flags, variables and the TOML file once, at start; nothing else reads them."""

from __future__ import annotations

import difflib
import ipaddress
import math
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from dedup.errors import SettingsError
from dedup.settings import DAY_S, Settings
from service.model_file import read_model

PREFIX = "MUKARRAR_"
DEFAULT_FILE = Path("mukarrar.toml")
_DATA_DIR = Path(".data")

#: Variables with our prefix that are not settings: where the TOML file is, and where the tests find their data.
OTHER_VARIABLES = frozenset({"MUKARRAR_CONFIG", "MUKARRAR_DATA"})


def _option(
    default: Any,
    help: str,
    low: float | None = None,
    high: float | None = None,
    *,
    choices: tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """A field with its help text; `secret` keeps its value out of every repr."""
    return field(default=default, repr=not secret, metadata={"help": help, "low": low, "high": high, "choices": choices})


@dataclass(frozen=True, kw_only=True)
class Config:
    """One `Settings` and how the process around it runs. Raises SettingsError naming the field that is wrong."""

    settings: Settings = field(default_factory=Settings)
    host: str = _option(
        "127.0.0.1", "address to listen on; any other than a loopback one requires a key (`mukarrar keys create`)"
    )
    port: int = _option(8080, "port to listen on (the variable PORT is honoured too); 0 takes a free one", 0, 65535)
    redis_url: str = _option("", "Redis to use, for example redis://:password@host:6379/0; empty: the embedded one", secret=True)
    data_dir: Path = _option(_DATA_DIR, "folder of the embedded Redis")  # noqa: RUF009 - a constant, too
    kernels_dir: str = _option(
        "", "folder of compiled kernels; empty: `kernels` in the data folder if there is one, else in the user's cache folder"
    )
    namespace: str = _option("default", "prefix of every key: several indexes can share one Redis")
    appendfsync: str = _option(
        "everysec",
        "when the embedded Redis writes to disk: `everysec` loses at most 2 s if the power goes or the server is killed, "
        "`always` nothing",
        choices=("everysec", "always"),
    )
    model_file: str = _option("", "TOML file of a copy model made by `mukarrar tune`; empty: the shipped model")
    store_timeout_s: float = _option(0.8, "longest wait for one answer of the store, in seconds", 0.05, 60)
    decisions_retention_s: float = _option(400 * DAY_S, "how long decisions and their counts are kept, in seconds", DAY_S)
    sweep_interval_s: float = _option(
        1800.0, "longest time between two sweeps of what is past the retention, in seconds", 1, 86_400
    )
    workers: int = _option(2, "server processes", 1, 64)
    threads: int = _option(256, "connections that one process reads from at once", 4, 4096)
    busy_limit: int = _option(0, "requests that one process works on at once; 0: twice the cores, shared by the workers", 0, 1024)
    busy_wait_s: float = _option(10.0, "longest wait for a turn before the answer is 503 `overloaded`, in seconds", 0, 300)
    header_timeout_s: float = _option(10.0, "a client has this long to send a request's head, in seconds", 0.1, 300)
    body_timeout_s: float = _option(30.0, "a client has this long to send a request's body, in seconds", 0.1, 3600)
    graceful_timeout_s: int = _option(30, "on SIGTERM, requests under way have this long to finish, in seconds", 0, 600)
    server_key: str = _option("", "key sent to the service that `--server` names", secret=True)
    log_level: str = _option("info", "least severe log line written", choices=("debug", "info", "warning", "error"))

    def __post_init__(self) -> None:
        for spec in fields(self):
            if spec.name != "settings":
                _check(spec, getattr(self, spec.name))
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", self.namespace):
            raise SettingsError("namespace", "must be 1 to 40 letters (a-z), digits, '-' or '_'")
        if not re.fullmatch(r"[\x21-\x7e]*", self.server_key):
            raise SettingsError("server_key", "must be printable ASCII characters without spaces")

    @property
    def max_request_bytes(self) -> int:
        """Longest request body: an article at its limit, with every letter escaped (3 times its UTF-8), and 64 KiB."""
        return 3 * self.settings.max_body_bytes + 65_536

    @property
    def max_busy(self) -> int:
        """Requests that one worker process works on at once."""
        return self.busy_limit or max(2, 2 * (os.cpu_count() or 1) // self.workers)

    @classmethod
    def load(
        cls,
        flags: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        file: Path | None = None,
    ) -> Config:
        """Flag over MUKARRAR_* variable over TOML over default.

        Args:
            flags: values by field name, of Config or Settings; None means not given.
            env: the environment; `os.environ` if not given.
            file: the TOML file; else the one MUKARRAR_CONFIG names; else `mukarrar.toml`, if it is there.

        Raises:
            SettingsError: an unknown name (the nearest known one is suggested) or a wrong value; says where it stood.
        """
        env = os.environ if env is None else env
        values = {
            **_from_toml(file, env),
            **_from_env(env),
            **{name: value for name, value in (flags or {}).items() if value is not None},
        }
        specs = _specs()
        for name in values:
            if name not in specs:
                raise SettingsError(name, "no such setting" + _nearest(name, specs))
        parsed = {name: _parse(specs[name], value, "given") for name, value in values.items()}
        of_settings = {name: parsed.pop(name) for name in (spec.name for spec in fields(Settings)) if name in parsed}
        if parsed.get("model_file"):
            of_settings["model"] = read_model(Path(parsed["model_file"]))
        return cls(settings=Settings(**of_settings), **parsed)


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a host name or address (IPv6 with or without brackets) is this machine only."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def options() -> Iterator[tuple[str, Field[Any]]]:
    """Every setting, in the order of the documentation: ("Config" or "Settings", its field). `model_file` stands for `model`."""
    for owner in (Config, Settings):
        for spec in fields(owner):
            if spec.name not in ("settings", "model"):
                yield owner.__name__, spec


def settings_page() -> str:
    """docs/settings.md: every setting with its default, range and help text. `python -m service.config` prints it."""
    titles = {
        "Config": "How the process runs",
        "Settings": "What changes a decision\n\nThose marked *index* are built into an index: one with other values is refused.",
    }
    lines = [_HEAD]
    owner_before = ""
    for owner, spec in options():
        if owner != owner_before:
            lines += ["", f"## {titles[owner]}", "", "| setting | default | range | meaning |", "|---|---|---|---|"]
            owner_before = owner
        mark = " *(index)*" if spec.metadata.get("index") else ""
        lines.append(f"| `{spec.name}` | {_shown(spec.default)} | {_range(spec)} | {spec.metadata['help']}{mark} |")
    return "\n".join(lines) + "\n"


_HEAD = """# Settings

Made from the code by `python -m service.config > docs/settings.md`; a test holds the two together.

A flag (`--port 9000`) wins over a variable (`MUKARRAR_PORT=9000`), a variable over the TOML file (`port = 9000` in
`mukarrar.toml`, or in the file that `--config` or `MUKARRAR_CONFIG` names), the file over the default. An empty variable
counts as absent; lists are written with commas in flags and variables (`MUKARRAR_DUPLICATE_WHEN=repeat,copy`). They are
read once, at start. An unknown name is an error that suggests the nearest known one."""


def _specs() -> dict[str, Field[Any]]:
    return {spec.name: spec for _, spec in options()}


def _from_toml(file: Path | None, env: Mapping[str, str]) -> dict[str, Any]:
    path = file or (Path(env["MUKARRAR_CONFIG"]) if env.get("MUKARRAR_CONFIG") else DEFAULT_FILE)
    if not path.exists():
        if path == DEFAULT_FILE and file is None:
            return {}
        raise SettingsError("config", f"there is no file {str(path)!r}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as exc:
        raise SettingsError("config", f"{path} is not a readable TOML file: {exc}") from exc
    specs = _specs()
    for name in values:
        if name not in specs:
            raise SettingsError(name, f"no such setting (in {path})" + _nearest(name, specs))
    return {name: _parse(specs[name], value, f"in {path}") for name, value in values.items()}


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    specs = _specs()
    values: dict[str, Any] = {}
    if env.get("PORT"):
        values["port"] = _parse(specs["port"], env["PORT"], "from PORT")
    for variable, value in env.items():
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES or not value:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in specs or variable != variable.upper():
            known = [PREFIX + known.upper() for known in specs]
            raise SettingsError(variable, "no such variable" + _nearest(variable.upper(), known))
        values[name] = _parse(specs[name], value, f"from {variable}")
    return values


def _parse(spec: Field[Any], value: Any, where: str) -> Any:
    """A value of the field's own type; texts (of variables) are converted, all else must already be of it."""
    kind = Path if isinstance(spec.default, Path) else type(spec.default)
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    try:
        if kind is Path and isinstance(value, str):
            return Path(value)
        if kind is tuple and isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if kind is tuple and isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
            return tuple(value)
        if kind is float and isinstance(value, (int, str)) and not isinstance(value, bool) and math.isfinite(float(value)):
            return float(value)
        if kind is int and isinstance(value, str):
            return int(value)
    except ValueError:
        pass
    names = {int: "a whole number", float: "a number", str: "a text", Path: "a path", tuple: "a list of texts"}
    raise SettingsError(spec.name, f"{value!r} ({where}) is not {names[kind]}")


def _check(spec: Field[Any], value: Any) -> None:
    low, high, choices = spec.metadata["low"], spec.metadata["high"], spec.metadata["choices"]
    if choices and value not in choices:
        raise SettingsError(spec.name, f"must be one of {', '.join(choices)}, not {value!r}")
    if low is not None and not low <= value <= (high if high is not None else float("inf")):
        raise SettingsError(spec.name, f"must be {_range(spec)}, not {value!r}")


def _nearest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _range(spec: Field[Any]) -> str:
    low, high, choices = spec.metadata["low"], spec.metadata["high"], spec.metadata.get("choices", ())
    if choices:
        return " or ".join(f"`{choice}`" for choice in choices) if len(choices) == 2 else ", ".join(f"`{c}`" for c in choices)
    if low is None:
        return ""
    return f"{_number(low)} to {_number(high)}" if high is not None else f"at least {_number(low)}"


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        default = ",".join(default)
    if isinstance(default, (int, float)):
        return _number(default)
    return f"`{default}`" if str(default) else "(empty)"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"


if __name__ == "__main__":
    sys.stdout.write(settings_page())

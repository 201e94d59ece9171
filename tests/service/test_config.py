"""Flag over variable over TOML over default; every mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.errors import SettingsError
from dedup.model import COPY_MODEL, CopyModel
from dedup.settings import Settings
from service.config import Config, is_loopback, options, settings_page
from service.model_file import model_text

DOCS = Path(__file__).parents[2] / "docs"


def test_defaults_need_nothing() -> None:
    config = Config.load(env={})
    assert (config.host, config.port, config.redis_url, config.namespace) == ("127.0.0.1", 8080, "", "default")
    assert config.settings.min_body_words == 8


def test_each_source_wins_over_the_one_below(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text('port = 1001\nworkers = 4\nthreads = 32\nmin_body_words = 5\nduplicate_when = ["repeat"]\n')
    env = {"MUKARRAR_PORT": "1002", "MUKARRAR_WORKERS": "5", "MUKARRAR_WINDOW_S": "60", "HOME": "/"}
    config = Config.load({"port": 1003, "host": None}, env, file)
    assert (config.port, config.workers, config.threads) == (1003, 5, 32)
    assert (config.settings.min_body_words, config.settings.window_s, config.settings.duplicate_when) == (5, 60.0, ("repeat",))


def test_every_setting_can_be_a_variable_and_a_toml_key(tmp_path: Path) -> None:
    def text(value: object) -> str:
        return ",".join(value) if isinstance(value, tuple) else str(value)

    env = {f"MUKARRAR_{spec.name.upper()}": text(spec.default) for _, spec in options()}
    assert Config.load(env=env) == Config()
    file = tmp_path / "all.toml"
    lines = (
        f"{spec.name} = {list(spec.default) if isinstance(spec.default, tuple) else spec.default!r}"
        for _, spec in options()
        if not isinstance(spec.default, Path)
    )
    file.write_text("\n".join(lines))
    assert Config.load(env={}, file=file) == Config()


def test_port_variable_of_platforms_counts_but_ours_wins() -> None:
    assert Config.load(env={"PORT": "9000"}).port == 9000
    assert Config.load(env={"PORT": "9000", "MUKARRAR_PORT": "9001"}).port == 9001


def test_empty_variable_counts_as_absent() -> None:
    assert Config.load(env={"MUKARRAR_PORT": "", "PORT": "", "MUKARRAR_CONFIG": ""}).port == 8080


def test_file_named_by_variable(tmp_path: Path) -> None:
    file = tmp_path / "else.toml"
    file.write_text("port = 7")
    assert Config.load(env={"MUKARRAR_CONFIG": str(file)}).port == 7


def test_file_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mukarrar.toml").write_text("port = 8")
    assert Config.load(env={}).port == 8


@pytest.mark.parametrize(
    ("env", "field", "says"),
    [
        ({"MUKARRAR_PROT": "1"}, "MUKARRAR_PROT", "did you mean MUKARRAR_PORT"),
        ({"MUKARRAR_port": "1"}, "MUKARRAR_port", "did you mean MUKARRAR_PORT"),
        ({"MUKARRAR_ZZZ": "1"}, "MUKARRAR_ZZZ", "no such variable"),
        ({"MUKARRAR_PORT": "eighty"}, "port", "'eighty' (from MUKARRAR_PORT) is not a whole number"),
        ({"MUKARRAR_PORT": "70000"}, "port", "must be 0 to 65,535"),
        ({"MUKARRAR_WINDOW_S": "nan"}, "window_s", "is not a number"),
        ({"MUKARRAR_STORE_TIMEOUT_S": "inf"}, "store_timeout_s", "is not a number"),
        ({"MUKARRAR_APPENDFSYNC": "no"}, "appendfsync", "must be one of everysec, always"),
        ({"MUKARRAR_NAMESPACE": "a:b"}, "namespace", "1 to 40 letters"),
        ({"MUKARRAR_SERVER_KEY": "ä"}, "server_key", "printable ASCII"),
        ({"MUKARRAR_API_KEY": "k"}, "MUKARRAR_API_KEY", "no such variable"),
        ({"MUKARRAR_MIN_BODY_WORDS": "0"}, "min_body_words", "must be between 1 and 1000"),
        ({"MUKARRAR_CONFIG": "/nonexistent.toml"}, "config", "there is no file"),
    ],
)
def test_mistakes_in_variables_are_named(env: dict[str, str], field: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Config.load(env=env)
    assert caught.value.field == field
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "did you mean port?"),
        ("port = '1'", None),
        ("port = true", "is not a whole number"),
        ("port = 1.5", "is not a whole number"),
        ("duplicate_when = 'repeat, copy'", None),
        ("duplicate_when = [1]", "is not a list of texts"),
        ("server_key = 1", "is not a text"),
        ("port = ", "is not a readable TOML file"),
        ("[server]\nport = 1", "no such setting"),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path: Path, text: str, says: str | None) -> None:
    file = tmp_path / "m.toml"
    file.write_text(text)
    if says is None:
        Config.load(env={}, file=file)
        return
    with pytest.raises(SettingsError, match=r".*") as caught:
        Config.load(env={}, file=file)
    assert says in str(caught.value)


# ── the copy model of a file ────────────────────────────────────────────────────────────────────────────────────────


def test_a_model_file_is_named_to_be_used_and_changes_the_version_of_the_settings(tmp_path: Path) -> None:
    model = CopyModel(-5.5, tuple((name, weight / 2) for name, weight in COPY_MODEL.weights))
    file = tmp_path / "model.toml"
    file.write_text(model_text(model, ["from 40 pairs", ""]), encoding="utf-8")
    toml = tmp_path / "m.toml"
    toml.write_text(f"model_file = {str(file)!r}", encoding="utf-8")
    for config in (
        Config.load({"model_file": str(file)}, {}),
        Config.load(env={"MUKARRAR_MODEL_FILE": str(file)}),
        Config.load(env={}, file=toml),
    ):
        assert config.settings.model == model
        assert config.settings.version() != Settings().version()
        assert config.settings.fingerprint() == Settings().fingerprint()  # an index may go on under another model
    assert Config.load(env={}).settings.model is COPY_MODEL


WEIGHTS = "\n".join(f"{name} = {weight}" for name, weight in COPY_MODEL.weights)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no file"),
        ("intercept = ", "is not a readable TOML file"),
        ("[weights]", "needs `intercept` and a table `[weights]`"),
        ("intercept = 1\nweights = 1", "needs `intercept` and a table `[weights]`"),
        (f"intercept = 1\nslope = 2\n[weights]\n{WEIGHTS}", "has the unknown slope"),
        (f"intercept = nan\n[weights]\n{WEIGHTS}", "intercept must be a finite number"),
        (f"intercept = 1\n[weights]\n{WEIGHTS}\nlength = 2", "has the unknown length"),
        ("intercept = 1\n[weights]\n", f"lacks {min(name for name, _ in COPY_MODEL.weights)}"),
        (
            "intercept = 1\n[weights]\n" + "\n".join(f"{name} = {-weight}" for name, weight in COPY_MODEL.weights),
            f"the weight of {COPY_MODEL.weights[0][0]} must be 0 or",
        ),
    ],
)
def test_a_model_file_that_cannot_be_used_is_named_with_the_remedy(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "model.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Config.load({"model_file": str(file)}, {})
    assert caught.value.field == "model_file"
    for part in (str(file), says, "mukarrar tune"):
        assert part in str(caught.value)


def test_unknown_flag_is_an_error() -> None:
    with pytest.raises(SettingsError, match="did you mean port"):
        Config.load({"prot": 1}, {})


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_secrets_stay_out_of_the_repr() -> None:
    shown = repr(Config(server_key="hidden-key", redis_url="redis://:hidden-password@localhost"))
    assert "hidden" not in shown


def test_busy_limit_is_about_twice_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert Config(workers=2).max_busy == 8
    assert Config(workers=64).max_busy == 2
    assert Config(busy_limit=3).max_busy == 3


def test_docs_are_made_from_the_code() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page(), (
        "run python -m service.config > docs/settings.md"
    )

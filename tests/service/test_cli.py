"""The command `mukarrar`, as a process of its own, on real files and a real Redis."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from service import schemas
from service.config import options
from tests.conftest import KERNELS
from tests.service.conftest import FIRE, HOSPITAL, ROOT, Served

SAMPLE = ROOT / "service" / "sample"
SETTINGS = [spec.name for owner, spec in options() if owner == "Settings"]


def environment(**settings: str) -> dict[str, str]:
    """This process's, with the settings given and no others."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MUKARRAR_") and name != "PORT"}
    return env | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120", "MUKARRAR_KERNELS_DIR": str(KERNELS)} | settings


def command(*args: object) -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()", *map(str, args)]


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(short_dir: Path) -> Run:
    """Runs the command in an empty folder; its embedded Redis has its data there."""

    def run(*args: object, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command(*args), input=stdin, capture_output=True, cwd=short_dir, env=environment(**settings), timeout=60, check=False
        )

    return run


def lines(result: subprocess.CompletedProcess[bytes], status: int = 0) -> list[dict[str, Any]]:
    """The JSON lines on standard output."""
    assert result.returncode == status, result.stderr.decode()
    assert b"Traceback" not in result.stderr
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def jsonl(path: Path, *records: Any) -> Path:
    path.write_bytes(b"".join(r if isinstance(r, bytes) else orjson.dumps(r) + b"\n" for r in records))
    return path


def bodies(found: list[dict[str, Any]]) -> list[str]:
    return [line["body"]["verdict"] for line in found]


# ── help ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['mukarrar', '--help']\n"
        "from service.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'numpy', 'redis', 'rich', 'flask', 'trafilatura', 'lxml', 'pydantic', 'gunicorn', 'dedup'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), check=False, text=True)
    assert result.returncode == 0, result.stderr
    for name in ("serve", "check", "compare", "page", "explain", "story", "tune", "templates", "keys", "doctor", "sample"):
        assert re.search(rf"^  {name} ", result.stdout, re.MULTILINE)


def test_every_setting_is_a_flag_of_serve_with_its_help(run: Run) -> None:
    said = " ".join(run("serve", "--help").stdout.decode().split())
    for _, spec in options():
        if spec.name in ("server_key", "redis_url"):  # a key is never a flag; --redis has a shorter name
            continue
        assert f"--{spec.name.replace('_', '-')} " in said
        assert spec.metadata["help"] in said


@pytest.mark.parametrize("name", ["check", "page", "compare", "explain", "tune"])
def test_what_changes_a_decision_is_a_flag_of_every_command_that_judges(run: Run, name: str) -> None:
    said = run(name, "--help").stdout.decode()
    for setting in [*SETTINGS, "model_file"]:
        assert f"--{setting.replace('_', '-')} " in said


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_line_a_record_in_order_whatever_it_holds(run: Run, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "one", "source": "a", "title": "حريق العقبة", "body": FIRE},
        b"not json\n",
        b"\n",
        {"id": "two", "source": "b", "title": 5},
        {"id": "three", "source": "b"},
        {"id": "four", "source": "b", "body": FIRE},
        {"id": "one", "source": "z", "body": FIRE},
    )
    found = lines(run("check", "--memory", path), status=1)
    assert [line["id"] for line in found] == ["one", None, "two", "three", "four", "one"]
    assert [(line["line"], line["error"]["code"], line["error"]["field"]) for line in found if "error" in line] == [
        (2, "invalid_json", ""),
        (4, "invalid_article", "title"),
        (5, "empty_article", "body"),
        (7, "id_taken", "id"),
    ]
    assert (found[4]["body"]["verdict"], found[4]["body"]["match"]["id"]) == ("repeat", "one")


def test_the_summary_is_on_standard_error_and_there_is_no_bar_in_a_pipe(run: Run) -> None:
    result = run("check", "--memory", SAMPLE / "day.jsonl")
    said = result.stderr.decode()
    assert said.startswith("32 articles judged in ")
    assert "duplicates" in said
    assert "\x1b" not in said
    assert len(lines(result)) == 32


def test_a_terminal_gets_a_progress_bar(short_dir: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command("check", "--memory", SAMPLE / "day.jsonl"),
        stdout=subprocess.PIPE,
        stderr=follower,
        cwd=short_dir,
        env=environment(),
    )
    os.close(follower)
    assert process.stdout is not None
    with process.stdout:
        assert len(process.stdout.read().splitlines()) == 32
    said = _all_of(leader)
    assert process.wait(30) == 0
    assert "━" in said
    assert "32 articles judged" in said


def test_the_same_verdicts_from_every_store_and_every_batch_size(
    run: Run, tmp_path: Path, redis_url: str, namespace: str, serve: Callable[..., Served]
) -> None:
    day = SAMPLE / "day.jsonl"
    zipped = tmp_path / "day.jsonl.gz"
    zipped.write_bytes(gzip.compress(day.read_bytes()))
    expected = run("check", "--memory", day).stdout
    assert expected.count(b"\n") == 32
    served = serve(redis_url=redis_url, namespace=f"{namespace[:20]}-served")
    for args in (
        ("--memory", "--batch", 1, day),
        ("--memory", "--batch", 500, day),
        ("--memory", zipped),
        (day,),
        ("--redis", redis_url, "--namespace", namespace[:20], "--batch", 7, day),
        ("--server", served.url, day),
    ):
        assert run("check", *args).stdout == expected, args
    with day.open("rb") as stdin:
        assert run("check", "--memory", "-", stdin=stdin.read()).stdout == expected


def test_several_files_are_one_stream_and_their_rejected_lines_name_them(run: Run, tmp_path: Path) -> None:
    one = jsonl(tmp_path / "one.jsonl", {"id": "1", "source": "a", "body": FIRE}, b"{\n")
    two = jsonl(tmp_path / "two.jsonl", {"id": "2", "source": "b", "body": FIRE})
    found = lines(run("check", "--memory", one, two), status=1)
    assert (found[1]["line"], found[1]["file"]) == (2, str(one))
    assert found[2]["body"]["match"]["id"] == "1"


def test_a_second_run_replays(run: Run) -> None:
    first, second = (lines(run("check", SAMPLE / "day.jsonl")) for _ in range(2))
    assert not any(line["replayed"] for line in first)
    assert second == [{**line, "replayed": True} for line in first]


def test_candidates_are_added_when_asked_for(run: Run) -> None:
    plain = lines(run("check", "--memory", SAMPLE / "day.jsonl"))
    full = lines(run("check", "--memory", "--candidates", SAMPLE / "day.jsonl"))
    assert [{k: v for k, v in line.items() if k != "candidates"} for line in full] == plain
    copies = [line for line in full if line["body"]["match"]]
    assert copies
    assert all(line["body"]["match"]["id"] in line["candidates"] for line in copies)


def test_a_dry_run_sees_the_index_and_earlier_lines_and_keeps_nothing(run: Run, tmp_path: Path) -> None:
    first = jsonl(tmp_path / "1.jsonl", {"id": "1", "source": "a", "body": FIRE})
    later = jsonl(
        tmp_path / "2.jsonl",
        {"id": "2", "source": "b", "body": FIRE},
        {"id": "3", "source": "b", "body": HOSPITAL},
        {"id": "4", "source": "c", "body": HOSPITAL},
    )
    lines(run("check", first))
    dry = [lines(run("check", "--dry-run", later)) for _ in range(2)]
    assert dry[0] == dry[1]
    assert bodies(dry[0]) == ["repeat", "new", "repeat"]
    assert [line["body"]["match"]["id"] for line in (dry[0][0], dry[0][2])] == ["1", "3"]
    assert lines(run("check", later)) == dry[0]


def test_output_appears_when_it_is_complete(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    out.write_text("of an earlier run")
    result = run("check", "--memory", "--output", out, SAMPLE / "day.jsonl")
    assert (result.returncode, result.stdout) == (0, b"")
    assert out.read_bytes() == run("check", "--memory", SAMPLE / "day.jsonl").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["verdicts.jsonl"]


def test_output_may_be_a_device(run: Run) -> None:
    assert run("check", "--memory", "--output", "/dev/null", SAMPLE / "day.jsonl").returncode == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("check",), "Missing argument 'FILE...'"),
        (("check", "--no-such-flag", "x"), "No such option"),
        (("check", "missing.jsonl"), "missing.jsonl: cannot be read: No such file"),
        (("check", "--memory", "."), "cannot be read: Is a directory"),
        (("check", "--memory", "--redis", "redis://x", "y"), "--memory and --redis exclude each other"),
        (("check", "--server", "http://localhost:1", "--dry-run", "y"), "--dry-run cannot be used with --server"),
        (("check", "--server", "localhost", os.devnull), "is not the http:// or https:// address of a service"),
        (("check", "--memory", "--bands", "99", os.devnull), "bands: must be between 1 and 64"),
        (("check", "--memory", "--bands", "many", os.devnull), "bands: 'many' (given) is not a whole number"),
        (("check", "--redis", "file:///x", os.devnull), "redis_url: is not a redis://"),
        (("check", "--memory", "--output", "/no/such/folder/x", os.devnull), "cannot be written: No such file"),
        (("compare", "only one"), "give two texts, or --pairs FILE"),
        (("no-such-command",), "No such command 'no-such-command'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(run: Run, args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.returncode == 2
    assert said in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_a_misspelt_variable_is_wrong_usage(run: Run) -> None:
    result = run("check", "--memory", os.devnull, MUKARRAR_NAMESPASE="x")
    assert result.returncode == 2
    assert "did you mean MUKARRAR_NAMESPACE?" in result.stderr.decode()


def test_settings_come_from_a_file_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("min_body_words = 900\n")
    found = lines(run("check", "--memory", "--config", tmp_path / "m.toml", SAMPLE / "day.jsonl"))
    assert set(bodies(found)) == {"too_short"}


def test_output_never_overwrites_its_input(run: Run, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"id": "1", "source": "a", "body": FIRE})
    result = run("check", "--memory", "-o", path, path)
    assert result.returncode == 2
    assert b"is one of the files to be read" in result.stderr
    assert FIRE.encode() in path.read_bytes()


def test_an_index_of_other_settings_is_refused(run: Run, redis_url: str, namespace: str) -> None:
    args = ("check", "--redis", redis_url, "--namespace", namespace)
    assert run(*args, SAMPLE / "day.jsonl").returncode == 0
    result = run(*args, "--passage-words", 6, SAMPLE / "day.jsonl")
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"the index was built with settings" in result.stderr


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("where", ["--redis redis://127.0.0.1:{}", "--server http://127.0.0.1:{}"])
def test_a_store_that_is_away_ends_with_3_and_leaves_no_output(run: Run, tmp_path: Path, where: str) -> None:
    start = time.monotonic()
    result = run("check", *where.format(_closed_port()).split(), "-o", tmp_path / "out.jsonl", SAMPLE / "day.jsonl")
    assert result.returncode == 3
    assert b"Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - start < 10


def test_a_server_that_is_not_ours_ends_with_3(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = subprocess.Popen(
            command("check", "--server", f"http://127.0.0.1:{server.getsockname()[1]}", SAMPLE / "day.jsonl"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, b"")
    assert b"is it a Mukarrar service?" in err


def test_a_server_refuses_lines_like_the_store_does(
    run: Run, tmp_path: Path, redis_url: str, serve: Callable[..., Served], make_key: Callable[..., str]
) -> None:
    key = make_key("ingest")
    served = serve(redis_url=redis_url)
    path = jsonl(
        tmp_path / "a.jsonl", {"id": "1", "source": "a", "body": FIRE}, {"id": "2", "title": " "}, {"id": "1", "source": "b"}
    )
    remote = run("check", "--server", served.url, path, MUKARRAR_SERVER_KEY=key)
    local = run("check", "--memory", path)
    assert lines(remote, status=1) == lines(local, status=1)
    refused = run("check", "--server", served.url, path)
    assert refused.returncode == 3
    assert b"answered 401" in refused.stderr


@pytest.fixture
def endless(short_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A check that has judged one batch and waits for more input."""
    process = subprocess.Popen(
        command("check", "--batch", 1, "-o", "out.jsonl", "-"),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=short_dir,
        env=environment(),
        # a test run in the background of a shell ignores SIGINT, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    process.stdin.write((SAMPLE / "day.jsonl").read_bytes())
    process.stdin.flush()
    deadline = time.monotonic() + 20
    while not list(short_dir.glob(".out.jsonl.*.part")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield process
    process.kill()
    process.wait()
    assert process.stderr is not None
    process.stdin.close()
    process.stderr.close()


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing_unfinished(
    endless: subprocess.Popen[bytes], short_dir: Path, sent: signal.Signals, status: int
) -> None:
    endless.send_signal(sent)
    assert endless.wait(20) == status
    assert endless.stderr is not None
    assert b"Traceback" not in endless.stderr.read()
    assert sorted(path.name for path in short_dir.iterdir()) == [".data"]
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(OSError, match=r"refused|No such file"):
        client.connect(str(short_dir / ".data" / "redis.sock"))  # the server went with its last user


def test_a_reader_that_leaves_early_is_no_error(run: Run, tmp_path: Path, short_dir: Path) -> None:
    many = [{"id": str(n), "source": "a", "body": f"{FIRE} {n}"} for n in range(3000)]
    path = jsonl(tmp_path / "many.jsonl", *many)
    process = subprocess.Popen(
        command("check", "--memory", path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=short_dir, env=environment()
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(60) == 141


# ── page ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_gives_a_line_an_item(run: Run) -> None:
    found = lines(run("page", "--memory", SAMPLE / "page.txt"))
    assert [(line["item"], line["kind"], line["cut"]) for line in found] == [
        (1, "article", False),
        (2, "teaser", True),
        (3, "teaser", True),
        (4, "teaser", True),
    ]
    assert found[0]["credit"]["agency"] == "afp"
    assert not any(line["repeated_headline"] for line in found)
    prefixes = {line["id"].rpartition(":")[0] for line in found}
    assert len(prefixes) == 1
    assert re.fullmatch("[0-9a-f]{12}", prefixes.pop())


def test_a_page_is_checked_against_the_index(run: Run) -> None:
    run("check", SAMPLE / "day.jsonl")
    dry = lines(run("page", "--dry-run", "--id", "p", SAMPLE / "page.txt"))
    assert any(line["duplicate"] for line in dry)
    assert lines(run("page", "--id", "p", SAMPLE / "page.txt")) == dry
    assert all(line["replayed"] for line in lines(run("page", "--id", "p", SAMPLE / "page.txt")))


HTML = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>حريق العقبة</title>
<meta property="article:published_time" content="2025-11-09T05:40:00+03:00"></head>
<body><main><article><h1>حريق العقبة</h1><p>{FIRE}</p><p>{FIRE.replace("ثلاثة", "أربعة")}</p><p>{HOSPITAL}</p>
</article></main></body></html>"""


def test_html_is_recognised_on_standard_input(run: Run) -> None:
    (line,) = lines(run("page", "--memory", "--id", "p", "--source", "s", "-", stdin=HTML.encode()))
    assert (line["id"], line["kind"], line["body"]["verdict"]) == ("p:1", "article", "new")


def test_html_can_be_said_to_be_text(run: Run) -> None:
    found = lines(run("page", "--memory", "--text", "-", stdin=HTML.encode()))
    assert len(found) == 1


def test_a_page_without_articles_is_said_to_have_none(run: Run) -> None:
    result = run("page", "--memory", "-", stdin=b"\n \n")
    assert lines(result) == []
    assert b"no article found" in result.stderr


def test_an_item_that_cannot_be_judged_is_a_line_with_an_error(run: Run) -> None:
    title = "خبر طويل جداً عن مدينة بعيدة في الشمال"
    text = f"{title}\n{title}\n" + f"{HOSPITAL} " * 50
    (line,) = lines(run("page", "--memory", "--max-body-bytes", 1000, "-", stdin=text.encode()), status=1)
    assert (line["item"], line["error"]["code"], line["error"]["field"]) == (1, "article_too_long", "body")


def test_a_page_over_the_limit_is_refused(run: Run) -> None:
    result = run("page", "--memory", "-", stdin=b"a" * 5_000_001)
    assert result.returncode == 1
    assert b"at most 5000000 are accepted" in result.stderr


# ── compare, explain ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_texts_are_compared(run: Run) -> None:
    (line,) = lines(run("compare", FIRE, FIRE.replace("ثلاثة", "ثَلاثَة")))
    assert (line["id"], line["body"]["verdict"], line["body"]["match"]["id"]) == ("b", "repeat", "a")


def test_headlines_and_files_are_compared(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(FIRE, encoding="utf-8")
    (tmp_path / "new.json").write_text(json.dumps({"id": "n", "body": FIRE, "title": "حريق"}), encoding="utf-8")
    (line,) = lines(run("compare", f"@{tmp_path}/old.txt", f"@{tmp_path}/new.json"))
    assert (line["id"], line["body"]["verdict"]) == ("n", "repeat")
    (line,) = lines(run("compare", '{"title": "مقتل 5 أشخاص في انهيار مبنى"}', '{"title": "مقتل 8 أشخاص في انهيار مبنى"}'))
    assert line["headline"]["verdict"] == "changed"
    assert line["headline"]["changed"]["number"] == [{"old": "5", "new": "8"}]


def test_pairs_give_a_line_each(run: Run, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "p.jsonl", {"a": FIRE, "b": FIRE}, {"a": FIRE}, b"{\n", {"a": {"body": FIRE}, "b": {"title": "x"}})
    found = lines(run("compare", "--pairs", path), status=1)
    assert found[0]["body"]["verdict"] == "repeat"
    assert [(line["line"], line["error"]["field"]) for line in found[1:3]] == [(2, "b"), (3, "")]
    assert found[3]["body"]["verdict"] == "too_short"


def _all_of(leader: int) -> str:
    """What a process wrote to a pseudo-terminal until it left."""
    said = b""
    try:
        while piece := os.read(leader, 65536):
            said += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(leader)
    return said.decode("utf-8", "replace")


def test_on_a_terminal_a_comparison_is_told_in_words(short_dir: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command("compare", FIRE, FIRE.replace("ثلاثة", "سبعة")), stdout=follower, cwd=short_dir, env=environment()
    )
    os.close(follower)
    said = _all_of(leader)
    assert process.wait(30) == 0
    assert "Body: " in said
    assert "The copy model" in said
    assert "«ثلاثة» is now «سبعة»" in said
    assert "They share one passage, of 19 words." in said


def test_two_articles_of_the_index_are_explained(run: Run, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "old", "source": "a", "title": "حريق العقبة", "body": FIRE},
        {"id": "new", "source": "b", "title": "حريق العقبة", "body": f"{FIRE} {HOSPITAL}"},
    )
    run("check", path)
    result = run("explain", "new", "old")  # the order of arrival counts, not that of the arguments
    said = result.stdout.decode()
    assert result.returncode == 0
    assert said.startswith("Earlier: old (a)")
    assert "Body: partial (longer)" in said
    assert FIRE[:30] in said
    assert "Headline: repeated" in said
    assert "So it is a duplicate of the earlier article, and the headline is repeated." in said
    assert "Recorded when new arrived: body partial of old, headline repeated of old." in said
    arabic = run("explain", "new", "old", "--lang", "ar").stdout.decode()
    assert arabic.startswith("السابقة: old (a)")
    assert "النص: نقل جزئي (أطول)" in arabic
    assert "إذن فالمادة اللاحقة تكرار للسابقة، وعنوانها مكرر أيضاً." in arabic
    (line,) = lines(run("explain", "old", "new", "--json"))
    schemas.ExplanationOut.model_validate(line)
    assert (line["earlier"]["id"], line["later"]["id"], line["arrival"]["reason"]) == ("old", "new", "compared")


def test_texts_are_explained_and_too_short_ones_say_so(run: Run) -> None:
    said = run("explain", "--texts", "نص قصير", "نص آخر").stdout.decode()
    assert "Body: too_short" in said
    assert "The later text has 2 words; at least 8 words are needed to judge it" in said
    assert "The earlier text has 2 words" in said


def test_an_unknown_article_ends_with_1(run: Run) -> None:
    result = run("explain", "no", "such")
    assert result.returncode == 1
    assert b"no article with the id 'no' is in the index" in result.stderr


# ── story ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_told_in_order_of_publication(run: Run, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "s1", "source": "barq24", "published": "2025-11-09T09:00:00Z", "title": "حريق العقبة", "body": FIRE},
        {"id": "s2", "source": "sabah", "published": "2025-11-09T10:00:00Z", "title": "حريق", "body": f"عمان (أ ف ب) - {FIRE}"},
        {"id": "s3", "source": "واس", "published": "2025-11-09T11:00:00Z", "title": "حريق ميناء", "body": FIRE},
    )
    run("check", path)
    assert run("story", "s2").stdout.decode().splitlines() == [
        "Story s1: 3 articles, 3 outlets, independent publishers: barq24, afp, spa",
        "  2025-11-09 09:00  s1  barq24  copy of the lead 1.00  حريق العقبة",
        "  2025-11-09 10:00  s2  sabah [afp]  copy of the lead 1.00  حريق",
        "  2025-11-09 11:00  s3  واس [spa]  lead (an agency's)  حريق ميناء",
    ]
    told = json.loads(run("story", "s3", "--json").stdout)
    assert (told["id"], told["lead"], [m["id"] for m in told["members"]]) == ("s1", "s3", ["s1", "s2", "s3"])


def test_a_story_of_nobody_ends_with_1(run: Run) -> None:
    result = run("story", "nobody")
    assert result.returncode == 1
    assert b"no article with the id 'nobody' is in the index" in result.stderr


# ── sample, doctor, serve ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_sample_can_be_piped_into_check(run: Run) -> None:
    sample = run("sample").stdout
    assert sample == (SAMPLE / "day.jsonl").read_bytes()
    assert len(lines(run("check", "--memory", "-", stdin=sample))) == 32


def test_doctor_finds_nothing_wrong_with_an_empty_folder(run: Run) -> None:
    result = run("doctor")
    said = result.stdout.decode()
    assert result.returncode == 0, said
    for subject in ("Python", "System", "Data folder", "Redis program", "Memory", "Persistence", "Clock", "Index"):
        assert re.search(rf"^ok +{subject}", said, re.MULTILINE), subject
    assert "No problem found." in said


def test_doctor_names_problem_and_remedy(run: Run, tmp_path: Path, redis_url: str, namespace: str) -> None:
    (tmp_path / "file").touch()
    folder = run("doctor", "--data-dir", tmp_path / "file" / "data")
    assert folder.returncode == 1
    assert re.search(r"PROBLEM +Data folder .*\n +-> choose another with --data-dir", folder.stdout.decode())
    away = run("doctor", "--redis", f"redis://127.0.0.1:{_closed_port()}")
    assert away.returncode == 1
    assert re.search(r"PROBLEM +Redis +does not answer", away.stdout.decode())
    args = ("--redis", redis_url, "--namespace", namespace)
    run("check", *args, SAMPLE / "day.jsonl")
    index = run("doctor", *args, "--bands", 4)
    assert index.returncode == 1
    assert re.search(r"PROBLEM +Index +\w+: built with settings", index.stdout.decode())


Start = Callable[..., tuple["subprocess.Popen[str]", list[str], str]]


@pytest.fixture
def start(short_dir: Path) -> Iterator[Start]:
    """Starts servers: the process, what it printed until it listened, and where it does. Ends them after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*args: object, **settings: str) -> tuple[subprocess.Popen[str], list[str], str]:
        process = subprocess.Popen(
            command("serve", "--port", 0, "--workers", 1, *args),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=short_dir,
            env=environment(**settings),
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"serves the index '(\w+)' at (http://\S+)", line):
                return process, said, found[2]
        raise AssertionError(f"the server did not start: {said}")

    yield start
    for process in started:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def _stop(process: subprocess.Popen[str]) -> int:
    process.terminate()
    return process.wait(30)


def _stats(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/v1/stats", timeout=10) as reply:
        return json.load(reply)


def test_the_sample_is_fed_once_and_found_again(start: Start) -> None:
    process, said, url = start("--sample")
    assert "'sample'" in said[-1]
    table = "".join(said)
    ids = [json.loads(line)["id"] for line in (SAMPLE / "day.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(f"│ {article_id} " in table for article_id in [*ids, "page:1", "page:4"])
    first = _stats(url)
    assert first["articles"] == len({*ids}) + 4  # one of the day's comes in two versions
    assert _stop(process) == 0
    process, said, url = start("--sample")
    assert said[0] == "The index 'sample' has 36 arrivals from an earlier run.\n"
    assert _stats(url) == first
    assert _stop(process) == 0


@pytest.mark.parametrize("other", ["redis", "namespace"])
def test_the_sample_never_goes_into_an_index_of_yours(start: Start, redis_url: str, namespace: str, other: str) -> None:
    settings = {"MUKARRAR_NAMESPACE": namespace} | ({"MUKARRAR_REDIS_URL": redis_url} if other == "redis" else {})
    process, said, url = start("--sample", **settings)
    assert f"'{namespace}'" in said[-1]
    assert _stats(url)["articles"] == 0
    assert _stop(process) == 0

"""The command `mukarrar`: parse, call, print. Everything heavy is imported where it is used, so that --help comes at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from dataclasses import Field

    from dedup.deduplicator import Deduplicator
    from dedup.explanation import Explanation
    from dedup.records import Article, Stored, Template
    from dedup.registry import Shown, TemplateRegistry
    from service.batch import Stream, Tally
    from service.config import Config
    from service.keys import KeyStore, Person
    from service.readers import Source
    from service.words import Language

DONE, REJECTED, USAGE, STORE_AWAY = 0, 1, 2, 3
INTERRUPTED, TERMINATED, READER_GONE = 130, 143, 141  # 128 + SIGINT, SIGTERM, SIGPIPE
SAMPLE_NAMESPACE = "sample"
#: A batch waits longer for an answer of the store than a request does: nobody sits in front of it.
BATCH_TIMEOUT_S = 10.0
#: From so many articles on, compiled kernels save more time than it takes to load them.
WORTH_COMPILING = 1_000
#: From so many bytes on, packed or not, several processes do.
WORTH_SHARING = 4_000_000


def main() -> NoReturn:
    """Run the command and exit: 0 done, 1 some lines rejected, 2 usage, 3 store away."""
    try:
        status = cli.main(prog_name="mukarrar", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as exc:
        exc.show()
        status = USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("mukarrar: interrupted", err=True)
        status = INTERRUPTED
    except _our_errors() as exc:
        status = _status_of(exc)
        if status == READER_GONE:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the flush at exit fails, too
        else:
            click.echo(f"mukarrar: {exc}", err=True)
    sys.exit(status or DONE)


def _our_errors() -> type[Exception]:
    from dedup.errors import DedupError

    return DedupError


def _status_of(error: Exception) -> int:
    from dedup.errors import FieldError, StoreError
    from service.batch import ReaderGoneError
    from service.embedded import EmbeddedRedisError

    if isinstance(error, ReaderGoneError):
        return READER_GONE
    if isinstance(error, (StoreError, EmbeddedRedisError)):
        return STORE_AWAY
    return REJECTED if isinstance(error, FieldError) else USAGE


class SettingsCommand(click.Command):
    """A command with a flag for each setting; their help comes from Config and Settings, read when this command is used."""

    def __init__(self, *args: Any, process: Sequence[str] = (), judges: bool = True, **kwargs: Any) -> None:
        """`process` names the fields of Config that become flags, ("*",) all; those of Settings do where the command `judges`."""
        super().__init__(*args, **kwargs)
        self._process = process
        self._judges = judges

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, then the settings'."""
        own = super().get_params(ctx)
        return [*own[:-1], *self._flags, own[-1]]  # --help stands last

    @cached_property
    def _flags(self) -> list[click.Parameter]:
        from service.config import options

        declared = {param.name for param in self.params}
        return [
            _flag(spec)
            for owner, spec in options()
            if spec.name not in declared
            and spec.name != "server_key"  # a key on a command line can be read by every user of the machine
            and (self._judges if owner == "Settings" else spec.name in self._process or "*" in self._process)
        ]


def _flag(spec: Field[Any]) -> click.Option:
    default = ",".join(spec.default) if isinstance(spec.default, tuple) else spec.default
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    names = {int: "N", float: "N", tuple: "LIST"}
    return click.Option(
        [f"--{spec.name.replace('_', '-')}", spec.name],
        metavar=names.get(type(spec.default), "TEXT"),
        help=f"{spec.metadata['help']} [default: {default}]" if default != "" else spec.metadata["help"],
    )


_memory_option = click.option("--memory", is_flag=True, help="Judge against this run alone; nothing is kept.")
_redis_option = click.option(
    "--redis", "redis_url", metavar="URL", help="A Redis of yours; else the embedded one of the data folder."
)
_config_option = click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="TOML file with settings.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="mukarrar", message="%(prog)s %(version)s")
def cli() -> None:
    """Has this Arabic text been published before?

    Settings come from flags, MUKARRAR_* variables or a TOML file, in this order. Exit codes: 0 done, 1 some lines rejected, 2
    usage, 3 store away.
    """


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(cls=SettingsCommand, process=("data_dir", "kernels_dir", "namespace", "appendfsync", "model_file"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_memory_option
@_redis_option
@click.option("--server", metavar="URL", help="Post to a running service (key: MUKARRAR_SERVER_KEY).")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write here when done, not to standard output."
)
@click.option("--dry-run", is_flag=True, help="Judge against the index and the file's earlier lines; keep nothing.")
@click.option("--candidates", is_flag=True, help='Add "candidates": the ids that were compared word by word.')
@click.option("--batch", type=click.IntRange(1, 1000), default=50, show_default=True, help="Articles in one call of the store.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that share the work [default: one a processor for long files].",
)
@_config_option
def check(
    files: tuple[str, ...],
    memory: bool,
    server: str | None,
    output: Path | None,
    dry_run: bool,
    candidates: bool,
    batch: int,
    jobs: int | None,
    file: Path | None,
    **flags: str | None,
) -> int:
    """Judge the articles of files: one verdict line each, in the same order.

    FILE is JSON Lines, plain or gzipped; - is standard input. A line that is no article gives a line with "error".
    """
    from service import kernels
    from service.batch import Tally, judge_with, one_at_a_time, verdict_lines
    from service.batch import output as open_output
    from service.client import Client
    from service.collector import settle
    from service.readers import Source
    from service.readers.jsonl import JsonLines

    _only_one("--memory", memory, "--redis", flags["redis_url"], "--server", server)
    for option, given in (("--dry-run", dry_run), ("--candidates", candidates), ("--namespace", flags["namespace"])):
        if server and given:
            raise click.UsageError(f"{option} cannot be used with --server; use it with --redis or the data folder")
    if output and any(name != "-" and Path(name).exists() and output.exists() and output.samefile(name) for name in files):
        raise click.UsageError(f"--output {output} is one of the files to be read; write to another")
    config = _load(file, flags)
    sources = [Source(name) for name in files]
    for source in sources:
        with source.open():  # a missing file is told before anything is judged
            pass
    shared = _shared_by(jobs, sources, alone=memory or dry_run or bool(server))
    tally = Tally()
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _terminate))
        if server:
            client = Client(server, api_key=config.server_key)
            stack.callback(client.close)
            judge: Stream = one_at_a_time(client.check)
        elif shared:
            judge = stack.enter_context(_workers(config, jobs=shared, candidates=candidates))
        else:
            deduplicator = stack.enter_context(_deduplicator(config, memory=memory, dry_run=dry_run))
            judge = one_at_a_time(judge_with(deduplicator, candidates=candidates))
        write = stack.enter_context(open_output(output))
        show = stack.enter_context(_progress(sources, tally))
        settle()
        for source in sources:
            reader = JsonLines(source, max_line_bytes=config.max_request_bytes)
            for line in verdict_lines(reader, judge, batch=batch):
                if "error" in line and len(sources) > 1:
                    line["file"] = source.name
                write(line)
                tally.count(line)
                show(source)
                if tally.judged + tally.rejected == WORTH_COMPILING and not server and not shared:
                    kernels.start(config, lambda reason: click.echo(f"mukarrar: slower than it could be: {reason}", err=True))
    click.echo(tally.summary(), err=True)
    return REJECTED if tally.rejected else DONE


def _shared_by(jobs: int | None, sources: Sequence[Source], *, alone: bool) -> int:
    """How many processes share the work; 0 if this one does it all."""
    if alone:
        if jobs and jobs > 1:
            raise click.UsageError("--jobs needs a Redis; leave out --memory, --dry-run or --server")
        return 0
    if jobs is None:
        jobs = _processors() if sum(source.size or 0 for source in sources) >= WORTH_SHARING else 1
    return jobs if jobs > 1 else 0


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress(sources: Sequence[Source], tally: Tally) -> Iterator[Callable[[Source], None]]:
    """A progress bar over the bytes of the files, on a terminal; nothing elsewhere."""
    sizes = [source.size for source in sources]
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    total = None if None in sizes else sum(size or 0 for size in sizes)
    before = {source.name: sum(size or 0 for size in sizes[:at]) for at, source in enumerate(sources)}
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=total)

        def show(source: Source) -> None:
            if (tally.judged + tally.rejected) % 50 == 0:
                found = f"{tally.judged:,} judged, {tally.duplicates:,} duplicates"
                progress.update(task, description=found, completed=before[source.name] + source.position)

        yield show


# ── page ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync", "model_file"))
@click.argument("page_file", metavar="FILE")
@click.option("--html/--text", "is_html", default=None, help="What the file holds; found out from its beginning if not given.")
@_memory_option
@_redis_option
@click.option("--dry-run", is_flag=True, help="Judge against the index; keep nothing.")
@click.option("--id", "page_id", metavar="ID", help="Prefix of the items' ids; else 12 hex digits of the file's digest.")
@click.option("--source", metavar="TEXT", help="The outlet.")
@click.option("--url", metavar="URL", help="The page's address; it belongs to the first item.")
@click.option("--published", metavar="TIME", help="Time of publication, ISO 8601.")
@click.option("--section", metavar="TEXT")
@click.option("--lang", metavar="TEXT")
@_config_option
def page(
    page_file: str,
    is_html: bool | None,
    memory: bool,
    dry_run: bool,
    page_id: str | None,
    source: str | None,
    url: str | None,
    published: str | None,
    section: str | None,
    lang: str | None,
    file: Path | None,
    **flags: str | None,
) -> int:
    """Take a scraped page apart and judge the articles on it: one line an item.

    FILE is a page as HTML or as plain text; - is standard input. Each line is a verdict line with "item", "kind" (article or
    teaser) and "cut".
    """
    import hashlib
    import time

    from dedup.errors import ArticleError, ArticleTooLongError
    from service.batch import output as open_output
    from service.batch import rejected_line
    from service.formats.html import MAX_HTML_BYTES, decode_page, looks_like_html, page_from_html
    from service.formats.page import page_from_text
    from service.readers import Source

    _only_one("--memory", memory, "--redis", flags["redis_url"])
    config = _load(file, flags)
    with Source(page_file).open() as stream:
        data = stream.read(MAX_HTML_BYTES + 1)
    if len(data) > MAX_HTML_BYTES:
        raise ArticleTooLongError("page", len(data), MAX_HTML_BYTES, "bytes")
    about = {
        "id": page_id or hashlib.sha256(data).hexdigest()[:12],
        "source": source,
        "url": url,
        "published": published,
        "section": section,
        "lang": lang,
    }
    if looks_like_html(data) if is_html is None else is_html:
        found = page_from_html(data, about)
    else:
        found = page_from_text(decode_page(data), about)
    rejected = 0
    with _deduplicator(config, memory=memory, dry_run=dry_run) as deduplicator, open_output(None) as write:
        items = deduplicator.page(found.text)
        articles = found.articles(items)
        answers = deduplicator.check(articles, now_s=time.time())
        for n, (item, article, answer) in enumerate(zip(items, articles, answers, strict=True), start=1):
            if isinstance(answer, ArticleError):
                rejected += 1
                line = rejected_line(article.id, n, answer)
                del line["line"]
            else:
                line = answer.as_dict()
            write({**line, "item": n, "kind": item.kind, "cut": item.cut})
    if not items:
        click.echo(f"mukarrar: no article found in {page_file}", err=True)
    return REJECTED if rejected else DONE


# ── compare, explain ─────────────────────────────────────────────────────────────────────────────────────────────────


_lang_option = click.option("--lang", type=click.Choice(["en", "ar"]), default="en", show_default=True, help="Language of words.")


@cli.command(cls=SettingsCommand, process=("model_file",))
@click.argument("texts", nargs=-1, metavar="[A B]")
@click.option("--pairs", metavar="FILE", help='JSON Lines of {"a", "b"}: texts or article objects; - is standard input.')
@click.option("--json", "as_json", is_flag=True, help="Print the verdict line on a terminal, too.")
@_lang_option
@_config_option
def compare(
    texts: tuple[str, ...], pairs: str | None, as_json: bool, lang: Language, file: Path | None, **flags: str | None
) -> int:
    """Compare two texts, the older first: the verdict on B if A were the only article before it.

    A and B are texts (bodies), article objects such as '{"title": "..."}', or @FILE for either. Prints one verdict line a
    pair; on a terminal, two texts are explained in words.
    """
    from service.batch import output as open_output

    if bool(texts) == bool(pairs) or len(texts) not in (0, 2):
        raise click.UsageError("give two texts, or --pairs FILE")
    config = _load(file, flags)
    with _deduplicator(config, memory=True) as deduplicator, open_output(None) as write:
        if pairs:
            return _compare_pairs(deduplicator, pairs, config, write)
        old, new = _pair(*texts)
        if as_json or not sys.stdout.isatty():
            write(deduplicator.compare(old, new).as_dict())
        else:
            _print_explained(deduplicator.explain_texts(old, new), config, lang)
    return DONE


def _compare_pairs(deduplicator: Deduplicator, name: str, config: Config, write: Callable[[dict[str, Any]], None]) -> int:
    from dedup.errors import ArticleError
    from service.batch import rejected_line
    from service.formats.article import pair_from_json
    from service.readers import Source
    from service.readers.jsonl import JsonLines

    rejected = 0
    for number, obj in JsonLines(Source(name), max_line_bytes=2 * config.max_request_bytes).objects():
        try:
            if isinstance(obj, ArticleError):
                raise obj
            write(deduplicator.compare(*pair_from_json(obj)).as_dict())
        except ArticleError as error:
            rejected += 1
            write(rejected_line(None, number, error))
    return REJECTED if rejected else DONE


@cli.command(cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync", "model_file"))
@click.argument("a")
@click.argument("b")
@click.option("--texts", is_flag=True, help="A and B are texts, not ids.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as the API gives it, on one line.")
@_lang_option
@_redis_option
@_config_option
def explain(a: str, b: str, texts: bool, as_json: bool, lang: Language, file: Path | None, **flags: str | None) -> int:
    """Say in words why two articles are, or are not, copies of one another.

    A and B are ids of articles in the index; with --texts, or where they begin with @, they are texts as in `compare`.
    """
    from service.batch import output as open_output
    from service.explain import explanation_line

    config = _load(file, flags)
    as_texts = texts or a.startswith("@") or b.startswith("@")
    with _deduplicator(config, memory=as_texts) as deduplicator:
        explanation = deduplicator.explain_texts(*_pair(a, b)) if as_texts else deduplicator.explain(a, b)
    if as_json:
        with open_output(None) as write:
            write(explanation_line(explanation, config.settings, lang))
    else:
        _print_explained(explanation, config, lang)
    return DONE


def _pair(a: str, b: str) -> tuple[Article, Article]:
    from service.formats.article import pair_from_json

    return pair_from_json({"a": _text_or_object(a), "b": _text_or_object(b)})


def _text_or_object(value: str) -> Any:
    """A text, an article object where the value is one in JSON, or what the file behind an @ holds."""
    from service.formats.article import JsonError, load_json
    from service.formats.html import decode_page
    from service.readers import Source

    if value.startswith("@"):
        with Source(value[1:]).open() as stream:
            value = decode_page(stream.read())
    if value.lstrip().startswith("{"):
        try:
            return load_json(value.encode("utf-8", "surrogateescape"))
        except JsonError:
            pass
    return value


def _print_explained(explanation: Explanation, config: Config, lang: Language) -> None:
    from service.explain import lines

    for line in lines(explanation, config.settings, lang):
        click.echo(line if line.startswith(" ") else click.style(line, bold=True))


# ── tune ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync", "model_file"))
@click.argument("labels_file", metavar="LABELS")
@click.option("--articles", metavar="FILE", help="JSON Lines of the articles that labels name by id, in order of arrival.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the new model here; naming it uses it.",
)
@_redis_option
@_config_option
def tune(labels_file: str, articles: str | None, output: Path | None, file: Path | None, **flags: str | None) -> int:
    """Refit the copy model on your own labelled pairs, and say whether that is any better.

    LABELS is JSON Lines of {"a", "b", "label"}, the older article first: each an article object, a text, or an id in
    --articles, else in the index; the label is copy or not_copy, or same, partial, update, template, related, unrelated;
    "weight" is optional. Nothing is changed: --output writes a model file, and --model-file uses one.
    """
    import time
    from dataclasses import replace

    from dedup.deduplicator import Deduplicator
    from dedup.store.memory import MemoryStore
    from service.model_file import model_text
    from service.readers import Source
    from service.readers.jsonl import JsonLines
    from service.tune import about, changes, feed, needs_index, read_labels, report
    from service.tune import tune as tuned

    config = _load(file, flags)
    if output and config.model_file and output.exists() and output.samefile(config.model_file):
        raise click.UsageError(f"--output {output} is the model in force; write to another file")
    labels = read_labels(Source(labels_file), max_line_bytes=2 * config.max_request_bytes)
    with ExitStack() as stack:
        if articles:
            settings = replace(config.settings, max_candidates=1)  # arrivals count here, not their verdicts
            deduplicator = Deduplicator(MemoryStore(settings), settings)
            arrived, refused = feed(
                deduplicator, JsonLines(Source(articles), max_line_bytes=config.max_request_bytes), now_s=time.time()
            )
            click.echo(f"{arrived:,} articles arrived from {articles}" + (f", {refused:,} lines were none." if refused else "."))
        else:
            deduplicator = stack.enter_context(_deduplicator(config, memory=not needs_index(labels)))
        tuning = tuned(labels, deduplicator, name=labels_file, where=f"in {articles}" if articles else "in the index")
    for line in (*report(tuning), *changes(tuning)):
        click.echo(line)
    if output is None:
        click.echo("Nothing was changed or written; --output FILE writes the new model.")
        return DONE
    try:
        output.write_text(model_text(tuning.model, about(tuning)), encoding="utf-8")
    except OSError as exc:
        raise click.UsageError(f"{output} cannot be written: {exc.strerror}") from exc
    click.echo(f"Nothing was changed. The new model is in {output}; use it with --model-file {output}.")
    return DONE


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────


class ListGroup(click.Group):
    """A group that lists where no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front of nothing and of flags."""
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@cli.group(cls=ListGroup)
def templates() -> None:
    """List standing wording that was learnt; name it, pin it, release it.

    A decision holds for articles that arrive from then on. Without a command: list.
    """


def _template_command(name: str) -> Callable[[Callable[..., int]], click.Command]:
    """A command on the index that the options name."""

    def make(function: Callable[..., int]) -> click.Command:
        function = _redis_option(_config_option(function))
        return templates.command(name, cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync"))(function)

    return make


_template_argument = click.argument("template_id", metavar="ID", type=click.IntRange(1))
_by_option = click.option("--by", metavar="NAME", help="Who does this, kept with the change; you, if not given.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, as the API replies.")


@_template_command("list")
@click.option("--state", type=click.Choice(["learnt", "pinned", "released"]), help="Only these.")
@click.option("--source", metavar="TEXT", help="Only those that this outlet filled.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Most templates.")
@_json_option
def templates_list(state: Any, source: str | None, limit: int, as_json: bool, file: Path | None, **flags: str | None) -> int:
    """List templates, most articles first."""
    from service.batch import output as open_output
    from service.formats.template import template_to_json

    with _registry(file, flags) as registry, open_output(None) as write:
        found = registry.page(state=state, source=source, limit=limit)
        examples = registry.examples(found)
        if as_json:
            for template in found:
                write(template_to_json(template, examples.get(template.id)))
            return DONE
        for template in found:
            click.echo(_template_line(template, examples.get(template.id)))
    if not found:
        click.echo("mukarrar: no template", err=True)
    return DONE


@_template_command("show")
@_template_argument
@_json_option
def templates_show(template_id: int, as_json: bool, file: Path | None, **flags: str | None) -> int:
    """Show one template: its wording, its examples, and who did what to it."""
    from service.batch import output as open_output
    from service.formats.template import shown_to_json

    with _registry(file, flags) as registry, open_output(None) as write:
        shown = registry.show(template_id)
        if as_json:
            write(shown_to_json(shown))
        else:
            _print_template(shown)
    return DONE


@_template_command("name")
@_template_argument
@click.argument("text")
@_by_option
def templates_name(template_id: int, text: str, by: str | None, file: Path | None, **flags: str | None) -> int:
    """Name a template, which also keeps it; an empty TEXT takes the name away."""
    return _change_template(file, flags, template_id, by, name=text)


@_template_command("pin")
@_template_argument
@_by_option
def templates_pin(template_id: int, by: str | None, file: Path | None, **flags: str | None) -> int:
    """Pin a template: articles that share only its wording are never copies."""
    return _change_template(file, flags, template_id, by, state="pinned")


@_template_command("release")
@_template_argument
@_by_option
def templates_release(template_id: int, by: str | None, file: Path | None, **flags: str | None) -> int:
    """Release a template: its wording is ordinary text."""
    return _change_template(file, flags, template_id, by, state="released")


@_template_command("forget")
@_template_argument
@_by_option
def templates_forget(template_id: int, by: str | None, file: Path | None, **flags: str | None) -> int:
    """Forget what was decided: judge by what is learnt."""
    return _change_template(file, flags, template_id, by, state="learnt")


@_template_command("add")
@click.argument("article_id", metavar="ARTICLE")
@click.option("--wording", default="", metavar="TEXT", help="As it stands in the article, or @FILE; else all of its own text.")
@click.option("--name", default="", metavar="TEXT")
@_by_option
def templates_add(article_id: str, wording: str, name: str, by: str | None, file: Path | None, **flags: str | None) -> int:
    """Pin wording that was seen once, by the id of an article that has it."""
    import time

    text = _text_or_object(wording) if wording.startswith("@") else wording
    with _deciding(file, flags, by) as (registry, keys, person):
        shown = registry.teach(article_id, str(text), name=name, by=person.name, now_s=time.time())
        _record(keys, person, "templates.teach", shown)
    _print_template(shown)
    return DONE


def _change_template(file: Path | None, flags: dict[str, str | None], template_id: int, by: str | None, **change: Any) -> int:
    import time

    with _deciding(file, flags, by) as (registry, keys, person):
        shown = registry.change(template_id, **change, by=person.name, now_s=time.time())
        _record(keys, person, "templates.change", shown)
    click.echo(_template_line(shown.template, shown.examples[-1] if shown.examples else None))
    return DONE


def _record(keys: KeyStore, person: Person, act: str, shown: Shown) -> None:
    """Keep a decision on a template in the audit log, as the service does."""
    import time

    from service.keys import act_of

    last = shown.template.changes[-1]
    keys.record(act_of(person, act, str(shown.template.id), now_s=time.time(), state=last.state, name=last.name))


@contextmanager
def _registry(file: Path | None, flags: dict[str, str | None]) -> Iterator[TemplateRegistry]:
    from dedup.registry import TemplateRegistry

    with _deduplicator(_load(file, flags)) as deduplicator:
        yield TemplateRegistry(deduplicator)


@contextmanager
def _deciding(
    file: Path | None, flags: dict[str, str | None], by: str | None
) -> Iterator[tuple[TemplateRegistry, KeyStore, Person]]:
    """The registry, the audit log, and who decides."""
    from dedup.registry import TemplateRegistry
    from service.stores import open_keys

    with _opened(_load(file, flags)) as (deduplicator, patient, url):
        keys = open_keys(patient, url)
        try:
            yield TemplateRegistry(deduplicator), keys, _person(by)
        finally:
            keys.close()


def _person(by: str | None) -> Person:
    import getpass

    from service.keys import Person

    if by is not None:
        return Person(by, "command")
    try:
        return Person(getpass.getuser(), "command")
    except (KeyError, OSError):  # a user without a name, as in a container
        return Person("", "command")


def _template_line(template: Template, example: Stored | None) -> str:
    """One template on one line: number, articles, state, outlets, and its name or the title of an article that fills it."""
    outlets = ", ".join(f"{source or 'no source'} {count}" for source, count in template.sources[:3])
    more = ", ..." if len(template.sources) > 3 else ""
    title = " ".join((example.article.title or example.article.body).split())[:80] if example else ""
    return f"{template.id:>6}  {template.articles:>6}  {template.state:<8}  {template.name or title}  ({outlets}{more})"


def _print_template(shown: Shown) -> None:
    from datetime import UTC, datetime

    from service.explain import named

    def when(seconds: float) -> str:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"

    t = shown.template
    click.echo(click.style(f"Template {t.id}, {t.state}{f': {t.name}' if t.name else ''}", bold=True))
    click.echo(f"  {t.articles:,} articles, {when(t.first_s)} to {when(t.last_s)} UTC")
    click.echo("  " + ", ".join(f"{source or 'no source'} {count:,}" for source, count in t.sources))
    click.echo(click.style("Wording" if shown.wording else "No article with its wording is stored any more", bold=True))
    for passage in shown.wording:
        click.echo(f"  {' '.join(passage.split())}")
    if shown.examples:
        click.echo(click.style("Examples", bold=True))
    for stored in shown.examples:
        click.echo(f"  {named(stored.article, 'en')}")
    if t.changes:
        click.echo(click.style("Changes", bold=True))
    for change in t.changes:
        did = [change.state] * (change.state is not None) + [f"named {change.name!r}"] * (change.name is not None)
        click.echo(f"  {when(change.at_s)}  {change.by or '?'}: {', '.join(map(str, did))}")


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.group(cls=ListGroup)
def keys() -> None:
    """Make, list and revoke the keys of an index.

    The first key closes the index: from then on the service asks every caller for one. Without a command: list.
    """


def _key_command(name: str) -> Callable[[Callable[..., int]], click.Command]:
    """A command on the keys of the index that the options name."""

    def make(function: Callable[..., int]) -> click.Command:
        function = _redis_option(_config_option(function))
        return keys.command(name, cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync"), judges=False)(function)

    return make


@_key_command("create")
@click.argument("name")
@click.option(
    "--scopes", required=True, metavar="LIST", help="What it may do: one or more of ingest, read, review and admin, with commas."
)
@click.option("--expires", metavar="TIME", help="ISO 8601, as 2027-01-31 (UTC); refused from then on. Never, if not given.")
def keys_create(name: str, scopes: str, expires: str | None, file: Path | None, **flags: str | None) -> int:
    """Make a key and print it, once: nobody can show it again."""
    import time

    from service.keys import issue, moment_from_text

    expires_s = moment_from_text(expires) if expires else None
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    with _keys(file, flags) as store:
        key, secret = issue(store, name, wanted, expires_s=expires_s, by=_person(None), now_s=time.time())
    click.echo(secret)
    click.echo(f"mukarrar: the key {key.name!r} may {', '.join(key.scopes)}; keep it, it cannot be shown again", err=True)
    return DONE


@_key_command("list")
@_json_option
def keys_list(as_json: bool, file: Path | None, **flags: str | None) -> int:
    """List keys by name: what they begin with, their scopes, when they were last used and when they expire."""
    import time

    from service.batch import output as open_output
    from service.keys import keys_to_json

    def day(moment: str | None, otherwise: str) -> str:
        return moment[:16].replace("T", " ") if moment else otherwise

    with _keys(file, flags) as store, open_output(None) as write:
        found = keys_to_json(store, now_s=time.time())
        for key in found:
            if as_json:
                write(key)
                continue
            ends = ("expired " if key["expired"] else "expires ") + day(key["expires"], "never")
            scopes = ",".join(key["scopes"])
            click.echo(f"{key['name']:<20}  mkr_{key['id']}  {scopes:<24}  used {day(key['last_used'], 'never'):<16}  {ends}")
    if not found:
        click.echo("mukarrar: no key", err=True)
    return DONE


@_key_command("revoke")
@click.argument("name")
def keys_revoke(name: str, file: Path | None, **flags: str | None) -> int:
    """Take a key away: a running service refuses it within 30 seconds. The last one may go; the index stays closed."""
    import time

    from service.keys import revoke

    with _keys(file, flags) as store:
        revoke(store, name, by=_person(None), now_s=time.time())
    return DONE


@contextmanager
def _keys(file: Path | None, flags: dict[str, str | None]) -> Iterator[KeyStore]:
    """The keys of the index that the options name; its settings do not matter."""
    from service.stores import open_keys

    with _redis_of(_load(file, flags)) as (patient, url):
        store = open_keys(patient, url)
        try:
            yield store
        finally:
            store.close()


# ── story ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync"))
@click.argument("article_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print what GET /v1/stories/ID answers.")
@_redis_option
@_config_option
def story(article_id: str, as_json: bool, file: Path | None, **flags: str | None) -> int:
    """Show who published a story, and when.

    ID names the story, or any article in it.
    """
    from dedup.errors import UnknownStoryError
    from service.batch import output as open_output

    with _deduplicator(_load(file, flags)) as deduplicator:
        found = deduplicator.story(article_id)
    if found is None:
        raise UnknownStoryError(article_id)
    if as_json:
        with open_output(None) as write:
            write(found.as_dict())
        return DONE
    why = {"agency": "an agency's", "earliest_published": "published first", "earliest_arrival": "arrived first"}
    outlets = len({member.source for member in found.members})
    heading = f"{len(found.members)} articles, {outlets} outlets, independent publishers: {', '.join(found.publishers) or '-'}"
    click.echo(click.style(f"Story {found.id}: {heading}", bold=True))
    for member in found.members:
        time = (member.published or member.arrived)[:16].replace("T", " ")
        said = f"lead ({why[found.lead_rule]})" if member.id == found.lead else f"copy of the lead {member.score:.2f}"
        publisher = f" [{member.publisher}]" if member.publisher != member.source else ""
        click.echo(f"  {time}  {member.id}  {member.source}{publisher}  {said}  {member.title}")
    return DONE


# ── serve, sample, doctor ────────────────────────────────────────────────────────────────────────────────────────────


@cli.command(cls=SettingsCommand, process=("*",))
@_redis_option
@click.option("--sample", is_flag=True, help="Feed an empty index the bundled sample day, and serve that.")
@_config_option
def serve(sample: bool, file: Path | None, **flags: str | None) -> int:
    """Run the HTTP service until it is stopped."""
    from service.serve import run

    config = _load(file, flags)
    with ExitStack() as stack:
        if sample:
            config = _with_sample(config, stack)
        run(config, when_ready=lambda address: _say_where(config, address))
    return DONE


def _say_where(config: Config, address: str) -> None:
    click.echo(
        f"Mukarrar serves the index {config.namespace!r} at {address} (pages at /, API at {address}/docs); Ctrl-C stops it."
    )


def _with_sample(config: Config, stack: ExitStack) -> Config:
    """The configuration that serves the sample; feeds it first if its index is empty. Holds the embedded Redis open."""
    from dataclasses import replace

    from service.embedded import EmbeddedRedis
    from service.stores import open_deduplicator

    if config.redis_url:
        click.echo("mukarrar: the sample is fed into the embedded Redis only; serving yours as it is", err=True)
        return config
    if config.namespace not in ("default", SAMPLE_NAMESPACE):
        click.echo(f"mukarrar: the sample has a namespace of its own; serving {config.namespace!r} as it is", err=True)
        return config
    config = replace(config, namespace=SAMPLE_NAMESPACE)
    redis = stack.enter_context(EmbeddedRedis(config.data_dir, appendfsync=config.appendfsync))
    deduplicator = open_deduplicator(replace(config, store_timeout_s=BATCH_TIMEOUT_S), redis.url)
    try:
        deduplicator.store.ping()
        if deduplicator.store.size():
            click.echo(f"The index {SAMPLE_NAMESPACE!r} has {deduplicator.store.size():,} arrivals from an earlier run.")
        else:
            _feed_sample(deduplicator)
    finally:
        deduplicator.store.close()
    return config


def _feed_sample(deduplicator: Deduplicator) -> None:
    """Judge the sample day and its page, showing each verdict as it is made."""
    import time

    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from dedup.errors import ArticleError

    table = Table(title="A sample day of Arabic news", title_justify="left")
    for column, width in (("id", 6), ("source", 11), ("body", 9), ("of", 6), ("headline", 8)):
        table.add_column(column, min_width=width, no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis")
    styles = {"repeat": "red", "copy": "red", "partial": "yellow", "update": "yellow", "template": "cyan"}
    console = Console() if sys.stdout.isatty() else Console(width=130)
    with Live(table, console=console, vertical_overflow="visible") if console.is_terminal else nullcontext():
        for article in _sample_articles(deduplicator):
            (answer,) = deduplicator.check([article], now_s=time.time())
            if isinstance(answer, ArticleError):
                raise answer
            body = answer.body
            table.add_row(
                article.id,
                article.source,
                body.verdict,
                body.match.id if body.match else "",
                answer.headline.verdict,
                article.title,
                style=styles.get(body.verdict),
            )
    if not console.is_terminal:
        console.print(table)


def _sample_articles(deduplicator: Deduplicator) -> Iterator[Article]:
    """The day's articles, then those of a page of that evening."""
    from dedup.records import Article
    from service.formats.page import page_from_text
    from service.readers import Source
    from service.readers.jsonl import JsonLines

    folder = _sample_folder()
    published = ""
    for _, article in JsonLines(Source(str(folder / "day.jsonl")), max_line_bytes=1_000_000):
        assert isinstance(article, Article), article
        published = article.published.isoformat() if article.published else published
        yield article
    text = (folder / "page.txt").read_text(encoding="utf-8")
    page = page_from_text(text, {"id": "page", "source": "safha", "published": published})
    yield from page.articles(deduplicator.page(text))


def _sample_folder() -> Path:
    return Path(__file__).with_name("sample")


@cli.command()
def sample() -> int:
    """Print the bundled sample day, to try the other commands on: JSON Lines, 32 articles in order of publication."""
    with (_sample_folder() / "day.jsonl").open("rb") as day:
        sys.stdout.buffer.writelines(day)
    return DONE


@cli.command(cls=SettingsCommand, process=("data_dir", "namespace", "appendfsync", "model_file"))
@_redis_option
@_config_option
def doctor(file: Path | None, **flags: str | None) -> int:
    """Check what the service needs; say what is wrong and what helps. Exits with 1 if there is a problem."""
    from service.doctor import examine

    problems = 0
    for finding in examine(_load(file, flags)):
        problems += finding.is_problem
        mark = click.style("PROBLEM", fg="red") if finding.is_problem else click.style("ok", fg="green") + "     "
        click.echo(f"{mark}  {finding.subject:<15} {finding.found}")
        if finding.is_problem:
            click.echo(f"         {'':<15} -> {finding.remedy}")
    click.echo("No problem found." if not problems else f"{problems} problem{'s' if problems > 1 else ''} found.")
    return REJECTED if problems else DONE


# ── shared ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _load(file: Path | None, flags: dict[str, str | None]) -> Config:
    from service.config import Config

    return Config.load(flags, file=file)


def _only_one(*options: Any) -> None:
    """Options as name, value, name, value ...; at most one of the values may be set."""
    given = [name for name, value in zip(options[::2], options[1::2], strict=True) if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other; choose one")


@contextmanager
def _deduplicator(config: Config, *, memory: bool = False, dry_run: bool = False) -> Iterator[Deduplicator]:
    """The core object on the store that the options name, closed afterwards."""
    from dedup.deduplicator import Deduplicator
    from dedup.store.memory import MemoryStore
    from dedup.store.overlay import OverlayStore

    if memory:
        yield Deduplicator(MemoryStore(config.settings), config.settings)
        return
    with ExitStack() as stack:
        deduplicator, _, _ = stack.enter_context(_opened(config))
        if dry_run:
            yield Deduplicator(OverlayStore(deduplicator.store, config.settings), config.settings)
        else:
            yield deduplicator


@contextmanager
def _workers(config: Config, *, jobs: int, candidates: bool) -> Iterator[Stream]:
    """Several processes that judge on the store that the options name, ended afterwards."""
    from service.parallel import Workers

    with _opened(config) as (_, patient, url):
        workers = Workers(patient, url, jobs=jobs, candidates=candidates)
        try:
            yield workers.judge
        finally:
            workers.close()


@contextmanager
def _opened(config: Config) -> Iterator[tuple[Deduplicator, Config, str]]:
    """The core object on a Redis that answers, with the configuration and the address that it was opened by."""
    from service.stores import open_deduplicator

    with _redis_of(config) as (patient, url):
        deduplicator = open_deduplicator(patient, url)
        try:
            deduplicator.store.ping()
            yield deduplicator, patient, url
        finally:
            deduplicator.store.close()


@contextmanager
def _redis_of(config: Config) -> Iterator[tuple[Config, str]]:
    """A configuration that waits longer, and the address of the Redis that it names, started if it is the embedded one."""
    from dataclasses import replace

    from service.embedded import EmbeddedRedis

    patient = replace(config, store_timeout_s=max(config.store_timeout_s, BATCH_TIMEOUT_S))
    if config.redis_url:
        yield patient, config.redis_url
        return
    with EmbeddedRedis(config.data_dir, appendfsync=config.appendfsync) as redis:
        yield patient, redis.url


def _terminate(*_: Any) -> NoReturn:
    """On SIGTERM leave as on Ctrl-C: unfinished output goes, the embedded Redis is left in order."""
    sys.exit(TERMINATED)


if __name__ == "__main__":
    main()

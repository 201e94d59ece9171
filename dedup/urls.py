"""One address for every spelling of a page's URL: the claim that a source has published a page before rests on it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

MAX_URL_CHARS = 8_192  # longer ones are kept as they are

# Hosts that show the same page in another dress; leading labels, taken off while two labels remain.
_DRESS_HOSTS = frozenset({"www", "m", "mobile", "amp"})
# Ports that say nothing: http and https count as one.
_DEFAULT_PORTS = frozenset({80, 443})
# Query parameters that say where the reader came from, not which page it is.
_TRACKING = re.compile(
    r"""(utm|mc|pk|piwik|mtm|hsa|at|ns|fb|oly|vero)_.* | _hs.* | _ga | _gl
    | fbclid | gclid | gclsrc | dclid | gbraid | wbraid | msclkid | twclid | ttclid | yclid | igshid? | li_fat_id
    | ref | ref_src | ref_url | referr?er | share | shared | sharetype | traffic_source | __source
    | __twitter_impression
    | s_cid | cmpid | cmp | ncid | ocid | icid | smid | xtor | wt_mc | wt_zmc | mkt_tok | spm | scm | ito | rss""",
    re.VERBOSE,
)
# Parameters that ask for the AMP dress; None: whatever the value.
_AMP_QUERY: dict[str, str | None] = {"amp": None, "outputtype": "amp", "output": "amp", "view": "amp"}

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PATH_SAFE = _UNRESERVED + "!$&'()*+,;=:@"
_QUERY_SAFE = _UNRESERVED + "!$'()*,;:@/?"

_SCHEME = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BARE_HOST = re.compile(r"[^\s/?#:@]+\.[^\s/?#:@]+(?::\d+)?/")  # "example.com/story", pasted without a scheme
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_AMPERSAND = re.compile(r"&(?:amp;)+")  # left over from HTML, sometimes doubly escaped
_AMP_ENDING = re.compile(r"\.amp(\.html?)?$", re.IGNORECASE)


def canonical_url(url: str) -> str:
    """The one spelling of a web address under which all its variants meet.

    Scheme and host lower-case, http as https, default ports, user names, `www.`/`m.`/`mobile.`/`amp.` hosts, AMP paths
    and parameters, tracking parameters, fragments, empty and dot segments and the trailing slash go; what is left of
    the query is sorted; an Arabic path reads the same percent-encoded or not; an international host is in its ASCII
    form. Idempotent. A fragment that addresses a page (`#!/story/1`) stays.

    Args:
        url: as sent; may be anything.

    Returns:
        `https://host/path?query`, percent-encoded ASCII. What is no http address is returned stripped, otherwise
        untouched (`""` for a blank one). Never raises.

    Source: RFC 3986, section 6.2 (normalisation); RFC 3490 (international hosts).
    """
    text = url.strip()
    if not text or len(text) > MAX_URL_CHARS:
        return text
    cleaned = re.sub(r"[\t\r\n]", "", text).strip("".join(map(chr, range(33))))  # as browsers do
    if not _SCHEME.match(cleaned):
        if not _BARE_HOST.match(cleaned):
            return text
        cleaned = "//" + cleaned
    try:
        parts = urlsplit(cleaned)
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:  # a port that is no number, a broken IPv6 address, a host no name system knows
        return text
    if not host:
        return text
    authority = host if port is None or port in _DEFAULT_PORTS else f"{host}:{port}"
    query = _query(parts.query)
    fragment = _escape(parts.fragment, _QUERY_SAFE + "&=+") if parts.fragment[:1] in ("!", "/") else ""
    return f"https://{authority}/{_path(parts.path)}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _host(name: str) -> str:
    """Lower-case ASCII host without dress labels; `""` if it is none. Raises UnicodeError, a ValueError, for bad names."""
    if ":" in name:
        return f"[{name.lower()}]" if re.fullmatch(r"[0-9A-Fa-f:.]+", name) else ""
    name = name.rstrip(".").lower()
    if len(name) > 253:
        return ""
    if not name.isascii():
        name = name.encode("idna").decode("ascii").rstrip(".").lower()
    if not _HOST.fullmatch(name):
        return ""
    labels = name.split(".")
    while len(labels) > 2 and labels[0] in _DRESS_HOSTS:
        del labels[0]
    return ".".join(labels)


def _path(path: str) -> str:
    """Without its leading and trailing slash."""
    segments: list[str] = []
    for segment in _escape(path, _PATH_SAFE + "/").split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    while segments:
        if segments[-1].lower() == "amp":
            segments.pop()
        elif segments[0].lower() == "amp":
            segments.pop(0)
        elif shorter := _amp_ending(segments[-1]):
            segments[-1] = shorter
        else:
            break
    return "/".join(segments)


def _amp_ending(segment: str) -> str:
    """`story.amp.html` -> `story.html`, `story.amp` -> `story`; `""` if there is nothing to take off."""
    match = _AMP_ENDING.search(segment)
    if match is None or not segment[: match.start()].strip("."):
        return ""
    return segment[: match.start()] + (match[1] or "")


def _query(query: str) -> str:
    pairs = []
    for part in _AMPERSAND.sub("&", query).split("&"):
        name, _, value = part.replace("+", "%20").partition("=")
        name, value = _escape(name, _QUERY_SAFE), _escape(value, _QUERY_SAFE + "=")
        low = name.lower()
        if not (name or value) or _TRACKING.fullmatch(low):
            continue
        if low in _AMP_QUERY and _AMP_QUERY[low] in (None, value.lower()):
            continue
        pairs.append((name, value))
    return "&".join(f"{name}={value}" if value else name for name, value in sorted(pairs))


def _escape(text: str, safe: str) -> str:
    """Percent-encoding's normal form: escapes in upper case, needless ones undone, all outside `safe` escaped."""

    def unescape(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    text = re.sub("%(?![0-9A-Fa-f]{2})", "%25", text)  # a bare percent sign, which undoing escapes must not complete
    return quote(_ESCAPE.sub(unescape, text), safe=safe + "%", errors="surrogatepass")

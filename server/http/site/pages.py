"""The browser client and its page: files in memory, compressed, revalidated by their hash."""

import gzip
import mimetypes
import os
from collections.abc import Awaitable, Callable, Container, Mapping
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from matchmaker.domain.errors import NotFound
from server.http.site import languages

SECURITY = {
    # 'self' covers the WebSocket of the same host in every engine that follows CSP 3 (Safari since 15.4).
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; media-src 'self' blob:; img-src 'self' data:; style-src 'self'; "
        "script-src 'self'; worker-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer, beside the content policy: a JSON answer opened as a page must not run anything either."""


def content_policy(*, widget: str | None, files: str | None = None) -> str:
    """Return the Content-Security-Policy; *widget*: the origin of a script with a frame of its own, Turnstile's.

    *files*: the origin of the store to which files are uploaded, if it is not our own.
    """
    store = f" {files}" if files else ""
    script, frame = (f"'self' {widget}", widget) if widget else ("'self'", "'none'")
    # 'self' covers the WebSocket of the same host in every engine that follows CSP 3 (Safari since 15.4). The worker
    # does the proof of work at sign-up.
    return (
        f"default-src 'self'; connect-src 'self'{store}; media-src 'self' blob:; img-src 'self' data:{store}; "
        f"style-src 'self'; script-src {script}; worker-src 'self'; frame-src {frame}; object-src 'none'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


TYPES = {
    ".md": "text/markdown",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".ftl": "text/plain",
    ".woff2": "font/woff2",
}
"""Media types that the system's table may lack, so that a module would not load."""
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


COMPRESS_MIN = 1_000
"""Minimum size of a text that is compressed."""
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""The encodings of precompressed files (page_build.mjs), best first."""
REVALIDATE = "no-cache"
"""Keep it, but ask: a new version is there with the next reload, and an old one costs 200 bytes."""
FOREVER = "public, max-age=31536000, immutable"
"""For names that contain a hash of their content."""


FIRST_MESSAGES = "start"
"""The folder of the messages that the start page loads: `FIRST` in web/app/i18n.js."""
PICTURE = b'content="/og.png"'
"""The picture of the start page in the preview of a link, as it stands in web/index.html."""


PageHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebFile:
    """One served file; read again when it has changed on disk."""

    def __init__(self, path: Path, *, cache: str = REVALIDATE) -> None:
        self._path = path
        self._cache = cache
        self._stamp = (-1, -1)
        self._bodies: dict[str, bytes] = {}
        """By encoding; "" is the file itself."""
        self._tag = ""
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._is_text = kind.startswith(TEXT)
        self._kind = f"{kind}; charset=utf-8" if self._is_text else kind

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Return the file in the best encoding that the browser accepts, or 304 when the browser has it already.

        Raises:
            NotFound: it was removed.
        """
        self._refresh()
        encoding = _encoding(request.headers.get("Accept-Encoding", ""), self._bodies)
        tag = f'"{self._tag}{encoding and "-"}{encoding}"'
        headers = {"ETag": tag, "Cache-Control": self._cache, **self._more_headers(request)}
        if self._is_text:
            headers["Vary"] = ", ".join(filter(None, ("Accept-Encoding", headers.get("Vary"))))
        known = request.headers.get("If-None-Match", "").split(",")
        if tag in (entry.strip().removeprefix("W/") for entry in known):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = self._kind
        if encoding:
            headers["Content-Encoding"] = encoding
        return web.Response(body=self._bodies[encoding], headers=headers)

    def _more_headers(self, request: web.Request) -> dict[str, str]:  # noqa: ARG002 - for those that look at it
        return {}

    def _completed(self, source: bytes) -> bytes:
        """Return the file with the values of this service."""
        return source

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            if (stamp := (found.st_mtime_ns, found.st_size)) == self._stamp:
                return
            source = self._path.read_bytes()
            body = self._completed(source)
            bodies = {"": body}
            for encoding, suffix in ENCODINGS if body == source else ():
                beside = self._path.with_name(self._path.name + suffix)
                if beside.is_file():
                    bodies[encoding] = beside.read_bytes()
        except OSError:
            raise NotFound("there is no such page") from None
        if len(bodies) == 1 and self._is_text and len(body) >= COMPRESS_MIN:
            bodies["gzip"] = gzip.compress(body, mtime=0)
        self._bodies, self._stamp, self._tag = bodies, stamp, sha256(body).hexdigest()[:32]


class StartPageFile(WebFile):
    """The start page; preloads the catalogue of the visitor's language, so that it loads beside the code, not after
    it.
    """

    def __init__(self, path: Path, catalogues: Mapping[str, str], *, origin: str | None) -> None:
        """*catalogues*: the paths of the messages of each language, by its code. *origin*: the origin of the
        service.
        """
        super().__init__(path)
        self._catalogues = catalogues
        self._origin = origin

    def _completed(self, source: bytes) -> bytes:
        """Return the page with an absolute URL of its picture: link previews know no base URL."""
        return source.replace(PICTURE, PICTURE.replace(b"/", f"{self._origin}/".encode())) if self._origin else source

    def _more_headers(self, request: web.Request) -> dict[str, str]:
        accepted = request.headers.get("Accept-Language", "")
        code = languages.preferred(self._catalogues, chosen=request.cookies.get(languages.COOKIE), accepted=accepted)
        catalogue = self._catalogues.get(code)
        link = {"Link": f"<{catalogue}>; rel=preload; as=fetch; crossorigin"} if catalogue else {}
        return {"Vary": "Accept-Language, Cookie", **link}


class Pages:
    """All files in a folder: only names that existed at the start are served, so no path leads out of it."""

    def __init__(self, folder: Path, at: str = "", *, built: Path | None = None, origin: str | None = None) -> None:
        """*at*: the prefix of the paths. *built*: the start page as built by page_build.mjs."""
        files = _files(folder, at) | (_files(built, at) if built else {})
        self._pages = {
            name: WebFile(path, cache=FOREVER if name.startswith("/assets/") else REVALIDATE)
            for name, path in files.items()
        }
        # The build moves the folder of the catalogues; what the page asks for is then below /assets/.
        catalogues = [
            Path(name) for name in sorted(files, key=lambda name: "/assets/" in name) if name.endswith(".ftl")
        ]
        if start := files.get("/index.html"):
            by_code = {path.stem: path.as_posix() for path in catalogues if path.parent.name == FIRST_MESSAGES}
            self._pages["/index.html"] = StartPageFile(start, by_code, origin=origin)
        for name, file in (("/", "/index.html"), ("/docs", "/docs.html"), ("/admin", "/admin.html")):
            if file in self._pages:
                self._pages[name] = self._pages[file]

    def handlers(self) -> dict[str, PageHandler]:
        """Return what serves each file, by its path and by the names without a suffix."""
        return {path: page.serve for path, page in self._pages.items()}


class PageResource(web.PlainResource):
    """The resource of all pages. The router looks below "/" last, when no other resource has the path.

    The route of a page is made at its first request: there are hundreds, and few are ever requested.
    """

    def __init__(self, pages: Mapping[str, PageHandler]) -> None:
        super().__init__("/")
        self._pages = pages
        self._requested: dict[str, web.PlainResource] = {}

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Return the route of the page, which answers GET and HEAD, and the methods that the page has."""
        path = request.rel_url.path_safe
        page = self._requested.get(path)
        if page is None:
            handler = self._pages.get(path)
            if handler is None:
                return None, set()
            page = self._requested[path] = web.PlainResource(path)
            for method in ("GET", "HEAD"):
                page.add_route(method, handler)
        return await page.resolve(request)


def _files(folder: Path, at: str) -> dict[str, Path]:
    """Return the files of *folder* by their path, without the precompressed ones."""
    compressed = tuple(suffix for _, suffix in ENCODINGS)
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        where = Path(parent)
        prefix = "/".join((at, *where.relative_to(folder).parts))
        for name in names:
            if not name.startswith(".") and not name.endswith(compressed):
                found[f"{prefix}/{name}"] = where / name
    return dict(sorted(found.items()))


def _encoding(accepted: str, there: Container[str]) -> str:
    """Return the best encoding of *there* that *accepted*, an Accept-Encoding, names; "" for none."""
    names = set()
    for entry in accepted.lower().split(","):
        name, _, weight = entry.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            names.add(name.strip())
    return next((name for name, _ in ENCODINGS if name in there and name in names), "")

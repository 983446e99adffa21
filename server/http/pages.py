"""The browser client and its page: files in memory, revalidated by their hash."""

import mimetypes
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from matchmaker.errors import NotFound

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
"""On every answer, beside the content policy: a JSON answer opened as a page must not come alive either."""


def content_policy(*, widget: str | None) -> str:
    """Return the Content-Security-Policy; *widget*: the origin of a script with a frame of its own, Turnstile's."""
    script, frame = (f"'self' {widget}", widget) if widget else ("'self'", "'none'")
    # 'self' covers the WebSocket of the same host in every engine that follows CSP 3 (Safari since 15.4). The worker
    # does the proof of work at sign-up.
    return (
        "default-src 'self'; connect-src 'self'; media-src 'self' blob:; img-src 'self' data:; style-src 'self'; "
        f"script-src {script}; worker-src 'self'; frame-src {frame}; object-src 'none'; "
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
"""Where the system's table may say something else, and a module would not load."""
TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


class Page:
    """One file as it is served; read again when it has changed on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = (-1, -1)
        self._body = b""
        self._tag = ""
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._kind = f"{kind}; charset=utf-8" if kind.startswith(TEXT) else kind

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Return the file, or 304 when the browser has it already.

        Raises:
            NotFound: it was removed meanwhile.
        """
        self._refresh()
        # no-cache: keep it, but ask; a new version is there with the next reload, and an old one costs 200 bytes.
        headers = {"ETag": self._tag, "Cache-Control": "no-cache"}
        known = request.headers.get("If-None-Match", "").split(",")
        if self._tag in (entry.strip().removeprefix("W/") for entry in known):
            return web.Response(status=304, headers=headers)
        return web.Response(body=self._body, headers={**headers, "Content-Type": self._kind})

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            if (stamp := (found.st_mtime_ns, found.st_size)) != self._stamp:
                self._body, self._stamp = self._path.read_bytes(), stamp
                self._tag = f'"{sha256(self._body).hexdigest()[:32]}"'
        except OSError:
            raise NotFound("there is no such page") from None


class Pages:
    """Everything in a folder: only names that were there at the start are served, so no path leads out of it."""

    def __init__(self, folder: Path, at: str = "") -> None:
        """*at*: what the paths of the files begin with."""
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        self._pages = {
            f"{at}/{path.relative_to(folder).as_posix()}": Page(path)
            for path in files
            if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        }
        for name, file in (("/", "/index.html"), ("/docs", "/docs.html"), ("/admin", "/admin.html")):
            if file in self._pages:
                self._pages[name] = self._pages[file]

    def routes(self) -> list[web.RouteDef]:
        """Return a route for each file, and for the names without a suffix."""
        return [web.get(path, page.serve) for path, page in self._pages.items()]

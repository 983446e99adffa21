"""The first visit on a slow phone: bytes transferred and the time until the form is visible, in a throttled Chromium.

python bench/first_load.py [--runs 5] [--language en]    the built page (page_build.mjs, with node) beside the sources
python bench/first_load.py --url http://…               a running server
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parent.parent
BITS_PER_S, LATENCY_MS, SLOWDOWN = 1_600_000, 150, 4
PHONE = {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NOTE = """
const look = () => {
    const box = document.querySelector('[data-test="name"]')?.getBoundingClientRect();
    if (box?.height) window.formAt = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Sets the time at which the form is visible, in ms after the navigation began."""


async def visit(browser: Browser, url: str, language: str) -> tuple[float, dict[str, int]]:
    """Return when the form was visible in ms, and the bytes of each answer, headers too, until the page is quiet."""
    context = await browser.new_context(viewport=PHONE, locale=language)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def on_end(event: dict[str, Any]) -> None:
        sizes[names.get(event["requestId"], "?")] = round(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.loadingFinished", on_end)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_PER_S / 8,
            "uploadThroughput": BITS_PER_S / 8,
        },
    )
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    await page.add_init_script(NOTE)
    await page.goto(url, wait_until="networkidle")
    at: float = await page.evaluate("window.formAt")
    await context.close()
    return at, sizes


async def measure(url: str, runs: int, language: str) -> dict[str, Any]:
    """Return medians of *runs* visits, each with an empty cache."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        visits = [await visit(browser, url, language) for _ in range(runs)]
        await browser.close()
    sizes = visits[-1][1]
    return {
        "form_ms": round(statistics.median(at for at, _ in visits)),
        "bytes": sum(sizes.values()),
        "requests": len(sizes),
        "largest": dict(sorted(sizes.items(), key=lambda item: -item[1])[:8]),
    }


@contextmanager
def server(**settings: str) -> Iterator[str]:
    """Run a separate server; yield its address."""
    with tempfile.TemporaryDirectory(prefix="rondo-first-load-") as folder:
        Path(folder).chmod(0o711)  # as root, the database runs as another user
        own = {"RONDO_LOG": "json", "RONDO_DATA_DIR": f"{folder}/data", "RONDO_RATE_LIMITS": "off", "PORT": "0"}
        command = [str(ROOT / ".venv/bin/rondo"), "serve"]
        with subprocess.Popen(command, env=os.environ | own | settings, stdout=subprocess.PIPE) as process:
            assert process.stdout
            try:
                events = (json.loads(line) for line in process.stdout)
                port = next(event["port"] for event in events if event["event"] == "listening")
                yield f"http://localhost:{port}"
            finally:
                process.terminate()


def main() -> None:
    """Print one line of figures for each way to serve the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--language", default="en-US")
    parser.add_argument("--details", action="store_true", help="the largest answers too")
    words = parser.parse_args()

    def show(name: str, url: str) -> None:
        found = asyncio.run(measure(url, words.runs, words.language))
        print(
            f"{name:10} {found['bytes']:>8,} B in {found['requests']:>3} answers; form after {found['form_ms']:>5,} ms"
        )
        for address, size in found["largest"].items() if words.details else ():
            print(f"  {size:>8,}  {address}")

    if words.url:
        show("", words.url)
        return
    with server(RONDO_DEV="on") as url:
        show("sources", url)
    with tempfile.TemporaryDirectory(prefix="rondo-page-") as folder:
        subprocess.run([ROOT / ".venv/bin/node", "page_build.mjs", folder], cwd=ROOT, check=True)
        with server(RONDO_PAGE=folder) as url:
            show("built", url)


if __name__ == "__main__":
    main()

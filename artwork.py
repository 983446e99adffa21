"""Draw the pictures of the page with Chromium, and cut its font. What comes out is committed: no build needs either.

    python artwork.py                      web/og.png, web/apple-touch-icon.png, web/icons/*.png
    python artwork.py font FILE.woff2      web/fonts/*.woff2; needs fonttools and brotli

FILE.woff2 is `bricolage-grotesque-latin-wght-normal.woff2` of the npm package @fontsource-variable/bricolage-grotesque
(5.3.0 was used).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

WEB = Path(__file__).parent / "web"
FONTS = {
    "bricolage-latin": "U+0020-007E,U+00A0,U+00B7,U+2013-2014,U+2018-2019,U+201C-201D,U+2026",
    "bricolage-accents": "U+00A1-00B6,U+00B8-00FF,U+0131,U+0152-0153,U+0178,U+201A,U+201E,U+2039-203A,U+20AC",
}
"""The `unicode-range` of each file, as in web/style.css."""

MARK = """
<svg viewBox="0 0 32 32" fill="none"><circle cx="13.100" cy="24.900" r="2.500" fill="#ffd9a8"/>
<path d="M9.200 21.400A9 9 0 1 1 22.800 21.400" stroke="#fff" stroke-width="3.400" stroke-linecap="round"
transform="rotate(28 16 15.500)"/></svg>
"""
ICON = """
<style>
body { margin: 0; }
div { width: 100vw; height: 100vh; display: grid; place-items: center; background: #cf3f22; border-radius: %s; }
svg { width: %s; }
</style>
<div>%s</div>
"""
CARD = """
<style>
@font-face { font-family: Display; src: url(fonts/bricolage-latin.woff2); font-weight: 500 800; }
body { margin: 0; width: 1200px; height: 630px; display: grid; grid-template-columns: 590px 1fr; align-items: center; }
body { background: #fbf5ee; font-family: Display; color: #231815; overflow: hidden; }
main { padding-left: 76px; }
header { display: flex; align-items: center; gap: 16px; font-size: 42px; font-weight: 750; letter-spacing: -.03em; }
div { width: 60px; height: 60px; border-radius: 18px; background: #cf3f22; display: grid; place-items: center; }
svg { width: 54px; }
h1 { margin: 34px 0 26px; font-size: 76px; font-weight: 780; line-height: 1; letter-spacing: -.035em; }
p { margin: 0; text-wrap: balance; font-size: 29px; font-weight: 550; color: #75635a; letter-spacing: -.01em; }
img { width: 560px; }
</style>
<main>
<header><div>%s</div>Rondo</header>
<h1>Meet someone you would never have met.</h1>
<p>One stranger at a time, by video or text.</p>
</main>
<img src="art.svg">
"""

PICTURES = {
    # name: width, height, page, transparent
    "og.png": (1200, 630, CARD % MARK, False),
    "apple-touch-icon.png": (180, 180, ICON % ("0", "82vw", MARK), False),
    "icons/192.png": (192, 192, ICON % ("28%", "86vw", MARK), True),
    "icons/512.png": (512, 512, ICON % ("28%", "86vw", MARK), True),
    # Only the inner 80 % are sure to be shown.
    "icons/maskable.png": (512, 512, ICON % ("0", "62vw", MARK), False),
}


def draw() -> None:
    """Draw every picture into web/."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - fonts need no browser

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--allow-file-access-from-files"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        for name, (width, height, page, transparent) in PICTURES.items():
            # Beside what it refers to.
            source = WEB / ".picture.html"
            source.write_text(f"<!doctype html>{page}")
            try:
                tab = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
                tab.goto(source.as_uri())
                tab.evaluate("document.fonts.ready")
                (WEB / name).parent.mkdir(exist_ok=True)
                tab.screenshot(path=WEB / name, omit_background=transparent)
                tab.close()
            finally:
                source.unlink()
        browser.close()


def cut(font: Path) -> None:
    """Cut *font* into the files of web/fonts, with weights of 500 to 800.

    The kerning is that of weight 700 at every weight: its variation would be half of the bytes.
    """
    from fontTools import subset  # noqa: PLC0415 - only here
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        for kind, weights in (("variable", (500, 800)), ("static", 700)):
            whole = instantiateVariableFont(TTFont(font), {"wght": weights})
            whole.flavor = None
            whole.save(f"{folder}/{kind}.ttf")
        for name, letters in FONTS.items():
            for kind in ("variable", "static"):
                options = ["--layout-features=kern,ccmp,tnum", "--no-hinting", "--name-IDs=0,1,2,3,4,5,6,13,14"]
                files = [f"{folder}/{kind}.ttf", f"--output-file={folder}/{kind}.cut"]
                subset.main([*files, f"--unicodes={letters}", *options])
            result, kerned = TTFont(f"{folder}/variable.cut"), TTFont(f"{folder}/static.cut")
            for table in ("GPOS", "GDEF"):
                if table in kerned:
                    result[table] = kerned[table]
                elif table in result:
                    del result[table]
            result.flavor = "woff2"
            result.save(WEB / "fonts" / f"{name}.woff2")


if __name__ == "__main__":
    if sys.argv[1:2] == ["font"]:
        cut(Path(sys.argv[2]))
    else:
        draw()

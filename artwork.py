"""Draw the pictures of the page with Chromium, and cut its font. What comes out is committed: no build needs either.

    python artwork.py                      web/og.png, web/apple-touch-icon.png, web/icons/*.png
    python artwork.py font FILE.woff2      web/fonts/bricolage.woff2; needs fonttools and brotli

FILE.woff2 is `bricolage-grotesque-latin-wght-normal.woff2` of the npm package @fontsource-variable/bricolage-grotesque
(5.3.0 was used).
"""

import sys
import unicodedata
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

WEB = Path(__file__).parent / "web"
LETTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \u00a0!?¡¿.,:;…·-–—'\"‘’“”‚„‹›«»()/&%+*@#°"  # noqa: RUF001
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØŒÙÚÛÜÝŸÞàáâãäåæçèéêëìíîïıðñòóôõöøœùúûüýÿþß"
)
"""Characters of the font: the languages of Western Europe. Others use the system's font."""
WEIGHTS = (600, 800)
KERNED_AT = 700
KERN_MIN, KERN_STEP = 15, 10
"""Minimum kerning that is kept, in thousandths of the size: at 60 px, 15 are a pixel."""

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
@font-face { font-family: Display; src: url(fonts/bricolage.woff2); font-weight: 600 800; }
body { margin: 0; width: 1200px; height: 630px; display: grid; grid-template-columns: 590px 1fr; align-items: center; }
body { background: #fbf5ee; font-family: Display; color: #231815; overflow: hidden; }
main { padding-left: 76px; }
header { display: flex; align-items: center; gap: 16px; font-size: 42px; font-weight: 750; letter-spacing: -.03em; }
div { width: 60px; height: 60px; border-radius: 18px; background: #cf3f22; display: grid; place-items: center; }
svg { width: 54px; }
h1 { margin: 34px 0 26px; font-size: 76px; font-weight: 780; line-height: 1; letter-spacing: -.035em; }
p { margin: 0; text-wrap: balance; font-size: 29px; font-weight: 600; color: #75635a; letter-spacing: -.01em; }
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
    """Cut *font* into web/fonts/bricolage.woff2: `LETTERS`, `WEIGHTS`, and a kerning of 2 KB.

    The kerning is that of one weight at every weight, and an accented letter has that of the plain one: with all of its
    kerning the font would be a half larger.
    """
    from fontTools import subset  # noqa: PLC0415 - only here
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415

    def part(weights: tuple[int, int] | int) -> TTFont:
        options = subset.Options(layout_features=["kern"], hinting=False, name_IDs=[0, 1, 2, 4, 6, 13, 14])
        options.drop_tables += ["gasp", "MVAR", "STAT", "GSUB", "GDEF"]
        cutter = subset.Subsetter(options)
        cutter.populate(text=LETTERS)
        found = instantiateVariableFont(TTFont(font), {"wght": weights})
        cutter.subset(found)
        return found

    result = part(WEIGHTS)
    result["GPOS"] = _kerning(result, _pairs(part(KERNED_AT)))
    result.flavor = "woff2"
    result.save(WEB / "fonts" / "bricolage.woff2")


def _pairs(font: Any) -> dict[tuple[str, str], int]:
    """Return how much nearer two glyphs of a font stand, for those that do."""
    found: dict[tuple[str, str], int] = {}
    for table in (table for lookup in font["GPOS"].table.LookupList.Lookup for table in lookup.SubTable):
        if table.Format == 1:
            for first, pairs in zip(table.Coverage.glyphs, table.PairSet, strict=True):
                for pair in pairs.PairValueRecord:
                    found.setdefault((first, pair.SecondGlyph), pair.Value1.XAdvance)
            continue
        for first in table.Coverage.glyphs:
            row = table.Class1Record[table.ClassDef1.classDefs.get(first, 0)].Class2Record
            for second in font.getGlyphOrder():
                value = row[table.ClassDef2.classDefs.get(second, 0)].Value1
                found.setdefault((first, second), value.XAdvance if value else 0)
    return found


def _kerning(font: Any, pairs: dict[tuple[str, str], int]) -> Any:
    """Return a GPOS table with *pairs*, coarse, and one row for all glyphs that are kerned alike."""
    from fontTools.feaLib.builder import Builder  # noqa: PLC0415

    glyphs = font.getBestCmap()
    plain = {name: glyphs.get(ord(unicodedata.normalize("NFD", chr(code))[0]), name) for code, name in glyphs.items()}
    kerning = {
        (first, second): round(value / KERN_STEP) * KERN_STEP
        for first in plain
        for second in plain
        if abs(value := pairs.get((plain[first], plain[second]), 0)) >= KERN_MIN
    }
    rows, columns = defaultdict(list), defaultdict(list)
    for name in plain:
        rows[tuple(kerning.get((name, other), 0) for other in plain)].append(name)
        columns[tuple(kerning.get((other, name), 0) for other in plain)].append(name)
    rules = [
        f"pos [{' '.join(row)}] [{' '.join(column)}] {value};"
        for row in rows.values()
        for column in columns.values()
        if (value := kerning.get((row[0], column[0])))
    ]
    builder = Builder(font, StringIO("feature kern {" + " ".join(rules) + "} kern;"))
    builder.build(tables=["GPOS"])
    return font["GPOS"]


if __name__ == "__main__":
    if sys.argv[1:2] == ["font"]:
        cut(Path(sys.argv[2]))
    else:
        draw()

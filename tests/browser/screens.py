"""What a screen shows at a size: which parts are on it and can be pressed, and what axe finds."""

from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

from playwright.async_api import Page

from tests.browser.visitor import Visitor

NARROW: Final = {"width": 320, "height": 568}
SIDEWAYS: Final = {"width": 844, "height": 390}

# The window has its new size, the page its new colours, once two frames were drawn.
# A part is on the screen if all of it is inside the window, and what is at its centre is itself.
LOOK = """
async names => {
    await new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)));
    const wide = document.documentElement.scrollWidth - innerWidth;
    const faults = wide > 0 ? [`the page is ${wide} px wider than the window`] : [];
    for (const name of names) {
        const part = [...document.querySelectorAll(`[data-test="${name}"]`)].find(one => one.getClientRects().length);
        const box = part?.getBoundingClientRect();
        const inside = box && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
        const top = box && document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
        if (!inside) faults.push(`${name} is outside: ${box ? JSON.stringify(box) : 'not shown'}`);
        else if (!part.contains(top)) faults.push(`${name} is covered by ${top?.className}`);
    }
    return faults;
}
"""
AXE = """
async rules => {
    await new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)));
    const chosen = rules && { runOnly: { type: 'rule', values: rules } };
    const { violations } = await axe.run(document, { resultTypes: ['violations'], ...chosen });
    const about = node => `${node.html.slice(0, 120)} ${node.any.map(one => one.message)}`;
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(about).join(' | ')}`);
}
"""
OF_COLOUR: Final = ["color-contrast", "link-in-text-block"]
"""The rules whose result is another in the other theme."""


async def faults(visitor: Visitor, names: Sequence[str], sizes: Sequence[dict[str, int]]) -> dict[str, list[str]]:
    """Return what is wrong with the parts *names* at each size; the window keeps the last size."""
    found: dict[str, list[str]] = {}
    for size in sizes:
        await visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        if wrong := await visitor.page.evaluate(LOOK, list(names)):
            found[f"{size['width']}x{size['height']}"] = wrong
    return found


async def violations(page: Page) -> list[str]:
    """Return what axe finds in the light theme, and of colours in the dark one; what moves has come to rest."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found: list[Any] = []
    for scheme, rules in (("light", None), ("dark", OF_COLOUR)):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {one}" for one in await page.evaluate(AXE, rules)]
    return found

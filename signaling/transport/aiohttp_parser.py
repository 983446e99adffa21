"""aiohttp's frame parser and unmasking in C; private to aiohttp, and `object` where it was built without them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp._websocket.helpers import _websocket_mask_python as unmask
    from aiohttp._websocket.reader_py import WebSocketDataQueue, WebSocketReader

    HAS_C_PARSER = True
else:
    try:
        from aiohttp._websocket.mask import _websocket_mask_cython as unmask
        from aiohttp._websocket.reader_c import WebSocketDataQueue, WebSocketReader

        HAS_C_PARSER = True
    except ImportError:
        WebSocketDataQueue = WebSocketReader = unmask = object
        HAS_C_PARSER = False

__all__ = ["HAS_C_PARSER", "WebSocketDataQueue", "WebSocketReader", "unmask"]

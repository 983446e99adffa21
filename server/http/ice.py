"""ICE servers, for a page that prepares a call."""

from server.http.desk import Desk
from server.http.route import Call
from server.ice_servers import IceServers


async def show(desk: Desk, call: Call[None]) -> IceServers:
    """Get STUN and TURN servers, with credentials that are valid for a limited time."""
    return desk.ice.servers_for(call.user)

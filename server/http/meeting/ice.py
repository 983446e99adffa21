"""ICE servers, for a page that prepares a call."""

from server.config.ice_servers import IceServers
from server.http.route import RequestContext
from server.http.services import HttpServices


async def show(services: HttpServices, call: RequestContext[None]) -> IceServers:
    """Get STUN and TURN servers, with credentials that are valid for a limited time."""
    return services.ice.servers_for(call.user)

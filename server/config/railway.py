"""What Railway says of a container it runs, as settings; whatever is set by hand wins."""

from collections.abc import Mapping

EDGE = "100.64.0.0/10"
"""Where requests from the outside come from there (RFC 6598): only its proxies, whose X-Real-IP is the client. The
rightmost entry of their X-Forwarded-For is one of them, and changes with each request."""


def offered(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings by field; none of them elsewhere than in a deployment on Railway.

    `railway run` on a laptop sets variables of the service too, but none of a deployment.
    """
    deployment = environ.get("RAILWAY_DEPLOYMENT_ID", "").strip()
    if not deployment:
        return {}
    replica = environ.get("RAILWAY_REPLICA_ID", "").strip() or "1"
    # Its private network may have IPv6 only. With the deployment in it, no name is given twice: neither to the old and
    # the new process of a deploy, nor to a replica that is started again elsewhere.
    settings = {"host": "::", "node": f"{replica}.{deployment}"}
    if not environ.get("RONDO_TRUSTED_PROXIES", "").strip():
        settings["real_ip_from"] = EDGE
    return settings

"""Settings derived from the variables that Railway sets; values set explicitly take precedence."""

from collections.abc import Mapping

EDGE = "100.64.0.0/10"
"""The network of Railway's edge proxies (RFC 6598): their X-Real-IP is the client. The rightmost entry of their
X-Forwarded-For is one of them, and differs per request."""


def offered(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings by field; empty outside of a deployment on Railway.

    `railway run` on a laptop sets variables of the service too, but none of a deployment.
    """
    deployment = environ.get("RAILWAY_DEPLOYMENT_ID", "").strip()
    if not deployment:
        return {}
    replica = environ.get("RAILWAY_REPLICA_ID", "").strip() or "1"
    # Its private network may be IPv6 only. The deployment is part of the node name so that names are unique: the old
    # and the new process of a deploy differ, and so does a replica that is restarted elsewhere.
    settings = {"host": "::", "node": f"{replica}.{deployment}"}
    if not environ.get("RONDO_TRUSTED_PROXIES", "").strip():
        settings["real_ip_from"] = EDGE
    return settings

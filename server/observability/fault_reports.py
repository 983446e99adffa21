"""Faults and overloads of this process: counted, and logged."""

from typing import Any

import structlog

from server.observability.metrics import Metrics
from server.runtime.fault_log import Faults

log = structlog.get_logger()


def log_buffer_pressure(limit_mib: int, exceeded: bool, used: int) -> None:
    """Log that the buffers have reached their limit, or are below it again."""
    used_mib = round(used / 1024 / 1024, 1)
    if exceeded:
        log.warning("buffer_budget_exceeded", used_mib=used_mib, limit_mib=limit_mib)
    else:
        log.info("buffer_budget_kept", used_mib=used_mib, limit_mib=limit_mib)


def report_frame_fault(metrics: Metrics, faults: Faults, fault: BaseException) -> None:
    """Count and log an unexpected exception in the handling of a frame."""
    metrics.faults += 1
    faults.report("frame_failed", fault)


def log_stall(ms: int) -> None:
    """Log for how long the event loop was blocked."""
    log.warning("node_stalled", stalled_s=ms / 1_000)


def report_channels_fault(metrics: Metrics, faults: Faults, fault: BaseException) -> None:
    """Count and log an unexpected exception in the delivery to channels."""
    metrics.faults += 1
    faults.report("channels_failed", fault)


def report_commit_fault(metrics: Metrics, faults: Faults, fault: BaseException) -> None:
    """Count and log an unexpected exception after a commit, where its result is used."""
    metrics.faults += 1
    faults.report("commit_callback_failed", fault)


def report_background_fault(metrics: Metrics, faults: Faults, of: str, fault: Exception) -> None:
    """Count and log an unexpected exception of periodic work; *of* names it."""
    metrics.faults += 1
    faults.report("background_failed", fault, of=of)


def report_deadline_fault(metrics: Metrics, faults: Faults, key: tuple[str, Any], fault: BaseException) -> None:
    """Count and log an unexpected exception at a deadline."""
    metrics.faults += 1
    faults.report("deadline_failed", fault, of=key[0])

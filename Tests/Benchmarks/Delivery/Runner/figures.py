"""From what the load generator reports to what is compared."""

import statistics

UNITS = {
    "deliveries": "per second of server CPU",
    "events": "per second of server CPU",
    "handshakes": "per second of server CPU",
    "subscribes": "per second of server CPU",
    "bytes_per_connection": "bytes",
    "bytes_per_message": "bytes",
    "p50_ms": "ms",
    "p99_ms": "ms",
}


def figures(work, batch, report):
    """The figures of one run, by name."""
    cpu = report.get("cpu_seconds", 0)
    known = {
        "deliveries": lambda: report["messages"] / cpu,
        "bytes_per_message": lambda: report["payload_bytes"] / report["messages"],
        "events": lambda: report["requests"] * batch / cpu,
        "handshakes": lambda: report["connections"] / report["open_cpu_seconds"],
        "subscribes": lambda: report["connections"] / report["open_cpu_seconds"],
    }
    return {name: known.get(name, lambda name=name: report[name])() for name in work.figures}


def medians(runs):
    """The median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}

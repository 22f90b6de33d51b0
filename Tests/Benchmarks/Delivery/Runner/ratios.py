"""The goals of delivery: Lambdaless against the limit, the peers, or a fixed figure of the same run."""

import json
from dataclasses import dataclass

PEERS = ("nats", "nchan", "socketify")


@dataclass(frozen=True)
class Goal:
    work: str
    figure: str
    #: A server, a tuple of servers of which the best counts, or a number.
    against: object
    #: What our figure divided by the other one is to be, or our figure itself where the other is a number.
    least: float | None = None
    most: float | None = None
    #: Where the other server does the corresponding work under another name.
    other_work: str | None = None


def goals(last_memory):
    return [
        Goal("broadcast-100", "deliveries", "limit-16"),
        Goal("broadcast-100", "deliveries", PEERS),
        Goal("broadcast-1000", "deliveries", "limit-16", least=0.70),
        Goal("broadcast-1000", "deliveries", "nats", least=1.6),
        # The factor comes from a measurement with four publishers and no more under way.
        Goal("broadcast-1000", "deliveries", "socketify", least=5, other_work="broadcast-1000-single"),
        Goal("broadcast-1000", "deliveries", "socketify"),
        Goal("broadcast-1000-single", "deliveries", "limit"),
        Goal("broadcast-1000-single", "deliveries", PEERS),
        Goal("broadcast-10000", "deliveries", "limit-16", least=0.65),
        Goal("broadcast-10000", "deliveries", "nats", least=2),
        Goal("broadcast-10000", "deliveries", "socketify", least=3),
        Goal("sparse-10000", "deliveries", PEERS, least=2),
        Goal("sparse-10000", "deliveries", "limit-spread"),
        Goal("latency-1000", "p50_ms", PEERS, most=1),
        Goal("latency-1000", "p50_ms", "limit", most=1.3),
        Goal("latency-1000", "p99_ms", PEERS, most=1),
        Goal("latency-1000", "p99_ms", "limit", most=1.3),
        Goal("memory-10000", "bytes_per_connection", 3584, most=1),
        Goal(last_memory, "bytes_per_connection", 3584, most=1),
        Goal("memory-10000", "subscribes", PEERS),
        Goal("handshakes-10000", "handshakes", 15_000, least=1),
        Goal("handshakes-10000", "handshakes", "limit"),
        Goal("ingest-single", "events", "nchan", least=0.7),
        Goal("ingest-single", "events", "socketify", least=1),
        Goal("ingest-single", "events", "limit"),
        Goal("ingest-put-events", "events", "nchan", least=3, other_work="ingest-single"),
        Goal("ingest-lines", "events", 300_000, least=1),
    ]


def compare(goal, results):
    """The ratio that `goal` asks for; None where one side was not measured. `results`: by (work, server)."""
    ours = results.get((goal.work, "lambdaless"), {}).get(goal.figure)
    name, theirs = other(goal, results)
    if ours is None or not theirs:
        return None
    ratio = ours / theirs
    met = None
    if goal.least is not None:
        met = ratio >= goal.least
    if goal.most is not None:
        met = ratio <= goal.most
    return {
        "work": goal.work, "figure": goal.figure, "lambdaless": round(ours, 3), "against": name,
        "other": round(theirs, 3), "ratio": round(ratio, 3), "least": goal.least, "most": goal.most, "met": met,
    }


def other(goal, results):
    if isinstance(goal.against, (int, float)):
        return "goal", goal.against
    names = goal.against if isinstance(goal.against, tuple) else (goal.against,)
    found = {name: results.get((goal.other_work or goal.work, name), {}).get(goal.figure) for name in names}
    found = {name: value for name, value in found.items() if value is not None}
    if not found:
        return "", None
    # The best is the lowest where less is better.
    best = (min if goal.most is not None else max)(found, key=found.get)
    return best, found[best]


def table(rows):
    """The ratios, for people."""
    lines = [f"{'work':<22} {'figure':<20} {'lambdaless':>12} {'against':<10} {'other':>12} {'ratio':>7}  goal"]
    for row in rows:
        bound = f"≥ {row['least']}" if row["least"] is not None else f"≤ {row['most']}" if row["most"] is not None else ""
        mark = {True: "✓", False: "✗", None: ""}[row["met"]]
        lines.append(
            f"{row['work']:<22} {row['figure']:<20} {shown(row['lambdaless']):>12} {row['against']:<10} "
            f"{shown(row['other']):>12} {row['ratio']:>7.2f}  {bound} {mark}".rstrip())
    return "\n".join(lines)


def shown(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def as_line(row):
    return json.dumps({"ratio": row})

"""The delivery benchmark; see ../README.md. Started by Tests/Benchmarks/delivery."""

import argparse
import json
import pathlib
import resource
import signal
import sys

from figures import UNITS, figures, medians
from ratios import as_line, compare, goals, table
from running import Runner, RunError
from servers import BatchedLimit, Deflated, Lambdaless, Limit, Nats, Nchan, OnDisk, Socketify, SpreadLimit, TwoLoops
from works import works


def main():
    options = parse()
    raise_descriptor_limit()
    # Ends the server and the load of the moment, too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    servers = chosen_servers(options)
    runner = Runner(options.programs, options.profile)
    all_works = works(options.quick)
    results = {}
    for work in all_works:
        if options.only and not any(name in work.name for name in options.only):
            continue
        for server, row in measure(work, servers, runner, options.runs or (1 if options.quick else 3)):
            results[work.name, server] = row["median"]
            print(json.dumps(row), flush=True)
    last_memory = [work.name for work in all_works if work.kind == "memory"][-1]
    rows = [row for goal in goals(last_memory) if (row := compare(goal, results))]
    for row in rows:
        print(as_line(row))
    sys.stdout.flush()
    print("\n" + table(rows), file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/delivery", description="Measures delivery.")
    parser.add_argument("--quick", action="store_true", help="one short run of each instead of three")
    parser.add_argument("--runs", type=int, help="how many runs of each")
    parser.add_argument("--only", action="append", metavar="NAME", help="works whose name has NAME in it; may repeat")
    parser.add_argument("--peers", nargs="*", default=["nats", "nchan", "socketify"], help="which peers (all installed)")
    parser.add_argument("--profile", type=pathlib.Path, metavar="DIRECTORY", help="also let perf record each server")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.profile:
        options.profile.mkdir(parents=True, exist_ok=True)
    return options


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def chosen_servers(options):
    peers = [peer for peer in (Nats(), Nchan(), Socketify()) if peer.name in options.peers]
    for peer in peers:
        if missing := peer.missing():
            print(f"without {missing}: not installed", file=sys.stderr)
    return [
        Lambdaless(options.programs), Deflated(options.programs), TwoLoops(options.programs),
        OnDisk(options.programs),
        BatchedLimit(options.programs), Limit(options.programs), SpreadLimit(options.programs),
        *(peer for peer in peers if not peer.missing()),
    ]


def measure(work, servers, runner, count):
    """Rows by server. Servers take turns, so that a noisy minute does not hit one of them alone."""
    doing = [server for server in servers if server.does(work)]
    runs = {server: [] for server in doing}
    reports = {server: [] for server in doing}
    for _ in range(count):
        for server in doing:
            try:
                report = runner.run(server, work)
            except RunError as error:
                print(f"{work.name} {server.name}: {error}", file=sys.stderr)
                continue
            reports[server].append(report)
            runs[server].append(figures(work, work.batch if len(server.forms) > 1 else 1, report))
    for server in doing:
        if not runs[server]:
            continue
        median = medians(runs[server])
        yield server.name, {
            "work": work.name, "server": server.name, "median": {name: round(value, 3) for name, value in median.items()},
            "units": {name: UNITS[name] for name in median}, "reports": reports[server],
        }


if __name__ == "__main__":
    main()

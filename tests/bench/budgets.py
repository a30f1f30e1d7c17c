"""The budgets: one line each. A later feature adds its lines here and its measurement to measures.py; a line
whose measurement did not run is left out. `limit` is absolute, or, with `rival`, times the rival's figure."""
from collections import namedtuple

Budget = namedtuple("Budget", "metric pods text unit limit rival", defaults=(None,))

BUDGETS = [
    Budget("first_rows_s", 25, "start to first rows", "s", 0.05),
    Budget("first_rows_s", 1000, "start to first rows", "s", 0.15),
    Budget("first_rows_s", 10000, "start to first rows", "s", 0.15),
    Budget("first_rows_s", 50000, "start to first rows (replay)", "s", 0.15),
    Budget("first_rows_s", 25, "the same, to kubectl's first line", "s", 1.0, "kubectl_first_s"),
    Budget("first_rows_s", 10000, "the same, to kubectl's first line", "s", 1.0, "kubectl_first_s"),
    Budget("all_rows_s", 10000, "all rows, to curl's time for the same bytes", "s", 1.1, "curl_stream_s"),
    Budget("all_rows_s", 50000, "all rows (a replay sends faster than a server)", "s", None),
    Budget("all_rows_s", 10000, "all rows, to kubectl's time for its table", "s", 1.0, "kubectl_all_s"),
    Budget("load_cpu_s", 10000, "processor time of the load", "s", 0.6),
    Budget("peak_mb", 25, "peak memory", "MB", 10),
    Budget("peak_mb", 10000, "peak memory", "MB", 25),
    Budget("peak_mb", 50000, "peak memory (replay)", "MB", 90),
    Budget("peak_mb", 10000, "peak memory, to kubectl's", "MB", 1.0, "kubectl_mb"),
    Budget("idle_cpu_s", 10000, "processor time of an idle minute", "s", 0.03),
    Budget("idle_bytes", 10000, "bytes to the terminal in an idle minute", "B", 600),
    Budget("cursor_bytes", 10000, "bytes to the terminal a cursor move", "B", 120),
    Budget("thin_mb", 10000, "bytes from the server, thin link", "MB", 4),
    Budget("thin_s", 10000, "all rows, thin link", "s", None),
    Budget("key_p50_ms", 10000, "key to paint, p50", "ms", None),
    Budget("key_p95_ms", 10000, "key to paint, p95", "ms", 2),
    Budget("key_p99_ms", 10000, "key to paint, p99", "ms", 4),
    Budget("load_key_p50_ms", 10000, "key to paint while the list loads, p50", "ms", None),
    Budget("load_key_p95_ms", 10000, "key to paint while the list loads, p95", "ms", 2),
    Budget("load_key_p99_ms", 10000, "key to paint while the list loads, p99", "ms", None),
    # The server and the measurement need both processors of a small machine: cat, too, waits for its turn then
    Budget("load_own_p99_ms", 10000, "the same, p99, less what cat needs beside it", "ms", 4),
    Budget("load_key_p95_ms", 50000, "the same (replay), p95", "ms", None),
    Budget("load_own_p95_ms", 50000, "the same (replay), p95, less what cat needs", "ms", 2),
    Budget("filter_p95_ms", 10000, "key of a filter to its rows, p95", "ms", None),
    Budget("event_p50_ms", 10000, "watch event to paint, p50", "ms", None),
    Budget("event_p99_ms", 10000, "watch event to paint, p99", "ms", 40),
    Budget("churn_event_p99_ms", 10000, "the same among 100 updates a second, p99", "ms", 40),
    Budget("churn_cpu_percent", 10000, "processor at 100 updates a second", "%", 3),
    Budget("switch_p95_ms", 10000, "switch to a warm context, p95", "ms", 50),
]


def judge(results):
    """The table's lines: what the budgets say of results[pods][metric]."""
    lines = []
    for b in BUDGETS:
        value = results.get(b.pods, {}).get(b.metric)
        rival = results.get(b.pods, {}).get(b.rival) if b.rival else None
        if value is None or (b.rival and rival is None):
            continue
        against = rival if b.rival else b.limit
        ratio = value / against if against else None
        most = b.limit if b.rival else 1.0
        lines.append({"text": b.text, "metric": b.metric, "pods": b.pods, "unit": b.unit, "value": value,
                      "against": against, "rival": b.rival, "ratio": ratio, "most": most,
                      "met": ratio is None or ratio <= most})
    return lines


def print_table(lines):
    print(f"\n{'what':<52} {'Pods':>6} {'kview':>11} {'against':>11} {'ratio':>6} {'most':>5}")
    for x in lines:
        against = f"{x['against']:.3g} {x['unit']}" if x["against"] else "-"
        ratio = f"{x['ratio']:.2f}" if x["ratio"] is not None else "-"
        most = f"{x['most']:.1f}" if x["ratio"] is not None else "-"
        print(f"{x['text']:<52} {x['pods']:>6} {x['value']:>8.3g} {x['unit']:<2} {against:>11} {ratio:>6} {most:>5}"
              f"  {'' if x['ratio'] is None else 'ok' if x['met'] else 'MISSED'}")
    judged = [x for x in lines if x["ratio"] is not None]
    missed = [x for x in judged if not x["met"]]
    print(f"{len(judged) - len(missed)} met, {len(missed)} missed")
    return not missed

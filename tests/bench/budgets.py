"""The budgets: one line each. A later feature adds its lines here and its measurement to measures.py; a line
whose measurement did not run is left out. `limit` is absolute, or, with `rival`, times the rival's figure; where more
is better, the figure may not be below it (`least`)."""
from collections import namedtuple

Budget = namedtuple("Budget", "metric pods text unit limit rival least", defaults=(None, False))

BUDGETS = [
    Budget("first_rows_s", 25, "start to first rows", "s", 0.05),
    Budget("first_rows_s", 1000, "start to first rows", "s", 0.10),
    Budget("first_rows_s", 10000, "start to first rows", "s", 0.10),
    Budget("first_rows_s", 50000, "start to first rows (replay)", "s", 0.10),
    Budget("first_rows_s", 25, "the same, to kubectl's first line", "s", 1.0, "kubectl_first_s"),
    Budget("first_rows_s", 10000, "the same, to kubectl's first line", "s", 1.0, "kubectl_first_s"),
    Budget("all_rows_s", 10000, "all rows, to curl's time for the same bytes", "s", 1.0, "curl_stream_s"),
    Budget("all_rows_s", 50000, "all rows (a replay sends faster than a server)", "s", None),
    Budget("all_rows_s", 10000, "all rows, to kubectl's time for its table", "s", 1.0, "kubectl_all_s"),
    Budget("load_cpu_s", 10000, "processor time of the load", "s", 0.35),
    Budget("peak_mb", 25, "peak memory", "MB", 10),
    Budget("peak_mb", 10000, "peak memory", "MB", 24),
    Budget("peak_mb", 50000, "peak memory (replay)", "MB", 60),
    Budget("peak_mb", 10000, "peak memory, to kubectl's", "MB", 1.0, "kubectl_mb"),
    Budget("idle_cpu_s", 10000, "processor time of an idle minute", "s", 0.02),
    Budget("idle_bytes", 10000, "bytes to the terminal in an idle minute", "B", 500),
    Budget("cursor_bytes", 10000, "bytes to the terminal a cursor move", "B", 120),
    Budget("thin_mb", 10000, "bytes from the server, thin link", "MB", 4),
    Budget("thin_s", 10000, "all rows, thin link", "s", 5),
    Budget("key_p50_ms", 10000, "key to paint, p50", "ms", None),
    Budget("key_p95_ms", 10000, "key to paint, p95", "ms", 1),
    Budget("key_p99_ms", 10000, "key to paint, p99", "ms", 4),
    Budget("load_key_p50_ms", 10000, "key to paint while the list loads, p50", "ms", None),
    Budget("load_key_p95_ms", 10000, "key to paint while the list loads, p95", "ms", 2),
    Budget("load_key_p99_ms", 10000, "key to paint while the list loads, p99", "ms", None),
    # The server and the measurement need both processors of a small machine: cat, too, waits for its turn then
    Budget("load_own_p99_ms", 10000, "the same, p99, less what cat needs beside it", "ms", 4),
    Budget("load_key_p95_ms", 50000, "the same (replay), p95", "ms", 4),
    Budget("load_own_p95_ms", 50000, "the same (replay), p95, less what cat needs", "ms", 2),
    Budget("filter_p95_ms", 10000, "key of a filter to its rows, p95", "ms", None),
    Budget("event_p50_ms", 10000, "watch event to paint, p50", "ms", None),
    Budget("event_p99_ms", 10000, "watch event to paint, p99", "ms", 25),
    Budget("churn_event_p99_ms", 10000, "the same among 100 updates a second, p99", "ms", 40),
    Budget("churn_cpu_percent", 10000, "processor at 100 updates a second", "%", 2),
    Budget("contexts_mb", 10000, "peak memory, five contexts", "MB", 110),
    Budget("namespaces_s", 100000, "namespaces listed (replay)", "s", 1.0),
    Budget("hang_s", 10000, "a server that hangs is shown as stale after", "s", 10),
    Budget("log_lines_s", 0, "log lines taken in and shown, a second", "", 300000, None, True),
    Budget("log_lines_s", 0, "the same, to what kubectl logs prints into nothing", "", 1.0, "kubectl_log_lines_s", True),
    Budget("log_lines_s", 0, "the same, to stern's", "", 1.0, "stern_log_lines_s", True),
    Budget("once_log_lines_s", 0, "log lines by --once, to kubectl's", "", 1.0, "kubectl_log_lines_s", True),
    Budget("log_filtered_s", 0, "the same, filtered", "", 300000, None, True),
    Budget("log_filter_s", 0, "a regular expression over a million log lines", "s", 1.0),
    Budget("log_search_s", 0, "a search through a million log lines", "s", 0.3),
    Budget("log_mb", 0, "peak memory with a million log lines", "MB", 84),
    Budget("minute_lines_s", 0, "300 000 log lines a second for a minute: taken in", "", 290000, None, True),
    Budget("minute_mb", 0, "peak memory with these 18 million lines", "MB", 84),
    Budget("minute_key_p99_ms", 0, "key to paint meanwhile, p99", "ms", 16),
    Budget("follow_cpu_percent", 0, "processor, following 300 lines a second", "%", 1),
    Budget("marked_asked_ms", 25, "the question about 500 marked objects", "ms", 1000),
    Budget("marked_s", 25, "500 marked objects deleted", "s", None),
    Budget("marked_key_p99_ms", 25, "key to paint meanwhile, p99", "ms", 16),
    Budget("shell_mb_s", 0, "shell output shown, a second", "MB", 8, None, True),
    Budget("kubectl_exec_mb_s", 0, "kubectl exec prints of it into nothing, a second", "MB", None),
    Budget("shell_key_p99_ms", 0, "key to paint meanwhile, p99", "ms", 16),
    Budget("shell_mb", 0, "peak memory with a shell that was flooded", "MB", 60),
    Budget("forward_s", 0, "1 GB through a forwarded port, to kubectl's time", "s", 1.2, "kubectl_forward_s"),
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
                      "least": b.least,
                      "met": ratio is None or (ratio >= 1.0 if b.least else ratio <= most)})
    return lines


def number(x):
    return f"{x:.0f}" if x >= 1000 else f"{x:.3g}"


def print_table(lines):
    print(f"\n{'what':<52} {'Pods':>6} {'kview':>11} {'against':>11} {'ratio':>6} {'most':>5}")
    for x in lines:
        against = f"{number(x['against'])} {x['unit']}" if x["against"] else "-"
        ratio = f"{x['ratio']:.2f}" if x["ratio"] is not None else "-"
        most = (">" if x["least"] else "") + f"{x['most']:.1f}" if x["ratio"] is not None else "-"
        print(f"{x['text']:<52} {x['pods']:>6} {number(x['value']):>8} {x['unit']:<2} {against:>11} {ratio:>6} {most:>5}"
              f"  {'' if x['ratio'] is None else 'ok' if x['met'] else 'MISSED'}")
    judged = [x for x in lines if x["ratio"] is not None]
    missed = [x for x in judged if not x["met"]]
    for x in missed:
        print(f"FAILED {x['text']}, {x['pods']} Pods: {x['value']:.3g} {x['unit']}, ratio {x['ratio']:.2f}")
    return len(judged) - len(missed), len(missed)

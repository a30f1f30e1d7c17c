#!/usr/bin/env python3
"""plot.py [RUN.json]: screenshots/bench.svg, memory and start time against the number of Pods.
Figures come from a whole run of `make bench` (build/bench/latest.json, or the one named), are kept in
screenshots/bench.json, and are drawn from there when there is no such run."""
import json, math, os, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEPT = os.path.join(ROOT, "screenshots/bench.json")
SIZES = [25, 1000, 10000, 50000]
# metric of bench.py, its line's name, colour, dashes
MEMORY = [("peak_mb", "kview", "#5fd7ff", ""), ("kubectl_mb", "kubectl get", "#ffaf5f", "")]
TIME = [("first_rows_s", "kview, first rows", "#5fd7ff", ""), ("all_rows_s", "kview, all rows", "#5fd7ff", "6 4"),
        ("kubectl_all_s", "kubectl get", "#ffaf5f", ""), ("curl_stream_s", "curl, as kview asks", "#8a8f98", "2 4")]
W, H, LEFT, TOP, PW, PH = 1108, 436, 78, 84, 320, 254
X0, X1 = math.log10(18), math.log10(75000)


def figures(path):
    """What is drawn of a run; None when it is not a whole one."""
    with open(path) as f:
        run = json.load(f)
    if "results" not in run:
        return run
    lines = {}
    for metric, *_ in MEMORY + TIME:
        points = {n: run["results"].get(str(n), {}).get(metric) for n in SIZES}
        lines[metric] = {str(n): float(f"{v:.3g}") for n, v in points.items() if v is not None}
    if run["quick"] or any(len(lines[m]) < len(SIZES) for m in ("peak_mb", "first_rows_s", "all_rows_s")):
        return None
    m = run["machine"]
    return {"date": run["date"], "commit": run["commit"], "server": run["server"],
            "machine": f"{m['processor']}, {m['cores']} cores, {m['memory_gb']} GB", "lines": lines}


def number(v):
    return f"{v:,.0f}".replace(",", " ") if v >= 1 else f"{v:g}"


def text(x, y, s, fill="#bcbcbc", anchor="start", more=""):
    s = s.replace("&", "&amp;").replace("<", "&lt;")
    return f"<text x='{x:.0f}' y='{y:.0f}' fill='{fill}' text-anchor='{anchor}'{more}>{s}</text>"


def panel(left, title, unit, ticks, series, lines):
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])

    def x(n):
        return left + (math.log10(n) - X0) / (X1 - X0) * PW

    def y(v):
        return TOP + PH - (math.log10(v) - low) / (high - low) * PH

    out = [text(left, TOP - 22, title, "#ffffff", more=" font-weight='bold'")]
    for t in ticks:
        out += [f"<path d='M{left} {y(t):.1f}h{PW}' stroke='#33373f'/>",
                text(left - 8, y(t) + 5, f"{number(t)} {unit}" if t == ticks[-1] else number(t), anchor="end")]
    for n in SIZES:
        out += [f"<path d='M{x(n):.1f} {TOP}v{PH}' stroke='#33373f'/>", text(x(n), TOP + PH + 22, number(n), anchor="middle")]
    out.append(text(left + PW / 2, TOP + PH + 44, "Pods", anchor="middle"))
    for metric, name, colour, dashes in series:
        points = sorted((int(n), v) for n, v in lines[metric].items())
        path = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in points)
        out.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2.5' stroke-dasharray='{dashes}'/>")
        out += [f"<circle cx='{x(n):.1f}' cy='{y(v):.1f}' r='4' fill='{colour}'/>" for n, v in points]
        n, v = points[-1]
        out.append(text(x(n) + 12, y(v) + 5, f"{name} {v:.3g} {unit}" if v >= 1 else f"{name} {v:.2g} {unit}", colour))
    return out


def draw(d):
    lines = d["lines"]
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{W}' height='{H}' viewBox='0 0 {W} {H}' "
           "font-family='DejaVu Sans,Verdana,sans-serif' font-size='14'>",
           f"<rect width='{W}' height='{H}' rx='9' fill='#16181d'/>",
           text(W / 2, 28, "kview and kubectl, from 25 to 50 000 Pods", "#ffffff", "middle", " font-size='16'")]
    out += panel(LEFT, "Memory, at most", "MB", [5, 10, 50, 100, 500, 1000], MEMORY, lines)
    out += panel(LEFT + 515, "Time from start", "s", [0.01, 0.03, 0.1, 0.3, 1, 3, 10], TIME, lines)
    foot = [f"make bench, {d['date'][:10]}, commit {d['commit']}: Kubernetes {d['server']} on the same machine, {d['machine']}.",
            "50 000: a replay of its answers, faster than a server, without kubectl."]
    out += [text(W / 2, H - 30 + 17 * i, line, "#8a8f98", "middle", " font-size='12'") for i, line in enumerate(foot)]
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    run = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/bench/latest.json")
    found = figures(run) if os.path.exists(run) else None
    if found:
        with open(KEPT, "w") as f:
            json.dump(found, f, indent=1)
            f.write("\n")
    else:
        print(f"plot: {run} is not a whole run of make bench; drawing {os.path.relpath(KEPT, ROOT)}", file=sys.stderr)
    with open(os.path.join(ROOT, "screenshots/bench.svg"), "w") as f:
        f.write(draw(found or figures(KEPT)))


if __name__ == "__main__":
    main()

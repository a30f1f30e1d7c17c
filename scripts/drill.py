#!/usr/bin/env python3
"""drill.py OUT SECONDS:CAPTION:FRAME.svg ...: pictures of one screen after the other as an SVG that plays in a loop."""
import re, sys

HEAD = 44


def main():
    out, frames = sys.argv[1], [a.split(":", 2) for a in sys.argv[2:]]
    total, at, parts, rules = sum(float(f[0]) for f in frames), 0.0, [], []
    width = height = 0
    for i, (seconds, caption, path) in enumerate(frames):
        with open(path, encoding="utf-8") as f:
            svg = f.read()
        svg = svg[svg.index("<svg"):]
        box = re.search(r"viewBox='0 0 ([\d.]+) ([\d.]+)'", svg)
        width, height = float(box[1]), float(box[2])
        begin, end = at / total * 100, (at + float(seconds)) / total * 100
        at += float(seconds)
        rules.append(f"@keyframes k{i}{{0%,{begin:.3f}%{{visibility:hidden}}{begin + .001:.3f}%,{end:.3f}%{{visibility:visible}}"
                     f"{min(end + .001, 100):.3f}%,100%{{visibility:{'visible' if end >= 100 else 'hidden'}}}}}"
                     f"#f{i}{{visibility:hidden;animation:k{i} {total:g}s step-end infinite}}")
        svg = re.sub(r"<svg\b", f'<svg y="{HEAD}"', svg, count=1)
        parts.append(f'<g id="f{i}"><text x="14" y="29" font-family="DejaVu Sans, sans-serif" font-size="19" fill="#ffd75f">'
                     f'{caption}</text>{svg}</g>')
    with open(out, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + HEAD:g}" width="{width:g}" '
                f'height="{height + HEAD:g}"><style>{"".join(rules)}</style><rect width="100%" height="100%" fill="#14161a"/>'
                + "\n".join(parts) + "</svg>\n")


main()

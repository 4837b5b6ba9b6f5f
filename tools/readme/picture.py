"""Draws docs/images/main-job.svg from a run folder: the curves of metrics.jsonl and the table of evaluation/*.json.

    python3 tools/readme/picture.py runs/gpt2-tiny-blocks.2.hook_resid_post docs/images/main-job.svg

Developer tool; needs nothing but Python's standard library.
"""
import json
import math
import pathlib
import sys

COLOURS = {"polysae": "#c2410c", "linear": "#1d4ed8"}
WIDTH, HEIGHT, LEFT, TOP, PLOT_W, PLOT_H = 900, 330, 60, 46, 430, 230


def curves(run):
    found = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["dictionary"], []).append((row["tokens"], row["fvu"]))
    return found


def results(run):
    found = {}
    for file in sorted((run / "evaluation").glob("*.json")):
        found[file.stem] = json.loads(file.read_text())
    return found


def metric(result, name):
    return result["metrics"].get(name, {}).get("value")


def main():
    run, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    data = curves(run)
    last = max(t for points in data.values() for t, _ in points)
    low, high = math.log10(0.08), math.log10(1.5)
    x = lambda t: LEFT + PLOT_W * t / last
    y = lambda v: TOP + PLOT_H * (high - math.log10(v)) / (high - low)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="ui-monospace, Menlo, monospace" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff" stroke="#e5e7eb"/>',
        '<text x="24" y="28" font-weight="bold" fill="#111827">./saesharp train</text>',
        '<text x="168" y="28" fill="#6b7280">fraction of variance unexplained, gpt2-tiny, blocks.2.hook_resid_post</text>',
    ]
    for tick in (0.1, 0.2, 0.5, 1.0):
        out.append(f'<line x1="{LEFT}" x2="{LEFT + PLOT_W}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end" fill="#6b7280">{tick:g}</text>')
    for part in range(5):
        tokens = last * part / 4
        out.append(f'<text x="{x(tokens):.1f}" y="{TOP + PLOT_H + 20}" text-anchor="middle" fill="#6b7280">{tokens / 1e6:.1f} M</text>')
    out.append(f'<text x="{LEFT + PLOT_W / 2}" y="{TOP + PLOT_H + 40}" text-anchor="middle" fill="#6b7280">tokens</text>')
    for name, points in data.items():
        path = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS.get(name, "#047857")}" stroke-width="2"/>')
    rows = [("held out", [*data])]
    shown = results(run)
    for label, key, form in (("FVU", "fvu", "{:.4f}"), ("L0", "l0", "{:.1f}"), ("dead", "dead_share", "{:.1%}"),
                             ("CE recovered", "ce_recovered", "{:.1%}"), ("KL (nats)", "kl", "{:.3f}")):
        values = [metric(shown[name], key) for name in data if name in shown]
        if values and None not in values:
            rows.append((label, [form.format(v) for v in values]))
    for i, (label, cells) in enumerate(rows):
        line = TOP + 34 + 30 * i
        out.append(f'<text x="530" y="{line}" fill="#374151">{label}</text>')
        for j, cell in enumerate(cells):
            colour = COLOURS.get(list(data)[j], "#047857") if i == 0 else "#111827"
            out.append(f'<text x="{750 + 110 * j}" y="{line}" text-anchor="end" fill="{colour}">{cell}</text>')
    out.append("</svg>")
    target.write_text("\n".join(out) + "\n")


if __name__ == "__main__":
    main()

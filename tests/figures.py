"""The table that `./dev bench` ends with: figures.py FIGURES.tsv. Ends with 1 when a figure is missed."""
import sys
from pathlib import Path

HEAD = ["figure", "ours", "peer", "theirs", "ratio", "bound", ""]


def rows(path):
    for line in Path(path).read_text().splitlines():
        name, value, unit, peer, theirs, ratio, bound, verdict = line.split("\t")
        yield [name, f"{value} {unit}".strip(), peer, theirs, ratio, bound, verdict]


table = list(rows(sys.argv[1])) if Path(sys.argv[1]).exists() else []
widths = [max(len(row[place]) for row in [HEAD, *table]) for place in range(len(HEAD))]
for row in [HEAD, ["-" * width for width in widths], *table]:
    print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |")
missed = [row[0] for row in table if row[-1] == "MISSED"]
judged = sum(1 for row in table if row[-1])
print(f"{judged - len(missed)} of {judged} hold" + "".join(f"\nMISSED: {name}" for name in missed))
sys.exit(1 if missed or not table else 0)

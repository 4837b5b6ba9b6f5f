"""Build corpus/train.txt.gz and corpus/valid.txt.gz from unpacked packages (see fetch_packages.sh).

    python3 build_corpus.py --packages packages --out work/corpus

One document is a block of lines; documents are separated by a line holding only <|endoftext|>.
About 2 % of each source's documents are held out; chapters of the two Bible translations and of the two commentaries are
held out by the same key, so that no held-out verse is seen in another rendering of the same chapter.
"""
import argparse
import gzip
import hashlib
import json
import os
import random
import re

import readers as R

EOT = "<|endoftext|>"
BLOCK = re.compile(r"\bnigg", re.I)          # a slur that occurs a few times in 19th-century text: such lines are dropped


def bucket(key):
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 10000


def documents(root, tdavid_cap):
    """Yield (source, hold-out key, [line, ...])."""
    for year, name, text in R.sotu(root):
        yield "sotu", f"sotu{year}{name}", R.group(R.sentences(text), 500)
    for chapter, paras in R.moby(root):
        yield "moby-dick", "moby" + chapter, paras
    for novel, n, paras in R.austen(root):
        yield "austen", f"austen{novel}{n}", paras
    chunk = []
    for k, (lex, words, gloss) in enumerate(R.wordnet(root)):
        pos = {"n": "noun", "v": "verb"}.get(lex[0], "adjective" if lex.startswith("adj") else "adverb")
        chunk.append(f"{', '.join(words[:4])} ({pos}): {gloss}")
        if len(chunk) == 12:
            if bucket(f"keep{k}") < 6500:            # a random 65 % of the glosses, so that they stay below a sixth of the text
                yield "wordnet", f"wn{k}", chunk
            chunk = []
    for country, section, lines in R.factbook(root):
        yield "factbook", f"fb{country}", [f"{country} - {section}"] + lines
    for head, paras in R.jargon(root):
        yield "jargon", "jargon" + head, paras
    for name in ("kjv", "web", "mhcc"):
        for ref, lines in R.sword(root, name):
            yield name, "osis" + ref, lines
    total = 0
    chapters = sorted(R.sword(root, "tdavid"), key=lambda c: bucket("t" + c[0]))
    for ref, lines in chapters:                      # a random subset of the Psalms, to keep religious text below 40 %
        total += sum(map(len, lines))
        if total > tdavid_cap:
            break
        yield "tdavid", "osis" + ref, [p for line in lines for p in (R.group(R.sentences(line), 600) if len(line) > 900 else [line])]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--packages", default="packages")
    ap.add_argument("--out", default="work/corpus")
    ap.add_argument("--tdavid-cap", type=int, default=5_000_000, help="characters taken from the Treasury of David")
    a = ap.parse_args()
    seen, docs, dropped = set(), [], 0
    for source, key, lines in documents(a.packages, a.tdavid_cap):
        kept = []
        for line in lines:
            if BLOCK.search(line) or EOT in line:
                continue
            if len(line) >= 60:
                h = hashlib.blake2b(line.encode(), digest_size=8).digest()
                if h in seen:
                    dropped += 1
                    continue
                seen.add(h)
            kept.append(line)
        if sum(map(len, kept)) >= 80:
            docs.append((source, bucket(key) < 200, "\n".join(kept)))
    random.Random(20261122).shuffle(docs)
    stats = {}
    os.makedirs(a.out, exist_ok=True)
    for split, flag in (("train", False), ("valid", True)):
        with open(f"{a.out}/{split}.txt.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
            for source, held, text in docs:
                if held == flag:
                    b = text.encode()
                    f.write(b + b"\n" + EOT.encode() + b"\n")
                    s = stats.setdefault(source, {"train": [0, 0], "valid": [0, 0]})[split]
                    s[0] += 1
                    s[1] += len(b)
    total = sum(s["train"][1] + s["valid"][1] for s in stats.values())
    for source, s in stats.items():
        n = s["train"][1] + s["valid"][1]
        print(f"{source:10s} train {s['train'][0]:6d} docs {s['train'][1]:10,d} B   valid {s['valid'][0]:4d} docs {s['valid'][1]:8,d} B   {100 * n / total:5.1f} %")
    rel = sum(stats[k]["train"][1] + stats[k]["valid"][1] for k in ("kjv", "web", "mhcc", "tdavid"))
    print(f"total {total:,d} B, religious {100 * rel / total:.1f} %, duplicate lines dropped {dropped:,d}")
    json.dump(stats, open(f"{a.out}/stats.json", "w"), indent=1)


if __name__ == "__main__":
    main()

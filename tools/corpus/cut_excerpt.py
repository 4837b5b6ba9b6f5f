#!/usr/bin/env python3
"""Cut the bundled corpus excerpt from the full training text: whole documents, the same share of every source.

usage: cut_excerpt.py FULL_TRAIN.txt.gz OUT.txt.gz [--keep N --of M]

The full text is what tools/models/build_corpus.py writes. Its documents carry no source, so a few patterns tell the sources
apart; within a source documents are ordered by length, and of each run of M the N whose hashes are smallest are kept: large and
small documents in proportion. The kept ones stay in the order of the full text, which is shuffled. Prints what was kept.
"""
import argparse
import gzip
import hashlib
import re

SEPARATOR = "\n<|endoftext|>\n"
GLOSS = re.compile(r"^.+ \((noun|verb|adjective|adverb)\): ")
SECTION = re.compile(r"^.+ - (Introduction|Geography|People and Society|Government|Economy|Energy|Communications|Transportation|Military|Military and Security|Transnational Issues|Terrorism)$")
ENTRY = re.compile(r"^[^\n]{1,60}?: ")
OLD_VERBS = re.compile(r"\b(thou|thee|thy|hath|unto|shalt|saith|ye|doth|didst|hast|cometh|goeth)\b")


def source(text):
    """Which source a document comes from, by its looks."""
    lines = text.split("\n")
    if sum(bool(GLOSS.match(line)) for line in lines) >= 0.9 * len(lines):
        return "wordnet"
    if SECTION.match(lines[0]):
        return "factbook"
    if re.match(r"^Chapter \d+\n", text) or lines[0].startswith("Chapter Outline"):
        return "henry"
    if re.match(r"^Psalm \d+\b", text) or "PSALM" in text[:3000] or text.count("Verse ") + text.count("Ver. ") > 20:
        return "spurgeon"
    if re.match(r"^(CHAPTER|Chapter|ETYMOLOGY|EXTRACTS|Epilogue|Letter|LETTER|VOLUME|EPILOGUE)\b", text):
        return "novels"
    if re.search(r"(Congress|Senate|Fellow|House of Representatives|my fellow|Mr\. President|Mr\. Speaker)", text[:1500]) and len(text) > 4000:
        return "addresses"
    if ENTRY.match(lines[0]) and len(text) < 12000 and not OLD_VERBS.search(text[:400]):
        return "jargon"
    words = len(text.split()) or 1
    if len(OLD_VERBS.findall(text)) / words > 0.008:
        return "kjv"
    return "web"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("full")
    parser.add_argument("out")
    parser.add_argument("--keep", type=int, default=1)
    parser.add_argument("--of", type=int, default=4)
    arguments = parser.parse_args()
    with gzip.open(arguments.full, "rt", encoding="utf-8", newline="\n") as stream:
        documents = stream.read().split(SEPARATOR)
    if documents.pop() != "":
        raise SystemExit("the last document has no separator after it")

    groups = {}
    for index, text in enumerate(documents):
        groups.setdefault(source(text), []).append(index)
    kept = set()
    for name, indices in sorted(groups.items()):
        indices.sort(key=lambda index: (len(documents[index]), index))
        chosen = []
        for start in range(0, len(indices), arguments.of):
            run = indices[start:start + arguments.of]
            run.sort(key=lambda index: hashlib.sha256(documents[index].encode()).digest())
            chosen += run[:max(1, round(len(run) * arguments.keep / arguments.of)) if len(run) == arguments.of else len(run) * arguments.keep // arguments.of]
        kept.update(chosen)
        whole, part = (sum(len(documents[index].encode()) for index in group) for group in (indices, chosen))
        print(f"{name:10s} {len(chosen):5d} of {len(indices):5d} documents, {part:10,d} of {whole:10,d} bytes ({100 * part / whole:.1f} %)")

    with open(arguments.out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as stream:
        for index in sorted(kept):
            stream.write((documents[index] + SEPARATOR).encode())
    print(f"{len(kept)} documents, {sum(len(documents[index].encode()) for index in kept):,d} bytes")


if __name__ == "__main__":
    main()

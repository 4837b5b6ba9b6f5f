"""Byte-level BPE in the GPT-2 manner: trainer, encoder, decoder and writer of the Hugging Face tokenizer files.

    python3 bpe.py train  --corpus work/corpus/train.txt.gz --vocab 4096 --out work/tokenizer
    python3 bpe.py encode --tokenizer work/tokenizer --corpus work/corpus --out work

Ids 0..255 are the bytes in GPT-2's byte-to-unicode order, then the merges in the order learned; <|endoftext|> is the last id.
Only the Python standard library (and numpy for `encode`) is used. The pre-tokenisation pattern is GPT-2's
    's|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+
with \\p{L}, \\p{N} and \\s (Unicode White_Space) spelt out as character classes, since `re` has no Unicode properties.
"""
import argparse
import gzip
import heapq
import json
import os
import re
import sys
import unicodedata

EOT = "<|endoftext|>"


def _classes():
    """Character classes for \\p{L} and \\p{N}; ranges are exact for this Python's Unicode version."""
    def ranges(pred):
        out, start = [], None
        for c in range(0x110000):
            ok = not 0xD800 <= c <= 0xDFFF and pred(chr(c))
            if ok and start is None:
                start = c
            elif not ok and start is not None:
                out.append((start, c - 1))
                start = None
        return "".join(f"\\U{a:08x}" if a == b else f"\\U{a:08x}-\\U{b:08x}" for a, b in out)
    cat = unicodedata.category
    return ranges(lambda ch: cat(ch)[0] == "L"), ranges(lambda ch: cat(ch)[0] == "N")


_S = "\\t\\n\\x0b\\x0c\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_L, _N = _classes()
PATTERN = re.compile(f"'s|'t|'re|'ve|'m|'ll|'d| ?[{_L}]+| ?[{_N}]+| ?[^{_S}{_L}{_N}]+|[{_S}]+(?![^{_S}])|[{_S}]+")


def bytes_to_unicode():
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, n = {b: chr(b) for b in keep}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + n)
            n += 1
    return table


B2U = bytes_to_unicode()
U2B = {u: b for b, u in B2U.items()}
BASE = [B2U[b] for b in list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))] + [chr(256 + n) for n in range(68)]


def train(words, vocab_size):
    """words: {pre-token in the byte alphabet: count}. Returns the merges; ties are broken by the pair itself."""
    seqs = [(list(w), c) for w, c in words.items()]
    counts, where = {}, {}
    for i, (s, c) in enumerate(seqs):
        for p in zip(s, s[1:]):
            counts[p] = counts.get(p, 0) + c
            where.setdefault(p, set()).add(i)
    heap = [(-c, p) for p, c in counts.items()]
    heapq.heapify(heap)
    merges, have = [], set(BASE)
    while len(have) + 1 < vocab_size and heap:
        neg, pair = heapq.heappop(heap)
        if counts.get(pair, 0) != -neg:          # stale entry
            if counts.get(pair, 0) > 0:
                heapq.heappush(heap, (-counts[pair], pair))
            continue
        new = pair[0] + pair[1]
        merges.append(pair)
        have.add(new)
        touched = set()
        for i in where.pop(pair):
            s, c = seqs[i]
            if len(s) < 2:
                continue
            for p in zip(s, s[1:]):
                counts[p] -= c
                touched.add(p)
            out, k = [], 0
            while k < len(s):
                if k + 1 < len(s) and s[k] == pair[0] and s[k + 1] == pair[1]:
                    out.append(new)
                    k += 2
                else:
                    out.append(s[k])
                    k += 1
            seqs[i] = (out, c)
            for p in zip(out, out[1:]):
                counts[p] = counts.get(p, 0) + c
                where.setdefault(p, set()).add(i)
                touched.add(p)
        counts.pop(pair, None)
        for p in touched:
            if p != pair and counts.get(p, 0) > 0:
                heapq.heappush(heap, (-counts[p], p))
    return merges


class Tokenizer:
    def __init__(self, vocab, merges):
        self.vocab = vocab
        self.ranks = {tuple(m): i for i, m in enumerate(merges)}
        self.inverse = {i: t for t, i in vocab.items()}
        self.eot = vocab[EOT]
        self.cache = {}

    @classmethod
    def load(cls, folder):
        j = json.load(open(os.path.join(folder, "tokenizer.json"), encoding="utf-8"))
        vocab = dict(j["model"]["vocab"])
        for t in j["added_tokens"]:
            vocab[t["content"]] = t["id"]
        return cls(vocab, [m.split(" ") if isinstance(m, str) else m for m in j["model"]["merges"]])

    def word(self, w):
        ids = self.cache.get(w)
        if ids is None:
            s = [B2U[b] for b in w.encode("utf-8")]
            while len(s) > 1:
                rank, pair = min((self.ranks.get(p, 1 << 30), p) for p in zip(s, s[1:]))
                if rank == 1 << 30:
                    break
                out, k = [], 0
                while k < len(s):
                    if k + 1 < len(s) and (s[k], s[k + 1]) == pair:
                        out.append(s[k] + s[k + 1])
                        k += 2
                    else:
                        out.append(s[k])
                        k += 1
                s = out
            ids = [self.vocab[t] for t in s]
            self.cache[w] = ids
        return ids

    def encode(self, text):
        out = []
        for n, part in enumerate(text.split(EOT)):
            if n:
                out.append(self.eot)
            for w in PATTERN.findall(part):
                out.extend(self.word(w))
        return out

    def decode(self, ids):
        out, run = [], bytearray()
        for i in ids:
            if i == self.eot:
                out.append(run.decode("utf-8", "replace") + EOT)
                run = bytearray()
            else:
                run.extend(U2B[c] for c in self.inverse[i])
        return "".join(out) + run.decode("utf-8", "replace")


def write_hf(folder, merges, max_length):
    """vocab.json, merges.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json, as GPT-2's are laid out."""
    os.makedirs(folder, exist_ok=True)
    vocab = {t: i for i, t in enumerate(BASE + [a + b for a, b in merges])}
    vocab[EOT] = len(vocab)
    dump = lambda name, obj: open(os.path.join(folder, name), "w", encoding="utf-8").write(json.dumps(obj, ensure_ascii=False, indent=2) + "\n")
    open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8").write(json.dumps(vocab, ensure_ascii=False))
    open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8").write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    bl = lambda prefix, trim: {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": True}
    dump("tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": vocab[EOT], "content": EOT, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}],
        "normalizer": None, "pre_tokenizer": bl(False, True), "post_processor": bl(True, False), "decoder": bl(True, True),
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocab, "merges": [f"{a} {b}" for a, b in merges]}})
    dump("tokenizer_config.json", {
        "add_bos_token": False, "add_prefix_space": False,
        "added_tokens_decoder": {str(vocab[EOT]): {"content": EOT, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}},
        "bos_token": EOT, "clean_up_tokenization_spaces": False, "eos_token": EOT, "errors": "replace", "model_max_length": max_length,
        "pad_token": None, "tokenizer_class": "GPT2Tokenizer", "unk_token": EOT})
    dump("special_tokens_map.json", {"bos_token": EOT, "eos_token": EOT, "unk_token": EOT})


def read_docs(path):
    text = gzip.open(path, "rt", encoding="utf-8").read()
    return [d for d in text.split("\n" + EOT + "\n") if d]


def main():
    ap = argparse.ArgumentParser()
    sub = ap.add_subparsers(dest="cmd", required=True)
    t = sub.add_parser("train")
    t.add_argument("--corpus", default="work/corpus/train.txt.gz")
    t.add_argument("--vocab", type=int, default=4096)
    t.add_argument("--out", default="work/tokenizer")
    t.add_argument("--max-length", type=int, default=256)
    e = sub.add_parser("encode")
    e.add_argument("--tokenizer", default="work/tokenizer")
    e.add_argument("--corpus", default="work/corpus")
    e.add_argument("--out", default="work")
    a = ap.parse_args()
    if a.cmd == "train":
        words = {}
        for doc in read_docs(a.corpus):
            for w in PATTERN.findall(doc):
                words[w] = words.get(w, 0) + 1
        print(f"{len(words):,d} distinct pre-tokens, {sum(words.values()):,d} in all", file=sys.stderr)
        words = {"".join(B2U[b] for b in w.encode()): c for w, c in words.items()}
        merges = train(words, a.vocab)
        write_hf(a.out, merges, a.max_length)
        print(f"{len(merges)} merges; last: {merges[-5:]}", file=sys.stderr)
    else:
        import numpy as np
        tok = Tokenizer.load(a.tokenizer)
        os.makedirs(a.out, exist_ok=True)
        for split in ("train", "valid"):
            ids, size = [], 0
            for doc in read_docs(f"{a.corpus}/{split}.txt.gz"):
                ids.append(tok.eot)                 # the separator goes before each document, so the first token has a context
                ids.extend(tok.encode(doc))
                size += len(doc.encode())
            np.save(f"{a.out}/{split}.npy", np.array(ids, dtype=np.uint16))
            print(f"{split}: {len(ids):,d} tokens, {size:,d} bytes, {size / len(ids):.3f} bytes a token")


if __name__ == "__main__":
    main()

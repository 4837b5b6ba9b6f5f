"""Validation loss of a model, and n-gram baselines on the same tokens.

Protocol: the held-out stream (documents joined by <|endoftext|>) is cut into windows of `ctx`+1 tokens that overlap by one token, so
that every token but the very first is predicted exactly once, from the tokens before it in its window (on average half a window).
bits per byte = sum of nats / ln 2 / UTF-8 bytes of the held-out documents; predictions of <|endoftext|> are counted in the sum.

    python3 evaluate.py baselines --data work --corpus work/corpus --out work/baselines.json
"""
import argparse
import json
import math

import numpy as np
import torch
import torch.nn.functional as F

import bpe


def windows(data, ctx):
    for i in range(0, len(data) - 1, ctx):
        yield data[i:i + ctx + 1].astype(np.int64)


def model_loss(model, data, ctx, batch=16):
    """Sum of nats and number of predictions."""
    ws = list(windows(data, ctx))
    total, n = 0.0, 0
    with torch.no_grad():
        for i in range(0, len(ws), batch):
            group = {}
            for w in ws[i:i + batch]:
                group.setdefault(len(w), []).append(w)
            for g in group.values():
                x = torch.from_numpy(np.stack(g))
                if x.shape[1] < 2:
                    continue
                y = model(x[:, :-1])
                total += float(F.cross_entropy(y.reshape(-1, y.shape[-1]), x[:, 1:].reshape(-1), reduction="sum"))
                n += x[:, 1:].numel()
    return total, n


def ngram_baselines(train, valid, vocab, discount=0.75):
    """Unigram with add-one; bigram and trigram with absolute discounting, interpolated with the next lower order."""
    train, valid = train.astype(np.int64), valid.astype(np.int64)
    uni = (np.bincount(train, minlength=vocab) + 1.0) / (len(train) + vocab)
    p1 = uni[valid]
    out = {"unigram": float(-np.log(p1[1:]).mean())}

    def order(context_train, context_valid, lower, target):
        key, cnt = np.unique(context_train * vocab + target, return_counts=True)
        ctx, first, types = np.unique(key // vocab, return_index=True, return_counts=True)
        total = np.add.reduceat(cnt, first)
        q = context_valid * vocab + valid_t
        i = np.searchsorted(key, q).clip(max=len(key) - 1)
        c = np.where(key[i] == q, cnt[i], 0)
        j = np.searchsorted(ctx, context_valid).clip(max=len(ctx) - 1)
        known = ctx[j] == context_valid
        n, t = np.where(known, total[j], 1), np.where(known, types[j], 0)
        return np.where(known, np.maximum(c - discount, 0) / n + discount * t / n * lower, lower)

    valid_t = valid[1:]
    p2 = order(train[:-1], valid[:-1], p1[1:], train[1:])
    out["bigram"] = float(-np.log(p2).mean())
    valid_t = valid[2:]
    p3 = order(train[:-2] * vocab + train[1:-1], valid[:-2] * vocab + valid[1:-1], p2[1:], train[2:])
    out["trigram"] = float(-np.log(p3).mean())
    return out


def valid_bytes(corpus):
    return sum(len(d.encode()) for d in bpe.read_docs(f"{corpus}/valid.txt.gz"))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("what", choices=["baselines"])
    ap.add_argument("--data", default="work")
    ap.add_argument("--corpus", default="work/corpus")
    ap.add_argument("--out", default="work/baselines.json")
    a = ap.parse_args()
    train, valid = np.load(f"{a.data}/train.npy"), np.load(f"{a.data}/valid.npy")
    size = valid_bytes(a.corpus)
    res = {"valid_tokens": int(len(valid)), "valid_bytes": size, "train_tokens": int(len(train))}
    for k, v in ngram_baselines(train, valid, 4096).items():
        res[k] = {"nats_per_token": v, "perplexity": math.exp(v), "bits_per_byte": v * len(valid) / math.log(2) / size}
        print(k, res[k])
    json.dump(res, open(a.out, "w"), indent=1)


if __name__ == "__main__":
    main()

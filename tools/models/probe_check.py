"""Sanity check of the probing sets: ridge classifiers on mean-pooled residual streams against bag-of-tokens and the untrained net.

    python3 probe_check.py gdn-tiny --layer 2 --models work/models --probes work/corpus/probes --out work/probe_check.json

Uses the first 1,200 training and 600 test items of each set; ridge strength is chosen on a fifth of the training items.
"""
import argparse
import json
import os

import numpy as np
import torch

import bpe
import safetensors_io as st
from export import residuals
from nets import BUILD, EOT_ID


def ridge(X, y, Z, z):
    """One-against-rest least squares in the dual; returns test accuracy."""
    labels = sorted(set(y))
    Y = np.array([[1.0 if a == b else -1.0 for b in labels] for a in y])
    mu, sd = X.mean(0), X.std(0) + 1e-6
    X, Z = (X - mu) / sd, (Z - mu) / sd

    def fit_predict(A, B, C, lam):
        K = A @ A.T
        return C @ (A.T @ np.linalg.solve(K + lam * np.trace(K) / len(K) * np.eye(len(K)), B - B.mean(0))) + B.mean(0)
    cut = len(X) * 4 // 5
    best = max((float(np.mean([labels[i] for i in fit_predict(X[:cut], Y[:cut], X[cut:], lam).argmax(1)] == np.array(y[cut:]))), lam) for lam in (0.003, 0.03, 0.3, 3.0))
    return float(np.mean([labels[i] for i in fit_predict(X, Y, Z, best[1]).argmax(1)] == np.array(z)))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("name", choices=sorted(BUILD))
    ap.add_argument("--layer", type=int, default=2)
    ap.add_argument("--models", default="work/models")
    ap.add_argument("--probes", default="work/corpus/probes")
    ap.add_argument("--out", default="work/probe_check.json")
    a = ap.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.manual_seed(0)
    tok = bpe.Tokenizer.load(f"{a.models}/{a.name}")
    untrained = BUILD[a.name]().eval()
    trained = BUILD[a.name]().eval()
    trained.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in st.read(f"{a.models}/{a.name}/model.safetensors").items()})
    result = {}
    for name in sorted({f.split(".")[0] for f in os.listdir(a.probes) if f.endswith(".jsonl")}):
        feats = {}
        for split, n in (("train", 1200), ("test", 600)):
            rows = [json.loads(l) for l in open(f"{a.probes}/{name}.{split}.jsonl", encoding="utf-8")][:n]
            ids = [[EOT_ID] + tok.encode(r["text"])[:128] for r in rows]
            bag = np.zeros((len(ids), 4096))
            for i, s in enumerate(ids):
                np.add.at(bag[i], s[1:], 1.0 / len(s))
            pooled = {k: np.stack([residuals(m, a.name, torch.tensor(s))[1][a.layer][1:].mean(0).detach().numpy() for s in ids]).astype(np.float64)
                      for k, m in (("trained", trained), ("untrained", untrained))}
            feats[split] = dict(pooled, bag_of_tokens=bag, y=[r["label"] for r in rows])
        result[name] = {k: round(ridge(feats["train"][k], feats["train"]["y"], feats["test"][k], feats["test"]["y"]), 3) for k in ("trained", "untrained", "bag_of_tokens")}
        result[name]["chance"] = round(1 / len(set(feats["test"]["y"])), 3)
        print(name, result[name], flush=True)
    json.dump({"model": a.name, "layer": a.layer, "accuracy": result}, open(a.out, "w"), indent=1)


if __name__ == "__main__":
    main()

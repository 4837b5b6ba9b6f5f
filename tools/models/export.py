"""Export a checkpoint of train.py as a Hugging Face folder, measure it, and write gold outputs, samples and the model card.

    python3 export.py gpt2-tiny --checkpoint work/gpt2-tiny.pt --data work --baselines work/baselines.json --out ..

Everything reported is measured on the stored half-precision weights, widened to float32.
"""
import argparse
import copy
import json
import math
import os
import shutil

import numpy as np
import torch

import bpe
import safetensors_io as st
from evaluate import model_loss
from nets import BUILD, EOT_ID

DTYPE = {"gpt2-tiny": "F16", "gdn-tiny": "BF16", "mamba2-tiny": "F16", "rwkv7-tiny": "BF16"}
LONG = {"F16": "float16", "BF16": "bfloat16"}
GOLD_TEXTS = ["Call me Ishmael.",
              "The state of the Union is strong, and the people of the United States know it.",
              "And God said, Let there be light: and there was light.",
              "sperm whale, cachalot (noun): a large whale\nwith 12 teeth, or 1,000.5 in all \U0001f40b"]
PROMPTS = ["In the beginning", "Fellow-citizens of the Senate and House of Representatives:", "She was not at all sure that",
           "tiger cat (noun):", "Peru - Economy\n"]
ABOUT = {
    "gpt2-tiny": ("GPT-2 (learned positions, pre-LayerNorm, GELU tanh form, tied embeddings)", "GPT2LMHeadModel"),
    "gdn-tiny": ("Qwen3.5-style hybrid: three Gated DeltaNet layers and one gated softmax-attention layer, SwiGLU, tied embeddings", "Qwen3_5ForCausalLM (text only: names start with `model.`, config is the flat text config)"),
    "mamba2-tiny": ("Mamba-2 (one group, gated RMSNorm over the full width, tied embeddings)", "Mamba2ForCausalLM"),
    "rwkv7-tiny": ("RWKV-7 in the layout of the fla library (low-rank decay, in-context learning rate, value residual and gate; untied head)", "fla's RWKV7ForCausalLM"),
}


def residuals(model, name, ids):
    """Residual stream after the embedding and after each layer (before the final norm), by forward hooks."""
    kept, hooks = [], []
    root = getattr(model, {"gpt2-tiny": "transformer", "mamba2-tiny": "backbone"}.get(name, "model"))
    layers = root.h if name == "gpt2-tiny" else root.layers
    for layer in layers:
        target = layer.mixer if name == "mamba2-tiny" else layer
        hooks.append(target.register_forward_hook(lambda m, i, o: kept.append((o[0] if isinstance(o, tuple) else o)[0])))
    with torch.no_grad():
        logits = model(ids[None])[0]
    for h in hooks:
        h.remove()
    if name == "mamba2-tiny":                          # the mixers' outputs are increments
        x = root.embeddings(ids).detach()
        out = []
        for o in kept:
            x = x + o
            out.append(x)
        kept = out
    return logits, kept


def generate(model, ids, n, temperature, seed=0):
    g = torch.Generator().manual_seed(seed)
    ids = list(ids)
    with torch.no_grad():
        for _ in range(n):
            logits = model(torch.tensor([ids[-model.ctx:]]))[0, -1]
            if temperature == 0:
                nxt = int(logits.argmax())
            else:
                nxt = int(torch.multinomial(torch.softmax(logits / temperature, -1), 1, generator=g))
            if nxt == EOT_ID:
                ids.append(nxt)
                break
            ids.append(nxt)
    return ids


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("name", choices=sorted(BUILD))
    ap.add_argument("--checkpoint")
    ap.add_argument("--data", default="work")
    ap.add_argument("--baselines", default="work/baselines.json")
    ap.add_argument("--tokenizer", default="work/tokenizer")
    ap.add_argument("--out", default="work/models")
    ap.add_argument("--note", default="", help="a sentence for the card's recipe, such as how a run was resumed")
    a = ap.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    folder = os.path.join(a.out, a.name)
    os.makedirs(folder, exist_ok=True)
    ck = torch.load(a.checkpoint or f"{a.data}/{a.name}.pt")
    dtype = DTYPE[a.name]
    model = BUILD[a.name](ctx=ck["ctx"])
    size = st.write(f"{folder}/model.safetensors", {k: (dtype, v.numpy()) for k, v in ck["state"].items()}, {"format": "pt"})
    stored = st.read(f"{folder}/model.safetensors")
    assert set(stored) == set(model.state_dict())
    model.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in stored.items()})
    model.eval()
    n_params = sum(p.numel() for p in model.parameters())
    finite = all(np.isfinite(v).all() for v in stored.values())
    assert finite, "a weight does not fit the half-precision type"
    round_err = max(float(np.abs(stored[k] - v.numpy()).max()) for k, v in ck["state"].items())

    config = dict(model.config)
    config["dtype" if a.name == "gdn-tiny" else "torch_dtype"] = LONG[dtype]
    json.dump(config, open(f"{folder}/config.json", "w"), indent=2, sort_keys=True)
    json.dump({"_from_model_config": True, "bos_token_id": EOT_ID, "eos_token_id": EOT_ID}, open(f"{folder}/generation_config.json", "w"), indent=2)
    for f in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt"):
        src = f"{a.tokenizer}/{f}"
        if os.path.abspath(src) != os.path.abspath(f"{folder}/{f}"):
            shutil.copy(src, f"{folder}/{f}")

    # ---- validation loss, stored weights and the float32 originals
    valid = np.load(f"{a.data}/valid.npy")
    base = json.load(open(a.baselines))
    nats, n = model_loss(model, valid, ck["ctx"])
    full = copy.deepcopy(model)
    full.load_state_dict(ck["state"])
    nats32, _ = model_loss(full, valid, ck["ctx"])
    ev = {"parameters": n_params, "file_bytes": size, "stored_dtype": dtype, "context": ck["ctx"], "valid_predictions": n, "nats_per_token": nats / n,
          "perplexity": math.exp(nats / n), "bits_per_byte": nats / math.log(2) / base["valid_bytes"], "nats_per_token_float32_weights": nats32 / n,
          "largest_rounding_of_a_weight": round_err, "baselines": base, "training": ck["log"][-1], "training_arguments": {k: v for k, v in ck["args"].items() if k not in ("data", "out", "init")}, "note": a.note,
          "curve": ck["log"]}
    json.dump(ev, open(f"{folder}/eval.json", "w"), indent=1)

    # ---- gold outputs
    tok = bpe.Tokenizer.load(folder)
    double = copy.deepcopy(model).double()
    gold, tensors, worst = [], {}, 0.0
    for i, text in enumerate(GOLD_TEXTS):
        ids = torch.tensor([EOT_ID] + tok.encode(text))
        logits, res = residuals(model, a.name, ids)
        l64, _ = residuals(double, a.name, ids)
        diff = float((logits.double() - l64).abs().max())
        worst = max(worst, diff)
        tensors[f"text{i}.input_ids"] = ("I64", ids.numpy())
        tensors[f"text{i}.logits"] = ("F32", logits.numpy())
        for j, r in enumerate(res):
            tensors[f"text{i}.resid_post.{j}"] = ("F32", r.numpy())
        logp = torch.log_softmax(logits, -1)
        gold.append({"text": text, "input_ids": ids.tolist(), "nats_per_token": float(-logp[:-1].gather(1, ids[1:, None]).mean()),
                     "argmax": logits.argmax(-1).tolist(), "last_top5": [[int(t), tok.decode([int(t)]), round(float(v), 5)] for v, t in zip(*logits[-1].topk(5))],
                     "max_abs_difference_to_float64": diff})
    st.write(f"{folder}/gold.safetensors", tensors, {"note": "float32 outputs of the stored weights; each text starts with <|endoftext|>; resid_post.i = residual stream after layer i"})
    json.dump(gold, open(f"{folder}/gold.json", "w"), indent=1)

    # ---- samples
    samples = []
    for prompt in PROMPTS:
        ids = [EOT_ID] + tok.encode(prompt)
        samples.append({"prompt": prompt, "greedy": tok.decode(generate(model, ids, 40, 0)[len(ids):]),
                        "temperature_0.8_seed_0": tok.decode(generate(model, ids, 60, 0.8)[len(ids):])})
    json.dump(samples, open(f"{folder}/samples.json", "w"), indent=1, ensure_ascii=False)

    # ---- card
    log, t = ck["log"], ck["args"]
    pick = [log[round(i * (len(log) - 1) / 7)] for i in range(8)] if len(log) > 8 else log
    about, cls = ABOUT[a.name]
    b = base
    card = f"""# {a.name}

A very small English language model, made to be shipped with the toolkit so that its examples and tests have a real trained network
without any download. It is a test object, not a useful text generator.

| | |
| --- | --- |
| architecture | {about} |
| layout | {cls}; `config.json`, `model.safetensors` ({dtype}, {size:,d} bytes), GPT-2-style `tokenizer.json` |
| parameters | {n_params:,d} (tied matrices counted once) |
| vocabulary, context | 4,096 byte-level BPE tokens, `<|endoftext|>` = {EOT_ID}; trained on windows of {ck['ctx']} tokens |
| licence | the weights and this card: same as the toolkit. The training text is public domain, CC0/PDDL or under WordNet's licence; see `corpus/SOURCES.md` for each source and its notice |

## Data
`corpus/train.txt.gz`: {b['train_tokens']:,d} tokens (State of the Union addresses, WordNet glosses, World Factbook, two Bible translations and two
commentaries, Jane Austen, Moby Dick, the Jargon File), 2 % of the documents held out. Religious text is 37 % of the bytes. The model saw
{log[-1]['tokens']:,d} tokens, {log[-1]['tokens'] / b['train_tokens']:.2f} epochs.

## Recipe
Random weights; AdamW (betas 0.9 and 0.95, weight decay 0.1 on matrices), peak learning rate {t['lr']:g}, {t['warmup']} warm-up steps, cosine to 5 % over
{log[-1]['minutes']:.0f} minutes of wall time, gradient norm clipped at 1, batch {t['batch']} x {t['ctx']} tokens, {log[-1]['step']:,d} steps, seed {t['seed']}, float32 on one CPU core
(shared with other work, so the token count is not a speed benchmark). No dropout. Scripts: `tools/models/`.{" " + a.note if a.note else ""}

## Measured on the held-out documents (stored weights, float32 arithmetic)
| | nats a token | perplexity | bits a byte |
| --- | --- | --- | --- |
| **{a.name}** | **{nats / n:.4f}** | **{math.exp(nats / n):.2f}** | **{ev['bits_per_byte']:.4f}** |
| trigram, absolute discounting | {b['trigram']['nats_per_token']:.4f} | {b['trigram']['perplexity']:.2f} | {b['trigram']['bits_per_byte']:.4f} |
| bigram, absolute discounting | {b['bigram']['nats_per_token']:.4f} | {b['bigram']['perplexity']:.2f} | {b['bigram']['bits_per_byte']:.4f} |
| unigram | {b['unigram']['nats_per_token']:.4f} | {b['unigram']['perplexity']:.2f} | {b['unigram']['bits_per_byte']:.4f} |

{n:,d} predictions in windows of {ck['ctx']} tokens that do not overlap, so the average context is half a window. Before rounding the weights to
{LONG[dtype]} the loss was {nats32 / n:.4f}.

Training curve (held-out sample of 192 windows, nats a token):

| step | tokens | minutes | train (smoothed) | held out |
| --- | --- | --- | --- | --- |
""" + "".join(f"| {p['step']:,d} | {p['tokens']:,d} | {p['minutes']:.1f} | {p['train_ema']:.3f} | {p['valid_sample']:.3f} |\n" for p in pick) + """
## Samples
""" + "".join(f"**{json.dumps(s['prompt'], ensure_ascii=False)}**\n\n- greedy: {json.dumps(s['greedy'], ensure_ascii=False)}\n- temperature 0.8: {json.dumps(s['temperature_0.8_seed_0'], ensure_ascii=False)}\n\n" for s in samples) + f"""## Gold outputs
`gold.safetensors` holds, for four texts (each starts with `<|endoftext|>`), the token ids, the float32 logits and the residual stream after every
layer; `gold.json` the texts and the best tokens. Against the same forward pass in float64 the logits differ by at most {worst:.1e}.

## Limits
One narrow, old-fashioned and partly religious corpus; no instruction following, no facts to rely on, no safety work. Attitudes of 18th- and
19th-century sources are in the data. Text in other languages, code and current topics are far outside the training text. Sequences longer than
{ck['ctx']} tokens were never seen. Tiny models have few features: results on them say little about large ones.
"""
    open(f"{folder}/MODEL_CARD.md", "w", encoding="utf-8").write(card)
    print(json.dumps({k: ev[k] for k in ("parameters", "file_bytes", "nats_per_token", "perplexity", "bits_per_byte", "nats_per_token_float32_weights")}), "gold f32-f64", worst)


if __name__ == "__main__":
    main()

"""Write 200 gold encodings ({"text", "ids", "tokens"} a line) for the tokenizer, and check that each decodes to its text.

    python3 tokenizer_gold.py --tokenizer work/tokenizer --corpus work/corpus --out work/tokenizer/gold_encodings.jsonl
"""
import argparse
import json
import random

import bpe

HAND = ["", " ", "  ", "   ", "\n", "\n\n", " \n ", "\t", "\t\tx", "a", " a", "  a", "a ", "a  ", "a  b", "a   b", "a\nb", "a \n b", "a\r\nb", "\r\n\r\n",
        "Hello world", "Hello, world!", " Hello", "hello HELLO Hello hElLo", "I'm you're he'll we've they'd it's can't", "I'M YOU'RE HE'LL", "'s't're've'm'll'd",
        "'sand 'tis 'twas", "don''t", "1", "12", "123", "1234567890", "3.14159", "1,234,567.89", "$1,000", "2026-11-22", "10:54:09", "1st 2nd 3rd", "x1y2z3",
        "0x1F", "1e-5", "²³¹ ½ ¼ Ⅷ ①", "٣٤٥", "一二三", "...", "....", "?!?!", "---", "--", "a-b", "a--b", "(a)", "[b]{c}<d>", "foo_bar", "__init__", "a/b\\c",
        "user@example.org", "C++ & C#", "100%", "#tag @name", "\"quoted\"", "'single'", "“curly” ‘quotes’", "en–dash em—dash", "ellipsis…", "café", "cafe\u0301",
        "naïve façade", "Ärger über Öl", "ß ẞ", "Ελληνικά", "Привет, мир", "שלום", "مرحبا", "हिन्दी", "日本語のテキスト", "中文，标点。", "한국어", "ไทย", "🙂", "🙂🙃", "👩‍👩‍👧‍👦",
        "👍🏽", "🇺🇸", "a🙂b", " 🙂 ", "❤️", "\u00a0", "a\u00a0b", "a\u2003b", "\u200b", "a\u200bb", "\u2028", "\ufeff", "\x00", "\x01\x02", "\x7f", "\x1c", "\x85",
        "\U0001d54f", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "ﬁ", "Å", "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<|endoftext|><|endoftext|>", "<|endoftext", "|endoftext|>",
        "    indented", "\tdef f(x):\n\t\treturn x\n", "if (a  ==  b) {\n    c;\n}\n", "line one\nline two\n\nline four", "trailing spaces   \nnext", "   \n   \n",
        "a" * 50, "ab" * 30, "=" * 40, " " * 40, "\n" * 20, "!" * 17, "1" * 25, "antidisestablishmentarianism", "THE UNITED STATES OF AMERICA",
        "the the the the", "In the beginning God created the heaven and the earth.", "Call me Ishmael.", "It is a truth universally acknowledged",
        "Fellow-Citizens of the Senate and House of Representatives:", "dog, domestic dog (noun): a member of the genus Canis", "Austria - Geography",
        "Climate: temperate; continental, cloudy", "83,871 sq km", "17.5% (2011 est.)", "e.g., i.e., etc.", "U.S.A.", "Mr. and Mrs. Smith's", "x = y**2 + 3*z",
        "http://www.example.org/a?b=c&d=e#f", "C:\\dir\\file.txt", "~/.config", "$HOME", "`code`", "*bold* _it_", "a,b;c:d", "1+1=2", "5°C", "€5 £6 ¥7", "™©®", "§¶†‡",
        "→←↑↓", "∑∫√∞≠≤", "½ cup", "α β γ", "Ωmega", "İstanbul ıI", "ǅ", "ª º", "ʼn ŉ", "\u0301", "e\u0301\u0302", "\u0915\u094d\u0937", "\u0e01\u0e33"]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--tokenizer", default="work/tokenizer")
    ap.add_argument("--corpus", default="work/corpus")
    ap.add_argument("--out", default="work/tokenizer/gold_encodings.jsonl")
    a = ap.parse_args()
    tok = bpe.Tokenizer.load(a.tokenizer)
    texts = list(dict.fromkeys(HAND))
    rng = random.Random(7)
    lines = [l for d in bpe.read_docs(f"{a.corpus}/valid.txt.gz") for l in d.split("\n") if 20 < len(l) < 300]
    texts += rng.sample(lines, 200 - len(texts))
    with open(a.out, "w", encoding="utf-8") as f:
        for t in texts:
            ids = tok.encode(t)
            assert tok.decode(ids) == t, t
            f.write(json.dumps({"text": t, "ids": ids, "tokens": [tok.inverse[i] for i in ids]}, ensure_ascii=True) + "\n")
    print(len(texts), "encodings, each decodes to its text;", len(set(HAND)), "of them by hand, the rest held-out lines")


if __name__ == "__main__":
    main()

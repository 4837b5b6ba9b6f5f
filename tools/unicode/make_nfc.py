#!/usr/bin/env python3
"""Writes nfc.txt, the table behind NfcNormalizer, from Python's copy of the Unicode character database.

usage: make_nfc.py > src/SaeSharp.Models/Tokenizers/Normalization/nfc.txt
"""
import sys
import unicodedata

print(f"# Canonical decompositions and combining classes of Unicode {unicodedata.unidata_version}, written by tools/unicode/make_nfc.py")
print("# (character data: Copyright Unicode, Inc., Unicode License v3). Hangul syllables are computed.")
print("# c FIRST LAST CLASS: characters that combine; d CODE PARTS: composes again; x CODE PARTS: only decomposes")
run = None
for code in range(sys.maxunicode + 2):
    value = unicodedata.combining(chr(code)) if code <= sys.maxunicode else 0
    if run and run[2] != value:
        print(f"c {run[0]:04X} {run[1]:04X} {run[2]}")
        run = None
    if value:
        run = [run[0] if run else code, code, value]
for code in range(sys.maxunicode + 1):
    parts = unicodedata.decomposition(chr(code))
    if not parts or parts.startswith("<"):
        continue
    text = "".join(chr(int(part, 16)) for part in parts.split())
    kind = "d" if unicodedata.normalize("NFC", text) == chr(code) else "x"
    print(kind, f"{code:04X}", parts)

#!/usr/bin/env python3
"""Make small tokenizer.json files of every supported form, and what Hugging Face tokenizers 0.23.3 makes of random texts.

    pip install tokenizers==0.23.3 && ./make_fixtures.py

Writes NAME.json and NAME.jsonl beside this script. Each line: text, ids (no tokens around it, special tokens parsed),
plain (special tokens not parsed), around (with the tokens around it), decoded, skipped (ids decoded without special tokens).
"""
import json, os, random
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers as pre, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
WORDS = ("the cat sat on a mat and the dog ran to the red house where nobody lives anymore because it's cold in winter "
         "I'll say you're right they've 12 345 6789 things to do! Really? Yes... No; (maybe) it is caf\u00e9 na\u00efve \u00fcber "
         "stra\u00dfe \u4e2d\u6587 \u6570\u636e \u043f\u0440\u0438\u0432\u0435\u0442 \u03bb\u03cc\u03b3\u03bf\u03c2 \U0001f600").split(" ")
PIECES = ["a", "b", " ", " ", "  ", "\n", "\t", "\r\n", "the", " the", "The", "'s", "'LL", "1", "42", "12345", "_", "-", "\u00e9",
          "e\u0301", "\u2581", "\u00a0", "\u3000", "\u4e2d\u6587", "\U0001f600", "\u0661", "\u00b2", "\u0663", "<s>", "</s>", "<|eot|>", "<0x41>",
          " tag ", "tag", "[x]", "[X]", "\u0120", "!?", "...", "\ufb01", "house", " red", "caf\u00e9", "\u0391\u0392", "\u039f\u03a3 ", "$", "\x85"]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BYTES = ["<0x%02X>" % b for b in range(256)]


def corpus(rng):
    return [" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(400)]


def around(bos, eos=None):
    tokens = [(bos, 0)] + ([(eos, 1)] if eos else [])
    return processors.TemplateProcessing(single=f"{bos} $A" + (f" {eos}" if eos else ""), special_tokens=tokens)


def make(name, rng, normalizer=None, pre_tokenizer=None, decoder=None, post=None, alphabet=None, added=(), size=500, **model):
    t = Tokenizer(models.BPE(**model))
    if normalizer:
        t.normalizer = normalizer
    if pre_tokenizer:
        t.pre_tokenizer = pre_tokenizer
    special = ["<s>", "</s>"] + (["<unk>"] if model.get("unk_token") else []) + (BYTES if model.get("byte_fallback") else [])
    t.train_from_iterator(corpus(rng), trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet or [], show_progress=False))
    js = json.loads(t.to_str())
    js["added_tokens"] = [a for a in js["added_tokens"] if not a["content"].startswith("<0x")]
    js["decoder"] = json.loads(decoder.__getstate__()) if decoder else None
    js["post_processor"] = json.loads(post.__getstate__()) if post else None
    t = Tokenizer.from_str(json.dumps(js))
    for token, is_special in added:
        (t.add_special_tokens if is_special else t.add_tokens)([token])
    t.save(os.path.join(HERE, name + ".json"), pretty=False)
    with open(os.path.join(HERE, name + ".jsonl"), "w") as f:
        for i in range(150):
            text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(12))) if i else ""
            t.encode_special_tokens = False
            ids = t.encode(text, add_special_tokens=False).ids
            full = t.encode(text).ids
            t.encode_special_tokens = True
            plain = t.encode(text, add_special_tokens=False).ids
            line = dict(text=text, ids=ids, plain=plain, around=full, decoded=t.decode(full, skip_special_tokens=False), skipped=t.decode(full))
            f.write(json.dumps(line) + "\n")


def main():
    rng = random.Random(20)
    alphabet = pre.ByteLevel.alphabet()
    eot = (AddedToken("<|eot|>", special=True), True)
    metaspace = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    stripping = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    make("byte-level", rng, pre_tokenizer=pre.ByteLevel(add_prefix_space=True), decoder=decoders.ByteLevel(),
         post=processors.ByteLevel(trim_offsets=False), alphabet=alphabet)
    make("digits", rng, pre_tokenizer=pre.Sequence([pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]),
         decoder=decoders.ByteLevel(), alphabet=alphabet, added=[eot])
    make("llama3", rng, pre_tokenizer=pre.Sequence([pre.Split(Regex(LLAMA3), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)]),
         decoder=decoders.ByteLevel(), post=processors.Sequence([processors.ByteLevel(trim_offsets=False), around("<s>")]),
         alphabet=alphabet, added=[eot], ignore_merges=True)
    make("qwen2", rng, normalizer=normalizers.NFC(), pre_tokenizer=pre.Sequence([pre.Split(Regex(QWEN2), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)]),
         decoder=decoders.ByteLevel(), alphabet=alphabet, added=[eot, (AddedToken("tag", special=False), False)])
    make("gpt4o", rng, pre_tokenizer=pre.Sequence([pre.Split(Regex(GPT4O), "removed", invert=True), pre.ByteLevel(add_prefix_space=False, use_regex=False)]),
         decoder=decoders.ByteLevel(), alphabet=alphabet)
    make("llama2", rng, normalizer=normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]), decoder=stripping,
         post=around("<s>", "</s>"), unk_token="<unk>", byte_fallback=True, fuse_unk=True, size=600, added=[eot])
    make("metaspace", rng, pre_tokenizer=pre.Metaspace(replacement="\u2581", prepend_scheme="first", split=False), decoder=stripping,
         unk_token="<unk>", byte_fallback=True, fuse_unk=True, size=600)
    make("metaspace-split", rng, pre_tokenizer=pre.Metaspace(replacement="\u2581", prepend_scheme="always"), decoder=decoders.Metaspace(), unk_token="<unk>", fuse_unk=True)
    make("gemma", rng, normalizer=normalizers.Replace(" ", "\u2581"), pre_tokenizer=pre.Split(" ", "merged_with_previous"), decoder=metaspace,
         post=around("<s>"), unk_token="<unk>", byte_fallback=True, fuse_unk=True, size=600,
         added=[(AddedToken("[x]", normalized=False), False), (AddedToken("\n", normalized=False), False)])
    make("added", rng, normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()]), pre_tokenizer=pre.ByteLevel(add_prefix_space=False),
         decoder=decoders.ByteLevel(), alphabet=alphabet,
         added=[(AddedToken("tag", single_word=True, normalized=False), False), (AddedToken("[x]", normalized=True), False),
                (AddedToken("<|eot|>", lstrip=True, rstrip=True, special=True), True)])
    for behavior in ("removed", "merged_with_previous", "merged_with_next", "contiguous"):
        make("split-" + behavior, rng, pre_tokenizer=pre.Sequence([pre.Digits(individual_digits=False), pre.Punctuation("contiguous"), pre.Split(Regex(r"\s"), behavior)]),
             decoder=decoders.Fuse(), unk_token="<unk>", size=300)


main()

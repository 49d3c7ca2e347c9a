#!/usr/bin/env python3
"""Times our kernels on one NVIDIA GPU beside torch (flash, cuDNN, cuBLAS) in one run on the same numbers.

Timing: the median of 7 replays of a CUDA graph that holds enough calls for about 20 ms (at most 200), between two events; before that 2 replays are not counted.
Decode and few-row products rotate over several caches and weights, so that the L2 cache does not help. Every result is compared with float64 (attention) or float32 (products).
Our kernels may begin while the call before ends and send for their weights then, as they do in a step; --apart times them strictly one after the other, as others are.
Usage: kernels.py [--json FILE] [--beside MODULE.py] [--apart] [copy] [decode] [prefill] [gemm] [skinny] [norm] [chain]
--beside: a Python file with NAME and attention(q, k_cache, v_cache, out, starts, max_q, lens, max_ctx, scale, table), timed on the same buffers."""
import importlib.util, json, statistics, sys, traceback
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from program import Graph, Program

HEADS, KV_HEADS, DIM, PAGE = 32, 8, 128, 16
BF16, GPU = torch.bfloat16, torch.device("cuda")
ATTENTION = dict(HEAD_DIM=DIM, KV_HEADS=KV_HEADS, GQA=HEADS // KV_HEADS, PAGE=PAGE, ELEM_FP16=0, USE_WINDOW=0, USE_SOFTCAP=0)
SCALE = DIM ** -0.5
RESULTS, BESIDE = [], None


def timed(calls):
    """median milliseconds of one call; the calls are made in turn"""
    for call in calls[:2]: call()
    torch.cuda.synchronize()
    begin, end = torch.cuda.Event(True), torch.cuda.Event(True)
    begin.record(); calls[0](); end.record(); torch.cuda.synchronize()
    n = max(len(calls), min(200, int(20 / max(begin.elapsed_time(end), 1e-3))))
    n = -(-n // len(calls)) * len(calls)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(n): calls[i % len(calls)]()
    for _ in range(2): graph.replay()
    times = []
    for _ in range(7):
        begin.record(); graph.replay(); end.record(); torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) / n)
    return statistics.median(times)


def error(found, expected):
    found, expected = found.double(), expected.double()
    return float((found - expected).norm() / expected.norm())


def show(part, shape, who, ms, value, unit, e=None, note=""):
    RESULTS.append(dict(part=part, shape=shape, who=who, ms=round(ms, 5), value=round(value, 1), unit=unit, error=e, note=note))
    print(f"{part:8} {shape:18} {who:28} {ms * 1e3:10.1f} us {value:8.1f} {unit} {'' if e is None else f'error {e:.1e}'} {note}", flush=True)


def rows_reference(q, k, v, lens, starts, rows):
    """attention of some query tokens in float64; k, v: a dense [context, KV_HEADS, DIM] each sequence"""
    out = []
    for i, t in rows:
        position = lens[i] - (starts[i + 1] - starts[i]) + t
        kk, vv = k[i][:position + 1].double(), v[i][:position + 1].double()
        s = torch.einsum("ghd,tgd->ght", q[starts[i] + t].double().view(KV_HEADS, -1, DIM), kk) * SCALE
        out.append(torch.einsum("ght,tgd->ghd", s.softmax(-1), vv).reshape(HEADS, DIM))
    return torch.stack(out)


def copy():
    x = torch.empty(1 << 29, dtype=torch.float32, device=GPU)
    y = torch.empty_like(x)
    show("copy", "2 GiB", "torch, read + write", ms := timed([lambda: torch.mul(x, 1.0, out=y)]), 8 * x.numel() / ms / 1e6, "GB/s")
    show("copy", "2 GiB", "torch, read only", ms := timed([lambda: x.sum()]), 4 * x.numel() / ms / 1e6, "GB/s")


def rival(part, shape, name, backend, call, pick, reference, amount, unit, per):
    try:
        with sdpa_kernel(backend):
            e = error(pick(call[0]()), reference)
            show(part, shape, name, ms := timed(call), amount / ms / per, unit, e)
    except Exception as e:
        print("  ", name, "is not available:", str(e).splitlines()[0][:120])


def beside(part, shape, tables, q, kc, vc, starts, max_q, lens, max_ctx, pick, reference, amount, unit, per):
    if not BESIDE: return
    try:
        out = torch.full_like(q, float("nan"))
        calls = [lambda t=t: BESIDE.attention(q, kc, vc, out, starts, max_q, lens, max_ctx, SCALE, t) for t in tables]
        calls[0](); torch.cuda.synchronize()
        show(part, shape, BESIDE.NAME, ms := timed(calls), amount / ms / per, unit, error(out[pick], reference))
    except Exception as e:
        print("  ", BESIDE.NAME, "failed:", repr(e)[:300])


def decode():
    total = 256 * 2048 * 2 // PAGE
    kc = torch.randn(total, PAGE, KV_HEADS, DIM, device=GPU, dtype=BF16)
    vc = torch.randn_like(kc)
    for batch, context in ((1, 8192), (8, 2048), (8, 8192), (64, 2048), (256, 2048)):
        pages, shape = context // PAGE, f"b{batch} ctx {context}"
        rotations = min(16, total // (batch * pages))
        tables = torch.randperm(total, device=GPU, dtype=torch.int32)[:rotations * batch * pages].view(rotations, batch, pages).contiguous()
        lens = torch.full((batch,), context, dtype=torch.int32, device=GPU)
        slots = torch.arange(batch, dtype=torch.int32, device=GPU)
        q = torch.randn(batch, HEADS, DIM, device=GPU, dtype=BF16)
        amount, some = batch * context * KV_HEADS * DIM * 4, sorted({0, batch // 2, batch - 1})
        dk = [kc[tables[0, i].long()].reshape(context, KV_HEADS, DIM) for i in range(batch)]
        dv = [vc[tables[0, i].long()].reshape(context, KV_HEADS, DIM) for i in range(batch)]
        reference = rows_reference(q, dk, dv, [context] * batch, list(range(batch + 1)), [(i, 0) for i in some])
        for who, fixed in (("ours", {}), ("ours, 4 teams", dict(TEAMS=4))):
            program, out = Program("kernel-bundles/attention/kernels/paged_decode.qk", "bf16", dict(ATTENTION, ROWS=batch), **fixed), torch.full_like(q, float("nan"))
            calls = [lambda t=t: program(out=out, q=q, k_cache=kc, v_cache=vc, block_table=t, seq_slots=slots, seq_lens=lens, seqs=batch, tokens=batch,
                                         table_stride=pages, scale=SCALE, softcap=0.0, window=0) for t in tables]
            calls[0](); torch.cuda.synchronize()
            e = error(out[some], reference)
            show("decode", shape, who, ms := timed(calls), amount / ms / 1e6, "GB/s", e, f"{program.chosen} registers {program.registers} spills {program.spills}")
        beside("decode", shape, tables, q, kc, vc, torch.arange(batch + 1, dtype=torch.int32, device=GPU), 1, lens, context, some, reference, amount, "GB/s", 1e6)
        kd, vd = torch.stack(dk).transpose(1, 2).contiguous(), torch.stack(dv).transpose(1, 2).contiguous()
        del dk, dv
        copies = max(1, min(16, (1 << 30) // (kd.numel() * 2) + 1))
        ks, vs = [kd.clone() for _ in range(copies)], [vd.clone() for _ in range(copies)]
        dense = [lambda r=r: torch.nn.functional.scaled_dot_product_attention(q[:, :, None], ks[r], vs[r], enable_gqa=True) for r in range(copies)]
        for name, backend in (("torch flash (dense)", SDPBackend.FLASH_ATTENTION), ("torch cuDNN (dense)", SDPBackend.CUDNN_ATTENTION)):
            rival("decode", shape, name, backend, dense, lambda o: o[:, :, 0][some], reference, amount, "GB/s", 1e6)
        del ks, vs, kd, vd, dense


def prefill():
    total = 16384 * 2 // PAGE
    kc = torch.randn(total, PAGE, KV_HEADS, DIM, device=GPU, dtype=BF16)
    vc = torch.randn_like(kc)
    for batch, n in ((1, 1024), (1, 4096), (1, 16384), (4, 2048)):
        pages, shape = n // PAGE, f"{batch}x{n}"
        table = torch.randperm(total, device=GPU, dtype=torch.int32)[:batch * pages].view(batch, pages).contiguous()
        lens, slots = torch.full((batch,), n, dtype=torch.int32, device=GPU), torch.arange(batch, dtype=torch.int32, device=GPU)
        starts = torch.arange(batch + 1, device=GPU, dtype=torch.int32) * n
        q = torch.randn(batch * n, HEADS, DIM, device=GPU, dtype=BF16)
        dk = [kc[table[i].long()].reshape(n, KV_HEADS, DIM) for i in range(batch)]
        dv = [vc[table[i].long()].reshape(n, KV_HEADS, DIM) for i in range(batch)]
        rows = [(i % batch, t) for i, t in enumerate([0, 1, 31, 32, 63, 127, 128, 500, n // 2, n // 2 + 77, n - 129, n - 33, n - 2, n - 1])]
        reference, pick = rows_reference(q, dk, dv, [n] * batch, [i * n for i in range(batch + 1)], rows), [i * n + t for i, t in rows]
        amount = 4 * DIM * HEADS * batch * (n * (n + 1) // 2)
        for who, fixed in (("ours, copier", {}), ("ours, cp.async", dict(COPIER=0, BLOCK_M=128, BLOCK_N=128, STAGGER=1)), ("ours, mma.sync", dict(COPIER=0, TILE_WIDE=0, BLOCK_M=128, BLOCK_N=64))):
            try:
                program, out = Program("kernel-bundles/attention/kernels/paged_prefill.qk", "bf16", ATTENTION, **fixed), torch.full_like(q, float("nan"))
                call = lambda: program(out=out, q=q, k_cache=kc, v_cache=vc, block_table=table, seq_slots=slots, seq_lens=lens, query_start=starts, skip=0, seqs=batch, tokens=batch * n,
                                       table_stride=pages, scale=SCALE, softcap=0.0, window=0)
                call(); torch.cuda.synchronize()
                e = float("nan") if out.isnan().any() else error(out[pick], reference)
                show("prefill", shape, who, ms := timed([call]), amount / ms / 1e9, "TFLOP/s", e, f"{program.chosen} registers {program.registers} spills {program.spills}")
            except Exception as e:
                print("  ", who, "failed:", repr(e)[:1500])
        beside("prefill", shape, [table], q, kc, vc, starts, n, lens, n, pick, reference, amount, "TFLOP/s", 1e9)
        qd = q.view(batch, n, HEADS, DIM).transpose(1, 2).contiguous()
        kd, vd = (torch.stack(x).transpose(1, 2).repeat_interleave(HEADS // KV_HEADS, 1).contiguous() for x in (dk, dv))
        dense = [lambda: torch.nn.functional.scaled_dot_product_attention(qd, kd, vd, is_causal=True)]
        for name, backend in (("torch flash (dense)", SDPBackend.FLASH_ATTENTION), ("torch cuDNN (dense)", SDPBackend.CUDNN_ATTENTION)):
            rival("prefill", shape, name, backend, dense, lambda o: o.transpose(1, 2).reshape(batch * n, HEADS, DIM)[pick], reference, amount, "TFLOP/s", 1e9)


def product(part, path, m, n, k, weights, amount, unit, per, variants, **shape):
    """ours beside torch's; weights rotate"""
    name, a = f"{m}x{n}x{k}", torch.randn(m, k, device=GPU, dtype=BF16)
    reference = a[:256].float() @ weights[0].float().T
    e = error((a @ weights[0].T)[:256], reference)
    show(part, name, "torch (cuBLAS)", ms := timed([lambda w=w: torch.matmul(a, w.T) for w in weights]), amount / ms / per, unit, e)
    for who, path, fixed in variants:
        try:
            program, out = Program(path, "bf16", dict(N=n, K=k, HAS_BIAS=0, HAS_RESIDUAL=0, OUT_F32=0, ELEM_FP16=0, **shape), **fixed), torch.full((m, n), float("nan"), device=GPU, dtype=BF16)
            calls = [lambda w=w: program(**{"out": out, "in": a, "weight": w, "bias": a, "residual": a, "rows": m}) for w in weights]
            calls[0](); torch.cuda.synchronize()
            e = float("nan") if out.isnan().any() else error(out[:256], reference)
            show(part, name, who, ms := timed(calls), amount / ms / per, unit, e, f"{program.chosen} registers {program.registers} spills {program.spills}")
        except Exception as e:
            print("  ", who, "failed:", repr(e)[:1500])


def gemm():
    tile = "kernel-bundles/linear/kernels/tile.qk"
    for n in (4096, 8192):
        product("gemm", tile, n, n, n, [torch.randn(n, n, device=GPU, dtype=BF16)], 2 * n ** 3, "TFLOP/s", 1e9, [("ours, copier", "kernel-bundles/linear/kernels/skinny_stream.qk", {}), ("ours, cp.async", tile, {})], ROWS=n)


def skinny():
    n, k = 4096, 14336
    weights = [torch.randn(n, k, device=GPU, dtype=BF16) for _ in range(6)]
    for m in (1, 8, 64):
        variants = [("ours, tiles", "kernel-bundles/linear/kernels/skinny_tile.qk", {}), ("ours, lanes", "kernel-bundles/linear/kernels/skinny.qk", {})]
        product("skinny", "", m, n, k, weights, 2 * (n * k + m * k + m * n), "GB/s", 1e6, variants, ROWS=m)


def norm():
    x, w = torch.randn(65536, 4096, device=GPU, dtype=BF16), torch.randn(4096, device=GPU)
    program, y = Program("kernel-bundles/elementwise/kernels/norm_rms.qk", "bf16", dict(WIDTH=4096, HAS_ADD=0, ELEM_FP16=0)), torch.full_like(x, float("nan"))
    call = lambda: program(**{"out": y, "in": x, "weight": w, "epsilon": 1e-5, "rows": 65536})
    call(); torch.cuda.synchronize()
    e = error(y[:512], torch.nn.functional.rms_norm(x[:512].float(), (4096,), w, 1e-5))
    show("norm", "65536x4096", "ours", ms := timed([call]), 4 * x.numel() / ms / 1e6, "GB/s", e, f"{program.chosen}")
    wb = w.to(BF16)
    show("norm", "65536x4096", "torch rms_norm", ms := timed([lambda: torch.nn.functional.rms_norm(x, (4096,), wb, 1e-5)]), 4 * x.numel() / ms / 1e6, "GB/s")


class Layers:
    """Decode steps of a Llama: all layers, each with weights of its own; one token, its context in pages in random order."""

    def __init__(self, layers, width, forward, heads, kv, size, context, rows=1):
        self.layers, self.rows, self.pages = layers, rows, context // PAGE
        some = lambda *shape: torch.randn(*shape, device=GPU, dtype=BF16) * shape[-1] ** -0.5
        self.weights = [dict(q=some(heads * size, width), k=some(kv * size, width), v=some(kv * size, width), o=some(width, heads * size), gate=some(forward, width),
                             up=some(forward, width), down=some(width, forward), norm=torch.rand(2, width, device=GPU) + 0.5) for _ in range(layers)]
        blocks = self.pages * rows
        self.caches = [(torch.randn(blocks, PAGE, kv, size, device=GPU, dtype=BF16), torch.randn(blocks, PAGE, kv, size, device=GPU, dtype=BF16)) for _ in range(layers)]
        self.x0 = torch.randn(rows, width, device=GPU, dtype=BF16)
        self.x, self.normed = torch.empty_like(self.x0), torch.empty_like(self.x0)
        self.q, self.k, self.v = (torch.empty(rows, n * size, device=GPU, dtype=BF16) for n in (heads, kv, kv))
        self.found, self.hidden = torch.empty_like(self.q), torch.empty(rows, forward, device=GPU, dtype=BF16)
        ints = lambda values: torch.tensor(values, device=GPU, dtype=torch.int32)
        self.table = torch.randperm(blocks, device=GPU, dtype=torch.int32).view(rows, self.pages).contiguous()
        self.slots, self.lens, self.positions = ints(list(range(rows))), ints([context] * rows), ints([context - 1] * rows)
        self.places = (self.table[:, -1] * PAGE + PAGE - 1).contiguous()
        self.angles, self.scale = (500000.0 ** (-torch.arange(0, size, 2, device=GPU) / size)).float().contiguous(), size ** -0.5
        self.shape, self.scratch = (width, forward, heads, kv, size), {}

    KERNELS = 8                      # of a layer: norm, triple, rope, attention, o, norm, gated, down

    def compile(self):
        width, forward, heads, kv, size = self.shape
        base = "kernel-bundles/"
        self.norm = Program(base + "elementwise/kernels/norm_rms.qk", "bf16", dict(WIDTH=width, HAS_ADD=0, ELEM_FP16=0))
        self.rope = Program(base + "elementwise/kernels/rope_cache.qk", "bf16", dict(HEADS=heads, KV_HEADS=kv, HEAD_DIM=size, ROTARY=size, NEOX=1, PAGE=PAGE, ELEM_FP16=0))
        self.attention = Program(base + "attention/kernels/paged_decode.qk", "bf16", dict(HEAD_DIM=size, KV_HEADS=kv, GQA=heads // kv, PAGE=PAGE, ELEM_FP16=0, USE_WINDOW=0, USE_SOFTCAP=0, ROWS=self.rows))
        kind = "stream" if self.rows >= 64 else "tile"
        linear = lambda n, k, residual: Program(base + f"linear/kernels/skinny_{kind}.qk", "bf16", dict(N=n, K=k, ROWS=self.rows, HAS_BIAS=0, HAS_RESIDUAL=residual, OUT_F32=0, ELEM_FP16=0))
        self.products = dict(o=linear(width, heads * size, 1), down=linear(width, forward, 1))
        self.triple = Program(base + f"linear/kernels/triple_{kind}.qk", "bf16", dict(N0=heads * size, N1=kv * size, N2=kv * size, K=width, ROWS=self.rows, ELEM_FP16=0))
        self.gated = Program(base + f"linear/kernels/gated_{kind}.qk", "bf16", dict(N=forward, K=width, ROWS=self.rows, FUNCTION=0, ELEM_FP16=0))
        for each in (self.norm, self.rope, self.attention, self.gated, self.triple, *self.products.values()): each.scratch_buffers = self.scratch      # as in a plan

    def step(self):
        rows, x = self.rows, self.x
        x.copy_(self.x0)
        product = lambda name, out, a, w: self.products[name](**{"out": out, "in": a, "weight": w[name], "bias": w["norm"], "residual": out, "rows": rows})
        for w, (kc, vc) in zip(self.weights, self.caches):
            self.norm(**{"out": self.normed, "in": x, "weight": w["norm"][0], "epsilon": 1e-5, "rows": rows})
            self.triple(**{"out0": self.q, "out1": self.k, "out2": self.v, "in": self.normed, "weight0": w["q"], "weight1": w["k"], "weight2": w["v"], "rows": rows})
            self.rope(q=self.q, k=self.k, v=self.v, k_cache=kc, v_cache=vc, positions=self.positions, cache_slots=self.places, angles=self.angles, magnitude=1.0, tokens=rows)
            self.attention(out=self.found, q=self.q, k_cache=kc, v_cache=vc, block_table=self.table, seq_slots=self.slots, seq_lens=self.lens, seqs=rows, tokens=rows,
                           table_stride=self.pages, scale=self.scale, softcap=0.0, window=0)
            product("o", x, self.found, w)
            self.norm(**{"out": self.normed, "in": x, "weight": w["norm"][1], "epsilon": 1e-5, "rows": rows})
            self.gated(**{"out": self.hidden, "in": self.normed, "gate": w["gate"], "up": w["up"], "rows": rows})
            product("down", x, self.hidden, w)

    def results(self):
        return [self.x, self.normed, self.q, self.k, self.v, self.found, self.hidden] + [c for pair in self.caches for c in pair]

    def spoil(self):
        """what a step makes, so that a stale value shows"""
        for each in (self.x, self.normed, self.q, self.k, self.v, self.found, self.hidden): each.fill_(float("nan"))
        for kc, vc in self.caches:
            for cache in (kc, vc): cache.view(-1, *cache.shape[2:])[self.places.long()] = float("nan")

    def bytes(self):
        return sum(w[name].numel() * 2 for w in self.weights for name in ("q", "k", "v", "o", "gate", "up", "down")) + sum(2 * kc.numel() * 2 for kc, _ in self.caches)


def chain():
    """Layers of a decode step in one graph: kernels one after the other, and overlapping; the same bits are asked for. Variants move LAUNCH_NEXT;
    the last one leaves LAUNCH_WAIT out, which must be found."""
    usual = Program.overlap
    never = lambda text: text.replace("LAUNCH_NEXT();", "")
    control = lambda text: text.replace("LAUNCH_WAIT();", "")
    variants = [("one after the other", False, lambda text: text), ("overlapping, as the texts say", True, lambda text: text),
                ("  next behind the wait", True, lambda text: never(text).replace("LAUNCH_WAIT();", "LAUNCH_WAIT(); LAUNCH_NEXT();")), ("  next not said", True, never),
                ("  control: no wait", True, control)]
    for name, shape in (("llama 1b", (16, 2048, 8192, 32, 8, 64)), ("llama 8b", (32, 4096, 14336, 32, 8, 128))):
        for rows in (1, 8, 64):
            model, expected = Layers(*shape, context=512, rows=rows), None
            for who, overlap, edit in variants:
                Program.overlap, Program.edit = overlap, staticmethod(edit)
                model.compile()
                model.step(); model.step(); torch.cuda.synchronize()
                graph = Graph(model.step)
                wrong = 0
                for _ in range(50):
                    model.spoil(); torch.cuda.synchronize()
                    graph.replay(); torch.cuda.synchronize()
                    found = [r.clone() for r in model.results()]
                    if expected is None: expected = found
                    wrong += not all(torch.equal(f.view(torch.int16), e.view(torch.int16)) for f, e in zip(found, expected))
                if any(f.isnan().any() for f in expected): wrong = -1
                if edit is control:
                    print(f"  control: without LAUNCH_WAIT {wrong} of 50 replays differ, which {'is found' if wrong > 0 else 'IS NOT FOUND: the comparison shows nothing'}", flush=True)
                    continue
                begin, end, times = torch.cuda.Event(True), torch.cuda.Event(True), []
                for _ in range(7):
                    with torch.cuda.stream(graph.stream):
                        begin.record()
                        for _ in range(20): graph.replay()
                        end.record()
                    torch.cuda.synchronize()
                    times.append(begin.elapsed_time(end) / 20)
                ms, layers = statistics.median(times), shape[0]
                edges, early = graph.edges()
                show("chain", f"{name} x {rows}", who, ms, model.bytes() / ms / 1e6, "GB/s", None,
                     f"{ms * 1e3 / layers:.2f} us a layer, {ms * 1e3 / layers / Layers.KERNELS:.2f} us a kernel; {early} of {edges} edges early; {wrong} of 50 replays differ")
            del model, expected
            torch.cuda.empty_cache()
    Program.overlap, Program.edit = usual, staticmethod(lambda text: text)


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    arguments, parts = sys.argv[1:], dict(copy=copy, decode=decode, prefill=prefill, gemm=gemm, skinny=skinny, norm=norm, chain=chain)
    value = lambda option: arguments[arguments.index(option) + 1] if option in arguments else None
    if value("--beside"):
        spec = importlib.util.spec_from_file_location("beside_module", value("--beside"))
        BESIDE = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(BESIDE)
    Program.overlap = "--apart" not in arguments
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "ours overlapping" if Program.overlap else "ours apart", flush=True)
    for part in [a for a in arguments if a in parts] or parts:
        try:
            parts[part]()
        except Exception:
            traceback.print_exc()
    if value("--json"):
        with open(value("--json"), "w") as out: json.dump(RESULTS, out, indent=0)

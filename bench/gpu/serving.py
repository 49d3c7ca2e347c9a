#!/usr/bin/env python3
"""Serves models on one GPU and prints ratios: to Hugging Face Transformers in the same run, and to what memory and matrix units allow.

Timing: ours is `quire bench serve` (its class says what is measured: HTTP, streams and the client's parsing are inside), on a server that is warm from the
same load once before, by a client that has had other requests of the same kind; each figure is the median of REPEATS runs. Hugging Face is hf_baseline.py, in its own process, after ours has left the GPU.
Roofline of a decode step: bytes of all weights that a step reads, and of the KV cache of its sequences, over COPY (a copy's rate on the H200, read and written).
Usage: serving.py --dist DIR [--json FILE] [--in-process] [correct] [1b] [8b] [hf]"""
import argparse, datetime, json, os, re, signal, subprocess, sys, tempfile, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
COPY, MATRIX = 4.27e12, 790e12
REPEATS = 3
SHAPES = {  # layers, width, feed-forward, heads, KV heads, head size, vocabulary, tied
    "llama-1b": (16, 2048, 8192, 32, 8, 64, 128256, True),
    "llama-8b": (32, 4096, 14336, 32, 8, 128, 128256, False),
}
RESULTS = []


def step_bytes(name):
    """of weights that a step reads, in bf16; the embedding's table is looked up, not read"""
    layers, width, forward, heads, kv, size, vocabulary, _ = SHAPES[name]
    return 2 * (layers * (width * size * (2 * heads + 2 * kv) + 3 * width * forward) + vocabulary * width)


def token_bytes(name):
    layers, _, _, _, kv, size, _, _ = SHAPES[name]
    return layers * 2 * kv * size * 2


def show(what, value, unit, note="", **more):
    RESULTS.append(dict(what=what, value=round(value, 4), unit=unit, note=note, **more))
    print(f"{what:60} {value:12.2f} {unit:8} {note}", flush=True)


class Server:
    extra = []  # options of every server
    vocabulary = 120000  # ids of prompts are below it

    def __init__(self, dist, model, *options, port=8001, device="(driver=cuda)"):
        self.dist, self.port, self.log = dist, port, f"/tmp/quire-{port}.log"
        begin = time.monotonic()
        self.process = subprocess.Popen([f"{dist}/quire", "serve", model, "--port", str(port), "--device", device, *options, *Server.extra],
                                        stdout=open(self.log, "w"), stderr=subprocess.STDOUT, start_new_session=True)
        while "\nserving " not in "\n" + self.output():
            if self.process.poll() is not None or " cannot be served: " in self.output() or time.monotonic() - begin > 240:
                if self.process.poll() is None: os.killpg(self.process.pid, signal.SIGKILL)
                raise RuntimeError("the server did not start:\n" + self.output()[-3000:])
            time.sleep(0.05)
        self.seconds = time.monotonic() - begin

    def output(self):
        with open(self.log) as log: return log.read()

    def __enter__(self): return self

    def __exit__(self, *failure):
        os.killpg(self.process.pid, signal.SIGTERM)
        try: self.process.wait(40)
        except subprocess.TimeoutExpired: os.killpg(self.process.pid, signal.SIGKILL)
        for line in self.output().splitlines():
            if re.search(r"WARN|ERROR|Exception|did not start", line) and "incubator" not in line and "VM warning" not in line: print("   log:", line[:300])

    def post(self, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as answer: return json.load(answer)

    def bench(self, *options):
        file = f"/tmp/quire-bench-{self.port}.json"
        command = [f"{self.dist}/quire", "bench", "serve", "--port", str(self.port), "--prompt-ids", str(self.vocabulary), "--ignore-eos", "--json", file, *map(str, options)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode: raise RuntimeError(done.stderr[-1000:])
        with open(file) as result: return json.load(result)

    def median(self, figure, *options, repeats=REPEATS, **more):
        """of several runs with other prompts each, after one that is not counted"""
        runs = [self.bench(*options, "--seed", 100 + i) for i in range(repeats + 1)][1:]
        best = sorted(runs, key=lambda run: run[figure])
        return best[len(best) // 2]


def correct(dist):
    """The same weights on the CPU's backend and on the GPU: log-probabilities of prompts, and greedy tokens with the margin where they part."""
    model, prompts = "random:llama-1b?layers=4", [[(7 * i * i + 13 * p) % 120000 + 3 for i in range(n)] for p, n in enumerate((3, 17, 64, 130))]
    body = lambda p: dict(model="llama-1b", prompt=p, max_tokens=12, temperature=0, ignore_eos=True, logprobs=5, echo=True, return_token_ids=True,
                             return_tokens_as_token_ids=True)
    with Server(dist, model, "--max-model-len", "1024", "--max-num-seqs", "8", port=8002, device="(driver=cpu)") as cpu:
        expected = [cpu.post(body(p))["choices"][0] for p in prompts]
    with Server(dist, model, "--max-model-len", "1024", "--max-num-seqs", "8") as gpu:
        found = [gpu.post(body(p))["choices"][0] for p in prompts]
    worst = parted = 0
    for e, f, p in zip(expected, found, prompts):
        for a, b in zip(e["logprobs"]["token_logprobs"][1:len(p)], f["logprobs"]["token_logprobs"][1:len(p)]): worst = max(worst, abs(a - b))
        for i, (a, b) in enumerate(zip(e["token_ids"], f["token_ids"])):
            if a != b:
                top = sorted(e["logprobs"]["top_logprobs"][len(p) + i].values(), reverse=True)
                show("tokens part where the CPU's best two differ by", top[0] - top[1], "nats")
                parted += 1
                break
    show("greatest difference of a prompt's log-probabilities, CPU/GPU", worst, "nats", f"{parted} of {len(prompts)} continuations part")


def llama1b(dist):
    name, lengths = "llama-1b", ["--lengths", f"{HERE}/chat_lengths.json", "--num-warmups", 128]
    with Server(dist, "random:" + name, "--max-num-seqs", "256", "--max-model-len", "4096", "--max-num-batched-tokens", "8192", "--kv-memory", "40g") as server:
        show("1b: start, with caches as they are", server.seconds, "s")
        run = server.median("output_throughput", "--num-prompts", 2, "--random-input-len", 128, "--random-output-len", 512, "--max-concurrency", 1)
        one(name, "1b, one stream", run)
        run = server.median("output_throughput", *lengths, "--num-prompts", 128)
        show("1b, 128 chats at once", run["output_throughput"], "tok/s", f"{run['duration']:.2f} s", key="128")
        run = server.median("output_throughput", *lengths, "--num-prompts", 1024, "--max-concurrency", 320, repeats=1)
        with open(f"{HERE}/chat_lengths.json") as file: pairs = json.load(file)["lengths"][:1024]
        tokens = sum(o for _, o in pairs)
        # every output token's step reads its sequence's cache; weights are shared by 256 sequences
        kv = sum(o * (p + o / 2) for p, o in pairs) * token_bytes(name)
        floor = (kv + tokens / 256 * step_bytes(name)) / COPY
        show("1b, 1,024 chats, 256 running", run["output_throughput"], "tok/s", f"{100 * floor / run['duration']:.0f} % of the decode roofline")


def one(name, what, run):
    floor = (step_bytes(name) + 384 * token_bytes(name)) / COPY * 1e3
    show(what, 1e3 / run["median_tpot_ms"], "tok/s", f"{100 * floor / run['median_tpot_ms']:.0f} % of the roofline; gap between tokens p99 / median {run['p99_itl_ms'] / max(run['median_itl_ms'], 1e-9):.2f}")


def llama8b(dist):
    name = "llama-8b"
    with Server(dist, "random:" + name, "--max-num-seqs", "64", "--max-model-len", "9216", "--max-num-batched-tokens", "8192", "--kv-memory", "40g") as server:
        show("8b: start, with caches as they are", server.seconds, "s")
        run = server.median("output_throughput", "--num-prompts", 2, "--random-input-len", 128, "--random-output-len", 512, "--max-concurrency", 1)
        one(name, "8b, one stream, 128 in, 512 out", run)
        run = server.median("output_throughput", "--num-prompts", 128, "--num-warmups", 64, "--random-input-len", 128, "--random-output-len", 512, "--max-concurrency", 64, repeats=1)
        floor = (step_bytes(name) + 64 * 384 * token_bytes(name)) / COPY
        show("8b, 64 streams", run["output_throughput"], "tok/s", f"{100 * floor * run['output_throughput'] / 64:.0f} % of the roofline")
        run = server.median("mean_ttft_ms", "--num-prompts", 1, "--random-input-len", 8192, "--random-output-len", 1, "--max-concurrency", 1)
        layers, width, forward, heads, kv, size, vocabulary, _ = SHAPES[name]
        flops = 8192 * (step_bytes(name) - 2 * vocabulary * width) + 4 * size * heads * layers * 8192 * 8193 / 2
        show("8b, prefill of 8,192 tokens", flops / run["mean_ttft_ms"] / 1e9, "TFLOP/s", f"{100 * flops / run['mean_ttft_ms'] * 1e3 / MATRIX:.0f} % of {MATRIX / 1e12:.0f}; {run['mean_ttft_ms']:.0f} ms to the first token")


def hf(dist):
    for mode in (["static", "llama-3.2-1b", "32"], ["cont", "llama-3.2-1b", "128", "paged|sdpa"]):
        done = subprocess.run([sys.executable, f"{HERE}/hf_baseline.py", *mode], capture_output=True, text=True, timeout=400)
        for line in done.stdout.splitlines():
            found = json.loads(line) if line.startswith("{") else {}
            if "out_tok_s" in found:
                show(found["what"], found["out_tok_s"], "tok/s", "its launches wait for this host's processor")
                ours = [r["value"] for r in RESULTS if r.get("key") == "128"]
                if ours: show(f"  ours, 128 chats at once, over it", ours[-1] / found["out_tok_s"], "x")
            elif "err" in found: print("   ", found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dist", required=True)
    parser.add_argument("--json")
    parser.add_argument("--in-process", action="store_true", help="the device in the server's own process, not in a worker")
    parser.add_argument("parts", nargs="*", default=["correct", "1b", "8b", "hf"])
    arguments = parser.parse_args()
    if arguments.in_process:
        etc = tempfile.mkdtemp()
        with open(etc + "/io.quire.worker.cfg", "w") as file: file.write("worker = in-process\n")
        Server.extra = ["--etc", etc]
    parts = {"correct": correct, "1b": llama1b, "8b": llama8b, "hf": hf}
    gpu = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"], capture_output=True, text=True).stdout.strip()
    print(datetime.date.today(), gpu, flush=True)
    for part in arguments.parts:
        try: parts[part](arguments.dist)
        except Exception as e: show(part + " FAILED", float("nan"), "", repr(e)[:1500])
    if arguments.json:
        with open(arguments.json, "w") as out: json.dump(dict(date=str(datetime.date.today()), gpu=gpu, results=RESULTS), out, indent=1)

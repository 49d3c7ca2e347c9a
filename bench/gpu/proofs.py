#!/usr/bin/env python3
"""Proofs that need a device: each part holds a promise against a running distribution, and prints PASS or FAIL.

tokens    a GGUF's greedy tokens over HTTP are those of a reference (JSON lines: name, prompt_ids, output_ids, margin), one request at a time and all at once.
          One may differ only where the reference's best two are closer than MARGIN, as activations are bf16; what follows it is another text.
memcheck  the contract cases of every kernel and type under compute-sanitizer, several processes at once. What does not end in time is not checked, and fails.
fault     a kernel that passes its cases and then stores to a wild address arrives while streams run. They must go on with the tokens of an undisturbed
          run (or part from them at a near tie, as a recomputed cache is rounded otherwise), the worker be back in time, and the kernel refused.
cycles    stops and starts the backend's bundle, devices in the server's process and in workers; nothing may be left over, and the model must be served.
prefix    time to the first token of a prompt whose beginning was served before, and of one that was not. One request at a time, medians.
async     output tokens a second of streams, with captured graphs and asynchronous steps and without. `quire bench serve`, medians of runs after one uncounted.
Usage: proofs.py --dist DIR [OPTIONS] PART ...      a part's options: --help"""
import argparse, collections, concurrent.futures, datetime, glob, http.client, json, os, random, re, shutil, socket, statistics, struct, subprocess, sys, tempfile, threading, time, traceback

import serving
from serving import Server, show

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = os.path.join(HERE, "..", "..", "kernel-bundles")
MARGIN = 0.15
PORT = 8001
FAILED = []


def verdict(what, passed, note=""):
    if not passed: FAILED.append(what)
    serving.RESULTS.append(dict(what=what, passed=bool(passed), note=note))
    print(f"{'PASS' if passed else 'FAIL'}  {what}{': ' + note if note else ''}", flush=True)


def folder(**files):
    """a new folder with configurations: io_quire_gpu="capture = false" is io.quire.gpu.cfg"""
    path = tempfile.mkdtemp(prefix="quire-proof-")
    for name, text in files.items():
        with open(f"{path}/{name.replace('_', '.')}.cfg", "w") as file: file.write(text + "\n")
    return path


def complete(prompt, tokens, port=PORT, **more):
    """one streamed completion: its tokens, the two best log-probabilities of each, when each came, and what went wrong"""
    body = dict(prompt=prompt, max_tokens=tokens, temperature=0, ignore_eos=True, stream=True, return_token_ids=True, **more)
    ids, tops, times, error, reason = [], [], [time.monotonic()], "", None
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        link.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        times = [time.monotonic()]
        answer = link.getresponse()
        if answer.status != 200: error = f"HTTP {answer.status}: {answer.read(500)}"
        for line in answer if not error else ():
            if not line.startswith(b"data: {"): continue
            event = json.loads(line[6:])
            if "error" in event: error = json.dumps(event)[:500]
            for choice in event.get("choices", ()):
                new = choice.get("token_ids") or []
                ids += new
                times += [time.monotonic()] * len(new)
                tops += [sorted(top.values(), reverse=True)[:2] for top in (choice.get("logprobs") or {}).get("top_logprobs") or ()]
                reason = choice.get("finish_reason") or reason
        link.close()
    except Exception as e: error = repr(e)
    if not error and (len(ids) != tokens or reason != "length"): error = f"{len(ids)} of {tokens} tokens, finish_reason {reason}"
    return dict(ids=ids, margins=[top[0] - top[1] if len(top) > 1 else 0 for top in tops], times=times, error=error)


def all_at_once(work, items):
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool: return list(pool.map(work, items))


def parting(expected, found, margins):
    """equal, near (they part where the best two are close) or wrong, and where"""
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), None)
    if at is None: return ("equal" if len(expected) == len(found) else "wrong"), min(len(expected), len(found))
    return ("near" if margins[at] <= MARGIN else "wrong"), at


def judge(what, expected, answers, total):
    """answers: (name, expected ids, margins, answer); one line for all, one for each that is wrong"""
    fates = collections.Counter()
    for name, ids, margins, answer in answers:
        fate, at = ("failed", 0) if answer["error"] else parting(ids, answer["ids"], margins)
        fates[fate] += 1
        if fate == "failed": print(f"    {name}: {answer['error']}")
        if fate == "wrong": print(f"    {name}: token {at} is {answer['ids'][at:at + 1]}, expected {ids[at:at + 1]} with margin {margins[at] if at < len(margins) else None}")
    parted = f", {fates['near']} part at a margin <= {MARGIN}" if fates["near"] else ""
    verdict(what, total == fates["equal"] + fates["near"] > 0, f"{fates['equal']} of {total} {expected}{parted}, {fates['wrong']} wrong, {fates['failed']} failed")


def tokens(o):
    with open(o.reference) as file: lines = [json.loads(line) for line in file if line.strip()]
    longest = max(len(line["prompt_ids"]) + len(line["output_ids"]) for line in lines)
    ask = lambda line: (line["name"], line["output_ids"], line["margin"], complete(line["prompt_ids"], len(line["output_ids"])))
    with Server(o.dist, o.gguf, "--max-model-len", str(longest + 16), "--max-num-seqs", "32", port=PORT, device=o.device):
        judge("tokens, one at a time", "equal the reference", [ask(line) for line in lines], len(lines))
        judge("tokens, all at once", "equal the reference", all_at_once(ask, lines), len(lines))


def sanitizer(o):
    """its command line without the port; only options that this version has"""
    path = shutil.which(o.sanitizer) or shutil.which(o.sanitizer, path="/usr/local/cuda/bin:/usr/local/cuda/compute-sanitizer")
    if not path: raise RuntimeError(f"there is no {o.sanitizer}; it comes with CUDA's toolkit")
    known = subprocess.run([path, "--help"], capture_output=True, text=True).stdout
    wanted = [("--tool", "memcheck"), ("--target-processes", "all"), ("--error-exitcode", "9"), ("--require-cuda-init", "yes"), ("--check-exit-code", "yes"),
              ("--print-limit", "3"), ("--padding", "256"), ("--launch-timeout", "60")]
    return [path] + [word for option in wanted if option[0] in known or option[0] in ("--tool", "--target-processes", "--error-exitcode") for word in option], "--port" in known


def memcheck(o):
    """a process for each kernel and type. Status 9: the sanitizer found errors; 1: a case's result is wrong."""
    listing = subprocess.run([f"{o.dist}/quire", "kernels", "list"], capture_output=True, text=True, check=True).stdout
    rows = [re.split(r"  +", line.strip()) for line in listing.splitlines()[1:] if line.strip()]
    jobs = [(op, name, dtype) for op, name, types in (row[:3] for row in rows) if re.search(o.kernels, f"{op}/{name}") for dtype in types.split(",")]
    command, ported = sanitizer(o)
    begin, slots = time.monotonic(), collections.deque(range(o.processes))

    def run(job):
        op, name, dtype = job
        left = min(o.limit, begin + o.budget - time.monotonic())
        if left < 5: return job, "not started", 0, 0, ""
        slot = slots.popleft()
        words = command + (["--port", str(49152 + 200 * slot)] if ported else [])
        process = subprocess.Popen(words + [f"{o.dist}/quire", "kernels", "check", "--device", o.device, "--op", op, "--kernel", name, "--dtype", dtype, "--exact", "--cases", str(o.cases)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try: text, status = process.communicate(timeout=left)[0], process.returncode
        except subprocess.TimeoutExpired: text, status = "", None
        finally:
            try: os.killpg(process.pid, 9)  # whatever a sanitizer leaves
            except ProcessLookupError: pass
            slots.append(slot)
        summary = [int(count) for count in re.findall(r"ERROR SUMMARY: (\d+) error", text)]
        found = re.search(rf"^\S+ +{re.escape(op)}/{re.escape(name)} +{dtype} +(\d+) +(\d+) +(.+)$", text, re.M)
        passed, errors = int(found[1]) if found else 0, sum(summary)
        if status is None: return job, f"not ended in {left:.0f} s", 0, 0, ""
        if errors or status == 9: return job, "errors", passed, max(errors, 1), text
        if not summary: return job, "no summary", passed, 0, text
        if found and not passed and found[3].strip() == "not served here": return job, "not served", 0, 0, ""
        return job, "ok" if status == 0 and passed else f"status {status}", passed, 0, text

    with concurrent.futures.ThreadPoolExecutor(o.processes) as pool: done = list(pool.map(run, jobs))
    fates = collections.defaultdict(list)
    for job, fate, cases, errors, text in done:
        fates["not checked" if fate.startswith("not ended") or fate == "not started" else fate if fate in ("ok", "not served") else "bad"].append(job)
        if fate not in ("ok", "not served"): print(f"    {'/'.join(job[:2])} {job[2]}: {fate}" + "".join("\n      " + line for line in text.splitlines() if re.search("^=====|FAILED|rror|not found", line))[:1500])
    if fates["not served"]: print("    not served by this device:", ", ".join(f"{op}/{name} {dtype}" for op, name, dtype in fates["not served"]))
    verdict("memcheck", done and not fates["bad"] and not fates["not checked"],
            f"{len(jobs)} kernels and types of {len({job[:2] for job in jobs})} kernels: {len(fates['ok'])} checked with {sum(d[2] for d in done)} cases, {sum(d[3] for d in done)} errors; "
            f"{len(fates['bad'])} bad, {len(fates['not checked'])} not checked, {len(fates['not served'])} not served here; {time.monotonic() - begin:.0f} s")


def wild_kernel():
    """rope.cache as it is in the box, but for a store far away by the 17th token of a launch; its cases have fewer"""
    with open(f"{KERNELS}/elementwise/kernels/rope_cache.qk") as file: text = file.read()
    text, n = re.subn(r"@name( +)\w+", r"@name\1wild\n * @ranking  1000", text, count=1)
    text, m = re.subn(r"(const int t = GROUP_ID\(0\);)", r"\1\n    if (t >= 16 && LOCAL_ID == 0) q[(i64)t << 40] = q[0];", text)
    if (n, m) != (1, 1): raise RuntimeError("rope_cache.qk has changed; so must this")
    return text


def drop(text, path):
    """a file that is being written is left alone, so it appears at once"""
    with open(path + ".new", "w") as file: file.write(text)
    os.rename(path + ".new", path)


def shell(command, port=PORT):
    """what the server's shell answers to one command; the frames are those of io.quire.shell.client.Protocol"""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(120)
        link.connect(f"{os.environ.get('QUIRE_HOME', os.path.expanduser('~/.cache/quire'))}/run/quire-{port}.sock")
        text = command.encode()
        link.sendall(b"quire-shell 1 command\n" + struct.pack(">cI", b"C", len(text)) + text)
        stream, out = link.makefile("rb"), b""
        while True:
            kind, size = struct.unpack(">cI", stream.read(5))
            frame = stream.read(size)
            if kind != b"X": out += frame
            elif struct.unpack(">i", frame)[0]: raise RuntimeError(f"{command}: {out.decode()}")
            else: return out.decode()


def wait_for(condition, seconds, every=0.02):
    """what the condition gives when it is true, or false after so many seconds"""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end: time.sleep(every)
    return found


def fault(o):
    deploy, text = tempfile.mkdtemp(prefix="quire-proof-"), wild_kernel()
    etc = folder(io_quire_worker=f"backends = {o.bundle}")
    prompts = [[(7 * i * i + 13 * p + 3) % o.vocabulary for i in range(24 + p)] for p in range(o.streams)]
    ask = lambda p: complete(prompts[p], o.tokens, logprobs=2)
    with Server(o.dist, o.model, "--max-model-len", str(o.tokens + 128), "--max-num-seqs", str(o.streams), "--no-prefix-caching", "--deploy", deploy, "--etc", etc, port=PORT, device=o.device) as server:
        all_at_once(ask, range(o.streams))  # warm
        reference = all_at_once(ask, range(o.streams))
        near = [margin <= MARGIN for answer in reference for margin in answer["margins"]]
        show("fault: steps whose best two are within the margin", 100 * sum(near) / max(1, len(near)), "%", "so likely a wrong token of one stream is taken for a near tie")
        known = lambda answers: [(f"stream {p}", reference[p]["ids"], reference[p]["margins"], answer) for p, answer in answers]
        judge("fault: two undisturbed runs", "equal each other", known(enumerate(all_at_once(ask, range(o.streams)))), o.streams)
        workers = lambda device: re.findall(rf"device {re.escape(device)} lives in worker process (\d+)", server.output())
        over, answers = threading.Event(), []

        def client(p):
            """one stream behind the other, until the fault is over"""
            while not over.is_set(): answers.append((p, ask(p)))

        threads = [threading.Thread(target=client, args=(p,)) for p in range(o.streams)]
        for thread in threads: thread.start()
        time.sleep(0.5)
        dropped = time.monotonic()
        drop(text, deploy + "/wild.qk")
        lost = wait_for(lambda: re.search(r"device (\S+) is lost: .*", server.output()), 240)
        at = time.monotonic()
        back = lost and wait_for(lambda: len(workers(lost[1])) > 1, 120)
        seconds = time.monotonic() - at
        over.set()
        for thread in threads: thread.join()
        if not lost: raise RuntimeError("the kernel has done no harm: " + shell("kernels rope.cache"))
        print(f"    {at - dropped:.1f} s after the file came: {lost[0][:400]}")
        through = [(p, answer) for p, answer in answers if answer["times"][0] < at < answer["times"][-1] or answer["error"]]
        judge("fault: streams through it", "equal the undisturbed run", known(through), len(through))
        judge("fault: all streams", "equal the undisturbed run", known(answers), len(answers))
        early = sum(fate == "near" and answer["times"][where + 1] < at for p, answer in through for fate, where in [parting(reference[p]["ids"], answer["ids"], reference[p]["margins"])])
        print(f"    {early} of them parted before the fault, as undisturbed runs may")
        verdict("fault: every stream was under way", len({p for p, _ in through}) == o.streams, f"{len(through)} went through it")
        gaps = [max(b - a for a, b in zip(answer["times"][1:], answer["times"][2:])) for _, answer in through if len(answer["ids"]) > 1]
        show("fault: longest pause in a stream", max(gaps, default=float("nan")), "s")
        verdict("fault: the worker is back within 15 s", back and seconds <= 15, f"{seconds:.1f} s after the loss" if back else "it is not back")
        rows = shell("kernels rope.cache").splitlines()
        refused = [row for row in rows if "wild.qk" in row and "refused: the device was lost" in row]
        verdict("fault: the kernel is refused", refused and any(re.search(rf"{re.escape(lost[1])}[^;]*: preferred", row) for row in rows if "wild.qk" not in row),
                re.sub(r".*refused: ", "", refused[0])[:300] if refused else "\n".join(rows))
        judge("fault: afterwards", "equal the undisturbed run", known(enumerate(all_at_once(ask, range(o.streams)))), o.streams)
        verdict("fault: one loss", len(workers(lost[1])) == 2, f"{len(workers(lost[1]))} worker processes of {lost[1]} in all")


def state(pid):
    """what a process holds: threads by name, but for those of the JVM's compilers, which come and go; file descriptors; children; device memory in MiB"""
    names = collections.Counter()
    for comm in glob.glob(f"/proc/{pid}/task/*/comm"):
        try: names[open(comm).read().strip()] += 1
        except OSError: pass
    for name in [n for n in names if re.match(r"C[12] Comp", n)]: del names[name]
    children = sum(f" {pid} " == " " + stat.rpartition(")")[2].split()[1] + " " for stat in map(read, glob.glob("/proc/[0-9]*/stat")) if stat)
    memory = subprocess.run(["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], capture_output=True, text=True).stdout.split() if shutil.which("nvidia-smi") else ["0"]
    return dict(threads=sum(names.values()), descriptors=len(os.listdir(f"/proc/{pid}/fd")), children=children, memory=sum(map(int, memory)), names=names)


def read(path):
    try:
        with open(path) as file: return file.read()
    except OSError: return ""


def cycles(o):
    for mode in o.modes.split(","):
        etc = folder(io_quire_worker=f"worker = {'in-process' if mode == 'in-process' else 'process'}\nbackends = {o.bundle}")
        with Server(o.dist, o.small, "--max-model-len", "512", "--max-num-seqs", "4", "--etc", etc, port=PORT, device=o.device) as server:
            bundle = re.search(rf"^\s*(\d+)\|.*{re.escape(o.bundle)} \(", shell("felix:lb -s"), re.M)[1]
            expected = complete([1, 2, 3, 4], 8)
            equal = lambda: complete([1, 2, 3, 4], 8)["ids"] == expected["ids"] and not expected["error"]
            keys = ("threads", "descriptors", "children", "memory")
            see = lambda what, now: print(f"    {mode:10} {what:12}" + "".join(f" {key} {now[key]:6}" for key in keys), flush=True)
            see("before", state(server.process.pid))
            served, baseline, begin = 0, None, time.monotonic()
            for cycle in range(1, o.cycles + 1):
                shell(f"felix:stop {bundle}")
                shell(f"felix:start {bundle}")
                # waits for the device, so that every cycle loads the model and the next one takes it away
                served += equal()
                if cycle == 5:
                    time.sleep(5)  # until new kernels were looked for
                    baseline = state(server.process.pid)
                    see("cycle 5", baseline)
                elif cycle % 50 == 0: see(f"cycle {cycle}", state(server.process.pid))
            seconds = (time.monotonic() - begin) / o.cycles
            more = lambda now: now["names"] - baseline["names"]

            def at_rest():
                now = state(server.process.pid)
                return now if not more(now) and all(now[key] == baseline[key] for key in keys[1:]) else None

            now = wait_for(at_rest, 90, every=1) or state(server.process.pid)  # pools keep idle threads for a minute
            see("at the end", now)
            verdict(f"cycles {mode}: served after each", served == o.cycles, f"{served} of {o.cycles}, {seconds:.2f} s a cycle")
            gone = ", ".join(sorted(baseline["names"] - now["names"]))
            verdict(f"cycles {mode}: no thread more than after the 5th", not more(now), f"{baseline['threads']} and {now['threads']}" + (f"; more {dict(more(now))}" if more(now) else "") + (f"; idle ones have ended: {gone}" if gone else ""))
            for key in keys[1:]: verdict(f"cycles {mode}: {key} as after the 5th", now[key] == baseline[key], f"{baseline[key]} and {now[key]}")


def prefix(o):
    shared, length = o.prompt - 64, o.prompt
    draw = random.Random(7)
    ids = lambda n: [draw.randrange(3, o.vocabulary) for _ in range(n)]

    def first(prompt):
        answer = complete(prompt, 1)
        if answer["error"]: raise RuntimeError(answer["error"])
        return 1e3 * (answer["times"][1] - answer["times"][0])

    with Server(o.dist, o.model, "--max-model-len", str(length + 64), "--max-num-seqs", "8", "--max-num-batched-tokens", "8192", port=PORT, device=o.device):
        seen, unseen = [], []
        for _ in range(o.repeats + 2):  # two of each are not counted
            unseen.append(first(ids(length)))
            begin = ids(shared)
            first(begin)
            seen.append(first(begin + ids(length - shared)))
    seen, unseen = statistics.median(seen[2:]), statistics.median(unseen[2:])
    show(f"prefix: {length} tokens never seen, to the first token", unseen, "ms")
    show(f"prefix: {length} tokens, {shared} of them served before", seen, "ms")
    verdict("prefix: at least 5 times sooner", unseen >= 5 * seen, f"{unseen / seen:.1f} times")


def asynchronous(o):
    figures = {}
    plain = folder(io_quire_gpu="capture = false")
    for what, options in {"captured graphs, asynchronous steps": [], "captured graphs, one step at a time": ["--no-async-scheduling"],
                          "single launches, one step at a time": ["--no-async-scheduling", "--etc", plain]}.items():
        with Server(o.dist, o.model, "--max-num-seqs", "64", "--max-model-len", "1024", *options, port=PORT, device=o.device) as server:
            run = server.median("output_throughput", "--num-prompts", o.chats, "--random-input-len", 128, "--random-output-len", 256, "--max-concurrency", o.chats)
            figures[what] = run["output_throughput"]
            show("async: " + what, run["output_throughput"], "tok/s", f"{run['median_itl_ms']:.2f} ms between tokens")
    best, _, worst = figures.values()
    verdict("async: at least 1.3 times", best >= 1.3 * worst, f"{best / worst:.2f} times")


PARTS = {"tokens": tokens, "memcheck": memcheck, "fault": fault, "cycles": cycles, "prefix": prefix, "async": asynchronous}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--dist", required=True)
    add("--json")
    add("--device", default="(driver=cuda)", help="LDAP filter over devices")
    add("--bundle", default="io.quire.backend.nvidia", help="fault, cycles: the backend's bundle")
    add("--model", default="random:llama-1b", help="fault, prefix, async")
    add("--vocabulary", type=int, default=120000, help="ids of prompts are below it")
    add("--gguf", help="tokens: the model")
    add("--reference", help="tokens: JSON lines of greedy continuations")
    add("--sanitizer", default="compute-sanitizer", help="memcheck: the program")
    add("--kernels", default="", help="memcheck: only those whose op/name this regular expression finds")
    add("--cases", type=int, default=8, help="memcheck: of each kernel and type")
    add("--processes", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="memcheck: at once")
    add("--limit", type=float, default=150, help="memcheck: seconds of each kernel and type")
    add("--budget", type=float, default=570, help="memcheck: seconds of all")
    add("--streams", type=int, default=32, help="fault")
    add("--tokens", type=int, default=400, help="fault: of a stream")
    add("--small", default="random:llama-tiny", help="cycles: the model")
    add("--cycles", type=int, default=100, help="cycles")
    add("--modes", default="in-process,worker", help="cycles")
    add("--prompt", type=int, default=4096, help="prefix: tokens")
    add("--repeats", type=int, default=10, help="prefix: counted pairs")
    add("--chats", type=int, default=64, help="async: streams")
    add("parts", nargs="+", metavar="PART", choices=list(PARTS), help=", ".join(PARTS))
    return parser.parse_args()


if __name__ == "__main__":
    chosen = options()
    Server.vocabulary = chosen.vocabulary
    gpu = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"], capture_output=True, text=True).stdout.strip() if shutil.which("nvidia-smi") else "no GPU"
    print(datetime.date.today(), gpu, chosen.device, flush=True)
    for part in chosen.parts:
        try: PARTS[part](chosen)
        except Exception as e:
            traceback.print_exc()
            verdict(part, False, repr(e)[:1500])
    if chosen.json:
        with open(chosen.json, "w") as out: json.dump(dict(date=str(datetime.date.today()), gpu=gpu, device=chosen.device, results=serving.RESULTS), out, indent=1)
    sys.exit(1 if FAILED else 0)

#!/usr/bin/env python3
"""Estimates how fast compiled kernels multiply on AMD CDNA, without the hardware.

    cycles.py LISTING.s ...        (wants llvm-mca; LLVM_MCA names another than llvm-mca-19)

For each assembly listing of clang: of every loop the instructions that belong to it and to no loop within, both sides of its branches
among them, are given to LLVM's scheduling model. What is printed is the loop that multiplies most: its instructions, the multiply-adds
that a wave does in one turn (all 64 lanes counted, also where a kernel leaves some idle), the cycles of a turn, and their quotient.
The model knows latencies and units, but neither caches nor conflicts of local memory: good for comparing two lowerings of one text.
"""
import os
import re
import subprocess
import sys

MCA = os.environ.get("LLVM_MCA", "llvm-mca-19")
TURNS = 50
WAVE = 64
HEADER = re.compile(r"=>\s*This (?:Inner )?Loop Header")
MEMBER = re.compile(r"in Loop: Header=(BB\d+_\d+)")
MFMA = re.compile(r"v_mfma_f32_(\d+)x(\d+)x(\d+)")
BLOCK = re.compile(r"^(?:\.L(BB\d+_\d+):|; %bb\.\d+:)(.*)$")


def loops(listing):
    """Instructions by the loop that they are in; a loop is named by its first block."""
    found, loop, own = {}, None, None
    for line in listing.splitlines():
        block = BLOCK.match(line)
        comment = line[line.find(";"):] if ";" in line else ""
        if block:
            own, loop = block.group(1), None
        if MEMBER.search(comment):
            loop = MEMBER.search(comment).group(1)
        elif HEADER.search(comment):
            loop = own
        code = line.split(";")[0].strip()
        if loop and code and not code.startswith(".") and not code.startswith(("s_cbranch", "s_branch", "s_barrier")):
            found.setdefault(loop, []).append(code)
    return found


def multiply_adds(code):
    """What one instruction multiplies and adds, for a wave."""
    matrix = MFMA.match(code)
    if matrix:
        rows, columns, depth = map(int, matrix.groups())
        return rows * columns * depth
    if code.startswith("v_pk_fma_f32"):
        return 2 * WAVE
    return WAVE if re.match(r"v_(fma|fmac|mad|mac)_(f32|mix)", code) else 0


def cycles(codes, processor):
    text = "\n".join(codes) + "\n"
    command = [MCA, "-mtriple=amdgcn-amd-amdhsa", "-mcpu=" + processor, f"-iterations={TURNS}", "-instruction-info=0", "-resource-pressure=0", "-"]
    report = subprocess.run(command, input=text, capture_output=True, text=True)
    total = re.search(r"Total Cycles:\s+(\d+)", report.stdout)
    if report.returncode or not total:
        sys.exit(f"{MCA} failed: {report.stderr.strip() or report.stdout.strip()}")
    return int(total.group(1)) / TURNS


def main(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            listing = file.read()
        processor = re.search(r"amdgcn-amd-amdhsa--(gfx\w+)", listing).group(1)
        busiest = max(loops(listing).values(), key=lambda codes: sum(map(multiply_adds, codes)), default=[])
        work = sum(map(multiply_adds, busiest))
        turn = cycles(busiest, processor) if work else 0.0
        speed = work / turn if turn else 0.0
        print(f"{path}: {len(busiest)} instructions, {work} multiply-adds, {turn:.0f} cycles a turn, {speed:.1f} multiply-adds a cycle")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])

"""Runs AMD code objects for Quire's EmulatedKernelsTest, which starts this program and tells it by lines what to do.

Needs a module `amd_emulator` on PYTHONPATH, an emulator of AMD's instruction sets that reads and writes this process's memory:
  load(path)                                      a linked code object; gives an image
  launch(image, name, grid, group, args, arch)    runs kernel `name` to its end: grid (groups) and group (lanes) are three numbers each,
                                                  args the bytes of the explicit arguments, arch `cdna` or `rdna3`

A request is a line on standard input, its answer a line on standard output, `ok [VALUE]` or `error MESSAGE`:
  map PATH                                        maps the file of the device's memory; VALUE is its address
  load PATH                                       VALUE is the number of the image
  unload IMAGE
  launch IMAGE NAME ARCH X Y Z SIZE ARGUMENTS     groups, lanes of a group, arguments in hexadecimal digits (`-` for none)
The end of standard input ends the program. What an emulator prints goes to standard error.
"""

import ctypes
import itertools
import mmap
import os
import sys


class Bridge:
    def __init__(self, emulator):
        self.emulator = emulator
        self.numbers = itertools.count(1)
        self.images = {}
        self.memory = []

    def map(self, path):
        with open(path, "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        self.memory.append(memory)
        return ctypes.addressof(ctypes.c_char.from_buffer(memory))

    def load(self, path):
        number = next(self.numbers)
        self.images[number] = self.emulator.load(path)
        return number

    def unload(self, image):
        del self.images[int(image)]
        return ""

    def launch(self, image, name, arch, x, y, z, size, arguments):
        self.emulator.launch(
            self.images[int(image)],
            name,
            grid=(int(x), int(y), int(z)),
            group=(int(size), 1, 1),
            args=b"" if arguments == "-" else bytes.fromhex(arguments),
            arch=arch,
        )
        return ""

    def answer(self, line):
        request, *words = line.split()
        try:
            if request not in ("map", "load", "unload", "launch"):
                raise ValueError("there is no request " + request)
            return f"ok {getattr(self, request)(*words)}"
        except Exception as e:
            return "error " + " ".join(f"{type(e).__name__}: {e}".split())


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import amd_emulator

    bridge = Bridge(amd_emulator)
    for line in sys.stdin:
        print(bridge.answer(line), file=answers, flush=True)


if __name__ == "__main__":
    main()

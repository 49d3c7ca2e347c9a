"""Kernel files (.qk) as programs on an NVIDIA GPU, for benchmarks beside other Python software: what bundles/gpu does, in a page.

Reads the header as docs/kernels.md says, takes the first tunables that hold, compiles prelude + common part + text with NVRTC, launches by the names of arguments. A kernel that calls LAUNCH_WAIT may begin while the one before it ends, as docs/dialect.md says; `overlap` switches that off."""
import ast, ctypes, glob, itertools, os, re, sys
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def library(name):
    for path in [p for d in sys.path for p in glob.glob(d + "/nvidia/*/lib/" + name)] + [name]:
        try:
            return ctypes.CDLL(path)
        except OSError:
            pass
    raise OSError(name + " was found neither in the Python packages nor on the library path")


nvrtc, cuda = library("libnvrtc.so.13"), ctypes.CDLL("libcuda.so.1")


def check(code, what):
    if code:
        raise RuntimeError(f"CUDA error {code}: {what}")


class Attribute(ctypes.Structure):
    """CUlaunchAttribute; 6: the kernel waits itself for the one before it"""

    _fields_ = [("id", ctypes.c_int), ("pad", ctypes.c_int), ("value", ctypes.c_int), ("rest", ctypes.c_byte * 60)]


class Config(ctypes.Structure):
    """CUlaunchConfig"""

    _fields_ = [(name, ctypes.c_uint) for name in ("x", "y", "z", "size_x", "size_y", "size_z", "local")] + [
        ("stream", ctypes.c_void_p), ("attributes", ctypes.POINTER(Attribute)), ("count", ctypes.c_uint)]


EARLY = Attribute(id=6, value=1)


class Graph:
    """Launches, recorded from torch's current stream and replayed there."""

    def __init__(self, work):
        self.stream, self.graph, self.run = torch.cuda.Stream(), ctypes.c_void_p(), ctypes.c_void_p()
        torch.cuda.synchronize()
        with torch.cuda.stream(self.stream):
            check(cuda.cuStreamBeginCapture_v2(self.handle(), 1), "begin of a recording")
            try:
                work()
            finally:
                code = cuda.cuStreamEndCapture(self.handle(), ctypes.byref(self.graph))
        check(code, "recording")
        check(cuda.cuGraphInstantiateWithFlags(ctypes.byref(self.run), self.graph, ctypes.c_ulonglong(0)), "graph")

    def handle(self):
        return ctypes.c_void_p(self.stream.cuda_stream)

    def edges(self):
        """how many there are, and how many of them let the next kernel begin early"""
        count = ctypes.c_size_t()
        check(cuda.cuGraphGetEdges_v2(self.graph, None, None, None, ctypes.byref(count)), "edges")
        nodes, data = (ctypes.c_void_p * max(1, count.value)), (ctypes.c_uint8 * (8 * max(1, count.value)))()
        check(cuda.cuGraphGetEdges_v2(self.graph, nodes(), nodes(), data, ctypes.byref(count)), "edges")
        return count.value, sum(data[8 * i + 2] == 1 for i in range(count.value))

    def replay(self):
        check(cuda.cuGraphLaunch(self.run, self.handle()), "replay")


def device_numbers():
    p, (major, minor) = torch.cuda.get_device_properties(0), torch.cuda.get_device_capability()
    wide, copier = ((64, 128), 128) if (major, minor) == (9, 0) else ((16, 32), 0)
    return dict(LOCAL_MEMORY=p.shared_memory_per_block_optin, WORKGROUP_MAX=1024, COMPUTE_UNITS=p.multi_processor_count, SUBGROUP=32, COPIER_LANES=copier,
                SLAB_WIDE_ROWS=wide[0], SLAB_WIDE_LANES=wide[1], SLAB_NARROW_ROWS=16, SLAB_NARROW_LANES=32)


def pow2(a):
    return 1 if a <= 1 else 1 << (a - 1).bit_length()


class TruthIsOne(ast.NodeTransformer):
    """`a and b` is 1 or 0, not b; `~a`, which binds as C's `!a` does, stands for that"""

    def visit_UnaryOp(self, node):
        node = self.generic_visit(node)
        return ast.Compare(node.operand, [ast.Eq()], [ast.Constant(0)]) if isinstance(node.op, ast.Invert) else node

    def visit_BoolOp(self, node):
        call = ast.Call(ast.Name("bool", ast.Load()), [self.generic_visit(node)], [])
        return ast.BinOp(call, ast.Add(), ast.Constant(0))


class Expression:
    """Whole-number arithmetic of headers, by way of Python's."""

    def __init__(self, text):
        self.text = text
        python = re.sub(r"!(?!=)", "~", text.replace("&&", " and ").replace("||", " or ")).replace("/", "//")
        tree = TruthIsOne().visit(ast.parse(python.strip(), mode="eval"))
        self.code = compile(ast.fix_missing_locations(tree), text, "eval")

    def __call__(self, names):
        try:
            return int(eval(self.code, {"bool": bool, "min": min, "max": max, "ceil": lambda a, b: -(-a // b), "pow2": pow2}, names))
        except NameError as e:
            raise KeyError(f"{self.text}: {e}") from None


def split(text):
    """at commas outside parentheses"""
    parts, depth, part = [], 0, ""
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += c
    return parts + [part]


class Header:
    def __init__(self, text):
        comment = text[text.index("/*") + 2:text.index("*/")]
        comment = re.sub(r"\\\n\s*\*?", " ", comment)
        self.tunables, self.defines, self.requires, self.scratch, self.launches, self.tensors = {}, [], [], [], [], {}
        for line in comment.split("\n"):
            key, _, value = line.strip().lstrip("*").strip().partition(" ")
            value = value.strip()
            name, _, rest = value.replace("\t", " ").partition(" ")
            rest = rest.strip()
            if key == "@tunable": self.tunables[name] = [int(x) for x in rest.split()]
            elif key == "@define": self.defines.append((name, Expression(rest)))
            elif key == "@require": self.requires.append(Expression(value))
            elif key == "@tensor": self.tensors[name] = Expression(rest)
            elif key == "@scratch":
                zero = rest.startswith("zero ")
                self.scratch.append((name, Expression(rest[5:] if zero else rest), zero))
            elif key == "@launch":
                entry, arguments, groups, size, when = re.fullmatch(r"(\w+)\s*\((.*?)\)\s*groups (.*?) size (.*?)(?: when (.*))?", value).groups()
                self.launches.append((entry, [a.strip() for a in arguments.split(",")], [Expression(g) for g in split(groups)], Expression(size), Expression(when or "1")))


class Program:
    """One kernel file for one shape. Called with a size of the launch or an argument per keyword."""

    modules = {}
    overlap = True                   # whether kernels that wait themselves are launched early
    edit = staticmethod(lambda text: text)       # what else is done to texts, to compare

    def __init__(self, path, dtype, shape, **tunables):
        text = open(os.path.join(ROOT, path)).read()
        code = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
        self.waits = {name for name, body in re.findall(r"\bKERNEL\s*\(\s*(\w+)\s*\)(.*?)(?=\bKERNEL\b|\Z)", code, flags=re.S) if re.search(r"\bLAUNCH_WAIT\s*\(", body)}
        self.header, self.path = Header(text), path
        self.numbers = self.choose(dict(device_numbers(), **shape), tunables)
        macros = {k: v for k, v in self.numbers.items() if k in shape or k in self.header.tunables or k in dict(self.header.defines)}
        macros.update({"DTYPE_" + dtype.upper(): 1, "ELEM_FP16": shape.get("ELEM_FP16", 0)})
        self.module = self.compile(path, text, macros)
        self.scratch_buffers, self.maps = {}, {}
        self.kernels = {}

    def choose(self, base, fixed):
        """the first tunables that hold, the last named varying fastest"""
        names = list(self.header.tunables)
        for values in itertools.product(*([fixed[n]] if n in fixed else self.header.tunables[n] for n in names)):
            numbers = dict(base, **dict(zip(names, values)))
            for name, expression in self.header.defines:
                numbers[name] = expression(numbers)
            if all(r(numbers) for r in self.header.requires):
                self.chosen = dict(zip(names, values))
                return numbers
        raise RuntimeError(f"{self.path}: no tunables hold for {base} with {fixed}")

    def compile(self, path, text, macros):
        major, minor = torch.cuda.get_device_capability()
        arch = f"sm_{major}{minor}" + ("a" if major >= 9 else "")
        files = [f"{ROOT}/backend-nvidia/prelude/cuda.h"] + sorted(glob.glob(f"{ROOT}/kernel-bundles/dialect/common/*.h"))
        source = "\n".join(open(f).read() for f in files) + f'\n#line 1 "{path}"\n' + text
        source = Program.edit(source)
        key = (source, tuple(sorted(macros.items())))
        if key in Program.modules:
            return Program.modules[key]
        options = [f"--gpu-architecture={arch}", "--std=c++17", "-default-device", "--use_fast_math"] + [f"-D{k}={v}" for k, v in macros.items()]
        handle, size = ctypes.c_void_p(), ctypes.c_size_t()
        check(nvrtc.nvrtcCreateProgram(ctypes.byref(handle), source.encode(), path.encode(), 0, None, None), "program")
        if nvrtc.nvrtcCompileProgram(handle, len(options), (ctypes.c_char_p * len(options))(*[o.encode() for o in options])):
            nvrtc.nvrtcGetProgramLogSize(handle, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            nvrtc.nvrtcGetProgramLog(handle, log)
            raise RuntimeError(log.value.decode()[:4000])
        check(nvrtc.nvrtcGetCUBINSize(handle, ctypes.byref(size)), "size")
        binary = ctypes.create_string_buffer(size.value)
        check(nvrtc.nvrtcGetCUBIN(handle, binary), "code")
        module = ctypes.c_void_p()
        check(cuda.cuModuleLoadData(ctypes.byref(module), binary), "module")
        Program.modules[key] = module
        return module

    def kernel(self, entry):
        """its function and bytes of local memory; only entries that are launched need exist"""
        if entry not in self.kernels:
            self.kernels[entry] = self.load(entry)
        return self.kernels[entry]

    def load(self, entry):
        function = ctypes.c_void_p()
        check(cuda.cuModuleGetFunction(ctypes.byref(function), self.module, entry.encode()), entry)
        pointer, size, value = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_int()
        if cuda.cuModuleGetGlobal_v2(ctypes.byref(pointer), ctypes.byref(size), self.module, (entry + "_local").encode()) == 0:
            check(cuda.cuMemcpyDtoH_v2(ctypes.byref(value), pointer, 4), "local memory")
            check(cuda.cuFuncSetAttribute(function, 8, value.value), f"{entry}: {value.value} bytes of local memory")
        return function, value.value

    def attribute(self, index):
        """of the entry point that was launched first"""
        value = ctypes.c_int()
        check(cuda.cuFuncGetAttribute(ctypes.byref(value), index, next(iter(self.kernels.values()))[0]), "attribute")
        return value.value

    registers = property(lambda self: self.attribute(4))
    spills = property(lambda self: self.attribute(3))

    def tensor(self, name, buffer):
        """a tensor map of [rows][1][columns] (a cache's rows are its tokens): boxes of rows x 1 x 64, swizzled by 128 bytes"""
        box = self.header.tensors[name](self.numbers)
        if box <= 0:
            return ctypes.c_void_p(buffer.data_ptr())
        key = (name, buffer.data_ptr())
        if key not in self.maps:
            rows = buffer.shape[0] * buffer.shape[1] if buffer.dim() == 4 else buffer.shape[0]
            columns = buffer.numel() // rows
            raw = (ctypes.c_byte * 192)()
            address = (ctypes.addressof(raw) + 63) & ~63
            check(cuda.cuTensorMapEncodeTiled(ctypes.c_void_p(address), 1, 3, ctypes.c_void_p(buffer.data_ptr()), (ctypes.c_uint64 * 3)(columns, 1, rows), (ctypes.c_uint64 * 2)(columns * 2, columns * 2),
                                              (ctypes.c_uint32 * 3)(64, 1, box), (ctypes.c_uint32 * 3)(1, 1, 1), 0, 3, 2, 0), "tensor map")
            self.maps[key] = (ctypes.c_uint64 * 16).from_buffer_copy((ctypes.c_byte * 128).from_address(address))
        return self.maps[key]

    def __call__(self, **given):
        names = dict(self.numbers, **{k: v for k, v in given.items() if isinstance(v, int)})
        for name, size, zero in self.header.scratch:
            need = max(16, size(names))
            if self.scratch_buffers.get(name, torch.empty(0)).numel() < need:
                self.scratch_buffers[name] = torch.zeros(need, dtype=torch.uint8, device="cuda")
        for entry, arguments, groups, size, when in self.header.launches:
            grid = [g(names) for g in groups] + [1, 1]
            if not when(names) or 0 in grid:
                continue
            function, local = self.kernel(entry)
            values = []
            for name in arguments:
                value = given.get(name, self.scratch_buffers.get(name))
                if value is None: raise KeyError(f"{entry} takes {name}")
                if name in self.header.tensors: values.append(self.tensor(name, value))
                elif isinstance(value, torch.Tensor): values.append(ctypes.c_void_p(value.data_ptr()))
                else: values.append(ctypes.c_float(value) if isinstance(value, float) else ctypes.c_int(value))
            pointers = (ctypes.c_void_p * len(values))(*[ctypes.cast(ctypes.pointer(v), ctypes.c_void_p) for v in values])
            early = Program.overlap and entry in self.waits and torch.cuda.get_device_capability()[0] >= 9
            config = Config(*grid[:3], size(names), 1, 1, local, torch.cuda.current_stream().cuda_stream, ctypes.pointer(EARLY), int(early))
            check(cuda.cuLaunchKernelEx(ctypes.byref(config), function, pointers, None), f"launch of {entry}")

/* Quire's tile dialect 1.1 for any OpenCL C device (1.2 and later, no extension). docs/dialect.md says what every name means.
 * A slab is one work-item that owns one row: no exchange between lanes exists, copies are plain, a product is a loop.
 * A vendor's prelude defines QK_VENDOR_TILES, includes this file for everything but tiles, and brings tiles of its own.
 * Names in capitals belong to shapes and tunables, so functions here have arguments in small letters only. */
#ifndef DIALECT_MAJOR
#define DIALECT_MAJOR 1
#define DIALECT_MINOR 1

/* ---- types and declarations ------------------------------------------------------------------------------------------ */
typedef ushort elem_t;
typedef uchar  byte_t;
typedef ushort u16;
typedef uint   u32;
typedef ulong  u64;
typedef long   i64;
typedef struct __attribute__((aligned(16))) { u32 w[4]; } vec16;
typedef struct __attribute__((aligned(16))) { float v[4]; } vec4;

#define KERNEL(name)  __kernel __attribute__((reqd_work_group_size(WG_SIZE, 1, 1))) void name
#define EXPORT_INT(name, value)
#define DEVFN         static inline __attribute__((always_inline))
#define GLOBAL        __global
#define LOCAL         __local
#define CONSTANT      __constant
#define RESTRICT      restrict
#define LOCAL_BUFFER(name, bytes) __local byte_t name[bytes] __attribute__((aligned(128)))
#define LAUNCH_WAIT()                            /* kernels of a queue run one after the other */
#define LAUNCH_NEXT()
#define PREFETCH(p)
#define UNROLL        _Pragma("unroll")
#define UNROLL_BY(n)
#define LOCAL_ID      ((int)get_local_id(0))
#define GROUP_ID(d)   ((int)get_group_id(d))
#define GROUP_COUNT(d) ((int)get_num_groups(d))
#if WG_SIZE == 1                                    /* nobody to wait for; processors' compilers take long over barriers */
#define BARRIER()     ((void)0)
#define BARRIER_ALL() mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#else
#define BARRIER()     barrier(CLK_LOCAL_MEM_FENCE)
#define BARRIER_ALL() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#endif

/* ---- numbers --------------------------------------------------------------------------------------------------------- */
#define NEG_INF (-1.0e30f)                          /* finite: a compiler may assume that there is no infinity */
DEVFN u32   float_bits(float x) { return as_uint(x); }
DEVFN float bits_float(u32 x)   { return as_float(x); }
DEVFN int   is_nan(float x)     { return (as_uint(x) & 0x7fffffffu) > 0x7f800000u; }
DEVFN int   is_finite(float x)  { return (as_uint(x) & 0x7f800000u) != 0x7f800000u; }
/* whole numbers in the order of the floats */
DEVFN u32   float_key(float x)  { u32 u = as_uint(x); return u ^ ((u & 0x80000000u) ? 0xffffffffu : 0x80000000u); }
DEVFN float key_float(u32 k)    { return as_float(k ^ ((k & 0x80000000u) ? 0x80000000u : 0xffffffffu)); }
DEVFN u32   mul_hi_u32(u32 a, u32 b) { return mul_hi(a, b); }
DEVFN float fmax2(float a, float b) { return fmax(a, b); }
DEVFN float fmin2(float a, float b) { return fmin(a, b); }
DEVFN int   imax(int a, int b) { return max(a, b); }
DEVFN int   imin(int a, int b) { return min(a, b); }

DEVFN float fast_exp2(float x)  { return native_exp2(x); }
DEVFN float fast_log2(float x)  { return native_log2(x); }
DEVFN float fast_tanh(float x)  { return tanh(x); }
DEVFN float fast_rsqrt(float x) { return rsqrt(x); }
DEVFN float precise_exp(float x)  { return exp(x); }
DEVFN float precise_log(float x)  { return log(x); }
DEVFN float precise_sin(float x)  { return sin(x); }
DEVFN float precise_cos(float x)  { return cos(x); }
DEVFN float precise_tanh(float x) { return tanh(x); }
DEVFN float precise_erf(float x)  { return erf(x); }
DEVFN float precise_sqrt(float x) { return sqrt(x); }
DEVFN float precise_div(float a, float b) { return a / b; }

/* ---- 16-bit floats, kept as whole numbers ------------------------------------------------------------------------------ */
DEVFN float half_to_float(u16 h)  { return vload_half(0, (const half*)&h); }
DEVFN u16   float_to_half(float x) { u16 h; vstore_half_rte(x, 0, (half*)&h); return h; }
DEVFN float bf16_to_float(u16 h)  { return as_float((u32)h << 16); }
DEVFN u16   float_to_bf16(float x) {
    u32 u = as_uint(x);
    return (u16)(is_nan(x) ? 0x7fc0u : (u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}
#if ELEM_FP16
DEVFN float elem_to_float(elem_t e)   { return half_to_float(e); }
DEVFN elem_t elem_from_float(float x) { return float_to_half(x); }
#else
DEVFN float elem_to_float(elem_t e)   { return bf16_to_float(e); }
DEVFN elem_t elem_from_float(float x) { return float_to_bf16(x); }
#endif
DEVFN float elem_lo(u32 w) { return elem_to_float((elem_t)w); }
DEVFN float elem_hi(u32 w) { return elem_to_float((elem_t)(w >> 16)); }
DEVFN u32 elem_pack(float lo, float hi) { return (u32)elem_from_float(lo) | ((u32)elem_from_float(hi) << 16); }

/* ---- global memory; _a4, _a2: the address is a multiple of 4 or 2 only --------------------------------------------------- */
DEVFN vec16 qk_vec16(uint4 v) { vec16 r; r.w[0] = v.s0; r.w[1] = v.s1; r.w[2] = v.s2; r.w[3] = v.s3; return r; }
DEVFN uint4 qk_uint4(vec16 v) { return (uint4)(v.w[0], v.w[1], v.w[2], v.w[3]); }
DEVFN vec16 load16(const GLOBAL void* p)    { return qk_vec16(*(const GLOBAL uint4*)p); }
DEVFN vec16 load16_a4(const GLOBAL void* p) { return qk_vec16(vload4(0, (const GLOBAL u32*)p)); }
DEVFN vec16 load16_a2(const GLOBAL void* p) { return qk_vec16(as_uint4(vload8(0, (const GLOBAL u16*)p))); }
DEVFN void store16(GLOBAL void* p, vec16 v)    { *(GLOBAL uint4*)p = qk_uint4(v); }
DEVFN void store16_a4(GLOBAL void* p, vec16 v) { vstore4(qk_uint4(v), 0, (GLOBAL u32*)p); }
DEVFN void store16_a2(GLOBAL void* p, vec16 v) { vstore8(as_ushort8(qk_uint4(v)), 0, (GLOBAL u16*)p); }
DEVFN u32 load_u16(const GLOBAL void* p)    { return *(const GLOBAL u16*)p; }
DEVFN u32 load_u32(const GLOBAL void* p)    { return as_uint(vload2(0, (const GLOBAL u16*)p)); }
DEVFN u32 load_u32_a4(const GLOBAL void* p) { return *(const GLOBAL u32*)p; }
DEVFN vec4 qk_vec4(float4 f) { vec4 r; r.v[0] = f.s0; r.v[1] = f.s1; r.v[2] = f.s2; r.v[3] = f.s3; return r; }
DEVFN vec4 load_f4(const GLOBAL void* p)    { return qk_vec4(*(const GLOBAL float4*)p); }
DEVFN vec4 load_f4_a4(const GLOBAL void* p) { return qk_vec4(vload4(0, (const GLOBAL float*)p)); }
DEVFN void store_f4(GLOBAL void* p, vec4 x)    { *(GLOBAL float4*)p = (float4)(x.v[0], x.v[1], x.v[2], x.v[3]); }
DEVFN void store_f4_a4(GLOBAL void* p, vec4 x) { vstore4((float4)(x.v[0], x.v[1], x.v[2], x.v[3]), 0, (GLOBAL float*)p); }

/* ---- atomics: on int or u32 in GLOBAL or LOCAL memory, the old value is returned, nothing else is ordered ------------------ */
#define ATOMIC_ADD(p, x)         atomic_add(p, x)
#define ATOMIC_MAX(p, x)         atomic_max(p, x)
#define ATOMIC_MIN(p, x)         atomic_min(p, x)
#define ATOMIC_OR(p, x)          atomic_or(p, x)
#define ATOMIC_AND(p, x)         atomic_and(p, x)
#define ATOMIC_SWAP(p, x)        atomic_xchg(p, x)
#define ATOMIC_CAS(p, old, x)    atomic_cmpxchg(p, old, x)
/* a 16-bit number as half of its word */
DEVFN u32 atomic_add_u16(GLOBAL u16* p, u32 x) {
    int shift = (int)((size_t)p & 2) * 8;
    return ATOMIC_ADD((GLOBAL u32*)((GLOBAL byte_t*)p - ((size_t)p & 2)), x << shift) >> shift & 0xffffu;
}
DEVFN u32 atomic_or_u16(GLOBAL u16* p, u32 x) {
    int shift = (int)((size_t)p & 2) * 8;
    return ATOMIC_OR((GLOBAL u32*)((GLOBAL byte_t*)p - ((size_t)p & 2)), x << shift) >> shift & 0xffffu;
}

/* ---- over the work-group: every lane calls, every lane gets the answer, scratch is free again on return -------------------- */
#define QK_REDUCE(type, combine) \
    int t = LOCAL_ID; \
    scratch[t] = x; \
    for (int n = WG_SIZE; n > 1;) { \
        int half_ = (n + 1) / 2; \
        BARRIER(); \
        if (t + half_ < n) { type a = scratch[t], b = scratch[t + half_]; scratch[t] = combine; } \
        n = half_; \
    } \
    BARRIER(); \
    x = scratch[0]; \
    BARRIER(); \
    return x
DEVFN float wg_sum(float x, LOCAL float* scratch)   { QK_REDUCE(float, a + b); }
DEVFN float wg_max(float x, LOCAL float* scratch)   { QK_REDUCE(float, fmax(a, b)); }
DEVFN int wg_sum_int(int x, LOCAL int* scratch)     { QK_REDUCE(int, a + b); }
DEVFN int wg_max_int(int x, LOCAL int* scratch)     { QK_REDUCE(int, max(a, b)); }
/* greatest x, and the least index that has it; scratch: 2 WG_SIZE floats */
DEVFN float wg_max_index(float x, int index, int* best, LOCAL float* scratch) {
    LOCAL int* where = (LOCAL int*)(scratch + WG_SIZE);
    int t = LOCAL_ID;
    scratch[t] = x;
    where[t] = index;
    for (int n = WG_SIZE; n > 1;) {
        int half_ = (n + 1) / 2;
        BARRIER();
        if (t + half_ < n && (scratch[t + half_] > scratch[t] || (scratch[t + half_] == scratch[t] && where[t + half_] < where[t]))) {
            scratch[t] = scratch[t + half_];
            where[t] = where[t + half_];
        }
        n = half_;
    }
    BARRIER();
    x = scratch[0];
    *best = where[0];
    BARRIER();
    return x;
}
/* sum over this lane and those before it */
#define QK_SCAN(type) \
    int t = LOCAL_ID; \
    scratch[t] = x; \
    for (int d = 1; d < WG_SIZE; d *= 2) { \
        BARRIER(); \
        type y = t >= d ? scratch[t - d] : 0; \
        BARRIER(); \
        x += y; \
        scratch[t] = x; \
    } \
    BARRIER(); \
    return x
DEVFN float wg_scan(float x, LOCAL float* scratch)  { QK_SCAN(float); }
DEVFN int wg_scan_int(int x, LOCAL int* scratch)    { QK_SCAN(int); }

/* orders this lane's global memory before and after, for the whole device; OpenCL C 1.2 has nothing that says so, its fence is what drivers of the time give */
#ifndef QK_DEVICE_FENCE
#if __OPENCL_C_VERSION__ == 200 || (__OPENCL_C_VERSION__ >= 300 && defined(__opencl_c_atomic_order_acq_rel) && defined(__opencl_c_atomic_scope_device))
#define QK_DEVICE_FENCE() atomic_work_item_fence(CLK_GLOBAL_MEM_FENCE, memory_order_acq_rel, memory_scope_device)
#else
#define QK_DEVICE_FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif
#endif
DEVFN int wg_ticket(GLOBAL int* counter, LOCAL int* scratch) {
    QK_DEVICE_FENCE();
    BARRIER_ALL();
    if (LOCAL_ID == 0) *scratch = atomic_inc((volatile GLOBAL int*)counter);
    BARRIER_ALL();
    int ticket = *scratch;
    QK_DEVICE_FENCE();
    BARRIER();
    return ticket;
}

/* ---- what this hardware has not: copies and products that end later, copier lanes ---------------------------------------- */
#define COPIER_LANES 0
#define TENSOR_PARAM(name) const GLOBAL elem_t* RESTRICT name
#define COPY_COMMIT()
#define COPY_WAIT(n)
#define MMA_BEGIN()
#define MMA_COMMIT()
#define MMA_WAIT(n)
#define ACC_PIN(a)
#define AR_PIN(p)

#ifndef QK_VENDOR_TILES
/* ---- tiles: rows as they are ------------------------------------------------------------------------------------------- */
#define TILE_BYTES(ROWS, COLS)    ((ROWS) * (COLS) * 2)
#define TILE_BYTES_KN(ROWS, COLS) ((ROWS) * (COLS) * 2)
#define QK_AT(t, COLS, row, chunk) ((LOCAL uint4*)((t) + (row) * (COLS) * 2 + (chunk) * 16))
#define TILE_COPY16_NK(t, ROWS, COLS, row, chunk, src, ok) (*QK_AT(t, COLS, row, chunk) = (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
#define TILE_COPY16_KN TILE_COPY16_NK
#define TILE_WRITE16_NK(t, ROWS, COLS, row, chunk, value)  (*QK_AT(t, COLS, row, chunk) = qk_uint4(value))
#define TILE_WRITE16_KN TILE_WRITE16_NK
#define TILE_READ16(t, ROWS, COLS, row, chunk) qk_vec16(*QK_AT(t, COLS, row, chunk))

/* ---- slabs: a work-item, a row ------------------------------------------------------------------------------------------- */
#define SLABS_IN_STEP 0
#define SLAB_ROWS   1
#define SLAB_LANES  1
#define SLAB_ID     LOCAL_ID
#define SLAB_LANE   0
#define SLAB_SYNC() mem_fence(CLK_LOCAL_MEM_FENCE)
#define ROWS_PER_LANE 1
#define SLOT_ROW(s)   0
#define SLOT_LEADER() 1
#define ACC_SIZE(N)   (N)
#define ACC_DECL(a, N) float a[N]
#define ACC_SLOT(i)   0
#define ACC_COL(i)    (i)
#define FOR_ACC(i, N) for (int i = 0; i < (N); ++i)
#define FOR_SLOT(s)   for (int s = 0; s < 1; ++s)
#define lanes_row_max(x) (x)
#define lanes_row_sum(x) (x)
#define slab_max(x)      (x)
#define slab_sum(x)      (x)

DEVFN void qk_acc_to_tile(const float* a, int cols, LOCAL byte_t* t, int row) {
    LOCAL elem_t* to = (LOCAL elem_t*)t + row * cols;
    for (int i = 0; i < cols; ++i) to[i] = elem_from_float(a[i]);
}
#define ACC_TO_TILE(a, N, t, ROWS, row0) qk_acc_to_tile(a, N, t, row0)

/* ---- products ------------------------------------------------------------------------------------------------------------ */
#define AR_DECL(p, K) float p[K]
#define AR_FROM_ACC(p, a, K) do { for (int i_ = 0; i_ < (K); ++i_) p[i_] = elem_to_float(elem_from_float(a[i_])); } while (0)
#define AT_DECL(q, K) const LOCAL elem_t* q
#define AT_LOAD(q, K, t, ROWS, row0) q = (const LOCAL elem_t*)(t) + (row0) * (K)
DEVFN void qk_mma_nk(float* d, int cols, int depth, const LOCAL elem_t* a, const LOCAL elem_t* b) {
    for (int n = 0; n < cols; ++n) {
        float s = d[n];
        for (int k = 0; k < depth; ++k) s += elem_to_float(a[k]) * elem_to_float(b[n * depth + k]);
        d[n] = s;
    }
}
DEVFN void qk_mma_kn(float* d, int cols, int depth, const float* a, const LOCAL elem_t* b) {
    for (int k = 0; k < depth; ++k)
        for (int n = 0; n < cols; ++n) d[n] += a[k] * elem_to_float(b[k * cols + n]);
}
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk(a, N, K, q, (const LOCAL elem_t*)(bt))
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) do { FOR_ACC(i_, N) a[i_] = 0.f; qk_mma_nk(a, N, K, q, (const LOCAL elem_t*)(bt)); } while (0)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_kn(a, N, K, p, (const LOCAL elem_t*)(bt))
#endif
#endif

/* Quire's tile dialect 1.1 for NVIDIA (CUDA C++ through NVRTC). docs/dialect.md says what every name means.
 * cp.async copies; mma.sync and ldmatrix for slabs of 16 rows (sm_80 and later); wgmma for slabs of 64 rows where the kernel
 * says TILE_WIDE and the target is sm_90a; there also TMA and mbarriers, where the build says COPIER.
 * Names in capitals belong to shapes and tunables, so functions here have arguments in small letters only. What is called precise
 * here stays so under --use_fast_math. */
#ifndef DIALECT_MAJOR
#define DIALECT_MAJOR 1
#define DIALECT_MINOR 1

/* ---- types and declarations -------------------------------------------------------------------- */
typedef unsigned short elem_t;               /* bf16 or fp16 bits */
typedef unsigned char  byte_t;
typedef unsigned short u16;
typedef unsigned int   u32;
typedef unsigned long long u64;
typedef long long      i64;
struct __align__(16) vec16 { u32 w[4]; };
struct __align__(16) vec4 { float v[4]; };

#ifndef WG_PER_CU
#define WG_PER_CU 1
#endif
#ifndef TILE_WIDE
#define TILE_WIDE 0
#endif
#if TILE_WIDE && defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define QK_WGMMA 1
#else
#define QK_WGMMA 0
#endif

/* a copier: one warpgroup beside the workers that only moves pages to local memory (TMA), see TENSOR_PARAM */
#if defined(COPIER) && COPIER && QK_WGMMA
#define COPIER_LANES 128
#else
#define COPIER_LANES 0
#endif
#define KERNEL(name)      extern "C" __global__ void __launch_bounds__(WG_SIZE, WG_PER_CU) name
#define EXPORT_INT(name, value) extern "C" { __device__ int name = (value); }
#define DEVFN             static __device__ __forceinline__
#define GLOBAL
#define LOCAL
#define CONSTANT          static __constant__
#define RESTRICT          __restrict__
#define LOCAL_BUFFER(name, bytes) extern __shared__ __align__(1024) byte_t name[]
#define UNROLL            _Pragma("unroll")
#define QK_PRAGMA(x)      _Pragma(#x)
#define UNROLL_BY(n)      QK_PRAGMA(unroll n)
#define LOCAL_ID          ((int)threadIdx.x)
#define GROUP_ID(d)       ((int)((d) == 0 ? blockIdx.x : (d) == 1 ? blockIdx.y : blockIdx.z))
#define GROUP_COUNT(d)    ((int)((d) == 0 ? gridDim.x : (d) == 1 ? gridDim.y : gridDim.z))
#define BARRIER()         __syncthreads()
#define BARRIER_ALL()     __syncthreads()
#if __CUDA_ARCH__ >= 900
#define LAUNCH_WAIT()     asm volatile("griddepcontrol.wait;" ::: "memory")
#define LAUNCH_NEXT()     asm volatile("griddepcontrol.launch_dependents;" ::: "memory")
#define PREFETCH(p)       asm volatile("prefetch.global.L2 [%0];" :: "l"(p))
#else
#define LAUNCH_WAIT()
#define LAUNCH_NEXT()
#define PREFETCH(p)
#endif

/* ---- numbers ----------------------------------------------------------------------------------- */
#define NEG_INF (__int_as_float(0xff800000))
DEVFN u32   float_bits(float x) { return __float_as_uint(x); }
DEVFN float bits_float(u32 x)   { return __uint_as_float(x); }
DEVFN int   is_nan(float x)     { return (float_bits(x) & 0x7fffffffu) > 0x7f800000u; }
DEVFN int   is_finite(float x)  { return (float_bits(x) & 0x7f800000u) != 0x7f800000u; }
/* whole numbers in the order of the floats */
DEVFN u32   float_key(float x)  { u32 u = float_bits(x); return u ^ ((u & 0x80000000u) ? 0xffffffffu : 0x80000000u); }
DEVFN float key_float(u32 k)    { return bits_float(k ^ ((k & 0x80000000u) ? 0x80000000u : 0xffffffffu)); }
DEVFN u32   mul_hi_u32(u32 a, u32 b) { return __umulhi(a, b); }
DEVFN float fmax2(float a, float b) { return fmaxf(a, b); }
DEVFN float fmin2(float a, float b) { return fminf(a, b); }
DEVFN int   imax(int a, int b) { return max(a, b); }
DEVFN int   imin(int a, int b) { return min(a, b); }

DEVFN float fast_exp2(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVFN float fast_log2(float x) { return __log2f(x); }
DEVFN float fast_tanh(float x) { float y; asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }
DEVFN float fast_rsqrt(float x) { return rsqrtf(x); }
DEVFN float precise_div(float a, float b) { return __fdiv_rn(a, b); }
DEVFN float precise_sqrt(float x) { return __fsqrt_rn(x); }
/* e^x = 2^n e^r with |r| <= ln 2 / 2; the rest of the product with log2(e), lost by one multiplication, is what makes __expf imprecise */
DEVFN float precise_exp(float x) {
    x = fminf(fmaxf(x, -104.f), 89.f) + (x - x);                       /* NaN stays */
    float n = rintf(x * 1.4426950408889634f);
    float r = __fmaf_rn(n, -0.693359375f, x);                          /* exact: the constant has 9 bits */
    r = __fmaf_rn(n, 2.12194440e-4f, r);
    float y = fast_exp2(r * 1.4426950408889634f);
    int e = (int)n, half_ = e >> 1;                                    /* two factors: 2^n alone may not be a float */
    return y * bits_float((u32)(half_ + 127) << 23) * bits_float((u32)(e - half_ + 127) << 23);
}
/* ln(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), sqrt(1/2) <= m < sqrt(2); subnormal numbers count as 0 */
DEVFN float precise_log(float x) {
    u32 u = float_bits(x);
    if (u - 0x00800000u >= 0x7f000000u)                                /* not a positive normal number */
        return (u << 1) < 0x01000000u ? bits_float(0xff800000u) : u == 0x7f800000u ? x : bits_float(0x7fc00000u);
    int e = (int)(u - 0x3f3504f3u) >> 23;
    float f = bits_float(u - ((u32)e << 23)) - 1.f, s = __fdiv_rn(f, f + 2.f), z = s * s;
    float p = __fmaf_rn(z, 0.1111111f, 0.14285714f);
    p = __fmaf_rn(z, p, 0.2f);
    p = __fmaf_rn(z, p, 0.33333334f) * z;
    return __fmaf_rn((float)e, 0.693359375f, __fmaf_rn((float)e, -2.12194440e-4f, __fmaf_rn(2.f * s, p, 2.f * s)));
}
/* quarter turns in x, and what is left of it: pi / 2 in three parts, each product exact or its error far below the last place; |x| <= 2^21 */
DEVFN float qk_reduce_angle(float x, int& quarter) {
    float n = rintf(x * 0.63661977236758134f);
    quarter = (int)n;
    float r = __fmaf_rn(n, -1.57079637050628662f, x);
    r = __fmaf_rn(n, 4.37113900018624283e-8f, r);
    return __fmaf_rn(n, 1.71512451000000e-15f, r);
}
/* sine and cosine of |x| <= pi / 4 by their series */
DEVFN float qk_sine(float x) {
    float z = x * x, p = __fmaf_rn(z, 2.7557319e-6f, -1.9841270e-4f);
    p = __fmaf_rn(z, p, 8.3333333e-3f);
    p = __fmaf_rn(z, p, -0.16666667f);
    return __fmaf_rn(x * z, p, x);
}
DEVFN float qk_cosine(float x) {
    float z = x * x, p = __fmaf_rn(z, -2.7557319e-7f, 2.4801587e-5f);
    p = __fmaf_rn(z, p, -1.3888889e-3f);
    p = __fmaf_rn(z, p, 4.1666668e-2f);
    return __fmaf_rn(z * z, p, __fmaf_rn(z, -0.5f, 1.f));
}
DEVFN float precise_sin(float x) {
    int q;
    float r = qk_reduce_angle(x, q), y = q & 1 ? qk_cosine(r) : qk_sine(r);
    return q & 2 ? -y : y;
}
DEVFN float precise_cos(float x) {
    int q;
    float r = qk_reduce_angle(x, q), y = q & 1 ? qk_sine(r) : qk_cosine(r);
    return (q + 1) & 2 ? -y : y;
}
/* near 0 the series, elsewhere 1 - 2 / (e^2x + 1) */
DEVFN float precise_tanh(float x) {
    float a = fabsf(x), z = x * x;
    if (a >= 0.3f) {
        float y = 1.f - __fdiv_rn(2.f, precise_exp(2.f * fminf(a, 20.f)) + 1.f);
        return x < 0.f ? -y : y;
    }
    float p = __fmaf_rn(z, -8.8632355e-3f, 2.1869489e-2f);
    p = __fmaf_rn(z, p, -5.3968254e-2f);
    p = __fmaf_rn(z, p, 0.13333334f);
    p = __fmaf_rn(z, p, -0.33333334f);
    return __fmaf_rn(x * z, p, x);                                     /* NaN comes here */
}
DEVFN float precise_erf(float x) { return erff(x); }

/* ---- 16-bit floats, kept as whole numbers ------------------------------------------------------ */
DEVFN float half_to_float(u16 h)   { float f; asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h)); return f; }
DEVFN u16   float_to_half(float x) { u16 h; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(x)); return h; }
DEVFN float bf16_to_float(u16 h)   { return bits_float((u32)h << 16); }
DEVFN u16   float_to_bf16(float x) { u16 h; asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(h) : "f"(x)); return h; }
#if ELEM_FP16
#define QK_ET "f16"
DEVFN float elem_lo(u32 w) { float f; asm("{.reg .b16 a,b; mov.b32 {a,b}, %1; cvt.f32.f16 %0, a;}" : "=f"(f) : "r"(w)); return f; }
DEVFN float elem_hi(u32 w) { float f; asm("{.reg .b16 a,b; mov.b32 {a,b}, %1; cvt.f32.f16 %0, b;}" : "=f"(f) : "r"(w)); return f; }
DEVFN u32 elem_pack(float lo, float hi) { u32 w; asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(w) : "f"(hi), "f"(lo)); return w; }
#else
#define QK_ET "bf16"
DEVFN float elem_lo(u32 w) { return bits_float(w << 16); }
DEVFN float elem_hi(u32 w) { return bits_float(w & 0xffff0000u); }
DEVFN u32 elem_pack(float lo, float hi) { u32 w; asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(w) : "f"(hi), "f"(lo)); return w; }
#endif
DEVFN float elem_to_float(elem_t e) { return elem_lo((u32)e); }
DEVFN elem_t elem_from_float(float f) { return (elem_t)elem_pack(f, 0.f); }

/* ---- global memory; _a4, _a2: the address is a multiple of 4 or 2 only ------------------------- */
DEVFN vec16 load16(const void* p) { vec16 v; *(uint4*)&v = *(const uint4*)p; return v; }
DEVFN void store16(void* p, vec16 v) { *(uint4*)p = *(uint4*)&v; }
DEVFN u32 load_u16(const void* p) { return *(const u16*)p; }
DEVFN u32 load_u32(const void* p) { return load_u16(p) | load_u16((const u16*)p + 1) << 16; }
DEVFN u32 load_u32_a4(const void* p) { return *(const u32*)p; }
DEVFN vec16 load16_a4(const void* p) { vec16 v; UNROLL for (int i = 0; i < 4; ++i) v.w[i] = ((const u32*)p)[i]; return v; }
DEVFN vec16 load16_a2(const void* p) { vec16 v; UNROLL for (int i = 0; i < 4; ++i) v.w[i] = load_u32((const u32*)p + i); return v; }
DEVFN void store16_a4(void* p, vec16 v) { UNROLL for (int i = 0; i < 4; ++i) ((u32*)p)[i] = v.w[i]; }
DEVFN void store16_a2(void* p, vec16 v) { UNROLL for (int i = 0; i < 8; ++i) ((u16*)p)[i] = (u16)(v.w[i / 2] >> i % 2 * 16); }
DEVFN vec4 load_f4(const void* p) { vec4 x; *(float4*)&x = *(const float4*)p; return x; }
DEVFN vec4 load_f4_a4(const void* p) { vec4 x; UNROLL for (int i = 0; i < 4; ++i) x.v[i] = ((const float*)p)[i]; return x; }
DEVFN void store_f4(void* p, vec4 x) { *(float4*)p = *(float4*)&x; }
DEVFN void store_f4_a4(void* p, vec4 x) { UNROLL for (int i = 0; i < 4; ++i) ((float*)p)[i] = x.v[i]; }

/* ---- atomics: on int or u32 in GLOBAL or LOCAL memory, the old value is returned, nothing else is ordered ---- */
#define ATOMIC_ADD(p, x)      atomicAdd(p, x)
#define ATOMIC_MAX(p, x)      atomicMax(p, x)
#define ATOMIC_MIN(p, x)      atomicMin(p, x)
#define ATOMIC_OR(p, x)       atomicOr(p, x)
#define ATOMIC_AND(p, x)      atomicAnd(p, x)
#define ATOMIC_SWAP(p, x)     atomicExch(p, x)
#define ATOMIC_CAS(p, old, x) atomicCAS(p, old, x)
/* a 16-bit number as half of its word */
DEVFN u32 atomic_add_u16(u16* p, u32 x) {
    int shift = (int)((u64)p & 2) * 8;
    return atomicAdd((u32*)((u64)p & ~(u64)2), x << shift) >> shift & 0xffffu;
}
DEVFN u32 atomic_or_u16(u16* p, u32 x) {
    int shift = (int)((u64)p & 2) * 8;
    return atomicOr((u32*)((u64)p & ~(u64)2), x << shift) >> shift & 0xffffu;
}

/* ---- over the work-group: every lane calls, every lane gets the answer, scratch is free again on return ---- */
#define QK_WARPS (WG_SIZE / 32)
template <typename T, typename F> DEVFN T qk_reduce(T x, T* scratch, F combine) {
    UNROLL for (int d = 16; d; d >>= 1) x = combine(x, __shfl_xor_sync(0xffffffffu, x, d));
    if ((LOCAL_ID & 31) == 0) scratch[LOCAL_ID >> 5] = x;
    __syncthreads();
    x = scratch[0];
    UNROLL for (int w = 1; w < QK_WARPS; ++w) x = combine(x, scratch[w]);
    __syncthreads();
    return x;
}
DEVFN float wg_sum(float x, float* scratch) { return qk_reduce(x, scratch, [](float a, float b) { return a + b; }); }
DEVFN float wg_max(float x, float* scratch) { return qk_reduce(x, scratch, [](float a, float b) { return fmaxf(a, b); }); }
DEVFN int wg_sum_int(int x, int* scratch) { return qk_reduce(x, scratch, [](int a, int b) { return a + b; }); }
DEVFN int wg_max_int(int x, int* scratch) { return qk_reduce(x, scratch, [](int a, int b) { return max(a, b); }); }
/* greatest x, and the least index that has it; scratch: 2 WG_SIZE floats */
DEVFN float wg_max_index(float x, int index, int* best, float* scratch) {
    int* where = (int*)(scratch + WG_SIZE);
    UNROLL for (int d = 16; d; d >>= 1) {
        float y = __shfl_xor_sync(0xffffffffu, x, d);
        int i = __shfl_xor_sync(0xffffffffu, index, d);
        if (y > x || (y == x && i < index)) { x = y; index = i; }
    }
    if ((LOCAL_ID & 31) == 0) { scratch[LOCAL_ID >> 5] = x; where[LOCAL_ID >> 5] = index; }
    __syncthreads();
    x = scratch[0];
    index = where[0];
    UNROLL for (int w = 1; w < QK_WARPS; ++w)
        if (scratch[w] > x || (scratch[w] == x && where[w] < index)) { x = scratch[w]; index = where[w]; }
    __syncthreads();
    *best = index;
    return x;
}
/* sum over this lane and those before it */
template <typename T> DEVFN T qk_scan(T x, T* scratch) {
    int lane = LOCAL_ID & 31, warp = LOCAL_ID >> 5;
    UNROLL for (int d = 1; d < 32; d *= 2) { T y = __shfl_up_sync(0xffffffffu, x, d); if (lane >= d) x += y; }
    if (lane == 31) scratch[warp] = x;
    __syncthreads();
    T before = 0;
    for (int w = 0; w < warp; ++w) before += scratch[w];
    __syncthreads();
    return before + x;
}
DEVFN float wg_scan(float x, float* scratch) { return qk_scan(x, scratch); }
DEVFN int wg_scan_int(int x, int* scratch) { return qk_scan(x, scratch); }

/* publishes what this work-group wrote, and tells how many others had done so before; scratch: one int */
DEVFN int wg_ticket(int* counter, int* scratch) {
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) *scratch = atomicAdd(counter, 1);
    __syncthreads();
    int ticket = *scratch;
    __threadfence();
    __syncthreads();
    return ticket;
}

/* ---- tiles in local memory: 64-element panels, 128-byte rows, 16-byte chunks XOR-swizzled by row ---- */
DEVFN int tile_off(int rows, int row, int chunk) { return (chunk >> 3) * rows * 128 + row * 128 + (((chunk ^ row) & 7) << 4); }
#define TILE_BYTES(ROWS, COLS)    ((ROWS) * (COLS) * 2)
#define TILE_BYTES_KN(ROWS, COLS) ((ROWS) * (COLS) * 2)
DEVFN u32 smem_u32(const void* p) { return (u32)__cvta_generic_to_shared(p); }
DEVFN void qk_copy16(void* dst, const void* src, bool ok) {
    int n = ok ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" :: "r"(smem_u32(dst)), "l"(src), "r"(n) : "memory");
}
#define TILE_COPY16_NK(t, ROWS, COLS, row, chunk, src, ok) qk_copy16((t) + tile_off(ROWS, row, chunk), src, ok)
#define TILE_COPY16_KN(t, ROWS, COLS, row, chunk, src, ok) qk_copy16((t) + tile_off(ROWS, row, chunk), src, ok)
#define TILE_WRITE16_NK(t, ROWS, COLS, row, chunk, value)  store16((t) + tile_off(ROWS, row, chunk), value)
#define TILE_WRITE16_KN TILE_WRITE16_NK
#define TILE_READ16(t, ROWS, COLS, row, chunk)             load16((t) + tile_off(ROWS, row, chunk))
#define COPY_COMMIT()  asm volatile("cp.async.commit_group;" ::: "memory")
#if QK_WGMMA
#define COPY_WAIT(n)   asm volatile("cp.async.wait_group %0;\n fence.proxy.async.shared::cta;" :: "n"(n) : "memory")
#else
#define COPY_WAIT(n)   asm volatile("cp.async.wait_group %0;" :: "n"(n) : "memory")
#endif

#if COPIER_LANES
/* ---- pages by the copy engine, stages handed over by mbarriers ---- */
struct __align__(64) qk_tensor { u64 w[16]; };
#define TENSOR_PARAM(name)  const __grid_constant__ qk_tensor name
#define IS_COPIER           ((int)threadIdx.x >= WG_SIZE - COPIER_LANES)
#define COPIER_LANE         ((int)threadIdx.x - (WG_SIZE - COPIER_LANES))
#define COPIER_BEGIN()      asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" :: "n"(WG_SIZE > 256 ? 24 : 56))
#define WORKER_BEGIN()      asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" :: "n"(WG_SIZE > 384 ? 160 : 240))
#define PIPE_SIZE 8
DEVFN void pipe_init(byte_t* bar, int arrivals) { asm volatile("mbarrier.init.shared.b64 [%0], %1;" :: "r"(smem_u32(bar)), "r"(arrivals) : "memory"); }
DEVFN void pipe_init_done() { asm volatile("fence.mbarrier_init.release.cluster;\n fence.proxy.async.shared::cta;" ::: "memory"); }
DEVFN void pipe_expect(byte_t* bar, int bytes) { asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" :: "r"(smem_u32(bar)), "r"(bytes) : "memory"); }
DEVFN void pipe_wait(byte_t* bar, int parity) {
    asm volatile("{.reg .pred p;\nW%=: mbarrier.try_wait.parity.shared.b64 p, [%0], %1;\n@!p bra W%=;\n}" :: "r"(smem_u32(bar)), "r"(parity) : "memory");
}
#define PIPE_ARRIVALS(slabs) ((slabs) * SLAB_LANES / 32)
DEVFN void pipe_release(byte_t* bar) {
    __syncwarp();
    if ((threadIdx.x & 31) == 0) asm volatile("mbarrier.arrive.shared.b64 _, [%0];" :: "r"(smem_u32(bar)) : "memory");
}
DEVFN void qk_page(byte_t* t, int rows, int cols, int row0, const qk_tensor* map, int token, int head, int col, byte_t* bar) {
    UNROLL for (int p = 0; p < cols / 64; ++p)
        asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];"
            :: "r"(smem_u32(t) + p * rows * 128 + row0 * 128), "l"(map), "r"(col + p * 64), "r"(head), "r"(token), "r"(smem_u32(bar)) : "memory");
}
#define PAGE_COPY_NK(t, ROWS, COLS, row0, tensor, token, head, col, bar) qk_page(t, ROWS, COLS, row0, &(tensor), token, head, col, bar)
#define PAGE_COPY_KN PAGE_COPY_NK
#define NO_TOKEN 0x7fffff00                  /* beyond every tensor: reads as zeros */
#define TILE_ZERO16_KN(t, ROWS, COLS, row, chunk) (*(uint4*)((t) + tile_off(ROWS, row, chunk)) = make_uint4(0, 0, 0, 0))
#define WORKER_BARRIER_COPIED() do { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); WORKER_BARRIER(); } while (0)
#define WORKER_BARRIER()    asm volatile("bar.sync 7, %0;" :: "n"(WG_SIZE - COPIER_LANES) : "memory")
/* wg_ticket among the workers */
DEVFN int worker_ticket(int* counter, int* scratch) {
    __threadfence();
    WORKER_BARRIER();
    if (threadIdx.x == 0) *scratch = atomicAdd(counter, 1);
    WORKER_BARRIER();
    int ticket = *scratch;
    __threadfence();
    WORKER_BARRIER();
    return ticket;
}
/* the slabs issue their products one after the other, so that one's softmax runs under another's products */
#define TURN_SLABS          ((WG_SIZE - COPIER_LANES) / 128)
#define TURN_BEGIN(slab)    do { if ((slab) == TURN_SLABS - 1) asm volatile("bar.arrive 8, 256;" ::: "memory"); } while (0)
#define TURN_TAKE(slab)     asm volatile("bar.sync %0, 256;" :: "r"(8 + (slab)) : "memory")
#define TURN_PASS(slab)     asm volatile("bar.arrive %0, 256;" :: "r"((slab) == TURN_SLABS - 1 ? 8 : 9 + (slab)) : "memory")
#else
#define TENSOR_PARAM(name)  const elem_t* name
#endif

/* ---- slabs ------------------------------------------------------------------------------------ */
#define SLABS_IN_STEP 0
#define SLAB_ROWS   (QK_WGMMA ? 64 : 16)
#define SLAB_LANES  (QK_WGMMA ? 128 : 32)
#define SLAB_ID     (__shfl_sync(0xffffffffu, (int)threadIdx.x / SLAB_LANES, 0))
#define SLAB_LANE   ((int)threadIdx.x % SLAB_LANES)
#if QK_WGMMA
#define SLAB_SYNC() asm volatile("bar.sync %0, 128;" :: "r"(1 + (int)threadIdx.x / 128) : "memory")
#else
#define SLAB_SYNC() __syncwarp()
#endif
#define ROWS_PER_LANE 2
#define SLOT_ROW(s)   ((((int)threadIdx.x % SLAB_LANES) / 32) * 16 + ((int)threadIdx.x % 32) / 4 + 8 * (s))
#define SLOT_LEADER() (((int)threadIdx.x & 3) == 0)
#define ACC_SIZE(N)   ((N) / 2)
#define ACC_DECL(a, N) float a[ACC_SIZE(N)]
#define ACC_SLOT(i)   (((i) >> 1) & 1)
#define ACC_COL(i)    (((i) >> 2) * 8 + ((int)threadIdx.x & 3) * 2 + ((i) & 1))
#define FOR_ACC(i, N) UNROLL for (int i = 0; i < ACC_SIZE(N); ++i)
#define FOR_SLOT(s)   UNROLL for (int s = 0; s < ROWS_PER_LANE; ++s)
#if !QK_WGMMA
DEVFN float slab_max(float x) { UNROLL for (int d = 16; d; d >>= 1) x = fmaxf(x, __shfl_xor_sync(~0u, x, d)); return x; }
DEVFN float slab_sum(float x) { UNROLL for (int d = 16; d; d >>= 1) x += __shfl_xor_sync(~0u, x, d); return x; }
#endif
DEVFN float lanes_row_max(float x) { x = fmaxf(x, __shfl_xor_sync(~0u, x, 1)); return fmaxf(x, __shfl_xor_sync(~0u, x, 2)); }
DEVFN float lanes_row_sum(float x) { x += __shfl_xor_sync(~0u, x, 1); return x + __shfl_xor_sync(~0u, x, 2); }
template <int cols> DEVFN void qk_acc_to_tile(const float (&a)[cols / 2], byte_t* t, int rows, int row0) {
    int r = row0 + SLOT_ROW(0), q = threadIdx.x & 3;
    UNROLL for (int j = 0; j < cols / 8; ++j) {
        *(u32*)(t + tile_off(rows, r, j) + q * 4)     = elem_pack(a[4 * j], a[4 * j + 1]);
        *(u32*)(t + tile_off(rows, r + 8, j) + q * 4) = elem_pack(a[4 * j + 2], a[4 * j + 3]);
    }
}
#define ACC_TO_TILE(a, N, t, ROWS, row0) qk_acc_to_tile<N>(a, t, ROWS, row0)

/* register A operand made of an accumulator: the layouts coincide */
#define AR_DECL(p, K) u32 p[(K) / 4]
#define AR_FROM_ACC(p, a, K) do { UNROLL for (int i_ = 0; i_ < (K) / 4; ++i_) p[i_] = elem_pack(a[2 * i_], a[2 * i_ + 1]); } while (0)

#if QK_WGMMA
/* ---- Hopper: wgmma ---------------------------------------------------------------------------- */
#define AT_DECL(q, K) u64 q
/* K-major, 128-byte swizzle: 8-row groups 1024 bytes apart */
DEVFN u64 qk_desc(u32 addr, u32 lbo, u32 sbo) {
    return (u64)((addr & 0x3ffff) >> 4) | ((u64)(lbo >> 4) << 16) | ((u64)(sbo >> 4) << 32) | (1ull << 62);
}
#define AT_LOAD(q, K, t, ROWS, row0) do { q = qk_desc(smem_u32(t) + (row0) * 128, 16, 1024); } while (0)

#define QK_R16(a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p) "%" #a ",%" #b ",%" #c ",%" #d ",%" #e ",%" #f ",%" #g ",%" #h ",%" #i ",%" #j ",%" #k ",%" #l ",%" #m ",%" #n ",%" #o ",%" #p
#define QK_S0 QK_R16(0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15)
#define QK_S1 QK_S0 "," QK_R16(16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31)
#define QK_S2 QK_S1 "," QK_R16(32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47)
#define QK_S3 QK_S2 "," QK_R16(48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63)
#define QK_S4 QK_S3 "," QK_R16(64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79)
#define QK_S5 QK_S4 "," QK_R16(80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95)
#define QK_S7 QK_S5 "," QK_R16(96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111) "," QK_R16(112,113,114,115,116,117,118,119,120,121,122,123,124,125,126,127)
#define QK_C4(b)  "+f"(d[b]), "+f"(d[b + 1]), "+f"(d[b + 2]), "+f"(d[b + 3])
#define QK_C16(b) QK_C4(b), QK_C4(b + 4), QK_C4(b + 8), QK_C4(b + 12)
#define QK_C64(b) QK_C16(b), QK_C16(b + 16), QK_C16(b + 32), QK_C16(b + 48)

#define QK_COMMA ,
template <int cols> struct Wgmma;
/* N, register list, constraint list, and the numbers of the operands after the accumulator */
#define QK_WGMMA_DEF(N, REGS, CONS, x0, x1, x2, x3, x4, x5) \
template <> struct Wgmma<N> { \
    static __device__ __forceinline__ void ss(float (&d)[N / 2], u64 a, u64 b, int keep) { \
        asm volatile("{.reg .pred p; setp.ne.b32 p, %" #x2 ", 0;\n" \
            "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." QK_ET "." QK_ET " {" REGS "}, %" #x0 ", %" #x1 ", p, 1, 1, 0, 0;}\n" \
            : CONS : "l"(a), "l"(b), "r"(keep)); } \
    static __device__ __forceinline__ void rs_kn(float (&d)[N / 2], u32 a0, u32 a1, u32 a2, u32 a3, u64 b, int keep) { \
        asm volatile("{.reg .pred p; setp.ne.b32 p, %" #x5 ", 0;\n" \
            "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." QK_ET "." QK_ET " {" REGS "}, {%" #x0 ",%" #x1 ",%" #x2 ",%" #x3 "}, %" #x4 ", p, 1, 1, 1;}\n" \
            : CONS : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "l"(b), "r"(keep)); } \
};
QK_WGMMA_DEF(8,   "%0,%1,%2,%3", QK_C4(0), 4, 5, 6, 7, 8, 9)
QK_WGMMA_DEF(16,  "%0,%1,%2,%3,%4,%5,%6,%7", QK_C4(0) QK_COMMA QK_C4(4), 8, 9, 10, 11, 12, 13)
QK_WGMMA_DEF(32,  QK_S0, QK_C16(0), 16, 17, 18, 19, 20, 21)
QK_WGMMA_DEF(64,  QK_S1, QK_C16(0) QK_COMMA QK_C16(16), 32, 33, 34, 35, 36, 37)
QK_WGMMA_DEF(80,  QK_S1 "," "%32,%33,%34,%35,%36,%37,%38,%39", QK_C16(0) QK_COMMA QK_C16(16) QK_COMMA QK_C4(32) QK_COMMA QK_C4(36), 40, 41, 42, 43, 44, 45)
QK_WGMMA_DEF(96,  QK_S2, QK_C16(0) QK_COMMA QK_C16(16) QK_COMMA QK_C16(32), 48, 49, 50, 51, 52, 53)
QK_WGMMA_DEF(128, QK_S3, QK_C64(0), 64, 65, 66, 67, 68, 69)
QK_WGMMA_DEF(160, QK_S4, QK_C64(0) QK_COMMA QK_C16(64), 80, 81, 82, 83, 84, 85)
QK_WGMMA_DEF(192, QK_S5, QK_C64(0) QK_COMMA QK_C16(64) QK_COMMA QK_C16(80), 96, 97, 98, 99, 100, 101)
QK_WGMMA_DEF(256, QK_S7, QK_C64(0) QK_COMMA QK_C64(64), 128, 129, 130, 131, 132, 133)

template <int size> DEVFN void qk_pin(float (&d)[size]) { UNROLL for (int i = 0; i < size; ++i) asm volatile("" : "+f"(d[i]) :: "memory"); }
template <int size> DEVFN void qk_pin(u32 (&d)[size])   { UNROLL for (int i = 0; i < size; ++i) asm volatile("" : "+r"(d[i]) :: "memory"); }
#define MMA_BEGIN()    asm volatile("wgmma.fence.sync.aligned;" ::: "memory")
#define MMA_COMMIT()   asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory")
#define MMA_WAIT(n)    asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(n) : "memory")
#define ACC_PIN(a)     qk_pin(a)
#define AR_PIN(p)      qk_pin(p)
template <int cols, int depth> DEVFN void qk_mma_nk(float (&d)[cols / 2], u64 a, int a_rows, const byte_t* bt, int b_rows, bool zero) {
    u64 b = qk_desc(smem_u32(bt), 16, 1024);
    UNROLL for (int k = 0; k < depth / 16; ++k)
        Wgmma<cols>::ss(d, a + ((k >> 2) * a_rows * 128 + (k & 3) * 32) / 16, b + ((k >> 2) * b_rows * 128 + (k & 3) * 32) / 16, !(zero && k == 0));
}
template <int cols, int depth> DEVFN void qk_mma_kn(float (&d)[cols / 2], const u32 (&a)[depth / 4], const byte_t* bt, int b_rows) {
    u64 b = qk_desc(smem_u32(bt), b_rows * 128, 1024);      /* MN-major: panels b_rows*128 apart, 8 k-rows 1024 apart */
    UNROLL for (int k = 0; k < depth / 16; ++k)
        Wgmma<cols>::rs_kn(d, a[4 * k], a[4 * k + 1], a[4 * k + 2], a[4 * k + 3], b + k * 2048 / 16, 1);
}
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk<N, K>(a, q, AROWS, bt, BROWS, false)
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) qk_mma_nk<N, K>(a, q, AROWS, bt, BROWS, true)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_kn<N, K>(a, p, bt, BROWS)
#else
/* ---- mma.sync + ldmatrix ---------------------------------------------------------------------- */
#define AT_DECL(q, K) u32 q[(K) / 4]
DEVFN void qk_ldm(u32& r0, u32& r1, u32& r2, u32& r3, u32 addr) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3) : "r"(addr) : "memory"); }
DEVFN void qk_ldmt(u32& r0, u32& r1, u32& r2, u32& r3, u32 addr) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3) : "r"(addr) : "memory"); }
DEVFN void qk_mma(float* d, const u32* a, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." QK_ET "." QK_ET ".f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1)); }
template <int depth> DEVFN void qk_at_load(u32 (&q)[depth / 4], const byte_t* t, int rows, int row0) {
    int l = threadIdx.x & 31;
    UNROLL for (int k = 0; k < depth / 16; ++k)
        qk_ldm(q[4 * k], q[4 * k + 1], q[4 * k + 2], q[4 * k + 3], smem_u32(t) + tile_off(rows, row0 + (l & 15), 2 * k + (l >> 4)));
}
#define AT_LOAD(q, K, t, ROWS, row0) qk_at_load<K>(q, t, ROWS, row0)
template <int cols, int depth> DEVFN void qk_mma_nk(float (&d)[cols / 2], const u32 (&a)[depth / 4], const byte_t* bt, int b_rows) {
    int l = threadIdx.x & 31, r = (l & 7) + ((l >> 4) << 3), c = (l >> 3) & 1;
    UNROLL for (int k = 0; k < depth / 16; ++k)
        UNROLL for (int n = 0; n < cols / 16; ++n) {
            u32 b0, b1, b2, b3;
            qk_ldm(b0, b1, b2, b3, smem_u32(bt) + tile_off(b_rows, n * 16 + r, 2 * k + c));
            qk_mma(d + 8 * n, a + 4 * k, b0, b1);
            qk_mma(d + 8 * n + 4, a + 4 * k, b2, b3);
        }
}
template <int cols, int depth> DEVFN void qk_mma_kn(float (&d)[cols / 2], const u32 (&a)[depth / 4], const byte_t* bt, int b_rows) {
    int l = threadIdx.x & 31, r = l & 15, c = l >> 4;
    UNROLL for (int k = 0; k < depth / 16; ++k)
        UNROLL for (int n = 0; n < cols / 16; ++n) {
            u32 b0, b1, b2, b3;
            qk_ldmt(b0, b1, b2, b3, smem_u32(bt) + tile_off(b_rows, k * 16 + r, 2 * n + c));
            qk_mma(d + 8 * n, a + 4 * k, b0, b1);
            qk_mma(d + 8 * n + 4, a + 4 * k, b2, b3);
        }
}
#define MMA_BEGIN()
#define MMA_COMMIT()
#define MMA_WAIT(n)
#define ACC_PIN(a)
#define AR_PIN(p)
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk<N, K>(a, q, bt, BROWS)
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) do { FOR_ACC(i_, N) a[i_] = 0.f; qk_mma_nk<N, K>(a, q, bt, BROWS); } while (0)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_kn<N, K>(a, p, bt, BROWS)
#endif
#endif

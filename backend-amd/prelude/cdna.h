/* Quire's tile dialect 1.1 for AMD CDNA (OpenCL C by ROCm's clang; gfx90a, gfx942). docs/dialect.md says what every name means.
 * A slab is one wave of 64. Tiles are kept transposed: mfma computes (B A^T), so a lane owns ONE row (lane % MR) and runs of four
 * columns; the accumulator is then, as it stands, the operand of the second product, and a row is shared by G lanes only.
 * TILE_WIDE: 32x32x8 (G = 2), else 16x16x16 (G = 4). fp32 accumulate.
 * QK_EMULATE: the two instructions and the lane exchange are replaced by their documented meaning through local memory, for a CPU. */
#define QK_VENDOR_TILES 1
#ifndef QK_EMULATE
/* OpenCL's fences order memory within a work-group only; a ticket needs the device */
#define QK_DEVICE_FENCE() __builtin_amdgcn_fence(__ATOMIC_ACQ_REL, "agent")
#endif
#include "opencl.h"
#ifndef TILE_WIDE
#define TILE_WIDE 0
#endif
#define QK_MR  (TILE_WIDE ? 32 : 16)
#define QK_G   (64 / QK_MR)
#define QK_CV  (QK_MR * QK_MR / 64)               /* accumulator registers of one instruction: 16 or 4 */
#define QK_LANE ((int)get_local_id(0) & 63)
typedef short qk_s4 __attribute__((ext_vector_type(4)));
typedef float qk_f4 __attribute__((ext_vector_type(4)));
typedef float qk_f16 __attribute__((ext_vector_type(16)));

/* ---- tiles: rows padded by 16 bytes; [K][N] operands are stored transposed so that a lane reads 4 keys at once ---- */
#define QK_PITCH(COLS)            ((COLS) * 2 + 16)
#define TILE_BYTES(ROWS, COLS)    ((ROWS) * QK_PITCH(COLS))
#define TILE_BYTES_KN(ROWS, COLS) ((COLS) * QK_PITCH(ROWS))
#define QK_AT(t, COLS, row, byte) ((t) + (row) * QK_PITCH(COLS) + (byte))
#define TILE_COPY16_NK(t, ROWS, COLS, row, chunk, src, ok) (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
DEVFN void qk_copy_kn(LOCAL byte_t* t, int rows, int row, int chunk, uint4 v) {
    LOCAL elem_t* d = (LOCAL elem_t*)QK_AT(t, rows, chunk * 8, row * 2);
    const int p = QK_PITCH(rows) / 2;
    d[0] = (elem_t)v.s0; d[p] = (elem_t)(v.s0 >> 16); d[2 * p] = (elem_t)v.s1; d[3 * p] = (elem_t)(v.s1 >> 16);
    d[4 * p] = (elem_t)v.s2; d[5 * p] = (elem_t)(v.s2 >> 16); d[6 * p] = (elem_t)v.s3; d[7 * p] = (elem_t)(v.s3 >> 16);
}
#define TILE_COPY16_KN(t, ROWS, COLS, row, chunk, src, ok) qk_copy_kn(t, ROWS, row, chunk, (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
#define TILE_WRITE16_NK(t, ROWS, COLS, row, chunk, value) (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = qk_uint4(value))
#define TILE_WRITE16_KN(t, ROWS, COLS, row, chunk, value) qk_copy_kn(t, ROWS, row, chunk, qk_uint4(value))
#define TILE_READ16(t, ROWS, COLS, row, chunk) qk_vec16(*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16))

/* ---- slabs ---- */
#define SLAB_ROWS   QK_MR
#define SLAB_LANES  64
#define SLAB_LANE   QK_LANE
#define ROWS_PER_LANE 1
#define SLOT_ROW(s)   (QK_LANE % QK_MR)
#define SLOT_LEADER() (QK_LANE < QK_MR)
#define ACC_SIZE(N)   ((N) / QK_G)
#define ACC_DECL(a, N) float a[ACC_SIZE(N)]
#define ACC_SLOT(i)   0
#define ACC_COL(i)    (((i) / 4) * 4 * QK_G + 4 * (QK_LANE / QK_MR) + (i) % 4)
#define FOR_ACC(i, N) UNROLL for (int i = 0; i < ACC_SIZE(N); ++i)
#define FOR_SLOT(s)   for (int s = 0; s < 1; ++s)

#ifndef QK_EMULATE
#define SLAB_ID     __builtin_amdgcn_readfirstlane((int)get_local_id(0) / 64)
#define SLAB_SYNC() do { mem_fence(CLK_LOCAL_MEM_FENCE); __builtin_amdgcn_wave_barrier(); } while (0)
#define QK_EMU
#define QK_EMU_P
#define SLABS_IN_STEP 0
/* What came is used at once, by nothing: else a compiler may move the exchange into a branch that only some lanes take, where the others
 * have computed nothing to give. */
DEVFN float qk_here(float x) { __asm__ volatile("" : "+v"(x)); return x; }
#define QK_XOR(x, m) qk_here(as_float(__builtin_amdgcn_ds_bpermute((QK_LANE ^ (m)) << 2, as_int(x))))
#if ELEM_FP16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
typedef half qk_h4 __attribute__((ext_vector_type(4)));
#define QK_MFMA32(a, b, c) __builtin_amdgcn_mfma_f32_32x32x8f16(__builtin_astype(a, qk_h4), __builtin_astype(b, qk_h4), c, 0, 0, 0)
#define QK_MFMA16(a, b, c) __builtin_amdgcn_mfma_f32_16x16x16f16(__builtin_astype(a, qk_h4), __builtin_astype(b, qk_h4), c, 0, 0, 0)
#else
#define QK_MFMA32(a, b, c) __builtin_amdgcn_mfma_f32_32x32x8bf16_1k(a, b, c, 0, 0, 0)
#define QK_MFMA16(a, b, c) __builtin_amdgcn_mfma_f32_16x16x16bf16_1k(a, b, c, 0, 0, 0)
#endif
DEVFN void qk_mfma(float* d, uint2 a, uint2 b) {
    qk_s4 x = __builtin_astype(a, qk_s4), y = __builtin_astype(b, qk_s4);
#if TILE_WIDE
    qk_f16 c; UNROLL for (int i = 0; i < 16; ++i) c[i] = d[i];
    c = QK_MFMA32(x, y, c);
    UNROLL for (int i = 0; i < 16; ++i) d[i] = c[i];
#else
    qk_f4 c; UNROLL for (int i = 0; i < 4; ++i) c[i] = d[i];
    c = QK_MFMA16(x, y, c);
    UNROLL for (int i = 0; i < 4; ++i) d[i] = c[i];
#endif
}
/* The products stand where they are written. Left to itself the compiler moves them, which touch no memory, down to where their sum is
 * used, and keeps everything read for them in registers until then. */
DEVFN void qk_pin(float* d) {
#if TILE_WIDE
    qk_f16 c; UNROLL for (int i = 0; i < 16; ++i) c[i] = d[i];
#else
    qk_f4 c; UNROLL for (int i = 0; i < 4; ++i) c[i] = d[i];
#endif
    __asm__ volatile("" : "+v"(c));
    UNROLL for (int i = 0; i < QK_CV; ++i) d[i] = c[i];
}
#define QK_PIN(d) qk_pin(d)
#else
/* the instruction set's own statement: A[i][k] is in lane i + MR * (k / 4), item k % 4; B[k][j] in lane j + MR * (k / 4), item k % 4;
 * D[i][j] is in lane j + MR * ((i / 4) % G), register 4 * (i / (4 G)) + i % 4 */
#undef LOCAL_BUFFER
#define LOCAL_BUFFER(name, bytes) __local byte_t name[bytes] __attribute__((aligned(128))); __local uint2 qk_emu[2 * WG_SIZE]
#define SLAB_ID     ((int)get_local_id(0) / 64)
#define SLAB_SYNC() BARRIER()
#define QK_EMU      qk_emu,
#define SLABS_IN_STEP 1
#define QK_EMU_P    LOCAL uint2* emu,
#undef UNROLL
#define UNROLL
DEVFN float qk_xor(LOCAL uint2* emu, float x, int m) {
    LOCAL float* f = (LOCAL float*)emu; int t = LOCAL_ID;
    BARRIER(); f[t] = x; BARRIER(); return f[t ^ m];
}
DEVFN void qk_mfma_emu(LOCAL uint2* emu, float* d, uint2 a, uint2 b) {
    int t = LOCAL_ID, w = t / 64 * 64, lane = t % 64;
    BARRIER(); emu[2 * t] = a; emu[2 * t + 1] = b; BARRIER();
    LOCAL elem_t* e = (LOCAL elem_t*)emu;
    for (int r = 0; r < QK_CV; ++r) {
        int j = lane % QK_MR, i = r / 4 * 4 * QK_G + 4 * (lane / QK_MR) + r % 4;
        float s = d[r];
        for (int k = 0; k < 4 * QK_G; ++k)
            s += elem_to_float(e[8 * (w + i + QK_MR * (k / 4)) + k % 4]) * elem_to_float(e[8 * (w + j + QK_MR * (k / 4)) + 4 + k % 4]);
        d[r] = s;
    }
}
#define qk_mfma(d, a, b) qk_mfma_emu(emu, d, a, b)
#define QK_PIN(d)
#define QK_XOR(x, m) qk_xor(emu, x, m)
#endif

DEVFN float qk_row_max(QK_EMU_P float x) {
    x = fmax(x, QK_XOR(x, 32));
#if !TILE_WIDE
    x = fmax(x, QK_XOR(x, 16));
#endif
    return x;
}
DEVFN float qk_row_sum(QK_EMU_P float x) {
    x += QK_XOR(x, 32);
#if !TILE_WIDE
    x += QK_XOR(x, 16);
#endif
    return x;
}
#define lanes_row_max(x) qk_row_max(QK_EMU x)
#define lanes_row_sum(x) qk_row_sum(QK_EMU x)
DEVFN float qk_slab_max(QK_EMU_P float x) { UNROLL for (int d = 32; d; d >>= 1) x = fmax(x, QK_XOR(x, d)); return x; }
DEVFN float qk_slab_sum(QK_EMU_P float x) { UNROLL for (int d = 32; d; d >>= 1) x += QK_XOR(x, d); return x; }
#define slab_max(x) qk_slab_max(QK_EMU x)
#define slab_sum(x) qk_slab_sum(QK_EMU x)

DEVFN void qk_acc_to_tile(const float* a, int cols, LOCAL byte_t* t, int row) {
    UNROLL for (int i = 0; i < ACC_SIZE(cols) / 4; ++i)
        *(LOCAL uint2*)QK_AT(t, cols, row, (i * 4 * QK_G + 4 * (QK_LANE / QK_MR)) * 2) = (uint2)(elem_pack(a[4 * i], a[4 * i + 1]), elem_pack(a[4 * i + 2], a[4 * i + 3]));
}
#define ACC_TO_TILE(a, N, t, ROWS, row0) qk_acc_to_tile(a, N, t, (row0) + SLOT_ROW(0))

/* operands: two k-steps are read as 16 bytes; both factors take k in this same order */
#define AT_DECL(q, K) uint2 q[(K) / (4 * QK_G)]
DEVFN void qk_at_load(uint2* q, int depth, const LOCAL byte_t* t, int row) {
    UNROLL for (int k = 0; k < depth / (8 * QK_G); ++k) {
        uint4 v = *(const LOCAL uint4*)QK_AT(t, depth, row, (k * 8 * QK_G + 8 * (QK_LANE / QK_MR)) * 2);
        q[2 * k] = v.s01; q[2 * k + 1] = v.s23;
    }
}
#define AT_LOAD(q, K, t, ROWS, row0) qk_at_load(q, K, t, (row0) + QK_LANE % QK_MR)
#define AR_DECL(p, K) uint2 p[(K) / (4 * QK_G)]
#define AR_FROM_ACC(p, a, K) do { UNROLL for (int i_ = 0; i_ < (K) / (4 * QK_G); ++i_) \
        p[i_] = (uint2)(elem_pack(a[4 * i_], a[4 * i_ + 1]), elem_pack(a[4 * i_ + 2], a[4 * i_ + 3])); } while (0)

DEVFN void qk_mma_nk(QK_EMU_P float* d, int cols, int depth, const uint2* q, const LOCAL byte_t* bt) {
    UNROLL for (int k = 0; k < depth / (8 * QK_G); ++k)
        UNROLL for (int n = 0; n < cols / QK_MR; ++n) {
            uint4 v = *(const LOCAL uint4*)QK_AT(bt, depth, n * QK_MR + QK_LANE % QK_MR, (k * 8 * QK_G + 8 * (QK_LANE / QK_MR)) * 2);
            qk_mfma(d + n * QK_CV, v.s01, q[2 * k]);
            qk_mfma(d + n * QK_CV, v.s23, q[2 * k + 1]);
        }
    UNROLL for (int n = 0; n < cols / QK_MR; ++n) QK_PIN(d + n * QK_CV);
}
DEVFN void qk_mma_kn(QK_EMU_P float* d, int cols, int depth, const uint2* p, const LOCAL byte_t* bt) {
    UNROLL for (int k = 0; k < depth / (4 * QK_G); ++k)
        UNROLL for (int n = 0; n < cols / QK_MR; ++n)
            qk_mfma(d + n * QK_CV, *(const LOCAL uint2*)QK_AT(bt, depth, n * QK_MR + QK_LANE % QK_MR, (k * 4 * QK_G + 4 * (QK_LANE / QK_MR)) * 2), p[k]);
    UNROLL for (int n = 0; n < cols / QK_MR; ++n) QK_PIN(d + n * QK_CV);
}
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk(QK_EMU a, N, K, q, bt)
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) do { FOR_ACC(i_, N) a[i_] = 0.f; MMA_NK(a, N, K, q, AROWS, bt, BROWS); } while (0)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_kn(QK_EMU a, N, K, p, bt)

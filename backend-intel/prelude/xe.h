/* Quire's tile dialect 1.1 for Intel Xe (OpenCL C by IGC: SG 16 for Ponte Vecchio and Xe2, SG 8 for Arc A). docs/dialect.md says what every name means.
 * A slab is one sub-group of SG lanes and 8 rows; the accumulator of one DPAS is 8 rows x SG columns: lane = column, component = row.
 * [K][N] operands are kept in pairs of keys (what DPAS wants of its B operand). fp32 accumulate.
 * QK_EMULATE: the two instructions and the reductions are replaced by their documented meaning through local memory, for a CPU. */
#define QK_VENDOR_TILES 1
#include "opencl.h"
#ifndef SG
#define SG 16
#endif
#define QK_LANE ((int)get_local_id(0) % SG)

/* ---- tiles ---- */
#define QK_PITCH(COLS)            ((COLS) * 2 + 16)
#define TILE_BYTES(ROWS, COLS)    ((ROWS) * QK_PITCH(COLS))
#define QK_AT(t, COLS, row, byte) ((t) + (row) * QK_PITCH(COLS) + (byte))
#define TILE_COPY16_NK(t, ROWS, COLS, row, chunk, src, ok) (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
#define TILE_WRITE16_NK(t, ROWS, COLS, row, chunk, value) (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = qk_uint4(value))
#define TILE_WRITE16_KN(t, ROWS, COLS, row, chunk, value) qk_copy_kn(t, COLS, row, chunk, qk_uint4(value))
#define TILE_READ16(t, ROWS, COLS, row, chunk) qk_vec16(*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16))
/* [K][N]: 16 keys make 8 rows of pairs. SG 16 pairs keys 2j, 2j+1; SG 8 pairs j, j+8: there two accumulators of 8 columns make one
 * A operand of 16, lane by lane, and the order of k is free as long as both factors share it */
#define TILE_BYTES_KN(ROWS, COLS) ((ROWS) / 2 * QK_PITCH(2 * (COLS)))
DEVFN void qk_copy_kn(LOCAL byte_t* t, int cols, int row, int chunk, uint4 v) {
#if SG == 16
    const int pair = row / 2, half_ = row % 2;
#else
    const int pair = row / 16 * 8 + row % 8, half_ = row / 8 % 2;
#endif
    LOCAL elem_t* d = (LOCAL elem_t*)(t + pair * QK_PITCH(2 * cols)) + chunk * 16 + half_;
    d[0] = (elem_t)v.s0; d[2] = (elem_t)(v.s0 >> 16); d[4] = (elem_t)v.s1; d[6] = (elem_t)(v.s1 >> 16);
    d[8] = (elem_t)v.s2; d[10] = (elem_t)(v.s2 >> 16); d[12] = (elem_t)v.s3; d[14] = (elem_t)(v.s3 >> 16);
}
#define TILE_COPY16_KN(t, ROWS, COLS, row, chunk, src, ok) qk_copy_kn(t, COLS, row, chunk, (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))

/* ---- slabs ---- */
#define SLAB_ROWS   8
#define SLAB_LANES  SG
#define SLAB_LANE   QK_LANE
#define ROWS_PER_LANE 8
#define SLOT_ROW(s)   (s)
#define SLOT_LEADER() (QK_LANE == 0)
#define ACC_SIZE(N)   ((N) / SG * 8)
#define ACC_DECL(a, N) float a[ACC_SIZE(N)]
#define ACC_SLOT(i)   ((i) % 8)
#define ACC_COL(i)    ((i) / 8 * SG + QK_LANE)
#define FOR_ACC(i, N) UNROLL for (int i = 0; i < ACC_SIZE(N); ++i)
#define FOR_SLOT(s)   UNROLL for (int s = 0; s < 8; ++s)

#if SG == 16
typedef short8 qk_a; typedef short qk_ai;         /* A: component = row, lane = k */

#else
typedef int8 qk_a; typedef int qk_ai;             /* A: component = row, lane = two k */
#endif
#ifndef QK_EMULATE
#undef KERNEL
#define KERNEL(name) __kernel __attribute__((reqd_work_group_size(WG_SIZE, 1, 1))) __attribute__((intel_reqd_sub_group_size(SG))) void name
#define SLAB_ID     ((int)get_sub_group_id())
#define SLAB_SYNC() sub_group_barrier(CLK_LOCAL_MEM_FENCE)
#define QK_EMU
#define SLABS_IN_STEP 0
#define QK_EMU_
#define QK_EMU_P
#define lanes_row_max(x) sub_group_reduce_max(x)
#define lanes_row_sum(x) sub_group_reduce_add(x)
/* declared here: older compilers know these by name without declaring them */
float8 __attribute__((overloadable)) intel_sub_group_bf16_bf16_matrix_mad_k16(qk_a a, int8 b, float8 acc);
float8 __attribute__((overloadable)) intel_sub_group_f16_f16_matrix_mad_k16(qk_a a, int8 b, float8 acc);
#if ELEM_FP16
#define qk_dpas(a, b, c) intel_sub_group_f16_f16_matrix_mad_k16(a, b, c)
#else
#define qk_dpas(a, b, c) intel_sub_group_bf16_bf16_matrix_mad_k16(a, b, c)
#endif
#else
#undef LOCAL_BUFFER
#define LOCAL_BUFFER(name, bytes) __local byte_t name[bytes] __attribute__((aligned(128))); __local u32 qk_emu[16 * WG_SIZE]
#define SLAB_ID     ((int)get_local_id(0) / SG)
#define SLAB_SYNC() BARRIER()
#define QK_EMU      qk_emu,
#define SLABS_IN_STEP 1
#define QK_EMU_     emu,
#define QK_EMU_P    LOCAL u32* emu,
#undef UNROLL
#define UNROLL
DEVFN float qk_reduce(LOCAL u32* emu, float x, int is_max) {
    int t = LOCAL_ID, w = t / SG * SG;
    BARRIER(); emu[t] = as_uint(x); BARRIER();
    float r = as_float(emu[w]);
    for (int i = 1; i < SG; ++i) { float y = as_float(emu[w + i]); r = is_max ? fmax(r, y) : r + y; }
    return r;
}
#define lanes_row_max(x) qk_reduce(qk_emu, x, 1)
#define lanes_row_sum(x) qk_reduce(qk_emu, x, 0)
/* C[m][n] += A[m][k] B[k][n]: n = lane; B component j holds k = 2j and 2j + 1; A component m holds k = lane (SG 16) or 2 lane, 2 lane + 1 (SG 8) */
DEVFN float8 qk_dpas_emu(LOCAL u32* emu, qk_a a, int8 b, float8 c) {
    int t = LOCAL_ID, w = t / SG * SG;
    union { float8 v; float s[8]; } r; union { qk_a v; qk_ai s[8]; } x; union { int8 v; u32 s[8]; } y;
    r.v = c; x.v = a; y.v = b;
    BARRIER();
    for (int m = 0; m < 8; ++m) emu[t * 16 + m] = (u32)x.s[m];
    BARRIER();
    for (int m = 0; m < 8; ++m)
        for (int k = 0; k < 16; ++k) {
            u32 av = SG == 16 ? emu[(w + k) * 16 + m] : emu[(w + k / 2) * 16 + m] >> (k % 2 * 16);
            r.s[m] += elem_to_float((elem_t)av) * elem_to_float((elem_t)(y.s[k / 2] >> (k % 2 * 16)));
        }
    return r.v;
}
#define qk_dpas(a, b, c) qk_dpas_emu(emu, a, b, c)
#endif

#define slab_max(x) lanes_row_max(x)
#define slab_sum(x) lanes_row_sum(x)

DEVFN void qk_dpas_at(QK_EMU_P float* d, qk_a a, int8 b) {
    float8 c = (float8)(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    c = qk_dpas(a, b, c);
    d[0] = c.s0; d[1] = c.s1; d[2] = c.s2; d[3] = c.s3; d[4] = c.s4; d[5] = c.s5; d[6] = c.s6; d[7] = c.s7;
}
DEVFN void qk_acc_to_tile(const float* a, int cols, LOCAL byte_t* t, int row0) {
    UNROLL for (int i = 0; i < ACC_SIZE(cols); ++i) *(LOCAL elem_t*)QK_AT(t, cols, row0 + ACC_SLOT(i), ACC_COL(i) * 2) = elem_from_float(a[i]);
}
#define ACC_TO_TILE(a, N, t, ROWS, row0) qk_acc_to_tile(a, N, t, row0)

#define AT_DECL(q, K) qk_a q[(K) / 16]
#define AR_DECL(p, K) qk_a p[(K) / 16]
#if SG == 16
#define QK_ROW_A(t, K, row, k) (*(const LOCAL short*)QK_AT(t, K, row, ((k) * 16 + QK_LANE) * 2))
#define QK_PACK(a, k, m) ((short)elem_from_float(a[(k) * 8 + (m)]))
#else
#define QK_ROW_A(t, K, row, k) (*(const LOCAL int*)QK_AT(t, K, row, ((k) * 16 + QK_LANE * 2) * 2))
#define QK_PACK(a, k, m) ((int)elem_pack(a[(k) * 16 + (m)], a[(k) * 16 + 8 + (m)]))
#endif
DEVFN void qk_at_load(qk_a* q, int depth, const LOCAL byte_t* t, int r) {
    UNROLL for (int k = 0; k < depth / 16; ++k)
        q[k] = (qk_a)(QK_ROW_A(t, depth, r, k), QK_ROW_A(t, depth, r + 1, k), QK_ROW_A(t, depth, r + 2, k), QK_ROW_A(t, depth, r + 3, k),
                      QK_ROW_A(t, depth, r + 4, k), QK_ROW_A(t, depth, r + 5, k), QK_ROW_A(t, depth, r + 6, k), QK_ROW_A(t, depth, r + 7, k));
}
#define AT_LOAD(q, K, t, ROWS, row0) qk_at_load(q, K, t, row0)
#define AR_FROM_ACC(p, a, K) do { UNROLL for (int i_ = 0; i_ < (K) / 16; ++i_) \
        p[i_] = (qk_a)(QK_PACK(a, i_, 0), QK_PACK(a, i_, 1), QK_PACK(a, i_, 2), QK_PACK(a, i_, 3), QK_PACK(a, i_, 4), QK_PACK(a, i_, 5), QK_PACK(a, i_, 6), QK_PACK(a, i_, 7)); } while (0)

DEVFN void qk_mma_nk(QK_EMU_P float* d, int cols, int depth, const qk_a* q, const LOCAL byte_t* bt) {
    UNROLL for (int k = 0; k < depth / 16; ++k)
        UNROLL for (int n = 0; n < cols / SG; ++n) {
            const LOCAL int4* b = (const LOCAL int4*)QK_AT(bt, depth, n * SG + QK_LANE, k * 32);
            qk_dpas_at(QK_EMU_ d + n * 8, q[k], (int8)(b[0], b[1]));
        }
}
DEVFN void qk_mma_kn(QK_EMU_P float* d, int cols, int depth, const qk_a* p, const LOCAL byte_t* bt) {
    UNROLL for (int k = 0; k < depth / 16; ++k)
        UNROLL for (int n = 0; n < cols / SG; ++n) {
            const LOCAL byte_t* b = bt + k * 8 * QK_PITCH(2 * cols) + (n * SG + QK_LANE) * 4;
#define QK_B(j) (*(const LOCAL int*)(b + (j) * QK_PITCH(2 * cols)))
            qk_dpas_at(QK_EMU_ d + n * 8, p[k], (int8)(QK_B(0), QK_B(1), QK_B(2), QK_B(3), QK_B(4), QK_B(5), QK_B(6), QK_B(7)));
        }
}
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk(QK_EMU a, N, K, q, bt)
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) do { FOR_ACC(i_, N) a[i_] = 0.f; MMA_NK(a, N, K, q, AROWS, bt, BROWS); } while (0)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_kn(QK_EMU a, N, K, p, bt)

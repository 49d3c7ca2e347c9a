/* Quire's tile dialect 1.1 for AMD RDNA3 (OpenCL C by ROCm's clang; gfx11). docs/dialect.md says what every name means.
 * A slab is one wave of 32 and 16 rows. WMMA multiplies 16x16x16; as the instruction set's document has it (RDNA3 ISA, chapter 7.9),
 *   A[i][k] is item k of lanes i and i + 16, B[k][j] is item k of lanes j and j + 16, D[i][j] is register i / 2 of lane j + 16 (i % 2).
 * Tiles are kept transposed: D = (tile)(our rows)^T, so a lane owns ONE row (lane % 16) and every second column of it, its half being
 * lane / 16; the other half's columns are one exchange away when the accumulator becomes an operand.
 * QK_EMULATE: the instruction and the exchange are replaced by what is said above, through local memory, for a CPU. */
#define QK_VENDOR_TILES 1
#ifndef QK_EMULATE
/* OpenCL's fences order memory within a work-group only; a ticket needs the device */
#define QK_DEVICE_FENCE() __builtin_amdgcn_fence(__ATOMIC_ACQ_REL, "agent")
#endif
#include "opencl.h"
#define QK_LANE ((int)get_local_id(0) & 31)
#define QK_ROW  (QK_LANE & 15)
#define QK_HALF (QK_LANE >> 4)

/* ---- tiles: rows padded by 16 bytes, so that 16 rows begin in different banks ---- */
#define QK_PITCH(COLS)            ((COLS) * 2 + 16)
#define QK_AT(t, COLS, row, byte) ((t) + (row) * QK_PITCH(COLS) + (byte))
#define TILE_BYTES(ROWS, COLS)    ((ROWS) * QK_PITCH(COLS))
#define TILE_COPY16_NK(t, ROWS, COLS, row, chunk, src, ok)  (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
#define TILE_WRITE16_NK(t, ROWS, COLS, row, chunk, value)   (*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16) = qk_uint4(value))
#define TILE_READ16(t, ROWS, COLS, row, chunk)              qk_vec16(*(LOCAL uint4*)QK_AT(t, COLS, row, (chunk) * 16))
/* [K][N] operands are stored transposed. Of 16 keys the even ones come first: that is the order in which AR_FROM_ACC has them, and the
 * order of k is free as long as both factors share it */
#define TILE_BYTES_KN(ROWS, COLS) ((COLS) * QK_PITCH(ROWS))
DEVFN void qk_write_kn(LOCAL byte_t* t, int rows, int row, int chunk, uint4 v) {
    int place = (row & ~15) + (row & 15) / 2 + (row & 1) * 8, p = QK_PITCH(rows) / 2;
    LOCAL elem_t* d = (LOCAL elem_t*)QK_AT(t, rows, chunk * 8, place * 2);
    d[0]     = (elem_t)v.s0; d[p]     = (elem_t)(v.s0 >> 16); d[2 * p] = (elem_t)v.s1; d[3 * p] = (elem_t)(v.s1 >> 16);
    d[4 * p] = (elem_t)v.s2; d[5 * p] = (elem_t)(v.s2 >> 16); d[6 * p] = (elem_t)v.s3; d[7 * p] = (elem_t)(v.s3 >> 16);
}
#define TILE_COPY16_KN(t, ROWS, COLS, row, chunk, src, ok) qk_write_kn(t, ROWS, row, chunk, (ok) ? *(const GLOBAL uint4*)(src) : (uint4)(0))
#define TILE_WRITE16_KN(t, ROWS, COLS, row, chunk, value)  qk_write_kn(t, ROWS, row, chunk, qk_uint4(value))

/* ---- slabs ---- */
#define SLAB_ROWS     16
#define SLAB_LANES    32
#define SLAB_LANE     QK_LANE
#define ROWS_PER_LANE 1
#define SLOT_ROW(s)   QK_ROW
#define SLOT_LEADER() (QK_HALF == 0)
#define ACC_SIZE(N)   ((N) / 2)
#define ACC_DECL(a, N) float a[ACC_SIZE(N)]
#define ACC_SLOT(i)   0
#define ACC_COL(i)    (2 * (i) + QK_HALF)
#define FOR_ACC(i, N) UNROLL for (int i = 0; i < ACC_SIZE(N); ++i)
#define FOR_SLOT(s)   for (int s = 0; s < 1; ++s)

/* 16 elements of one row: what a lane holds of an operand */
typedef uint8 qk_operand;
#ifndef QK_EMULATE
#define SLABS_IN_STEP 0
#define SLAB_ID     __builtin_amdgcn_readfirstlane((int)get_local_id(0) / 32)
#define SLAB_SYNC() do { mem_fence(CLK_LOCAL_MEM_FENCE); __builtin_amdgcn_wave_barrier(); } while (0)
#define QK_EMU
#define QK_EMU_P
/* The products stand where they are written. Left to itself the compiler moves them, which touch no memory, down to where their sum is
 * used, and keeps everything read for them in registers until then. */
#define QK_PIN(d) qk_pin(d)
/* lane ^ m, and the same lane of the other half. What came is used at once, by nothing: else the compiler (seen in LLVM 19) moves the
 * exchange into a branch that only some lanes take, where the others have computed nothing to give. */
DEVFN u32 qk_here(u32 x) { __asm__ volatile("" : "+v"(x)); return x; }
#define QK_XOR(x, m) qk_here(__builtin_amdgcn_ds_bpermute((QK_LANE ^ (m)) << 2, x))
#define QK_OTHER(x)  qk_here(__builtin_amdgcn_permlanex16(x, x, 0x76543210, 0xfedcba98, true, false))
typedef float qk_f8 __attribute__((ext_vector_type(8)));
#if ELEM_FP16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
typedef half qk_items __attribute__((ext_vector_type(16)));
#define QK_WMMA(a, b, c) __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a, b, c)
#else
typedef short qk_items __attribute__((ext_vector_type(16)));
#define QK_WMMA(a, b, c) __builtin_amdgcn_wmma_f32_16x16x16_bf16_w32(a, b, c)
#endif
DEVFN void qk_wmma(float* d, qk_operand a, qk_operand b) {
    qk_f8 c = (qk_f8)(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    c = QK_WMMA(__builtin_astype(a, qk_items), __builtin_astype(b, qk_items), c);
    UNROLL for (int i = 0; i < 8; ++i) d[i] = c[i];
}
DEVFN void qk_pin(float* d) {
    qk_f8 c = (qk_f8)(d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    __asm__ volatile("" : "+v"(c));
    UNROLL for (int i = 0; i < 8; ++i) d[i] = c[i];
}
#else
#undef LOCAL_BUFFER
#define LOCAL_BUFFER(name, bytes) __local byte_t name[bytes] __attribute__((aligned(128))); __local uint4 qk_emu[4 * WG_SIZE]
#define SLABS_IN_STEP 1
#define QK_PIN(d)
#define SLAB_ID     ((int)get_local_id(0) / 32)
#define SLAB_SYNC() BARRIER()
#define QK_EMU      qk_emu,
#define QK_EMU_P    LOCAL uint4* emu,
#undef UNROLL
#define UNROLL
DEVFN u32 qk_xor(LOCAL uint4* emu, u32 x, int m) {
    LOCAL u32* words = (LOCAL u32*)emu;
    int t = LOCAL_ID;
    BARRIER();
    words[t] = x;
    BARRIER();
    return words[t ^ m];
}
#define QK_XOR(x, m) qk_xor(emu, x, m)
#define QK_OTHER(x)  qk_xor(emu, x, 16)
DEVFN void qk_wmma_emu(LOCAL uint4* emu, float* d, qk_operand a, qk_operand b) {
    int t = LOCAL_ID, wave = t / 32 * 32, j = t % 16;
    BARRIER();
    emu[4 * t] = a.lo;
    emu[4 * t + 1] = a.hi;
    emu[4 * t + 2] = b.lo;
    emu[4 * t + 3] = b.hi;
    BARRIER();
    const LOCAL elem_t* items = (const LOCAL elem_t*)emu;
    for (int r = 0; r < 8; ++r) {
        int i = 2 * r + t % 32 / 16;
        float s = d[r];
        /* each half reads its own copy: a copy that is missing shows */
        for (int k = 0; k < 16; ++k)
            s += elem_to_float(items[32 * (wave + t % 32 / 16 * 16 + i) + k]) * elem_to_float(items[32 * (wave + t % 32 / 16 * 16 + j) + 16 + k]);
        d[r] = s;
    }
}
#define qk_wmma(d, a, b) qk_wmma_emu(emu, d, a, b)
#endif

DEVFN float qk_row_max(QK_EMU_P float x) { return fmax(x, as_float(QK_OTHER(as_uint(x)))); }
DEVFN float qk_row_sum(QK_EMU_P float x) { return x + as_float(QK_OTHER(as_uint(x))); }
DEVFN float qk_slab_max(QK_EMU_P float x) { UNROLL for (int m = 16; m; m >>= 1) x = fmax(x, as_float(QK_XOR(as_uint(x), m))); return x; }
DEVFN float qk_slab_sum(QK_EMU_P float x) { UNROLL for (int m = 16; m; m >>= 1) x += as_float(QK_XOR(as_uint(x), m)); return x; }
#define lanes_row_max(x) qk_row_max(QK_EMU x)
#define lanes_row_sum(x) qk_row_sum(QK_EMU x)
#define slab_max(x)      qk_slab_max(QK_EMU x)
#define slab_sum(x)      qk_slab_sum(QK_EMU x)

DEVFN void qk_acc_to_tile(const float* a, int cols, LOCAL byte_t* t, int row) {
    UNROLL for (int i = 0; i < ACC_SIZE(cols); ++i) *(LOCAL elem_t*)QK_AT(t, cols, row, ACC_COL(i) * 2) = elem_from_float(a[i]);
}
#define ACC_TO_TILE(a, N, t, ROWS, row0) qk_acc_to_tile(a, N, t, (row0) + QK_ROW)

/* ---- operands ---- */
DEVFN qk_operand qk_read(const LOCAL byte_t* t, int depth, int row, int k) {
    const LOCAL uint4* from = (const LOCAL uint4*)QK_AT(t, depth, row, k * 32);
    return (qk_operand)(from[0], from[1]);
}
#define AT_DECL(q, K) qk_operand q[(K) / 16]
DEVFN void qk_at_load(qk_operand* q, int depth, const LOCAL byte_t* t, int row) {
    UNROLL for (int k = 0; k < depth / 16; ++k) q[k] = qk_read(t, depth, row, k);
}
#define AT_LOAD(q, K, t, ROWS, row0) qk_at_load(q, K, t, (row0) + QK_ROW)
#define AR_DECL(p, K) qk_operand p[(K) / 16]
/* a lane has the even or the odd ones of 16 columns; both halves want all, the even ones first */
DEVFN qk_operand qk_ar(QK_EMU_P const float* a) {
    uint4 mine = (uint4)(elem_pack(a[0], a[1]), elem_pack(a[2], a[3]), elem_pack(a[4], a[5]), elem_pack(a[6], a[7])), other;
    other.s0 = QK_OTHER(mine.s0);
    other.s1 = QK_OTHER(mine.s1);
    other.s2 = QK_OTHER(mine.s2);
    other.s3 = QK_OTHER(mine.s3);
    return QK_HALF ? (qk_operand)(other, mine) : (qk_operand)(mine, other);
}
#define AR_FROM_ACC(p, a, K) do { UNROLL for (int i_ = 0; i_ < (K) / 16; ++i_) p[i_] = qk_ar(QK_EMU a + 8 * i_); } while (0)

/* ---- products ---- */
DEVFN void qk_mma_nk(QK_EMU_P float* d, int cols, int depth, const qk_operand* q, const LOCAL byte_t* bt) {
    UNROLL for (int k = 0; k < depth / 16; ++k)
        UNROLL for (int n = 0; n < cols / 16; ++n) qk_wmma(d + n * 8, qk_read(bt, depth, n * 16 + QK_ROW, k), q[k]);
    UNROLL for (int n = 0; n < cols / 16; ++n) QK_PIN(d + n * 8);
}
/* the tile lies transposed, so it is read in the same way */
#define MMA_NK(a, N, K, q, AROWS, bt, BROWS)      qk_mma_nk(QK_EMU a, N, K, q, bt)
#define MMA_NK_ZERO(a, N, K, q, AROWS, bt, BROWS) do { FOR_ACC(i_, N) a[i_] = 0.f; MMA_NK(a, N, K, q, AROWS, bt, BROWS); } while (0)
#define MMA_KN(a, N, K, p, bt, BROWS)             qk_mma_nk(QK_EMU a, N, K, p, bt)

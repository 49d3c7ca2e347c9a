/* Weights as model files store them, decoded in registers. DTYPE_<X> says how they are stored; where no stored type is asked for,
 * this file brings nothing. A run is what a lane reads at once: WEIGHT_RUN consecutive weights of one row, that begin at a multiple
 * of WEIGHT_RUN. weight_fetch only reads it (weight_raw), weight_unpack makes whole numbers and scales of it (weight_run),
 * weight_decode8 and weight_pack8 floats and elements, 8 at a time. Buffers of weights begin at a multiple of 16 bytes; blocks lie wherever their size puts them.
 * Layouts: io.quire.api.model.DType and the GGUF specification. */
#ifndef QUIRE_WEIGHTS
#define QUIRE_WEIGHTS

/* byte i of a word; a prelude may know a shorter way */
#ifndef BYTE_TO_FLOAT
#define BYTE_TO_FLOAT(word, i) (bits_float(0x4b000000u | ((word) >> 8 * (i) & 0xffu)) - 8388608.f)
#endif

#if DTYPE_F32
#define WEIGHT_BLOCK       1
#define WEIGHT_BLOCK_BYTES 4
#elif DTYPE_F16 || DTYPE_BF16
#define WEIGHT_BLOCK       1
#define WEIGHT_BLOCK_BYTES 2
#elif DTYPE_Q4_0
#define WEIGHT_BLOCK       32
#define WEIGHT_BLOCK_BYTES 18
#elif DTYPE_Q4_1
#define WEIGHT_BLOCK       32
#define WEIGHT_BLOCK_BYTES 20
#elif DTYPE_Q5_0
#define WEIGHT_BLOCK       32
#define WEIGHT_BLOCK_BYTES 22
#elif DTYPE_Q5_1
#define WEIGHT_BLOCK       32
#define WEIGHT_BLOCK_BYTES 24
#elif DTYPE_Q8_0
#define WEIGHT_BLOCK       32
#define WEIGHT_BLOCK_BYTES 34
#elif DTYPE_Q4_K
#define WEIGHT_BLOCK       256
#define WEIGHT_BLOCK_BYTES 144
#elif DTYPE_Q5_K
#define WEIGHT_BLOCK       256
#define WEIGHT_BLOCK_BYTES 176
#elif DTYPE_Q6_K
#define WEIGHT_BLOCK       256
#define WEIGHT_BLOCK_BYTES 210
#endif

#ifdef WEIGHT_BLOCK
/* 1 where the stored weights are elements as they stand */
#if DTYPE_BF16 && !ELEM_FP16 || DTYPE_F16 && ELEM_FP16
#define WEIGHT_IS_ELEM 1
#else
#define WEIGHT_IS_ELEM 0
#endif
/* bytes of a row, or of any run of whole blocks */
#define WEIGHT_BYTES(count) ((i64)((count) / WEIGHT_BLOCK) * WEIGHT_BLOCK_BYTES)

/* ---- types without blocks: 8 weights are a run -------------------------------------------------------------------------------- */
#if WEIGHT_BLOCK == 1
#define WEIGHT_RUN 8
#if DTYPE_F32
typedef struct { vec4 lo, hi; } weight_raw;
#else
typedef struct { vec16 bits; } weight_raw;
#endif
typedef weight_raw weight_run;

DEVFN weight_raw weight_fetch(const GLOBAL byte_t* row, int column) {
    weight_raw raw;
#if DTYPE_F32
    raw.lo = load_f4(row + (i64)column * 4);
    raw.hi = load_f4(row + (i64)column * 4 + 16);
#else
    raw.bits = load16(row + (i64)column * 2);
#endif
    return raw;
}
DEVFN weight_run weight_unpack(weight_raw raw, int column) { return raw; }

DEVFN void weight_decode8(weight_run run, int part, float* w) {
    UNROLL for (int i = 0; i < 4; ++i) {
#if DTYPE_F32
        w[i] = run.lo.v[i];
        w[4 + i] = run.hi.v[i];
#elif WEIGHT_IS_ELEM
        w[2 * i] = elem_lo(run.bits.w[i]);
        w[2 * i + 1] = elem_hi(run.bits.w[i]);
#elif DTYPE_BF16
        w[2 * i] = bits_float(run.bits.w[i] << 16);
        w[2 * i + 1] = bits_float(run.bits.w[i] & 0xffff0000u);
#else
        w[2 * i] = half_to_float((u16)run.bits.w[i]);
        w[2 * i + 1] = half_to_float((u16)(run.bits.w[i] >> 16));
#endif
    }
}

/* ---- 32 weights of one block are a run: a whole number of 8 bits each, not below 0, times scale plus minimum ------------------ */
#else
#define WEIGHT_RUN 32
typedef struct {
    u32 q[8];
    float scale, minimum;
#if DTYPE_Q6_K
    float scale_hi, minimum_hi;                       /* of the second 16 */
#endif
} weight_run;

DEVFN float weight_lo_half(u32 word) { return half_to_float((u16)word); }
DEVFN float weight_hi_half(u32 word) { return half_to_float((u16)(word >> 16)); }
/* 4 bits to bit 4 of 4 bytes */
DEVFN u32 weight_fifths(u32 bits) { return ((bits & 15u) * 0x00204081u & 0x01010101u) << 4; }

/* q4_0: d, nibbles.  q4_1: d, m, nibbles.  q5_0: d, fifths, nibbles.  q5_1: d, m, fifths, nibbles.  q8_0: d, signed bytes */
#if WEIGHT_BLOCK == 32
typedef struct { u32 scales, fifths; vec16 lo, hi; } weight_raw;

DEVFN weight_raw weight_fetch(const GLOBAL byte_t* row, int column) {
    const GLOBAL byte_t* block = row + WEIGHT_BYTES(column);
    weight_raw raw;
#if DTYPE_Q4_0
    raw.scales = load_u16(block);
    raw.lo = load16_a2(block + 2);
#elif DTYPE_Q4_1
    raw.scales = load_u32_a4(block);
    raw.lo = load16_a4(block + 4);
#elif DTYPE_Q5_0
    raw.scales = load_u16(block);
    raw.fifths = load_u32(block + 2);
    raw.lo = load16_a2(block + 6);
#elif DTYPE_Q5_1
    raw.scales = load_u32_a4(block);
    raw.fifths = load_u32_a4(block + 4);
    raw.lo = load16_a4(block + 8);
#else
    raw.scales = load_u16(block);
    raw.lo = load16_a2(block + 2);
    raw.hi = load16_a2(block + 18);
#endif
    return raw;
}
DEVFN weight_run weight_unpack(weight_raw raw, int column) {
    weight_run run;
    UNROLL for (int i = 0; i < 4; ++i) {
#if DTYPE_Q8_0
        run.q[i] = raw.lo.w[i] ^ 0x80808080u;         /* 128 added */
        run.q[4 + i] = raw.hi.w[i] ^ 0x80808080u;
#else
        run.q[i] = raw.lo.w[i] & 0x0f0f0f0fu;
        run.q[4 + i] = raw.lo.w[i] >> 4 & 0x0f0f0f0fu;
#endif
#if DTYPE_Q5_0 || DTYPE_Q5_1
        run.q[i] |= weight_fifths(raw.fifths >> 4 * i);
        run.q[4 + i] |= weight_fifths(raw.fifths >> (16 + 4 * i));
#endif
    }
    run.scale = weight_lo_half(raw.scales);
#if DTYPE_Q4_1 || DTYPE_Q5_1
    run.minimum = weight_hi_half(raw.scales);
#elif DTYPE_Q8_0
    run.minimum = -128.f * run.scale;
#elif DTYPE_Q5_0
    run.minimum = -16.f * run.scale;
#else
    run.minimum = -8.f * run.scale;
#endif
    return run;
}

/* q6_k: nibbles of 8 groups of 32, their high pairs, 16 signed scales, d; of each half's 4 groups the first two have the low nibbles */
#elif DTYPE_Q6_K
typedef struct { vec16 l0, l1, h0, h1; u32 scales, d; } weight_raw;

DEVFN weight_raw weight_fetch(const GLOBAL byte_t* row, int column) {
    const GLOBAL byte_t* block = row + WEIGHT_BYTES(column);
    const int group = column % 256 / 32;
    const GLOBAL byte_t* low = block + 64 * (group / 4) + 32 * (group % 2);
    const GLOBAL byte_t* high = block + 128 + 32 * (group / 4);
    weight_raw raw;
    raw.l0 = load16_a2(low);
    raw.l1 = load16_a2(low + 16);
    raw.h0 = load16_a2(high);
    raw.h1 = load16_a2(high + 16);
    raw.scales = load_u16(block + 192 + 2 * group);
    raw.d = load_u16(block + 208);
    return raw;
}
DEVFN weight_run weight_unpack(weight_raw raw, int column) {
    const int part = column % 128 / 32, low = 4 * (part / 2), high = 2 * part;
    const u32 scales = raw.scales ^ 0x8080u;          /* 128 added */
    const float d = weight_lo_half(raw.d);
    weight_run run;
    UNROLL for (int i = 0; i < 4; ++i) {
        run.q[i] = (raw.l0.w[i] >> low & 0x0f0f0f0fu) | (raw.h0.w[i] >> high & 0x03030303u) << 4;
        run.q[4 + i] = (raw.l1.w[i] >> low & 0x0f0f0f0fu) | (raw.h1.w[i] >> high & 0x03030303u) << 4;
    }
    run.scale = d * (BYTE_TO_FLOAT(scales, 0) - 128.f);
    run.scale_hi = d * (BYTE_TO_FLOAT(scales, 1) - 128.f);
    run.minimum = -32.f * run.scale;
    run.minimum_hi = -32.f * run.scale_hi;
    return run;
}

/* q4_k, q5_k: d, dmin, 8 scales and minima of 6 bits in 12 bytes, [fifths,] nibbles; two groups of 32 share 32 bytes of nibbles */
#else
typedef struct { vec16 head, p0, p1, f0, f1; } weight_raw;

DEVFN weight_raw weight_fetch(const GLOBAL byte_t* row, int column) {
    const GLOBAL byte_t* block = row + WEIGHT_BYTES(column);
    const GLOBAL byte_t* pairs = block + WEIGHT_BLOCK_BYTES - 128 + column % 256 / 64 * 32;
    weight_raw raw;
    raw.head = load16(block);
    raw.p0 = load16(pairs);
    raw.p1 = load16(pairs + 16);
#if DTYPE_Q5_K
    raw.f0 = load16(block + 16);
    raw.f1 = load16(block + 32);
#endif
    return raw;
}
DEVFN weight_run weight_unpack(weight_raw raw, int column) {
    const int group = column % 256 / 32, shift = 8 * (group % 4);
    const u32 s0 = raw.head.w[1] >> shift, s1 = raw.head.w[2] >> shift, s2 = raw.head.w[3] >> shift;
    const u32 scale = group < 4 ? s0 & 63u : (s2 & 15u) | (s0 >> 6 & 3u) << 4;
    const u32 minimum = group < 4 ? s1 & 63u : (s2 >> 4 & 15u) | (s1 >> 6 & 3u) << 4;
    weight_run run;
    UNROLL for (int i = 0; i < 4; ++i) {
        run.q[i] = raw.p0.w[i] >> 4 * (group % 2) & 0x0f0f0f0fu;
        run.q[4 + i] = raw.p1.w[i] >> 4 * (group % 2) & 0x0f0f0f0fu;
#if DTYPE_Q5_K
        run.q[i] |= (raw.f0.w[i] >> group & 0x01010101u) << 4;
        run.q[4 + i] |= (raw.f1.w[i] >> group & 0x01010101u) << 4;
#endif
    }
    run.scale = weight_lo_half(raw.head.w[0]) * BYTE_TO_FLOAT(scale, 0);
    run.minimum = -(weight_hi_half(raw.head.w[0]) * BYTE_TO_FLOAT(minimum, 0));
    return run;
}
#endif

/* part 0 to 3: 8 weights each; known at compile time once its loop is unrolled */
DEVFN void weight_decode8(weight_run run, int part, float* w) {
#if DTYPE_Q6_K
    const float scale = part < 2 ? run.scale : run.scale_hi, minimum = part < 2 ? run.minimum : run.minimum_hi;
#else
    const float scale = run.scale, minimum = run.minimum;
#endif
    UNROLL for (int i = 0; i < 4; ++i) {
        w[i] = scale * BYTE_TO_FLOAT(run.q[2 * part], i) + minimum;
        w[4 + i] = scale * BYTE_TO_FLOAT(run.q[2 * part + 1], i) + minimum;
    }
}
#endif

/* a run at once; between the two halves other work can hide the memory's delay */
DEVFN weight_run weight_load(const GLOBAL byte_t* row, int column) { return weight_unpack(weight_fetch(row, column), column); }

/* 8 weights of a run as elements */
DEVFN vec16 weight_pack8(weight_run run, int part) {
    float w[8];
    vec16 packed;
    weight_decode8(run, part, w);
    UNROLL for (int i = 0; i < 4; ++i) packed.w[i] = elem_pack(w[2 * i], w[2 * i + 1]);
    return packed;
}
#endif
#endif

/* Rows of elements in chunks of 8, one a lane: 16 bytes of memory, 8 floats of registers. */

DEVFN void chunk_unpack(float* x, vec16 v) {
    UNROLL for (int i = 0; i < 4; ++i) { x[2 * i] = elem_lo(v.w[i]); x[2 * i + 1] = elem_hi(v.w[i]); }
}
DEVFN vec16 chunk_pack(const float* x) {
    vec16 v;
    UNROLL for (int i = 0; i < 4; ++i) v.w[i] = elem_pack(x[2 * i], x[2 * i + 1]);
    return v;
}

/* n = 8: p is a multiple of 16 bytes; less: what an array has left at its end */
DEVFN void chunk_load(float* x, const GLOBAL elem_t* p, int n) {
    if (n == 8) {
        chunk_unpack(x, load16(p));
    } else {
        UNROLL for (int i = 0; i < 8; ++i) x[i] = i < n ? elem_to_float(p[i]) : 0.f;
    }
}
DEVFN void chunk_store(GLOBAL elem_t* p, const float* x, int n) {
    if (n == 8) {
        store16(p, chunk_pack(x));
    } else {
        UNROLL for (int i = 0; i < 8; ++i) if (i < n) p[i] = elem_from_float(x[i]);
    }
}
/* the same where rows have a length that is no multiple of 8, and so begin anywhere */
DEVFN void chunk_load_a2(float* x, const GLOBAL elem_t* p, int n) {
    if (n == 8) chunk_unpack(x, load16_a2(p));
    else chunk_load(x, p, n);
}
DEVFN void chunk_store_a2(GLOBAL elem_t* p, const float* x, int n) {
    if (n == 8) store16_a2(p, chunk_pack(x));
    else chunk_store(p, x, n);
}
DEVFN void chunk_load_f32(float* x, const GLOBAL float* p, int n) {
    if (n == 8) {
        vec4 a = load_f4(p), b = load_f4(p + 4);
        UNROLL for (int i = 0; i < 4; ++i) { x[i] = a.v[i]; x[4 + i] = b.v[i]; }
    } else {
        UNROLL for (int i = 0; i < 8; ++i) x[i] = i < n ? p[i] : 0.f;
    }
}
DEVFN void chunk_store_f32(GLOBAL float* p, const float* x, int n) {
    if (n == 8) {
        vec4 a, b;
        UNROLL for (int i = 0; i < 4; ++i) { a.v[i] = x[i]; b.v[i] = x[4 + i]; }
        store_f4(p, a);
        store_f4(p + 4, b);
    } else {
        UNROLL for (int i = 0; i < 8; ++i) if (i < n) p[i] = x[i];
    }
}

/* The lane's chunk of a dense array: where it begins, and how much of it there is (none: 0 or less). */
#define CHUNK_AT() (((i64)GROUP_ID(0) * WG_SIZE + LOCAL_ID) * 8)
DEVFN int chunk_size(i64 at, i64 elements) { return elements - at < 8 ? (int)(elements - at) : 8; }

/* Products of few rows on matrix units, for the linear kernels of few rows: in[rows][K] with BLOCK_N rows of each of MATRICES weights.
 * The weights are the left operand, so that few rows of input waste nothing. A build that wants it defines W_ROWS (MATRICES * BLOCK_N,
 * whole slabs), ROWS (most rows of the input), IN_ROWS (the columns of a product that hold them), BLOCK_K, STAGES, SPLITS, N, K and
 * WG_SIZE. Weights that are stored as elements are copied, STAGES tiles on their way; others are read one tile ahead, decoded, rounded
 * to elements and written to the tile. The macros are for an entry's body: some are products, which must stand there. */
#ifdef W_ROWS
#define W_TILE      TILE_BYTES(W_ROWS, BLOCK_K)
#define X_TILE      TILE_BYTES(IN_ROWS, BLOCK_K)
#define STAGE_W(st) (local_mem + (st) * (W_TILE + X_TILE))
#define STAGE_X(st) (STAGE_W(st) + W_TILE)
#define RING_BYTES  (STAGES * (W_TILE + X_TILE))
#define AHEAD       (STAGES - 1)
#define TILES_K     ((K + BLOCK_K - 1) / BLOCK_K)
/* of row r of a tile: its matrix, and its row there */
#define MATRIX(r)   (MATRICES == 1 ? 0 : (r) / BLOCK_N)
#define COLUMN(r)   (n0 + (MATRICES == 1 ? (r) : (r) % BLOCK_N))
#define SOURCE(r)   (MATRIX(r) == 0 ? weight0 : weight1)

/* chunks of 8 elements of a tile's rows; rows behind the last are zeros, and so is what lies behind the end of a row */
#define CHUNKS (BLOCK_K / 8)
#define COPY_TILE(t, TILE_ROWS, place, limit, kt) do { \
    UNROLL for (int i_ = 0; i_ < (TILE_ROWS * CHUNKS + WG_SIZE - 1) / WG_SIZE; ++i_) { \
        const int r_ = i_ * (WG_SIZE / CHUNKS) + LOCAL_ID / CHUNKS, c_ = LOCAL_ID % CHUNKS, k_ = (kt) * BLOCK_K + c_ * 8; \
        if (TILE_ROWS * CHUNKS % WG_SIZE == 0 || r_ < TILE_ROWS) { \
            const int ok_ = limit(r_) && (K % BLOCK_K == 0 || k_ < K); \
            TILE_COPY16_NK(t, TILE_ROWS, BLOCK_K, r_, c_, place(r_) + k_, ok_); \
        } } } while (0)
#define INPUT_PLACE(r)  (in + (i64)(r) * pitch)
#define INPUT_THERE(r)  ((r) < rows)
#define WEIGHT_PLACE(r) ((const GLOBAL elem_t*)SOURCE(r) + (i64)COLUMN(r) * pitch)
#define WEIGHT_THERE(r) (COLUMN(r) < columns)

#if WEIGHT_IS_ELEM
#define RAW_DECL(raw)
#define FETCH_W(raw, kt)
#define STORE_W(raw, st, kt) COPY_TILE(STAGE_W(st), W_ROWS, WEIGHT_PLACE, WEIGHT_THERE, kt)
#else
/* runs of a tile, one lane's; what lies behind the matrix is some other run of it: the input is zero there, or the result not wanted */
#define RUNS      (BLOCK_K / WEIGHT_RUN)
#define LANE_RUNS ((W_ROWS * RUNS + WG_SIZE - 1) / WG_SIZE)
#define RUN_PLACE(i, kt) const int x_ = (i) * WG_SIZE + LOCAL_ID, r_ = x_ / RUNS, c_ = x_ % RUNS, k_ = imin((kt) * BLOCK_K + c_ * WEIGHT_RUN, K - WEIGHT_RUN)
#define RAW_DECL(raw) weight_raw raw[LANE_RUNS]
#define FETCH_W(raw, kt) do { \
    UNROLL for (int i_ = 0; i_ < LANE_RUNS; ++i_) { \
        RUN_PLACE(i_, kt); \
        raw[i_] = weight_fetch(SOURCE(r_) + imin(COLUMN(r_), columns - 1) * WEIGHT_BYTES(K), k_); \
    } } while (0)
#define STORE_W(raw, st, kt) do { \
    UNROLL for (int i_ = 0; i_ < LANE_RUNS; ++i_) { \
        RUN_PLACE(i_, kt); \
        const weight_run run_ = weight_unpack(raw[i_], k_); \
        if (W_ROWS * RUNS % WG_SIZE == 0 || r_ < W_ROWS) \
            UNROLL for (int p_ = 0; p_ < WEIGHT_RUN / 8; ++p_) \
                TILE_WRITE16_NK(STAGE_W(st), W_ROWS, BLOCK_K, r_, c_ * (WEIGHT_RUN / 8) + p_, weight_pack8(run_, p_)); \
    } } while (0)
#endif
/* tile kt of K to stage st; the weights' next one is on its way then */
#define FILL_X(st, kt) if ((kt) < end) COPY_TILE(STAGE_X(st), IN_ROWS, INPUT_PLACE, INPUT_THERE, kt)
#define FILL_W(st, kt) do { \
    if ((kt) < end) { \
        STORE_W(raw, st, kt); \
        if ((kt) + 1 < end) FETCH_W(raw, (kt) + 1); \
    } } while (0)

/* Sends for this group's first tiles of weights. An entry does so before LAUNCH_WAIT, and behind it TILE_PRODUCTS sends for the input:
 * then memory works while the kernel before ends. In scope: rows, local_mem, weight0, weight1 (of one matrix the same), n0 (the group's
 * first column there), columns (how many there are). */
#define TILE_WEIGHTS() \
    const int pitch = K + (rows < 0);                       /* K, but not known to be: see tile.qk */ \
    const int split = GROUP_ID(1), row0 = SLAB_ID * SLAB_ROWS; \
    const int begin = split * TILES_K / SPLITS, end = (split + 1) * TILES_K / SPLITS; \
    RAW_DECL(raw); \
    FETCH_W(raw, begin); \
    UNROLL for (int i = 0; i < AHEAD; ++i) FILL_W(i, begin + i)

/* acc = this slab's rows of weights . in, over this group's part of K. In scope besides: in, first (what lies before the group's matrix in
 * the parts). The first of AHEAD groups of copies has all of TILE_WEIGHTS. */
#define TILE_PRODUCTS(acc) \
    UNROLL for (int i = 0; i < AHEAD; ++i) { FILL_X(i, begin + i); COPY_COMMIT(); } \
    ACC_DECL(acc, IN_ROWS); \
    FOR_ACC(i, IN_ROWS) { acc[i] = 0.f; } \
    ACC_PIN(acc); \
    for (int kt = begin, st = 0, st_in = AHEAD; kt < end; ++kt) { \
        COPY_WAIT(AHEAD - 1); \
        BARRIER();                          /* tile kt is there, and nobody reads the one before it any more */ \
        FILL_X(st_in, kt + AHEAD); \
        FILL_W(st_in, kt + AHEAD); \
        COPY_COMMIT(); \
        AT_DECL(at, BLOCK_K); \
        AT_LOAD(at, BLOCK_K, STAGE_W(st), W_ROWS, row0); \
        MMA_BEGIN(); \
        MMA_NK(acc, IN_ROWS, BLOCK_K, at, W_ROWS, STAGE_X(st), IN_ROWS); \
        MMA_COMMIT(); \
        MMA_WAIT(0); \
        st = st + 1 == STAGES ? 0 : st + 1; \
        st_in = st_in + 1 == STAGES ? 0 : st_in + 1; \
    } \
    ACC_PIN(acc)

/* ---- splits: each leaves its sums in parts; the last group to finish adds them up, always in the same order ------------------- */
#define PART_AT(s, r, m) ((((i64)(s) * ROWS + (r)) * MATRICES + (m)) * N + first)
#define PUT_PARTS(acc) \
    FOR_ACC(i, IN_ROWS) { \
        const int r_ = ACC_COL(i), w_ = row0 + SLOT_ROW(ACC_SLOT(i)); \
        if (r_ < rows && COLUMN(w_) < columns) parts[PART_AT(split, r_, MATRIX(w_)) + COLUMN(w_)] = acc[i]; \
    }
/* columns of the parts that a lane adds up at a time */
#if N % 4 == 0
#define JOIN 4
#define ADD_PART(sum, p) do { const vec4 v_ = load_f4(p); UNROLL for (int j_ = 0; j_ < 4; ++j_) (sum)[j_] += v_.v[j_]; } while (0)
#else
#define JOIN 1
#define ADD_PART(sum, p) (sum)[0] += *(p)
#endif
/* finish(row, column, sums): of every matrix the sum over all splits; to be called by the group that drew the last ticket */
#define JOIN_PARTS(finish) \
    UNROLL for (int i = 0; i < (ROWS * BLOCK_N + JOIN * WG_SIZE - 1) / (JOIN * WG_SIZE); ++i) { \
        const int x_ = (i * WG_SIZE + LOCAL_ID) * JOIN, r_ = x_ / BLOCK_N, c_ = n0 + x_ % BLOCK_N; \
        if (r_ < rows && c_ < columns) { \
            float sum_[MATRICES * JOIN] = {0.f}; \
            UNROLL for (int s = 0; s < SPLITS; ++s) \
                UNROLL for (int m = 0; m < MATRICES; ++m) ADD_PART(sum_ + m * JOIN, parts + PART_AT(s, r_, m) + c_); \
            UNROLL for (int j = 0; j < JOIN; ++j) finish(r_, c_ + j, sum_[j], sum_[(MATRICES - 1) * JOIN + j]); \
        } \
    }
#endif

/* Products of many rows whose tiles come through a copier: out tile = in[rows][K] . weights[columns][K]^T on the matrix units, with no
 * barrier of the whole group in the loop. A build that wants it defines COPIER, TILES_N (tiles side by side), BLOCK_M, BLOCK_N, BLOCK_K,
 * STAGES, GROUP_M, SPLITS (into how many parts a tile may be cut), K and WG_SIZE. The macros are for an entry's body.
 *
 * Groups stay for all their tiles, and the copier is already at the next one while the last is stored. As long as there is a tile for
 * every group, each makes a whole one. Where the last tiles, which may be all, are so few that groups would be left over, they are cut
 * along K; each group leaves its sums in the parts, and the last one to finish a tile adds them up, always in the same order.
 * Sources: persistent warp-specialised products (CUTLASS 3), stream-K (Osama et al., 2023: whole tiles first; the last to finish joins). */
#ifdef TILES_N
#if COPIER_LANES
#define A_TILE      TILE_BYTES(BLOCK_M, BLOCK_K)
#define B_TILE      TILE_BYTES(BLOCK_N, BLOCK_K)
#define C_TILE      (STAGES * (A_TILE + B_TILE))
#define PIPES       (C_TILE + TILE_BYTES(BLOCK_M, BLOCK_N))
#define TILE_A(st)  (local_mem + (st) * (A_TILE + B_TILE))
#define TILE_B(st)  (TILE_A(st) + A_TILE)
#define FULL(st)    (local_mem + PIPES + (st) * PIPE_SIZE)
#define FREE(st)    (local_mem + PIPES + (STAGES + (st)) * PIPE_SIZE)
#define NUMBER      (LOCAL int*)(local_mem + PIPES + 2 * STAGES * PIPE_SIZE)
#define STREAM_LOCAL (PIPES + 2 * STAGES * PIPE_SIZE + 16)
#define K_TILES     (K / BLOCK_K)
#define WORKERS     (WG_SIZE - COPIER_LANES)

/* what a group computes of a tile: from <= kt < to of K, in BLOCK_K */
typedef struct { int tile, from, to; } stream_piece;
/* of all tiles the first `whole` are made by one group each, the `rest` by `splits` groups each */
typedef struct { int whole, rest, splits; } stream_plan;

DEVFN stream_plan stream_share(int rows) {
    const int tiles = (rows + BLOCK_M - 1) / BLOCK_M * TILES_N, groups = GROUP_COUNT(0);
    stream_plan p;
    p.whole = tiles / groups * groups;
    p.rest = tiles - p.whole;
    p.splits = p.rest == 0 ? 1 : imin(groups / p.rest, SPLITS < K_TILES ? SPLITS : K_TILES);
    return p;
}
/* piece n of this group; empty where from == to */
DEVFN stream_piece stream_at(stream_plan p, int n) {
    stream_piece x;
    const int group = GROUP_ID(0), split = p.rest == 0 ? 0 : group / p.rest;
    x.tile = n * GROUP_COUNT(0) + group; x.from = 0; x.to = K_TILES;
    if (x.tile < p.whole) return x;
    x.tile = p.whole + group - split * p.rest;
    x.from = split * K_TILES / p.splits;
    x.to = split < p.splits && 0 < p.rest ? (split + 1) * K_TILES / p.splits : x.from;
    return x;
}
#define FOR_PIECES(x, plan) \
    for (int n_ = 0; n_ <= plan.whole / GROUP_COUNT(0); ++n_) \
        for (stream_piece x = stream_at(plan, n_); x.from < x.to; x.to = x.from)

/* the tile's place: bands of GROUP_M tile rows keep their inputs in the cache; t0: the tile's number among those side by side */
#define PLACE_OF(x, rows) \
    const int tiles_m_ = (rows + BLOCK_M - 1) / BLOCK_M, band_ = (x) / (GROUP_M * TILES_N), in_band_ = (x) - band_ * GROUP_M * TILES_N; \
    const int band_m_ = imin(tiles_m_ - band_ * GROUP_M, GROUP_M); \
    const int m0 = (band_ * GROUP_M + in_band_ % band_m_) * BLOCK_M, t0 = in_band_ / band_m_

/* The pipes, and all that the copier does: fetch_b(stage, t0, kt) sends for BLOCK_N rows of weights. Its first tiles of weights are on
 * their way before its LAUNCH_WAIT. In scope: local_mem, in, rows. Workers go on behind it, with their own LAUNCH_WAIT. */
#define STREAM_COPIER(plan, fetch_b) \
    if (LOCAL_ID < 2 * STAGES) pipe_init(FULL(LOCAL_ID), LOCAL_ID < STAGES ? 1 : PIPE_ARRIVALS(BLOCK_M / SLAB_ROWS)); \
    pipe_init_done(); \
    BARRIER(); \
    if (IS_COPIER) { \
        COPIER_BEGIN(); \
        if (COPIER_LANE == 0) { \
            int st = 0, phase = 1, ahead = 0; \
            const stream_piece first = stream_at(plan, 0); \
            if (first.from < first.to) { \
                PLACE_OF(first.tile, rows); \
                ahead = imin(STAGES, first.to - first.from); \
                for (int i = 0; i < ahead; ++i) { pipe_expect(FULL(i), A_TILE + B_TILE); fetch_b(i, t0, first.from + i); } \
                LAUNCH_WAIT(); \
                for (int i = 0; i < ahead; ++i) FETCH_A(i, first.from + i); \
                st = ahead % STAGES; phase = ahead < STAGES; \
            } \
            FOR_PIECES(x, plan) { \
                PLACE_OF(x.tile, rows); \
                for (int kt = x.from + ahead; kt < x.to; ++kt) { \
                    pipe_wait(FREE(st), phase); \
                    pipe_expect(FULL(st), A_TILE + B_TILE); \
                    FETCH_A(st, kt); \
                    fetch_b(st, t0, kt); \
                    if (++st == STAGES) { st = 0; phase ^= 1; } \
                } \
                ahead = 0; \
            } \
        } \
        return; \
    } \
    WORKER_BEGIN()
#define FETCH_A(st, kt) PAGE_COPY_NK(TILE_A(st), BLOCK_M, BLOCK_K, 0, in, m0, 0, (kt) * BLOCK_K, FULL(st))

/* acc = this slab's rows of a piece; st and phase go from piece to piece */
#define STREAM_PRODUCT(acc, x) \
    FOR_ACC(i, BLOCK_N) { acc[i] = 0.f; } \
    ACC_PIN(acc); \
    int before_ = 0; \
    for (int kt = x.from; kt < x.to; ++kt) { \
        pipe_wait(FULL(st), phase); \
        AT_DECL(at, BLOCK_K); \
        AT_LOAD(at, BLOCK_K, TILE_A(st), BLOCK_M, row0); \
        MMA_BEGIN(); \
        MMA_NK(acc, BLOCK_N, BLOCK_K, at, BLOCK_M, TILE_B(st), BLOCK_N); \
        MMA_COMMIT(); \
        MMA_WAIT(1); \
        if (kt > x.from) pipe_release(FREE(before_)); \
        before_ = st; \
        if (++st == STAGES) { st = 0; phase ^= 1; } \
    } \
    MMA_WAIT(0); \
    ACC_PIN(acc); \
    pipe_release(FREE(before_))

/* ---- parts: [group][slab][ACC_SIZE / 4][lane][4], so that lanes lie side by side ---------------------------------------------- */
#define PART_OF(group) (parts + ((i64)(group) * (BLOCK_M / SLAB_ROWS) + SLAB_ID) * (SLAB_ROWS * BLOCK_N) + SLAB_LANE * 4)
/* joined: whether acc has the sums of the whole tile now, which is so for one of the groups that share it */
#define STREAM_JOIN(joined, acc, plan, x) \
    int joined = 1; \
    if (x.to - x.from < K_TILES) { \
        const int tile_ = x.tile - plan.whole; \
        GLOBAL float* mine_ = PART_OF(GROUP_ID(0)); \
        UNROLL for (int i = 0; i < ACC_SIZE(BLOCK_N); i += 4) { \
            const vec4 v_ = {{acc[i], acc[i + 1], acc[i + 2], acc[i + 3]}}; \
            store_f4(mine_ + i * SLAB_LANES, v_); \
        } \
        joined = worker_ticket(tickets + tile_, NUMBER) == plan.splits - 1; \
        if (joined) { \
            if (LOCAL_ID == 0) tickets[tile_] = 0; \
            FOR_ACC(i, BLOCK_N) { acc[i] = 0.f; } \
            for (int split = 0; split < plan.splits; ++split) { \
                const GLOBAL float* part_ = PART_OF(split * plan.rest + tile_); \
                UNROLL for (int i = 0; i < ACC_SIZE(BLOCK_N); i += 4) { \
                    const vec4 v_ = load_f4(part_ + i * SLAB_LANES); \
                    UNROLL for (int j = 0; j < 4; ++j) acc[i + j] += v_.v[j]; \
                } \
            } \
        } \
    }

/* columns of out from acc, rounded, through local memory, so that a row is written in pieces of 16 bytes; each slab its own rows */
#define STREAM_STORE(acc, COLS, out, column0, columns) do { \
    ACC_TO_TILE(acc, COLS, local_mem + C_TILE, BLOCK_M, row0); \
    SLAB_SYNC(); \
    for (int p_ = SLAB_LANE; p_ < SLAB_ROWS * (COLS / 8); p_ += SLAB_LANES) { \
        const int r_ = row0 + p_ / (COLS / 8), ch_ = p_ % (COLS / 8); \
        if (m0 + r_ < rows && (column0) + ch_ * 8 < (columns)) \
            store16(out + (i64)(m0 + r_) * (columns) + (column0) + ch_ * 8, TILE_READ16(local_mem + C_TILE, BLOCK_M, COLS, r_, ch_)); \
    } \
    SLAB_SYNC(); } while (0)
#endif
#endif

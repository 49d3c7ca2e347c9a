/* Products of a few rows with a few rows of weights at once, for the linear kernels of few rows. A build that wants it defines
 * ROWS (most rows of the input), STREAMS (rows of weights that a team reads at once), K, TEAM (lanes that share them: whole slabs),
 * WG_SIZE (whole teams) and PARTS (partial sums a lane keeps of each product: 1, 2, 4 or 8; more than 1 lets a compiler for a CPU
 * add them up in a vector). Lanes of a team lie side by side along the rows, so their reads do too. Sums in f32. */
#ifdef STREAMS
#define SKINNY_SUMS  (ROWS * STREAMS)
#define TEAM_SLABS   (TEAM / SLAB_LANES)
#define SKINNY_LOCAL (TEAM_SLABS > 1 ? SKINNY_SUMS * WG_SIZE / SLAB_LANES * 4 : 0)
#define TEAM_ID      (LOCAL_ID / TEAM)
#define TEAM_LANE    (LOCAL_ID % TEAM)

/* Weights on their way to the cache before the input is there: what each lane reads first. */
#define SKINNY_AHEAD 4
DEVFN void skinny_prefetch(const GLOBAL byte_t* const* weight) {
    UNROLL for (int turn = 0; turn < SKINNY_AHEAD; ++turn) {
        const int k = (turn * TEAM + TEAM_LANE) * WEIGHT_RUN;
        UNROLL for (int s = 0; s < STREAMS; ++s) if (k < K) PREFETCH(weight[s] + WEIGHT_BYTES(k));
    }
}

/* sums[r * STREAMS + s] = in[r] . weight[s], this lane's part of it */
DEVFN void skinny_products(float* sums, const GLOBAL elem_t* in, const GLOBAL byte_t* const* weight, int rows) {
    float part[SKINNY_SUMS * PARTS];
    UNROLL for (int i = 0; i < SKINNY_SUMS * PARTS; ++i) part[i] = 0.f;
    for (int k = TEAM_LANE * WEIGHT_RUN; k < K; k += TEAM * WEIGHT_RUN) {
        weight_run run[STREAMS];
        UNROLL for (int s = 0; s < STREAMS; ++s) run[s] = weight_load(weight[s], k);
        UNROLL for (int c = 0; c < WEIGHT_RUN / 8; ++c) {
            float w[STREAMS * 8];
            UNROLL for (int s = 0; s < STREAMS; ++s) weight_decode8(run[s], c, w + s * 8);
            UNROLL for (int r = 0; r < ROWS; ++r) {
                if (ROWS == 1 || r < rows) {
                    float x[8];
                    chunk_unpack(x, load16(in + (i64)r * K + k + c * 8));
                    UNROLL for (int s = 0; s < STREAMS; ++s)
                        UNROLL for (int i = 0; i < 8; ++i) part[(r * STREAMS + s) * PARTS + i % PARTS] += w[s * 8 + i] * x[i];
                }
            }
        }
    }
    UNROLL for (int i = 0; i < SKINNY_SUMS; ++i) {
        float sum = part[i * PARTS];
        UNROLL for (int p = 1; p < PARTS; ++p) sum += part[i * PARTS + p];
        sums[i] = sum;
    }
}

/* adds up what the slabs of a team have, after slab_sum; every lane of the group calls; then all lanes of the team have the sums */
DEVFN void skinny_join(float* sums, LOCAL float* scratch) {
    if (TEAM_SLABS > 1) {
        const int slab = LOCAL_ID / SLAB_LANES;
        if (SLAB_LANE == 0)
            for (int i = 0; i < SKINNY_SUMS; ++i) scratch[slab * SKINNY_SUMS + i] = sums[i];
        BARRIER();
        for (int i = 0; i < SKINNY_SUMS; ++i) {
            float sum = 0.f;
            for (int t = 0; t < TEAM_SLABS; ++t) sum += scratch[(TEAM_ID * TEAM_SLABS + t) * SKINNY_SUMS + i];
            sums[i] = sum;
        }
    }
}
#endif

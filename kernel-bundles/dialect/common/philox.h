/* Random numbers as a function of a key and a counter: Philox4x32-10 of Salmon et al., Parallel random numbers: as easy
 * as 1, 2, 3, 2011, section 3.3. Nothing is kept from number to number. */

/* replaces the counter's four words by random ones */
DEVFN void philox(u32* c, u32 key0, u32 key1) {
    for (int round = 0; round < 10; ++round) {
        const u32 high0 = mul_hi_u32(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
        const u32 high1 = mul_hi_u32(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
        c[0] = high1 ^ c[1] ^ key0;
        c[1] = low1;
        c[2] = high0 ^ c[3] ^ key1;
        c[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/* A token's random number in [0, 1): 53 bits, as the upper ones of 64. The seed is the key, the position the counter. */
DEVFN u64 philox_uniform(u32 seed_low, u32 seed_high, int position) {
    u32 c[4] = {(u32)position, 0u, 0u, 0u};
    philox(c, seed_low, seed_high);
    return ((u64)c[0] << 32 | c[1]) & ~(u64)0x7ff;
}

/* the upper 64 bits of a product: a fraction of 2^64, of b */
DEVFN u64 fraction_of(u64 a, u64 b) {
    const u64 a0 = (u32)a, a1 = a >> 32, b0 = (u32)b, b1 = b >> 32;
    const u64 middle = a1 * b0 + (a0 * b0 >> 32);
    return a1 * b1 + (middle >> 32) + ((a0 * b1 + (u32)middle) >> 32);
}

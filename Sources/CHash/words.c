#include "CHash.h"

typedef uint64_t lanes __attribute__((vector_size(64), aligned(8)));

#define TURN(X, BITS) ((X) << (BITS) | (X) >> (64 - (BITS)))

#define ROUND(V0, V1, V2, V3)                                                                                          \
    do {                                                                                                               \
        V0 += V1;                                                                                                      \
        V1 = TURN(V1, 13) ^ V0;                                                                                        \
        V0 = TURN(V0, 32);                                                                                             \
        V2 += V3;                                                                                                      \
        V3 = TURN(V3, 16) ^ V2;                                                                                        \
        V0 += V3;                                                                                                      \
        V3 = TURN(V3, 21) ^ V0;                                                                                        \
        V2 += V1;                                                                                                      \
        V1 = TURN(V1, 17) ^ V2;                                                                                        \
        V2 = TURN(V2, 32);                                                                                             \
    } while (0)

/* A bijective mixer of 64 bits. */
#define MIX(X)                                                                                                         \
    do {                                                                                                               \
        X = (X ^ X >> 30) * 0xBF58476D1CE4E5B9;                                                                        \
        X = (X ^ X >> 27) * 0x94D049BB133111EB;                                                                        \
        X ^= X >> 31;                                                                                                  \
    } while (0)

/* WORD is one word, or as many as are hashed together; CHOOSE gives the second where the first says so, else the third. */
#define HASHES(NAME, ATTRIBUTES, WORD, CHOOSE)                                                                         \
    ATTRIBUTES static void NAME##_words(const uint64_t *low, const uint64_t *high, const uint64_t *lengths,            \
                                        uint64_t *out, size_t count, uint64_t k0, uint64_t k1) {                       \
        for (size_t i = 0; i < count; i += sizeof(WORD) / 8) {                                                         \
            const WORD first = *(const WORD *)(low + i), length = *(const WORD *)(lengths + i);                        \
            const WORD zero = first ^ first;                                                                           \
            const WORD s0 = zero + (k0 ^ 0x736f6d6570736575), s1 = zero + (k1 ^ 0x646f72616e646f6d);                   \
            const WORD s2 = zero + (k0 ^ 0x6c7967656e657261), s3 = zero + (k1 ^ 0x7465646279746573);                   \
            WORD v0 = s0, v1 = s1, v2 = s2, v3 = s3 ^ first;                                                           \
            ROUND(v0, v1, v2, v3);                                                                                     \
            v0 ^= first;                                                                                               \
            v0 = CHOOSE(length > 7, v0, s0);                                                                           \
            v1 = CHOOSE(length > 7, v1, s1);                                                                           \
            v2 = CHOOSE(length > 7, v2, s2);                                                                           \
            v3 = CHOOSE(length > 7, v3, s3);                                                                           \
            const WORD last = CHOOSE(length > 7, *(const WORD *)(high + i), first) | length << 56;                     \
            v3 ^= last;                                                                                                \
            ROUND(v0, v1, v2, v3);                                                                                     \
            v0 ^= last;                                                                                                \
            v2 ^= 0xff;                                                                                                \
            ROUND(v0, v1, v2, v3);                                                                                     \
            ROUND(v0, v1, v2, v3);                                                                                     \
            ROUND(v0, v1, v2, v3);                                                                                     \
            *(WORD *)(out + i) = v0 ^ v1 ^ v2 ^ v3;                                                                    \
        }                                                                                                              \
    }                                                                                                                  \
    ATTRIBUTES static void NAME##_pairs(const uint64_t *first, const uint64_t *second, uint64_t *out, size_t count,    \
                                        uint64_t k0, uint64_t k1) {                                                    \
        for (size_t i = 0; i < count; i += sizeof(WORD) / 8) {                                                         \
            WORD inner = *(const WORD *)(second + i) + k1;                                                             \
            MIX(inner);                                                                                                \
            WORD outer = *(const WORD *)(first + i) * 0x9E3779B97F4A7C15 ^ k0 ^ inner;                                 \
            MIX(outer);                                                                                                \
            *(WORD *)(out + i) = outer;                                                                                \
        }                                                                                                              \
    }

#define ONE(CONDITION, YES, NO) ((CONDITION) ? (YES) : (NO))
#define EACH(CONDITION, YES, NO) (((lanes)(CONDITION) & (YES)) | (~(lanes)(CONDITION) & (NO)))

HASHES(plain, , uint64_t, ONE)
#if defined(__x86_64__)
HASHES(avx2, __attribute__((target("avx2"))), lanes, EACH)
HASHES(avx512, __attribute__((target("avx512f,avx512dq"))), lanes, EACH)
#endif

enum sluice_hash_way sluice_hash_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return SLUICE_HASH_AVX512;
    if (__builtin_cpu_supports("avx2")) return SLUICE_HASH_AVX2;
#endif
    return SLUICE_HASH_PLAIN;
}

void sluice_hash_words(const uint64_t *low, const uint64_t *high, const uint64_t *lengths, uint64_t *out, size_t count,
                       uint64_t k0, uint64_t k1, enum sluice_hash_way way) {
#if defined(__x86_64__)
    if (way == SLUICE_HASH_AVX512) return avx512_words(low, high, lengths, out, count, k0, k1);
    if (way == SLUICE_HASH_AVX2) return avx2_words(low, high, lengths, out, count, k0, k1);
#endif
    (void)way;
    plain_words(low, high, lengths, out, count, k0, k1);
}

void sluice_hash_pairs(const uint64_t *first, const uint64_t *second, uint64_t *out, size_t count, uint64_t k0,
                       uint64_t k1, enum sluice_hash_way way) {
#if defined(__x86_64__)
    if (way == SLUICE_HASH_AVX512) return avx512_pairs(first, second, out, count, k0, k1);
    if (way == SLUICE_HASH_AVX2) return avx2_pairs(first, second, out, count, k0, k1);
#endif
    (void)way;
    plain_pairs(first, second, out, count, k0, k1);
}

#include "CTurnHash.h"

#include <string.h>

static uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static struct sluice_turn_sum plain(const uint8_t *bytes, size_t pairs, const uint8_t *keys) {
    unsigned __int128 even = 0, odd = 0;
    size_t pair = 0;
    for (; pair + 2 <= pairs; pair += 2) {
        const uint8_t *words = bytes + 16 * pair, *with = keys + 16 * pair;
        even += (unsigned __int128)(word_at(words) + word_at(with)) * (word_at(words + 8) + word_at(with + 8));
        odd += (unsigned __int128)(word_at(words + 16) + word_at(with + 16)) * (word_at(words + 24) + word_at(with + 24));
    }
    if (pair < pairs) {
        const uint8_t *words = bytes + 16 * pair, *with = keys + 16 * pair;
        even += (unsigned __int128)(word_at(words) + word_at(with)) * (word_at(words + 8) + word_at(with + 8));
    }
    even += odd;
    return (struct sluice_turn_sum){(uint64_t)even, (uint64_t)(even >> 64)};
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("pclmul,sse4.1"))) static struct sluice_turn_sum carryless(const uint8_t *bytes, size_t pairs,
                                                                                 const uint8_t *keys) {
    __m128i sums[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    size_t pair = 0;
    for (; pair + 4 <= pairs; pair += 4) {
        _Pragma("clang loop unroll(full)") for (int n = 0; n < 4; n++) {
            const size_t at = 16 * (pair + (size_t)n);
            const __m128i words = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(bytes + at)),
                                                _mm_loadu_si128((const __m128i *)(keys + at)));
            sums[n] = _mm_xor_si128(sums[n], _mm_clmulepi64_si128(words, words, 0x10));
        }
    }
    for (; pair < pairs; pair++) {
        const __m128i words = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(bytes + 16 * pair)),
                                            _mm_loadu_si128((const __m128i *)(keys + 16 * pair)));
        sums[0] = _mm_xor_si128(sums[0], _mm_clmulepi64_si128(words, words, 0x10));
    }
    const __m128i sum = _mm_xor_si128(_mm_xor_si128(sums[0], sums[1]), _mm_xor_si128(sums[2], sums[3]));
    return (struct sluice_turn_sum){(uint64_t)_mm_cvtsi128_si64(sum), (uint64_t)_mm_extract_epi64(sum, 1)};
}

__attribute__((target("avx2,vpclmulqdq,pclmul"))) static struct sluice_turn_sum wide(const uint8_t *bytes, size_t pairs,
                                                                                     const uint8_t *keys) {
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    size_t pair = 0;
    for (; pair + 8 <= pairs; pair += 8) {
        _Pragma("clang loop unroll(full)") for (int n = 0; n < 4; n++) {
            const size_t at = 16 * pair + 32 * (size_t)n;
            const __m256i words = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(bytes + at)),
                                                   _mm256_loadu_si256((const __m256i *)(keys + at)));
            sums[n] = _mm256_xor_si256(sums[n], _mm256_clmulepi64_epi128(words, words, 0x10));
        }
    }
    const __m256i both = _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
    __m128i sum = _mm_xor_si128(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    for (; pair < pairs; pair++) {
        const __m128i words = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(bytes + 16 * pair)),
                                            _mm_loadu_si128((const __m128i *)(keys + 16 * pair)));
        sum = _mm_xor_si128(sum, _mm_clmulepi64_si128(words, words, 0x10));
    }
    return (struct sluice_turn_sum){(uint64_t)_mm_cvtsi128_si64(sum), (uint64_t)_mm_extract_epi64(sum, 1)};
}

__attribute__((target("avx512f,vpclmulqdq,pclmul"))) static struct sluice_turn_sum widest(const uint8_t *bytes,
                                                                                          size_t pairs,
                                                                                          const uint8_t *keys) {
    __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    size_t pair = 0;
    for (; pair + 16 <= pairs; pair += 16) {
        _Pragma("clang loop unroll(full)") for (int n = 0; n < 4; n++) {
            const size_t at = 16 * pair + 64 * (size_t)n;
            const __m512i words = _mm512_xor_si512(_mm512_loadu_si512(bytes + at), _mm512_loadu_si512(keys + at));
            sums[n] = _mm512_xor_si512(sums[n], _mm512_clmulepi64_epi128(words, words, 0x10));
        }
    }
    const __m512i all = _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
    __m128i sum = _mm_xor_si128(_mm_xor_si128(_mm512_extracti32x4_epi32(all, 0), _mm512_extracti32x4_epi32(all, 1)),
                                _mm_xor_si128(_mm512_extracti32x4_epi32(all, 2), _mm512_extracti32x4_epi32(all, 3)));
    for (; pair < pairs; pair++) {
        const __m128i words = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(bytes + 16 * pair)),
                                            _mm_loadu_si128((const __m128i *)(keys + 16 * pair)));
        sum = _mm_xor_si128(sum, _mm_clmulepi64_si128(words, words, 0x10));
    }
    return (struct sluice_turn_sum){(uint64_t)_mm_cvtsi128_si64(sum), (uint64_t)_mm_extract_epi64(sum, 1)};
}

int sluice_turn_knows(enum sluice_turn_way way) {
    __builtin_cpu_init();
    const int carryless = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    switch (way) {
    case SLUICE_TURN_CARRYLESS:
        return carryless;
    case SLUICE_TURN_CARRYLESS_WIDE:
        return carryless && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq");
    case SLUICE_TURN_CARRYLESS_WIDEST:
        return carryless && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
    default:
        return 1;
    }
}
#else
int sluice_turn_knows(enum sluice_turn_way way) { return way == SLUICE_TURN_PLAIN; }
#endif

enum sluice_turn_way sluice_turn_best(void) {
    int way = SLUICE_TURN_CARRYLESS_WIDEST;
    while (way > SLUICE_TURN_PLAIN && !sluice_turn_knows((enum sluice_turn_way)way)) way--;
    return (enum sluice_turn_way)way;
}

static struct sluice_turn_sum whole(const uint8_t *bytes, size_t pairs, const uint8_t *keys, enum sluice_turn_way way) {
    switch (way) {
#if defined(__x86_64__)
    case SLUICE_TURN_CARRYLESS_WIDEST:
        return widest(bytes, pairs, keys);
    case SLUICE_TURN_CARRYLESS_WIDE:
        return wide(bytes, pairs, keys);
    case SLUICE_TURN_CARRYLESS:
        return carryless(bytes, pairs, keys);
#endif
    default:
        return plain(bytes, pairs, keys);
    }
}

struct sluice_turn_sum sluice_turn_sum(const void *bytes, size_t count, const void *keys, enum sluice_turn_way way) {
    if (!sluice_turn_knows(way)) way = SLUICE_TURN_PLAIN;
    if (count > SLUICE_TURN_BLOCK) count = SLUICE_TURN_BLOCK;
    const size_t pairs = count / 16, rest = count % 16;
    const struct sluice_turn_sum sum = whole(bytes, pairs, keys, way);
    if (rest == 0) return sum;
    uint8_t last[16] = {0};
    memcpy(last, (const uint8_t *)bytes + 16 * pairs, rest);
    const struct sluice_turn_sum end = whole(last, 1, (const uint8_t *)keys + 16 * pairs, way);
    if (way != SLUICE_TURN_PLAIN) return (struct sluice_turn_sum){sum.low ^ end.low, sum.high ^ end.high};
    const unsigned __int128 both =
        ((unsigned __int128)sum.high << 64 | sum.low) + ((unsigned __int128)end.high << 64 | end.low);
    return (struct sluice_turn_sum){(uint64_t)both, (uint64_t)(both >> 64)};
}

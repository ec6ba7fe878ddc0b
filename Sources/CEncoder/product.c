#include "product.h"

#include <stddef.h>
#include <string.h>

/* Columns of a panel. */
enum { PANEL = 64 };

static void plain(const int16_t *in, int32_t stride, int32_t rows, const int16_t *panel, int32_t depth, int32_t *out,
                  int32_t width) {
    for (int32_t row = 0; row < rows; row++) {
        const int16_t *values = in + (ptrdiff_t)row * stride;
        uint32_t sums[PANEL] = {0};
        for (int32_t k = 0; k < depth; k += 2) {
            const int16_t *pairs = panel + (ptrdiff_t)k * PANEL;
            for (int32_t n = 0; n < PANEL; n++) {
                sums[n] += (uint32_t)((int32_t)values[k] * pairs[2 * n]);
                sums[n] += (uint32_t)((int32_t)values[k + 1] * pairs[2 * n + 1]);
            }
        }
        memcpy(out + (ptrdiff_t)row * width, sums, sizeof sums);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Two neighbouring values of a row, as they stand in memory. */
static inline int32_t pair_at(const int16_t *values) {
    int32_t pair;
    memcpy(&pair, values, sizeof pair);
    return pair;
}

/*
 * One tile: ROWS rows by VECTORS vectors of columns, its sums in registers. A macro, since each instruction set needs
 * its own vector type, and a count that the compiler knows.
 */
#define TILE(NAME, TARGET, VECTOR, LANES, VECTORS, ROWS, ZERO, LOAD, SPREAD, ADD, STORE)                               \
    __attribute__((target(TARGET))) static void NAME(const int16_t *in, int32_t stride, const int16_t *panel,          \
                                                     int32_t depth, int32_t *out, int32_t width) {                     \
        VECTOR sums[ROWS][VECTORS];                                                                                    \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++)                                              \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) sums[r][v] = ZERO();                  \
        for (int32_t k = 0; k < depth; k += 2) {                                                                       \
            const int16_t *pairs = panel + (ptrdiff_t)k * PANEL;                                                       \
            VECTOR weights[VECTORS];                                                                                   \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                                       \
                weights[v] = LOAD((const VECTOR *)(pairs + 2 * LANES * v));                                            \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                        \
                VECTOR value = SPREAD(pair_at(in + (ptrdiff_t)r * stride + k));                                        \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                                   \
                    sums[r][v] = ADD(sums[r][v], value, weights[v]);                                                   \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++)                                              \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                                       \
                STORE((VECTOR *)(out + (ptrdiff_t)r * width + LANES * v), sums[r][v]);                                 \
    }

#define ADD_SSE2(sum, a, b) _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define ADD_AVX2(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define LOAD_512(p) _mm512_loadu_si512((const void *)(p))
#define STORE_512(p, v) _mm512_storeu_si512((void *)(p), v)

#define TILE_SSE2(ROWS)                                                                                                \
    TILE(sse2_##ROWS, "sse2", __m128i, 4, 2, ROWS, _mm_setzero_si128, _mm_loadu_si128, _mm_set1_epi32, ADD_SSE2,       \
         _mm_storeu_si128)
#define TILE_AVX2(ROWS)                                                                                                \
    TILE(avx2_##ROWS, "avx2", __m256i, 8, 2, ROWS, _mm256_setzero_si256, _mm256_loadu_si256, _mm256_set1_epi32,        \
         ADD_AVX2, _mm256_storeu_si256)
#define TILE_AVX512(ROWS)                                                                                              \
    TILE(avx512_##ROWS, "avx512f,avx512bw,avx512vnni", __m512i, 16, 4, ROWS, _mm512_setzero_si512, LOAD_512,           \
         _mm512_set1_epi32, _mm512_dpwssd_epi32, STORE_512)

TILE_SSE2(1)
TILE_SSE2(4)
TILE_AVX2(1)
TILE_AVX2(2)
TILE_AVX2(4)
TILE_AVX2(6)
TILE_AVX512(1)
TILE_AVX512(2)
TILE_AVX512(4)
TILE_AVX512(6)

/* One panel for all rows: as many rows at a time as the registers hold. */
static void sse2(const int16_t *in, int32_t stride, int32_t rows, const int16_t *panel, int32_t depth, int32_t *out,
                 int32_t width) {
    for (int32_t column = 0; column < PANEL; column += 8) {
        int32_t row = 0;
        const int16_t *pairs = panel + 2 * column;
        for (; row + 4 <= rows; row += 4)
            sse2_4(in + (ptrdiff_t)row * stride, stride, pairs, depth, out + (ptrdiff_t)row * width + column, width);
        for (; row < rows; row++)
            sse2_1(in + (ptrdiff_t)row * stride, stride, pairs, depth, out + (ptrdiff_t)row * width + column, width);
    }
}

static void avx2(const int16_t *in, int32_t stride, int32_t rows, const int16_t *panel, int32_t depth, int32_t *out,
                 int32_t width) {
    for (int32_t column = 0; column < PANEL; column += 16) {
        int32_t row = 0;
        const int16_t *pairs = panel + 2 * column;
        while (row < rows) {
            const int16_t *from = in + (ptrdiff_t)row * stride;
            int32_t *to = out + (ptrdiff_t)row * width + column;
            int32_t left = rows - row;
            if (left >= 6) {
                avx2_6(from, stride, pairs, depth, to, width);
                row += 6;
            } else if (left >= 4) {
                avx2_4(from, stride, pairs, depth, to, width);
                row += 4;
            } else if (left >= 2) {
                avx2_2(from, stride, pairs, depth, to, width);
                row += 2;
            } else {
                avx2_1(from, stride, pairs, depth, to, width);
                row += 1;
            }
        }
    }
}

static void avx512(const int16_t *in, int32_t stride, int32_t rows, const int16_t *panel, int32_t depth, int32_t *out,
                   int32_t width) {
    int32_t row = 0;
    while (row < rows) {
        const int16_t *from = in + (ptrdiff_t)row * stride;
        int32_t *to = out + (ptrdiff_t)row * width;
        int32_t left = rows - row;
        if (left >= 6) {
            avx512_6(from, stride, panel, depth, to, width);
            row += 6;
        } else if (left >= 4) {
            avx512_4(from, stride, panel, depth, to, width);
            row += 4;
        } else if (left >= 2) {
            avx512_2(from, stride, panel, depth, to, width);
            row += 2;
        } else {
            avx512_1(from, stride, panel, depth, to, width);
            row += 1;
        }
    }
}
#endif

enum sluice_level sluice_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
        return SLUICE_AVX512_VNNI;
    return __builtin_cpu_supports("avx2") ? SLUICE_AVX2 : SLUICE_SSE2;
#else
    return SLUICE_PLAIN;
#endif
}

void sluice_product(enum sluice_level level, const int16_t *in, int32_t stride, int32_t rows,
                    const struct sluice_matrix *matrix, int32_t *out) {
    for (int32_t column = 0; column < matrix->width; column += PANEL) {
        const int16_t *panel = matrix->weights + (ptrdiff_t)column * matrix->depth;
#if defined(__x86_64__)
        if (level == SLUICE_AVX512_VNNI)
            avx512(in, stride, rows, panel, matrix->depth, out + column, matrix->width);
        else if (level == SLUICE_AVX2)
            avx2(in, stride, rows, panel, matrix->depth, out + column, matrix->width);
        else if (level == SLUICE_SSE2)
            sse2(in, stride, rows, panel, matrix->depth, out + column, matrix->width);
        else
#endif
            plain(in, stride, rows, panel, matrix->depth, out + column, matrix->width);
    }
    (void)level;
}

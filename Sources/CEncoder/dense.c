#include <stddef.h>

#include "CEncoder.h"

/* No fused multiply-add, and each sum in the order of its terms: the same bits on every machine. */
#pragma STDC FP_CONTRACT OFF

typedef float lanes __attribute__((vector_size(64), aligned(4)));

/* ROWS rows by 32 columns, their sums in registers. */
#define BLOCK(ROWS)                                                                                                    \
    do {                                                                                                               \
        lanes sums[ROWS][2];                                                                                           \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                            \
            sums[r][0] = *(const lanes *)(out + (ptrdiff_t)(i + r) * width + j);                                       \
            sums[r][1] = *(const lanes *)(out + (ptrdiff_t)(i + r) * width + j + 16);                                  \
        }                                                                                                              \
        for (int32_t k = 0; k < depth; k++) {                                                                          \
            const float *terms = right + (ptrdiff_t)k * width + j;                                                     \
            lanes low = *(const lanes *)terms, high = *(const lanes *)(terms + 16);                                    \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                        \
                float value = left[(i + r) * row_step + k * column_step];                                              \
                sums[r][0] += low * value;                                                                             \
                sums[r][1] += high * value;                                                                            \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                            \
            *(lanes *)(out + (ptrdiff_t)(i + r) * width + j) = sums[r][0];                                             \
            *(lanes *)(out + (ptrdiff_t)(i + r) * width + j + 16) = sums[r][1];                                        \
        }                                                                                                              \
    } while (0)

#define MULTIPLY_ADD(NAME, ATTRIBUTES, ROWS)                                                                           \
    ATTRIBUTES static void NAME(const float *left, int64_t row_step, int64_t column_step, const float *right,          \
                                int32_t rows, int32_t depth, int32_t width, float *out) {                              \
        int32_t j = 0;                                                                                                 \
        for (; j + 32 <= width; j += 32) {                                                                             \
            int32_t i = 0;                                                                                             \
            for (; i + ROWS <= rows; i += ROWS) BLOCK(ROWS);                                                           \
            for (; i < rows; i++) BLOCK(1);                                                                            \
        }                                                                                                              \
        for (; j < width; j++)                                                                                         \
            for (int32_t i = 0; i < rows; i++) {                                                                       \
                float sum = out[(ptrdiff_t)i * width + j];                                                             \
                for (int32_t k = 0; k < depth; k++)                                                                    \
                    sum += right[(ptrdiff_t)k * width + j] * left[i * row_step + k * column_step];                     \
                out[(ptrdiff_t)i * width + j] = sum;                                                                   \
            }                                                                                                          \
    }

MULTIPLY_ADD(baseline, , 1)
#if defined(__x86_64__)
MULTIPLY_ADD(avx2, __attribute__((target("avx2"))), 3)
MULTIPLY_ADD(avx512, __attribute__((target("avx512f"))), 8)
#endif

void sluice_multiply_add(const float *left, int64_t row_step, int64_t column_step, const float *right, int32_t rows,
                         int32_t depth, int32_t width, float *out) {
#if defined(__x86_64__)
    enum sluice_level level = sluice_best_level();
    if (level == SLUICE_AVX512_VNNI) return avx512(left, row_step, column_step, right, rows, depth, width, out);
    if (level == SLUICE_AVX2) return avx2(left, row_step, column_step, right, rows, depth, width, out);
#endif
    baseline(left, row_step, column_step, right, rows, depth, width, out);
}

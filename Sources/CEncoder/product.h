/* Products of 16-bit matrices, summed in 32 bits; every version gives the same bits. */
#ifndef PRODUCT_H
#define PRODUCT_H

#include "CEncoder.h"

/*
 * out[m][n] = sum over k of in[m][k] * weights[k][n], modulo 2^32.
 * `stride` parts the rows of `in` (rows may overlap: that is how a window over tokens is read), `out` is dense.
 */
void sluice_product(enum sluice_level level, const int16_t *in, int32_t stride, int32_t rows,
                    const struct sluice_matrix *matrix, int32_t *out);

#endif

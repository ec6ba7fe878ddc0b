/*
 * The arithmetic of the sentence encoder: what must be quick, and nothing else.
 *
 * Matrices are products of 16-bit integers summed in 32 bits, so every instruction set gives the same bits. What is in
 * floating point runs lane by lane in one fixed order, without fused multiply-add and without libm.
 */
#ifndef CENCODER_H
#define CENCODER_H

#include <stdint.h>

enum {
    SLUICE_EMBEDDING = 512,
    SLUICE_BRANCH = 256,
    SLUICE_BRANCHES = 3,
    SLUICE_FEATURES = 1280,
    SLUICE_HIDDEN = 320,
    SLUICE_CHUNKS = 17,
    /* The longest sequence that one call takes, and the most pooled ranges. */
    SLUICE_MOST_TOKENS = 256,
    SLUICE_MOST_RANGES = 64,
};

/* Weights of `depth` x `width`, in panels of 64 columns; in a panel two rows of a column stand side by side. */
struct sluice_matrix {
    const int16_t *weights;
    int32_t depth;
    int32_t width;
    float scale;
};

/* Everything of the encoder's file that the arithmetic reads. */
struct sluice_encoder {
    /* Six-bit embeddings, 512 bytes a piece, and what a step and the zero of each chunk are worth. */
    const uint8_t *table;
    uint32_t pieces;
    const float *chunk_scale;
    const float *chunk_low;
    /* The three branches' projections side by side: scale of each column, sum of each column's weights, bias. */
    struct sluice_matrix projection;
    const float *projection_scale;
    const float *projection_sum;
    const float *projection_bias;
    const float *branch_gain;
    const float *branch_shift;
    struct sluice_matrix first[SLUICE_BRANCHES];
    const float *first_bias[SLUICE_BRANCHES];
    struct sluice_matrix second[SLUICE_BRANCHES];
    const float *second_bias[SLUICE_BRANCHES];
    const float *feature_gain;
    const float *feature_shift;
    struct sluice_matrix pooled;
    const float *pooled_bias;
    /* The residual layers behind the pooled features. */
    struct sluice_matrix d0, d1, d2, d3, p1, p3;
    float epsilon;
};

/* Instruction sets, from the plainest on. */
enum sluice_level { SLUICE_PLAIN = 0, SLUICE_SSE2 = 1, SLUICE_AVX2 = 2, SLUICE_AVX512_VNNI = 3 };

/* The best level that this machine has. */
enum sluice_level sluice_best_level(void);

/* Bytes of scratch memory that `sluice_features` and `sluice_pool` need; aligned to 64 bytes by the caller. */
uint64_t sluice_scratch_bytes(void);

/*
 * Features of each token of a sequence, 1280 floats a token.
 * `count` is in 1...SLUICE_MOST_TOKENS; an id beyond the table counts as 0.
 */
void sluice_features(const struct sluice_encoder *encoder, enum sluice_level level, const uint32_t *ids, int32_t count,
                     void *scratch, float *features);

/*
 * Embeddings of unit length, 512 floats each, of ranges of tokens: `ranges` holds first and end of each.
 * Ranges must be filled, and lie within the features.
 */
void sluice_pool(const struct sluice_encoder *encoder, enum sluice_level level, const float *features,
                 const int32_t *ranges, int32_t count, void *scratch, float *embeddings);

/*
 * out[i][j] = out[i][j] + sum over k of left(i, k) * right[k][j], summed in the order of k.
 * left(i, k) stands at left[i * row_step + k * column_step]; `right` and `out` are dense, `width` columns wide.
 */
void sluice_multiply_add(const float *left, int64_t row_step, int64_t column_step, const float *right, int32_t rows,
                         int32_t depth, int32_t width, float *out);

#include "CTransformer.h"

#endif

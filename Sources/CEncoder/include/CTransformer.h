/*
 * The arithmetic of a small transformer: twelve layers over at most SLUICE_T_TOKENS tokens, the mean of what comes out.
 *
 * Matrices are products of 16-bit integers summed in 32 bits (`sluice_matrix`); everything else runs lane by lane in one
 * fixed order, without fused multiply-add and without libm: the same bits on every machine.
 */
#ifndef CTRANSFORMER_H
#define CTRANSFORMER_H

#include "CEncoder.h"

enum {
    SLUICE_T_WIDTH = 384,
    SLUICE_T_LAYERS = 12,
    SLUICE_T_HEADS = 12,
    SLUICE_T_INNER = 1536,
    /* The longest sequence that one call takes, its begin and end counted. */
    SLUICE_T_TOKENS = 128,
    /* Bytes of one piece's embedding: twelve blocks of a 16-bit scale and thirty-two numbers of four bits. */
    SLUICE_T_ROW = 216,
    /* The largest step of an activation: with it no sum of products leaves 32 bits (the file's scales see to it). */
    SLUICE_T_STEPS = 4095,
};

struct sluice_layer {
    /* Queries, keys and values side by side; what attention gives; the two layers behind it. */
    struct sluice_matrix attention, output, inner, outer;
    /* What a whole step of each column is worth, and the biases. */
    const float *attention_scale, *output_scale, *inner_scale, *outer_scale;
    const float *attention_bias, *output_bias, *inner_bias, *outer_bias;
    const float *first_gain, *first_shift, *second_gain, *second_shift;
};

/* Everything of the file that the arithmetic reads. */
struct sluice_transformer {
    const uint8_t *table;
    uint32_t pieces;
    /* One row of numbers for each place of the sequence, the token type's added. */
    const float *places;
    const float *gain, *shift;
    struct sluice_layer layers[SLUICE_T_LAYERS];
    float epsilon;
};

/* Bytes of scratch memory that one call needs; aligned to 64 bytes by the caller. */
uint64_t sluice_transformer_scratch_bytes(void);

/*
 * The embedding of a sequence, SLUICE_T_WIDTH numbers, of unit length.
 * `count` is in 1...SLUICE_T_TOKENS; an id beyond the table counts as 0.
 */
void sluice_transform(const struct sluice_transformer *model, enum sluice_level level, const uint32_t *ids,
                      int32_t count, void *scratch, float *embedding);

#endif

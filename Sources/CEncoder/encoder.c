#include <stddef.h>
#include <string.h>

#include "lanes.h"
#include "product.h"

enum {
    PROJECTED = SLUICE_BRANCH * SLUICE_BRANCHES,
    /* Rows of zeros before and after a sequence, for windows that reach out of it. */
    MARGIN = 2,
    PADDED = SLUICE_MOST_TOKENS + 2 * MARGIN,
};

/* Steps of a 16-bit activation: what 1.0 is, in front of the first and of the second convolution. */
static const float FIRST_STEP = 512, SECOND_STEP = 256;

/* How far the windows of 2, 3 and 5 tokens reach to the left. */
static const int32_t LEFT[SLUICE_BRANCHES] = {0, 1, 2};

struct scratch {
    int16_t rows[SLUICE_MOST_TOKENS * SLUICE_EMBEDDING];
    int32_t sums[SLUICE_MOST_TOKENS * PROJECTED];
    float projected[SLUICE_MOST_TOKENS * PROJECTED];
    float hidden[SLUICE_MOST_TOKENS * SLUICE_BRANCH];
    int16_t padded[PADDED * SLUICE_BRANCH];
    float pooled[SLUICE_MOST_RANGES * SLUICE_FEATURES];
    float layers[3][SLUICE_MOST_RANGES * SLUICE_EMBEDDING];
    float other[SLUICE_MOST_RANGES * SLUICE_EMBEDDING];
};

uint64_t sluice_scratch_bytes(void) { return sizeof(struct scratch); }

/* Takes mean and spread out of a row, then scales and shifts it. */
static void normalise(float *row, int32_t width, const float *gain, const float *shift, float epsilon) {
    lanes sum = {0};
    for (int32_t n = 0; n < width; n += 16) sum += FROM(row + n);
    lanes mean = ALL(total(&sum) / (float)width);
    lanes squares = {0};
    for (int32_t n = 0; n < width; n += 16) {
        lanes value = FROM(row + n) - mean;
        squares += value * value;
        AT(row + n) = value;
    }
    lanes factor = ALL(1 / __builtin_sqrtf(total(&squares) / (float)width + epsilon));
    for (int32_t n = 0; n < width; n += 16)
        AT(row + n) = FROM(row + n) * factor * FROM(gain + n) + FROM(shift + n);
}

/* Rounds to 16 bits, the half away from zero; what is too large becomes the largest. */
static void quantise(const float *from, int32_t count, float step, int16_t *to) {
    for (int32_t n = 0; n < count; n++) {
        float value = from[n] * step;
        value = value > 32767 ? 32767 : value < -32767 ? -32767 : value;
        to[n] = (int16_t)(value + (value < 0 ? -0.5f : 0.5f));
    }
}

/* Looks up the tokens' embeddings: as integers for the projection, and as they are. */
static void embed(const struct sluice_encoder *e, const uint32_t *ids, int32_t count, int16_t *rows, float *features) {
    for (int32_t t = 0; t < count; t++) {
        uint32_t id = ids[t] < e->pieces ? ids[t] : 0;
        const uint8_t *row = e->table + (size_t)id * SLUICE_EMBEDDING;
        float scale = e->chunk_scale[id % SLUICE_CHUNKS], low = e->chunk_low[id % SLUICE_CHUNKS];
        int16_t *to = rows + (ptrdiff_t)t * SLUICE_EMBEDDING;
        float *values = features + (ptrdiff_t)t * SLUICE_FEATURES;
        for (int32_t n = 0; n < SLUICE_EMBEDDING; n++) {
            to[n] = row[n];
            values[n] = (float)row[n] * scale + low;
        }
    }
}

/* Projects each token into the three branches. */
static void project(const struct sluice_encoder *e, enum sluice_level level, const uint32_t *ids, int32_t count,
                    struct scratch *s) {
    sluice_product(level, s->rows, SLUICE_EMBEDDING, count, &e->projection, s->sums);
    for (int32_t t = 0; t < count; t++) {
        uint32_t id = ids[t] < e->pieces ? ids[t] : 0;
        lanes scale = ALL(e->chunk_scale[id % SLUICE_CHUNKS]), low = ALL(e->chunk_low[id % SLUICE_CHUNKS]);
        float *row = s->projected + (ptrdiff_t)t * PROJECTED;
        const int32_t *sums = s->sums + (ptrdiff_t)t * PROJECTED;
        for (int32_t n = 0; n < PROJECTED; n += 16) {
            lanes sum = AS_FLOATS(sums + n);
            lanes value = (sum * scale + FROM(e->projection_sum + n) * low) * FROM(e->projection_scale + n);
            AT(row + n) = value + FROM(e->projection_bias + n);
        }
        normalise(row, PROJECTED, e->branch_gain, e->branch_shift, e->epsilon);
    }
}

/* One convolution: out = rectified(window * weights + bias) + in, in rows of `in_stride` and `out_stride` floats. */
static void convolve(const struct sluice_matrix *matrix, const float *bias, enum sluice_level level, int32_t left,
                     float step, const float *in, int32_t in_stride, int32_t count, struct scratch *s, float *out,
                     int32_t out_stride) {
    memset(s->padded, 0, sizeof(int16_t) * MARGIN * SLUICE_BRANCH);
    for (int32_t t = 0; t < count; t++)
        quantise(in + (ptrdiff_t)t * in_stride, SLUICE_BRANCH, step,
                 s->padded + (ptrdiff_t)(MARGIN + t) * SLUICE_BRANCH);
    memset(s->padded + (ptrdiff_t)(MARGIN + count) * SLUICE_BRANCH, 0, sizeof(int16_t) * MARGIN * SLUICE_BRANCH);
    sluice_product(level, s->padded + (ptrdiff_t)(MARGIN - left) * SLUICE_BRANCH, SLUICE_BRANCH, count, matrix, s->sums);
    lanes scale = ALL(matrix->scale / step);
    for (int32_t t = 0; t < count; t++) {
        const int32_t *sums = s->sums + (ptrdiff_t)t * SLUICE_BRANCH;
        const float *from = in + (ptrdiff_t)t * in_stride;
        float *to = out + (ptrdiff_t)t * out_stride;
        for (int32_t n = 0; n < SLUICE_BRANCH; n += 16) {
            lanes value = AS_FLOATS(sums + n) * scale + FROM(bias + n);
            lanes positive = (lanes)((counts)value & (value > 0));
            AT(to + n) = positive + FROM(from + n);
        }
    }
}

void sluice_features(const struct sluice_encoder *e, enum sluice_level level, const uint32_t *ids, int32_t count,
                     void *memory, float *features) {
    if (count < 1 || count > SLUICE_MOST_TOKENS) return;
    struct scratch *s = memory;
    embed(e, ids, count, s->rows, features);
    project(e, level, ids, count, s);
    for (int b = 0; b < SLUICE_BRANCHES; b++) {
        const float *in = s->projected + (ptrdiff_t)b * SLUICE_BRANCH;
        float *out = features + SLUICE_EMBEDDING + (ptrdiff_t)b * SLUICE_BRANCH;
        convolve(&e->first[b], e->first_bias[b], level, LEFT[b], FIRST_STEP, in, PROJECTED, count, s, s->hidden,
                 SLUICE_BRANCH);
        convolve(&e->second[b], e->second_bias[b], level, LEFT[b], SECOND_STEP, s->hidden, SLUICE_BRANCH, count, s, out,
                 SLUICE_FEATURES);
    }
    for (int32_t t = 0; t < count; t++)
        normalise(features + (ptrdiff_t)t * SLUICE_FEATURES, SLUICE_FEATURES, e->feature_gain, e->feature_shift,
                  e->epsilon);
}

/* out = in * matrix, each row of `in` rounded to 14 bits by its own largest value. */
static void multiply(const struct sluice_matrix *matrix, enum sluice_level level, const float *in, int32_t rows,
                     struct scratch *s, float *out) {
    float steps[SLUICE_MOST_RANGES];
    for (int32_t r = 0; r < rows; r++) {
        const float *row = in + (ptrdiff_t)r * matrix->depth;
        float largest = 0;
        for (int32_t k = 0; k < matrix->depth; k++) {
            float size = row[k] < 0 ? -row[k] : row[k];
            largest = size > largest ? size : largest;
        }
        steps[r] = largest > 1e-20f ? 8191 / largest : 1;
        quantise(row, matrix->depth, steps[r], s->rows + (ptrdiff_t)r * matrix->depth);
    }
    sluice_product(level, s->rows, matrix->depth, rows, matrix, s->sums);
    for (int32_t r = 0; r < rows; r++) {
        float scale = matrix->scale / steps[r];
        for (int32_t n = 0; n < matrix->width; n++) {
            ptrdiff_t place = (ptrdiff_t)r * matrix->width + n;
            out[place] = (float)s->sums[place] * scale;
        }
    }
}

static void rectify(float *values, int32_t count) {
    for (int32_t n = 0; n < count; n++) values[n] = values[n] > 0 ? values[n] : 0;
}

/* The hyperbolic tangent, to about 1e-7: from the exponential by halves of ln 2 and seven terms. */
static float tangent(float x) {
    float y = 2 * (x > 10 ? 10 : x < -10 ? -10 : x);
    float turns = y * 1.44269504f;
    int32_t whole = (int32_t)(turns + (turns < 0 ? -0.5f : 0.5f));
    float rest = y - (float)whole * 0.693359375f;
    rest = rest - (float)whole * -2.12194440e-4f;
    float sum = 1 + rest / 7;
    for (int term = 6; term > 0; term--) sum = 1 + rest * sum / (float)term;
    union {
        uint32_t bits;
        float value;
    } power = {.bits = (uint32_t)(whole + 127) << 23};
    float grown = sum * power.value;
    return 1 - 2 / (grown + 1);
}

static void unit(float *row) {
    lanes squares = {0};
    for (int32_t n = 0; n < SLUICE_EMBEDDING; n++) row[n] = tangent(row[n]);
    for (int32_t n = 0; n < SLUICE_EMBEDDING; n += 16) squares += FROM(row + n) * FROM(row + n);
    float size = total(&squares);
    float factor = 1 / __builtin_sqrtf(size > 1e-12f ? size : 1e-12f);
    for (int32_t n = 0; n < SLUICE_EMBEDDING; n++) row[n] *= factor;
}

void sluice_pool(const struct sluice_encoder *e, enum sluice_level level, const float *features, const int32_t *ranges,
                 int32_t count, void *memory, float *embeddings) {
    if (count < 1 || count > SLUICE_MOST_RANGES) return;
    struct scratch *s = memory;
    for (int32_t r = 0; r < count; r++) {
        float *sum = s->pooled + (ptrdiff_t)r * SLUICE_FEATURES;
        memset(sum, 0, sizeof(float) * SLUICE_FEATURES);
        for (int32_t t = ranges[2 * r]; t < ranges[2 * r + 1]; t++)
            for (int32_t n = 0; n < SLUICE_FEATURES; n += 16)
                AT(sum + n) = FROM(sum + n) + FROM(features + (ptrdiff_t)t * SLUICE_FEATURES + n);
    }
    float *mean = s->other, *y0 = s->layers[0], *y1 = s->layers[1], *y2 = s->layers[2];
    multiply(&e->pooled, level, s->pooled, count, s, mean);
    for (int32_t r = 0; r < count; r++) {
        float tokens = (float)(ranges[2 * r + 1] - ranges[2 * r]);
        float factor = 1 / __builtin_sqrtf(tokens);
        float *row = mean + (ptrdiff_t)r * SLUICE_EMBEDDING;
        for (int32_t n = 0; n < SLUICE_EMBEDDING; n++) row[n] = (row[n] + tokens * e->pooled_bias[n]) * factor;
    }
    multiply(&e->d0, level, mean, count, s, y0);
    rectify(y0, count * SLUICE_HIDDEN);
    multiply(&e->p1, level, mean, count, s, y1);
    multiply(&e->d1, level, y0, count, s, y2);
    for (int32_t n = 0; n < count * SLUICE_HIDDEN; n++) y1[n] += y2[n];
    rectify(y1, count * SLUICE_HIDDEN);
    multiply(&e->d2, level, y1, count, s, y2);
    rectify(y2, count * SLUICE_EMBEDDING);
    multiply(&e->p3, level, y1, count, s, embeddings);
    multiply(&e->d3, level, y2, count, s, mean);
    for (int32_t n = 0; n < count * SLUICE_EMBEDDING; n++) embeddings[n] += mean[n];
    for (int32_t r = 0; r < count; r++) unit(embeddings + (ptrdiff_t)r * SLUICE_EMBEDDING);
}

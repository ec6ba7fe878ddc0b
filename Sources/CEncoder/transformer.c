#include "CTransformer.h"

#include <stddef.h>
#include <string.h>

#include "lanes.h"
#include "product.h"

enum {
    WIDTH = SLUICE_T_WIDTH,
    INNER = SLUICE_T_INNER,
    TOKENS = SLUICE_T_TOKENS,
    HEADS = SLUICE_T_HEADS,
    HEAD = WIDTH / HEADS,
    BLOCK = 32,
    BLOCK_BYTES = 18,
};

struct scratch {
    int16_t rows[TOKENS * INNER];
    int32_t sums[TOKENS * INNER];
    float worth[TOKENS];
    float x[TOKENS * WIDTH];
    float wide[TOKENS * INNER];
    float context[TOKENS * WIDTH];
    float keys[HEAD * TOKENS];
    float values[TOKENS * HEAD];
    float chances[TOKENS * TOKENS];
    float mixed[TOKENS * HEAD];
};

uint64_t sluice_transformer_scratch_bytes(void) { return sizeof(struct scratch); }

#define CHOOSE(mask, yes, no) ((lanes)(((counts)(yes) & (mask)) | ((counts)(no) & ~(mask))))

/* e to the power of each lane, of which none is above 0: halves of ln 2, then six terms; about 1e-7 off. */
static inline void exponential(lanes *power) {
    lanes x = *power;
    x = CHOOSE(x < -87, ALL(-87), x);
    counts whole = __builtin_convertvector(x * 1.44269504f - 0.5f, counts);
    lanes turns = __builtin_convertvector(whole, lanes);
    lanes rest = x - turns * 0.693359375f;
    rest = rest - turns * -2.12194440e-4f;
    lanes sum = ALL(1.9875691500e-4f);
    sum = sum * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1;
    *power = sum * (lanes)((whole + 127) << 23);
}

/* x times the chance that a normal number is below x; Abramowitz and Stegun 7.1.26, 1.5e-7 off. */
static void gaussian(float *values, int32_t count) {
    for (int32_t n = 0; n < count; n += 16) {
        lanes x = FROM(values + n);
        lanes z = CHOOSE(x < 0, -x, x) * 0.70710678f;
        lanes t = 1 / (1 + z * 0.3275911f);
        lanes tail = -(z * z);
        exponential(&tail);
        lanes sum = ALL(1.061405429f);
        sum = sum * t - 1.453152027f;
        sum = sum * t + 1.421413741f;
        sum = sum * t - 0.284496736f;
        sum = sum * t + 0.254829592f;
        lanes beyond = sum * t * tail * 0.5f;
        AT(values + n) = x * CHOOSE(x < 0, beyond, 1 - beyond);
    }
}

/* Takes mean and spread out of a row, then scales and shifts it. */
static void normalise(float *row, const float *gain, const float *shift, float epsilon) {
    lanes sum = {0};
    for (int32_t n = 0; n < WIDTH; n += 16) sum += FROM(row + n);
    lanes mean = ALL(total(&sum) / (float)WIDTH);
    lanes squares = {0};
    for (int32_t n = 0; n < WIDTH; n += 16) {
        lanes value = FROM(row + n) - mean;
        squares += value * value;
        AT(row + n) = value;
    }
    lanes factor = ALL(1 / __builtin_sqrtf(total(&squares) / (float)WIDTH + epsilon));
    for (int32_t n = 0; n < WIDTH; n += 16) AT(row + n) = FROM(row + n) * factor * FROM(gain + n) + FROM(shift + n);
}

/* A 16-bit floating point number. */
static float half(const uint8_t *bytes) {
    uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
    int32_t exponent = (int32_t)(bits >> 10 & 31);
    float size = (float)(bits & 1023);
    if (exponent > 0) size += 1024;
    union {
        uint32_t bits;
        float value;
    } power = {.bits = (uint32_t)(127 - 25 + (exponent > 0 ? exponent : 1)) << 23};
    float value = size * power.value;
    return bits & 0x8000 ? -value : value;
}

/* A piece's embedding and its place's. */
static void look_up(const struct sluice_transformer *m, uint32_t id, int32_t place, float *row) {
    const uint8_t *block = m->table + (size_t)(id < m->pieces ? id : 0) * SLUICE_T_ROW;
    const float *own = m->places + (ptrdiff_t)place * WIDTH;
    for (int32_t n = 0; n < WIDTH; n += BLOCK, block += BLOCK_BYTES) {
        float scale = half(block);
        for (int32_t k = 0; k < BLOCK / 2; k++) {
            row[n + k] = (float)((block[2 + k] & 15) - 8) * scale + own[n + k];
            row[n + k + BLOCK / 2] = (float)((block[2 + k] >> 4) - 8) * scale + own[n + k + BLOCK / 2];
        }
    }
}

/* Rounds each row to whole steps of its own largest value. */
static void quantise(const float *from, int32_t rows, int32_t width, struct scratch *s) {
    for (int32_t r = 0; r < rows; r++) {
        const float *row = from + (ptrdiff_t)r * width;
        lanes largest = {0};
        for (int32_t n = 0; n < width; n += 16) {
            lanes value = FROM(row + n);
            lanes size = CHOOSE(value < 0, -value, value);
            largest = CHOOSE(size > largest, size, largest);
        }
        float most = 1e-20f;
        for (int i = 0; i < 16; i++) most = largest[i] > most ? largest[i] : most;
        float step = (float)SLUICE_T_STEPS / most;
        s->worth[r] = 1 / step;
        int16_t *to = s->rows + (ptrdiff_t)r * width;
        for (int32_t n = 0; n < width; n += 16) {
            lanes value = FROM(row + n) * step;
            counts whole = __builtin_convertvector(value + CHOOSE(value < 0, ALL(-0.5f), ALL(0.5f)), counts);
            typedef int16_t narrow __attribute__((vector_size(32), aligned(2)));
            *(narrow *)(to + n) = __builtin_convertvector(whole, narrow);
        }
    }
}

/* out = in * matrix + bias, of rows that were quantised. */
static void multiply(const struct sluice_matrix *matrix, enum sluice_level level, const float *scale, const float *bias,
                     int32_t rows, struct scratch *s, float *out) {
    sluice_product(level, s->rows, matrix->depth, rows, matrix, s->sums);
    for (int32_t r = 0; r < rows; r++) {
        lanes worth = ALL(s->worth[r]);
        ptrdiff_t place = (ptrdiff_t)r * matrix->width;
        for (int32_t n = 0; n < matrix->width; n += 16)
            AT(out + place + n) = AS_FLOATS(s->sums + place + n) * worth * FROM(scale + n) + FROM(bias + n);
    }
}

/* Turns one row of likenesses into chances; what lies behind `count` becomes 0. */
static void soften(float *row, int32_t count, int32_t padded) {
    for (int32_t n = count; n < padded; n++) row[n] = -1e30f;
    float largest = row[0];
    for (int32_t n = 1; n < count; n++) largest = row[n] > largest ? row[n] : largest;
    lanes sum = {0};
    for (int32_t n = 0; n < padded; n += 16) {
        lanes value = FROM(row + n) - largest;
        counts isThere = value > -1e20f;
        exponential(&value);
        value = (lanes)((counts)value & isThere);
        AT(row + n) = value;
        sum += value;
    }
    lanes share = ALL(1 / total(&sum));
    for (int32_t n = 0; n < padded; n += 16) AT(row + n) = FROM(row + n) * share;
}

/* Each token takes from the values of all, by how like its query is to their keys. */
static void attend(const float *all, int32_t count, struct scratch *s) {
    int32_t padded = (count + 31) / 32 * 32;
    for (int32_t h = 0; h < HEADS; h++) {
        const float *query = all + h * HEAD, *key = query + WIDTH, *value = key + WIDTH;
        for (int32_t k = 0; k < HEAD; k++)
            for (int32_t t = 0; t < padded; t++)
                s->keys[k * padded + t] = t < count ? key[(ptrdiff_t)t * 3 * WIDTH + k] * 0.17677670f : 0;
        for (int32_t t = 0; t < count; t++)
            memcpy(s->values + t * HEAD, value + (ptrdiff_t)t * 3 * WIDTH, HEAD * sizeof(float));
        memset(s->chances, 0, sizeof(float) * (size_t)(count * padded));
        sluice_multiply_add(query, 3 * WIDTH, 1, s->keys, count, HEAD, padded, s->chances);
        for (int32_t t = 0; t < count; t++) soften(s->chances + t * padded, count, padded);
        memset(s->mixed, 0, sizeof(float) * (size_t)(count * HEAD));
        sluice_multiply_add(s->chances, padded, 1, s->values, count, count, HEAD, s->mixed);
        for (int32_t t = 0; t < count; t++)
            memcpy(s->context + (ptrdiff_t)t * WIDTH + h * HEAD, s->mixed + t * HEAD, HEAD * sizeof(float));
    }
}

/* x = normalised(x + more), row by row. */
static void add(float *x, const float *more, int32_t rows, const float *gain, const float *shift, float epsilon) {
    for (int32_t n = 0; n < rows * WIDTH; n += 16) AT(x + n) = FROM(x + n) + FROM(more + n);
    for (int32_t r = 0; r < rows; r++) normalise(x + (ptrdiff_t)r * WIDTH, gain, shift, epsilon);
}

void sluice_transform(const struct sluice_transformer *m, enum sluice_level level, const uint32_t *ids, int32_t count,
                      void *memory, float *embedding) {
    if (count < 1 || count > TOKENS) return;
    struct scratch *s = memory;
    for (int32_t t = 0; t < count; t++) {
        look_up(m, ids[t], t, s->x + (ptrdiff_t)t * WIDTH);
        normalise(s->x + (ptrdiff_t)t * WIDTH, m->gain, m->shift, m->epsilon);
    }
    for (int l = 0; l < SLUICE_T_LAYERS; l++) {
        const struct sluice_layer *layer = &m->layers[l];
        quantise(s->x, count, WIDTH, s);
        multiply(&layer->attention, level, layer->attention_scale, layer->attention_bias, count, s, s->wide);
        attend(s->wide, count, s);
        quantise(s->context, count, WIDTH, s);
        multiply(&layer->output, level, layer->output_scale, layer->output_bias, count, s, s->wide);
        add(s->x, s->wide, count, layer->first_gain, layer->first_shift, m->epsilon);
        quantise(s->x, count, WIDTH, s);
        multiply(&layer->inner, level, layer->inner_scale, layer->inner_bias, count, s, s->wide);
        gaussian(s->wide, count * INNER);
        quantise(s->wide, count, INNER, s);
        multiply(&layer->outer, level, layer->outer_scale, layer->outer_bias, count, s, s->context);
        add(s->x, s->context, count, layer->second_gain, layer->second_shift, m->epsilon);
    }
    lanes squares = {0};
    for (int32_t n = 0; n < WIDTH; n += 16) {
        lanes sum = {0};
        for (int32_t t = 0; t < count; t++) sum += FROM(s->x + (ptrdiff_t)t * WIDTH + n);
        AT(embedding + n) = sum / (float)count;
        squares += FROM(embedding + n) * FROM(embedding + n);
    }
    float size = total(&squares);
    float factor = 1 / __builtin_sqrtf(size > 1e-12f ? size : 1e-12f);
    for (int32_t n = 0; n < WIDTH; n++) embedding[n] *= factor;
}

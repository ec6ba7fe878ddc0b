/* Sixteen lanes at once: what both encoders do in floating point, in one fixed order. */
#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>

/* No fused multiply-add: the same bits on every machine. */
#pragma STDC FP_CONTRACT OFF

/* Sixteen lanes, however many registers a machine needs for them. */
typedef float lanes __attribute__((vector_size(64), aligned(4)));
typedef int32_t counts __attribute__((vector_size(64), aligned(4)));

/* Macros, since how a function would take sixteen lanes depends on the machine. */
#define AT(place) (*(lanes *)(place))
#define FROM(place) (*(const lanes *)(place))
#define ALL(value) ((lanes){0} + (value))
#define AS_FLOATS(place) __builtin_convertvector(*(const counts *)(place), lanes)

/* The sum of the lanes: halves, quarters and so on. */
static inline float total(const lanes *v) {
    float a[16];
    memcpy(a, v, sizeof a);
    for (int width = 8; width > 0; width /= 2)
        for (int i = 0; i < width; i++) a[i] = a[i] + a[i + width];
    return a[0];
}

#endif

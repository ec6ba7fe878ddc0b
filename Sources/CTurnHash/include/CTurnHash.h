/*
 * The inner sum of the keyed hash that tells a conversation again: what must be quick, and nothing else.
 *
 * Words of 64 bits, each with its key, are multiplied in pairs and the products of 128 bits added up; without carries where the
 * processor can, with them elsewhere. Either way two different blocks of one length have one sum under 2^-64 of the keys.
 * The sums of one process are made in one way, and mean nothing outside of it.
 */
#ifndef CTURNHASH_H
#define CTURNHASH_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a block at most, and of the keys. */
enum { SLUICE_TURN_BLOCK = 4096 };

struct sluice_turn_sum {
    uint64_t low;
    uint64_t high;
};

/* The ways in which blocks are summed, the quickest last. */
enum sluice_turn_way {
    SLUICE_TURN_PLAIN,
    SLUICE_TURN_CARRYLESS,
    SLUICE_TURN_CARRYLESS_WIDE,
    SLUICE_TURN_CARRYLESS_WIDEST,
};

/* Whether this processor knows a way. */
int sluice_turn_knows(enum sluice_turn_way way);

/* The quickest way that this processor knows. */
enum sluice_turn_way sluice_turn_best(void);

/*
 * The sum of `count` bytes, at most SLUICE_TURN_BLOCK, under as many bytes of keys. What is missing to a whole pair counts as
 * zeros; the length is not in the sum. A way that this processor does not know is the plain one.
 */
struct sluice_turn_sum sluice_turn_sum(const void *bytes, size_t count, const void *keys, enum sluice_turn_way way);

#endif

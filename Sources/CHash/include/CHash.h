/*
 * Hashes that are made for every request, by the quickest instructions of the processor: the same bits on every machine.
 */
#ifndef CHASH_H
#define CHASH_H

#include <stddef.h>
#include <stdint.h>

/* Whether this processor has an instruction for CRC-32C. */
int sluice_has_crc32c(void);

/* CRC-32C over `count` bytes; only where the processor has the instruction. */
uint32_t sluice_crc32c(const void *bytes, size_t count);

/* How many hashes are made together: arrays have room for a multiple of it. */
enum { SLUICE_HASH_LANES = 8 };

/* The ways in which hashes are made, the quickest last. */
enum sluice_hash_way { SLUICE_HASH_PLAIN, SLUICE_HASH_AVX2, SLUICE_HASH_AVX512 };

/* The quickest way that this processor knows. */
enum sluice_hash_way sluice_hash_best(void);

/*
 * SipHash-1-3 of words of at most fifteen bytes: the first eight, the rest, and their number; zero past the last byte. `out` may
 * be `low`. A way that this processor does not know must not be asked for.
 */
void sluice_hash_words(const uint64_t *low, const uint64_t *high, const uint64_t *lengths, uint64_t *out, size_t count,
                       uint64_t k0, uint64_t k1, enum sluice_hash_way way);

/* The hashes of two hashes in order, as the watch combines them. */
void sluice_hash_pairs(const uint64_t *first, const uint64_t *second, uint64_t *out, size_t count, uint64_t k0,
                       uint64_t k1, enum sluice_hash_way way);

#endif

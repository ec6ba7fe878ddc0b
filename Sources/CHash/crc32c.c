#include "CHash.h"

#include <string.h>

#if defined(__x86_64__)

int sluice_has_crc32c(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2"))) uint32_t sluice_crc32c(const void *bytes, size_t count) {
    const uint8_t *at = bytes;
    uint64_t sum = 0xFFFFFFFF;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        sum = __builtin_ia32_crc32di(sum, word);
    }
    for (; count > 0; count--, at++) sum = __builtin_ia32_crc32qi((uint32_t)sum, *at);
    return ~(uint32_t)sum;
}

#else

int sluice_has_crc32c(void) { return 0; }

uint32_t sluice_crc32c(const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return 0;
}

#endif

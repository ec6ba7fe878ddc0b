#pragma once
#include <stdint.h>

/// Asks that the calling thread is given turns of this length, in nanoseconds: shorter ones come sooner (Linux 6.12; before that
/// it changes nothing).
///
/// Returns 0, or what errno says where the system does not let it.
int sluice_ask_for_turns(uint64_t nanoseconds);

/// Lets threads that wake go before the calling one, which has its full share all the same (SCHED_BATCH).
///
/// Returns 0, or what errno says where the system does not let it.
int sluice_give_way(void);

// What fast and guarded mutexes share: acquire, try and release of the mutex itself, checked and
// recorded.  What the level and the APC counters do meanwhile is each family's own.
#pragma once
#include "emu/locks/fast_mutex.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/lock_evidence.hpp"
#include "emu/verify/fast_mutex_rules.hpp"

namespace emu::nt {

inline FAST_MUTEX &mutex_of(const verify::call &at) {
    return *static_cast<FAST_MUTEX *>(const_cast<void *>(at.object));
}

inline locks::fast_mutex::layout &words_of(const verify::call &at) {
    return locks::fast_mutex::layout_of(const_cast<void *>(at.object));
}

/// Since Windows 8 a guarded mutex is a fast mutex under another name.
inline bool guarded_mutexes_are_fast() {
    constexpr std::uint16_t windows_7 = 0x0601;
    return machine::options().target > windows_7;
}

/// Makes a free mutex of either family; OldIrql stays as it was, as on Windows.
void initialize_mutex(const verify::call &at);

/// Waits until the mutex is the context's, and records it.  `irql_before` as for note_held; a
/// level is also kept in the mutex, by an old guarded mutex the counter of special APCs.
void take_mutex(const verify::call &at, lock_family family, std::uint8_t irql_before);

/// As take_mutex if that needs no wait.
bool try_take_mutex(const verify::call &at, lock_family family, std::uint8_t irql_before);

/// Checks, drops the record, frees the mutex.  The level that the acquire found is to be read
/// before.
void give_back_mutex(const verify::call &at, bool unsafe, bool lowers);

}  // namespace emu::nt

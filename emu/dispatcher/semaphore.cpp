#include "emu/dispatcher/semaphore.hpp"

#include "emu/dispatcher/core.hpp"

namespace emu::dispatcher {

void initialize_semaphore(KSEMAPHORE &semaphore, LONG count, LONG limit) noexcept {
    semaphore.Header.Type = semaphore_object;
    semaphore.Header.Size = sizeof(KSEMAPHORE) / sizeof(LONG);
    semaphore.Header.SignalState = count;
    InitializeListHead(&semaphore.Header.WaitListHead);
    semaphore.Limit = limit;
}

bool release_semaphore(KSEMAPHORE &semaphore, LONG adjustment, LONG &before) noexcept {
    const guard held(the_dispatcher_lock);
    before = semaphore.Header.SignalState;
    const LONGLONG after = LONGLONG{before} + adjustment;
    if (after > semaphore.Limit || after < before) {
        return false;
    }
    semaphore.Header.SignalState = static_cast<LONG>(after);
    release_waiters(semaphore.Header);
    return true;
}

LONG read_semaphore(const KSEMAPHORE &semaphore) noexcept {
    const guard held(the_dispatcher_lock);
    return semaphore.Header.SignalState;
}

}  // namespace emu::dispatcher

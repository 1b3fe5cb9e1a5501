#include "emu/dispatcher/mutex.hpp"

#include <limits>

#include "emu/dispatcher/core.hpp"

namespace emu::dispatcher {

namespace {

KMUTANT &mutant_of(DISPATCHER_HEADER &header) noexcept {
    return *CONTAINING_RECORD(&header, KMUTANT, Header);
}

const KMUTANT &mutant_of(const DISPATCHER_HEADER &header) noexcept {
    return *CONTAINING_RECORD(&header, const KMUTANT, Header);
}

void take(KMUTANT &mutant, thread &owner) noexcept {
    mutant.OwnerThread = &owner;
    owner.own.apcs.kernel = static_cast<std::int16_t>(owner.own.apcs.kernel - mutant.ApcDisable);
    InsertTailList(&owner.owned_mutants, &mutant.MutantListEntry);
}

// The last release; the lock may be another thread's right after.
void make_free(KMUTANT &mutant) noexcept {
    thread &owner = *static_cast<thread *>(mutant.OwnerThread);
    RemoveEntryList(&mutant.MutantListEntry);
    owner.own.apcs.kernel = static_cast<std::int16_t>(owner.own.apcs.kernel + mutant.ApcDisable);
    mutant.OwnerThread = nullptr;
    mutant.Header.SignalState = 1;
}

void abandon(KMUTANT &mutant) noexcept {
    mutant.Abandoned = TRUE;
    make_free(mutant);
    release_waiters(mutant.Header);
}

}  // namespace

void initialize_mutant(KMUTANT &mutant, thread *owner, bool disables_apcs) noexcept {
    mutant.Header.Type = mutant_object;
    mutant.Header.Size = sizeof(KMUTANT) / sizeof(LONG);
    mutant.Header.SignalState = owner == nullptr ? 1 : 0;
    InitializeListHead(&mutant.Header.WaitListHead);
    mutant.OwnerThread = nullptr;
    mutant.Abandoned = FALSE;
    mutant.ApcDisable = disables_apcs ? 1 : 0;
    if (owner != nullptr) {
        const guard held(the_dispatcher_lock);
        take(mutant, *owner);
    }
}

bool free_or_owned(const DISPATCHER_HEADER &object, const thread &waiter) {
    return object.SignalState > 0 || mutant_of(object).OwnerThread == &waiter;
}

NTSTATUS acquire_mutant(DISPATCHER_HEADER &object, thread &waiter) {
    KMUTANT &mutant = mutant_of(object);
    if (--object.SignalState == 0) {
        take(mutant, waiter);
    }
    const bool was_abandoned = mutant.Abandoned != FALSE;
    mutant.Abandoned = FALSE;
    return was_abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
}

bool at_recursion_limit(const DISPATCHER_HEADER &object, const thread &waiter) noexcept {
    return object.Type == mutant_object && mutant_of(object).OwnerThread == &waiter &&
           object.SignalState == std::numeric_limits<LONG>::min();
}

release_result release_mutant(KMUTANT &mutant, thread &self, LONG &before) noexcept {
    const guard held(the_dispatcher_lock);
    before = mutant.Header.SignalState;
    if (mutant.OwnerThread != &self) {
        return mutant.Abandoned != FALSE ? release_result::abandoned : release_result::not_owner;
    }
    if (before == 0) {
        make_free(mutant);
        release_waiters(mutant.Header);
    } else {
        ++mutant.Header.SignalState;
    }
    return release_result::released;
}

LONG abandon_mutant(KMUTANT &mutant) noexcept {
    const guard held(the_dispatcher_lock);
    const LONG before = mutant.Header.SignalState;
    if (mutant.OwnerThread != nullptr) {
        abandon(mutant);
    }
    return before;
}

LONG read_mutant(const KMUTANT &mutant) noexcept {
    const guard held(the_dispatcher_lock);
    return mutant.Header.SignalState;
}

void abandon_mutants_of(thread &ended) noexcept {
    const guard held(the_dispatcher_lock);
    while (!IsListEmpty(&ended.owned_mutants)) {
        abandon(*CONTAINING_RECORD(ended.owned_mutants.Flink, KMUTANT, MutantListEntry));
    }
}

}  // namespace emu::dispatcher

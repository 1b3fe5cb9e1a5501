// Mutexes and mutants.
//
// State of KMUTANT: Header.SignalState 1 free, 0 held once, -1 held twice ..., MINLONG as often
// as can be; OwnerThread set while held, and MutantListEntry then in the owner's list; Abandoned
// from the moment the owner was lost until somebody takes it.  The first acquisition puts the
// owner into ApcDisable critical regions, the last release takes it out.
#pragma once
#include "emu/dispatcher/wait.hpp"

namespace emu::dispatcher {

void initialize_mutant(KMUTANT &mutant, machine::thread *owner, bool disables_apcs) noexcept;

enum class release_result : std::uint8_t { released, not_owner, abandoned };

/// Gives up one acquisition of the thread; `before` is the state it had.
release_result release_mutant(KMUTANT &mutant, machine::thread &self, LONG &before) noexcept;

/// Takes a mutant away from whoever owns it.
LONG abandon_mutant(KMUTANT &mutant) noexcept;

LONG read_mutant(const KMUTANT &mutant) noexcept;

/// A thread has ended: the mutants it owns are abandoned.
void abandon_mutants_of(machine::thread &ended) noexcept;

/// Of a wait, with the dispatcher lock held: see kinds.def.
bool free_or_owned(const DISPATCHER_HEADER &object, const machine::thread &waiter);
NTSTATUS acquire_mutant(DISPATCHER_HEADER &object, machine::thread &waiter);

/// The waiter owns it as often as can be: one more acquisition raises
/// STATUS_MUTANT_LIMIT_EXCEEDED.
bool at_recursion_limit(const DISPATCHER_HEADER &object, const machine::thread &waiter) noexcept;

}  // namespace emu::dispatcher

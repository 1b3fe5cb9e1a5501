#include "emu/verify/advice.hpp"

namespace emu::verify {

const char *advice_for(rule which) noexcept {
    switch (which) {
        case rule::apcs_enabled:
            return "call KeEnterCriticalRegion before the acquire and KeLeaveCriticalRegion after "
                   "the "
                   "release, or use the Flt or FsRtl wrappers, which do";
        case rule::recursive_acquire:
        case rule::shared_over_exclusive:
            return "split the function: one that takes the lock, and one that expects it held";
        case rule::shared_to_exclusive_upgrade:
            return "release the shared hold first and check again after the exclusive acquire, or "
                   "take "
                   "the lock exclusively from the start";
        case rule::shared_beside_waiting_writer:
            return "do not acquire shared twice in one thread: pass on that the lock is held";
        case rule::irql_too_high:
            return "lower the IRQL first, defer the work to a thread or work item, or use a lock "
                   "that "
                   "this level allows";
        case rule::wait_at_dispatch_level:
            return "poll with a zero timeout, or wait below DISPATCH_LEVEL";
        case rule::wrong_release_mode: return "release in the mode of the acquire";
        case rule::release_not_owner:
        case rule::unheld_release: return "release exactly once, in the thread that acquired";
        case rule::freed_object:
            return "keep a reference to the object while you use it, taken under the lock that "
                   "protects "
                   "the lookup";
        case rule::freed_while_held: return "release the lock before its memory is freed";
        case rule::held_at_thread_exit:
        case rule::held_at_worker_return: return "release the lock on every path out";
        case rule::apcs_disabled_at_thread_exit:
        case rule::apcs_disabled_at_worker_return:
            return "leave every region that you enter, on every path";
        case rule::overwritten_object:
            return "initialise the object before its first use; look for an overrun";
        case rule::deadlock: return "acquire the locks in the same order everywhere";
        case rule::data_race:
            return "protect both accesses by the same lock, make both interlocked, or hand the "
                   "memory over by a signal or a wait";
        case rule::lost_wakeup:
            return "make sure that the signal is sent after the state it announces, on every "
                   "path, and "
                   "that nobody resets the event in between";
        case rule::host_blocking:
            return "in emulated threads use emulated locks, waits and delays only, or hold a host "
                   "mutex for no longer than until the next emulated call";
        case rule::endless_loop:
            return "wait for other threads by an emulated wait, or call YieldProcessor in the "
                   "loop";
        case rule::unrestored_global:
            return "build the driver as a shared library with driver_image.c (docs/exploring.md), "
                   "reset the variable in the body, or set exploration::keep_globals if it is the "
                   "test's";
        case rule::freed_undeleted: return "call ExDeleteResourceLite before the memory is freed";
        case rule::uninitialised_object: return "initialise the object before its first use, once";
        case rule::wrong_tag: return "release with the tag of the acquire";
        case rule::wrong_owner_id:
            return "call ExSetResourceOwnerPointerEx in the thread that acquired, and release with "
                   "that pointer";
        case rule::not_run_down: return "call ExWaitForRundownProtectionRelease first";
        case rule::work_item_queued_twice:
            return "remember that the item is queued, and forget it when its routine begins";
        case rule::work_item_freed_while_queued:
            return "free the item in its routine, or wait until that has run";
        case rule::pool_double_free: return "free once: clear the pointer, or count references";
        default: return nullptr;
    }
}

const char *without_bug_check(rule which) noexcept {
    switch (which) {
        case rule::recursive_acquire:
        case rule::shared_over_exclusive:
        case rule::shared_to_exclusive_upgrade:
        case rule::shared_beside_waiting_writer:
        case rule::deadlock:
        case rule::lost_wakeup: return "hangs here";
        case rule::wrong_release_mode: return "releases the lock all the same, today";
        case rule::freed_object:
        case rule::freed_while_held:
        case rule::freed_while_waited_on:
        case rule::overwritten_object:
        case rule::pool_overrun:
        case rule::pool_write_after_free: return "corrupts memory or crashes later, elsewhere";
        case rule::assertion_failed:
        case rule::paged_code_at_raised_irql:
            return "breaks into the debugger, in checked code only";
        case rule::check_failed: return "has no say in what the test expects";
        case rule::machine_dead:
        case rule::not_emulated:
        case rule::host_thread_in_simulation:
        case rule::host_blocking:
        case rule::endless_loop:
        case rule::nondeterministic_body:
        case rule::step_limit:
        case rule::replay_diverged:
        case rule::unrestored_global: return "is not concerned";
        case rule::not_a_system_thread: return "returns STATUS_INVALID_PARAMETER";
        case rule::null_object: return "faults here";
        default: return "goes on, with undefined behaviour";
    }
}

}  // namespace emu::verify

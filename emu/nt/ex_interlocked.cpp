// Operations on lists and integers under a spin lock that the routine takes and gives back.
//
// Interrupts are disabled meanwhile on Windows; here nothing comes between, as no step under the
// lock schedules or delivers.  The word is the spin lock's: 0 free, else held.
#include "emu/nt/enter.hpp"
#include "emu/sched/atomic.hpp"
#include "emu/verify/held.hpp"

namespace emu::nt {

namespace {

using verify::call;
using lock_word = sched::atomic<std::uint64_t>;

lock_word &word_of(const call &at) {
    return *static_cast<lock_word *>(const_cast<void *>(at.object));
}

// The lock while the operation runs.
class locked {
public:
    explicit locked(const call &at)
        : word_(word_of(at)),
          as_record_{at.object, at.caller, {lock_family::spin_lock, lock_mode::exclusive, at.by}} {
        if (verify::find_held(at.self, at.object) != nullptr) {
            stop_on(verify::broken(at, rule::recursive_acquire, {},
                                   "the caller holds the spin lock that %s takes",
                                   contract_of(at.by).name));
        }
        for (unsigned turn = 0;; ++turn) {
            std::uint64_t seen = 0;
            // acquire pairs with the release of the destructor, and of KeReleaseSpinLock
            if (word_.compare_exchange_strong(seen, 1, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
                verify::tell_taken(as_record_);
                return;
            }
            sched::poll(at.self.thread->actor, word_, seen, turn);
        }
    }
    ~locked() {
        verify::tell_given(as_record_);
        word_.bare().store(0, std::memory_order_release);
    }
    locked(const locked &) = delete;
    locked &operator=(const locked &) = delete;

private:
    lock_word &word_;
    const held_lock as_record_;  // never held across a scheduling point: for the race detector
};

template <routine R>
call entered(PKSPIN_LOCK lock, const void *operand, const void *caller) {
    const call at{enter<R, interferes::yes>(lock, caller), R, lock, caller};
    if (!address_ok<8>(lock)) {
        bad_address(at, 8);
    }
    if (!address_ok<4>(operand)) {
        bad_address({at.self, R, operand, caller}, 4);
    }
    return at;
}

// The first or last entry of a list, null if it is empty.
PLIST_ENTRY unless_head(PLIST_ENTRY head, PLIST_ENTRY entry) {
    return entry == head ? nullptr : entry;
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

PLIST_ENTRY FASTCALL ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedInsertHeadList>(Lock, ListHead, EMU_CALLER));
    const PLIST_ENTRY before = unless_head(ListHead, ListHead->Flink);
    InsertHeadList(ListHead, ListEntry);
    return before;
}

PLIST_ENTRY FASTCALL ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedInsertTailList>(Lock, ListHead, EMU_CALLER));
    const PLIST_ENTRY before = unless_head(ListHead, ListHead->Blink);
    InsertTailList(ListHead, ListEntry);
    return before;
}

PLIST_ENTRY FASTCALL ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedRemoveHeadList>(Lock, ListHead, EMU_CALLER));
    return IsListEmpty(ListHead) ? nullptr : RemoveHeadList(ListHead);
}

PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                       PSINGLE_LIST_ENTRY ListEntry,
                                                       PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedPushEntryList>(Lock, ListHead, EMU_CALLER));
    const PSINGLE_LIST_ENTRY before = ListHead->Next;
    PushEntryList(ListHead, ListEntry);
    return before;
}

PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                      PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedPopEntryList>(Lock, ListHead, EMU_CALLER));
    return PopEntryList(ListHead);
}

LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                                 PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedAddLargeInteger>(Lock, Addend, EMU_CALLER));
    const LARGE_INTEGER before = *Addend;
    Addend->QuadPart += Increment.QuadPart;
    return before;
}

ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock) {
    const locked inside(entered<routine::ExInterlockedAddUlong>(Lock, Addend, EMU_CALLER));
    const ULONG before = *Addend;
    *Addend += Increment;
    return before;
}

}  // extern "C"

// APCs: who runs, where, at which level; waits that they interrupt; alerts.
#include <string>

#include "both_backends.hpp"

extern "C" {
#include <nt/apc_undocumented.h>
}

using namespace tests;
using emu::rule;

namespace {

// An APC whose routines say what they saw.
struct apc : KAPC {
    enum class sort { special, normal };

    apc(PVOID thread, sort of, std::string &into) : log(into) {
        KeInitializeApc(this, static_cast<PRKTHREAD>(thread), OriginalApcEnvironment, kernel,
                        nullptr, of == sort::normal ? normal : nullptr, KernelMode, this);
    }
    BOOLEAN queue() { return KeInsertQueueApc(this, &log, this, 0); }

    static VOID NTAPI kernel(PRKAPC self, PKNORMAL_ROUTINE *, PVOID *, PVOID *first, PVOID *) {
        CHECK(KeGetCurrentIrql() == APC_LEVEL);
        CHECK(KeGetCurrentThread() == self->Thread);
        CHECK(KeAreAllApcsDisabled());
        CHECK(self->Inserted == FALSE);
        *static_cast<std::string *>(*first) += self->NormalRoutine == nullptr ? 's' : 'k';
    }
    static VOID NTAPI normal(PVOID with, PVOID first, PVOID second) {
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
        CHECK(with == second);
        *static_cast<std::string *>(first) += 'n';
    }
    std::string &log;
};

using sort = apc::sort;

struct event : KEVENT {
    explicit event(EVENT_TYPE type, bool state = false) {
        KeInitializeEvent(this, type, static_cast<BOOLEAN>(state));
    }
};

}  // namespace

TEST_BOTH("apc: KeInitializeApc fills the public structure") {
    std::string log;
    apc one(KeGetCurrentThread(), sort::normal, log),
        special(KeGetCurrentThread(), sort::special, log);
    CHECK(one.Type == 18);
    CHECK(one.Size == sizeof(KAPC));
    CHECK(one.Thread == KeGetCurrentThread());
    CHECK(one.NormalContext == &one);
    CHECK(one.Inserted == FALSE);
    CHECK(special.NormalContext == nullptr);
    CHECK(special.ApcMode == KernelMode);
}

TEST_BOTH("apc: queued to the own thread it runs before KeInsertQueueApc returns") {
    std::string log;
    apc special(KeGetCurrentThread(), sort::special, log),
        normal(KeGetCurrentThread(), sort::normal, log);
    CHECK(special.queue());
    CHECK(log == "s");
    CHECK(normal.queue());
    CHECK(log == "skn");
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

TEST_BOTH("apc: at APC_LEVEL it waits until the level falls") {
    std::string log;
    apc special(KeGetCurrentThread(), sort::special, log),
        normal(KeGetCurrentThread(), sort::normal, log);
    const KIRQL before = raise_to(APC_LEVEL);
    CHECK(normal.queue());
    CHECK(special.queue());
    CHECK_FALSE(special.queue());
    CHECK(special.Inserted == TRUE);
    CHECK(log.empty());
    KeLowerIrql(before);
    CHECK(log == "skn");
}

TEST_BOTH("apc: a critical region holds a normal one back, a special one runs") {
    std::string log;
    apc special(KeGetCurrentThread(), sort::special, log),
        normal(KeGetCurrentThread(), sort::normal, log);
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    normal.queue(), special.queue();
    CHECK(log == "s");
    KeLeaveCriticalRegion();
    CHECK(log == "s");
    KeLeaveCriticalRegion();
    CHECK(log == "skn");
}

TEST_BOTH("apc: a guarded region holds both back") {
    std::string log;
    apc special(KeGetCurrentThread(), sort::special, log),
        normal(KeGetCurrentThread(), sort::normal, log);
    KeEnterGuardedRegion();
    normal.queue(), special.queue();
    CHECK(log.empty());
    KeLeaveGuardedRegion();
    CHECK(log == "skn");
}

TEST_BOTH("apc: a mutex holds a normal one back until its last release") {
    std::string log;
    KMUTEX lock;
    KeInitializeMutex(&lock, 0);
    apc normal(KeGetCurrentThread(), sort::normal, log);
    wait_for(&lock);
    normal.queue();
    CHECK(log.empty());
    KeReleaseMutex(&lock, FALSE);
    CHECK(log == "kn");
}

TEST_BOTH("apc: a normal one does not interrupt a normal one, a special one does") {
    static std::string log;
    log.clear();
    struct nested {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}
        static VOID NTAPI outer(PVOID, PVOID first, PVOID second) {
            log += '<';
            static_cast<apc *>(first)->queue();
            static_cast<apc *>(second)->queue();
            log += '>';
        }
    };
    apc special(KeGetCurrentThread(), sort::special, log),
        normal(KeGetCurrentThread(), sort::normal, log);
    KAPC first;
    KeInitializeApc(&first, KeGetCurrentThread(), OriginalApcEnvironment, nested::kernel, nullptr,
                    nested::outer, KernelMode, nullptr);
    KeInsertQueueApc(&first, &normal, &special, 0);
    CHECK(log == "<s>kn");
}

TEST_BOTH("apc: removed from the queue it does not run") {
    std::string log;
    apc normal(KeGetCurrentThread(), sort::normal, log);
    CHECK_FALSE(KeRemoveQueueApc(&normal));
    KeEnterCriticalRegion();
    normal.queue();
    CHECK(KeRemoveQueueApc(&normal));
    CHECK(normal.Inserted == FALSE);
    KeLeaveCriticalRegion();
    CHECK(log.empty());
}

TEST_BOTH("apc: a KernelRoutine may take the NormalRoutine away") {
    static bool ran;
    ran = false;
    struct taken {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *normal, PVOID *, PVOID *, PVOID *) {
            *normal = nullptr;
        }
        static VOID NTAPI normal(PVOID, PVOID, PVOID) { ran = true; }
    };
    KAPC one;
    KeInitializeApc(&one, KeGetCurrentThread(), OriginalApcEnvironment, taken::kernel, nullptr,
                    taken::normal, KernelMode, nullptr);
    KeInsertQueueApc(&one, nullptr, nullptr, 0);
    CHECK_FALSE(ran);
}

TEST_BOTH("apc: it interrupts another thread's wait, and the wait goes on") {
    std::string log;
    event on(SynchronizationEvent), ran(NotificationEvent), started(NotificationEvent);
    PVOID target = nullptr;
    emu::system_thread waiter{[&] {
        target = KeGetCurrentThread();
        KeSetEvent(&started, 0, FALSE);
        CHECK(wait_for(&on) == STATUS_SUCCESS);
        log += 'w';
    }};
    wait_for(&started);
    struct telling {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *first, PVOID *) {
            KeSetEvent(static_cast<PRKEVENT>(*first), 0, FALSE);
        }
    };
    KAPC one;
    KeInitializeApc(&one, static_cast<PRKTHREAD>(target), OriginalApcEnvironment, telling::kernel,
                    nullptr, nullptr, KernelMode, nullptr);
    CHECK(KeInsertQueueApc(&one, &ran, nullptr, 0));
    wait_for(&ran);
    CHECK(log.empty());
    KeSetEvent(&on, 0, FALSE);
    waiter.join();
    CHECK(log == "w");
}

TEST_BOTH("apc: one that cannot run in a wait does not interrupt it") {
    std::string log;
    event on(SynchronizationEvent), started(NotificationEvent);
    PVOID target = nullptr;
    emu::system_thread waiter{[&] {
        target = KeGetCurrentThread();
        KeEnterCriticalRegion();
        KeSetEvent(&started, 0, FALSE);
        CHECK(wait_for(&on) == STATUS_SUCCESS);
        CHECK(log.empty());
        KeLeaveCriticalRegion();
        CHECK(log == "kn");
    }};
    wait_for(&started);
    apc one(target, sort::normal, log);
    CHECK(one.queue());
    KeSetEvent(&on, 0, FALSE);
    waiter.join();
    CHECK(log == "kn");
}

namespace {

// A second thread waits behind the first; an APC makes the first one queue again.
std::string who_wakes(bool apc_between) {
    std::string log;
    event on(SynchronizationEvent);
    PVOID first_thread = nullptr;
    const auto waiter = [&](char name) {
        return [&log, &on, &first_thread, name] {
            first_thread = first_thread == nullptr ? KeGetCurrentThread() : first_thread;
            wait_for(&on);
            log += name;
        };
    };
    emu::system_thread first{waiter('1')};
    let_others_run();
    emu::system_thread second{waiter('2')};
    let_others_run();
    std::string ran;
    apc one(first_thread, sort::special, ran);
    if (apc_between) {
        one.queue();
        let_others_run();
        CHECK(ran == "s");
    }
    KeSetEvent(&on, 0, FALSE);
    let_others_run();
    KeSetEvent(&on, 0, FALSE);
    first.join(), second.join();
    return log;
}

}  // namespace

TEST_SIMULATED("apc: a waiter that it interrupted rejoins at the tail") {
    CHECK(who_wakes(false) == "12");
    CHECK(who_wakes(true) == "21");
}

TEST_SIMULATED("apc: a waiter that runs one at that moment misses a pulse") {
    std::string ran;
    event on(NotificationEvent);
    PVOID target = nullptr;
    NTSTATUS status = STATUS_SUCCESS;
    emu::system_thread waiter{[&] {
        target = KeGetCurrentThread();
        LARGE_INTEGER until;
        until.QuadPart = -1000;
        status = KeWaitForSingleObject(&on, Executive, KernelMode, FALSE, &until);
    }};
    let_others_run();
    apc one(target, sort::special, ran);
    one.queue();
    KePulseEvent(&on, 0, FALSE);
    waiter.join();
    CHECK(ran == "s");
    CHECK(status == STATUS_TIMEOUT);
}

TEST_CASE("apc: one that is queued to a running thread arrives between any two of its calls") {
    bool early = false, late = false, midway = false;
    emu::exploration how;
    how.schedules = 300;
    emu::search(
        [&] {
            std::string log;
            PVOID target = nullptr;
            event started(NotificationEvent), done(NotificationEvent);
            emu::system_thread busy{[&] {
                target = KeGetCurrentThread();
                KeSetEvent(&started, 0, FALSE);
                event mine(NotificationEvent);
                KeSetEvent(&mine, 0, FALSE);
                const bool first = !log.empty();
                KeResetEvent(&mine);
                const bool second = !log.empty();
                wait_for(&done);
                early |= first;
                midway |= !first && second;
                late |= !second;
            }};
            wait_for(&started);
            apc one(target, sort::special, log);
            one.queue();
            KeSetEvent(&done, 0, FALSE);
            busy.join();
            CHECK(log == "s");
        },
        how);
    CHECK(early);
    CHECK(midway);
    CHECK(late);
}

TEST_BOTH("apc: a thread that ends runs its kernel APCs first and takes no more") {
    std::string log;
    event go(NotificationEvent), started(NotificationEvent);
    HANDLE handle = nullptr;
    PVOID thread = nullptr;
    const auto body = [](PVOID on) -> VOID { wait_for(on); };
    REQUIRE(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, body,
                                 &go) == STATUS_SUCCESS);
    ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &thread, nullptr);
    ZwClose(handle);
    apc one(thread, sort::special, log), late(thread, sort::special, log);
    CHECK(one.queue());
    KeSetEvent(&go, 0, FALSE);
    wait_for(thread);
    CHECK(log == "s");
    CHECK_FALSE(late.queue());
    ObDereferenceObject(thread);
}

TEST_BOTH("apc: locks that it takes are its own, and it may take what the thread does not hold") {
    static EX_PUSH_LOCK lock;
    lock = 0;
    struct locking {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
            ExAcquirePushLockExclusive(&lock);
            ExReleasePushLockExclusive(&lock);
        }
    };
    KAPC one;
    KeInitializeApc(&one, KeGetCurrentThread(), OriginalApcEnvironment, locking::kernel, nullptr,
                    nullptr, KernelMode, nullptr);
    KeInsertQueueApc(&one, nullptr, nullptr, 0);
    CHECK(lock == 0);
}

TEST_BOTH("apc: a wait in a normal routine is legal") {
    static event *inner;
    event on(NotificationEvent, true);
    inner = &on;
    struct waiting {
        static VOID NTAPI kernel(PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}
        static VOID NTAPI normal(PVOID, PVOID, PVOID) {
            CHECK(wait_for(inner) == STATUS_SUCCESS);
            LARGE_INTEGER soon;
            soon.QuadPart = -1;
            CHECK(KeDelayExecutionThread(KernelMode, FALSE, &soon) == STATUS_SUCCESS);
        }
    };
    KAPC one;
    KeInitializeApc(&one, KeGetCurrentThread(), OriginalApcEnvironment, waiting::kernel, nullptr,
                    waiting::normal, KernelMode, nullptr);
    CHECK(KeInsertQueueApc(&one, nullptr, nullptr, 0));
}

namespace {

// Runs a special APC with this routine on the current thread.
void run_special(PKKERNEL_ROUTINE routine) {
    KAPC one;
    KeInitializeApc(&one, KeGetCurrentThread(), OriginalApcEnvironment, routine, nullptr, nullptr,
                    KernelMode, nullptr);
    KeInsertQueueApc(&one, nullptr, nullptr, 0);
}

}  // namespace

TEST_BOTH("apc: a routine that returns at another level reports apc_changed_irql, 0xC8") {
    const emu::violation found = EMU_EXPECT_VIOLATION(
        rule::apc_changed_irql, run_special([](PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *,
                                               PVOID *) -> VOID { raise_to(DISPATCH_LEVEL); }));
    CHECK(found.bug_check == IRQL_UNEXPECTED_VALUE);
    CHECK(found.parameters[0] == (2 << 16 | 1 << 8));
}

TEST_BOTH("apc: a routine that returns in a region reports apc_changed_apc_state") {
    check_no_bug_check(
        EMU_EXPECT_VIOLATION(rule::apc_changed_apc_state,
                             run_special([](PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *,
                                            PVOID *) -> VOID { KeEnterCriticalRegion(); })));
}

TEST_BOTH("apc: one that ends with a lock reports held_at_apc_end") {
    static EX_PUSH_LOCK lock;
    lock = 0;
    check_no_bug_check(EMU_EXPECT_VIOLATION(
        rule::held_at_apc_end,
        run_special([](PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) -> VOID {
            ExAcquirePushLockExclusive(&lock);
        })));
}

TEST_BOTH("apc: one that restores level and regions is silent") {
    run_special([](PRKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) -> VOID {
        const KIRQL before = raise_to(DISPATCH_LEVEL);
        KeLowerIrql(before);
        KeEnterCriticalRegion();
        KeLeaveCriticalRegion();
    });
}

TEST_BOTH("apc: memory that is no APC reports wrong_object_type") {
    KAPC zeroed = {};
    EMU_EXPECT_VIOLATION(rule::wrong_object_type, KeInsertQueueApc(&zeroed, nullptr, nullptr, 0));
}

TEST_BOTH("apc: for something that is no thread reports wrong_object_type") {
    KAPC one;
    KEVENT event;
    EMU_EXPECT_VIOLATION(
        rule::wrong_object_type,
        KeInitializeApc(&one, reinterpret_cast<PRKTHREAD>(&event), OriginalApcEnvironment,
                        apc::kernel, nullptr, nullptr, KernelMode, nullptr));
}

TEST_BOTH("apc: one that a lock kept away has run when the release returns") {
    std::string log;
    apc one(KeGetCurrentThread(), sort::normal, log);
    FAST_MUTEX fast;
    KGUARDED_MUTEX guarded;
    KSPIN_LOCK spin;
    EX_SPIN_LOCK shared = 0;
    ERESOURCE resource;
    ExInitializeFastMutex(&fast);
    KeInitializeGuardedMutex(&guarded);
    KeInitializeSpinLock(&spin);
    ExInitializeResourceLite(&resource);
    const auto check = [&](const char *lock, const auto &acquire, const auto &release) {
        CAPTURE(lock);
        acquire();
        CHECK(one.queue());
        CHECK(log.empty());
        release();
        CHECK(log == "kn");
        log.clear();
    };
    KIRQL level = 0;
    KLOCK_QUEUE_HANDLE handle;
    check("fast", [&] { ExAcquireFastMutex(&fast); }, [&] { ExReleaseFastMutex(&fast); });
    check(
        "guarded", [&] { KeAcquireGuardedMutex(&guarded); },
        [&] { KeReleaseGuardedMutex(&guarded); });
    check(
        "spin", [&] { KeAcquireSpinLock(&spin, &level); },
        [&] { KeReleaseSpinLock(&spin, level); });
    check(
        "queued", [&] { KeAcquireInStackQueuedSpinLock(&spin, &handle); },
        [&] { KeReleaseInStackQueuedSpinLock(&handle); });
    check(
        "shared", [&] { level = ExAcquireSpinLockShared(&shared); },
        [&] { ExReleaseSpinLockShared(&shared, level); });
    check(
        "cancel", [&] { IoAcquireCancelSpinLock(&level); },
        [&] { IoReleaseCancelSpinLock(level); });
    check(
        "resource", [&] { FltAcquireResourceExclusive(&resource); },
        [&] { FltReleaseResource(&resource); });
    ExDeleteResourceLite(&resource);
}

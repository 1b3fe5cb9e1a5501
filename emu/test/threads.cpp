// emu::system_thread: a thread with a C++ body, by the machine's own means.
#include <mutex>
#include <span>

#include "emu/dispatcher/alert.hpp"
#include "emu/dispatcher/cancel.hpp"
#include "emu/dispatcher/semaphore.hpp"
#include "emu/host/mutex.hpp"
#include "emu/machine/apc.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"
#include "emu/test.hpp"

namespace emu::detail {

// Suspended as in Windows: an APC whose NormalRoutine waits for a semaphore that the last resume
// releases.  Made with the first suspension; the machine's until the thread object goes.
struct suspension {
    std::int32_t count = 0;  // guarded by suspensions_guard
    KAPC apc{};
    KSEMAPHORE resumed{};
};

namespace {

void run_body(void *argument) {
    thread_body &body = *static_cast<thread_body *>(argument);
    try {
        body.run();
    } catch (...) {
        body.thrown = std::current_exception();
    }
}

void free_body(void *argument) {
    auto *body = static_cast<thread_body *>(argument);
    delete body->suspended;
    delete body;
}

// All calls below are scheduling points and are refused by a dead machine, as NT's are.
context &enter(routine as, const void *object) {
    context &self = nt::self_context();
    if (!host::race_detection && passive_and_simulated(self)) {
        sched::simulated_point(point_kind::call, object, {as, EMU_CALLER});
    } else if (wants_attention(self)) {
        nt::attend({self, as, object, EMU_CALLER}, nt::interferes::yes);
    }
    return self;
}

void begin_suspension(KAPC *, PVOID *, PVOID *, PVOID *, PVOID *) {}

void stay_suspended(PVOID semaphore, PVOID, PVOID) {
    context &self = nt::self_context();
    const verify::call at{self, routine::KeWaitForSingleObject, semaphore, EMU_CALLER};
    nt::note_blocked(at);
    dispatcher::wait_for_one(self, static_cast<KSEMAPHORE *>(semaphore)->Header,
                             host::no_deadline);
    nt::note_unblocked(at);
}

machine::thread &thread_of(const thread_body &body) {
    return *static_cast<machine::thread *>(body.thread);
}

// Taken before the dispatcher lock.
host::mutex suspensions_guard;

suspension &suspension_of(thread_body &body) {
    if (body.suspended == nullptr) {
        auto *made = new suspension;
        dispatcher::initialize_semaphore(made->resumed, 0, 1);
        made->apc.Thread = &thread_of(body);
        made->apc.KernelRoutine = reinterpret_cast<PVOID>(begin_suspension);
        made->apc.NormalRoutine = reinterpret_cast<PVOID>(stay_suspended);
        made->apc.NormalContext = &made->resumed;
        made->apc.ApcMode = KernelMode;
        body.suspended = made;
    }
    return *body.suspended;
}

}  // namespace

thread_body *start_thread(const char *name, std::unique_ptr<thread_body> body) {
    enter(routine::PsCreateSystemThread, nullptr);
    machine::thread &made = machine::create_thread(name);
    thread_body *const started = body.release();
    started->thread = &made;
    made.belongings = started;
    made.free_belongings = free_body;
    made.start_routine = run_body;
    made.start_context = started;
    machine::reference(machine::header_of_thread(made));  // until join_thread
    machine::start_thread(made);
    return started;
}

void join_thread(thread_body *started) {
    auto &thread = *static_cast<machine::thread *>(started->thread);
    context &self = enter(routine::KeWaitForSingleObject, &thread);
    const verify::call at{self, routine::KeWaitForSingleObject, &thread, EMU_CALLER};
    nt::note_blocked(at);
    dispatcher::wait_for_one(self, thread.Header, host::no_deadline);
    nt::note_unblocked(at);
    const std::exception_ptr thrown = started->thrown;
    machine::dereference(machine::header_of_thread(thread));
    if (thrown != nullptr) {
        std::rethrow_exception(thrown);
    }
}

void suspend_thread(thread_body *started) {
    context &self = enter(routine::KeInsertQueueApc, started->thread);
    {
        const std::lock_guard held(suspensions_guard);
        suspension &of = suspension_of(*started);
        // One that was taken back before it began is still queued: it waits after all.
        if (of.count++ == 0 && !dispatcher::queue_apc(of.apc, nullptr, nullptr)) {
            void *const semaphore = &of.resumed;
            dispatcher::try_wait(self, {std::span(&semaphore, 1)});
        }
    }
    machine::deliver_kernel_apcs(self);
}

void resume_thread(thread_body *started) {
    enter(routine::KeReleaseSemaphore, started->thread);
    const std::lock_guard held(suspensions_guard);
    suspension &of = suspension_of(*started);
    if (of.count == 0) {
        return;  // as NtResumeThread of one that runs
    }
    --of.count;
    if (of.count == 0) {
        LONG before = 0;
        dispatcher::release_semaphore(of.resumed, 1, before);
    }
}

void terminate_thread(thread_body *started) {
    enter(routine::KeAlertThread, started->thread);
    dispatcher::request_termination(thread_of(*started));
}

bool machine_dead() noexcept { return machine::dead() || !machine::booted(); }

}  // namespace emu::detail

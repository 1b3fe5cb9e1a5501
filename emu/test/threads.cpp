// emu::system_thread: a thread with a C++ body, by the machine's own means.
#include "emu/dispatcher/wait.hpp"
#include "emu/machine/machine.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"
#include "emu/test.hpp"

namespace emu::detail {

namespace {

void run_body(void *argument) {
    thread_body &body = *static_cast<thread_body *>(argument);
    try {
        body.run();
    } catch (...) {
        body.thrown = std::current_exception();
    }
}

void free_body(void *argument) { delete static_cast<thread_body *>(argument); }

// Both calls below are scheduling points and are refused by a dead machine, as NT's are.
context &enter(routine as, const void *object) {
    context &self = nt::self_context();
    if (!host::race_detection && passive_and_simulated(self)) {
        sched::simulated_point(point_kind::call, object, {as, EMU_CALLER});
    } else if (wants_attention(self)) {
        nt::attend({self, as, object, EMU_CALLER}, nt::interferes::yes);
    }
    return self;
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

bool machine_dead() noexcept { return machine::dead() || !machine::booted(); }

}  // namespace emu::detail

// Levels: KeGetCurrentIrql, KfRaiseIrql and their kin.
#include "emu/machine/apc.hpp"
#include "emu/machine/processor.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"
#include "emu/verify/spin_lock_rules.hpp"

namespace emu::nt {

namespace {

// The exported fast paths handle a known thread, a legal level and a free processor without a
// call; all else goes the general way.

using machine::high_level;
using machine::set_irql;
using verify::call;

constexpr std::uint8_t synch_level = 12;  // multiprocessor x64

// Retail raises "downwards" and lowers "upwards" without a word; the verifier does not.
std::uint8_t raise(const call &at, std::uint8_t to) {
    if (to < at.self.irql || to > high_level) {
        stop_on(verify::judge_raise(at, to));
        to = to > high_level ? high_level : to;
    }
    return set_irql(at.self, to);
}

void lower(const call &at, std::uint8_t to) {
    if (to > at.self.irql || to > high_level) {
        stop_on(verify::judge_lower(at, to));
        to = to > high_level ? high_level : to;
    }
    stop_on(verify::judge_lowering(at, to));
    const bool interrupts = at.self.kind == context_kind::dpc || at.self.kind == context_kind::isr;
    if (interrupts && to < machine::dispatch_level) {
        stop_on(verify::judge_lower_in_callback(at, to));
    }
    set_irql(at.self, to);
    machine::deliver_kernel_apcs(at.self);
}

template <routine R>
[[gnu::noinline]] std::uint8_t raise_generally(std::uint8_t to, const void *caller) {
    return raise({enter<R, interferes::yes>(nullptr, caller), R, nullptr, caller}, to);
}

template <routine R>
[[gnu::noinline]] void lower_generally(std::uint8_t to, const void *caller) {
    lower({enter<R>(nullptr, caller), R, nullptr, caller}, to);
}

}  // namespace

}  // namespace emu::nt

using namespace emu;
using namespace emu::nt;

extern "C" {

KIRQL NTAPI KeGetCurrentIrql(VOID) {
    return enter<routine::KeGetCurrentIrql>(nullptr, EMU_CALLER).irql;
}

KIRQL FASTCALL KfRaiseIrql(KIRQL NewIrql) {
    context &self = *current_context;
    const std::uint8_t before = self.irql;
    if (!wants_attention(self) && NewIrql >= before && NewIrql <= high_level) {
        if (!machine::crosses_dispatch_level(before, NewIrql) ||
            machine::try_take_last_processor(self)) {
            self.irql = NewIrql;
            count_call(self, routine::KfRaiseIrql);
            return before;
        }
    }
    return raise_generally<routine::KfRaiseIrql>(NewIrql, EMU_CALLER);
}

VOID NTAPI KeLowerIrql(KIRQL NewIrql) {
    context &self = *current_context;
    const std::uint8_t before = self.irql;
    const bool crosses = machine::crosses_dispatch_level(before, NewIrql);
    const bool plain = !crosses || (self.held_count == 0 && self.kind == context_kind::thread);
    if (!wants_attention(self) && NewIrql <= before && plain) {
        self.irql = NewIrql;
        count_call(self, routine::KeLowerIrql);
        if (crosses) {
            machine::give_back_token(self);
        }
        return;
    }
    lower_generally<routine::KeLowerIrql>(NewIrql, EMU_CALLER);
}

KIRQL NTAPI KzRaiseIrql(KIRQL NewIrql) {
    return raise_generally<routine::KzRaiseIrql>(NewIrql, EMU_CALLER);
}

VOID NTAPI KzLowerIrql(KIRQL NewIrql) {
    lower_generally<routine::KzLowerIrql>(NewIrql, EMU_CALLER);
}

VOID FASTCALL KfLowerIrql(KIRQL NewIrql) {
    lower_generally<routine::KfLowerIrql>(NewIrql, EMU_CALLER);
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID) {
    return raise_generally<routine::KeRaiseIrqlToDpcLevel>(machine::dispatch_level, EMU_CALLER);
}

KIRQL NTAPI KeRaiseIrqlToSynchLevel(VOID) {
    return raise_generally<routine::KeRaiseIrqlToSynchLevel>(synch_level, EMU_CALLER);
}

}  // extern "C"

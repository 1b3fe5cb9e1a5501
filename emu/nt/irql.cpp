// Levels: KeGetCurrentIrql, KfRaiseIrql and their kin.
#include "emu/machine/processor.hpp"
#include "emu/nt/enter.hpp"
#include "emu/sched/sched.hpp"

namespace emu::nt {

namespace {

using machine::high_level;
using machine::set_irql;
using verify::call;

constexpr std::uint8_t synch_level = 12;  // multiprocessor x64

// Retail raises "downwards" and lowers "upwards" without a word; the verifier does not.
inline std::uint8_t raise(const call &at, std::uint8_t to) {
    if (__builtin_expect(to < at.self.irql || to > high_level, 0)) {
        stop_on(verify::judge_raise(at, to));
        to = to > high_level ? high_level : to;
    }
    return set_irql(at.self, to);
}

inline void lower(const call &at, std::uint8_t to) {
    if (__builtin_expect(to > at.self.irql || to > high_level, 0)) {
        stop_on(verify::judge_lower(at, to));
        to = to > high_level ? high_level : to;
    }
    set_irql(at.self, to);
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
    context &self = enter<routine::KfRaiseIrql, interferes::yes>(nullptr, EMU_CALLER);
    return raise({self, routine::KfRaiseIrql, nullptr, EMU_CALLER}, NewIrql);
}

VOID NTAPI KeLowerIrql(KIRQL NewIrql) {
    context &self = enter<routine::KeLowerIrql>(nullptr, EMU_CALLER);
    lower({self, routine::KeLowerIrql, nullptr, EMU_CALLER}, NewIrql);
}

VOID FASTCALL KfLowerIrql(KIRQL NewIrql) {
    context &self = enter<routine::KfLowerIrql>(nullptr, EMU_CALLER);
    lower({self, routine::KfLowerIrql, nullptr, EMU_CALLER}, NewIrql);
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID) {
    context &self = enter<routine::KeRaiseIrqlToDpcLevel, interferes::yes>(nullptr, EMU_CALLER);
    return raise({self, routine::KeRaiseIrqlToDpcLevel, nullptr, EMU_CALLER}, machine::dispatch_level);
}

KIRQL NTAPI KeRaiseIrqlToSynchLevel(VOID) {
    context &self = enter<routine::KeRaiseIrqlToSynchLevel, interferes::yes>(nullptr, EMU_CALLER);
    return raise({self, routine::KeRaiseIrqlToSynchLevel, nullptr, EMU_CALLER}, synch_level);
}

}  // extern "C"

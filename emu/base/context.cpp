#include "emu/base/context.hpp"

namespace emu {

constinit context unmet = [] {
    context made;
    made.attention = attention_stale;
    return made;
}();
thread_local constinit context *current_context = &unmet;
constinit std::atomic<std::uint32_t> attention_word{0};

}  // namespace emu

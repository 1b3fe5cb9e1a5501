#include "emu/base/context.hpp"

namespace emu {

thread_local constinit context *current_context = nullptr;
constinit std::atomic<std::uint32_t> attention_word{0};

}  // namespace emu

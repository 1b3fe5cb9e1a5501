#include "emu/host/stack.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "emu/base/invariant.hpp"
#include "emu/host/happens_before.hpp"
#include "emu/host/mutex.hpp"
#include "emu/host/sanitizer.hpp"

namespace emu::host {

namespace {

// Leaked on purpose: system threads may return stacks while static destructors run.
struct pool {
    mutex guard;
    std::vector<stack> free;
};

pool &stacks() {
    static pool *const the_pool = new pool;
    return *the_pool;
}

stack map_stack() {
    void *map = mmap(nullptr, stack_guard_size + default_stack_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    EMU_INVARIANT(map != MAP_FAILED);
    EMU_INVARIANT(mprotect(map, stack_guard_size, PROT_NONE) == 0);
    stack made{static_cast<std::byte *>(map) + stack_guard_size, default_stack_size};
#ifdef EMU_ASAN
    __lsan_register_root_region(made.low, made.size);
#endif
    return made;
}

}  // namespace

stack take_stack() {
    pool &from = stacks();
    {
        const std::lock_guard held(from.guard);
        if (!from.free.empty()) {
            const stack taken = from.free.back();
            from.free.pop_back();
            host::taken_over(taken.low);
            return taken;
        }
    }
    return map_stack();
}

#ifdef EMU_ASAN
namespace {

struct left_frames {
    left_frames *before;
    std::byte bytes[];
};

left_frames *last_left = nullptr;  // guarded by the pool's guard

// A copy that the leak checker finds: what the frames own is no leak.  Not the stack itself as a
// root for ever: the checker reads the list of mappings for each root, and tests leave stacks by
// the thousand.
void keep_for_leak_checker(stack old, const void *frames_from) {
    EMU_INVARIANT(old.contains(frames_from));
    const auto size =
        static_cast<std::size_t>(old.low + old.size - static_cast<const std::byte *>(frames_from));
    auto *kept = static_cast<left_frames *>(std::malloc(sizeof(left_frames) + size));
    EMU_INVARIANT(kept != nullptr);
    std::memcpy(kept->bytes, frames_from, size);
    const std::lock_guard held(stacks().guard);
    kept->before = std::exchange(last_left, kept);
}

}  // namespace
#endif

void return_stack(stack old, const void *frames_from) noexcept {
#ifdef EMU_ASAN
    __asan_unpoison_memory_region(old.low, old.size);
    if (frames_from != nullptr) {
        keep_for_leak_checker(old, frames_from);
    }
#endif
    static_cast<void>(frames_from);
    host::handed_over(old.low);  // the next frames on it are none that race with these
    pool &to = stacks();
    const std::lock_guard held(to.guard);
    to.free.push_back(old);
}

void order_stacks() noexcept {
    pool &all = stacks();
    const std::lock_guard held(all.guard);
    const auto higher = [](const stack &a, const stack &b) { return a.low > b.low; };
    if (!std::is_sorted(all.free.begin(), all.free.end(), higher)) {
        std::sort(all.free.begin(), all.free.end(), higher);
    }
}

stack host_thread_stack() noexcept {
    pthread_attr_t attributes;
    void *low = nullptr;
    std::size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
    }
    return {static_cast<std::byte *>(low), size};
}

}  // namespace emu::host

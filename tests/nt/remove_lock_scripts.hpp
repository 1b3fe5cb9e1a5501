// What threads do to a remove lock while every schedule of its atomic operations is searched.
#pragma once
#include <vector>

#include "emu/test.hpp"
#include "locks/every_schedule.hpp"

extern "C" {
#include <wdm.h>
}

namespace tests::remove_locks {

// `users` come and use the device if they still may; the body, which holds the lock, removes it.
// One that came before is under way already if `one_inside`, and ends in a thread of its own.
inline searched explore_removal(int users, bool one_inside,
                                std::optional<unsigned> bound = std::nullopt) {
    return search_every_schedule(
        [=] {
            IO_REMOVE_LOCK it;
            IoInitializeRemoveLock(&it, 'kcLR', 0, 0);
            witness inside;
            std::vector<emu::system_thread> all;
            IoAcquireRemoveLock(&it, &inside);
            if (one_inside) {
                IoAcquireRemoveLock(&it, &it);
                inside.enter_shared();
                all.emplace_back([&] {
                    inside.leave_shared();
                    IoReleaseRemoveLock(&it, &it);
                });
            }
            for (int i = 0; i < users; ++i) {
                all.emplace_back([&] {
                    if (NT_SUCCESS(IoAcquireRemoveLock(&it, nullptr))) {
                        inside.enter_shared();
                        inside.leave_shared();
                        IoReleaseRemoveLock(&it, nullptr);
                    }
                });
            }
            IoReleaseRemoveLockAndWait(&it, &inside);
            inside.enter_exclusive();
            inside.leave_exclusive();
            for (emu::system_thread &each : all) {
                each.join();
            }
            if (it.Common.IoCount != 0 || !it.Common.Removed) {
                throw std::string("the wait is over, and the word is not what it should be");
            }
        },
        bound);
}

}  // namespace tests::remove_locks

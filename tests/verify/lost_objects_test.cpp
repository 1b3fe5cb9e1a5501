// A thread ends that owns a mutant or serves a queue whose memory has died.
#include <sys/mman.h>

#include <cstring>
#include <string>

#include "both_backends.hpp"
#include "child_process.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr ULONG tag = 'tsoL';

// What a thread that returns from its start routine is told.
emu::exploration_result of_returning_thread(void (*body)()) {
    return emu::search([body] { emu::system_thread{"returning", body}.join(); });
}

void serve(KQUEUE *queue) {
    LIST_ENTRY entry;
    KeInitializeQueue(queue, 1);
    KeInsertQueue(queue, &entry);
    CHECK(KeRemoveQueue(queue, KernelMode, nullptr) == &entry);
}

KQUEUE *queue_in_pool() {
    return static_cast<KQUEUE *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(KQUEUE), tag));
}

}  // namespace

TEST_CASE("lost object: a mutant whose memory is in other use is overwritten_object") {
    const emu::exploration_result found = of_returning_thread([] {
        static KMUTANT mutant;
        KeInitializeMutant(&mutant, TRUE);
        std::memset(&mutant, 0x41, sizeof mutant);
    });
    CHECK(found.which == rule::overwritten_object);
    CHECK(contains(found.report, "owns a mutex"));
    CHECK(contains(found.report, "returning"));
}

TEST_CASE("lost object: a mutant whose memory is unmapped is overwritten_object") {
    const emu::exploration_result found = of_returning_thread([] {
        void *page =
            mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        KeInitializeMutant(static_cast<PKMUTANT>(page), TRUE);
        munmap(page, 4096);
    });
    CHECK(found.which == rule::overwritten_object);
}

TEST_CASE("lost object: the second of two mutants is found, the first being whole") {
    const emu::exploration_result found = of_returning_thread([] {
        static KMUTANT first, second;
        KeInitializeMutant(&first, TRUE);
        KeInitializeMutant(&second, TRUE);
        std::memset(&second, 0, sizeof second);
    });
    CHECK(found.which == rule::overwritten_object);
}

TEST_CASE("lost object: a queue in freed pool is freed_object") {
    const emu::exploration_result found = of_returning_thread([] {
        KQUEUE *queue = queue_in_pool();
        serve(queue);
        ExFreePoolWithTag(queue, tag);
    });
    CHECK(found.which == rule::freed_object);
    CHECK(contains(found.report, "serves a queue"));
}

TEST_CASE("lost object: a queue whose memory is in other use is overwritten_object") {
    const emu::exploration_result found = of_returning_thread([] {
        static KQUEUE queue;
        serve(&queue);
        std::memset(&queue, 0x41, sizeof queue);
    });
    CHECK(found.which == rule::overwritten_object);
}

TEST_CASE("lost object: a queue that was made again forgot its threads: overwritten_object") {
    const emu::exploration_result found = of_returning_thread([] {
        static KQUEUE queue;
        serve(&queue);
        KeInitializeQueue(&queue, 1);
    });
    CHECK(found.which == rule::overwritten_object);
}

TEST_BOTH("lost object: mutants and queues that are alive as their thread ends are silent") {
    KMUTANT first, second;
    KQUEUE *queue = queue_in_pool();
    KeInitializeQueue(queue, 1);
    KeInitializeMutant(&first, FALSE);
    KeInitializeMutant(&second, FALSE);
    for (int i = 0; i < 2; ++i) {
        emu::system_thread{[&] {
            LIST_ENTRY entry;
            KeInsertQueue(queue, &entry);
            CHECK(KeRemoveQueue(queue, KernelMode, nullptr) == &entry);
            wait_for(&first);
            wait_for(&second);
        }}.join();
    }
    CHECK(KeReadStateMutant(&first) == 1);
    ExFreePoolWithTag(queue, tag);
}

TEST_BOTH("lost object: a queue that is freed after its rundown is nobody's any more") {
    emu::system_thread{[&] {
        KQUEUE *queue = queue_in_pool();
        serve(queue);
        KeRundownQueue(queue);
        ExFreePoolWithTag(queue, tag);
    }}.join();
}

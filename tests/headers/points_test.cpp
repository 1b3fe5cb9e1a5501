// Interlocked operations tell the library which word they touch, and only when it listens.
//
// Links no library: this file plays its part.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <vector>

extern "C" {
#include <ntifs.h>

static volatile unsigned attention = 0;
const volatile unsigned *const EmuAttentionWord = &attention;
}

static std::vector<const volatile void *> points;

VOID NTAPI EmuInterlockedPointSlow(const volatile void *target) { points.push_back(target); }
static unsigned yields = 0;
VOID NTAPI EmuYieldPointSlow(VOID) { ++yields; }
VOID NTAPI EmuCorruptList(const VOID *) { __builtin_trap(); }

namespace {

struct listening {
    listening() {
        points.clear();
        attention = 1;
    }
    ~listening() { attention = 0; }
};

template <typename Operation>
std::vector<const volatile void *> points_of(Operation operation) {
    listening scope;
    operation();
    return points;
}

using targets = std::vector<const volatile void *>;

}  // namespace

TEST_CASE("points: nobody is told unless the library listens") {
    points.clear();
    volatile LONG word = 0;
    InterlockedIncrement(&word);
    KeMemoryBarrier();
    CHECK(points.empty());
}

TEST_CASE("points: a read-modify-write announces its word once, whatever its order") {
    volatile LONG word = 0;
    volatile LONG64 wide = 0;
    PVOID volatile pointer = nullptr;
    CHECK(points_of([&] { InterlockedIncrement(&word); }) == targets{&word});
    CHECK(points_of([&] { InterlockedDecrementNoFence(&word); }) == targets{&word});
    CHECK(points_of([&] { InterlockedExchangeAdd64(&wide, 1); }) == targets{&wide});
    CHECK(points_of([&] { InterlockedCompareExchangeAcquire(&word, 1, 2); }) == targets{&word});
    CHECK(points_of([&] { InterlockedExchangePointer(&pointer, nullptr); }) == targets{&pointer});
}

TEST_CASE("points: a bit test announces the word that holds the bit") {
    volatile LONG words[2] = {0, 0};
    CHECK(points_of([&] { InterlockedBitTestAndSet(words, 40); }) == targets{&words[1]});
}

TEST_CASE("points: acquire reads and release writes are points, plain ones are not") {
    volatile LONG word = 0;
    CHECK(points_of([&] { ReadAcquire(&word); }) == targets{&word});
    CHECK(points_of([&] { WriteRelease(&word, 1); }) == targets{&word});
    CHECK(points_of([&] { ReadNoFence(&word); }).empty());
    CHECK(points_of([&] { WriteNoFence(&word, 1); }).empty());
    CHECK(points_of([&] { ReadRaw(&word); }).empty());
}

TEST_CASE(
    "points: a barrier is a point without a word, YieldProcessor one that waits for others") {
    CHECK(points_of([] { KeMemoryBarrier(); }) == targets{nullptr});
    yields = 0;
    CHECK(points_of([] { YieldProcessor(); }).empty());
    CHECK(yields == 1);
    CHECK(points_of([] { KeMemoryBarrierWithoutFence(); }).empty());
}

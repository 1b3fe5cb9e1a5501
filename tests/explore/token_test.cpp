// Replay tokens: round trip, refusal, and following a schedule until it cannot be followed.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "emu/explore/strategies.hpp"
#include "emu/explore/token.hpp"

using emu::choice;
using emu::point_kind;
using namespace emu::explorer;

namespace {

constexpr std::array<std::uint32_t, 3> three{0, 1, 2};
constexpr std::array<std::uint32_t, 2> two{0, 1};

// An execution of `length` choices, each among three; which were taken.
std::string execution(emu::strategy &chooser, unsigned length) {
    std::string taken;
    std::int32_t running = -1;
    for (unsigned step = 0; step < length; ++step) {
        const std::uint32_t chosen = chooser.choose({point_kind::call, step, three, running});
        taken += static_cast<char>('0' + chosen);
        running = static_cast<std::int32_t>(chosen);
    }
    return taken;
}

schedule recorded(std::uint64_t seed, unsigned length, std::string &taken) {
    random_walk random;
    random.begin(seed);
    recorder writes(random, hash_of_test("a test"));
    taken = execution(writes, length);
    return writes.recorded();
}

bool same(const schedule &a, const schedule &b) {
    bool all =
        a.test == b.test && a.choices == b.choices && a.deviations.size() == b.deviations.size();
    for (std::size_t i = 0; all && i < a.deviations.size(); ++i) {
        all = a.deviations[i].at == b.deviations[i].at &&
              a.deviations[i].candidate == b.deviations[i].candidate &&
              a.deviations[i].shape == b.deviations[i].shape;
    }
    return all;
}

}  // namespace

TEST_CASE("token: what was written is read back") {
    for (const std::uint32_t test : {0u, 1u, 0xFFFFFFFFu}) {
        for (const std::uint64_t big : {0ull, 31ull, 32ull, 1023ull, 1024ull, 123456789012ull}) {
            schedule made;
            made.test = test;
            made.choices = big;
            made.deviations = {{0, 1, 0}, {big, 31, 63}, {big + 32, 32, 7}, {2 * big + 40, 0, 1}};
            const auto read = read_token(write_token(made));
            REQUIRE(read);
            CHECK(same(made, *read));
        }
    }
}

TEST_CASE("token: a schedule without deviations has a token too") {
    const schedule none{};
    const auto read = read_token(write_token(none));
    REQUIRE(read);
    CHECK(read->deviations.empty());
}

TEST_CASE("token: a token needs no quoting in a shell") {
    std::string taken;
    const std::string token = write_token(recorded(3, 500, taken));
    CHECK(token.find_first_not_of(
              "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.") ==
          std::string::npos);
}

TEST_CASE("token: texts that are none are refused") {
    for (const char *text : {"",
                             "1",
                             "1.",
                             "1..",
                             "1..0.",
                             "1.g.0.",
                             "1.12345678.",
                             "1.12345678.0",
                             "0.12345678.0.",
                             "2.12345678.0.",
                             "1.12345678..",
                             "1.12345678.0 .",
                             "1.12345678.0.1",
                             "1.12345678.0.11",
                             "1.12345678.0.1a",
                             "1.12345678.0.1!2",
                             "1.12345678.0.11!",
                             "1.12345678.00.",
                             "1.123456789.0.",
                             "1.12345678.aaaaaaaaaaaaaaaaaaaa.",
                             " 1.12345678.0.",
                             "1.12345678.0.112 "}) {
        CAPTURE(text);
        CHECK_FALSE(read_token(text).has_value());
    }
    CHECK(read_token("1.12345678.0.112").has_value());
}

TEST_CASE("token: a candidate that is no 32-bit number is refused") {
    CHECK_FALSE(read_token("1.12345678.0.1WWWWWWW40").has_value());
}

TEST_CASE("token: the test's name is in it") {
    CHECK(hash_of_test("a test") == hash_of_test("a test"));
    CHECK(hash_of_test("a test") != hash_of_test("another test"));
    schedule made;
    made.test = hash_of_test("a test");
    CHECK(read_token(write_token(made))->test == hash_of_test("a test"));
}

TEST_CASE("token: a follower takes the recorded course") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::string taken;
        const auto read = read_token(write_token(recorded(seed, 100, taken)));
        REQUIRE(read);
        follower follows(*read);
        CHECK(execution(follows, 100) == taken);
        CHECK_FALSE(follows.diverged_at());
    }
}

TEST_CASE("token: a follower finds out that candidates are missing, and says at which step") {
    std::string taken;
    const schedule made = recorded(1, 50, taken);
    follower follows(made);
    for (std::uint64_t step = 100; step < 150; ++step) {
        follows.choose({point_kind::call, step, two, 0});
    }
    REQUIRE(follows.diverged_at());
    CHECK(*follows.diverged_at() == 100 + made.deviations[0].at);
}

TEST_CASE("token: a follower finds out that the way to a deviation looked otherwise") {
    // Each deviation holds six bits of a hash: one other kind of point is found 63 times in 64.
    unsigned found = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::string taken;
        const schedule made = recorded(seed, 4, taken);
        if (made.deviations.empty()) {
            ++found;
            continue;
        }
        follower follows(made);
        std::int32_t running = -1;
        for (std::uint64_t step = 0; step < 4; ++step) {
            const std::uint32_t chosen =
                follows.choose({point_kind::interlocked, step, three, running});
            running = static_cast<std::int32_t>(chosen);
        }
        found += follows.diverged_at().has_value();
    }
    CHECK(found >= 185);
}

TEST_CASE("token: after its end and after a divergence a follower takes the default") {
    const schedule none{};
    follower follows(none);
    CHECK(follows.choose({point_kind::call, 0, three, 2}) == 2);
    CHECK(follows.choose({point_kind::blocked, 1, three, -1}) == 0);
    schedule impossible;
    impossible.deviations = {{0, 9, 0}, {1, 2, 0}};
    follower lost(impossible);
    CHECK(lost.choose({point_kind::call, 7, three, 1}) == 1);
    CHECK(lost.choose({point_kind::call, 8, three, 1}) == 1);
    CHECK(lost.diverged_at() == 7);
}

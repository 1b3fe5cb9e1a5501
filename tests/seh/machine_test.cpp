// __try and the machine: threads that switch, expectations on second stacks, deaths with blocks
// open, faults at each level, and what is refused.
#include <stdexcept>

#include "both_backends.hpp"

using namespace tests;
using emu::rule;

namespace {

constexpr NTSTATUS some_status = static_cast<NTSTATUS>(0xE0000042);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool faults_are_ours = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool faults_are_ours = false;
#else
constexpr bool faults_are_ours = true;
#endif
#else
constexpr bool faults_are_ours = true;
#endif

int volatile *const nowhere = reinterpret_cast<int volatile *>(32);

long count_and_pass(int &asked) {
    ++asked;
    return EXCEPTION_CONTINUE_SEARCH;
}

// Raises and handles a status of its own, with waits in every place where another may go first.
int handle_own(NTSTATUS mine) {
    int caught = 0;
    for (int i = 0; i < 3; ++i) {
        __try {
            __try {
                let_others_run();
                ExRaiseStatus(mine + i);
            } __finally {
                let_others_run();
                caught += AbnormalTermination() ? 100 : 0;
            }
        } __except (let_others_run(), GetExceptionCode() == mine + i) {
            let_others_run();
            caught += GetExceptionCode() == mine + i ? 1 : 0;
        }
    }
    return caught;
}

}  // namespace

TEST_CASE("seh: every thread finds its own blocks, however they take turns") {
    emu::exploration how;
    how.schedules = 200;
    emu::explore(
        [] {
            int first = 0, second = 0;
            emu::system_thread one{[&] { first = handle_own(0x20000000); }};
            emu::system_thread two{[&] { second = handle_own(0x20001000); }};
            CHECK(handle_own(0x20002000) == 303);
            one.join();
            two.join();
            CHECK(first == 303);
            CHECK(second == 303);
        },
        how);
}

TEST_BOTH("seh: nothing is unwound for an exception that nobody accepts") {
    int asked = 0, finals = 0;
    const emu::violation found = emu::expect_violation(rule::uncaught_exception, [&] {
        __try {
            __try {
                ExRaiseStatus(some_status);
            } __finally {
                ++finals;
            }
        } __except (count_and_pass(asked)) {
            ++finals;
        }
    });
    CHECK(asked == 1);
    CHECK(finals == 0);
    CHECK(found.bug_check == 0x7E);
    CHECK(found.parameters[0] == 0xE0000042);
}

TEST_BOTH("seh: a raise inside an expectation reaches the block around it") {
    int x = 0;
    for (int i = 0; i < 3; ++i) {
        __try {
            __try {
                EMU_EXPECT_VIOLATION(rule::recursive_acquire, [&] {
                    __try {
                        ExRaiseStatus(some_status + i);
                    } __finally {
                        x += 1;
                    }
                }());
            } __finally {
                x += AbnormalTermination() ? 10 : 0;
            }
        } __except (GetExceptionCode() == some_status + i) {
            x += 100;
        }
    }
    CHECK(x == 333);
    CHECK_FALSE(emu::detail::machine_dead());
    EX_PUSH_LOCK lock = 0;
    EMU_EXPECT_VIOLATION(rule::apcs_enabled, ExAcquirePushLockExclusive(&lock));
}

TEST_BOTH("seh: a violated expectation leaves none of its blocks behind") {
    int finals = 0, handled = 0;
    __try {
        __try {
            emu::expect_violation(rule::irql_lowered_upwards, [&] {
                __try {
                    __try {
                        KeLowerIrql(APC_LEVEL);
                    } __finally {
                        finals += 100;
                    }
                } __except (EXCEPTION_EXECUTE_HANDLER) {
                    handled += 100;
                }
            });
        } __finally {
            finals += AbnormalTermination() ? 10 : 1;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        handled += 10;
    }
    CHECK(finals == 1);
    CHECK(handled == 0);
}

TEST_CASE("seh: a block stays open across the boot of another machine") {
    int finals = 0, handled = 0;
    __try {
        emu::expect_violation(rule::irql_lowered_upwards, [&] {
            __try {
                KeLowerIrql(APC_LEVEL);
            } __finally {
                finals += 100;  // gone with its stack
            }
        });
        emu::boot();
        emu::run([] { KeGetCurrentIrql(); }, options_for(emu::backend::simulated));
        __try {
            ExRaiseStatus(some_status);
        } __finally {
            ++finals;
        }
    } __except (GetExceptionCode() == some_status) {
        ++handled;
    }
    CHECK(finals == 1);
    CHECK(handled == 1);
}

TEST_CASE("seh: machines that die with blocks open are followed by clean ones") {
    for (int i = 0; i < 20; ++i) {
        const emu::exploration_result found = emu::search([] {
            emu::system_thread waits{[] {
                __try {
                    KEVENT never;
                    KeInitializeEvent(&never, NotificationEvent, FALSE);
                    wait_for(&never);
                } __finally {
                    KeBugCheck(0xE2);  // abandoned, never unwound
                }
            }};
            __try {
                let_others_run();
                ExRaiseStatus(some_status);
            } __finally {
                KeBugCheck(0xE2);
            }
        });
        CHECK(found.which == rule::uncaught_exception);
        int handled = 0;
        emu::run(
            [&] {
                __try {
                    ExRaiseStatus(some_status);
                } __except (EXCEPTION_EXECUTE_HANDLER) {
                    ++handled;
                }
                EMU_EXPECT_VIOLATION(rule::uncaught_exception, ExRaiseStatus(some_status));
            },
            options_for(emu::backend::simulated));
        CHECK(handled == 1);
    }
}

TEST_BOTH(
    "seh: a fault that no filter accepts is access_violation, after the filters were asked") {
    if (!faults_are_ours) {
        return;
    }
    int asked = 0;
    const emu::violation found = emu::expect_violation(rule::access_violation, [&] {
        __try {
            *nowhere = 1;
        } __except (count_and_pass(asked)) {
        }
    });
    CHECK(asked == 1);
    CHECK(found.bug_check == 0x7E);
    CHECK(found.parameters[0] == 0xC0000005);
}

TEST_BOTH("seh: a fault at DISPATCH_LEVEL is bug check 0xD1 whatever the blocks") {
    if (!faults_are_ours) {
        return;
    }
    int asked = 0;
    raise_to(DISPATCH_LEVEL);
    const emu::violation found = emu::expect_violation(rule::access_violation, [&] {
        __try {
            *nowhere = 1;
        } __except (count_and_pass(asked), EXCEPTION_EXECUTE_HANDLER) {
            asked += 100;
        }
    });
    CHECK(asked == 0);
    CHECK(found.bug_check == 0xD1);
    CHECK(found.parameters[0] == 32);
    CHECK(found.parameters[1] == DISPATCH_LEVEL);
    CHECK(found.parameters[2] == 1);
}

TEST_BOTH("seh: a fault in a routine that the driver gave a bad pointer is caught") {
    if (!faults_are_ours) {
        return;
    }
    int handled = 0;
    char into[64];
    const void *volatile from = const_cast<int *>(nowhere);  // gcc would see the bad pointer
    __try {
        RtlCopyMemory(into, from, sizeof into);
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION) {
        ++handled;
    }
    __try {
        ProbeForWrite(const_cast<int *>(nowhere), 16, 4);
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION) {
        ++handled;
    }
    CHECK(handled == 2);
}

TEST_BOTH("seh: PsTerminateSystemThread runs no __finally block") {
    static int finals;
    finals = 0;
    const auto start = [](PVOID) {
        __try {
            PsTerminateSystemThread(STATUS_SUCCESS);
        } __finally {
            ++finals;
        }
    };
    HANDLE handle = nullptr;
    PVOID thread = nullptr;
    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, start, nullptr);
    ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &thread, nullptr);
    wait_for(thread);
    ObDereferenceObject(thread);
    ZwClose(handle);
    CHECK(finals == 0);
}

TEST_BOTH("seh: a C++ exception runs the __finally blocks that it passes") {
    int finals = 0;
    try {
        __try {
            __try {
                throw std::runtime_error("test");
            } __finally {
                finals += AbnormalTermination() ? 1 : 10;
            }
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            finals += 100;
        }
    } catch (const std::runtime_error &) {
        finals += 1000;
    }
    CHECK(finals == 1001);
    EMU_EXPECT_RAISE(some_status, ExRaiseStatus(some_status));
}

TEST_BOTH("seh: a return out of a __finally block is refused") {
    EMU_EXPECT_VIOLATION(rule::not_emulated, [] {
        __try {
            KeGetCurrentIrql();
        } __finally {
            return;
        }
    }());
}

TEST_BOTH("seh: a break out of a __finally block is refused") {
    EMU_EXPECT_VIOLATION(rule::not_emulated, [] {
        for (;;) {
            __try {
                KeGetCurrentIrql();
            } __finally {
                break;
            }
        }
    }());
}

TEST_BOTH("seh: to continue after an access violation is refused") {
    if (!faults_are_ours) {
        return;
    }
    EMU_EXPECT_VIOLATION(rule::not_emulated, [] {
        __try {
            *nowhere = 1;
        } __except (EXCEPTION_CONTINUE_EXECUTION) {
        }
    }());
}

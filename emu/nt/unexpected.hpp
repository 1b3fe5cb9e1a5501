// What leaves a thread that should not: C++ exceptions.
#pragma once

namespace emu::nt {

/// The finding uncaught_exception for the exception being handled.  Call it in a catch clause.
[[noreturn]] void report_exception();

/// Runs body; nothing above it could catch what it throws.
template <class Body>
void call_and_report_exceptions(const Body &body) {
    try {
        body();
    } catch (...) {
        report_exception();
    }
}

}  // namespace emu::nt

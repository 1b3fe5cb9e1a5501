// The port through which the machine tells what happened to a thread.  Implemented in emu/verify.
// An observer returns a finding or null; it never waits and never acts.
#pragma once

namespace emu {

struct finding;
struct context;

class observer {
public:
    virtual ~observer() = default;

    /// A thread is about to end.  A finding if it holds a lock, a raised level or a disabled
    /// counter.
    virtual const finding *thread_ends(context &self) = 0;
};

}  // namespace emu

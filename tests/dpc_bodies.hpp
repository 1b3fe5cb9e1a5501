// DPCs with C++ bodies, for tests.
#pragma once
#include <functional>

namespace tests {

struct dpc_with : KDPC {
    std::function<void(PVOID, PVOID)> body;

    template <class Body>
        requires std::is_invocable_v<Body, PVOID, PVOID>
    explicit dpc_with(Body given, bool threaded = false) : KDPC{}, body(std::move(given)) {
        initialize(threaded);
    }
    template <class Body>
        requires std::is_invocable_v<Body>
    explicit dpc_with(Body given, bool threaded = false)
        : KDPC{}, body([given](PVOID, PVOID) mutable { given(); }) {
        initialize(threaded);
    }
    dpc_with(const dpc_with &) = delete;

    static VOID NTAPI run(PRKDPC dpc, PVOID, PVOID first, PVOID second) {
        static_cast<dpc_with *>(dpc)->body(first, second);
    }

private:
    void initialize(bool threaded) {
        threaded ? KeInitializeThreadedDpc(this, run, nullptr)
                 : KeInitializeDpc(this, run, nullptr);
    }
};

inline VOID NTAPI run_dpc_body(PRKDPC dpc, PVOID context, PVOID first, PVOID second) {
    dpc_with::run(dpc, context, first, second);
}

}  // namespace tests

// What the two files of executive resources share.
#pragma once
#include "emu/locks/resource.hpp"
#include "emu/nt/enter.hpp"
#include "emu/verify/resource_rules.hpp"

namespace emu::nt {

namespace core = locks::resource;

/// The thread whose identity the context has, as an owner.
inline core::owner_id owner_of(const context &self) noexcept {
    return reinterpret_cast<core::owner_id>(self.thread);
}

inline ERESOURCE &resource_of(const verify::call &at) {
    if (at.object == nullptr) {
        __builtin_unreachable();  // bad_address ends the context in every fidelity
    }
    return *static_cast<PERESOURCE>(const_cast<void *>(at.object));
}

/// Ends the context unless the object is a resource that was initialised on this machine.
void require_resource(const verify::call &at);

/// Drops the newest record of the resource; false if there is none.
bool drop_record(context &self, const void *resource);

}  // namespace emu::nt

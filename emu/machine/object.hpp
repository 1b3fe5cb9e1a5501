// Objects with reference counts and the handles to them: as much of the object manager as threads
// and events need.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace emu::machine {

enum class object_type : std::uint8_t { none, thread, event, process };

/// Stands before the body of each object, as OBJECT_HEADER does in NT.
struct alignas(16) object_header {
    object_type type = object_type::none;
    std::atomic<std::int32_t> references{0};  // of drivers and handles, not the machine's own
    std::atomic<bool> alive{false};  // the object itself goes on: a thread that has not ended
};

/// Makes an object other than a thread, its body zeroed and without a reference: it goes when the
/// last one is dropped.  An empty name for none.
void *create_object(object_type type, std::u16string_view name);

/// The object of a name, or null.
void *find_object(std::u16string_view name) noexcept;

/// The EPROCESS of the one process, which is there for ever.
void *system_process();

/// The most that the body of such an object may have.
constexpr std::size_t object_body_size = 64;

/// The header of an object body, also of one that has gone, or null if the address never was one.
/// Looks the address up first, so any value may be asked about.
object_header *header_of(const void *body) noexcept;

/// A handle to the object; takes a reference.
std::uintptr_t open_handle(void *body, bool kernel_handle);

/// The object a handle stands for, or null.
void *object_of_handle(std::uintptr_t handle) noexcept;

/// Closes the handle and drops its reference; false if it is not open.
bool close_handle(std::uintptr_t handle);

/// Takes a reference; false if the object has gone.
bool reference(object_header &object) noexcept;

/// Drops a reference; the object goes with the last one.  False if there was none to drop.
bool dereference(object_header &object) noexcept;

}  // namespace emu::machine

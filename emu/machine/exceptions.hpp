// The frames of __try blocks, and the two passes of an exception over them.
//
// A context has a chain of frames, innermost first.  The first pass asks the filters of __except
// frames, on top of the code that raised; nothing is unwound before one accepts.  The second pass
// takes frames off the chain and runs __finally blocks, each of which carries the exception on
// when it ends, until the frame that accepted is reached.  A filter may raise itself: that
// exception is searched for along the same chain again, as on Windows.
//
// Frames live in storage of their own, not on stacks: a stack that is abandoned leaves nothing
// dangling.  A stack entered by an expectation has a boundary frame at its base.  No locks.
#pragma once
#include <cstdint>

#include "emu/base/context.hpp"
#include "emu/base/nt.hpp"
#include "emu/host/jump.hpp"

namespace emu::machine {

enum class block_kind : std::uint8_t {
    unknown,
    except,
    finally,
    boundary,   // passed by, and left through its owner's code
    catch_all,  // accepts everything, asks nothing
};

/// How control came to the branch after a body.
enum class way : std::uint8_t {
    filtering,   // the first pass asks
    handling,    // this frame's filter accepted
    unwinding,   // on its way to another frame's handler
    completed,   // the body ended, or __leave
    jumped_out,  // return, goto, break, continue out of the body
};

/// One raise, on the stack of the code that raised, while filters are asked.
struct exception_search {
    EXCEPTION_POINTERS pointers;
    exception_search *outer;      // interrupted by this one: a filter raised
    void *way_back;               // from the running filter
    wdm_emu_seh_frame *handling;  // the context's, before the running filter
};

enum class verdict : std::uint8_t { unhandled, continue_execution };

wdm_emu_seh_frame &push_frame(context &self, block_kind kind);

/// Takes frames off the chain down to and including `last`, whose code is gone or done.
void drop_frames(context &self, wdm_emu_seh_frame &last) noexcept;

/// Forgets everything: the code of these frames will never run again.
void drop_all_frames(context &self) noexcept;

/// A host thread that the machine started goes: others may have the frames that it kept.
void give_back_spare_frames() noexcept;

/// Forgets the filters and handlers at work that are on the running stack.
void drop_handling(context &self) noexcept;

/// Asks the filters.  Does not return if one accepts.
verdict search(context &self, EXCEPTION_RECORD &record, CONTEXT &at);

/// The second pass, up to the handler of `target`, which is on the chain.
[[noreturn]] void unwind(context &self, wdm_emu_seh_frame &target, NTSTATUS code);

/// Calls body(argument).  False if it raised; then the status is in `code`.
bool run_guarded(context &self, void (*body)(void *), void *argument, NTSTATUS &code);

/// Where control came from; valid right after a place was resumed.
wdm_emu_seh_frame &arrived_at() noexcept;

/// Goes to the branch after a body; the frame is on no chain any more.
[[noreturn]] void arrive(wdm_emu_seh_frame &there, way how);

/// A frame on no chain, and back with one.
wdm_emu_seh_frame &spare_frame();
void release_frame(wdm_emu_seh_frame &gone) noexcept;

}  // namespace emu::machine

struct wdm_emu_seh_frame {
    emu::host::place at;    // where the block begins
    emu::host::place left;  // where the body was left
    emu::context *owner;
    wdm_emu_seh_frame *outer;
    wdm_emu_seh_frame *target;               // of the exception that passes
    emu::machine::exception_search *search;  // that the body is part of, if a filter's code
    NTSTATUS code;
    emu::machine::block_kind kind;
    emu::machine::way how;
    bool completed;
    // As a record of a filter or handler at work: of which function, how deep in handlers.
    const void *function_frame;
    int level;
};

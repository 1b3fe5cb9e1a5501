// The inlines of the headers do what their pages say, in C and in C++.
#include <doctest/doctest.h>

extern "C" {
#include <ntifs.h>

#define CHECKS(name) cxx_##name
#include "inlines_checks.inc"
#undef CHECKS
}

#define BOTH_LANGUAGES(name, sentence)                \
    extern "C" int c_##name(void);                    \
    TEST_CASE("headers: " sentence) {                 \
        INFO("0, or the line in inlines_checks.inc"); \
        CHECK(c_##name() == 0);                       \
        CHECK(cxx_##name() == 0);                     \
    }

BOTH_LANGUAGES(list_is_empty_only_without_entries, "a list is empty only without entries")
BOTH_LANGUAGES(list_keeps_order, "a list keeps order")
BOTH_LANGUAGES(removing_from_an_empty_list_returns_the_head,
               "removing from an empty list returns the head")
BOTH_LANGUAGES(append_tail_list_joins_a_headless_ring, "AppendTailList joins a headless ring")
BOTH_LANGUAGES(single_list_is_a_stack, "a singly linked list is a stack")
BOTH_LANGUAGES(increment_and_decrement_return_the_new_value,
               "interlocked increment and decrement return the new value")
BOTH_LANGUAGES(exchange_and_bitwise_return_the_old_value,
               "interlocked exchange and bitwise operations return the old value")
BOTH_LANGUAGES(compare_exchange_replaces_only_what_it_expects,
               "interlocked compare exchange replaces only what it expects")
BOTH_LANGUAGES(bit_tests_return_the_old_bit_and_cross_words,
               "interlocked bit tests return the old bit and cross words")
BOTH_LANGUAGES(accessors_read_and_write, "accessors read and write")
BOTH_LANGUAGES(memory_routines_copy_fill_and_compare, "memory routines copy, fill and compare")
BOTH_LANGUAGES(macros_compute_what_their_names_say, "macros compute what their names say")
BOTH_LANGUAGES(initguid_turns_declarations_into_definitions,
               "<initguid.h> turns declarations into definitions")
BOTH_LANGUAGES(mdl_macros_read_the_descriptor, "MDL macros read the descriptor")

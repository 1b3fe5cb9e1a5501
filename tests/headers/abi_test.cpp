// The same assertions as C++20.
// An FCB header has a base, as Windows has it; its layout is plain all the same.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
extern "C" {
#include "abi_test.c"
}

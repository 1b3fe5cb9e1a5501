// The same assertions as C++20.
extern "C" {
#include "abi_test.c"
}

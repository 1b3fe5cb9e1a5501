// The same idioms as C++20.
extern "C" {
#include "driver_style.c"
}

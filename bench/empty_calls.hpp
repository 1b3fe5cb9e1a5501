// Functions that do nothing, in a shared library: what a call costs that costs nothing.
#pragma once

extern "C" {
void bench_empty_enter(void *object, unsigned flags);
void bench_empty_leave(void *object, unsigned flags);
unsigned char bench_empty_level(unsigned char level);
}

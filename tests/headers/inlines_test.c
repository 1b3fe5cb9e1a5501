/* The checks as C11; inlines_test.cpp calls them. */
#include <ntifs.h>

#define CHECKS(name) c_##name
#include "inlines_checks.inc"

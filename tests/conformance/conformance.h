/* Conformance cases: pure WDM C behind this small harness, so that the same files can be built into
 * a driver with the WDK and their results laid beside ours.
 *
 * A case is a function without parameters; cases.def lists it with the statement of observed
 * behaviour that it asserts.  CHECK_THAT may be used in every thread of a case. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <ntifs.h>
#include <fltKernel.h>

#ifdef __cplusplus
extern "C" {
#endif

void conformance_check(int holds, const char *expression, const char *file, int line);

#define CHECK_THAT(expression) \
    conformance_check(!!(expression), #expression, __FILE__, __LINE__)

#define CONFORMANCE(function, target, statement) void function(void);
#define CONFORMANCE_STOPS(function, target, statement, bug_check) void function(void);
#include "cases.def"
#undef CONFORMANCE_STOPS
#undef CONFORMANCE

#ifdef __cplusplus
}
#endif

#endif

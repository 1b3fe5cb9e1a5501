/* Code that raises and knows nothing of __try: compiled with optimisation, as much of a driver is.
 */
#include <wdm.h>

#include "constructs.h"

static volatile char kept;

void raise_in_depth(int depth, int status) {
    volatile char on_stack[200];
    on_stack[depth % 200] = 1;
    if (depth > 0) {
        raise_in_depth(depth - 1, status);
    } else if (status != STATUS_SUCCESS) {
        ExRaiseStatus(status);
    }
    kept = on_stack[depth % 200];
}

int read_in_depth(int depth, const volatile int *from) {
    volatile char on_stack[200];
    int value;
    on_stack[depth % 200] = 1;
    value = depth == 0 ? *from : read_in_depth(depth - 1, from);
    kept = on_stack[depth % 200];
    return value;
}

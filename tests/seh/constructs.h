/* The constructs of structured exception handling, each a function that returns 0, or the line of
 * the check that failed.  constructs.inc is compiled as C and as C++, with and without
 * optimisation. */
#ifndef TESTS_SEH_CONSTRUCTS_H
#define TESTS_SEH_CONSTRUCTS_H

struct construct {
    const char *name;
    int (*run)(void);
    int needs_faults; /* memory faults are the sanitizer's in builds with one */
};

#ifdef __cplusplus
extern "C" {
#endif

extern const struct construct constructs_c[];
extern const struct construct constructs_cpp[];
extern const int construct_count_c;
extern const int construct_count_cpp;

/* deep.c: optimised code without a __try of its own. */
void raise_in_depth(int depth, int status);
int read_in_depth(int depth, const volatile int *from);

#ifdef __cplusplus
}
#endif

#endif

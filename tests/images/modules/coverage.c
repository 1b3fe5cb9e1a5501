/* Compiled for coverage: its counters go on counting while its variables are restored.  COUNTER is
 * what the compiler calls the counters of the first function; only the assembler knows the name. */
static int Calls;

int module_operate(void)
{
    return ++Calls;
}

long long module_count(void)
{
    long long *first;

    __asm__("leaq " COUNTER "(%%rip), %0" : "=r"(first));
    return *first;
}

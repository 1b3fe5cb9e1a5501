/* Compiled for coverage: its counters go on counting while its variables are restored.  COUNTER is
 * what the compiler calls the counters of the first function; they are visible in this file only. */
static int Calls;

int module_operate(void)
{
    return ++Calls;
}

extern long long Counter[] __asm__(COUNTER);

long long module_count(void)
{
    return Counter[0];
}

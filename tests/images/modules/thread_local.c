/* Refused: no driver has thread-local variables, and no image holds them. */
static __thread int OfThisThread;

int module_operate(void)
{
    return ++OfThisThread;
}

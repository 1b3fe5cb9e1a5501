/* A driver of SIZE bytes of global variables, of which an execution writes a few. */
static volatile char Table[SIZE];
static volatile long Counter = 1;
static void *volatile Head = (void *)&Table;

void bench_touch(void)
{
    Counter += 1;
    Head = (void *)&Head;
    Table[SIZE / 2] = 1;
}

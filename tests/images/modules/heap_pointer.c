/* Refused: memory of the host's heap, from a constructor. */
#include <stdlib.h>

static char Name[100] = "x";
static struct {
    long Size;
    void *volatile Memory;
} KeptBuffer;

__attribute__((constructor)) static void fill(void)
{
    KeptBuffer.Memory = malloc(24);
}

int module_operate(void)
{
    return KeptBuffer.Memory != NULL && Name[0] == 'x';
}

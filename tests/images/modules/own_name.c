/* A variable that the test has under the same name. */
int SharedName = 1;

int module_operate(void)
{
    return SharedName++;
}

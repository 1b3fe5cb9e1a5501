#define TABLE constructs_c
#define COUNT construct_count_c
#include "constructs.inc"

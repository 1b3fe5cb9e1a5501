extern "C" {
#define TABLE constructs_cpp
#define COUNT construct_count_cpp
#include "constructs.inc"
}

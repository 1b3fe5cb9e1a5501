// Refused: the container's content is on the host's heap.
#include <vector>

namespace {

std::vector<int> kept_numbers{1, 2, 3};

}  // namespace

extern "C" int module_operate() { return kept_numbers[1]; }

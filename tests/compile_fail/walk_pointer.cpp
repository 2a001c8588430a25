// Must not compile: a walk does not follow pointers.
// expect: a walk over the model cannot see into a field of this type
#include <attune/model.hpp>

struct Part {
  attune::Param w;
};
struct Model {
  Part* part = nullptr;
};

auto found = attune::params(Model{});

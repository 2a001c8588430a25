// Must not compile: the fields of a base class would be skipped.
// expect: has a base class: hold it as a field instead
#include <attune/model.hpp>

struct Part {
  attune::Param w;
};
struct Model : Part {
  attune::Param own;
};

auto found = attune::params(Model{});

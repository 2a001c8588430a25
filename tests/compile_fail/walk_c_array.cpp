// Must not compile: a C array of layers would be skipped.
// expect: has a C array field: use std::array instead
#include <attune/model.hpp>

struct Part {
  attune::Param w;
};
struct Model {
  Part parts[2];
};

auto found = attune::params(Model{});

// Must not compile: a C array of one element is a C array still.
// expect: has a C array field: use std::array instead
#include <attune/reflect.hpp>

struct WithArray {
  int first = 0;
  double values[1] = {};
};

static_assert(attune::reflect::names<WithArray>().size() == 2);

// Must not compile: a C array takes several initializers and would be counted as several fields.
// expect: has a C array field: use std::array instead
#include <attune/reflect.hpp>

struct WithArray {
  int first = 0;
  double values[3] = {};
  int last = 0;
};

static_assert(attune::reflect::count<WithArray>() == 3);

// Must not compile: the fields of a type with a constructor cannot be counted.
// expect: has a constructor, private fields or virtual functions
#include <attune/reflect.hpp>

struct Constructed {
  explicit Constructed(int n) : value(n) {}
  int value;
};

static_assert(attune::reflect::count<Constructed>() == 1);

// Must not compile: an empty base class would shift every field by one.
// expect: has a base class: hold it as a field instead
#include <attune/reflect.hpp>

struct Base {};
struct Derived : Base {
  int first = 0, second = 0;
};

static_assert(attune::reflect::count<Derived>() == 2);

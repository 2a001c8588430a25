// Must not compile: a base class would hide its fields from every walk.
// expect: has a base class: hold it as a field instead
#include <attune/reflect.hpp>

struct Base {
  int hidden = 0;
};
struct Derived : Base {
  int seen = 0;
};

static_assert(attune::reflect::count<Derived>() == 2);

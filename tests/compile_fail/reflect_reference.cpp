// Must not compile: nothing converts to a reference, so the fields of this type cannot be counted.
// expect: has a field that cannot be seen (a reference?)
#include <attune/reflect.hpp>

struct Borrower {
  int first = 0;
  int& elsewhere;
};

static_assert(attune::reflect::count<Borrower>() == 2);

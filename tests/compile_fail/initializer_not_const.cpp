// Must not compile: fill is called on a constant.
// expect: an initializer has `void fill(Fill& f) const`
#include <attune/initialize.hpp>
#include <attune/initializer.hpp>

struct Mine {
  static constexpr auto name = "mine", cite = "none";
  void fill(attune::Fill&) {}
};

void use() { attune::register_initializer<Mine>(); }

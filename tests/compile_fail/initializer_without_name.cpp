// Must not compile: an initializer without a name, registered by a program.
// expect: static constexpr auto name
#include <attune/initialize.hpp>
#include <attune/initializer.hpp>

struct Mine {
  void fill(attune::Fill& f) const {
    f.each([](std::int64_t) { return 0.0; });
  }
};

void use() { attune::register_initializer<Mine>(); }

// Must not compile: the table of options is made of the fields themselves.
// expect: function and no `fields`: its fields are its options
#include <attune/plugin.hpp>
using namespace attune;

struct Listing {
  static constexpr auto name = "listing", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("lr", self.lr);
  }
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

ATTUNE_PLUGIN(Listing)

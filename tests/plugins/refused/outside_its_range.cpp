// A plugin whose rule has an option that begins outside its own range.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct OutsideItsRange {
  static constexpr auto name = "outside_its_range", cite = "none";
  Real momentum{1.5, decay_range(0.5, 0.99), "decay"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= momentum * g; };
  }
};

}  // namespace

ATTUNE_PLUGIN(OutsideItsRange)

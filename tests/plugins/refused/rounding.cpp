// A plugin that rounds upwards from the moment it is loaded.
#include <attune/plugin.hpp>
#include <cfenv>
using namespace attune;

namespace {

__attribute__((constructor)) void round_upwards() { std::fesetround(FE_UPWARD); }

struct Upwards {
  static constexpr auto name = "upwards", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

}  // namespace

ATTUNE_PLUGIN(Upwards)

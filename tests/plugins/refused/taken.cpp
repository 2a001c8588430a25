// A plugin whose second rule has the name of one in the tree: neither may be registered.
#include <attune/plugin.hpp>
using namespace attune;

namespace {

struct Newcomer {
  static constexpr auto name = "newcomer", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

struct Taken {
  static constexpr auto name = "adam", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

}  // namespace

ATTUNE_PLUGIN(Newcomer, Taken)

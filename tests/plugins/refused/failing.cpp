// Loads well; its entries fail later: a rule while a step is prepared, one in the middle of an
// update, one when it is asked for its states, one that needs what no host offers; an initializer.
#include <attune/plugin.hpp>
#include <stdexcept>
using namespace attune;

namespace {

struct ThrowsAtThree {
  static constexpr auto name = "throws_at_three", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step& step) const {
    if (step.t == 3) throw std::runtime_error("three is too many");
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

struct ThrowsInUpdate {
  static constexpr auto name = "throws_in_update", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step& step) const {
    return [*this, t = step.t](auto& p, auto g, auto&) {
      if (t == 2) throw std::runtime_error("in the middle");
      p -= lr * g;
    };
  }
};

// A lambda that refers to what is gone when it runs.
struct KeepsLocal {
  static constexpr auto name = "keeps_local", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step& step) const {
    const double rate = lr / step.t;
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreturn-stack-address"
#endif
    return [&](auto& p, auto g, auto&) { p -= rate * g; };
  }
};

struct NeedsHessian {
  static constexpr auto name = "needs_hessian", cite = "none";
  static constexpr std::uint64_t needs = ATTUNE_NEED(ATTUNE_NEED_HESSIAN_PRODUCT);
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

struct ThrowsInActive {
  static constexpr auto name = "throws_in_active", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  template <class V>
  struct State {
    V m;
  };
  bool active(std::string_view) const {
    if (lr >= 0.5) throw std::runtime_error("too fast to tell");
    return true;
  }
  auto at(const Step&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.m = g;
      p -= lr * s.m;
    };
  }
};

struct ThrowsInFill {
  static constexpr auto name = "throws_in_fill", cite = "none";
  void fill(Fill&) const { throw std::runtime_error("no values today"); }
};

}  // namespace

ATTUNE_PLUGIN(ThrowsAtThree, ThrowsInUpdate, ThrowsInActive, KeepsLocal, NeedsHessian, ThrowsInFill)

// Small rules that have all that a rule may have beyond `at`, an initializer with options of every
// kind, and the C table that ATTUNE_PLUGIN would export of them.
#pragma once

#include <algorithm>
#include <attune/plugin.hpp>
#include <cmath>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string_view>

#include "tests/optim/tiny_host.hpp"

namespace attune::tests {

// p -= lr |p| / |g| g: the norms are sums over the tensor.
struct Trust {
  static constexpr auto name = "trust",
                        cite = "You et al. 2017, arXiv:1708.03888, without momentum";
  static constexpr bool sums_per_tensor = true;
  static constexpr unsigned version = 3;
  Real lr{0.5, log_range(1e-3, 1), "step size"};

  template <class V>
  struct Sums {
    V p, g;
  };

  auto reduce(const Step&) const {
    return [](auto p, auto g, auto&, auto& sums) {
      sums.p += p * p;
      sums.g += g * g;
    };
  }
  auto at(const Step&, const Sums<double>& sums) const {
    const double size = lr * std::sqrt(sums.p / sums.g);
    return [size](auto& p, auto g, auto&) { p -= size * g; };
  }
};

// Saved scalars that the sums move, a state that starts at the parameter, another at an option's
// value, an evaluation view halfway to the start.
struct Anchored {
  static constexpr auto name = "anchored", cite = "made up for this test";
  Real lr{0.25, log_range(1e-3, 1), "step size"};
  Real pace{3, range(1, 5), "start of the second state"};

  template <class V>
  struct State {
    V anchor, pace;
  };
  template <class V>
  struct Sums {
    V distance;
  };
  struct Saved {
    double largest = -1, steps = 10;
  };

  static constexpr Start start(std::string_view state) {
    return state == "anchor" ? Start::parameter() : Start::option("pace");
  }
  auto reduce(const Step&, const Saved&) const {
    return [](auto p, auto, auto& s, auto& sums) {
      sums.distance += abs(p - s.anchor);
      s.pace = s.pace + 1;
    };
  }
  void combine(const Step&, Saved& saved, const Sums<double>& sums) const {
    saved.largest = std::max(saved.largest, sums.distance);
  }
  auto at(const Step&, Saved& saved) const {
    saved.steps += 1;
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
  auto eval(const Step&, const Saved&) const {
    return [](auto p, const auto& s) { return 0.5 * (p + s.anchor); };
  }
};

struct Thrower {
  static constexpr auto name = "thrower", cite = "made up for this test";
  Real lr{1, log_range(1e-3, 1), "step size"};
  Int kind{0, range(0, 3), "what is thrown"};

  auto at(const Step&) const {
    if (kind == 1) throw std::runtime_error("the moon is full");
    if (kind == 2) throw std::bad_alloc();
    if (kind == 3) throw 7;
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

// One whole tensor: every row is moved by the mean of its gradient.
struct Rows {
  static constexpr auto name = "rows", cite = "made up for this test";
  Real lr{1, log_range(1e-3, 1), "step size"};

  void matrix(const Step&, const attune_param& param) const {
    if (param.rank != 2) throw std::invalid_argument("takes matrices; give others to adamw");
    auto* p = static_cast<double*>(param.value);
    const auto* g = static_cast<const double*>(param.gradient);
    for (std::int64_t i = 0; i < param.shape[0]; ++i, p += param.shape[1], g += param.shape[1]) {
      double mean = 0;
      for (std::int64_t j = 0; j < param.shape[1]; ++j) mean += g[j];
      mean /= static_cast<double>(param.shape[1]);
      for (std::int64_t j = 0; j < param.shape[1]; ++j) p[j] -= lr * mean;
    }
  }
};

// Draws for each element; biases are left alone.
struct Noise {
  static constexpr auto name = "noise", cite = "Welling & Teh 2011, without the gradient";
  Real lr{1, log_range(1e-3, 1), "step size"};

  auto at(const Step&) const {
    return [*this](auto& p, auto, auto&, const auto& place) {
      if (place.tensor().role != ATTUNE_ROLE_BIAS) p += lr * (place.uniform() - place.normal(3));
    };
  }
};

struct Ramp {
  static constexpr auto name = "ramp", cite = "made up for this test";
  Real low{-1, range(-10, 10), "least"};
  Bool doubled{false, "three draws"};
  Choice mode{{"plain", "negated"}, "sign"};

  void fill(Fill& f) const {
    if (f.dtype() != ATTUNE_F32 && f.dtype() != ATTUNE_F64) throw std::invalid_argument("dtype");
    f.each([&](std::int64_t i) {
      const double x = low + f.uniform(i) + (doubled ? f.uniform(i, 1) - f.normal(i) : 0.0);
      return mode == "negated" ? -x : x;
    });
  }
};

inline const attune_plugin& plugin() {
  return *internal::PluginTable<Trust, Ramp, Anchored, Thrower, Rows, Noise>::enter(&tiny::host());
}

inline const attune_rule& rule(std::string_view name) {
  for (std::uint32_t i = 0; i < plugin().n_rules; ++i) {
    if (name == plugin().rules[i]->name) return *plugin().rules[i];
  }
  throw std::out_of_range("no such rule");
}

}  // namespace attune::tests

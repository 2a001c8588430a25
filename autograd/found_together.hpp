// Derivatives by several inputs that come of one pass, when the first of them is asked for.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "attune/tensor.hpp"
#include "core/impl.hpp"

namespace attune::internal {

// Of which gradient something was computed. One that was overwritten since, as a seed may be, is
// another.
class ArrivedGradient {
 public:
  bool is(const Tensor& g) const {
    return gradient_.defined() && gradient_.impl() == g.impl() && version_ == g.version();
  }
  void set(const Tensor& g) {
    gradient_ = g;
    version_ = g.version();
  }
  void forget() { gradient_ = {}; }

 private:
  Tensor gradient_;
  std::uint32_t version_ = 0;
};

// They are asked for in turn, of the same gradient, and each is handed out once.
template <std::size_t count>
class FoundTogether {
 public:
  // find(derivatives) makes those that will be asked for.
  template <class Find>
  Tensor take(std::size_t which, const Tensor& g, const Find& find) {
    if (!arrived_.is(g) || !found_[which].defined()) {
      found_ = {};
      arrived_.forget();  // before what may fail half way
      find(found_);
      arrived_.set(g);
    }
    Tensor result = std::exchange(found_[which], Tensor());
    for (const Tensor& left : found_)
      if (left.defined()) return result;
    arrived_.forget();
    return result;
  }

 private:
  std::array<Tensor, count> found_;
  ArrivedGradient arrived_;
};

}  // namespace attune::internal

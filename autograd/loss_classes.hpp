// What losses on classes share: their targets, checked, and their input as planes of
// classes.
#pragma once

#include "autograd/loss.hpp"
#include "core/impl.hpp"

namespace attune::internal {

inline constexpr std::int64_t ignored = -1;  // in Classes::of

// The targets of rows, checked.
struct Classes {
  Tensor of;      // i64 [rows], `ignored` where a row counts for nothing
  Tensor weight;  // [classes] in the type of the loss, or undefined
  double total;   // the weights of the rows that count, added

  template <class T>
  const T* weights() const {
    return weight.defined() ? data<T>(weight) : nullptr;
  }
};

struct Request {
  const char* name;
  const Tensor& weight;
  std::int64_t ignore_index;
  Reduction reduction;
};

// The weights of classes in `dtype`. Error (shape).
Tensor checked_weight(const Request& request, std::int64_t classes, DType dtype);
// x must be [n, classes] or [n, classes, d1, ...], the target [n] or [n, d1, ...].
void check_class_shapes(const char* name, const Tensor& x, const Tensor& target);
// Errors: dtype, index, shape, value, as the comment of nll_loss says.
Classes checked_classes(const Request& request, const Tensor& x, const Tensor& target, DType dtype);
// [n, classes, d1, ...] -> [n, classes, d1 ...], or [n d1 ..., classes] where little follows.
Tensor class_planes(const Tensor& x);

// Where samples lie in such planes of `classes`: entry c of a sample at `at` is c * inner further.
struct Samples {
  std::int64_t classes, inner;

  explicit Samples(const Shape& planes)
      : classes(planes[1]), inner(planes.rank() == 3 ? planes[2] : 1) {}

  // f(i, at) for samples i from `first` on, `last` not included.
  template <class F>
  void each(std::int64_t first, std::int64_t last, const F& f) const {
    if (first >= last) return;
    std::int64_t column = first % inner, at = first / inner * inner * classes + column;
    for (std::int64_t i = first; i < last; ++i) {
      f(i, at);
      ++at;
      if (++column < inner) continue;
      column = 0;
      at += (classes - 1) * inner;
    }
  }
};

}  // namespace attune::internal

// An operand that is a tensor or a C++ number: `maximum(x, 0)`, `lt(2, x)`, `where(big, x, 0.5)`.
//
// Layer: core.
#pragma once

#include <attune/tensor.hpp>
#include <type_traits>

namespace attune {

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

// Whatever holds a tensor and converts to it.
template <class T>
concept HoldsTensor = requires(const T& holder) {
  holder.operator const Tensor&();
};

// The parameter of an operation that takes either; made by conversion, for the call alone. Beside a
// tensor a number is weak (<attune/dtype.hpp>); of numbers alone each has its own type, f32, i64 or
// bool. What an operation throws for a tensor of the number's type it throws for the number.
class Operand {
 public:
  Operand(const Tensor& tensor) noexcept : tensor_(&tensor) {}  // NOLINT: converts, as below
  Operand(Number number) noexcept : number_(number) {}          // NOLINT
  template <Arithmetic T>
  Operand(T number) noexcept : number_(number) {}  // NOLINT
  // A parameter, a buffer.
  template <HoldsTensor T>
  Operand(const T& holder) : tensor_(&holder.operator const Tensor&()) {}  // NOLINT

  // The tensor, or nullptr when this is a number.
  const Tensor* tensor() const noexcept { return tensor_; }
  Number number() const noexcept { return number_; }

 private:
  const Tensor* tensor_ = nullptr;
  Number number_ = 0;
};

}  // namespace attune

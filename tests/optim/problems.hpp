// Small problems to run optimizers on, and what tests of errors share.
#pragma once

#include <attune/ops.hpp>
#include <attune/params.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace attune::tests {

// The elements of a tensor, byte by byte.
inline std::string bits_of(const Tensor& x) {
  const Tensor in = x.contiguous();
  const std::size_t bytes = static_cast<std::size_t>(in.numel()) * size_of(in.dtype());
  const void* const data = in.dtype() == f64 ? static_cast<const void*>(in.data<double>())
                                             : static_cast<const void*>(in.data<float>());
  return {static_cast<const char*>(data), bytes};
}

// A bowl over two parameters, with minima away from their starts:
// sum((a - 1)^2) + sum((b + 0.5)^2).
struct Bowl {
  Tensor first, second;

  Bowl(DType dtype, const Shape& shape)
      : first(start(dtype, shape, 0.7)), second(start(dtype, shape, 0.3)) {
    first.set_requires_grad();
    second.set_requires_grad();
  }

  Tensor loss() const { return sum(square(first - 1.0)) + sum(square(second + 0.5)); }
  Params params() const {
    return {{"first", Role::weight, 1, 1, first}, {"second", Role::bias, 1, 1, second}};
  }
  std::string bits() const { return bits_of(first) + bits_of(second); }
  template <class T>
  std::vector<T> values() const {
    std::vector<T> all(first.values<T>().begin(), first.values<T>().end());
    all.insert(all.end(), second.values<T>().begin(), second.values<T>().end());
    return all;
  }

 private:
  static Tensor start(DType dtype, const Shape& shape, double phase) {
    std::vector<double> numbers(static_cast<std::size_t>(shape.numel()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = 2 + phase * static_cast<double>(i % 13) / 13;
    }
    return tensor(numbers, shape).to(dtype);
  }
};

// The message of the Error of this kind that `action` must throw.
template <class F>
std::string message_of(ErrorKind kind, F&& action) {
  try {
    action();
  } catch (const Error& error) {
    BOOST_TEST(name(error.kind()) == std::string(name(kind)), error.what());
    return error.what();
  }
  BOOST_ERROR("no error was thrown");
  return {};
}

}  // namespace attune::tests

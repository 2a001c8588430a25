// operator<< of tensors against what NumPy prints.
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "core/impl.hpp"
#include "tests/references/printing.hpp"

using namespace attune;

namespace {

std::string text(const Tensor& tensor) {
  std::ostringstream out;
  out << tensor;
  return out.str();
}

Tensor of_numbers(DType dtype, const Shape& shape, const std::vector<Number>& values) {
  Tensor tensor = empty(shape, dtype);
  internal::visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const elements = tensor.mutable_data<T>();
    for (std::size_t i = 0; i < values.size(); ++i) elements[i] = values[i].as<T>();
  });
  return tensor;
}

// The text without the remark on type and shape.
std::string array_text(const Tensor& tensor) {
  const std::string all = text(tensor);
  const bool remark = tensor.dtype() == f64 || tensor.dtype() == u8 || tensor.dtype() == i32 ||
                      tensor.numel() > 1000;
  if (!remark) return all;
  const std::size_t begin = all.rfind(" (");
  BOOST_REQUIRE(begin != all.npos);
  return all.substr(0, begin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(print)

BOOST_AUTO_TEST_CASE(as_numpy) {
  for (const tests::Printed& expected : tests::printed) {
    const Tensor tensor = of_numbers(expected.dtype, expected.shape, expected.values);
    BOOST_TEST(array_text(tensor) == expected.text);
  }
}

BOOST_AUTO_TEST_CASE(lines_and_shortening_as_numpy) {
  for (const tests::PrintedRange& expected : tests::printed_ranges) {
    std::vector<Number> values;
    for (std::int64_t i = 0; i < expected.shape.numel(); ++i) {
      values.push_back(static_cast<double>(i) * expected.step);
    }
    const Tensor tensor = of_numbers(expected.dtype, expected.shape, values);
    BOOST_TEST(array_text(tensor) == expected.text);
  }
}

BOOST_AUTO_TEST_CASE(views_print_what_they_show) {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  BOOST_TEST(text(t(x)) == "[[1 4]\n [2 5]\n [3 6]]");
  BOOST_TEST(text(x[1]) == "[4 5 6]");
  BOOST_TEST(text(expand(tensor({7}), {3})) == "[7 7 7]");
}

BOOST_AUTO_TEST_CASE(remarks) {
  BOOST_TEST(text(tensor({1.0})) == "[1.]");
  BOOST_TEST(text(tensor({1.0}, f64)) == "[1.] (f64)");
  BOOST_TEST(text(zeros({2, 0})) == "[] ([2, 0])");
  BOOST_TEST(text(zeros({0}, u8)) == "[] (u8, [0])");
  BOOST_TEST(text(zeros({1001})) == "[0. 0. 0. ... 0. 0. 0.] ([1001])");
  BOOST_TEST(text(Tensor()) == "(undefined)");
  BOOST_TEST(text(internal::valueless_tensor({3, 4}, f32)) == "(f32, [3, 4], no values yet)");
}

BOOST_AUTO_TEST_SUITE_END()

// Activations at the ends of the range: finite values and slopes, and the limits that the formulas
// have.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "tests/ops/check.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(activation)

BOOST_AUTO_TEST_CASE(is_finite_for_any_finite_operand) {
  const std::vector<double> ends = {-1e30, -1e4, -104, -50, -20, -1e-30,
                                    1e-30, 20,   50,   104, 1e4, 1e30};
  for (const Case& row : cases()) {
    if (row.family != "activation" || row.inputs.size() > 1) continue;
    for (const DType dtype : {f64, f32}) {
      BOOST_TEST_CONTEXT(row.name << ' ' << dtype) {
        const std::vector<Tensor> x{tensor(ends, {6, 2}).to(dtype).set_requires_grad()};
        const Tensor y = row(x);
        Tensor slope = sum(y).backward()[x[0]];
        for (const double value : reals(y)) BOOST_TEST(std::isfinite(value));
        for (const double value : reals(slope)) BOOST_TEST(std::isfinite(value));
        // the form in attune operations, which a recorded derivative takes
        const Tensor composed = sum(row(x)).backward({.record = true})[x[0]];
        BOOST_TEST(distance(composed, slope) <= (dtype == f64 ? 1e-13 : 2e-6));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(is_finite_up_to_the_largest_operand) {
  for (const Case& row : cases()) {
    if (row.family != "activation" || row.inputs.size() > 1) continue;
    // The scale of selu is above 1, and the difference of two numbers has no bound in log_softmax.
    if (row.name == "selu" || row.name.starts_with("log_softmax")) continue;
    for (const DType dtype : {f64, f32}) {
      const double most = dtype == f64 ? std::numeric_limits<double>::max()
                                       : double{std::numeric_limits<float>::max()};
      BOOST_TEST_CONTEXT(row.name << ' ' << dtype) {
        const Tensor ends = tensor(
            {-most, -most / 2, -most / 3.2, -most / 4, most / 4, most / 3.2, most / 2, most}, f64);
        const std::vector<Tensor> x{reshape(ends, {4, 2}).to(dtype).set_requires_grad()};
        const Tensor y = row(x);
        for (const double value : reals(y)) BOOST_TEST(std::isfinite(value));
        for (const bool record : {false, true}) {
          const Tensor slope = sum(row(x)).backward({.record = record})[x[0]];
          for (const double value : reals(slope)) BOOST_TEST(std::isfinite(value));
        }
      }
    }
  }
  const Tensor high = tensor({1.1e38, 3e38}), y = softplus(high, {.beta = 5});
  BOOST_TEST(reals(y) == reals(high), boost::test_tools::per_element());
  BOOST_TEST(reals(hardswish(high)) == reals(high), boost::test_tools::per_element());
  BOOST_TEST(reals(mish(-high)) == (std::vector<double>{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(has_its_limits) {
  const Tensor far = tensor({-1e4, 1e4}, f64);
  BOOST_TEST(reals(sigmoid(far)) == (std::vector<double>{0, 1}), boost::test_tools::per_element());
  BOOST_TEST(reals(log_sigmoid(far)) == (std::vector<double>{-1e4, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(reals(softplus(far)) == (std::vector<double>{0, 1e4}),
             boost::test_tools::per_element());
  BOOST_TEST(reals(mish(far))[1] == 1e4);
  BOOST_TEST(reals(softmax(far)) == (std::vector<double>{0, 1}), boost::test_tools::per_element());
  BOOST_TEST(reals(log_softmax(far)) == (std::vector<double>{-2e4, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(slope_at_a_kink_is_the_documented_one) {
  const auto slope = [](const Case& row, double at) {
    const std::vector<Tensor> x{scalar_tensor(at, f64).set_requires_grad()};
    return row(x).backward()[x[0]].item();
  };
  const auto row = [](const std::string& name) -> const Case& {
    for (const Case& one : cases()) {
      if (one.name == name) return one;
    }
    throw std::runtime_error(name);
  };
  BOOST_TEST(slope(row("relu"), 0) == 0);
  BOOST_TEST(slope(row("relu6"), 0) == 0);
  BOOST_TEST(slope(row("relu6"), 6) == 0);
  BOOST_TEST(slope(row("leaky_relu"), 0) == 0.01);
  BOOST_TEST(slope(row("hardtanh"), -1) == 0);
  BOOST_TEST(slope(row("hardtanh"), 1) == 0);
  BOOST_TEST(slope(row("hardswish"), -3) == 0);
  BOOST_TEST(slope(row("hardswish"), 3) == 1);
}

BOOST_AUTO_TEST_CASE(softmax_is_a_distribution) {
  const Tensor x = tensor({{1, 2, 3}, {0, 0, 0}}, f64);
  const Tensor y = softmax(x, 1);
  BOOST_TEST(distance(sum(y, 1), ones({2}, f64)) <= 1e-15);
  BOOST_TEST(distance(log(y), log_softmax(x, 1)) <= 1e-15);
  BOOST_TEST(distance(y, transpose(softmax(transpose(x, 0, 1), 0), 0, 1)) <= 1e-15);
}

BOOST_AUTO_TEST_CASE(softmax_along_any_axis_is_row_major) {
  const Random stream{3};
  Tensor x = randn({3, 5, 7, 9}, f64);
  for (const Tensor& of : {x, transpose(x, 1, 3), expand(narrow(x, 1, 2, 1), {3, 5, 7, 9})}) {
    for (int axis = 0; axis < 4; ++axis) {
      const auto last = [axis](const Tensor& t) { return transpose(t, axis, 3); };
      for (const auto& f : {softmax, log_softmax}) {
        const Tensor in = of.detach().set_requires_grad(), y = f(in, axis);
        const Tensor dx = sum(y * y).backward()[in];
        const Tensor rows = last(of).contiguous().set_requires_grad(), y_rows = f(rows, 3);
        const Tensor dx_rows = sum(y_rows * y_rows).backward()[rows];
        BOOST_TEST(y.is_contiguous());
        BOOST_TEST(distance(y, last(y_rows)) <= 1e-14);
        BOOST_TEST(distance(dx, last(dx_rows)) <= 1e-13);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_options_outside_their_domain) {
  const Tensor x = ones({3}, f64);
  BOOST_CHECK_THROW(softplus(x, {.beta = 0}), Error);
  BOOST_CHECK_THROW(hardtanh(x, {.low = 1, .high = 1}), Error);
  BOOST_CHECK_THROW(glu(x), Error);
  BOOST_CHECK_THROW(prelu(x, ones({2}, f64)), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

// gradcheck and gradgradcheck: they pass what is right and name what is wrong.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <attune/record.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

using Inputs = std::span<const Tensor>;

Tensor variable(std::initializer_list<internal::Nested> entries) {
  return tensor(entries, f64).set_requires_grad();
}

// x^2 with a derivative that is `factor` times the right one, and whose own derivative is `second`
// times.
Tensor squared(const Tensor& x, double factor, double second) {
  return record("squared", square(x.detach()), wrt(x, [x, factor, second](const Tensor& g) {
                  const Tensor part = x * second + x.detach() * (1 - second);
                  return g * part * 2 * factor;
                }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradient_checks)

BOOST_AUTO_TEST_CASE(right_derivatives_pass) {
  const std::vector<Tensor> inputs = {variable({{1.0, -2.0}, {0.5, 3.0}}), variable({0.25, 4.0}),
                                      tensor({1, 2})};
  const auto function = [](Inputs in) { return tanh(in[0]) * in[1] * in[2] + exp(in[1] * 0.1); };
  gradcheck(function, inputs);
  gradgradcheck(function, inputs);
  gradcheck([](Inputs in) { return squared(in[0], 1, 0.5); }, inputs);
}

BOOST_AUTO_TEST_CASE(a_wrong_derivative_is_named) {
  Tensor w = variable({{1.0, -2.0}, {0.5, 3.0}});
  w.set_name("hidden.weight");
  const std::vector<Tensor> inputs = {tensor({1.0}, f64), w};
  BOOST_CHECK_EXCEPTION(
      gradcheck([](Inputs in) { return squared(in[1], 1.001, 1) * in[0]; }, inputs), Error,
      thrown(ErrorKind::numeric, {"gradcheck: input 1 (hidden.weight)",
                                  "element [0, 0] of shape [2, 2]", "(value 1)"}));
  gradcheck([](Inputs in) { return squared(in[1], 1, 0); }, inputs);
  BOOST_CHECK_EXCEPTION(gradgradcheck([](Inputs in) { return squared(in[1], 1, 0.5); }, inputs),
                        Error,
                        thrown(ErrorKind::numeric, {"gradgradcheck: input 1 (hidden.weight)"}));
  BOOST_CHECK_EXCEPTION(gradcheck([](Inputs in) { return in[1].detach() * 2; }, inputs), Error,
                        thrown(ErrorKind::numeric, {"the derivative gives 0"}));
}

BOOST_AUTO_TEST_CASE(inputs_must_be_f64_variables) {
  const auto twice = [](Inputs in) { return in[0] * 2; };
  BOOST_CHECK_EXCEPTION(gradcheck(twice, std::vector{ones({2}).set_requires_grad()}), Error,
                        thrown(ErrorKind::dtype, {"input 0 is f32", "to(f64)"}));
  BOOST_CHECK_EXCEPTION(gradcheck(twice, std::vector{ones({2}, f64)}), Error,
                        thrown(ErrorKind::state, {"set_requires_grad"}));
}

BOOST_AUTO_TEST_CASE(results_must_be_f64_too) {
  const Tensor x = ones({2}, f64).set_requires_grad();
  const auto narrow = [](std::span<const Tensor> v) { return v[0].to(f32); };
  for (const auto check : {&gradcheck, &gradgradcheck}) {
    BOOST_CHECK_EXCEPTION(check(narrow, std::vector{x}, {}), Error,
                          thrown(ErrorKind::dtype, {"returned f32"}));
  }
}

BOOST_AUTO_TEST_CASE(inputs_keep_values_and_layout) {
  const Tensor x = variable({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  const Tensor columns = t(x.detach()).set_requires_grad();
  gradcheck([](Inputs in) { return square(in[0]); }, std::vector{columns});
  BOOST_TEST(x.version() == 0u);
  BOOST_TEST(x[1][2].item() == 6.0);
}

BOOST_AUTO_TEST_SUITE_END()

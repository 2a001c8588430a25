// Operations of the user's own, and tensors as xtensor arrays.
#include <attune/autograd.hpp>
#include <attune/op.hpp>
#include <attune/ops.hpp>
#include <attune/trace.hpp>
#include <boost/test/unit_test.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>

using namespace attune;

namespace {

Tensor softplus_by_hand(const Tensor& a) {
  return elementwise(
      "softplus_by_hand", a, [](auto&& x) { return xt::log1p(xt::exp(x)); },
      [](auto&& g, auto&& x) { return g / (1 + xt::exp(-x)); });
}

Tensor hypotenuse(const Tensor& a, const Tensor& b) {
  return elementwise(
      "hypotenuse", a, b, [](auto&& x, auto&& y) { return xt::sqrt(x * x + y * y); },
      [](auto&& g, auto&& x, auto&& y) { return g * x / xt::sqrt(x * x + y * y); },
      [](auto&& g, auto&& x, auto&& y) { return g * y / xt::sqrt(x * x + y * y); });
}

Tensor fused(const Tensor& a, const Tensor& b, const Tensor& c) {
  return elementwise(
      "fused", a, b, c, [](auto&& x, auto&& y, auto&& z) { return x * y + z; },
      [](auto&& g, auto&&, auto&& y, auto&&) { return g * y; },
      [](auto&& g, auto&& x, auto&&, auto&&) { return g * x; },
      [](auto&& g, auto&&, auto&&, auto&&) { return 1.0 * g; });
}

Tensor cube(const Tensor& a) {
  return op(
      "cube", a, [](const Tensor& x) { return x * x * x; },
      [](const Tensor& g, const Tensor& x) { return g * 3 * x * x; });
}

Tensor variable(std::initializer_list<internal::Nested> entries) {
  return tensor(entries, f64).set_requires_grad();
}

bool says(const Error& error, std::string_view text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_op)

BOOST_AUTO_TEST_CASE(derivatives) {
  const Tensor x = variable({{0.5, -1.0}, {2.0, 3.0}}), y = variable({1.5, -0.25}),
               z = variable({{2.0}, {1.0}});
  const auto check = [](auto function, std::vector<Tensor> inputs) {
    gradcheck(function, inputs);
    return inputs;
  };
  check([](auto in) { return softplus_by_hand(in[0]); }, {x});
  check([](auto in) { return softplus_by_hand(t(in[0])); }, {x});
  check([](auto in) { return hypotenuse(in[0], in[1]); }, {x, y});
  check([](auto in) { return fused(in[0], in[1], in[2]); }, {x, y, z});
  const auto inputs = check([](auto in) { return cube(in[0]); }, {x});
  gradgradcheck([](auto in) { return cube(in[0]); }, inputs);
  BOOST_TEST(cube(x).operation() == "cube");
}

BOOST_AUTO_TEST_CASE(types) {
  BOOST_TEST((softplus_by_hand(tensor({1, 2})).dtype() == f32));
  BOOST_TEST((fused(tensor({1.0}), tensor({2}), tensor({1.0})).dtype() == f32));
  BOOST_TEST((hypotenuse(tensor({3.0}), tensor({4.0}, f64)).dtype() == f64));
  BOOST_TEST(hypotenuse(tensor({3.0}), tensor({4.0}, f64)).item() == 5.0);
}

BOOST_AUTO_TEST_CASE(second_order_is_refused) {
  const Tensor x = variable({1.0, 2.0});
  BOOST_CHECK_EXCEPTION(
      sum(softplus_by_hand(x)).backward({.record = true}), Error, [](const Error& error) {
        return error.kind() == ErrorKind::state &&
               says(error, "softplus_by_hand: its derivative") && says(error, "op()");
      });
}

BOOST_AUTO_TEST_CASE(value_of_another_shape_is_refused) {
  const Tensor x = variable({1.0, 2.0});
  const auto total = [](auto&& v) { return xt::sum(v); };
  const auto same = [](auto&& g, auto&&) { return 1.0 * g; };
  BOOST_CHECK_EXCEPTION(elementwise("total", x, total, same), Error, [](const Error& error) {
    return error.kind() == ErrorKind::shape && says(error, "total: the value has shape []") &&
           says(error, "[2]");
  });
}

BOOST_AUTO_TEST_CASE(what_is_no_new_tensor_is_refused) {
  const Tensor x = variable({1.0, 2.0}), y = tensor({3.0, 4.0}, f64);
  const auto same = [](const Tensor& g, auto&&...) { return g; };
  const auto refused = [](const char* text, auto call) {
    BOOST_CHECK_EXCEPTION(call(), Error, [text](const Error& error) {
      return error.kind() == ErrorKind::state && says(error, "bad: ") && says(error, text);
    });
  };
  const auto nothing = [](auto&&...) { return Tensor(); };
  refused("undefined", [&] { op("bad", x, nothing, same); });
  refused("undefined", [&] { record("bad", Tensor(), wrt(x, same)); });
  refused("undefined", [&] { record("bad", Tensor(), constant(y)); });
  // An operation whose value is its own input would be an edge from a node to itself.
  const auto second = [](const Tensor&, const Tensor& b) { return b; };
  refused("no new tensor", [&] { op("bad", x, y, second, same, same); });
  BOOST_CHECK_EXCEPTION(Outline{Tensor()}, Error, [](const Error& error) {
    return error.kind() == ErrorKind::state && says(error, "undefined");
  });
}

// What it is made of stays inside: in a trace, and in errors.
BOOST_AUTO_TEST_CASE(an_operation_is_one_operation) {
  const auto doubled = [](const Tensor& x) {
    return op(
        "doubled", x, [](const Tensor& a) { return add(a, reshape(a, a.shape())); },
        [](const Tensor& g, const Tensor&) { return mul(g, 2); });
  };
  const Tensor x = tensor({1.0, 2.0});
  const Trace seen = trace([&](std::span<const Tensor> in) { return doubled(in[0]); }, {&x, 1});
  BOOST_TEST(seen.nodes.size() == 2u);
  const auto names_it = [](const Error& error) {
    return std::string(error.what()).starts_with("doubled: ");
  };
  BOOST_CHECK_EXCEPTION(doubled(Tensor()), Error, names_it);
  BOOST_CHECK_EXCEPTION(op(
                            "doubled", x, [](const Tensor& a) { return add(a, ones({3})); },
                            [](const Tensor& g, const Tensor&) { return g; }),
                        Error, names_it);
}

BOOST_AUTO_TEST_CASE(null_functions_are_refused) {
  Tensor x = variable({1.0});
  const std::vector<Tensor> inputs{x};
  const auto refused = [](const char* operation, auto call) {
    BOOST_CHECK_EXCEPTION(call(), Error, [operation](const Error& error) {
      return error.kind() == ErrorKind::value && says(error, operation) && says(error, "null");
    });
  };
  refused("register_hook", [&] { x.register_hook(nullptr); });
  refused("gradcheck", [&] { gradcheck(nullptr, inputs); });
  refused("gradgradcheck", [&] { gradgradcheck(nullptr, inputs); });
  refused("trace", [&] { trace(nullptr, inputs); });
}

BOOST_AUTO_TEST_CASE(views) {
  Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  const Tensor columns = t(x);
  BOOST_TEST(view<const float>(columns)(2, 1) == 6.f);
  const std::uint32_t before = x.version();
  view<float>(x) = 2.f * xt::transpose(view<const float>(columns));
  BOOST_TEST(x.version() == before + 1);
  for (int i = 0; i < 6; ++i) BOOST_TEST(x[i / 3][i % 3].item() == 2.0 * (i + 1));
  const Tensor row = x[1];
  view<float>(row) += 1.f;
  view<float>(row) -= xt::ones<float>({3});
  BOOST_CHECK_EXCEPTION(view<float>(columns), Error, [](const Error& error) {
    return error.kind() == ErrorKind::state && says(error, "[1, 3]") && says(error, "copy_()");
  });
  const Tensor repeated = expand(unsqueeze(x[0], 0), {4, 3});
  BOOST_TEST(view<const float>(repeated)(3, 1) == 4.f);
  const Tensor none = zeros({2, 0, 3});
  BOOST_TEST(view<const float>(none).size() == 0u);
  const Tensor number = tensor({7.0})[0];
  BOOST_TEST(view<const float>(number)() == 7.f);
  view<float>(number) = view<const float>(number) * 2.f;
  BOOST_TEST(number.item() == 14.0);

  BOOST_CHECK_EXCEPTION(view<const double>(x), Error,
                        [](const Error& error) { return error.kind() == ErrorKind::dtype; });
  Tensor w = variable({1.0});
  BOOST_CHECK_EXCEPTION(view<double>(w), Error,
                        [](const Error& error) { return error.kind() == ErrorKind::state; });
  const NoGrad no_grad;
  view<double>(w) += 1;
  BOOST_TEST(w.item() == 2.0);
}

BOOST_AUTO_TEST_CASE(expressions) {
  const Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  const Tensor sums = tensor(xt::sum(view<const float>(x), {1}));
  BOOST_TEST((sums.shape() == Shape{2} && sums.dtype() == f32));
  BOOST_TEST(sums[1].item() == 15.0);
  BOOST_TEST((tensor(view<const float>(x) > 2.f).dtype() == boolean));
  const Tensor range = tensor(xt::arange<std::int64_t>(0, 6));
  BOOST_TEST((range.dtype() == i64 && range.shape() == Shape{6}));
  BOOST_TEST(tensor(2.0 * view<const float>(x)).dtype() == f64);
}

BOOST_AUTO_TEST_SUITE_END()

// What backward returns: values, accumulation, seeds, hooks, retained graphs, higher derivatives.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

Tensor variable(std::initializer_list<internal::Nested> entries, DType dtype = f64) {
  return tensor(entries, dtype).set_requires_grad();
}

std::vector<double> list(const Tensor& x) {
  const Tensor rows = x.to(f64).contiguous();
  const auto values = rows.values<double>();
  return {values.begin(), values.end()};
}

using Values = std::vector<double>;

}  // namespace

BOOST_AUTO_TEST_SUITE(backward)

BOOST_AUTO_TEST_CASE(every_use_of_a_variable_counts) {
  const Tensor x = variable({2.0, 3.0});
  const Gradients g = sum(x * x + x * 4 + x).backward();
  BOOST_TEST(g.size() == 1u);
  BOOST_TEST(list(g[x]) == (Values{9, 11}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_diamond_is_walked_once_per_edge) {
  const Tensor x = variable({3.0});
  const Tensor a = x * x, b = a + a, c = a * b;  // c = 2 x^4
  BOOST_TEST(sum(c).backward()[x].item() == 8 * 27.0);
}

BOOST_AUTO_TEST_CASE(gradients_have_the_shape_and_type_of_the_variable) {
  const Tensor x = variable({{1.0, 2.0, 3.0}}, f32), y = variable({{1.0}, {2.0}}, f64);
  const Gradients g = sum(x * y).backward();
  BOOST_TEST((g[x].shape() == x.shape() && g[x].dtype() == f32));
  BOOST_TEST((g[y].shape() == y.shape() && g[y].dtype() == f64));
  BOOST_TEST(list(g[x]) == (Values{3, 3, 3}), boost::test_tools::per_element());
  BOOST_TEST(list(g[y]) == (Values{6, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradients_add_up_as_values) {
  const Tensor x = variable({1.0}), y = variable({2.0});
  Gradients g = sum(x * 3).backward();
  g += sum(x * y).backward();
  BOOST_TEST(g[x].item() == 5.0);
  BOOST_TEST(g[y].item() == 1.0);
  g *= 2;
  BOOST_TEST(g.norm() == std::sqrt(104.0), boost::test_tools::tolerance(1e-15));
  BOOST_TEST(g.all_finite());
  g.set(x, tensor({NAN}, f64));
  BOOST_TEST(!g.all_finite());
  BOOST_CHECK_EXCEPTION(g.set(x, tensor({1.0, 2.0}, f64)), Error,
                        thrown(ErrorKind::shape, {"[2]", "[1]"}));
}

BOOST_AUTO_TEST_CASE(a_variable_that_took_no_part) {
  const Tensor x = variable({1.0});
  Tensor y = variable({1.0});
  y.set_name("hidden.weight");
  const Gradients g = sum(x * 2).backward();
  BOOST_TEST(!g.contains(y));
  BOOST_TEST(!g.contains(Tensor()));
  BOOST_CHECK_EXCEPTION(g[y], Error, thrown(ErrorKind::state, {"hidden.weight", "no part"}));
  const auto zero = grad(sum(x * 2), std::vector{x, y});
  BOOST_TEST(zero[0].item() == 2.0);
  BOOST_TEST(zero[1].item() == 0.0);
}

BOOST_AUTO_TEST_CASE(results_that_have_no_derivative) {
  const Tensor x = variable({1.0, 2.0});
  BOOST_CHECK_EXCEPTION(tensor({3.0}).backward(), Error, thrown(ErrorKind::state, {"NoGrad"}));
  BOOST_CHECK_EXCEPTION(sum(x.detach()).backward(), Error, thrown(ErrorKind::state, {"detached"}));
  BOOST_CHECK_EXCEPTION((x * 2).backward(), Error, thrown(ErrorKind::shape, {"[2]", "seed"}));
  BOOST_CHECK_EXCEPTION(Tensor().backward(), Error, thrown(ErrorKind::state, {"backward"}));
}

BOOST_AUTO_TEST_CASE(seeds) {
  const Tensor x = variable({1.0, 2.0});
  const Gradients g = (x * x).backward({.seed = tensor({10.0, 100.0})});
  BOOST_TEST(list(g[x]) == (Values{20, 400}), boost::test_tools::per_element());
  BOOST_CHECK_EXCEPTION((x * x).backward({.seed = tensor({1.0})}), Error,
                        thrown(ErrorKind::shape, {"[1]", "[2]"}));
  BOOST_TEST(sum(variable({4.0})).backward().size() == 1u);
  const Tensor alone = variable({5.0});
  BOOST_TEST(alone.backward()[alone].item() == 1.0);
}

BOOST_AUTO_TEST_CASE(the_graph_serves_once_unless_retained) {
  const Tensor x = variable({3.0});
  const Tensor y = sum(x * x);
  BOOST_TEST(y.backward({.retain = true})[x].item() == 6.0);
  BOOST_TEST(y.backward()[x].item() == 6.0);
  BOOST_CHECK_EXCEPTION(y.backward(), Error, thrown(ErrorKind::state, {"sum", "freed", "retain"}));
  // A graph that a failed backward saw is as it was.
  const Tensor a = x * x, z = a + 1;
  sum(a).backward();
  BOOST_CHECK_EXCEPTION(sum(z).backward(), Error, thrown(ErrorKind::state, {"mul", "freed"}));
}

BOOST_AUTO_TEST_CASE(detach_and_no_grad_end_the_graph) {
  const Tensor x = variable({3.0});
  BOOST_TEST(sum(x * x.detach()).backward()[x].item() == 3.0);
  BOOST_TEST(x.detach().shares_storage(x));
  {
    const NoGrad no_grad;
    BOOST_TEST(!(x * x).requires_grad());
    const EnableGrad enable;
    BOOST_TEST((x * x).requires_grad());
  }
  const Evaluation evaluation;
  BOOST_TEST((x * x).operation() == "");
}

BOOST_AUTO_TEST_CASE(intermediate_results) {
  const Tensor x = variable({1.0, 2.0});
  Tensor y = x * x;
  y.retain_grad();
  const Gradients g = sum(y * 3).backward();
  BOOST_TEST(list(g[y]) == (Values{3, 3}), boost::test_tools::per_element());
  BOOST_TEST(g.size() == 2u);
  const Tensor u = x * 5, loss = sum(u * u);
  BOOST_TEST(list(grad(loss, std::vector{u})[0]) == (Values{10, 20}),
             boost::test_tools::per_element());
  BOOST_TEST(!loss.backward().contains(u));  // grad asked for itself only
}

BOOST_AUTO_TEST_CASE(what_has_no_gradient_keeps_none) {
  Tensor constant = tensor({1.0, 2.0});
  BOOST_CHECK_EXCEPTION(constant.retain_grad(), Error, [](const Error& error) {
    return error.kind() == ErrorKind::state && std::string(error.what()).starts_with("retain_grad");
  });
}

BOOST_AUTO_TEST_CASE(hooks_see_complete_gradients_and_may_replace_them) {
  Tensor x = variable({1.0, 2.0});
  int calls = 0;
  Tensor seen;
  x.register_hook([&](const Tensor& g) {
    ++calls;
    seen = g;
    return Tensor();
  });
  Tensor y = x * 2;
  y.register_hook([](const Tensor& g) { return g * 10; });
  const Gradients g = sum(y * y + y).backward();
  BOOST_TEST(calls == 1);
  BOOST_TEST(list(g[x]) == (Values{100, 180}), boost::test_tools::per_element());
  BOOST_TEST(list(seen) == list(g[x]), boost::test_tools::per_element());
  Tensor z = variable({1.0});
  z.register_hook([](const Tensor&) { return tensor({1.0, 2.0}, f64); });
  BOOST_CHECK_EXCEPTION(sum(z).backward(), Error, thrown(ErrorKind::shape, {"hook", "[2]", "[1]"}));
  Tensor w = variable({1.0});
  w.register_hook([](const Tensor& h) { return h.to(f32); });
  BOOST_CHECK_EXCEPTION(sum(w).backward(), Error, thrown(ErrorKind::dtype, {"hook", "f32", "f64"}));
  BOOST_CHECK_EXCEPTION(tensor({1.0}).register_hook([](const Tensor& h) { return h; }), Error,
                        thrown(ErrorKind::state, {"register_hook"}));
}

BOOST_AUTO_TEST_CASE(a_hook_added_during_backward_serves_from_the_next) {
  Tensor x = variable({2.0});
  Tensor y = x * 5;
  int late = 0;
  bool add = true;
  const auto count = [&late](const Tensor&) {
    ++late;
    return Tensor();
  };
  // What a hook captured must outlive the hooks that it adds.
  y.register_hook([&, factors = std::vector<double>{1, 2, 3}](const Tensor& g) {
    for (int i = 0; add && i < 20; ++i) y.register_hook(count);
    for (int i = 0; add && i < 20; ++i) x.register_hook(count);
    add = false;
    return g * factors[2];
  });
  const Tensor z = sum(y);
  BOOST_TEST(z.backward({.retain = true})[x].item() == 15.0);
  BOOST_TEST(late == 0);
  BOOST_TEST(z.backward({.retain = true})[x].item() == 15.0);
  BOOST_TEST(late == 40);
}

BOOST_AUTO_TEST_CASE(a_hook_may_not_write_into_its_gradient) {
  const Tensor x = variable({1.0, 2.0}), u = variable({3.0, 4.0});
  Tensor a = x * 1, b = u * 1;
  a.register_hook([](const Tensor& g) {
    Tensor same = g;
    same *= 10;
    return Tensor();
  });
  // Both inputs of the sum receive one gradient.
  BOOST_CHECK_EXCEPTION(sum((a + b) * x.detach()).backward(), Error,
                        thrown(ErrorKind::state, {"hook", "*=", "return"}));
}

BOOST_AUTO_TEST_CASE(variables) {
  BOOST_CHECK_EXCEPTION(tensor({1, 2}).set_requires_grad(), Error,
                        thrown(ErrorKind::dtype, {"i64", "f32"}));
  Tensor y = variable({1.0}) * 2;
  BOOST_CHECK_EXCEPTION(y.set_requires_grad(), Error, thrown(ErrorKind::state, {"mul", "detach"}));
  BOOST_TEST(y.operation() == "mul");
}

BOOST_AUTO_TEST_CASE(second_and_third_derivatives) {
  const Tensor x = variable({2.0, -1.5});
  const Tensor y = sum(x * x * x * x + exp(x));
  const Tensor first = y.backward({.record = true})[x];
  BOOST_TEST(first.requires_grad());
  const Tensor second = sum(first).backward({.record = true})[x];
  const Tensor third = sum(second).backward()[x];
  for (int i = 0; i < 2; ++i) {
    const double v = x[i].item(), e = std::exp(v);
    BOOST_TEST(first[i].item() == 4 * v * v * v + e, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(second[i].item() == 12 * v * v + e, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(third[i].item() == 24 * v + e, boost::test_tools::tolerance(1e-14));
  }
  BOOST_TEST(!third.requires_grad());
}

BOOST_AUTO_TEST_CASE(gradient_of_a_gradient_norm) {
  const Tensor w = variable({{1.0, 2.0}, {3.0, -1.0}}), x = variable({{0.5}, {-2.0}});
  const auto penalty = [](std::span<const Tensor> in) {
    const EnableGrad enable;
    const Tensor y = sum(tanh(mm(in[0], in[1])));
    return sum(square(grad(y, std::vector{in[1]}, {.record = true})[0]));
  };
  gradcheck(penalty, std::vector{w, x});
}

BOOST_AUTO_TEST_CASE(broadcast_copies_and_views_pass_gradients_back) {
  const Tensor x = variable({{1.0, 2.0}, {3.0, 4.0}});
  const Gradients g = sum(t(x)[0] * tensor({10.0, 20.0}, f64)).backward();
  BOOST_TEST(list(g[x]) == (Values{10, 0, 20, 0}), boost::test_tools::per_element());
  const Tensor y = variable({5.0});
  BOOST_TEST(sum(expand(y, {3, 1}).clone().to(f32)).backward()[y].item() == 3.0);
}

BOOST_AUTO_TEST_SUITE_END()

// The rule on writing in place.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <attune/record.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

Tensor variable(std::initializer_list<internal::Nested> entries) {
  return tensor(entries, f64).set_requires_grad();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writes)

BOOST_AUTO_TEST_CASE(on_a_graph_they_are_refused) {
  Tensor w = variable({1.0, 2.0});
  Tensor y = w * 2;
  BOOST_CHECK_EXCEPTION(w += 1, Error,
                        thrown(ErrorKind::state, {"+=", "requires a gradient", "NoGrad"}));
  BOOST_CHECK_EXCEPTION(y.zero_(), Error, thrown(ErrorKind::state, {"fill_", "recorded by mul"}));
  BOOST_CHECK_EXCEPTION(y.copy_(w), Error, thrown(ErrorKind::state, {"copy_"}));
  BOOST_CHECK_EXCEPTION(w.mutable_data<double>(), Error,
                        thrown(ErrorKind::state, {"mutable_data"}));
  Tensor view = w[0];
  BOOST_CHECK_EXCEPTION(view *= 3, Error, thrown(ErrorKind::state, {"*=", "select"}));
  BOOST_TEST(w[1].item() == 2.0);
  BOOST_TEST(w.version() == 0u);
}

BOOST_AUTO_TEST_CASE(inside_no_grad_they_are_seen_by_every_handle) {
  Tensor w = variable({1.0, 2.0});
  const NoGrad no_grad;
  Tensor first = w[0];
  first += 10;
  BOOST_TEST(w[0].item() == 11.0);
  BOOST_TEST(w.version() == 1u);
  w.detach().mutable_data<double>()[1] = 5;
  BOOST_TEST(w[1].item() == 5.0);
  BOOST_TEST(w.version() == 2u);
}

BOOST_AUTO_TEST_CASE(a_backward_that_needs_the_old_values_says_so) {
  Tensor w = variable({1.0, 2.0});
  const Tensor y = sum(w * w);
  {
    const NoGrad no_grad;
    w *= 2;
  }
  BOOST_CHECK_EXCEPTION(y.backward(), Error,
                        thrown(ErrorKind::state, {"*=", "mul", "[2]", "clone"}));
  const Tensor linear = sum(w * 3);
  {
    const NoGrad no_grad;
    w.fill_(0);
  }
  BOOST_TEST(linear.backward()[w][0].item() == 3.0);
}

BOOST_AUTO_TEST_CASE(also_when_the_write_went_through_a_view) {
  Tensor w = variable({{1.0, 2.0}, {3.0, 4.0}});
  const Tensor y = sum(square(w));
  {
    const NoGrad no_grad;
    Tensor row = t(w)[1];
    row -= 1;
  }
  BOOST_CHECK_EXCEPTION(y.backward(), Error, thrown(ErrorKind::state, {"-=", "square"}));
}

BOOST_AUTO_TEST_CASE(also_when_a_result_was_overwritten) {
  const Tensor x = variable({1.0, 2.0});
  Tensor e = exp(x);
  const Tensor y = sum(e);
  {
    const NoGrad no_grad;
    e.fill_(0);
  }
  BOOST_CHECK_EXCEPTION(y.backward(), Error, thrown(ErrorKind::state, {"exp", "fill_"}));
}

BOOST_AUTO_TEST_CASE(also_behind_a_backward_within_the_derivative) {
  const Tensor x = variable({1.0, 2.0});
  Tensor factor = tensor({3.0, 4.0});
  const auto derivative = [factor = Saved(factor)](const Tensor& g) {
    const EnableGrad on;
    const Tensor inner = g.detach().set_requires_grad();
    const Tensor slope = sum(exp(inner)).backward()[inner];
    return slope * factor;
  };
  const Tensor y = sum(record("outer", x.detach().clone(), wrt(x, derivative)));
  factor.fill_(0);
  BOOST_CHECK_EXCEPTION(y.backward(), Error,
                        thrown(ErrorKind::state, {"derivative of outer", "fill_"}));
}

BOOST_AUTO_TEST_CASE(another_way_to_the_same_memory_is_no_way_around) {
  Tensor w = variable({1.0, 2.0});
  Tensor detached = w.detach();
  const auto refused = thrown(ErrorKind::state, {"same memory", "NoGrad", "clone()"});
  BOOST_CHECK_EXCEPTION(detached += 1, Error, refused);
  BOOST_CHECK_EXCEPTION(detached.copy_(w), Error, refused);
  BOOST_CHECK_EXCEPTION(detached.mutable_data<double>(), Error, refused);
  BOOST_CHECK_EXCEPTION(mul_(detached, 2), Error, refused);
  Tensor result = w * 2, part;
  {
    const NoGrad no_grad;
    part = result[0];
  }
  BOOST_TEST(!part.requires_grad());
  BOOST_CHECK_EXCEPTION(part.fill_(0), Error, refused);
  Tensor base = tensor({{1.0, 2.0}, {3.0, 4.0}});
  Tensor row = base[1];
  row.set_requires_grad();
  BOOST_CHECK_EXCEPTION(base += 1, Error, refused);
  BOOST_TEST(w.version() == 0u);
  BOOST_TEST(result.version() == 0u);
  row.set_requires_grad(false);
  base += 1;
  BOOST_TEST(row[0].item() == 4.0);
}

BOOST_AUTO_TEST_CASE(inside_no_grad_it_is_one_and_backward_notices) {
  Tensor w = variable({1.0, 2.0});
  Tensor part;
  {
    const NoGrad no_grad;
    part = w[0];
  }
  for (Tensor alias : {w.detach(), part}) {
    const Tensor y = sum(square(w));
    const NoGrad no_grad;
    alias += 1;
    BOOST_CHECK_EXCEPTION(y.backward(), Error, thrown(ErrorKind::state, {"square", "+="}));
  }
  BOOST_TEST(w[0].item() == 3.0);
  BOOST_TEST(sum(square(w)).backward()[w][0].item() == 6.0);
}

BOOST_AUTO_TEST_CASE(what_the_graph_has_let_go_of_may_be_written) {
  const Tensor w = variable({1.0, 2.0});
  Tensor alone = (w * 2).detach();
  alone += 1;
  BOOST_TEST(alone[1].item() == 5.0);
  Tensor e = exp(w), kept = e.detach();
  const Tensor y = sum(e);
  e = Tensor();
  BOOST_CHECK_EXCEPTION(kept += 1, Error, thrown(ErrorKind::state, {"+=", "same memory"}));
  y.backward();
  kept.fill_(1);
  BOOST_TEST(kept[0].item() == 1.0);
  Tensor lone = variable({1.0}), seen = lone.detach();
  lone = Tensor();
  seen += 1;
  BOOST_TEST(seen.item() == 2.0);
}

// Results beside the value of an operation: the derivative reads the same memory.
BOOST_AUTO_TEST_CASE(second_results_that_a_derivative_needs) {
  const Tensor x = variable({{1.0, 5.0}, {7.0, 3.0}});
  auto [values, indices] = max(x, 1);
  indices.fill_(0);
  BOOST_CHECK_EXCEPTION(sum(values).backward(), Error, thrown(ErrorKind::state, {"max", "fill_"}));
  const auto by_batch = [&](bool overwrite) {
    BatchNormResult batch = batch_norm(x);
    if (overwrite) batch.mean.fill_(100), batch.variance.fill_(100);
    return sum(batch.y * tensor({{1.0, 2.0}, {3.0, 5.0}}, f64)).backward()[x];
  };
  BOOST_TEST(equal(by_batch(true), by_batch(false)));
}

BOOST_AUTO_TEST_CASE(a_seed_may_be_written_between_two_backwards) {
  const Tensor x = variable({{1.0, 5.0}, {7.0, 3.0}, {2.0, 2.5}});
  const Tensor y = batch_norm(x).y;
  Tensor seed = tensor({{1.0, 0.0}, {0.5, 2.0}, {0.0, 1.0}}, f64);
  y.backward({.retain = true, .seed = seed});
  seed.copy_(tensor({{0.0, 3.0}, {1.0, 0.0}, {2.0, 1.0}}, f64));
  const Tensor again = y.backward({.retain = true, .seed = seed})[x];
  BOOST_TEST(equal(again, y.backward({.seed = seed.clone()})[x]));
}

BOOST_AUTO_TEST_CASE(both_spellings_are_one_operation) {
  Tensor x = tensor({1.0, 2.0}), integers = tensor({1, 2});
  const auto message = [](auto write) {
    try {
      write();
    } catch (const Error& error) {
      const std::string_view text = error.what();
      return std::string(text.substr(text.find(':')));
    }
    return std::string("no error");
  };
  const Tensor wide = zeros({3, 2});
  BOOST_TEST(message([&] { x += wide; }) == message([&] { add_(x, wide); }));
  BOOST_TEST(message([&] { integers *= 0.5; }) == message([&] { mul_(integers, 0.5); }));
  BOOST_CHECK_EXCEPTION(x -= wide, Error, thrown(ErrorKind::shape, {"-=", "[3, 2]", "[2]"}));
  BOOST_CHECK_EXCEPTION(integers /= 2, Error, thrown(ErrorKind::dtype, {"/=", "f32", "i64"}));
  BOOST_TEST(x.version() == 0u);
  BOOST_TEST(integers.version() == 0u);
}

BOOST_AUTO_TEST_CASE(overlapping_views_are_refused) {
  Tensor x = tensor({0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
  Tensor windows = unfold(x, 0, 3, 1);
  BOOST_CHECK_EXCEPTION(
      windows += 1, Error,
      thrown(ErrorKind::state, {"+=", "[4, 3]", "[1, 1]", "share memory", "clone()"}));
  BOOST_CHECK_EXCEPTION(windows.mutable_data<float>(), Error,
                        thrown(ErrorKind::state, {"mutable_data", "share memory"}));
  Tensor more = as_strided(zeros({9}), {2, 3}, {4, 2}, 0);  // 0 2 4 and 4 6 8
  BOOST_CHECK_EXCEPTION(more.zero_(), Error, thrown(ErrorKind::state, {"share memory"}));
  Tensor blocks = unfold(x, 0, 3, 3), interleaved = as_strided(zeros({8}), {2, 3}, {3, 2}, 0);
  blocks += 1;
  BOOST_TEST(x[5].item() == 6.0);
  interleaved += 1;  // 0 2 4 and 3 5 7
  BOOST_TEST(sum(interleaved).item() == 6.0);
  Tensor nothing = expand(zeros({0, 1}), {0, 4});
  nothing += 1;
}

BOOST_AUTO_TEST_CASE(expanded_elements_share_memory) {
  Tensor x = expand(tensor({1.0}), {4});
  BOOST_CHECK_EXCEPTION(x.fill_(2), Error, thrown(ErrorKind::state, {"expanded", "[4]", "clone"}));
  Tensor own = x.clone();
  BOOST_TEST(own.fill_(2)[3].item() == 2.0);
}

BOOST_AUTO_TEST_CASE(the_right_hand_side_broadcasts_and_converts) {
  Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  x += tensor({10, 20});
  BOOST_TEST((x.dtype() == f32));
  BOOST_TEST(x[1][1].item() == 24.0);
  x.copy_(tensor({7.9}, f64));
  BOOST_TEST(x[0][1].item<float>() == 7.9f);
  BOOST_CHECK_EXCEPTION(x.copy_(tensor({1, 2, 3})), Error,
                        thrown(ErrorKind::shape, {"[3]", "[2, 2]"}));
  BOOST_CHECK_EXCEPTION(x += zeros({5, 2, 2}), Error, thrown(ErrorKind::shape, {"[5, 2, 2]"}));
  Tensor square_matrix = tensor({{1.0, 2.0}, {3.0, 4.0}});
  square_matrix.copy_(t(square_matrix));
  BOOST_TEST(square_matrix[0][1].item() == 3.0);
  BOOST_TEST(square_matrix[1][0].item() == 2.0);
}

BOOST_AUTO_TEST_SUITE_END()

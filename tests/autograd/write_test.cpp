// The rule on writing in place.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
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

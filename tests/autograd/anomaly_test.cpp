// Anomaly mode: the first value that is not finite, forward and backward.
#include "autograd/anomaly.hpp"

#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

BOOST_AUTO_TEST_SUITE(anomaly)

BOOST_AUTO_TEST_CASE(off_by_default) { BOOST_TEST(std::isnan(log(tensor({-1.0})).item())); }

BOOST_AUTO_TEST_CASE(forward) {
  Tensor w = tensor({{1.0, 2.0}, {3.0, -4.0}}).set_requires_grad();
  w.set_name("scale.weight");
  const DetectAnomaly detect;
  const Tensor y = w * 2;
  BOOST_CHECK_EXCEPTION(
      log(y), Error,
      thrown(ErrorKind::numeric, {"log: ", "[2, 2]", "nan at element 3", "from mul",
                                  "parameters involved: scale.weight"}));
  BOOST_CHECK_EXCEPTION(sum(w / 0, 0), Error, thrown(ErrorKind::numeric, {"div", "inf"}));
}

BOOST_AUTO_TEST_CASE(writes) {
  Tensor z = tensor({1.0, 2.0});
  const Tensor bad = log(tensor({-1.0, 1.0}));
  const DetectAnomaly detect;
  BOOST_CHECK_EXCEPTION(z.fill_(std::nan("")), Error, thrown(ErrorKind::numeric, {"fill_", "nan"}));
  BOOST_CHECK_EXCEPTION(z.copy_(bad), Error, thrown(ErrorKind::numeric, {"copy_", "[2]"}));
}

BOOST_AUTO_TEST_CASE(the_first_fault_is_told_from_those_that_follow) {
  const Tensor bad = log(tensor({-1.0, 1.0}));
  const DetectAnomaly detect;
  BOOST_CHECK_EXCEPTION(bad + 1, Error, thrown(ErrorKind::numeric, {"add", "already not finite"}));
}

BOOST_AUTO_TEST_CASE(backward_names_the_forward_operation) {
  Tensor w = tensor({4.0, 0.0}).set_requires_grad();
  w.set_name("w");
  const DetectAnomaly detect;
  const Tensor y = sum(sqrt(w));
  BOOST_CHECK_EXCEPTION(
      y.backward(), Error,
      thrown(ErrorKind::numeric, {"backward: the derivative of sqrt", "[2]", "inf at element 1",
                                  "finite", "parameters involved: w"}));
}

#ifdef ATTUNE_HAVE_BACKTRACE
// This test program is compiled without -g in some presets: then the function is named.
__attribute__((noinline)) void the_caller_under_test() { log(tensor({-1.0})); }

BOOST_AUTO_TEST_CASE(the_caller_is_named) {
  const DetectAnomaly detect;
  BOOST_CHECK_EXCEPTION(the_caller_under_test(), Error,
                        thrown(ErrorKind::numeric, {"called at ", "the_caller_under_test"}));
}
#endif

BOOST_AUTO_TEST_CASE(an_unknown_caller_is_left_out) {
  BOOST_TEST(internal::describe_caller({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

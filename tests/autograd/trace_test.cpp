// trace(): which operations a function performs.
#include <attune/autograd.hpp>
#include <attune/ops.hpp>
#include <attune/trace.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

namespace {

using Inputs = std::span<const Tensor>;

Trace example() {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  Tensor w = tensor({{1.0}, {2.0}}).set_requires_grad();
  w.set_name("out.weight");
  return trace([&](Inputs in) { return sum(tanh(mm(in[0], w)), 0); }, std::vector{x});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracing)

BOOST_AUTO_TEST_CASE(nodes) {
  const Trace trace = example();
  BOOST_REQUIRE(trace.nodes.size() == 5u);
  BOOST_TEST(trace.nodes[0].operation == "input");
  BOOST_TEST(trace.nodes[1].operation == "constant");
  BOOST_TEST(trace.nodes[1].name == "out.weight");
  const TraceNode& product = trace.nodes[2];
  BOOST_TEST(product.operation == "mm");
  BOOST_TEST(product.inputs == (std::vector<std::size_t>{0, 1}), boost::test_tools::per_element());
  BOOST_TEST((product.shape == Shape{2, 1} && product.dtype == f32 && product.requires_grad));
  const TraceNode& total = trace.nodes[4];
  BOOST_TEST(total.operation == "sum");
  BOOST_REQUIRE(!total.attributes.empty());
  BOOST_TEST(total.attributes[0].first == "axes");
  BOOST_TEST(total.attributes[0].second == "[0]");
  BOOST_TEST(trace.result == 4u);
}

BOOST_AUTO_TEST_CASE(texts) {
  std::ostringstream table;
  table << example();
  BOOST_TEST(table.str().find("2  mm") != std::string::npos);
  BOOST_TEST(table.str().find("out.weight") != std::string::npos);
  BOOST_TEST(table.str().find("axes=[0]") != std::string::npos);
  const std::string dot = example().dot();
  BOOST_TEST(dot.starts_with("digraph"));
  BOOST_TEST(dot.find("n0 -> n2;") != std::string::npos);
  BOOST_TEST(dot.find("n3 -> n4;") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_mode_comes_back) {
  const Tensor x = tensor({1.0});
  trace([](Inputs in) { return in[0] * 2; }, std::vector{x});
  BOOST_TEST(Mode::current().tracer == nullptr);
  BOOST_CHECK_THROW(trace([](Inputs) -> Tensor { throw std::runtime_error("no"); }, std::vector{x}),
                    std::runtime_error);
  BOOST_TEST(Mode::current().tracer == nullptr);
  const NoGrad no_grad;
  const Tensor w = tensor({1.0}).set_requires_grad();
  BOOST_TEST(!trace([](Inputs in) { return in[0] * 2; }, std::vector{w}).nodes[1].requires_grad);
}

BOOST_AUTO_TEST_CASE(a_mode_that_was_kept_holds_no_trace) {
  Mode kept;
  const Tensor x = tensor({1.0, 2.0});
  trace(
      [&](std::span<const Tensor> inputs) {
        kept = Mode::current();
        return mul(inputs[0], 2);
      },
      {&x, 1});
  const UseMode use(kept);
  BOOST_TEST(Mode::current().tracer == nullptr);
  BOOST_TEST(sum(mul(x, 3)).item<double>() == 9);
}

BOOST_AUTO_TEST_CASE(arguments_that_were_left_out) {
  const Tensor inputs[] = {tensor({{1.0, 2.0}}), tensor({1.0, 1.0})};
  const auto text = [&](const Tensor& scale, const Tensor& shift) {
    std::ostringstream out;
    out << trace([&](std::span<const Tensor> x) { return layer_norm(x[0], {2}, scale, shift); },
                 inputs);
    return out.str();
  };
  BOOST_TEST(text(inputs[1], {}) != text({}, inputs[1]));
}

BOOST_AUTO_TEST_CASE(derivatives_are_steps_too) {
  Tensor x = tensor({{1.0, 2.0}});
  x.set_requires_grad();
  const Trace seen = trace(
      [&](std::span<const Tensor> inputs) {
        return cross_entropy(inputs[0], tensor({1})).backward()[inputs[0]];
      },
      {&x, 1});
  BOOST_TEST(seen.nodes[seen.result].operation != "constant");
}

BOOST_AUTO_TEST_CASE(a_function_that_returns_nothing) {
  BOOST_CHECK_EXCEPTION(
      trace([](std::span<const Tensor>) { return Tensor(); }, {}), Error, [](const Error& error) {
        return std::string(error.what()).find("the function returned") != std::string::npos;
      });
}

BOOST_AUTO_TEST_CASE(one_trace_at_a_time) {
  const Tensor x = tensor({1.0});
  const auto nested = [&](Inputs in) {
    trace([](Inputs inner) { return inner[0]; }, in);
    return in[0];
  };
  BOOST_CHECK_EXCEPTION(trace(nested, std::vector{x}), Error, thrown(ErrorKind::state, {"trace"}));
  BOOST_CHECK_EXCEPTION(trace([](Inputs) { return Tensor(); }, std::vector{x}), Error,
                        thrown(ErrorKind::state, {"trace", "undefined"}));
  BOOST_TEST(trace([](Inputs in) { return in[0]; }, std::vector{x}).result == 0u);
}

namespace {

// "mul(0)", "add(1)": the operations and the positions of their inputs.
std::vector<std::string> steps(const Trace& trace) {
  std::vector<std::string> texts;
  for (const TraceNode& node : trace.nodes) {
    std::string text = node.operation + '(';
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      text += (i > 0 ? " " : "") + std::to_string(node.inputs[i]);
    }
    texts.push_back(text + ')');
  }
  return texts;
}
using Steps = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(writes_in_place_are_steps) {
  const std::vector<Tensor> x{tensor({1.0, 2.0})};
  const NoGrad no_grad;
  const auto traced = [&](auto write) {
    return steps(trace(
        [&](Inputs in) {
          Tensor y = in[0] * 2;
          write(y, in[0]);
          return y * 3;
        },
        x));
  };
  BOOST_TEST(traced([](Tensor& y, const Tensor&) { y += 1; }) ==
                 (Steps{"input()", "mul(0)", "add(1)", "+=(2)", "mul(3)"}),
             boost::test_tools::per_element());
  BOOST_TEST(traced([](Tensor& y, const Tensor& v) { y.copy_(v); }) ==
                 (Steps{"input()", "mul(0)", "copy_(0)", "mul(2)"}),
             boost::test_tools::per_element());
  BOOST_TEST(traced([](Tensor& y, const Tensor&) { y.fill_(7); }) ==
                 (Steps{"input()", "mul(0)", "fill_()", "mul(2)"}),
             boost::test_tools::per_element());
  BOOST_TEST(traced([](Tensor& y, const Tensor&) { uniform_(y); }) ==
                 (Steps{"input()", "mul(0)", "uniform_()", "mul(2)"}),
             boost::test_tools::per_element());
}

// What other tensors see of the same memory is what was written.
BOOST_AUTO_TEST_CASE(a_write_through_a_view_reaches_the_whole) {
  const std::vector<Tensor> x{tensor({1.0, 2.0})};
  const NoGrad no_grad;
  const Trace part = trace(
      [](Inputs in) {
        Tensor y = in[0] * 2;
        Tensor first = y[0];
        first.fill_(7);
        return y * 3;
      },
      x);
  BOOST_TEST(steps(part) == (Steps{"input()", "mul(0)", "select(1)", "fill_()",
                                   "shared_memory(1 3)", "mul(4)"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

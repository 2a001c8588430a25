// How an optimizer cuts tensors into pieces shows nowhere: neither in the norm nor in what a rule
// and a transform of the gradient make of an element.
#include <attune/ops.hpp>
#include <attune/optim.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/optim/problems.hpp"

using namespace attune;

namespace {

// Enough for pieces of four parts, the last one of a single element; tensors before and after it of
// less than a part and of a few.
constexpr std::int64_t sizes[] = {7, 4194305, 40000, 1};

struct Model {
  std::vector<Tensor> values, factors;

  Model() {
    double start = 0.1;
    for (const std::int64_t size : sizes) {
      values.push_back(sin(arange(size) * (start += 0.37)));
      factors.push_back(cos(arange(size) * (start += 0.41)));
      values.back().set_requires_grad();
    }
  }
  Params params() const {
    Params all;
    for (const Tensor& value : values)
      all.push_back({"p" + std::to_string(all.size()), Role::weight, 1, 1, value});
    return all;
  }
  Gradients gradients() const {
    Tensor loss = zeros({});
    for (std::size_t i = 0; i < values.size(); ++i) loss = loss + sum(values[i] * factors[i]);
    return loss.backward();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pieces)

BOOST_AUTO_TEST_CASE(the_norm_is_that_of_the_gradients) {
  const Model model;
  auto opt = optim::make("sgd", model.params(), {{"lr", 0.1}, {"clip_norm", 1.0}});
  const Gradients gradients = model.gradients();
  opt.step(gradients);
  BOOST_TEST(opt.gradient_norm() == gradients.norm());
}

// Each tensor alone is cut into other pieces than all of them together.
BOOST_AUTO_TEST_CASE(elements_do_not_see_the_cut) {
  const OptionList plain = {{"lr", 0.1}};
  const OptionList coupled = {{"lr", 0.1}, {"clip_value", 0.5}, {"weight_decay", 0.1}};
  const OptionList decoupled = {
      {"lr", 0.1}, {"maximize", true}, {"weight_decay", 0.1}, {"decay", "decoupled"}};
  const auto last = [](const Tensor& x) { return narrow(x, 0, x.numel() - 60001, 60001); };
  for (const OptionList& options : {plain, coupled, decoupled}) {
    const Model model;
    Model shorter;
    Tensor& value = shorter.values[1];
    value = last(value.detach()).clone();
    value.set_requires_grad();
    shorter.factors[1] = last(shorter.factors[1]).clone();
    auto opt = optim::make("adam", model.params(), options);
    auto other = optim::make("adam", shorter.params(), options);
    for (int i = 0; i < 2; ++i) {
      opt.step(model.gradients());
      other.step(shorter.gradients());
    }
    const Tensor end = last(model.values[1].detach());
    BOOST_TEST(tests::bits_of(end) == tests::bits_of(value));
    BOOST_TEST(tests::bits_of(model.values[2]) == tests::bits_of(shorter.values[2]));
  }
}

BOOST_AUTO_TEST_SUITE_END()

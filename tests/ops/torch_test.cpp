// Values and derivatives that PyTorch computed: tests/references/torch_ops.py.
#include <attune/autograd.hpp>
#include <attune/io.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>

#include "tests/ops/cases.hpp"
#include "tests/paths.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

const TensorFile& file() {
  static const TensorFile read = load_tensors(std::filesystem::path(source_folder) /
                                              "tests/references/files/torch_ops.safetensors");
  return read;
}

void expect(const std::string& name, const std::function<Tensor(Operands)>& operation,
            DType dtype = f64, double bound = 1e-12) {
  BOOST_TEST_CONTEXT(name << " in " << attune::name(dtype)) {
    std::vector<Tensor> x;
    while (file().contains(name + "/x" + std::to_string(x.size()))) {
      const Tensor operand = file().at(name + "/x" + std::to_string(x.size()));
      x.push_back(is_floating(operand.dtype()) ? operand.to(dtype).clone() : operand);
      if (is_floating(operand.dtype())) x.back().set_requires_grad();
    }
    const Tensor y = operation(x);
    BOOST_TEST(distance(y, file().at(name + "/y")) <= bound);
    const Gradients gradients = sum(mul(y, file().at(name + "/g").to(dtype))).backward();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::string key = name + "/d" + std::to_string(i);
      if (file().contains(key)) BOOST_TEST(distance(gradients[x[i]], file().at(key)) <= bound, key);
    }
  }
}

// Also in f32, where few digits are lost.
void expect_in_both(const std::string& name, const std::function<Tensor(Operands)>& operation) {
  expect(name, operation);
  expect(name, operation, f32, 1e-5);
}

BOOST_AUTO_TEST_SUITE(torch)

BOOST_AUTO_TEST_CASE(attention) {
  const auto with = [](const AttentionOptions& options) {
    return [options](Operands x) {
      AttentionOptions all = options;
      if (x.size() > 3) all.mask = x[3].detach();
      if (x.size() > 3 && is_floating(x[3].dtype()) && x[3].dim() == 2) all.mask = x[3];
      return scaled_dot_product_attention(x[0], x[1], x[2], all);
    };
  };
  expect_in_both("attention", with({}));
  expect_in_both("attention_scale", with({.scale = 0.3}));
  expect_in_both("attention_causal", with({.causal = true}));
  expect_in_both("attention_causal_tall", with({.causal = true}));
  expect_in_both("attention_seen", with({}));
  expect_in_both("attention_added", with({}));
  expect_in_both("attention_hidden", with({}));
  expect_in_both("attention_broadcast", with({}));
  expect_in_both("attention_blocks", with({.causal = true}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

// Values and derivatives that PyTorch computed: tests/references/torch_ops.py.
#include <attune/autograd.hpp>
#include <attune/io.hpp>
#include <attune/nn.hpp>
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

BOOST_AUTO_TEST_CASE(convolutions) {
  expect_in_both("conv1d", [](Operands x) { return conv1d(x[0], x[1], x[2]); });
  expect_in_both("conv1d_options", [](Operands x) {
    return conv1d(x[0], x[1], x[2], {.stride = 2, .padding = 3, .dilation = 2, .groups = 2});
  });
  expect_in_both("conv_transpose2d", [](Operands x) { return conv_transpose2d(x[0], x[1], x[2]); });
  expect_in_both("conv_transpose2d_options", [](Operands x) {
    return conv_transpose2d(x[0], x[1], x[2],
                            {.stride = {2, 3},
                             .padding = {1, 2},
                             .output_padding = {1, 2},
                             .dilation = {2, 1},
                             .groups = 2});
  });
}

// PyTorch keeps the projections of queries, keys and values in one matrix, below each other.
BOOST_AUTO_TEST_CASE(multihead_attention) {
  nn::MultiheadAttention layer{.size = 8, .heads = 2};
  to(layer, f64);
  const auto of = [](const char* name) { return file().at("layer/" + std::string(name)); };
  const auto part = [](const Tensor& x, int which) { return narrow(x, 0, 8 * which, 8); };
  const auto each = [&](auto&& visit) {
    int which = 0;
    for (nn::Linear* projection : {&layer.query, &layer.key, &layer.value})
      visit(*projection, which++);
  };
  initialize(params(layer), "zeros", {.every_role = true});
  {
    const NoGrad writing;
    const auto assign = [](const Param& param, const Tensor& values) {
      Tensor(param.tensor()).copy_(values);
    };
    each([&](nn::Linear& projection, int which) {
      assign(projection.weight, part(of("x3"), which));
      assign(projection.bias, part(of("x4"), which));
    });
    assign(layer.out.weight, of("x5"));
    assign(layer.out.bias, of("x6"));
  }
  Tensor x[] = {of("x0").clone(), of("x1").clone(), of("x2").clone()};
  for (Tensor& operand : x) operand.set_requires_grad();
  const Tensor y = layer(x[0], x[1], x[2]);
  BOOST_TEST(distance(y, of("y")) < 1e-12);
  const Gradients gradients = sum(mul(y, of("g"))).backward();
  BOOST_TEST(distance(gradients[x[0]], of("d0")) < 1e-12);
  BOOST_TEST(distance(gradients[x[1]], of("d1")) < 1e-12);
  BOOST_TEST(distance(gradients[x[2]], of("d2")) < 1e-12);
  each([&](nn::Linear& projection, int which) {
    BOOST_TEST(distance(gradients[projection.weight], part(of("d3"), which)) < 1e-12);
    BOOST_TEST(distance(gradients[projection.bias], part(of("d4"), which)) < 1e-12);
  });
  BOOST_TEST(distance(gradients[layer.out.weight], of("d5")) < 1e-12);
  BOOST_TEST(distance(gradients[layer.out.bias], of("d6")) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

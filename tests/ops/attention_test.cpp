// Attention beyond the table of rows: blocks against the whole matrix, what nobody sees, memory,
// errors.
#include <attune/memory.hpp>
#include <attune/ops.hpp>
#include <random>

#include "core/elementwise.hpp"
#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

std::mt19937 generator(7);

std::int64_t pick(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
}

Tensor random_tensor(const Shape& shape) {
  std::normal_distribution<double> normal;
  std::vector<double> elements(static_cast<std::size_t>(shape.numel()));
  for (double& element : elements) element = normal(generator);
  return tensor(elements, shape);
}

// The formula, with the whole matrix; a row without a key is left 0 by hand.
Tensor plain(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& hidden) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  const Tensor scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  const Tensor below = masked_fill(scores, hidden, -1e300);
  return matmul(masked_fill(softmax(below, -1), hidden, 0), v);
}

Tensor like_a_transposed_one(const Tensor& x) {
  return transpose(transpose(x, 0, 1).contiguous(), 0, 1);
}

BOOST_AUTO_TEST_SUITE(attention)

BOOST_AUTO_TEST_CASE(blocks_are_the_formula) {
  for (int trial = 0; trial < 40; ++trial) {
    const std::int64_t heads = pick(1, 3), queries = pick(1, 300), keys = pick(1, 600);
    const std::int64_t width = pick(1, 40), value_width = pick(1, 40);
    const bool causal = pick(0, 1) == 1, masked = pick(0, 1) == 1;
    BOOST_TEST_CONTEXT(queries << " queries, " << keys << " keys, " << width << ", " << value_width
                               << (causal ? ", causal" : "") << (masked ? ", masked" : "")) {
      Tensor x[] = {random_tensor({heads, queries, width}), random_tensor({heads, keys, width}),
                    random_tensor({heads, keys, value_width})};
      for (Tensor& operand : x)
        operand = (pick(0, 1) ? like_a_transposed_one(operand) : operand).set_requires_grad();
      const Tensor seen = gt(random_tensor({queries, keys}), pick(0, 3) == 0 ? 1.5 : 0.0);
      Tensor hidden = zeros({queries, keys}, boolean);
      if (masked) hidden = logical_not(seen);
      if (causal)
        hidden = logical_or(hidden, lt(unsqueeze(arange(queries), 1), unsqueeze(arange(keys), 0)));
      const AttentionOptions options{.mask = masked ? seen : Tensor(), .causal = causal};
      const Tensor y = scaled_dot_product_attention(x[0], x[1], x[2], options);
      const Tensor expected = plain(x[0], x[1], x[2], hidden);
      BOOST_TEST(distance(y, expected) < 1e-12);
      const Tensor narrow =
          scaled_dot_product_attention(x[0].to(f32), x[1].to(f32), x[2].to(f32), options);
      BOOST_TEST(distance(narrow, expected) < 1e-5);
      const Tensor g = random_tensor(y.shape());
      const Gradients ours = sum(mul(y, g)).backward(), theirs = sum(mul(expected, g)).backward();
      const Gradients single = sum(mul(narrow, g.to(f32))).backward();
      for (const Tensor& operand : x) {
        BOOST_TEST(distance(ours[operand], theirs[operand]) < 1e-12);
        BOOST_TEST(distance(single[operand], theirs[operand]) < 1e-4);
      }
    }
  }
}

// The row's maximum grows from block to block by more than exp can hold.
BOOST_AUTO_TEST_CASE(large_scores_are_no_matter) {
  const std::int64_t keys = 1000;
  const Tensor k = mul(unsqueeze(arange(keys).to(f32), 1), 10.0),
               v = random_tensor({keys, 3}).to(f32);
  const Tensor up = scaled_dot_product_attention(ones({2, 1}), k, v);
  const Tensor down = scaled_dot_product_attention(full({2, 1}, -1.0), k, v);
  BOOST_TEST(distance(up, expand(select(v, 0, keys - 1), {2, 3})) < 1e-4);
  BOOST_TEST(distance(down, expand(select(v, 0, 0), {2, 3})) < 1e-4);
}

BOOST_AUTO_TEST_CASE(without_keys_the_result_is_zero) {
  Tensor q = random_tensor({2, 3, 4}).set_requires_grad();
  const Tensor k = zeros({2, 0, 4}, f64), v = zeros({2, 0, 5}, f64);
  const Tensor y = scaled_dot_product_attention(q, k, v);
  BOOST_TEST(same_bits(y.detach(), zeros({2, 3, 5}, f64)));
  BOOST_TEST(same_bits(sum(y).backward()[q], zeros({2, 3, 4}, f64)));
}

// The whole matrix would be 64 MiB, in f32.
BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_the_matrix) {
  if (!internal::own_kernels()) return;
  const std::int64_t length = 4096, width = 8;
  Tensor x[3];
  for (Tensor& operand : x) operand = random_tensor({length, width}).to(f32).set_requires_grad();
  trim_memory();
  reset_peak_memory();
  const std::size_t before = memory_figures().peak;
  sum(scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true})).backward();
  BOOST_TEST(memory_figures().peak - before < std::size_t{8} << 20);
}

BOOST_AUTO_TEST_CASE(a_scale_of_zero_loses_no_nan) {
  const double none = std::numeric_limits<double>::quiet_NaN(), all = 1 / 0.0;
  for (const double bad : {none, all, -all}) {
    const Tensor q = tensor({{bad, 1.0}}), k = ones({3, 2}), v = ones({3, 1});
    BOOST_TEST(std::isnan(scaled_dot_product_attention(q, k, v, {.scale = 0}).item()));
  }
}

BOOST_AUTO_TEST_CASE(what_a_mask_hides_may_be_anything) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Tensor q = ones({1, 1}), k = tensor({{1.0}, {none}}), v = tensor({{5.0}, {7.0}});
  const Tensor seen = tensor({true, false}), added = tensor({0.0, -1 / 0.0});
  for (const Tensor& mask : {seen, added})
    BOOST_TEST(scaled_dot_product_attention(q, k, v, {.mask = mask}).item() == 5);
}

// By the blocks and, recorded for a second derivative, by the whole matrix. A NaN is none of it.
BOOST_AUTO_TEST_CASE(scores_that_overflow_are_seen_by_nobody) {
  const Tensor v = tensor({{5.0}, {7.0}});
  const Tensor k = tensor({{-1e30, -1e30}, {-1e30, -1e30}});
  const Tensor seen = tensor({true, false}), added = tensor({0.0, -1 / 0.0});
  for (const Tensor& mask : {Tensor(), seen, added}) {
    Tensor q = tensor({{1e30, 1e30}, {1.0, 1.0}}).set_requires_grad();
    const Tensor y = scaled_dot_product_attention(q, k, v, {.mask = mask});
    BOOST_TEST(select(y, 0, 0).item() == 0);
    BOOST_TEST(select(y, 0, 1).item() == (mask.defined() ? 5 : 6));
    for (const bool record : {false, true}) {
      const Tensor slope = sum(y).backward({.retain = true, .record = record})[q];
      BOOST_TEST(distance(select(slope, 0, 0), zeros({2})) == 0);
    }
    Tensor lost = tensor({{1.0, 1.0}});
    lost.fill_(std::numeric_limits<double>::quiet_NaN());
    BOOST_TEST(std::isnan(scaled_dot_product_attention(lost, k, v, {.mask = mask}).item()));
  }
}

BOOST_AUTO_TEST_CASE(as_many_axes_as_a_tensor_has) {
  Tensor q = random_tensor({1, 1, 1, 1, 1, 1, 300, 4}).set_requires_grad();
  const Tensor y = scaled_dot_product_attention(q, q, q);
  BOOST_TEST(sum(y).backward()[q].shape() == q.shape());
}

BOOST_AUTO_TEST_CASE(dropped_weights_are_made_up_for) {
  const Tensor q = zeros({1, 1}), k = zeros({20000, 1}), v = ones({20000, 1});
  const AttentionOptions options{.dropout = 0.25};
  const Random stream{1};
  const double kept = scaled_dot_product_attention(q, k, v, options).item();
  BOOST_TEST(kept != 1);
  BOOST_TEST(std::abs(kept - 1) < 0.02);
  const Evaluation evaluation;
  BOOST_TEST(std::abs(scaled_dot_product_attention(q, k, v, options).item() - 1) < 1e-3);
}

BOOST_AUTO_TEST_CASE(errors_name_what_does_not_fit) {
  const Tensor q = zeros({2, 3, 4}), k = zeros({2, 5, 4}), v = zeros({2, 5, 6});
  const auto fails = [&](ErrorKind kind, const Tensor& a, const Tensor& b, const Tensor& c,
                         const AttentionOptions& options, const std::vector<std::string>& words) {
    expect_error(
        kind, [&] { scaled_dot_product_attention(a, b, c, options); }, words);
  };
  fails(ErrorKind::shape, q, zeros({2, 5, 3}), v, {}, {"[2, 3, 4]", "[2, 5, 3]", "last sizes"});
  fails(ErrorKind::shape, q, k, zeros({2, 4, 6}), {},
        {"[2, 5, 4]", "[2, 4, 6]", "a value for each"});
  fails(ErrorKind::shape, q, zeros({3, 5, 4}), v, {}, {"do not broadcast", "[3, 5, 4]"});
  fails(ErrorKind::shape, zeros({4}), k, v, {}, {"[..., rows, columns]"});
  fails(ErrorKind::dtype, q.to(i64), k.to(i64), v.to(i64), {}, {"i64", "to(f32)"});
  fails(ErrorKind::shape, q, k, v, {.mask = zeros({3, 4})}, {"[3, 4]", "[2, 3, 5]"});
  fails(ErrorKind::dtype, q, k, v, {.mask = zeros({3, 5}, i64)}, {"i64", "bool"});
  fails(ErrorKind::value, q, k, v, {.dropout = 1.5}, {"1.5", "[0, 1]"});
  fails(ErrorKind::value, q, k, v, {.scale = 1.0 / 0.0}, {"scale", "finite"});
  fails(ErrorKind::value, q, k, v, {.scale = 1e300}, {"scale", "1e+300", "f32", "to(f64)"});
  scaled_dot_product_attention(q.to(f64), k, v, {.scale = 1e300});
}

BOOST_AUTO_TEST_CASE(errors_of_several_heads_are_its_own) {
  const Tensor x = zeros({2, 5, 4});
  const AttentionProjections right{
      {zeros({6, 4})}, {zeros({6, 4})}, {zeros({8, 4})}, {zeros({3, 8})}};
  BOOST_TEST((multi_head_attention(x, x, x, right, 2).shape() == Shape{2, 5, 3}));
  const auto fails = [&](ErrorKind kind, const AttentionProjections& projections,
                         std::int64_t heads, std::vector<std::string> words,
                         const AttentionOptions& options = {}) {
    words.push_back("multi_head_attention");
    expect_error(
        kind, [&] { multi_head_attention(x, x, x, projections, heads, options); }, words);
  };
  fails(ErrorKind::value, right, 4, {"heads is 4", "divide the 6 rows"});
  fails(ErrorKind::value, right, 0, {"heads is 0"});
  AttentionProjections wrong = right;
  wrong.query.weight = zeros({6, 5});
  fails(ErrorKind::shape, wrong, 2, {"q of shape [2, 5, 4]", "[..., length, 5]"});
  wrong.query.weight = zeros({6});
  fails(ErrorKind::shape, wrong, 2, {"the weight of q has shape [6]", "[out, in]"});
  wrong.query.weight = zeros({4, 4});
  fails(ErrorKind::shape, wrong, 2, {"4 and 6 rows", "give both as many"});
  wrong = right;
  wrong.out.weight = zeros({3, 6});
  fails(ErrorKind::shape, wrong, 2, {"[3, 6]", "[out, 8]", "weight of v"});
  wrong = right;
  wrong.key.bias = zeros({5});
  fails(ErrorKind::shape, wrong, 2, {"the bias of k", "[5]", "[6, 4]", "it must be [6]"});
  wrong = right;
  wrong.out.bias = zeros({8});
  fails(ErrorKind::shape, wrong, 2, {"the bias of the output", "[8]", "it must be [3]"});
  wrong = right;
  wrong.out.weight = zeros({8});
  fails(ErrorKind::shape, wrong, 2, {"the weight of the output", "[8]", "[out, 8]"});
  wrong.out.weight = Tensor();
  fails(ErrorKind::state, wrong, 2, {"undefined"});
  expect_error(
      ErrorKind::shape,
      [&] {
        multi_head_attention(x, x, zeros({2, 6, 4}), right, 2);
      },
      {"multi_head_attention", "k of shape [2, 5, 4]", "v of shape [2, 6, 4]", "same length"});
  const Tensor many = zeros({1, 1, 1, 1, 1, 2, 5, 4});
  expect_error(ErrorKind::shape, [&] { multi_head_attention(many, many, many, right, 2); },
               {"multi_head_attention", "8 axes"});
  fails(ErrorKind::shape, right, 2, {"mask", "[4, 4]"}, {.mask = zeros({4, 4})});
  fails(ErrorKind::value, right, 2, {"1.5"}, {.dropout = 1.5});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

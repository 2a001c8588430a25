// Every row on operands that are not contiguous, not of the usual rank, or empty.
#include <algorithm>
#include <attune/error.hpp>
#include <attune/mode.hpp>
#include <attune/ops/matmul.hpp>
#include <attune/ops/random.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

// The same elements as every second one of a longer last axis.
Tensor sliced(const Tensor& x) {
  if (x.dim() == 0) return x;
  Shape wide = x.shape();
  wide[x.dim() - 1] *= 2;
  const Tensor every_second = slice(full(wide, 1, x.dtype()), -1, 0, wide.back(), 2);
  Tensor(every_second).copy_(x);
  return every_second;
}

// The same elements with the first axis running fastest.
Tensor transposed(const Tensor& x) {
  if (x.dim() < 2) return x;
  return transpose(transpose(x, 0, -1).clone(), 0, -1);
}

// The same elements in the middle of a longer storage.
Tensor shifted(const Tensor& x) {
  if (x.dim() == 0) return x;
  Shape longer = x.shape();
  longer[0] += 2;
  const Tensor inner = narrow(full(longer, 1, x.dtype()), 0, 1, x.size(0));
  Tensor(inner).copy_(x);
  return inner;
}

BOOST_AUTO_TEST_SUITE(layouts)

BOOST_AUTO_TEST_CASE(give_the_same_bits) {
  for (const Case& row : cases()) {
    const std::vector<Tensor> x = draw_all(row);
    if (x.empty() || !row.traits.any_layout) continue;
    const Tensor expected = row(x);
    for (Tensor (*layout)(const Tensor&) : {sliced, transposed, shifted}) {
      for (std::size_t only = 0; only <= x.size(); ++only) {  // one operand, at last all of them
        BOOST_TEST_CONTEXT(row.family << ' ' << row.name << " operand " << only) {
          std::vector<Tensor> other = x;
          for (std::size_t i = 0; i < x.size(); ++i) {
            if (only == i || only == x.size()) other[i] = layout(x[i]);
          }
          BOOST_TEST(same_bits(row(other), expected));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(broadcast_as_if_copied) {
  const std::vector<std::vector<Shape>> layouts = {{{5, 9}, {9}, {5, 1}},
                                                   {{}, {2, 9}, {9}},
                                                   {{3, 1}, {1, 4}, {}},
                                                   {{2, 1, 3}, {5, 1}, {2, 5, 3}}};
  for (const Case& row : cases()) {
    if (!row.traits.elementwise || row.inputs.size() < 2) continue;
    for (const std::vector<Shape>& shapes : layouts) {
      BOOST_TEST_CONTEXT(row.family << ' ' << row.name << ' ' << shapes[0] << shapes[1]) {
        std::vector<Tensor> x, copied;
        Shape all;
        for (std::size_t i = 0; i < row.inputs.size(); ++i) {
          x.push_back(draw(row, i, shapes[i % shapes.size()]));
          all = broadcast_shapes("test", all, x.back().shape());
        }
        for (const Tensor& operand : x) copied.push_back(expand(operand, all).clone());
        const Tensor expected = row(copied);
        BOOST_TEST(same_bits(row(x), expected));
        for (Tensor& operand : x) operand = expand(operand, all);  // stride 0
        BOOST_TEST(same_bits(row(x), expected));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(elementwise_of_any_rank_and_of_nothing) {
  for (const Case& row : cases()) {
    if (!row.traits.elementwise || row.inputs.empty()) continue;
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{2, 0, 3}, Shape{1, 2, 1, 3, 1, 1, 2, 1}}) {
      BOOST_TEST_CONTEXT(row.family << ' ' << row.name << ' ' << shape) {
        std::vector<Tensor> x;
        for (std::size_t i = 0; i < row.inputs.size(); ++i) x.push_back(draw(row, i, shape));
        BOOST_TEST(row(x).shape() == shape);
      }
    }
  }
}

// What an operation makes of shapes that it was not meant for is its business; but it says so.
BOOST_AUTO_TEST_CASE(unfit_ones_are_errors) {
  for (const Case& row : cases()) {
    if (row.traits.elementwise) continue;
    for (std::size_t i = 0; i < row.inputs.size(); ++i) {
      const Shape& fit = row.inputs[i].shape;
      for (int axis = -2; axis < fit.rank(); ++axis) {
        BOOST_TEST_CONTEXT(row.family << ' ' << row.name << " operand " << i << " axis " << axis) {
          Shape unfit = fit;
          if (axis == -2)
            unfit = {};
          else if (axis == -1)
            unfit = {0};
          else
            unfit[axis] = 0;
          std::vector<Tensor> x = draw_all(row);
          x[i] = draw(row, i, unfit);
          try {
            const Tensor y = row(x);
            BOOST_TEST(y.defined());
          } catch (const Error& error) {
            BOOST_TEST(std::string(error.what()).find(": ") != std::string::npos);
          } catch (const std::out_of_range&) {  // the row picks a part that there is no more
          }
        }
      }
    }
  }
}

// The promise of core/simd/gemm.hpp: up to 64 products a sum and 131072 in all, one order of
// adding.
BOOST_AUTO_TEST_CASE(a_small_product_adds_in_one_order) {
  const Random numbers{3};
  for (const DType dtype : {f32, f64}) {
    for (const std::int64_t k : {3, 16, 40, 48, 57, 64}) {
      for (const std::int64_t n : {2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 18, 25, 33}) {
        for (const std::int64_t m : {2, 5, 19, 36, 60}) {
          if (m * n * k > 131072) continue;
          const Tensor a = randn({m, k}, dtype), b = randn({k, n}, dtype);
          const Tensor turned = t(t(a).clone()), across = t(t(b).clone());
          const Tensor expected = matmul(a, b);
          for (const Tensor& y : {matmul(turned, b), matmul(a, across), matmul(turned, across)})
            BOOST_TEST(same_bits(y, expected), dtype << ", " << m << " x " << n << " x " << k);
        }
      }
    }
  }
}

// What has to be copied is reduced piece by piece: along the first axis, whose last piece is short.
BOOST_AUTO_TEST_CASE(large_ones_are_reduced_to_the_same_bits) {
  const Random numbers{4};
  const Tensor base = randn({90, 11, 203});
  for (const DType dtype : {f32, f64, i32, boolean}) {
    const Tensor turned = permute(base.to(dtype), {2, 0, 1});
    BOOST_TEST_REQUIRE(!turned.is_contiguous());
    const Tensor copied = turned.clone();
    for (const Axes& axes : {Axes{1}, Axes{2}, Axes{1, 2}, Axes{0}, Axes{0, 2}, Axes{}}) {
      for (const bool keepdim : {false, true}) {
        BOOST_TEST_CONTEXT(dtype << ", axes " << Shape(axes)) {
          BOOST_TEST(same_bits(sum(turned, axes, keepdim), sum(copied, axes, keepdim)));
          BOOST_TEST(same_bits(amax(turned, axes, keepdim), amax(copied, axes, keepdim)));
          BOOST_TEST(same_bits(any(turned, axes, keepdim), any(copied, axes, keepdim)));
        }
      }
    }
  }
  for (const std::int64_t count : {130, 5000, 20000}) {  // of whole and of cut rows
    const Tensor across = t(randn({count, 70})), inner = narrow(across, 0, 3, 60);
    BOOST_TEST(same_bits(sum(across, {1}), sum(across.clone(), {1})), count);
    BOOST_TEST(same_bits(sum(inner, {1}), sum(inner.clone(), {1})), count);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

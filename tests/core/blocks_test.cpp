// Whatever the layout and type of an operand, a kernel sees its elements once each, in their place.
#include "core/blocks.hpp"

#include <atomic>
#include <attune/ops/binary.hpp>
#include <attune/ops/creation.hpp>
#include <attune/ops/views.hpp>
#include <boost/test/unit_test.hpp>

#include "core/elementwise.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace {

using namespace attune;
using namespace attune::internal;

// x, in the type f64, by way of blocks; `other`, all ones, walks along and decides how the axes are
// cut. An element that is seen twice counts twice.
Tensor through_blocks(const Tensor& x, const Tensor& other, bool dense) {
  Tensor y = zeros(x.shape(), f64);
  std::atomic<bool> wrong = false;
  const BlockInput inputs[] = {{&x, f64, dense}, {&other, f32}};
  for_blocks(y, inputs, 1, [&](const Block& block) {
    if (dense && block.step[0] != 1) wrong = true;
    const double* const from = static_cast<const double*>(block.in[0]);
    const float* const along = static_cast<const float*>(block.in[1]);
    double* const to = static_cast<double*>(block.out);
    for (std::int64_t i = 0; i < block.n; ++i) {
      to[i] += from[i * block.step[0]] + 1;
      if (along[i * block.step[1]] != 1) wrong = true;
    }
  });
  BOOST_TEST(!wrong);
  return y;
}

bool same(const Tensor& y, const Tensor& x) {
  const Tensor expected = contiguous_copy("test", x, f64) + 1;
  return std::ranges::equal(y.values<double>(), expected.values<double>());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(blocks)

BOOST_AUTO_TEST_CASE(every_layout_and_type_is_walked_once) {
  // Sizes around a tile and a block, one larger than a chunk, and short rows, few and many.
  for (const Shape& shape :
       {Shape{3, 70, 130}, Shape{5, 9, 7}, Shape{2, 8, 1100}, Shape{1, 1, 1}, Shape{2, 200, 270},
        Shape{2, 33, 3}, Shape{3, 5500, 7}, Shape{2, 40, 128}, Shape{1, 100, 1}}) {
    const Tensor numbers = reshape(arange(0, shape.numel(), 1, f64), shape);
    for (const DType dtype : {f64, f32, i64, i32, u8, boolean}) {
      const Tensor x = numbers.to(dtype);
      const Tensor layouts[] = {x,
                                permute(x, {2, 1, 0}),
                                permute(x, {0, 2, 1}),
                                permute(x, {1, 0, 2}),
                                permute(x, {2, 0, 1}),
                                slice(x, 2, 0, shape[2], 2),
                                slice(permute(x, {0, 2, 1}), 1, 0, shape[2], 3),
                                expand(slice(x, 2, 0, 1, 1), shape),
                                expand(slice(x, 1, 0, 1, 1), shape),
                                expand(slice(x, 0, 0, 1, 1), shape)};
      for (const Tensor& layout : layouts) {
        for (const bool dense : {false, true}) {
          const Tensor beside = ones(layout.shape(), f32);
          const Tensor turned =
              transpose(ones({layout.size(0), layout.size(2), layout.size(1)}, f32), 1, 2);
          const Tensor one = ones({layout.size(2)}, u8);
          for (const Tensor& other : {beside, turned, one}) {
            BOOST_TEST(same(through_blocks(layout, other, dense), layout),
                       name(dtype) << " of strides " << layout.strides()[0] << ' '
                                   << layout.strides()[1] << ' ' << layout.strides()[2]);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

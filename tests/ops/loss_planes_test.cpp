// Losses on classes of samples that lie side by side, as pixels do, against those of rows.
#include <boost/test/unit_test.hpp>

#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using attune::tests::distance;

BOOST_AUTO_TEST_SUITE(loss_planes)

BOOST_AUTO_TEST_CASE(pixels_are_samples) {
  const Tensor image =
      reshape(tensor(std::vector<double>{1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 0, 1}), {1, 3, 4});
  const Tensor labels = tensor({{0, 2, 1, 2}});
  const Tensor per_pixel = cross_entropy(image, labels, {.reduction = Reduction::none});
  BOOST_TEST(per_pixel.shape() == (Shape{1, 4}));
  const Tensor rows = transpose(reshape(image, {3, 4}), 0, 1);
  const Tensor flat = cross_entropy(rows, reshape(labels, {4}), {.reduction = Reduction::none});
  BOOST_TEST(distance(reshape(per_pixel, {4}), flat) == 0);
}

// Planes, where samples of a class lie side by side, against rows of classes.
BOOST_AUTO_TEST_CASE(samples_side_by_side_are_those_one_after_the_other) {
  manual_seed(5);
  for (const DType dtype : {f32, f64}) {
    for (const Shape& shape : {Shape{2, 5, 700}, Shape{3, 4, 3, 3}, Shape{2, 300, 200}}) {
      const std::int64_t classes = shape[1];
      const Tensor planes = randn(shape, dtype).set_requires_grad();
      const std::int64_t n = planes.numel() / classes;
      const Tensor rows =
          reshape(transpose(reshape(planes.detach(), {shape[0], classes, -1}), 1, 2), {n, classes})
              .contiguous()
              .set_requires_grad();
      const Tensor labels = randint(0, classes, {n});
      const Tensor weight = add(rand({classes}, dtype), 0.5);
      Shape of_labels = shape;
      of_labels.erase(1);
      const auto check = [&](const auto& loss_of) {
        const Tensor beside = loss_of(planes, reshape(labels, of_labels));
        const Tensor after = loss_of(rows, labels);
        const double least = dtype == f32 ? 2e-6 : 2e-15;
        BOOST_TEST(distance(reshape(beside, after.shape()), after) <= 8 * least);
        const Tensor by_planes = sum(square(beside)).backward()[planes];
        const Tensor by_rows = sum(square(after)).backward()[rows];
        const Tensor turned =
            reshape(transpose(reshape(by_planes, {shape[0], classes, -1}), 1, 2), {n, classes});
        BOOST_TEST(distance(turned, by_rows) <= 32 * least);
      };
      for (const Reduction reduction : {Reduction::none, Reduction::mean}) {
        for (const double smoothing : {0.0, 0.25}) {
          for (const std::int64_t none : {std::int64_t{-100}, std::int64_t{2}}) {
            check([&](const Tensor& x, const Tensor& target) {
              return cross_entropy(x, target,
                                   {.weight = weight,
                                    .ignore_index = none,
                                    .label_smoothing = smoothing,
                                    .reduction = reduction});
            });
          }
        }
        check([&](const Tensor& x, const Tensor& target) {
          return nll_loss(x, target, {.weight = weight, .ignore_index = 2, .reduction = reduction});
        });
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

// Sets made from a seed: two features, two classes, known from textbooks and courses. The random
// numbers are NumPy's (NumpyLegacy), so that published results can be reproduced.
//
// Layer: data.
#pragma once

#include <attune/data/set.hpp>

namespace attune::data {

struct ToyOptions {
  double noise = 0;     // standard deviation of the normal noise on both features
  double factor = 0.8;  // circles: radius of the inner one, in (0, 1)
  std::uint32_t seed = 0;
  DType dtype = f64;  // or f32: the f64 numbers, rounded
};

// Two circles around the origin: class 0 of radius 1, class 1 within, n / 2 and n - n / 2 samples.
// x [n, 2], y i64 [n]. The numbers of scikit-learn's
// make_circles(n, noise=noise, factor=factor, random_state=seed), to the last bit where both use
// the same cosine. Errors: value, unless 1 <= n <= 2^31, noise >= 0 and factor is in (0, 1); dtype.
ATTUNE_API Set circles(std::int64_t n, const ToyOptions& options = {});

// Two interleaving half circles, as make_moons(n, noise=noise, random_state=seed).
ATTUNE_API Set moons(std::int64_t n, const ToyOptions& options = {});

// A slanted border between two classes under noise that invites overfitting: 211 training and 200
// test samples from one stream r = RandomState(seed), for each part
//   x1 = r.uniform(-.6, .4, n), x2 = r.uniform(-.65, .6, n),
//   y = x2 - .9 x1 - .1 + .22 r.randn(n) > 0.
// It stands in for the regularization set of a well-known course, which may not be passed on.
ATTUNE_API TrainTest course_2d(std::uint32_t seed = 0, DType dtype = f64);

}  // namespace attune::data

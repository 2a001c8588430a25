// Random tensors over the fills of core/random.hpp.
#include "attune/ops/random.hpp"

#include <algorithm>
#include <cmath>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/creation.hpp"
#include "attune/record.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/pooled.hpp"
#include "core/random.hpp"

namespace attune {

using internal::data;
using internal::Draw;
using internal::empty_tensor;
using internal::fail;
using internal::next_draw;
using internal::PooledList;

namespace {

DType checked_floating(const char* operation, DType dtype) {
  if (!is_floating(dtype)) {
    fail(ErrorKind::dtype, operation, "{} holds no such numbers: use f32 or f64", dtype);
  }
  return dtype;
}

// Fresh elements from fill(pointer, n, draw).
template <class Fill>
Tensor drawn(const char* operation, const Shape& shape, DType dtype, Fill fill) {
  Tensor result = empty_tensor(operation, shape, checked_floating(operation, dtype));
  const Draw draw = next_draw();
  internal::visit_floating(
      dtype, [&](auto zero) { fill(data<decltype(zero)>(result), result.numel(), draw); });
  return result;
}

}  // namespace

Tensor rand(const Shape& shape, DType dtype) {
  return drawn("rand", shape, dtype, [](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_uniform(0, 1, to, n, draw);
  });
}

Tensor randn(const Shape& shape, DType dtype) {
  return drawn("randn", shape, dtype, [](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_normal(0, 1, to, n, draw);
  });
}

Tensor rand_like(const Tensor& x) {
  const internal::Inside called("rand_like");
  const DType dtype = internal::operand("rand_like", x).dtype;
  return rand(x.shape(), dtype);
}
Tensor randn_like(const Tensor& x) {
  const internal::Inside called("randn_like");
  const DType dtype = internal::operand("randn_like", x).dtype;
  return randn(x.shape(), dtype);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype) {
  if (low < high) {  // else fill_integers refuses
    internal::check_fits("randint", low, dtype);
    internal::check_fits("randint", high - 1, dtype);
    const std::int64_t exact = std::int64_t{1} << (dtype == f32 ? 24 : 53);
    if (is_floating(dtype) && (low < -exact || high - 1 > exact)) {
      fail(ErrorKind::value, "randint", "{} does not hold all integers from {} to {}", dtype, low,
           high - 1);
    }
  }
  Tensor result = empty_tensor("randint", shape, i64);
  internal::fill_integers(low, high, data<std::int64_t>(result), result.numel(), next_draw());
  return result.to(dtype);
}

Tensor randperm(std::int64_t n) {
  Tensor result = empty_tensor("randperm", {n}, i64);
  internal::fill_permutation(data<std::int64_t>(result), n, next_draw());
  return result;
}

Tensor normal(double mean, double std, const Shape& shape, DType dtype) {
  return drawn("normal", shape, dtype, [=](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_normal(mean, std, to, n, draw);
  });
}

Tensor normal(const Tensor& mean, const Tensor& std) {
  internal::operand("normal", mean);
  const DType dtype = floating(promote(mean.dtype(), internal::operand("normal", std).dtype));
  Tensor value;
  {
    const internal::ValuesOf values("normal");
    const Tensor spread = std.to(f64).contiguous();
    for (const double s : spread.values<double>()) {
      if (!(s >= 0)) fail(ErrorKind::value, "normal", "a standard deviation is {}", s);
    }
    const Shape shape = broadcast_shapes("normal", mean.shape(), std.shape());
    value = add(mean, mul(std, randn(shape, dtype)));
  }
  return record("normal", std::move(value), constant(mean), constant(std));
}

Tensor bernoulli(double p, const Shape& shape, DType dtype) {
  Tensor flags = empty_tensor("bernoulli", shape, u8);
  internal::fill_bernoulli(p, data<std::uint8_t>(flags), flags.numel(), next_draw());
  return flags.to(dtype);
}

Tensor bernoulli(const Tensor& p) {
  const DType dtype = checked_floating("bernoulli", internal::operand("bernoulli", p).dtype);
  const Tensor dense = internal::as_contiguous("bernoulli", p, dtype);
  Tensor result = empty_tensor("bernoulli", p.shape(), dtype);
  const Draw draw = next_draw();
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const chance = data<T>(dense);
    for (std::int64_t i = 0; i < p.numel(); ++i) {
      if (!(chance[i] >= 0 && chance[i] <= 1)) {
        fail(ErrorKind::value, "bernoulli", "the probability of element {} is {}: outside [0, 1]",
             i, chance[i]);
      }
      const double at = internal::unit(internal::random_bits(draw, static_cast<std::uint64_t>(i)));
      data<T>(result)[i] = at < double{chance[i]} ? T(1) : T(0);
    }
  });
  return record("bernoulli", std::move(result), constant(p));
}

namespace {

// The running sums of checked weights, or of small equal parts of them where those overflow;
// `positive` counts the weights above 0.
PooledList<double> running_sums(const PooledList<double>& weights, std::int64_t& positive) {
  PooledList<double> sums;
  sums.reserve(weights.size());
  positive = 0;
  for (const double& weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      fail(ErrorKind::value, "multinomial", "weight {} is {}: weights are finite and not negative",
           &weight - weights.data(), weight);
    }
    positive += weight > 0;
  }
  for (const double scale : {1.0, 0x1p-63}) {  // there are less than 2^63 weights
    sums.clear();
    double sum = 0;
    for (const double weight : weights) sums.push_back(sum += scale * weight);
    if (std::isfinite(sum)) break;
  }
  return sums;
}

// The first position whose running sum exceeds `share` of the total, 0 <= share < 1: its weight is
// positive.
std::int64_t position_at(const PooledList<double>& sums, double share) {
  const double mark = std::min(share * sums.back(), std::nextafter(sums.back(), 0.0));
  return std::ranges::upper_bound(sums, mark) - sums.begin();
}

}  // namespace

Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement) {
  internal::operand("multinomial", weights);
  if (weights.dim() < 1 || weights.dim() > 2) {
    fail(ErrorKind::shape, "multinomial", "weights of shape {}: expected [n] or [m, n]",
         weights.shape());
  }
  if (count < 0) fail(ErrorKind::value, "multinomial", "a count of {}", count);
  const Tensor dense = internal::as_contiguous("multinomial", weights, f64);
  const std::int64_t n = weights.shape().back();
  const std::int64_t rows = weights.dim() == 2 ? weights.size(0) : 1;
  Shape shape = weights.shape();
  shape[shape.rank() - 1] = count;
  Tensor result = empty_tensor("multinomial", shape, i64);
  const Draw draw = next_draw();
  for (std::int64_t row = 0; row < rows; ++row) {
    const double* const first = data<double>(dense) + row * n;
    PooledList<double> left(first, first + n);
    std::int64_t positive = 0;
    PooledList<double> sums = running_sums(left, positive);
    const std::int64_t needed = replacement ? std::min<std::int64_t>(count, 1) : count;
    if (positive < needed) {
      fail(ErrorKind::value, "multinomial", "{} draws {} replacement from {} of positive weight",
           count, replacement ? "with" : "without", positive);
    }
    for (std::int64_t k = 0; k < count; ++k) {
      const auto number = static_cast<std::uint64_t>(row * count + k);
      const std::int64_t at =
          position_at(sums, internal::unit(internal::random_bits(draw, number)));
      data<std::int64_t>(result)[row * count + k] = at;
      if (replacement || k + 1 == count) continue;
      left[static_cast<std::size_t>(at)] = 0;
      sums = running_sums(left, positive);
    }
  }
  return record({"multinomial", {{"count", count}, {"replacement", replacement}}},
                std::move(result), constant(weights));
}

namespace {

// The elements of x from a contiguous draw, whatever x's layout.
template <class Fill>
Tensor& filled(const char* operation, Tensor& x, Fill fill) {
  checked_floating(operation, internal::operand(operation, x).dtype);
  const Tensor values = drawn(operation, x.shape(), x.dtype(), fill);
  internal::begin_write(operation, x);
  internal::copy(values, x);
  internal::trace_write(operation, x, {});
  return x;
}

}  // namespace

Tensor& uniform_(Tensor& x, double low, double high) {
  return filled("uniform_", x, [=](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_uniform(low, high, to, n, draw, "uniform_");
  });
}

Tensor& normal_(Tensor& x, double mean, double std) {
  return filled("normal_", x, [=](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_normal(mean, std, to, n, draw);
  });
}

Tensor& trunc_normal_(Tensor& x, const TruncatedNormal& o) {
  return filled("trunc_normal_", x, [o](auto* to, std::int64_t n, const Draw& draw) {
    internal::fill_truncated_normal(o.mean, o.std, o.low, o.high, to, n, draw, "trunc_normal_");
  });
}

}  // namespace attune

// How a loss that works element by element runs: in tiles of the chunks of a parallel loop, value
// and reduction in one pass, or as the formula in attune operations.
#include "autograd/loss_elements.hpp"

#include <algorithm>
#include <cmath>

#include "attune/inside.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/reduce.hpp"
#include "attune/record.hpp"
#include "autograd/composed.hpp"
#include "autograd/tracer.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune::internal {
namespace {

constexpr std::int64_t cost = 8;  // of an element, in additions

// Calls body(begin, count) for the tiles of a chunk.
template <class Body>
void for_tiles(std::int64_t begin, std::int64_t length, const Body& body) {
  const std::int64_t end = begin + length;
  for (std::int64_t i = begin; i < end; i += loss_tile) body(i, std::min(loss_tile, end - i));
}

// The sum of all values times `factor`, or the values.
Tensor fused_value(const Loss& loss, const Tensor& x, const Tensor& z, double p, bool reduced,
                   double factor) {
  const Inside called(loss.name);
  const Tensor y = empty_tensor(loss.name, reduced ? Shape{} : x.shape(), x.dtype());
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = kernels().of<T>();
    const auto value = loss.fused_value.of<T>();
    const auto sum = table.of(Reduce::sum);
    // `within` adds up what a tile holds: in T as long as that does not overflow, else scaled.
    const auto added = [&](auto within) {
      return sum_chunks(x.numel(), cost, [&](std::int64_t begin, std::int64_t length) {
        double part = 0;
        for_tiles(begin, length, [&](std::int64_t i, std::int64_t count) {
          alignas(64) T buffer[loss_tile];
          T* const out = reduced ? buffer : data<T>(y) + i;
          value(table, count, data<T>(x) + i, data<T>(z) + i, static_cast<T>(p), out);
          if (reduced) part += within(count, out);
        });
        return part;
      });
    };
    double total = added(sum) * factor;
    if (reduced && !std::isfinite(total)) {
      total = added([&](std::int64_t count, const T* out) {
        double part = 0;
        for (std::int64_t i = 0; i < count; ++i) part += static_cast<double>(out[i]) * factor;
        return part;
      });
    }
    if (reduced) *data<T>(y) = static_cast<T>(total);
  });
  return y;
}

// g factor f'(x), with one g for all or one for each element.
Tensor fused_slope(const Loss& loss, const Tensor& g, const Tensor& x, const Tensor& z, double p,
                   double factor) {
  const Tensor in = as_contiguous(loss.name, x, g.dtype());
  const Tensor target = as_contiguous(loss.name, z, g.dtype());
  const Tensor arriving = as_contiguous(loss.name, g, g.dtype());
  Tensor y = empty_tensor("backward", x.shape(), g.dtype());
  const bool one_each = g.dim() == x.dim();
  visit_floating(g.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto& table = kernels().of<T>();
    const auto slope = loss.fused_slope.of<T>();
    const auto mul = table.of(Binary::mul);
    const T scale = static_cast<T>(factor);
    for_chunks(y.numel(), cost, [&](std::int64_t begin, std::int64_t length) {
      for_tiles(begin, length, [&](std::int64_t i, std::int64_t count) {
        T* const out = data<T>(y) + i;
        slope(table, count, data<T>(in) + i, data<T>(target) + i, static_cast<T>(p), out);
        if (one_each) return mul(count, out, 1, data<T>(arriving) + i, 1, out);
        const T common = *data<T>(arriving) * scale;
        mul(count, out, 1, &common, 0, out);
      });
    });
  });
  trace_value("loss_backward", y, {&g, &x, &z});
  return y;
}

}  // namespace

void check_operands(const char* name, const Tensor& x, const Tensor& target) {
  operand(name, x);
  operand(name, target);
  if (x.shape() != target.shape()) {
    fail(ErrorKind::shape, name,
         "x has shape {}, the target {}: nothing is broadcast here, reshape one of them", x.shape(),
         target.shape());
  }
}

Tensor elementwise_loss(const Loss& loss, const Tensor& x, const Tensor& target, double p,
                        Reduction reduction) {
  check_operands(loss.name, x, target);
  check_reduction(loss.name, reduction, x.numel(), x.shape());
  const DType dtype = floating(promote(x.dtype(), target.dtype()));
  const bool reduced = reduction != Reduction::none;
  const double factor = reduction == Reduction::mean ? 1 / static_cast<double>(x.numel()) : 1;
  Tensor y;
  if (own_kernels()) {
    y = fused_value(loss, as_contiguous(loss.name, x, dtype),
                    as_contiguous(loss.name, target, dtype), p, reduced, factor);
  } else {
    const ValuesOf values(loss.name);
    y = loss.value(x.to(dtype), target.to(dtype), p);
    if (reduced) {
      const Tensor each = y;
      y = mul(sum(each), factor);
      if (!all_finite(y)) y = sum(mul(each, factor));  // the sum alone was too large
    }
  }
  const auto recorded = [&](const Op& op) {
    return record(op, std::move(y),
                  wrt(x,
                      [&loss, x = Saved(x), z = Saved(target), p, factor](const Tensor& g) {
                        if (!composed()) return fused_slope(loss, g, x, z, p, factor);
                        return mul(mul(g, factor), loss.slope(x, z, p));
                      }),
                  wrt(target, [&loss, x = Saved(x), z = Saved(target), p, factor](const Tensor& g) {
                    return mul(mul(g, factor), loss.target_slope(x, z, p));
                  }));
  };
  const Attribute reduced_by("reduction", name(reduction));
  return loss.parameter ? recorded({loss.name, {{loss.parameter, p}, reduced_by}})
                        : recorded({loss.name, {reduced_by}});
}

}  // namespace attune::internal

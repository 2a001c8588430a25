// Constants and ranges.
#include "attune/ops/creation.hpp"

#include <cmath>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune {

using internal::empty_tensor;
using internal::fail;
using internal::operand;

Tensor empty(const Shape& shape, DType dtype) { return empty_tensor("empty", shape, dtype); }

namespace {

Tensor filled(const char* operation, const Shape& shape, Number value, DType dtype) {
  internal::check_fits(operation, value, dtype);
  Tensor result = empty_tensor(operation, shape, dtype);
  internal::fill(result, value);
  return result;
}

}  // namespace

Tensor full(const Shape& shape, Number value, DType dtype) {
  return filled("full", shape, value, dtype);
}

Tensor full(const Shape& shape, Number value) { return full(shape, value, value.dtype()); }
Tensor zeros(const Shape& shape, DType dtype) { return filled("zeros", shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return filled("ones", shape, 1, dtype); }

Tensor empty_like(const Tensor& x) {
  return empty_like(x, internal::operand("empty_like", x).dtype);
}
Tensor empty_like(const Tensor& x, DType dtype) {
  return empty(internal::operand("empty_like", x).shape, dtype);
}
Tensor zeros_like(const Tensor& x) {
  return zeros_like(x, internal::operand("zeros_like", x).dtype);
}
Tensor zeros_like(const Tensor& x, DType dtype) {
  return zeros(internal::operand("zeros_like", x).shape, dtype);
}
Tensor ones_like(const Tensor& x) { return ones_like(x, internal::operand("ones_like", x).dtype); }
Tensor ones_like(const Tensor& x, DType dtype) {
  return ones(internal::operand("ones_like", x).shape, dtype);
}
Tensor full_like(const Tensor& x, Number value) {
  return full_like(x, value, internal::operand("full_like", x).dtype);
}
Tensor full_like(const Tensor& x, Number value, DType dtype) {
  return full(internal::operand("full_like", x).shape, value, dtype);
}

namespace {

// Element k is at(k), a double or an integer, converted to the type as the number it is. Between
// the first and the last nothing lies outside of them.
template <class At>
Tensor generated(const char* operation, std::int64_t count, DType dtype, At at) {
  if (count > 0) {
    internal::check_fits(operation, at(0), dtype);
    internal::check_fits(operation, at(count - 1), dtype);
  }
  Tensor result = empty_tensor(operation, {count}, dtype);
  internal::visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::for_chunks(count, 4,
                         [&, to = internal::data<T>(result)](std::int64_t begin, std::int64_t n) {
                           for (std::int64_t k = begin; k < begin + n; ++k)
                             to[k] = Number(at(k)).template as<T>();
                         });
  });
  return result;
}

[[noreturn]] void refuse_range(internal::FailValue start, internal::FailValue end,
                               internal::FailValue step) {
  fail(ErrorKind::value, "arange",
       "from {} to {} in steps of {}: that are more elements than any machine holds, or no number "
       "of them",
       start, end, step);
}

std::int64_t range_size(double start, double end, double step) {
  const double size = std::ceil((end - start) / step);
  if (!std::isfinite(size) || size > 0x1p46) refuse_range(start, end, step);
  return size > 0 ? static_cast<std::int64_t>(size) : 0;
}

std::int64_t range_size(std::int64_t start, std::int64_t end, std::int64_t step) {
  if ((step > 0) != (end > start) || start == end) return 0;
  // The distance may exceed i64, its unsigned form does not.
  const auto low = static_cast<std::uint64_t>(step > 0 ? start : end);
  const auto high = static_cast<std::uint64_t>(step > 0 ? end : start);
  const std::uint64_t width = step > 0 ? static_cast<std::uint64_t>(step)
                                       : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  const std::uint64_t steps = (high - low - 1) / width;
  if (steps >> 46 != 0) refuse_range(start, end, step);
  return static_cast<std::int64_t>(steps + 1);
}

}  // namespace

Tensor arange(Number start, Number end, Number step, DType dtype) {
  if (step.as<double>() == 0) {
    fail(ErrorKind::value, "arange", "from {} to {} in steps of 0", start.as<double>(),
         end.as<double>());
  }
  if (start.is_floating() || end.is_floating() || step.is_floating()) {
    const double first = start.as<double>(), width = step.as<double>();
    return generated("arange", range_size(first, end.as<double>(), width), dtype,
                     [=](std::int64_t k) { return first + static_cast<double>(k) * width; });
  }
  const std::int64_t first = start.integer(), width = step.integer();
  return generated("arange", range_size(first, end.integer(), width), dtype,
                   [=](std::int64_t k) { return first + k * width; });
}

Tensor arange(Number start, Number end, Number step) {
  const bool real = start.is_floating() || end.is_floating() || step.is_floating();
  return arange(start, end, step, real ? f32 : i64);
}

Tensor arange(Number end) { return arange(0, end); }

Tensor linspace(Number start, Number end, std::int64_t count, DType dtype) {
  if (count < 0) {
    fail(ErrorKind::value, "linspace", "a count of {}: it must not be negative", count);
  }
  const double first = start.as<double>(), last = end.as<double>();
  if (!std::isfinite(first) || !std::isfinite(last)) {
    fail(ErrorKind::value, "linspace", "from {} to {}: the bounds must be finite", first, last);
  }
  // The distance may overflow, that of the halves does not.
  const double scale = std::isfinite(last - first) ? 1 : 0.5;
  const double from = first * scale, to = last * scale;
  const double step = count > 1 ? (to - from) / static_cast<double>(count - 1) : 0;
  // Counted from the nearer end, so that both ends are exact and the sequence is symmetric.
  return generated("linspace", count, dtype, [=](std::int64_t k) {
    const double at = 2 * k < count ? from + static_cast<double>(k) * step
                                    : to - static_cast<double>(count - 1 - k) * step;
    return at / scale;
  });
}

Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype) {
  Tensor result = filled("eye", {rows, columns}, 0, dtype);
  Tensor diagonal = internal::view_of(result, {std::min(rows, columns)}, {columns + 1}, 0);
  internal::fill(diagonal, 1);
  return result;
}

Tensor eye(std::int64_t rows, DType dtype) { return eye(rows, rows, dtype); }

}  // namespace attune

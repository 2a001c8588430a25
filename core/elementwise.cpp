// Chooses between our kernels and the general case, and walks the layouts for the kernels.
#include "core/elementwise.hpp"

#include "core/blocks.hpp"
#include "core/elementwise_general.hpp"
#include "core/impl.hpp"

namespace attune::internal {
namespace {

constexpr std::int64_t cost_of(Binary kernel) {
  const bool function = kernel == Binary::pow || kernel == Binary::atan2 || kernel == Binary::hypot;
  return function ? function_cost : 1;
}

Tensor number_tensor(const char* operation, Number number, DType dtype) {
  check_fits(operation, number, dtype);
  Tensor tensor = empty_tensor(operation, {}, dtype);
  fill(tensor, number);
  return tensor;
}

// y = kernel(a, b), in the type of the kernel; where `turned`, kernel(b, a).
void zip_typed(RunTwo kernel, bool turned, const BlockInput& a, const BlockInput& b, Tensor& y) {
  const BlockInput inputs[] = {a, b};
  const int first = turned ? 1 : 0, second = 1 - first;
  for_blocks(y, inputs, 1, [=](const Block& k) {
    kernel(k.n, k.in[first], k.step[first], k.in[second], k.step[second], k.out);
  });
}

template <class T>
void zip_kernel(Binary kernel, const Tensor& a, const Tensor& b, Tensor& y) {
  const BlockInput inputs[] = {{&a, y.dtype()}, {&b, y.dtype()}};
  for_blocks(y, inputs, cost_of(kernel), [function = kernels().of<T>().of(kernel)](const Block& k) {
    function(k.n, static_cast<const T*>(k.in[0]), k.step[0], static_cast<const T*>(k.in[1]),
             k.step[1], static_cast<T*>(k.out));
  });
}

// The kernel of integers for an operation that has one, else null.
RunTwo whole_kernel(Binary kernel, DType dtype) {
  const auto of = [dtype](Whole whole) { return kernels().typed.of(whole, dtype); };
  switch (kernel) {
    case Binary::add:
      return of(Whole::add);
    case Binary::sub:
      return of(Whole::sub);
    case Binary::mul:
      return of(Whole::mul);
    case Binary::maximum:
      return of(Whole::maximum);
    case Binary::minimum:
      return of(Whole::minimum);
    default:
      return nullptr;
  }
}

// An empty result of two operands, both checked.
Tensor empty_pair(const char* operation, const Tensor& a, const Tensor& b, DType dtype) {
  const Impl& first = operand(operation, a);
  const Impl& second = operand(operation, b);
  return first.shape == second.shape
             ? empty_tensor(operation, first.shape, dtype)
             : empty_tensor(operation, broadcast_shapes(operation, first.shape, second.shape),
                            dtype);
}

}  // namespace

Tensor map(const char* operation, GeneralUnary general, Unary kernel, const Tensor& x) {
  operand(operation, x);
  const DType dtype = floating(x.dtype());
  if (!own_kernels()) return map(operation, general, x, dtype, dtype);
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  const BlockInput inputs[] = {{&x, dtype, true}};
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    for_blocks(y, inputs, function_cost, [function = kernels().of<T>().of(kernel)](const Block& k) {
      function(k.n, static_cast<const T*>(k.in[0]), static_cast<T*>(k.out));
    });
  });
  return y;
}

namespace {

Tensor map_typed(const char* operation, GeneralUnary general, RunOne kernel, const Tensor& x,
                 DType operand_dtype, DType dtype) {
  operand(operation, x);
  if (!own_kernels()) return map(operation, general, x, operand_dtype, dtype);
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  const BlockInput inputs[] = {{&x, operand_dtype, true}};
  for_blocks(y, inputs, 1, [=](const Block& k) { kernel(k.n, k.in[0], k.out); });
  return y;
}

}  // namespace

Tensor map(const char* operation, GeneralUnary general, WholeUnary kernel, const Tensor& x,
           DType dtype) {
  return map_typed(operation, general, kernels().typed.of(kernel, dtype), x, dtype, dtype);
}

Tensor map(const char* operation, GeneralUnary general, Predicate kernel, const Tensor& x) {
  const DType dtype = x.dtype();
  return map_typed(operation, general, kernels().typed.of(kernel, dtype), x, dtype, boolean);
}

Tensor zip(const char* operation, GeneralBinary general, Binary kernel, const Tensor& a,
           const Tensor& b, DType dtype) {
  const RunTwo whole = is_floating(dtype) ? nullptr : whole_kernel(kernel, dtype);
  if ((!is_floating(dtype) && !whole) || !own_kernels()) {
    return zip(operation, general, a, b, dtype, dtype);
  }
  Tensor y = empty_pair(operation, a, b, dtype);
  if (whole) {
    zip_typed(whole, false, {&a, dtype}, {&b, dtype}, y);
    return y;
  }
  zip_into(kernel, a, b, y);
  return y;
}

void zip_into(Binary kernel, const Tensor& a, const Tensor& b, Tensor& y) {
  visit_floating(y.dtype(), [&](auto zero) { zip_kernel<decltype(zero)>(kernel, a, b, y); });
}

namespace {

Tensor zip_if(RunTwo kernel, const char* operation, GeneralBinary general, const Tensor& a,
              const Tensor& b, DType dtype) {
  if (!kernel || !own_kernels()) return zip(operation, general, a, b, dtype, dtype);
  Tensor y = empty_pair(operation, a, b, dtype);
  zip_typed(kernel, false, {&a, dtype}, {&b, dtype}, y);
  return y;
}

}  // namespace

Tensor zip(const char* operation, GeneralBinary general, Whole kernel, const Tensor& a,
           const Tensor& b, DType dtype) {
  return zip_if(kernels().typed.of(kernel, dtype), operation, general, a, b, dtype);
}

Tensor zip(const char* operation, GeneralBinary general, Division kernel, const Tensor& a,
           const Tensor& b, DType dtype) {
  return zip_if(kernels().typed.of(kernel, dtype), operation, general, a, b, dtype);
}

Tensor zip(const char* operation, GeneralBinary general, Comparison comparison, const Tensor& a,
           const Tensor& b, DType dtype) {
  if (!own_kernels()) return zip(operation, general, a, b, dtype, boolean);
  Tensor y = empty_pair(operation, a, b, boolean);
  zip_typed(kernels().typed.of(comparison.kernel, dtype), comparison.turned, {&a, dtype},
            {&b, dtype}, y);
  return y;
}

namespace {

// y = f(x, number), or f(number, x).
template <bool number_first>
Tensor zip_number(const char* operation, GeneralBinary general, Binary kernel, const Tensor& x,
                  Number number, DType dtype) {
  operand(operation, x);
  if (!is_floating(dtype) || !own_kernels()) {
    // Not in a type in which the number would wrap.
    const bool fits = visit_dtype(dtype, [&](auto zero) {
      if constexpr (std::is_integral_v<decltype(zero)>) return number.fits<decltype(zero)>();
      return true;
    });
    const DType wide = narrow(dtype) && !(fits && own_kernels()) ? i64 : dtype;
    const Tensor other = number_tensor(operation, number, wide);
    const Tensor& left = number_first ? other : x;
    const Tensor& right = number_first ? x : other;
    if (!own_kernels()) return zip(operation, general, left, right, dtype, dtype);
    return converted(operation, zip(operation, general, kernel, left, right, wide), dtype);
  }
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  const BlockInput inputs[] = {{&x, dtype}};
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = number.as<T>();
    const auto function = kernels().of<T>().of(kernel);
    for_blocks(y, inputs, cost_of(kernel), [&](const Block& k) {
      const T* const from = static_cast<const T*>(k.in[0]);
      T* const to = static_cast<T*>(k.out);
      if (number_first)
        function(k.n, &value, 0, from, k.step[0], to);
      else
        function(k.n, from, k.step[0], &value, 0, to);
    });
  });
  return y;
}

}  // namespace

Tensor zip(const char* operation, GeneralBinary general, Binary kernel, const Tensor& a, Number b,
           DType operand_dtype) {
  return zip_number<false>(operation, general, kernel, a, b, operand_dtype);
}

Tensor zip(const char* operation, GeneralBinary general, Binary kernel, Number a, const Tensor& b,
           DType operand_dtype) {
  return zip_number<true>(operation, general, kernel, b, a, operand_dtype);
}

Tensor choose(const char* operation, const Tensor& condition, const Tensor& a, const Tensor& b,
              DType dtype) {
  const Shape shape = broadcast_shapes(
      operation, broadcast_shapes(operation, condition.shape(), a.shape()), b.shape());
  Tensor y = empty_tensor(operation, shape, dtype);
  if (y.numel() == 0) return y;
  if (!own_kernels()) {
    choose_in_general(operation, condition, a, b, y);
    return y;
  }
  const BlockInput inputs[] = {{&condition, boolean}, {&a, dtype}, {&b, dtype}};
  for_blocks(y, inputs, 1,
             [kernel = kernels().typed.choose[static_cast<int>(dtype)]](const Block& k) {
               kernel(k.n, k.in[0], k.step[0], k.in[1], k.step[1], k.in[2], k.step[2], k.out);
             });
  return y;
}

}  // namespace attune::internal

// Chooses between our kernels and the general case, and walks the layouts.
#include "core/elementwise.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/general.hpp"

namespace attune::internal {
namespace {

// Transcendental kernels cost about this many additions an element.
constexpr std::int64_t function_cost = 8;

// x seen in a wider shape; x itself when it has it. The values are not copied.
Tensor broadcast_view(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return view_of(x, shape, broadcast_strides(x.shape(), x.strides(), shape), 0);
}

Tensor converted(const char* operation, const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : contiguous_copy(operation, x, dtype);
}

// An operand in the type that an operation computes in. A handle is copied only where the type
// differs.
class Converted {
 public:
  Converted(const char* operation, const Tensor& x, DType dtype) : tensor_(&x) {
    if (x.impl()->dtype == dtype) return;
    copy_ = contiguous_copy(operation, x, dtype);
    tensor_ = &copy_;
  }
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;
  const Tensor& operator*() const { return *tensor_; }

 private:
  const Tensor* tensor_;
  Tensor copy_;
};

Tensor number_tensor(const char* operation, Number number, DType dtype) {
  check_fits(operation, number, dtype);
  Tensor tensor = empty_tensor(operation, {}, dtype);
  fill(tensor, number);
  return tensor;
}

// Entries [begin, begin + count) along the first axis.
Tensor rows_of(const Tensor& x, std::int64_t begin, std::int64_t count) {
  Shape shape = x.shape();
  shape[0] = count;
  return view_of(x, shape, x.strides(), begin * x.strides()[0]);
}

// Calls general(operands..., y) on pieces of all of them, which have one shape.
template <class General, class... Operands>
void in_pieces(General general, Tensor& y, const Operands&... operands) {
  if (y.numel() <= elementwise_chunk) return general(operands..., y);
  if (y.dim() > 1 && (operands.is_contiguous() && ...)) {
    Tensor flat = view_of(y, {y.numel()}, {1}, 0);
    return in_pieces(general, flat, view_of(operands, {y.numel()}, {1}, 0)...);
  }
  const std::int64_t rows = y.shape()[0];
  const std::int64_t together = std::max<std::int64_t>(1, elementwise_chunk / (y.numel() / rows));
  parallel_for((rows + together - 1) / together, y.numel() * function_cost,
               [&](std::int64_t chunk) {
                 const std::int64_t begin = chunk * together;
                 const std::int64_t count = std::min(together, rows - begin);
                 Tensor piece = rows_of(y, begin, count);
                 general(rows_of(operands, begin, count)..., piece);
               });
}

// Integers that the general case computes in i64; converting back wraps as their own arithmetic
// would.
bool narrow(DType dtype) { return dtype == i32 || dtype == u8; }

// A kernel reads a run with stride 1, or 0 for one value.
bool kernel_takes(const Loop& loop, int operand) {
  const std::int64_t stride = loop.run_stride(operand);
  return stride == 0 || stride == 1 || loop.run() == 1;
}

template <class T>
void zip_kernel(Binary kernel, const Tensor& a, const Tensor& b, Tensor& y) {
  const auto function = internal::kernels().of<T>().of(kernel);
  T* const out = data<T>(y);
  const Impl& first = *a.impl();
  const Impl& second = *b.impl();
  const std::int64_t numel = y.impl()->numel;
  if (numel <= elementwise_chunk && first.contiguous && second.contiguous) {
    const bool a_runs = first.numel == numel, b_runs = second.numel == numel;
    if ((a_runs || first.numel == 1) && (b_runs || second.numel == 1)) {
      return function(numel, reinterpret_cast<const T*>(first.data), a_runs,
                      reinterpret_cast<const T*>(second.data), b_runs, out);
    }
  }
  const Shape& shape = y.shape();
  Tensor left = broadcast_view(a, shape);
  Tensor right = broadcast_view(b, shape);
  const Shape strides[] = {y.strides(), left.strides(), right.strides()};
  Loop loop = make_loop(shape, strides);
  if (!kernel_takes(loop, 1) || !kernel_takes(loop, 2)) {
    // A transposed or otherwise scattered operand: one blocked copy, then contiguous runs.
    if (!kernel_takes(loop, 1)) left = contiguous_copy("contiguous", left, left.dtype());
    if (!kernel_takes(loop, 2)) right = contiguous_copy("contiguous", right, right.dtype());
    const Shape copied[] = {y.strides(), left.strides(), right.strides()};
    loop = make_loop(shape, copied);
  }
  const T* const in_a = data<T>(left);
  const T* const in_b = data<T>(right);
  const std::int64_t step_a = loop.run_stride(1) == 0 ? 0 : 1;
  const std::int64_t step_b = loop.run_stride(2) == 0 ? 0 : 1;
  for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
    function(n, in_a + at[1], step_a, in_b + at[2], step_b, out + at[0]);
  });
}

}  // namespace

bool own_kernels() {
  static const bool own = [] {
    const char* const setting = std::getenv("ATTUNE_KERNELS");
    if (!setting || std::strcmp(setting, "own") == 0 || *setting == '\0') return true;
    if (std::strcmp(setting, "xtensor") == 0) return false;
    fail(ErrorKind::value, "ATTUNE_KERNELS", "is \"{}\": use own (the default) or xtensor",
         setting);
  }();
  return own;
}

Tensor map(const char* operation, GeneralUnary general, const Tensor& x, DType operand_dtype,
           DType dtype) {
  operand(operation, x);
  if (narrow(operand_dtype)) {
    const Tensor wide = map(operation, general, x, i64, narrow(dtype) ? i64 : dtype);
    return converted(operation, wide, dtype);
  }
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  if (y.numel() > 0) in_pieces(general, y, *Converted(operation, x, operand_dtype));
  return y;
}

Tensor map(const char* operation, GeneralUnary general, Unary kernel, const Tensor& x) {
  operand(operation, x);
  const DType dtype = floating(x.dtype());
  if (!own_kernels()) return map(operation, general, x, dtype, dtype);
  const Tensor in = as_contiguous(operation, x, dtype);
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto function = kernels().of<T>().of(kernel);
    for_chunks(y.numel(), function_cost,
               [&, from = data<T>(in), to = data<T>(y)](std::int64_t begin, std::int64_t n) {
                 function(n, from + begin, to + begin);
               });
  });
  return y;
}

Tensor zip(const char* operation, GeneralBinary general, const Tensor& a, const Tensor& b,
           DType operand_dtype, DType dtype) {
  operand(operation, a);
  operand(operation, b);
  if (narrow(operand_dtype)) {
    const Tensor wide = zip(operation, general, a, b, i64, narrow(dtype) ? i64 : dtype);
    return converted(operation, wide, dtype);
  }
  Tensor y = empty_tensor(operation, broadcast_shapes(operation, a.shape(), b.shape()), dtype);
  if (y.numel() == 0) return y;
  in_pieces(general, y, broadcast_view(converted(operation, a, operand_dtype), y.shape()),
            broadcast_view(converted(operation, b, operand_dtype), y.shape()));
  return y;
}

Tensor zip(const char* operation, GeneralBinary general, Binary kernel, const Tensor& a,
           const Tensor& b, DType operand_dtype) {
  if (!is_floating(operand_dtype) || !own_kernels()) {
    return zip(operation, general, a, b, operand_dtype, operand_dtype);
  }
  const Impl& first = operand(operation, a);
  const Impl& second = operand(operation, b);
  Tensor y = first.shape == second.shape
                 ? empty_tensor(operation, first.shape, operand_dtype)
                 : empty_tensor(operation, broadcast_shapes(operation, first.shape, second.shape),
                                operand_dtype);
  if (y.impl()->numel == 0) return y;
  visit_floating(operand_dtype, [&](auto zero) {
    zip_kernel<decltype(zero)>(kernel, *Converted(operation, a, operand_dtype),
                               *Converted(operation, b, operand_dtype), y);
  });
  return y;
}

namespace {

// y = f(x, number), or f(number, x).
template <bool number_first>
Tensor zip_number(const char* operation, GeneralBinary general, Binary kernel, const Tensor& x,
                  Number number, DType dtype) {
  operand(operation, x);
  if (!is_floating(dtype) || !own_kernels()) {
    // Not in a narrow type, in which a number might wrap.
    const Tensor other = number_tensor(operation, number, narrow(dtype) ? i64 : dtype);
    return zip(operation, general, number_first ? other : x, number_first ? x : other, dtype,
               dtype);
  }
  Tensor dense;
  const Tensor* in = &x;
  if (x.impl()->dtype != dtype || !x.impl()->contiguous) {
    dense = contiguous_copy(operation, x, dtype);
    in = &dense;
  }
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = number.as<T>();
    const auto function = kernels().of<T>().of(kernel);
    for_chunks(y.numel(), 1,
               [&, from = data<T>(*in), to = data<T>(y)](std::int64_t begin, std::int64_t n) {
                 if (number_first)
                   function(n, &value, 0, from + begin, 1, to + begin);
                 else
                   function(n, from + begin, 1, &value, 0, to + begin);
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
  const Tensor flag = broadcast_view(condition, shape);
  const Tensor left = broadcast_view(converted(operation, a, dtype), shape);
  const Tensor right = broadcast_view(converted(operation, b, dtype), shape);
  if (!own_kernels()) {
    in_pieces(general::where, y, flag, left, right);
    return y;
  }
  const Shape strides[] = {y.strides(), flag.strides(), left.strides(), right.strides()};
  const Loop loop = make_loop(shape, strides);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
      T* const out = data<T>(y) + at[0];
      const bool* const take = data<bool>(flag) + at[1];
      const T* const from[] = {data<T>(left) + at[2], data<T>(right) + at[3]};
      const std::int64_t steps[] = {loop.run_stride(1), loop.run_stride(2), loop.run_stride(3)};
      for (std::int64_t i = 0; i < n; ++i) {
        out[i] = take[i * steps[0]] ? from[0][i * steps[1]] : from[1][i * steps[2]];
      }
    });
  });
  return y;
}

}  // namespace attune::internal

// The general case of elementwise operations: xtensor's words on pieces of the operands.
#include "core/elementwise_general.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"
#include "core/xtensor/general.hpp"

namespace attune::internal {
namespace {

// x seen in a wider shape; x itself when it has it. The values are not copied.
Tensor broadcast_view(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return view_of(x, shape, broadcast_strides(x.shape(), x.strides(), shape), 0);
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

Tensor converted(const char* operation, const Tensor& x, DType dtype) {
  return x.dtype() == dtype ? x : contiguous_copy(operation, x, dtype);
}

Tensor map(const char* operation, GeneralUnary general, const Tensor& x, DType operand_dtype,
           DType dtype) {
  operand(operation, x);
  if (narrow(operand_dtype)) {
    const Tensor wide = map(operation, general, x, i64, narrow(dtype) ? i64 : dtype);
    return converted(operation, wide, dtype);
  }
  Tensor y = empty_tensor(operation, x.shape(), dtype);
  if (y.numel() > 0) in_pieces(general, y, converted(operation, x, operand_dtype));
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

void choose_in_general(const char* operation, const Tensor& condition, const Tensor& a,
                       const Tensor& b, Tensor& y) {
  const DType dtype = y.dtype();
  in_pieces(general::where, y, broadcast_view(condition, y.shape()),
            broadcast_view(converted(operation, a, dtype), y.shape()),
            broadcast_view(converted(operation, b, dtype), y.shape()));
}

}  // namespace attune::internal

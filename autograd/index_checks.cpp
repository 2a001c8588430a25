// The errors of indices.
#include "autograd/index_checks.hpp"

#include <atomic>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/loop.hpp"

namespace attune::internal {

Tensor checked_indices(const char* operation, const Tensor& index, std::int64_t size,
                       const char* what) {
  operand(operation, index);
  if (is_floating(index.dtype()) || index.dtype() == boolean) {
    fail(ErrorKind::dtype, operation, "the indices are {}: convert them with to(i64)",
         index.dtype());
  }
  const Tensor wide = as_contiguous(operation, index, i64);
  const std::int64_t* const entries = data<std::int64_t>(wide);
  std::atomic<bool> outside = false;
  for_chunks(wide.numel(), 1, [&](std::int64_t begin, std::int64_t n) {
    if (!kernels().typed.inside(n, entries + begin, size)) outside = true;
  });
  for (std::int64_t i = 0; outside && i < wide.numel(); ++i) {
    if (entries[i] >= 0 && entries[i] < size) continue;
    fail(ErrorKind::index, operation, "index {} at position {} is outside [0, {}), the {}",
         entries[i], i, size, what);
  }
  return wide;
}

}  // namespace attune::internal

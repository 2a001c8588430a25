// Logarithms of two operands: log(e^a + e^b) and x log y.
#include <algorithm>
#include <cstddef>
#include <limits>

#include "attune/inside.hpp"
#include "attune/ops/activation.hpp"
#include "attune/ops/binary.hpp"
#include "attune/ops/compare.hpp"
#include "attune/ops/index.hpp"
#include "attune/ops/logical.hpp"
#include "attune/ops/unary.hpp"
#include "attune/record.hpp"
#include "autograd/binary_types.hpp"
#include "autograd/operand.hpp"
#include "core/blocks.hpp"
#include "core/elementwise.hpp"
#include "core/elementwise_general.hpp"
#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/xtensor/general.hpp"

namespace attune {

using internal::common_floating_type;
using internal::pair;
using internal::zip;
namespace general = internal::general;

namespace {

// log(e^a + e^b) of a part of a block: the larger one plus softplus of what the
// other is beyond it, by kernels. (100000 elements on Zen 5, us: element by element 2500, so 63 in
// f32 and 188 in f64, off by as much.)
template <class T>
void logaddexp_part(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb,
                    T* y) {
  using internal::Binary;
  constexpr std::int64_t most = 512;  // three buffers that stay in the first-level cache
  alignas(64) T low[most], below[most];
  alignas(64) std::byte same[most];
  constexpr int type = static_cast<int>(dtype_of<T>());
  const internal::Kernels& all = internal::kernels();
  const internal::KernelsOf<T>& of = all.of<T>();
  const auto equal = all.typed.of(internal::Compare::eq, dtype_of<T>());
  const T zero = 0;
  for (std::int64_t i = 0; i < n; i += most) {
    const std::int64_t count = std::min(most, n - i);
    const T *const u = a + i * sa, *const v = b + i * sb;
    equal(count, u, sa, v, sb, same);  // the difference of equal infinities is no number
    of.of(Binary::minimum)(count, u, sa, v, sb, low);
    of.of(Binary::maximum)(count, u, sa, v, sb, y + i);
    of.of(Binary::sub)(count, low, 1, y + i, 1, low);
    all.typed.choose[type](count, same, 1, &zero, 0, low, 1, below);
    of.of(internal::Activation::softplus)(count, below, 1, std::numeric_limits<T>::infinity(), low);
    of.of(Binary::add)(count, y + i, 1, low, 1, y + i);
  }
}

Tensor logaddexp_values(const Tensor& a, const Tensor& b, DType dtype) {
  if (!internal::own_kernels()) return zip("logaddexp", general::logaddexp, a, b, dtype, dtype);
  Tensor y = internal::empty_tensor("logaddexp",
                                    broadcast_shapes("logaddexp", a.shape(), b.shape()), dtype);
  const internal::BlockInput inputs[] = {{&a, dtype}, {&b, dtype}};
  internal::visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    internal::for_blocks(y, inputs, 2 * internal::function_cost, [](const internal::Block& k) {
      logaddexp_part(k.n, static_cast<const T*>(k.in[0]), k.step[0], static_cast<const T*>(k.in[1]),
                     k.step[1], static_cast<T*>(k.out));
    });
  });
  return y;
}

// e^a / (e^a + e^b). Not e^(a - y): y = log(e^a + e^b) is rounded, which large numbers would feel.
Tensor share_of(const Tensor& a, const Tensor& b) {
  return sigmoid(masked_fill(sub(a, b), logical_and(eq(a, b), isinf(a)), 0));
}

}  // namespace

Tensor logaddexp(const Operand& left, const Operand& right) {
  const auto [a, b] = pair("logaddexp", left, right);
  const DType dtype = common_floating_type("logaddexp", a, b);
  return record(
      "logaddexp", logaddexp_values(a, b, dtype),
      wrt(a, [a = Saved(a), b = Saved(b)](const Tensor& g) { return mul(g, share_of(a, b)); }),
      wrt(b, [a = Saved(a), b = Saved(b)](const Tensor& g) { return mul(g, share_of(b, a)); }));
}

Tensor xlogy(const Operand& left, const Operand& right) {
  const auto [x, y] = pair("xlogy", left, right);
  const DType dtype = common_floating_type("xlogy", x, y);
  return record("xlogy", zip("xlogy", general::xlogy, x, y, dtype, dtype),
                wrt(x,
                    [x = Saved(x), y = Saved(y)](const Tensor& g) {
                      const Tensor flat = logical_and(eq(x, 0), le(y, 0));
                      return mul(g, where(flat, 0, log(where(flat, 1, y))));
                    }),
                wrt(y, [x = Saved(x), y = Saved(y)](const Tensor& g) {
                  return mul(g, div(x, masked_fill(y, logical_and(eq(x, 0), eq(y, 0)), 1)));
                }));
}

}  // namespace attune

// The passes of a Transform over a piece of a parameter, which lies in the second-level cache
// meanwhile.
#include "optim/transform.hpp"

#include <limits>

#include "core/impl.hpp"
#include "core/kernels.hpp"
#include "core/scratch.hpp"

namespace attune::optim {

namespace {

template <class T>
const T* apply(const Transform& transform, std::int64_t n, T* p, const T* g) {
  const auto& kernels = internal::kernels().of<T>();
  if (transform.scale != 1 || transform.bound > 0 || transform.l2 != 0) {
    T* const out = static_cast<T*>(internal::scratch(static_cast<std::size_t>(n) * sizeof(T), 0));
    const T bound =
        transform.bound > 0 ? static_cast<T>(transform.bound) : std::numeric_limits<T>::infinity();
    kernels.clip_and_decay(n, static_cast<T>(transform.scale), bound, static_cast<T>(transform.l2),
                           g, p, out);
    g = out;
  }
  if (transform.shrink != 1) {
    const T shrink = static_cast<T>(transform.shrink);
    kernels.of(internal::Binary::mul)(n, p, 1, &shrink, 0, p);
  }
  return g;
}

}  // namespace

const void* Transform::operator()(DType dtype, std::int64_t count, void* values,
                                  const void* gradient) const {
  return internal::visit_floating(dtype, [&](auto zero) -> const void* {
    using T = decltype(zero);
    return apply(*this, count, static_cast<T*>(values), static_cast<const T*>(gradient));
  });
}

}  // namespace attune::optim

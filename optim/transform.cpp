// The loops of a Transform. A piece of a parameter lies in the second-level cache meanwhile.
#include "optim/transform.hpp"

#include <limits>

#include "core/impl.hpp"
#include "core/scratch.hpp"

namespace attune::optim {

namespace {

// NaN stays NaN. No std::clamp: its references keep g++ from using vector registers.
template <class T>
T bounded(T value, T bound) {
  value = value < -bound ? -bound : value;
  return value > bound ? bound : value;
}

template <class T>
void adjust(std::int64_t n, T scale, T bound, T l2, const T* p, const T* g, T* out) {
  if (l2 == 0) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = bounded(g[i] * scale, bound);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = bounded(g[i] * scale, bound) + l2 * p[i];
  }
}

template <class T>
const T* apply(const Transform& transform, std::int64_t n, T* p, const T* g) {
  if (transform.scale != 1 || transform.bound > 0 || transform.l2 != 0) {
    T* const out = static_cast<T*>(internal::scratch(static_cast<std::size_t>(n) * sizeof(T), 0));
    const T bound =
        transform.bound > 0 ? static_cast<T>(transform.bound) : std::numeric_limits<T>::infinity();
    adjust(n, static_cast<T>(transform.scale), bound, static_cast<T>(transform.l2), p, g, out);
    g = out;
  }
  if (transform.shrink != 1) {
    const T shrink = static_cast<T>(transform.shrink);
    for (std::int64_t i = 0; i < n; ++i) p[i] *= shrink;
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

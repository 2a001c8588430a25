// Filling, copying, converting: any strides, any pair of types.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/blocks.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/loop.hpp"

namespace attune::internal {
namespace {

// A floating value outside an integer's range saturates and NaN becomes 0, where the language
// leaves the conversion undefined.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr double least = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double most = static_cast<double>(std::numeric_limits<To>::max());
    const double wide = static_cast<double>(value);
    if (!(wide > least)) return wide == wide ? std::numeric_limits<To>::min() : To{0};
    return wide < most ? static_cast<To>(wide) : std::numeric_limits<To>::max();
  } else {
    return static_cast<To>(value);
  }
}

// to[i] = from[-i] by vectors that every instruction set has. (1000 x 1000 flipped along the last
// axis on Zen 5, us, element by element and so: f32 256 and 89, f64 285 and 182.)
template <class T>
void copy_reversed(std::int64_t n, const T* from, T* __restrict to) {
  constexpr int lanes = 16 / sizeof(T);
  typedef T Vector __attribute__((vector_size(16)));
  std::int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    Vector part[2];
    std::memcpy(&part[1], from - i - 2 * lanes + 1, sizeof(Vector));
    std::memcpy(&part[0], from - i - lanes + 1, sizeof(Vector));
    for (Vector& v : part) {
      if constexpr (lanes == 4)
        v = __builtin_shufflevector(v, v, 3, 2, 1, 0);
      else
        v = __builtin_shufflevector(v, v, 1, 0);
    }
    std::memcpy(to + i, part, sizeof(part));
  }
  for (; i < n; ++i) to[i] = from[-i];
}

template <class To, class From>
void copy_run(std::int64_t n, const From* from, std::int64_t step_from, To* __restrict to,
              std::int64_t step_to) {
  if (step_to == 1 && step_from == 1) {
    if constexpr (std::is_same_v<To, From>) {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(To));
    } else if (const RunOne kernel = kernels().typed.convert[static_cast<int>(dtype_of<From>())]
                                                            [static_cast<int>(dtype_of<To>())]) {
      kernel(n, from, to);
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[i] = convert<To>(from[i]);
    }
  } else if (step_to == 1 && step_from == 0) {
    std::fill_n(to, n, convert<To>(*from));
  } else {
    if constexpr (std::is_same_v<To, From> && (sizeof(To) == 4 || sizeof(To) == 8)) {
      if (step_to == 1 && step_from == -1) return copy_reversed(n, from, to);
    }
    for (std::int64_t i = 0; i < n; ++i) to[i * step_to] = convert<To>(from[i * step_from]);
  }
}

// Two innermost axes of which `to` runs along one and `from` along the other.
template <class T>
void copy_transposed(const Loop& loop, const T* from, T* to) {
  const int row = loop.rank - 2;
  const int column = loop.rank - 1;
  const RunTranspose kernel = kernels().typed.transpose[static_cast<int>(dtype_of<T>())];
  // Rows in a chunk. (4096 x 1024 f32 on Zen 5, us: 32 1140, 64 1160, 128 1100, 256 1060, 512
  // 1090.)
  constexpr std::int64_t band = 256;
  const std::int64_t bands = (loop.sizes[row] + band - 1) / band;
  std::int64_t planes = 1;
  for (int axis = 0; axis < row; ++axis) planes *= loop.sizes[axis];
  parallel_for(
      planes * bands, planes * loop.sizes[row] * loop.sizes[column], [&](std::int64_t chunk) {
        const std::int64_t begin = chunk % bands * band;
        const Offsets at = loop_detail::offsets_of(loop, chunk / bands * loop.sizes[row] + begin);
        kernel(std::min(band, loop.sizes[row] - begin), loop.sizes[column], from + at[1],
               loop.strides[1][column], to + at[0], loop.strides[0][row]);
      });
}

// An axis other than the last along which `from` runs, as the last but one; false if there is none.
bool turn(Loop& loop) {
  const int last = loop.rank - 1;
  if (last < 1 || loop.run_stride(0) != 1 || loop.run_stride(1) == 0 || loop.run_stride(1) == 1)
    return false;
  for (int axis = last - 1; axis >= 0; --axis) {
    if (loop.strides[1][axis] != 1) continue;
    std::swap(loop.sizes[axis], loop.sizes[last - 1]);
    for (int k = 0; k < 2; ++k) std::swap(loop.strides[k][axis], loop.strides[k][last - 1]);
    return true;
  }
  return false;
}

// Runs of `size` bytes: a call for each would take longer than the copying.
template <std::size_t size>
bool copy_short(const Loop& loop, std::int64_t width, const std::byte* from, std::byte* to) {
  for_runs(loop, 1, [&](std::int64_t, const Offsets& at) {
    std::memcpy(to + at[0] * width, from + at[1] * width, size);
  });
  return true;
}

// Copies elements of `width` bytes if they lie in short runs of a usual size.
bool copied_short(const Loop& loop, std::int64_t width, const std::byte* from, std::byte* to) {
  if (loop.run_stride(0) != 1 || loop.run_stride(1) != 1) return false;
  switch (loop.run() * width) {
    case 8:
      return copy_short<8>(loop, width, from, to);
    case 16:
      return copy_short<16>(loop, width, from, to);
    case 32:
      return copy_short<32>(loop, width, from, to);
    case 64:
      return copy_short<64>(loop, width, from, to);
    case 128:
      return copy_short<128>(loop, width, from, to);
    default:
      return false;
  }
}

template <class To, class From>
void copy_typed(Loop& loop, const From* from, To* to) {
  if constexpr (std::is_same_v<To, From>) {
    if (turn(loop)) return copy_transposed(loop, from, to);
    if (copied_short(loop, sizeof(To), reinterpret_cast<const std::byte*>(from),
                     reinterpret_cast<std::byte*>(to)))
      return;
  }
  for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
    copy_run(n, from + at[1], loop.run_stride(1), to + at[0], loop.run_stride(0));
  });
}

}  // namespace

void copy(const Tensor& from, Tensor& to) {
  if (to.numel() == 0) return;
  const Shape strides[] = {to.strides(),
                           broadcast_strides(from.shape(), from.strides(), to.shape())};
  Loop loop = make_loop(to.shape(), strides);
  visit_dtype(from.dtype(), [&](auto from_zero) {
    visit_dtype(to.dtype(), [&](auto to_zero) {
      copy_typed(loop, data<decltype(from_zero)>(from), data<decltype(to_zero)>(to));
    });
  });
}

Gather gather_of(DType from, DType to) {
  return visit_dtype(from, [&](auto from_zero) {
    return visit_dtype(to, [&](auto to_zero) -> Gather {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      return [](std::int64_t n, const void* x, std::int64_t step, void* y) {
        copy_run(n, static_cast<const From*>(x), step, static_cast<To*>(y), 1);
      };
    });
  });
}

void fill(Tensor& tensor, Number value) {
  if (tensor.numel() == 0) return;
  const Shape strides[] = {tensor.strides()};
  const Loop loop = make_loop(tensor.shape(), strides);
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T element = value.as<T>();
    T* const to = data<T>(tensor);
    for_runs(loop, 1, [&](std::int64_t n, const Offsets& at) {
      copy_run(n, &element, 0, to + at[0], loop.run_stride(0));
    });
  });
}

Tensor contiguous_copy(const char* operation, const Tensor& x, DType dtype) {
  operand(operation, x);
  Tensor result = empty_tensor(operation, x.shape(), dtype);
  copy(x, result);
  return result;
}

Tensor as_contiguous(const char* operation, const Tensor& x, DType dtype) {
  return x.dtype() == dtype && x.is_contiguous() ? x : contiguous_copy(operation, x, dtype);
}

}  // namespace attune::internal

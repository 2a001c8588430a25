// Plain loops over every element type, once per instruction set. Compiled at -O3: at -O2 g++ 12
// leaves loops of unknown length scalar.
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/kernels.hpp"
#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

template <class T, class R, class F>
ATTUNE_INLINE void one(std::int64_t n, const void* x, void* y, F f) {
  const T* const from = static_cast<const T*>(x);
  R* __restrict const to = static_cast<R*>(y);
  for (std::int64_t i = 0; i < n; ++i) to[i] = f(from[i]);
}

template <class T, class R, class F>
ATTUNE_INLINE void two(std::int64_t n, const void* a, std::int64_t sa, const void* b,
                       std::int64_t sb, void* y, F f) {
  if (n == 0) return;
  const T* const left = static_cast<const T*>(a);
  const T* const right = static_cast<const T*>(b);
  if (sb == 0) {
    const T value = *right;
    if (sa != 0) return one<T, R>(n, a, y, [=](T u) { return f(u, value); });
    R* __restrict const to = static_cast<R*>(y);
    const R result = f(*left, value);
    for (std::int64_t i = 0; i < n; ++i) to[i] = result;
  } else if (sa == 0) {
    const T value = *left;
    one<T, R>(n, b, y, [=](T v) { return f(value, v); });
  } else {
    R* __restrict const to = static_cast<R*>(y);
    for (std::int64_t i = 0; i < n; ++i) to[i] = f(left[i], right[i]);
  }
}

// --- what the loops compute

template <class T>
struct Arithmetic {
  // Integers wrap; signed ones would overflow without a meaning.
  using Bits = std::make_unsigned_t<T>;
  static T add(T a, T b) { return static_cast<T>(Bits(a) + Bits(b)); }
  static T sub(T a, T b) { return static_cast<T>(Bits(a) - Bits(b)); }
  static T mul(T a, T b) { return static_cast<T>(Bits(a) * Bits(b)); }
  static T maximum(T a, T b) { return a > b ? a : b; }
  static T minimum(T a, T b) { return a < b ? a : b; }
  static T bitwise_and(T a, T b) { return a & b; }
  static T bitwise_or(T a, T b) { return a | b; }
  static T bitwise_xor(T a, T b) { return a ^ b; }
  static T neg(T x) { return sub(0, x); }
  static T abs(T x) { return x < 0 ? neg(x) : x; }
  static T square(T x) { return mul(x, x); }
  static T sign(T x) { return static_cast<T>((x > 0) - (x < 0)); }
  static T bitwise_not(T x) { return static_cast<T>(~x); }
};

template <class T>
struct Order {
  static bool eq(T a, T b) { return a == b; }
  static bool ne(T a, T b) { return a != b; }
  static bool lt(T a, T b) { return a < b; }
  static bool le(T a, T b) { return a <= b; }
};

template <class T>
struct Kind {
  static constexpr T infinity = std::numeric_limits<T>::infinity();
  static bool isnan(T x) { return x != x; }
  static bool isinf(T x) { return std::abs(x) == infinity; }
  static bool isfinite(T x) { return std::abs(x) < infinity; }
};

template <class T>
void choose(std::int64_t n, const void* condition, std::int64_t sc, const void* a, std::int64_t sa,
            const void* b, std::int64_t sb, void* y) {
  if (n == 0) return;
  const std::uint8_t* const take = static_cast<const std::uint8_t*>(condition);
  const T* const left = static_cast<const T*>(a);
  const T* const right = static_cast<const T*>(b);
  T* __restrict const to = static_cast<T*>(y);
  const T from_left = *left, from_right = *right;
  if (sc == 0) {
    const T* const from = *take != 0 ? left : right;
    if ((*take != 0 ? sa : sb) != 0)
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    else
      for (std::int64_t i = 0; i < n; ++i) to[i] = *take != 0 ? from_left : from_right;
  } else if (sa != 0 && sb != 0) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T u = left[i], v = right[i];
      to[i] = take[i] != 0 ? u : v;
    }
  } else if (sa != 0) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T u = left[i];
      to[i] = take[i] != 0 ? u : from_right;
    }
  } else if (sb != 0) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T v = right[i];
      to[i] = take[i] != 0 ? from_left : v;
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = take[i] != 0 ? from_left : from_right;
  }
}

// Without a branch for each: a number below 0, or whose distance to the last is, has the sign bit.
bool inside(std::int64_t n, const std::int64_t* indices, std::int64_t size) {
  const std::uint64_t last = static_cast<std::uint64_t>(size) - 1;
  std::uint64_t signs = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t index = static_cast<std::uint64_t>(indices[i]);
    signs |= index | (last - index);
  }
  return signs >> 63 == 0;
}

// Integers become narrower by their lowest bits, floating values are rounded to the nearest.
template <class From, class To>
void fill_conversion(TypedKernels& table) {
  if constexpr (!std::is_same_v<From, To> &&
                (std::is_floating_point_v<To> || std::is_integral_v<From>)) {
    table.convert[static_cast<int>(dtype_of<From>())][static_cast<int>(dtype_of<To>())] =
        [](std::int64_t n, const void* x, void* y) {
          one<From, To>(n, x, y, [](From u) { return static_cast<To>(u); });
        };
  }
}

template <class... Types>
struct TypeList {
  template <class From>
  static void from(TypedKernels& table) {
    (fill_conversion<From, Types>(table), ...);
  }
  static void all(TypedKernels& table) { (from<Types>(table), ...); }
};

// --- transposing

// N vectors of N elements each, as rows of a square: log2 N times rows i and i + N/2 interleaved.
template <class T, int size>
struct Square {
  typedef T Row __attribute__((vector_size(size * sizeof(T))));

  template <int... k>
  static ATTUNE_INLINE Row low(const Row& a, const Row& b, std::integer_sequence<int, k...>) {
    return __builtin_shufflevector(a, b, (k / 2 + k % 2 * size)...);
  }
  template <int... k>
  static ATTUNE_INLINE Row high(const Row& a, const Row& b, std::integer_sequence<int, k...>) {
    return __builtin_shufflevector(a, b, (size / 2 + k / 2 + k % 2 * size)...);
  }

  static ATTUNE_INLINE void transpose(const T* from, std::int64_t from_column, T* to,
                                      std::int64_t to_row) {
    constexpr auto all = std::make_integer_sequence<int, size>();
    Row row[size];
#pragma GCC unroll 32
    for (int i = 0; i < size; ++i) std::memcpy(&row[i], from + i * from_column, sizeof(Row));
#pragma GCC unroll 6
    for (int stage = 1; stage < size; stage *= 2) {
      Row next[size];
#pragma GCC unroll 16
      for (int i = 0; i < size / 2; ++i) {
        next[2 * i] = low(row[i], row[i + size / 2], all);
        next[2 * i + 1] = high(row[i], row[i + size / 2], all);
      }
#pragma GCC unroll 32
      for (int i = 0; i < size; ++i) row[i] = next[i];
    }
#pragma GCC unroll 32
    for (int i = 0; i < size; ++i) std::memcpy(to + i * to_row, &row[i], sizeof(Row));
  }
};

// Squares in bands of so many columns of `from` that their lines outlast a row of squares. The
// lines of the next one are asked for early: so far apart, they are beyond the hardware's guesses.
// 4096x1024 f32, ns an element, without and so: a Xeon .50 and .39 (copying takes .27); Zen 4, in
// the first-level cache and in the second, .48 and .40.
template <class T>
void transpose(std::int64_t rows, std::int64_t columns, const void* source,
               std::int64_t from_column, void* target, std::int64_t to_row) {
  constexpr int size = sizeof(T) == 1 ? 16 : static_cast<int>(sizeof(Batch<float>) / sizeof(T));
  const T* const from = static_cast<const T*>(source);
  T* const to = static_cast<T*>(target);
  constexpr std::int64_t band = 1024 / sizeof(T), line = 64 / sizeof(T);
  for (std::int64_t first = 0; first < columns; first += band) {
    const std::int64_t last = columns - first < band ? columns : first + band;
    std::int64_t i = 0;
    for (; i + size <= rows; i += size) {
      std::int64_t j = first;
      for (; j + size <= last; j += size) {
        if (i % line == 0 && i + 2 * line <= rows) {
#pragma GCC unroll 16
          for (int k = 0; k < size; ++k) fetch_soon(from + i + line + (j + k) * from_column);
        }
        Square<T, size>::transpose(from + i + j * from_column, from_column, to + i * to_row + j,
                                   to_row);
      }
      for (; j < last; ++j)
        for (int k = 0; k < size; ++k) to[(i + k) * to_row + j] = from[i + k + j * from_column];
    }
    for (; i < rows; ++i)
      for (std::int64_t j = first; j < last; ++j) to[i * to_row + j] = from[i + j * from_column];
  }
}

// --- the table

template <class T>
void fill(TypedKernels& table) {
  constexpr int type = static_cast<int>(dtype_of<T>());
#define ATTUNE_FILL_TWO(list, Enum, name, R)                                             \
  table.list[static_cast<int>(Enum::name)][type] =                                       \
      [](std::int64_t n, const void* a, std::int64_t sa, const void* b, std::int64_t sb, \
         void* y) { two<T, R>(n, a, sa, b, sb, y, [](T u, T v) { return Of::name(u, v); }); };
#define ATTUNE_FILL_ONE(list, Enum, name, R)                                                    \
  table.list[static_cast<int>(Enum::name)][type] = [](std::int64_t n, const void* x, void* y) { \
    one<T, R>(n, x, y, [](T u) { return Of::name(u); });                                        \
  };
  {
    using Of = Order<T>;
#define ATTUNE_FILL(name) ATTUNE_FILL_TWO(compare, Compare, name, bool)
    ATTUNE_COMPARE_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
  }
  if constexpr (std::is_floating_point_v<T>) {
    using Of = Kind<T>;
#define ATTUNE_FILL(name) ATTUNE_FILL_ONE(predicate, Predicate, name, bool)
    ATTUNE_PREDICATE_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
  } else {
    using Of = Arithmetic<T>;
#define ATTUNE_FILL(name) ATTUNE_FILL_TWO(whole, Whole, name, T)
    ATTUNE_WHOLE_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
#define ATTUNE_FILL(name) ATTUNE_FILL_ONE(whole_unary, WholeUnary, name, T)
    ATTUNE_WHOLE_UNARY_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
  }
#undef ATTUNE_FILL_ONE
#undef ATTUNE_FILL_TWO
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& kernels) {
  TypedKernels& table = kernels.typed;
  fill<float>(table);
  fill<double>(table);
  fill<std::int64_t>(table);
  fill<std::int32_t>(table);
  fill<std::uint8_t>(table);
  constexpr int u8_index = static_cast<int>(u8), bool_index = static_cast<int>(boolean);
  for (auto& row : table.compare) row[bool_index] = row[u8_index];
  for (const Whole op : {Whole::bitwise_and, Whole::bitwise_or, Whole::bitwise_xor})
    table.whole[static_cast<int>(op)][bool_index] = table.of(op, u8);
  table.whole_unary[static_cast<int>(WholeUnary::bitwise_not)][bool_index] =
      [](std::int64_t n, const void* x, void* y) {
        using Byte = std::uint8_t;
        one<Byte, Byte>(n, x, y, [](Byte u) { return static_cast<Byte>(u ^ 1); });
      };
  table.inside = inside;
  TypeList<float, double, std::int64_t, std::int32_t, std::uint8_t>::all(table);
  for (int to = 0; to < dtype_count; ++to)
    table.convert[bool_index][to] = table.convert[u8_index][to];
  // Only moved: one loop for each size.
  for (const DType type : {f32, i32}) {
    table.choose[static_cast<int>(type)] = choose<std::uint32_t>;
    table.transpose[static_cast<int>(type)] = transpose<std::uint32_t>;
  }
  for (const DType type : {f64, i64}) {
    table.choose[static_cast<int>(type)] = choose<std::uint64_t>;
    table.transpose[static_cast<int>(type)] = transpose<std::uint64_t>;
  }
  for (const DType type : {u8, boolean}) {
    table.choose[static_cast<int>(type)] = choose<std::uint8_t>;
    table.transpose[static_cast<int>(type)] = transpose<std::uint8_t>;
  }
}

}  // namespace attune::internal

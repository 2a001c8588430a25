// Where the largest or the smallest element of a run, or of each of many columns, stands: plain
// loops over every element type, once per instruction set. Compiled at -O3, as typed.cpp is.
#include <type_traits>

#include "core/kernels.hpp"
#include "core/simd/unit.hpp"

namespace attune::internal {
namespace {

template <bool largest, class T>
bool better(T a, T b) {
  return (largest ? a > b : a < b) || (a != a && b == b);
}

template <bool largest, class T>
void extreme(std::int64_t n, const void* elements, void* to) {
  const T* const x = static_cast<const T*>(elements);
  constexpr int ways = 2 * lanes<T>;  // one would wait for the one before it
  T best[ways];
  for (int way = 0; way < ways; ++way) best[way] = *x;
  const auto take = [&](int way, T value) {
    best[way] = better<largest>(value, best[way]) ? value : best[way];
  };
  std::int64_t i = 0;
  for (; i + ways <= n; i += ways)
    for (int way = 0; way < ways; ++way) take(way, x[i + way]);
  for (; i < n; ++i) take(0, x[i]);
  for (int way = 1; way < ways; ++way) take(0, best[way]);
  *static_cast<T*>(to) = best[0];
}

template <class T>
std::int64_t place(std::int64_t n, const void* elements, const void* sought) {
  const T* const x = static_cast<const T*>(elements);
  const T value = *static_cast<const T*>(sought);
  const bool nan = value != value;
  const auto found = [=](T element) {
    return static_cast<int>(element == value) | static_cast<int>(nan && element != element);
  };
  constexpr std::int64_t block = 64;  // between two looks at what was found
  std::int64_t i = 0;
  for (; i + block <= n; i += block) {
    int any = 0;
    for (std::int64_t k = 0; k < block; ++k) any |= found(x[i + k]);
    if (any != 0) break;
  }
  while (i + 1 < n && found(x[i]) == 0) ++i;
  return i;
}

// Places are counted in the size of the elements, so that both fit one register, and so in pieces
// of rows.
template <bool largest, class T>
void columns(std::int64_t count, std::int64_t width, const void* elements, std::int64_t row,
             std::int64_t* to) {
  const T* const x = static_cast<const T*>(elements);
  using Place = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  T found[extrema_band];
  Place at[extrema_band];
  constexpr std::int64_t piece = std::int64_t{1} << 30;
  for (std::int64_t begin = 0; begin < count; begin += piece) {
    const std::int64_t rows = count - begin < piece ? count - begin : piece;
    for (std::int64_t j = 0; j < width; ++j) {
      found[j] = x[begin * row + j];
      at[j] = 0;
    }
    for (std::int64_t i = 1; i < rows; ++i) {
      const T* const next = x + (begin + i) * row;
      for (std::int64_t j = 0; j < width; ++j) {
        const bool take = better<largest>(next[j], found[j]);
        found[j] = take ? next[j] : found[j];
        at[j] = take ? static_cast<Place>(i) : at[j];
      }
    }
    for (std::int64_t j = 0; j < width; ++j)
      if (begin == 0 || better<largest>(found[j], x[to[j] * row + j])) to[j] = begin + at[j];
  }
}

template <class T>
void fill(TypedKernels& table) {
  constexpr int type = static_cast<int>(dtype_of<T>());
  if constexpr (std::is_integral_v<T>) {
    table.extreme[0][type] = extreme<true, T>;
    table.extreme[1][type] = extreme<false, T>;
  }
  table.place[type] = place<T>;
  table.columns[0][type] = columns<true, T>;
  table.columns[1][type] = columns<false, T>;
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& kernels) {
  TypedKernels& table = kernels.typed;
  fill<float>(table);
  fill<double>(table);
  fill<std::int64_t>(table);
  fill<std::int32_t>(table);
  fill<std::uint8_t>(table);
  constexpr int from = static_cast<int>(u8), to = static_cast<int>(boolean);
  table.place[to] = table.place[from];
  for (auto& row : table.extreme) row[to] = row[from];
  for (auto& row : table.columns) row[to] = row[from];
}

}  // namespace attune::internal

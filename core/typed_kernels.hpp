// The kernels that exist for every element type, once per instruction set: comparisons, integer
// arithmetic, choosing by a condition, places of extremes, transposing, converting. They are plain
// loops that the compiler vectorizes, behind untyped pointers: one signature for all types keeps
// the callers single, too. A stride is 1, or 0 for one value against all. bool counts as the bytes
// 0 and 1. Results overlap no input.
#pragma once

#include <attune/dtype.hpp>
#include <cstdint>

namespace attune::internal {

// clang-format off
#define ATTUNE_COMPARE_KERNELS(X) X(eq) X(ne) X(lt) X(le)
#define ATTUNE_WHOLE_KERNELS(X) \
  X(add) X(sub) X(mul) X(maximum) X(minimum) X(bitwise_and) X(bitwise_or) X(bitwise_xor)
#define ATTUNE_WHOLE_UNARY_KERNELS(X) X(neg) X(abs) X(square) X(sign) X(bitwise_not)
#define ATTUNE_PREDICATE_KERNELS(X) X(isnan) X(isinf) X(isfinite)

#define ATTUNE_ENUMERATOR(name) name,
// y is bool; false where either is NaN, but for ne.
enum class Compare { ATTUNE_COMPARE_KERNELS(ATTUNE_ENUMERATOR) count };
// i64, i32 and u8, which wrap; the bitwise ones bool too.
enum class Whole { ATTUNE_WHOLE_KERNELS(ATTUNE_ENUMERATOR) count };
enum class WholeUnary { ATTUNE_WHOLE_UNARY_KERNELS(ATTUNE_ENUMERATOR) count };
// x is floating, y bool.
enum class Predicate { ATTUNE_PREDICATE_KERNELS(ATTUNE_ENUMERATOR) count };
#undef ATTUNE_ENUMERATOR
// Floating; null on an instruction set without a fused multiply-add.
enum class Division { remainder, fmod, count };
// clang-format on

using RunOne = void (*)(std::int64_t n, const void* x, void* y);
using RunTwo = void (*)(std::int64_t n, const void* a, std::int64_t sa, const void* b,
                        std::int64_t sb, void* y);
using RunChoose = void (*)(std::int64_t n, const void* condition, std::int64_t sc, const void* a,
                           std::int64_t sa, const void* b, std::int64_t sb, void* y);
// to[i * to_row + j] = from[i + j * from_column], i < rows, j < columns; strides in elements.
using RunTranspose = void (*)(std::int64_t rows, std::int64_t columns, const void* from,
                              std::int64_t from_column, void* to, std::int64_t to_row);

// The place of the first of n > 0 elements that is `value`, or NaN where that is.
using RunPlace = std::int64_t (*)(std::int64_t n, const void* x, const void* value);
// to[j] = the place of the first extreme element of column j of `count` > 0 rows; a NaN is larger
// and smaller than any number. Rows are `row` elements apart, and at most extrema_band columns
// wide. (Compared at once, 4096 x 1024 f32 on Zen 5, us: 64 1490, 128 1070, 256 1020.)
using RunColumns = void (*)(std::int64_t count, std::int64_t width, const void* x, std::int64_t row,
                            std::int64_t* to);
inline constexpr std::int64_t extrema_band = 256;

// Null where a type has no such operation. [2]: the largest, the smallest.
struct TypedKernels {
  RunTwo compare[static_cast<int>(Compare::count)][dtype_count];
  RunTwo whole[static_cast<int>(Whole::count)][dtype_count];
  RunOne whole_unary[static_cast<int>(WholeUnary::count)][dtype_count];
  RunOne predicate[static_cast<int>(Predicate::count)][dtype_count];
  RunTwo division[static_cast<int>(Division::count)][dtype_count];
  RunChoose choose[dtype_count];
  RunTranspose transpose[dtype_count];
  RunOne convert[dtype_count]
                [dtype_count];     // from, to; not to bool, bool to u8, nor floating to integer
  RunOne extreme[2][dtype_count];  // *y = that of n > 0 integers; of floating ones: Reduce
  RunPlace place[dtype_count];
  RunColumns columns[2][dtype_count];
  // Whether all of n indices are in [0, size).
  bool (*inside)(std::int64_t n, const std::int64_t* indices, std::int64_t size);

  RunTwo of(Compare op, DType type) const {
    return compare[static_cast<int>(op)][static_cast<int>(type)];
  }
  RunTwo of(Whole op, DType type) const {
    return whole[static_cast<int>(op)][static_cast<int>(type)];
  }
  RunTwo of(Division op, DType type) const {
    return division[static_cast<int>(op)][static_cast<int>(type)];
  }
  RunOne of(WholeUnary op, DType type) const {
    return whole_unary[static_cast<int>(op)][static_cast<int>(type)];
  }
  RunOne of(Predicate op, DType type) const {
    return predicate[static_cast<int>(op)][static_cast<int>(type)];
  }
};

}  // namespace attune::internal

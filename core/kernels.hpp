// The table of kernels that exist once per instruction set: raw pointers in, raw pointers out, no
// Tensor, no shape rules, no errors. All arrays are contiguous unless a stride is named; outputs
// may be the very same array as an input (same start), but may not overlap it otherwise. Any
// length, 0 included. Results depend on values and lengths, never on addresses or on the number of
// threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/typed_kernels.hpp"

namespace attune::internal {

// The lists of the elementwise kernels: enumerators, names and functions all come from these.
// clang-format does not come to rest on these lists.
// clang-format off
#define ATTUNE_UNARY_KERNELS(X) \
  X(abs) X(neg) X(sign) X(reciprocal) X(sqrt) X(rsqrt) X(square) X(exp) X(expm1) X(log) \
  X(log1p) X(log2) X(log10) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) \
  X(asinh) X(acosh) X(atanh) X(sigmoid) X(erf) X(relu) X(floor) X(ceil) X(round) X(trunc)

#define ATTUNE_BINARY_KERNELS(X) \
  X(add) X(sub) X(mul) X(div) X(maximum) X(minimum) X(relu_backward) X(tanh_backward) \
  X(sigmoid_backward) X(pow) X(atan2) X(hypot)

#define ATTUNE_REDUCE_KERNELS(X) \
  X(sum) X(max) X(min) X(sum_of_squares) X(prod)

// Functions of one operand and up to two numbers p and q, with their slopes.
#define ATTUNE_ACTIVATION_KERNELS(X) \
  X(leaky_relu) X(elu) X(gelu) X(gelu_tanh) X(silu) X(mish) X(softplus) X(softsign) \
  X(hardtanh) X(hardsigmoid) X(hardswish) X(log_sigmoid)

#define ATTUNE_ENUMERATOR(name) name,
// sign(-0) = +0, sign(NaN) = NaN; round: half to even; relu(NaN) = NaN.
enum class Unary { ATTUNE_UNARY_KERNELS(ATTUNE_ENUMERATOR) count };
// maximum, minimum: NaN if either is NaN. *_backward: a is the gradient that arrives, b the forward
// result y: a where y > 0 else 0; a (1 - y^2); a y (1 - y).
enum class Binary { ATTUNE_BINARY_KERNELS(ATTUNE_ENUMERATOR) count };
// Of nothing: 0, -inf, +inf, 0, 1. max, min: NaN if any element is.
enum class Reduce { ATTUNE_REDUCE_KERNELS(ATTUNE_ENUMERATOR) count };
// leaky_relu: slope p below 0; elu: p the limit -p at minus infinity, q a factor; softplus: p beta,
// linear where beta x > q; hardtanh: bounds p and q.
enum class Activation { ATTUNE_ACTIVATION_KERNELS(ATTUNE_ENUMERATOR) count };
#undef ATTUNE_ENUMERATOR
// clang-format on

// C = [C +] A B [+ bias], C: m x n with unit column stride. A (m x k) and B (k x n) by any strides,
// in elements, also 0 or negative. C overlaps no input.
template <class T>
struct Gemm {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row, b_col;
  T* c;
  std::int64_t c_row;
  const T* bias = nullptr;           // n values added to every row, or none
  bool accumulate = false;           // else C is only written
  const char* operation = "matmul";  // in whose name memory to pack is refused
};

// A block of the scores of attention, `rows` by `columns`, becomes exp(scale * score - top) with
// the row's maximum so far; of row i the first `diagonal` + i columns are seen, the others become
// 0. A row takes `row` elements, enough for whole batches: a multiple of attention_row. Where a
// maximum grew, `total`, the sum so far, and the row of `out` are brought down to it. A row that
// saw nothing yet has top = -inf and total = 0.
template <class T>
struct AttentionRows {
  std::int64_t rows, columns, row, diagonal;
  T* scores;
  T scale;
  T *top, *total;  // of each row; not read by the `first` block
  T* out;
  std::int64_t out_row, width;
  bool first;
};
inline constexpr std::int64_t attention_row = 16;  // lanes of the widest batch

// The same block becomes the weights exp(scale * score - log), and `slopes`, the derivative with
// respect to them, that with respect to the products: factor * weight * (slope - inner).
template <class T>
struct AttentionSlopes {
  std::int64_t rows, columns, row, diagonal;
  T *scores, *slopes;
  T scale, factor;
  const T *logs, *inner;  // of each row
};

// The first `columns` columns of planes that follow each other, of n rows of `row` entries.
struct Columns {
  std::int64_t planes, n, columns, row;
};

template <class T>
struct ConvKernels;  // core/conv_kernels.hpp
template <class T>
struct WinogradKernels;  // core/winograd_kernels.hpp

template <class T>
struct KernelsOf {
  // y[i] = f(x[i])
  void (*unary[static_cast<int>(Unary::count)])(std::int64_t n, const T* x, T* y);

  // y[i] = f(a[i * sa], b[i * sb]); sa, sb: 1, or 0 for one value against all.
  void (*binary[static_cast<int>(Binary::count)])(std::int64_t n, const T* a, std::int64_t sa,
                                                  const T* b, std::int64_t sb, T* y);

  // y[i] = f(x[i]) and y[i] = g[i] f'(x[i])
  void (*activation[static_cast<int>(Activation::count)])(std::int64_t n, const T* x, T p, T q,
                                                          T* y);
  void (*activation_backward[static_cast<int>(Activation::count)])(std::int64_t n, const T* g,
                                                                   const T* x, T p, T q, T* y);

  // y[i] += x[i]
  void (*accumulate)(std::int64_t n, const T* x, T* y);

  // y[i] += alpha * x[i], rounded once where the instruction set has fma
  void (*axpy)(std::int64_t n, T alpha, const T* x, T* y);

  // y[i] = min(max(scale * g[i], -bound), bound) + decay * p[i], each rounded; NaN stays NaN. A
  // decay of 0 does not read p.
  void (*clip_and_decay)(std::int64_t n, T scale, T bound, T decay, const T* g, const T* p, T* y);

  // Pairwise over blocks of fixed size: the error grows with log n.
  T (*reduce[static_cast<int>(Reduce::count)])(std::int64_t n, const T* x);
  // y[i], of each of `rows` contiguous rows of n, with the bits of `reduce`. Not of squares: null.
  void (*reduce_rows[static_cast<int>(Reduce::count)])(std::int64_t rows, std::int64_t n,
                                                       const T* x, T* y);

  // Added in 16 running values: the same bits with every instruction set.
  double (*sum_of_squares_in_f64)(std::int64_t n, const T* x);
  // Of f32 likewise; of f64 with the bits of reduce's sum.
  double (*sum_in_f64)(std::int64_t n, const T* x);
  // Whether none is NaN or an infinity.
  bool (*all_finite)(std::int64_t n, const T* x);

  // y[j] = [y[j] +] sum over i of x[i * x_row + j], i < m, j < n
  void (*sum_rows)(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y,
                   bool accumulate);
  // The same, each y[j] with the bits that reduce's sum finds in a copy of its column.
  void (*sum_runs)(std::int64_t m, std::int64_t n, const T* x, std::int64_t x_row, T* y);

  // Each of `rows` contiguous rows of n: exp(x - max) / sum, and its logarithm.
  void (*softmax)(std::int64_t rows, std::int64_t n, const T* x, T* y);
  void (*log_softmax)(std::int64_t rows, std::int64_t n, const T* x, T* y);
  // y (g - sum(g y)) and g - exp(y) sum(g) of their results y.
  void (*softmax_backward)(std::int64_t rows, std::int64_t n, const T* g, const T* y, T* dx);
  void (*log_softmax_backward)(std::int64_t rows, std::int64_t n, const T* g, const T* y, T* dx);

  // The same along columns. Results are not written over operands.
  void (*softmax_columns)(const Columns& at, const T* x, T* y);
  void (*log_softmax_columns)(const Columns& at, const T* x, T* y);
  void (*softmax_columns_backward)(const Columns& at, const T* g, const T* y, T* dx);
  void (*log_softmax_columns_backward)(const Columns& at, const T* g, const T* y, T* dx);

  void (*attention_rows)(const AttentionRows<T>& block);
  void (*attention_slopes)(const AttentionSlopes<T>& block);
  // y[i] = sum over j < n of a[i * a_row + j] * b[i * b_row + j], i < rows
  void (*row_products)(std::int64_t rows, std::int64_t n, const T* a, std::int64_t a_row,
                       const T* b, std::int64_t b_row, T* y);

  // Each of `rows` rows of n: (x - mean - rest) inverse scale + shift, with its mean, what the mean
  // lost in rounding where that shows, and the inverse of its standard deviation.
  void (*layer_norm)(std::int64_t rows, std::int64_t n, T eps, const T* x, const T* scale,
                     const T* shift, T* y, T* mean, T* rest, T* inverse);
  // Its derivatives, each where its pointer is not null; dscale and dshift are added to.
  void (*layer_norm_backward)(std::int64_t rows, std::int64_t n, const T* g, const T* x,
                              const T* scale, const T* mean, const T* rest, const T* inverse, T* dx,
                              T* dscale, T* dshift);

  // Runs in parallel by itself; the others are serial.
  void (*gemm)(const Gemm<T>& product);

  const ConvKernels<T>* conv;
  const WinogradKernels<T>* winograd;

  // `count` windows of 2 x 2 entries side by side in a plane whose rows are `width` apart, from
  // entry `first` on: the largest entry of each, of equal ones the first, of NaN the last; and its
  // number in the plane.
  void (*max_pairs)(std::int64_t count, const T* plane, std::int64_t first, std::int64_t width,
                    T* y, std::int32_t* index);
  // All entries of such windows: g at the number that `index` names, else 0.
  void (*put_pairs)(std::int64_t count, const T* g, const std::int32_t* index, std::int64_t first,
                    std::int64_t width, T* plane);

  auto of(Unary op) const { return unary[static_cast<int>(op)]; }
  auto of(Binary op) const { return binary[static_cast<int>(op)]; }
  auto of(Reduce op) const { return reduce[static_cast<int>(op)]; }
  auto rows_of(Reduce op) const { return reduce_rows[static_cast<int>(op)]; }
  auto of(Activation op) const { return activation[static_cast<int>(op)]; }
  auto backward_of(Activation op) const { return activation_backward[static_cast<int>(op)]; }
};

struct Kernels {
  const char* isa;  // "sse2", "avx2", "avx512", "neon64"
  KernelsOf<float> f32;
  KernelsOf<double> f64;
  TypedKernels typed;

  template <class T>
  const KernelsOf<T>& of() const;
};

template <>
inline const KernelsOf<float>& Kernels::of<float>() const {
  return f32;
}
template <>
inline const KernelsOf<double>& Kernels::of<double>() const {
  return f64;
}

// The table in use: the best set that this machine and this build have, or the one that the
// environment's ATTUNE_ISA names. Chosen at the first call, from any thread, for good.
// Error(value): ATTUNE_ISA names a set that is unknown or not available here.
const Kernels& kernels();

// The table of one set, whatever ATTUNE_ISA says. Error(value) as above.
const Kernels& kernels_for(const std::string& isa);

// The sets that this machine and this build have, the narrowest first.
std::vector<std::string> available_isas();

}  // namespace attune::internal

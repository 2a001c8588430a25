// Products by a B that is contiguous along k, as weights of a layer are, of fewer rows than B has
// columns: to bring a batch into panels costs less than the weights, so C^T = B^T A^T is computed
// and turned back.
#pragma once

#include "core/simd/gemm_blocks.hpp"

namespace attune::internal {
namespace {

// The share of a batch's lanes that n columns use.
template <class T>
double use_of_lanes(std::int64_t n) {
  return static_cast<double>(n) / static_cast<double>(up_or_one(n, lanes<T>) * lanes<T>);
}

// Chunks of C: bands of rows, two panels of A each or some more, by strips of columns. A chunk
// brings its part of A into panels for itself, since what one core packs another would fetch from
// its cache; so strips are wide, and bands, which have nothing in common, are cut first.
template <class T>
struct TurnedCut {
  std::int64_t rows, panels, bands, columns, strips;

  TurnedCut(std::int64_t m, std::int64_t n)
      : rows(m), panels(up_or_one(m, panel<T>)), bands(panels < 4 ? 1 : panels / 2) {
    const std::int64_t most = bands > 1 ? 512 : 256;
    columns = n >= 2 * most ? most : bands > 1 ? n : up_or_one(n, 2 * lanes<T>) * lanes<T>;
    strips = up_or_one(n, columns);
  }
  std::int64_t row(std::int64_t band) const {
    return smaller(part_begin(panels, bands, band) * panel<T>, rows);
  }
};

// Whether it takes less to bring A into panels. In multiplications: what is copied counts `copied`,
// twice where C is turned back; a chunk some of its own; without packing (`spares`) a
// multiplication takes 1.6 of a tile's. Batches of half the width serve few rows, and those as they
// lie. (Zen 5, f32, us, straight and turned back: 16 x 1024 x 1024 269 and 179, 16 x 300 x 300 24.4
// and 14.1, 32 x 1024 x 1024 405 and 295, 64 x 1024 x 1024 670 and 581, 64 x 4096 x 1024 3080 and
// 2400, 48 x 300 x 700 104 and 91, 128 x 256 x 784 218 and 209; on two threads 16 x 1024 x 1024 137
// and 94, 64 x 1024 x 1024 343 and 299.)
template <class T>
bool packs_rather_a([[maybe_unused]] const Gemm<T>& p, [[maybe_unused]] bool spares) {
#if defined(ATTUNE_HALF_BATCHES) || defined(__aarch64__)  // NEON: not measured
  return false;
#else
  if (p.b_row != 1 || p.b_col == 1 || p.a_col != 1 || p.accumulate) return false;
  constexpr double copied = 0.625 * lanes<T>, of_chunk = 8000, unpacked = 1.6;
  const TurnedCut<T> cut(p.m, p.n);
  const auto m = static_cast<double>(p.m), n = static_cast<double>(p.n),
             k = static_cast<double>(p.k), all = m * n * k,
             strips = static_cast<double>(cut.strips), bands = static_cast<double>(cut.bands);
  const double straight = spares ? unpacked * all : all / use_of_lanes<T>(p.n) + copied * n * k;
  return all / use_of_lanes<T>(p.m) + copied * (strips * m * k + 2 * m * n) +
             strips * bands * of_chunk <
         straight;
#endif
}

// c += bias, in all rows.
template <class T>
void add_to_rows(std::int64_t m, std::int64_t n, const T* bias, T* c, std::int64_t c_row) {
  for (std::int64_t i = 0; i < m; ++i, c += c_row) {
    std::int64_t j = 0;
    for (; j + lanes<T> <= n; j += lanes<T>)
      (Batch<T>::load_unaligned(c + j) + Batch<T>::load_unaligned(bias + j)).store_unaligned(c + j);
    for (; j < n; ++j) c[j] += bias[j];
  }
}

template <class T>
void multiply_turned_chunk(void* context, std::int64_t chunk) {
  const Gemm<T>& p = *static_cast<const Gemm<T>*>(context);
  const TurnedCut<T> cut(p.m, p.n);
  const StayAlone alone(cut.bands * cut.strips);
  const std::int64_t row = cut.row(chunk % cut.bands), rows = cut.row(chunk % cut.bands + 1) - row;
  const std::int64_t column = chunk / cut.bands * cut.columns;
  const std::int64_t columns = smaller(cut.columns, p.n - column);
  Gemm<T> product = p;  // of a part of C^T
  product.m = columns;
  product.n = rows;
  product.a = p.b + column * p.b_col;
  product.a_row = p.b_col;
  product.a_col = p.b_row;
  product.b = p.a + row * p.a_row;
  product.b_row = p.a_col;
  product.b_col = p.a_row;
  product.c = scratch_of<T>(rows * columns, 3, p.operation);
  product.c_row = rows;
  product.bias = nullptr;
  multiply(product);
  T* const c = p.c + row * p.c_row + column;
  copy_matrix<T>(rows, columns, product.c, 1, rows, c, p.c_row);
  if (p.bias) add_to_rows(rows, columns, p.bias + column, c, p.c_row);
}

template <class T>
void multiply_turned_back(Gemm<T> p) {
  const TurnedCut<T> cut(p.m, p.n);
  run_chunks(cut.bands * cut.strips, p.m * p.n * p.k / products_of_step, p,
             multiply_turned_chunk<T>);
}

}  // namespace
}  // namespace attune::internal

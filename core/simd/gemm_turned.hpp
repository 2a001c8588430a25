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

// Columns of C that a chunk computes. Each brings A into panels for itself: what one core packs
// another would fetch from its cache.
template <class T>
std::int64_t columns_of_chunk(std::int64_t n) {
  constexpr std::int64_t most = 256;
  return n >= 2 * most ? most : up_or_one(n, 2 * lanes<T>) * lanes<T>;
}

// Whether it takes less to bring A into panels. In multiplications: what is copied counts `copied`,
// twice where C is turned back; a chunk some of its own; without packing (`spares`) a
// multiplication takes 1.6 of a tile's. Batches of half the width serve few rows, and those as they
// lie. (Zen 5, f32, us, straight and turned back: 16 x 1024 x 1024 269 and 179, 16 x 300 x 300 24.4
// and 14.1, 32 x 1024 x 1024 405 and 295, 64 x 1024 x 1024 670 and 581, 64 x 4096 x 1024 3080 and
// 2400, 48 x 300 x 700 104 and 91, 128 x 1024 x 1024 1220 and 1170; on two threads 16 x 1024 x 1024
// 137 and 94, 64 x 1024 x 1024 343 and 299.)
template <class T>
bool packs_rather_a([[maybe_unused]] const Gemm<T>& p, [[maybe_unused]] bool spares) {
#ifdef ATTUNE_HALF_BATCHES
  return false;
#else
  if (p.b_row != 1 || p.b_col == 1 || p.a_col != 1 || p.accumulate) return false;
  constexpr double copied = 0.625 * lanes<T>, of_chunk = 8000, unpacked = 1.6;
  const auto m = static_cast<double>(p.m), n = static_cast<double>(p.n),
             k = static_cast<double>(p.k), all = m * n * k,
             chunks = static_cast<double>(up_or_one(p.n, columns_of_chunk<T>(p.n)));
  const double straight = spares ? unpacked * all : all / use_of_lanes<T>(p.n) + copied * n * k;
  return all / use_of_lanes<T>(p.m) + copied * (chunks * m * k + 2 * m * n) + chunks * of_chunk <
         straight;
#endif
}

// One chunk of columns of C, which are rows of C^T.
template <class T>
void multiply_columns(void* context, std::int64_t chunk) {
  const Gemm<T>& p = *static_cast<const Gemm<T>*>(context);
  const std::int64_t columns = columns_of_chunk<T>(p.n), first = chunk * columns;
  const std::int64_t count = smaller(columns, p.n - first);
  const StayAlone alone(up_or_one(p.n, columns));
  T* const turned = scratch_of<T>(p.m * count, 3, p.operation);
  Gemm<T> product{count,   p.m,    p.k, p.b + first * p.b_col, p.b_col, p.b_row, p.a, p.a_col,
                  p.a_row, turned, p.m};
  product.operation = p.operation;
  multiply(product);
  T* const c = p.c + first;
  copy_matrix<T>(p.m, count, turned, 1, p.m, c, p.c_row);
  if (!p.bias) return;
  const T* const bias = p.bias + first;
  for (std::int64_t i = 0; i < p.m; ++i) {
    T* const row = c + i * p.c_row;
    std::int64_t j = 0;
    for (; j + lanes<T> <= count; j += lanes<T>)
      (Batch<T>::load_unaligned(row + j) + Batch<T>::load_unaligned(bias + j))
          .store_unaligned(row + j);
    for (; j < count; ++j) row[j] += bias[j];
  }
}

template <class T>
void multiply_turned_back(Gemm<T> p) {
  run_chunks(up_or_one(p.n, columns_of_chunk<T>(p.n)), p.m * p.n * p.k / products_of_step, p,
             multiply_columns<T>);
}

}  // namespace
}  // namespace attune::internal

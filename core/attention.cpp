// The value of attention: which products and which rows, in an order that follows from the shape.
#include "core/attention.hpp"

#include <algorithm>
#include <limits>

#include "core/attention_blocks.hpp"

namespace attune::internal {
namespace {

using namespace attention;

// The value of a band of queries.
template <class T>
struct Forward {
  const AttentionShape& shape;
  const Stack<const T>&q, &k, &v;
  const AttentionMask<T>& mask;
  const Stack<T>& y;
  T* logs;

  void band(const Place& place, std::int64_t first) const {
    const KernelsOf<T>& table = kernels().of<T>();
    const T *const queries = place.of(q), *const keys = place.of(k), *const values = place.of(v);
    const std::int64_t rows = std::min(query_block, shape.queries - first);
    const std::int64_t end = shape.causal ? std::min(shape.keys, first + rows) : shape.keys;
    const bool drops = shape.dropout > 0;
    const std::int64_t block = rows * padded(std::min(end, key_block));
    T* const scores = scratch_of<T>(block * (drops ? 2 : 1) + 2 * query_block, slot, name);
    T *const kept = scores + block, *const top = drops ? kept + block : kept;
    T* const total = top + query_block;
    T* const out = place.of(y) + first * y.row;
    for (std::int64_t key = 0; key < end; key += key_block) {
      const Rectangle at{first, rows, key, std::min(key_block, end - key)};
      score<T>(shape, at, shape.width, rows_of(queries, q, first), rows_of(keys, k, key), scores);
      const T scale = apply_mask(shape, mask, place, at, scores);
      table.attention_rows({rows, at.columns, at.row, diagonal(shape, at), scores, scale, top,
                            total, out, y.row, shape.value_width, key == 0});
      if (drops) multiply_by_dropout(shape, place, at, kept, scores);
      gather<T>(shape, at, shape.value_width, scores, rows_of(values, v, key), out, y.row, key > 0);
    }
    if (end == 0) {
      std::fill_n(total, rows, T(0));
      for (std::int64_t i = 0; i < rows; ++i) std::fill_n(out + i * y.row, shape.value_width, T(0));
    }
    T* const log = logs + place.index * shape.queries + first;
    table.of(Unary::log)(rows, total, log);
    for (std::int64_t i = 0; i < rows; ++i) {
      const bool none = total[i] == 0;
      log[i] = none ? std::numeric_limits<T>::infinity() : top[i] + log[i];
      const T factor = none ? T(0) : 1 / total[i];
      T* const row = out + i * y.row;
      table.of(Binary::mul)(shape.value_width, row, 1, &factor, 0, row);
    }
  }
};

}  // namespace

template <class T>
void attention_dropout(const AttentionShape& shape, std::int64_t first, std::int64_t count,
                       T* out) {
  const double keep = 1 - shape.dropout;
  const T factor = static_cast<T>(keep > 0 ? 1 / keep : 0);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t bits = random_bits(shape.draw, static_cast<std::uint64_t>(first + i));
    out[i] = unit(bits) < keep ? factor : T(0);
  }
}

template <class T>
void attention_forward(const AttentionShape& shape, const Stack<const T>& q,
                       const Stack<const T>& k, const Stack<const T>& v,
                       const AttentionMask<T>& mask, const Stack<T>& y, T* logs) {
  const Forward<T> all{shape, q, k, v, mask, y, logs};
  const std::int64_t bands = blocks(shape.queries, query_block);
  const std::int64_t work = work_of(shape, std::min(query_block, shape.queries), shape.keys);
  for_jobs(shape.batch.numel() * bands, work, [&](std::int64_t job) {
    all.band(Place(shape.batch, job / bands), job % bands * query_block);
  });
}

#define ATTUNE_INSTANCE(T)                                                          \
  template void attention_forward<T>(const AttentionShape&, const Stack<const T>&,  \
                                     const Stack<const T>&, const Stack<const T>&,  \
                                     const AttentionMask<T>&, const Stack<T>&, T*); \
  template void attention_dropout<T>(const AttentionShape&, std::int64_t, std::int64_t, T*);
ATTUNE_INSTANCE(float)
ATTUNE_INSTANCE(double)
#undef ATTUNE_INSTANCE

}  // namespace attune::internal

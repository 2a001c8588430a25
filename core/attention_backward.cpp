// The derivatives of attention: the blocks of weights are computed again, in parts of the keys.
#include <algorithm>

#include "core/attention_blocks.hpp"

namespace attune::internal {
namespace {

using namespace attention;

// Parts of the derivative where a batch has fewer matrices: so many chunks let threads finish
// together. (Both ways on one thread of Zen 5, ms, 4, 16 and 64: 8 x 1024 x 64 37.2, 38.5, 38.7;
// 4096 x 64 76.4, 76.3, 76.8.)
constexpr std::int64_t enough_chunks = 16;

// The derivatives that go through one part of the keys.
template <class T>
struct Backward {
  const AttentionShape& shape;
  const Stack<const T>&g, &q, &k, &v;
  const AttentionMask<T>& mask;
  const Stack<const T>& y;
  const T* logs;
  const AttentionGradients<T>& gradients;

  // Buffers of one rectangle, and for each query the product of g and y.
  struct Buffers {
    T *scores, *slopes, *kept, *inner;
  };

  // Adds to what dq, and what dk and dv hold, or gives these rows their first value.
  void rectangle(const Place& place, const Rectangle& at, bool add_dq, bool add, const Buffers& b,
                 T* dq) const {
    const Factor<T> queries = rows_of(place.of(q), q, at.query),
                    keys = rows_of(place.of(k), k, at.key);
    const Factor<T> arriving = rows_of(place.of(g), g, at.query);
    const Factor<T> values = rows_of(place.of(v), v, at.key);
    score<T>(shape, at, shape.width, queries, keys, b.scores);
    const T scale = apply_mask(shape, mask, place, at, b.scores);
    score<T>(shape, at, shape.value_width, arriving, values, b.slopes);
    if (b.kept) multiply_by_dropout(shape, place, at, b.kept, b.slopes);
    kernels().of<T>().attention_slopes({at.rows, at.columns, at.row, diagonal(shape, at), b.scores,
                                        b.slopes, scale, static_cast<T>(shape.scale),
                                        logs + place.index * shape.queries + at.query,
                                        b.inner + at.query});
    if (dq)
      gather<T>(shape, at, shape.width, b.slopes, keys, dq + at.query * gradients.dq.row,
                gradients.dq.row, add_dq);
    if (T* const dk = place.of(gradients.dk))
      scatter<T>(shape, at, shape.width, b.slopes, queries, dk + at.key * gradients.dk.row,
                 gradients.dk.row, add);
    if (T* const dv = place.of(gradients.dv)) {
      if (b.kept) multiply_by_kept(at, b.kept, b.scores);
      scatter<T>(shape, at, shape.value_width, b.scores, arriving, dv + at.key * gradients.dv.row,
                 gradients.dv.row, add);
    }
  }

  void part(const Place& place, std::int64_t number, std::int64_t parts, T* dq) const {
    if (shape.keys == 0) clear_rows(dq, gradients.dq, 0, shape.queries, shape.width);
    const std::int64_t block =
        std::min(query_block, shape.queries) * padded(std::min(key_block, shape.keys));
    const bool drops = shape.dropout > 0;
    T* const memory = scratch_of<T>((drops ? 3 : 2) * block + shape.queries, slot, name);
    const Buffers b{memory, memory + block, drops ? memory + 2 * block : nullptr,
                    memory + (drops ? 3 : 2) * block};
    kernels().of<T>().row_products(shape.queries, shape.value_width, place.of(g), g.row,
                                   place.of(y), y.row, b.inner);
    for (std::int64_t key = number * key_block; key < shape.keys; key += parts * key_block) {
      const std::int64_t columns = std::min(key_block, shape.keys - key);
      // A causal query before the block sees none of its keys.
      const std::int64_t first = shape.causal ? key / query_block * query_block : 0;
      const bool add_dq = key > number * key_block;
      if (!add_dq) clear_rows(dq, gradients.dq, 0, std::min(first, shape.queries), shape.width);
      for (std::int64_t query = first; query < shape.queries; query += query_block) {
        const std::int64_t rows = std::min(query_block, shape.queries - query);
        rectangle(place, {query, rows, key, columns}, add_dq, query > first, b, dq);
      }
      if (first < shape.queries) continue;  // else no query sees these keys
      clear_rows(place.of(gradients.dk), gradients.dk, key, columns, shape.width);
      clear_rows(place.of(gradients.dv), gradients.dv, key, columns, shape.value_width);
    }
  }

  static void clear_rows(T* matrix, const Stack<T>& stack, std::int64_t first, std::int64_t rows,
                         std::int64_t width) {
    if (!matrix) return;
    for (std::int64_t i = first; i < first + rows; ++i)
      std::fill_n(matrix + i * stack.row, width, T(0));
  }
};

}  // namespace

std::int64_t attention_parts(const AttentionShape& shape) {
  const std::int64_t matrices = std::max<std::int64_t>(shape.batch.numel(), 1);
  return std::clamp<std::int64_t>(enough_chunks / matrices, 1,
                                  std::max<std::int64_t>(blocks(shape.keys, key_block), 1));
}

template <class T>
void attention_backward(const AttentionShape& shape, const Stack<const T>& g,
                        const Stack<const T>& q, const Stack<const T>& k, const Stack<const T>& v,
                        const AttentionMask<T>& mask, const Stack<const T>& y, const T* logs,
                        const AttentionGradients<T>& gradients, std::int64_t dq_part) {
  const Backward<T> all{shape, g, q, k, v, mask, y, logs, gradients};
  const std::int64_t parts = attention_parts(shape);
  const std::int64_t work = 5 * work_of(shape, shape.queries, blocks(shape.keys, parts)) / 2;
  for_jobs(shape.batch.numel() * parts, work, [&](std::int64_t job) {
    const Place place(shape.batch, job / parts);
    T* const dq = place.of(gradients.dq);
    all.part(place, job % parts, parts, dq ? dq + job % parts * dq_part : nullptr);
  });
}

#define ATTUNE_INSTANCE(T)                                                                        \
  template void attention_backward<T>(                                                            \
      const AttentionShape&, const Stack<const T>&, const Stack<const T>&, const Stack<const T>&, \
      const Stack<const T>&, const AttentionMask<T>&, const Stack<const T>&, const T*,            \
      const AttentionGradients<T>&, std::int64_t);
ATTUNE_INSTANCE(float)
ATTUNE_INSTANCE(double)
#undef ATTUNE_INSTANCE

}  // namespace attune::internal

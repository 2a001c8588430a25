// The blocks of attention: which products and which rows, in an order that follows from the shape.
#include "core/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"

namespace attune::internal {
namespace {

// A block of weights: 128 KiB of f32, half of a second-level cache of 256 KiB; the derivative has
// two.
constexpr std::int64_t query_block = 128, key_block = 256;
// Parts of the derivative where a batch has fewer matrices: so many chunks let threads finish
// together.
constexpr std::int64_t enough_chunks = 16;

std::int64_t blocks(std::int64_t n, std::int64_t block) { return (n + block - 1) / block; }

// The places of matrix `index` along the axes of the batch.
struct Place {
  std::int64_t index;
  std::int64_t along[max_rank];
  int rank;

  Place(const Shape& batch, std::int64_t number) : index(number), rank(batch.rank()) {
    for (int axis = rank - 1; axis >= 0; --axis) {
      along[axis] = number % batch[axis];
      number /= batch[axis];
    }
  }
  template <class T>
  T* of(const Stack<T>& stack) const {
    T* matrix = stack.data;
    if (!matrix) return nullptr;
    for (int axis = 0; axis < rank; ++axis) matrix += along[axis] * stack.batch[axis];
    return matrix;
  }
};

constexpr std::int64_t padded(std::int64_t columns) {
  return (columns + attention_row - 1) / attention_row * attention_row;
}

// Rows [query, query + rows) by columns [key, key + columns) of the weights of one matrix.
struct Rectangle {
  std::int64_t query, rows, key, columns;
  std::int64_t row = padded(columns);  // elements that a row takes in a buffer
};

// Scaled and masked, or as they are: the factor that is left to the kernels of rows.
template <class T>
T apply_mask(const AttentionShape& shape, const AttentionMask<T>& mask, const Place& place,
             const Rectangle& at, T* scores) {
  const T scale = static_cast<T>(shape.scale);
  if (!mask.seen.data && !mask.added.data) return scale;
  const bool* seen = place.of(mask.seen);
  const T* added = place.of(mask.added);
  constexpr T never = -std::numeric_limits<T>::infinity();
  for (std::int64_t i = 0; i < at.rows; ++i, scores += at.row) {
    if (seen) {
      const bool* const row = seen + (at.query + i) * mask.seen.row + at.key * mask.seen.column;
      const std::int64_t step = mask.seen.column;
      for (std::int64_t j = 0; j < at.columns; ++j)
        scores[j] = row[j * step] ? scores[j] * scale : never;
    } else {
      const T* const row = added + (at.query + i) * mask.added.row + at.key * mask.added.column;
      const std::int64_t step = mask.added.column;
      // What is hidden is hidden whatever its score is, be it NaN.
      const auto add = [&](auto apart) {
        for (std::int64_t j = 0; j < at.columns; ++j) {
          const T one = row[j * apart], sum = scores[j] * scale + one;
          scores[j] = one == never ? never : sum;
        }
      };
      if (step == 1)  // which the compiler makes vectors of
        add(std::integral_constant<std::int64_t, 1>());
      else
        add(step);
    }
  }
  return T(1);
}

// How many columns of the first row may be seen; each row sees one more.
std::int64_t diagonal(const AttentionShape& shape, const Rectangle& at) {
  return shape.causal ? at.query + 1 - at.key : at.columns;
}

template <class T>
void multiply_by_kept(const Rectangle& at, const T* kept, T* values) {
  for (std::int64_t i = 0; i < at.rows * at.row; ++i) values[i] *= kept[i];
}

template <class T>
void multiply_by_dropout(const AttentionShape& shape, const Place& place, const Rectangle& at,
                         T* kept, T* values) {
  for (std::int64_t i = 0; i < at.rows; ++i) {
    const std::int64_t first = (place.index * shape.queries + at.query + i) * shape.keys + at.key;
    attention_dropout<T>(shape, first, at.columns, kept + i * at.row);
    std::fill_n(kept + i * at.row + at.columns, at.row - at.columns, T(0));
  }
  multiply_by_kept(at, kept, values);
}

// C = [C +] A B, where A and B are given by pointer and strides.
template <class T>
struct Factor {
  const T* data;
  std::int64_t row, column;
  Factor turned() const { return {data, column, row}; }
};
template <class T>
Factor<T> rows_of(const T* matrix, const Stack<const T>& stack, std::int64_t first) {
  return {matrix + first * stack.row, stack.row, stack.column};
}
template <class T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const Factor<T>& a,
              const Factor<T>& b, T* c, std::int64_t c_row, bool accumulate) {
  kernels().of<T>().gemm({.m = m,
                          .n = n,
                          .k = k,
                          .a = a.data,
                          .a_row = a.row,
                          .a_col = a.column,
                          .b = b.data,
                          .b_row = b.row,
                          .b_col = b.column,
                          .c = c,
                          .c_row = c_row,
                          .bias = nullptr,
                          .accumulate = accumulate});
}

template <class T>
T* buffer(std::int64_t elements) {
  return static_cast<T*>(scratch(static_cast<std::size_t>(elements) * sizeof(T), 2));
}

// Jobs of about `work` element operations each, small ones together.
template <class Body>
void for_jobs(std::int64_t jobs, std::int64_t work, Body&& body) {
  const std::int64_t together =
      std::max<std::int64_t>(1, serial_work / std::max<std::int64_t>(work, 1));
  const std::int64_t all =
      work > std::numeric_limits<std::int64_t>::max() / std::max<std::int64_t>(jobs, 1)
          ? std::numeric_limits<std::int64_t>::max()
          : jobs * work;
  parallel_for((jobs + together - 1) / together, all, [&](std::int64_t chunk) {
    const std::int64_t end = std::min(jobs, (chunk + 1) * together);
    for (std::int64_t job = chunk * together; job < end; ++job) body(job);
  });
}

std::int64_t work_of(const AttentionShape& shape, std::int64_t queries, std::int64_t keys) {
  return queries * keys * ((shape.width + shape.value_width) / 4 + 8);
}

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
    T* const scores = buffer<T>(block * (drops ? 2 : 1) + 2 * query_block);
    T *const kept = scores + block, *const top = drops ? kept + block : kept;
    T* const total = top + query_block;
    T* const out = place.of(y) + first * y.row;
    for (std::int64_t key = 0; key < end; key += key_block) {
      const Rectangle at{first, rows, key, std::min(key_block, end - key)};
      multiply<T>(rows, at.columns, shape.width, rows_of(queries, q, first),
                  rows_of(keys, k, key).turned(), scores, at.row, false);
      const T scale = apply_mask(shape, mask, place, at, scores);
      table.attention_rows({rows, at.columns, at.row, diagonal(shape, at), scores, scale, top,
                            total, out, y.row, shape.value_width, key == 0});
      if (drops) multiply_by_dropout(shape, place, at, kept, scores);
      multiply<T>(rows, shape.value_width, at.columns, {scores, at.row, 1}, rows_of(values, v, key),
                  out, y.row, key > 0);
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

  void rectangle(const Place& place, const Rectangle& at, bool add, const Buffers& b, T* dq) const {
    const Factor<T> queries = rows_of(place.of(q), q, at.query),
                    keys = rows_of(place.of(k), k, at.key);
    const Factor<T> arriving = rows_of(place.of(g), g, at.query);
    const Factor<T> values = rows_of(place.of(v), v, at.key);
    multiply<T>(at.rows, at.columns, shape.width, queries, keys.turned(), b.scores, at.row, false);
    const T scale = apply_mask(shape, mask, place, at, b.scores);
    multiply<T>(at.rows, at.columns, shape.value_width, arriving, values.turned(), b.slopes, at.row,
                false);
    if (b.kept) multiply_by_dropout(shape, place, at, b.kept, b.slopes);
    kernels().of<T>().attention_slopes({at.rows, at.columns, at.row, diagonal(shape, at), b.scores,
                                        b.slopes, scale, static_cast<T>(shape.scale),
                                        logs + place.index * shape.queries + at.query,
                                        b.inner + at.query});
    if (dq) {
      multiply<T>(at.rows, shape.width, at.columns, {b.slopes, at.row, 1}, keys,
                  dq + at.query * gradients.dq.row, gradients.dq.row, true);
    }
    if (T* const dk = place.of(gradients.dk)) {
      multiply<T>(at.columns, shape.width, at.rows, {b.slopes, 1, at.row}, queries,
                  dk + at.key * gradients.dk.row, gradients.dk.row, add);
    }
    if (T* const dv = place.of(gradients.dv)) {
      if (b.kept) multiply_by_kept(at, b.kept, b.scores);
      multiply<T>(at.columns, shape.value_width, at.rows, {b.scores, 1, at.row}, arriving,
                  dv + at.key * gradients.dv.row, gradients.dv.row, add);
    }
  }

  void part(const Place& place, std::int64_t number, std::int64_t parts, T* dq) const {
    if (dq) clear_rows(dq, gradients.dq, 0, shape.queries, shape.width);
    const std::int64_t block =
        std::min(query_block, shape.queries) * padded(std::min(key_block, shape.keys));
    const bool drops = shape.dropout > 0;
    T* const memory = buffer<T>((drops ? 3 : 2) * block + shape.queries);
    const Buffers b{memory, memory + block, drops ? memory + 2 * block : nullptr,
                    memory + (drops ? 3 : 2) * block};
    kernels().of<T>().row_products(shape.queries, shape.value_width, place.of(g), g.row,
                                   place.of(y), y.row, b.inner);
    for (std::int64_t key = number * key_block; key < shape.keys; key += parts * key_block) {
      const std::int64_t columns = std::min(key_block, shape.keys - key);
      // A causal query before the block sees none of its keys.
      const std::int64_t first = shape.causal ? key / query_block * query_block : 0;
      for (std::int64_t query = first; query < shape.queries; query += query_block) {
        const std::int64_t rows = std::min(query_block, shape.queries - query);
        rectangle(place, {query, rows, key, columns}, query > first, b, dq);
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
  template void attention_forward<T>(const AttentionShape&, const Stack<const T>&,                \
                                     const Stack<const T>&, const Stack<const T>&,                \
                                     const AttentionMask<T>&, const Stack<T>&, T*);               \
  template void attention_backward<T>(                                                            \
      const AttentionShape&, const Stack<const T>&, const Stack<const T>&, const Stack<const T>&, \
      const Stack<const T>&, const AttentionMask<T>&, const Stack<const T>&, const T*,            \
      const AttentionGradients<T>&, std::int64_t);                                                \
  template void attention_dropout<T>(const AttentionShape&, std::int64_t, std::int64_t, T*);
ATTUNE_INSTANCE(float)
ATTUNE_INSTANCE(double)
#undef ATTUNE_INSTANCE

}  // namespace attune::internal

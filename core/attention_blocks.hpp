// What the value of attention and its derivative share: blocks of weights of one matrix of a batch.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>

#include "core/attention.hpp"
#include "core/kernels.hpp"
#include "core/parallel.hpp"
#include "core/scratch.hpp"

namespace attune::internal::attention {

// A block of weights: 128 KiB of f32, half of a second-level cache of 256 KiB; the derivative has
// two. (8 x 1024 x 64 both ways on Zen 5, ms on two threads: queries by keys 32 x 256 20.5, 64 x
// 256 18.5, 128 x 64 20.1, 128 x 128 18.9, 128 x 256 18.2, 128 x 512 18.9, 256 x 256 17.7.)
inline constexpr std::int64_t query_block = 128, key_block = 256;
inline constexpr int slot = 2;  // of scratch: products take the others
inline constexpr char name[] = "scaled_dot_product_attention";  // where memory is refused

inline std::int64_t blocks(std::int64_t n, std::int64_t block) { return (n + block - 1) / block; }

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
inline std::int64_t diagonal(const AttentionShape& shape, const Rectangle& at) {
  return shape.causal ? at.query + 1 - at.key : at.columns;
}

// Of a rectangle that the diagonal of causal attention crosses, half is hidden. Its products go
// over bands of so many queries or keys, each over what one of the band sees; what is hidden in the
// rectangle may then never have been written. (Forward and both derivatives, ms, whole, in bands of
// 32 and of 16, Zen 4: 64 keys of 32 1.48, 1.28, 1.24; 256 of 64 9.18, 6.08, 6.03; 1024 of 64 47.5,
// 41.7, 42.4.)
inline constexpr std::int64_t causal_band = 16;

// Calls body(first, count, seen) for bands of queries, all numbers within the rectangle: none of
// them sees a key from `seen` on.
template <class Body>
void for_queries(const AttentionShape& shape, const Rectangle& at, Body&& body) {
  const std::int64_t first_sees = diagonal(shape, at);
  std::int64_t i = 0;
  for (; i < at.rows && first_sees + i < at.columns; i += causal_band) {
    const std::int64_t count = std::min(causal_band, at.rows - i);
    body(i, count, std::clamp<std::int64_t>(first_sees + i + count - 1, 0, at.columns));
  }
  if (i < at.rows) body(i, at.rows - i, at.columns);
}

// Calls body(first, count, unseen) for bands of keys: none of them is seen by the first `unseen`
// queries.
template <class Body>
void for_keys(const AttentionShape& shape, const Rectangle& at, Body&& body) {
  const std::int64_t first_sees = diagonal(shape, at);
  // The keys that all queries see are one band, as far as it keeps the others in line.
  const std::int64_t all_see = std::clamp<std::int64_t>(first_sees, 0, at.columns);
  const std::int64_t whole = all_see == at.columns ? all_see : all_see / causal_band * causal_band;
  if (whole > 0) body(0, whole, 0);
  for (std::int64_t j = whole; j < at.columns; j += causal_band)
    body(j, std::min(causal_band, at.columns - j),
         std::clamp<std::int64_t>(j + 1 - first_sees, 0, at.rows));
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
  Factor from(std::int64_t first) const { return {data + first * row, row, column}; }
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
                          .accumulate = accumulate,
                          .operation = name});
}

// The rectangle's scores, queries by keys, each of `width`; what is hidden may be left out.
template <class T>
void score(const AttentionShape& shape, const Rectangle& at, std::int64_t width,
           const Factor<T>& queries, const Factor<T>& keys, T* scores) {
  for_keys(shape, at, [&](std::int64_t first, std::int64_t count, std::int64_t unseen) {
    multiply<T>(at.rows - unseen, count, width, queries.from(unseen), keys.from(first).turned(),
                scores + unseen * at.row + first, at.row, false);
  });
}

// y of each query, = or += the sum of the rows of `keys`, each of `width`, by its weights.
template <class T>
void gather(const AttentionShape& shape, const Rectangle& at, std::int64_t width, const T* weights,
            const Factor<T>& keys, T* y, std::int64_t y_row, bool accumulate) {
  const Factor<T> by{weights, at.row, 1};
  for_queries(shape, at, [&](std::int64_t first, std::int64_t count, std::int64_t seen) {
    multiply<T>(count, width, seen, by.from(first), keys, y + first * y_row, y_row, accumulate);
  });
}

// y of each key, likewise of the rows of `queries`.
template <class T>
void scatter(const AttentionShape& shape, const Rectangle& at, std::int64_t width, const T* weights,
             const Factor<T>& queries, T* y, std::int64_t y_row, bool accumulate) {
  const Factor<T> by{weights, 1, at.row};
  for_keys(shape, at, [&](std::int64_t first, std::int64_t count, std::int64_t unseen) {
    const Factor<T> seeing{by.data + unseen * at.row + first, by.row, by.column};
    multiply<T>(count, width, at.rows - unseen, seeing, queries.from(unseen), y + first * y_row,
                y_row, accumulate);
  });
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

inline std::int64_t work_of(const AttentionShape& shape, std::int64_t queries, std::int64_t keys) {
  return queries * keys * ((shape.width + shape.value_width) / 4 + 8);
}

}  // namespace attune::internal::attention

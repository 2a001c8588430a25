// Rows are copied in chunks of a fixed number, in parallel when they are many.
#include "data/gather.hpp"

#include <algorithm>
#include <cstring>

#include "core/impl.hpp"
#include "core/parallel.hpp"

namespace attune::data::internal {

using attune::internal::empty_tensor;
using attune::internal::parallel_for;

namespace {

constexpr std::int64_t chunk_bytes = 32 * 1024;

Shape rows_of(const Tensor& values, std::int64_t count) {
  Shape shape = values.shape();
  shape[0] = count;
  return shape;
}

// A row of a size known when compiled is a few moves instead of a call.
template <std::size_t Bytes>
void copy_rows(const std::byte* from, std::byte* to, std::span<const std::int64_t> indices) {
  for (const std::int64_t index : indices) {
    std::memcpy(to, from + static_cast<std::size_t>(index) * Bytes, Bytes);
    to += Bytes;
  }
}

void copy_rows(const std::byte* from, std::byte* to, std::size_t bytes,
               std::span<const std::int64_t> indices) {
  switch (bytes) {
    case 1:
      return copy_rows<1>(from, to, indices);
    case 4:
      return copy_rows<4>(from, to, indices);
    case 8:
      return copy_rows<8>(from, to, indices);
    case 16:
      return copy_rows<16>(from, to, indices);
    default:
      break;
  }
  for (const std::int64_t index : indices) {
    std::memcpy(to, from + static_cast<std::size_t>(index) * bytes, bytes);
    to += bytes;
  }
}

// body(first, count) over chunks of rows.
template <class F>
void in_chunks(std::int64_t rows, std::int64_t row_bytes, F&& body) {
  const std::int64_t per_chunk =
      std::max<std::int64_t>(1, chunk_bytes / std::max<std::int64_t>(1, row_bytes));
  const std::int64_t chunks = (rows + per_chunk - 1) / per_chunk;
  if (chunks <= 1) return body(std::int64_t{0}, rows);
  parallel_for(chunks, rows * row_bytes, [&](std::int64_t chunk) {
    const std::int64_t first = chunk * per_chunk;
    body(first, std::min(per_chunk, rows - first));
  });
}

void scale(const std::uint8_t* from, float* to, std::int64_t count) {
  constexpr float factor = 1.0f / 255;
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]) * factor;
}

std::int64_t elements_of_row(const Tensor& values) {
  const Shape& shape = values.shape();
  std::int64_t product = 1;
  for (int axis = 1; axis < shape.rank(); ++axis) product *= shape[axis];
  return product;
}

}  // namespace

Tensor gather_rows(const Tensor& values, std::span<const std::int64_t> indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  Tensor out = empty_tensor("gather", rows_of(values, count), values.dtype());
  const std::size_t bytes =
      static_cast<std::size_t>(elements_of_row(values)) * size_of(values.dtype());
  const std::byte* const from = values.impl()->data;
  std::byte* const to = out.impl()->data;
  in_chunks(count, static_cast<std::int64_t>(bytes), [&](std::int64_t first, std::int64_t n) {
    copy_rows(from, to + static_cast<std::size_t>(first) * bytes, bytes,
              indices.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n)));
  });
  return out;
}

Tensor gather_scaled(const Tensor& values, std::span<const std::int64_t> indices) {
  const auto count = static_cast<std::int64_t>(indices.size());
  Tensor out = empty_tensor("gather", rows_of(values, count), f32);
  const std::int64_t row = elements_of_row(values);
  const auto* const from = attune::internal::data<std::uint8_t>(values);
  auto* const to = attune::internal::data<float>(out);
  in_chunks(count, 4 * row, [&](std::int64_t first, std::int64_t n) {
    for (std::int64_t i = first; i < first + n; ++i) {
      scale(from + indices[static_cast<std::size_t>(i)] * row, to + i * row, row);
    }
  });
  return out;
}

Tensor scale_all(const Tensor& values) {
  Tensor out = empty_tensor("gather", values.shape(), f32);
  const std::int64_t row = elements_of_row(values);
  const auto* const from = attune::internal::data<std::uint8_t>(values);
  auto* const to = attune::internal::data<float>(out);
  in_chunks(values.shape()[0], 4 * row, [&](std::int64_t first, std::int64_t n) {
    scale(from + first * row, to + first * row, n * row);
  });
  return out;
}

}  // namespace attune::data::internal

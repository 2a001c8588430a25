// IDX: two zero bytes, a type, the number of axes, their sizes, then the elements, all big-endian.
// (Y. LeCun, C. Cortes, "The MNIST database of handwritten digits".)
#include <algorithm>
#include <bit>
#include <cstring>

#include "attune/data/readers.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/impl.hpp"
#include "data/byte_stream.hpp"

namespace attune::data {

using attune::internal::fail;
using internal::ByteStream;

namespace {

constexpr const char* operation = "read_idx";

struct Element {
  DType dtype;        // in memory
  std::size_t bytes;  // in the file
};

Element element_of(std::uint8_t code, const std::string& path) {
  switch (code) {
    case 0x08:
      return {u8, 1};
    case 0x09:
      return {i32, 1};
    case 0x0B:
      return {i32, 2};
    case 0x0C:
      return {i32, 4};
    case 0x0D:
      return {f32, 4};
    case 0x0E:
      return {f64, 8};
    default:
      break;
  }
  fail(
      ErrorKind::format, operation,
      "{}: the third byte is 0x{:02x}: not one of the types of an IDX file (0x08 u8, 0x09 i8, 0x0b "
      "i16, 0x0c i32, 0x0d f32, 0x0e f64)",
      path, code);
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

void read_all(ByteStream& file, void* to, std::size_t bytes, const char* what) {
  const std::size_t got = file.read(to, bytes);
  if (got < bytes) {
    fail(ErrorKind::format, operation, "{}: ends within {}: {} of {} bytes", file.path(), what, got,
         bytes);
  }
}

Shape read_shape(ByteStream& file, int rank) {
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    std::uint8_t bytes[4];
    read_all(file, bytes, sizeof bytes, "the header");
    shape.push_back(big_endian(bytes));
  }
  return shape;
}

// Elements of `Bytes` bytes to the machine's order, in place.
template <std::size_t Bytes>
void reverse(std::byte* data, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i, data += Bytes) {
    for (std::size_t b = 0; b < Bytes / 2; ++b) std::swap(data[b], data[Bytes - 1 - b]);
  }
}

// i8 and i16 widened to i32, piece by piece.
void read_narrow(ByteStream& file, std::int32_t* to, std::int64_t count, std::size_t bytes) {
  std::uint8_t piece[4096];
  const auto per_piece = static_cast<std::int64_t>(sizeof piece / bytes);
  for (std::int64_t done = 0; done < count; done += per_piece) {
    const std::int64_t part = std::min(per_piece, count - done);
    read_all(file, piece, static_cast<std::size_t>(part) * bytes, "the elements");
    for (std::int64_t i = 0; i < part; ++i) {
      to[done + i] = bytes == 1 ? static_cast<std::int8_t>(piece[i])
                                : static_cast<std::int16_t>(piece[2 * i] << 8 | piece[2 * i + 1]);
    }
  }
}

}  // namespace

Tensor read_idx(const std::string& path) {
  ByteStream file(operation, path);
  std::uint8_t magic[4];
  read_all(file, magic, sizeof magic, "the header");
  if (magic[0] != 0 || magic[1] != 0) {
    fail(ErrorKind::format, operation,
         "{}: begins with the bytes {:02x} {:02x}, not 00 00: not an IDX file", path, magic[0],
         magic[1]);
  }
  const Element element = element_of(magic[2], path);
  if (magic[3] < 1 || magic[3] > max_rank) {
    fail(ErrorKind::format, operation, "{}: {} axes: attune reads 1 to {}", path, magic[3],
         max_rank);
  }
  const Shape shape = read_shape(file, magic[3]);
  const std::uint64_t elements = attune::internal::byte_count(shape, u8);
  const std::uint64_t header = sizeof magic + 4 * std::uint64_t{magic[3]};
  const std::uint64_t most = file.most_bytes() - std::min(file.most_bytes(), header);
  if (elements > most / element.bytes) {
    fail(ErrorKind::format, operation,
         "{}: the header promises shape {} of {} bytes each, and at most {} bytes follow it", path,
         shape, element.bytes, most);
  }

  const Tensor result = attune::internal::empty_tensor(operation, shape, element.dtype);
  std::byte* const data = result.impl()->data;
  const std::int64_t count = result.numel();
  if (element.dtype == i32 && element.bytes < 4) {
    read_narrow(file, reinterpret_cast<std::int32_t*>(data), count, element.bytes);
  } else {
    read_all(file, data, static_cast<std::size_t>(count) * element.bytes, "the elements");
    if constexpr (std::endian::native == std::endian::little) {
      if (element.bytes == 4) reverse<4>(data, count);
      if (element.bytes == 8) reverse<8>(data, count);
    }
  }
  char more;
  if (file.read(&more, 1) > 0) {
    fail(ErrorKind::format, operation, "{}: goes on after the {} elements of shape {}", path, count,
         shape);
  }
  return result;
}

}  // namespace attune::data

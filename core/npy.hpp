// The .npy format, as a file of its own and as a member of an .npz archive.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace attune::internal {

struct NpyHeader {
  DType dtype = f32;
  Shape shape;              // as NumPy shows it
  bool fortran = false;     // elements stand in column-major order
  std::uint64_t bytes = 0;  // of the header, with magic and length

  // The shape in the order of the bytes.
  Shape stored_shape() const;
  // Elements of stored_shape() as the array they are: a view.
  Tensor as_array(const Tensor& stored) const;
};

// The header of an array of `available` bytes altogether, which `read` yields from the front, each
// byte once. `operation` and `where` ("file" or "file: member") begin the messages. Error (format),
// also when the elements that the header promises are not exactly those available.
NpyHeader read_npy_header(const char* operation, const std::string& where, std::uint64_t available,
                          const std::function<void(void* to, std::size_t bytes)>& read);

// The header of a row-major array, version 1.0, padded so that the elements are 64-byte aligned.
std::string npy_header(DType dtype, const Shape& shape);

}  // namespace attune::internal

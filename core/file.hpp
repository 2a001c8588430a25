// Files as attune reads and writes them: reading at an offset or mapped, and writing all or
// nothing.
#pragma once

#include <attune/tensor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace attune::internal {

// A regular file, open for reading. `operation` stands in front of every message.
class InputFile {
 public:
  InputFile(const char* operation, std::string path);  // Error (io)
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return size_; }
  // The bytes [offset, offset + bytes), which the caller has checked to be in the file. Error (io)
  // when they cannot be had.
  void read(std::uint64_t offset, void* to, std::size_t bytes) const;
  // Row-major elements from `offset` on; over the file's pages when `mapped` and aligned for the
  // type. Error (format) when a bool is neither 0 nor 1, naming `entry`.
  Tensor tensor(std::string_view entry, std::uint64_t offset, DType dtype, const Shape& shape,
                bool mapped);

 private:
  struct Mapping;
  const char* operation_;
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::shared_ptr<Mapping> mapping_;
};

// Where a file is or would be, absolute, symbolic links followed; also where one leads to nothing.
std::string place_of(const std::string& path);

// What is to be written under a name: Error (state) for an undefined tensor, (value) for a name
// that is not UTF-8, with file and name.
void check_named(const char* operation, const std::string& path, const std::string& name,
                 const Tensor& tensor);

// A file that appears under its name complete or not at all: written beside it, flushed, renamed.
// Without commit() the destructor removes what was written and leaves the target as it was; what a
// killed process left, the next writer of the same target removes.
class AtomicFile {
 public:
  // Follows symbolic links. Error (io) when the folder cannot be written or the target is no
  // regular file.
  AtomicFile(const char* operation, const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* bytes, std::size_t count);  // Error (io)
  void write(std::string_view text) { write(text.data(), text.size()); }
  // Row-major elements, whatever the strides.
  void write(const Tensor& tensor);
  // Flushes file and folder to the disk and renames. Error (io): the target is as before.
  void commit();

  // For a library that opens files by name; what it wrote is flushed by commit().
  const std::string& temporary() const noexcept { return temporary_; }
  // Throws the Error (io) that says what failed, with errno's text.
  [[noreturn]] void fail_io(const char* what) const;

 private:
  const char* operation_;
  std::string path_;
  std::string target_;  // path_ behind symbolic links
  std::string temporary_;
  int descriptor_ = -1;
};

// Error (format) when a byte of a bool tensor is neither 0 nor 1.
void check_bools(const char* operation, std::string_view path, std::string_view entry,
                 const Tensor& tensor);
// Elements of `shape` in bytes; UINT64_MAX when that does not fit.
std::uint64_t byte_count(const Shape& shape, DType dtype) noexcept;

}  // namespace attune::internal

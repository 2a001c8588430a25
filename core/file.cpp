// Reading: positioned reads and private mappings.
#include "core/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune::internal {

struct InputFile::Mapping {
  std::byte* begin;
  std::size_t bytes;
  ~Mapping() { ::munmap(begin, bytes); }
};

InputFile::InputFile(const char* operation, std::string path)
    : operation_(operation), path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    fail(ErrorKind::io, operation_, "{} cannot be opened: {}", path_, std::strerror(error));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail(ErrorKind::io, operation_, "{} is {}: a regular file is needed", path_,
         S_ISDIR(status.st_mode) ? "a folder" : "a device or a pipe");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, void* to, std::size_t bytes) const {
  char* place = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, place, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      fail(ErrorKind::io, operation_, "{}: {} bytes at offset {} cannot be read: {}", path_, bytes,
           offset, got < 0 ? std::strerror(errno) : "the file became shorter meanwhile");
    }
    place += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

Tensor InputFile::tensor(std::string_view entry, std::uint64_t offset, DType dtype,
                         const Shape& shape, bool mapped) {
  const std::uint64_t bytes = byte_count(shape, dtype);
  Tensor result;
  if (mapped && bytes > 0 && offset % size_of(dtype) == 0) {
    if (!mapping_) {
      void* const begin = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_NORESERVE, descriptor_, 0);
      if (begin == MAP_FAILED) {
        fail(ErrorKind::io, operation_, "{} cannot be mapped: {}", path_, std::strerror(errno));
      }
      mapping_.reset(new Mapping{static_cast<std::byte*>(begin), size_});
    }
    auto owner = std::make_unique<std::shared_ptr<Mapping>>(mapping_);
    result = from_blob(
        mapping_->begin + offset, dtype, shape,
        [](void* mapping) { delete static_cast<std::shared_ptr<Mapping>*>(mapping); }, owner.get());
    owner.release();
  } else {
    result = empty_tensor(operation_, shape, dtype);
    read(offset, result.impl()->data, bytes);
  }
  check_bools(operation_, path_, entry, result);
  return result;
}

void check_bools(const char* operation, std::string_view path, std::string_view entry,
                 const Tensor& tensor) {
  if (tensor.dtype() != boolean) return;
  const std::byte* const begin = tensor.impl()->data;
  const std::byte* const end = begin + tensor.numel();
  const std::byte* const bad =
      std::find_if(begin, end, [](std::byte value) { return value > std::byte{1}; });
  if (bad != end) {
    fail(ErrorKind::format, operation,
         "{}: {}: the bool at element {} is the byte {}, where 0 or 1 is expected: store it as u8",
         path, entry, bad - begin, static_cast<int>(*bad));
  }
}

std::uint64_t byte_count(const Shape& shape, DType dtype) noexcept {
  // Without elements too, sizes may be such that no tensor has them.
  std::uint64_t bytes = size_of(dtype);
  bool empty = false;
  for (std::int64_t size : shape) {
    empty = empty || size == 0;
    const auto factor = static_cast<std::uint64_t>(size == 0 ? 1 : size);
    if (__builtin_mul_overflow(bytes, factor, &bytes) || bytes > (std::uint64_t{1} << 62)) {
      return UINT64_MAX;
    }
  }
  return empty ? 0 : bytes;
}

}  // namespace attune::internal

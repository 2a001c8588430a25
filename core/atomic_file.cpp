// Writing: the temporary file, its flush and its renaming.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"

namespace attune::internal {
namespace {

// The folder a file stands in.
std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace

AtomicFile::AtomicFile(const char* operation, const std::string& path)
    : operation_(operation), path_(path), target_(path) {
  if (path.empty()) fail(ErrorKind::io, operation_, "the name of the file is empty");
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  if (!error) target_ = real.string();
  struct stat status {};
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    fail(ErrorKind::io, operation_, "{} is {}: name a regular file", path_,
         S_ISDIR(status.st_mode) ? "a folder" : "a device or a pipe");
  }
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail_io("may not be replaced");
  static std::atomic<unsigned> count{0};
  std::string name;
  do {
    name = fmt::format("{}.{}-{}.tmp", target_, ::getpid(), count.fetch_add(1));
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                         exists ? status.st_mode & 0777 : 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) {
    fail(ErrorKind::io, operation_, "{} cannot be written: in folder {}: {}", path_,
         folder_of(target_), std::strerror(errno));
  }
  temporary_ = std::move(name);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail_io(const char* what) const {
  const int error = errno;
  fail(ErrorKind::io, operation_, "{} {}: {}{}; what stood there before is unchanged", path_, what,
       std::strerror(error),
       error == ENOSPC || error == EDQUOT ? " (free some space, or choose another disk)" : "");
}

void AtomicFile::write(const void* bytes, std::size_t count) {
  const char* place = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t wrote = ::write(descriptor_, place, count);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_io("cannot be written");
    place += wrote;
    count -= static_cast<std::size_t>(wrote);
  }
}

void AtomicFile::write(const Tensor& tensor) {
  const Tensor rows = as_contiguous(operation_, tensor, tensor.dtype());
  write(rows.impl()->data, static_cast<std::size_t>(rows.numel()) * size_of(rows.dtype()));
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail_io("cannot be flushed to the disk");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail_io("cannot be closed");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_io("cannot be replaced");
  temporary_.clear();
  // The name itself must survive a power cut; the file is complete either way.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

}  // namespace attune::internal

// Writing: the temporary file, its flush and its renaming.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"

namespace attune::internal {
namespace {

constexpr std::string_view temporary_end = ".tmp";

// The folder a file stands in.
std::string folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// Removes what writers of `target` left behind that were killed: files of the form of temporary_
// whose lock is gone. A lock tells the living from the dead also between containers and hosts.
void remove_orphans(const std::string& target) {
  const std::string start = std::filesystem::path(target).filename().string() + ".";
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder_of(target), error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(start) || !name.ends_with(temporary_end)) continue;
    const auto middle = std::string_view(name).substr(
        start.size(), name.size() - start.size() - temporary_end.size());
    if (middle.empty() || middle.find_first_not_of("0123456789-") != middle.npos) continue;
    const int descriptor =
        ::open(at->path().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(at->path().c_str());
    ::close(descriptor);
  }
}

}  // namespace

std::string place_of(const std::string& path) {
  std::filesystem::path place = path;
  std::error_code error;
  for (int links = 0; links < 40 && std::filesystem::is_symlink(place, error); ++links) {
    place = place.parent_path() / std::filesystem::read_symlink(place, error);
  }
  const auto real =
      std::filesystem::weakly_canonical(std::filesystem::absolute(place, error), error);
  return error ? path : real.string();
}

AtomicFile::AtomicFile(const char* operation, const std::string& path)
    : operation_(operation), path_(path), target_(path) {
  if (path.empty()) fail(ErrorKind::io, operation_, "the name of the file is empty");
  target_ = place_of(path);
  struct stat status {};
  const bool exists = ::stat(target_.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    fail(ErrorKind::io, operation_, "{} is {}: name a regular file", path_,
         S_ISDIR(status.st_mode) ? "a folder" : "a device or a pipe");
  }
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail_io("may not be replaced");
  remove_orphans(target_);
  static std::atomic<unsigned> count{0};
  std::string name;
  for (;;) {
    name = fmt::format("{}.{}-{}{}", target_, ::getpid(), count.fetch_add(1), temporary_end);
    descriptor_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                         exists ? status.st_mode & 0777 : 0666);
    if (descriptor_ < 0 && errno == EEXIST) continue;
    if (descriptor_ < 0) break;
    // Where there are no locks, nobody can take this file for an orphan either. Who did so before
    // the lock was there has unlinked it.
    struct stat own {};
    ::flock(descriptor_, LOCK_EX);
    if (::fstat(descriptor_, &own) != 0 || own.st_nlink > 0) break;
    ::close(descriptor_);
  }
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
  // Closing would give up the lock; what it could report, fsync has.
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_io("cannot be replaced");
  temporary_.clear();
  ::close(descriptor_);
  descriptor_ = -1;
  // The name itself must survive a power cut; the file is complete either way.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

}  // namespace attune::internal

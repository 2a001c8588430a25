// zlib reads both: it passes a file through that does not begin as gzip does.
#include "data/byte_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <zlib.h>

#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"

namespace attune::data::internal {

using attune::internal::fail;

namespace {

constexpr std::uint64_t deflate_ratio = 1032;

gzFile stream(void* file) { return static_cast<gzFile>(file); }

}  // namespace

ByteStream::ByteStream(const char* operation, std::string path)
    : operation_(operation), path_(std::move(path)) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    fail(ErrorKind::io, operation_, "{}: {}", path_, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::io, operation_, "{}: not a regular file", path_);
  }
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  errno = 0;
  file_ = gzopen(path_.c_str(), "rbe");
  if (!file_) {
    fail(ErrorKind::io, operation_, "{}: {}", path_, std::strerror(errno ? errno : ENOMEM));
  }
  gzbuffer(stream(file_), 128 * 1024);
}

ByteStream::~ByteStream() { gzclose_r(stream(file_)); }

std::uint64_t ByteStream::most_bytes() const noexcept {
  if (gzdirect(stream(file_))) return file_bytes_;
  return file_bytes_ > UINT64_MAX / deflate_ratio ? UINT64_MAX : file_bytes_ * deflate_ratio;
}

std::size_t ByteStream::read(void* to, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes) {
    const auto part = static_cast<unsigned>(std::min<std::size_t>(bytes - done, 1u << 30));
    const int got = gzread(stream(file_), static_cast<char*>(to) + done, part);
    int error = Z_OK;
    gzerror(stream(file_), &error);
    // A file that ends early gives what there was, and this.
    if (got < 0 || (error != Z_OK && error != Z_STREAM_END)) fail_reading();
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void ByteStream::fail_reading() const {
  int error = Z_OK;
  const char* const text = gzerror(stream(file_), &error);
  if (error == Z_ERRNO) fail(ErrorKind::io, operation_, "{}: {}", path_, std::strerror(errno));
  if (error == Z_BUF_ERROR) {
    fail(ErrorKind::format, operation_,
         "{}: the compressed data end early, about {} bytes into the file: fetch it again", path_,
         gzoffset(stream(file_)));
  }
  fail(ErrorKind::format, operation_,
       "{}: the compressed data are damaged, about {} bytes into the file ({}): fetch it again",
       path_, gzoffset(stream(file_)), text);
}

std::string excerpt(const char* text, std::size_t size) {
  constexpr std::size_t most = 40;
  const bool letters = attune::internal::is_utf8({text, size});
  const auto goes_on = [&](std::size_t i) { return letters && (text[i] & 0xc0) == 0x80; };
  std::string result;
  std::size_t i = 0;
  for (; i < size && (i < most || goes_on(i)); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != 0x7f && (byte < 0x80 || letters))
      result += text[i];
    else
      result += fmt::format("\\x{:02x}", byte);
  }
  if (i < size) result += "...";
  return result;
}

}  // namespace attune::data::internal

// Own reading above zlib's inflate: gzread takes a damaged second member for the end of the file.
#include "data/byte_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/stat.h>
#include <zlib.h>

#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/text.hpp"

namespace attune::data::internal {

using attune::internal::fail;

namespace {

constexpr std::uint64_t deflate_ratio = 1032;
constexpr std::size_t packed_bytes = 128 * 1024;
constexpr unsigned char magic[] = {0x1f, 0x8b};
constexpr int gzip_window = 15 + 16;  // of zlib: 32 KiB, with gzip's header and checksum

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
  file_.reset(std::fopen(path_.c_str(), "rbe"));
  if (!file_) fail(ErrorKind::io, operation_, "{}: {}", path_, std::strerror(errno));

  unsigned char first[2] = {};
  const std::size_t got = std::fread(first, 1, 2, file_.get());
  if (std::fseek(file_.get(), 0, SEEK_SET) != 0) fail_reading("cannot be read");
  if (got < 2 || !std::ranges::equal(first, magic)) return;
  packed_.reset(new unsigned char[packed_bytes]);
  zlib_.reset(new z_stream{});
  if (inflateInit2(zlib_.get(), gzip_window) != Z_OK) throw std::bad_alloc();
}

ByteStream::~ByteStream() {
  if (zlib_) inflateEnd(zlib_.get());
}

std::uint64_t ByteStream::most_bytes() const noexcept {
  if (!zlib_) return file_bytes_;
  return file_bytes_ > UINT64_MAX / deflate_ratio ? UINT64_MAX : file_bytes_ * deflate_ratio;
}

std::size_t ByteStream::read(void* to, std::size_t bytes) {
  if (zlib_) return unpack(static_cast<unsigned char*>(to), bytes);
  const std::size_t done = std::fread(to, 1, bytes, file_.get());
  if (done < bytes && std::ferror(file_.get())) fail_reading("cannot be read");
  return done;
}

// Gives zlib the next part of the file; false at its end.
bool ByteStream::fill() {
  const std::size_t got = std::fread(packed_.get(), 1, packed_bytes, file_.get());
  if (got < packed_bytes && std::ferror(file_.get())) fail_reading("cannot be read");
  zlib_->next_in = packed_.get();
  zlib_->avail_in = static_cast<unsigned>(got);
  return got > 0;
}

// Behind a member: another one, or the end. Zeros between, which fill the last block of a tape, are
// no data.
bool ByteStream::begin_member() {
  while (zlib_->avail_in > 0 || fill()) {
    const unsigned char* const end = zlib_->next_in + zlib_->avail_in;
    while (zlib_->next_in != end && *zlib_->next_in == 0) ++zlib_->next_in;
    zlib_->avail_in = static_cast<unsigned>(end - zlib_->next_in);
    if (zlib_->avail_in == 0) continue;
    if (*zlib_->next_in != magic[0]) fail_reading("are followed by what is no gzip data");
    return inflateReset(zlib_.get()) == Z_OK;
  }
  return false;
}

std::size_t ByteStream::unpack(unsigned char* to, std::size_t bytes) {
  std::size_t done = 0;
  while (done < bytes && !ended_) {
    if (zlib_->avail_in == 0 && !fill()) fail_reading("end early");
    const auto part = static_cast<unsigned>(std::min<std::size_t>(bytes - done, 1u << 30));
    zlib_->next_out = to + done;
    zlib_->avail_out = part;
    const int state = inflate(zlib_.get(), Z_NO_FLUSH);
    done += part - zlib_->avail_out;
    if (state == Z_MEM_ERROR) throw std::bad_alloc();
    if (state == Z_STREAM_END)
      ended_ = !begin_member();
    else if (state != Z_OK && state != Z_BUF_ERROR)
      fail_reading("are damaged", zlib_->msg);
  }
  return done;
}

void ByteStream::fail_reading(const char* what, const char* why) const {
  if (std::ferror(file_.get()))
    fail(ErrorKind::io, operation_, "{}: {}", path_, std::strerror(errno));
  const long at = std::ftell(file_.get()) - (zlib_ ? static_cast<long>(zlib_->avail_in) : 0);
  fail(ErrorKind::format, operation_,
       "{}: the compressed data {}, about {} bytes into the file{}: fetch it again", path_, what,
       at, why ? fmt::format(" ({})", why) : std::string());
}

std::string excerpt(const char* text, std::size_t size) {
  constexpr std::size_t most = 40;
  std::size_t end = std::min(size, most);
  if (attune::internal::is_utf8({text, size}))
    while (end < size && (text[end] & 0xc0) == 0x80) ++end;
  return attune::internal::printable({text, end}, false) + (end < size ? "..." : "");
}

}  // namespace attune::data::internal

// The bytes of a file in order, unpacked when it is compressed by gzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace attune::data::internal {

class ByteStream {
 public:
  // `operation` stands in front of every message. Error (io) when the file cannot be opened.
  ByteStream(const char* operation, std::string path);
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  ~ByteStream();

  const std::string& path() const noexcept { return path_; }
  // The most bytes that the file can hold: deflate packs no more than 1032 bytes into one.
  std::uint64_t most_bytes() const noexcept;
  // Fills `to`; fewer bytes are read at the end only. Errors: io; format, when the compressed data
  // are damaged or end early.
  std::size_t read(void* to, std::size_t bytes);

 private:
  [[noreturn]] void fail_reading() const;

  const char* operation_;
  std::string path_;
  void* file_;  // zlib's
  std::uint64_t file_bytes_;
};

// Part of what a file holds, for a message: short, and printable whatever it was.
std::string excerpt(const char* text, std::size_t size);

}  // namespace attune::data::internal
